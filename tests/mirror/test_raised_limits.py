"""GitHub raises a limit within its window: what the mirror refused until the reset is asked for again as soon as an answer says so."""
import json
import threading
import time

import pytest

REFUSED = b'{"message":"API rate limit exceeded for user ID 1."}'


class Limited:
    """GitHub with a limit that changes. Answers about /users/held are made at once, and sent after the release."""

    def __init__(self, limit, resource="core"):
        self.limit, self.used, self.reset, self.resource = limit, 0, int(time.time()) + 3000, resource
        self.lock, self.out, self.released = threading.Lock(), threading.Event(), threading.Event()

    def __call__(self, seen):
        with self.lock:
            free, left = seen.target == "/rate_limit", self.used < self.limit
            self.used += left and not free
            rate = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.limit - self.used),
                    "X-RateLimit-Used": str(self.used), "X-RateLimit-Reset": str(self.reset), "X-RateLimit-Resource": self.resource}
        if "held" in seen.target:
            self.out.set()
            self.released.wait(60)
        return (200, rate, b'{"login":"ada"}') if left or free else (403, rate, REFUSED)


@pytest.mark.parametrize("refuses", ["nothing left", "refused"])
def test_a_raised_limit_seen_by_a_client_counts_for_the_mirror(refuses, lab):
    github = Limited(1 if refuses == "nothing left" else 0)
    upstream = lab.recorder(github)
    mirror = lab.mirror(upstream)
    mirror.get("/users/ada", "a")
    assert mirror.get("/users/bob", "a").label == "RATE_LIMITED_MISS" and len(upstream.asked()) == 1
    github.limit = 15000
    assert mirror.get("/rate_limit", "a").status == 200
    got = mirror.get("/users/bob", "a")
    assert (got.status, got["X-RateLimit-Limit"]) == (200, "15000")


@pytest.mark.parametrize("late", ["answer", "refusal"])
@pytest.mark.parametrize("settings", [{}, {"MIRROR_CREDENTIALS": "pool", "GITHUB_TOKEN": "t", "RATE_LIMIT_STOP_THRESHOLD": 0}], ids=["own", "lent"])
def test_a_late_answer_closes_nothing(settings, late, lab):
    github = Limited(40)
    upstream = lab.recorder(github)
    mirror, token = lab.mirror(upstream, **settings), None if settings else "a"
    assert mirror.get("/users/first", token).status == 200
    github.used = github.limit - (late == "answer")  # by another client of the credential
    got = []
    held = threading.Thread(target=lambda: got.append(mirror.get("/users/held", token)))
    held.start()
    try:
        assert github.out.wait(60)
        github.limit = 15000
        assert mirror.get("/users/bob", token).status == 200
    finally:
        github.released.set()
        held.join(60)
    assert got[0].status == (403 if late == "refusal" else 200)
    after = mirror.get("/users/carol", token)
    assert (after.status, after["X-RateLimit-Limit"], after["X-RateLimit-Remaining"]) == (200, "15000", str(15000 - github.used))


def test_a_lending_mirror_continues_when_another_process_has_seen_it(lab):
    github = Limited(1)
    upstream = lab.recorder(github)
    settings = {"MIRROR_CREDENTIALS": "pool", "GITHUB_TOKEN": "t", "RATE_LIMIT_STOP_THRESHOLD": 0}
    mirror = lab.mirror(upstream, **settings)
    assert mirror.get("/users/ada").status == 200
    assert mirror.get("/users/bob").status == 403
    stack = mirror.stack
    stack.wait_until(lambda: stack.rows("select rate_limit from quota_buckets where resource = 'core'") == [(1,)], 60, "what it was told to be stored")
    stack.rows("update quota_buckets set rate_limit = 15000, rate_remaining = 14999, updated_at = now() where resource = 'core'")
    github.limit = 15000
    stack.rows("select pg_notify(gitomatic_channel('gitomatic_quota'), 'raised ' || label) from credentials")
    stack.wait_until(lambda: mirror.get("/users/bob").status == 200, 60, "the raised limit")


def test_a_used_up_bucket_leaves_the_others_open(lab):
    """A limit of searches, or of GraphQL, pauses the lent credential for nothing else."""
    def answer(seen):
        if seen.target.startswith("/search"):
            return 403, {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3000),
                         "X-RateLimit-Resource": "search"}, REFUSED
        rate = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": str(int(time.time()) + 3000)}
        if seen.target == "/graphql":
            rate.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Resource": "graphql"})
            return 200, rate, json.dumps({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}).encode()
        return 200, rate, b"{}"
    mirror = lab.mirror(lab.recorder(answer), MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    query = json.dumps({"query": "{ viewer { login } }"}).encode()
    assert mirror.get("/users/ada").status == 200
    assert mirror.get("/search/users?q=ada").status == 403
    assert mirror.get("/users/bob").status == 200
    mirror.request("POST", "/graphql", headers={"Content-Type": "application/json"}, body=query)
    assert mirror.get("/users/carol").status == 200
    assert mirror.get("/search/users?q=bob").status == 403


def test_another_credential_is_lent_while_one_is_used_up(lab):
    """Also where it was left alone at the threshold, without a refusal. The one that finds it so is refused."""
    used = {"Bearer t": 4965, "Bearer u": 0}

    def answer(seen):
        token = seen.get("Authorization")
        used[token] += 1
        return 200, {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(5000 - used[token]),
                     "X-RateLimit-Reset": str(int(time.time()) + 3000)}, b"{}"
    mirror = lab.mirror(lab.recorder(answer), MIRROR_CREDENTIALS="pool", GITHUB_TOKENS="t,u", RATE_LIMIT_STOP_THRESHOLD=25)
    statuses = [mirror.get(f"/users/u{n}").status for n in range(60)]
    assert used["Bearer t"] == 4975 and statuses.count(200) >= 59, (used, statuses)
