"""SIGTERM and a restart of PostgreSQL while clients send requests over kept connections."""
import contextlib
import math
import signal
import threading
import time

import graph
from abuse import connect, head, read_answer
from server import Api
from slowness import within

CLIENTS = 8


class Client(threading.Thread):
    """Asks one request after the other over one connection. `asked` and `got` hold times and answers in step."""

    def __init__(self, api, paths, at_once=1):
        super().__init__()
        self.api, self.paths, self.at_once = api, paths, at_once
        self.asked, self.got, self.why = [], [], None
        self.over = threading.Event()

    def run(self):
        try:
            with connect(self.api, timeout=20) as s, s.makefile("rb") as stream:
                while not self.over.is_set():
                    batch = [head(self.api, self.paths[(len(self.asked) + i) % len(self.paths)]) for i in range(self.at_once)]
                    self.asked += [time.monotonic()] * self.at_once
                    s.sendall(b"".join(batch))
                    for _ in range(self.at_once):
                        answer = read_answer(stream)
                        if answer is None:
                            self.why = "end"
                            return
                        self.got.append((time.monotonic(), *answer))
                        if answer[1].get("connection", "").lower() == "close":
                            self.why = "close"
                            return
        except OSError as e:
            self.why = e


def clients(api, n=CLIENTS, at_once=1):
    crowd = [Client(api, ["/github/developers/", "/github/repositories/?page_size=5", "/github/rate_limit/"], at_once)
             for _ in range(n)]
    for c in crowd:
        c.start()
    return crowd


def wait_for_each(crowd, status, since, seconds=60):
    """Until every client has got such an answer to what it asked after `since`."""
    until = time.monotonic() + seconds
    while not all(any(at > since and got == status for at, got, _, _ in c.got[-50:]) for c in crowd):
        assert time.monotonic() < until and all(c.is_alive() for c in crowd), f"no {status} within {seconds} s"
        time.sleep(0.02)


def test_sigterm_under_load(own):
    own.pg.psql(graph.sql(), "own")
    own.start(own.tmp / "log")
    own.get("/github/developers/")
    busy = clients(own)
    idle = [connect(own) for _ in range(50)]
    kept = [connect(own) for _ in range(50)]
    for s in kept:
        s.sendall(head(own, "/health/"))
        assert read_answer(s.makefile("rb"))[0] == 200
    begun = connect(own)
    begun.sendall(head(own)[:1])  # a byte of a request
    wait_for_each(busy, 200, 0)
    own.wait_read(begun)
    told = time.monotonic()
    with within(10):  # the grace is 9 s
        own.process.send_signal(signal.SIGTERM)
        own.wait_refused(6)  # the listening socket is the first thing that is closed
        begun.sendall(head(own)[1:])
        assert read_answer(begun.makefile("rb"))[0] == 200
        for c in busy:
            c.join(60)
            assert not c.is_alive()
        assert own.process.wait(60) == 0
    for s in idle + kept:  # closed, and with nothing said
        s.settimeout(10)
        assert s.recv(100) == b""
        s.close()
    for c in busy:
        assert c.why in ("close", "end"), c.why
        assert [status for _, status, _, _ in c.got if status != 200] == []
        # An end without an answer is a kept connection that was closed while the next request was on its way, unread.
        assert len(c.asked) - len(c.got) <= (c.why == "end")
        assert c.asked[-1] > told or len(c.asked) == len(c.got)
    assert any(c.got[-1][0] > told for c in busy)


def test_sigterm_in_the_middle_of_a_pipeline(own):
    """The answer that says "Connection: close" is the last one (RFC 9112, 9.6): requests after it in the pipeline are sent
    again elsewhere. Until then every answer is whole and in order."""
    own.pg.psql(graph.sql(), "own")
    own.start(own.tmp / "log")
    own.get("/github/developers/")
    n, answers = 2000, []
    with connect(own, timeout=20) as s, s.makefile("rb") as stream:
        sender = threading.Thread(target=send_until_closed, args=(s, n, own))
        sender.start()
        for _ in range(5):
            answers.append(read_answer(stream))
        own.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionResetError):
            while (answer := read_answer(stream)):
                answers.append(answer)
        sender.join()
    assert 5 <= len(answers) < n
    assert {status for status, _, _ in answers} == {200}
    for i, (_, headers, body) in enumerate(answers):
        assert b"&x=%d" % i in body
        assert (headers.get("connection") == "close") <= (i == len(answers) - 1)
    assert own.stop() == 0


def send_until_closed(s, n, api):
    with contextlib.suppress(OSError):
        for i in range(n):
            s.sendall(head(api, f"/github/developers/?page_size=1&x={i}"))


def test_a_restart_of_postgresql_under_load(own):
    own.pg.psql(graph.sql(), "own")
    own.start(own.tmp / "log")
    own.get("/github/developers/")
    crowd = clients(own)
    try:
        wait_for_each(crowd, 200, 0)
        down = time.monotonic()
        own.pg.stop()
        wait_for_each(crowd, 503, down)
        gone = time.monotonic()
        wait_for_each(crowd, 503, gone + 0.1)
        begin = time.monotonic()
        own.pg.start()
        up = time.monotonic()
        wait_for_each(crowd, 200, up)
        back = time.monotonic()
        wait_for_each(crowd, 200, back + 0.2)
    finally:
        for c in crowd:
            c.over.set()
        for c in crowd:
            c.join(20)
    assert [c.why for c in crowd] == [None] * CLIENTS, "a connection was dropped"
    assert all(len(c.got) == len(c.asked) for c in crowd)

    def statuses(asked, answered):
        """Of requests made after one moment and answered before another."""
        return {status for c in crowd for since, (at, status, _, _) in zip(c.asked, c.got) if asked <= since and at < answered}
    assert statuses(0, down) == {200}
    assert statuses(gone, begin) == {503}
    assert statuses(0, back) <= {200, 503}
    assert statuses(back, math.inf) == {200}
    refused = [headers for c in crowd for _, status, headers, _ in c.got if status == 503]
    assert all(int(headers["retry-after"]) > 0 for headers in refused)
    assert own.process.poll() is None


def test_a_stop_while_postgresql_is_away(own):
    own.start(own.tmp / "log")
    own.pg.stop()
    try:
        crowd = clients(own, 4)
        wait_for_each(crowd, 503, 0)
        with within(10):  # the grace is 9 s
            assert own.stop() == 0
        for c in crowd:
            c.join(20)
            assert {status for _, status, _, _ in c.got} <= {503}
    finally:
        own.pg.start()


def test_no_address_is_left_taken(own):
    """A restarted server gets its port again at once, even with old connections in TIME_WAIT."""
    own.start(own.tmp / "log")
    crowd = clients(own, 4)
    time.sleep(0.3)
    assert own.stop() == 0
    for c in crowd:
        c.join(20)
    again = Api(own.env["DATABASE_URL"], API_LISTEN=f"127.0.0.1:{own.port}")
    try:
        again.start(own.tmp / "log2")
        assert again.get("/health/", auth=False).status == 200
    finally:
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(60) == 0
