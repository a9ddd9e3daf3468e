"""X-Cache, with the words of app-sre/github-mirror: each from the situation it is for."""
import collections
import concurrent.futures
import itertools
import time

import pytest
from slowness import slowness, within

LIMITED = {"limit": 0, "anonymous_limit": 0}


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada", "--token", "b")


def test_online(lab, github):
    mirror = lab.mirror(github)
    assert [mirror.get("/users/ada", "a").label for _ in range(2)] == ["ONLINE_MISS", "ONLINE_HIT"]


@pytest.mark.parametrize("kind, status", [("500", 500), ("502", 502), ("503", 503)])
def test_api_error(lab, github, kind, status):
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(faults=1, fault_kinds=kind)
    hit, miss = mirror.get("/users/ada", "a"), mirror.get("/meta", "a")
    assert (hit.status, hit.label, hit.body) == (200, "API_ERROR_HIT", good.body)
    assert (miss.status, miss.label) == (status, "API_ERROR_MISS")


@pytest.mark.parametrize("status", [403, 429])
def test_rate_limited_primary(lab, github, status):
    """And while the bucket is known to be empty nobody asks: the cache answers, or 403 as GitHub's would be, at once."""
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(limit_status=status, **LIMITED)
    first_miss = mirror.get("/meta", "a")
    assert first_miss.label == "RATE_LIMITED_MISS" and first_miss.status == status
    asked = len(github.trace())
    for _ in range(2):
        hit, miss = mirror.get("/users/ada", "a"), mirror.get("/versions", "a")
        assert (hit.status, hit.label, hit.body) == (200, "RATE_LIMITED_HIT", good.body)
        assert (miss.status, miss.label, miss["X-RateLimit-Remaining"]) == (403, "RATE_LIMITED_MISS", "0")
        assert 0 < int(miss["X-RateLimit-Reset"]) - time.time() <= 3602 and "rate limit" in miss.json()["message"].lower()
    assert len(github.trace()) == asked
    other = mirror.get("/users/ada", "b")  # another account: its own bucket, its own answer
    assert other.label == "RATE_LIMITED_MISS" and len(github.trace()) == asked + 1


def test_rate_limited_by_githubs_answer(lab, github):
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(**LIMITED)
    hit = mirror.get("/users/ada", "a")  # the mirror learns it from this answer
    assert (hit.status, hit.label, hit.body) == (200, "RATE_LIMITED_HIT", good.body)


def test_a_refusal_never_comes_beside_a_bucket_with_units_left(lab):
    """Clients wait where 403 and X-RateLimit-Remaining agree; around the end of a window they did not."""
    sim = lab.sim("synthetic", "--limit", 2, "--window", 2)
    mirror = lab.mirror(sim)
    seen, end = collections.Counter(), time.monotonic() + 7 * slowness()

    def ask(thread):
        for i in itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(1)):
            got = mirror.get(f"/users?since={thread * 1000000 + i}", "a")
            seen[got.status, got["X-RateLimit-Remaining"] == "0"] += 1

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert sum(n for (status, _), n in seen.items() if status == 200) >= 4, seen  # two windows at least were seen to end
    assert seen[403, True] and not seen[403, False] and not seen[429, True] and not seen[429, False], seen


def test_secondary_limits(lab, github):
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(faults=1, fault_kinds="403", retry_after=2)
    begun = time.monotonic()
    hit, miss = mirror.get("/users/ada", "a"), mirror.get("/meta", "a")
    assert (hit.status, hit.label, hit.body) == (200, "RATE_LIMITED_HIT", good.body)
    assert miss.label == "RATE_LIMITED_MISS" and miss.status == 403 and miss["Retry-After"]
    impatient = github.stats()["requests_during_retry_after"]
    mirror.get("/users/ada", "a")
    if time.monotonic() - begun < 2:  # it waits as it was told
        assert github.stats()["requests_during_retry_after"] == impatient
    github.config(faults=0)
    time.sleep(2.2)
    assert mirror.get("/users/ada", "a").label == "ONLINE_HIT"


def test_connection_error(lab, github):
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(faults=1, fault_kinds="reset")
    hit, miss = mirror.get("/users/ada", "a"), mirror.get("/meta", "a")
    assert (hit.status, hit.label, hit.body) == (200, "API_CONNECTION_ERROR_HIT", good.body)
    assert miss.status == 502 and miss.json()["message"]


def test_an_answer_that_ends_early_is_not_stored(lab, github):
    mirror = lab.mirror(github)
    github.config(faults=1, fault_kinds="cut")
    assert mirror.get("/users/ada/repos", "a").status == 502
    github.config(faults=0)
    whole = mirror.get("/users/ada/repos", "a")
    assert whole.label == "ONLINE_MISS" and whole.json()
    github.config(faults=1, fault_kinds="cut")
    github.mutate({"op": "edit_user", "login": "ada", "set": {"bio": "z"}})
    assert mirror.get("/users/ada/repos", "a").status == 200


def test_timeout(lab, github, together):
    """Ten seconds for the first byte."""
    mirror = lab.mirror(github)
    good = mirror.get("/users/ada", "a")
    github.config(faults=1, fault_kinds="hang", hang=30000)
    with within(13, at_least=9):
        hit, miss = together(lambda: mirror.get("/users/ada", "a"), lambda: mirror.get("/meta", "a"))
    assert (hit.status, hit.label, hit.body) == (200, "API_TIMEOUT_HIT", good.body)
    assert miss.status in (502, 504) and miss.json()["message"]


def test_offline(lab, github):
    mirror = lab.mirror(github, GITHUB_STATUS_SECONDS=1)
    good = mirror.get("/users/ada", "a")
    github.config(status="major_outage")
    mirror.stack.wait_until(lambda: mirror.get("/users/ada", "a").label == "OFFLINE_HIT", 10, "the mirror to be offline")
    asked = len(github.trace())
    hit, miss = mirror.get("/users/ada", "a"), mirror.get("/meta", "a")
    assert (hit.status, hit.label, hit.body) == (200, "OFFLINE_HIT", good.body)
    assert (miss.status, miss.label) == (504, "OFFLINE_MISS") and miss.json()["message"]
    assert len(github.trace()) == asked


def test_labels_are_counted_under_the_originals_names(lab, github):
    mirror = lab.mirror(github)
    for _ in range(3):
        mirror.get("/users/ada", "a")
    github.config(faults=1, fault_kinds="500")
    mirror.get("/meta", "a")
    metrics = mirror.metrics()
    counted = {name: value for name, value in metrics.items() if name.startswith("request_latency_seconds_count")}

    def count(cache, status, method="GET"):
        return sum(v for n, v in counted.items()
                   if f'cache="{cache}"' in n and f'status="{status}"' in n and f'method="{method}"' in n)
    assert count("ONLINE_MISS", 200) == 1 and count("ONLINE_HIT", 200) == 2 and count("API_ERROR_MISS", 500) == 1
    assert sum(v for n, v in metrics.items() if n.startswith("http_request_total")) >= 4
    assert metrics["github_mirror_cached_objects"] == 1 and metrics["github_mirror_cache_size"] > 100
    assert any("saved" in n and v >= 2 for n, v in metrics.items())
    # The dashboard, in another process, shows what the heartbeat tells.
    told = ("select info -> 'answered' = '4' and info -> 'hits' = '2' and info -> 'saved' = '{\"revalidated\": 2, \"fresh\": 0, \"coalesced\": 0, \"stored\": 0}'"
            " from workers where kind = 'mirror'")
    mirror.stack.wait_until(lambda: mirror.stack.one(told), 60, "the heartbeat to tell it")
