"""An invalid item, in any of its parts, affects only itself: not its page, and not values from other answers."""
import datetime
import json

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user
from stack import sync

STARRED_AT = "2020-01-01T00:00:00Z"
BOB = user(7, "bob")  # met on the odd page for the first time


def starred(repo, at=STARRED_AT):
    return {"starred_at": at, "repo": repo}


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers["/users/ada"] = made.answers["/user/1"] = profile(1, "ada", followers=3, public_repos=3)
    for path in ("followers", "starred", "repos"):
        made.answers[f"/users/ada/{path}?per_page=100"] = []
    for p in (BOB, user(8, "eve"), user(9, "dan")):
        made.answers[f"/users/{p['login']}"] = made.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"])
    yield made
    made.stop()


def offer(github, *repositories):
    for r in repositories:
        github.answers[f"/repos/{r['full_name']}"] = github.answers[f"/repositories/{r['id']}"] = r


DEEP = json.loads("[" * 100 + "]" * 100)

ODD = {
    "owner null": {"owner": None},
    "owner text": {"owner": "ghost"},
    "owner number": {"owner": 7},
    "owner list": {"owner": [BOB]},
    "owner true": {"owner": True},
    "owner empty": {"owner": {}},
    "owner of an odd id": {"owner": {"id": "abc", "login": "x"}},
    "owner of a fraction": {"owner": {"id": 1.5, "login": "x"}},
    "owner of a huge id": {"owner": {"id": 2**63, "login": "x"}},
    "owner of an id beyond uuids": {"owner": {"id": 2**62, "login": "x"}},
    "owner of a negative id": {"owner": {"id": -7, "login": "x"}},
    "owner without a login": {"owner": {"id": 77}},
    "owner of an empty login": {"owner": {"id": 77, "login": ""}},
    "license text": {"license": "MIT"},
    "license list": {"license": ["MIT"]},
    "parent text": {"parent": "bob/r"},
    "parent of an odd id": {"parent": {"id": "abc"}},
    "source list": {"source": [1]},
    "template null": {"template_repository": None},
    "organization text": {"organization": "acme"},
    "subscribers text": {"subscribers_count": "all"},
    "topics text": {"topics": "c"},
    "topics of odd items": {"topics": [None, 1, {"a": []}, "c"]},
    "owner of deep values": {"owner": {**BOB, "plan": DEEP}},
    "topics deep": {"topics": DEEP},
    "unknown key of deep values": {"custom_properties": {"a": DEEP}},
    "our own key": {"_weak": []},
    "owner with our own key": {"owner": {**BOB, "_weak": {}}},
    "permissions list": {"permissions": [None]},
    "name number": {"name": 5},
    "name object": {"name": {"login": {}}},
    "count text": {"open_issues_count": "many"},
    "count huge": {"stargazers_count": 10**30},
    "flag text": {"archived": "perhaps"},
    "time text": {"pushed_at": "long ago"},
    "time of no end": {"pushed_at": "infinity"},
    "time number": {"created_at": 1577836800},
}

OWNED_BY_BOB = ("owner of deep values", "owner with our own key")


@pytest.mark.parametrize("what", ODD)
def test_a_repository_with_a_malformed_field_is_stored_with_its_page(what, github, s):
    """It is kept itself, and so are its star, its neighbours and the page that follows. Its detail is as odd."""
    odd = {**repository(61, user(1, "ada"), "odd"), "full_name": "x/odd", **ODD[what]}
    fine, last = repository(60, BOB, "fine"), repository(62, user(8, "eve"), "last")
    offer(github, odd, fine, last)
    more = "/user/1/starred?per_page=100&page=2"
    github.answers["/users/ada/starred?per_page=100"] = (200, {"Link": f'<{github.url}{more}>; rel="next"'},
                                                         [starred(odd), starred(fine)])
    github.answers[more] = [starred(last)]
    sync(s)
    assert s.rows("select repository_github_id, starred_at is not null from stars order by 1") == [(i, True) for i in (60, 61, 62)]
    owners = dict(s.rows("select github_id, owner_github_id from repositories"))
    assert owners == {60: 7, 61: 7 if what in OWNED_BY_BOB else None if "owner" in what else 1, 62: 8}
    assert s.one("select count(*) from repositories where synced_at is not null and data_source is not null") == 3
    assert {7, 8} <= {i for i, in s.rows("select github_id from developers where synced_at is not null")}


