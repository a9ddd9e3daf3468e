"""Processes killed and PostgreSQL stopped hard at moments drawn at random: same end as without."""
import random
import time

import pytest
from beside import side_by_side
from crawl import SEEDS
from test_faults import gone, look_again_at_what_is_gone
from truth import Truth, compare


def begin(world, sim, stack, credential, *options, **env):
    github = sim(world, "--no-limits", "--users", 300, *options)
    s = stack(github.url, **credential, **env)
    truth = Truth(github.truth())
    s.task("full_profile_sync", SEEDS[world])
    return github, s, truth


def kill_until_done(s, dice, crawlers, most_ms, seconds=200):
    """kill -9 of one crawler after another, each followed by a new one, until the queue is empty. How many died at work."""
    until, kills = time.monotonic() + seconds, 0
    running = [s.crawler() for _ in range(crawlers)]
    while s.open_jobs():
        assert time.monotonic() < until, f"not done in {seconds} s with {kills} kills\n{s.queue()}\n{s.logs(800)}"
        time.sleep(dice.uniform(0.02, most_ms / 1000))
        at = dice.randrange(crawlers)
        if s.open_jobs():
            running[at].kill()
            running[at] = s.crawler()
            kills += 1
        most_ms *= 1.1  # so that the end is reached however slow the machine is
    s.wait_idle(60)
    return kills


@side_by_side
@pytest.mark.parametrize("crawlers", [1, 3])
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))])
def test_kill_9(world, credential, crawlers, seed, sim, stack):
    # Latency, so that there are moments to be killed in; with a token a profile is few requests. Where this process was held up and
    # missed them, there is more of it.
    for slower in (1, 8, 40):
        github, s, truth = begin(world, sim, stack, credential, "--latency", slower * (150 if credential else 15),
                                 CRAWLER_CONCURRENCY=4)
        kills = kill_until_done(s, random.Random(seed), crawlers, 300)
        print(f"seed {seed}: {kills} kills")
        if kills >= 2:
            break
        s.stop()
    assert kills >= 2, "too fast to be killed: nothing was tested"
    s.check_queue()
    compare(s, truth, truth.profile(SEEDS[world]), anonymous=not credential)
    # At most the requests in flight are sent twice.
    profile = truth.profile(SEEDS[world])
    once = len(profile.developers) + len(profile.repositories) + 40
    assert github.stats()["requests"] <= once + kills * 2 * 4 * crawlers


LIES = "html403,gqlsecondary,gqlprimary,noowner,short,empty,gone404,gone451"


@side_by_side
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kill_9_while_github_lies(credential, seed, sim, stack):
    """Two syncs by crawlers that die, at faults in one request of ten, and a sound one after them."""
    github = sim("synthetic", "--no-limits", "--users", 300, "--latency", 150 if credential else 15, "--retry-after", 1,
                 "--faults", 0.1, "--fault-kinds", LIES, "--fault-seed", seed)
    s = stack(github.url, **credential, CRAWLER_CONCURRENCY=4)
    truth = Truth(github.truth())
    kills, denied = 0, set()
    for round_ in range(2):
        look_again_at_what_is_gone(s)
        if round_ and kills < 2:  # this process was held up and missed the moments
            github.config(latency=8 * (150 if credential else 15))
        s.task("full_profile_sync", "ada")
        kills += kill_until_done(s, random.Random(seed + round_), 1, 300)
        denied |= gone(s)
    github.config(faults=0)
    look_again_at_what_is_gone(s)
    s.task("full_profile_sync", "ada")
    s.wait_idle(100)
    assert kills >= 2 and [t for t in github.trace() if t["fault"]], "nothing was tested"
    s.check_queue()
    compare(s, truth, truth.profile("ada"), anonymous=not credential)
    ended = s.rows("select follower_github_id, followed_github_id from follow_history union all "
                   "select developer_github_id, repository_github_id from star_history")
    assert [edge for edge in ended if not denied & set(edge)] == [], "ended though nobody said so"


@side_by_side
def test_three_crawlers_ask_once(world, credential, sim, stack):
    github, s, truth = begin(world, sim, stack, credential)
    for _ in range(3):
        s.crawler()
    s.wait_idle(120)
    s.check_queue()
    compare(s, truth, truth.profile(SEEDS[world]), anonymous=not credential)
    asked = [t["path"] for t in github.trace() if t["method"] == "GET" and not t["path"].startswith("/_sim")]
    twice = {p for p in asked if asked.count(p) > 1}
    # An owner may be requested by name if a list and a detail name them at the same time; lists are requested once.
    assert not {p for p in twice if "?" in p}, f"pages fetched twice: {sorted(twice)}"


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_postgres_stopped_immediately(world, credential, seed, cluster, sim, stack):
    dice = random.Random(seed)
    print(f"seed {seed}")
    github, s, truth = begin(world, sim, stack, credential, "--latency", 80, CRAWLER_CONCURRENCY=4)
    s.crawler()
    s.crawler()
    stops = 0
    for _ in range(3):
        time.sleep(dice.uniform(0.1, 0.6))
        stops += s.open_jobs() > 0
        cluster.stop("immediate")
        time.sleep(dice.uniform(0, 0.4))
        cluster.start()
    assert stops, "the crawl was over before PostgreSQL was stopped: nothing was tested"
    s.wait_idle(120)
    s.check_queue()
    assert all(p.running for p in s.processes), "a crawler did not outlive the database's restart"
    compare(s, truth, truth.profile(SEEDS[world]), anonymous=not credential)


@pytest.mark.slow
def test_two_hundred_kills(cluster, sim, stack):
    """2,000 users to closure by three crawlers, 200 of which are killed on the way, PostgreSQL three times as well."""
    dice = random.Random(200)
    github = sim("synthetic", "--no-limits", "--users", 2000, "--latency", 120)
    s = stack(github.url, GITHUB_TOKEN="crash-token-1", CRAWLER_CONCURRENCY=8)
    truth = Truth(github.truth())
    s.task("full_profile_sync", "ada")
    running = [s.crawler() for _ in range(3)]
    until, kills, stops = time.monotonic() + 1200, 0, 0
    while s.open_jobs() or s.one("select count(*) from frontier where next_at <= now()"):
        assert time.monotonic() < until, f"not done with {kills} kills\n{s.queue()}\n{s.logs(800)}"
        if not s.open_jobs():
            s.task("discovery_scraper")
        time.sleep(dice.uniform(0.03, 0.2))
        if kills < 200:
            at = dice.randrange(3)
            running[at].kill()
            running[at] = s.crawler()
            kills += 1
        if kills in (50, 100, 150) and stops < kills // 50:
            cluster.stop("immediate")
            cluster.start()
            stops += 1
    print(f"{kills} kills, {stops} stops, {github.stats()['requests']} requests")
    assert (kills, stops) == (200, 3), "too fast: not everything was tested"
    s.check_queue()
    compare(s, truth, truth.closure("ada"))
    # What was in flight when a crawler died is sent again, and no more.
    once = len({t["path"] for t in github.trace() if not t["path"].startswith("/_sim")})
    posts = sum(t["method"] == "POST" and t["path"].startswith("/graphql") for t in github.trace())
    assert github.stats()["requests"] <= once + posts + (kills + 3 * stops) * 8
