"""gitomatic's processes on one database: started, ended and killed by process id, each with a log of its own."""
import os
import pathlib
import re
import signal
import subprocess
import time

import psycopg2
from sim import BUILD

BINARY = BUILD / "gitomatic"
PATIENCE_S = 60  # a wait's least deadline: only a failure takes it, and a loaded machine may need it
SETTINGS = ("GITHUB_", "PG", "GITOMATIC_", "DISCOVERY_", "CRAWLER_", "RATE_LIMIT", "LOG_", "DATABASE_", "API_",
            "MIRROR_", "HEARTBEAT_", "PUBLIC_URL", "PORT", "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY",
            "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE")


def clean_environment():
    """The caller's environment without anything that is a setting of ours."""
    return {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}


def pause(begun):
    """Between two looks: a twentieth of what was waited already, so that long waits of many tests at a time cost little."""
    time.sleep(min(0.1, max(0.02, (time.monotonic() - begun) / 20)))


def holds(pid, number):
    """Whether a process waits for that signal itself, so that it does not end by it: from its first moments on."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return bool(int(re.search(r"^SigBlk:\s*(\w+)", status, re.M)[1], 16) >> (number - 1) & 1)


class Process:
    def __init__(self, name, popen, log_path):
        self.name, self.popen, self.log_path = name, popen, log_path

    @property
    def running(self):
        return self.popen.poll() is None

    def kill(self):
        """As the kernel's OOM killer would: nothing is tidied up."""
        self.popen.kill()
        self.popen.wait(PATIENCE_S)

    def waits_for_signals(self):
        """One that has just been started does not yet, and would be ended by the first as anything else is."""
        return not self.running or holds(self.popen.pid, signal.SIGTERM)

    def terminate(self):
        until = time.monotonic() + PATIENCE_S
        while self.running and not self.waits_for_signals() and time.monotonic() < until:
            time.sleep(0.02)
        if self.running:
            self.popen.send_signal(signal.SIGTERM)

    def stop(self, seconds=60):
        self.terminate()
        return self.popen.wait(seconds)

    def log(self):
        return self.log_path.read_text(errors="replace")


class Stack:
    """env: settings of every process, as NAME=value."""

    def __init__(self, url, github_url, folder, **env):
        self.url = url
        self.folder = pathlib.Path(folder)
        self.env = {**clean_environment(), "DATABASE_URL": url, "GITHUB_API_URL": github_url, "LOG_LEVEL": "info",
                    "DISCOVERY_COUNT": "10000", **{k: str(v) for k, v in env.items()}}
        self.processes = []
        self.connection = None

    # ---- processes ----

    def start(self, command, *args, **env):
        name = f"{command}-{len(self.processes) + 1}"
        path = self.folder / f"{name}.log"
        with open(path, "w") as log:
            popen = subprocess.Popen([str(BINARY), command, *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     env={**self.env, **{k: str(v) for k, v in env.items()}}, cwd=self.folder)
        self.processes.append(Process(name, popen, path))
        return self.processes[-1]

    def crawler(self, **env):
        return self.start("crawler", **env)

    def run(self, *args, check=True, timeout=60, given=None, **env):
        done = subprocess.run([str(BINARY), *args], input=given or "", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout, cwd=self.folder,
                              env={**self.env, **{k: str(v) for k, v in env.items()}})
        assert not check or done.returncode == 0, f"gitomatic {' '.join(args)}: {done.returncode}\n{done.stderr}"
        return done

    def task(self, name, username=None, repo_name=None):
        """The task's number."""
        args = ["task", name]
        if username is not None:
            args += ["--username", username]
        if repo_name is not None:
            args += ["--repo-name", repo_name]
        return int(self.run(*args).stdout.split()[-1])

    def stop(self):
        """Ends what runs. Each must drain and leave with 0."""
        running = [p for p in self.processes if p.running]
        for p in running:
            p.terminate()
        codes = {p.name: p.popen.wait(60) for p in running}
        if self.connection:
            self.connection.close()
        wrong = {name: code for name, code in codes.items() if code}
        assert not wrong, f"exit codes after SIGTERM: {wrong}"

    def end(self):
        for p in self.processes:
            if p.running:
                p.kill()
        if self.connection:
            self.connection.close()

    def logs(self, tail=2500):
        return "".join(f"\n--- {p.name} ---\n{p.log()[-tail:]}" for p in self.processes)

    # ---- the database ----

    def rows(self, sql, *params):
        for attempt in range(20):
            try:
                if self.connection is None or self.connection.closed:
                    self.connection = psycopg2.connect(self.url)
                    self.connection.autocommit = True
                with self.connection.cursor() as cursor:
                    cursor.execute(sql, params or None)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.Error as e:
                if e.pgcode and not e.pgcode.startswith("57"):  # without a code: the connection; 57: a shutdown
                    raise
                self.connection = None
                if attempt == 19:
                    raise
                time.sleep(0.2)
        return []

    def one(self, sql, *params):
        return self.rows(sql, *params)[0][0]

    def open_jobs(self):
        return self.one("select count(*) from jobs where finished_at is null")

    def wait_until(self, condition, seconds, what):
        """Polls; a deadline passed is a failure that shows the queue and the logs."""
        seconds, begun = max(seconds, PATIENCE_S), time.monotonic()
        while not condition():
            if time.monotonic() > begun + seconds:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.queue()}\n{self.logs()}")
            pause(begun)

    def wait_idle(self, seconds=60):
        """Until no job is open and no stub waits for one."""
        crawlers = [p for p in self.processes if p.name.startswith("crawler") and p.running]
        assert crawlers, "no crawler runs"

        def idle():
            dead = [p for p in crawlers if not p.running]
            assert len(dead) < len(crawlers), f"all crawlers ended by themselves\n{self.logs()}"
            return self.open_jobs() == 0
        self.wait_until(idle, seconds, "an empty queue")

    def queue(self):
        rows = self.rows("select state, kind, count(*), max(attempt), min(run_at) - now(), min(error) from jobs "
                         "where state <> 'completed' group by 1, 2 order by 1, 2")
        return "open or failed jobs: " + "\n".join(map(str, rows))

    def check_queue(self):
        """Nothing failed, nothing forgotten."""
        assert self.rows("select kind, subject, error from jobs where state in ('failed', 'cancelled')") == []
        assert self.open_jobs() == 0
        assert self.rows("select * from hydration_queue") == [], "stubs nobody will hydrate"

    def dump(self, *tables):
        """Every row with its xmin: writing a row again, even unchanged, shows."""
        out = {}
        for table in tables:
            out[table] = {row[0]: row[1] for row in
                          self.rows(f"select ctid::text || ' ' || xmin::text, t::text from {table} t")}
        return out


def differences(before, after):
    """What two dumps tell apart, for an assertion's message."""
    out = []
    for table in before:
        gone = {k: v for k, v in before[table].items() if k not in after[table]}
        new = {k: v for k, v in after[table].items() if k not in before[table]}
        out += [f"{table}: - {v[:400]}" for v in list(gone.values())[:5]]
        out += [f"{table}: + {v[:400]}" for v in list(new.values())[:5]]
    return out


def sync(s, name="full_profile_sync", username="ada", repo_name=None):
    """Runs a task to its end, with everything it queued. The task's number."""
    task = s.task(name, username, repo_name)
    s.wait_idle()
    s.check_queue()
    return task