@pytest.mark.parametrize("item", [
    None, 5, "x", True, [], {}, {"starred_at": STARRED_AT, "repo": None}, {"starred_at": STARRED_AT, "repo": "x"},
    {"starred_at": STARRED_AT}, starred({"id": None, "name": "x", "full_name": "y/x", "owner": None}),
    starred({"id": -3, "name": "x", "full_name": "y/x"}), starred({"id": 2**62, "name": "x", "full_name": "y/x"}),
    starred({"id": 10**25, "name": "x", "full_name": "y/x"}), starred({"id": 3, "name": None, "full_name": "y/x"}),
    starred({"id": 3, "name": "x"}),
], ids=str)
def test_an_item_that_is_not_a_repository_does_not_fail_its_page(item, github, s):
    fine = repository(60, BOB, "fine")
    offer(github, fine)
    github.answers["/users/ada/starred?per_page=100"] = [item, starred(fine), starred(fine)]
    github.answers["/users/ada/repos?per_page=100"] = [item, fine]
    sync(s)
    assert s.rows("select repository_github_id from stars") == [(60,)]
    assert s.rows("select github_id from repositories") == [(60,)]


@pytest.mark.parametrize("at", [None, "yesterday", "long ago", "infinity", 5, [], "2020-02-30T00:00:00Z"], ids=str)
def test_a_star_with_a_malformed_time_is_stored_without_one(at, github, s):
    odd, fine = repository(61, BOB, "odd"), repository(60, BOB, "fine")
    offer(github, odd, fine)
    github.answers["/users/ada/starred?per_page=100"] = [starred(odd, at), starred(fine)]
    sync(s)
    assert s.rows("select repository_github_id, starred_at is null from stars order by 1") == [(60, False), (61, True)]


@pytest.mark.parametrize("item", [
    None, 5, "x", [], {}, {"id": "abc", "login": "x"}, {"id": 5}, {"id": -5, "login": "x"}, {"id": 2**62, "login": "x"},
    {"id": 10**25, "login": "x"}, {"id": 5, "login": None}, {"id": 1.5, "login": "x"},
], ids=str)
def test_an_item_that_is_not_a_user_does_not_fail_its_page(item, github, s):
    github.answers["/users/ada/followers?per_page=100"] = [item, BOB, BOB, user(8, "eve")]
    sync(s)
    assert s.rows("select follower_github_id from follows order by 1") == [(7,), (8,)]


def test_a_page_with_characters_that_json_forbids_is_stored(github, s):
    """Raw in a text, as of a proxy or a broken encoder: the page is read, the character is replaced."""
    people = [user(7, "bob", avatar_url="https://avatars.example/SOH"), user(8, "eve", avatar_url="https://avatars.example/TAB")]
    body = json.dumps(people).encode().replace(b"SOH", b"\x01").replace(b"TAB", b"a\tb\n")
    github.answers["/users/ada/followers?per_page=100"] = (200, {}, body)
    github.answers["/users/bob"] = github.answers["/user/7"] = (200, {}, json.dumps(profile(7, "bob", name="SOH")).encode().replace(b"SOH", b"\x1b[2J"))
    sync(s)
    assert s.rows("select follower_github_id from follows order by 1") == [(7,), (8,)]
    assert s.one("select name from developers where github_id = 7") == "\ufffd[2J"


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
def test_an_answer_with_invalid_utf8_is_stored(name, github, s):
    github.answers["/users/ada"] = (200, {name: '"\xe9"'}, profile(1, "ada", followers=1))  # sent as Latin-1
    github.answers["/users/ada/followers?per_page=100"] = (200, {name: '"\xff\xfe"'}, [user(7, "bob")])
    sync(s)
    assert s.rows("select follower_github_id from follows") == [(7,)]
    assert s.rows("select login from developers where synced_at is not null order by 1") == [("ada",), ("bob",)]


@pytest.mark.parametrize("part", [{"type": 5}, {"site_admin": "perhaps"}, {"node_id": {}}, {"avatar_url": []}, {"plan": {"a": DEEP}}, {"name": DEEP}],
                         ids=lambda part: str(part)[:40])
def test_a_user_with_a_malformed_field_is_stored(part, github, s):
    github.answers["/users/ada/followers?per_page=100"] = [{**BOB, **part}, user(8, "eve")]
    sync(s)
    assert s.rows("select follower_github_id from follows order by 1") == [(7,), (8,)]


