"""Repeated discovery from one seed reaches everything the graph connects, then stops asking."""
import pytest
from sim import SEEDS
from truth import Truth, compare


def discover(s, seconds=240, most=40):
    """Runs discovery until it finds nobody any more. How many runs that took."""
    for run in range(1, most):
        task = s.task("discovery_scraper")
        s.wait_idle(seconds)
        note = s.one("select note from jobs where task_id = %s and kind = 'discovery_scraper'", task)
        if note == "nobody needs a sync":
            return run
    raise AssertionError(f"discovery still found somebody in run {most}")


@pytest.mark.parametrize("mode", ["open", "empty", "403", "404"])
def test_discovery_reaches_all(world, mode, credential, sim, stack):
    limits = ["--no-limits"]  # no headers, no pace: thousands of requests
    github = sim(world, *limits, "--users", 300, "--stargazers", mode)
    s = stack(github.url, **credential)
    s.crawler()
    truth = Truth(github.truth())
    s.task("full_profile_sync", SEEDS[world])
    s.wait_idle(120)
    assert discover(s) > 1
    s.check_queue()
    compare(s, truth, truth.closure(SEEDS[world], stargazers=mode == "open"), anonymous=not credential)

    asked = github.stats()["requests"]
    before = s.one("select count(*) from jobs where kind <> 'discovery_scraper'")
    assert discover(s) == 1
    assert github.stats()["requests"] == asked
    assert s.one("select count(*) from jobs where kind <> 'discovery_scraper'") == before
