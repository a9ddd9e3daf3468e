"""PostgreSQL refuses what processes and commands need, with each SQLSTATE that an operator meets: it is said, nothing ends, nothing
hangs, and work resumes by itself once it is allowed again."""
import json
import re
import socket
import tempfile

import pytest
import requests
from database_world import address, answer, get, until, world_in  # noqa: F401
from fake_github import FakeGitHub, profile, repository, user
from wire import RefusingWire, Wire

PROCESSES = ("api", "crawler", "scheduler", "mirror")
DONE = {"api": "listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "listening"}
STATES = {
    "57P03 starting": "the database system is starting up",
    "57P03 stopping": "the database system is shutting down",
    "57P03 recovering": "the database system is in recovery mode",
    "57P01": "terminating connection due to administrator command",
    "53300": "sorry, too many clients already",
    "53300 of the role": 'too many connections for role "r"',
    "28P01": 'password authentication failed for user "r"',
    "28000": 'role "r" is not permitted to log in',
    "3D000": 'database "e" does not exist',
    "55000": 'database "e" is not currently accepting connections',
    "08P01": "no more connections allowed (max_client_conn)",  # PgBouncer's
}
READY = {"57P0": "restarting", "5330": "exhausted", "08P0": "exhausted"}  # what /health/ready calls it; else "refused"
LANGUAGES = {  # a server's lc_messages: (SQLSTATE, severity, words, encoding)
    "German": ("53300", "FATAL", "tut mir leid, schon zu viele Verbindungen", "utf-8"),
    "Russian": ("53300", "ВАЖНО", "извините, уже слишком много клиентов", "utf-8"),
    "Turkish, before the encodings are known": ("53300", "ÖLÜMCÜL (FATAL)", "üzgünüm, istemci sayısı çok fazla", "iso-8859-9"),
    "French, of the role": ("53300", "FATAL", "trop de connexions pour le rôle « r »", "utf-8"),
    "Japanese": ("57P03", "致命的エラー", "データベースシステムは起動処理中です", "euc-jp"),
    "Spanish": ("28P01", "FATAL", "la autentificación password falló para el usuario «r»", "utf-8"),
}
ESSENTIAL = ("57P03 starting", "53300", "28P01", "3D000")
each = pytest.mark.parametrize("state", [one if one in ESSENTIAL else pytest.param(one, marks=pytest.mark.slow) for one in STATES])


@pytest.fixture(scope="module")
def github():
    fake = FakeGitHub()
    fake.answers.update({"/users/ada": profile(1000, "ada", followers=3, following=0, public_repos=1),
                         "/users/ada/followers?per_page=100": [user(n, f"f-{n}") for n in range(1, 4)],
                         "/users/ada/following?per_page=100": [], "/users/ada/starred?per_page=100": [],
                         "/users/ada/repos?per_page=100": [repository(77, user(1000, "ada"), "engine")],
                         **{f"/users/f-{n}": (200, {"ETag": f'"{n}"'}, profile(n, f"f-{n}")) for n in range(1, 4)}})
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def at_work(new_lab, github, tmp_path_factory):
    """All processes, on a wire; the password is in the URL, though the server asks for none."""
    lab = new_lab(tmp_path_factory.mktemp("refused"))
    database = lab.database()
    s = lab.stack(github.url, database, GITHUB_TOKEN="a-token-of-tests", GITHUB_HYDRATION="rest", API_LISTEN="127.0.0.1:0",
                  API_AUTH="none", MIRROR_LISTEN="127.0.0.1:0", DISCOVERY_SCHEDULE="off", LOG_LEVEL="info")
    s.wire = RefusingWire(lab.cluster.folder)
    url = s.wire.url(re.search(r"///(\w+)", database)[1], user="postgres:s3cret-Word")
    s.env["DATABASE_URL"] = url
    s.at_work = {name: s.start(name) for name in PROCESSES}
    for name, process in s.at_work.items():
        until(lambda: DONE[name] in process.log(), f"{name} at work")
    s.api, s.mirror = address(s.at_work["api"]), address(s.at_work["mirror"])
    yield s
    assert "s3cret" not in "".join(p.log() for p in s.processes)
    s.wire.let_in()
    lab.close()
    s.wire.close()


def works(s):
    until(lambda: get(s.api, "/health/ready") == get(s.mirror, "/readyz") == get(s.api, "/github/developers/") == 200, "readiness")
    task = s.task("full_profile_sync", "ada")
    until(lambda: s.rows("select state from jobs where id = %s", task) == [("completed",)], "a crawl")


def says(process, text, after=0):
    return text.replace('"', "") in process.log()[after:].replace('\\"', "")


def is_told(api, state):
    """In /health/ready, and in a 503."""
    said = json.loads(answer(api, "/health/ready")[1])
    assert said["database"] == READY.get(state[:4], "refused") and said["schema"] == "unknown" and "unreachable" not in said["detail"]
    status, body = answer(api, "/github/developers/")
    assert status == 503 and "unreachable" not in body, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_connection_is_recognised_by_its_sqlstate_in_any_language(at_work, language):
    """Not by its words, which are the server's."""
    s, (sqlstate, severity, text, encoding) = at_work, LANGUAGES[language]
    before = len(s.at_work["api"].log())
    s.wire.refuse(sqlstate, text, severity, encoding)
    try:
        until(lambda: get(s.api, "/health/ready") == 503 == get(s.api, "/github/developers/"), "the truth")
        is_told(s.api, sqlstate)
        words = f"(SQLSTATE {sqlstate})" if encoding == "euc-jp" else text.encode(encoding).decode(errors="replace") + f" (SQLSTATE {sqlstate})"
        until(lambda: get(s.api, "/github/developers/") and says(s.at_work["api"], words, before), "the reason in the log")
    finally:
        s.wire.let_in()
    until(lambda: get(s.api, "/health/ready") == 200, "readiness")


@each
def test_processes_resume_once_connections_are_accepted(at_work, state):
    s, text = at_work, STATES[state]
    works(s)
    before = {name: len(process.log()) for name, process in s.at_work.items()}
    s.wire.refuse(state[:5], text)
    try:
        until(lambda: get(s.api, "/health/ready") == 503 == get(s.mirror, "/readyz"), "the truth")
        until(lambda: get(s.api, "/github/developers/") == 503, "503 for what needs the database")
        is_told(s.api, state)
        assert get(s.api, "/health/") == get(s.mirror, "/users/ada") == 200
        for name, process in s.at_work.items():
            until(lambda: get(s.api, "/github/developers/") and says(process, text, before[name]), f"the reason in the log of {name}")
            assert process.running
        for command in ("status", "task discovery_scraper", "user list", "migrate", "why ada"):
            done = s.run(*command.split(), check=False)
            assert done.returncode == 1 and text in done.stderr and "s3cret" not in done.stderr, done.stderr
    finally:
        s.wire.let_in()
    works(s)
    assert all(process.running for process in s.at_work.values())


@pytest.mark.parametrize("state", ["57P03 starting", pytest.param("53300", marks=pytest.mark.slow)])
def test_processes_wait_at_their_start(at_work, state):
    s, text = at_work, STATES[state]
    s.wire.refuse(state[:5], text)
    try:
        beginning = {name: s.start(name) for name in PROCESSES}
        for name, process in beginning.items():
            until(lambda: says(process, text), f"the reason in the log of {name}")
    finally:
        s.wire.let_in()
    for name, process in beginning.items():
        until(lambda: DONE[name] in process.log(), f"{name} at work")
        assert process.stop() == 0


# ---- statements that are refused ----

REFUSED = ["53400", "53100", "53200", "40001", "40P01", "55P03", "57014", "08006", "25006"]


@pytest.mark.parametrize("table", ["jobs", pytest.param("developers", marks=pytest.mark.slow), pytest.param("workers", marks=pytest.mark.slow),
                                   pytest.param("quota_buckets", marks=pytest.mark.slow)])
def test_a_refused_statement_is_repeated(stack, github, table):
    """Every third one that writes there, for a while, whatever the reason. Nothing is lost or stored twice."""
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")
    s.rows("create sequence refusals; create function refuse() returns trigger language plpgsql as $$ declare n bigint := nextval('refusals'); "
           "states text[] := %s; begin if n <= 3 * cardinality(states) and n %% 3 = 0 then raise 'not now' using errcode = states[n / 3]; end if; "
           "return null; end $$", REFUSED)
    s.task("full_profile_sync", "ada")
    s.rows(f"create trigger refuse after insert or update on {table} for each statement execute function refuse()")
    crawler, scheduler = s.crawler(), s.start("scheduler")
    s.wait_idle()
    while s.one("select last_value from refusals") <= 3 * len(REFUSED):
        s.task("full_profile_sync", "ada") if table != "jobs" else s.run("task", "full_profile_sync", "--username", "ada", check=False)
        s.wait_idle()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    assert s.one("select count(*) from developers where synced_at is not null") == 4 and s.one("select count(*) from follows") == 3
    assert crawler.running and scheduler.running


# ---- a primary that becomes read-only while its connections stay ----

@pytest.mark.slow
def test_a_primary_that_is_now_read_only_is_left_for_the_other(tmp_path):
    """Connections stay, and could only read: those of both hosts are tried again."""
    with world_in(tmp_path) as world:
        world(world.pg.url()).run("migrate")
        with world.pg.standby() as other:
            s = world(f"postgresql:///gitomatic?host={world.pg.folder},{other.folder}&user=postgres&target_session_attrs=read-write")
            crawler, api = s.crawler(), s.start("api")
            at, users = address(api), [u["login"] for u in world.sim.truth()["users"]]
            s.task("full_profile_sync", users[0])
            s.wait_idle()
            assert get(at, "/github/developers/") == 200
            world.pg.psql("alter system set default_transaction_read_only = on", "postgres")
            world.pg.psql("select pg_reload_conf()", "postgres")
            other.psql("select pg_promote()")
            until(lambda: other.psql("select pg_is_in_recovery()") == [["f"]], "the promotion")
            s.connection = None
            until(lambda: s.run("task", "full_profile_sync", "--username", users[1], check=False).returncode == 0, "a task")
            until(lambda: other.psql(f"select count(*) from jobs where subject = '{users[1]}' and state = 'completed'") == [["1"]], "its end")
            assert requests.post(f"http://{at}/github/tasks/", {"name": "discovery_scraper"}, timeout=60).status_code == 200
            assert crawler.running and api.running


class CutMeanwhile(Wire):
    """Is cut while it lets a connection in."""

    def lets_in(self, client):
        self.cut()
        return True


def test_a_cut_ends_a_connection_that_is_being_established():
    """Else the process that was to lose all of its connections keeps one."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/.s.PGSQL.5432")
        server.listen()
        wire = CutMeanwhile(folder)
        with socket.create_connection(("127.0.0.1", wire.port), timeout=20) as client:
            assert client.recv(1) == b""
        wire.close()
