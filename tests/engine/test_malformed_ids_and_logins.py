"""An id or a login of another form than GitHub's: read where it says exactly one number, and else no edge ends by it."""
import pytest
from fake_github import FakeGitHub, profile, repository, user
from stack import sync

AT = "2020-01-01T00:00:00Z"
BOB, EVE, DAN = user(7, "bob"), user(8, "eve"), user(9, "dan")


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers["/users/ada"] = made.answers["/user/1"] = profile(1, "ada", followers=2, following=2, public_repos=0)
    for p in (BOB, EVE, DAN):
        made.answers[f"/users/{p['login']}"] = made.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"], following=1, followers=1)
    for i, name in ((60, "r"), (61, "other")):
        made.answers[f"/repos/bob/{name}"] = made.answers[f"/repositories/{i}"] = repository(i, BOB, name)
    offer(made, BOB, repository(60, BOB, "r"))
    yield made
    made.stop()


def offer(github, bob, r, eve=EVE, other=None):
    """The lists: bob and eve follow ada and are followed, r and other are starred."""
    for name in ("followers", "following"):
        github.answers[f"/users/ada/{name}?per_page=100"] = [bob, eve]
    github.answers["/users/ada/starred?per_page=100"] = [
        {"starred_at": AT, "repo": r}, {"starred_at": AT, "repo": other or repository(61, BOB, "other")}]


def edges(s):
    return (s.rows("select follower_github_id, followed_github_id from follows order by 1, 2"),
            s.rows("select repository_github_id from stars order by 1"))


WHOLE = ([(1, 7), (1, 8), (7, 1), (8, 1)], [(60,), (61,)])
READABLE = {"fraction of nothing": float, "text": str}
UNREADABLE = {"null": None, "zero": 0, "negative": -7, "minus zero": -0.0, "2^62": 2**62, "2^63": 2**63, "2^64": 2**64, "huge": 10**30,
              "fraction": 7.5, "text of a fraction": "7.5", "text of 19 digits": "4000000000000000000", "word": "seven", "empty": "", "true": True, "list": [7], "object": {"id": 7},
              "infinite": 1e308}


@pytest.mark.parametrize("form", READABLE)
def test_an_id_that_says_one_number_is_that_number(form, github, s):
    sync(s)
    read = READABLE[form]
    offer(github, {**BOB, "id": read(7)}, {**repository(60, BOB, "r"), "id": read(60)})
    sync(s)
    assert edges(s) == WHOLE and s.rows("select * from follow_history") == s.rows("select * from star_history") == []
    assert s.rows("select note from jobs where note is not null") == []
    offer(github, {**DAN, "id": read(9)}, {**repository(61, BOB, "other"), "id": read(61)})  # and one that is not there has ended
    sync(s)
    assert edges(s) == ([(1, 8), (1, 9), (8, 1), (9, 1)], [(61,)])


@pytest.mark.parametrize("form", UNREADABLE)
def test_an_id_that_cannot_be_read_ends_nothing(form, github, s):
    """Not at the next sync, either, nor at the one behind that; and what was added beside it is stored."""
    sync(s)
    odd = UNREADABLE[form]
    offer(github, {**BOB, "id": odd}, {**repository(60, BOB, "r"), "id": odd}, eve=EVE)
    for name in ("followers", "following"):
        github.answers[f"/users/ada/{name}?per_page=100"].append(DAN)
    for _ in range(3):
        sync(s)
        assert s.rows("select * from follow_history") == s.rows("select * from star_history") == []
        assert edges(s) == ([(1, 7), (1, 8), (1, 9), (7, 1), (8, 1), (9, 1)], WHOLE[1])
        assert {note[:12] for note, in s.rows("select note from jobs where note is not null")} == {"unreadable: "}
    offer(github, EVE, repository(61, BOB, "other"), eve=DAN)  # once all can be read again, what is gone ends
    sync(s)
    assert edges(s) == ([(1, 8), (1, 9), (8, 1), (9, 1)], [(61,)])


@pytest.mark.parametrize("item", [None, 5, "x", [], {}, {"login": "bob"}], ids=str)
def test_an_item_without_an_id_ends_nothing(item, github, s):
    sync(s)
    for name in ("followers", "following"):
        github.answers[f"/users/ada/{name}?per_page=100"] = [item, EVE]
    github.answers["/users/ada/starred?per_page=100"] = [{"starred_at": AT, "repo": item}, {"starred_at": AT, "repo": repository(61, BOB, "other")}]
    for _ in range(2):
        sync(s)
        assert edges(s) == WHOLE and s.rows("select * from follow_history") == s.rows("select * from star_history") == []


