"""Limits of a process (ulimit): each is named by the error of what needs more; nothing ends by a signal without a word."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from database_world import until, world_in  # noqa: F401
from pg import memory_folder
from stack import BINARY, PATIENCE_S

PROCESSES = ["api", "mirror", "crawler", "scheduler"]
COMMANDS = ["status", "user list", "user add ann", "task discovery_scraper", "migrate", "doctor", "export x", "forget --list",
            "webhook list", "tune"]
WORKS = {"api": "api.listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "mirror.listening"}
MB = 1 << 20

SOMEBODY = 61000 + os.getpid() % 4000  # a user of no other process, whose threads would count, too


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with world_in(tmp_path_factory.mktemp("limits")) as world:
        s = world(world.pg.url(), MIRROR_LISTEN="127.0.0.1:0")
        s.run("migrate")
        yield s


@pytest.fixture
def folder():
    """That any user may use."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-limits-", dir=memory_folder()))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def limited(s, folder, limit, command, somebody=False, works=None, **env):
    """Exit code, stdout and stderr of a command under a limit, e.g. --nofile=16:16. somebody: as a user who has no other process. works: the
    line after which the process is stopped."""
    words = ["prlimit", limit, *(["setpriv", f"--reuid={SOMEBODY}", "--clear-groups"] if somebody and os.geteuid() == 0 else []),
             str(BINARY), *command.split()]
    out, error = folder / "out", folder / "error"
    with contextlib.ExitStack() as ends:  # the files that are read are another process's: a limit of their size is for the command only
        pipes = []
        for path in (out, error):
            writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=ends.enter_context(open(path, "w")))
            ends.callback(writer.wait)
            ends.callback(writer.stdin.close)
            pipes.append(writer.stdin)
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=pipes[0], stderr=pipes[1], cwd=folder,
                                   env={**s.env, "HOME": str(folder), **{k: str(v) for k, v in env.items()}})
        try:
            if works:
                until(lambda: process.poll() is not None or any(word in error.read_text() for word in works.split("|")), works)
                process.terminate()
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
    return code, out.read_text(), error.read_text()


# ---- threads ----

@pytest.fixture
def nobody():
    if os.geteuid() == 0 and subprocess.run(["setpriv", f"--reuid={SOMEBODY}", "--clear-groups", BINARY, "--version"], capture_output=True).returncode:
        pytest.skip("other users may not read the program")


@pytest.mark.parametrize("command", PROCESSES + COMMANDS)
def test_one_process_and_no_thread(stack, folder, nobody, command):
    code, out, error = limited(stack, folder, "--nproc=1:1", command, True)
    assert code == 1 and "can't start a thread: " in out + error and "1 processes and threads of this user (ulimit -u" in out + error, error


@pytest.mark.parametrize("command,threads", [("scheduler", 3), ("mirror", 3), ("crawler", 6), ("api", 20)])
def test_a_few_threads(stack, folder, nobody, command, threads):
    """Enough to begin."""
    error = limited(stack, folder, f"--nproc={threads}:{threads}", command, True, "database.wait")[2]
    assert f"{threads} processes and threads of this user (ulimit -u" in error and "no answer in time" not in error, error


# ---- the size of files ----

@pytest.mark.parametrize("command", PROCESSES)
def test_a_log_file_as_large_as_it_may_be(stack, folder, command):
    """Its lines go to stderr, and the process goes on."""
    code, _, error = limited(stack, folder, "--fsize=0:0", command, works=WORKS[command], LOG_TARGET=folder / "log", LOG_FORMAT="json")
    assert code == 0, error
    refused, = [line for line in map(json.loads, error.splitlines()) if line["event"] == "log.refused"]
    assert "File too large (ulimit -f" in refused["why"]


