"""What processes tell the service manager that started them: sd_notify(3)."""
import os
import pathlib
import signal
import socket

import pytest

from gitomatic_cli import Process, Up, make_folder, remove_folder, until


class Manager:
    """NOTIFY_SOCKET, and what came through it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)
        self.told = []

    def look(self, state):
        try:
            while True:
                self.told.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            pass
        return state in self.told


@pytest.fixture
def manager(tmp_path):
    one = Manager(str(tmp_path / "notify"))
    one.path = str(tmp_path / "notify")
    yield one
    one.socket.close()


@pytest.fixture
def place():
    folder = make_folder()
    yield folder
    remove_folder(folder)


def test_up_is_ready_when_the_api_answers_and_reports_that_it_stops(place, manager):
    up = Up("--demo", cwd=place, NOTIFY_SOCKET=manager.path, WATCHDOG_USEC=400000)
    try:
        until(lambda: manager.look("READY=1"), 120, "READY=1")
        up.wait_for("Ctrl-C stops everything")
        until(lambda: manager.look("WATCHDOG=1") and manager.told.count("WATCHDOG=1") >= 3, 60, "signs of life")
        for child in up.children():
            environment = pathlib.Path(f"/proc/{child}/environ").read_bytes()
            assert b"NOTIFY_SOCKET" not in environment and b"WATCHDOG" not in environment
        # A new password would stay in the manager's log.
        up.wait_for("API user   none yet: make one with")
        assert "password" not in up.output()
        assert "STOPPING=1" not in manager.told and manager.told.count("READY=1") == 1
    finally:
        os.kill(up.pid, signal.SIGTERM)
    until(lambda: manager.look("STOPPING=1"), 60, "STOPPING=1")
    up.end()


@pytest.mark.parametrize("name", ["api", "crawler", "scheduler", "mirror"])
def test_each_process_is_ready_alive_and_stops(server, place, manager, name):
    url = server.wait_for(r"psql '(postgresql://[^']+)'").group(1)
    process = Process(name, cwd=place, NOTIFY_SOCKET=manager.path, WATCHDOG_USEC=400000, DATABASE_URL=url,
                      API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0", GITHUB_API_URL="http://127.0.0.1:9")
    try:
        until(lambda: manager.look("READY=1"), 60, "READY=1")
        until(lambda: manager.look("WATCHDOG=1"), 60, "a sign of life")
        assert "STOPPING=1" not in manager.told
    finally:
        os.kill(process.pid, signal.SIGTERM)
    until(lambda: manager.look("STOPPING=1"), 60, "STOPPING=1")
    process.end()


@pytest.mark.parametrize("name", ["crawler", "scheduler"])
def test_a_reload_with_changed_settings_is_not_a_stop(server, place, manager, name):
    """STOPPING=1 would make systemd end the unit: the process restarts its work itself, and is then ready."""
    url, conf = server.wait_for(r"psql '(postgresql://[^']+)'").group(1), place / "reload.conf"
    conf.write_text("HEARTBEAT_SCHEDULE=off\n")
    process = Process(name, cwd=place, NOTIFY_SOCKET=manager.path, DATABASE_URL=url, GITOMATIC_CONF=conf,
                      GITHUB_API_URL="http://127.0.0.1:9")

    def ready_again():
        manager.look("")
        states = [state.partition("\n")[0] for state in manager.told]
        return "RELOADING=1" in states and "READY=1" in states[states.index("RELOADING=1"):]
    try:
        until(lambda: manager.look("READY=1"), 60, "READY=1")
        for n in range(3):
            manager.told.clear()
            conf.write_text(f"HEARTBEAT_SCHEDULE={n} * * * *\n")
            os.kill(process.pid, signal.SIGHUP)
            until(ready_again, 60, "READY=1 after RELOADING=1")
            assert "STOPPING=1" not in manager.told
    finally:
        os.kill(process.pid, signal.SIGTERM)
    until(lambda: manager.look("STOPPING=1"), 60, "STOPPING=1")
    process.end()


def test_an_abstract_socket(server, place):
    manager = Manager("\0gitomatic-test-" + place.name)
    url = server.wait_for(r"psql '(postgresql://[^']+)'").group(1)
    process = Process("scheduler", cwd=place, NOTIFY_SOCKET="@gitomatic-test-" + place.name, DATABASE_URL=url)
    try:
        until(lambda: manager.look("READY=1"), 60, "READY=1")
        assert "WATCHDOG=1" not in manager.told
    finally:
        process.end()
        manager.socket.close()
