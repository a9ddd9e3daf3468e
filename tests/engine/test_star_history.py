"""GitHub's star history in repository_counts: for repositories that were asked for, as far as it has to be read, whatever
the server answers."""
import collections
import datetime
import time

import pytest
from fake_github import FakeGitHub, profile, repository, user
from midnight import far_from_midnight  # noqa: F401 (a fixture)
from truth import Truth

HISTORY = "select day, stars_added from repository_counts where github_id = %s and stars_added is not null"
WEEK, DAY = 7 * 86400, 86400


def days_of(truth, repo):
    return collections.Counter(datetime.datetime.fromisoformat(str(at).replace("Z", "+00:00")).date()
                               for (_, r), at in truth.stars.items() if r == repo)


def held(s, repo):
    return {day: n for day, n in s.rows(HISTORY, repo) if n}


def history_requests(github):
    return [t for t in github.trace() if "/stargazers/history" in t["path"]]


def sync(s, name):
    task = s.task("full_repository_sync", *name.split("/"))
    s.wait_idle()
    s.check_queue()
    return task


@pytest.fixture
def starred(sim, stack):
    """A stack, its simulator, and a repository whose stars are spread over some pages of weeks."""
    github = sim("synthetic", "--users", 300)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    truth = Truth(github.truth())

    def weeks(repo):
        days = days_of(truth, repo)
        return (max(days) - min(days)).days // 7 if len(days) > 5 else 0
    repo = max(truth.repos, key=weeks)
    assert weeks(repo) > 70
    return s, github, truth.repos[repo]


def test_days_equal_the_stars_of_each_day_and_again_costs_nothing(far_from_midnight, starred):
    s, github, repo = starred
    sync(s, repo["full_name"])
    expected = days_of(Truth(github.truth()), repo["id"])
    assert held(s, repo["id"]) == expected
    # Every day that was told has a number, none of them lies ahead, and what the detail told of today is beside it.
    days = [day for day, _ in s.rows(HISTORY, repo["id"])]
    assert max(days) == s.one("select (now() at time zone 'utc')::date") and len(days) >= (max(days) - min(days)).days + 1
    assert s.one("select stargazers_count from repository_counts where github_id = %s and stars_added is not null "
                 "and stargazers_count is not null", repo["id"]) == repo["stargazers_count"]
    allowed = s.rows("select allowed, status from capabilities where endpoint = 'star_history'")
    assert allowed == [(True, 200)]

    rows, charged, asked = s.dump("repository_counts"), github.charged(), len(history_requests(github))
    sync(s, repo["full_name"])
    assert github.charged() == charged, [t["path"] for t in github.trace() if t["charged"]][-2:]
    assert s.dump("repository_counts") == rows
    assert len(history_requests(github)) == asked + 1, "a page, with its ETag, tells that nothing is new"


def test_the_history_is_read_until_it_explains_the_count(starred):
    s, github, repo = starred
    sync(s, repo["full_name"])
    pages = len(history_requests(github))
    assert pages > 2
    truth = Truth(github.truth())
    fans = sorted((at, u) for (u, r), at in truth.stars.items() if r == repo["id"])
    new = next(u["login"] for i, u in sorted(truth.users.items()) if u["type"] == "User"
               and (i, repo["id"]) not in truth.stars)
    # A new star is on the first page.
    github.mutate({"op": "star", "user": new, "repo": repo["full_name"]})
    sync(s, repo["full_name"])
    assert held(s, repo["id"]) == days_of(Truth(github.truth()), repo["id"])
    assert len(history_requests(github)) == pages + 1
    # One taken back and one given: the count is the same, the oldest page says less.
    other = next(u["login"] for i, u in sorted(truth.users.items()) if u["type"] == "User"
                 and (i, repo["id"]) not in truth.stars and u["login"] != new)
    github.mutate({"op": "unstar", "user": truth.users[fans[0][1]]["login"], "repo": repo["full_name"]},
                  {"op": "star", "user": other, "repo": repo["full_name"]})
    sync(s, repo["full_name"])
    assert held(s, repo["id"]) == days_of(Truth(github.truth()), repo["id"])
    # The last one taken back: what was counted is counted no more.
    everybody = [truth.users[u]["login"] for _, u in fans[1:]] + [new, other]
    github.mutate(*({"op": "unstar", "user": u, "repo": repo["full_name"]} for u in everybody))
    sync(s, repo["full_name"])
    assert held(s, repo["id"]) == {}


