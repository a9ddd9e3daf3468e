"""Endpoints that GitHub refuses to some: no edge ends, one 404 proves nothing, and a retry is possible."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user

GONE = (404, {}, {"message": "Not Found", "status": "404"})
REFUSED = (403, {}, {"message": "Must have push access to view stargazers.", "status": "403"})
AT = "2020-01-01T00:00:00Z"


def page(name):
    return f"/repos/ada/{name}/stargazers?per_page=100"


@pytest.fixture
def github():
    made = FakeGitHub()
    ada = user(1, "ada")
    made.answers["/users/ada"] = made.answers["/user/1"] = profile(1, "ada")
    made.answers["/users/bob"] = made.answers["/user/2"] = profile(2, "bob")
    for i, name in enumerate("abc"):
        r = repository(10 + i, ada, name, stargazers_count=1)
        made.answers[f"/repos/ada/{name}"] = made.answers[f"/repositories/{10 + i}"] = r
        made.answers[page(name)] = [{"starred_at": AT, "user": user(2, "bob")}]
    yield made
    made.stop()


def sync(s, name):
    s.task("full_repository_sync", "ada", name)
    s.wait_idle()
    s.check_queue()


def refused(s, endpoint="stargazers"):
    return s.one("select count(*) from capabilities where endpoint = %s and not allowed and next_check_at > now()", endpoint) == 1


def test_answers_that_change_close_no_edge(github, s):
    for answer in (None, REFUSED, None, REFUSED, GONE):
        if answer:
            github.answers[page("a")] = answer
        s.rows("update capabilities set next_check_at = now()")
        sync(s, "a")
        github.answers[page("a")] = [{"starred_at": AT, "user": user(2, "bob")}]
        assert s.rows("select developer_github_id, repository_github_id from stars") == [(2, 10)]
    assert s.one("select count(*) from star_history") == 0


UNAUTHORIZED = (401, {}, {"message": "Requires authentication", "status": "401"})
FLAPS = {"401": UNAUTHORIZED, "empty": [], "403": REFUSED, "404": GONE, "204": (204, {}, b""), "html": (200, {"Content-Type": "text/html"}, b"<html>")}


@side_by_side
@pytest.mark.parametrize("settings", [{"GITHUB_TOKEN": "t", "GITHUB_HYDRATION": "rest"}, {"RATE_LIMIT_STOP_THRESHOLD": "0"}], ids=["token", "anonymous"])
@pytest.mark.parametrize("where", ["stargazers", "followers", "starred"])
@pytest.mark.parametrize("flap", [pytest.param(flap, marks=pytest.mark.slow) if flap in ("403", "204", "html") else flap for flap in FLAPS])
def test_an_endpoint_that_flaps_loses_no_edge(where, flap, settings, github, stack):
    """Every other request gets something else than the list."""
    bob, r = user(2, "bob"), github.answers["/repos/ada/a"]
    lists = {"stargazers": (page("a"), [{"starred_at": AT, "user": bob}]), "followers": ("/users/ada/followers?per_page=100", [bob]),
             "starred": ("/users/ada/starred?per_page=100", [{"starred_at": AT, "repo": r}])}
    github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", followers=1)
    github.answers.update({path: [] for path, _ in lists.values()})
    path, items = lists[where]
    s = stack(github.url, **settings)
    s.crawler()

    def ask():
        s.rows("update capabilities set next_check_at = now()")
        s.task(*(("full_repository_sync", "ada", "a") if where == "stargazers" else ("full_profile_sync", "ada")))

        def idle():  # nobody here has the hour for which a credential rests: a crawler that starts knows what the database says
            if s.rows("update credentials set benched_until = null where benched_until is not null returning label"):
                assert s.processes[-1].stop() == 0
                s.crawler()
            s.rows("update jobs set run_at = now() where state = 'scheduled'")
            return s.open_jobs() == 0
        s.wait_until(idle, 60, "an empty queue")
        return s.rows("select follower_github_id, followed_github_id from follows union all select developer_github_id, repository_github_id from stars")
    github.answers[path] = items
    edges = ask()
    assert len(edges) == 1
    for _ in range(2):
        github.answers[path] = Several(FLAPS[flap], items)
        github.count.clear()
        assert ask() == edges
        github.answers[path] = items
        assert ask() == edges
    assert s.rows("select gone_after from follow_history union all select gone_after from star_history") == []


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "there"])
def test_one_404_proves_nothing(deleted, github, s):
    github.answers[f"/repos/ada/a/stargazers?per_page=100"] = GONE
    if deleted:  # between its detail and its list
        github.answers["/repos/ada/a"] = Several(github.answers["/repos/ada/a"], GONE)
        github.answers["/repositories/10"] = GONE
    for _ in range(2):
        sync(s, "a")
    assert not refused(s)
    github.answers[f"/repos/ada/b/stargazers?per_page=100"] = GONE
    sync(s, "b")
    assert refused(s) != deleted
    github.answers[f"/repos/ada/c/stargazers?per_page=100"] = GONE
    sync(s, "c")
    assert refused(s)


def test_an_answer_resets_the_count_of_404s(github, s):
    github.answers[page("a")] = GONE
    sync(s, "a")
    sync(s, "b")
    github.answers[page("c")] = GONE
    sync(s, "c")
    assert not refused(s)


def test_refused_endpoints_are_retried_on_demand(github, s):
    github.answers[page("a")] = REFUSED
    sync(s, "a")
    assert refused(s)
    sync(s, "b")
    assert page("b") not in github.asked()
    assert "will be tried again" in s.run("retry-capabilities").stdout
    sync(s, "b")
    assert page("b") in github.asked()
    assert s.rows("select repository_github_id from stars") == [(11,)]
    assert s.run("retry-capabilities", "x", check=False).returncode == 2


def history(name):
    return f"/repos/ada/{name}/stargazers/history?per_page=30"


def test_refused_star_histories_are_retried_on_demand(github, s):
    for name in "ab":
        github.answers[history(name)] = REFUSED
    sync(s, "a")
    assert refused(s, "star_history")
    sync(s, "b")
    assert history("a") in github.asked() and history("b") not in github.asked()
    for name in "ab":
        github.answers[history(name)] = [{"week": 1757203200, "total": 1, "days": [1, 0, 0, 0, 0, 0, 0]}]
    assert s.run("retry-capabilities").stdout == "1 refused endpoint will be tried again\n"
    sync(s, "b")
    assert not refused(s, "star_history") and s.rows("select sum(stars_added) from repository_counts where github_id = 11") == [(1,)]


def test_refused_graphql_is_retried_on_demand(github, stack):
    """It is off for a day, and REST is asked instead."""
    github.answers["/users/ada/followers?per_page=100"] = [user(2, "bob")]
    github.answers["/users/ada/starred?per_page=100"] = []
    github.answers["/users/ada"] = profile(1, "ada", followers=1)
    github.answers["/graphql"] = (403, {}, {"message": "Resource not accessible by integration"})
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()

    def meet(n):
        github.answers["/users/ada/followers?per_page=100"] = [user(i, f"p{i}") for i in range(20, 20 + n)]
        for i in range(20, 20 + n):
            github.answers[f"/users/p{i}"] = github.answers[f"/user/{i}"] = profile(i, f"p{i}")
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert s.rows("select login from developers where synced_at is null") == []
        return github.asked().count("/graphql")
    assert meet(1) == 1 and refused(s, "graphql") and meet(2) == 1
    assert s.run("retry-capabilities").stdout == "1 refused endpoint will be tried again\n"
    assert meet(3) == 2 and refused(s, "graphql") and meet(4) == 2
    assert s.run("retry-capabilities").stdout == "1 refused endpoint will be tried again\n"
    nodes = [{"__typename": "User", "id": "U_24", "databaseId": 24, "login": "p24"}]
    github.answers["/graphql"] = (200, {}, {"data": {"nodes": nodes}})
    assert meet(5) == 3 and "/users/p24" not in github.asked() and not refused(s, "graphql")
    assert s.run("retry-capabilities").stdout == "nothing is refused\n"


@pytest.mark.parametrize("name, count", [("followers", 2), ("following", 1), ("starred", None), ("repos", 1), ("followers", 0)])
def test_204_is_an_empty_list_only_where_the_count_says_so(name, count, github, s):
    """It comes once where it does not."""
    key = {"followers": "followers", "following": "following", "repos": "public_repos"}.get(name)
    people, own = [user(2, "bob")], [repository(10, user(1, "ada"), "a", stargazers_count=0)]
    github.answers["/repos/ada/a"] = github.answers["/repositories/10"] = own[0]
    items = {"repos": own, "starred": [{"starred_at": AT, "repo": own[0]}]}.get(name, people)
    for other in ("followers", "following", "starred", "repos"):
        github.answers[f"/users/ada/{other}?per_page=100"] = []
    path = f"/users/ada/{name}?per_page=100"
    github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", **({key: count or 1} if key else {}))
    github.answers[path] = items
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", **({key: count} if key else {}))
    github.answers[path] = Several((204, {}, b""), items) if count != 0 else (204, {}, b"")
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    ended = s.one("select (select count(*) from follow_history) + (select count(*) from star_history)")
    assert ended == (1 if count == 0 else 0)
    assert (s.one("select count(*) from follows") + s.one("select count(*) from stars") +
            s.one("select count(*) from repositories where gone_at is null") > 0) == (count != 0)


@pytest.mark.parametrize("base", ["https://api.github.com", "https://API.github.com/"])
def test_without_a_token_stargazers_are_not_requested_from_github(base, stack):
    """Also by a job that was queued while there was a token. Nothing gets out: the proxy does not exist."""
    s = stack(base, GITHUB_STATUS_URL="", GITHUB_TOKEN="", https_proxy="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9")
    s.run("migrate")
    s.rows("insert into jobs (kind, subject, key, args) values ('repository_stargazers', 'ada/a', 'repository_stargazers:10', "
           "'{\"id\": 10, \"name\": \"ada/a\", \"count\": 1}')")
    s.crawler()
    s.wait_idle(20)
    assert s.rows("select state, note, attempt, cost from jobs") == [
        ("completed", "restricted: GitHub does not show this list without a token", 0, 0)]
    assert s.rows("select * from capabilities where endpoint = 'stargazers'") == []
