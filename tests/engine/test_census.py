"""A census against the simulator: all accounts and repositories, each page requested once, also with several crawlers and
killed ones."""
import collections
import re

import pytest
from crawl import PLENTY, TOKEN
from test_items_alone import statement


def pages(sim, kind="users"):
    """Requests of the census by where they begin: how often each was answered and charged."""
    asked = collections.Counter()
    for line in sim.trace():
        found = re.match(rf"/{kind}\?since=(\d+)&per_page=100$", line["path"])
        if found and line["status"] == 200:
            asked[int(found[1])] += 1
    return asked


def known(stack, table="developers"):
    return {i for i, in stack.rows(f"select github_id from {table}")}


@pytest.mark.parametrize(("kind", "table", "key"), [("users", "developers", "users"), ("repositories", "repositories", "repos")])
def test_a_census_lists_everything_and_repeating_it_is_free(lab, kind, table, key):
    sim = lab.sim("synthetic", "--users", 2500, *PLENTY)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN)
    stack.crawler()
    stack.run("census", kind)
    stack.wait_idle(120)
    truth = {x["id"] for x in sim.truth()[key] if not x.get("private")}
    assert known(stack, table) >= truth and (kind == "repositories" or known(stack) == truth)
    if kind == "repositories":
        owners = {x["id"]: (x["owner"]["id"], x["owner"]["login"]) for x in sim.truth()[key] if not x.get("private")}
        assert {i: tuple(owner) for i, *owner in stack.rows("select r.github_id, d.github_id, d.login from repositories r "
                                                            "join developers d on d.github_id = r.owner_github_id")} == owners
    asked = pages(sim, kind)
    assert set(asked.values()) == {1} and len(truth) / 100 <= len(asked) <= len(truth) / 100 * 1.1 + 4
    assert stack.one("select count(*) from hydration_queue") == 0 and stack.one("select count(*) from jobs where kind <> 'census'") == 0
    assert stack.one("select sum(cost) from jobs") == len(asked) and stack.one("select count(*) from jobs where note is not null") == 0
    before, jobs = sim.charged(), stack.one("select count(*) from jobs")
    stack.run("census", kind)
    stack.wait_idle(120)
    assert sim.charged() == before and pages(sim, kind) == asked
    assert stack.one("select coalesce(sum(cost), 0) from jobs where id > %s", jobs) == 0


def test_a_range(lab):
    sim = lab.sim("synthetic", "--users", 1000, *PLENTY)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN)
    ids = sorted(u["id"] for u in sim.truth()["users"])
    stack.crawler()
    stack.run("census", "users", "--from", str(ids[100]), "--to", str(ids[500]))
    stack.wait_idle(60)
    have = known(stack)
    assert set(ids[100:501]) <= have <= set(ids[100:601]) and len(pages(sim)) <= 6


def test_new_accounts_follow(lab):
    sim = lab.sim("synthetic", "--users", 400, *PLENTY)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN)
    stack.crawler()
    stack.run("census", "users")
    stack.wait_idle(60)
    before = sim.charged()
    sim.random(5, 300)
    truth = {u["id"] for u in sim.truth()["users"]}
    stack.run("census", "users")
    stack.wait_idle(60)
    assert truth <= known(stack) and sim.charged() - before <= 6


def test_its_cost_is_estimated_first(lab):
    sim = lab.sim("synthetic", "--users", 400, *PLENTY)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN)
    said = stack.run("census", "users", "--from", "1", "--to", "10000", "--dry-run").stdout
    low, high = map(int, re.search(r"core +(\d+) to (\d+) units", said).groups())
    assert low <= high and stack.one("select count(*) from jobs") == 0
    stack.crawler()
    stack.run("census", "users", "--to", "10000")
    stack.wait_idle(60)
    assert low <= sim.charged() <= high + 1  # and a look at who the token is


LEFT = re.compile(r"(\d+) pages?, .*; (\d+) % of the ids up to (\d+)(?:, (\d+) pages? a minute)?, about (\d+) units?(?: and (.+?))? left")


