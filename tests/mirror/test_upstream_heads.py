"""More cases of test_upstream_framing.py: each requested twice, so that a stored one would show."""
import socket
import threading

import pytest

from mirror_lab import MirrorLab

OK = b"HTTP/1.1 200 OK\r\n"
TYPE = b"Content-Type: application/json\r\nETag: \"x\"\r\nCache-Control: max-age=3600\r\n"


def with_(*fields, line=OK, body=b"{}"):
    return line + TYPE + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


HOSTILE = {
    "length-and-chunked": with_(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked-and-length": with_(b"Transfer-Encoding: chunked", b"Content-Length: 2", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "two-lengths": with_(b"Content-Length: 2", b"Content-Length: 3"),
    "list-of-lengths": with_(b"Content-Length: 2, 3"),
    "negative-length": with_(b"Content-Length: -2"),
    "length-with-plus": with_(b"Content-Length: +2"),
    "hexadecimal-length": with_(b"Content-Length: 0x2"),
    "empty-length": with_(b"Content-Length:"),
    "gzip-coding": with_(b"Transfer-Encoding: gzip, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "identity-coding": with_(b"Transfer-Encoding: identity"),
    "chunked-twice": with_(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked-in-1.0": with_(b"Transfer-Encoding: chunked", line=b"HTTP/1.0 200 OK\r\n", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "status-099": with_(b"Content-Length: 2", line=b"HTTP/1.1 099 No\r\n"),
    "status-000": with_(b"Content-Length: 2", line=b"HTTP/1.1 000 No\r\n"),
    "status-600": with_(b"Content-Length: 2", line=b"HTTP/1.1 600 No\r\n"),
    "status-999": with_(b"Content-Length: 2", line=b"HTTP/1.1 999 No\r\n"),
    "status-20": with_(b"Content-Length: 2", line=b"HTTP/1.1 20 OK\r\n"),
    "status-2000": with_(b"Content-Length: 2", line=b"HTTP/1.1 2000 OK\r\n"),
    "status-word": with_(b"Content-Length: 2", line=b"HTTP/1.1 OK\r\n"),
    "status-101": with_(b"Upgrade: x", b"Connection: Upgrade", line=b"HTTP/1.1 101 Switching Protocols\r\n"),
    "no-version": with_(b"Content-Length: 2", line=b"200 OK\r\n"),
    "other-protocol": with_(b"Content-Length: 2", line=b"ICY 200 OK\r\n"),
    "version-3.7": with_(b"Content-Length: 2", line=b"HTTP/3.7 200 OK\r\n"),
    "NUL-in-a-value": with_(b"X-A: 1\x002", b"Content-Length: 2"),
    "control-in-a-value": with_(b"X-A: 1\x012", b"Content-Length: 2"),
    "bare-CR-in-a-value": with_(b"X-A: 1\rX-B: 2", b"Content-Length: 2"),
    "folded-line": with_(b"X-A: 1\r\n Content-Length: 9", b"Content-Length: 2"),
    "space-before-the-colon": with_(b"Content-Length : 9", b"Content-Length: 2"),
    "no-colon": with_(b"X-A", b"Content-Length: 2"),
    "bad-chunk": with_(b"Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk-too-long": with_(b"Transfer-Encoding: chunked", body=b"1\r\n{}\r\n0\r\n\r\n"),
    "nothing-of-http": b"{}\n",
}
FINE = {
    "length": with_(b"Content-Length: 2"),
    "list-of-one-length": with_(b"Content-Length: 2, 2"),
    "same-length-twice": with_(b"Content-Length: 2", b"Content-Length: 2"),
    "chunked": with_(b"transfer-encoding: Chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "until-the-end": with_(line=b"HTTP/1.0 200 OK\r\n"),
    "no-reason": with_(b"Content-Length: 2", line=b"HTTP/1.1 200\r\n"),
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + with_(b"Content-Length: 2"),
}


class Raw:
    """Answers the target /NAME with the bytes of that name and ends the connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.asked = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            with s:
                head = b""
                while b"\r\n\r\n" not in head:
                    part = s.recv(65536)
                    if not part:
                        break
                    head += part
                name = head.split(b" ")[1].decode().strip("/") if head else ""
                self.asked.append(name)
                s.sendall({**HOSTILE, **FINE}.get(name, with_(b"Content-Length: 2")))


@pytest.fixture(scope="module")
def raw(cluster, tmp_path_factory):
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("framing"))
    upstream = Raw()
    mirror = lab.mirror(upstream.url, MIRROR_FRESH_SECONDS="3600")
    mirror.upstream = upstream
    yield mirror
    lab.close()
    upstream.listener.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_heads_are_not_passed_on(raw, name):
    for _ in range(2):  # the second time it is asked again: nothing was kept
        before = raw.upstream.asked.count(name)
        got = raw.get(f"/{name}")
        assert got.status == 502 and got.json()["message"], got
        assert got["ETag"] is None and raw.upstream.asked.count(name) > before


@pytest.mark.parametrize("name", FINE)
def test_valid_heads_are_passed_on(raw, name):
    got = raw.get(f"/{name}")
    assert (got.status, got.body) == (200, b"{}"), got
