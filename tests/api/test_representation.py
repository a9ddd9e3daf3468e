"""Entity tags, 304, content codings, JSONP, HEAD: what HTTP adds to an answer."""
import gzip
import json
import re

import brotli
import pytest

import graph

LIST = "/github/developers/?page_size=50"
ONE = f"/github/developers/{graph.record_id(1, 1)}/"


# ---- ETag ----

@pytest.mark.parametrize("path", [LIST, ONE, "/github/", "/github/tasks/", "/github/rate_limit/", "/github/repositories/?page=2"])
def test_not_modified(api, path):
    first = api.get(path)
    etag = first.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    assert api.get(path).headers["ETag"] == etag
    for named in (etag, f"W/{etag}", f'"x", {etag}', f'"a,b" , W/"c",{etag}', "*", f'{etag}, "z"'):
        got = api.get(path, {"If-None-Match": named})
        assert (got.status, got.body) == (304, b""), named
        assert got.headers["ETag"] == etag and got.headers["Content-Type"] is None
        for name in ("Vary", "Cache-Control", "Access-Control-Allow-Origin"):
            assert got.headers[name] == first.headers[name]
        assert got.headers["Content-Length"] in (None, "0")
    for other in ('"x"', etag[:-2] + 'x"', etag.strip('"'), "", f'"{etag}"', "W/", f"x{etag}", f'{etag[:-1]}'):
        assert api.get(path, {"If-None-Match": other}).status == 200, other


def test_the_next_request_on_the_connection_is_answered_after_a_304(api):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
    etag = api.get(ONE).headers["ETag"]
    for _ in range(3):
        for headers, status in (({"If-None-Match": etag}, 304), ({}, 200)):
            connection.request("GET", ONE, headers={"Authorization": api.auth, **headers})
            got = connection.getresponse()
            assert got.status == status and bool(got.read()) == (status == 200)


def test_the_tag_follows_the_answer(api):
    tags = {path: api.get(path).headers["ETag"] for path in (LIST, LIST + "&indent=2", LIST + "&callback=f", ONE)}
    assert len(set(tags.values())) == 4
    other_base = api.get(ONE, {"Host": "other.example"}).headers["ETag"]
    assert other_base != tags[ONE]


def test_only_what_is_there_has_a_tag(api):
    for path, status in (("/github/nothing/", 404), ("/github/developers/?page=9999", 404), ("/github/developers", 301)):
        got = api.get(path, {"If-None-Match": "*"})
        assert got.status == status and got.headers["ETag"] is None
        assert got.headers["Cache-Control"] == "no-store"
    for headers, status in (({}, 406), ({"If-None-Match": "*"}, 412)):  # there is something to GET
        got = api.request("POST", "/github/tasks/", headers, b"")
        assert got.status == status and got.headers["ETag"] is None
    assert api.get(ONE).headers["Cache-Control"] == "private, max-age=0, must-revalidate"


def test_a_change_changes_the_tag(own):
    own.start(own.tmp / "log")
    before = own.get("/github/developers/").headers["ETag"]
    own.pg.psql("insert into developers (github_id, login, first_seen_at, synced_at, created_at) "
                "values (5, 'new', now(), now(), now())", "own")
    got = own.get("/github/developers/", {"If-None-Match": before})
    assert got.status == 200 and got.headers["ETag"] != before


# ---- content codings ----

DECODE = {None: lambda b: b, "gzip": gzip.decompress, "br": brotli.decompress}


def encoded(api, path, accept):
    got = api.get(path, {} if accept is None else {"Accept-Encoding": accept})
    return got, got.headers["Content-Encoding"]


@pytest.mark.parametrize("accept,want", [
    (None, None), ("", None), ("gzip", "gzip"), ("br", "br"), ("gzip, deflate", "gzip"), ("gzip, deflate, br", "br"),
    ("gzip, deflate, br, zstd", "br"), ("br;q=0.5, gzip", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"), ("*", "br"),
    ("*;q=0.5, br;q=0", "gzip"), ("identity", None), ("identity, gzip;q=0.5", None), ("gzip;q=0", None), ("deflate", None),
    ("gzip;q=0, *", "br"), ("identity;q=0.5, gzip;q=0.8", "gzip"), ("identity;q=0, gzip", "gzip"), ("gzip;q=x", None),
    ("gzip ; q=0.5", "gzip"), ("gzip;q=2", None), ("gzip;q=0.0001", None), (",,gzip,", "gzip"), ("zstd", None)])
def test_codings(api, accept, want):
    plain = api.get(LIST)
    got, coding = encoded(api, LIST, accept)
    assert got.status == 200 and coding == want
    assert DECODE[coding](got.body) == plain.body
    assert "Accept-Encoding" in got.headers["Vary"].split(", ") and "Accept" in got.headers["Vary"].split(", ")
    assert int(got.headers["Content-Length"]) == len(got.body)
    if want:
        assert len(got.body) < len(plain.body) / 3


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "identity;q=0, deflate", "gzip;q=0, br;q=0, identity;q=0"])
def test_nothing_acceptable(api, accept):
    got, coding = encoded(api, LIST, accept)
    assert got.status == 406 and coding is None
    assert got.json() == {"detail": "Could not satisfy the request Accept-Encoding header."}


