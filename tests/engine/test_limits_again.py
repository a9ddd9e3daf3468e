"""A limit whose wait is over as soon as it is told, and that is told again then: the waits grow, and end with the first answer."""
import json
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile
from test_graphql_answers import World

RATE = {"X-RateLimit-Limit": "5000", "X-RateLimit-Used": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"}
SECONDARY = {"message": "You have exceeded a secondary rate limit."}
LIMITS = {
    "429 Retry-After 0": (429, {"Retry-After": "0"}, SECONDARY),
    "403 Retry-After 1": (403, {"Retry-After": "1"}, SECONDARY),
    "a date that is past": (403, {"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, SECONDARY),
    "a proxy's page": (429, {"Retry-After": "0", "Content-Type": "text/html"}, b"<html>slow down</html>"),
    "403 reset past": (403, RATE, {"message": "API rate limit exceeded for user ID 1."}),
    "429 reset past": (429, RATE, {"message": "API rate limit exceeded for user ID 1."}),
    "reset past, no words": (403, RATE, b""),
}


class Refusing(FakeGitHub):
    """Refuses the first `most` requests; keeps when each request came."""

    def __init__(self, limit, most):
        super().__init__()
        self.limit, self.most, self.times = limit, most, []
        for n, login in enumerate(("ada", "bob"), 1):
            self.answers[f"/users/{login}"] = profile(n, login)
            self.answers[f"/users/{login}/starred?per_page=100"] = []

    def answer(self, method, path, headers):
        with self.lock:
            self.times.append(time.monotonic())
            if len(self.times) <= self.most:
                status, more, body = self.limit
                return status, {"Content-Type": "application/json", **more}, body if isinstance(body, bytes) else json.dumps(body).encode()
        return super().answer(method, path, headers)


def gaps(times):
    return [b - a for a, b in zip(times, times[1:])]


@side_by_side
@pytest.mark.parametrize("token", ["t", ""], ids=["token", "anonymous"])
@pytest.mark.parametrize("limit", LIMITS)
def test_the_waits_grow_until_an_answer_comes(limit, token, stack):
    github = Refusing(LIMITS[limit], 3)
    try:
        s = stack(github.url, **({"GITHUB_TOKEN": token} if token else {}))
        s.crawler()
        for login in ("ada", "bob"):
            before = len(github.times)
            github.most = before + 3
            task = s.task("full_profile_sync", login)
            s.wait_until(lambda: s.one("select bool_and(state = 'completed') from jobs where task_id = %s", task), 60, "the sync")
            waits = gaps(github.times[before:before + 4])
            # bob's begin anew: with ada's counted the first one would be 8 s or more
            assert 1 <= waits[0] < 8 and waits[1] >= 2 and waits[2] >= 4, (login, waits)
        assert s.one("select max(attempt) from jobs") == 0, "a limit used an attempt"
    finally:
        github.stop()


QUERY_LIMITS = {
    "secondary": ({"Retry-After": "0"}, {"message": "You have exceeded a secondary rate limit."}),
    "primary": (RATE | {"X-RateLimit-Resource": "graphql"}, {"type": "RATE_LIMITED", "message": "API rate limit exceeded"}),
    "primary, newer": (RATE | {"X-RateLimit-Resource": "graphql"}, {"type": "RATE_LIMIT", "code": "graphql_rate_limit"}),
}


@side_by_side
@pytest.mark.parametrize("limit", QUERY_LIMITS)
def test_the_waits_grow_for_graphql(limit, stack):
    headers, error = QUERY_LIMITS[limit]
    github = World(lambda number, query, ids: (200, headers, {"errors": [error]}) if number <= 3 else None)
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: len(github.times) >= 4, 60, "the fourth query")
        waits = gaps(github.times[:4])
        assert waits[0] >= 1 and waits[1] >= 2 and waits[2] >= 4, waits
        s.wait_idle()
        s.check_queue()
        assert github.details() == []
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("kinds, hydration", [("429", "rest"), ("403", "rest"), ("gqlprimary", "graphql"), ("gqlsecondary", "graphql")])
def test_the_waits_grow_on_the_simulator(kinds, hydration, lab):
    github = lab.sim("synthetic", "--users", 30, "--retry-after", 0, "--fault-kinds", kinds)
    s = lab.stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION=hydration)

    def refused():
        return [t["time"] for t in github.trace() if t["fault"]]
    github.config(faults=1)
    s.crawler(CRAWLER_CONCURRENCY=1)
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: len(refused()) >= 4, 60, "four refusals")
    github.config(faults=0)
    waits = gaps(refused()[:4])
    assert waits[1] >= 2 and waits[2] >= 4, waits
    s.wait_idle(120)
    s.check_queue()
