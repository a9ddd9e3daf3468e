"""script/server on a machine that never saw script/test: nothing of the second half of script/packages can be found."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import packages
import pytest
from gitomatic_cli import clean_env, is_running, until

HERE = pathlib.Path(__file__).resolve().parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LEFT_OUT = ("build", "build-*", "var", ".git", "node_modules", "__pycache__")
BUILD_S = 1800  # script/test runs it beside the other tests, with the processor time that they leave


def hiding(hidden):
    """The start of a command that is run without these files."""
    if os.geteuid() == 0:
        return ["unshare", "--mount", "--propagation", "private", str(HERE / "hide"), str(hidden)]
    return [str(HERE / "hide_by_path"), str(hidden)]


@pytest.fixture
def machine(tmp_path):
    """A copy of the tree where user postgres can enter, and the list of files to hide."""
    missing = [name for name in packages.halves()[0] if name not in packages.installed()[0]]
    if missing:
        pytest.skip(f"script/server's packages are not installed: {' '.join(missing)}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-fresh-", dir="/var/tmp"))
    folder.chmod(0o755)
    shutil.copytree(packages.REPO, folder / "gitomatic", ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    hidden = folder / "hidden"
    hidden.write_text("".join(f"{name}\n" for name in packages.files_below_usr(packages.test_only())))
    yield folder / "gitomatic", hidden
    shutil.rmtree(folder)


def settings():
    """A newcomer's environment; a cache of compilers is kept, where there is one."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("CCACHE_", "CMAKE_C_COMPILER_LAUNCHER"))}
    return {**clean_env(**kept), "PATH": PATH, "API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0"}


def test_hidden_packages_are_not_found(machine):
    tree, hidden = machine
    look = "for p in python3 curl openssl nginx chromium; do ! command -v $p || exit 1; done; ! pkg-config --exists cmocka"
    subprocess.run([*hiding(hidden), "bash", "-c", look], check=True, cwd=tree, env=settings())


def test_script_server_builds_and_starts(machine):
    tree, hidden = machine
    log = tree.parent / "log"
    with open(log, "w") as out:
        server = subprocess.Popen([*hiding(hidden), "script/server", "--demo"], cwd=tree, env=settings(), stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL, start_new_session=True)

    def synced():
        assert server.poll() is None, log.read_text()[-6000:]
        if "Ctrl-C stops everything" not in log.read_text():
            return False
        status = subprocess.run([tree / "build/gitomatic", "status", "--json"], cwd=tree, capture_output=True, text=True,
                                env={**settings(), "GITOMATIC_DATA": "var/demo"}, timeout=60)
        return status.returncode == 0 and json.loads(status.stdout)["developers"]["synced"] > 0
    try:
        until(synced, BUILD_S, "records to be synced")
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0, log.read_text()[-3000:]
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
    assert not (tree / "build/gitomatic-api-test").exists() and not (tree / "build/tests").exists()
    until(lambda: not [pid for pid in running_from(tree) if is_running(pid)], 30, "all processes to end")


def running_from(tree):
    """The processes whose program lies in the tree or that work there."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if any(str(tree) in os.readlink(entry / link) for link in ("exe", "cwd")):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
