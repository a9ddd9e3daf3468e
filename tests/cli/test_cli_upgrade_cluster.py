"""gitomatic upgrade-cluster: the embedded cluster moves to another PostgreSQL completely, or not at all."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg2
import pytest
import requests

from gitomatic_cli import BIN, Process, Up, clean_env, is_running, make_folder, remove_folder, run, until

BINDIR = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[4]))[-1]
VERSION = int(BINDIR.parts[4])
COUNTS = {"developers": 1200, "api_users": 2, "mine.\"Odd name\"": 37}
SECRET = "a password of the reader's"


def fill(url):
    """Records, and what else a cluster may hold."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("insert into developers (github_id, login, first_seen_at) select i, 'dev' || i, now() from generate_series(1, 1200) i")
        cursor.execute("create schema mine; create table mine.\"Odd name\" (id serial, tabs text)")
        cursor.execute("insert into mine.\"Odd name\" (tabs) select e'a\\tb\\\\\\n' || i from generate_series(1, 37) i")
        cursor.execute("create role reader login; grant usage on schema mine to reader; grant select on mine.\"Odd name\" to reader")
        cursor.execute("alter role reader set work_mem = '3MB'")
    connection.close()
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute("create database other")
    connection.close()
    connection = psycopg2.connect(url.replace("/gitomatic?", "/other?"))
    with connection, connection.cursor() as cursor:
        cursor.execute("create table there as select generate_series(1, 11) as n")
    connection.close()


def count(url, table):
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        found = cursor.fetchone()[0]
    connection.close()
    return found


def identity(folder):
    """Differs between any two clusters that initdb made."""
    out = subprocess.run([BINDIR / "pg_controldata", folder / "var/pg"], capture_output=True, text=True, check=True).stdout
    return re.search(r"system identifier: +(\d+)", out).group(1)


@pytest.fixture(scope="module")
def filled():
    """A stopped cluster. Tests leave it as it was."""
    folder = make_folder()
    up = Up(cwd=folder, first=True).wait_ready()  # with gitomatic's own postgresql.conf
    try:
        fill(up.url())
        assert run("user", "add", "ada", "--password-stdin", cwd=folder, stdin=SECRET + "\n").returncode == 0
        assert up.stop() == 0
        yield folder
    finally:
        up.end()
        remove_folder(folder)


@pytest.fixture
def copied(filled, folder):
    """One of the test's own."""
    subprocess.run(["cp", "-a", filled / "var", folder / "var"], check=True)
    return folder


