"""How many records a page visits, by the plans that PostgreSQL followed: a few hundred, however many there are."""
import os
import re
import subprocess

import pytest
from server import BUILD, fresh
from test_http import BROWSER

N = 6000
MOST = 2500  # a page counts some things up to a thousand
NODE = re.compile(r"\(actual rows=(\d+) loops=(\d+)\)|\(never executed\)")
VISIT = re.compile(r"(Seq Scan|Index Scan|Bitmap Heap Scan)( Backward)?( using \w+)? on ")  # an index-only scan visits no record
REMOVED = re.compile(r"Rows Removed by (?:Filter|Index Recheck): (\d+)")

WORLD = f"""
insert into developers (github_id, login, location, followers_count, created_at, first_seen_at, synced_at)
select g, 'd' || g, 'Bonn', g, now(), now(), now() from generate_series(1, {N}) g;
insert into repositories (github_id, name, full_name, owner_github_id, description, stargazers_count, created_at, first_seen_at, synced_at)
select g, 'r' || g, 'd1/r' || g, 1 + g % 50, 'a word', g, now(), now(), now() from generate_series(1, {N}) g;
insert into follows (follower_github_id, followed_github_id, first_seen_at) select g, 1 + g % 100, now() from generate_series(101, {N}) g;
insert into stars (developer_github_id, repository_github_id, first_seen_at) select g, 1 + g % 100, now() from generate_series(1, {N}) g;
insert into changes (type, n, known, synced, ids) select 'developer.synced', 1, 0, 0, array[g] from generate_series(1, {N}) g;
insert into changes_folded (position) select max(id) from changes;
insert into jobs (kind, subject, key, state, priority, note, run_at, finished_at)
select 'full_profile_sync', 'd' || g, 'full_profile_sync:d' || g, case when g % 2 = 0 then 'completed' else 'scheduled' end, 9,
       case when g % 2 = 1 then 'quota' end, now() + interval '1 h', case when g % 2 = 0 then now() end from generate_series(1, {N}) g;
insert into quota_samples select now() - n * interval '5 minutes', 'token', 'core', 5000, 1, n, 0, 0 from generate_series(0, {N}) n;
insert into repository_counts (github_id, day, stargazers_count) select g, current_date, g from generate_series(1, {N}) g;
vacuum (analyze)
"""
PAGES = ["/", "/github/developers/by-login/d9/", "/github/repositories/by-name/d1/r50/", "/github/repositories/by-name/d1/r50/history/",
         "/github/repositories/by-name/d1/r50/history.svg", "/github/charts/stars/?repo=d1/r50,d1/r100", "/github/charts/stars/", "/github/developers/by-login/d9/history/",
         "/github/developers/by-login/d9/network/", "/github/quota/history/?from={today}", "/search/?q=nothing", "/search/?q=wor", "/github/jobs/",
         "/github/developers/", "/github/samples/"]


def log_plans(pg, database):
    """Of every statement, with the rows and blocks it has read, in PostgreSQL's log."""
    pg.psql(f"alter database {database} set session_preload_libraries = 'auto_explain'; load 'auto_explain';"
            f" alter database {database} set auto_explain.log_min_duration = 0; alter database {database} set auto_explain.log_analyze = on;"
            f" alter database {database} set auto_explain.log_timing = off", database)


@pytest.fixture(scope="module")
def watched(pg, tmp_path_factory):
    server = fresh(pg, "reads")
    pg.psql(WORLD, "reads")
    log_plans(pg, "reads")
    subprocess.run([os.path.join(BUILD, "gitomatic-report-test"), pg.url("reads"), "keep"], check=True)  # what the scheduler does
    server.start(tmp_path_factory.mktemp("reads") / "log")
    server.today = pg.psql("select current_date")[0][0]
    server.plans = pg.folder + "/log"
    yield server
    assert server.stop() == 0


def visits(log):
    """[(rows, the statement's plan)], of each statement."""
    found = []
    for plan in log.split(" plan:\n")[1:]:
        rows, loops = 0, 0
        for line in plan.splitlines():
            if node := NODE.search(line):
                loops = int(node[2] or 0) if VISIT.search(line) else 0
                rows += int(node[1] or 0) * loops
            elif removed := REMOVED.search(line):
                rows += int(removed[1]) * loops
        found.append((rows, plan))
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_visits_few_records(watched, path):
    path = path.format(today=watched.today)
    assert watched.get(path, {"Accept": BROWSER}).status == 200  # what is kept for a minute is found now
    with open(watched.plans, encoding="utf-8", errors="replace") as log:
        log.seek(0, 2)
        assert watched.get(path, {"Accept": BROWSER}).status == 200
        text = log.read()  # each plan is written before its statement is answered
    assert "Query Text" in text
    rows, plan = max(visits(text))
    assert rows <= MOST, f"{rows} rows visited by: {plan[:3000]}"
