"""Clients that open, stall, flood and break off: others still get answers, memory stays bounded, nothing crashes."""
import contextlib
import os
import socket
import threading
import time

import pytest

import graph
from abuse import Others, allow_descriptors, connect, crowd, descriptors, end, head, read_answer, rss_mb, send_body
from server import BUILD, fresh

SANITIZED = "asan" in os.path.basename(os.path.normpath(BUILD)) or "tsan" in os.path.basename(os.path.normpath(BUILD))
MANY = 10_000


def bound(megabytes):
    """Sanitizers keep freed memory and shadow all of it: there, only that nothing runs away is asked."""
    return megabytes * 4 + 600 if SANITIZED else megabytes


def fill(pg, name):
    """The graph, and 120 developers with 300 followers each: a page of 100 of them is a large answer."""
    pg.psql(graph.sql(), name)
    pg.psql("insert into developers (github_id, login, created_at, first_seen_at, synced_at) select 9000000 + g, 'hub' || g,"
            " timestamptz '2024-01-01' + g * interval '1 h', now(), now() from generate_series(1, 120) g;"
            "insert into follows select 9100000 + f, 9000000 + g, timestamptz '2024-01-01' + f * interval '1 s'"
            " from generate_series(1, 120) g, generate_series(1, 300) f; analyze", name)


@pytest.fixture(scope="module")
def shared(pg, tmp_path_factory):
    allow_descriptors(MANY + 2000)
    server = fresh(pg, "abuse")
    fill(pg, "abuse")
    server.env["LOG_LEVEL"] = "info"
    server.start(tmp_path_factory.mktemp("abuse") / "log")
    before = descriptors(server)
    yield server
    until = time.monotonic() + 90  # connections that were closed half only go with the idle timeout of 30 s
    while descriptors(server) > before + 20:
        assert time.monotonic() < until, f"{descriptors(server)} descriptors, {before} before"
        time.sleep(0.1)
    code = server.stop()
    assert code == 0, server.log()[-3000:]
    assert "Sanitizer" not in server.log() and "runtime error" not in server.log()


@pytest.fixture
def api(shared):
    """After each test the server is the same process and answers."""
    assert shared.get("/github/developers/").status == 200
    yield shared
    assert shared.process.poll() is None, shared.log()[-3000:]
    assert shared.get("/github/developers/").status == 200


# ---- half-closed: first, since the server lets go of these by its idle timeout alone ----

def test_half_closed(api):
    """A client that has sent its whole request still gets the answer; one that closes in the middle harms no other client."""
    with crowd(api, 200) as clients, Others(api) as others:
        for s in clients:
            s.sendall(head(api))
            end(s)
        statuses = []
        for s in clients:
            with s.makefile("rb") as stream:
                statuses.append(read_answer(stream)[0])
        assert set(statuses) <= {200, 503} and statuses.count(200) >= 20  # so many at once: some may be sent away
        others.check(refused=True)
    with crowd(api, 200) as silent, Others(api) as others:
        for i, s in enumerate(silent):
            s.sendall(b"" if i % 2 else b"GET /github/dev")
            end(s)
        others.check()


@pytest.mark.parametrize("pause_s", [0, 0.002])
@pytest.mark.parametrize("late_s", [0, 0.02, None])
def test_a_large_answer_to_a_half_closed_client_is_whole(api, pause_s, late_s):
    """The end may come with the request, while the answer is made, or while it is sent (None)."""
    large = head(api, "/github/developers/?page_size=100")
    size = len(api.get("/github/developers/?page_size=100").body)
    for _ in range(3):
        with connect(api, receive_buffer=65536 if pause_s else None) as s:
            s.sendall(large)
            if late_s is None:
                s.recv(1, socket.MSG_PEEK)
            else:
                time.sleep(late_s)
            end(s)
            got = 0
            while (part := s.recv(65536)):
                got += len(part)
                time.sleep(pause_s)
        assert got > size  # and the head


def test_an_answer_we_are_late_with_is_not_cut(api):
    """More large answers at once than there may be. Each fits into the sockets' buffers, so it is our threads that answers wait
    for and not their readers: some are refused in time, and none is begun and given up."""
    n, path = 1000, "/github/developers/?page_size=5"
    assert n * len(api.get(path).body) > 120_000_000
    with crowd(api, n, timeout=60, receive_buffer=1 << 22) as clients:
        for s in clients:
            s.sendall(head(api, path))
        statuses = []
        for s in clients:
            with s.makefile("rb") as stream:
                statuses.append(read_answer(stream)[0])  # which fails where an answer is cut
    assert set(statuses) <= {200, 503} and statuses.count(200) > n / 4, statuses.count(200)


