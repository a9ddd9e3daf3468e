"""Pages affected by a write through the mirror are revalidated before they are served, however fresh."""
import base64
import json

import pytest
from counting import Counting, asks

REPO = {"id": 5, "full_name": "o/r", "name": "r", "owner": {"login": "o", "id": 7}, "private": False}
PAGES = {"/repos/o/r": REPO, "/repositories/5": REPO, "/repositories/5/issues": [], "/user/repos": [REPO], "/user/repos?page=2": [],
         "/users/o/repos": [REPO], "/orgs/o/repos?type=all": [REPO], "/users/x": {"login": "x", "id": 9}, "/user": {"login": "me", "id": 3},
         "/users/me": {"login": "me", "id": 3}, "/user/3": {"login": "me", "id": 3}, "/repos/o/r/stargazers": [], "/users/me/starred": [],
         "/user/starred": [], "/users/x/followers": [], "/meta": {"a": 1}, "/repos/o/r/issues/1": {"id": 1}, "/repos/p/q": {"id": 6},
         "/orgs/o": {"login": "o", "id": 7}, "/organizations/7": {"login": "o"}, "/orgs/o/teams/core": {"id": 4, "slug": "core"},
         "/teams/4": {"id": 4}, "/teams/4/members": [], "/users/me/following": [], "/users/me/gists": [], "/gists/abc": {"id": "abc"}}
WRITES = {("PATCH", "/repos/o/r"): (200, REPO), ("PATCH", "/repositories/5"): (200, REPO), ("POST", "/user/repos"): (201, REPO),
          ("PATCH", "/user"): (200, {"login": "me", "id": 3}), ("PUT", "/user/starred/o/r"): (204, None),
          ("PUT", "/user/following/x"): (204, None), ("PATCH", "/orgs/o"): (200, {"login": "o", "id": 7}),
          ("PATCH", "/orgs/o/teams/core"): (200, {"id": 4, "slug": "core", "organization": {"login": "o", "id": 7}}),
          ("PUT", "/teams/4/memberships/x"): (200, {"state": "active"}), ("DELETE", "/repos/o/r"): (204, None),
          ("PATCH", "/gists/abc"): (200, {"id": "abc", "owner": {"login": "me", "id": 3}})}


@pytest.fixture
def world(lab):
    return Counting(lab, PAGES, WRITES)


@pytest.fixture
def mirror(lab, world):
    return lab.mirror(world, MIRROR_FRESH_SECONDS=3600)


def write(mirror, method, path, token="a", body=b"{}"):
    got = mirror.request(method, path, token, {"Content-Type": "application/json"}, body)
    assert got.status < 300, got


@pytest.mark.parametrize("token", ["a", "b"])
@pytest.mark.parametrize("method, path, touched", [
    ("PATCH", "/repos/o/r", ["/repos/o/r", "/repositories/5", "/repositories/5/issues", "/user/repos", "/user/repos?page=2", "/users/o/repos",
                             "/orgs/o/repos?type=all"]),
    ("DELETE", "/repos/o/r", ["/repositories/5", "/users/o/repos", "/user/repos"]),
    ("PATCH", "/repositories/5", ["/repos/o/r", "/repos/o/r/issues/1", "/users/o/repos"]),
    ("POST", "/user/repos", ["/repos/o/r", "/user/repos", "/users/o/repos", "/orgs/o/repos?type=all"]),
    ("PATCH", "/user", ["/user", "/users/me", "/user/3"]),
    ("PUT", "/user/starred/o/r", ["/repos/o/r", "/repositories/5", "/repos/o/r/stargazers", "/users/me/starred", "/user/starred"]),
    ("PUT", "/user/following/x", ["/users/x", "/users/x/followers", "/users/me/following"]),
    ("PATCH", "/orgs/o", ["/orgs/o", "/organizations/7"]),
    ("PATCH", "/orgs/o/teams/core", ["/orgs/o/teams/core", "/teams/4", "/teams/4/members"]),
    ("PUT", "/teams/4/memberships/x", ["/teams/4/members", "/orgs/o/teams/core"]),
    ("PATCH", "/gists/abc", ["/gists/abc", "/users/me/gists"]),
])
def test_a_write_invalidates(world, mirror, method, path, touched, token):
    """Also what others see (token b), by the names and ids that the path and the answer have."""
    for page in touched:
        mirror.get(page, token)
        assert asks(world, mirror, page, token)[0] is False, page
    write(mirror, method, path)
    for page in touched:
        assert asks(world, mirror, page, token)[0] is True, page
        assert asks(world, mirror, page, token)[0] is False, page


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


FORMS = ["Bearer a", "bearer a", "BEARER a", "token a", "TOKEN a", "Bearer  a", basic("x:a"), basic("a:"), basic("a:x-oauth-basic"), basic("octocat:a"),
         basic("y:a").replace("Basic", "basic")]


