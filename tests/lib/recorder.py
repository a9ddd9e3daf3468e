"""An upstream that keeps every byte it was sent, and answers what a test tells it to.

FakeGitHub (fake_github.py) parses requests; this one does not: the request line and the headers stay as they came, in their
order and spelling, so that a test can say that nothing was added, lost or respelled on the way."""
import contextlib
import socket
import threading

GITHUB_HEADERS = {"Content-Type": "application/json; charset=utf-8", "X-GitHub-Media-Type": "github.v3; format=json",
                  "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "4102444800",
                  "X-RateLimit-Used": "1", "X-RateLimit-Resource": "core", "X-GitHub-Request-Id": "0001:0002:0003"}


class Seen:
    """One request: line ("GET /path HTTP/1.1"), headers [(name, value)], body."""

    def __init__(self, line, headers, body):
        self.line, self.headers, self.body = line, headers, body
        self.method, self.target, _ = line.split(" ")

    def get(self, name):
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return values[0] if values else None

    def names(self):
        return {n.lower() for n, _ in self.headers}

    def __repr__(self):
        return f"{self.line} {self.headers}"


class Recorder:
    """answer: a function of Seen that gives (status, {header: value}, bytes). Header values may be lists."""

    def __init__(self, answer=lambda seen: (200, {}, b"{}")):
        self.answer, self.seen, self.lock = answer, [], threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.open = set()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while self._one(connection, stream):
                pass
        with self.lock:
            self.open.discard(connection)

    def _one(self, connection, stream):
        line = stream.readline(65536)
        if not line:
            return False
        headers = []
        while (raw := stream.readline(65536)) not in (b"\r\n", b""):
            name, _, value = raw.decode("latin-1").rstrip("\r\n").partition(":")
            headers.append((name, value.strip()))
        seen = Seen(line.decode("latin-1").rstrip("\r\n"), headers, b"")
        if seen.get("Expect"):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if seen.get("Transfer-Encoding"):
            while size := int(stream.readline().split(b";")[0], 16):
                seen.body += stream.read(size)
                stream.readline()
            stream.readline()
        else:
            seen.body = stream.read(int(seen.get("Content-Length") or 0))
        with self.lock:
            self.seen.append(seen)
        status, more, body = self.answer(seen)
        out = [f"HTTP/1.1 {status} Whatever"]
        for name, value in {**GITHUB_HEADERS, **more}.items():
            out += [f"{name}: {v}" for v in (value if isinstance(value, list) else [value]) if v is not None]
        if status not in (204, 304):
            out.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(out).encode("latin-1") + b"\r\n\r\n"
        connection.sendall(head + (b"" if seen.method == "HEAD" or status in (204, 304) else body))
        return True

    def asked(self, path=None):
        with self.lock:
            return [s for s in self.seen if path is None or s.target.split("?")[0] == path]

    def stop(self):
        self.socket.close()
        with self.lock:
            for connection in list(self.open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.thread.join(0.1)
