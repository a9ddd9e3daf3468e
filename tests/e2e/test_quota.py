"""Quota: never under the threshold, waiting is no failure, and the crawl goes on by itself when the window is over."""
import pytest
from crawl import SEEDS
from truth import Truth, compare

THRESHOLD = 25
WAITING = """select bool_and(state = 'scheduled'), bool_and(run_at >= window_ends_at) from jobs, quota_buckets b
             where state in ('available', 'running', 'scheduled') and b.resource = 'core'"""


def core(trace):
    return [t for t in trace if t["resource"] == "core" and not t["path"].startswith("/_sim")
            and t["path"] != "/rate_limit"]


def check_never_overdrawn(github, threshold=THRESHOLD):
    stats = github.stats()
    assert stats["requests_while_exhausted"] == 0
    assert stats["requests_during_retry_after"] == 0
    assert stats["secondary_refused"] == 0
    low = [t for t in core(github.trace()) if t["remaining"] < threshold]
    assert not low, f"{len(low)} requests under the threshold, first {low[:3]}"


@pytest.mark.parametrize("crawlers", [1, 3])
def test_stops_at_threshold(world, crawlers, sim, stack):
    github = sim(world, "--users", 300)  # 60 an hour, no token
    s = stack(github.url)
    for _ in range(crawlers):
        s.crawler()
    s.task("full_profile_sync", SEEDS[world])
    # While the last requests are in flight the others wait for moments; then all of them for the reset.
    s.wait_until(lambda: s.rows(WAITING) == [(True, True)], 60, "all open jobs waiting for the reset")
    asked = github.stats()["requests"]
    assert asked == 60 - THRESHOLD, "neither more nor less than what may be spent"
    check_never_overdrawn(github)
    assert s.rows("select state, error from jobs where state = 'failed'") == []
    late = s.rows("select kind, run_at, b.window_ends_at from jobs, quota_buckets b where state = 'scheduled' "
                  "and b.resource = 'core' and run_at > b.window_ends_at + interval '62 seconds'")
    assert late == [], "jobs wait for longer than the reset and its jitter"
    assert s.one("select max(attempt) from jobs") == 0, "waiting for quota used an attempt"
    assert s.one("select count(*) from jobs where state = 'scheduled' and error like '%%quota%%'") > 0
    left = s.rows("select rate_limit, rate_remaining from rate_limits where resource = 'core'")
    assert left == [(60, THRESHOLD)]
    # What was stored so far is sound.
    assert s.one("select count(*) from developers where synced_at is not null") > 0
    # The same after a restart: nothing is asked.
    s.stop()
    again = s.crawler()
    s.wait_until(lambda: "crawler.registered" in again.log() and not s.one("select count(*) from jobs where state in ('available', 'running')"), 30, "waiting")
    assert github.stats()["requests"] == asked


@pytest.mark.parametrize("crawlers,limit", [(1, 60), (3, 30)])
def test_goes_on_after_resets(crawlers, limit, credential, sim, stack):
    """Windows of seconds: the crawl needs several, waits for each, and ends at the truth."""
    github = sim("synthetic", "--users", 24, "--window", 5, "--limit", limit, "--anonymous-limit", limit,
                 "--graphql-limit", limit)
    s = stack(github.url, RATE_LIMIT_STOP_THRESHOLD=10 if limit == 30 else THRESHOLD, **credential)
    truth = Truth(github.truth())
    for _ in range(crawlers):
        s.crawler()
    s.task("full_profile_sync", SEEDS["synthetic"])
    s.wait_idle(110)
    s.check_queue()
    compare(s, truth, truth.profile(SEEDS["synthetic"]), anonymous=not credential)
    check_never_overdrawn(github, 10 if limit == 30 else THRESHOLD)
    left = [t["remaining"] for t in core(github.trace())]
    windows = 1 + sum(later > earlier for earlier, later in zip(left, left[1:]))
    assert windows > 1 or credential, "one window was enough: nothing was tested"
