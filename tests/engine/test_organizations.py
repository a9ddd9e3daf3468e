"""An organization is one wherever it is met first, is hydrated rightly, and costs nothing for lists that organizations do not have."""

import pytest
from beside import side_by_side
from fake_github import profile, repository, user
from stack import sync
from test_mass_closing import Tagged

LISTS = {name: f"/users/ada/{name}?per_page=100" for name in ("followers", "following", "starred", "repos")}


class World(Tagged):
    """ada and her repository; acme is an organization. GraphQL knows it as GitHub does: without followers and a company."""

    def __init__(self):
        super().__init__()
        self.told = "Organization"
        ada = user(1, "ada")
        self.repo = repository(60, ada, "r", stargazers_count=1)
        self.answers.update({"/users/ada": profile(1, "ada", followers=1, following=1, public_repos=1), **{path: [] for path in LISTS.values()},
                             "/repos/ada/r": self.repo, "/repositories/60": self.repo, LISTS["repos"]: [self.repo],
                             "/repos/ada/r/stargazers?per_page=100": [], "/repos/ada/r/stargazers/history?per_page=30": []})
        self.answers["/user/1"] = self.answers["/users/ada"]
        self.answers["/users/acme"] = self.answers["/user/4"] = profile(
            4, "acme", type="Organization", name="Acme", followers=5, following=0, public_repos=1, bio="what it does")
        self.its_repo = repository(61, self.acme(), "tool")
        for path in ("/repos/acme/tool", "/repositories/61"):
            self.answers[path] = self.its_repo
        self.answers["/users/acme/repos?per_page=100"] = [self.its_repo]
        self.answers["/graphql"] = lambda asked: {"data": {"nodes": [self.node(i) for i in asked["variables"]["ids"]]}}

    def acme(self, **more):
        return {**user(4, "acme", type="Organization", node_id="O_4"), **more}

    def node(self, node_id):
        dates = {"createdAt": "2011-01-25T18:44:36Z", "updatedAt": "2020-01-25T18:44:36Z"}
        if node_id.startswith("R_"):
            owner = {"__typename": "Organization", "id": "O_4", "login": "acme", "databaseId": 4}
            if node_id == "R_60":
                owner = {"__typename": "User", "id": "U_1", "login": "ada", "databaseId": 1}
            name = {"R_60": "ada/r", "R_61": "acme/tool"}[node_id]
            return {"__typename": "Repository", "id": node_id, "databaseId": int(node_id[2:]), "nameWithOwner": name,
                    "repoName": name.split("/")[1], "stargazerCount": 1, "owner": owner, **dates}
        return {"__typename": "Organization", "id": node_id, "databaseId": 4, "login": "acme", "name": "Acme", "description": "what it does",
                "avatarUrl": "https://avatars.example/u", "repositories": {"totalCount": 1}, **dates}


@pytest.fixture
def github():
    made = World()
    yield made
    made.stop()


# How a list names it: as what it is, without a type, and as a person by mistake.
NAMES = {"typed": {}, "untyped": {"type": None}, "type odd": {"type": {}}, "as a person": {"type": "User"}}
MET = ["following", "followers", "stargazers", "owner"]


@side_by_side
@pytest.mark.parametrize("way", ["graphql", "rest"])
@pytest.mark.parametrize("where", MET)
@pytest.mark.parametrize("named", NAMES)
def test_an_organization_is_recognised_wherever_it_is_first_seen(where, named, way, github, stack):
    acme = github.acme(**NAMES[named])
    if where == "stargazers":
        github.answers["/repos/ada/r/stargazers?per_page=100"] = [{"starred_at": "2020-01-01T00:00:00Z", "user": acme}]
    elif where == "owner":
        odd = {**github.its_repo, "owner": acme}
        for path in ("/repos/acme/tool", "/repositories/61"):
            github.answers[path] = odd
        github.answers[LISTS["starred"]] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": odd}]
    else:
        github.answers[LISTS[where]] = [acme]
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION=way)
    s.crawler()
    edges = {"following": [(1, 4)]}.get(where, [])
    for round_ in range(3):
        asked = len(github.seen)
        if where == "stargazers":
            sync(s, "full_repository_sync", "ada", "r")
        else:
            sync(s)
        assert s.rows("select type, name, bio, synced_at is not null, gone_at, public_repos from developers where github_id = 4"
                      ) == [("Organization", "Acme", "what it does", True, None, 1)]
        assert s.one("select followers_count from developers where github_id = 4") in ((None, 5) if way == "graphql" else (5,))
        assert s.rows("select follower_github_id, followed_github_id from follows") == edges
        assert s.rows("select developer_github_id from stars where developer_github_id = 4") == []
        if round_ == 2:  # a list that named a person has been read again
            assert [path for _, path, headers in github.seen[asked:] if "If-None-Match" not in headers] == []