def test_discovery_and_profiles_do_not_ask_for_it(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 60)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.task("discovery_scraper")
    s.wait_idle()
    assert history_requests(github) == []
    assert s.one("select count(*) from repository_counts where stars_added is not null") == 0


def test_one_404_is_learned_when_another_repository_answers_so(sim, stack):
    github = sim("synthetic", "--users", 60, "--star-history", "404")
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    first, second, third = [r["full_name"] for r in github.truth()["repos"] if r["stargazers_count"]][:3]
    denied = "select endpoint, status from capabilities where endpoint = 'star_history' and not allowed"
    for _ in range(2):
        task = sync(s, first)
        assert s.rows("select state, note from jobs where task_id = %s and kind = 'repository_star_history'", task) == [
            ("completed", "restricted: GitHub answers 404 to this star history, although its repository exists")]
        assert s.rows(denied) == [], "one repository proves nothing"
    sync(s, second)
    assert s.rows(denied) == [("star_history", 404)]
    asked = len(history_requests(github))
    sync(s, third)
    assert len(history_requests(github)) == asked, "asked again though it was refused"
    # Once it was answered, a 404 is about one repository.
    s.rows("update capabilities set next_check_at = now() where endpoint = 'star_history'")
    github.config(star_history="open")
    sync(s, third)
    github.config(star_history="404")
    s.rows("delete from remembered_pages where list = 'repository_star_history'")
    for name in (first, second):
        sync(s, name)
    assert s.rows("select allowed from capabilities where endpoint = 'star_history'") == [(True,)]


@pytest.mark.parametrize("mode", ["403"])
def test_a_refusal_is_learned_and_no_failure(mode, sim, stack):
    github = sim("synthetic", "--users", 60, "--star-history", mode)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    first, second = [r["full_name"] for r in github.truth()["repos"] if r["stargazers_count"]][:2]
    task = sync(s, first)
    assert s.rows("select state, note from jobs where task_id = %s and kind = 'repository_star_history'", task) == [
        ("completed", "restricted: GitHub does not show the star history to this credential")]
    assert s.rows("select allowed, status from capabilities where endpoint = 'star_history'") == [(False, int(mode))]
    assert "star_history" in s.run("status").stdout
    sync(s, second)
    assert len(history_requests(github)) == 1, "asked again though it was refused"
    # Tried again when that is due; and once it was answered, a refusal is about one repository.
    s.rows("update capabilities set next_check_at = now() where endpoint = 'star_history'")
    github.config(star_history="open")
    sync(s, second)
    github.config(star_history=mode)
    s.rows("delete from remembered_pages where list = 'repository_star_history'")
    sync(s, second)
    assert s.rows("select allowed from capabilities where endpoint = 'star_history'") == [(True,)]


# ---- what a server may send ----

def week_of(at):
    day = int(at) // DAY
    return (day - (day + 4) % 7) * DAY


class Told:
    """A repository of 10 stars at a server that answers page 1 of its history with `body` and `headers`."""

    def __init__(self, stack, body, headers=None, more=None, stars=10):
        self.github = FakeGitHub()
        owner = user(1, "ada")
        self.path = "/repos/ada/engine/stargazers/history?per_page=30"
        self.github.answers.update({
            "/repos/ada/engine": repository(9, owner, "engine", stargazers_count=stars), "/users/ada": profile(1, "ada"),
            "/repos/ada/engine/stargazers?per_page=100": (403, {}, {"message": "no"}),
            self.path: (200, headers or {}, body), **(more or {})})
        self.s = stack(self.github.url)
        self.s.crawler()
        sync(self.s, "ada/engine")

    def rows(self):
        return sorted(self.s.rows(HISTORY, 9))

    def pages(self):
        return [p for p in self.github.asked() if "history" in p]


@pytest.fixture
def told(stack):
    made = []

    def tell(*args, **more):
        made.append(Told(stack, *args, **more))
        return made[-1]
    yield tell
    for one in made:
        one.github.stop()


def date(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).date()


def good(week, *days):
    return {"week": week, "total": sum(days), "days": list(days)}


