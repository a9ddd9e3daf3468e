"""A database as a user has it: a server of the test's own, PgBouncer before it, and what asks the processes on it."""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from pg import Postgres
from sim import Sim
from stack import PATIENCE_S, Stack, pause


def until(condition, what, seconds=PATIENCE_S):
    begun = time.monotonic()
    while not (value := condition()):
        assert time.monotonic() < begun + seconds, f"not within {seconds} s: {what}"
        pause(begun)
    return value


@contextlib.contextmanager
def world_in(tmp_path):
    """A server of its own, a simulator, and what makes stacks of a URL."""
    with Postgres() as pg:
        sim = Sim(tmp_path, "--users", "40", "--limit", "100000")
        stacks = []

        def stack(url, **env):
            stacks.append(Stack(url, sim.url, tmp_path, API_LISTEN="127.0.0.1:0", API_AUTH="none",
                                GITHUB_TOKEN="a-token-of-tests", **env))
            return stacks[-1]
        stack.pg, stack.sim = pg, sim
        yield stack
        for one in stacks:
            one.end()
        sim.stop()


@pytest.fixture
def world(tmp_path):
    with world_in(tmp_path) as made:
        yield made


class Bouncer:
    """Debian's pgbouncer with what its own configuration leaves unset, in front of a cluster's socket."""

    def __init__(self, pg, mode, more=""):
        self.folder = tempfile.mkdtemp(prefix="gitomatic-bouncer-")
        self.mode, self.more = mode, more
        (pathlib.Path(self.folder) / "users").write_text('"postgres" ""\n')
        self.lead_to(pg)
        command = ["pgbouncer", "-q", f"{self.folder}/ini"]
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        self.command = command
        self.log = open(f"{self.folder}/log", "w")
        self.start()
        self.url = f"postgresql:///gitomatic?host={self.folder}&port=6432&user=postgres"

    def start(self):
        env = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=env)
        until(lambda: os.path.exists(f"{self.folder}/.s.PGSQL.6432"), "pgbouncer's socket")

    def lead_to(self, pg):
        """As its configuration says from the next reload() on."""
        (pathlib.Path(self.folder) / "ini").write_text(
            f"[databases]\n* = host={pg.folder}\n[pgbouncer]\nunix_socket_dir = {self.folder}\nlisten_port = 6432\n"
            f"auth_type = trust\nauth_file = {self.folder}/users\npool_mode = {self.mode}\n{self.more}")

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def restart(self):
        """It dies, and with it all sessions."""
        self.process.kill()
        self.process.wait()
        pathlib.Path(f"{self.folder}/.s.PGSQL.6432").unlink(missing_ok=True)
        self.start()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


def address(process):
    """Of an API or a mirror."""
    return until(lambda: re.search(r"listening url=\"?http://(127\.0\.0\.1:\d+)", process.log()), "the address")[1]


def answer(at, path, timeout=60, headers={}):
    """Status and body."""
    connection = http.client.HTTPConnection(at, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": "tests", **headers})
        got = connection.getresponse()
        return got.status, got.read().decode()
    finally:
        connection.close()


def get(at, path, timeout=60, headers={}):
    return answer(at, path, timeout, headers)[0]
