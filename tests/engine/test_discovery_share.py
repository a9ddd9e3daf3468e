"""Continuous discovery, the share of quota it leaves to people, and whom it picks first."""
import json
import time

from slowness import within
from truth import Truth


def remaining(s):
    return s.one("select min(rate_remaining) from rate_limits where resource = 'core'")


def test_continuous_discovery_reaches_everybody_without_a_schedule(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 100)
    s = stack(github.url, GITHUB_TOKEN="t", DISCOVERY_MODE="continuous")
    s.crawler()
    s.crawler()
    s.task("full_profile_sync", "ada")
    known = Truth(github.truth()).closure("ada").developers

    def walked():
        return s.one("select count(*) filter (where last_at is not null) = %s and count(*) filter (where next_at <= now()) = 0 "
                     "from frontier", len(known)) and s.open_jobs() == 0
    s.wait_until(walked, 90, "everybody walked, and nobody due")
    runs = s.one("select count(*) from jobs where kind = 'discovery_scraper'")
    assert 2 < runs < 100
    time.sleep(3)  # nobody is due: nothing begins
    assert s.one("select count(*) from jobs where kind = 'discovery_scraper'") == runs
    s.check_queue()


def test_scheduled_mode_begins_nothing_by_itself(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 60)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    time.sleep(2.5)
    assert s.one("select count(*) from jobs where kind = 'discovery_scraper'") == 0


def test_discovery_leaves_its_share_and_people_may_use_it(sim, stack):
    github = sim("synthetic", "--users", 300, "--limit", 200, "--window", 3600)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", DISCOVERY_MODE="continuous",
              DISCOVERY_QUOTA_SHARE=40, RATE_LIMIT_STOP_THRESHOLD=10)
    s.rows("insert into developers (github_id, login, first_seen_at) "
           "select (u ->> 0)::bigint, u ->> 1, now() from jsonb_array_elements(%s::jsonb) u",
           json.dumps([[i, u["login"]] for i, u in Truth(github.truth()).users.items()]))
    s.rows("insert into frontier (github_id, next_at, reason) select github_id, now(), 'newly met' from developers")
    s.crawler()

    def all_wait():
        return s.one("select count(*) > 0 and count(*) filter (where state <> 'scheduled') = 0 from jobs "
                     "where finished_at is null")
    s.wait_until(all_wait, 60, "discovery to use up what it may")
    floor = 10 + 200 * 40 // 100
    s.wait_until(lambda: remaining(s) == floor, 10, "what answers told")
    assert github.charged() == 200 - floor

    def rests():
        jobs = s.one("select count(*) from jobs")
        time.sleep(2.5)
        return s.one("select count(*) from jobs") == jobs
    s.wait_until(rests, 60, "discovery to begin nothing more without quota")
    # A person waits for nothing, also where discovery's own job for the same list waits.
    lists = s.rows("select key, subject from jobs where kind in ('developer_followers', 'developer_following', 'developer_starred', "
                   "'developer_repositories') and state = 'scheduled' order by kind, id")
    key, waiting = lists[0] if lists else ("none waits", s.one("select login from developers where synced_at is null order by 1 limit 1"))
    task = s.task("full_profile_sync", waiting)
    s.wait_until(lambda: s.one("select count(*) from jobs where id = %s or key = %s", task, key) == s.one(
        "select count(*) from jobs where (id = %s or key = %s) and state = 'completed'", task, key), 20, "the person's")
    assert github.charged() > 200 - floor
    s.wait_until(lambda: remaining(s) <= 10 or s.one(
        "select count(*) from jobs where priority < 50 and state in ('available', 'running')") == 0, 60, "the rest")
    assert remaining(s) >= 10 and github.stats()["requests_while_exhausted"] == 0


def test_a_share_of_everything_leaves_discovery_nothing(sim, stack):
    github = sim("synthetic", "--users", 60, "--limit", 100)
    s = stack(github.url, GITHUB_TOKEN="t", DISCOVERY_QUOTA_SHARE=100, DISCOVERY_MODE="continuous",
              RATE_LIMIT_STOP_THRESHOLD=0)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle(30)
    charged = github.charged()
    time.sleep(3)
    assert github.charged() == charged
    assert s.one("select count(*) from jobs where kind = 'discovery_scraper'") == 0


def picked(s, n):
    """The order in which a run asks for profiles."""
    s.task("discovery_scraper")
    crawler = s.crawler(DISCOVERY_COUNT=n)
    s.wait_until(lambda: s.one("select count(*) from jobs where kind = 'discovery_scraper' and state = 'completed'") == 1,
                 20, "the run")
    crawler.stop()
    return [login for login, in s.rows("select subject from jobs where kind = 'full_profile_sync' order by id")]


def frontier(s, login, i, last=None, walks=0, changes=0, followers=0, stars=0, due="1 minute"):
    s.rows("insert into developers (github_id, login, first_seen_at) values (%s, %s, now())", i, login)
    s.rows("insert into frontier (github_id, next_at, last_at, walks, changes, reason) "
           "values (%s, now() - %s::interval, now() - %s::interval, %s, %s, 'test')", i, due, last, walks, changes)
    s.rows("insert into follows select g, %s, now() from generate_series(1000, 999 + %s) g", i, followers)
    if stars:
        s.rows("insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at) "
               "values (%s, %s, 'r', %s || '/r', now())", i, i, login)
        s.rows("insert into stars select g, %s, null, now() from generate_series(1000, 999 + %s) g", i, stars)


def test_developers_never_synced_and_well_connected_are_picked_first(stack):
    s = stack("http://127.0.0.1:9")
    frontier(s, "lonely", 1, due="1 day")
    frontier(s, "followed", 2, followers=5)
    frontier(s, "starred", 3, stars=9)
    frontier(s, "both", 4, followers=5, stars=9)
    frontier(s, "steady", 5, last="3 days", walks=9, changes=0, due="5 days")
    frontier(s, "moving", 6, last="2 days", walks=9, changes=9)
    frontier(s, "not-due", 7, followers=50, due="-1 hour")
    frontier(s, "gone", 8, followers=50)
    s.rows("update frontier set next_at = 'infinity' where github_id = 8")
    assert picked(s, 5) == ["both", "starred", "followed", "lonely", "moving"]
    assert s.one("select count(*) from frontier where next_at > now() and next_at < 'infinity'") == 6


def test_a_pick_costs_the_same_whatever_the_frontier(stack):
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, first_seen_at) select g, 'u' || g, now() "
           "from generate_series(1, 200000) g")
    s.rows("insert into frontier (github_id, next_at, last_at, reason) select g, now() - g * interval '1 second', "
           "case when g % 2 = 0 then now() - interval '9 days' end, 'x' from generate_series(1, 200000) g")
    s.rows("insert into follows select g, 199999, now() from generate_series(1, 100000) g")
    s.rows("analyze")
    with within(15) as slow:
        assert picked(s, 5)[0] == "u199999"
    took = s.one("select extract(epoch from finished_at - started_at)::float8 from jobs where kind = 'discovery_scraper'")
    assert took < 2 * slow.worst
