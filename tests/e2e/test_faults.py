"""Failures of GitHub at one request in ten: same end, no failed job, bounded retries."""
import pytest
from sim import SEEDS
from truth import Truth, compare

KINDS = ["500", "502", "503", "html200", "cut", "truncated", "wrongtype", "reset", "drip", "429", "403", "hang"]


@pytest.mark.parametrize("kind", [*KINDS, ",".join(k for k in KINDS if k != "hang")])
def test_fault(kind, credential, sim, stack):
    # hang: the crawler's patience with a silent server is measured in tens of seconds, so few requests do it.
    rate = 0.1 if kind != "hang" else 0.02
    github = sim("synthetic", "--no-limits", "--users", 60, "--faults", rate, "--fault-kinds", kind, "--fault-seed", 7,
                 "--retry-after", 1, "--drip", 200, "--hang", 3000)
    s = stack(github.url, **credential)
    s.crawler()
    truth = Truth(github.truth())
    s.task("full_profile_sync", SEEDS["synthetic"])
    s.wait_idle(120)
    s.check_queue()
    compare(s, truth, truth.profile(SEEDS["synthetic"]), anonymous=not credential)
    hit = [t for t in github.trace() if t["fault"]]
    assert hit, "no request met a fault: nothing was tested"
    sound = sum(not t["fault"] for t in github.trace() if not t["path"].startswith("/_sim"))
    assert sound <= 2 * len(truth.users) + 2 * len(truth.repos) + 60, f"{sound} answered requests for a small world"
