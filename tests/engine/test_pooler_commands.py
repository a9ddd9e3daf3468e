"""What an operator tells PgBouncer while everything is at work: PAUSE, RECONNECT, KILL, RESUME. Nobody has to be restarted, and nothing is
lost."""
import concurrent.futures
import contextlib
import shutil
import threading

import psycopg2
import pytest
from database_world import Bouncer, address, get, until, world_in
from stack import PATIENCE_S

pytestmark = pytest.mark.skipif(not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), reason="pgbouncer is not installed")
PROCESSES = ("api", "crawler", "scheduler", "mirror")
DONE = {"api": "listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "listening"}


@pytest.fixture(scope="module")
def pooled(tmp_path_factory):
    with world_in(tmp_path_factory.mktemp("told")) as world:
        bouncer = Bouncer(world.pg, "session", "admin_users = postgres\ndefault_pool_size = 40\n")
        s = world(bouncer.url, MIRROR_LISTEN="127.0.0.1:0", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")
        s.run("migrate")
        s.pg, s.sim, s.bouncer = world.pg, world.sim, bouncer
        s.at_work = {name: s.start(name) for name in PROCESSES}
        for name, process in s.at_work.items():
            until(lambda: DONE[name] in process.log(), f"{name} at work")
        s.api, s.mirror = address(s.at_work["api"]), address(s.at_work["mirror"])
        s.numbers = iter(range(100))
        yield s
        assert all(process.running for process in s.at_work.values())
        bouncer.close()


def tell(s, *commands):
    connection = psycopg2.connect(f"host={s.bouncer.folder} port=6432 user=postgres dbname=pgbouncer")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        for command in commands:
            cursor.execute(command)


def crawl(s):
    """Requested beside the pooler, which may take nobody in."""
    login = s.sim.truth()["users"][next(s.numbers)]["login"]
    direct = {"DATABASE_URL": s.pg.url()}
    return int(s.run("task", "full_profile_sync", "--username", login, **direct).stdout.split()[-1])


def is_done(s, task):
    until(lambda: s.pg.psql(f"select state from jobs where id = {task}") == [["completed"]], "a crawl", 2 * PATIENCE_S)


def works(s):
    until(lambda: get(s.api, "/health/ready") == get(s.mirror, "/readyz") == get(s.api, "/github/developers/") == 200, "readiness",
          2 * PATIENCE_S)
    is_done(s, crawl(s))
    assert s.pg.psql("select count(*) from jobs where state = 'failed'") == [["0"]]


def load(s, n):
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        return set(threads.map(lambda i: get(s.api, f"/github/developers/?page_size={i % 50 + 1}"), range(n)))


def test_reconnect(pooled):
    """Each session goes on, and no request fails."""
    works(pooled)
    task = crawl(pooled)
    tell(pooled, "RECONNECT gitomatic")
    assert load(pooled, 200) == {200}
    is_done(pooled, task)
    works(pooled)


@pytest.mark.slow
def test_pause_and_resume(pooled):
    """In session mode, PAUSE waits for sessions to end: those that there are go on, new ones wait for RESUME."""
    works(pooled)
    paused = threading.Thread(target=lambda: suppress(tell, pooled, "PAUSE gitomatic"), daemon=True)
    paused.start()
    connection = psycopg2.connect(f"host={pooled.bouncer.folder} port=6432 user=postgres dbname=pgbouncer")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        def is_paused():
            cursor.execute("SHOW DATABASES")
            at = [column[0] for column in cursor.description].index("paused")
            return any(row[0] == "gitomatic" and int(row[at]) for row in cursor.fetchall())
        until(is_paused, "the pause")
        task = crawl(pooled)
        assert load(pooled, 100) <= {200, 503} and get(pooled.api, "/health/") == 200
        assert get(pooled.mirror, "/users/" + pooled.sim.truth()["users"][0]["login"]) == 200
        with contextlib.suppress(psycopg2.Error):
            cursor.execute("RESUME gitomatic")
    paused.join(PATIENCE_S)
    is_done(pooled, task)
    works(pooled)


def suppress(call, *args):
    with contextlib.suppress(psycopg2.Error):
        call(*args)


def test_kill_and_resume(pooled):
    """Every session ends in the middle of a crawl, and none begins until RESUME."""
    works(pooled)
    task = crawl(pooled)
    tell(pooled, "KILL gitomatic")
    until(lambda: get(pooled.api, "/health/ready") == 503 == get(pooled.mirror, "/readyz"), "the truth")
    assert get(pooled.api, "/health/") == 200 and get(pooled.mirror, "/users/" + pooled.sim.truth()["users"][0]["login"]) == 200
    assert get(pooled.api, "/github/developers/") == 503
    tell(pooled, "RESUME gitomatic")
    is_done(pooled, task)
    works(pooled)


@pytest.mark.slow
def test_kill_again_and_again(pooled):
    works(pooled)
    tasks = [crawl(pooled) for _ in range(3)]
    for _ in range(5):
        tell(pooled, "KILL gitomatic", "RESUME gitomatic")
        until(lambda: get(pooled.api, "/github/developers/") == 200, "an answer")
    for task in tasks:
        is_done(pooled, task)
    works(pooled)
