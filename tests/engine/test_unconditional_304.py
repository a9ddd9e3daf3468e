"""A 304 that answers a request without a condition, as of a confused cache: nothing is known to be unchanged, so it is retried.
If-Modified-Since is a condition, as If-None-Match is."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user
from stack import sync

NOT_MODIFIED = (304, {}, b"")
TASKS = {
    "profile": (("full_profile_sync", "ada", None), "/users/ada"),
    "list": (("full_profile_sync", "ada", None), "/users/ada/followers?per_page=100"),
    "repository": (("full_repository_sync", "ada", "r"), "/repos/ada/r"),
    "star history": (("full_repository_sync", "ada", "r"), "/repos/ada/r/stargazers/history?per_page=30"),
    "detail": (("full_profile_sync", "ada", None), "/users/bob"),
}
ADA = user(1, "ada")
ANSWERS = {
    "/users/ada": profile(1, "ada", followers=1, public_repos=1), "/users/ada/followers?per_page=100": [user(7, "bob")],
    "/users/ada/starred?per_page=100": [], "/users/ada/repos?per_page=100": [repository(60, ADA, "r", stargazers_count=1)],
    "/repos/ada/r": repository(60, ADA, "r", stargazers_count=1),
    "/repos/ada/r/stargazers?per_page=100": [{"starred_at": "2020-01-01T00:00:00Z", "user": user(7, "bob")}],
    "/repos/ada/r/stargazers/history?per_page=30": [{"week": 1757203200, "total": 1, "days": [1, 0, 0, 0, 0, 0, 0]}],
    "/users/bob": profile(7, "bob", following=1)}
ANSWERS |= {by_id: ANSWERS[by_name] for by_id, by_name in
            {"/user/1": "/users/ada", "/user/7": "/users/bob", "/repositories/60": "/repos/ada/r"}.items()}


@side_by_side
@pytest.mark.parametrize("known", [False, True], ids=["first", "known"])
@pytest.mark.parametrize("what", TASKS)
def test_a_304_to_an_unconditional_request_is_retried(what, known, stack):
    """Known, and remembered without an ETag: none was sent."""
    github = FakeGitHub()
    (task, login, name), path = TASKS[what]
    github.answers.update(ANSWERS)
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()

        def sync():
            s.task(task, login, name)
            s.wait_idle()
            s.check_queue()
            assert s.rows("select github_id from developers where github_id not in (1, 7)") == []
            return (s.rows("select login, synced_at is not null from developers order by 1"), s.rows("select full_name, synced_at is not null from repositories"),
                    s.rows("select * from frontier where github_id not in (1, 7)"), s.one("select coalesce(sum(stars_added), 0) from repository_counts"),
                    s.rows("select follower_github_id from follows"))
        if known:
            sound = sync()
        before = github.asked().count(path)
        github.answers[path] = Several(NOT_MODIFIED, github.answers[path])
        if known and what == "detail":
            s.rows("update developers set synced_at = null where login = 'bob'")
        told = sync()
        assert github.asked().count(path) == before + 2
        if known:
            assert told == sound
        else:
            assert ("ada", True) in told[0] and told[2] == []
            assert told[4] == ([(7,)] if task == "full_profile_sync" else [])
            assert told[3] == (0 if task == "full_profile_sync" else 1)
    finally:
        github.stop()


class Dated(FakeGitHub):
    """Each answer has a Last-Modified and no ETag."""
    date = "Thu, 05 Nov 2020 10:00:00 GMT"

    def answer(self, method, path, headers):
        status, more, body = super().answer(method, path, headers)
        if status == 200 and headers.get("If-Modified-Since") == self.date:
            return 304, {"Last-Modified": self.date}, b""
        return status, {**more, "Last-Modified": self.date}, body


@side_by_side
@pytest.mark.parametrize("what", ["profile", "repository"])
def test_a_304_to_if_modified_since_counts_and_is_free(what, stack):
    github = Dated()
    (task, login, name), detail = TASKS[what]
    github.answers.update(ANSWERS)
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        first, second = sync(s, task, login, name), sync(s, task, login, name)
        costs = dict(s.rows("select task_id, cost from jobs where kind = %s", task))
        assert (costs[first], costs[second]) == (1, 0)
        assert s.rows("select kind, attempt, error from jobs where attempt > 0 or error is not null") == []
        conditional = [h for _, path, h in github.seen if path == detail and "If-Modified-Since" in h]
        assert len(conditional) == 1 and "If-None-Match" not in conditional[0]
    finally:
        github.stop()