@pytest.fixture
def small_disk():
    """A file system of 256 kB."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-small-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", path], capture_output=True).returncode:
        path.rmdir()
        pytest.skip("no file system can be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)
    path.rmdir()


def fill(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as out:
        while True:
            out.write(b"x" * 4096)


def test_a_log_file_on_a_full_disk(stack, small_disk):
    """Its lines go to stderr, and to the file again once it takes them; at most one line there is cut."""
    path, ballast = small_disk / "log", small_disk / "ballast"
    process = stack.start("scheduler", LOG_TARGET=path, LOG_FORMAT="json", GITOMATIC_CONF="/dev/null")

    def one_more_line(where):
        before = len(where())

        def came():
            process.popen.send_signal(signal.SIGHUP)  # which is told
            return len(where()) > before
        until(came, "a line")
    until(lambda: path.exists() and "scheduler.start" in path.read_text(), "the start")
    fill(ballast)

    def refused():
        assert process.running
        process.popen.send_signal(signal.SIGHUP)
        return "log.refused" in process.log()
    until(refused, "the last page of the file to be full")
    one_more_line(process.log)
    heard = [json.loads(line) for line in process.log().splitlines()]
    refused = [line for line in heard if line["event"] == "log.refused"]
    assert len(refused) == 1 and refused[0]["level"] == "error" and "No space left on device" in refused[0]["why"], heard
    assert {"config.reloaded"} == {line["event"] for line in heard if line not in refused}
    ballast.unlink()
    one_more_line(path.read_text)
    assert process.stop() == 0
    cut = 0
    for line in path.read_text().splitlines():
        try:
            last = json.loads(line)
        except ValueError:
            cut += 1
    assert cut <= 1 and last["event"] == "scheduler.stop"


@pytest.mark.parametrize("command", ["export x", "export x --gzip", "export x --format jsonl", "export x --format sqlite"])
@pytest.mark.parametrize("size", [0, 1000])
def test_an_export_larger_than_files_may_be(stack, folder, command, size):
    code, _, error = limited(stack, folder, f"--fsize={size}:{size}", command)
    assert code == 1 and "x/" in error and ": cannot be written: File too large (ulimit -f" in error, error
    assert not (folder / "x").exists()


@pytest.mark.parametrize("form", ["csv", "jsonl", "sqlite"])
def test_an_export_on_a_full_disk(stack, small_disk, form):
    fill(small_disk / "ballast")
    done = stack.run("export", str(small_disk / "x"), "--format", form, check=False)
    assert done.returncode == 1 and f"{small_disk}/x/" in done.stderr and re.search("No space left on device|disk is full", done.stderr), done.stderr
    assert not (small_disk / "x").exists()


def test_a_full_disk_of_the_embedded_servers_log(stack, folder, small_disk):
    """PostgreSQL goes on without it."""
    (small_disk / "pg.log").touch()
    fill(small_disk / "ballast")
    (folder / "data").mkdir()
    (folder / "data" / "pg.log").symlink_to(small_disk / "pg.log")
    code, out, error = limited(Without(stack), folder, "--core=0", "up", works="api.listening", GITOMATIC_DATA=folder / "data",
                               API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0")
    assert code == 0 and "api.listening" in error and "database.ready" in error, error


# ---- open files ----

@pytest.mark.parametrize("files", [5, 16])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_with_few_open_files(stack, folder, command, files):
    """Does its work or names the limit."""
    code, out, error = limited(stack, folder, f"--nofile={files}:{files}", command)
    assert code == 0 or "Too many open files (ulimit -n" in error or (command == "doctor" and "does not answer" in out), error  # GitHub


# ---- the stack ----

@pytest.mark.parametrize("command", PROCESSES + ["status", "doctor"])
def test_a_small_stack(stack, folder, command):
    """Is raised where that is allowed, else refused."""
    code, out, error = limited(stack, folder, "--stack=65536:", command, works=WORKS.get(command))
    assert (code == 0 or command == "doctor" and out) and "kB of stack" not in error, error
    code, _, error = limited(stack, folder, "--stack=65536:65536", command)
    assert code == 1 and error == (f"gitomatic {command}: only 64 kB of stack are allowed, expected at least 1024: raise the limit (ulimit -Hs, "
                                   "LimitSTACK= of a systemd unit)\n")


# ---- memory ----

def needs_whole_memory():
    """Under a sanitizer, address space is another thing."""
    if subprocess.run(["prlimit", f"--as={200 * MB}", BINARY, "--version"], capture_output=True).returncode:
        pytest.skip("this build needs more address space for itself")


@pytest.mark.parametrize("command,megabytes", [("api", 60), ("api", 300), ("mirror", 60), ("crawler", 60)])
def test_a_process_without_address_space(stack, folder, command, megabytes):
    needs_whole_memory()
    code, _, error = limited(stack, folder, f"--as={megabytes * MB}", command, LOG_FORMAT="json")
    assert code in (1, -signal.SIGABRT) and f"{megabytes} MB of address space (ulimit -v" in error, error


def test_an_export_without_address_space(stack, folder):
    """Its last line is a line of the log as any other; or it works."""
    needs_whole_memory()
    failures = 0
    for megabytes in range(36, 120, 12):
        code, _, error = limited(stack, folder, f"--as={megabytes * MB}", "export x", LOG_FORMAT="json")
        if code not in (0, 127):  # 127: not even the libraries can be loaded
            failures += 1
            assert f"{megabytes} MB of address space (ulimit -v" in error, error
            last = error.splitlines()[-1]
            assert code != -signal.SIGABRT or json.loads(last)["event"] == "memory.exhausted", last
        shutil.rmtree(folder / "x", ignore_errors=True)
    assert failures


# ---- gitomatic up ----

@pytest.mark.parametrize("limit,somebody,words", [
    ("--nofile=16:16", False, "only 16 open files are allowed, expected at least 128"),
    ("--nofile=64:64", False, "only 64 open files are allowed, expected at least 128"),
    ("--fsize=100000000:100000000", False, "files of only 95 MB are allowed, and PostgreSQL needs 1024: raise the limit (ulimit -f"),
    (f"--as={190 * MB}", False, "190 MB of address space (ulimit -v"),
    ("--stack=65536:65536", False, "only 64 kB of stack are allowed"),
    ("--nproc=2:2", True, "2 processes and threads of this user (ulimit -u")])
def test_up(stack, folder, limit, somebody, words, request):
    """With a cluster of its own: before anything is made, or with PostgreSQL's own reason beside the limit."""
    if somebody:
        request.getfixturevalue("nobody")
    if "--as" in limit:
        needs_whole_memory()
    without = Without(stack)
    code, _, error = limited(without, folder, limit, "up", somebody, "Ctrl-C stops everything|service.restart", GITOMATIC_DATA=folder / "data",
                             API_LISTEN="127.0.0.1:0")
    assert code == 1 and words in error and "service.restart" not in error, error


class Without:
    """The same settings, without a database."""

    def __init__(self, stack):
        self.env = {name: value for name, value in stack.env.items() if name != "DATABASE_URL"}
