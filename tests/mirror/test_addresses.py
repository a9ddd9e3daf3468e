"""Every address of GitHub's API in an answer leads to the mirror, wherever it occurs; people's texts stay unchanged. And
what GitHub takes elsewhere, release assets, is taken at /api/uploads."""
import gzip
import json

import pytest


def content(api, uploads):
    """As GitHub answers; texts that look like addresses are meant as texts."""
    return {
        "name": "README.md", "url": f"{api}/repos/o/r/contents/README.md?ref=main", "git_url": f"{api}/repos/o/r/git/blobs/1",
        "_links": {"self": f"{api}/repos/o/r/contents/README.md?ref=main", "git": f"{api}/repos/o/r/git/blobs/1", "html": "https://github.com/o/r"},
        "entries": [{"_links": {"self": f"{api}/repos/o/r/contents/a"}, "path": "a"}],
        "pull": {"_links": {"self": {"href": f"{api}/repos/o/r/pulls/1"}, "statuses": {"href": f"{api}/repos/o/r/statuses/1"}}},
        "upload_url": f"{uploads}/repos/o/r/releases/1/assets{{?name,label}}" if uploads else None, "timeline_uri": f"{api}/timeline",
        "event_urls": [f"{api}/events/1", f"{api}/events/2"], "meta": {"location": f"{api}/scim/v2/organizations/o/Users/1"},
    }


TEXTS = {"bio": "{api}/users/x", "location": "{api}/users/x", "blog": "{api}", "body": "\"_links\":{{\"self\":\"{api}/users/x\"}}", "topics": ["{api}/users/x"],
         "user": {"company": "{api}/orgs/o", "href": "{api}/users/x"}, "see_url": "see {api}/users/x", "other_url": "{api}.evil.example/users/x"}


def texts(api):
    def fill(value):
        return value.format(api=api) if isinstance(value, str) else [fill(v) for v in value] if isinstance(value, list) else {
            k: fill(v) for k, v in value.items()}
    return fill(TEXTS)


@pytest.mark.parametrize("base, prefix", [("", ""), ("", "/api/v3"), ("/api/v3", ""), ("/api/v3", "/api/v3")])
@pytest.mark.parametrize("way", ["page", "indented", "gzip", "escaped", "unicode", "write", "missing", "graphql"])
def test_addresses_are_rewritten_in_every_answer(lab, base, prefix, way):
    def answer(seen):
        api = upstream.url + base
        said = {**content(api, api.replace("/api/v3", "/api/uploads") if base else None), "texts": texts(api)}
        body = json.dumps(said, indent=2 if way == "indented" else None).encode()
        headers = {"ETag": '"1"', "Link": f'<{api}/x?page=2>; rel="next"'}
        body = body.replace(b"/", {"escaped": b"\\/", "unicode": b"\\u002f"}.get(way, b"/"))  # the same JSON
        if way == "gzip":
            return 200, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)
        return 404 if way == "missing" else 201 if way == "write" else 200, headers, body
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream.url + base)
    method, path = ("POST", prefix + "/x") if way == "write" else ("POST", "/api/graphql" if prefix else "/graphql") if way == "graphql" else ("GET", prefix + "/x")
    for encoding in ({}, {"Accept-Encoding": "gzip"}):
        got = mirror.request(method, path, "a", encoding, b'{"query":"{ x }"}' if method == "POST" else None)
        said = json.loads(gzip.decompress(got.body) if got["Content-Encoding"] == "gzip" else got.body)
        api = mirror.url + ("" if way == "graphql" else prefix)
        assert said.pop("texts") == texts(upstream.url + base)
        if way != "graphql":
            assert got["Link"] == f'<{api}/x?page=2>; rel="next"'
            assert said == content(api, mirror.url + "/api/uploads" if base else None)


# ---- uploads ----

ASSET = b"PK\x03\x04" + bytes(range(256)) * 40


@pytest.fixture
def github(lab):
    def answer(seen):
        if seen.target.startswith("/api/uploads/"):
            return 201, {"Location": f"{upstream.url}/api/v3/repos/o/r/releases/assets/9"}, json.dumps(
                {"id": 9, "url": f"{upstream.url}/api/v3/repos/o/r/releases/assets/9"}).encode()
        return 200, {"ETag": '"1"'}, b'{"login":"ada"}'
    upstream = lab.recorder(answer)
    return upstream


def test_an_asset_goes_to_the_upload_host(lab, github):
    mirror = lab.mirror(github.url + "/api/v3", MIRROR_FRESH_SECONDS=3600)
    for path in ("/repos/o/r/releases/1", "/repos/o/r/releases"):
        mirror.get(path, "b")
    path = "/repos/o/r/releases/1/assets?name=a%20b.zip&label=x"
    got = mirror.request("POST", "/api/uploads" + path, "a", {"Content-Type": "application/zip", "X-GitHub-Api-Version": "2022-11-28"}, ASSET)
    sent = github.asked()[-1]
    assert (sent.method, sent.target, sent.body) == ("POST", "/api/uploads" + path, ASSET)
    assert (sent.get("Authorization"), sent.get("Content-Type"), sent.get("X-GitHub-Api-Version")) == ("Bearer a", "application/zip", "2022-11-28")
    assert got.status == 201 and got["Location"] == got.json()["url"] == f"{mirror.url}/api/v3/repos/o/r/releases/assets/9"
    for path in ("/repos/o/r/releases/1", "/repos/o/r/releases"):  # it is a write
        before = len(github.asked())
        mirror.get(path, "b")
        assert len(github.asked()) == before + 1, path


def test_uploads_follow_the_rules_of_other_requests(lab, github):
    upstream = github.url + "/api/v3"
    path = "/api/uploads/repos/o/r/releases/1/assets?name=x"
    listed, lent = lab.mirror(upstream, GITHUB_USERS="eve"), lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    assert listed.request("POST", path, "a", body=ASSET).status == 403  # ada is not on the list
    assert listed.request("POST", path, body=ASSET).status == 401
    assert lent.request("POST", path, body=ASSET).status == 401
    assert lent.request("POST", "/api/uploads/../v3/user", "a", body=b"{}").status == 400
    assert [s.target for s in github.asked() if s.method != "GET"] == []


def test_uploads_are_off_without_an_upload_host(lab, github):
    mirror = lab.mirror(github)
    got = mirror.request("POST", "/api/uploads/repos/o/r/releases/1/assets?name=x", "a", body=ASSET)
    assert got.status == 404 and got.json()["message"] and github.asked() == []
