"""What a write through the mirror has changed, others see at once: by whatever name, in whatever spelling, in every list."""
import json

import pytest
from counting import Counting, asks

ISSUES = ["/issues", "/issues?filter=all", "/user/issues", "/orgs/o/issues?page=2", "/search/issues?q=x"]
LISTS = ["/users/o/repos?page=2", "/orgs/o/repos", "/organizations/7/repos", "/user/7/repos", "/user/repos", "/user/starred", "/users/eve/starred?page=2",
         "/user/subscriptions", "/users/eve/subscriptions", "/installation/repositories", "/teams/4/repos", "/orgs/o/teams/t/repos", "/repositories?since=1",
         "/search/repositories?q=r", "/networks/o/r/events", "/users/eve/received_events", "/users/eve/events/orgs/o", "/notifications"]
MEMBERSHIPS = ["/user/orgs", "/user/memberships/orgs", "/user/memberships/orgs/o", "/users/x/orgs", "/user/9/orgs", "/user/teams", "/orgs/o/members",
               "/organizations/7/members", "/user/repos"]

# write, body → what others must see, what others may go on to see. A write is by "a"; others are "b".
CASES = [
    ("PATCH", "/repos/o/r/issues/5", {"state": "closed"}, [*ISSUES, "/repos/o/r/milestones/1", "/repos/o/r/issues/comments", "/repositories/9/issues", "/repos/O/R/pulls/5"],
     ["/repos/o/r2/issues/5", "/users/x", "/meta", "/orgs/o"]),
    ("DELETE", "/repos/o/r/issues/comments/77", None, ["/repos/o/r/issues/5/comments", "/repos/o/r/issues/5", "/repos/o/r/events"], ["/repos/p/r/issues/5"]),
    ("PUT", "/repos/o/r/topics", {"names": []}, [*LISTS, "/repos/o/r/topics", "/repos/o/r", "/repositories/9/topics"], ["/repos/p/q", "/users/x", "/meta"]),
    ("PATCH", "/repos/o/r", {"name": "r2"}, [*LISTS, "/repos/o/r/issues", "/users/o", "/orgs/o", "/user"], ["/repos/p/q", "/users/x", "/meta"]),
    ("DELETE", "/repositories/9", None, [*LISTS, "/repos/o/r", "/users/o"], ["/meta", "/gists/1"]),
    ("POST", "/repos/o/r/transfer", {"new_owner": "p"}, ["/repos/p/r", "/users/p/repos", "/orgs/p", "/users/o/repos", "/repos/o/r", "/repositories/9", "/user/repos"],
     ["/repos/q/r", "/users/x", "/meta"]),
    ("PUT", "/repos/o/r/collaborators/x", None, ["/repos/o/r/collaborators", "/repos/o/r/invitations", "/user/repository_invitations", "/user/repos", "/users/x/repos",
                                                 "/orgs/o/outside_collaborators", "/users/x", "/repositories/9/collaborators"], ["/users/y", "/meta", "/repos/o/s"]),
    ("DELETE", "/repos/o/r/collaborators/X", None, ["/users/x/subscriptions", "/repos/o/r/assignees", "/user/9"], ["/users/y", "/meta"]),
    ("DELETE", "/orgs/o/members/x", None, [*MEMBERSHIPS, "/repos/o/r/collaborators", "/orgs/o/teams/t/members", "/teams/4/members", "/users/x", "/repositories/9/assignees"],
     ["/repos/p/q", "/meta", "/orgs/p"]),
    ("PUT", "/orgs/o/memberships/x", {"role": "admin"}, MEMBERSHIPS, ["/repos/p/q", "/meta", "/orgs/p"]),
    ("PUT", "/orgs/o/public_members/x", None, ["/orgs/o/public_members", "/users/x/orgs"], ["/repos/p/q", "/orgs/p/public_members"]),
    ("DELETE", "/organizations/7/team/4/memberships/x", None, [*MEMBERSHIPS, "/orgs/o/teams/t/members", "/teams/4/members"], ["/meta", "/gists/1"]),
    ("PATCH", "/user/memberships/orgs/o", {"state": "active"}, MEMBERSHIPS, ["/meta", "/orgs/p/members", "/repos/p/q"]),
    ("PUT", "/teams/4/members/x", None, [*MEMBERSHIPS[:-2], "/teams/4/members", "/orgs/o/teams/t/members", "/repos/o/r/collaborators", "/repos/o/r/teams"], ["/meta", "/repos/p/q", "/teams/5/members"]),
    ("PUT", "/teams/4/memberships/x", None, ["/teams/4/members", "/teams/4?x"], ["/teams/5/members"]),
    ("PATCH", "/user/repository_invitations/1", None, ["/user/repository_invitations", "/user/repos", "/repos/o/r/collaborators", "/repos/o/r/invitations", "/users/x/repos"],
     ["/meta", "/repos/o/r/issues"]),
    ("PUT", "/user/following/x", None, ["/users/x", "/users/x/followers", "/users/me/following", "/users/me", "/user/followers", "/user/following", "/user/9/followers",
                                        "/users/me/following/x"], ["/repos/o/r", "/meta", "/orgs/o"]),
    ("DELETE", "/user/starred/o/r", None, ["/users/me/starred", "/user/3/starred", "/user/starred", "/repos/o/r/stargazers", "/repositories/9/stargazers"], ["/users/x", "/meta", "/repos/o/s"]),
    ("PUT", "/user/blocks/x", None, ["/user/blocks", "/users/x"], ["/meta", "/repos/o/r"]),
    ("POST", "/user/keys", {}, ["/user/keys", "/users/me/keys"], ["/meta", "/repos/o/r"]),
    ("PUT", "/notifications", {}, ["/notifications?all=true", "/repos/o/r/notifications"], ["/meta", "/repos/o/r/issues"]),
    ("PUT", "/repos/o/r/notifications", {}, ["/notifications"], ["/meta"]),
    ("DELETE", "/gists/aa", None, ["/gists", "/gists/public?page=2", "/gists/starred", "/users/me/gists", "/users/me"], ["/meta", "/repos/o/r", "/gists/bb"]),
    ("POST", "/projects/columns/cards/1/moves", {}, ["/projects/columns/2/cards", "/repos/o/r/projects", "/orgs/o/projects"], ["/meta", "/repos/o/r/issues"]),
    ("PUT", "/app/installations/3/suspended", None, ["/app/installations", "/user/installations", "/repos/o/r/installation", "/orgs/o/installation", "/installation/repositories"],
     ["/meta", "/repos/o/r/issues"]),
    ("DELETE", "/applications/id/token", {"access_token": "b"}, ["/meta", "/users/x", "/repos/o/r"], []),
    ("PATCH", "/scim/v2/organizations/o/Users/1", {}, ["/orgs/o/members", "/users/x/orgs"], []),
    ("POST", "/%67raphql", {"query": "mutation { x }"}, ["/meta", "/users/x"], []),
]

