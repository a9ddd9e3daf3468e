"""PostgreSQL fails behind PgBouncer (Debian's, session mode, default configuration) while a crawl, the API, the scheduler and the mirror
are at work: nothing that was committed is lost, nothing is done twice, and no process has to be restarted."""
import shutil
import time

import pytest
from database_world import Bouncer, address, get, until, world  # noqa: F401
from slowness import within
from test_database_hangs import stopped
from traffic import Traffic

pytestmark = pytest.mark.skipif(not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), reason="pgbouncer is not installed")
PEOPLE = 24  # that are asked for


@pytest.fixture
def behind(world):
    bouncer = Bouncer(world.pg, "session")
    world.bouncer = bouncer
    yield world
    bouncer.close()


@pytest.fixture
def standby(world):
    """Which has everything that is committed."""
    with world.pg.standby() as made:
        world.pg.psql("alter system set synchronous_standby_names = '*'")
        world.pg.psql("select pg_reload_conf()")
        until(lambda: world.pg.psql("select sync_state from pg_stat_replication") == [["sync"]], "the standby to be synchronous")
        yield made


def comes_back(world):
    world.pg.stop("immediate")
    world.pg.start()


def is_promoted_elsewhere(world, standby):
    world.pg.stop("immediate")
    standby.psql("select pg_promote()")
    world.bouncer.lead_to(standby)
    world.bouncer.reload()


def hangs_for_a_while(world):
    with stopped(world.pg):
        time.sleep(8)


def at_work(world):
    """All processes on the pool, half of a crawl, and traffic."""
    s = world(world.bouncer.url, DISCOVERY_SCHEDULE="off")
    s.run("migrate")
    world.sim.config(latency=20)
    world.logins = [u["login"] for u in world.sim.truth()["users"]]
    world.processes = [s.start("scheduler"), s.crawler(CRAWLER_CONCURRENCY=4), s.start("api", API_CONNECTIONS=6),
                       s.start("mirror", MIRROR_LISTEN="127.0.0.1:0")]
    world.at, world.mirror_at = address(world.processes[2]), address(world.processes[3])
    for login in world.logins[:PEOPLE]:
        s.task("full_profile_sync", login)
    until(lambda: get(world.at, "/health/ready") == 200 == get(world.mirror_at, "/readyz"), "both to be ready")
    until(lambda: s.one("select count(*) from developers where synced_at is not null") >= 3, "the crawl to be on its way")
    return s


def survives(world, fails, record_property, *given):
    s = at_work(world)
    traffic = [Traffic(world.at, ["/github/developers/", "/github/stats/"]),
               Traffic(world.mirror_at, [f"/users/{login}" for login in world.logins[:20]], {"Authorization": "Bearer of-a-client"})]
    try:
        before = {row[0] for row in s.rows("select id from developers where synced_at is not null")}
        s.connection.close()
        begun = time.monotonic()
        fails(world, *given)
        ended = time.monotonic()
        back = until(lambda: get(world.at, "/health/ready") == 200 and traffic[0].good_since(ended), "the API to be back")
        until(lambda: get(world.mirror_at, "/readyz") == 200, "the mirror to be back")
        s.wait_idle()
        s.check_queue()
    finally:
        for one in traffic:
            one.stop()
    after = {row[0] for row in s.rows("select id from developers where synced_at is not null")}
    assert before <= after, "what was committed is lost"
    asked = s.one("select count(*) from developers where synced_at is not null and login = any(%s)", world.logins[:PEOPLE])
    assert asked == PEOPLE
    assert s.rows("select subject from jobs where kind = 'full_profile_sync' group by 1 having count(*) > 1") == []
    assert traffic[0].statuses() <= {200, 503} and traffic[1].statuses() == {200}, [one.statuses() for one in traffic]
    assert all(process.running for process in world.processes), "a process was restarted"
    took = {"away": round(ended - begun, 1), "until the API was back": round(back - ended, 1)}
    record_property("seconds", took)
    print(f"seconds: {took}; the mirror gave {len(traffic[1].seen)} answers, all 200")
    s.stop()


def test_postgresql_restarts(behind, record_property):
    survives(behind, comes_back, record_property)


@pytest.mark.slow
def test_a_standby_is_promoted(behind, standby, record_property):
    survives(behind, is_promoted_elsewhere, record_property, standby)


@pytest.mark.slow
def test_postgresql_hangs_for_a_while(behind, record_property):
    survives(behind, hangs_for_a_while, record_property)


@pytest.mark.slow
def test_the_server_hangs_and_the_pool_accepts_clients(behind):
    """A login is PgBouncer's own answer: it says nothing of PostgreSQL."""
    s = at_work(behind)
    s.connection.close()
    with stopped(behind.pg):
        until(lambda: get(behind.at, "/health/ready") == 503 == get(behind.mirror_at, "/readyz"), "the truth")
        with within(2):
            assert get(behind.at, "/health/ready") == 503
        with within(2):
            assert get(behind.mirror_at, f"/users/{behind.logins[30]}") == 200
        newcomers = [s.start(name, MIRROR_LISTEN="127.0.0.1:0") for name in ("api", "crawler", "scheduler", "mirror")]
        for process in newcomers:
            until(process.waits_for_signals, "a process that takes signals")
        time.sleep(1)
        with within(12):
            for process in [*behind.processes, *newcomers]:
                process.terminate()
            for process in [*behind.processes, *newcomers]:
                assert process.popen.wait(60) == 0, process.log()
