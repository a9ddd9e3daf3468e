"""GitHub raises a limit within its window: the units are used at once, by every crawler, and answers that come late change nothing."""
import threading
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile
from stack import sync

THRESHOLD, RAISED = 25, 15000


class Limited(FakeGitHub):
    """Counts what is used of `limit`, and refuses when nothing is left. The answer about `held` is made at once, or after the release,
    and sent after it."""

    def __init__(self, limit, held=None, made_at_once=True):
        super().__init__()
        self.limit, self.used, self.reset = limit, 0, int(time.time()) + 3000
        self.held, self.made_at_once, self.out, self.released = held, made_at_once, threading.Event(), threading.Event()
        for n, login in enumerate(("ada", "bob", "carol", "dan"), 1):
            self.answers[f"/users/{login}"] = profile(n, login, followers=1, following=1, public_repos=1)
            for path in ("followers", "following", "starred", "repos"):
                self.answers[f"/users/{login}/{path}?per_page=100"] = []

    def make(self, method, path, headers):
        status, more, body = super().answer(method, path, headers)
        with self.lock:
            if self.used < self.limit:
                self.used += 1
            else:
                status, body = 403, b'{"message": "API rate limit exceeded for user ID 1."}'
            rate = {"X-RateLimit-Limit": self.limit, "X-RateLimit-Remaining": self.limit - self.used, "X-RateLimit-Used": self.used,
                    "X-RateLimit-Reset": self.reset, "X-RateLimit-Resource": "core"}
        return status, {**more, **{name: str(value) for name, value in rate.items()}}, body

    def answer(self, method, path, headers):
        if path != self.held:
            answer = self.make(method, path, headers)
            self.more(path)
            return answer
        answer = self.make(method, path, headers) if self.made_at_once else None
        self.out.set()
        self.released.wait(120)
        return answer or self.make(method, path, headers)

    def more(self, path):
        """After an answer was made."""


@pytest.fixture
def world(stack):
    made = []

    def begin(kind, *args, **more):
        made.append(kind(*args, **more))
        s = stack(made[0].url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", RATE_LIMIT_STOP_THRESHOLD=THRESHOLD, CRAWLER_CONCURRENCY=4)
        return made[0], s
    yield begin
    for github in made:
        github.released.set()
        github.stop()


def limit(s):
    return s.rows("select rate_limit, rate_remaining from rate_limits where resource = 'core'")


def ended(s, *tasks):
    return s.one("select count(*) = 0 from jobs where task_id = any(%s) and finished_at is null", list(tasks))


class RaisedSoon(Limited):
    def more(self, path):
        if self.used == 2:
            self.limit = RAISED


@side_by_side
def test_a_raised_limit_is_used_from_the_next_answer_on(world):
    github, s = world(RaisedSoon, THRESHOLD + 4)
    s.crawler()
    tasks = [s.task("full_profile_sync", login) for login in ("ada", "bob", "carol")]
    s.wait_until(lambda: ended(s, *tasks), 60, "all, though the window ends in 50 minutes")
    s.wait_until(lambda: limit(s) == [(RAISED, RAISED - github.used)], 60, "what GitHub says")
    s.check_queue()
    assert github.used > 4


@side_by_side
@pytest.mark.parametrize("crawlers", [1, 2])
def test_jobs_that_wait_for_the_reset_continue(crawlers, world):
    """The answer comes for a request that was out before all was used up."""
    github, s = world(Limited, 400, held="/users/ada", made_at_once=False)
    s.crawler()
    sync(s, username="dan")  # before the first answer units are handed out one by one
    first = s.task("full_profile_sync", "ada")
    s.wait_until(github.out.is_set, 60, "the request")
    for _ in range(1, crawlers):
        s.crawler()
    github.used = github.limit - 1  # by another client of the token
    others = [s.task("full_profile_sync", login) for login in ("bob", "carol")]
    s.wait_until(lambda: s.rows("select 1 from jobs where state = 'scheduled' and note = 'quota' and run_at > now() + interval '10 min'"),
                 60, "work to wait for the reset")
    github.limit = RAISED
    github.released.set()
    s.wait_until(lambda: ended(s, first, *others), 60, "all, though the window ends in 50 minutes")
    s.check_queue()
    assert "quota.raised" in s.logs(10 ** 9)


@side_by_side
@pytest.mark.parametrize("late", ["answer", "refusal"])
def test_a_late_answer_changes_nothing(late, world):
    github, s = world(Limited, THRESHOLD + 100, held="/users/ada")
    s.crawler()
    sync(s, username="dan")
    if late == "refusal":
        github.used = github.limit
    first = s.task("full_profile_sync", "ada")
    s.wait_until(github.out.is_set, 60, "the request")
    github.limit = RAISED
    second = s.task("full_profile_sync", "bob")
    s.wait_until(lambda: ended(s, second) and limit(s) == [(RAISED, RAISED - github.used)], 60, "the raised limit")
    github.released.set()
    s.wait_until(lambda: ended(s, first), 60, "all, though the window ends in 50 minutes")
    s.wait_until(lambda: limit(s) == [(RAISED, RAISED - github.used)], 60, "what GitHub says")
    s.check_queue()


@side_by_side
def test_a_limit_whose_window_ends_before_the_known_one_stops_all_the_same(world):
    """Two machines without a token share a label and not an address: what one knows is not the other's window."""
    github, s = world(Limited, 60)
    github.reset = int(time.time()) + 3000
    crawler = s.crawler()
    sync(s, username="ada")
    crawler.stop()
    github.reset, github.used = int(time.time()) + 600, 60  # another address, used up
    s.crawler()
    before = len(github.seen)
    task = s.task("full_profile_sync", "bob")
    s.wait_until(lambda: s.one("select exists (select from jobs where id = %s and state = 'scheduled' and run_at > now() + interval '5 minutes')",
                               task), 60, "a wait for the window's end")
    assert len(github.seen) - before <= 2
