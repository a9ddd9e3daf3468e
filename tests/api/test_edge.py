"""What happens before a handler: which names are answered, wrong credentials where none are needed, bodies and their labels."""
import gzip
import json

import pytest

TASKS = "/github/tasks/"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def bound(own):
    """As it comes: on a loopback address, without ALLOWED_HOSTS."""
    own.env["ALLOWED_HOSTS"] = ""
    return own


def statuses(api, hosts):
    return {host: api.get("/github/", {"Host": host}, auth=False).status for host in hosts}


def test_a_server_on_loopback_answers_loopback_names_only(bound):
    bound.start(bound.tmp / "log")
    ours = ["127.0.0.1", f"127.0.0.1:{bound.port}", "127.8.9.10:80", "[::1]:8000", "localhost", "LOCALHOST:1", "localhost.",
            "app.localhost:3000"]
    others = ["rebound.example", "rebound.example:8000", "10.1.2.3", "[2001:db8::1]", "localhost.evil.example", "notlocalhost",
              "127.0.0.1.evil.example", "0.0.0.0"]
    assert statuses(bound, ours) == dict.fromkeys(ours, 200)
    assert statuses(bound, others) == dict.fromkeys(others, 400)
    got = bound.get("/github/developers/", {"Host": "rebound.example"})
    assert "ALLOWED_HOSTS" in got.json()["detail"] and "rebound.example" in got.json()["detail"]
    assert bound.get("/health/", {"Host": "rebound.example"}, auth=False).text == "ok"


def test_the_host_of_public_url_is_answered(bound):
    bound.env["PUBLIC_URL"] = "https://Hub.example:8443/gitomatic"
    bound.start(bound.tmp / "log")
    assert statuses(bound, ["hub.example", "HUB.example:1", "localhost"]) == {"hub.example": 200, "HUB.example:1": 200, "localhost": 200}
    assert statuses(bound, ["x.hub.example", "hub.example.evil"]) == {"x.hub.example": 400, "hub.example.evil": 400}


def test_listed_hosts_replace_the_default(bound):
    bound.env["ALLOWED_HOSTS"] = "one.example., .two.example,[::1]"
    bound.start(bound.tmp / "log")
    assert set(statuses(bound, ["one.example", "two.example", "a.two.example:9", "[::1]:1", "ONE.example."]).values()) == {200}
    assert set(statuses(bound, ["localhost", "127.0.0.1", "xtwo.example"]).values()) == {400}


@pytest.mark.parametrize("path", ["/", "/github/", "/health/", "/health/ready", "/github/developers/"])
def test_a_wrong_password_is_refused_everywhere(api, path):
    for auth in ("Basic YW5uOndyb25n", "Basic !", "Bearer gmat_nothing"):
        got = api.get(path, {"Authorization": auth}, auth=False)
        assert got.status == 401 and got.headers["WWW-Authenticate"], (path, auth)
    assert api.get(path).status in (200, 302)


@pytest.mark.parametrize("method,status", [("POST", 308), ("PUT", 308), ("GET", 301), ("HEAD", 301)])
def test_a_missing_slash(api, method, status):
    got = api.request(method, "/github/tasks?x=1", {"Content-Type": "application/json"}, b"{}" if method == "POST" else None)
    assert got.status == status and got.headers["Location"].endswith("/github/tasks/?x=1")


@pytest.mark.parametrize("extra", [{"tags": ["a"]}, {"meta": {"x": 1}}, {"n": 5}, {"yes": True}, {"note": "text"}, {"username": None}])
def test_unknown_members_of_a_body_are_ignored(api, extra):
    body = json.dumps({"name": "discovery_scraper", **extra}).encode()
    assert api.request("POST", TASKS, JSON, body).json()["success"] == "yes"


def test_a_known_member_must_be_a_string(api):
    for bad in (5, ["a"], {"x": 1}, True):
        got = api.request("POST", TASKS, JSON, json.dumps({"name": "full_profile_sync", "username": bad}).encode())
        assert got.status == 400 and "username" in got.json()["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "x-gzip", "gzip, gzip", "zstd"])
def test_a_coded_body_is_refused_by_name(api, coding):
    got = api.request("POST", TASKS, {**JSON, "Content-Encoding": coding}, gzip.compress(b'{"name":"discovery_scraper"}'))
    assert got.status == 415 and "Content-Encoding" in got.json()["detail"] and got.headers["Accept-Encoding"] == "identity"
    for none in ("identity", "Identity, identity", "", ",", ", identity ,"):  # a list, whose empty elements do not count
        assert api.request("POST", TASKS, {**JSON, "Content-Encoding": none}, b'{"name":"discovery_scraper"}').status == 200, none


@pytest.mark.parametrize("accept", [", application/json", "application/json,,", ",", " , ,", "text/html;q=0.1,, application/json"])
def test_empty_elements_of_accept_do_not_count(api, accept):
    got = api.get("/github/", {"Accept": accept}, auth=False)
    assert got.status == 200 and got.headers["Content-Type"] == "application/json"
