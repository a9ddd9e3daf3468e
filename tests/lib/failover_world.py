"""Debian's pg_auto_failover: a monitor and two PostgreSQL servers, each in a network namespace of its own, on a bridge that this machine
is on, too. A namespace's cable can be pulled."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import psycopg2
from pg import _bindir

NET = f"198.18.{os.getpid() % 250 + 1}"  # of the range for tests of devices (RFC 2544); several runs at once have one each
MONITOR, NODES = 3, (1, 2)
WAIT_S = 120
# Shortened: the defaults wait 20 to 30 s.
MONITOR_CONF = """
pgautofailover.health_check_period = 1000
pgautofailover.health_check_timeout = 2000
pgautofailover.health_check_max_retries = 2
pgautofailover.health_check_retry_delay = 500
pgautofailover.node_considered_unhealthy_timeout = 5000
pgautofailover.primary_demote_timeout = 5000
pgautofailover.startup_grace_period = 3000
"""


def missing():
    """Why such a world can't be made here, or None."""
    if os.geteuid():
        return "root alone may make network namespaces"
    for program, package in (("ip", "iproute2"), ("pg_autoctl", "pg-auto-failover-cli")):
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            return f"{program} is not installed (Debian's {package})"
    if not pathlib.Path(_bindir()).parent.joinpath("lib", "pgautofailover.so").exists():
        return "the server's part is not installed (Debian's postgresql-15-auto-failover)"
    return None


def ip(*args, check=True):
    return subprocess.run(["ip", *args], check=check, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Failover:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-ha-"))
        shutil.chown(self.folder, "postgres")
        self.folder.chmod(0o755)
        self.tag = f"g{os.getpid() % 100000}"
        self.processes = []
        try:
            self._network()
            self._monitor()
            for number in NODES:
                self._node(number)
            self._wait(lambda: sorted(self.states().values()) == ["primary", "secondary"], "a primary and a secondary")
        except BaseException:
            self.close()
            raise

    def _network(self):
        ip("link", "add", "name", f"{self.tag}b", "type", "bridge")
        ip("addr", "add", f"{NET}.9/24", "dev", f"{self.tag}b")
        ip("link", "set", f"{self.tag}b", "up")
        for number in (*NODES, MONITOR):
            name = f"{self.tag}n{number}"
            ip("netns", "add", name)
            ip("link", "add", f"{self.tag}v{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{self.tag}v{number}", "master", f"{self.tag}b", "up")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")

    def _command(self, number, *args):
        home = self.folder / f"home{number}"
        if not home.exists():
            home.mkdir()
            shutil.chown(home, "postgres")
        variables = [f"HOME={home}", f"XDG_RUNTIME_DIR={home}", f"XDG_CONFIG_HOME={home}/c", f"XDG_DATA_HOME={home}/d", "LC_ALL=C.UTF-8",
                     f"PATH={_bindir()}:/usr/bin:/bin"]
        return ["ip", "netns", "exec", f"{self.tag}n{number}", "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
                "env", "-i", *variables, "pg_autoctl", *args, "--pgdata", str(self.folder / f"data{number}")]

    def _run(self, number, *args):
        with open(self.folder / f"create{number}.log", "w") as log:
            done = subprocess.run(self._command(number, *args), stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=WAIT_S, cwd="/")
        assert done.returncode == 0, (self.folder / f"create{number}.log").read_text()[-2000:]

    def _start(self, number):
        with open(self.folder / f"run{number}.log", "w") as log:
            self.processes.append(subprocess.Popen(self._command(number, "run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/"))

    def _append(self, number, file, text):
        with open(self.folder / f"data{number}" / file, "a") as out:
            out.write(text)

    def _monitor(self):
        self._run(MONITOR, "create", "monitor", "--pgport", f"600{MONITOR}", "--hostname", f"{NET}.{MONITOR}", "--auth", "trust",
                  "--no-ssl", "--pgctl", f"{_bindir()}/pg_ctl")
        self._append(MONITOR, "postgresql.conf", MONITOR_CONF)
        self._append(MONITOR, "pg_hba.conf", f"host all all {NET}.0/24 trust\n")
        self._start(MONITOR)
        self._wait(lambda: self.states() == {}, "the monitor")

    def _node(self, number):
        self._run(number, "create", "postgres", "--pgport", f"600{number}", "--hostname", f"{NET}.{number}", "--name", f"node{number}",
                  "--auth", "trust", "--no-ssl", "--dbname", "gitomatic", "--username", "gitomatic", "--pgctl", f"{_bindir()}/pg_ctl",
                  "--monitor", f"postgres://autoctl_node@{NET}.{MONITOR}:600{MONITOR}/pg_auto_failover")
        self._append(number, "pg_hba.conf", f"host all all {NET}.0/24 trust\n")
        self._start(number)
        wanted = "single" if number == NODES[0] else "secondary"
        self._wait(lambda: self.states().get(number) == wanted, f"node {number} to be {wanted}")

    def _wait(self, condition, what):
        until = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < until, f"waited {WAIT_S} s for {what}: {self.states()}\n{self.logs()}"
            time.sleep(0.2)

    def logs(self):
        return "".join(f"--- {path.name} ---\n{path.read_text(errors='replace')[-1500:]}\n" for path in sorted(self.folder.glob("run*.log")))

    def states(self):
        """{number of a node: the state it has reported}; None: the monitor does not answer."""
        try:
            with psycopg2.connect(host=f"{NET}.{MONITOR}", port=f"600{MONITOR}", user="autoctl_node", dbname="pg_auto_failover",
                                  connect_timeout=2) as connection, connection.cursor() as cursor:
                cursor.execute("select nodename, reportedstate::text from pgautofailover.node")
                return {int(name.removeprefix("node")): state for name, state in cursor.fetchall()}
        except psycopg2.OperationalError:
            return None

    def url(self):
        """As docs/operations.md has it."""
        hosts = ",".join(f"{NET}.{number}:600{number}" for number in NODES)
        return f"postgresql://gitomatic@{hosts}/gitomatic?target_session_attrs=read-write&connect_timeout=2"

    def primary(self):
        return next(number for number, state in self.states().items() if state in ("primary", "wait_primary", "single"))

    def cut(self, number):
        """The cable is pulled: nothing arrives, and neither side notices."""
        ip("link", "set", f"{self.tag}v{number}", "down")

    def mend(self, number):
        ip("link", "set", f"{self.tag}v{number}", "up")

    def close(self):
        for number in (*NODES, MONITOR):
            for pid in ip("netns", "pids", f"{self.tag}n{number}", check=False).stdout.split():
                if pid.isdigit():
                    subprocess.run(["kill", "-9", pid], stderr=subprocess.DEVNULL)
        for process in self.processes:
            process.wait(30)
        for number in (*NODES, MONITOR):
            ip("netns", "del", f"{self.tag}n{number}", check=False)
        ip("link", "del", f"{self.tag}b", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
