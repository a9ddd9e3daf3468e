"""Quota: never below the threshold, waiting is not a failure, and the crawl continues when the window is over."""
import math

import pytest
from beside import side_by_side
from crawl import SEEDS, fill_up
from truth import Truth, compare

THRESHOLD = 25
# By GitHub's clock: each answer, even a late one, sets the window's end by our clock again, to the second.
WAITING = """select bool_and(state = 'scheduled'), bool_and(run_at >= to_timestamp(rate_reset_raw)) from jobs, quota_buckets b
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


@side_by_side
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


@side_by_side
@pytest.mark.parametrize("crawlers,limit", [(1, 60), (3, 30)])
def test_a_crawl_continues_after_each_reset(crawlers, limit, credential, sim, stack):
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


@side_by_side
@pytest.mark.parametrize("world,login", [("synthetic", "ada"), ("recorded", "riebschlager"), ("recorded", "h3nnn4n"),
                                         pytest.param("recorded", "cuchi", marks=pytest.mark.slow)])
def test_a_first_sync_costs_hardly_more_than_its_bound(world, login, sim, stack):
    """1 for the profile, a unit for each 100 of each list, and one for each 100 records that are new: REST units and
    GraphQL points together, with a tenth more, or what whole requests make of it where that is more."""
    github = sim(world, "--users", 300)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    truth = Truth(github.truth())
    i = next(i for i, u in truth.users.items() if u["login"] == login)
    lists = (sum(b == i for _, b in truth.follows), sum(a == i for a, _ in truth.follows),
             sum(u == i for u, _ in truth.stars), sum(r["owner"]["id"] == i for r in truth.repos.values()))
    s.task("full_profile_sync", login)
    s.wait_idle(120)
    s.check_queue()
    new = s.one("select (select count(*) from developers where synced_at is not null) - 1 "
                "+ (select count(*) from repositories where synced_at is not null)")
    bots = s.one("select count(*) from developers where type = 'Bot' and synced_at is not null")  # not in GraphQL's nodes
    bound = 1 + sum(math.ceil(n / 100) for n in lists) + new / 100 + bots
    cost = github.charged("core") + github.charged("graphql")
    # One more where a batch was handed out just before a page that would have filled its stubs: which comes first is timing.
    assert cost <= max(1.1 * bound, math.ceil(bound)) + 1, f"{cost} for a bound of {bound}"
    assert s.one("select sum(cost) from jobs") == cost
    # Again: nothing is charged, of either sort.
    s.task("full_profile_sync", login)
    s.wait_idle(120)
    assert github.charged("core") + github.charged("graphql") == cost


def test_all_crawlers_together_respect_the_limit_of_requests_in_flight(sim, stack):
    """Three crawlers that would each take a hundred; one comes when the first has all there is."""
    github = sim("synthetic", "--no-limits", "--users", 8000, "--latency", 300, "--secondary-concurrency", 100)
    s = stack(github.url, GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY=100, DISCOVERY_MODE="continuous")
    s.crawler()
    s.task("full_profile_sync", SEEDS["synthetic"])
    fill_up(s, github, 80)  # the first crawler has nearly all
    s.crawler()
    s.wait_until(lambda: s.one("select count(*) from workers where (info ->> 'in_flight')::int > 30") == 2, 60, "a half each")
    s.crawler()
    s.wait_until(lambda: s.one("select count(*) from workers where (info ->> 'in_flight')::int > 20") == 3, 60, "a third each")
    stats = github.stats()
    assert stats["secondary_refused"] == 0 and 80 < stats["max_in_flight"] <= 100
    s.stop()
