"""What is stored, for whom, how it is revalidated, and its cost."""
import gzip
import hashlib

import pytest

JSON = {"Content-Type": "application/json; charset=utf-8"}


def statuses(sim, path):
    """What the simulator answered under a path, in order."""
    return [t["status"] for t in sim.trace() if t["path"].split("?")[0] == path]


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada", "--token", "b=zoe-of-another-world", "--token", "c")


def test_a_miss_then_a_hit_that_costs_nothing(lab, github):
    mirror = lab.mirror(github)
    first = mirror.get("/users/ada", "a")
    assert (first.status, first.label) == (200, "ONLINE_MISS") and github.charged() == 1
    again = mirror.get("/users/ada", "a")
    assert (again.status, again.label) == (200, "ONLINE_HIT") and github.charged() == 1
    assert again.body == first.body and again.etag == first.etag
    assert statuses(github, "/users/ada") == [200, 304]
    github.mutate({"op": "edit_user", "login": "ada", "set": {"bio": "new"}})
    changed = mirror.get("/users/ada", "a")
    assert changed.label == "ONLINE_MISS" and changed.json()["bio"] == "new" and github.charged() == 2
    assert mirror.get("/users/ada", "a").label == "ONLINE_HIT"


def test_cache_status_says_whether_quota_was_spent(lab, github):
    """RFC 9211."""
    mirror = lab.mirror(github)
    miss, hit = mirror.get("/users/ada", "a")["Cache-Status"], mirror.get("/users/ada", "a")["Cache-Status"]
    assert miss and hit and miss != hit
    assert "fwd=" in miss and "fwd-status=200" in miss.replace(" ", "")
    anonymous = [mirror.get("/users/ada")["Cache-Status"] for _ in range(2)]
    assert anonymous[1] != hit  # a 304 without a credential is not free


def test_githubs_headers_are_stored_and_rate_headers_are_current(lab, github):
    mirror = lab.mirror(github)
    direct = github.session.get(github.url + "/users/ada/repos", headers={"Authorization": "Bearer a"}, timeout=20)
    own = {"connection", "date", "x-github-request-id", "content-length", "content-encoding", "transfer-encoding",
           "keep-alive", "link", "etag"}
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get("/users/ada/repos", "a", {"Accept": "*/*"})
        assert got.label == label
        for name, value in direct.headers.items():
            if name.lower() not in own and not name.lower().startswith("x-ratelimit"):
                assert got[name] == value, name
    other = github.session.get(github.url + "/users/ada/orgs", headers={"Authorization": "Bearer a"}, timeout=20)
    hit = mirror.get("/users/ada/repos", "a", {"Accept": "*/*"})
    for name in ("X-RateLimit-Remaining", "X-RateLimit-Used", "X-RateLimit-Reset", "X-RateLimit-Limit"):
        assert hit[name] == other.headers[name], name


@pytest.mark.parametrize("gone", ["404", "451"])
def test_gone_pages_are_purged(lab, github, gone):
    mirror = lab.mirror(github, MIRROR_NEGATIVE_SECONDS=0)  # else the 404 itself is served for a while
    repo = next(r for r in github.truth()["repos"] if r["owner"]["login"] == "ada" and not r["forks_count"])["full_name"]
    assert mirror.get(f"/repos/{repo}", "a").status == 200
    github.mutate({"op": "delete_repo", "repo": repo} if gone == "404" else
                  {"op": "block_repo", "repo": repo, "reason": "dmca"})
    assert mirror.get(f"/repos/{repo}", "a").status == int(gone)
    github.config(faults=1, fault_kinds="500")
    after = mirror.get(f"/repos/{repo}", "a")
    assert after.status == 500 and after.label == "API_ERROR_MISS" and repo.encode() not in after.body


