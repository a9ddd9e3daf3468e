"""Answers no GitHub should give: the crawler outlives them, stores what is sound, and every job ends."""
import json

import pytest
from fake_github import FakeGitHub, Several, profile, repository, user
from truth import Report, invariants

FOLLOWERS = "/users/seed/followers?per_page=100"
STARRED = "/users/seed/starred?per_page=100"
REPOS = "/users/seed/repos?per_page=100"
SOUND = user(6, "sound")


@pytest.fixture
def hostile(lab):
    """A stack on a fake GitHub where `seed` (1) is valid, and a second server that must get no request."""
    github, elsewhere = FakeGitHub(), FakeGitHub()
    github.answers.update({
        "/users/seed": profile(1, "seed", followers=2, public_repos=2), "/user/1": profile(1, "seed"),
        FOLLOWERS: [SOUND], STARRED: [], REPOS: [], "/users/sound": profile(6, "sound"), "/user/6": profile(6, "sound"),
    })
    s = lab.stack(github.url, GITHUB_TOKEN="secret-token")
    s.github, s.elsewhere = github, elsewhere
    s.crawler()
    yield s
    github.stop()
    elsewhere.stop()


def crawl(s, seconds=60):
    """A sync to its end. Back-offs are cut short: ten tries would take a quarter of an hour."""
    s.task("full_profile_sync", "seed")

    def over():
        if s.rows("update jobs set state = 'available' where state = 'scheduled' returning id"):
            s.rows("select pg_notify('gitomatic_jobs', '')")
        return not s.open_jobs()
    s.wait_until(over, seconds, "the end of all jobs")
    assert all(p.running for p in s.processes), f"the crawler died\n{s.logs()}"
    assert s.rows("select * from hydration_queue") == []
    assert s.elsewhere.seen == [], "another host was asked"
    report = Report()
    invariants(s, report)
    report.check()


def failed(s):
    return s.rows("select kind, error from jobs where state = 'failed' order by kind")


def followers(s):
    return sorted(i for (i,) in s.rows("select follower_github_id from follows where followed_github_id = 1"))


def test_bad_ids_in_list(hostile):
    bad = ["abc", "", -7, 0, 1.5, 2 ** 70, -2 ** 70, None, [], {}, True]
    hostile.github.answers[FOLLOWERS] = [*(user(i, f"bad-{n}") for n, i in enumerate(bad)), SOUND, {"login": "no-id"}]
    crawl(hostile)
    assert failed(hostile) == []
    assert followers(hostile) == [6]
    assert hostile.rows("select github_id from developers order by 1") == [(1,), (6,)]


def test_numbers_no_machine_holds(hostile):
    for number in (b"1e400", b"-1e400", b"1" * 400, b"0." + b"1" * 400, b"12345678901234567890"):
        hostile.github.answers[FOLLOWERS] = b'[{"id": ' + number + b', "login": "x"}, {"id": 6, "login": "sound"}]'
        hostile.github.answers["/users/sound"] = json.dumps(
            profile(6, "sound", name='a "1e400" b', followers="N")).encode().replace(b'"N"', number)
        hostile.rows("truncate developers, follows, frontier, remembered_pages, jobs")
        crawl(hostile)
        assert failed(hostile) == [], number
        assert followers(hostile) == [6]
        assert hostile.rows("select name from developers where github_id = 6") == [('a "1e400" b',)]


def test_numeric_string_id(hostile):
    """May be read as the number it spells or left out, but breaks nothing."""
    hostile.github.answers[FOLLOWERS] = [user("5", "five"), SOUND]
    crawl(hostile)
    assert failed(hostile) == []
    assert followers(hostile) in ([6], [5, 6])


@pytest.mark.parametrize("page", [[None, SOUND, 5, "x", [], [SOUND], True], [SOUND, SOUND], [{}, SOUND, {"id": 9}]])
def test_list_with_other_things(page, hostile):
    hostile.github.answers[FOLLOWERS] = page
    hostile.github.answers[STARRED] = [None, {"starred_at": None, "repo": None}, {"repo": {"id": 3}}, 5]
    hostile.github.answers[REPOS] = [None, {}, "x", repository(77, user(1, "seed"), "mine"), {"id": 78, "owner": 5}]
    hostile.github.answers["/repos/seed/mine"] = repository(77, user(1, "seed"), "mine")
    crawl(hostile)
    assert failed(hostile) == []
    assert followers(hostile) == [6]
    assert hostile.rows("select github_id from repositories where gone_at is null") == [(77,)]


def test_strange_logins(hostile):
    strange = ["../../etc/passwd", "a/b", "a\r\nHost: x", "a?b#c", "é", "%2e%2e", "", " ", ".", "..", "/", "a/../b"]
    hostile.github.answers[FOLLOWERS] = [*(user(90 + n, login) for n, login in enumerate(strange)), SOUND]
    crawl(hostile)
    assert failed(hostile) == []
    assert 6 in followers(hostile)
    for path in hostile.github.asked():
        parts = path.split("?")[0].split("/")
        assert parts[1] in ("user", "users", "graphql") and ".." not in parts and len(parts) <= 4, path


