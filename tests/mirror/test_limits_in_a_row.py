"""A limit whose wait is over as soon as it is told, and that is told again then: the mirror asks less and less often, until it is
answered."""
import concurrent.futures
import json
import time

import pytest

SECONDARY = b'{"message":"You have exceeded a secondary rate limit.","documentation_url":"x"}'
PRIMARY = b'{"message":"API rate limit exceeded for user ID 1."}'
QUERY = json.dumps({"query": "{ viewer { login } }"}).encode()
PAST = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000", "X-RateLimit-Reset": "1700000000"}
LIMITS = {
    "429 Retry-After 0": ("/users/ada", 429, {"Retry-After": "0"}, SECONDARY),
    "403 Retry-After 1": ("/users/ada", 403, {"Retry-After": "1"}, SECONDARY),
    "search": ("/search/users?q=ada", 429, {"Retry-After": "0", "X-RateLimit-Resource": "search"}, SECONDARY),
    "reset past": ("/users/ada", 403, {**PAST, "X-RateLimit-Resource": "core"}, PRIMARY),
    "search, reset past": ("/search/users?q=ada", 429, {**PAST, "X-RateLimit-Resource": "search"}, PRIMARY),
    "graphql": ("/graphql", 403, {"Retry-After": "0", "X-RateLimit-Resource": "graphql"}, SECONDARY),
    "graphql, 200": ("/graphql", 200, {"Retry-After": "0", "X-RateLimit-Resource": "graphql"}, b'{"errors":[%s]}' % SECONDARY),
    "graphql, 200, reset past": ("/graphql", 200, {**PAST, "X-RateLimit-Resource": "graphql"},
                                 b'{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}'),
}


class Upstream:
    """Refuses each credential as its limit says, while it is told to; keeps when each request came."""

    def __init__(self, limits):
        self.limits, self.times, self.good = limits, {name: [] for name in limits}, set()

    def __call__(self, seen):
        name = seen.get("Authorization").split()[-1]
        path, status, headers, body = LIMITS[self.limits[name]]
        self.times[name].append(time.monotonic())
        rate = {"X-RateLimit-Resource": headers.get("X-RateLimit-Resource", "core"), "X-RateLimit-Reset": PAST["X-RateLimit-Reset"]}
        return (200, rate, b'{"data":{"viewer":{"login":"ada"}}}') if name in self.good else (status, headers, body)


def ask(mirror, path, credential):
    if path == "/graphql":
        return mirror.request("POST", path, credential, {"Content-Type": "application/json"}, QUERY)
    return mirror.get(path, credential)


def seconds(refusal):
    """Until the mirror asks again, as its refusal says."""
    after = refusal["Retry-After"]
    return int(after) if after else int(refusal["X-RateLimit-Reset"]) - time.time()


def check(mirror, upstream, name, credential):
    path = LIMITS[upstream.limits[name]][0]
    times = upstream.times[name]

    def until_sent(n):
        until = time.monotonic() + 60
        while len(times) < n:
            assert time.monotonic() < until, f"{upstream.limits[name]}: {len(times)} of {n} requests"
            ask(mirror, path, credential)
            time.sleep(0.05)
    until_sent(3)
    refusal = ask(mirror, path, credential)
    assert refusal.label == "RATE_LIMITED_MISS" and len(times) == 3
    assert 2.5 < seconds(refusal) <= 5.5, (upstream.limits[name], seconds(refusal))
    assert times[1] - times[0] >= 0.9 and times[2] - times[1] >= 1.9, times
    upstream.good.add(name)
    until_sent(4)
    upstream.good.discard(name)
    until_sent(5)
    refusal = ask(mirror, path, credential)
    assert refusal.label != "RATE_LIMITED_MISS" or seconds(refusal) <= 2.5, "the row did not end with the answer"


def test_the_waits_of_each_credential_grow_until_an_answer_comes(lab):
    upstream = Upstream({f"c{i}": limit for i, limit in enumerate(LIMITS)})
    mirror = lab.mirror(lab.recorder(upstream))
    with concurrent.futures.ThreadPoolExecutor(len(LIMITS)) as threads:
        for done in [threads.submit(check, mirror, upstream, name, name) for name in upstream.limits]:
            done.result()


@pytest.mark.parametrize("limit", ["429 Retry-After 0", "search, reset past", "graphql, 200", "graphql, 200, reset past"])
def test_the_waits_of_a_lent_credential_grow(limit, lab):
    upstream = Upstream({"t": limit})
    check(lab.mirror(lab.recorder(upstream), MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t"), upstream, "t", None)


def test_a_query_that_was_limited_in_a_200_is_not_sent_again(lab):
    """Whoever asks with that credential; another one's is sent."""
    upstream = Upstream({"a": "graphql, 200", "b": "graphql, 200"})
    headers = {**LIMITS["graphql, 200"][2], "Retry-After": "120"}
    github = lab.recorder(lambda seen: (*upstream(seen)[:1], headers, upstream(seen)[2]))
    mirror = lab.mirror(github)
    first, second, other = ask(mirror, "/graphql", "a"), ask(mirror, "/graphql", "a"), ask(mirror, "/graphql", "b")
    assert (first.status, first["Retry-After"], first.json()["errors"][0]["message"]) == (200, "120", json.loads(SECONDARY)["message"])
    assert second.status == 403 and 100 < seconds(second) <= 120 and "secondary rate limit" in second.json()["message"]
    assert other.status == 200 and [s.get("Authorization")[-1] for s in github.seen] == ["a", "b"]
