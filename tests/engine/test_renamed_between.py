"""A developer renamed between the profile and the lists: GitHub answers 404 to the old name, and does not redirect."""
import json
import re

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user

LISTS = ("followers", "following", "starred", "repos")


def hurry(s):
    """Makes waiting jobs due now; whether there are none left."""
    s.rows("update jobs set run_at = now() where state = 'scheduled'")
    return s.open_jobs() == 0


class Renamed(FakeGitHub):
    """ada is eve once her profile was read; `at`: how many pages of her followers are served to the old name before that."""

    def __init__(self, at=0):
        super().__init__()
        self.at, self.old_pages = at, 0
        owner = user(1, "eve")
        fans = [user(1000 + i, f"fan-{i}") for i in range(150)]
        self.answers.update({"/users/ada": profile(1, "ada", followers=150, following=1, public_repos=1),
                             "/user/1": profile(1, "eve", followers=150, following=1, public_repos=1)})
        self.answers["/users/eve"] = self.answers["/user/1"]
        lists = {"following": [user(7, "bob")], "repos": [repository(9, owner, "r")],
                 "starred": [{"starred_at": "2020-01-01T00:00:00Z", "repo": repository(9, owner, "r")}]}
        for name, items in lists.items():
            self.answers[f"/users/eve/{name}?per_page=100"] = items
        for login in ("ada", "eve"):
            first = f"/users/{login}/followers?per_page=100"
            link = {"Link": f'<{self.url}{first}&page=2>; rel="next"'}
            self.pages = {first: (200, link, fans[:100]), first + "&page=2": fans[100:]}
            for path, page in self.pages.items():
                self.answers[path] = page
        for one in [*fans, user(7, "bob")]:
            self.answers[f"/users/{one['login']}"] = profile(one["id"], one["login"], following=1)
        self.answers["/repos/eve/r"] = repository(9, owner, "r", stargazers_count=1)

    def answer(self, method, path, headers):
        if path.startswith("/users/ada/"):
            self.old_pages += 1
            if self.old_pages > self.at or "followers" not in path:
                self.seen.append((method, path, headers))
                return 404, {"Content-Type": "application/json"}, b'{"message": "Not Found", "status": "404"}'
        return super().answer(method, path, headers)


@pytest.mark.parametrize("credential", [{"GITHUB_TOKEN": "t", "GITHUB_HYDRATION": "rest"}, {}], ids=["token", "anonymous"])
@pytest.mark.parametrize("at", [0, 1])
def test_its_lists_are_read_under_the_new_name(stack, credential, at):
    github = Renamed(at)
    try:
        s = stack(github.url, CRAWLER_CONCURRENCY=1 if at else 10, **credential)
        s.crawler()
        done = s.run("task", "full_profile_sync", "--username", "ada", "--wait", timeout=120)
        assert done.returncode == 0
        s.check_queue()
        assert s.rows("select login, gone_at from developers where github_id = 1") == [("eve", None)]
        assert s.rows("select login from developer_logins where github_id = 1") == [("ada",)]
        assert s.one("select count(*) from follows where followed_github_id = 1") == 150
        assert s.one("select count(*) from follows where follower_github_id = 1") == 1
        assert s.one("select count(*) from stars") == 1 and s.one("select full_name from repositories") == "eve/r"
        assert s.rows("select kind from jobs where note ~ 'gone'") == []
        assert github.asked().count("/user/1") <= len(LISTS)
    finally:
        github.stop()


@pytest.mark.parametrize("detail,note,reason", [
    ((404, {}, {"message": "Not Found"}), "gone", "gone"),
    ((451, {}, {"message": "Repository access blocked", "block": {"reason": "tos"}}), "blocked", "blocked"),
    ((200, {}, profile(1, "ada", followers=150)), "incomplete: GitHub answers 404 to this list, although its developer exists", None)])
