"""Requests that two servers may read differently get one refusal, and the connection ends."""
import json

import pytest

from hostile_requests import CASES, FINE, FINE_IDS, IDS, ask, get, refused


@pytest.mark.parametrize("name, data, statuses", CASES, ids=IDS)
def test_hostile_requests_are_refused(api, name, data, statuses):
    got = refused(api.port, data, statuses)
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"application/json" in head and "detail" in json.loads(body)
    assert b"\r\nAccess-Control-Allow-Origin: *\r\n" in head and b"\r\nAccess-Control-Expose-Headers: Allow, " in head  # readable by pages


@pytest.mark.parametrize("name, data", FINE, ids=FINE_IDS)
def test_valid_requests_are_answered(api, name, data):
    got, ended = ask(api.port, data)
    assert got.startswith(b"HTTP/1.1 200") and ended, got[:300]


@pytest.mark.parametrize("name, data, statuses", [c for c in CASES if len(c[1]) < 300][::5],
                         ids=[c[0] for c in CASES if len(c[1]) < 300][::5])
def test_a_hostile_request_after_a_valid_one_is_refused(api, name, data, statuses):
    """A pipelined request is judged as well; the one before it is answered."""
    got, ended = ask(api.port, get() + data)
    answers = [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]]
    assert len(answers) == 2 and answers[0] == b"200" and int(answers[1]) in statuses and ended, got[-400:]


@pytest.mark.parametrize("name, data, statuses", [c for c in CASES if len(c[1]) < 300][2::9],
                         ids=[c[0] for c in CASES if len(c[1]) < 300][2::9])
def test_hostile_requests_in_pieces_are_refused(api, name, data, statuses):
    refused(api.port, data, statuses, pieces=3)


@pytest.mark.parametrize("fields", [1, 30, 120])
@pytest.mark.parametrize("framing, body", [(b"Content-Length: 3000", b"n" * 3000),
                                           (b"Transfer-Encoding: chunked", b"1\r\nn\r\n0\r\n" + b"X-Y: %s\r\n" % (b"z" * 20) * 60 + b"\r\n")],
                         ids=["body", "trailers"])
def test_heads_of_every_size_are_answered(api, framing, body, fields):
    """Around what there is room for: an answer of ours, never the library's or none."""
    statuses = set()
    for room in range(40000, 49000, 700):
        line = b"GET /github/ HTTP/1.1" if room % 400 else b"POST /github/tasks/ HTTP/1.1"
        long = b"a" * max(1, room // fields - 9)
        got, ended = ask(api.port, get(*[b"X-%03d: " % i + long for i in range(fields)], framing, b"Connection: close", line=line) + body)
        head, _, text = got.partition(b"\r\n\r\n")
        assert ended and b"application/json" in head and json.loads(text), (room, got[:200])
        statuses.add(int(head.split()[1]))
    assert statuses <= {200, 401, 413, 431} and 431 in statuses


def test_valid_requests_in_pieces_are_answered(api):
    for pieces in (1, 7, 40):
        got, ended = ask(api.port, get() + get(b"Connection: close"), pieces=pieces)
        assert got.count(b"HTTP/1.1 200") == 2 and ended


def test_many_pipelined(api):
    got, ended = ask(api.port, get() * 300 + get(b"Connection: close"))
    assert got.count(b"HTTP/1.1 200") == 301 and ended


@pytest.mark.parametrize("body", [b"3\r\nnam\r\n2;a=b\r\ne=\r\n0\r\n\r\n", b'5;a="\\";";b\r\nname=\r\n0;x\r\nX-A: 1\r\n\r\n'])
def test_valid_chunked_bodies_are_answered(api, body):
    """The task has no name, which the handler says; the next request is read where it begins."""
    head = get(b"Transfer-Encoding: Chunked", b"Content-Type: application/x-www-form-urlencoded",
               b"Authorization: " + api.auth.encode(), line=b"POST /github/tasks/ HTTP/1.1")
    for pieces in (None, 1):
        got, ended = ask(api.port, head + body + get(b"Connection: close"), pieces=pieces)
        assert got.startswith(b"HTTP/1.1 406") and got.count(b"HTTP/1.1 200") == 1 and ended, got[:500]


def test_a_large_body_is_refused_before_it_is_sent(api):
    refused(api.port, get(b"Content-Length: 100000", b"Expect: 100-continue", line=b"POST /github/tasks/ HTTP/1.1"), (413,))


@pytest.mark.parametrize("target", ["http://api.example:8000/github/", "HTTP://api.example:8000/github/?a=b",
                                    "https://api.example:8000/github/"])
def test_the_host_of_an_absolute_target_counts(api, target):
    """RFC 9112 3.2.2."""
    got, _ = ask(api.port, get(b"Connection: close", line=f"GET {target} HTTP/1.1".encode(), host=b"Host: other.example"))
    assert got.startswith(b"HTTP/1.1 200") and b"http://api.example:8000/github/developers/" in got, got[-900:]


def test_an_absolute_target_without_a_path(api):
    got, _ = ask(api.port, get(b"Connection: close", line=b"GET http://{host}?x=1 HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 302"), got[:300]


def test_a_target_of_asterisk(api):
    got, ended = ask(api.port, get(b"Connection: close", line=b"OPTIONS * HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 204") and b"\r\nAllow: " in got and ended, got[:300]
