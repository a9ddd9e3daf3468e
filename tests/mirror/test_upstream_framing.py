"""Answers of an upstream that two readers would read differently are 502, and never stored."""
import pytest
from mirror_lab import MirrorLab
from raw_server import RawServer

BODY = b'{"login":"x"}'
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1\"\r\nContent-Length: 13\r\n\r\n" + BODY
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"2\"\r\n"


class Raw(RawServer):
    """Answers every connection's one request with the same bytes."""

    def __init__(self):
        self.answer, self.requests = GOOD, 0
        super().__init__()

    def one(self, connection, head):
        self.requests += 1
        connection.sendall(self.answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    made, raw = MirrorLab(cluster, tmp_path_factory.mktemp("framing")), Raw()
    yield made.mirror(raw.url), raw
    raw.close()
    made.close()


AMBIGUOUS = {
    "length-chunked": HEAD + b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunked-length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "two-lengths": HEAD + b"Content-Length: 13\r\nContent-Length: 5\r\n\r\n" + BODY,
    "length-list": HEAD + b"Content-Length: 5, 13\r\n\r\n" + BODY,
    "blank-before-colon": HEAD + b"Content-Length : 5\r\nContent-Length: 13\r\n\r\n" + BODY,
    "gzip-chunked": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "folded": HEAD + b"X-A: b\r\n folded\r\nContent-Length: 13\r\n\r\n" + BODY,
    "bare-cr": HEAD + b"X-A: a\rb\r\nContent-Length: 13\r\n\r\n" + BODY,
    "nul": HEAD + b"X-A: a\0b\r\nContent-Length: 13\r\n\r\n" + BODY,
    "099": HEAD.replace(b"200 OK", b"099 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    "999": HEAD.replace(b"200 OK", b"999 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    "600": HEAD.replace(b"200 OK", b"600 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    "version": HEAD.replace(b"HTTP/1.1", b"HTTP/9.1") + b"Content-Length: 13\r\n\r\n" + BODY,
    "cut": HEAD + b"Content-Length: 99\r\n\r\n" + BODY,
    "bad-chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
    "no-http": b"no HTTP at all\r\n\r\n",
    "chunked-in-http-1.0": HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunked-in-http-1.0-with-a-length": HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    "identity": HEAD + b"Transfer-Encoding: identity\r\nContent-Length: 13\r\n\r\n" + BODY,
    "chunked-twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunked-with-a-vertical-tab": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "length-with-a-plus": HEAD + b"Content-Length: +13\r\n\r\n" + BODY, "negative-length": HEAD + b"Content-Length: -1\r\n\r\n" + BODY,
    "length-in-hex": HEAD + b"Content-Length: 0xd\r\n\r\n" + BODY, "length-over-64-bits": HEAD + b"Content-Length: 18446744073709551629\r\n\r\n" + BODY,
    "empty-length": HEAD + b"Content-Length:\r\n\r\n" + BODY, "no-colon": HEAD + b"X-A\r\nContent-Length: 13\r\n\r\n" + BODY,
    "very-long-chunk-size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 500 + b"d\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk-size-over-64-bits": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000000000000000d\r\n" + BODY + b"\r\n0\r\n\r\n",
    "negative-chunk-size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-d\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunk-longer-than-its-size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + BODY + b"\r\n0\r\n\r\n",
    "no-last-chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n",
    "head-cut": HEAD + b"Content-Length: 13\r\n", "head-of-304-cut": b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n', "nothing": b"",
    "switching-protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "http-0.9": BODY,
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_an_ambiguous_answer_is_an_error_and_not_kept(one, kind):
    mirror, raw = one
    raw.answer = AMBIGUOUS[kind]
    assert mirror.get(f"/users/{kind}", "t").status == 502
    raw.answer = GOOD
    got = mirror.get(f"/users/{kind}", "t")
    assert (got.status, got.body) == (200, BODY) and "MISS" in got["X-Cache"]
    raw.answer = AMBIGUOUS[kind]
    got = mirror.get(f"/users/{kind}", "t")
    assert (got.status, got.body) == (200, BODY) and got.label.endswith("ERROR_HIT"), got  # the stored one
    raw.answer = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    assert mirror.get(f"/users/{kind}", "t").body == BODY


def test_equal_lengths_are_one(one):
    mirror, raw = one
    raw.answer = HEAD + b"Content-Length: 13\r\nContent-Length: 13\r\n\r\n" + BODY
    assert mirror.get("/users/equal", "t").body == BODY
