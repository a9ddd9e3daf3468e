"""An answer that was damaged on its way, or leads elsewhere, is asked for again: nothing of it is stored, and no other host sees the token."""
import gzip
import json

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, user

FOLLOWERS = "/users/ada/followers?per_page=100"
GZIP = {"Content-Encoding": "gzip"}
LIES = {"/users/ada": profile(1, "ada", followers=2, name="a lie"), FOLLOWERS: [user(66, "mallory")]}


def packed(path):
    return gzip.compress(json.dumps(LIES[path]).encode())


DAMAGED = {
    "gzip cut": lambda path: (200, GZIP, packed(path)[:-12]),
    "gzip of a wrong sum": lambda path: (200, GZIP, packed(path)[:-8] + b"\0" * 8),
    "gzip of a wrong byte": lambda path: (200, GZIP, packed(path)[:14] + b"\xff\xff" + packed(path)[16:]),
    "gzip that is none": lambda path: (200, GZIP, json.dumps(LIES[path]).encode()),
    "gzip twice": lambda path: (200, GZIP, gzip.compress(packed(path))),
    "gzip nobody names": lambda path: (200, {}, packed(path)),
    "gzip of nothing": lambda path: (200, GZIP, b""),
    "an unknown coding": lambda path: (200, {"Content-Encoding": "x-secret"}, json.dumps(LIES[path]).encode()),
    "nothing": lambda path: (200, {}, b""),
    "blanks": lambda path: (200, {}, b" \r\n "),
    "a byte order mark and a half": lambda path: (200, {}, b"\xef\xbb\xbf" + json.dumps(LIES[path]).encode()[:-3]),
    "two answers": lambda path: (200, {}, json.dumps(LIES[path]).encode() * 2),
    "a tail": lambda path: (200, {}, json.dumps(LIES[path]).encode() + b"<!-- proxy -->"),
    "null": lambda path: (200, {}, b"null"),
    "a text": lambda path: (200, {}, b'"ok"'),
    "202": lambda path: (202, {}, b""),
    "206": lambda path: (206, {"Content-Range": "bytes 0-9/99"}, json.dumps(LIES[path]).encode()),
    "html as JSON": lambda path: (200, {"Content-Type": "application/json"}, b"<html></html>"),
    "JSON as html": lambda path: (200, {"Content-Type": "text/html"}, json.dumps(LIES[path]).encode()),
    "no quotes": lambda path: (200, {}, b"{id: 1, login: ada}" if path == "/users/ada" else b"[{id: 66, login: mallory}]"),
    "too deep": lambda path: (200, {}, b"[" * 5000 + b"]" * 5000),
}


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers.update({"/users/ada": profile(1, "ada", followers=2, name="told"), FOLLOWERS: [user(5, "eve"), user(6, "bob")],
                         "/users/ada/starred?per_page=100": []})
    made.answers["/user/1"] = made.answers["/users/ada"]
    for n, login in ((5, "eve"), (6, "bob"), (66, "mallory")):
        made.answers[f"/users/{login}"] = made.answers[f"/user/{n}"] = profile(n, login)
    yield made
    made.stop()


def has_the_truth(s):
    assert s.rows("select name from developers where github_id = 1") == [("told",)]
    assert s.rows("select follower_github_id from follows order by 1") == [(5,), (6,)]
    assert s.rows("select * from follow_history") == [] and s.rows("select 1 from developers where github_id not in (1, 5, 6)") == []
    assert s.rows("select gone_at from developers where gone_at is not null") == []


def ends(s):
    s.rows("update jobs set run_at = now() where state = 'scheduled'")
    return s.open_jobs() == 0


def crawled(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: ends(s), 60, "an end")
    s.check_queue()
    has_the_truth(s)


def slow(value):
    return pytest.param(value, marks=pytest.mark.slow)


@side_by_side
@pytest.mark.parametrize("path", [slow("/users/ada"), FOLLOWERS])
@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_answer_is_requested_again(what, path, github, stack):
    github.answers[path] = Several(DAMAGED[what](path), DAMAGED[what](path), github.answers[path])
    crawled(github, stack)
    assert github.asked().count(path) == 3


@side_by_side
@pytest.mark.parametrize("path", LIES)
@pytest.mark.parametrize("status", [301, slow(302), slow(303), 307, slow(308)])
def test_no_request_goes_to_another_host(status, path, github, stack):
    """It listens, and would answer with a lie."""
    other = FakeGitHub()
    try:
        other.answers.update(LIES)
        github.answers[path] = Several((status, {"Location": f"{other.url}{path}"}, {"message": "Moved"}),
                                       (status, {"Location": f"//{other.url.split('//')[1]}{path}"}, {"message": "Moved"}), github.answers[path])
        crawled(github, stack)
        assert other.seen == []
    finally:
        other.stop()


@side_by_side
@pytest.mark.parametrize("path", LIES)
@pytest.mark.parametrize("to", ["itself", "another", "upward"])
def test_redirects_without_an_end_are_given_up(to, path, github, stack):
    sound = github.answers[path]
    github.answers[path] = (301, {"Location": {"itself": path, "another": "/circle", "upward": "/deeper/0"}[to]}, {"message": "Moved"})
    github.answers["/circle"] = (301, {"Location": path}, {"message": "Moved"})
    github.answers.update({f"/deeper/{n}": (301, {"Location": f"/deeper/{n + 1}"}, {"message": "Moved"}) for n in range(100)})
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: ends(s), 60, "an end")
    failed = s.rows("select kind from jobs where state = 'failed'")
    assert failed == [("full_profile_sync" if path == "/users/ada" else "developer_followers",)]
    assert len([p for p in github.asked() if p == path or "circle" in p or "deeper" in p]) <= 40
    github.answers[path] = sound
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: ends(s), 60, "an end")
    has_the_truth(s)


NUMBERS = {"2^53+1": 2**53 + 1, "2^31": 2**31, "2^32+7": 2**32 + 7, "a text": "9007199254740993", "18 digits": 999999999999999999}


@side_by_side
@pytest.mark.parametrize("what", NUMBERS)
def test_ids_keep_every_digit(what, github, stack):
    n = NUMBERS[what]
    github.answers[FOLLOWERS] = [user(n, "big"), user(5, "eve"), user(n, "big"), user(5, "eve")]
    github.answers["/users/big"] = github.answers[f"/user/{n}"] = profile(n, "big")
    github.answers["/users/ada"] = profile(1, "ada", followers=2, name="told")
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: ends(s), 60, "an end")
    s.check_queue()
    assert s.rows("select follower_github_id from follows order by 1") == [(5,), (int(n),)]
    assert s.rows("select github_id, synced_at is not null from developers where login = 'big'") == [(int(n), True)]


def test_of_a_key_given_twice_the_last_counts(github, s):
    """As with PostgreSQL, jansson and JavaScript: all readers here agree."""
    body = json.dumps(profile(1, "ada", followers=2, name="told"))
    github.answers["/users/ada"] = github.answers["/user/1"] = (200, {}, body.replace('{"id": 1', '{"id": 9, "name": "a lie", "id": 1', 1).encode())
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: ends(s), 60, "an end")
    s.check_queue()
    has_the_truth(s)