# ---- many connections ----

def test_ten_thousand_idle_connections(api):
    with crowd(api, MANY) as idle:
        with Others(api) as others:
            others.check(at_least=50)
        assert rss_mb(api) < bound(200)
        s = idle[-1]  # the last one is not a connection of second class
        s.sendall(head(api))
        assert read_answer(s.makefile("rb"))[0] == 200


def test_connections_kept_after_an_answer(api):
    """Idle ones that were served before, one of them asking again at the end."""
    with crowd(api, 1000, head(api, "/health/")) as kept:
        streams = [s.makefile("rb") for s in kept]
        assert {read_answer(stream)[0] for stream in streams} == {200}
        with Others(api) as others:
            others.check()
        kept[500].sendall(head(api))
        assert read_answer(streams[500])[0] == 200


def test_connections_that_come_and_go(api):
    with Others(api) as others:
        for i in range(3000):
            s = connect(api)
            if i % 3 == 1:
                s.sendall(b"GET /github/developers/ HT")
            elif i % 3 == 2:  # gone before the answer
                s.sendall(head(api))
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset instead of an end
            s.close()
            if i % 30 == 29:
                others.wait_for_one()
        others.check()


# ---- slow peers ----

def test_slow_readers_of_large_answers(api):
    large = head(api, "/github/developers/?page_size=100")
    size = len(api.get("/github/developers/?page_size=100").body)
    assert size > 1_500_000
    with crowd(api, 100, large, receive_buffer=4096) as slow:
        with Others(api) as others:
            others.check(longest_s=8, at_least=100, refused=True)  # the time until a client that reads nothing is recognised
        assert rss_mb(api) < bound(250)  # a hundred such answers would be more: some are refused, and who takes none is cut
    with connect(api, receive_buffer=4096) as steady:  # slow, but at work
        steady.sendall(large)
        got = b""
        while len(got) < size:
            part = steady.recv(65536)
            assert part, "the answer was cut"
            got += part
            time.sleep(0.0005)
        assert got.startswith(b"HTTP/1.1 200")


def test_slow_writers(api):
    """One byte at a time, all through the head; complete requests are answered."""
    request = head(api)
    with crowd(api, 500) as slow, Others(api) as others:
        for i in range(len(request)):
            for s in slow[:100] if i > 20 else slow:
                s.send(request[i:i + 1])
        for s in slow[:100]:
            assert read_answer(s.makefile("rb"))[0] == 200
        others.check()


def test_slow_bodies(api):
    body = b"name=nothing"
    start = head(api, "/github/tasks/", "POST", Content_Type="application/x-www-form-urlencoded", Content_Length=len(body))
    with crowd(api, 200, start) as slow, Others(api) as others:
        for i in range(len(body)):
            for s in slow[:50]:
                s.send(body[i:i + 1])
        for s in slow[:50]:
            assert read_answer(s.makefile("rb"))[0] == 406
        others.check()


# ---- floods ----

def upload(api, chunked, auth=True, path="/github/tasks/"):
    """Tries to send 100 MB. (bytes taken, the answer or None)"""
    block = b"x" * 1_000_000
    framing = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": 100 * len(block)}
    data = b"%x\r\n%s\r\n" % (len(block), block) if chunked else block
    with connect(api) as s, s.makefile("rb") as stream:
        s.sendall(head(api, path, "POST", auth, Content_Type="text/plain", **framing))
        sent = send_body(s, data, 100)
        with contextlib.suppress(OSError):
            if chunked and sent >= 100 * len(data):
                s.sendall(b"0\r\n\r\n")
            return sent, read_answer(stream)
        return sent, None


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_100_mb(api, chunked):
    before, results = rss_mb(api), []
    threads = [threading.Thread(target=lambda: results.append(upload(api, chunked))) for _ in range(8)]
    with Others(api) as others:
        for t in threads:
            t.start()
        peak = before
        while any(t.is_alive() for t in threads):
            peak = max(peak, rss_mb(api))
            time.sleep(0.02)
        for t in threads:
            t.join()
        others.check()
    assert len(results) == 8
    for _, answer in results:
        assert answer is None or answer[0] == 413  # None: the connection was reset while we were still sending
    assert any(answer for _, answer in results)
    assert peak < bound(before + 60)


def test_a_large_body_without_credentials(api):
    for path, auth, wanted in (("/github/tasks/", False, {401, 413}), ("/github/developers/", True, {405, 413}),
                               ("/nowhere/", True, {404, 413})):
        _, answer = upload(api, False, auth, path)
        assert answer is None or answer[0] in wanted, answer


