"""Samples and their members, the tasks that make them, and what a task would cost."""
import csv
import io
import json

import pytest
from server import fresh
from test_http import BROWSER
from test_views import view

COST = {"cost", "dry_run", "ends_at"}


@pytest.fixture(scope="module")
def sampled(pg, tmp_path_factory):
    """Twenty developers and five repositories, and a sample of each: of six ids four were found, one of them a stub by now."""
    server = fresh(pg, "sampled")
    pg.psql("insert into developers (github_id, login, location, followers_count, following_count, public_repos, created_at, first_seen_at, synced_at)"
            " select g, 'd' || g, case when g % 2 = 0 then 'Bonn' end, g * 100, 5, 1, timestamptz '2024-01-01' + g * interval '1 h', now(), case when g <> 4 then now() end from generate_series(1, 20) g;"
            " insert into repositories (github_id, name, full_name, owner_github_id, created_at, first_seen_at, synced_at)"
            " select g, 'r' || g, 'd1/r' || g, 1, now(), now(), now() from generate_series(1, 5) g;"
            " insert into samples (name, kind, seed, wanted, frame_to, drawn, asked, found, finished_at) values ('people', 1, 9, 6, 20, 6, 6, 4, now()),"
            " ('half.done', 2, 3, 4, 5, 4, 0, 0, null);"
            " insert into sample_members values ('people', 1, 2, true), ('people', 2, 19, false), ('people', 3, 3, true), ('people', 4, 4, true),"
            " ('people', 5, 6, true), ('people', 6, 18, false), ('half.done', 1, 1, null), ('half.done', 2, 2, null)", "sampled")
    server.sql = lambda sql: pg.psql(sql, "sampled")
    server.start(tmp_path_factory.mktemp("sampled") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


def post(server, query="", **fields):
    return server.request("POST", "/github/tasks/" + query, {"Content-Type": "application/json"}, json.dumps(fields).encode())


def test_a_sample_says_what_was_found_and_what_that_says_of_all(sampled):
    got = sampled.get("/github/samples/people/").json()
    assert {k: got[k] for k in ("name", "kind", "frame", "seed", "drawn", "asked", "found")} == {
        "name": "people", "kind": "users", "frame": {"from": 1, "to": 20}, "seed": 9, "drawn": 6, "asked": 6, "found": 4}
    assert got["share"] == pytest.approx(4 / 6) and 0 < got["interval"][0] < 4 / 6 < got["interval"][1] < 1
    assert got["members_url"] == sampled.base + "/github/samples/people/developers/" and got["finished_at"]


def test_an_unfinished_sample_claims_nothing(sampled):
    got = sampled.get("/github/samples/half.done/").json()
    assert got["share"] is None and got["interval"] == [0, 1] and got["finished_at"] is None and got["kind"] == "repositories"


def test_all_of_them(sampled):
    got = sampled.get("/github/samples/?page_size=1").json()
    assert got["count"] == int(sampled.sql("select count(*) from samples")[0][0]) and len(got["results"]) == 1 and got["next"]
    assert sampled.get("/github/").json()["samples"] == sampled.base + "/github/samples/"


def test_all_samples_as_csv_and_ndjson(sampled):
    url, pages = "/github/samples/", sampled.get("/github/samples/?page_size=100").json()["results"]
    assert [json.loads(line) for line in sampled.get(url + "?format=ndjson").text.splitlines()] == pages
    got = sampled.get(url, {"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(got.text, newline=""), strict=True))
    flat = [{**{k: v for k, v in one.items() if k not in ("frame", "interval")}, **one["frame"], "low": one["interval"][0], "high": one["interval"][1]}
            for one in pages]
    assert rows == [{k: "" if v is None else str(v) for k, v in one.items()} for one in flat] and rows[0].keys() == set(flat[0])
    assert got.headers["Content-Disposition"] == 'attachment; filename="samples.csv"' and got.headers["Transfer-Encoding"] == "chunked"
    assert len(sampled.get(url + "?format=csv&limit=1").text.splitlines()) == 2
    assert sampled.get(url + "?format=csv&limit=0").status == 400 and sampled.get(url + "?format=csv&page=2").headers["X-Ignored-Parameters"] == "page"


def test_members_are_a_list_like_others(sampled):
    url = "/github/samples/people/developers/"
    logins = [d["login"] for d in sampled.get(url).json()["results"]]
    assert logins == ["d6", "d3", "d2"]  # a stub is in no list
    assert [d["login"] for d in sampled.get(url + "?location=Bonn&ordering=login").json()["results"]] == ["d2", "d6"]
    page = sampled.get(url + "?page_size=2&cursor=").json()
    assert page["next"].startswith(sampled.base + url) and [d["login"] for d in sampled.get(page["next"].removeprefix(sampled.base)).json()["results"]] == ["d2"]
    assert [r["login"] for r in csv.DictReader(io.StringIO(sampled.get(url + "?format=csv&fields=login").text))] == logins
    assert sampled.get(url + "?format=ndjson&search=d3").text.count("\n") == 1


@pytest.mark.parametrize("path", ["nobody/", "people/repositories/", "half.done/developers/", "nobody/developers/", "a%2fb/", "%27/", "a" * 65 + "/"])
def test_an_unknown_sample(sampled, path):
    assert sampled.get("/github/samples/" + path).status == 404


@pytest.mark.parametrize("fields", [{"n": 7, "seed": 5}, {"n": "7", "seed": "5", "sample_name": "by-text"}])
def test_a_sample_is_requested(sampled, fields):
    got = post(sampled, name="sample", kind="users", **fields)
    assert got.status == 200 and got.json()["success"] == "yes"
    job = sampled.get(f"/github/jobs/{got.json()['job']}/").json()
    name = fields.get("sample_name", "users-7-5")
    assert (job["kind"], job["subject"]) == ("sample", name)
    made = sampled.get(f"/github/samples/{name}/").json()
    assert made["drawn"] == 7 and made["asked"] == 0 and made["frame"]["to"] == 20
    assert post(sampled, name="sample", kind="users", **fields).json()["job"] == got.json()["job"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_sample_whose_job_failed_or_was_cancelled_can_be_requested_again(sampled, state):
    """The ids stay, and a new job continues with those that have no answer."""
    fields = {"name": "sample", "kind": "users", "n": 6, "seed": 8, "sample_name": "ended-" + state}
    first = post(sampled, **fields).json()["job"]
    members = sampled.sql(f"select place, github_id from sample_members where sample = 'ended-{state}' order by place")
    sampled.sql(f"update jobs set state = '{state}', finished_at = now() where id = {first}")
    second = post(sampled, **fields).json()["job"]
    assert second != first and sampled.get(f"/github/jobs/{second}/").json()["state"] == "available"
    assert post(sampled, **fields).json()["job"] == second
    assert sampled.sql(f"select place, github_id from sample_members where sample = 'ended-{state}' order by place") == members


def test_a_census_is_requested(sampled):
    got = post(sampled, name="census", kind="repositories", **{"from": 3, "to": 900}).json()
    job = sampled.get(f"/github/jobs/{got['job']}/").json()
    assert (job["kind"], job["subject"]) == ("census", "repositories from 3 to 900")


@pytest.mark.parametrize(("fields", "word"), [({"name": "sample"}, "kind"), ({"name": "sample", "kind": "people", "n": 1}, "kind"), ({"name": "sample", "kind": "users"}, "n is"),
                                              ({"name": "sample", "kind": "users", "n": 0}, "n: got"), ({"name": "sample", "kind": "users", "n": 5, "seed": -1}, "seed"),
                                              ({"name": "sample", "kind": "users", "n": 5, "sample_name": "../x"}, "sample_name"),
                                              ({"name": "sample", "kind": "users", "n": 5, "sample_name": "people"}, "people"), ({"name": "census", "kind": "users", "from": 9, "to": 3}, "to: got"),
                                              ({"name": "census", "kind": "users", "from": "x"}, "from: got")])
@pytest.mark.parametrize("query", ["", "?dry_run=1"])
def test_invalid_fields_are_refused_by_name(sampled, fields, word, query):
    if fields.get("sample_name") == "people" and query:
        pytest.skip("names are looked at when the ids are drawn")
    got = post(sampled, query, **fields)
    assert got.status == 406 and got.json()["success"] == "no" and word in got.json()["error"]


@pytest.mark.parametrize("fields", [{"name": "full_profile_sync", "username": "d7"}, {"name": "full_profile_sync", "username": "stranger"},
                                    {"name": "full_repository_sync", "repo_name": "d1/r1"}, {"name": "full_repository_sync", "repo_name": "no/one"},
                                    {"name": "discovery_scraper"}, {"name": "sample", "kind": "users", "n": 15}, {"name": "census", "kind": "users"}])
def test_a_dry_run_of_any_task(sampled, fields):
    before = sampled.sql("select (select count(*) from jobs), (select count(*) from samples)")
    for quota in ("", "insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at) values"
                      " ('t', 'core', 5000, 10, extract(epoch from now() + interval '1 h')::bigint, now() + interval '1 h'),"
                      " ('t', 'graphql', 5000, 5000, extract(epoch from now() + interval '1 h')::bigint, now() + interval '1 h') on conflict do nothing"):
        if quota:
            sampled.sql(quota)
        got = post(sampled, "?dry_run=1", **fields)
        assert got.status == 200 and set(got.json()) == COST and got.json()["dry_run"] is True
        cost = got.json()["cost"]
        assert set(cost) == {"core", "graphql"} and all(0 <= low <= high for low, high in cost.values())
        assert sum(high for _, high in cost.values()) > 0
    assert got.json()["ends_at"].endswith("Z")
    if fields["name"] == "sample":
        assert cost == {"core": [0, 0], "graphql": [1, 2]}
    if fields.get("username") == "d7":  # 700 followers, 5 followed, 1 repository, no stars: 7 + 1 + 1 + 1, and the profile
        assert cost["core"][0] == 11 and 11 < cost["core"][1] < 30
    assert sampled.sql("select (select count(*) from jobs), (select count(*) from samples)") == before


@pytest.fixture(scope="module")
def empty(pg, tmp_path_factory):
    """Quota, and nothing else."""
    server = fresh(pg, "unsampled")
    pg.psql("insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)"
            " select 't', r, 5000, 5000, extract(epoch from now() + interval '1 h')::bigint, now() + interval '1 h' from unnest('{core,graphql}'::text[]) r", "unsampled")
    server.env["DISCOVERY_COUNT"] = "7"
    server.sql = lambda sql: pg.psql(sql, "unsampled")
    server.start(tmp_path_factory.mktemp("unsampled") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


@pytest.mark.parametrize(("ids", "ends"), [({}, False), ({"to": 1000}, True), ({"from": 5, "to": 2**63 - 2}, False), ({"from": 2**63 - 1}, False), ({"to": 10**15}, False)])
def test_a_dry_run_of_a_census_without_an_id_to_go_by(empty, ids, ends):
    got = post(empty, "?dry_run=1", name="census", kind="users", **ids).json()
    low, high = got["cost"]["core"]
    assert low == 1 and high >= max(1, (ids.get("to", 0) - ids.get("from", 1) + 1) // 100)
    assert bool(got["ends_at"]) == ends


def test_a_dry_run_of_discovery_is_of_as_many_as_it_picks(empty):
    """DISCOVERY_COUNT unknown developers, each a profile and four lists of at most 101 pages."""
    assert post(empty, "?dry_run=1", name="discovery_scraper").json()["cost"] == {"core": [0, 7 * 405], "graphql": [0, 7 * 405]}


def test_parameters_that_a_dry_run_does_not_take(sampled):
    for query in ("?dry_run=maybe", "?dry_run", "?dry_run=", "?dry_run=%20", "?dry_run=1&dry_run=", "?dry_run=&strict=1"):
        got = post(sampled, query, name="discovery_scraper")
        assert got.status == 400 and set(got.json()) == {"dry_run"}, query
    jobs = int(sampled.sql("select count(*) from jobs")[0][0])
    assert post(sampled, "?dry_run=0", name="full_profile_sync", username="somebody").json()["success"] == "yes"
    assert int(sampled.sql("select count(*) from jobs")[0][0]) == jobs + 1


# ---- as pages ----

def test_samples_as_pages(sampled):
    listed = view(sampled, "/github/samples/")
    by_name = {row[0]: row for row in listed.rows[1:] if row}
    assert by_name["people"][1:6] == ["users", "6", "6", "4", "66.7\u00a0%"] and by_name["half.done"][5] == "–"
    assert any(link["href"].endswith("/github/samples/people/") for link in listed.links)
    one = view(sampled, "/github/samples/people/")
    low, high = sampled.get("/github/samples/people/").json()["interval"]
    for text in ("66.7\u00a0%", f"{100 * low:.1f}\u00a0%", f"{100 * high:.1f}\u00a0%", "Of the ids from 1 to 20, about 13 are users"):
        assert text in one.all, text
    assert any(link["href"].endswith("/github/samples/people/developers/") for link in one.links)
    members = view(sampled, "/github/samples/people/developers/")
    assert [row[0][1:] for row in members.rows[1:]] == ["d6", "d3", "d2"] and "Sample people: Developers" in members.all
    assert "No answer from GitHub yet" in view(sampled, "/github/samples/half.done/").all
    assert view(sampled, "/github/samples/nobody/", status=404)


def test_the_form_draws_a_sample(sampled):
    form, inputs = next((f, i) for f, i in view(sampled, "/github/samples/").forms if f.get("action") == "/github/tasks/")
    fields = {a["name"]: a.get("value", "") for tag, a in inputs if a.get("name") and tag == "input"}
    assert form["method"] == "post" and fields == {"name": "sample", "n": "1000", "seed": "1", "sample_name": ""}
    body = "name=sample&kind=users&n=5&seed=1&sample_name="
    done = sampled.request("POST", "/github/tasks/", {"Accept": BROWSER, "Content-Type": "application/x-www-form-urlencoded", "Origin": sampled.base}, body.encode())
    assert done.status == 303 and sampled.get("/github/samples/users-5-1/").json()["drawn"] == 5


def test_a_sample_of_more_than_there_is_says_so(sampled):
    fields = {"name": "sample", "kind": "users", "seed": 77}
    note = "the highest known id is 20, so there are only 20 ids to draw, not 21: the sample is all of them"
    assert post(sampled, "?dry_run=1", n=21, **fields).json()["note"] == note
    assert "note" not in post(sampled, "?dry_run=1", n=20, **fields).json()
    assert post(sampled, n=21, **fields).json()["note"] == note
    assert "note" not in post(sampled, n=19, **fields).json()


@pytest.mark.parametrize("beside, waits", [(26, False), (25, False), (24, True), (-1000, True)])
def test_an_estimate_leaves_what_the_threshold_leaves(empty, beside, waits):
    """RATE_LIMIT_STOP_THRESHOLD is 25: so many units are not spent."""
    task = {"name": "census", "kind": "users", "from": 1, "to": 94000}
    units = post(empty, "?dry_run=1", **task).json()["cost"]["core"][1]
    empty.sql(f"update quota_buckets set rate_remaining = greatest(0, {units} + {beside})")
    ends = post(empty, "?dry_run=1", **task).json()["ends_at"]
    assert empty.sql(f"select '{ends}'::timestamptz > now() + interval '50 minutes'")[0][0] in ((True, "t") if waits else (False, "f")), ends
    empty.sql("update quota_buckets set rate_remaining = 5000")
