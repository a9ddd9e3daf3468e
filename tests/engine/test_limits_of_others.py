"""A limit that one crawler meets in GraphQL is kept by another that runs and was refused nothing itself."""
import json
import signal
import threading
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, user
from stack import sync

PEOPLE = ("ada", "bob", "carol", "dan")


class World(FakeGitHub):
    """Everybody has a follower of their own. A query about ada's is held until it is released, and then answers what the test wants."""

    def __init__(self, answer):
        super().__init__()
        self.limit, self.released, self.out, self.queries = answer, threading.Event(), threading.Event(), []
        self.names = {}
        for n, login in enumerate(PEOPLE, 1):
            fan = user(10 + n, f"fan-of-{login}")
            self.names[fan["node_id"]] = fan
            self.answers.update({f"/users/{login}": profile(n, login, followers=1), f"/users/{login}/followers?per_page=100": [fan],
                                 f"/users/{login}/starred?per_page=100": []})

    def answer(self, method, path, headers):
        if path != "/graphql":
            return super().answer(method, path, headers)
        ids = json.loads(headers["body"])["variables"]["ids"]
        with self.lock:
            self.queries.append(ids)
            self.seen.append((method, path, headers))
        rate = {"Content-Type": "application/json; charset=utf-8", "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4000",
                "X-RateLimit-Used": "1000", "X-RateLimit-Reset": str(int(time.time()) + 1800), "X-RateLimit-Resource": "graphql"}
        if "U_11" in ids:
            self.out.set()
            self.released.wait(120)
            status, more, body = self.limit
            return status, {**rate, **more}, json.dumps(body).encode()
        nodes = [{"__typename": "User", "id": i, "databaseId": self.names[i]["id"], "login": self.names[i]["login"]} for i in ids]
        return 200, rate, json.dumps({"data": {"nodes": nodes}}).encode()


SECONDARY = {"errors": [{"message": "You have exceeded a secondary rate limit."}]}
LIMITS = {
    "retry-after": (200, {"Retry-After": "120"}, SECONDARY),
    "no retry-after": (200, {}, SECONDARY),
    "403": (403, {"Retry-After": "120"}, {"message": "You have exceeded a secondary rate limit."}),
    "a 200 without errors": (200, {"Retry-After": "120"}, {"message": "You have exceeded a secondary rate limit."}),
    "429 of a proxy": (429, {"Retry-After": "120", "Content-Type": "text/html"}, "slow down"),
    "503": (503, {"Retry-After": "120"}, {"message": "Server Error"}),
}


@pytest.fixture
def meets(stack):
    """Starts two crawlers; the first meets the limit while the second has just worked. The world, the stack, and the second one."""
    made = []

    def meet(limit):
        github = World(limit)
        made.append(github)
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
        first = s.crawler()
        sync(s, username="dan")  # from here on quota is known, and not handed out one by one
        s.task("full_profile_sync", "ada")
        s.wait_until(github.out.is_set, 60, "the query about ada's follower")
        first.popen.send_signal(signal.SIGSTOP)  # so that the work is the second one's
        try:
            second = s.crawler()
            s.task("full_profile_sync", "bob")
            s.wait_until(lambda: s.rows("select 1 from developers where login = 'fan-of-bob' and synced_at is not null"), 60, "the second at work")
        finally:
            github.released.set()
            first.popen.send_signal(signal.SIGCONT)
        return github, s, first, second
    yield meet
    for github in made:
        github.released.set()
        github.stop()


@side_by_side
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_another_crawler_met_is_waited_for(limit, meets):
    github, s, first, second = meets(LIMITS[limit])
    s.wait_until(lambda: s.one("select coalesce(max(blocked_until) > now() + interval '20 s', false) from credentials"), 60, "the hold")
    assert first.stop() == 0
    before = len(github.seen)
    task = s.task("full_profile_sync", "carol")
    s.wait_until(lambda: s.rows("select 1 from jobs where task_id = %s and state = 'scheduled'", task), 60, "the second to wait")
    note, attempt, seconds = s.rows("select note, attempt, extract(epoch from run_at - now())::int from jobs where task_id = %s", task)[0]
    assert attempt == 0 and seconds > 0 and note == "quota"
    assert len(github.seen) == before and second.running


@side_by_side
def test_a_primary_limit_that_another_crawler_met_is_waited_for(meets):
    """GraphQL's only: REST continues."""
    github, s, first, second = meets((200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000"}, {
        "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}))
    s.wait_until(lambda: s.rows("select 1 from jobs where note = 'quota' and state = 'scheduled'"), 60, "the first to wait")
    assert first.stop() == 0
    task = s.task("full_profile_sync", "dan")  # hydrates nobody: the second has been around since it was told
    s.wait_until(lambda: s.one("select count(*) from jobs where task_id = %s and finished_at is null", task) == 0, 60, "a turn of the second")
    queries = len(github.queries)
    task = s.task("full_profile_sync", "carol")
    s.wait_until(lambda: s.rows("select 1 from jobs where task_id = %s and kind like 'hydrate%%' and state = 'scheduled' and note = 'quota'", task),
                 60, "the second to wait")
    assert len(github.queries) == queries and "/users/carol" in github.asked()
    assert s.rows("select blocked_until from credentials") == [(None,)]
