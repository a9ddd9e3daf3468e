"""SIGHUP to `gitomatic up`, which passes it on; and when it means to stop: the terminal has gone."""
import http.client
import os
import pty
import re
import signal
import subprocess
import urllib.parse

import psycopg2
import pytest

from gitomatic_cli import BIN, Process, Up, clean_env, make_folder, remove_folder, until
from stack import holds

MIB = 1 << 20


class Everything:
    """gitomatic up with a settings file and a log file."""

    def __init__(self):
        self.folder = make_folder()
        self.conf, self.log = self.folder / "gitomatic.conf", self.folder / "all.log"
        self.settings(ALLOWED_HOSTS="a.example,localhost")
        self.up = Up("--discovery-schedule", "off", cwd=self.folder, GITOMATIC_CONF=self.conf, LOG_TARGET=self.log,
                     GITHUB_API_URL="http://127.0.0.1:9", API_LISTEN=None, MIRROR_LISTEN=None)
        self.up.wait_ready()
        address = urllib.parse.urlsplit(self.up.wait_for(r"API +(http://\S+?)/github/")[1])
        self.port = address.port

    def settings(self, **settings):
        settings = {"API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0", **settings}
        new = self.folder / "new.conf"
        new.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        new.rename(self.conf)

    def status(self, host):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/github/", headers={"Host": host})
            return connection.getresponse().status
        except OSError:
            return 0  # it is being started
        finally:
            connection.close()

    def hup(self):
        os.kill(self.up.pid, signal.SIGHUP)


@pytest.fixture(scope="module")
def everything():
    made = Everything()
    yield made
    made.up.end()
    remove_folder(made.folder)


def services(log):
    return {one for one in ("api", "mirror", "crawler", "scheduler") if re.search(rf" {one} config\.reloaded", log)}


def test_every_process_reopens_the_log_and_reads_its_settings(everything):
    before = everything.up.children()
    everything.log.rename(everything.folder / "all.log.1")
    everything.settings(ALLOWED_HOSTS="b.example,localhost")
    everything.hup()
    until(lambda: everything.log.exists() and services(everything.log.read_text()) == {"api", "mirror", "crawler", "scheduler"},
          60, "all four")
    assert "up.reloaded" in everything.log.read_text()
    assert "config.reloaded" not in (everything.folder / "all.log.1").read_text()
    assert everything.up.children().keys() == before.keys()  # no process was restarted
    assert [everything.status(host) for host in ("a.example", "b.example")] == [400, 200]


def test_a_process_that_is_started_again_has_the_settings_of_now(everything):
    everything.settings(ALLOWED_HOSTS="c.example,localhost")
    os.kill(everything.up.child(" api"), signal.SIGKILL)
    until(lambda: everything.status("c.example") == 200, 60, "the API to be back")
    assert everything.status("b.example") == 400


def test_a_wrong_file_is_refused_by_all_and_nothing_ends(everything):
    before = everything.up.children()
    everything.settings(ALLOWED_HOSTS="d.example", DISCOVERY_COUNT="many")
    everything.hup()

    def refused():
        return len(set(re.findall(r" (\w+) config\.refused .*DISCOVERY_COUNT", everything.log.read_text()))) == 4
    until(refused, 60, "four refusals")
    assert everything.status("d.example") == 400
    assert everything.up.children().keys() == before.keys()
    everything.settings(ALLOWED_HOSTS="localhost")


def test_a_changed_setting_that_up_has_fixed_is_reported(everything):
    """Its processes can't: their environment has up's values."""
    before = everything.up.children()
    everything.settings(ALLOWED_HOSTS="localhost", API_LISTEN="127.0.0.1:1", MIRROR_LISTEN="127.0.0.1:2",
                        DATABASE_URL="postgresql://nobody:secret-of-mine@127.0.0.1:3/none")
    everything.hup()
    until(lambda: re.search(r"config\.needs_restart settings=API_LISTEN,MIRROR_LISTEN,DATABASE_URL\b", everything.log.read_text()),
          60, "the warning")
    assert everything.up.children().keys() == before.keys()
    assert "secret-of-mine" not in everything.log.read_text() and "secret-of-mine" not in everything.up.output()
    everything.settings(ALLOWED_HOSTS="localhost")


def test_pg_log_is_rotated_while_the_server_runs(everything):
    """Its two files stay within 64 MiB however much is logged, and the server continues with the same file."""
    log, old = everything.folder / "var" / "pg.log", everything.folder / "var" / "pg.log.1"
    with psycopg2.connect(everything.up.url()) as connection, connection.cursor() as cursor:
        for number in range(3):
            cursor.execute("set client_min_messages = error")
            cursor.execute(f"do $$ begin for i in 1..36 loop raise warning 'round {number} %', repeat('x', {MIB}); end loop; end $$")
            until(lambda: old.exists() and log.stat().st_size <= 32 * MIB, 60, "the rotation")
            assert old.stat().st_size <= 64 * MIB
        cursor.execute("do $$ begin raise warning 'the last line'; end $$")
        until(lambda: "the last line" in log.read_text(), 60, "the last line")
    assert old.stat().st_size <= 64 * MIB and not (everything.folder / "var" / "pg.log.1.new").exists()
    assert b"round 2" in old.read_bytes()[-2 * MIB:] or "round 2" in log.read_text()


# ---- without a service manager ----

@pytest.fixture
def address(server):
    return {"DATABASE_URL": server.url(), "API_LISTEN": "127.0.0.1:0", "GITOMATIC_CONF": "/dev/null"}


def test_a_terminal_that_goes_means_to_stop(address, tmp_path):
    log = tmp_path / "log"
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests themselves run below nohup
        os.execve(BIN, [BIN, "api"], clean_env(LOG_TARGET=log, **address))
    try:
        until(lambda: log.exists() and "api.listening" in log.read_text(), 60, "the API")
        os.kill(pid, signal.SIGHUP)  # the terminal is there
        until(lambda: "config.reloaded" in log.read_text(), 60, "the settings to be read")
        os.close(terminal)
        until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, 60, "the end")
        assert "api.stopped" in log.read_text()
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise


def test_nohup_is_heeded_and_a_reload_works_all_the_same(address, tmp_path):
    log = tmp_path / "log"
    process = subprocess.Popen(["nohup", BIN, "api"], env=clean_env(LOG_TARGET=log, **address), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    try:
        until(lambda: log.exists() and "api.listening" in log.read_text(), 60, "the API")
        process.send_signal(signal.SIGHUP)
        until(lambda: "config.reloaded" in log.read_text(), 60, "the settings to be read")
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(60) == 0


def test_a_command_that_does_not_serve_ends(address, tmp_path):
    """SIGHUP means to stop there, as before."""
    process = Process("task", "full_profile_sync", "--username", "nobody-syncs", "--wait", cwd=tmp_path,
                      **{name: value for name, value in address.items() if name != "API_LISTEN"})
    until(lambda: holds(process.pid, signal.SIGHUP), 60, "it to wait")
    os.kill(process.pid, signal.SIGHUP)
    assert process.wait(60) != 0
