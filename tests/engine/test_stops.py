"""A crawler that stops charges no try to what it was doing: neither to what waits in line nor to what it has sent."""
import threading

import pytest
from fake_github import FakeGitHub, profile, user


class Silent(FakeGitHub):
    """Never answers some paths."""

    def __init__(self, *silent):
        super().__init__()
        self.silent, self.ended, self.waiting = silent, threading.Event(), threading.Semaphore(0)

    def answer(self, method, path, headers):
        if path in self.silent:
            self.waiting.release()
            self.ended.wait(60)
            return 0, {}, b""
        return super().answer(method, path, headers)

    def stop(self):
        self.ended.set()
        super().stop()


@pytest.fixture
def silent():
    made = []

    def make(*paths):
        made.append(Silent(*paths))
        return made[-1]
    yield make
    for github in made:
        github.stop()


def tries(s):
    """Of the open jobs: the number of attempts, and whether they may continue at once."""
    return s.rows("select distinct attempt, run_at <= now() from jobs where state in ('available', 'scheduled', 'running', 'failed')")


def test_a_request_that_is_cut_by_the_stop(silent, stack):
    github = silent("/users/ada")
    s = stack(github.url, GITHUB_TOKEN="t")
    s.task("full_profile_sync", "ada")
    crawler = s.crawler()
    assert github.waiting.acquire(timeout=60)
    assert crawler.stop() == 0
    assert tries(s) == [(0, True)]
    github.silent = ()
    github.answers["/users/ada"] = profile(1, "ada")
    for name in ("followers", "following", "repos", "starred"):
        github.answers[f"/users/ada/{name}?per_page=100"] = []
    s.crawler()
    s.wait_idle()
    assert s.one("select synced_at is not null from developers where login = 'ada'")


def test_stubs_requested_one_by_one_and_queued_requests(silent, stack):
    """By REST a stub fails alone: a stop fails none of them."""
    people = [user(n, f"u{n}") for n in range(2, 12)]
    github = silent(*(f"/users/{p['login']}" for p in people), *(f"/user/{p['id']}" for p in people))
    github.answers["/users/ada"] = profile(1, "ada", followers=len(people))
    for name in ("followers", "following", "repos", "starred"):
        github.answers[f"/users/ada/{name}?per_page=100"] = people if name == "followers" else []
    s = stack(github.url, CRAWLER_CONCURRENCY=1)
    s.task("full_profile_sync", "ada")
    crawler = s.crawler()
    assert github.waiting.acquire(timeout=60)
    assert crawler.stop() == 0
    assert tries(s) == [(0, True)]
    assert s.rows("select count(*), sum(tries) from hydration_queue") == [(len(people), 0)]
