"""pg_auto_failover: the primary's cable is pulled while a crawl, the API and the mirror are at work."""
import time

import pytest
from database_world import address, get
from failover_world import Failover, missing
from sim import Sim
from stack import Stack
from traffic import Traffic

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=str(missing()))]
PATIENCE_S = 180


def wait_for(condition, what):
    until = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < until, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.1)
    return value


@pytest.fixture
def world(tmp_path):
    failover = Failover()
    try:
        yield failover
    finally:
        failover.close()


def test_a_primary_is_cut_off(world, tmp_path, record_property):
    sim = Sim(tmp_path, "--users", "120", "--limit", "100000", "--latency", "20")
    s = Stack(world.url(), sim.url, tmp_path, API_LISTEN="127.0.0.1:0", API_AUTH="none", GITHUB_TOKEN="a-token-of-tests", DISCOVERY_SCHEDULE="off",
              GITOMATIC_CONF="/dev/null")
    traffic = []
    try:
        s.run("migrate")
        processes = [s.start("scheduler"), s.crawler(CRAWLER_CONCURRENCY=4), s.start("api"), s.start("mirror", MIRROR_LISTEN="127.0.0.1:0")]
        logins = [user["login"] for user in sim.truth()["users"]]
        at, mirror_at = address(processes[2]), address(processes[3])
        for login in logins:
            s.task("full_profile_sync", login)
        traffic = [Traffic(at, ["/github/developers/", "/github/stats/"]), Traffic(mirror_at, [f"/users/{login}" for login in logins[:20]])]
        wait_for(lambda: s.one("select count(*) from developers where synced_at is not null") >= 10, "the crawl to be on its way")
        primary = world.primary()
        seen = {row[0] for row in s.rows("select id from developers where synced_at is not null")}
        cut_at = time.monotonic()
        world.cut(primary)
        s.connection = None
        wait_for(lambda: (world.states() or {}).get(3 - primary) in ("wait_primary", "primary"), "the promotion")
        promoted_at = time.monotonic()
        wait_for(lambda: any(status != 200 and when > cut_at for when, status in traffic[0].seen), "the API to notice")
        failed_at = max(when for when, status in traffic[0].seen if status != 200)
        back_at = wait_for(lambda: traffic[0].good_since(failed_at) and get(at, "/health/ready") == 200 and traffic[0].good_since(failed_at),
                           "the API to be back")
        s.wait_idle(PATIENCE_S)
        s.check_queue()
        synced = {row[0] for row in s.rows("select id from developers where synced_at is not null")}
        assert seen <= synced, "what was committed before the cut is lost"
        assert len(synced) == len(logins)
        assert all(process.running for process in processes), "a process was restarted"
        for one in traffic:
            one.stop()
        mirrored = [status for _, status in traffic[1].seen]
        assert set(mirrored) == {200}, "the mirror passes through while the database is away"
        record_property("seconds until promoted", round(promoted_at - cut_at, 1))
        record_property("seconds until the API was back", round(back_at - cut_at, 1))
        print(f"promoted {promoted_at - cut_at:.1f} s after the cut, API back after {back_at - cut_at:.1f} s, "
              f"{len(mirrored)} answers of the mirror, all 200")
        world.mend(primary)
        wait_for(lambda: sorted((world.states() or {}).values()) == ["primary", "secondary"], "the old primary to follow")
        s.stop()
    finally:
        for one in traffic:
            one.stop()
        s.end()
        sim.stop()
