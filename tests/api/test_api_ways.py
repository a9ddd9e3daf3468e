"""Requests refused over plain TCP are refused over every other transport: TLS, IPv6, on a kept-alive connection."""
import concurrent.futures
import json
import socket

import pytest

from hostile_requests import CASES, ENDS, FINE, FINE_IDS, IDS, PARTS, SLOW, answers, ask, ask_in_parts, by_tcp, by_tls, get, load, post, refused
from server import until
from tls_front import make_certificate


@pytest.fixture(scope="module")
def tls(new_api, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    server = new_api("strict_tls")
    server.env.update(TLS_CERT_FILE=str(folder / "cert.pem"), TLS_KEY_FILE=str(folder / "key.pem"))
    server.start(folder / "log")
    server.way = by_tls(server.port, folder / "cert.pem")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


@pytest.fixture(scope="module")
def six(new_api, tmp_path_factory):
    server = new_api("strict_six")
    server.env.update(API_LISTEN="[::1]:0")
    server.start(tmp_path_factory.mktemp("six") / "log")
    server.way = by_tcp(server.port, "::1")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


# Occasional bytes do not keep a connection open forever. The long ones start with the first test, and continue beside others.

@pytest.fixture(scope="module", autouse=True)
def slow_senders(request, tls, six):
    """By part: until the connection is over."""
    slow = request.config.getoption("--slow")
    with concurrent.futures.ThreadPoolExecutor() as threads:
        yield {part: threads.submit(drip, server, SLOW[part]) for part, server in (("chunk", tls), ("head", tls), ("body", six))
               if slow or part == "chunk"}


def drip(server, part):
    with server.way.connect(30) as sender:
        sender.sendall(part.replace(b"{host}", server.way.host.encode()))
        sender.settimeout(0.5)

        def is_over():
            try:
                sender.sendall(b"a")
                return sender.recv(65536) == b""
            except socket.timeout:
                return False
            except OSError:
                return True
        assert not is_over()
        until(is_over, 90)


@pytest.mark.parametrize("name, data, statuses", CASES, ids=IDS)
def test_hostile_requests_are_refused_over_tls(tls, name, data, statuses):
    got = refused(tls.way, data, statuses)
    assert b"application/json" in got and "detail" in json.loads(got.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("name, data, statuses", PARTS[::7], ids=[c[0] for c in PARTS[::7]])
def test_hostile_requests_are_refused_over_ipv6(six, name, data, statuses):
    refused(six.way, data, statuses)


@pytest.mark.parametrize("name, data", FINE, ids=FINE_IDS)
def test_valid_requests_are_answered(tls, six, name, data):
    for server in (tls, six):
        got, ended = ask(server.way, data)
        assert got.startswith(b"HTTP/1.1 200") and ended, got[:300]


@pytest.mark.parametrize("name, data, statuses", PARTS[3::9], ids=[c[0] for c in PARTS[3::9]])
def test_hostile_requests_are_refused_in_tls_records_of_few_bytes(tls, name, data, statuses):
    """A record may end anywhere; what is left in one is there before the socket is read again."""
    for pieces in (1, 5):
        refused(tls.way, data, statuses, pieces=pieces)


@pytest.mark.parametrize("name, data, statuses", PARTS[1::8], ids=[c[0] for c in PARTS[1::8]])
def test_a_hostile_request_after_a_valid_one_is_refused_over_tls(tls, name, data, statuses):
    got, ended = ask(tls.way, get() + data)
    first, second = answers(got)
    assert first == 200 and second in statuses and ended, got[-400:]


def test_more_than_a_record_and_less_than_one(tls):
    """Pipelined requests over many records, cut in the middle of heads."""
    many = (get(b"X-A: " + b"a" * 700) * 90) + get(b"Connection: close")
    for pieces in (None, 16384, 999):
        got, ended = ask(tls.way, many, pieces=pieces, timeout=60)
        assert answers(got) == [200] * 91 and ended


def test_a_large_body_by_tls(tls):
    refused(tls.way, post(b"Content-Length: 100000", b"Expect: 100-continue"), (413,))


@pytest.mark.parametrize("which", ["tls", "six"])
def test_hostile_requests_are_refused_under_load(request, which):
    """With sanitizers this is their test as well: an error ends the server, or is in its log."""
    server = request.getfixturevalue(which)
    statuses = load(server.way, get())
    assert len(statuses) > 50 and set(statuses) == {200}
    assert "Sanitizer" not in server.log() and "runtime error" not in server.log()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("which", ["tls", "six"])
def test_the_end_of_a_body_in_parts(request, which, end):
    """Wherever the last chunk is cut, the request is whole when its last byte is there (and needs a login then)."""
    assert answers(ask_in_parts(request.getfixturevalue(which).way, ENDS[end])) == [401]


@pytest.mark.parametrize("part", [pytest.param("head", marks=pytest.mark.slow), "chunk", pytest.param("body", marks=pytest.mark.slow)])
def test_a_slow_sender_is_disconnected_and_delays_no_other(tls, slow_senders, part):
    assert answers(ask(tls.way, get(b"Connection: close"))[0]) == [200]
    slow_senders[part].result(120)