def test_410_purges_and_422_does_not(lab):
    answer = {}
    upstream = lab.recorder(lambda seen: answer["now"])
    mirror = lab.mirror(upstream)
    good = (200, {"ETag": '"1"'}, b'{"here":true}')
    for status, survives in ((410, False), (422, True)):
        answer["now"] = good
        path = f"/thing/{status}"
        assert mirror.get(path, "t").status == 200
        answer["now"] = (status, {}, b'{"message":"no"}')
        assert mirror.get(path, "t").status == status
        answer["now"] = (500, {}, b'{"message":"Server Error"}')
        after = mirror.get(path, "t")
        assert (after.status == 200) is survives, after


@pytest.mark.parametrize("status, headers", [(200, {}), (201, {"ETag": '"x"'}), (202, {"ETag": '"x"'}),
                                             (203, {"ETag": '"x"'}), (404, {"ETag": '"x"'}),
                                             (200, {"ETag": '"x"', "Cache-Control": "no-store"})])
def test_what_is_not_cached(lab, status, headers):
    upstream = lab.recorder(lambda seen: (status, headers, b'{"n":1}'))
    mirror = lab.mirror(upstream)
    for _ in range(2):
        got = mirror.get("/thing", "t")
        assert got.status == status and got.body == b'{"n":1}' and got.label == "ONLINE_MISS"
    assert len(upstream.asked("/thing")) == 2
    assert all(not seen.get("If-None-Match") for seen in upstream.asked("/thing"))


@pytest.mark.parametrize("validator", [{"ETag": '"e1"'}, {"ETag": 'W/"e1"'},
                                       {"Last-Modified": "Fri, 01 Aug 2025 10:00:00 GMT"}])
def test_a_200_with_a_validator_is_cached_and_revalidated(lab, validator):
    (name, value), = validator.items()
    condition = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[name]

    def answer(seen):
        return (304, validator, b"") if seen.get(condition) == value else (200, validator, b'{"n":1}')
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream)
    assert [mirror.get("/thing", "t").label for _ in range(3)] == ["ONLINE_MISS", "ONLINE_HIT", "ONLINE_HIT"]
    assert [s.get(condition) for s in upstream.asked("/thing")] == [None, value, value]


def test_the_clients_own_conditions(lab, github):
    mirror = lab.mirror(github)
    first = mirror.get("/users/ada", "a")
    for headers in ({"If-None-Match": first.etag}, {"If-None-Match": f'"other", {first.etag}'},
                    {"If-None-Match": "*"}, {"If-Modified-Since": first["Last-Modified"]}):
        got = mirror.get("/users/ada", "a", headers)
        assert got.status == 304 and got.body == b"" and got.etag, headers
        assert got["X-RateLimit-Remaining"]
    for headers in ({"If-None-Match": '"other"'}, {"If-Modified-Since": "Thu, 01 Jan 1998 00:00:00 GMT"},
                    {"If-None-Match": '"other"', "If-Modified-Since": first["Last-Modified"]}):
        got = mirror.get("/users/ada", "a", headers)
        assert got.status == 200 and got.body == first.body, headers


def test_a_condition_on_something_not_cached(lab, github):
    """The client knows the page, the mirror does not: a 304 from GitHub is passed on, and costs nothing."""
    etag = github.session.get(github.url + "/users/ada", timeout=20,
                              headers={"Authorization": "Bearer a", "Accept": "application/json"}).headers["ETag"]
    mirror, before = lab.mirror(github), github.charged()
    got = mirror.get("/users/ada", "a", {"Accept": "application/json", "If-None-Match": etag})
    assert got.status == 304 and got.body == b"" and github.charged() == before
    other = mirror.get("/users/ada", "a", {"Accept": "application/json", "If-None-Match": '"mine"'})
    assert other.status == 200 and other.json()["login"] == "ada"


def test_head_is_answered_from_a_get_and_has_no_body(lab, github):
    mirror = lab.mirror(github)
    cold = mirror.request("HEAD", "/users/ada", "a")
    assert cold.status == 200 and cold.body == b""
    whole = mirror.get("/users/ada", "a")
    before = github.charged()
    hit = mirror.request("HEAD", "/users/ada", "a")
    assert hit.status == 200 and hit.body == b"" and hit.label == "ONLINE_HIT" and github.charged() == before
    assert hit["Content-Length"] == whole["Content-Length"]


