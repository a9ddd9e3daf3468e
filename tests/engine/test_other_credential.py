"""Several credentials: work that one of them may not do now continues with another, and does not wait for a reset."""
import json
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, user

HOUR = 3600
DISCOVERY = 50


def secondary(_):
    return 403, {"Retry-After": "600"}, {"message": "You have exceeded a secondary rate limit."}


def secondary_429(_):
    return 429, {"Retry-After": "600"}, {"message": "You have exceeded a secondary rate limit."}


def primary(now):
    return 403, rate(now, 0), {"message": "API rate limit exceeded for user ID 1."}


def rate(now, remaining):
    return {"X-RateLimit-Limit": "5000", "X-RateLimit-Used": str(5000 - remaining), "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(int(now) + HOUR), "X-RateLimit-Resource": "core"}


class Refusing(FakeGitHub):
    """Refuses `refused`, an Authorization, as `how` says; each credential has ETags of its own and rate headers."""

    def __init__(self):
        super().__init__()
        self.refused, self.how, self.used, self.start = None, secondary, [], time.time()
        self.answers["/users/ada"] = self.answers["/user/1"] = profile(1, "ada", followers=1)
        self.answers["/users/ada/followers?per_page=100"] = [user(2, "bob")]
        self.answers["/users/ada/starred?per_page=100"] = self.answers["/users/bob/starred?per_page=100"] = []
        self.answers["/users/bob"] = self.answers["/user/2"] = profile(2, "bob", following=1)

    def answer(self, method, path, headers):
        authorization = headers.get("Authorization", "")
        with self.lock:
            self.used.append((authorization, path, headers.get("If-None-Match")))
        if self.refused and self.refused in authorization:
            status, more, body = self.how(self.start)
            return status, {"Content-Type": "application/json", **more}, json.dumps(body).encode()
        status, more, body = super().answer(method, path, headers)
        etag = f'"{authorization[-5:]}{path}"'.replace("?", "-")
        more = {**more, **rate(self.start, 4000)}
        if status != 200:
            return status, more, body
        if headers.get("If-None-Match") == etag:
            return 304, {**more, "ETag": etag}, b""
        return 200, {**more, "ETag": etag}, body

    def paths(self, token):
        with self.lock:
            return [path for authorization, path, _ in self.used if token in authorization]


@pytest.fixture
def github():
    server = Refusing()
    yield server
    server.stop()


def sync(s, login="ada", within=30):
    task = s.task("full_profile_sync", login)
    s.wait_until(lambda: s.one("select bool_and(state = 'completed') from jobs where task_id = %s", task), within, "the sync")
    s.wait_idle(within)
    return task


@side_by_side
@pytest.mark.parametrize("tokens", ["t-ada,t-bob", "t-bob,t-ada"])
@pytest.mark.parametrize("how", [secondary, secondary_429, primary], ids=lambda how: how.__name__)
def test_a_limit_of_one_credential_holds_up_nothing(how, tokens, github, stack):
    github.refused, github.how = "t-ada", how
    s = stack(github.url, GITHUB_TOKENS=tokens, GITHUB_HYDRATION="rest")
    s.crawler(CRAWLER_CONCURRENCY=1)
    sync(s)
    assert s.one("select count(*) from follows") == 1, github.used
    assert len(github.paths("t-ada")) <= 1, "requests went on with the limited credential"
    s.check_queue()


def synced_with_ada_alone(github, stack):
    """Two tokens from now on, and the pages are remembered with t-ada."""
    s = stack(github.url, GITHUB_TOKENS="t-ada,t-bob", GITHUB_HYDRATION="rest")
    crawler = s.crawler(GITHUB_TOKENS="t-ada")
    sync(s)
    assert crawler.stop() == 0
    github.refused = "t-ada"
    return s


@side_by_side
@pytest.mark.parametrize("how", [secondary, primary], ids=lambda how: how.__name__)
def test_a_requested_sync_does_not_wait_for_the_pages_own_credential(how, github, stack):
    s = synced_with_ada_alone(github, stack)
    github.how = how
    before = len(github.paths("t-ada"))
    s.crawler(CRAWLER_CONCURRENCY=1)
    sync(s)
    assert len(github.paths("t-ada")) == before + 1, "requests went on with the limited credential"
    assert "/users/ada" in github.paths("t-bob")
    s.check_queue()


@side_by_side
@pytest.mark.parametrize("how", [secondary, primary], ids=lambda how: how.__name__)
def test_discovery_waits_for_the_credential_whose_304_is_free(how, github, stack):
    s = synced_with_ada_alone(github, stack)
    github.how = how
    task = s.task("full_profile_sync", "ada")
    s.rows("update jobs set priority = %s where finished_at is null", DISCOVERY)
    s.crawler(CRAWLER_CONCURRENCY=1)
    s.wait_until(lambda: s.one("select bool_and(state = 'completed' or run_at > now() + interval '8 minutes') "
                               "from jobs where task_id = %s and error is not null", task), 30, "a job that waits")
    assert "/users/ada" not in github.paths("t-bob")


@side_by_side
def test_jobs_wait_when_all_credentials_are_used_up(sim, stack):
    """Those of two, whose last units were leased one after the other: no job goes round between them."""
    github = sim("synthetic", "--users", 300, "--limit", 45, "--token", "t-ada=ada", "--token", "t-bob=bob")
    s = stack(github.url, GITHUB_TOKENS="t-ada,t-bob", GITHUB_HYDRATION="rest", LOG_LEVEL="debug")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.one("select bool_and(run_at > now() + interval '1 minute') and count(*) > 0 from jobs where finished_at is null"),
                 60, "all open jobs to wait for a reset")
    returned = s.logs(10 ** 9).count(" job.put_back ")
    assert returned < 20 + 4 * s.open_jobs(), returned
