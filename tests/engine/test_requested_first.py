"""What people ask for goes first, also while discovery fills a crawler's memory with lists that never end."""
import re
import threading
import time

import pytest
from fake_github import FakeGitHub, profile, user

FIRST = 1000


class Endless(FakeGitHub):
    """Every list of followers has another page. While the gate is closed it answers none of them."""

    def __init__(self):
        super().__init__()
        self.gate, self.held = threading.Event(), 0
        self.gate.set()
        self.answers["/users/person"] = profile(7, "person", followers=1)
        self.answers["/users/person/followers?per_page=100"] = [user(8, "follower")]
        self.answers["/users/person/starred?per_page=100"] = []
        self.answers["/users/follower"] = profile(8, "follower")

    def answer(self, method, path, headers):
        found = re.fullmatch(r"/users/busy-(\d+)/followers\?per_page=100(?:&page=(\d+))?", path)
        if not found:
            return super().answer(method, path, headers)
        time.sleep(0.05)
        self.held += 1
        self.gate.wait(25)
        self.held -= 1
        n, page = int(found[1]), int(found[2] or 1)
        self.answers[path] = (200, {"Link": f'<{self.url}/users/busy-{n}/followers?per_page=100&page={page + 1}>; '
                                            'rel="next"'}, [user(n * 100000 + page, f"f-{n}-{page}")])
        return super().answer(method, path, headers)


def lists(s):
    """Discovery's lists a crawler has, and the fewest pages one of them has read."""
    return s.rows("select count(*), min(pages) from jobs where state = 'running' and priority = 50")[0]


@pytest.fixture
def busy(stack):
    """A crawler that holds as many endless lists as discovery may have, and the server; more of them wait."""
    github = Endless()
    s = stack(github.url, CRAWLER_CONCURRENCY=1)
    s.rows("insert into jobs (kind, subject, key, priority, args) select 'developer_followers', 'busy-' || n, "
           "'developer_followers:' || n, 50, jsonb_build_object('id', n, 'name', 'busy-' || n) "
           "from generate_series(%s, %s) n", FIRST, FIRST + 39)
    s.rows("update jobs set task_id = id")
    s.crawler()
    # 16 jobs fit into the memory of a crawler this small; a quarter of it is not for discovery.
    s.wait_until(lambda: lists(s)[0] >= 12 and lists(s)[1] > 0, 60, "discovery's lists to fill their share")
    yield s, github
    github.gate.set()
    s.stop()
    github.stop()


def done(s, task):
    return s.one("select count(*) > 0 and bool_and(state = 'completed') from jobs where task_id = %s", task)


def test_a_requested_profile_is_synced_while_discovery_reads_lists(busy):
    s, _ = busy
    task = s.task("full_profile_sync", "person")
    s.wait_until(lambda: done(s, task), 60, "the person's task")
    assert s.rows("select follower_github_id from follows where followed_github_id = 7") == [(8,)]
    held, pages = lists(s)
    assert held == 12 and s.one("select count(*) from jobs where priority = 50 and state = 'available'") == 28
    s.wait_until(lambda: lists(s)[1] > pages, 60, "discovery to continue")


def test_a_requested_profiles_requests_precede_waiting_ones_of_discovery(busy):
    s, github = busy
    github.gate.clear()
    s.wait_until(lambda: github.held == 1, 20, "one of discovery's requests in flight, the others queued")
    task = s.task("full_profile_sync", "person")
    # The job is in memory, and was for a second: its request waits for the one in flight.
    s.wait_until(lambda: s.one("select exists (select from jobs, workers w where jobs.id = %s and state = 'running' "
                               "and w.heartbeat_at > jobs.started_at + interval '1 second')", task), 20, "the claim")
    before = len(github.asked())
    github.gate.set()
    s.wait_until(lambda: done(s, task), 60, "the person's task")
    assert github.asked()[before + 1] == "/users/person", github.asked()[before:before + 15]