@pytest.fixture
def programs():
    """A folder with PostgreSQL's programs, some of which the test replaces by a shell script. In the script, "$real" is the program."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-test-bin-"))
    folder.chmod(0o755)
    marks = folder / "marks"
    marks.mkdir()
    marks.chmod(0o777)
    for path in BINDIR.iterdir():
        (folder / path.name).symlink_to(path)

    def replace(name, script):
        (folder / name).unlink()
        (folder / name).write_text(f"#!/bin/sh\nreal={BINDIR / name}\nmark={marks}/here\n{script}\n")
        (folder / name).chmod(0o755)
        return folder
    yield replace
    shutil.rmtree(folder, ignore_errors=True)


def upgrade(folder, *args, **env):
    return run("upgrade-cluster", *args, cwd=folder, timeout=300, **env)


def leftovers(folder):
    return [path.name for path in (folder / "var").glob("pg.*") if path.name != "pg.log"]


def assert_complete(url):
    for table, n in COUNTS.items():
        assert count(url, table) == n, table
    assert count(url.replace("/gitomatic?", "/other?"), "there") == 11


def test_all_data_are_in_the_new_cluster_and_users_can_log_in(copied, start):
    with open(copied / "var/pg/postgresql.conf", "a") as conf:
        conf.write("work_mem = 7MB\n")
    before = identity(copied)
    result = upgrade(copied, "--bindir", BINDIR)
    assert result.returncode == 0, result.stderr
    assert re.search(r"compared: \d+ tables with \d+ rows are the same", result.stdout)
    assert f"rm -r {copied}/var/pg.old-{VERSION}" in result.stdout
    assert re.search(r"those that differ:\n  work_mem = 7MB\nput", result.stdout), result.stdout
    assert identity(copied) != before and leftovers(copied) == [f"pg.old-{VERSION}"]

    up = start(Up, cwd=copied).wait_ready()
    assert "shown only this once" not in up.output()  # the users are those of before
    assert_complete(up.url())
    connection = psycopg2.connect(up.url().replace("gitomatic@", "reader@"))  # rights and settings of roles as well
    with connection, connection.cursor() as cursor:
        cursor.execute("select count(*), max(tabs), current_setting('work_mem') from mine.\"Odd name\"")
        assert cursor.fetchone() == (37, "a\tb\\\n9", "3MB")
    connection.close()
    url = up.wait_for(r"API +(http\S+)").group(1) + "tasks/"
    assert requests.get(url, auth=("ada", SECRET), timeout=60).status_code == 200
    assert requests.get(url, auth=("ada", "another"), timeout=60).status_code == 401
    assert run("migrate", "--status", cwd=copied).returncode == 0
    assert up.stop() == 0

    again = upgrade(copied, "--to", str(VERSION))
    assert again.returncode == 1 and f"pg.old-{VERSION} is there from an earlier upgrade" in again.stderr
    # The kept one is a whole cluster, too.
    (copied / "var/pg").rename(copied / "var/newer")
    (copied / f"var/pg.old-{VERSION}").rename(copied / "var/pg")
    assert identity(copied) == before
    assert_complete(start(Up, cwd=copied).wait_ready().url())


def assert_nobody_writes(folder):
    """What is written during the copy would be lost."""
    assert run("user", "add", "late", cwd=folder).returncode == 1
    connection = psycopg2.connect(host=folder / "var/run", port=5433, user="gitomatic", dbname="gitomatic")
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        connection.cursor().execute("delete from developers")
    connection.close()


HANG = "touch $mark; exec sleep 600"
POINTS = {
    "initdb": HANG,
    "pg_dumpall": f'"$real" "$@" | head -c 30000\n{HANG}',
    "psql": f"head -c 30000 | \"$real\" \"$@\"\n{HANG}",
    # The new server keeps the counts waiting.
    "vacuumdb": '"$real" "$@"\n'
                f'{BINDIR}/psql -X -h "$2" -p "$4" -U gitomatic gitomatic -c "begin; lock table developers" -c "\\! touch $mark" '
                '-c "select pg_sleep(600)" >/dev/null 2>&1 &\n'
                "while [ ! -e $mark ]; do sleep 0.1; done",
}


def slow(*given):
    return pytest.param(*given, marks=pytest.mark.slow)


@pytest.mark.parametrize("name, number", [
    ("psql", signal.SIGKILL), ("vacuumdb", signal.SIGINT), ("initdb", signal.SIGKILL), ("pg_dumpall", signal.SIGINT),
    slow("initdb", signal.SIGINT), slow("pg_dumpall", signal.SIGKILL), slow("psql", signal.SIGTERM), slow("vacuumdb", signal.SIGKILL)])
def test_an_interruption_leaves_the_old_cluster(filled, start, programs, name, number):
    before = identity(filled)
    bindir = programs(name, POINTS[name])
    process = start(Process, "upgrade-cluster", "--bindir", bindir, cwd=filled)
    mark = bindir / "marks/here"

    def reached():
        assert process.process.poll() is None or mark.exists(), process.output()
        return mark.exists()
    until(reached, 120, f"{name} to begin")
    if name == "psql":
        assert_nobody_writes(filled)
    children = process.children()
    code = process.stop(number, 120)
    assert code == (-9 if number == signal.SIGKILL else 130), process.output()
    until(lambda: not any(is_running(pid) for pid in children), 60, f"{children} to end")
    assert identity(filled) == before and (filled / "var/pg").is_dir()
    if number != signal.SIGKILL:
        assert leftovers(filled) == []
        assert "the cluster is unchanged" in process.output()
    up = start(Up, cwd=filled).wait_ready()
    assert leftovers(filled) == []
    assert_complete(up.url())
    assert up.stop() == 0
    assert identity(filled) == before


EXCHANGE = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    const char *when = getenv("EXCHANGE"), *name = strrchr(to, '/');
    if (strcmp(name, "/pg") == 0 && strcmp(when, "before") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(when, "never") == 0 || (strcmp(name, "/pg") == 0 && strcmp(when, "late") == 0)) {
        errno = EINVAL;
        return -1;
    }
    int result = syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (strcmp(name, "/pg") == 0 && strcmp(when, "after") == 0)
        kill(getpid(), SIGKILL);
    return result;
}
"""


