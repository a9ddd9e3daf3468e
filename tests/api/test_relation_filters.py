"""Relations take the filters, the search and the orders of the records they list."""
import datetime
from urllib.parse import urlencode

import pytest

import graph

DEVELOPERS = {d["github_id"]: d for d in graph.developers()}
REPOSITORIES = {r["github_id"]: r for r in graph.repositories()}
ME, REPO = 3, 103
EDGES = {"followers": ([(a, at, at) for a, b, at in graph.follows() if b == ME], DEVELOPERS),
         "following": ([(b, at, at) for a, b, at in graph.follows() if a == ME], DEVELOPERS),
         "starred_repositories": ([(r, at, at or seen) for a, r, at, seen in graph.stars() if a == ME], REPOSITORIES),
         "repositories": ([(r["github_id"], r["created_at"], None) for r in graph.repositories()
                           if r["owner_github_id"] == ME and r["gone_at"] is None], REPOSITORIES),
         "stargazers": ([(a, at, at or seen) for a, r, at, seen in graph.stars() if r == REPO], DEVELOPERS)}


def path(name):
    kind, me = (2, REPO) if name == "stargazers" else (1, ME)
    return f"/github/{'repositories' if kind == 2 else 'developers'}/{graph.record_id(kind, me)}/{name}/"


def edges(name, test=lambda r: True):
    found, records = EDGES[name]
    found = [e for e in found if test(records[e[0]])]
    return [str(i) for i, _, _ in sorted(found, key=lambda e: (e[1] is None, -e[1].timestamp() if e[1] else 0, -e[0]))]


def ask(api, name, **query):
    got = api.get(path(name) + "?" + urlencode({"page_size": 100, **query}))
    assert got.status == 200, got.text
    body = got.json()
    assert body["count"] == len(body["results"])
    return [r["github_id"] for r in body["results"]]


DEVELOPER_FILTERS = [({"location": "Brazil"}, lambda r: r["location"] == "Brazil"),
                     ({"login__iexact": "DEV4"}, lambda r: r["login"].lower() == "dev4"),
                     ({"name__isnull": "true"}, lambda r: r["name"] is None),
                     ({"bio__isempty": "true"}, lambda r: r["bio"] == ""),
                     ({"followers_count__gte": "20", "type": "User"}, lambda r: r["followers_count"] >= 20 and r["type"] == "User"),
                     ({"name__icontains": "NAME", "github_id__in": "4,7,11,13,14,22"},
                      lambda r: "name" in (r["name"] or "").lower() and r["github_id"] in (4, 7, 11, 13, 14, 22)),
                     ({"search": "name city"}, lambda r: "name" in (r["name"] or "").lower() and "city" in (r["location"] or "").lower())]
REPOSITORY_FILTERS = [({"language__iexact": "python"}, lambda r: r["language"] == "Python"),
                      ({"topics": "c"}, lambda r: "c" in (r["topics"] or [])),
                      ({"homepage__isempty": "true"}, lambda r: r["homepage"] == ""),
                      ({"fork": "false", "license__in": "MIT,X"}, lambda r: r["fork"] is False and r["license"] == "MIT"),
                      ({"search": "tetris"}, lambda r: "tetris" in (r["description"] or "")),
                      ({"name__startswith": "repo1"}, lambda r: r["name"].startswith("repo1"))]


def filters(name):
    return DEVELOPER_FILTERS if EDGES[name][1] is DEVELOPERS else REPOSITORY_FILTERS


