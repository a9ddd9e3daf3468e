"""An answer of GitHub's that begins and then stands still is given up long before the exchange's own bound of two minutes; one
that keeps coming is passed on whole, however slowly."""
import threading
import time

import pytest
from beside import side_by_side
from raw_server import RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b'ETag: "1"\r\nContent-Length: 13\r\n\r\n{"login":"x"}'
TWO_MINUTES = 120
STALLED = {
    "status-line": b"HTTP/1.1 2", "after-the-status-line": b"HTTP/1.1 200 OK\r\n", "within-a-field": OK + b"ETa",
    "after-an-interim-answer": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "after-the-head": OK + b"Content-Length: 13\r\n\r\n",
    "within-the-body": OK + b'Content-Length: 13\r\n\r\n{"login"', "within-a-chunk": OK + b'Transfer-Encoding: chunked\r\n\r\nd\r\n{"lo',
    "between-chunks": OK + b'Transfer-Encoding: chunked\r\n\r\nd\r\n{"login":"x"}\r\n', "within-trailers": OK +
    b'Transfer-Encoding: chunked\r\n\r\nd\r\n{"login":"x"}\r\n0\r\nX-A: b\r\n', "until-the-end": OK + b'\r\n{"login":"x"}',
}


class Halting(RawServer):
    """Sends a whole answer first, if `good`, and then `pieces` with `pause` seconds before each further one, and no end."""

    def __init__(self, pieces, pause=0, good=False, end=False):
        self.pieces, self.pause, self.good, self.end, self.over = pieces, pause, good, end, threading.Event()
        super().__init__()

    def one(self, connection, head):
        if self.good:
            self.good = False
            connection.sendall(WHOLE.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            return
        for n, piece in enumerate(self.pieces):
            if n and self.over.wait(self.pause):
                return
            connection.sendall(piece)
        if not self.end:
            self.over.wait(TWO_MINUTES + 60)

    def stop(self):
        self.over.set()
        self.close()


def ask(mirror, method="GET", body=None):
    begun = time.monotonic()
    got = mirror.request(method, "/users/x", "t", {"Content-Type": "application/json"}, body, timeout=TWO_MINUTES + 60)
    assert time.monotonic() - begun < TWO_MINUTES / 2, got
    return got


@side_by_side
@pytest.mark.parametrize("where", ["after-an-interim-answer", "within-the-body", *[pytest.param(w, marks=pytest.mark.slow) for w in STALLED
                                   if w not in ("after-an-interim-answer", "within-the-body")]])
def test_a_stalled_transfer_is_aborted(lab, where):
    got = ask(lab.mirror(lab.stopping(Halting([STALLED[where]])).url))
    assert (got.status, got.label) == (502, "API_ERROR_MISS") and got.json()["message"]


@side_by_side
def test_the_stored_page_is_served_instead(lab):
    mirror = lab.mirror(lab.stopping(Halting([STALLED["within-a-chunk"]], good=True)).url)
    whole = ask(mirror)
    got = ask(mirror)
    assert (whole.label, got.label, got.status, got.body) == ("ONLINE_MISS", "API_TIMEOUT_HIT", 200, whole.body)


@side_by_side
def test_a_stalled_answer_to_a_write_is_aborted(lab):
    assert ask(lab.mirror(lab.stopping(Halting([STALLED["within-the-body"]])).url), "PATCH", b'{"name":"y"}').status == 502


@side_by_side
def test_a_slow_transfer_is_passed_on_whole(lab):
    """Longer than the ten seconds of standing still, and never as long without a byte."""
    pieces = [OK[:30], OK[30:] + b"Content-Length: 13\r\n\r\n", b'{"log', b'in":"', b'x"}']
    got = ask(lab.mirror(lab.stopping(Halting(pieces, pause=3, end=True)).url))
    assert (got.status, got.body) == (200, b'{"login":"x"}')
