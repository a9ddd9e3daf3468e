"""Who or what was gone and is there again has the edges it had, though every list answers as it did before (304)."""
import hashlib
import json

import pytest
from fake_github import FakeGitHub, profile, repository, user
from stack import sync


class Tagged(FakeGitHub):
    """With ETags, as GitHub makes them: of the bytes."""

    def answer(self, method, path, headers):
        status, more, body = super().answer(method, path, headers)
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if status == 200 and headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        return status, {"ETag": etag, **more} if status == 200 else more, body


def world():
    """ada and bob follow each other, and each starred the other's repository. Each list is one page."""
    github, made = Tagged(), {}
    for n, login, other in ((1, "ada", 2), (2, "bob", 1)):
        owner, friend = user(n, login), user(other, "bob" if other == 2 else "ada")
        detail = profile(n, login, followers=1, following=1, public_repos=1)
        own, liked = repository(n * 10, owner, "r", stargazers_count=1), repository(other * 10, friend, "r", stargazers_count=1)
        made[login] = {
            f"/users/{login}": detail, f"/user/{n}": detail, f"/repos/{login}/r": own, f"/repositories/{n * 10}": own,
            f"/users/{login}/followers?per_page=100": [friend], f"/users/{login}/following?per_page=100": [friend],
            f"/users/{login}/repos?per_page=100": [own],
            f"/users/{login}/starred?per_page=100": [{"starred_at": "2020-01-01T00:00:00Z", "repo": liked}]}
    for answers in made.values():
        github.answers.update(answers)
    return github, made


def edges(s):
    return s.rows("select 'follow', follower_github_id, followed_github_id from follows "
                  "union all select 'star', developer_github_id, repository_github_id from stars order by 1, 2, 3")


ALL = [("follow", 1, 2), ("follow", 2, 1), ("star", 1, 20), ("star", 2, 10)]


def sync_all(s):
    for login in ("ada", "bob"):
        sync(s, "full_profile_sync", login)


@pytest.fixture
def lives(stack):
    github, made = world()
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    yield github, made, s
    github.stop()


def test_a_restored_developer_has_their_edges_again(lives):
    github, made, s = lives
    sync_all(s)
    assert edges(s) == ALL
    for path in made["bob"]:
        del github.answers[path]
    sync(s, "full_profile_sync", "bob")
    assert edges(s) == []
    assert s.rows("select github_id from repositories where gone_at is null") == [(10,)]
    github.answers.update(made["bob"])
    sync(s, "full_profile_sync", "bob")
    assert s.rows("select login from developers where gone_at is not null") == []
    sync(s, "full_profile_sync", "ada")
    assert edges(s) == ALL
    assert s.one("select count(*) from repositories where gone_at is null") == 2
    assert s.rows("select starred_at is null from stars") == [(False,)] * 2
    assert s.one("select count(*) from follow_history") == 2 and s.one("select count(*) from star_history") == 2


@pytest.mark.parametrize("walked", [True, False], ids=["with the same counts", "never walked"])
def test_a_restored_developer_is_planned_again(lives, walked):
    github, made, s = lives
    sync_all(s)
    plan = "select reason, next_at <= now(), changes from frontier where github_id = 2"
    if not walked:
        s.rows("update frontier set counts = null, last_at = null, walks = 0 where github_id = 2")
    for path in made["bob"]:
        del github.answers[path]
    sync(s, "full_profile_sync", "bob")
    assert s.rows(plan) == [("gone", False, 0)]
    # Only the detail is there again: a walk of the lists would make a plan of its own.
    for path in ("/users/bob", "/user/2"):
        github.answers[path] = made["bob"][path]
    s.rows("insert into hydration_queue (kind, github_id, rest) values (1, 2, true)")
    sync(s, "full_profile_sync", "ada")
    s.wait_until(lambda: s.rows("select 1 from developers where github_id = 2 and gone_at is null"), 60, "bob's detail")
    assert s.rows(plan) == [("came back", True, 0)]


