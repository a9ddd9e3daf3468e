"""A login or a name that a list shows under another id: its former holder is requested by id, whichever list it was."""
import pytest
from fake_github import FakeGitHub, profile, repository, user

HOLDER, NEWCOMER, OWNER_BEFORE = 200, 300, "owner"


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers["/users/ada"] = profile(1, "ada", followers=1, following=1, public_repos=1)
    made.answers[f"/user/{HOLDER}"] = made.answers["/users/taken"] = profile(HOLDER, "taken")
    made.answers[f"/user/{NEWCOMER}"] = profile(NEWCOMER, OWNER_BEFORE)
    yield made
    made.stop()


def lists(github, **shown):
    for name in ("followers", "following", "starred", "repos"):
        github.answers[f"/users/ada/{name}?per_page=100"] = shown.get(name, [])


@pytest.mark.parametrize("known", [True, False], ids=["renamed", "never seen"])
@pytest.mark.parametrize("where", ["followers", "starred"])
def test_the_former_holder_of_a_login_is_requested(github, s, where, known):
    def shown(login):
        account = user(NEWCOMER, login)
        if where == "starred":
            github.answers["/repositories/500"] = repository(500, account, "r")
            return {"starred": [{"starred_at": "2020-01-01T00:00:00Z", "repo": repository(500, account, "r")}]}
        return {"followers": [account]}
    lists(github, following=[user(HOLDER, "taken")], **(shown(OWNER_BEFORE) if known else {}))
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    # Its holder was deleted, and another account took the login.
    del github.answers[f"/user/{HOLDER}"]
    github.answers[f"/user/{NEWCOMER}"] = github.answers["/users/taken"] = profile(NEWCOMER, "taken")
    lists(github, **shown("taken"))
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert s.rows("select github_id from developers where login = 'taken' and gone_at is null") == [(NEWCOMER,)]
    assert s.one("select gone_at is not null from developers where github_id = %s", HOLDER)


@pytest.mark.parametrize("where", ["starred", "repos"])
def test_the_former_holder_of_a_name_is_requested(github, s, where):
    ada, former, renamed = user(1, "ada"), 500, 600

    def shown(*repositories):
        for one in repositories:
            github.answers[f"/repositories/{one['id']}"] = one
        if where == "starred":
            repositories = [{"starred_at": "2020-01-01T00:00:00Z", "repo": one} for one in repositories]
        lists(github, **{where: list(repositories)})
    shown(repository(former, ada, "taken"), repository(renamed, ada, "other"))
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    del github.answers[f"/repositories/{former}"]
    shown(repository(renamed, ada, "taken"))
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert s.rows("select github_id from repositories where name = 'taken' and gone_at is null") == [(renamed,)]
    assert s.one("select gone_at is not null from repositories where github_id = %s", former)
