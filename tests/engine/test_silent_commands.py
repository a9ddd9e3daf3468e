"""The database falls silent under a command: at each kind of its statements. The command ends by itself within its deadline and says
why, and SIGTERM and SIGINT end it within ten seconds."""
import re
import signal

import pytest
from beside import side_by_side
from database_world import until
from silent_world import BRIEF, COMMIT, LOGIN, SESSION, STOP_S, bound, github, held, slow, wired  # noqa: F401
from slowness import within
from stack import PATIENCE_S

COMMANDS = {
    "connecting": ("status", LOGIN), "the session": ("status", SESSION), "status": ("status", bound("status_counts")),
    "watch": ("status --watch", bound("status_counts")), "why": ("why ada", bound("why_developer")), "task": ("task discovery_scraper", bound("jobs_enqueue")),
    "waiting": ("task discovery_scraper --wait", bound("jobs_task_progress")), "user": ("user list", bound("users_list")),
    "token": ("token list", bound("tokens_list")), "webhook": ("webhook list", bound("webhooks_list")),
    "sample": ("sample users --n 5", COMMIT), "retry": ("retry-capabilities", bound("quota_retry_capabilities")),
    "purge": ("mirror purge /users/ada", bound("mirror_purge")), "doctor": ("doctor", bound("doctor_server")),
    "migrate": ("migrate", b"pg_advisory_lock"), "forget": ("forget ada", COMMIT),
    "export": ("export out", b"copy ("), "graph": ("export out.gexf --seed ada", b"graph_nodes"),
    "import": ("import in", b"copy "), "tune": ("tune", bound("tune_read")), "tune build": ("tune build developers_by_bio", b"create index"),
}
ESSENTIAL = ("watch", "export", "import", "tune build", "migrate")


def prepared(s, command):
    s.rows("insert into developers (github_id, login, first_seen_at, synced_at, created_at) values (7, 'ada', now(), now(), now())")
    s.rows("insert into follows values (7, 8, now())")
    if command == "import in":
        s.run("export", "in")
    s.wire.arm()
    return s.start(*command.split(), **s.through)


each = pytest.mark.parametrize("what", [one if one in ESSENTIAL else slow(one) for one in COMMANDS])


@side_by_side
@each
def test_a_command_obeys_signals(wired, what):
    command, marks = COMMANDS[what]
    s = wired(marks)
    process = prepared(s, command)
    held(s)
    with within(STOP_S + 2):
        process.popen.send_signal(signal.SIGINT if command == "export out" else signal.SIGTERM)
        code = process.popen.wait(PATIENCE_S)
    assert code in (1, 130, -signal.SIGTERM) or what == "watch" and code == 0, (code, process.log())
    s.wire.let_go()


@side_by_side
@pytest.mark.parametrize("what", [one if one in ("watch", "export") else slow(one) for one in COMMANDS])
def test_a_command_ends_by_itself(wired, what):
    command, marks = COMMANDS[what]
    s = wired(marks, options=BRIEF)
    process = prepared(s, command)
    held(s)
    if command.endswith(("--watch", "--wait")):
        until(lambda: re.search("waiting", process.log()), "what it waits for")
        assert process.running
        s.wire.let_go()
        process.terminate()
        assert process.popen.wait(PATIENCE_S) in (0, 130)
        return
    assert process.popen.wait(PATIENCE_S) == 1, process.log()
    assert "PostgreSQL" in process.log()
    s.wire.let_go()