@pytest.mark.parametrize("writer", [FORMS[0], FORMS[4], FORMS[7], FORMS[9]])
def test_all_pages_of_the_writer_are_revalidated(world, mirror, writer):
    """Nobody can know all that a write changes: a 304 is free. In whatever form a client sends the same token."""
    others = ["/meta", "/repos/p/q"]
    for page in others:
        mirror.get(page, "b")
        for form in FORMS:
            mirror.get(page, headers={"Authorization": form})
    got = mirror.request("PUT", "/repos/z/z/topics", None, {"Authorization": writer, "Content-Type": "application/json"}, b"{}")
    assert got.status == 200
    for page in others:
        assert asks(world, mirror, page, "b")[0] is False
        for form in FORMS:
            assert asks(world, mirror, page, None, {"Authorization": form})[0] is True, (page, form)
            assert asks(world, mirror, page, None, {"Authorization": form})[0] is False


def test_a_write_counts_for_every_form_of_the_token_after_a_restart(lab, world, mirror):
    for form in (FORMS[9], FORMS[3]):
        mirror.get("/meta", headers={"Authorization": form})
    write(mirror, "PUT", "/repos/o/r/topics")
    mirror.stack.wait_until(lambda: mirror.stack.one("select count(*) from mirror_writes") == 1, 60, "the write to be known")
    mirror.process.kill()
    again = lab.mirror(world, mirror.stack, MIRROR_FRESH_SECONDS=3600)
    for form in (FORMS[9], FORMS[3]):
        assert asks(world, again, "/meta", None, {"Authorization": form})[0] is True, form


def test_a_write_counts_in_other_mirrors_and_after_a_restart(lab, world, mirror):
    other = lab.mirror(world, mirror.stack, MIRROR_FRESH_SECONDS=3600)
    for page in ("/meta", "/users/x"):
        mirror.get(page, "a")
        assert asks(world, other, page)[0] is False
    write(mirror, "PATCH", "/repos/o/r")
    mirror.stack.wait_until(lambda: asks(world, other, "/meta")[0], 10, "the other mirror to ask")
    other.stop()
    mirror.process.kill()
    again = lab.mirror(world, mirror.stack, MIRROR_FRESH_SECONDS=3600)
    assert asks(world, again, "/users/x")[0] is True and asks(world, again, "/users/x")[0] is False


@pytest.mark.parametrize("restart", [False, True])
def test_a_graphql_mutation_invalidates_everything(lab, world, mirror, restart):
    other = lab.mirror(world, mirror.stack, MIRROR_FRESH_SECONDS=3600)
    for token in ("a", "b"):
        mirror.get("/meta", token)
        assert asks(world, other, "/meta", token)[0] is False
    mirror.request("POST", "/graphql", "a", {"Content-Type": "application/json"}, b'{"query":"mutation { x }"}')
    assert asks(world, mirror, "/meta", "b")[0] is True
    if restart:
        mirror.stack.wait_until(lambda: mirror.stack.one("select count(*) from mirror_writes") >= 1, 10, "the write to be known")
        mirror.process.kill()
        other = lab.mirror(world, mirror.stack, MIRROR_FRESH_SECONDS=3600)
        assert asks(world, other, "/meta", "a")[0] is True
    else:
        mirror.stack.wait_until(lambda: asks(world, other, "/meta", "a")[0], 10, "the other mirror to ask")


def test_requests_that_change_nothing_invalidate_nothing(world, mirror):
    for method, path in (("GET", "/rate_limit"), ("OPTIONS", "/repos/o/r"), ("POST", "/graphql")):
        mirror.get("/meta", "a")
        mirror.request(method, path, "a", {"Content-Type": "application/json"}, json.dumps({"query": "{ x }"}).encode())
        assert asks(world, mirror, "/meta")[0] is False, (method, path)


@pytest.mark.parametrize("method, path, others", [
    ("PUT", "/orgs/acme/teams/core/repos/o/r", ["/repos/o/r/teams", "/repos/o/r/collaborators", "/teams/4/repos"]),
    ("DELETE", "/teams/4/repos/o/r", ["/repos/o/r/teams", "/repositories/9/teams"]),
    ("PUT", "/repos/o/r/subscription", ["/repos/o/r/subscribers", "/repos/o/r/subscribers?page=2"]),
    ("DELETE", "/gists/aa", ["/gists/public?page=2", "/users/x/gists"]),
    ("PUT", "/user/installations/3/repositories/9", ["/installation/repositories", "/installation/repositories?page=2"])])
def test_a_write_is_seen_by_others_on_every_affected_page(lab, method, path, others):
    left = "/repos/o/other"
    world = Counting(lab, {p: {"n": 1} for p in others + [left]})
    mirror = lab.mirror(world, MIRROR_FRESH_SECONDS=3600)
    for page in others + [left]:
        mirror.get(page, "b")
        assert asks(world, mirror, page, "b")[0] is False
    assert mirror.request(method, path, "a", body=b"").status == 200
    assert [p for p in others if not asks(world, mirror, p, "b")[0]] == []
    assert asks(world, mirror, left, "b")[0] is False
