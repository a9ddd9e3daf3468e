"""A node of GraphQL that does not tell the owner of a repository proves nothing of who it is: what is stored does, or REST tells."""
import hashlib
import re
import threading

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user
from stack import sync
from test_malformed_nodes import of_a_repository

UNTOLD = {"null": None, "without an id": {"login": "eve"},
               "of a null id": {"id": None, "login": "eve"}, "of a large id": {"id": 10**19, "login": "eve"}, "a text": "eve"}
OWN = "/users/eve/repos?per_page=100"


class World(FakeGitHub):
    """eve has one repository, whose node has no owner. GraphQL answers when the test allows it."""

    def __init__(self, owner):
        super().__init__()
        eve = user(7, "eve")
        self.detail = {**repository(70, eve, "engine"), "description": "by REST"}
        self.node = {**of_a_repository(70, eve, "engine"), "owner": owner}
        self.nodes = {"R_70": self.node}
        self.go_on = threading.Event()
        self.answers.update({"/users/eve": profile(7, "eve", public_repos=1), "/user/7": profile(7, "eve", public_repos=1),
                             "/users/eve/starred?per_page=100": [], OWN: [{**self.detail, "description": "by list"}]})
        for path in ("/repos/eve/engine", "/repositories/70"):
            self.answers[path] = self.detail
        self.answers["/graphql"] = self.hydrated

    def hydrated(self, asked):
        ids = asked["variables"]["ids"]
        if "R_70" in ids:
            assert self.go_on.wait(120)
        return {"data": {"rateLimit": {"cost": 1}, "nodes": [self.nodes.get(i) for i in ids]}}


def begun(stack, owner):
    github = World(owner)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
    s.crawler()
    return github, s


def until_it_is_asked_for(github, s):
    s.wait_until(lambda: "/graphql" in github.asked(), 60, "the batch with the repository")


@side_by_side
@pytest.mark.parametrize("owner", UNTOLD.values(), ids=UNTOLD)
def test_a_forgotten_persons_repository_is_not_stored_again(owner, stack):
    """The owner is forgotten while the batch is out."""
    github, s = begun(stack, owner)
    try:
        s.task("full_profile_sync", "eve")
        until_it_is_asked_for(github, s)
        s.run("forget", "eve")
        github.go_on.set()
        s.wait_until(lambda: s.one("select count(*) from jobs where state in ('available', 'running', 'scheduled')") == 0, 60, "the end")
        assert s.rows("select full_name from repositories") == []
        assert s.rows("select github_id from repository_counts") == []
    finally:
        github.go_on.set()
        github.stop()


@side_by_side
@pytest.mark.parametrize("stored", ["nobody", "another", "a developer who is not known"])
def test_without_a_stored_owner_of_that_login_the_detail_names_the_owner(stored, stack):
    """As of a row that an import of an archive made."""
    github, s = begun(stack, None)
    try:
        s.task("full_profile_sync", "eve")
        until_it_is_asked_for(github, s)
        s.rows("insert into developers (github_id, login, first_seen_at) values (8, 'bob', now())")
        s.rows("update repositories set owner_github_id = %s where github_id = 70",
               {"nobody": None, "another": 8, "a developer who is not known": 9}[stored])
        github.go_on.set()
        s.wait_idle()
        assert s.rows("select description, owner_github_id, synced_at is not null from repositories where github_id = 70") == [("by REST", 7, True)]
        assert github.asked().count("/repositories/70") == 1
    finally:
        github.go_on.set()
        github.stop()


@side_by_side
@pytest.mark.parametrize("owner", UNTOLD.values(), ids=UNTOLD)
def test_a_stored_owner_of_that_login_costs_no_detail(owner, stack):
    github, s = begun(stack, owner)
    try:
        github.go_on.set()
        s.task("full_profile_sync", "eve")
        s.wait_idle()
        assert s.rows("select description, owner_github_id from repositories where github_id = 70") == [("by GraphQL", 7)]
        assert not {"/repositories/70", "/repos/eve/engine"} & set(github.asked())
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("table, odd", [("developers", 6), ("repositories", 70)])
def test_a_batch_that_cannot_be_saved_is_not_requested_again(table, odd, stack):
    """A value that only the database refuses. The details are requested instead, which are saved one by one."""
    github = World({"__typename": "User", "id": "U_7", "login": "eve", "databaseId": 7})
    github.go_on.set()
    column = "bio" if table == "developers" else "description"
    bob = profile(6, "bob", bio="by REST")
    github.answers.update({"/users/eve/followers?per_page=100": [user(6, "bob")], "/users/bob": bob, "/user/6": bob,
                           "/users/eve": profile(7, "eve", followers=1, public_repos=1)})
    github.nodes["U_6"] = {"__typename": "User", "id": "U_6", "databaseId": 6, "login": "bob", "bio": "by GraphQL"}
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
    try:
        s.rows(f"alter table {table} add check ({column} <> 'by GraphQL')")
        s.crawler()
        s.task("full_profile_sync", "eve")
        s.wait_idle()
        s.check_queue()
        assert s.rows(f"select {column}, synced_at is not null from {table} where github_id = %s", odd) == [("by REST", True)]
        node_id = "U_6" if table == "developers" else "R_70"
        assert len([1 for _, p, headers in github.seen if p == "/graphql" and node_id in headers["body"].decode()]) == 1
        assert s.rows("select kind, error from jobs where attempt > 0 or error is not null") == []
    finally:
        github.stop()


