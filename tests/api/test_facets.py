"""Facets compared with graph.py: with filters and search, as JSON, CSV and NDJSON, capped and precomputed."""
import collections
import csv
import io
import json

import graph
import pytest

DEVELOPERS, REPOSITORIES = graph.listed(graph.developers()), graph.listed(graph.repositories())
LOGINS = {d["github_id"]: d["login"] for d in graph.developers()}


def values_of(row, field):
    if field == "topics":
        return sorted(set(row["topics"] or [])) or [None]
    if field == "owner":
        return [LOGINS.get(row["owner_github_id"], row["owner_github_id"])]
    return [row[field]]


def expected(rows, field):
    counted = collections.Counter(v for row in rows for v in values_of(row, field))
    return [{"value": v, "count": n} for v, n in sorted(counted.items(), key=lambda e: (-e[1], e[0] is None, e[0] or ""))]


def get(api, kind, query):
    answer = api.get(f"/github/{kind}/facets/?{query}")
    assert answer.status == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("kind, field", [("developers", f) for f in ("type", "location", "company")]
                         + [("repositories", f) for f in ("language", "license", "topics", "owner")])
def test_each_field(api, kind, field):
    rows = DEVELOPERS if kind == "developers" else REPOSITORIES
    got = get(api, kind, "field=" + field)
    want = expected(rows, field)
    assert got == {"field": field, "total": len(rows), "capped": False, "distinct": len(want), "as_of": None, "values": want[:100]}
    assert any(v["value"] is None for v in want) or field in ("type", "owner")


FILTERS = [
    ("developers", "location", "followers_count__gte=20", lambda d: d["followers_count"] >= 20),
    ("developers", "company", "location=Brazil", lambda d: d["location"] == "Brazil"),
    ("developers", "type", "company__isnull=true", lambda d: d["company"] is None),
    ("developers", "location", "search=dev1", lambda d: "dev1" in d["login"].lower()),
    ("developers", "location", "login__startswith=Dev-&followers_count__lt=30", lambda d: d["login"].startswith("Dev-") and d["followers_count"] < 30),
    ("repositories", "language", "language=C", lambda r: r["language"] == "C"),
    ("repositories", "topics", "topics=tetris", lambda r: "tetris" in (r["topics"] or [])),
    ("repositories", "owner", "archived=true&stargazers_count__gte=9", lambda r: r["archived"] and r["stargazers_count"] >= 9),
    ("repositories", "license", "language__in=C,Python", lambda r: r["language"] in ("C", "Python")),
    ("repositories", "language", "full_name=nobody/nothing", lambda r: False),
]


@pytest.mark.parametrize("kind, field, query, fits", FILTERS)
def test_the_filters_of_the_list_count(api, kind, field, query, fits):
    rows = [row for row in (DEVELOPERS if kind == "developers" else REPOSITORIES) if fits(row)]
    got = get(api, kind, f"field={field}&{query}")
    assert got["total"] == len(rows) == api.get(f"/github/{kind}/?{query}").json()["count"]
    assert got["values"] == expected(rows, field) and not got["capped"]


def test_location_and_language_are_the_defaults(api):
    assert get(api, "developers", "") == get(api, "developers", "field=location")
    assert get(api, "repositories", "field=") == get(api, "repositories", "field=language")


def test_limit_and_forms(api):
    full = expected(DEVELOPERS, "location")
    got = get(api, "developers", "field=location&limit=3")
    assert got["values"] == full[:3] and got["distinct"] == len(full) and got["total"] == len(DEVELOPERS)
    text = api.get("/github/developers/facets/?field=location&format=csv").text
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["value", "count"] and [int(n) for _, n in rows[1:]] == [v["count"] for v in full]
    lines = api.get("/github/developers/facets/?field=location", {"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == full


def test_files_have_all_values(own, pg):
    """A page has a hundred, or a thousand; a file all of them, and is cut only where it is told so."""
    pg.psql("insert into developers (github_id, login, location, first_seen_at, synced_at) select n, 'd' || n, 'Place ' || n % 2500, now(), now()"
            " from generate_series(1, 2600) n", "own")
    own.start(own.tmp / "log")
    want = expected([{"location": f"Place {n % 2500}"} for n in range(1, 2601)], "location")
    path = "/github/developers/facets/?field=location"
    assert len(own.get(path).json()["values"]) == 100 and own.get(path).json()["distinct"] == 2500
    for limit, n in (("", 2500), ("&limit=1200", 1200), ("&limit=" + "9" * 30, 2500)):
        rows = list(csv.reader(io.StringIO(own.get(path + "&format=csv" + limit).text, newline="")))
        assert rows == [["value", "count"]] + [[v["value"], str(v["count"])] for v in want[:n]]
        assert [json.loads(line) for line in own.get(path + "&format=ndjson" + limit).text.splitlines()] == want[:n]
    got = own.get(path + "&format=csv&login__startswith=d25&fields=count")
    assert got.headers["Transfer-Encoding"] == "chunked" and got.text.splitlines() == ["count", "2"] + ["1"] * 109
    own.stop()


@pytest.mark.parametrize("kind, query, parameter, says", [
    ("developers", "field=x", "field", "Choose from: type, location, company."), ("developers", "field=language", "field", "Choose from"),
    ("developers", "field=Location", "field", "Choose from"), ("repositories", "field=login", "field", "Choose from: language, license, topics, owner."),
    ("developers", "field=type&limit=0", "limit", "1 to 1000"), ("developers", "field=type&limit=1001", "limit", "1 to 1000"),
    ("developers", "field=type&limit=x", "limit", "1 to 1000"), ("developers", "field=type&followers_count__gte=x", "followers_count__gte", "number")])
def test_invalid_values_are_named(api, kind, query, parameter, says):
    answer = api.get(f"/github/{kind}/facets/?{query}")
    assert answer.status == 400 and list(answer.json()) == [parameter] and says in answer.json()[parameter][0]


MANY = """
insert into developers (github_id, login, location, first_seen_at, synced_at)
select n, 'd' || n, case when n % 3 = 0 then 'Berlin' when n % 3 = 1 then '=cmd()' end, now(), now() from generate_series(1, 12000) n;
"""


def test_a_long_list_is_capped_until_its_figures_are_precomputed(own, pg):
    pg.psql(MANY, "own")
    own.start(own.tmp / "log")
    got = get(own, "developers", "field=location")
    assert got["capped"] and got["total"] == 10001 == sum(v["count"] for v in got["values"])
    pg.psql("insert into facet_totals values ('developers', 'location', 12000, 2, '2026-01-01Z'); insert into facet_counts values "
            "('developers', 'location', 1, 'Berlin', 4000), ('developers', 'location', 2, null, 8000)", "own")
    kept = get(own, "developers", "field=location")
    assert kept == {"field": "location", "total": 12000, "capped": False, "distinct": 2, "as_of": "2026-01-01T00:00:00Z",
                    "values": [{"value": "Berlin", "count": 4000}, {"value": None, "count": 8000}]}
    assert get(own, "developers", "field=location&limit=1")["values"] == kept["values"][:1]
    lines = own.get("/github/developers/facets/?field=location&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == expected([{"location": ("Berlin", "=cmd()", None)[n % 3]} for n in range(12000)], "location"), "exact"
    some = get(own, "developers", "field=location&login__startswith=d11")
    assert some["as_of"] is None and not some["capped"] and some["total"] == 1111, "filters are counted as ever"
    own.stop()
