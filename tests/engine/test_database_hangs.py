"""A database that takes connections and statements and answers none: its processes are stopped, or its packets dropped."""
import base64
import concurrent.futures
import contextlib
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest
from database_world import address, answer, get, until, world  # noqa: F401
from slowness import Slowness, within
from stack import PATIENCE_S

PROCESSES = ["api", "crawler", "scheduler", "mirror"]
STOP_S = 10
PORT = 5432  # the namespace is ours alone
CLONE_NEWNET = 0x40000000


def children(pid):
    return [int(p) for p in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def stopped(pg):
    return stopped_processes([int(open(os.path.join(pg.data, "postmaster.pid")).readline())])


@contextlib.contextmanager
def stopped_processes(postmasters):
    """A postmaster and all it has forked."""
    postmaster = postmasters[0]
    os.kill(postmaster, signal.SIGSTOP)  # first: it forks no more
    pids = [postmaster, *children(postmaster)]
    for pid in pids[1:]:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def seconds(call):
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def answers_in_time(call, times=3):
    """Within two seconds, but for what a busy machine adds to one of them."""
    with Slowness() as slow:
        took = [seconds(call) for _ in range(times)]
    assert min(took) < 2 * slow.worst and max(took) < 4 * slow.worst, (took, slow.worst)


def must_get(at, path):
    assert get(at, path) == 200, path


def must_stop_in_time(*processes):
    """All at once, since it is the database that each waits for."""
    for process in processes:
        until(lambda: process.waits_for_signals(), "a process that takes signals")
    with within(STOP_S + 2):
        for process in processes:
            process.terminate()
        for process in processes:
            assert process.popen.wait(PATIENCE_S) == 0, process.log()


def started(world, name, **env):
    process = world.made.start(name, MIRROR_LISTEN="127.0.0.1:0", **env)
    done = {"api": "listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "mirror.listening"}
    until(lambda: done[name] in process.log(), f"{name} at work")
    return process


@pytest.fixture
def ready_world(world):
    world.made = world(world.pg.url())
    world.made.run("migrate")
    return world


# ---- stopped processes ----

def test_ready_answers_within_two_seconds(ready_world):
    s = ready_world.made
    password = re.search(r"\S{20}", s.run("user", "add", "ann").stdout)[0]
    logins = {None: None, "ann:wrong": None, f"ann:{password}": None}
    for login in logins:  # a process each: what one has found out of the database, the next request knows
        logins[login] = address(s.start("api", API_AUTH="required"))
        assert get(logins[login], "/health/ready") == 200
    with stopped(ready_world.pg):
        for login, at in logins.items():
            headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}
            answers_in_time(lambda: get(at, "/health/ready", headers=headers))
            status, said = answer(at, "/health/ready", headers=headers)
            assert status == 503 and '"database"' in said
            assert get(at, "/health/") == 200
    until(lambda: all(get(at, "/health/ready") == 200 for at in logins.values()), "readiness once it continues")


def test_ready_answers_while_requests_hang(ready_world):
    """More of them than the API has threads."""
    at = address(ready_world.made.start("api"))
    assert get(at, "/health/ready") == get(at, "/github/developers/") == 200
    with stopped(ready_world.pg):
        crowd = [threading.Thread(target=get, args=(at, f"/github/developers/?page={n + 1}")) for n in range(60)]
        for one in crowd:
            one.start()
        time.sleep(2)  # all of them are at it
        try:
            answers_in_time(lambda: get(at, "/health/ready"), 5)
        finally:
            for one in crowd:
                one.join()


def test_the_mirror_passes_pages_through(ready_world):
    process = started(ready_world, "mirror")
    at = address(process)
    users = [u["login"] for u in ready_world.sim.truth()["users"][:12]]
    assert get(at, f"/users/{users[0]}") == get(at, "/readyz") == 200
    with stopped(ready_world.pg):
        with concurrent.futures.ThreadPoolExecutor(11) as threads:  # more than there are connections
            with within(5):  # 3 s to find it out
                list(threads.map(lambda login: must_get(at, f"/users/{login}"), users[1:]))
        until(lambda: get(at, "/readyz") == 503, "the truth")
        for login in users[2:]:
            must_get(at, f"/users/{login}")
        answers_in_time(lambda: get(at, f"/users/{users[3]}/followers"))
        assert get(at, "/healthz") == 200
        assert "gitomatic_mirror_database_up 0" in answer(at, "/metrics")[1]
    until(lambda: get(at, "/readyz") == 200, "readiness once it continues")
    assert process.log().count("mirror.database_away") == 1


def test_sigterm_is_obeyed_after_login(ready_world):
    processes = [started(ready_world, name) for name in PROCESSES]
    get(address(processes[PROCESSES.index("api")]), "/github/developers/")
    with stopped(ready_world.pg):
        time.sleep(1.5)  # into a statement of its own
        must_stop_in_time(*processes)


def postgres_below(pid):
    """The private cluster's processes, the postmaster first."""
    below = [child for child in children(pid) if pathlib.Path(f"/proc/{child}/comm").read_text().startswith("postgres")]
    return below + [one for child in below for one in children(child)]


@pytest.mark.parametrize("private", [pytest.param(False, marks=pytest.mark.slow), True], ids=["a server of the user's", "the private cluster"])
def test_up_obeys_sigterm(ready_world, tmp_path, private):
    """Its services end in time; a private cluster that does not even begin to shut down is killed, and comes back whole."""
    s = ready_world.made
    settings = {"GITOMATIC_DATA": str(tmp_path / "data"), "MIRROR_LISTEN": "127.0.0.1:0"}
    if private:
        s.env.pop("DATABASE_URL")

    def up_at_work():
        up = s.start("up", **settings)
        until(lambda: "Ctrl-C stops everything" in up.log() and "crawler.registered" in up.log(), "up at work")
        return up
    up = up_at_work()
    own = postgres_below(up.popen.pid)
    services = children(up.popen.pid)
    assert bool(own) == private
    with stopped_processes(own) if private else stopped(ready_world.pg):
        time.sleep(1.5)
        with within(STOP_S + 5):
            up.terminate()
            assert up.popen.wait(PATIENCE_S) == 0, up.log()
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in [*services, *own]), "the end of all processes", 10)
    assert ("database.killed" in up.log()) == private
    if private:
        assert up_at_work().stop() == 0


