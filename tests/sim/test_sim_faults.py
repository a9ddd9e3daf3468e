"""Faults on purpose: each kind looks as it should, and a seed repeats them."""
import http.client
import json
import time

import pytest
import requests


def faulty(simulator, kind, *more):
    return simulator("--faults", 1, "--fault-kinds", kind, *more)


@pytest.mark.parametrize("kind,status,content_type", [
    ("500", 500, "application/json; charset=utf-8"), ("502", 502, "text/html"),
    ("503", 503, "text/html; charset=utf-8"), ("html200", 200, "text/html; charset=utf-8")])
def test_gateway_trouble(simulator, kind, status, content_type):
    answer = faulty(simulator, kind).get("/users/ada")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("kind", ["403", "429"])
def test_secondary_limits(simulator, kind):
    answer = faulty(simulator, kind, "--retry-after", 3).get("/users/ada")
    assert answer.status_code == int(kind) and answer.headers["Retry-After"] == "3"
    assert "X-RateLimit-Remaining" not in answer.headers


def test_cut_ends_before_its_announced_length(simulator):
    sim = faulty(simulator, "cut")
    connection = http.client.HTTPConnection(sim.url.split("//")[1])  # requests would take half for whole
    connection.request("GET", "/users/ada", headers={"User-Agent": "test"})
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()


def test_truncated_is_whole_http_but_half_a_body(simulator):
    answer = faulty(simulator, "truncated").get("/users/ada")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_wrongtype_swaps_lists_and_objects(simulator):
    sim = faulty(simulator, "wrongtype")
    assert sim.get("/users/ada").json() == [] and sim.get("/users/ada/followers").json() == {}


def test_reset_gives_no_answer(simulator):
    with pytest.raises(requests.exceptions.ConnectionError):
        faulty(simulator, "reset").get("/users/ada")


def test_hang_outlasts_a_client_and_ends_without_an_answer(simulator):
    sim = faulty(simulator, "hang", "--hang", 60000)
    with pytest.raises(requests.exceptions.ReadTimeout):
        sim.get("/users/ada", timeout=0.5)
    assert sim.stop() == 0  # does not wait for it
    short = faulty(simulator, "hang", "--hang", 100)
    with pytest.raises(requests.exceptions.ConnectionError):
        short.get("/users/ada")


def test_drip_is_slow_and_complete(simulator):
    sim = faulty(simulator, "drip", "--drip", 600)
    begun = time.monotonic()
    answer = sim.get("/users/ada/followers")
    assert time.monotonic() - begun >= 0.4 and len(answer.json()) == 30
    assert answer.headers["Transfer-Encoding"] == "chunked"


def outcomes(sim):
    return [sim.get("/users/ada").status_code for _ in range(60)]


def test_a_seed_repeats_its_faults(simulator):
    def run(seed):
        return outcomes(simulator("--faults", 0.3, "--fault-kinds", "500,502", "--fault-seed", seed))
    first = run(1)
    assert first == run(1) != run(2)
    assert 5 < len([s for s in first if s != 200]) < 35 and {500, 502} < set(first)


def test_faults_can_be_switched_at_run_time(simulator):
    sim = simulator("--control")
    assert set(outcomes(sim)) == {200}
    sim.config(faults=1, fault_kinds="500")
    assert set(outcomes(sim)) == {500}
    sim.config(faults=0)
    assert set(outcomes(sim)) == {200}


def test_config_names_what_is_wrong(simulator):
    sim = simulator("--control")
    for settings, word in (({"faults": 2}, "faults"), ({"nonsense": 1}, "nonsense"), ({"users": 5}, "users"),
                           ({"stargazers": "maybe"}, "stargazers")):
        answer = sim.post("/_sim/config", {"limit": 1, **settings}, token=None)
        assert answer.status_code == 400 and word in answer.json()["error"]
    assert sim.get("/users/ada").headers["X-RateLimit-Limit"] == "5000"


def test_stops_cleanly_with_requests_under_way(simulator):
    sim = faulty(simulator, "hang", "--hang", 60000)
    with pytest.raises(requests.exceptions.ReadTimeout):
        sim.get("/users/ada", timeout=0.3)
    assert sim.stop() == 0