# One resource, in the spellings of the writer and of the reader.
SPELLINGS = ["/repos/o/r", "/repos/%6F/r", "/repos/o/%72", "/%72epos/o/r", "/repos/O/R", "/repos/%4f/R", "/repos/o/r/", "/repos//o/r", "//repos/o/r", "/repos/o//r//",
             "/repos/o/r?x=1", "/repos/o/r/?x=1", "/repos/%6f/r?", "/%72epos/O//%52/"]


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("writes"))
    pages = {path: {"n": 1} for _, _, _, touched, left in CASES for path in touched + left}
    pages |= {spelling: {"n": 1} for spelling in SPELLINGS}
    pages |= {f"/users/{login}": {"n": 1} for login in ("renovate[bot]", "renovate%5Bbot%5D", "renovate%5bBOT%5d")}
    upstream = Counting(lab, pages)
    yield upstream, lab.mirror(upstream, MIRROR_FRESH_SECONDS=3600, GITHUB_WEBHOOK_SECRET="s")
    lab.close()


def is_asked(upstream, mirror, page):
    before = upstream.asked()
    mirror.get(page, "b")
    return upstream.asked() > before


def warm(upstream, mirror, pages):
    for page in pages:
        mirror.get(page, "b")
        assert not is_asked(upstream, mirror, page), page


@pytest.mark.parametrize("method, path, body, touched, left", CASES, ids=[f"{m} {p}" for m, p, *_ in CASES])
def test_pages_that_others_see_again(world, method, path, body, touched, left):
    upstream, mirror = world
    warm(upstream, mirror, touched + left)
    sent = json.dumps(body).encode() if body is not None else b""
    assert mirror.request(method, path, "a", {"Content-Type": "application/json"}, sent).status == 200
    assert [p for p in touched if not is_asked(upstream, mirror, p)] == []
    assert [p for p in left if is_asked(upstream, mirror, p)] == []


@pytest.mark.parametrize("written", ["/repos/o/r", "/%72epos/%4f/R", "//repos/o//r//", "/api/v3//repos/%6f/r/?x=1"])
def test_every_spelling_is_the_same_page(world, written):
    """RFC 3986 6.2.2; GitHub ignores the case of names."""
    upstream, mirror = world
    warm(upstream, mirror, SPELLINGS + ["/repos/p/q"])
    assert mirror.request("PATCH", written, "a", {"Content-Type": "application/json"}, b"{}").status == 200
    assert [p for p in SPELLINGS if not is_asked(upstream, mirror, p)] == []
    assert not is_asked(upstream, mirror, "/repos/p/q")


def test_every_spelling_is_invalidated_in_the_database_and_by_a_purge(world):
    """Another mirror learns of it, and a purge deletes each of them."""
    upstream, mirror = world
    warm(upstream, mirror, SPELLINGS)
    mirror.request("PATCH", "/repos/%6F/r", "a", {"Content-Type": "application/json"}, b"{}")
    stale = "select count(*) from mirror_pages where (url ilike '%/repos/o/r' or url ilike '%/repos/o/r?%')"
    mirror.stack.wait_until(lambda: mirror.stack.one(stale + " and checked_at is not null") == 0, 60, "the store to know")
    assert mirror.stack.one(stale) == len(SPELLINGS)
    for pattern in ("/repos//%6f/r/", "/%72epos/o/r?*"):
        mirror.stack.run("mirror", "purge", pattern)
    assert mirror.stack.one(stale) == 0


def test_the_name_of_a_bot(world):
    """A payload says "renovate[bot]", clients encode the brackets."""
    from test_webhook_names import deliver
    upstream, mirror = world
    names = ["/users/renovate[bot]", "/users/renovate%5Bbot%5D", "/users/renovate%5bBOT%5d"]
    warm(upstream, mirror, names)
    assert deliver(mirror, "push", {"sender": {"login": "renovate[bot]", "id": 80}}, "s").status == 200
    assert [p for p in names if not is_asked(upstream, mirror, p)] == []
