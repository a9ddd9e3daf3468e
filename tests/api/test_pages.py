"""Page numbers, page sizes and the links between pages."""
import urllib.parse

import pytest

import graph

FIRST = graph.record_id(1, 1)
COUNT = len(graph.listed(graph.developers()))


def get(api, query):
    return api.get("/github/developers/" + query)


def test_default_is_ten(api):
    page = get(api, "").json()
    assert len(page["results"]) == 10 and page["previous"] is None
    assert page["next"] == f"{api.base}/github/developers/?page=2"


@pytest.mark.parametrize("text,size", [("1", 1), ("100", 100), ("101", 100), ("99999999999999999999999", 100),
                                       ("", 10), ("%207%20", 7), ("%2B5", 5), ("007", 7)])
def test_page_size(api, text, size):
    got = get(api, "?page_size=" + text)
    assert got.status == 200 and len(got.json()["results"]) == min(size, COUNT)


@pytest.mark.parametrize("text", ["0", "00", "-1", "-0", "abc", "2.5", "1e1", "'", "+", "1,2", "%D9%A3", "0x10"])
def test_an_invalid_page_size(api, text):
    for path in ("developers/", "repositories/", "rate_limit/", "jobs/", "changes/", f"developers/{FIRST}/followers/"):
        got = api.get(f"/github/{path}?page_size={text}")
        assert (got.status, got.json()) == (400, {"page_size": ["Enter a whole number above 0."]}), path


@pytest.mark.parametrize("bad", ["0", "abc", "-1", "7", "999999999999999999999", "1.5", "1e0", "first", 
                                 "LAST", "9223372036854775807", "1'"])
def test_pages_that_are_not_there(api, bad):
    got = get(api, "?page=" + bad)
    assert (got.status, got.json()) == (404, {"detail": "Invalid page."})


def test_last_and_empty_page_parameter(api):
    last = get(api, "?page=last").json()
    assert last["next"] is None and len(last["results"]) == (COUNT - 1) % 10 + 1
    assert last == get(api, f"?page={-(-COUNT // 10)}").json()
    assert get(api, "?page=").json()["results"] == get(api, "").json()["results"]
    assert get(api, "?page=02").json()["results"] == get(api, "?page=2").json()["results"]


def test_an_empty_list_has_one_empty_page(api):
    for query in ("?login=nobody", "?login=nobody&page=1", "?login=nobody&page=last"):
        got = get(api, query)
        assert got.status == 200
        assert got.json() == {"count": 0, "next": None, "previous": None, "results": []}
    assert get(api, "?login=nobody&page=2").status == 404


def test_links_keep_the_query_sorted_and_encoded(api):
    query = "?z=%26%3D+%2B&page_size=5&name__isnull=false&name__isnull=true&a=%F0%9F%A6%8A&page=2&b=~-_.&=x&pag=1&login="
    page = get(api, query).json()
    keys = "=x&a=%F0%9F%A6%8A&b=~-_.&login=&name__isnull=false&name__isnull=true&pag=1"
    assert page["previous"] == f"{api.base}/github/developers/?{keys}&page_size=5&z=%26%3D+%2B"
    page = get(api, query.replace("page=2", "page=1")).json()
    assert page["next"] == f"{api.base}/github/developers/?{keys}&page=2&page_size=5&z=%26%3D+%2B"


def test_first_page_named_or_not_is_the_same(api):
    assert get(api, "?page=1").json() == get(api, "").json()


def test_links_follow_the_host_header(api):
    for host in ("example.org", "example.org:8443", "[::1]:80", "LOCALHOST", "a_b.c-d"):
        page = api.get("/github/developers/?page_size=1", {"Host": host}).json()
        assert page["next"].startswith(f"http://{host}/github/developers/?")
        assert page["results"][0]["url"].startswith(f"http://{host}/github/developers/")


@pytest.mark.parametrize("host", ["", "a b", "evil\"><script>", "a/b", "a:b", "a:99999", "user@host", "[::1", "a:80:90", "é",
                                  "[zz]", "a?b", "a#b", ":80", "x" * 300, "a,b", "a:-1", "a:0"])
def test_hostile_hosts(api, host):
    got = api.raw(b"GET /github/ HTTP/1.1\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400 "), got
    assert b"script" not in got


def test_two_hosts_and_none(api):
    assert api.raw(b"GET /github/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert api.raw(b"GET /github/ HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    old = api.raw(b"GET /github/ HTTP/1.0\r\n\r\n")
    assert b" 200 " in old.split(b"\r\n")[0] and b'"http://127.0.0.1' in old


def test_public_url_is_the_base(own):
    own.env["PUBLIC_URL"] = "https://hub.example/mirror/"
    own.start(own.tmp / "log")
    assert own.get("/github/", {"Host": "evil\"host"}).status == 400
    got = own.get("/github/", {"Host": "other.example"})
    assert got.status == 200
    assert got.json()["developers"] == "https://hub.example/mirror/github/developers/"


def test_redirects_stay_below_public_url(own):
    own.env["PUBLIC_URL"] = "https://hub.example/mirror"
    own.pg.psql("insert into developers (github_id, login, created_at, synced_at, first_seen_at) values (7, 'new', now(), now(), now());"
                "insert into developer_logins (github_id, login, seen_until) values (7, 'old', now())", "own")
    own.start(own.tmp / "log")
    for path, to in (("/", "/mirror/github/"), ("/github/developers", "/mirror/github/developers/"),
                     ("/github/jobs?state=failed", "/mirror/github/jobs/?state=failed"),
                     ("/github/developers/by-login/old/?fields=id",
                      f"/mirror/github/developers/{graph.record_id(1, 7)}/?fields=id"),
                     ("/github/developers/?format=html&login=", "/mirror/github/developers/?format=html")):
        assert own.get(path).headers["Location"] == to, path


@pytest.mark.parametrize("base", ["https://hub.example/developers", "https://hub.example/repositories/github", "https://developers",
                                  "https://hub.example/github/developers/1/github/repositories"])
def test_headings_and_tabs_lead_to_the_record_wherever_the_api_is(own, base):
    """The base may have the words of an address in it."""
    own.env["PUBLIC_URL"] = base
    own.pg.psql("insert into developers (github_id, login, synced_at, first_seen_at) values (7, 'ada', now(), now());"
                "insert into repositories (github_id, owner_github_id, name, full_name, synced_at, first_seen_at)"
                " values (8, 7, 'r', 'ada/r', now(), now())", "own")
    own.start(own.tmp / "log")
    prefix = urllib.parse.urlsplit(base).path
    for kind, name, parts in ((1, "developers", ("network/", "history/")), (2, "repositories", ("history/",))):
        record = f"/github/{name}/{graph.record_id(kind, kind + 6)}/"
        for part in parts:
            got = own.get(record + part, {"Accept": "text/html"})
            assert got.status == 200 and f'<h1><a href="{prefix}{record}">' in got.text, part
            assert f'href="{prefix}{record}{part}" aria-current="page"' in got.text or f'aria-current="page" href="{prefix}{record}{part}"' in got.text, part
