"""Requests that two servers may read differently get one refusal, and nothing of them reaches GitHub."""
import json
import socket
import threading

import pytest

from hostile_requests import CASES, FINE, FINE_IDS, IDS, ask, get, post, refused


class Upstream:
    """Answers every request with 200 and keeps what came, byte for byte."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.heads = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        stream = s.makefile("rb")
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return
                head += line
            length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
            body = stream.read(length[0]) if length else b""
            self.heads.append(head + body)
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture(scope="module")
def strict(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("strict"))
    upstream = Upstream()
    mirror = lab.mirror(upstream.url)
    mirror.upstream = upstream
    yield mirror
    lab.close()
    upstream.listener.close()


@pytest.mark.parametrize("name, data, statuses", CASES, ids=IDS)
def test_hostile_requests_are_refused(strict, name, data, statuses):
    before = len(strict.upstream.heads)
    got = refused(strict.port, data, statuses)
    head, _, body = got.partition(b"\r\n\r\n")
    assert json.loads(body)["message"]
    assert b"\r\nAccess-Control-Allow-Origin: *\r\n" in head and b"\r\nAccess-Control-Expose-Headers: ETag, " in head  # readable by pages
    assert len(strict.upstream.heads) == before, strict.upstream.heads[before:]


@pytest.mark.parametrize("name, data", FINE, ids=FINE_IDS)
def test_valid_requests_are_answered(strict, name, data):
    got, ended = ask(strict.port, data)
    assert got.startswith(b"HTTP/1.1 200") and ended, got[:300]
    assert strict.upstream.heads[-1].startswith(b"GET /github/ HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize("name, data, statuses", [c for c in CASES if len(c[1]) < 300][1::6],
                         ids=[c[0] for c in CASES if len(c[1]) < 300][1::6])
def test_a_hostile_request_after_a_valid_one_is_refused(strict, name, data, statuses):
    got, ended = ask(strict.port, get() + data)
    answers = [part[:3] for part in got.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]
    assert len(answers) == 2 and answers[0] == b"200" and int(answers[1]) in statuses and ended, got[-400:]


def test_an_upload_in_chunks(strict):
    """Extensions and trailers end here; the next request begins where the body ends."""
    body = b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 1\r\n\r\n"
    for pieces in (None, 1):
        got, ended = ask(strict.port, post(b"Transfer-Encoding: chunked", body=body) + get(b"Connection: close"), pieces=pieces)
        assert got.count(b"HTTP/1.1 200") == 2 and ended
        assert strict.upstream.heads[-2].endswith(b"\r\n\r\nabcde")


def test_many_fields_are_not_dropped(strict):
    """Up to the limit each arrives, Authorization last of all."""
    extra = [b"X-%d: 1" % i for i in range(60)]
    got, _ = ask(strict.port, get(*extra, b"Authorization: Bearer t", b"Connection: close", line=b"POST /x HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 200"), got[:300]
    sent = strict.upstream.heads[-1]
    assert b"Authorization: Bearer t" in sent and all(x in sent for x in extra)


@pytest.mark.parametrize("pieces", [None, 1, 40])
@pytest.mark.parametrize("line", [b"POST /x HTTP/1.1", b"POST http://{host}/x HTTP/1.1"])
def test_blanks_around_a_value_are_not_part_of_it(strict, line, pieces):
    """RFC 9112 5.1. The credential is the one that GitHub is sent, and the body as long as both say."""
    fields = [b"Authorization:\t Bearer t \t", b"Content-Length: 3 ", b"X-A:a b\t", b"X-B: \t ", b"Connection: close\t"]
    got, ended = ask(strict.port, get(*fields, line=line, host=b"Host: {host} ") + b"abc" + get(), pieces=pieces)
    assert got.startswith(b"HTTP/1.1 200") and got.count(b"HTTP/1.1 ") == 1 and ended, got[:300]
    head, _, body = strict.upstream.heads[-1].partition(b"\r\n\r\n")
    assert {b"Authorization: Bearer t", b"X-A: a b", b"Content-Length: 3"} <= set(head.split(b"\r\n")) and body == b"abc", head


@pytest.mark.parametrize("n, status", [(64, b"200"), (65, b"431")])
def test_the_most_fields(strict, n, status):
    got, ended = ask(strict.port, get(*[b"X-%d: 1" % i for i in range(n - 2)], b"Connection: close"))
    assert got.startswith(b"HTTP/1.1 " + status) and ended, got[:300]


def test_the_host_of_an_absolute_target_counts(strict):
    """Addresses in answers are rewritten to it, if it is one of the server's."""
    got, _ = ask(strict.port, get(b"Connection: close", line=b"GET http://localhost:%d/a?b HTTP/1.1" % strict.port,
                                  host=b"Host: other.example"))
    assert got.startswith(b"HTTP/1.1 200"), got[:300]
    assert strict.upstream.heads[-1].startswith(b"GET /a?b HTTP/1.1\r\n")


def test_a_target_of_asterisk(strict):
    got, ended = ask(strict.port, get(b"Connection: close", line=b"OPTIONS * HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 204") and b"\r\nAllow: " in got and ended, got[:300]