def test_small_answers_stay_as_they_are(api):
    for path in ("/github/", "/github/tasks/", "/health/"):
        got, coding = encoded(api, path, "gzip, br")
        assert got.status == 200 and coding is None and len(got.body) < 1024
    got, coding = encoded(api, "/github/tasks/", "gzip, identity;q=0")
    assert coding == "gzip" and json.loads(gzip.decompress(got.body)) == api.get("/github/tasks/").json()


def test_each_coding_is_a_representation_with_a_tag_of_its_own(api):
    tags = {accept: encoded(api, LIST, accept)[0].headers["ETag"] for accept in ("identity", "gzip", "br")}
    assert len(set(tags.values())) == 3
    for accept, tag in tags.items():
        for other in tags:
            got = api.get(LIST, {"Accept-Encoding": other, "If-None-Match": tag})
            assert got.status == (304 if accept == other else 200)


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}])
@pytest.mark.parametrize("path", [LIST, ONE, "/github/", "/github/tasks/", "/health/", "/metrics", LIST + "&callback=f",
                                  "/github/nothing/", "/github/developers"])
def test_head_is_get_without_the_body(api, path, headers):
    get, head = api.get(path, headers), api.request("HEAD", path, headers)
    assert (head.status, head.body) == (get.status, b"")
    skip = {"Date"} | ({"Content-Length"} if path == "/metrics" else set())
    for name in get.headers.keys():
        if name not in skip and not (path == "/metrics" and name == "ETag"):
            assert head.headers[name] == get.headers[name], name
    if path != "/metrics":
        assert head.headers["Content-Length"] == str(len(get.body))
        if get.headers["ETag"]:
            assert api.request("HEAD", path, {**headers, "If-None-Match": get.headers["ETag"]}).status == 304


# ---- JSONP ----

def unwrap(text, name):
    start = f"/**/{name}("
    assert text.startswith(start) and text.endswith(");")
    return json.loads(text[len(start):-2])


@pytest.mark.parametrize("name", ["f", "$", "_", "jQuery.cb_1", "a" * 64, "$.a.b$9"])
def test_jsonp(api, name):
    for accept in (None, "*/*", "text/javascript, application/javascript"):
        got = api.get(f"{LIST}&callback={name}", {"Accept": accept} if accept else {})
        assert got.status == 200 and got.headers["Content-Type"] == "application/javascript; charset=utf-8"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        wrapped = unwrap(got.text, name)
        assert wrapped["meta"]["status"] == 200
        data = wrapped["data"]
        assert data["results"] == api.get(LIST).json()["results"]
        assert "\u2028" not in got.text  # as it would end a line


def test_jsonp_contains_the_status(api):
    for path, status in (("/github/developers/?page=999", 404), ("/github/developers/?followers_count=x", 400)):
        plain = api.get(path)
        got = api.get(path + "&callback=f")
        assert plain.status == status and got.status == 200
        assert unwrap(got.text, "f") == {"meta": {"status": status}, "data": plain.json()}
        assert got.headers["ETag"] is None or got.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("name", ["1f", "alert(1)", "f;", "a%20b", "a%0ab", "f%3cscript%3e", "a" * 65, "a[0]", "f-g", ".f", "%ef%bd%81",
                                  "f%2f%2a"])
def test_bad_names_are_refused(api, name):
    got = api.get(f"{LIST}&callback={name}")
    assert got.status == 400 and got.headers["Content-Type"] == "application/json"
    assert got.json()["detail"].startswith("callback: expected the name of a function")


def test_jsonp_is_for_reading(api):
    assert api.get("/github/tasks/?callback=").headers["Content-Type"] == "application/json"
    got = api.request("POST", "/github/tasks/?callback=f", body=b"")
    assert got.status == 406 and got.headers["Content-Type"] == "application/json"
    assert api.get("/health/?callback=f", auth=False).text == "ok"
