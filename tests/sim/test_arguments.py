"""The command line: what is wrong is named, with what was expected, and the exit code is 2."""
import subprocess

import pytest

from simulator_process import BINARY, Sim


def run(*arguments):
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("arguments,words", [
    ((), ("--listen", "HOST:PORT")),
    (("--listen", "nowhere"), ("nowhere", "HOST:PORT")),
    (("--listen", "127.0.0.1:99999"), ("127.0.0.1:99999",)),
    (("--listen", "127.0.0.1:0", "--users", "few"), ("--users", "few", "whole number")),
    (("--listen", "127.0.0.1:0", "--users", "-4"), ("-4", "10 to 2000000")),
    (("--listen", "127.0.0.1:0", "--faults", "1.5"), ("--faults", "1.5", "0 to 1")),
    (("--listen", "127.0.0.1:0", "--fault-kinds", "500,teapot"), ("500,teapot", "html200")),
    (("--listen", "127.0.0.1:0", "--stargazers", "maybe"), ("maybe", "open, empty")),
    (("--listen", "127.0.0.1:0", "--base-path", "api/"), ("api/", "starts with /")),
    (("--listen", "127.0.0.1:0", "--limit-status", "404"), ("403 or 429",)),
    (("--listen", "127.0.0.1:0", "--token", "=ada"), ("--token", "LOGIN")),
    (("--listen", "127.0.0.1:0", "--moves-file", "file"), ("--moves-file", "'file'", "--moves with it")),
    (("--listen", "127.0.0.1:0", "--limit"), ("--limit",)),
    (("--frobnicate",), ("--frobnicate", "--help")),
    (("stray",), ("stray", "--help"))])
def test_wrong_use(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    for word in words:
        assert word in done.stderr


def test_help_lists_the_options():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--listen", "--data", "--users", "--faults", "--token", "--trace", "--control"):
        assert option in done.stdout


def test_files_that_cannot_be_opened_are_named(tmp_path):
    missing = run("--listen", "127.0.0.1:0", "--data", str(tmp_path))
    assert missing.returncode == 1 and "users.jsonl.gz" in missing.stderr
    trace = run("--listen", "127.0.0.1:0", "--users", "20", "--trace", str(tmp_path / "no" / "where"))
    assert trace.returncode == 1 and "--trace" in trace.stderr


def test_a_taken_port_is_an_error():
    sim = Sim("--users", "20")
    done = run("--listen", sim.url.split("//")[1], "--users", "20")
    assert done.returncode == 1 and "cannot listen" in done.stderr
    assert sim.stop() == 0


def test_without_control_there_is_no_back_door():
    sim = Sim("--users", "20")
    assert sim.get("/_sim/truth").status_code == 404
    assert sim.stop() == 0
