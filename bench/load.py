"""The API under load: started on a database, asked by wrk over keep-alive connections, its answers checked first."""
import base64
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from lib import backends, spent_ms
from world import BUILD

HERE = pathlib.Path(__file__).parent
USER, PASSWORD = "bench", "bench"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SETTINGS = ("GITHUB_", "GITOMATIC_", "API_", "DATABASE_", "PUBLIC_URL", "PORT", "LOG_", "PG")


@dataclasses.dataclass
class Measured:
    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    bad_status: int
    broken: int

    @property
    def rate(self):
        return self.requests / self.seconds


def plain(path, headers=None):
    """(path, headers) of an address that may end with a tab and "page": a browser's request, as in http/requests.lua."""
    path, _, mark = path.partition("\t")
    return path, {**(headers or {}), **({"Accept": "text/html"} if mark == "page" else {})}


class Api:
    """`gitomatic api` as a process of its own, on a free port."""

    def __init__(self, database_url, **env):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-bench-api-"))
        self.log = self.folder / "log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([str(BUILD / "gitomatic"), "api"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env={**clean, "DATABASE_URL": database_url,
                                                                  "API_LISTEN": "127.0.0.1:0", **env})
        until = time.monotonic() + 30
        while not (found := re.search(r"api\.listening.*(http://\S+?:\d+)/", self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.02)
        self.base = found.group(1)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def get(self, path, **headers):
        """(status, headers, body) of one GET."""
        path, headers = plain(path, headers)
        url = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(url, headers={"Authorization": AUTHORIZATION, **headers})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()

    def json(self, path):
        status, _, body = self.get(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
        return json.loads(body)

    def path(self, url):
        return url.removeprefix(self.base)

    def load(self, paths, connections, seconds, threads=1):
        """Closed loop: each connection sends its next request when the answer to the last one is in."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("".join(path + "\n" for path in paths))
            file.flush()
            done = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
                                   str(HERE / "http" / "requests.lua"), self.base, "--", file.name, AUTHORIZATION],
                                  capture_output=True, text=True)
        found = re.search(r"^RESULT (.*)$", done.stdout, re.M)
        if done.returncode or not found:
            raise RuntimeError(f"wrk: {done.stdout}{done.stderr}")
        return Measured(**json.loads(found.group(1)))


REQUESTS = 24


@dataclasses.dataclass
class Spent:
    """On a request, in the mean of REQUESTS."""
    api_ms: float
    postgres_ms: float
    elapsed_ms: float
    bytes: float
    bad: int  # answers that were none

    @property
    def cpu_ms(self):
        return self.api_ms + self.postgres_ms


def in_turn(api, pg, paths):
    """One request after the other, when each path was asked before: the processor time that other programs hardly change."""
    paths = (paths * REQUESTS)[::max(1, len(paths) // REQUESTS)][:REQUESTS]
    server = http.client.HTTPConnection(api.base.split("//")[1], timeout=60)
    bad = size = 0

    def get(path):
        nonlocal bad, size
        path, headers = plain(path)
        server.request("GET", path, headers={"Authorization": AUTHORIZATION, **headers})
        answer = server.getresponse()
        size += len(answer.read())
        bad += answer.status != 200
    for path in dict.fromkeys(paths):
        get(path)
    size, servers = 0, backends(pg)
    before, begun = (spent_ms([api.process.pid]), spent_ms(servers)), time.perf_counter()
    for path in paths:
        get(path)
    elapsed_ms = 1000 * (time.perf_counter() - begun)
    server.close()
    after = spent_ms([api.process.pid]), spent_ms(servers)
    return Spent(*((b - a) / len(paths) for a, b in zip(before, after)), elapsed_ms / len(paths), size / len(paths), bad)


def need_wrk():
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk")
