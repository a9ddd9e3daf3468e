"""The API as a process, and a client that sends exactly the given bytes."""
import base64
import errno
import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("GITOMATIC_BUILD", os.path.join(ROOT, "build"))
PROGRAM = os.path.join(BUILD, "gitomatic-api-test")
guesses = itertools.count()


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def fail(api, headers=None, name="ann"):
    """Wrong passwords until one is refused for longer than a second: so is what a test asks next. One more is taken every two
    seconds, and a slow machine may need as long for the twenty that cost no wait. The refusal."""
    begun, taken = time.monotonic(), 0
    while True:
        got = api.get("/github/tasks/", headers, auth=basic(name, f"guess{next(guesses)}"))
        if got.status == 429 and int(got.headers["Retry-After"]) > 1:
            return got
        assert got.status in (401, 429), got.text
        taken += got.status == 401
        assert taken <= 21 + (time.monotonic() - begun) / 2, "too many were taken"


def unread_bytes(port):
    """Of each connection to a port of this machine: the client's port, and bytes on their way to the server or not read by it."""
    with open("/proc/net/tcp") as table:
        for line in list(table)[1:]:
            local, remote, state, queues = line.split()[1:5]
            here, there = (int(address.split(":")[1], 16) for address in (local, remote))
            sending, receiving = (int(n, 16) for n in queues.split(":"))
            if state == "01" and here == port:
                yield there, receiving
            elif state == "01" and there == port:
                yield here, sending


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Api:
    """env: settings beside DATABASE_URL. A free port is taken unless API_LISTEN is given."""

    def __init__(self, database_url, **env):
        self.env = {**os.environ, "DATABASE_URL": database_url, "API_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "debug",
                    "ASAN_OPTIONS": "detect_leaks=1", "ALLOWED_HOSTS": "*", **env}
        self.prefix = []  # a command that runs it
        self.process = None
        self.auth = basic("ann", "secret")

    def run(self, *args, check=True):
        done = subprocess.run([PROGRAM, *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60)
        if check and done.returncode:
            raise RuntimeError(done.stdout)
        return done

    def start(self, log_path):
        self.log_path = log_path
        with open(log_path, "w") as log:
            self.process = subprocess.Popen([*self.prefix, PROGRAM, "serve"], env=self.env, stderr=log, stdout=log,
                                            stdin=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            found = re.search(r"api\.listening.*https?://\S+?:(\d+)/", self.log())
            if found:
                break
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log())
            time.sleep(0.02)
        self.port = int(found.group(1))
        self.base = f"http://127.0.0.1:{self.port}"
        return self

    def log(self):
        with open(self.log_path) as log:
            return log.read()

    def wait_read(self, *clients):
        """Until the server has read all that was sent to it, by these sockets or all: it is nowhere else any more."""
        ports = [s.getsockname()[1] for s in clients]
        until(lambda: not any(n for port, n in unread_bytes(self.port) if port in ports or not ports))

    def wait_refused(self, seconds=20):
        """Until it takes no connections any more."""
        until = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=10).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return
            assert time.monotonic() < until, "still takes connections"
            time.sleep(0.02)

    def stop(self, wait_s=60):
        """Ends it as an operator does. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(wait_s)

    def request(self, method, path, headers=None, body=None, auth=True, timeout=20):
        headers = dict(headers or {})
        if auth:
            headers.setdefault("Authorization", auth if isinstance(auth, str) else self.auth)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, headers=None, **more):
        return self.request("GET", path, headers, **more)

    def form(self, body, content_type="application/x-www-form-urlencoded", **more):
        if isinstance(body, str):
            body = body.encode()
        return self.request("POST", "/github/tasks/", {"Content-Type": content_type}, body, **more)

    def raw(self, data, timeout=10, end=True):
        """Sends bytes as they are, reads until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            s.sendall(data)
            if end:
                try:
                    s.shutdown(socket.SHUT_WR)
                except OSError as e:  # the server has reset the connection already; what it said first is read below
                    if e.errno != errno.ENOTCONN:
                        raise
            got = b""
            try:
                while True:
                    part = s.recv(65536)
                    if not part:
                        return got
                    got += part
            except socket.timeout:
                return got


TEMPLATE = "template_api"


def make_template(pg):
    """A database with the schema and two users, to be copied: ann may write, bob may not."""
    pg.psql(f"create database {TEMPLATE}", "postgres")
    api = Api(pg.url(TEMPLATE))
    api.run("migrate")
    api.run("user-add", "ann", "secret")
    api.run("user-add", "bob", "readonly", "read-only")


def fresh(pg, name):
    """A new database of that name, with the schema, ann and bob."""
    pg.execute(f"drop database if exists {name}", f"create database {name} template {TEMPLATE} strategy file_copy")
    return Api(pg.url(name))
