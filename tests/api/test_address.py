"""Under which address we are reached: Host, proxies, TLS; and which client it is."""
import ssl
import http.client
import subprocess

import pytest
from handshakes import are_ended

from server import Api, basic, fail
from slowness import within

TASKS = "/github/tasks/"


def base_of(api, headers):
    got = api.get("/github/", headers, auth=False)
    assert got.status == 200, got.text
    return got.json()["tasks"].rsplit("/github/", 1)[0]


# ---- Host ----

def test_any_valid_host_is_answered_by_default(api):
    for host in ("example.test", "example.test:8443", "127.0.0.1", "[::1]:80", "a_b.example"):
        assert base_of(api, {"Host": host}) == f"http://{host}"
    for host in ("a b", "a/b", "a\"b", "a:99999", "", "a:b", "user@host", "[::1", "a,b"):
        assert api.get("/github/", {"Host": host}, auth=False).status == 400, host


def test_allowed_hosts(own):
    own.env["ALLOWED_HOSTS"] = "api.example.org, .example.net,127.0.0.1,[::1]"
    own.start(own.tmp / "log")
    for host in ("api.example.org", "API.Example.org:8443", "example.net", "x.example.net", "a.b.example.net:1", "127.0.0.1",
                 "[::1]:80"):
        assert base_of(own, {"Host": host}) == f"http://{host}"
    for host in ("evil.example", "xapi.example.org", "api.example.org.evil.example", "notexample.net", "localhost", "10.0.0.1"):
        for path, auth in (("/github/", False), (TASKS, True), ("/nothing", True)):
            got = own.get(path, {"Host": host}, auth=auth)
            assert got.status == 400 and "Invalid Host header" in got.json()["detail"], host
        assert own.get("/health/", {"Host": host}, auth=False).text == "ok"  # asked by whatever watches over us


@pytest.mark.parametrize("value,named", [("a b", "a b"), ("ok.example,api.example:80", "api.example:80"), ("http://x", "http://x")])
def test_bad_allowed_hosts_are_named(api, value, named):
    done = Api(api.env["DATABASE_URL"], ALLOWED_HOSTS=value).run("serve", check=False)
    assert done.returncode == 1 and f'ALLOWED_HOSTS: got "{named}' in done.stdout


# ---- proxies ----

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "hub.example"}


def test_forwarded_headers_of_untrusted_peers_do_not_count(api):
    for headers in (FORWARDED, {"Forwarded": "for=203.0.113.9;proto=https;host=hub.example"}):
        assert base_of(api, headers) == api.base


@pytest.fixture
def proxied(own):
    own.env["TRUSTED_PROXIES"] = "127.0.0.0/8,10.0.0.0/8, 2001:db8::/32"
    return own.start(own.tmp / "log")


def test_forwarded_headers_of_a_proxy_count(proxied):
    assert base_of(proxied, FORWARDED) == "https://hub.example"
    assert base_of(proxied, {"X-Forwarded-Proto": "https"}) == f"https://127.0.0.1:{proxied.port}"
    assert base_of(proxied, {"X-Forwarded-Host": "hub.example:8443"}) == "http://hub.example:8443"
    assert base_of(proxied, {"Forwarded": 'for=203.0.113.9;proto=https;host="hub.example:8443"'}) == "https://hub.example:8443"
    assert base_of(proxied, {"X-Forwarded-Proto": "gopher"}) == proxied.base
    assert base_of(proxied, {"X-Forwarded-Host": "a, hub.example", "X-Forwarded-Proto": "http, https"}) == "https://hub.example"
    for bad in ("x y", "evil\"host", "a/b"):
        assert proxied.get("/github/", {"X-Forwarded-Host": bad}, auth=False).status == 400
    post = {"Origin": "https://hub.example", **FORWARDED}
    assert proxied.request("POST", TASKS, post, b"").status == 406
    assert proxied.request("POST", TASKS, {**post, "Origin": "https://evil.example"}, b"").status == 403


