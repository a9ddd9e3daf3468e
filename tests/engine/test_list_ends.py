"""Where a list ends: what is not read of it would be taken to have ended."""
import pytest
from fake_github import FakeGitHub, profile, user


@pytest.mark.parametrize("remembered", [True, False], ids=["read-before", "counted"])
def test_a_full_page_whose_link_was_lost_is_not_the_last(stack, remembered):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        people = [user(1000 + i, f"p{i}") for i in range(150)]
        for p in people:
            detail = profile(p["id"], p["login"], following=1)
            github.answers[f"/users/{p['login']}"] = github.answers[f"/user/{p['id']}"] = detail
        first, rest = people[:100], people[100:]
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", followers=150)
        github.answers["/users/ada/starred?per_page=100"] = []
        link = {"Link": f'<{github.url}/user/1/followers?per_page=100&page=2>; rel="next"'} if remembered else {}
        github.answers["/users/ada/followers?per_page=100"] = (200, link, first)
        github.answers["/user/1/followers?per_page=100&page=2"] = github.answers["/users/ada/followers?per_page=100&page=2"] = rest
        s.crawler()
        for _ in range(2):
            s.task("full_profile_sync", "ada")
            s.wait_idle()
            s.check_queue()
            assert s.one("select count(*) from follows") == 150
            github.answers["/users/ada/followers?per_page=100"] = (200, {}, first)
        assert s.one("select count(*) from follow_history") == 0
    finally:
        github.stop()


def test_a_page_that_is_its_own_next_page_is_read_once(stack):
    """The pages after it are unknown, so no edge has ended."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        path, eve = "/users/ada/followers?per_page=100", user(5, "eve")
        github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", followers=2)
        github.answers["/users/ada/starred?per_page=100"] = []
        for p in (eve, user(6, "bob")):
            github.answers[f"/users/{p['login']}"] = github.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"], following=1)
        github.answers[path] = [eve, user(6, "bob")]
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        github.answers[path] = (200, {"Link": f'<{github.url}{path}>; rel="next"'}, [eve])
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: not s.open_jobs() or github.asked().count(path) > 20, 60, "an end")
        assert github.asked().count(path) == 2
        assert s.one("select count(*) from follows") == 2
    finally:
        github.stop()