@pytest.mark.parametrize("name", EDGES)
def test_filters_and_search_keep_the_order_of_the_edges(api, name):
    some = 0
    for query, test in filters(name):
        want = edges(name, test)
        some += 0 < len(want) < len(edges(name))
        assert ask(api, name, **query) == want, query
        for size in (1, 2):
            for way in ("", "&cursor="):
                found, url = [], path(name) + f"?page_size={size}&{urlencode(query)}{way}"
                while url:
                    body = api.get(url.replace(api.base, "")).json()
                    found += [r["github_id"] for r in body["results"]]
                    assert body["count"] == len(want)
                    url = body["next"]
                assert found == want, (query, size, way)
        if want:
            last = api.get(path(name) + f"?page_size=1&page=last&{urlencode(query)}").json()["results"]
            assert [r["github_id"] for r in last] == want[-1:]
            back, url = [], api.get(path(name) + f"?cursor=&page_size=1&{urlencode(query)}").headers.get("Link", "")
            url = url.split('>; rel="last"')[0].rsplit("<", 1)[1] if 'rel="last"' in url else None
            while url:
                body = api.get(url.replace(api.base, "")).json()
                back += [r["github_id"] for r in body["results"]]
                url = body["previous"]
            assert back in ([], want[::-1])
    assert some >= 2


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("way", ["", "-"])
def test_orders(api, name, way):
    records = EDGES[name][1]
    field = "followers_count" if records is DEVELOPERS else "stargazers_count"
    for field in (field, "updated_at", "github_id", "name"):
        got = ask(api, name, ordering=way + field)
        assert sorted(got) == sorted(edges(name))
        values = [records[int(i)][field] for i in got]
        known = [v for v in values if v is not None]
        assert values[:len(known)] == known == sorted(known, reverse=way == "-"), field
        paged = []
        for number in range(1, len(got) + 1):
            paged += [r["github_id"] for r in api.get(path(name) + f"?page_size=1&ordering={way}{field}&page={number}").json()["results"]]
        assert paged == got


@pytest.mark.parametrize("name", EDGES)
def test_refused_values_are_named(api, name):
    for query, parameter in (({"ordering": "name", "cursor": ""}, "cursor"), ({"ordering": "nothing"}, "ordering"),
                             ({"search": "x" * 300}, "search"), ({"created_at__gte": "never"}, "created_at__gte")):
        got = api.get(path(name) + "?" + urlencode(query))
        assert got.status == 400 and parameter in got.json(), (query, got.text)
    cursor = api.get(path(name) + "?cursor=&page_size=1").json()["next"].split("cursor=")[1].split("&")[0]
    got = api.get(path(name) + f"?github_id__in=1,2&cursor={cursor}")
    assert got.status == 400 and list(got.json()) == ["cursor"]


@pytest.mark.parametrize("name", ["followers", "following", "starred_repositories", "stargazers"])
def test_the_past(api, name):
    found, records = EDGES[name]
    for at in sorted({since for _, _, since in found}):
        then = at + datetime.timedelta(hours=1)
        for query, test in filters(name)[:3]:
            want = [i for i in edges(name, test) if next(s for o, _, s in found if str(o) == i) <= then]
            assert ask(api, name, as_of=graph.iso(then), **query) == want


def test_the_past_with_edges_that_ended(own, pg, tmp_path):
    pg.psql("insert into developers (github_id, login, name, location, first_seen_at) values (1, 'me', null, null, now()),"
            " (2, 'stays', 'Jose\u0301', 'here', now()), (3, 'went', 'Jos\u00e9', 'here', now()), (4, 'late', 'Ken', 'here', now());"
            "insert into follows values (2, 1, '2020-01-01Z'), (4, 1, '2022-01-01Z');"
            "insert into follow_history (follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before)"
            " values (3, 1, '2020-01-02Z', '2021-01-01Z', '2021-01-02Z')", "own")
    own.start(tmp_path / "log")
    def ask_at(**query):
        got = own.get(f"/github/developers/{graph.record_id(1, 1)}/followers/?" + urlencode(query))
        assert got.status == 200, got.text
        return [r["login"] for r in got.json()["results"]]
    assert ask_at(as_of="2020-06-01", location="here") == ["went", "stays"]
    assert ask_at(as_of="2020-06-01", ordering="login") == ["stays", "went"]
    assert ask_at(as_of="2021-06-01", location="here") == ["stays"]
    assert ask_at(as_of="2020-06-01", name="Jose\u0301") == ask_at(as_of="2020-06-01", name="Jos\u00e9") == ["went", "stays"]
    assert ask_at(name="Jos\u00e9") == ["stays"] and ask_at(location="here", ordering="-login") == ["stays", "late"]
    own.stop()
