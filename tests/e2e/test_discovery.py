"""Repeated discovery from one seed reaches everything the graph connects, then stops asking."""
import re

import pytest
from crawl import SEEDS, credential_settings, discover
from truth import Truth, compare

# The recorded world with every mode takes its time.
CASES = [pytest.param(world, credential, mode,
                      marks=[] if world == "synthetic" and (credential == "token" or mode == "open") or mode == "403" and
                      (world, credential) != ("recorded", "anonymous")
                      else [pytest.mark.slow])
         for world in ("recorded", "synthetic") for credential in ("token", "anonymous")
         for mode in ("open", "empty", "403", "404")]


def shown_stargazers(github):
    """Full names of the repositories whose stargazers list answered."""
    paths = [re.match(r"/repos/([^/]+/[^/]+)/stargazers", t["path"]) for t in github.trace() if t["status"] == 200]
    return {m[1] for m in paths if m}


@pytest.mark.parametrize("world,credential,mode", CASES)
def test_discovery_reaches_all(world, credential, mode, sim, stack):
    github = sim(world, "--no-limits", "--users", 300, "--stargazers", mode)  # no pace: thousands of requests
    s = stack(github.url, **credential_settings(credential))
    s.crawler()
    truth = Truth(github.truth())
    s.task("full_profile_sync", SEEDS[world])
    s.wait_idle(120)
    assert discover(s) > 1
    s.check_queue()
    shown = shown_stargazers(github)
    expected = truth.closure(SEEDS[world], stargazers=shown if mode == "open" else ())
    compare(s, truth, expected, anonymous=credential == "anonymous")
    if mode == "open" and world == "synthetic":
        # Every list that has something to show was asked. (In the recorded world counts are far above the lists: an
        # empty list against a count reads as a refusal there, and then the others are not asked.)
        full = truth.closure(SEEDS[world], stargazers={r["full_name"] for r in truth.repos.values()})
        starred = {truth.repos[r]["full_name"] for _, r in full.stars if r in full.repositories}
        assert starred - shown == set()

    asked = github.stats()["requests"]
    before = s.one("select count(*) from jobs where kind <> 'discovery_scraper'")
    assert discover(s) == 1
    assert github.stats()["requests"] == asked
    assert s.one("select count(*) from jobs where kind <> 'discovery_scraper'") == before
