"""One node of a GraphQL answer that is odd, in whatever part of it, costs neither its batch nor what other answers told."""
import concurrent.futures
import json
import random

import pytest
from fake_github import FakeGitHub, profile, repository, user

T = "2020-02-29T10:00:00Z"
NUL = "a\0b"
HUGE = "HUGE"  # a number no 64-bit integer holds, put into the text of the answer


def of_a_person(n, login):
    return {"__typename": "User", "id": f"U_{n}", "databaseId": n, "login": login, "name": "by GraphQL", "company": "new", "bio": "new",
            "location": "new", "websiteUrl": "https://new.example", "twitterUsername": "new", "avatarUrl": f"https://new.example/{n}?v=4",
            "isHireable": True, "isSiteAdmin": False, "createdAt": T, "updatedAt": T, "followers": {"totalCount": 11},
            "following": {"totalCount": 12}, "gists": {"totalCount": 13}, "repositories": {"totalCount": 14}}


def of_a_repository(n, owner, name):
    return {"__typename": "Repository", "id": f"R_{n}", "databaseId": n, "repoName": name, "nameWithOwner": f"{owner['login']}/{name}",
            "description": "by GraphQL", "homepageUrl": "https://new.example", "mirrorUrl": None, "diskUsage": 77, "isPrivate": False,
            "isFork": True, "isArchived": True, "isDisabled": False, "isTemplate": False, "visibility": "PUBLIC",
            "hasIssuesEnabled": False, "hasProjectsEnabled": False, "hasWikiEnabled": False, "hasDiscussionsEnabled": True,
            "stargazerCount": 21, "forkCount": 22, "watchers": {"totalCount": 23}, "openI": {"totalCount": 3}, "openP": {"totalCount": 4},
            "primaryLanguage": {"name": "C"}, "defaultBranchRef": {"name": "trunk"},
            "licenseInfo": {"key": "mit", "name": "MIT License", "spdxId": "MIT", "url": "https://new.example", "id": "L"},
            "owner": {"__typename": "User", "id": owner["node_id"], "login": owner["login"], "databaseId": owner["id"]},
            "parent": {"databaseId": 5, "nameWithOwner": "up/stream"}, "createdAt": T, "updatedAt": T, "pushedAt": T}


def variants(odd_values):
    return {f"{key} {json.dumps(value)[:40]}": {key: value} for key, values in odd_values.items() for value in values}


LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=12000))  # longer than an entry of an index may be
COUNTS = [None, 7, "7", [], {}, {"totalCount": None}, {"totalCount": "7"}, {"totalCount": 1.5}, {"totalCount": HUGE}, {"totalCount": -1}]
FLAGS, TEXTS, TIMES = ["perhaps", 1, []], [5, {}, [], True], ["yesterday", 5, {}, "infinity", f"2020-02-29T10:00:00.{'9' * 300}Z"]

# key → values that tell nothing of it: what was told before stays. Each stands alone in a batch of its own.
PERSONS = variants({"followers": COUNTS, "following": [None, {"totalCount": HUGE}], "gists": ["x"], "repositories": [[5]],
                    "company": TEXTS, "bio": TEXTS, "location": TEXTS, "websiteUrl": TEXTS, "twitterUsername": TEXTS,
                    "avatarUrl": [*TEXTS, None, "", "javascript:alert(1)"], "isHireable": FLAGS, "isSiteAdmin": FLAGS,
                    "createdAt": TIMES, "updatedAt": TIMES, "id": [None, 5], "databaseId": [None, "x", 1.5, 0, 7, 2**62],
                    "name": [LONG, 5, {}], "login": [None, 5, "", "a/b", "a b", LONG, NUL], "__typename": [None, 5, "Mannequin", "Repository"],
                    "node": [None, 5, "x", []]})
