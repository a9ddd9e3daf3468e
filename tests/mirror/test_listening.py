"""The mirror speaks TLS, and listens on a unix socket."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import ssl
import stat
import threading
import time

import psycopg2
import pytest
from handshakes import are_ended, begin
from sim import BUILD
from tls_front import make_certificate


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada")


@pytest.fixture
def certificate(tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    make_certificate(folder)
    return {"MIRROR_TLS_CERT_FILE": str(folder / "cert.pem"), "MIRROR_TLS_KEY_FILE": str(folder / "key.pem")}


def listening(mirror, seconds=60):
    """What the log says it listens at; the port is taken over where there is one."""
    until = time.monotonic() + seconds
    while not (found := re.search(r"mirror\.listening url=(\S+)", mirror.process.log())):
        assert mirror.process.running and time.monotonic() < until, mirror.process.log()
        time.sleep(0.02)
    port = re.search(r":(\d+)$", found.group(1))
    mirror.port = int(port.group(1)) if port else None
    return found.group(1)


class AtSocket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def ask(connection, path, host="localhost", token="a"):
    connection.request("GET", path, headers={"Host": host, "Authorization": f"Bearer {token}", "User-Agent": "x"})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.fixture
def folder():
    """A path that fits into a socket's address, however deep tmp_path is."""
    path = pathlib.Path(f"/tmp/mirror-socket-{os.getpid()}-{time.monotonic_ns()}")
    path.mkdir(mode=0o700)
    yield path
    shutil.rmtree(path)


# ---- TLS ----

def test_tls(lab, github, certificate):
    mirror = lab.mirror(github, wait=False, **certificate)
    url = listening(mirror)
    assert url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=certificate["MIRROR_TLS_CERT_FILE"])
    connection = http.client.HTTPSConnection("127.0.0.1", mirror.port, context=context, timeout=30)
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        status, headers, body = ask(connection, "/users/ada/repos?per_page=5", mirror.host)
        assert (status, headers["X-Cache"]) == (200, label)
        assert f'<{url}/user/' in headers["Link"] and json.loads(body)[0]["url"].startswith(url + "/repos/")
    assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)), socket.create_connection(("127.0.0.1", mirror.port), timeout=10) as plain:
        old.wrap_socket(plain)
    assert ask(http.client.HTTPSConnection("127.0.0.1", mirror.port, context=context, timeout=30), "/healthz")[2] == b"OK"


def test_many_at_once_wait_with_tls(lab, github, certificate, together):
    """Suspended connections and TLS: each gets its own answer."""
    github.config(latency=300)
    mirror = lab.mirror(github, wait=False, **certificate)
    listening(mirror)
    context = ssl.create_default_context(cafile=certificate["MIRROR_TLS_CERT_FILE"])
    logins = [u["login"] for u in github.truth()["users"]][:20]

    def one(login):
        return ask(http.client.HTTPSConnection("127.0.0.1", mirror.port, context=context, timeout=30), f"/users/{login}", mirror.host)
    got = together(*[lambda login=login: one(login) for login in logins])
    assert [json.loads(body)["login"] for _, _, body in got] == logins


def test_unfinished_handshakes_delay_nobody(lab, github, certificate):
    """Neither other clients nor the end of the process."""
    mirror = lab.mirror(github, wait=False, **certificate)
    listening(mirror)
    hanging = begin(mirror.port, 4)
    context = ssl.create_default_context(cafile=certificate["MIRROR_TLS_CERT_FILE"])
    for _ in range(8):  # on each of the threads
        assert ask(http.client.HTTPSConnection("127.0.0.1", mirror.port, context=context, timeout=30), "/users/ada", mirror.host)[0] == 200
    with socket.create_connection(("127.0.0.1", mirror.port), timeout=30) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            said = plain.recv(100)
        except ConnectionError:
            said = b""
        assert b"HTTP" not in said  # no answer that is not encrypted
    assert mirror.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [False, True])
def test_an_unfinished_handshake_is_ended(lab, github, certificate, leaves):
    """After a minute, like any silent connection: libmicrohttpd used to keep its descriptor for ever, also when the client had left."""
    mirror = lab.mirror(github, wait=False, **certificate)
    listening(mirror)
    are_ended(mirror.port, leaves)