def test_an_item_that_cannot_be_read_counts_for_its_pass_only_on_its_list(github, s):
    """Page 1 has it; what page 2 lacks stays as well, and another list of the task ends what it lacks."""
    first = "/users/ada/followers?per_page=100"
    people = [user(100 + i, f"f-{i}") for i in range(100)]
    for p in people:
        github.answers[f"/users/{p['login']}"] = profile(p["id"], p["login"], following=1)
    github.answers[first] = (200, {"Link": f'<{github.url}{first}&page=2>; rel="next"'}, people)
    github.answers[first + "&page=2"] = [BOB, EVE]
    sync(s)
    github.answers[first] = (200, {"Link": f'<{github.url}{first}&page=2>; rel="next"'}, [{**people[0], "id": -1}, *people[1:]])
    github.answers[first + "&page=2"] = [BOB]
    github.answers["/users/ada/following?per_page=100"] = [EVE]
    sync(s)
    assert s.one("select count(*) from follows where followed_github_id = 1") == 102
    assert s.rows("select followed_github_id from follows where follower_github_id = 1") == [(8,)]


ODD_LOGINS = {"number": 5, "fraction": 5.5, "true": True, "list": ["bob"], "object": {"login": "bob"}, "slash": "a/b", "long": "b" * 300, "101": "b" * 101,
              "space": "bob smith", "line": "bob\nsmith", "nul": "bob\0", "escape": "\x1b[31mbob", "markup": "<b>bob</b>", "accent": "bób", "dots": "..",
              "quote": "bob\"", "query": "bob?x=1", "percent": "bob%2f", "backslash": "bob\\"}


@pytest.mark.parametrize("form", ODD_LOGINS)
def test_a_malformed_login_is_not_stored(form, github, s):
    """Who is known keeps name and edge; who is new is left out, and their neighbours are stored."""
    sync(s)
    odd = ODD_LOGINS[form]
    offer(github, {**BOB, "login": odd}, {**repository(60, {**BOB, "login": odd}, "r"), "full_name": "bob/r"}, eve={**user(10, "new"), "login": odd})
    for name in ("followers", "following"):
        github.answers[f"/users/ada/{name}?per_page=100"] += [EVE, DAN]
    sync(s)
    assert edges(s) == ([(1, 7), (1, 8), (1, 9), (7, 1), (8, 1), (9, 1)], WHOLE[1])
    assert s.rows("select login from developers order by 1") == [("ada",), ("bob",), ("dan",), ("eve",)]
    assert s.rows("select * from developer_logins") == s.rows("select * from follow_history") == []
    assert s.rows("select count(*) from repositories where owner_github_id = 7") == [(2,)]


@pytest.mark.parametrize("form", ODD_LOGINS)
def test_a_malformed_full_name_is_not_stored(form, github, s):
    odd = ODD_LOGINS[form] if form != "slash" else "a/b/c"
    sync(s)
    offer(github, BOB, {**repository(60, BOB, "r"), "full_name": odd}, other={**repository(62, BOB, "new"), "full_name": odd})
    github.answers["/users/ada/starred?per_page=100"].append({"starred_at": AT, "repo": repository(61, BOB, "other")})
    sync(s)
    assert edges(s) == WHOLE and s.rows("select full_name from repositories order by 1") == [("bob/other",), ("bob/r",)]


@pytest.mark.parametrize("login", [5, "a/b", "b" * 300, "bob\x07"], ids=["number", "slash", "long", "bell"])
def test_a_detail_with_a_malformed_login_is_not_stored(login, github, stack):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    github.answers["/users/bob"] = github.answers["/user/7"] = {**profile(7, "bob", followers=1), "login": login}
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.rows("select login from developers where synced_at is not null order by 1") == [("ada",), ("eve",)], 30, "the others")
    s.wait_until(lambda: s.rows("select 1 from jobs where attempt > 0 or error is not null"), 30, "a job that tells")
    assert s.rows("select login, synced_at from developers where github_id = 7") == [("bob", None)]
