"""Lists and details hold what the database holds, field by field, in the contract's order."""
import concurrent.futures

import pytest

import graph
from server import Api

DEVELOPERS, REPOSITORIES = graph.developers(), graph.repositories()
KINDS = [("developers", DEVELOPERS, graph.expected_developer, 1),
         ("repositories", REPOSITORIES, graph.expected_repository, 2)]


@pytest.mark.parametrize("name,rows,expected,kind", KINDS)
def test_every_detail_equals_its_row(api, name, rows, expected, kind):
    for row in rows:
        want = expected(api.base, row)
        got = api.get(f"/github/{name}/{want['id']}/")
        assert got.status == 200
        assert got.json() == want
        assert list(got.json()) == list(want)


@pytest.mark.parametrize("name,rows,expected,kind", KINDS)
@pytest.mark.parametrize("size", [1, 7, 10, 100])
def test_walking_next_meets_every_listed_record_once_in_order(api, name, rows, expected, kind, size):
    want = [expected(api.base, r) for r in graph.listed(rows)]
    got, url, pages, before = [], f"/github/{name}/?page_size={size}", 0, None
    while url:
        page = api.get(url.replace(api.base, "")).json()
        assert page["count"] == len(want)
        assert list(page) == ["count", "next", "previous", "results"]
        assert len(page["results"]) == min(size, len(want) - len(got))
        assert page["previous"] == before
        got += page["results"]
        before = f"{api.base}/github/{name}/?" + (f"page={pages + 1}&" if pages else "") + f"page_size={size}"
        pages += 1
        url = page["next"]
    assert got == want
    assert pages == -(-len(want) // size)


def test_stub_answers_with_nulls_and_is_in_no_list(api, pg):
    pg.psql("insert into developers (github_id, login, first_seen_at) values (777, 'stub', now())", "graph")
    pg.psql("insert into repositories (github_id, name, full_name, first_seen_at) values (888, 's', 'x/s', now())",
            "graph")
    try:
        got = api.get(f"/github/developers/{graph.record_id(1, 777)}/").json()
        assert got["login"] == "stub" and got["followers"] == []
        assert {k for k, v in got.items() if v is None} == {
            "name", "location", "bio", "company", "email", "created_at", "updated_at", "followers_count",
            "following_count", "public_gists", "public_repos"}
        got = api.get(f"/github/repositories/{graph.record_id(2, 888)}/").json()
        assert got["owner"] is None and got["owner_github_id"] is None and got["has_wiki"] is None
        assert api.get("/github/developers/?login=stub").json()["count"] == 0
        assert api.get("/github/repositories/?name=s").json()["count"] == 0
    finally:
        pg.psql("delete from developers where github_id = 777; delete from repositories where github_id = 888",
                "graph")


def test_ids_in_any_spelling(api):
    uid = graph.record_id(1, 1)
    want = api.get(f"/github/developers/{uid}/").json()
    for spelling in (uid.upper(), uid.replace("-", ""), uid.replace("-", "").upper(), uid.replace("-", "%2D")):
        got = api.get(f"/github/developers/{spelling}/")
        assert got.status == 200 and got.json() == want


@pytest.mark.parametrize("bad", [
    "x", "1", "0", graph.record_id(2, 101), graph.record_id(1, 999999), graph.record_id(1, 0),
    "00000000-0000-0000-0000-000000000000", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", graph.record_id(1, 1)[:-1],
    graph.record_id(1, 1) + "0", "%00", "%ff", "..%2f..%2fetc", "'%20or%201=1", "a" * 3000])
def test_unknown_and_malformed_ids(api, bad):
    got = api.get(f"/github/developers/{bad}/")
    assert (got.status, got.json()) == (404, {"detail": "Not found."})


def test_embeds_at_most_a_thousand_newest_first(own):
    own.pg.psql("""
        insert into developers (github_id, login, first_seen_at, synced_at) values (1, 'star', now(), now());
        insert into follows select 10 + g, 1, timestamptz '2020-01-01' + g * interval '1 s' from generate_series(1, 1500) g;
    """, "own")
    own.start(own.tmp / "log")
    got = own.get(f"/github/developers/{graph.record_id(1, 1)}/").json()
    want = [f"{own.base}/github/developers/{graph.record_id(1, 10 + g)}/" for g in range(1500, 500, -1)]
    assert got["followers"] == want


def test_records_read_at_once_are_those_read_alone(api, pg, tmp_path):
    """On one connection, so that most requests share a round trip."""
    own = Api(pg.url("graph"), API_CONNECTIONS="1").start(tmp_path / "log")
    paths = [f"/github/{name}/{expected('', row)['id']}/{query}" for name, rows, expected, _ in KINDS for row in rows
             for query in ("", "?embed=none", "?fields=url")]
    paths += [f"/github/developers/by-login/{row['login']}/" for row in DEVELOPERS]
    paths += [f"/github/repositories/by-name/{row['full_name']}/" for row in REPOSITORIES]
    paths += ["/github/developers/by-login/nobody-of-that-name/", "/github/repositories/by-name/no/such/", "/github/developers/x/",
              "/github/developers/" + graph.record_id(1, 999999999) + "/", "/github/developers/" + "0123456789abcdef" * 2 + "/"]

    def answer(path):
        got = own.get(path)
        return path, got.status, got.body

    try:
        alone = [answer(path) for path in paths]
        assert {status for _, status, _ in alone} >= {200, 404}
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            at_once = list(pool.map(answer, paths * 3))
        assert at_once == alone * 3
    finally:
        assert own.stop() == 0, own.log()[-3000:]