BIO = {
    "nul": '"before\\u0000after"',
    "lone high surrogate": '"before\\ud83dafter"',
    "lone low surrogate": '"before\\udc0dafter"',
    "surrogates the wrong way round": '"\\udc0d\\ud83d"',
    "escaped backslash before u0000": '"before\\\\u0000after"',
    "invalid UTF-8": b'"before\xff\xfeafter"',
    "controls": '"\\u0001\\u001f\\u007f"',
}


def test_texts_postgres_cannot_hold(hostile):
    g = hostile.github
    g.answers[FOLLOWERS] = [user(100 + n, f"bio-{n}") for n in range(len(BIO))]
    for n, text in enumerate(BIO.values()):
        body = json.dumps(profile(100 + n, f"bio-{n}", name="Sound", bio="BIO")).encode()
        g.answers[f"/users/bio-{n}"] = body.replace(b'"BIO"', text if isinstance(text, bytes) else text.encode())
    crawl(hostile)
    assert failed(hostile) == []
    rows = hostile.rows("select name, bio, synced_at is not null from developers where login like 'bio-%%' "
                        "order by github_id")
    assert [(name, synced) for name, _, synced in rows] == [("Sound", True)] * len(BIO)
    for what, (_, bio, _) in zip(BIO, rows):
        assert bio is not None, what
        if what.startswith(("nul", "lone")):
            assert bio.startswith("before") and bio.endswith("after"), what
        if what.startswith("escaped"):
            assert bio == "before\\u0000after"


WRONG = [
    ("followers", "many"), ("followers", -1), ("followers", 2 ** 80), ("followers", 1.5), ("followers", []),
    ("followers", {"a": 1}), ("created_at", "nonsense"), ("created_at", 0), ("created_at", "infinity"),
    ("created_at", "0000-00-00T00:00:00Z"), ("created_at", "99999-01-01T00:00:00Z"), ("name", 5), ("name", ["a"]),
    ("hireable", "perhaps"), ("site_admin", 7), ("type", None), ("type", {}), ("bio", {"deep": [1]})]


def test_wrong_types_in_details(hostile):
    g = hostile.github
    g.answers[FOLLOWERS] = [user(100 + n, f"wrong-{n}") for n in range(len(WRONG))]
    for n, (field, value) in enumerate(WRONG):
        g.answers[f"/users/wrong-{n}"] = profile(100 + n, f"wrong-{n}", **{"location": "Here", field: value})
    crawl(hostile)
    assert failed(hostile) == []
    rows = hostile.rows("select location, synced_at is not null, created_at is null or isfinite(created_at) "
                        "from developers where login like 'wrong-%%' order by github_id")
    assert {case: row for case, row in zip(map(str, WRONG), rows) if row != ("Here", True, True)} == {}
    assert len(rows) == len(WRONG)


@pytest.mark.parametrize("what", ["name of a developer", "login", "name of a repository", "bio in a list"])
def test_ten_megabytes(what, hostile):
    big = "x" * 10_000_000
    if what == "name of a developer":
        hostile.github.answers["/users/sound"] = profile(6, "sound", name=big)
    elif what == "login":
        hostile.github.answers[FOLLOWERS] = [user(9, big), SOUND]
    elif what == "name of a repository":
        hostile.github.answers[REPOS] = [repository(77, user(1, "seed"), big), repository(78, user(1, "seed"), "mine")]
        hostile.github.answers["/repos/seed/mine"] = repository(78, user(1, "seed"), "mine")
    else:
        hostile.github.answers[FOLLOWERS] = [user(6, "sound", bio=big)]
    crawl(hostile)
    assert failed(hostile) == []
    assert 6 in followers(hostile)
    if what == "name of a repository":
        assert (78,) in hostile.rows("select github_id from repositories")


def test_body_without_end(hostile):
    """Above what any page of GitHub can be: refused, tried again, given up; the rest is done."""
    hostile.github.answers[FOLLOWERS] = json.dumps([user(6, "sound", bio="x" * 60_000_000)]).encode()
    crawl(hostile, 120)
    assert [kind for kind, _ in failed(hostile)] == ["developer_followers"]


def test_deep_nesting(hostile):
    hostile.github.answers[FOLLOWERS] = b"[" * 100_000 + b"]" * 100_000
    hostile.github.answers["/users/sound"] = profile(6, "sound")
    crawl(hostile)
    assert {kind for kind, _ in failed(hostile)} <= {"developer_followers"}


def full_page(first):
    return [user(i, f"follower-{i}") for i in range(first, first + 100)]


def test_link_to_another_host(hostile):
    s, g = hostile, hostile.github
    g.answers[FOLLOWERS] = (200, {"Link": f'<{s.elsewhere.url}/users/seed/followers?page=2>; rel="next"'}, [SOUND])
    crawl(s)
    assert followers(s) == [6]


