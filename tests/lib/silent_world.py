"""Processes whose database falls silent at a statement of the test's choice, while a small world is crawled or served."""
import re

import pytest
from database_world import until
from fake_github import FakeGitHub, profile, repository, user
from wire import HeldWire
from slowness import within
from stack import PATIENCE_S

STOP_S = 10
BRIEF = "&options=-c%20statement_timeout%3D3000"  # of the user's: an answer is waited for 2 s longer
BRIEF_S = 5
LOGIN, SESSION, LISTEN, COMMIT = b"user\0postgres\0", b"set timezone", b"listen gitomatic", b"commit\0"
DONE = {"api": "api.listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "mirror.listening"}
FOLLOWERS = range(1, 31)


def bound(name):
    """A statement that was prepared before, as it is run."""
    return b"\0" + name.encode() + b"\0"


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.fixture
def github():
    fake = FakeGitHub()
    fake.answers.update({"/users/ada": profile(1000, "ada", followers=len(FOLLOWERS), following=10, public_repos=1),
                         "/users/ada/followers?per_page=100": [user(n, f"f-{n}") for n in FOLLOWERS],
                         "/users/ada/following?per_page=100": [user(n, f"f-{n}") for n in FOLLOWERS[:10]],
                         "/users/ada/starred?per_page=100": [], "/users/ada/repos?per_page=100": [repository(77, user(1000, "ada"), "engine")],
                         **{f"/users/f-{n}": (200, {"ETag": f'"{n}"'}, profile(n, f"f-{n}")) for n in FOLLOWERS}})
    yield fake
    fake.stop()


@pytest.fixture
def wired(lab, github):
    """Makes a stack and a wire to its database: processes that are started with .through are on the wire."""
    wires = []

    def make(marks, answered=False, options=""):
        database = lab.database()
        s = lab.stack(github.url, database, GITHUB_TOKEN="a-token-of-tests", GITHUB_HYDRATION="rest", API_LISTEN="127.0.0.1:0", API_AUTH="none",
                      MIRROR_LISTEN="127.0.0.1:0", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")
        s.wire = HeldWire(lab.cluster.folder, marks, answered)
        wires.append(s.wire)
        s.through = {"DATABASE_URL": s.wire.url(re.search(r"///(\w+)", database)[1], options)}
        return s
    yield make
    for wire in wires:
        wire.close()


def held(s):
    try:
        until(s.wire.held.is_set, f"{s.wire.marks!r} on the wire")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{s.logs()}") from error


def started(s, name, **env):
    process = s.start(name, **s.through, **env)
    until(lambda: DONE[name] in process.log() or not process.running, f"{name} at work")
    assert process.running, process.log()
    return process


def must_stop_in_time(process, code=0):
    until(process.waits_for_signals, "a process that takes signals")
    with within(STOP_S + 2):
        process.terminate()
        assert process.popen.wait(PATIENCE_S) == code, process.log()
