"""The database falls silent at a statement of a request: to the API, or to the mirror. The request ends within the deadline, readiness
gets an answer within two seconds, SIGTERM is obeyed, and afterwards everything is answered again."""
import concurrent.futures
import http.client
import re
import time

import pytest
from beside import side_by_side
from database_world import address, get, until
from silent_world import (BRIEF, BRIEF_S, LOGIN, SESSION, bound, github, held, must_stop_in_time, slow, started, wired)  # noqa: F401
from slowness import within
from stack import PATIENCE_S

NEWEST = bound("browse_newest_developers")  # the first pages of the list as it is
LIST = b"\0t_"  # statements composed for others
STATEMENT_S = 5 + 2


def ready(at, path, status):
    with within(2) as slowness:
        got = get(at, path)
    assert got == status, (path, got, slowness.worst)


def posted(at):
    connection = http.client.HTTPConnection(at, timeout=PATIENCE_S)
    try:
        connection.request("POST", "/github/tasks/", "name=full_profile_sync&username=ada", {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status
    finally:
        connection.close()


def reads(path):
    return lambda at: get(at, path)


REQUESTS = {
    "list": (NEWEST, False, reads("/github/developers/")),
    "list, answered": (LIST, True, reads("/github/developers/?ordering=login")),
    "record": (bound("browse_login"), False, reads("/github/developers/by-login/ada/")),
    "stats": (bound("status_counts"), True, reads("/github/stats/")),
    "jobs": (bound("plan_by_value"), False, reads("/github/jobs/")),
    "changes": (bound("changes_page"), False, reads("/github/changes/")),
    "metrics": (bound("monitoring_jobs"), False, reads("/metrics")),
    "task": (bound("jobs_enqueue"), False, posted),
    "task, committed": (bound("jobs_enqueue"), True, posted),
    "connecting": (LOGIN, False, reads("/github/developers/")),
    "session": (SESSION, True, reads("/github/developers/")),
}


@side_by_side
@pytest.mark.parametrize("what", [one if one in ("list", "task, committed", "session") else slow(one) for one in REQUESTS])
def test_a_request_to_the_api(wired, what):
    marks, answered, ask = REQUESTS[what]
    s = wired(marks, answered)
    api = started(s, "api")
    at = address(api)
    if marks in (LOGIN, SESSION):
        s.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
    else:
        until(lambda: get(at, "/health/ready") == 200, "readiness")
    s.wire.arm()
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        with within(STATEMENT_S + 2):
            asked = threads.submit(ask, at)
            held(s)
            until(lambda: get(at, "/health/ready") == 503, "the truth")
            ready(at, "/health/ready", 503)
            assert get(at, "/health/") == 200
            assert asked.result() in ((503, 200) if what == "metrics" else (503,))
    s.wire.let_go()
    until(lambda: ask(at) != 503 and get(at, "/health/ready") == 200, "answers")
    if ask is posted:
        assert s.one("select count(*) from jobs where subject = 'ada'") == 1
    s.wire.hold()
    time.sleep(0.5)
    must_stop_in_time(api)


@side_by_side
def test_an_answer_may_take_as_long_as_the_users_timeout(wired):
    """By itself an API gives a statement 5 s, and its answer 2 s more."""
    s = wired(NEWEST, True, "&options=-c%20statement_timeout%3D40000")
    api = started(s, "api")
    until(lambda: get(address(api), "/health/ready") == 200, "readiness")
    s.wire.arm()
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        asked = threads.submit(get, address(api), "/github/developers/")
        held(s)
        with pytest.raises(concurrent.futures.TimeoutError):
            asked.result(STATEMENT_S + 2)
        s.wire.let_go()
        assert asked.result() == 200
    assert api.stop() == 0


@side_by_side
@pytest.mark.parametrize("marks,answered", [(b"fetch 500", False), slow(b"fetch 500", True), slow(b"declare", True)])
def test_a_list_as_csv(wired, marks, answered):
    """In the middle of it: the reader sees that it is cut off, within the statement's timeout and 2 s."""
    s = wired(marks, answered, BRIEF)
    s.rows("insert into developers (github_id, login, name, first_seen_at, synced_at, created_at) "
           "select g, 'd-' || g, repeat('x', 200), now(), now(), now() from generate_series(1, 20000) g")
    api = started(s, "api")
    s.wire.arm()
    reading = concurrent.futures.ThreadPoolExecutor(1).submit(whole, connection_to(api, "/github/developers/?format=csv"))
    held(s)
    with within(BRIEF_S + 2):
        assert reading.result() in ("cut off", 503)
        ready(address(api), "/health/ready", 503)
    s.wire.let_go()
    until(lambda: get(address(api), "/github/developers/") == 200, "answers")
    assert whole(connection_to(api, "/github/developers/?format=csv")) == 200
    assert api.stop() == 0


def connection_to(process, path):
    made = http.client.HTTPConnection(address(process), timeout=PATIENCE_S)
    made.request("GET", path)
    return made


def whole(connection):
    """The status, or that the body ends too early."""
    got = connection.getresponse()
    try:
        got.read()
    except (http.client.IncompleteRead, ConnectionError):
        return "cut off"
    return got.status


@side_by_side
@pytest.mark.parametrize("marks,answered", [slow(b"listen gitomatic_users", False), (b"listen gitomatic_users", True)])
def test_a_changed_user_counts_after_a_silence(wired, marks, answered):
    """The listener met it: what it missed is not taken for unchanged."""
    s = wired(marks, answered)
    s.wire.arm()
    token = re.search(r"gmat_\w+", s.run("token", "add", "reader").stdout)[0]
    api = started(s, "api", API_AUTH="required")
    at = address(api)
    held(s)
    s.wire.let_go()
    headers = {"Authorization": f"Bearer {token}"}
    until(lambda: get(at, "/github/developers/", headers=headers) == 200, "the token to be taken")
    s.wire.hold()
    s.run("token", "remove", "reader")
    s.wire.let_go()
    until(lambda: get(at, "/github/developers/", headers=headers) == 401, "the token to be refused")
    assert api.stop() == 0


MIRROR = [(bound("mirror_find"), False), (bound("mirror_find"), True), (bound("mirror_save"), False), (bound("mirror_save"), True),
          (bound("mirror_key"), False), (b"listen gitomatic_mirror", True), (bound("workers_heartbeat"), True), (LOGIN, False), (SESSION, True)]


@side_by_side
@pytest.mark.parametrize("marks,answered", [one if one in MIRROR[:1] + MIRROR[3:4] else slow(*one) for one in MIRROR])
def test_the_mirror(wired, github, marks, answered):
    s = wired(marks, answered)
    if marks in (bound("mirror_key"), b"listen gitomatic_mirror", SESSION):
        s.wire.arm()
        mirror = s.start("mirror", **s.through)
        held(s)
        until(lambda: "mirror.listening" in mirror.log() or "database" in mirror.log(), "the mirror, or that it waits")
    else:
        mirror = started(s, "mirror")
        until(lambda: get(address(mirror), "/readyz") == 200, "readiness")
        if marks == LOGIN:
            s.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        s.wire.arm()
    if "mirror.listening" in mirror.log():
        at = address(mirror)
        for n in range(1, 4):
            with within(5):  # 3 s to find it out
                assert get(at, f"/users/f-{n}") == 200
        held(s)
        until(lambda: get(at, "/readyz") == 503, "the truth")
        ready(at, "/readyz", 503)
        with within(2):
            assert get(at, "/users/f-5") == 200
    s.wire.let_go()
    until(lambda: "mirror.listening" in mirror.log(), "the start")
    at = address(mirror)
    until(lambda: get(at, "/readyz") == 200, "readiness")
    asked = len(github.asked())
    assert get(at, "/users/f-6") == 200
    if len(github.asked()) > asked:  # it was not among the pages crawled before
        until(lambda: s.one("select count(*) > 0 from mirror_pages"), "something stored")
    s.wire.hold()
    time.sleep(0.5)
    must_stop_in_time(mirror)
