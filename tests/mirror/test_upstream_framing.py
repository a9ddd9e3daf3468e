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


CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n"  # without its last line

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
    "204-with-a-length": b"HTTP/1.1 204 No Content\r\nContent-Length: 13\r\n\r\n" + BODY,
    "204-in-chunks": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\r\n0\r\n\r\n",
    "205-with-a-length": b"HTTP/1.1 205 Reset Content\r\nContent-Length: 13\r\n\r\n" + BODY,
    "103-with-a-length": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + GOOD,
    "100-in-chunks": b"HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD,
    "status-line-as-a-trailer": CHUNKS + b"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n", "length-as-a-trailer": CHUNKS + b"Content-Length: 5\r\n\r\n",
    "coding-as-a-trailer": CHUNKS + b"Transfer-Encoding: chunked\r\n\r\n", "trailer-without-a-colon": CHUNKS + b"x\r\n\r\n",
    "folded-trailer": CHUNKS + b"X-A: b\r\n c\r\n\r\n", "trailer-before-a-bare-lf": CHUNKS + b"X-A: b\n\r\n", "trailers-cut": CHUNKS + b"X-A: b\r\n", "trailer-with-a-nul": CHUNKS + b"X-A: \0\r\n\r\n",
    "two-blanks-before-the-status": HEAD.replace(b"1.1 200", b"1.1  200") + b"Content-Length: 13\r\n\r\n" + BODY,
    "no-blank-behind-the-status": HEAD.replace(b"200 OK", b"200OK") + b"Content-Length: 13\r\n\r\n" + BODY,
    "length-with-a-semicolon": HEAD + b"Content-Length: 13;\r\n\r\n" + BODY, "length-with-a-comma": HEAD + b"Content-Length: 13,\r\n\r\n" + BODY,
    "umlaut-in-a-name": HEAD + b"X\xe4: 1\r\nContent-Length: 13\r\n\r\n" + BODY, "blank-before-the-status-line": b" " + HEAD + b"Content-Length: 13\r\n\r\n" + BODY,
    **{f"chunk-size-{name}": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + BODY + b"\r\n0\r\n\r\n" for name, size in {
        "with-garbage": b"dx\r\n", "with-a-second": b"d 5\r\n", "with-a-blank": b"d \r\n", "with-a-tab": b"d\t\r\n", "in-a-list": b"d,5\r\n", "as-a-fraction": b"d.0\r\n",
        "with-a-nul": b"d\0\r\n", "in-C": b"0xd\r\n", "signed": b"+d\r\n", "behind-a-blank": b" d\r\n", "with-an-underscore": b"d_\r\n", "before-a-bare-lf": b"d\n",
        "with-a-bare-cr": b"d;a\rb\r\n", "with-a-control": b"d;a\x01\r\n", "with-an-empty-extension": b"d;\r\n"}.items()},
    "bare-lf-behind-a-chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\n" + BODY + b"\n0\r\n\r\n", "garbage-in-the-last-chunk": CHUNKS.replace(b"\r\n0\r\n", b"\r\n0x\r\n") + b"\r\n",
    "bare-lf-in-the-head": HEAD + b"X-A: 1\nContent-Length: 13\r\n\r\n" + BODY, "bare-lf-behind-the-head": HEAD + b"Content-Length: 13\r\n\n" + BODY,
    "http-2-in-clear": HEAD.replace(b"1.1", b"2") + b"Content-Length: 13\r\n\r\n" + BODY,
    "switching-protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "http-0.9": BODY,
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_an_ambiguous_answer_is_an_error_and_not_stored(one, kind):
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


@pytest.mark.parametrize("size", [b"d", b"D;ext=1", b'000d;a;b="c;\\"d"'])
def test_a_chunk_may_have_extensions(one, size):
    mirror, raw = one
    raw.answer = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n" + BODY + b"\r\n0;last\r\n\r\n"
    assert mirror.get("/users/extensions", "t").body == BODY


def test_a_text_delimited_by_the_end_of_the_connection_is_not_stored(one):
    """Nobody can tell whether it is whole; JSON and gzip show that themselves."""
    mirror, raw = one
    for kind, body, kept in (("application/vnd.github.raw", b"half a fi", False), ("application/json", BODY, True)):
        path = f"/repos/o/r/contents/{kind[-3:]}"
        raw.answer = f'HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: "3"\r\n\r\n'.encode() + body
        assert mirror.get(path, "t").body == body
        raw.answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        assert mirror.get(path, "t").status == (200 if kept else 502)


TRAILERS = {"X-OAuth-Scopes": "of-a-trailer", "Set-Cookie": "of=a-trailer", "ETag": '"of-a-trailer"', "Last-Modified": "of-a-trailer", "Link": "<of-a-trailer>",
            "Content-Type": "text/of-a-trailer", "Cache-Control": "no-store", "Vary": "*", "Content-Encoding": "gzip", "Connection": "X-Kept",
            "X-RateLimit-Remaining": "0", "Retry-After": "600", "Location": "/of-a-trailer", "X-New": "of-a-trailer"}


@pytest.mark.parametrize("name", TRAILERS)
def test_a_trailer_is_not_a_field_of_the_answer(one, name):
    """RFC 9110 6.5.1: it came after the body, and is merged into the head by those only who know that it may be."""
    mirror, raw = one
    raw.answer = CHUNKS.replace(b'"2"', b'"2"\r\nX-Kept: 1') + f"{name}: {TRAILERS[name]}\r\n\r\n".encode()
    got = mirror.get(f"/trailers/{name}", "t")
    assert (got.status, got.body, got.label, got.etag, got["X-Kept"]) == (200, BODY, "ONLINE_MISS", '"2"', "1"), got
    assert "of-a-trailer" not in str(got.headers) and got["Content-Type"] == "application/json"
    raw.answer = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n\r\n'
    again = mirror.get(f"/trailers/{name}", "t")
    assert (again.label, again.body) == ("ONLINE_HIT", BODY) and "of-a-trailer" not in str(again.headers)


@pytest.mark.parametrize("status, fields", [(204, b"Content-Length: 0\r\n"), (204, b""), (205, b"Content-Length: 0\r\n")])
def test_an_empty_answer_may_say_so(one, status, fields):
    mirror, raw = one
    raw.answer = b"HTTP/1.1 %d Empty\r\n" % status + fields + b"\r\n"
    assert mirror.request("PUT", f"/empty/{status}/{len(fields)}", "t", body=b"").status == status