def test_a_connection_ends_with_a_notice(lab, github, certificate):
    """RFC 8446, 6.1: close_notify, without which the end could be an attacker's cut."""
    mirror = lab.mirror(github, wait=False, **certificate)
    listening(mirror)
    context = ssl.create_default_context(cafile=certificate["MIRROR_TLS_CERT_FILE"])
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    with socket.create_connection(("127.0.0.1", mirror.port), timeout=30) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % mirror.host.encode())
        got = b""
        while part := s.recv(4096):
            got += part
    assert got.endswith(b"OK")


@pytest.mark.parametrize("spoilt", ["no-key", "no-file", "not-pem", "other-key"])
def test_a_certificate_that_cannot_be_used_is_named(lab, github, certificate, tmp_path, spoilt):
    if spoilt == "no-key":
        del certificate["MIRROR_TLS_KEY_FILE"]
    elif spoilt == "no-file":
        certificate["MIRROR_TLS_CERT_FILE"] = "/no/such/file"
    elif spoilt == "not-pem":
        pathlib.Path(certificate["MIRROR_TLS_CERT_FILE"]).write_text("x")
    else:
        (tmp_path / "other").mkdir()
        make_certificate(tmp_path / "other")
        certificate["MIRROR_TLS_KEY_FILE"] = str(tmp_path / "other" / "key.pem")
    done = lab.stack(github.url).run("mirror", check=False, MIRROR_LISTEN="127.0.0.1:0", **certificate)
    assert done.returncode != 0 and "MIRROR_TLS_" in done.stderr


def test_warming_and_tls(lab, github, certificate, tmp_path):
    stack = lab.stack(github.url, GITHUB_TOKEN="a", **certificate)
    mirror = lab.mirror(github, stack, wait=False)
    listening(mirror)
    (tmp_path / "paths").write_text("/users/ada\n")
    done = stack.run("mirror", "warm", str(tmp_path / "paths"), MIRROR_LISTEN=mirror.host)
    assert "1 page fetched, 0 failed" in done.stdout


# ---- unix sockets ----

@pytest.mark.parametrize("beside", [True, False])
def test_a_unix_socket(lab, github, folder, beside):
    path = str(folder / "mirror.sock")
    settings = {"MIRROR_SOCKET": path} if beside else {"MIRROR_LISTEN": f"unix:{path}"}
    mirror = lab.mirror(github, wait=False, **settings)
    listening(mirror)
    for host, base in (("localhost", "http://localhost"), ("api.github.com", "https://api.github.com"), ("ghes.example:99", "http://ghes.example:99")):
        status, headers, body = ask(AtSocket(path), "/users/ada/repos?per_page=5", host)
        assert status == 200 and f"<{base}/user/" in headers["Link"]
        assert json.loads(body)[0]["url"].startswith(base + "/repos/")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    if beside:
        assert mirror.get("/users/ada/repos?per_page=5", "a").label == "ONLINE_HIT"  # one cache
    assert mirror.stop() == 0 and not os.path.exists(path)


@pytest.mark.parametrize("mode", ["660", "0666"])
def test_its_permissions(lab, github, folder, mode):
    path = str(folder / "mirror.sock")
    listening(lab.mirror(github, wait=False, MIRROR_SOCKET=path, MIRROR_SOCKET_MODE=mode))
    assert stat.S_IMODE(os.stat(path).st_mode) == int(mode, 8)


def test_a_stale_socket_is_replaced_and_nothing_else(lab, github, folder):
    path = str(folder / "mirror.sock")
    first = lab.mirror(github, wait=False, MIRROR_SOCKET=path)
    listening(first)
    first.process.kill()
    assert os.path.exists(path)
    second = lab.mirror(github, wait=False, MIRROR_SOCKET=path)
    listening(second)
    assert ask(AtSocket(path), "/users/ada")[0] == 200
    third = lab.stack(github.url).run("mirror", check=False, MIRROR_LISTEN="127.0.0.1:0", MIRROR_SOCKET=path)
    assert third.returncode != 0 and "MIRROR_SOCKET" in third.stderr and "another process listens" in third.stderr
    assert ask(AtSocket(path), "/users/ada")[0] == 200
    (folder / "file").write_text("precious")
    refused = lab.stack(github.url).run("mirror", check=False, MIRROR_LISTEN=f"unix:{folder}/file")
    assert refused.returncode != 0 and "MIRROR_LISTEN" in refused.stderr and (folder / "file").read_text() == "precious"


