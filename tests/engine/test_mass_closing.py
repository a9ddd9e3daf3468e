"""What one odd answer does not name has not ended: what would close much is believed the second time."""
import hashlib

import pytest
from fake_github import FakeGitHub, Several, profile, repository, user


class Tagged(FakeGitHub):
    """With ETags, made of the bytes, as GitHub's are."""

    def answer(self, method, path, headers):
        status, more, body = super().answer(method, path, headers)
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if status == 200 and headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag, **{k: v for k, v in more.items() if k == "Link"}}, b""
        return status, {"ETag": etag, **more} if status == 200 else more, body


FIRST = {name: f"/users/ada/{name}?per_page=100" for name in ("starred", "followers", "following", "repos")}


class World:
    """ada, and one list of hers with n items."""

    def __init__(self, github, s, name, n, count=None):
        self.github, self.s, self.name, self.n = github, s, name, n
        bob = user(2, "bob")
        if name in ("starred", "repos"):
            owner = bob if name == "starred" else user(1, "ada")
            records = [repository(1000 + i, owner, f"r{i}") for i in range(n)]
            self.items = [{"starred_at": "2020-01-01T00:00:00Z", "repo": r} for r in records] if name == "starred" else records
            for r in records:
                github.answers[f"/repos/{r['full_name']}"] = github.answers[f"/repositories/{r['id']}"] = r
        else:
            self.items = [user(1000 + i, f"p{i}") for i in range(n)]
            for p in self.items:
                github.answers[f"/users/{p['login']}"] = github.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"])
        github.answers["/users/bob"] = github.answers["/user/2"] = profile(2, "bob")
        self.counts(n)
        github.answers.update({path: [] for path in FIRST.values()})
        self.show(self.items)
        s.crawler()

    def counts(self, n):
        key = {"followers": "followers", "following": "following", "repos": "public_repos"}.get(self.name)
        detail = profile(1, "ada", **({key: n} if key else {}))
        self.github.answers["/users/ada"] = self.github.answers["/user/1"] = detail

    def pages(self, items):
        pages = [items[i:i + 100] for i in range(0, len(items), 100)] or [[]]
        paths = [FIRST[self.name], *(f"/user/1/{self.name}?per_page=100&page={i}" for i in range(2, len(pages) + 1))]
        first = f'<{self.github.url}/user/1/{self.name}?per_page=100&page=1>; rel="first"'
        out = {}
        for i, (path, page) in enumerate(zip(paths, pages)):
            links = [f'<{self.github.url}{paths[i + 1]}>; rel="next"'] if i + 1 < len(pages) else []
            links += [first] if i else []
            out[path] = (200, {"Link": ", ".join(links)} if links else {}, page)
        return out

    def show(self, items):
        self.github.answers.update(self.pages(items))

    def once(self, path, answer):
        self.github.count[path] = 0
        self.github.answers[path] = Several(answer, self.github.answers[path])

    def sync(self):
        self.s.task("full_profile_sync", "ada")
        self.s.wait_idle()
        self.s.check_queue()

    def held(self):
        table = "stars" if self.name == "starred" else "follows" if self.name.startswith("follow") else "repositories"
        return self.s.rows(f"select * from {table} order by 1, 2" if table != "repositories" else
                           "select github_id from repositories where gone_at is null order by 1")

    def ended(self):
        return self.s.one("select (select count(*) from follow_history) + (select count(*) from star_history)")


@pytest.fixture
def github():
    made = Tagged()
    yield made
    made.stop()


@pytest.fixture
def world(github, stack):
    return lambda name, n: World(github, stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest"), name, n)


@pytest.mark.parametrize("name, n, left", [
    ("starred", 250, 0), ("starred", 1, 0), ("starred", 60, 0), ("starred", 60, 40), ("followers", 130, 0), ("followers", 30, 29),
    ("following", 110, 95), ("following", 8, 1), ("starred", 104, 98),
])
def test_a_list_that_is_short_once_loses_nothing(name, n, left, world, github):
    w = world(name, n)
    w.sync()
    before = w.held()
    assert len(before) == n
    w.once(FIRST[name], (200, {}, w.items[:left]))
    w.sync()
    assert w.held() == before and w.ended() == 0
    w.sync()
    assert w.held() == before and w.ended() == 0


@pytest.mark.parametrize("name, n, left", [("starred", 250, 0), ("starred", 60, 3), ("followers", 130, 0), ("following", 110, 4)])
def test_a_mass_that_did_end_is_closed_by_the_second_pass(name, n, left, world, github):
    w = world(name, n)
    w.sync()
    w.show(w.items[:left])
    w.counts(left)
    w.sync()
    assert len(w.held()) == left and w.ended() == n - left


def test_a_few_edges_end_at_once(world, github):
    w = world("starred", 60)
    w.sync()
    w.show(w.items[2:])
    before = len(github.asked())
    w.sync()
    assert len(w.held()) == 58 and w.ended() == 2
    assert github.asked()[before:].count(FIRST["starred"]) == 1


def test_repositories_missing_once_from_a_short_list_are_not_all_checked(world, github):
    w = world("repos", 60)
    w.sync()
    w.once(FIRST["repos"], (200, {}, w.items[:5]))
    before = len(github.asked())
    w.sync()
    assert len(w.held()) == 60
    assert not [p for p in github.asked()[before:] if p.startswith("/repositories/")]


def test_a_short_page_at_the_first_sync_is_made_up_for(world, github):
    w = world("followers", 150)
    w.once(FIRST["followers"], (200, {}, w.items[:60]))
    w.sync()
    assert len(w.held()) == 150


@pytest.mark.parametrize("name", ["starred", "followers", "following", "repos"])
@pytest.mark.parametrize("value", ["partial-results; organizations=21955855,20582480", "Partial-Results"])
def test_partial_results_close_nothing_and_say_so(name, value, world, github):
    w = world(name, 20)
    w.sync()
    before = w.held()
    github.answers[FIRST[name]] = (200, {"X-GitHub-SSO": value}, w.items[2:])
    w.counts(18)
    for _ in range(2):
        asked = len(github.asked())
        w.sync()
        assert w.held() == before and w.ended() == 0
        assert not [p for p in github.asked()[asked:] if p.startswith("/repositories/")]
        assert "partial" in w.s.one("select note from jobs where subject = 'ada' and note is not null order by id desc limit 1")
    assert "list.partial" in w.s.processes[0].log()
    w.show(w.items[2:])
    w.sync()
    assert w.ended() == (0 if name == "repos" else 2)


@pytest.mark.parametrize("again", ["2021-05-05T05:05:05Z", "2020-01-01T00:00:01Z"])
def test_a_star_that_is_given_again_had_ended(again, world, github):
    w = world("starred", 3)
    w.sync()
    first_seen = dict(w.s.rows("select repository_github_id, first_seen_at from stars"))
    w.show([{**w.items[0], "starred_at": again}, *w.items[1:]])
    w.sync()
    past = w.s.rows("select developer_github_id, repository_github_id, to_char(starred_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
                    "first_seen_at, gone_after <= gone_before, gone_before <= now() from star_history")
    assert past == [(1, 1000, "2020-01-01T00:00:00Z", first_seen[1000], True, True)]
    now = w.s.rows("select first_seen_at > %s, starred_at = %s from stars where repository_github_id = 1000", first_seen[1000], again)
    assert now == [(True, True)]
    w.show(w.items[1:])
    w.sync()
    assert w.s.one("select count(*) from star_history where repository_github_id = 1000") == 2
