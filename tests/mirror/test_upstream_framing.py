"""Answers of an upstream that two readers would read differently are 502, and never stored."""
import pytest
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


@pytest.fixture
def raw():
    made = Raw()
    yield made
    made.close()


@pytest.mark.parametrize("answer", [
    HEAD + b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    HEAD + b"Content-Length: 13\r\nContent-Length: 5\r\n\r\n" + BODY,
    HEAD + b"Content-Length: 5, 13\r\n\r\n" + BODY,
    HEAD + b"Content-Length : 5\r\nContent-Length: 13\r\n\r\n" + BODY,
    HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    HEAD + b"X-A: b\r\n folded\r\nContent-Length: 13\r\n\r\n" + BODY,
    HEAD + b"X-A: a\rb\r\nContent-Length: 13\r\n\r\n" + BODY,
    HEAD + b"X-A: a\0b\r\nContent-Length: 13\r\n\r\n" + BODY,
    HEAD.replace(b"200 OK", b"099 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    HEAD.replace(b"200 OK", b"999 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    HEAD.replace(b"200 OK", b"600 Odd") + b"Content-Length: 13\r\n\r\n" + BODY,
    HEAD.replace(b"HTTP/1.1", b"HTTP/9.1") + b"Content-Length: 13\r\n\r\n" + BODY,
    HEAD + b"Content-Length: 99\r\n\r\n" + BODY,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
    b"no HTTP at all\r\n\r\n",
], ids=["length-chunked", "chunked-length", "two-lengths", "length-list", "blank-before-colon", "gzip-chunked", "folded", "bare-cr", "nul",
        "099", "999", "600", "version", "cut", "bad-chunk", "no-http"])
def test_an_ambiguous_answer_is_an_error_and_not_kept(lab, raw, answer):
    mirror = lab.mirror(raw.url)
    raw.answer = answer
    assert mirror.get("/users/x", "t").status == 502
    raw.answer = GOOD
    got = mirror.get("/users/x", "t")
    assert (got.status, got.body) == (200, BODY) and "MISS" in got["X-Cache"]


def test_an_ambiguous_answer_replaces_no_page(lab, raw):
    mirror = lab.mirror(raw.url)
    assert mirror.get("/users/x", "t").body == BODY
    raw.answer = HEAD + b"Content-Length: 2\r\nContent-Length: 13\r\n\r\n" + BODY
    assert mirror.get("/users/x", "t").body == BODY  # the stored one
    raw.answer = b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"
    assert mirror.get("/users/x", "t").body == BODY


def test_equal_lengths_are_one(lab, raw):
    mirror = lab.mirror(raw.url)
    raw.answer = HEAD + b"Content-Length: 13\r\nContent-Length: 13\r\n\r\n" + BODY
    assert mirror.get("/users/x", "t").body == BODY
