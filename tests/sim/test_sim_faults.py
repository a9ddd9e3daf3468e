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
def test_faults_of_a_gateway(simulator, kind, status, content_type):
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


def test_html403_is_a_page_and_no_refusal_of_githubs(simulator):
    answer = faulty(simulator, "html403").get("/users/ada")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html")
    assert "X-RateLimit-Remaining" not in answer.headers and "Retry-After" not in answer.headers


def ask(sim, query="{ viewer { login } }"):
    return sim.post("/graphql", {"query": query})


def test_gqlsecondary_is_a_200_with_an_error(simulator):
    sim = faulty(simulator, "gqlsecondary", "--retry-after", 7)
    answer = ask(sim)
    assert answer.status_code == 200 and answer.headers["Retry-After"] == "7"
    assert "secondary rate limit" in answer.json()["errors"][0]["message"]
    assert sim.get("/users/ada").json()["login"] == "ada", "REST is left alone"


def test_gqlprimary_is_a_200_with_an_error(simulator):
    sim = faulty(simulator, "gqlprimary", "--retry-after", 7)
    answer = ask(sim)
    assert answer.status_code == 200 and answer.json()["errors"][0]["type"] == "RATE_LIMIT"
    assert answer.headers["X-RateLimit-Remaining"] == "0" and answer.headers["X-RateLimit-Resource"] == "graphql"
    assert 0 <= int(answer.headers["X-RateLimit-Reset"]) - time.time() + 1 <= 8
    assert sim.get("/users/ada").json()["login"] == "ada"


@pytest.mark.parametrize("tail,repo_of", [("starred", lambda i: i["repo"]), ("repos", lambda i: i)])
def test_noowner_leaves_every_other_repository_without_an_owner(simulator, tail, repo_of):
    sim = simulator("--control")
    accept = {"Accept": "application/vnd.github.star+json"}
    sound = sim.get(f"/users/ada/{tail}", headers=accept)
    sim.config(faults=1, fault_kinds="noowner")
    answer = sim.get(f"/users/ada/{tail}", headers={**accept, "If-None-Match": sound.headers["ETag"]})
    assert answer.status_code == 200 and answer.headers["ETag"] != sound.headers["ETag"]
    assert answer.headers["Link"] == sound.headers["Link"]
    assert [repo_of(i)["owner"] is None for i in answer.json()] == [i % 2 == 0 for i in range(30)]
    assert [repo_of(i)["id"] for i in answer.json()] == [repo_of(i)["id"] for i in sound.json()]
    assert sim.get("/users/ada").json()["login"] == "ada" and sim.get("/users/ada/followers").json()[0]["login"]


def test_short_is_half_a_page_without_link_once(simulator):
    sim = faulty(simulator, "short")
    first, second = (sim.get("/users/ada/followers?per_page=50") for _ in range(2))
    assert len(first.json()) == 25 and "Link" not in first.headers
    assert len(second.json()) == 50 and 'rel="next"' in second.headers["Link"]
    assert first.json() == second.json()[:25] and first.headers["ETag"] != second.headers["ETag"]
    assert len(sim.get("/users/ada/followers?per_page=50&page=2").json()) == 25


def test_empty_takes_the_place_of_a_304_once(simulator):
    sim = simulator("--control")
    etag = {"If-None-Match": sim.get("/users/ada/following").headers["ETag"]}
    assert sim.get("/users/ada/following", headers=etag).status_code == 304
    sim.config(faults=1, fault_kinds="empty")
    answer = sim.get("/users/ada/following", headers=etag)
    assert (answer.status_code, answer.json()) == (200, []) and "Link" not in answer.headers
    assert answer.headers["ETag"] != etag["If-None-Match"]
    assert sim.get("/users/ada/following", headers=etag).status_code == 304


@pytest.mark.parametrize("kind,status", [("gone404", 404), ("gone451", 451)])
def test_records_in_lists_whose_detail_is_denied(simulator, kind, status):
    sim = simulator("--control", "--users", 60)
    sim.config(faults=0.3, fault_kinds=kind)
    repos = [r for r in sim.get("/repositories").json()]
    by_name, by_id = ([sim.get(path.format(**r)).status_code for r in repos]
                      for path in ("/repos/{full_name}", "/repositories/{id}"))
    assert by_name == by_id and set(by_name) == {200, status}
    users = [u for u in sim.get("/users?per_page=60").json()]
    denied = {u["node_id"]: sim.get(f"/users/{u['login']}").status_code != 200 for u in users}
    assert [sim.get(f"/user/{u['id']}").status_code != 200 for u in users] == list(denied.values())
    assert len(set(denied.values())) == (2 if kind == "gone404" else 1), "an account is never blocked"
    ids = [*denied, *(r["node_id"] for r in repos)]
    answer = sim.post("/graphql", {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ids[:100]}})
    assert [n is None for n in answer.json()["data"]["nodes"]] == [*denied.values(), *(s != 200 for s in by_name)][:100]


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