def test_accept_and_version_have_pages_of_their_own(lab, github):
    mirror = lab.mirror(github)
    plain = mirror.get("/users/ada/starred", "a")
    timed = mirror.get("/users/ada/starred", "a", {"Accept": "application/vnd.github.star+json"})
    assert timed.label == "ONLINE_MISS" and "starred_at" in timed.json()[0] and "starred_at" not in plain.json()[0]
    new = mirror.get("/users/ada/starred", "a", {"X-GitHub-Api-Version": "2026-03-10"})
    assert new.label == "ONLINE_MISS" and "has_downloads" not in new.json()[0]
    assert mirror.get("/users/ada/starred", "a").body == plain.body


def test_bytes_of_an_indented_answer_are_not_for_programs(lab, github):
    """GitHub indents for curl under the same ETag; a program gets what GitHub would have sent it."""
    mirror = lab.mirror(github)
    program = {"User-Agent": "program"}
    pretty = mirror.get("/users/ada", "a", {"User-Agent": "curl/8.0"})
    compact = mirror.get("/users/ada", "a", program)
    assert pretty.text.startswith("{\n") and compact.text.startswith('{"login"')
    assert mirror.get("/users/ada", "a", {"User-Agent": "curl/8.0"}).body == pretty.body
    assert mirror.get("/users/ada", "a", program).body == compact.body


# ---- one page for several credentials ----

def test_equal_bodies_are_stored_once_and_another_credential_costs_nothing(lab, github):
    """GitHub's ETag can be computed from the bytes: the second credential's first request is a 304 from GitHub."""
    mirror = lab.mirror(github)
    path = "/users/" + next(u["login"] for u in github.truth()["users"] if u["login"] != "ada")
    first = mirror.get(path, "c")
    before = github.charged()
    second = mirror.get(path, "a")
    assert second.status == 200 and second.body == first.body
    assert [t["status"] for t in github.trace() if t["credential"] == "ada"] == [304]  # asked, with a's own credential
    assert github.charged() == before
    assert second.etag.removeprefix("W/") == github.session.get(
        github.url + path, headers={"Authorization": "Bearer a", "Accept": None, "User-Agent": "x"},
        timeout=20).headers["ETag"].removeprefix("W/")
    stack = mirror.stack
    stack.wait_until(lambda: stack.one("select count(*) from mirror_pages") == 2, 10, "both pages to be stored")
    assert stack.one("select count(*) from mirror_bodies") == 1


def test_a_public_body_serves_another_credential_only_after_github_confirms_it(lab, github):
    mirror = lab.mirror(github)
    mirror.get("/users/ada", "c")
    asked = len(github.trace())
    github.config(faults=1, fault_kinds="500")
    refused = mirror.get("/users/ada", "a")
    assert refused.status == 500 and len(github.trace()) > asked


def test_a_computed_etag_that_is_wrong_does_no_harm(lab):
    """Another server, another rule: each credential gets its own body, whatever was guessed."""
    bodies = {"Bearer one": b'{"for":"one"}', "Bearer two": b'{"for":"two"}'}

    def answer(seen):
        who = seen.get("Authorization")
        etag = '"' + hashlib.sha256(bodies[who]).hexdigest() + '"'
        return (304, {"ETag": etag}, b"") if seen.get("If-None-Match") == etag else (200, {"ETag": etag}, bodies[who])
    mirror = lab.mirror(lab.recorder(answer))
    for _ in range(2):
        for who, body in bodies.items():
            assert mirror.get("/thing", headers={"Authorization": who}).body == body


def test_spellings_of_one_token_are_different_credentials(lab, github):
    """GitHub hashes the header as sent: the ETags differ, and each client gets the one that is right for it."""
    mirror = lab.mirror(github)
    etags = set()
    for spelling in ("Bearer a", "token a", "bearer a"):
        for _ in range(2):
            got = mirror.get("/users/ada", headers={"Authorization": spelling})
            assert got.status == 200
        direct = github.session.get(github.url + "/users/ada", timeout=20, headers={
            "Authorization": spelling, "Accept": None, "If-None-Match": got.etag, "User-Agent": "x"})
        assert direct.status_code == 304
        etags.add(got.etag.removeprefix("W/"))
    assert len(etags) == 3


