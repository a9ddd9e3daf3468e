"""LOG_TARGET: the same events, wherever they go."""
import json
import os
import re
import socket
import subprocess
import time

import pytest

from gitomatic_cli import BIN, clean_env

TARGETS = {"syslog": "/dev/log", "journald": "/run/systemd/journal/socket"}


def run_api(until, **env):
    """An API that waits for a database, until its log says so. Returns its stderr."""
    environment = clean_env(DATABASE_URL="postgresql:///x?host=/nonexistent", API_LISTEN="127.0.0.1:0", **env)
    process = subprocess.Popen([BIN, "api"], env=environment, stderr=subprocess.PIPE, text=True, cwd="/")
    try:
        until()
    finally:
        process.kill()
        stderr = process.communicate(timeout=30)[1]
    return stderr


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_file_gets_the_lines_and_stderr_none(tmp_path):
    path = tmp_path / "log"
    stderr = run_api(lambda: wait_for(lambda: path.exists() and "database.wait" in path.read_text()),
                     LOG_TARGET=str(path), LOG_FORMAT="json")
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["database.wait"]
    assert stderr == ""


def answers(path):
    """Whether a service listens there; a socket that an earlier run left behind is removed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        try:
            one.connect(path)
            return True
        except FileNotFoundError:
            return False
        except ConnectionRefusedError:
            os.unlink(path)
            return False


def fields_of(entry):
    """Of the journal's native protocol: NAME=value, or NAME, the length and a value of several lines."""
    found = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(entry[:8], "little")
            value, entry = entry[8:8 + size], entry[8 + size + 1:]
        found[name.decode()] = value.decode()
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_a_log_of_the_systems_gets_the_lines(target):
    path = TARGETS[target]
    if os.geteuid() or answers(path):
        pytest.skip("the machine has such a service, or this is not root")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    received = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
        service.bind(path)
        service.settimeout(30)
        try:
            def waiting():
                while not any(b"database.wait" in one for one in received):
                    received.append(service.recv(65536))
            stderr = run_api(waiting, LOG_TARGET=target)
        finally:
            os.unlink(path)
    warned, = [one for one in received if b"database.wait" in one]
    assert b"gitomatic" in warned and b"api database.wait error=" in warned
    # a warning is priority 4, in syslog below the facility "user" (1)
    assert warned.startswith(b"<12>") if target == "syslog" else b"PRIORITY=4\n" in warned
    if target == "journald":
        fields = fields_of(warned)
        error = json.loads(re.search(r'error=("(?:[^"\\]|\\.)*")', fields["MESSAGE"])[1])
        assert fields.items() >= {"SYSLOG_IDENTIFIER": "gitomatic", "GITOMATIC_PROCESS": "api", "GITOMATIC_EVENT": "database.wait",
                                  "GITOMATIC_FOR_S": "30", "GITOMATIC_ERROR": error}.items()
    assert stderr == ""


@pytest.mark.parametrize("target,code,said", [
    ("sylog", 2, "LOG_TARGET: got \"sylog\", expected stderr, syslog, journald, or the path of a file"),
    ("/nonexistent/log", 2, "LOG_TARGET: can't append to /nonexistent/log: No such file or directory"),
])
def test_an_invalid_target_is_refused(target, code, said):
    done = subprocess.run([BIN, "status"], env=clean_env(LOG_TARGET=target), capture_output=True, text=True, cwd="/", timeout=60)
    assert done.returncode == code and said in done.stderr