@pytest.mark.parametrize("odd", [
    {"starred_at": STARRED_AT, "user": None}, {"starred_at": STARRED_AT, "user": "x"}, {"starred_at": "never", "user": user(8, "eve")},
    {"starred_at": STARRED_AT, "user": {"id": "abc", "login": "x"}}, {"starred_at": STARRED_AT, "user": {}}, None, 5, [],
    {"starred_at": STARRED_AT, "user": user(9, "dan")},
], ids=str)
def test_stargazers_beside_a_malformed_one_keep_their_times(odd, github, s):
    r = repository(60, user(1, "ada"), "r", stargazers_count=2)
    offer(github, r)
    dan = {"starred_at": STARRED_AT, "user": user(9, "dan")}
    github.answers["/repos/ada/r/stargazers?per_page=100"] = [odd, dan, {"starred_at": "2021-01-01T00:00:00Z", "user": BOB}]
    s.task("full_repository_sync", "ada", "r")
    s.wait_idle()
    s.check_queue()
    stars = dict(s.rows("select developer_github_id, to_char(starred_at at time zone 'utc', 'YYYY') from stars"))
    assert {7: "2021", 9: "2020"}.items() <= stars.items()
    assert set(stars) <= {7, 8, 9} and (stars.get(8) is None)


def test_fields_that_a_malformed_page_lacks_are_unchanged(github, s):
    """Fork 10 has a parent by its detail; so have its counts."""
    ada, fork = user(1, "ada"), repository(10, user(1, "ada"), "fork", fork=True, open_issues_count=3)
    parent = repository(99, BOB, "parent")
    detail = {**fork, "parent": parent, "source": parent, "subscribers_count": 4}
    other = repository(11, ada, "other", open_issues_count=5, license={"spdx_id": "MIT"})
    github.answers["/repos/ada/fork"] = github.answers["/repositories/10"] = detail
    offer(github, other)
    page = "/users/ada/repos?per_page=100"
    github.answers[page] = [fork, other]
    sync(s)
    assert s.one("select parent_github_id from repositories where github_id = 10") == 99
    github.answers[page] = [{**fork, "description": "new"}, {**other, "open_issues_count": "many", "license": "none", "owner": "x"}]
    sync(s)
    assert s.rows("select parent_github_id, subscribers_count, description, data_source ? 'parent' from repositories where github_id = 10"
                  ) == [(99, 4, "new", True)]
    assert s.rows("select open_issues_count, license, owner_github_id, data_source ? 'parent' from repositories where github_id = 11"
                  ) == [(5, "MIT", 1, False)]


@pytest.mark.parametrize("where", ["starred", "repos"])
def test_a_record_without_a_stored_answer_is_updated_by_its_list(where, github, s):
    """As an import leaves it: columns, and no data_source."""
    r = repository(60, user(1, "ada"), "new", description="told", stargazers_count=4)
    s.rows("insert into repositories (github_id, name, full_name, description, size_kb, first_seen_at, synced_at, updated_at)"
           " values (60, 'old', 'ada/old', 'before', 77, now(), now(), %s)", r["updated_at"])
    github.answers[f"/users/ada/{where}?per_page=100"] = [starred(r) if where == "starred" else r]
    sync(s)
    assert s.rows("select name, full_name, description, owner_github_id, stargazers_count, data_source ->> 'full_name'"
                  " from repositories") == [("new", "ada/new", "told", 1, 4, "ada/new")]
    assert s.rows("select full_name from repository_names") == [("ada/old",)]


TIMES = {"2020-02-29T10:00:00Z": "2020-02-29 10:00:00", "2020-02-29T10:00:00.123Z": "2020-02-29 10:00:00.123000",
         "2020-02-29T10:00:00+02:00": "2020-02-29 08:00:00", "2020-02-29T10:00:00.5-0530": "2020-02-29 15:30:00.500000",
         "2020-12-31T23:59:59.999999Z": "2020-12-31 23:59:59.999999"}


