"""Which names the mirror answers to, and the addresses it writes behind a proxy that ends TLS."""
import json

import pytest
from mirror_lab import MirrorLab


@pytest.fixture
def github(lab):
    return lab.github()


def status(mirror, host, path="/users/x"):
    return mirror.get(path, "t", {"Host": host}).status


def test_a_mirror_on_loopback_answers_loopback_names_only(lab, github):
    mirror = lab.mirror(github)
    for host in ("127.0.0.1", "localhost:8080", "[::1]:1", "127.1.2.3", "api.localhost"):
        assert status(mirror, host) != 400, host
    for host in ("rebound.example", "10.1.2.3:8080", "localhost.evil.example", "a b", "x/y"):
        got = mirror.get("/users/x", "t", {"Host": host})
        assert got.status == 400, host
    assert b"ALLOWED_HOSTS" in mirror.get("/users/x", "t", {"Host": "rebound.example"}).body
    assert mirror.get("/healthz", headers={"Host": "rebound.example"}).status == 200


def test_listed_hosts(lab, github):
    mirror = lab.mirror(github, ALLOWED_HOSTS=".example.org,[::1],gh.example.")
    for host in ("mirror.example.org", "example.org:9", "[::1]", "GH.example"):
        assert status(mirror, host) != 400, host
    for host in ("localhost", "127.0.0.1", "xexample.org"):
        assert status(mirror, host) == 400, host


@pytest.mark.parametrize("hosts, named", [("http://gh.example/", "http://gh.example/"), ("gh.example,a b", "a b"), ("gh.example:port", "gh.example:port"),
                                          ("gh.*.example", "gh.*.example"), ("gh.example/path", "gh.example/path"), ("[::1", "[::1")])
def test_invalid_hosts_are_named(lab, hosts, named):
    done = lab.stack("http://127.0.0.1:9").run("mirror", check=False, MIRROR_LISTEN="127.0.0.1:0", ALLOWED_HOSTS=hosts)
    assert done.returncode != 0 and "ALLOWED_HOSTS" in done.stderr and named in done.stderr, done.stderr


@pytest.mark.parametrize("setting", ["GITHUB_MIRROR_URL", "PUBLIC_URL"])
def test_the_public_host_is_answered(lab, github, setting):
    mirror = lab.mirror(github, **{setting: "https://gh.example:8443"})
    assert status(mirror, "gh.example") != 400 and status(mirror, "other.example") == 400


@pytest.fixture(scope="module")
def proxied(cluster, tmp_path_factory):
    """A login, a mirror that trusts its proxy, and one that has none."""
    made = MirrorLab(cluster, tmp_path_factory.mktemp("hosts"))
    github = made.github()
    yield (github.truth()["users"][0]["login"], made.mirror(github, TRUSTED_PROXIES="127.0.0.0/8", ALLOWED_HOSTS="gh.example,127.0.0.1"),
           made.mirror(github, ALLOWED_HOSTS="gh.example,127.0.0.1"))
    made.close()


@pytest.mark.parametrize("headers,base", [
    ({"X-Forwarded-Proto": "https"}, "https://127.0.0.1"),
    ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gh.example"}, "https://gh.example/"),
    ({"Forwarded": "proto=https;host=gh.example"}, "https://gh.example/"),
    ({"X-Forwarded-Proto": "http"}, "http://127.0.0.1"),
    # lines of the client before those of the proxy (RFC 9110 5.3): the proxy's are the last
    ({"X-Forwarded-Proto": ["http", "https"]}, "https://127.0.0.1"), ({"X-Forwarded-Proto": ["https", "http"]}, "http://127.0.0.1"),
    ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": ["evil.example", "gh.example"]}, "https://gh.example/"),
    ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": ["gh.example, evil.example", "gh.example"]}, "https://gh.example/"),
    ({"Forwarded": ["proto=http;host=evil.example", "for=1.2.3.4;proto=https;host=gh.example"]}, "https://gh.example/"),
    ({"Forwarded": ["proto=http, proto=http", "proto=https;host=gh.example"]}, "https://gh.example/"),
])
def test_addresses_follow_a_trusted_proxy(proxied, headers, base):
    login, trusted, other = proxied
    assert json.loads(trusted.get(f"/users/{login}", "t", headers).body)["url"].startswith(base)
    assert json.loads(other.get(f"/users/{login}", "t", headers).body)["url"].startswith("http://127.0.0.1")
