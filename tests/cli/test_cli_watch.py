"""gitomatic status --watch: a full screen on a terminal, text again and again elsewhere."""
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

import pathlib
import sys

import psycopg2
import pytest
from gitomatic_cli import BIN, clean_env, until
from screen import set_size

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from pg import Postgres  # noqa: E402


@pytest.fixture(scope="module")
def pg():
    with Postgres() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def database(pg):
    pg.psql("create database watched", "postgres")
    url = pg.url("watched")
    subprocess.run([BIN, "migrate"], env=clean_env(DATABASE_URL=url), check=True, capture_output=True)
    return url


def own_terminal():
    """The keys that end a program are its signals. Those that the tests were started with as ignored, as by nohup, would stay so."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class OnTerminal:
    def __init__(self, url, columns=100, rows=40, **env):
        self.master, slave = pty.openpty()
        set_size(slave, columns, rows)
        self.process = subprocess.Popen([BIN, "status", "--watch"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own_terminal,
                                        env=clean_env(DATABASE_URL=url, TERM="xterm", LANG="C.UTF-8", **env))
        os.close(slave)
        self.shown = ""

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return self.shown
            if not part:
                break
            self.shown += part.decode(errors="replace")
        return self.shown

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


def sql(url, text):
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(text)


@pytest.mark.parametrize("how", ["q", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "ctrl-backslash"])
def test_the_screen_is_restored_at_the_end(how, database):
    t = OnTerminal(database)
    try:
        until(lambda: "developers" in t.read() and "rate" in t.shown and "error" in t.shown)
        assert "\x1b[?1049h" in t.shown, "a screen of its own"
        if how == "q":
            os.write(t.master, b"q")
        elif how == "ctrl-backslash":
            os.write(t.master, b"\x1c")
        else:
            t.process.send_signal(getattr(signal, how))
        until(lambda: t.read() is not None and t.process.poll() is not None)
        t.read()
        assert t.process.returncode == 0 and "\x1b[?1049l" in t.shown, "the screen before is back"
    finally:
        t.end()


def test_the_screen_shows_changes(database):
    t = OnTerminal(database)
    try:
        until(lambda: "developers" in t.read())
        sql(database, "insert into developers (github_id, login, first_seen_at) select i, 'w' || i, now() from generate_series(1, 7321) i")
        until(lambda: "7321" in t.read())
        sql(database, "insert into jobs (kind, key, subject, state, error, finished_at) "
                      "values ('full_profile_sync', 'k', 'ada', 'failed', 'it could not be', now())")
        until(lambda: "it could not be" in t.read())
    finally:
        t.end()


def test_a_small_terminal_says_that_there_is_more(database):
    t = OnTerminal(database, columns=30, rows=4)
    try:
        until(lambda: "more: use" in t.read())
    finally:
        t.end()


def test_text_without_a_terminal(database):
    process = subprocess.Popen([BIN, "status", "--watch"], env=clean_env(DATABASE_URL=database), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    seen = []
    while len([line for line in seen if line.startswith("developers ")]) < 2:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        seen.append(line)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0 and "\x1b" not in "".join(seen)
    assert [line.split()[0] for line in seen if line.strip()].count("rate") >= 1


def test_a_rate_is_shown_once_it_was_measured_for_ten_seconds(database):
    begun = time.monotonic()
    process = subprocess.Popen([BIN, "status", "--watch"], env=clean_env(DATABASE_URL=database), stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True)
    told = []
    while not told or told[-1] == "rate          is measured for ten seconds\n":
        line = process.stdout.readline()
        assert line and len(told) < 30, told
        told += [line] if line.startswith("rate ") else []
    assert time.monotonic() - begun >= 10 and "records synced a minute" in told[-1] and len(told) > 1, told
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_closed_output_ends_it(database):
    process = subprocess.Popen([BIN, "status", "--watch"], env=clean_env(DATABASE_URL=database), stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 0


def test_json_and_watch_are_two_things(database):
    done = subprocess.run([BIN, "status", "--watch", "--json"], env=clean_env(DATABASE_URL=database), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "--json and --watch" in done.stderr


def test_a_database_that_goes_away_is_waited_for(pg, database):
    t = OnTerminal(database)
    try:
        until(lambda: "developers" in t.read())
        pg.psql("alter database watched allow_connections false", "postgres")
        pg.psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'watched'", "postgres")
        time.sleep(3)
        pg.psql("alter database watched allow_connections true", "postgres")
        sql(database, "insert into developers (github_id, login, first_seen_at) select i, 'x' || i, now() from generate_series(8001, 8999) i")
        until(lambda: "8320" in t.read())
    finally:
        pg.psql("alter database watched allow_connections true", "postgres")
        t.end()
