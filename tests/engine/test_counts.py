"""Counts in lists of known repositories: the newest row of counts by day equals the record."""
from fake_github import FakeGitHub, profile, repository, user


def sync(s, login):
    s.task("full_profile_sync", login)
    s.wait_idle()
    s.check_queue()


def test_counts_in_lists_are_stored_by_day(stack):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", public_repos=1)
        github.answers["/users/ada/starred?per_page=100"] = []
        for stars, month in ((3, "01"), (7, "02")):
            told = repository(10, user(1, "ada"), "r", stargazers_count=stars, updated_at=f"2020-{month}-25T18:44:36Z")
            detail = {**told, "subscribers_count": 2}
            github.answers["/repos/ada/r"] = github.answers["/repositories/10"] = detail
            github.answers["/users/ada/repos?per_page=100"] = [told]
            sync(s, "ada")
            assert s.rows("select stargazers_count, subscribers_count from repositories") == [(stars, 2)]
            assert s.rows("select stargazers_count, subscribers_count from repository_counts order by day desc limit 1") == [(stars, 2)]
            s.rows("update repository_counts set day = day - 3 where stargazers_count = 3")
        sync(s, "ada")  # nothing has changed: no row
        assert s.rows("select stargazers_count from repository_counts order by day") == [(3,), (7,)]
    finally:
        github.stop()


def test_fields_that_a_list_lacks_stay(stack):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        detail = repository(10, user(1, "ada"), "r", stargazers_count=3, description="old", language="C")
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", public_repos=1)
        github.answers["/users/ada/starred?per_page=100"] = []
        github.answers["/repos/ada/r"] = github.answers["/repositories/10"] = detail
        github.answers["/users/ada/repos?per_page=100"] = [detail]
        sync(s, "ada")
        few = {k: detail[k] for k in ("id", "node_id", "name", "full_name", "owner", "updated_at")}
        github.answers["/users/ada/repos?per_page=100"] = [{**few, "description": None, "homepage": "https://r.example"}]
        sync(s, "ada")
        assert s.rows("select description, homepage, language, stargazers_count, private, created_at is null from repositories") \
            == [(None, "https://r.example", "C", 3, False, False)]
        assert s.rows("select stargazers_count from repository_counts") == [(3,)]
    finally:
        github.stop()