def test_gone_instead_of_renamed(stack, detail, note, reason):
    github = Renamed()
    try:
        github.answers["/user/1"] = detail
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        s.check_queue()
        assert set(s.rows("select note from jobs where kind like 'developer%'")) == {(note,)}
        assert s.rows("select login, gone_reason from developers where github_id = 1") == [("ada", reason)]
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("what", ["developer", "repository"])
@pytest.mark.parametrize("times", [2, 3, 5])
def test_a_name_that_changes_again_before_the_list_is_read(what, times, stack):
    """Whenever it is requested by id, it has the next name, and only the last one has lists."""
    github, names = FakeGitHub(), [f"ada-{n}" for n in range(times + 1)]
    fan, week = user(7, "bob"), {"week": 1757203200, "total": 1, "days": [1, 0, 0, 0, 0, 0, 0]}
    try:
        if what == "developer":
            task, made, by_id, last = ("full_profile_sync", names[0]), [profile(1, name, followers=1) for name in names], "/user/1", f"/users/{names[-1]}"
            github.answers.update({f"/users/{names[0]}": made[0], f"{last}/followers?per_page=100": [fan], f"{last}/starred?per_page=100": []})
        else:
            task, by_id, last = ("full_repository_sync", "eve", names[0]), "/repositories/9", f"/repos/eve/{names[-1]}"
            made = [repository(9, user(2, "eve"), name, stargazers_count=1) for name in names]
            github.answers.update({f"/repos/eve/{names[0]}": made[0], f"{last}/{HISTORY}": [week], "/user/2": profile(2, "eve"),
                                   f"{last}/{STARGAZERS}": [{"starred_at": AT, "user": fan}]})
        github.answers.update({by_id: Several(*made[1:]), "/users/bob": profile(7, "bob", following=1), "/user/7": profile(7, "bob", following=1)})
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY="1")
        s.crawler()
        s.task(*task)
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        assert s.rows("select note from jobs where note is not null") == []
        if what == "developer":
            assert s.rows("select follower_github_id from follows") == [(7,)] and s.rows("select login from developers where github_id = 1") == [(names[-1],)]
        else:
            assert s.rows("select developer_github_id from stars") == [(7,)] and s.rows("select sum(stars_added)::int from repository_counts") == [(1,)]
            assert s.rows("select full_name from repositories") == [(f"eve/{names[-1]}",)]
    finally:
        github.stop()


class Restless(FakeGitHub):
    """Each request of ada or ada/r by id returns another name, and no name has lists any more."""

    def __init__(self):
        super().__init__()
        self.names, self.away = 0, False
        ada, fan = user(1, "ada"), user(7, "bob")
        self.answers.update({
            "/users/ada": profile(1, "ada", followers=1, public_repos=1), "/users/ada/followers?per_page=100": [fan],
            "/users/ada/starred?per_page=100": [], "/users/ada/repos?per_page=100": [repository(9, ada, "r", stargazers_count=1)],
            "/users/bob": profile(7, "bob", following=1), "/user/7": profile(7, "bob", following=1), "/user/1": profile(1, "ada"),
            "/repos/ada/r": repository(9, ada, "r", stargazers_count=1), f"/repos/ada/r/{STARGAZERS}": [{"starred_at": AT, "user": fan}],
            f"/repos/ada/r/{HISTORY}": [{"week": 1757203200, "total": 1, "days": [1, 0, 0, 0, 0, 0, 0]}]})

    def answer(self, method, path, headers):
        if self.away and path in ("/user/1", "/repositories/9"):
            with self.lock:
                self.names += 1
                name = f"ada-{self.names}"
            made = profile(1, name) if path == "/user/1" else repository(9, user(1, "ada"), name, stargazers_count=1)
            self.seen.append((method, path, headers))
            return 200, {"Content-Type": "application/json"}, json.dumps(made).encode()
        if self.away and re.search("/(followers|starred|repos|stargazers.*)[?]", path):
            self.seen.append((method, path, headers))
            return 404, {"Content-Type": "application/json"}, b'{"message": "Not Found", "status": "404"}'
        return super().answer(method, path, headers)


@side_by_side
@pytest.mark.parametrize("task", [("full_profile_sync", "ada"), ("full_repository_sync", "ada", "r")], ids=["developer", "repository"])
def test_a_name_that_keeps_changing_closes_nothing_and_is_reported(task, stack):
    github = Restless()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task(*task)
        s.wait_idle()
        edges = [s.rows(f"select * from {table}") for table in ("follows", "stars")]
        assert any(edges)
        github.away = True
        last = s.task(*task)
        s.wait_until(lambda: hurry(s), 60, "the end of the lists")
        notes = {note for note, in s.rows("select note from jobs where task_id = %s and args is not null", last)}
        assert notes == {"incomplete: renamed whenever the list was requested; closed nothing"}
        assert [s.rows(f"select * from {table}") for table in ("follows", "stars")] == edges
        assert s.rows("select gone_at from developers where github_id = 1 union all select gone_at from repositories where gone_at is not null") == [(None,)]
        assert github.names <= 10 * 3 and "job.incomplete" in s.logs(10**6), github.names
        assert s.rows("select endpoint from capabilities where not allowed") == []
    finally:
        github.stop()