def test_expect_100_continue_of_a_large_body_is_refused(api):
    """A body that is announced as too large is refused before it is sent; who sends it all the same gets the answer, too."""
    size = 200_000
    for asks in ({"Expect": "100-continue"}, {}):
        with connect(api) as s, s.makefile("rb") as stream:
            s.sendall(head(api, "/github/tasks/", "POST", Content_Type="text/plain", Content_Length=size, **asks))
            if not asks:
                s.sendall(b"x" * size)
            status, headers, body = read_answer(stream)
            assert status == 413 and b"larger than 16384 bytes" in body
            assert stream.read() == b""


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_in_two_parts_while_a_crowd_comes_between(api, chunked):
    """How much of a body is kept does not depend on who else comes while it is sent."""
    parts = b"name=" + b"a" * 10_000, b"b" * 2000
    framing = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": sum(map(len, parts))}
    with connect(api) as s, s.makefile("rb") as stream:
        s.sendall(head(api, "/github/tasks/", "POST", Content_Type="application/x-www-form-urlencoded", **framing))
        for part in parts:
            s.sendall(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            with crowd(api, 600):
                assert api.get("/github/").status == 200
        s.sendall(b"0\r\n\r\n" if chunked else b"")
        status, _, body = read_answer(stream)
        assert status == 406, (status, body)  # such a name is no login


def test_a_body_that_is_announced_and_never_sent_holds_nothing(api):
    """What is said to come is not made room for."""
    before = rss_mb(api)
    large = head(api, "/github/tasks/", "POST", Content_Type="text/plain", Content_Length=10**11, Expect="100-continue")
    with crowd(api, 200, large), Others(api) as others:
        others.check()
        assert rss_mb(api) < bound(before + 30)


def test_pipelined_requests_are_answered_in_order(api):
    """A hundred on their way at once, more bytes than the server reads ahead; who waits for 5 s is sent away, so not all thousand."""
    n, at_once, padding = 1000, threading.Semaphore(100), "x" * 1000
    with connect(api) as s, s.makefile("rb") as stream:
        def send():
            for i in range(n):
                at_once.acquire()
                s.sendall(head(api, f"/github/developers/?page_size=1&x={i}", X_Padding=padding))
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        for i in range(n):
            status, _, body = read_answer(stream)
            assert status == 200 and b"&x=%d" % i in body
            at_once.release()
        sender.join()


def test_pipelining_without_reading(api):
    many = head(api) * 20000
    before = rss_mb(api)
    with crowd(api, 20, receive_buffer=4096) as greedy, Others(api) as others:
        for s in greedy:
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                s.send(many)
        others.check(at_least=40)
        assert rss_mb(api) < bound(before + 100)


# ---- absurd heads ----

REFUSED = [
    b"GET /github/ HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(20000)) + b"\r\n",
    b"GET /github/ HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 1_000_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"G" * 100_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /github/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello",
    b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
    b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET\t/github/\tHTTP/1.1\r\nHost: x\r\n\r\n",
    b"\r\n" * 50_000,
    b"\0" * 50_000,
    b"GET /github/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /github/ HTTP/1.1\r\nHost: a b\r\n\r\n",
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_absurd_heads_are_refused(api, number):
    got = b""
    with connect(api, timeout=1) as s:
        with contextlib.suppress(OSError):
            s.sendall(REFUSED[number])
            s.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while b"\r\n" not in got and (part := s.recv(65536)):
                got += part
    first = got.split(b"\r\n")[0]
    assert not got or first.split()[1].startswith((b"4", b"5")), first


def test_a_request_hidden_in_a_body_is_not_run(api):
    """Content-Length and Transfer-Encoding at once: whichever counts, what follows is no second request of ours."""
    hidden = head(api, "/github/rate_limit/")
    for headers in (b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n"):
        request = (head(api, "/github/tasks/", "POST", Content_Type="text/plain")[:-2] + headers % (5 + len(hidden)) + b"\r\n"
                   + b"0\r\n\r\n" + hidden)
        answers = api.raw(request, timeout=5).count(b"HTTP/1.1 2")
        assert answers <= 1


def test_unusual_but_valid_heads_are_answered(api):
    for odd in (head(api).replace(b"Host:", b"hOsT:"), head(api, X_Empty=""), head(api, X_Bytes="\xff"),
                head(api, Cookie="a=b; " * 50), b"\r\n" + head(api),
                *[head(api, **{f"X-{i}": "y" * 50 for i in range(100)})]):
        with connect(api) as s, s.makefile("rb") as stream:
            s.sendall(odd)
            assert read_answer(stream)[0] == 200, odd[:80]
