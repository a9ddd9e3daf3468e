"""Large bodies: sent as fast as the upstream takes them. What is bounded is standing still, and the wait for the answer once
the request is sent."""
import contextlib
import hashlib
import socket
import threading
import time

import pytest
from beside import side_by_side
from slowness import Slowness

MB = 1 << 20


class Sluggish:
    """Reads a request's body as `pace` says (bytes, then seconds to wait; None: no further), and answers with its hash `after`
    seconds later. Small buffers, so that the sender notices."""

    def __init__(self, pace, after=0.0):
        self.pace, self.after, self.stopped = pace, after, threading.Event()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)
            lines = head.decode().lower().split("\r\n")
            left = int(next((v.split(":")[1] for v in lines if v.startswith("content-length:")), 0))
            got, digest = 0, hashlib.sha256()
            size, wait = self.pace
            while left > 0:
                part = connection.recv(min(65536, left))
                if not part:
                    return
                digest.update(part)
                got, left = got + len(part), left - len(part)
                if got >= size:
                    if self.stopped.wait(wait if wait is not None else 600):
                        return
                    got = 0
            self.stopped.wait(self.after)
            body = digest.hexdigest().encode()
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def stop(self):
        self.stopped.set()
        self.socket.close()


def upload(lab, upstream, size, method="POST", path="/repos/o/r/git/blobs"):
    mirror = lab.mirror(lab.stopping(upstream).url)
    body = bytes(range(256)) * (size // 256)
    begin = time.monotonic()
    with Slowness() as slow:
        got = mirror.request(method, path, "a", {"Content-Type": "application/octet-stream"}, body, timeout=120)
    return got, time.monotonic() - begin, hashlib.sha256(body).hexdigest().encode(), slow.worst


@side_by_side
@pytest.mark.parametrize("method, path", [("POST", "/repos/o/r/git/blobs"), pytest.param("PUT", "/repos/o/r/contents/x", marks=pytest.mark.slow)])
def test_an_upload_may_take_longer_than_an_answer(lab, method, path):
    got, took, digest, _ = upload(lab, Sluggish((MB, 1.2)), 12 * MB, method, path)
    assert (got.status, got.body) == (201, digest) and took > 11


@side_by_side
def test_the_wait_for_the_answer_begins_when_all_is_sent(lab):
    got, took, digest, _ = upload(lab, Sluggish((MB, 0.8), after=6), 8 * MB)
    assert (got.status, got.body) == (201, digest) and took > 11


@side_by_side
def test_a_stalled_transfer_is_aborted(lab):
    got, took, _, slow = upload(lab, Sluggish((MB, None)), 12 * MB)
    assert got.status == 502 and 9 < took < 17 * slow and got.json()["message"]


@side_by_side
def test_no_answer_to_a_whole_request_is_given_up(lab):
    got, took, _, slow = upload(lab, Sluggish((MB, 0), after=60), 256)
    assert got.status == 502 and 9 < took < 13 * slow
