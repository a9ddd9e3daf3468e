"""What CSV and NDJSON hold of each thing that comes as one: ?fields= chooses columns, ?limit= cuts, and neither is ignored without a word."""
import csv
import html
import io
import json
import re

import graph
import pytest
from graph import record_id
from test_http import BROWSER

DEV, REPO = record_id(1, 1), record_id(2, 102)
LISTS = {"/github/developers/": "login,type", f"/github/developers/{DEV}/followers/": "login,first_seen_at",
         f"/github/repositories/{REPO}/stargazers/": "starred_at,login", "/github/rate_limit/": "credential,rate_remaining",
         "/github/jobs/": "kind,id,task", "/github/changes/": "type,developer,at"}
TABLES = {f"/github/developers/{DEV}/history/?from=2020-01-01&to=2020-01-09": ("followers_count,public_repos", "day"),
          f"/github/repositories/{REPO}/history/?from=2020-01-01&to=2020-01-09": ("stars_added", "day"),
          "/github/developers/facets/?field=location": ("value", None), "/github/repositories/facets/?field=owner": ("count", None),
          "/github/quota/history/": ("rate_remaining,at,people", None)}


def joined(path, more):
    return path + ("&" if "?" in path else "?") + more


def rows(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def api(pg, new_api, tmp_path_factory):
    """The API on a graph, a queue and quotas."""
    server = new_api("columns")
    pg.psql(graph.sql(), "columns")
    pg.psql("""
insert into quota_samples select now() - n * interval '5 minutes', 'token a', 'core', 5000, n, n, 0, 0 from generate_series(1, 4) n;
insert into jobs (kind, subject, key, state, finished_at) select 'heart_beat_task', '', 'h' || n, 'completed', now() from generate_series(1, 5) n;
insert into credentials (label, kind, position) values ('token a', 'token', 0);
insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
 values ('token a', 'core', 5000, 7, 2000000000, now() + interval '1 hour');
""", "columns")
    server.start(tmp_path_factory.mktemp("columns") / "log")
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("path", LISTS)
def test_fields_choose_in_every_form_of_a_list(api, path):
    wanted = set(LISTS[path].split(","))
    page = api.get(joined(path, f"fields={LISTS[path]}")).json()
    assert page["results"] and all(set(one) == wanted for one in page["results"])
    got = api.get(joined(path, f"format=csv&fields={LISTS[path]}"))
    assert set(rows(got.text)[0]) == wanted and "X-Ignored-Parameters" not in got.headers
    found = lines(api.get(joined(path, f"format=ndjson&limit=3&fields={LISTS[path]}")).text)
    assert found and all(set(one) == wanted for one in found)
    for form in ("json", "csv", "ndjson"):
        wrong = api.get(joined(path, f"format={form}&fields=shoe_size"))
        assert wrong.status == 400 and set(wrong.json()) == {"fields"} and "shoe_size" in wrong.text


@pytest.mark.parametrize("path", ["/github/rate_limit/", "/github/jobs/", "/github/changes/"])
def test_embed_is_of_records_with_relations(api, path):
    got = api.get(joined(path, "embed=nonsense"))
    assert got.status == 200 and got.headers["X-Ignored-Parameters"] == "embed"


@pytest.mark.parametrize("path", TABLES)
def test_fields_and_limit_of_a_table(api, path):
    names, always = TABLES[path]
    wanted = set(names.split(",")) | ({always} if always else set())
    whole = rows(api.get(joined(path, "format=csv")).text)
    assert wanted < set(whole[0]) and len(whole) > 2
    got = api.get(joined(path, f"format=csv&fields={names}"))
    chosen = rows(got.text)
    places = [i for i, name in enumerate(whole[0]) if name in wanted]
    assert got.status == 200 and "X-Ignored-Parameters" not in got.headers
    assert chosen == [[row[i] for i in places] for row in whole]
    all_lines = lines(api.get(joined(path, "format=ndjson")).text)
    for n in (1, 2, 10**30):
        assert rows(api.get(joined(path, f"format=csv&limit={n}")).text) == whole[:n + 1]
        cut = api.get(joined(path, f"format=ndjson&limit={n}"))
        assert lines(cut.text) == all_lines[:n] and "X-Ignored-Parameters" not in cut.headers
    flat = [{k: v for k, v in list(one.items()) + list(one.get("spent", {}).items()) if k != "spent"}
            for one in lines(api.get(joined(path, f"format=ndjson&fields={names}")).text)]
    assert [set(one) for one in flat] == [wanted] * len(all_lines)
    for bad in ("0", "x"):
        got = api.get(joined(path, f"format=csv&limit={bad}"))
        assert got.status == 400 and set(got.json()) == {"limit"}
    got = api.get(joined(path, "format=csv&fields=shoe_size"))
    assert got.status == 400 and set(got.json()) == {"fields"}
    assert "shoe_size" in got.text and all(name in got.text for name in wanted)


@pytest.mark.parametrize("path", [*LISTS, *TABLES, "/github/samples/", f"/github/developers/{DEV}/", f"/github/repositories/{REPO}/"])
def test_each_page_links_to_its_csv(api, path):
    page = api.get(path, {"Accept": BROWSER})
    assert page.headers["Content-Type"].startswith("text/html")
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*)"', page.text) if "format=csv" in link]
    assert links, "no link to CSV"
    got = api.get(links[0].removeprefix(api.base))
    assert got.status == 200 and got.headers["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize(("path", "ignored"), [
    (f"/github/developers/{DEV}/history/?limit=3", "limit"), ("/github/quota/history/?limit=3&fields=at", "fields, limit"),
    ("/github/developers/facets/?fields=value", "fields"), ("/github/charts/stars/?limit=3", "limit")])
def test_json_ignores_parameters_of_streams_and_names_them(api, path, ignored):
    got = api.get(path)
    assert got.status == 200 and sorted(got.headers["X-Ignored-Parameters"].split(", ")) == ignored.split(", ")
    assert api.get(joined(path, "strict=1")).status == 400


def test_event_streams_ignore_parameters_of_streams_and_name_them(api):
    got = api.request("HEAD", "/github/changes/?limit=2&fields=at&since=2100-01-01", {"Accept": "text/event-stream"})
    assert got.status == 200 and sorted(got.headers["X-Ignored-Parameters"].split(", ")) == ["fields", "limit"]


def test_the_stars_of_several_repositories_are_cut(api):
    names = [r["full_name"] for r in api.get("/github/repositories/?fields=full_name&page_size=2").json()["results"]]
    path = f"/github/charts/stars/?repo={names[0]}&repo={names[1]}"
    whole = api.get(joined(path, "format=csv")).text.splitlines()
    assert api.get(joined(path, "format=csv&limit=1")).text.splitlines() == whole[:2]
