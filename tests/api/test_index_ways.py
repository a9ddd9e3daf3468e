"""Filters and orders without an index of their own: the same answers as with one, read from the list's main index alone."""
import re

import pytest
from server import fresh
from test_page_reads import log_plans, visits

N = 6000
FLAGS = ["has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki", "private", "archived", "disabled", "fork"]
LISTED = "synced_at is not null and gone_at is null"

# Each flag is true, false or null, one rarer than another; every tenth record is a stub, every eleventh is gone.
WORLD = f"""
insert into developers (github_id, login, type, bio, following_count, public_gists, created_at, updated_at, first_seen_at, synced_at, gone_at)
select g, 'd' || g, case when g % 500 = 0 then 'Bot' when g % 50 = 0 then 'Organization' when g % 777 = 0 then null else 'User' end,
       case when g % 3 = 0 then 'bio number ' || g % 600 when g % 1000 = 1 then 'É' end, nullif(g % 91, 0), nullif(g % 400, 0),
       now() - g % 997 * interval '1 hour', now(), now(), case when g % 10 <> 0 then now() end, case when g % 11 = 0 then now() end
  from generate_series(1, {N}) g;
insert into repositories (github_id, name, full_name, owner_github_id, description, homepage, subscribers_count, watchers_count, stargazers_count,
                          open_issues_count, {", ".join(FLAGS)}, created_at, updated_at, first_seen_at, synced_at, gone_at)
select g, 'r' || g, 'd' || 1 + g % 50 || '/r' || g, 1 + g % 50, case when g % 4 = 0 then 'what ' || g % 800 || ' does, 100% of it' end, '',
       nullif(g % 77, 0), nullif(g % 333, 0), nullif(g % 333, 0), g % 5,
       {", ".join(f"case when g % {7 + 40 * i * i} = 3 then true when g % 19 <> 4 then false end" for i in range(len(FLAGS)))},
       now() - g % 991 * interval '1 hour', now(), now(), case when g % 10 <> 0 then now() end, case when g % 11 = 0 then now() end
  from generate_series(1, {N}) g;
vacuum (analyze)
"""
FILTERS = [
    *[("repositories", f"{flag}={word}", f"{flag} = {word}") for flag in FLAGS for word in ("true", "false")],
    ("repositories", "archived=true&fork=false", "archived and not fork"),
    ("repositories", "disabled=false&private=false&has_downloads=false", "not disabled and not private and not has_downloads"),
    *[("developers", f"type={kind}", f"type = '{kind}'") for kind in ("User", "Organization", "Bot", "user")],
    ("developers", "type__in=Bot,Organization", "type in ('Bot', 'Organization')"),
    ("developers", "following_count=90", "following_count = 90"), ("developers", "public_gists__gte=398", "public_gists >= 398"),
    ("developers", "following_count__in=1,2", "following_count in (1, 2)"),
    ("repositories", "subscribers_count__lt=2", "subscribers_count < 2"), ("repositories", "watchers_count__gt=330", "watchers_count > 330"),
    ("developers", "github_id=77", "github_id = 77"), ("developers", "github_id__in=1,2,3", "github_id in (1, 2, 3)"),
    ("repositories", "owner_github_id=7", "owner_github_id = 7"),
    ("developers", "bio=bio number 300", "bio = 'bio number 300'"), ("developers", "bio=É", "bio = 'É'"),
    ("developers", "bio__lt=bio number 103", "bio collate \"C\" < 'bio number 103'"), ("developers", "bio__isnull=true", "bio is null"),
    ("repositories", "description=what 4 does, 100%25 of it", "description = 'what 4 does, 100% of it'"),
    ("repositories", "description__isempty=false", "description > ''"),
]
ORDERS = [("developers", key) for key in ("following_count", "public_gists", "github_id", "type")] + [
    ("repositories", key) for key in ("subscribers_count", "watchers_count", "owner_github_id", "github_id")]
TEXTS = ("type",)


@pytest.fixture(scope="module")
def server(pg, tmp_path_factory):
    server = fresh(pg, "ways")
    pg.psql(WORLD, "ways")
    log_plans(pg, "ways")
    server.start(tmp_path_factory.mktemp("ways") / "log")
    server.plans = pg.folder + "/log"
    server.rows = lambda sql: pg.psql(sql, "ways")
    yield server
    assert server.stop() == 0


def ids(rows):
    return [int(row["github_id"]) for row in rows]


@pytest.mark.parametrize("name,query,clause", FILTERS, ids=[query for _, query, _ in FILTERS])
def test_a_filter_finds_what_matches(server, name, query, clause):
    truth = [int(i) for i, in server.rows(f"select github_id from {name} where {LISTED} and {clause} order by created_at desc, github_id")]
    answer = server.get(f"/github/{name}/?embed=none&page_size=100&" + query.replace(" ", "%20").replace("É", "%C3%89")).json()
    assert answer["count"] == min(len(truth), 5000) or answer["count_capped"] and answer["count"] >= 1000
    assert ids(answer["results"]) == truth[:100]


@pytest.mark.parametrize("name,key", ORDERS, ids=[key for _, key in ORDERS])
@pytest.mark.parametrize("sign", ["", "-"], ids=["up", "down"])
def test_an_order_goes_through_all(server, name, key, sign):
    way = " desc" if sign else ""
    column = f'{key} collate "C"' if key in TEXTS else key
    tie = "created_at, github_id desc" if sign else "created_at desc, github_id"
    truth = [int(i) for i, in server.rows(f"select github_id from {name} where {LISTED} order by {column}{way} nulls last, {tie}")]
    assert ids(server.get(f"/github/{name}/?embed=none&page_size=100&ordering={sign}{key}").json()["results"]) == truth[:100]
    found, path = [], f"/github/{name}/?embed=none&page_size=100&fields=github_id&ordering={sign}{key}&cursor="
    for _ in range(6):
        answer = server.get(path).json()
        found += ids(answer["results"])
        path = re.sub(r"^https?://[^/]+", "", answer["next"])
    assert found == truth[:600]


@pytest.mark.parametrize("name,query", [
    *[("repositories", f"{flag}={word}") for flag in FLAGS for word in ("true", "false")],
    ("developers", "type=User"), ("developers", "type=Bot"), ("developers", "public_gists__gte=3"), ("repositories", "watchers_count__lt=9"),
    *[(name, f"ordering=-{key}") for name, key in ORDERS if key not in ("github_id", "owner_github_id")]])
def test_no_record_is_visited_but_those_of_the_page(server, name, query):
    with open(server.plans, encoding="utf-8", errors="replace") as log:
        log.seek(0, 2)
        assert server.get(f"/github/{name}/?embed=none&page_size=7&{query}").status == 200
        text = log.read()
    assert "Query Text" in text
    plans = [(rows, plan) for rows, plan in visits(text) if f"from {name} where" in plan]
    assert plans
    for rows, plan in plans:
        assert rows <= 60, plan[:3000]