# ---- a repository's own lists ----

AT = "2020-01-01T00:00:00Z"
STARGAZERS, HISTORY = "stargazers?per_page=100", "stargazers/history?per_page=30"


class RenamedRepository(FakeGitHub):
    """ada/r is `now` once its detail was read for the last time under the old name; 150 stars, on two pages."""

    def __init__(self, now="ada/new"):
        super().__init__()
        self.now, self.away, self.old_pages = now, False, 0
        owner = user(1, now.split("/")[0])
        detail = repository(9, owner, now.split("/")[1], stargazers_count=150)
        self.answers.update({"/repos/ada/r": repository(9, user(1, "ada"), "r", stargazers_count=150), "/repositories/9": detail,
                             f"/repos/{now}": detail, "/users/ada": profile(1, "ada"), "/user/1": profile(1, owner["login"]),
                             f"/users/{owner['login']}": profile(1, owner["login"])})
        for i in range(150):
            self.answers[f"/users/fan-{i}"] = self.answers[f"/user/{1000 + i}"] = profile(1000 + i, f"fan-{i}", following=1)
        fans = [{"starred_at": AT, "user": user(1000 + i, f"fan-{i}")} for i in range(150)]
        for name in ("ada/r", now):
            first = f"/repos/{name}/{STARGAZERS}"
            self.answers[first] = (200, {"Link": f'<{self.url}{first}&page=2>; rel="next"'}, fans[:100])
            self.answers[first + "&page=2"] = (200, {"Link": f'<{self.url}{first}>; rel="prev"'}, fans[100:])
            self.answers[f"/repos/{name}/{HISTORY}"] = [{"week": 1577577600, "total": 150, "days": [0, 0, 0, 150, 0, 0, 0]}]

    def answer(self, method, path, headers):
        if path.startswith("/repos/ada/r/") and self.away <= self.old_pages:
            self.seen.append((method, path, headers))
            return 404, {"Content-Type": "application/json"}, b'{"message": "Not Found", "status": "404"}'
        self.old_pages += path.startswith("/repos/ada/r/stargazers?")
        return super().answer(method, path, headers)


@pytest.mark.parametrize("now", ["ada/new", "eve/r", "eve/new"], ids=["renamed", "transferred", "both"])
@pytest.mark.parametrize("pages", [0, 1])
def test_a_repositorys_lists_are_read_under_its_new_name(stack, pages, now):
    """`pages`: how many of its stargazers are served under the old name before that."""
    github = RenamedRepository(now)
    try:
        github.away = pages
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY=1)
        s.crawler()
        assert s.run("task", "full_repository_sync", "--username", "ada", "--repo-name", "r", "--wait", timeout=120).returncode == 0
        s.check_queue()
        assert s.rows("select full_name, gone_at from repositories where github_id = 9") == [(now, None)]
        assert s.one("select count(*) from stars") == 150 and s.rows("select * from star_history") == []
        assert s.one("select max(stars_added) from repository_counts where github_id = 9") == 150
        assert s.rows("select kind, note from jobs where note is not null") == []
        assert github.asked().count("/repositories/9") <= 2, "once for each list"
        assert s.rows("select endpoint from capabilities where not allowed") == []
    finally:
        github.stop()


@pytest.mark.parametrize("answer,reason", [
    ((404, {}, {"message": "Not Found"}), "gone"), ((451, {}, {"message": "Repository access blocked"}), "blocked")])
def test_a_repository_that_is_not_renamed_but_gone(stack, answer, reason):
    github = RenamedRepository()
    try:
        github.answers["/repositories/9"] = answer
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_repository_sync", "ada", "r")
        s.wait_idle()
        s.check_queue()
        assert s.rows("select full_name, gone_reason from repositories") == [("ada/r", reason)]
        assert {note for note, in s.rows("select note from jobs where kind like 'repository%'")} == {reason}
        assert s.rows("select endpoint from capabilities where not allowed") == []
    finally:
        github.stop()


def test_a_repository_whose_lists_are_404_is_requested_once_a_list(stack):
    github = RenamedRepository("ada/r")
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY=1)
        s.crawler()
        s.task("full_repository_sync", "ada", "r")
        s.wait_idle()
        s.check_queue()
        assert {note[:26] for note, in s.rows("select note from jobs where kind like 'repository%'")} == {"restricted: GitHub answers"}
        assert github.asked().count("/repositories/9") == 2, "once for each list"
        assert s.rows("select gone_at from repositories") == [(None,)]
    finally:
        github.stop()