@pytest.mark.parametrize("when, moved, kept", [
    ("before", False, True), ("after", True, True), ("never", False, False), slow("late", False, False)])
def test_the_exchange_is_one_step(copied, start, when, moved, kept):
    if b"__asan_init" in pathlib.Path(BIN).read_bytes() or b"__tsan_init" in pathlib.Path(BIN).read_bytes():
        pytest.skip("a sanitizer's own library comes first")
    (copied / "exchange.c").write_text(EXCHANGE)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", copied / "exchange.so", copied / "exchange.c"], check=True)
    before = identity(copied)
    result = upgrade(copied, "--bindir", BINDIR, LD_PRELOAD=copied / "exchange.so", EXCHANGE=when)
    if kept:
        assert result.returncode == -signal.SIGKILL
    else:
        assert result.returncode == 1 and re.search("can't exchange two folders|exchange .*/pg: ", result.stderr), result.stderr
    assert (identity(copied) != before) == moved
    assert leftovers(copied) == ([f"pg.old-{VERSION}"] if kept else [])
    up = start(Up, cwd=copied).wait_ready()
    assert_complete(up.url())
    assert up.stop() == 0
    if kept:  # removing it is right in either case
        assert f"pg.old-{VERSION} is there" in upgrade(copied, "--bindir", BINDIR).stderr


@pytest.mark.parametrize("script, complaint", [
    ('"$real" "$@" | sed "/dev777/d"', r"only the old one has gitomatic public.developers: 1200 rows"),
    ('"$real" "$@"; echo "select 1 / 0;"', r"psql ended with exit code \d+: ERROR: +division by zero"),
    ('"$real" "$@" | head -c 30000; exit 3', r"pg_dumpall ended with exit code 3"),
    ('"$real" "$@"; echo "\\\\q"; yes "select 1;" | head -c 3000000', r"psql ended before it had read everything")],
    ids=["a row is lost", "SQL fails", "the dump fails", "psql ends early"])
def test_a_copy_that_is_not_complete_is_dropped(filled, programs, script, complaint):
    before = identity(filled)
    result = upgrade(filled, "--bindir", programs("pg_dumpall", script))
    assert result.returncode == 1, result.stdout
    assert re.search(complaint, result.stderr) and "the cluster is unchanged" in result.stderr, result.stderr
    assert identity(filled) == before and leftovers(filled) == []


def test_a_running_gitomatic_is_refused(copied, start):
    up = start(Up, cwd=copied).wait_ready()
    result = upgrade(copied, "--bindir", BINDIR)
    assert result.returncode == 1 and f"process {up.pid}" in result.stderr
    assert leftovers(copied) == [] and run("status", cwd=copied).returncode == 0


