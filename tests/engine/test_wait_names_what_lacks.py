"""`task --wait` names each list that lacks something. What GitHub does not show is no failure."""
import pytest
from fake_github import FakeGitHub, profile, repository, user

REFUSED = (403, {}, {"message": "Resource not accessible by personal access token"})
CAPPED = (422, {}, {"message": "In order to keep the API fast for everyone, pagination is limited for this resource."})
PEOPLE = [user(i, f"f-{i}") for i in range(100, 300)]
FOLLOWERS = "/users/ada/followers?per_page=100"


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers["/users/ada"] = made.answers["/user/1"] = profile(1, "ada", followers=200, following=1, public_repos=1)
    made.answers.update({f"/users/ada/{name}?per_page=100": [] for name in ("following", "starred", "repos")})
    made.answers[FOLLOWERS] = (200, {"Link": f'<{made.url}{FOLLOWERS}&page=2>; rel="next"'}, PEOPLE[:100])
    made.answers[FOLLOWERS + "&page=2"] = PEOPLE[100:]
    made.answers["/users/ada/following?per_page=100"] = [user(100, "f-100")]
    made.answers["/users/ada/repos?per_page=100"] = [repository(9, user(1, "ada"), "r")]
    made.answers["/repos/ada/r"] = repository(9, user(1, "ada"), "r", stargazers_count=2)
    for p in PEOPLE:
        made.answers[f"/users/{p['login']}"] = profile(p["id"], p["login"], following=1)
    yield made
    made.stop()


def wait(s, *of):
    done = s.run("task", *of, "--wait", check=False, timeout=120)
    return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("warning: ")]


PROFILE = ("full_profile_sync", "--username", "ada")


def started(stack, github):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    return s


def test_a_whole_task_warns_of_nothing(github, stack):
    assert wait(started(stack, github), *PROFILE) == (0, [])


@pytest.mark.parametrize("path,answer,named", [
    ("/users/ada/starred?per_page=100", REFUSED, "developer_starred of ada is not complete: restricted: "),
    ("/users/ada/following?per_page=100", REFUSED, "developer_following of ada is not complete: restricted: "),
    (FOLLOWERS, REFUSED, "developer_followers of ada is not complete: restricted: "),
    (FOLLOWERS + "&page=2", CAPPED, "developer_followers of ada is not complete: capped: "),
    ("/users/ada/repos?per_page=100", (200, {"X-GitHub-SSO": "partial-results; organizations=1,2"}, []),
     "developer_repositories of ada is not complete: partial: "),
    (FOLLOWERS + "&page=2", (200, {"X-GitHub-SSO": "partial-results; organizations=1"}, PEOPLE[100:]),
     "developer_followers of ada is not complete: partial: "),
], ids=["403-starred", "403-following", "403-followers", "422-page-2", "sso-repositories", "sso-page-2"])
def test_a_list_github_does_not_show_whole_is_named(path, answer, named, github, stack):
    github.answers[path] = answer
    code, warnings = wait(started(stack, github), *PROFILE)
    assert code == 0 and len(warnings) == 1 and warnings[0].startswith("warning: " + named), warnings


def test_each_list_is_named(github, stack):
    github.answers["/users/ada/starred?per_page=100"] = github.answers[FOLLOWERS] = REFUSED
    code, warnings = wait(started(stack, github), *PROFILE)
    assert code == 0 and sorted(w.split()[1] for w in warnings) == ["developer_followers", "developer_starred"]


def test_a_repositorys_stargazers_are_named(github, stack):
    github.answers["/repos/ada/r/stargazers?per_page=100"] = REFUSED
    github.answers["/repos/ada/r/stargazers/history?per_page=30"] = [{"week": 1577577600, "total": 2, "days": [0, 0, 0, 2, 0, 0, 0]}]
    code, warnings = wait(started(stack, github), "full_repository_sync", "--repo-name", "ada/r")
    assert code == 0 and [w.split(": restricted")[0] for w in warnings] == ["warning: repository_stargazers of ada/r is not complete"]


def test_a_list_that_lost_its_next_page_is_named_and_fails(github, stack):
    github.answers[FOLLOWERS] = (200, {"Link": '<ftp://x.example/2>; rel="next"'}, PEOPLE[:100])
    code, warnings = wait(started(stack, github), *PROFILE)
    assert code == 1 and [w.split(": incomplete")[0] for w in warnings] == ["warning: developer_followers of ada is not complete"]
