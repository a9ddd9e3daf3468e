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


NOT_JSON = {"Content-Type": "text/html"}
BETWEEN = {  # whether it ends a row, and the answer
    "200": (True, (200, {}, b'{"n":1}')),
    "304": (True, (304, {"Content-Type": None}, b"")),
    "301": (True, (301, {"Location": "https://elsewhere.example/"}, b"")),
    "404": (True, (404, {}, b'{"message":"Not Found"}')),
    "422": (True, (422, {}, b'{"message":"Validation Failed"}')),
    "404 of a proxy": (False, (404, NOT_JSON, b"<html>no such host</html>")),
    "404 without a body": (False, (404, NOT_JSON, b"")),
    "403": (False, (403, {}, b'{"message":"Resource not accessible by integration"}')),
    "401": (False, (401, {}, b'{"message":"Bad credentials"}')),
    "502": (False, (502, {}, b'{"message":"Server Error"}')),
    "/rate_limit": (False, None),
}


class Upstream:
    """Refuses each credential as its limit says, while it is told to; keeps when each request came."""

    def __init__(self, limits, between=()):
        self.limits, self.times, self.good, self.between = limits, {name: [] for name in limits}, set(), dict(between)

    def __call__(self, seen):
        name = seen.get("Authorization").split()[-1]
        path, status, headers, body = LIMITS[self.limits[name]]
        if name in self.between and seen.target == "/between":
            return BETWEEN[self.between[name]][1]
        if seen.target == "/rate_limit":
            return 200, {**PAST, "X-RateLimit-Remaining": "5000", "X-RateLimit-Resource": "core"}, b'{"resources":{}}'
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


def poll(mirror, upstream, name, credential, n):
    """Asks until GitHub has got n requests."""
    path, times, until = LIMITS[upstream.limits[name]][0], upstream.times[name], time.monotonic() + 90
    while len(times) < n:
        assert time.monotonic() < until, f"{upstream.limits[name]}: {len(times)} of {n} requests"
        ask(mirror, path, credential)
        time.sleep(0.05)


def check(mirror, upstream, name, credential):
    """A busy machine makes waits longer: of a wait that must be short only what the next one of the row, 8 s, would be is excluded."""
    times = upstream.times[name]
    poll(mirror, upstream, name, credential, 3)
    upstream.good.add(name)
    poll(mirror, upstream, name, credential, 4)
    upstream.good.discard(name)
    poll(mirror, upstream, name, credential, 6)
    waits = [b - a for a, b in zip(times, times[1:])]
    assert waits[0] >= 0.9 and waits[1] >= 1.9 and waits[2] >= 3.9, (upstream.limits[name], waits)
    assert 0.9 <= waits[4] < 7.5, (upstream.limits[name], waits, "the row did not end with the answer")


def test_the_waits_of_each_credential_grow_until_an_answer_comes(lab):
    upstream = Upstream({f"c{i}": limit for i, limit in enumerate(LIMITS)})
    mirror = lab.mirror(lab.recorder(upstream))
    with concurrent.futures.ThreadPoolExecutor(len(LIMITS)) as threads:
        for done in [threads.submit(check, mirror, upstream, name, name) for name in upstream.limits]:
            done.result()


def check_between(mirror, upstream, name, credential):
    times, ends = upstream.times[name], BETWEEN[upstream.between[name]][0]
    poll(mirror, upstream, name, credential, 3)
    refused = times[2]
    until = time.monotonic() + 90
    while not any(s.target in ("/between", "/rate_limit") and (s.get("Authorization") or "").split()[-1:] == [name] for s in mirror.seen):
        assert time.monotonic() < until
        if upstream.between[name] == "/rate_limit":  # is never refused: the wait of 4 s has to be over
            if time.monotonic() > refused + 5:
                mirror.get("/rate_limit", credential)
        else:
            mirror.get("/between", credential)
        time.sleep(0.05)
    poll(mirror, upstream, name, credential, 5)
    wait = times[-1] - times[-2]
    assert wait < 7.5 if ends else wait >= 7.9, (upstream.between[name], wait)


def test_only_an_answer_of_githubs_ends_a_row(lab):
    """/rate_limit is never limited, and what a proxy says shows nothing."""
    upstream = Upstream({f"b{i}": "429 Retry-After 0" for i in range(len(BETWEEN))}, {f"b{i}": name for i, name in enumerate(BETWEEN)})
    github = lab.recorder(upstream)
    mirror = lab.mirror(github)
    mirror.seen = github.seen
    with concurrent.futures.ThreadPoolExecutor(len(BETWEEN)) as threads:
        for done in [threads.submit(check_between, mirror, upstream, name, name) for name in upstream.limits]:
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