def spent(s):
    return s.one("select sum(cost) from jobs where task_id = (select max(task_id) from jobs)")


MISSING = {"404": (404, {}, {"message": "Not Found", "status": "404"}), "410": (410, {}, {"message": "This resource is gone"})}


@side_by_side
@pytest.mark.parametrize("answer", MISSING.values(), ids=MISSING)
def test_lists_that_an_organization_does_not_have_cost_nothing_again(answer, github, stack):
    """Those of what an organization does not do are never asked for. What is not there is looked at again in a week, or on demand."""
    followers = "/users/acme/followers?per_page=100"
    github.answers[followers] = answer
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    sync(s, username="acme")
    for _ in range(3):
        sync(s, username="acme")
        assert spent(s) == 0
    assert github.asked().count(followers) == 1
    assert not [p for p in github.asked() if "starred" in p or "following" in p]
    assert s.run("task", "full_profile_sync", "--username", "acme", "--wait").returncode == 0
    # GitHub has it now.
    github.answers[followers] = [user(1, "ada")]
    sync(s, username="acme")
    assert s.rows("select * from follows") == []
    s.rows("update remembered_pages set fetched_at = now() - interval '8 days' where ids = '{}'")
    sync(s, username="acme")
    assert s.rows("select follower_github_id, followed_github_id from follows") == [(1, 4)]
    sync(s, username="acme")
    sync(s, username="acme")
    assert spent(s) == 0


@side_by_side
def test_retry_capabilities_has_such_a_list_requested_again(github, stack):
    followers = "/users/acme/followers?per_page=100"
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    sync(s, username="acme")
    github.answers[followers] = [user(1, "ada")]
    assert s.run("retry-capabilities").stdout == "1 refused endpoint will be tried again\n"
    sync(s, username="acme")
    assert s.rows("select follower_github_id, followed_github_id from follows") == [(1, 4)]


@side_by_side
def test_a_list_that_an_organization_had_before_is_requested_again(github, stack):
    followers = "/users/acme/followers?per_page=100"
    github.answers[followers] = [user(1, "ada")]
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    sync(s, username="acme")
    github.answers[followers] = MISSING["404"]
    sync(s, username="acme")
    assert s.rows("select note from jobs where kind = 'developer_followers' order by id desc limit 1")[0][0].startswith("incomplete: ")
    github.answers[followers] = [user(1, "ada")]
    sync(s, username="acme")
    assert s.rows("select follower_github_id from follows") == [(1,)] and s.rows("select * from follow_history") == []
    assert s.rows("select note from jobs where kind = 'developer_followers' order by id desc limit 1") == [(None,)]


def last_note(s, kind):
    return s.rows("select note from jobs where kind = %s order by id desc limit 1", kind)[0][0]


@side_by_side
@pytest.mark.parametrize("answer", MISSING.values(), ids=MISSING)
def test_a_404_for_an_organizations_repositories_is_retried(answer, github, stack):
    """An organization has them, so such an answer is trouble at GitHub."""
    repos = "/users/acme/repos?per_page=100"
    its, github.answers[repos] = github.answers[repos], answer
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    for _ in range(2):
        sync(s, username="acme")
        assert last_note(s, "developer_repositories").startswith("incomplete: ")
    github.answers[repos] = its
    sync(s, username="acme")
    assert last_note(s, "developer_repositories") is None
    assert s.rows("select full_name from repositories where owner_github_id = 4") == [("acme/tool",)]


@side_by_side
def test_an_organization_that_has_become_a_user_has_the_lists(github, stack):
    followers = "/users/acme/followers?per_page=100"
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    sync(s, username="acme")
    assert last_note(s, "developer_followers").startswith("restricted: ")
    github.answers["/users/acme"] = github.answers["/user/4"] = profile(4, "acme", followers=1, public_repos=1)
    github.answers.update({followers: [user(1, "ada")], "/users/acme/starred?per_page=100": []})
    sync(s, username="acme")
    assert s.rows("select follower_github_id, followed_github_id from follows") == [(1, 4)]