REPOSITORIES = variants({
    "owner": [None, "ghost", 7, [], {}, {"login": None, "databaseId": 7}, {"login": 5, "databaseId": 7}],
    "licenseInfo": ["MIT", 5, [], {}, {"spdxId": 5}, {"spdxId": {}, "key": []}, {"name": "x"}],
    "parent": ["up/stream", 5, [], {}, {"databaseId": "x"}, {"databaseId": -5, "nameWithOwner": "up/stream"}, {"databaseId": 0},
               {"databaseId": 2**62}, {"databaseId": HUGE}, {"databaseId": None, "nameWithOwner": "up/stream"}],
    "watchers": COUNTS, "openI": COUNTS, "openP": [None, {"totalCount": 2**63 - 1}], "stargazerCount": [None, "many", 1.5, HUGE, []],
    "forkCount": ["x", {}], "diskUsage": ["x", {}, HUGE], "primaryLanguage": ["C", 5, [], {}, {"name": None}, {"name": 5}],
    "defaultBranchRef": ["main", 5, [], {}, {"name": 5}, {"name": []}], "description": TEXTS, "homepageUrl": TEXTS,
    "mirrorUrl": [5, {}], "isPrivate": FLAGS, "isFork": FLAGS, "isArchived": [*FLAGS, None], "isDisabled": FLAGS,
    "isTemplate": FLAGS, "hasIssuesEnabled": FLAGS, "hasDiscussionsEnabled": FLAGS, "visibility": [5, [], "X" * 100],
    "createdAt": TIMES, "updatedAt": TIMES, "pushedAt": TIMES, "repositoryTopics": [None, "x"], "repoName": [None, 5, "", "a/b", LONG],
    "nameWithOwner": [None, 5, "", "odd", "/odd", "a/b/c", LONG], "databaseId": [None, "x", 1.5, 0, 7], "__typename": [None, "User", {}],
    "node": [None, [], True]})

# What each key decides of a row: (column, what was told before, what a sound node tells).
PERSON_COLUMNS = {
    "followers": ("followers_count", None, 11), "following": ("following_count", None, 12), "gists": ("public_gists", None, 13),
    "repositories": ("public_repos", None, 14), "company": ("company", None, "new"), "bio": ("bio", None, "new"),
    "location": ("location", None, "new"), "websiteUrl": ("blog", None, "https://new.example"), "twitterUsername": ("twitter_username", None, "new"),
    "avatarUrl": ("regexp_replace(avatar_url, '[0-9]+', 'n')", "https://avatars.example/u", "https://new.example/n?v=4"), "isHireable": ("hireable", None, True),
    "isSiteAdmin": ("site_admin", True, False), "createdAt": ("to_char(created_at at time zone 'utc', 'YYYY')", None, "2020"),
    "updatedAt": ("to_char(updated_at at time zone 'utc', 'YYYY')", None, "2020"), "id": ("type", "User", "User"),
}
REPOSITORY_COLUMNS = {
    "owner": ("owner_github_id is not null", True, True), "licenseInfo": ("license", "Apache-2.0", "Apache-2.0"),
    "parent": ("parent_github_id", None, 5), "watchers": ("subscribers_count", None, 23), "openI": ("open_issues_count", 6, 7),
    "stargazerCount": ("stargazers_count", 1, 21), "forkCount": ("forks_count", 2, 22), "diskUsage": ("size_kb", 5, 5),
    "primaryLanguage": ("language", "Rust", "C"), "defaultBranchRef": ("default_branch", "main", "main"),
    "description": ("description", "by list", "by GraphQL"), "homepageUrl": ("homepage", "https://old.example", "https://new.example"),
    "isPrivate": ("private", False, False), "isFork": ("fork", False, True), "isArchived": ("archived", False, True),
    "isDisabled": ("disabled", True, False), "isTemplate": ("is_template", True, True), "hasIssuesEnabled": ("has_issues", True, False),
    "hasDiscussionsEnabled": ("has_discussions", False, False), "visibility": ("visibility", "public", "public"),
    "createdAt": ("to_char(created_at at time zone 'utc', 'YYYY')", "2011", "2020"),
    "updatedAt": ("to_char(updated_at at time zone 'utc', 'YYYY')", "2012", "2020"),
    "pushedAt": ("to_char(pushed_at at time zone 'utc', 'YYYY')", "2013", "2020"), "repoName": ("name <> ''", True, True),
}
DECIDES = {"openP": "openI"}  # another key of the same column


def by_rest(parts):
    """Whether such a node says nothing of whom it is about. databaseId has 31 bits, so one that is no number contradicts nothing."""
    return bool(parts.keys() & {"repoName", "nameWithOwner", "login", "__typename", "node"}) or type(parts.get("databaseId")) is int


def listed(n, owner, name):
    return repository(n, owner, name, description="by list", homepage="https://old.example", language="Rust", license={"spdx_id": "Apache-2.0"},
                      stargazers_count=1, watchers_count=1, forks_count=2, open_issues_count=6, size=5, is_template=True, disabled=True,
                      has_discussions=False, visibility="public", created_at="2011-01-25T18:44:36Z", updated_at="2012-01-25T18:44:36Z",
                      pushed_at="2013-01-25T18:44:36Z")


def a_person(n, login):
    return user(n, login, site_admin=True)