def test_link_to_another_host_closes_nothing(hostile):
    """What would stand on a page that can't be read has not ended."""
    s, g = hostile, hostile.github
    second = "/users/seed/followers?per_page=100&page=2"
    for i in range(100, 201):
        g.answers[f"/users/follower-{i}"] = profile(i, f"follower-{i}")
    g.answers["/users/seed"] = profile(1, "seed", followers=101)
    g.answers[FOLLOWERS] = (200, {"Link": f'<{g.url}{second}>; rel="next"'}, full_page(100))
    g.answers[second] = [user(200, "follower-200")]
    crawl(s, 90)
    assert followers(s) == list(range(100, 201))
    g.answers[FOLLOWERS] = (200, {"Link": f'<{s.elsewhere.url}{second}>; rel="next"'}, full_page(100))
    crawl(s, 90)
    assert followers(s) == list(range(100, 201))
    assert s.rows("select * from follow_history") == []


@pytest.mark.parametrize("status", [301, 302, *(pytest.param(n, marks=pytest.mark.slow) for n in (307, 308))])
def test_redirect_to_another_host(status, hostile):
    s, g = hostile, hostile.github
    for path in ("/users/seed", "/users/sound", FOLLOWERS):
        g.answers[path] = (status, {"Location": s.elsewhere.url + path}, {"message": "Moved"})
    crawl(s)
    assert [kind for kind, _ in failed(s)] == ["full_profile_sync"]
    assert "host" in failed(s)[0][1]
    assert any(headers.get("Authorization") for _, _, headers in g.seen), "no credential was sent at all"


def test_redirect_in_circles(hostile):
    g = hostile.github
    g.answers["/users/seed"] = (302, {"Location": g.url + "/users/seed"}, {})
    crawl(hostile)
    assert [kind for kind, _ in failed(hostile)] == ["full_profile_sync"]
    assert len(g.seen) <= 50


HTML = (200, {"Content-Type": "text/html"}, b"<html><body>Unicorn!</body></html>")


@pytest.mark.parametrize("nonsense", [
    HTML, (200, {}, b"<html>"), (200, {}, {"message": "hello"}), (200, {}, b""), (200, {}, b"null"), (200, {}, b"[{"),
    (200, {}, b'[{"id": 5, "login": "x"'), (200, {}, b"\x00\x01\x02"), (204, {}, b"")], ids=range(9))
def test_nonsense_for_a_list_then_sense(nonsense, hostile):
    hostile.github.answers[FOLLOWERS] = Several(nonsense, nonsense, [SOUND])
    crawl(hostile)
    assert failed(hostile) == []
    assert followers(hostile) in ([6], [] if nonsense[0] == 204 else [6])


@pytest.mark.parametrize("nonsense", [HTML, (200, {}, [profile(1, "seed")]), (200, {}, {}), (200, {}, {"id": 1}),
                                      (200, {}, {"id": "x", "login": "seed"}), (200, {}, b"{"),
                                      (404, {"Content-Type": "text/html"}, b"<html>proxy</html>")], ids=range(7))
def test_nonsense_for_a_profile_then_sense(nonsense, hostile):
    sense = profile(1, "seed", followers=1)
    hostile.github.answers["/users/seed"] = hostile.github.answers["/user/1"] = Several(nonsense, nonsense, sense)
    crawl(hostile)
    assert failed(hostile) == []
    assert followers(hostile) == [6]


def test_profile_of_another(hostile):
    """A detail requested by id that always has another id: the job ends, and no records are mixed up."""
    g = hostile.github
    g.answers["/users/sound"] = g.answers["/user/6"] = profile(66, "somebody-else")
    crawl(hostile)
    assert {kind for kind, _ in failed(hostile)} <= {"hydrate_developers"}
    assert hostile.rows("select login from developers where github_id = 6") == [("sound",)]


def test_graphql_nonsense(hostile):
    """GraphQL that only talks nonsense: the detail calls do the work."""
    for i, nonsense in enumerate([{"data": None}, {"data": {"nodes": []}}, {"errors": [{"message": "no"}]}]):
        hostile.rows("truncate developers, follows, frontier, remembered_pages, jobs, capabilities")
        hostile.github.answers["/graphql"] = nonsense
        crawl(hostile)
        assert failed(hostile) == [], nonsense
        assert hostile.rows("select synced_at is not null from developers where github_id = 6") == [(True,)], nonsense


def test_server_with_dates_instead_of_etags(hostile):
    """A detail that came without an ETag is asked for again by its Last-Modified; the 304 holds."""
    g, date = hostile.github, "Thu, 05 Nov 2020 10:00:00 GMT"
    g.answers["/users/seed"] = Several((200, {"Last-Modified": date}, profile(1, "seed", followers=2)), (304, {}, b""))
    crawl(hostile)
    crawl(hostile)
    first, second = [h for _, path, h in g.seen if path == "/users/seed"]
    assert "If-Modified-Since" not in first and second["If-Modified-Since"] == date
    assert "If-None-Match" not in second
    assert failed(hostile) == [] and followers(hostile) == [6]
