"""One full_profile_sync: the seed's lists and every profile they name equal what GitHub shows, and asking again writes
nothing and costs nothing."""
import pytest
from crawl import PLENTY, SEEDS
from stack import differences
from truth import Truth, compare

RECORDS = ("developers", "repositories", "follows", "stars")


@pytest.mark.parametrize("paced", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["", "rate-headers"])
def test_profile_equals_github(world, credential, paced, sim, stack):
    github = sim(world, *(PLENTY if paced or credential else ["--no-limits"]), "--users", 300)
    s = stack(github.url, **credential)
    s.crawler()
    truth = Truth(github.truth())
    expected = truth.profile(SEEDS[world])
    s.task("full_profile_sync", SEEDS[world])
    s.wait_idle(240)
    s.check_queue()
    compare(s, truth, expected, anonymous=not credential)

    before, charged = s.dump(*RECORDS), github.charged()
    assert len(before["developers"]) == len(expected.developers)
    requests = github.stats()["requests"]
    s.task("full_profile_sync", SEEDS[world])
    s.wait_idle(120)
    s.check_queue()
    assert differences(before, s.dump(*RECORDS)) == []
    assert github.stats()["requests"] > requests, "the second sync asked nothing at all"
    if credential:
        assert github.charged() - charged == 0, [t for t in github.trace()[requests:] if t["charged"]]
