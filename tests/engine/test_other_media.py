"""A proxy that drops or changes the Accept header: GitHub then sends stars without their times, or wraps lists that had none."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user

AT = "2020-01-01T00:00:00Z"
FOLLOWERS, FOLLOWING, STARRED, REPOS = (f"/users/ada/{name}?per_page=100" for name in ("followers", "following", "starred", "repos"))
STARGAZERS = "/repos/ada/r9/stargazers?per_page=100"


class World(FakeGitHub):
    def __init__(self):
        super().__init__()
        ada, people = user(1, "ada"), [user(7, "bob"), user(8, "carol")]
        self.repositories = [repository(n, ada, f"r{n}", stargazers_count=2) for n in (9, 10)]
        self.answers["/users/ada"] = profile(1, "ada", followers=2, following=2, public_repos=2)
        self.answers["/user/1"] = self.answers["/users/ada"]
        for one in people:
            self.answers[f"/user/{one['id']}"] = self.answers[f"/users/{one['login']}"] = profile(one["id"], one["login"])
        for one in self.repositories:
            self.answers[f"/repositories/{one['id']}"] = self.answers[f"/repos/{one['full_name']}"] = one
            self.answers[f"/repos/{one['full_name']}/stargazers/history?per_page=30"] = []
        self.people = people
        self.lists = {FOLLOWERS: people, FOLLOWING: people, REPOS: self.repositories, STARRED: self.stars("repo", self.repositories),
                      STARGAZERS: self.stars("user", people)}
        self.answers.update(self.lists)

    @staticmethod
    def stars(key, items, at=AT):
        return [{"starred_at": at, key: one} for one in items]


def edges(s):
    return [s.rows("select * from follows order by 1, 2"), s.rows("select developer_github_id, repository_github_id, starred_at from stars order by 1, 2"),
            s.rows("select count(*) from follow_history"), s.rows("select count(*) from star_history")]


OTHER = {
    "stars without times": lambda g: {STARRED: g.repositories},
    "stars wrapped twice": lambda g: {STARRED: g.stars("repo", g.stars("repo", g.repositories))},
    "some without times": lambda g: {STARRED: [g.repositories[0], *g.stars("repo", g.repositories[1:])]},
    "times that are null": lambda g: {STARRED: g.stars("repo", g.repositories, None)},
    "followers with times": lambda g: {FOLLOWERS: g.stars("user", g.people)},
    "following as names": lambda g: {FOLLOWING: [one["login"] for one in g.people]},
    "repositories with times": lambda g: {REPOS: g.stars("repo", g.repositories)},
    "followers are repositories": lambda g: {FOLLOWERS: g.repositories},
    "repositories are users": lambda g: {REPOS: g.people},
    "stars are users": lambda g: {STARRED: g.people},
}


@side_by_side
@pytest.mark.parametrize("what", OTHER)
def test_fields_missing_from_another_media_type_are_unchanged(what, stack):
    github = World()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        for task in (("full_profile_sync", "ada"),):
            s.task(*task)
            s.wait_idle()
        s.check_queue()
        before, names = edges(s), s.rows("select github_id, full_name from repositories order by 1")
        assert before[0] and before[1]
        github.answers.update(OTHER[what](github))
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert edges(s) == before, what
        assert s.rows("select github_id, full_name from repositories order by 1") == names
        github.answers.update(github.lists)
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert edges(s) == before, f"{what}, and back"
        assert s.rows("select login from developers where gone_at is not null union all select full_name from repositories where gone_at is not null") == []
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("what", ["plain", "null"])
def test_stargazers_without_times_keep_theirs(what, stack):
    github = World()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_repository_sync", "ada", "r9")
        s.wait_idle()
        before = edges(s)
        assert len(before[1]) == 2 and all(at for *_, at in before[1])
        github.answers[STARGAZERS] = github.people if what == "plain" else github.stars("user", github.people, None)
        s.task("full_repository_sync", "ada", "r9")
        s.wait_idle()
        assert edges(s) == before
    finally:
        github.stop()
