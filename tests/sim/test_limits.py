"""Quota: which requests are charged, when, and the answers when none is left."""
import json
import threading
import time


def used(answer):
    return int(answer.headers["X-RateLimit-Used"])


def test_the_primary_limit_is_used_up_and_reset(simulator):
    sim = simulator("--limit", 3, "--window", 4, "--control")
    first = sim.get("/users/ada")
    assert first.headers["X-RateLimit-Limit"] == "3" and first.headers["X-RateLimit-Remaining"] == "2"
    reset = int(first.headers["X-RateLimit-Reset"])
    assert 0 <= reset - time.time() <= 5
    for _ in range(2):
        sim.get("/users/ada")
    out = sim.get("/users/ada")
    assert out.status_code == 403 and out.headers["X-RateLimit-Remaining"] == "0"
    assert "API rate limit exceeded for user ID" in out.json()["message"] and "Retry-After" not in out.headers
    assert sim.get("/rate_limit").json()["resources"]["core"]["remaining"] == 0
    assert sim.stats()["requests_while_exhausted"] == 1
    time.sleep(max(0, reset - time.time()) + 0.1)
    back = sim.get("/users/ada")
    assert back.status_code == 200 and used(back) == 1


def test_limit_status_429(simulator):
    sim = simulator("--limit", 0, "--limit-status", 429)
    assert sim.get("/users/ada").status_code == 429


def test_anonymous_callers_share_one_address(simulator):
    sim = simulator("--anonymous-limit", 2)
    sim.get("/users/ada", token=None)
    sim.get("/users/ada", token=None)
    out = sim.get("/users/ada", token=None)
    assert out.status_code == 403 and "exceeded for 127.0.0.1. (But here's the good news" in out.json()["message"]
    assert sim.get("/users/ada").status_code == 200


def test_a_304_is_free_for_a_token_and_not_without(simulator):
    sim = simulator()
    for token, price in (("t", 0), (None, 1)):
        first = sim.get("/users/ada", token=token)
        again = sim.get("/users/ada", token=token, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304 and used(again) - used(first) == price


def test_rate_limit_costs_nothing(simulator):
    sim = simulator()
    before = sim.get("/rate_limit").json()["resources"]["core"]["used"]
    assert sim.get("/rate_limit").json()["resources"]["core"]["used"] == before == 0


def test_tokens_of_one_login_share_one_quota_and_others_do_not(simulator):
    sim = simulator("--token", "a=ada", "--token", "b=ada", "--token", "c")
    assert used(sim.get("/users/ada", token="a")) == 1
    assert used(sim.get("/users/ada", token="b")) == 2
    assert used(sim.get("/users/ada", token="c")) == 1


def test_a_bad_token_is_billed_to_the_address(simulator):
    sim = simulator("--token", "good")
    bad = sim.get("/users/ada", token="bad")
    assert bad.status_code == 401 and bad.json()["message"] == "Bad credentials"
    assert bad.headers["X-RateLimit-Limit"] == "60" and used(bad) == 1
    assert used(sim.get("/users/ada", token=None)) == 2


def test_secondary_points(simulator):
    sim = simulator("--secondary-points", 2, "--retry-after", 7, "--control")
    sim.get("/users/ada")
    sim.get("/users/ada")
    out = sim.get("/users/ada")
    assert out.status_code == 403 and out.headers["Retry-After"] == "7"
    assert "secondary rate limit" in out.json()["message"]
    assert not [name for name in out.headers if "ratelimit" in name.lower()]
    sim.get("/users/ada")
    stats = sim.stats()
    assert stats["requests_during_retry_after"] == 1 and stats["secondary_refused"] == 2


def test_secondary_concurrency_and_max_in_flight(simulator):
    sim = simulator("--secondary-concurrency", 2, "--latency", 700, "--control")
    statuses, lock = [], threading.Lock()

    def ask():
        import requests
        answer = requests.get(sim.url + "/users/ada", headers={"Authorization": "Bearer t"}, timeout=20)
        with lock:
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until = time.monotonic() + 20
    while (stats := sim.stats())["in_flight"]:  # a request counts until its answer was sent, which its client may know first
        assert time.monotonic() < until, stats
    # However the threads were scheduled: one was refused exactly when more than two were in flight.
    assert len(statuses) == 6 and set(statuses) <= {200, 403}
    assert (stats["max_in_flight"] > 2) == (403 in statuses)
    assert stats["secondary_refused"] == statuses.count(403)
    assert stats["requests"] == 6


def test_latency_delays_but_does_not_block(simulator):
    sim = simulator("--latency", 300)
    begun = time.monotonic()
    assert sim.get("/users/ada").status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_search_has_a_pool_of_its_own(simulator):
    sim = simulator("--search-limit", 1)
    assert sim.get("/search/users?q=ada").headers["X-RateLimit-Resource"] == "search"
    assert sim.get("/search/users?q=ada").status_code == 403
    assert used(sim.get("/users/ada")) == 1


def test_the_trace_has_charges_and_no_token(simulator, tmp_path):
    trace = tmp_path / "trace.jsonl"
    sim = simulator("--trace", trace)
    etag = sim.get("/users/ada?x=1", token="very-secret").headers["ETag"]
    sim.get("/users/ada?x=1", token="very-secret", headers={"If-None-Match": etag})
    text = trace.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["status"], line["charged"], line["remaining"]) for line in lines] == [(200, 1, 4999), (304, 0, 4999)]
    assert lines[0]["path"] == "/users/ada?x=1" and lines[0]["in_flight"] == 1 and "very-secret" not in text