@pytest.mark.parametrize("first,second,same", [
    ({"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}, False),
    ({"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "198.51.100.7, 203.0.113.1"}, True),  # the left one is hearsay
    ({"X-Forwarded-For": "203.0.113.1, 10.1.1.1"}, {"X-Forwarded-For": "203.0.113.1"}, True),     # through two proxies
    ({"Forwarded": "for=203.0.113.1"}, {"Forwarded": 'for="203.0.113.1:99"'}, True),
    ({"X-Forwarded-For": "[2001:dead::1]:5"}, {"X-Forwarded-For": "2001:dead::2"}, True),          # one network
    ({"X-Forwarded-For": "2001:dead:0:1::1"}, {"X-Forwarded-For": "2001:dead:0:2::1"}, False),
    ({"X-Forwarded-For": "junk"}, {}, True)])
def test_failures_are_counted_for_the_proxys_client(proxied, first, second, same):
    fail(proxied, first)
    assert proxied.get(TASKS, second, auth=basic("ann", "yet another")).status == (429 if same else 401)


NAMES = [("X-Forwarded-For", "X-Forwarded-For"), ("X-Forwarded-For", "x-forwarded-for"), ("x-FORWARDED-for", "X-Forwarded-for")]


def ask_raw(api, path, *fields):
    """The status, and what was said, of a request with these lines."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {api.base.split('//')[1]}", "Connection: close", *fields]
    head, _, body = api.raw("\r\n".join([*lines, "", ""]).encode()).partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


@pytest.mark.parametrize("first,second", NAMES, ids=["alike", "lower", "mixed"])
def test_repeated_forwarded_fields_are_one_list(proxied, first, second):
    """The last address counts, which the nearest proxy wrote."""
    wrong = f"Authorization: {basic('ann', 'yet another')}"
    fail(proxied, {"X-Forwarded-For": "203.0.113.1"})
    assert ask_raw(proxied, TASKS, wrong, f"{first}: 198.51.100.7", f"{second}: 203.0.113.1")[0] == 429
    assert ask_raw(proxied, TASKS, wrong, f"{first}: 203.0.113.1", f"{second}: 10.1.1.1")[0] == 429
    assert ask_raw(proxied, TASKS, wrong, f"{first}: 203.0.113.1", f"{second}: 198.51.100.8")[0] == 401
    for what, values, base in (("Proto", ("http", "https"), b'"https://'), ("Host", ("other.example", "hub.example"), b'"http://hub.example/')):
        fields = [f"{name[:-3] + what}: {value}" for name, value in zip((first, second), values)]
        assert base in ask_raw(proxied, "/github/", *fields)[1], fields


def test_an_untrusted_peer_cannot_have_another_address_throttled(own):
    own.start(own.tmp / "log")
    statuses = {own.get(TASKS, {"X-Forwarded-For": f"203.0.113.{i}"}, auth=basic("ann", f"wrong{i}")).status for i in range(40)}
    assert statuses == {401, 429}


@pytest.mark.parametrize("value", ["10.0.0.0/33", "example.org", "10.0.0.0/", "::/129", "10.0.0.1/-1", "1.2.3", "10.0.0.1 10.0.0.2"])
def test_bad_proxies_are_named(api, value):
    done = Api(api.env["DATABASE_URL"], TRUSTED_PROXIES="127.0.0.1," + value).run("serve", check=False)
    assert done.returncode == 1 and f'TRUSTED_PROXIES: got "{value}"' in done.stdout


# ---- TLS ----

@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(own, certificate):
    own.env.update(TLS_CERT_FILE=str(certificate / "cert.pem"), TLS_KEY_FILE=str(certificate / "key.pem"))
    own.start(own.tmp / "log")
    own.context = ssl.create_default_context(cafile=certificate / "cert.pem")
    return own


def https(api, path, method="GET", body=None, **headers):
    connection = http.client.HTTPSConnection("127.0.0.1", api.port, timeout=10, context=api.context)
    connection.request(method, path, body, {"Authorization": api.auth, **headers})
    got = connection.getresponse()
    got.body = got.read()
    got.tls = connection.sock.version() if connection.sock else None
    connection.close()
    return got


def test_tls(tls):
    import json
    assert f"https://127.0.0.1:{tls.port}/github/" in tls.log()
    got = https(tls, "/github/")
    assert got.status == 200
    assert json.loads(got.body)["tasks"] == f"https://127.0.0.1:{tls.port}/github/tasks/"
    for _ in range(3):
        assert https(tls, "/github/developers/").status == 200
    assert https(tls, TASKS, "POST", b"name=nothing", **{"Content-Type": "application/x-www-form-urlencoded"}).status == 406
    big = https(tls, "/metrics")
    assert big.status == 200 and len(big.body) > 1000
    try:  # no plain text there
        assert b"HTTP/1.1 200" not in tls.raw(b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n", timeout=2)
    except ConnectionResetError:
        pass
    tls.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    tls.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        https(tls, "/health/")


def test_tls_stops_at_once_with_idle_connections(tls):
    import socket
    import time
    idle = [tls.context.wrap_socket(socket.create_connection(("127.0.0.1", tls.port)), server_hostname="localhost")
            for _ in range(5)]
    idle[0].sendall(b"GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert idle[0].recv(1000).startswith(b"HTTP/1.1 200")
    time.sleep(1.2)
    with within(5):
        assert tls.stop() == 0
    for s in idle:
        s.close()


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [False, True])
def test_a_handshake_without_an_end_is_ended(tls, leaves):
    """After half a minute, like any silent connection."""
    are_ended(tls.port, leaves)
    assert https(tls, "/health/").status == 200 and tls.stop() == 0


def test_bad_tls_files_are_named(api, certificate, tmp_path):
    cert, key = str(certificate / "cert.pem"), str(certificate / "key.pem")
    junk, other = tmp_path / "junk.pem", tmp_path / "other.pem"
    junk.write_text("junk")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other], check=True, capture_output=True)
    for settings, complaint in (({"TLS_CERT_FILE": cert}, "TLS_CERT_FILE is set without TLS_KEY_FILE"),
                                ({"TLS_KEY_FILE": key}, "TLS_KEY_FILE is set without TLS_CERT_FILE"),
                                ({"TLS_CERT_FILE": "/nowhere/x", "TLS_KEY_FILE": key}, "TLS_CERT_FILE: can't read /nowhere/x"),
                                ({"TLS_CERT_FILE": cert, "TLS_KEY_FILE": "/nowhere/y"}, "TLS_KEY_FILE: can't read /nowhere/y"),
                                ({"TLS_CERT_FILE": str(junk), "TLS_KEY_FILE": key}, f"TLS_CERT_FILE {junk}"),
                                ({"TLS_CERT_FILE": cert, "TLS_KEY_FILE": str(other)}, f"TLS_KEY_FILE {other}")):
        done = Api(api.env["DATABASE_URL"], **settings).run("serve", check=False)
        assert done.returncode == 1 and complaint in done.stdout, done.stdout