def moment(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "beside-an-odd-item"])
@pytest.mark.parametrize("at", TIMES)
def test_times_of_every_form_are_stored(at, odd, github, s):
    """Of lists, details and stars; also where the page has to be read item by item."""
    more = {"size": "big"} if odd else {}
    r = repository(60, BOB, "r", created_at=at, pushed_at=at, **more)
    offer(github, r)
    github.answers["/users/bob"] = github.answers["/user/7"] = profile(7, "bob", created_at=at, **({"followers": "many"} if odd else {}))
    github.answers["/users/ada/starred?per_page=100"] = [starred(r, at)]
    sync(s)
    want = moment(TIMES[at])
    assert s.rows("select created_at, pushed_at from repositories") == [(want, want)]
    assert s.one("select created_at from developers where github_id = 7") == want
    star = s.one("select starred_at from stars")
    assert star == want.replace(microsecond=want.microsecond // 1000 * 1000)  # a star's is kept to the millisecond


MISREAD = {  # what PostgreSQL would take for a value: (in a repository, in a user)
    "times": ({"created_at": "yesterday", "pushed_at": "now", "updated_at": "epoch"}, {"created_at": "today", "updated_at": "tomorrow"}),
    "times of no end": ({"created_at": "-infinity", "pushed_at": "infinity"}, {"created_at": "infinity"}),
    "time alone": ({"pushed_at": "allballs"}, {"updated_at": "now"}),
    "objects": ({"description": {"a": 1}, "homepage": {}}, {"bio": {}, "company": {"name": "x"}}),
    "lists": ({"language": ["C"], "default_branch": []}, {"location": ["here"], "blog": []}),
    "one object": ({"description": {}}, {"company": {}}),
}


@side_by_side
@pytest.mark.parametrize("way", ["list", "detail"])
@pytest.mark.parametrize("what", MISREAD)
def test_values_that_only_postgresql_accepts_are_ignored(what, way, github, s):
    of_repository, of_user = MISREAD[what]
    r, odd = repository(60, BOB, "r"), {**repository(60, BOB, "r"), **of_repository}
    offer(github, odd if way == "detail" else r)
    github.answers["/users/ada/starred?per_page=100"] = [starred(odd if way == "list" else r), starred(repository(62, BOB, "last"))]
    offer(github, repository(62, BOB, "last"))
    github.answers["/users/bob"] = github.answers["/user/7"] = {**profile(7, "bob", name="told"), **of_user}
    sync(s)
    columns = {"created_at": "2011", "updated_at": "2020", "pushed_at": "2020"}
    (times,), = s.rows("select jsonb_build_object('created_at', created_at, 'updated_at', updated_at, 'pushed_at', pushed_at) "
                       "from repositories where github_id = 60")
    for key, year in columns.items():  # what the other of the two told, or nothing
        assert (times[key] or year)[:4] == year, key
    (told,), = s.rows("select to_jsonb(r) from repositories r where github_id = 60")
    for key in ("description", "homepage", "language"):
        assert told[key] is None, key
    assert told["default_branch"] in ("main", None)
    (bob,), = s.rows("select to_jsonb(d) from developers d where github_id = 7")
    assert bob["name"] == "told" and bob["synced_at"]
    for key, value in of_user.items():
        assert bob[key] is None, key


NAMELESS = [{"login": None}, {"login": ""}, "login", {"name": None}, {"full_name": None}, {"full_name": ""}, {"name": ""}, "name"]


@pytest.mark.parametrize("odd", NAMELESS, ids=str)
@pytest.mark.parametrize("beside", [{}, {"site_admin": "often", "size": "big"}], ids=["plain", "beside-an-odd-item"])
def test_a_known_developer_keeps_name_and_edge_if_a_list_omits_the_name(odd, beside, github, s):
    people, r, other = [user(7, "bob"), user(8, "eve")], repository(60, BOB, "r"), repository(61, BOB, "other")
    for p in people:
        github.answers[f"/users/{p['login']}"] = github.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"], following=1)
    offer(github, r, other)
    github.answers["/users/ada"] = profile(1, "ada", followers=2)
    github.answers["/users/ada/followers?per_page=100"] = people
    github.answers["/users/ada/starred?per_page=100"] = [starred(r), starred(other)]
    sync(s)

    def without(record):
        return {k: v for k, v in record.items() if k != odd} if isinstance(odd, str) else {**record, **odd}
    github.answers["/users/ada/followers?per_page=100"] = [without(people[0]), {**people[1], **beside}, without(user(9, "new"))]
    github.answers["/users/ada/starred?per_page=100"] = [starred(without({**r, "description": "again"})), starred({**other, **beside})]
    sync(s)
    assert set(s.rows("select follower_github_id from follows")) >= {(7,), (8,)} and s.rows("select * from follow_history") == []
    assert s.rows("select repository_github_id from stars order by 1") == [(60,), (61,)] and s.rows("select * from star_history") == []
    assert s.rows("select full_name, name from repositories where github_id = 60") == [("bob/r", "r")]
    assert s.rows("select login from developers where github_id = 7") == [("bob",)]
