"""A TLS proxy in front of the mirror: every address in an answer is the proxy's, as a trusted proxy or a setting says; gh goes through it."""
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import urllib.parse

import pytest

from mirror_lab import MirrorLab
from tls_front import TlsFront

GH = shutil.which("gh")
TRUST = {"TRUSTED_PROXIES": "127.0.0.0/8"}


def body(base):
    return {"url": f"{base}/users/x", "repos_url": f"{base}/users/x/repos", "gists_url": f"{base}/users/x/gists{{/gist_id}}",
            "_links": {"self": f"{base}/users/x", "next": {"href": f"{base}/users/x?page=2"}}, "event_urls": [f"{base}/events"]}


class Upstream:
    """Says its own address wherever GitHub does; texts of people hold it too."""

    def __init__(self, lab):
        self.recorder = lab.recorder(self.answer)

    def answer(self, seen):
        base = self.recorder.url
        fields = {"ETag": '"1"', "Link": f'<{base}/users/x?page=2>; rel="next", <{base}/users/x?page=9>; rel="last"',
                  "Content-Location": f"{base}/users/x", "Location": f"{base}/users/x/1", "X-Poll": f"see {base}/users/x"}
        if seen.target.startswith("/elsewhere"):
            return 302, {"Location": "https://codeload.example/x.zip"}, b""
        return 201 if seen.method == "POST" else 200, fields, json.dumps({**body(base), "bio": f"{base}/users/x"}).encode()


@pytest.fixture(scope="module")
def lab(cluster, tmp_path_factory):
    made = MirrorLab(cluster, tmp_path_factory.mktemp("tls"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def front(lab, tmp_path_factory):
    """settings of a mirror → (the front's address as seen by clients, certificate), a mirror behind it. One address for all of them."""
    made = []

    def make(upstream, name, **settings):
        held = socket.socket()  # not listening: the mirror may listen there, and nobody else is given the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        tls = TlsFront(tmp_path_factory.mktemp(name) / "front", f"http://127.0.0.1:{held.getsockname()[1]}", False)
        made.extend([tls, held])
        address = tls.url.replace("127.0.0.1", "localhost")
        lab.mirror(upstream, MIRROR_LISTEN=f"127.0.0.1:{held.getsockname()[1]}",
                   **{k: v.replace("FRONT", address) for k, v in settings.items()})
        return address, tls.ca_file
    yield make
    for one in made:
        getattr(one, "stop", getattr(one, "close", None))()


def ask(front, method, path, **headers):
    address, ca_file = front
    at = urllib.parse.urlsplit(address)
    connection = http.client.HTTPSConnection(at.hostname, at.port, timeout=60, context=ssl.create_default_context(cafile=ca_file))
    try:
        connection.request(method, path, b"{}" if method == "POST" else None, {"Authorization": "Bearer t", "User-Agent": "x", **headers})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


SETTINGS = {"trusted": TRUST, "set": {"GITHUB_MIRROR_URL": "FRONT"}, "both": {**TRUST, "GITHUB_MIRROR_URL": "FRONT"},
            "elsewhere": {"GITHUB_MIRROR_URL": "https://gh.example:8443/mirror", "ALLOWED_HOSTS": "*"}}


@pytest.mark.parametrize("kind", SETTINGS)
def test_addresses_are_those_of_the_tls_front(lab, front, kind):
    upstream = Upstream(lab).recorder
    through = front(upstream, kind, **SETTINGS[kind])
    base = "https://gh.example:8443/mirror" if kind == "elsewhere" else through[0]
    for method, prefix in (("GET", ""), ("GET", ""), ("GET", "/api/v3"), ("POST", "")):  # the second time from the cache
        answer, got = ask(through, method, f"{prefix}/users/x", **({"Content-Type": "application/json"} if method == "POST" else {}))
        said, ours = json.loads(got), base + prefix
        assert said.pop("bio") == f"{upstream.url}/users/x"  # a text
        assert said == body(ours)
        assert answer.headers["Link"] == f'<{ours}/users/x?page=2>; rel="next", <{ours}/users/x?page=9>; rel="last"'
        assert answer.headers["Content-Location"] == f"{ours}/users/x" and answer.headers["Location"] == f"{ours}/users/x/1"
        assert upstream.url not in json.dumps(said)
    answer, _ = ask(through, "GET", "/elsewhere")
    assert (answer.status, answer.headers["Location"]) == (302, "https://codeload.example/x.zip")


def test_forwarded_fields_of_an_untrusted_proxy_are_ignored(lab, front):
    through = front(Upstream(lab).recorder, "nobody", TRUSTED_PROXIES="192.0.2.1")
    answer, got = ask(through, "GET", "/users/x")
    assert json.loads(got)["url"].startswith("http://127.0.0.1:") and answer.headers["Link"].startswith("<http://127.0.0.1:")


@pytest.mark.parametrize("kind", ["trusted", "set"])
def test_gh_through_a_tls_front(lab, front, tmp_path, kind):
    if not GH:
        pytest.skip("gh is not installed (Debian's package gh)")
    github = lab.github("--token", "a=ada")
    address, ca_file = front(github, f"gh-{kind}", **SETTINGS[kind])
    ada = next(u["id"] for u in github.truth()["users"] if u["login"] == "ada")
    env = {"PATH": "/usr/bin:/bin", "GH_CONFIG_DIR": str(tmp_path), "HOME": str(tmp_path), "GH_NO_UPDATE_NOTIFIER": "1",
           "GH_HOST": address.removeprefix("https://"), "GH_ENTERPRISE_TOKEN": "a", "SSL_CERT_FILE": str(ca_file)}

    def gh(*arguments):
        return subprocess.run([GH, *arguments], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=env)
    listed = gh("api", "--paginate", "users/ada/repos?per_page=30", "--jq", ".[].id")
    assert listed.returncode == 0, listed.stderr
    assert len(set(listed.stdout.split())) == sum(r["owner"]["id"] == ada for r in github.truth()["repos"]) > 30
    assert gh("api", "users/ada", "--jq", ".url").stdout.strip() == f"{address}/api/v3/users/ada"
    assert gh("api", "graphql", "-f", 'query={ user(login: "ada") { login } }', "--jq", ".data.user.login").stdout.strip() == "ada"
    missing = gh("api", "users/nobody-of-this-world")
    assert missing.returncode == 1 and "HTTP 404" in missing.stderr
    assert {t["credential"] for t in github.trace()} == {"ada"}