# ---- freshness ----

def test_fresh_entries_are_served_without_a_request(lab, github):
    mirror = lab.mirror(github, MIRROR_FRESH_SECONDS=60)
    first = mirror.get("/users/ada", "a")
    asked = len(github.trace())
    for _ in range(3):
        got = mirror.get("/users/ada", "a")
        assert got.label == "ONLINE_HIT" and got.body == first.body
    assert len(github.trace()) == asked
    got = mirror.get("/users/ada", "a", {"Cache-Control": "no-cache"})
    assert got.label == "ONLINE_HIT" and len(github.trace()) == asked + 1
    assert mirror.get("/users/ada", "c").status == 200 and len(github.trace()) == asked + 2  # c is not proven yet


def test_by_default_every_hit_is_revalidated(lab, github):
    mirror = lab.mirror(github)
    mirror.get("/users/ada", "a")
    asked = len(github.trace())
    mirror.get("/users/ada", "a")
    assert len(github.trace()) == asked + 1


def test_stale_while_revalidate_on_request(lab, github):
    mirror = lab.mirror(github)
    old = mirror.get("/users/ada", "a")
    github.mutate({"op": "edit_user", "login": "ada", "set": {"bio": "newer"}})
    ask = {"Cache-Control": "stale-while-revalidate=60"}
    served = mirror.get("/users/ada", "a", ask)
    assert served.body == old.body and served.label == "ONLINE_HIT"
    mirror.stack.wait_until(lambda: mirror.get("/users/ada", "a", ask).json()["bio"] == "newer", 10,
                            "what was learnt after the answer")


def test_only_if_cached(lab, github):
    mirror = lab.mirror(github)
    asked = len(github.trace())
    assert mirror.get("/users/ada", "a", {"Cache-Control": "only-if-cached"}).status == 504
    assert len(github.trace()) == asked


def test_writes_have_the_affected_entries_revalidated(lab, github):
    """Also within MIRROR_FRESH_SECONDS: a client sees what it wrote."""
    mirror = lab.mirror(github, MIRROR_FRESH_SECONDS=60)
    assert mirror.get("/users/ada", "a").status == 200
    mine = mirror.get("/user", "a").json()
    assert mine["bio"] != "mine now"
    done = mirror.request("PATCH", "/user", "a", {"Content-Type": "application/json"}, b'{"bio": "mine now"}')
    assert done.status == 200 and done.json()["bio"] == "mine now"
    assert mirror.get("/user", "a").json()["bio"] == "mine now"
    repo = next(r for r in github.truth()["repos"] if r["owner"]["login"] == "ada" and not r["fork"])["full_name"]
    assert mirror.get(f"/repos/{repo}", "a").json()["description"] != "by patch"
    mirror.request("PATCH", f"/repos/{repo}", "a", {"Content-Type": "application/json"}, b'{"description": "by patch"}')
    assert mirror.get(f"/repos/{repo}", "a").json()["description"] == "by patch"


def test_gzip_is_stored_unchanged(lab, github):
    """A client that takes gzip makes the mirror store, and serve, the bytes GitHub compressed."""
    mirror = lab.mirror(github)
    path = f"/repos/{next(r for r in github.truth()['repos'] if r['size'])['full_name']}/readme"
    headers = {"Accept-Encoding": "gzip", "Accept": "application/vnd.github.raw"}
    for _ in range(2):
        packed = mirror.get(path, "a", headers)
        assert packed["Content-Encoding"] == "gzip"
    plain = mirror.get(path, "a", {"Accept": "application/vnd.github.raw"})
    assert plain.body == gzip.decompress(packed.body) and not plain["Content-Encoding"]
    assert "Accept-Encoding" in (plain["Vary"] or "")