def test_edges_are_restored_by_the_other_sides_lists_alone(lives):
    """bob's lists are not read again, ada's are."""
    github, made, s = lives
    sync(s, "full_profile_sync", "ada")
    assert edges(s) == ALL[:3]
    for path in made["bob"]:
        del github.answers[path]
    sync(s, "full_profile_sync", "bob")
    github.answers.update(made["bob"])
    sync(s, "full_profile_sync", "ada")
    assert edges(s) == ALL[:3]
    assert s.rows("select login from developers where gone_at is not null") == []


def test_a_restored_repository_has_its_stars_again(lives):
    github, made, s = lives
    sync_all(s)
    for path in ("/repos/bob/r", "/repositories/20"):
        del github.answers[path]
    sync(s, "full_repository_sync", "bob", "r")
    assert edges(s) == [e for e in ALL if e != ("star", 1, 20)]
    assert s.rows("select github_id from repositories where gone_at is not null") == [(20,)]
    github.answers.update(made["bob"])
    sync(s, "full_profile_sync", "bob")  # bob's list names it
    assert s.rows("select github_id from repositories where gone_at is not null") == []
    sync(s, "full_profile_sync", "ada")
    assert edges(s) == ALL


def test_an_organisation_that_is_a_person_again_has_its_edges(lives):
    github, made, s = lives
    sync_all(s)
    turned = {**json.loads(json.dumps(made["bob"]["/users/bob"])), "type": "Organization", "following": 0}
    github.answers["/users/bob"] = github.answers["/user/2"] = turned
    for path in ("/users/bob/following?per_page=100", "/users/bob/starred?per_page=100"):
        github.answers[path] = []
    sync(s, "full_profile_sync", "bob")
    assert edges(s) == [("follow", 1, 2), ("star", 1, 20)]
    github.answers.update(made["bob"])
    for login in ("bob", "ada"):
        sync(s, "full_profile_sync", login)
    assert edges(s) == ALL


def test_an_organisation_seen_in_a_list_keeps_no_edges_of_a_person(lives):
    """ada's list has bob's new type before bob's detail does. The lists of a user are gone (404)."""
    github, made, s = lives
    sync_all(s)
    turned = {**made["bob"]["/users/bob"], "type": "Organization", "following": 0}
    own = {**made["bob"]["/repos/bob/r"], "owner": user(2, "bob", type="Organization")}
    github.answers["/users/bob"] = github.answers["/user/2"] = turned
    github.answers["/repos/bob/r"] = github.answers["/repositories/20"] = own
    github.answers["/users/ada/starred?per_page=100"] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": own}]
    for path in ("/users/bob/following?per_page=100", "/users/bob/starred?per_page=100"):
        del github.answers[path]
    sync(s, "full_profile_sync", "ada")
    assert s.one("select type from developers where login = 'bob'") == "Organization"
    assert edges(s) == [("follow", 1, 2), ("star", 1, 20)]
    assert s.one("select count(*) from follow_history") == 1 and s.one("select count(*) from star_history") == 1


@pytest.mark.parametrize("other, side", [("bob", "followers"), ("ada", "following")])
def test_an_edge_that_begins_again_is_seen_on_either_side(lives, other, side):
    """ada's follow of bob ends, which the list of one of them told. It begins again, and the other one's is as it was."""
    github, made, s = lives
    one = f"/users/{other}"
    sync_all(s)
    github.answers[f"{one}/{side}?per_page=100"] = []
    github.answers[one] = {**made[other][one], side: 0}
    sync(s, "full_profile_sync", other)
    assert edges(s) == [e for e in ALL if e != ("follow", 1, 2)]
    github.answers.update(made[other])
    sync(s, "full_profile_sync", "ada" if other == "bob" else "bob")
    assert edges(s) == ALL
    assert s.one("select count(*) from follow_history") == 1