LAST = week_of(time.time()) - WEEK
DAYS = [1, 0, 2, 0, 0, 3, 4]
EXPECTED = [(date(LAST + i * DAY), n) for i, n in enumerate(DAYS)]
NONSENSE = [
    {"week": "x", "total": 1, "days": [1, 0, 0, 0, 0, 0, 0]}, {"week": 1e300, "total": 0, "days": [0] * 7},
    {"week": -5, "total": 0, "days": [0] * 7}, {"week": 10 ** 18, "total": 0, "days": [0] * 7},
    {"week": 10 ** 30, "total": 0, "days": [0] * 7}, {"week": LAST - WEEK, "total": 10 ** 40, "days": [1] * 7},
    {"week": LAST - WEEK, "total": 8, "days": [1] * 7}, {"week": LAST - WEEK, "total": 6, "days": [1] * 6},
    {"week": LAST - WEEK, "total": 8, "days": [1] * 8}, {"week": LAST - WEEK, "total": 0, "days": {}},
    {"week": LAST - WEEK, "total": 7, "days": ["1"] * 7}, {"week": LAST - WEEK, "total": -7, "days": [-1] * 7},
    {"week": LAST - WEEK, "total": 7 * 10 ** 15, "days": [10 ** 15] * 7}, {"week": LAST - WEEK, "days": [1.5] * 7},
    {"week": None}, {}, [], [[]], "week", 7, None, True]


def test_an_invalid_week_is_left_out_alone(told):
    t = told([*NONSENSE[:8], good(LAST, *DAYS), *NONSENSE[8:]])
    assert t.rows() == EXPECTED
    assert "page.cleaned" in t.s.logs()


def test_weeks_ahead_and_days_ahead_are_left_out(far_from_midnight, told):
    week = week_of(time.time())
    t = told([good(week + WEEK, 5, 5, 5, 5, 5, 5, 5), good(week, 0, 0, 0, 0, 0, 0, 0), good(week - WEEK, *DAYS)])
    rows = t.rows()
    assert rows[:7] == [(date(week - WEEK + i * DAY), n) for i, n in enumerate(DAYS)]
    assert max(day for day, _ in rows) == t.s.one("select (now() at time zone 'utc')::date")
    assert sum(n for _, n in rows) == 10


@pytest.mark.parametrize("off", [-7 * 3600, -2 * 3600, 8 * 3600])
def test_weeks_that_begin_at_another_zones_midnight(off, told):
    assert told([good(LAST + off, *DAYS)]).rows() == EXPECTED


def test_the_same_week_twice_and_more_weeks_than_a_page_has(told):
    weeks = [good(LAST - (i % 150) * WEEK, 0, 0, 0, 0, 0, 0, 0) for i in range(1, 400)]
    t = told([good(LAST, *DAYS), good(LAST, *DAYS), *weeks])
    assert sum(n for _, n in t.rows()) == 10 and 7 < len(t.rows()) <= 700
    assert len(t.pages()) == 1


def test_a_full_page_without_link_may_have_another(told):
    first = [good(LAST - i * WEEK, 0, 0, 0, 0, 0, 0, 0) for i in range(30)]
    path = "/repos/ada/engine/stargazers/history?per_page=30&page=2"
    t = told(first, more={path: [good(LAST - 30 * WEEK, *DAYS)]})
    assert len(t.pages()) == 2 and sum(n for _, n in t.rows()) == 10


@pytest.mark.parametrize("headers", [{"Link": '<http://elsewhere.example/x?page=2>; rel="next"'},
                                     {"Link": '<ftp://x>; rel="next"'}, {"Link": "nonsense"}, {"Link": "<>; rel=next"}])
def test_links_that_lead_nowhere(headers, told):
    t = told([good(LAST - i * WEEK, 1, 0, 0, 0, 0, 0, 0) for i in range(3)], headers)
    assert len(t.pages()) == 1 and sum(n for _, n in t.rows()) == 3


def test_pages_without_an_end_have_one(told):
    """Every page leads to itself."""
    path = "/repos/ada/engine/stargazers/history?per_page=30"
    t = told([good(LAST, 1, 0, 0, 0, 0, 0, 0)], {"Link": f'<{path}>; rel="next"'}, stars=5)
    assert len(t.pages()) <= 100 and sum(n for _, n in t.rows()) == 1


def test_an_empty_history_of_a_starred_repository(told):
    t = told([])
    assert t.rows() == []
    assert t.s.one("select note from jobs where kind = 'repository_star_history'") == \
        "no weeks, although the repository has stars"
