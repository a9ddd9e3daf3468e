"""data_source: GitHub's answer without the addresses that consist of another one and a fixed rest."""
import json

import pytest
from fake_github import FakeGitHub, profile, repository, user

OWNER, FAN, REPOSITORY = 4000, 10, 5000
DERIVED = {
    "user": {"followers_url": "/followers", "following_url": "/following{/other_user}", "repos_url": "/repos", "events_url": "/events{/privacy}"},
    "repository": {"forks_url": "/forks", "keys_url": "/keys{/key_id}", "contents_url": "/contents/{+path}", "clone_url": ".git"},
}


def with_addresses(record, kind):
    """As REST has it: beside `url` and `html_url` what follows from them."""
    url = f"https://api.github.com/{kind}/{record['id']}"
    return {**record, "url": url, "html_url": f"https://github.com/{record['id']}", "avatar_url": "https://avatars.example/1",
            **{key: url + rest for key, rest in DERIVED[kind].items()}}


def addresses(doc):
    """Keys that end in _url, at any depth."""
    found = set()
    for key, value in doc.items():
        found |= {key} if key.endswith("_url") else set()
        found |= addresses(value) if isinstance(value, dict) else set()
    return found


@pytest.fixture
def github():
    made = FakeGitHub()
    owner = with_addresses(user(OWNER, "owner"), "user")
    one = with_addresses(repository(REPOSITORY, owner, "one"), "repository")
    one.update(mirror_url="https://git.example/one", stargazers_count=1,
               parent=with_addresses(repository(REPOSITORY + 1, owner, "origin"), "repository"))
    listed = {key: value for key, value in one.items() if key != "parent"}
    made.answers["/users/fan"] = made.answers[f"/user/{FAN}"] = with_addresses(profile(FAN, "fan", followers=1, public_repos=0), "user")
    made.answers["/users/fan/starred?per_page=100"] = [{"starred_at": "2024-01-01T00:00:00Z", "repo": listed}]
    made.answers["/users/fan/followers?per_page=100"] = [owner]
    made.answers["/users/owner"] = made.answers[f"/user/{OWNER}"] = with_addresses(profile(OWNER, "owner"), "user")
    made.answers["/repos/owner/one"] = made.answers[f"/repositories/{REPOSITORY}"] = one
    yield made
    made.stop()


def sync(s):
    s.rows("update remembered_pages set etag = null returning 1")
    s.task("full_profile_sync", "fan")
    s.wait_until(lambda: not s.one("select exists (select from jobs where finished_at is null)")
                 and s.one("select exists (select from stars where developer_github_id = %s)", FAN), 60, "the fan")


def document(s, table, github_id):
    return s.one(f"select data_source from {table} where github_id = %s", github_id)


def test_an_answer_is_stored_without_addresses_that_follow_from_others(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    sync(s)
    fan, one = document(s, "developers", FAN), document(s, "repositories", REPOSITORY)
    assert addresses(fan) == {"html_url", "avatar_url"}
    assert addresses(one) == {"html_url", "avatar_url", "mirror_url"}
    assert fan["url"] == "https://api.github.com/user/10" and one["url"] == "https://api.github.com/repository/5000"
    assert one["owner"]["login"] == "owner" and one["parent"]["full_name"] == "owner/origin"
    assert one["mirror_url"] == "https://git.example/one"


def as_stored_before(doc, kind):
    """With addresses of a former name, in the records inside, too."""
    old = {key: "https://api.github.com/of/a/former/name" for key in DERIVED[kind]}
    inside = {key: as_stored_before(doc[key], inner) for key, inner in (("owner", "user"), ("parent", "repository")) if key in doc}
    return {**doc, **old, **inside}


def versions(s):
    return s.rows("select github_id, xmin::text, synced_at from developers where github_id = %s union all "
                  "select github_id, xmin::text, synced_at from repositories where github_id = %s", FAN, REPOSITORY)


@pytest.mark.parametrize("detail", [False, True], ids=["list", "detail"])
def test_what_an_earlier_version_stored_stays_until_the_record_changes(github, stack, detail):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()

    def again():
        sync(s)
        if detail:
            assert s.run("task", "full_repository_sync", "--repo-name", "owner/one", "--wait", timeout=60).returncode == 0
    again()
    for table, github_id, kind in ("developers", FAN, "user"), ("repositories", REPOSITORY, "repository"):
        s.rows(f"update {table} set data_source = %s where github_id = %s", json.dumps(as_stored_before(document(s, table, github_id), kind)),
               github_id)
    before, changes = versions(s), s.one("select max(id) from changes")
    again()
    assert versions(s) == before
    assert s.rows("select type from changes where id > %s", changes) == []
    github.answers["/users/fan"]["bio"] = "another"
    for listed in github.answers["/users/fan/starred?per_page=100"]:
        listed["repo"]["description"] = "another"
    github.answers["/repos/owner/one"]["description"] = "another"
    again()
    fan, one = document(s, "developers", FAN), document(s, "repositories", REPOSITORY)
    assert (fan["bio"], one["description"]) == ("another", "another")
    assert addresses(fan) == {"html_url", "avatar_url"} and addresses(one) == {"html_url", "avatar_url", "mirror_url"}
    assert one["parent"]["full_name"] == "owner/origin"
