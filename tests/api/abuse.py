"""Clients that behave badly, for test_abuse.py."""
import contextlib
import errno
import os
import resource
import select
import socket
import threading
import time

from slowness import Slowness


def allow_descriptors(n):
    """This process and those it starts may hold so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < n:
        raise RuntimeError(f"a limit of at least {n} descriptors is needed, the hard limit is {hard}: raise it (ulimit -Hn)")
    if soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, hard))


def rss_mb(api):
    with open(f"/proc/{api.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def descriptors(api):
    return len(os.listdir(f"/proc/{api.process.pid}/fd"))


def head(api, path="/github/developers/", method="GET", auth=True, **more):
    """A request's bytes up to the empty line, with it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{api.port}"]
    lines += [f"Authorization: {api.auth}"] if auth else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines + ["", ""]).encode()


def connect(api, timeout=60, receive_buffer=None):
    s = socket.socket()
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.settimeout(timeout)
    s.connect(("127.0.0.1", api.port))
    return s


@contextlib.contextmanager
def crowd(api, n, hello=b"", **options):
    """n connections that have sent `hello` and then nothing."""
    sockets = []
    try:
        for _ in range(n):
            s = connect(api, **options)
            sockets.append(s)
            if hello:
                s.sendall(hello)
        yield sockets
    finally:
        for s in sockets:
            s.close()


def end(s):
    """Says that nothing more will come. The server may have reset the connection already: what it said before can be read."""
    try:
        s.shutdown(socket.SHUT_WR)
    except OSError as e:
        if e.errno != errno.ENOTCONN:
            raise


def read_answer(stream):
    """(status, headers, body) of the next answer, None at a clean end. stream: a socket's makefile("rb")."""
    line = stream.readline()
    if not line:
        return None
    status, headers = int(line.split()[1]), {}
    while (line := stream.readline().rstrip(b"\r\n")):
        name, _, value = line.partition(b":")
        headers[name.decode().lower()] = value.strip().decode()
    if not line and "content-length" not in headers and "transfer-encoding" not in headers:
        return status, headers, b""
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while (size := int(stream.readline(), 16)):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return status, headers, body
    body = stream.read(int(headers["content-length"]))
    assert len(body) == int(headers["content-length"]), f"{status}: {len(body)} bytes of {headers}"
    return status, headers, body


def send_body(s, data, times):
    """Sends data so many times, until an answer comes or the peer closes. The bytes that were taken."""
    sent, s_timeout = 0, s.gettimeout()
    s.setblocking(False)
    view, left, until = memoryview(data), times, time.monotonic() + 120
    at = 0
    try:
        while left and time.monotonic() < until:
            readable, writable, _ = select.select([s], [s], [], 30)
            if readable or not writable:
                break
            n = s.send(view[at:])
            sent, at = sent + n, at + n
            if at == len(data):
                left, at = left - 1, 0
    except (BrokenPipeError, ConnectionResetError):
        pass
    s.settimeout(s_timeout)
    return sent


class Others:
    """Well-behaved clients beside the bad ones: each asks again and again, over a new connection every time."""

    def __init__(self, api, n=2, path="/github/developers/", pause_s=0.01):
        self.api, self.path, self.pause_s = api, path, pause_s
        self.waits, self.failures, self.refused, self.over = [], [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(n)]

    def run(self):
        while not self.over.is_set():
            begun = time.monotonic()
            try:
                got = self.api.get(self.path, timeout=60)
                if got.status == 503 and int(got.headers["Retry-After"]) > 0:
                    self.refused += 1
                elif got.status != 200:
                    self.failures.append((got.status, got.text[:200]))
            except OSError as e:
                self.failures.append(e)
            self.waits.append(time.monotonic() - begun)
            self.over.wait(self.pause_s)

    def __enter__(self):
        self.slow = Slowness().__enter__()
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for t in self.threads:
            t.join()
        self.slow.__exit__()

    def wait_for_one(self, seconds=60):
        """Until one more was answered: what comes between is no more than the server gets through, however slow it is."""
        seen, until = len(self.waits), time.monotonic() + seconds
        while len(self.waits) == seen:
            assert time.monotonic() < until, f"nobody was answered for {seconds} s"
            time.sleep(0.001)

    def check(self, longest_s=3, at_least=20, refused=False):
        """All were answered, and nobody waited. refused: some may have been told to come again."""
        until = time.monotonic() + 60
        while len(self.waits) < at_least and time.monotonic() < until:
            time.sleep(0.05)
        assert not self.failures, self.failures[:3]
        assert self.refused <= (len(self.waits) / 2 if refused else 0), (self.refused, len(self.waits))
        assert len(self.waits) >= at_least and max(self.waits) < longest_s * self.slow.worst, (
            len(self.waits), max(self.waits), self.slow.worst)
