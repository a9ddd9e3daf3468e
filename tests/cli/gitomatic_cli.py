"""Runs the built program the way a user does: in a folder of its own, with a clean environment, waiting on conditions."""
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "lib"))

from pg import Postgres, made_once, memory_folder  # noqa: E402

BIN = os.environ.get("GITOMATIC_BIN", str(ROOT / "build" / "gitomatic"))


def clean_env(**extra):
    """Nothing of the caller's settings: only what a program needs to run. A value None: not set."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
    env.update({name: str(value) for name, value in extra.items() if value is not None})
    return env


def make_folder():
    """A folder that user postgres can enter, too."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-test-", dir=memory_folder() or "/tmp"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)


def until(condition, seconds=60, what="the condition"):
    """The condition's first true value, looked at often; fails after `seconds`, or a minute if that is longer."""
    seconds = max(seconds, 60)
    begun = time.monotonic()
    while True:
        looked = time.monotonic()
        value = condition()
        if value:
            return value
        assert time.monotonic() < begun + seconds, f"waited {seconds} s for {what}"
        time.sleep(max(0.05, min(0.2, time.monotonic() - looked)))  # to look may be to run a command: half of the time at most


def is_running(pid):
    """A zombie that was not waited for yet has ended."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def children_of(pid):
    """Direct children: pid -> command line."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def run(*args, cwd="/", stdin="", timeout=60, **env):
    """Runs a command that ends by itself."""
    return subprocess.run([BIN, *args], cwd=cwd, env=clean_env(**env), input=stdin, capture_output=True, text=True,
                          timeout=timeout)


class Process:
    """A command in the foreground; its output is collected as it comes."""

    def __init__(self, *args, cwd, **env):
        # A shell ignores SIGINT for what it runs in the background: these tests, perhaps.
        self.process = subprocess.Popen(["env", "--default-signal=INT", BIN, *args], cwd=cwd, env=clean_env(**env), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.text = ""
        self.lines = queue.Queue()
        self.readers = [threading.Thread(target=self._read, args=(stream,), daemon=True)
                        for stream in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()

    def _read(self, stream):
        for line in stream:
            self.lines.put(line)

    def output(self):
        while not self.lines.empty():
            self.text += self.lines.get_nowait()
        return self.text

    def wait_for(self, pattern, seconds=60):
        """The match of the pattern in what was printed so far, stdout or stderr."""
        def look():
            found = re.search(pattern, self.output())
            assert found or self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output()}"
            return found
        try:
            return until(look, seconds, pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output()}") from None

    def children(self):
        return children_of(self.pid)

    def child(self, word):
        """The pid of the child whose command line holds the word; 0 when there is none."""
        return next((pid for pid, line in self.children().items() if word in line), 0)

    def wait(self, seconds=60):
        code = self.process.wait(seconds)
        for reader in self.readers:
            reader.join(5)
        return code

    def stop(self, number=signal.SIGINT, seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait(seconds)

    def end(self):
        """For clean-up: whatever state it is in."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.wait(10)


def default_configuration():
    """What `gitomatic up` appends to the postgresql.conf of a cluster that it makes."""
    source = (ROOT / "cli/cluster/pg_folder.c").read_text()
    literals = re.findall(r'"((?:[^"\\]|\\.)*)"', re.search(r"pg_conf\[\] =\n(.*?);\n", source, re.S)[1])
    return "".join(literals).replace("\\n", "\n")


def _with_schema():
    """The folder of a cluster as `gitomatic up` makes it, with the schema and without a record or a user."""
    pg = Postgres(user="gitomatic")
    try:
        pg.initialise("-U", "gitomatic", "--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8", "--auth-local=trust",
                      "--auth-host=reject", "--data-checksums")
        with open(pathlib.Path(pg.data) / "postgresql.conf", "a") as conf:
            conf.write(default_configuration())
        pg.start()
        assert (made := run("migrate", DATABASE_URL=pg.url())).returncode == 0, made.stderr
        pg.stop()
    except BaseException:
        pg.remove()
        raise
    return pathlib.Path(pg.folder)


def put_cluster(folder, args, env):
    """Where the first `gitomatic up` of a folder would make its cluster: most of the time of a start, and not what is tested there."""
    data = folder / ("var/demo" if "--demo" in args else "var")
    if not {"DATABASE_URL", "DATABASE_URL_FILE", "GITOMATIC_DATA"} & set(env) and not data.exists():
        data.mkdir(parents=True)
        subprocess.run(["cp", "-a", made_once("with schema", _with_schema) / "data", data / "pg"], check=True)


class Up(Process):
    """gitomatic up; the API and the mirror take free ports. first: it makes its cluster itself."""

    def __init__(self, *args, cwd, first=False, **env):
        if not first:
            put_cluster(pathlib.Path(cwd), args, env)
        super().__init__("up", *args, cwd=cwd, **{"API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0", **env})

    def wait_ready(self):
        self.wait_for("Ctrl-C stops everything")
        return self

    def url(self):
        return self.wait_for(r"psql '([^']+)'").group(1)
