"""The whole way of a newcomer on a fresh Debian: script/server as root, then as a user with sudo, then script/test's packages.
Takes minutes and a gigabyte below /var/tmp: run with --slow, or where GITOMATIC_FRESH=1."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import time

import chroot
import packages
import pytest
from gitomatic_cli import until
from test_without_test_packages import LEFT_OUT

START_S = 900


@pytest.fixture(scope="module")
def bare(request):
    if not request.config.getoption("--slow") and os.environ.get("GITOMATIC_FRESH") != "1":
        pytest.skip("takes minutes: --slow or GITOMATIC_FRESH=1 runs it")
    if why := chroot.missing():
        pytest.skip(why)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-debian-", dir="/var/tmp"))
    folder.chmod(0o755)
    machine = chroot.Debian(folder / "bare")
    try:
        yield machine.bootstrap()
    finally:
        machine.remove()
        shutil.rmtree(folder)  # the log


@pytest.fixture
def debian(bare):
    machine = bare.copy(bare.root.parent / "machine")
    yield machine
    machine.remove()


def free_ports():
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def clone(debian, home, user):
    shutil.copytree(packages.REPO, debian.root / home / "gitomatic", ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    debian.run(f"chown -R {user}: /{home}/gitomatic")


def serve(debian, tree, user, what):
    """script/server --demo until records are synced; its log and process. Prints how long that took."""
    api, mirror = free_ports()
    log, begun = debian.root.parent / "log", time.monotonic()
    server = debian.start(f"cd {tree} && API_LISTEN=127.0.0.1:{api} MIRROR_LISTEN=127.0.0.1:{mirror} exec script/server --demo",
                          log, user)

    def synced():
        assert server.poll() is None, log.read_text()[-4000:]
        if "Ctrl-C stops everything" not in log.read_text():
            return False
        done = debian.run(f"cd {tree} && GITOMATIC_DATA=var/demo build/gitomatic status --json", user, check=False)
        return done.returncode == 0 and json.loads(done.stdout)["developers"]["synced"] > 0
    until(synced, START_S, "records to be synced")
    print(f"{what}: {time.monotonic() - begun:.0f} s to the first synced record")
    return log.read_text(), server, api


def interrupt(debian, server):
    os.killpg(server.pid, signal.SIGINT)  # as a terminal does: the whole group
    assert server.wait(60) == 0
    until(lambda: not debian.processes(), 30, "all processes to end")


@pytest.mark.parametrize("user, home", [("root", "root"), ("ann", "home/ann")])
def test_a_newcomers_way(debian, user, home):
    if user != "root":
        debian.run("apt-get -qq update && apt-get -qq -y --no-install-recommends install sudo && useradd -m -s /bin/bash ann && "
                   "echo 'ann ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ann")
    clone(debian, home, user)
    tree = f"/{home}/gitomatic"
    log, server, api = serve(debian, tree, user, f"first start as {user}")
    password = re.search(r"password (\S{20}) ", log).group(1)
    assert debian.run("dpkg-query -W -f '${Status}' libcmocka-dev", check=False).stdout.find("ok installed") < 0

    # README's first curl; curl itself is not among script/server's packages.
    debian.run("apt-get -qq -y --no-install-recommends install curl")
    line = re.search(r"^curl -u admin:PASSWORD .*$", (packages.REPO / "README.md").read_text(), re.M).group(0)
    line = line.replace("PASSWORD", password).replace("127.0.0.1:8000", f"127.0.0.1:{api}")
    until(lambda: re.search(r'"count":[1-9]', debian.run(f"{line} --fail --silent").stdout), 60, f"{line} to find something")
    interrupt(debian, server)

    log, server, _ = serve(debian, tree, user, f"second start as {user}")
    assert "installing" not in log and "database.init" not in log, log[-3000:]
    interrupt(debian, server)

    if user == "root":  # the same folder becomes a tree of tests, and serves again
        debian.run(f"cd {tree} && . script/install && install_packages test && "
                   "configure build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=ON && cmake --build build && "
                   "ctest --test-dir build --no-tests=error -R 'test_(api_encoding|arena|clock)$' && "
                   "/usr/bin/python3 -m pytest -q -p no:cacheprovider --collect-only tests", timeout=1800)
        _, server, _ = serve(debian, tree, user, "start after script/test's packages")
        interrupt(debian, server)
