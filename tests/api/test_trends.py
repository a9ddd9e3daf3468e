"""What pages show of the whole: growth, what gains stars, the last changes in words, the most followed and starred; and the kept
figures of long lists against those that are counted."""
import datetime
import re
import os
import subprocess

import pytest
from server import BUILD

TODAY = "(now() at time zone 'utc')::date"
WORLD = f"""
insert into repositories (github_id, name, full_name, stargazers_count, first_seen_at, synced_at, gone_at)
select n, 'r', 'a/r' || n, n * 10, now(), now(), case when n = 9 then now() end from generate_series(1, 12) n;
insert into repository_counts (github_id, day, stargazers_count)
select n, {TODAY} - age, 100 + (20 - age) * n from generate_series(1, 9) n, unnest(array[20, 10, 5, 0]) age where n <> 8;
insert into repository_counts (github_id, day, stars_added) select 10, {TODAY} - age, 13 from generate_series(0, 9) age;
insert into repository_counts (github_id, day, stargazers_count) values (11, {TODAY} - 1, 500), (12, {TODAY} - 3, 50), (12, {TODAY}, 40);
-- A history that was read three weeks ago, and counts since.
insert into repositories (github_id, name, full_name, stargazers_count, first_seen_at) values (13, 'r', 'a/r13', 90, now());
insert into repository_counts (github_id, day, stargazers_count, stars_added) values (13, {TODAY} - 21, 30, 2), (13, {TODAY} - 1, 90, null);
"""


def run(pg, database, what, n):
    done = subprocess.run([os.path.join(BUILD, "gitomatic-report-test"), pg.url(database), what, str(n)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def base(own, pg):
    return lambda what, n=0: run(pg, "own", what, n)


def test_repositories_that_gain_stars(base, pg):
    pg.psql(WORLD, "own")
    # By two counts: 10 days before the week there was one, so what counts is from there on; 10 by its star history.
    # Of a history that says less than the counts since, the counts.
    assert base("rising", 7) == sorted([f"a/r{n} {10 * n} {n * 10}" for n in range(1, 8)] + ["a/r10 91 100", "a/r13 60 90"],
                                       key=lambda line: (-int(line.split()[1]), int(line.split()[0][3:])))
    assert base("rising", 30) == ["a/r7 140 70", "a/r10 130 100"] + [f"a/r{n} {20 * n} {n * 10}" for n in range(6, 3, -1)] + ["a/r3 60 30", "a/r13 60 90", "a/r2 40 20", "a/r1 20 10"]


def test_the_most_followed_and_starred_beside_what_is_known_here(base, pg):
    pg.psql("insert into developers (github_id, login, followers_count, first_seen_at, synced_at) select n, 'd' || n, case when n < 5 then n * 100 end, now(), "
            "case when n <> 4 then now() end from generate_series(1, 6) n; insert into follows select n, 3, now() from generate_series(4, 6) n;" + WORLD +
            "insert into stars select n, 12, now(), now() from generate_series(1, 2) n", "own")
    assert base("followed", 5) == ["d3 300 3", "d2 200 0", "d1 100 0"]
    assert base("starred", 2) == ["a/r12 120 2", "a/r11 110 0"]


def test_growth_by_day_oldest_first(base, pg):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    pg.psql("insert into developers (github_id, login, first_seen_at) select n, 'd' || n, now() from generate_series(1, 3) n; "
            "insert into follows values (1, 2, now()), (2, 3, now()); delete from follows where follower_github_id = 2; "
            f"insert into change_days values ({TODAY} - 40, 'star.new', 5, 5, 0)", "own")
    days = base("growth", 30)
    assert len(days) == 30 and days[-1] == f"{today} 3 0 2 1 0 0" and days[0] == f"{today - datetime.timedelta(29)} 0 0 0 0 0 0"
    every = base("growth")
    assert len(every) == 41 and every[0] == f"{today - datetime.timedelta(40)} 0 0 0 0 5 0" and every[-1] == days[-1]
    assert len(base("growth", 90)) == 90


def test_the_last_changes(base, pg):
    pg.psql("insert into developers (github_id, login, first_seen_at) values (1, 'ada', now()), (2, 'ken', now()), (3, '<b>', now()); "
            "insert into repositories (github_id, name, full_name, first_seen_at) values (7, 'unix', 'ken/unix', now())", "own")
    for statement in ("insert into follows values (1, 2, now())", "insert into stars values (1, 7, '2026-01-01', now()), (3, 7, now(), now())",
                      "update stars set starred_at = now() where developer_github_id = 1",
                      "insert into follow_history values (1, 2, '2026-01-01', '2026-01-05 10:00Z', '2026-01-06 11:00Z'); delete from follows",
                      "insert into star_history values (3, 7, null, '2026-01-01', now() - interval '1 hour', now()); delete from stars where developer_github_id = 3"):
        pg.psql(statement, "own")
    rows = base("recent", 5)
    assert rows[1:] == ["ada follow.closed ken +0 1767607200000 1767697200000", "ada star.changed ken/unix +0 0 0",
                        "ada star.new ken/unix +1 0 0", "ada follow.new ken +0 0 0"]
    assert re.fullmatch(r"<b> star.closed ken/unix \+0 [1-9]\d* [1-9]\d*", rows[0])
    assert base("recent", 1) == rows[:1]
    pg.psql("delete from developers where github_id = 3", "own")
    assert base("recent", 1)[0].startswith(" star.closed ken/unix")


MANY = """
insert into developers (github_id, login, location, company, type, first_seen_at, synced_at)
select n, 'd' || n, case n % 3 when 0 then 'Berlin' when 1 then 'Oslo' end, null, 'User', now(), now() from generate_series(1, 10500) n;
insert into repositories (github_id, name, full_name, owner_github_id, topics, language, first_seen_at, synced_at)
select n, 'x', 'x/x' || n, case when n % 7 > 0 then n % 7 end, case when n % 2 = 0 then array['a', 'b', 'a'] end, 'C', now(), now()
  from generate_series(20001, 30500) n;
"""


def test_precomputed_figures_state_what_they_count(own, base, pg):
    pg.psql(MANY, "own")
    base("keep")
    own.start(own.tmp / "log")
    get = lambda path: own.get(path).json()
    got = get("/github/developers/facets/?field=location")
    assert got["as_of"] and not got["capped"] and got["total"] == 10500 and got["distinct"] == 3
    assert got["values"] == [{"value": v, "count": 3500} for v in ("Berlin", "Oslo", None)]
    got = get("/github/repositories/facets/?field=owner")
    assert got["values"] == [{"value": f"d{n}", "count": 1500} for n in range(1, 7)] + [{"value": None, "count": 1500}] and got["as_of"]
    assert get("/github/repositories/facets/?field=topics")["values"] == [{"value": v, "count": 5250} for v in ("a", "b", None)]
    assert get("/github/developers/facets/?field=company")["values"] == [{"value": None, "count": 10500}]
    pg.psql("update developers set gone_at = now() where github_id > 5000", "own")
    base("keep")
    got = get("/github/developers/facets/?field=location")
    assert got["as_of"] is None and got["total"] == 5000, "a list that is short again is counted"
    own.stop()