@pytest.mark.parametrize("settings, named", [({"MIRROR_SOCKET": "relative"}, "MIRROR_SOCKET"), ({"MIRROR_SOCKET_MODE": "9"}, "MIRROR_SOCKET_MODE"),
                                             ({"MIRROR_SOCKET": "/tmp/" + "x" * 120}, "MIRROR_SOCKET"), ({"MIRROR_LISTEN": "unix:relative"}, "MIRROR_LISTEN"),
                                             ({"MIRROR_SOCKET": "/no/such/folder/socket"}, "MIRROR_SOCKET")])
def test_invalid_addresses_to_listen_on_are_named(lab, github, settings, named):
    done = lab.stack(github.url).run("mirror", check=False, **{"MIRROR_LISTEN": "127.0.0.1:0", **settings})
    assert done.returncode != 0 and named in done.stderr


# ---- the end ----

@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_a_stop_while_all_threads_are_busy(lab, github, folder, way):
    """Of two threads that withdraw the same socket the second one would end the process (libmicrohttpd's MHD_quiesce_daemon)."""
    path = str(folder / "mirror.sock")
    mirror = lab.mirror(github, MIRROR_SOCKET=path, LD_PRELOAD=str(BUILD / "tests" / "libslow_epoll.so"))
    served, stopping = threading.Semaphore(0), threading.Event()

    def keep_asking():
        connection = AtSocket(path) if way == "unix" else http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=30)
        try:
            while not (stopping.is_set() and not mirror.process.running):
                ask(connection, "/healthz")
                served.release()
        except (OSError, http.client.HTTPException):
            connection.close()
    asking = [threading.Thread(target=keep_asking, daemon=True) for _ in range(16)]
    for t in asking:
        t.start()
    for _ in range(200):
        assert served.acquire(timeout=30)
    stopping.set()
    assert mirror.stop() == 0, mirror.process.log()
    for t in asking:
        t.join(30)
    assert not os.path.exists(path)
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", mirror.port), timeout=5)


def test_a_stop_while_threads_are_at_the_limit_of_files(lab, github):
    """A thread that gets no descriptor for a connection removes the listening socket from its set, and must find it there."""
    mirror = lab.mirror(github, LD_PRELOAD=str(BUILD / "tests" / "libslow_epoll.so"), SLOW_EPOLL_MS="3000")
    pid = mirror.process.popen.pid
    kept = [http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=30) for _ in range(40)]
    for connection in kept:  # on each of the threads, which only then can wait for one to be closed
        ask(connection, "/healthz")
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    with socket.create_connection(("127.0.0.1", mirror.port), timeout=30):
        until = time.monotonic() + 30
        while "slow_epoll: removing" not in mirror.process.log():
            assert time.monotonic() < until and mirror.process.running, "no thread is at the limit"
            time.sleep(0.01)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert mirror.stop() == 0, mirror.process.log()


def test_a_request_in_the_last_moment(lab, github, tmp_path):
    """On a kept connection, and it would have to wait for the database: the server's end with a suspended connection ends the process."""
    stack = lab.stack(github.url)
    mirror = lab.mirror(github, stack, LD_PRELOAD=str(BUILD / "tests" / "libslow_stop.so"), SLOW_STOP_FILE=str(tmp_path / "answered"))
    kept = [http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=30) for _ in range(8)]
    for connection in kept:
        ask(connection, "/healthz")
    with contextlib.closing(psycopg2.connect(stack.url)) as lock:
        lock.cursor().execute("lock table mirror_pages in access exclusive mode")
        mirror.process.terminate()
        until = time.monotonic() + 30
        while "slow_stop: stopping" not in mirror.process.log():
            assert time.monotonic() < until and mirror.process.running, mirror.process.log()
            time.sleep(0.01)
        for connection in kept:
            connection.request("GET", "/users/ada/repos", headers={"Host": mirror.host, "Authorization": "Bearer a"})
        got = [connection.getresponse() for connection in kept]
        assert [(g.status, g.headers["Retry-After"]) for g in got] == [(503, "1")] * len(kept)
        (tmp_path / "answered").touch()
        assert mirror.stop() == 0, mirror.process.log()