def test_sigterm_is_obeyed_before_login(ready_world):
    """And with many silent hosts, each of which costs connect_timeout."""
    hosts = ",".join([ready_world.pg.folder] * 8)
    many = f"postgresql:///gitomatic?host={hosts}&user=postgres&connect_timeout=5"
    with stopped(ready_world.pg):
        processes = [ready_world.made.start(name, MIRROR_LISTEN="127.0.0.1:0", **settings)
                     for name in PROCESSES for settings in ({"PGCONNECT_TIMEOUT": "0"}, {"DATABASE_URL": many})]
        time.sleep(1)
        must_stop_in_time(*processes)


# ---- dropped packets ----

@pytest.fixture
def namespace():
    """A network of this thread's, and of what it starts, without a way out; packets can be dropped there."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET) != 0:
        os.close(before)
        pytest.skip("no network namespaces here")
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        if subprocess.run(["tc", "qdisc", "add", "dev", "lo", "clsact"]).returncode:
            pytest.skip("no way to drop packets here")
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)


@contextlib.contextmanager
def dropped(port, requests=True, answers=True):
    """Whatever is sent to the port, or from it (classic BPF: 2 drops, 0 lets through)."""
    code = (f"11,40 0 0 12,21 0 7 2048,48 0 0 23,21 0 5 6,177 0 0 14,72 0 0 14,21 3 0 {port * answers},72 0 0 16,21 1 0 {port * requests},"
            "6 0 0 0,6 0 0 2")
    subprocess.run(["tc", "filter", "add", "dev", "lo", "ingress", "bpf", "bytecode", code, "da"], check=True)
    try:
        yield
    finally:
        subprocess.run(["tc", "filter", "del", "dev", "lo", "ingress"], check=True)


@pytest.fixture
def wired(namespace, world):
    from pg import Postgres
    with Postgres(["listen_addresses=127.0.0.1"]) as pg:
        world.made = world(f"postgresql://postgres@127.0.0.1:{PORT}/gitomatic")
        world.made.run("migrate")
        world.server = pg  # its own commands go through its socket, which loses nothing
        yield world


def test_dropped_packets_leave_ready_and_pages(wired):
    api, mirror = address(wired.made.start("api")), address(started(wired, "mirror"))
    login = wired.sim.truth()["users"][0]["login"]
    assert get(api, "/health/ready") == get(mirror, "/readyz") == get(api, "/github/developers/") == 200
    with dropped(PORT):
        answers_in_time(lambda: get(api, "/health/ready"))
        assert get(api, "/health/ready") == 503
        assert get(mirror, f"/users/{login}") == 200
        until(lambda: get(mirror, "/readyz") == 503, "the truth")
    until(lambda: get(api, "/health/ready") == get(mirror, "/readyz") == 200, "both once it continues", 2 * PATIENCE_S)


def test_dropped_packets_and_sigterm(wired):
    at_work = [started(wired, name) for name in PROCESSES]
    with dropped(PORT):
        beginning = [wired.made.start(name, MIRROR_LISTEN="127.0.0.1:0") for name in PROCESSES]
        time.sleep(1.5)
        must_stop_in_time(*at_work, *beginning)


# ---- packets that are lost in one direction ----

ONE_WAY = pytest.mark.parametrize("lost", ["requests", "answers"])


@ONE_WAY
def test_one_way_loss_during_a_crawl(wired, lost):
    """Statements that do not arrive, or whose answers do not: what was stored without our knowledge is not stored twice."""
    s, pg = wired.made, wired.server
    processes = {name: started(wired, name) for name in PROCESSES}
    api, mirror = address(processes["api"]), address(processes["mirror"])
    users = [u["login"] for u in wired.sim.truth()["users"]]
    assert get(api, "/health/ready") == get(mirror, "/readyz") == get(api, "/github/developers/") == 200
    for login in users[:6]:
        s.task("full_profile_sync", login)
    until(lambda: pg.psql("select count(*) > 20 from follows") == [["t"]], "a crawl at work")
    with dropped(PORT, **{name: name == lost for name in ("requests", "answers")}):
        answers_in_time(lambda: get(api, "/health/ready"))
        assert get(api, "/health/ready") == 503 and get(api, "/health/") == 200
        assert get(mirror, f"/users/{users[0]}") == 200
        until(lambda: get(mirror, "/readyz") == 503, "the truth")
        assert get(api, "/github/developers/") == 503
    until(lambda: get(api, "/health/ready") == get(mirror, "/readyz") == get(api, "/github/developers/") == 200, "both once it goes on",
          2 * PATIENCE_S)
    open_jobs = "select count(*) from jobs where state in ('available', 'running', 'scheduled') and kind <> 'heart_beat_task'"
    until(lambda: pg.psql(open_jobs) == [["0"]], "the end of the crawl", 4 * PATIENCE_S)
    assert pg.psql("select count(*) from jobs where state = 'failed'") == [["0"]]
    assert pg.psql("select count(*) from jobs where kind = 'full_profile_sync' and state = 'completed'") == [["6"]]
    logins = ", ".join(f"'{login}'" for login in users[:6])
    assert pg.psql(f"select count(*) from developers where login in ({logins}) and synced_at is not null") == [["6"]]
    # the sums of the feed are those of the tables: nothing was counted twice
    assert pg.psql("select (select sum(n) from changes where type = 'follow.new') = (select count(*) from follows)") == [["t"]]
    assert all(process.running for process in processes.values())


@ONE_WAY
def test_one_way_loss_and_sigterm(wired, lost):
    at_work = [started(wired, name) for name in PROCESSES]
    with dropped(PORT, **{name: name == lost for name in ("requests", "answers")}):
        beginning = [wired.made.start(name, MIRROR_LISTEN="127.0.0.1:0") for name in PROCESSES]
        time.sleep(1.5)
        must_stop_in_time(*at_work, *beginning)
