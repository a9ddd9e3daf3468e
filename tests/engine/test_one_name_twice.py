"""Two ids with the same name: each is requested by id, once."""
from fake_github import FakeGitHub, profile, repository, user


def settled(s, github):
    s.wait_until(lambda: not s.open_jobs() or len(github.seen) > 60, 60, "an end")
    assert len(github.seen) < 30, github.asked()[-10:]
    s.check_queue()


def test_two_repositories(stack):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        ada = user(1, "ada")
        one, two = repository(10, ada, "r"), repository(11, ada, "r")
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", public_repos=2)
        github.answers["/users/ada/starred?per_page=100"] = []
        github.answers["/users/ada/repos?per_page=100"] = [one, two]
        github.answers["/repos/ada/r"] = github.answers["/repositories/10"] = one
        github.answers["/repositories/11"] = two
        s.crawler()
        s.task("full_profile_sync", "ada")
        settled(s, github)
        assert s.one("select count(*) from repositories where synced_at is not null") == 2
    finally:
        github.stop()


def test_two_developers(stack):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", followers=2)
        github.answers["/users/ada/starred?per_page=100"] = []
        github.answers["/users/ada/followers?per_page=100"] = [user(5, "eve"), user(6, "eve")]
        github.answers["/users/eve"] = github.answers["/user/5"] = profile(5, "eve", following=1)
        github.answers["/user/6"] = profile(6, "eve", following=1)
        s.crawler()
        s.task("full_profile_sync", "ada")
        settled(s, github)
        assert s.one("select count(*) from developers where synced_at is not null") == 3
    finally:
        github.stop()
