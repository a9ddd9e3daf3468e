"""An answer whose end two readers find in different places is no answer of GitHub's: the crawler takes nothing from it and asks again."""
import json
import socket
import threading

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, user
from raw_server import RawServer

FOLLOWERS = "/users/ada/followers?per_page=100"
TYPE = b"Content-Type: application/json; charset=utf-8\r\n"


def chunks(body):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


BROKEN = {
    "length-and-chunked": lambda b: TYPE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b),
    "two-lengths": lambda b: TYPE + b"Content-Length: 2\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "list-of-lengths": lambda b: TYPE + b"Content-Length: 2, %d\r\n\r\n" % len(b) + b,
    "space-before-the-colon": lambda b: TYPE + b"Content-Length : 2\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "folded": lambda b: TYPE + b"X-A: b\r\n folded\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "bare-CR": lambda b: TYPE + b"X-A: b\rc\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "NUL-in-a-value": lambda b: TYPE + b"X-A: b\0c\r\nContent-Length: %d\r\n\r\n" % len(b) + b,
    "chunked-twice": lambda b: TYPE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b),
    "length-with-a-plus": lambda b: TYPE + b"Content-Length: +%d\r\n\r\n" % len(b) + b,
}
STATUSES = {"status-700": b"HTTP/1.1 700 Odd\r\n", "status-of-two-digits": b"HTTP/1.1 20 OK\r\n", "HTTP-1.0-chunked": b"HTTP/1.0 200 OK\r\n"}
LIE = json.dumps([user(66, "mallory")]).encode()


class Front(RawServer):
    """Between the crawler and a sound GitHub: the first answers for a path are the bytes that a test gives."""

    def __init__(self, upstream):
        self.upstream, self.bytes, self.left = int(upstream.rsplit(":", 1)[1]), b"", {}
        self.lock = threading.Lock()
        super().__init__()

    def one(self, connection, head):
        path = head.split(b" ")[1].decode()
        with self.lock:
            spoil = self.left.get(path, 0) > 0
            self.left[path] = self.left.get(path, 0) - 1
        if spoil:
            connection.sendall(self.bytes)
            return
        head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=30) as there:
            there.sendall(head)
            while piece := there.recv(65536):
                connection.sendall(piece)


@pytest.fixture
def front():
    github = FakeGitHub()
    eve = user(5, "eve")
    github.answers.update({"/users/ada": profile(1, "ada", followers=1), FOLLOWERS: [eve], "/users/ada/starred?per_page=100": [],
                           "/users/ada/following?per_page=100": [], "/users/ada/repos?per_page=100": [],
                           "/users/eve": profile(5, "eve", following=1)})
    made = Front(github.url)
    yield made
    made.close()
    github.stop()


def answer(kind):
    if kind in STATUSES:
        return STATUSES[kind] + (BROKEN["chunked-twice"](LIE).replace(b"Transfer-Encoding: chunked\r\n", b"", 1) if "chunked" in kind else
                                 TYPE + b"Content-Length: %d\r\n\r\n" % len(LIE) + LIE)
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + BROKEN[kind](LIE)


@side_by_side
@pytest.mark.parametrize("kind", [*BROKEN, *STATUSES])
def test_nothing_of_a_malformed_answer_is_stored(front, stack, kind):
    s = stack(front.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    front.bytes, front.left = answer(kind), {FOLLOWERS: 2}
    s.crawler()
    s.task("full_profile_sync", "ada")

    def idle():
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        return s.open_jobs() == 0
    s.wait_until(idle, 60, "an empty queue")
    assert front.left[FOLLOWERS] < 0, "it was not asked again"
    assert s.rows("select follower_github_id from follows") == [(5,)]
    assert s.rows("select login from developers where github_id = 66 or gone_at is not null") == []
    assert s.rows("select count(*) from jobs where state = 'failed'") == [(0,)]