class World(FakeGitHub):
    """Each case has a developer, who has a follower or a repository that is odd and one that is fine: two of a batch."""

    def __init__(self):
        super().__init__()
        self.nodes, self.ids = {}, {}
        cases = [("persons", what) for what in PERSONS] + [("repositories", what) for what in REPOSITORIES]
        for at, (kind, what) in enumerate(cases):
            n, login = 1000 + 10 * at, f"case-{at}"
            owner, odd, fine = user(n, login), n + 1, n + 2
            self.ids[kind, what] = (login, odd, fine)
            if kind == "persons":
                self.offer(owner, [a_person(odd, f"odd-{at}"), a_person(fine, f"fine-{at}")], [])
                self.nodes[f"U_{odd}"] = PERSONS[what].get("node", {**of_a_person(odd, f"odd-{at}"), **PERSONS[what]})
                self.nodes[f"U_{fine}"] = of_a_person(fine, f"fine-{at}")
            else:
                self.offer(owner, [], [listed(odd, owner, "odd"), listed(fine, owner, "fine")])
                self.nodes[f"R_{odd}"] = REPOSITORIES[what].get("node", {**of_a_repository(odd, owner, "odd"), **REPOSITORIES[what]})
                self.nodes[f"R_{fine}"] = of_a_repository(fine, owner, "fine")

    def offer(self, owner, followers, repositories):
        base = f"/users/{owner['login']}"
        self.answers.update({base: profile(owner["id"], owner["login"], followers=len(followers), public_repos=len(repositories)),
                             f"{base}/followers?per_page=100": followers, f"{base}/repos?per_page=100": repositories,
                             f"{base}/starred?per_page=100": []})
        for p in followers:
            self.answers[f"/users/{p['login']}"] = self.answers[f"/user/{p['id']}"] = profile(p["id"], p["login"], bio="by REST")
        for r in repositories:
            self.answers[f"/repos/{r['full_name']}"] = self.answers[f"/repositories/{r['id']}"] = {**r, "description": "by REST"}

        self.answers["/graphql"] = self.hydrated

    def hydrated(self, asked):
        body = json.dumps({"data": {"rateLimit": {"cost": 1}, "nodes": [self.nodes.get(i) for i in asked["variables"]["ids"]]}})
        return body.replace(f'"{HUGE}"', "1" + "0" * 30).encode()


@pytest.fixture(scope="module")
def crawled(new_lab, tmp_path_factory):
    """All cases, each as a task, so that each odd node is in a batch of its own."""
    lab = new_lab(tmp_path_factory.mktemp("odd-nodes"))
    github = World()
    try:
        s = lab.stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
        s.crawler()
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda ids: s.task("full_profile_sync", ids[0]), github.ids.values()))
        s.wait_until(lambda: s.one("select count(*) from jobs where finished_at is null and attempt = 0") == 0, 120, "the tasks' end")
        yield github, s
    finally:
        github.stop()
        lab.close()


def row_of(s, table, columns, github_id):
    names = ", ".join(column for column, *_ in columns.values())
    return dict(zip(columns, s.rows(f"select {names} from {table} where github_id = %s", github_id)[0]))


def check(crawled, kind, what, odd_parts, table, columns):
    github, s = crawled
    login, odd, fine = github.ids[kind, what]
    sound = {key: new for key, (_, _, new) in columns.items()}
    assert s.rows("select j.kind, j.state, j.attempt, j.error from jobs j join jobs t on t.task_id = j.task_id "
                  "where t.subject = %s and (j.attempt > 0 or j.error is not null)", login) == []
    assert row_of(s, table, columns, fine) == sound, "the neighbour"
    assert s.rows(f"select github_id from {table} where synced_at is null and github_id in (%s, %s)", odd, fine) == []
    keys = {DECIDES.get(key, key) for key in odd_parts}
    if by_rest(odd_parts):
        assert s.rows(f"select {'bio' if kind == 'persons' else 'description'} from {table} where github_id = %s", odd) == [("by REST",)]
    else:
        told = {key: columns[key][1] for key in keys if key in columns}
        assert row_of(s, table, columns, odd) == {**sound, **told}, "the odd one"
    details = {f"/user/{odd}", f"/repositories/{odd}"} & set(github.asked())
    assert bool(details) == by_rest(odd_parts), "what it cost"


@pytest.mark.parametrize("what", PERSONS)
def test_a_malformed_field_of_a_developers_node_loses_that_field_alone(what, crawled):
    check(crawled, "persons", what, PERSONS[what], "developers", PERSON_COLUMNS)


@pytest.mark.parametrize("what", REPOSITORIES)
def test_a_malformed_field_of_a_repositorys_node_loses_that_field_alone(what, crawled):
    check(crawled, "repositories", what, REPOSITORIES[what], "repositories", REPOSITORY_COLUMNS)