def test_a_census_leaves_peoples_share_of_the_quota_and_shows_what_is_left(lab):
    """Discovery's part of the quota ends on the way: what is left then takes until the next window."""
    sim = lab.sim("synthetic", "--users", 8000, "--dense-ids", "--limit", 100, "--latency", 100)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN, DISCOVERY_QUOTA_SHARE=40, RATE_LIMIT_STOP_THRESHOLD=10)
    stack.crawler()
    waiting = stack.start("census", "users", "--wait")
    stack.wait_until(lambda: " min left; some wait" in waiting.log() or " h left; some wait" in waiting.log() or not waiting.running, 60, "the wait for the quota")
    waiting.kill()
    assert 40 <= sim.charged() <= 50
    shown = [LEFT.search(line) for line in waiting.log().splitlines() if "% of the ids" in line]
    assert shown and all(shown), waiting.log()
    pages_read, share, to, rate, units, time = shown[-1].groups()
    assert int(pages_read) <= 50 and 0 < int(share) < 100 and rate and re.fullmatch(r"1 h( \d+ min)?|[56]\d min", time), waiting.log()
    known_to = stack.one("select max(github_id) from developers")
    assert int(to) == known_to
    missing = sum(1 for u in sim.truth()["users"] if u["id"] <= known_to) - stack.one("select count(*) from developers")
    assert 0.5 * missing / 100 <= int(units) <= 2 * missing / 100 + 2, waiting.log()


STUBS = "insert into developers (github_id, login, first_seen_at) select i, 'x' || i, now() from generate_series(%s, %s) i"
SHOWN = "insert into developers (github_id, login, first_seen_at, node_id) values (%s, 'shown', now(), 'N')"


@pytest.mark.parametrize("setup, flags, low, high", [
    ([(STUBS, (1, 900))], (), 9, 11), ([(STUBS, (1, 900))], ("--to", 400), 4, 6),
    ([(SHOWN, (1000,)), (STUBS, (2001, 2900))], (), 1, 12), ([(SHOWN, (1000,)), (STUBS, (2001, 2900))], ("--from", 2001), 9, 11),
    ([(SHOWN, (1000,)), (STUBS, (2001, 2900))], ("--from", 2001, "--to", 6000), 9, 44),
    ([(SHOWN, (1000,))], ("--from", 2001, "--to", 6000), 1, 44), ([(STUBS, (2001, 4000))], ("--from", 2001), 11, 13)],
    ids=["stubs", "stubs to", "shown", "from above the frame", "a range above the frame", "an unknown range", "many stubs"])
def test_estimates_count_ids_known_from_an_archive(lab, setup, flags, low, high):
    """Known records and ids are counted in the same range: the first number is never above the second."""
    stack = lab.stack("http://127.0.0.1:1")
    for statement, values in setup:
        stack.rows(statement, *values)
    said = stack.run("census", "users", *map(str, flags), "--dry-run").stdout
    assert tuple(map(int, re.search(r"core +(\d+) to (\d+) units", said).groups())) == (low, high), said


@pytest.mark.parametrize("state, left", [("completed", 1000), ("failed", 2500), ("cancelled", 2500)])
def test_what_a_slice_that_ended_early_did_not_read_is_left(lab, state, left):
    stack = lab.stack("http://127.0.0.1:1")
    stack.rows("insert into jobs (kind, key, task_id, state, finished_at, args, cursor, pages, cost) values"
               " ('census', '1', 7, %s, now(), '{\"from\": 1, \"to\": 2000}', '{\"since\": 500}', 5, 5),"
               " ('census', '2', 7, 'available', null, '{\"from\": 2001, \"to\": 4000}', '{\"since\": 3000}', 5, 5)", state)
    with stack.connection.cursor() as cursor:
        cursor.execute(statement("census_left"), {"p1": 7, "p2": 4000})
        assert cursor.fetchone() == (4000, left, 10, 10)


@pytest.mark.parametrize("users", [4000, pytest.param(20000, marks=pytest.mark.slow)])
def test_three_crawlers_and_kills(lab, users):
    sim = lab.sim("synthetic", "--users", users, *PLENTY)
    stack = lab.stack(sim.url, GITHUB_TOKEN=TOKEN)
    sim.config(latency=60)
    crawlers = [stack.crawler() for _ in range(3)]
    stack.run("census", "users")
    kills = 0
    for n in (3, 8, 15):
        stack.wait_until(lambda least=n: len(pages(sim)) >= least, 60, f"{n} pages")
        if stack.open_jobs():
            crawlers.pop(0).kill()
            crawlers.append(stack.crawler())
            kills += 1
    assert kills
    sim.config(latency=0)
    stack.wait_idle(240)
    assert known(stack) == {u["id"] for u in sim.truth()["users"]}
    asked = pages(sim)
    again = sum(n - 1 for n in asked.values())  # answers on their way to a crawler that was killed
    assert len(asked) <= users / 100 * 1.1 + 4 and again <= 16 * kills and max(asked.values()) <= 1 + kills