def three_people(github, **counts):
    people = user(1, "ada"), user(6, "bob"), user(7, "eve")
    for who in people:
        github.answers[f"/users/{who['login']}"] = github.answers[f"/user/{who['id']}"] = profile(who["id"], who["login"], **counts)
    return people


ODD_BY_REST = {"null": None, "of an odd id": {"id": "7", "login": "eve"}, "without an id": {"login": "eve"},
               "of a null id": {"id": None, "login": "eve"}, "of a large id": {"id": 10**19, "login": "eve"}, "a text": "eve"}


@side_by_side
@pytest.mark.parametrize("owner", ODD_BY_REST.values(), ids=ODD_BY_REST)
@pytest.mark.parametrize("where", ["list", "detail"])
def test_rest_does_not_store_a_forgotten_person_again(where, owner, stack):
    """A repository without an owner has one in its name. It is stored if that developer is known, or the repository was known by that name."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        _, bob, eve = three_people(github)
        nobodys = {**repository(72, user(9, "nobody"), "left"), "owner": None}
        known = [repository(71, bob, "of-bob"), nobodys]
        github.answers.update({f"/repositories/{r['id']}": r for r in known} | {f"/repos/{r['full_name']}": r for r in known})
        starred = "/users/ada/starred?per_page=100"
        github.answers[starred] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": r} for r in known]
        sync(s)
        s.task("full_profile_sync", "eve")
        s.wait_idle()
        s.run("forget", "eve")
        back = {**repository(70, eve, "engine"), "owner": owner}
        told = [{**r, "owner": None, "description": "told"} for r in known] + [back]
        github.answers.update({f"/repositories/{r['id']}": r for r in told} | {f"/repos/{r['full_name']}": r for r in told})
        if where == "list":
            github.answers[starred] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": r} for r in told]
            sync(s)
        else:
            for r in told:
                sync(s, "full_repository_sync", *r["full_name"].split("/"))
        assert s.rows("select github_id, owner_github_id, description from repositories order by 1") == [(71, 6, "told"), (72, None, "told")]
        assert s.rows("select repository_github_id from stars order by 1") == [(71,), (72,)]
        everything = str([s.rows(f"select * from {table}") for table in ("developers", "repositories", "repository_names", "hydration_queue",
                                                                        "remembered_pages", "kept_bodies", "changes")])
        assert not re.search(r"\beve\b", everything)
        before = len(github.seen)
        sync(s)
        assert not [p for p in github.asked()[before:] if "70" in p or "engine" in p]
    finally:
        github.stop()


@side_by_side
def test_a_known_repository_keeps_its_name_and_star_where_a_name_without_owner_may_be_a_forgotten_persons(stack):
    """eve got it from bob after she was forgotten, and the list does not tell whose it is."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        _, bob, eve = three_people(github)
        r, moved = repository(71, bob, "r"), {**repository(71, eve, "r"), "owner": None}
        starred = "/users/ada/starred?per_page=100"
        for told in (r, moved):
            github.answers[starred] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": told}]
            github.answers[f"/repos/{told['full_name']}"] = github.answers["/repositories/71"] = told
            sync(s)
            assert s.rows("select full_name from repositories") == [("bob/r",)] and s.rows("select repository_github_id from stars") == [(71,)]
            s.run("forget", "--id", "7")
        assert s.rows("select * from repository_names") == []
    finally:
        github.stop()


class WithEtags(FakeGitHub):
    """An unchanged answer is not sent again."""

    def answer(self, method, path, headers):
        status, more, body = super().answer(method, path, headers)
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if status != 200 or headers.get("If-None-Match") != etag:
            return status, {"ETag": etag, **more}, body
        return 304, {"ETag": etag}, b""


@side_by_side
@pytest.mark.parametrize("then", ["the owner is known", "the owner is not forgotten any more"])
@pytest.mark.parametrize("where", ["starred", "repos"])
def test_a_withheld_repository_is_stored_once_it_may_be(where, then, stack):
    """Although the page that has it is the same as before."""
    github = WithEtags()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        ada, bob, eve = three_people(github, public_repos=2)
        sync(s)
        s.run("forget", "--id", "7")
        told, odd = repository(71, ada, "told"), {**repository(70, bob if then == "the owner is known" else eve, "odd"), "owner": None}
        listed = [{"starred_at": "2020-01-01T00:00:00Z", "repo": r} if where == "starred" else r for r in (odd, told)]
        github.answers[f"/users/ada/{where}?per_page=100"] = listed
        for r in (told, odd):
            github.answers[f"/repositories/{r['id']}"] = github.answers[f"/repos/{r['full_name']}"] = r
        sync(s)
        remembered = "select ids from remembered_pages where list = %s and subject = 1"
        name = {"starred": "developer_starred", "repos": "developer_repositories"}[where]
        assert s.rows("select github_id from repositories") == [(71,)] and s.rows(remembered, name) == [([0, 71],)]
        if then == "the owner is known":
            sync(s, "full_profile_sync", "bob")
        else:
            s.run("forget", "--undo", "7")
        sync(s)
        assert s.rows("select github_id from repositories order by 1") == [(70,), (71,)] and s.rows(remembered, name) == [([70, 71],)]
        assert where == "repos" or s.rows("select repository_github_id from stars order by 1") == [(70,), (71,)]
        before = len(github.seen)
        sync(s)
        pages = [headers for _, path, headers in github.seen[before:] if path.startswith(f"/users/ada/{where}?")]
        assert pages and all("If-None-Match" in headers for headers in pages), "the page has its ETag again"
    finally:
        github.stop()
