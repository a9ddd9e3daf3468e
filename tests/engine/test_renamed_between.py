"""A developer renamed between the profile and the lists: GitHub answers 404 to the old name, and does not redirect."""
import pytest
from fake_github import FakeGitHub, profile, repository, user

LISTS = ("followers", "following", "starred", "repos")


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
    ((200, {}, profile(1, "ada", followers=150)), "incomplete: GitHub answers 404 to this list, though its developer is there", None)])
def test_who_is_not_renamed_but_gone(stack, detail, note, reason):
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