def test_a_server_of_others_is_refused(filled):
    data = filled / "var/pg"
    owner = data.stat()
    become = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    server = subprocess.Popen([BINDIR / "postgres", "-D", data, "-c", "listen_addresses=", "-c", f"unix_socket_directories={filled}/var/run"],
                              cwd="/", **become, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        pid_file = data / "postmaster.pid"
        until(lambda: pid_file.exists() and "ready" in pid_file.read_text())
        result = upgrade(filled, "--bindir", BINDIR)
        assert result.returncode == 1 and f"process {server.pid}" in result.stderr and "stop it" in result.stderr
        assert server.poll() is None and leftovers(filled) == []
    finally:
        server.terminate()
        server.wait(60)


def test_a_disk_without_room_is_refused(filled):
    large = next((filled / "var/pg/base").iterdir()) / "large"
    try:
        with open(large, "w") as file:
            file.truncate(10 ** 13)
        result = upgrade(filled, "--bindir", BINDIR)
        assert result.returncode == 1 and "not enough free disk" in result.stderr
        assert leftovers(filled) == []
    finally:
        large.unlink()


def test_a_cluster_with_tablespaces_is_refused(copied, start):
    up = start(Up, cwd=copied).wait_ready()
    connection = psycopg2.connect(up.url())
    connection.autocommit = True
    space = copied / "space"
    space.mkdir()
    shutil.chown(space, (copied / "var/pg").stat().st_uid, (copied / "var/pg").stat().st_gid)
    connection.cursor().execute(f"create tablespace elsewhere location '{space}'")
    connection.close()
    assert up.stop() == 0
    result = upgrade(copied, "--bindir", BINDIR)
    assert result.returncode == 2 and "tablespaces" in result.stderr
    assert leftovers(copied) == []


def test_a_cluster_with_a_closed_database_is_refused(copied, start):
    up = start(Up, cwd=copied).wait_ready()
    connection = psycopg2.connect(up.url())
    connection.autocommit = True
    connection.cursor().execute("create database archive")
    connection.cursor().execute("alter database archive allow_connections false")
    connection.close()
    assert up.stop() == 0
    result = upgrade(copied, "--bindir", BINDIR)
    assert result.returncode == 2 and "allow no connections" in result.stderr
    assert leftovers(copied) == []


def test_programs_that_up_would_not_find_are_refused(filled, programs):
    result = upgrade(filled, "--bindir", programs("postgres", "echo 'postgres (PostgreSQL) 99.1'"))
    assert result.returncode == 1 and "up would not find PostgreSQL 99" in result.stderr
    assert leftovers(filled) == []


def test_there_is_nothing_to_do_for_the_newest_version(filled):
    before = identity(filled)
    result = upgrade(filled)
    assert result.returncode == 0 and result.stdout.startswith("nothing to do: ")
    assert identity(filled) == before


@pytest.mark.parametrize("args, code, complaint", [
    (["--to", "99"], 1, "postgresql-99"),
    (["--to", str(VERSION - 1)], 2, f"PostgreSQL {VERSION - 1} is older than the cluster, which is of PostgreSQL {VERSION}"),
    (["--to", "newest"], 2, '"newest", expected a major version'),
    (["--to", "15.2"], 2, '"15.2", expected a major version'),
    (["--bindir", "/tmp"], 2, '"/tmp" has no PostgreSQL server programs'),
    (["--bindir", BINDIR, "--to", "15"], 2, "expected one of them"),
    (["now"], 2, "now")])
def test_wrong_arguments_are_refused(filled, args, code, complaint):
    result = upgrade(filled, *args)
    assert result.returncode == code and complaint in result.stderr and result.stdout == ""
    assert leftovers(filled) == []


@pytest.mark.parametrize("says, code, complaint", [
    ("postgres (PostgreSQL) 9.6.1", 2, 'says "postgres (PostgreSQL) 9.6.1'), ("nothing", 2, 'says "nothing')])
def test_programs_of_an_unknown_version_are_refused(filled, programs, says, code, complaint):
    result = upgrade(filled, "--bindir", programs("postgres", f"echo '{says}'"))
    assert result.returncode == code and complaint in result.stderr


def test_missing_client_programs_are_named(filled, programs):
    bindir = programs("pg_dumpall", "")
    (bindir / "pg_dumpall").unlink()
    result = upgrade(filled, "--bindir", bindir)
    assert result.returncode == 1 and f"postgresql-client-{VERSION}" in result.stderr


def test_only_the_embedded_cluster_is_upgraded(folder):
    given = upgrade(folder, DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert given.returncode == 2 and "DATABASE_URL" in given.stderr
    assert upgrade(folder, PGHOST="127.0.0.1").returncode == 2
    none = upgrade(folder)
    assert none.returncode == 1 and "no embedded cluster" in none.stderr and "GITOMATIC_DATA" in none.stderr
    assert not (folder / "var").exists()
    assert subprocess.run([BIN, "upgrade-cluster", "--help"], env=clean_env(), capture_output=True).returncode == 0
