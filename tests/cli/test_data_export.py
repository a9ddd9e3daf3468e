"""gitomatic export and verify: the files hold what the database holds, the same state gives the same bytes, and a changed byte is
found."""
import datetime
import gzip as gzip_module
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

import psycopg2
import pytest
from data_world import HOSTILE, TABLES, fill, manifest, put_tombstone, read_csv
from gitomatic_cli import BIN, Process, run, until


@pytest.fixture
def world(database):
    fill(database)
    return database


def export(database, path, *flags, code=0):
    done = run("export", str(path), *flags, DATABASE_URL=database.url, cwd=str(path.parent))
    assert done.returncode == code, done.stderr
    return done.stdout.strip() if not code else done.stderr


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_csv_holds_what_the_database_holds(world, folder):
    identity = export(world, folder / "x")
    told = manifest(folder / "x")
    assert told["id"] == identity and told["file_format"] == "csv" and told["schema"] and told["feed_cursor"] > 0
    assert told["instant"].endswith("Z") and told["filters"] == {"as_of": None, "where_login": [], "only": []}
    files = {file["name"]: file for file in told["files"]}
    assert [file["table"] for file in told["files"] if "table" in file] == TABLES
    assert {"README.md", "CITATION.cff", "datapackage.json"} < set(files)
    for name, file in files.items():
        data = (folder / "x" / name).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest() and file["bytes"] == len(data)
    for table in TABLES:
        assert files[f"{table}.csv"]["rows"] == world.one(f"select count(*) from {table}") == len(read_csv(folder / "x" / f"{table}.csv"))
    rows = read_csv(folder / "x" / "developers.csv")
    for row, (github_id, bio, name, source) in zip(rows, world.rows(
            "select github_id, bio, name, data_source from developers order by github_id")):
        assert int(row["github_id"]) == github_id
        assert row["bio"] == (bio or "") and row["name"] == (name or "")
        assert (json.loads(row["data_source"]) if row["data_source"] else None) == source
    assert {row["bio"] for row in rows} >= {text for i, text in enumerate(HOSTILE) if any(
        n % len(HOSTILE) == i and n % 3 for n in range(1, 61))}
    edges = read_csv(folder / "x" / "follows.csv")
    assert [(int(e["follower_github_id"]), int(e["followed_github_id"])) for e in edges] == world.rows(
        "select follower_github_id, followed_github_id from follows order by 1, 2")


COPIED = ["", " ", "\\N", "\\.", "\\", "\\\\t", "\t", "a\tb\\", "\b\f\v\x01\x7f", '"', '""', '","', "a,b", "line\nline", "\r", "'", "\u2028", "\\x41", "null", "é\\né"]


def test_texts_are_written_as_copy_writes_them(world, folder):
    """Rows come as COPY's text format and are made CSV here: the same bytes as PostgreSQL's own CSV."""
    with psycopg2.connect(world.url) as connection, connection.cursor() as cursor:
        for i, text in enumerate(COPIED):
            cursor.execute("insert into developers (github_id, login, name, bio, company, data_source, first_seen_at) values (%s, %s, %s, %s, null, %s, now())",
                           (900000 + i, f"copied{i}", text, text * 3, json.dumps({text: [text]})))
        connection.commit()
        export(world, folder / "x", "--only", "developers", "--only", "repositories")
        for table in ("developers", "repositories"):
            data, theirs = (folder / "x" / f"{table}.csv").read_bytes(), io.BytesIO()
            columns = [name if name != "topics" else "to_json(topics) as topics" for name in data.split(b"\n", 1)[0].decode().split(",")]
            cursor.copy_expert(f"copy (select {', '.join(columns)} from {table} order by github_id) to stdout (format csv, header)", theirs)
            assert data == theirs.getvalue(), table
    connection.close()


def test_null_and_empty_text_differ(world, folder):
    """RFC 4180 has no null: quotes make the difference, as R's readr and PostgreSQL read it."""
    export(world, folder / "x", "--only", "developers")
    text = (folder / "x" / "developers.csv").read_bytes().decode()
    assert ',"",' in text and ",," in text


@pytest.mark.parametrize("flags", [[], ["--format", "jsonl"], ["--format", "jsonl", "--gzip"], ["--gzip"], ["--format", "sqlite"]])
def test_same_state_same_bytes(world, folder, flags):
    assert export(world, folder / "a", *flags) == export(world, folder / "b", *flags)
    assert contents(folder / "a") == contents(folder / "b")


@pytest.mark.parametrize("style", ["SQL, DMY", "German", "Postgres, MDY"])
def test_the_database_s_style_of_dates_changes_nothing(world, folder, style):
    first = export(world, folder / "a")
    world.rows("do $do$ begin execute format('alter database %I set datestyle = %L', current_database(), '" + style + "'); end $do$")
    assert export(world, folder / "b") == first
    assert contents(folder / "a") == contents(folder / "b")


def test_a_database_that_is_read_only_unless_told_otherwise(world, folder):
    """An export writes temporary tables and nothing else."""
    world.rows("do $do$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $do$")
    export(world, folder / "x", "--only", "developers")
    done = run("export", str(folder / "x.gexf"), "--seed", "dev1", DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr


def test_another_state_has_another_id(world, folder):
    first = export(world, folder / "a")
    world.rows("delete from follows where (follower_github_id, followed_github_id) = "
               "(select follower_github_id, followed_github_id from follows limit 1)")
    assert export(world, folder / "b") != first


def test_json_lines_are_read_by_jq(world, folder):
    export(world, folder / "x", "--format", "jsonl")
    done = subprocess.run(["jq", "-c", "[.github_id, .bio, .data_source]", str(folder / "x" / "developers.jsonl")],
                          capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.split("\n") if line] == [
        list(row) for row in world.rows("select github_id, bio, data_source from developers order by github_id")]
    topics = [json.loads(line)["topics"] for line in (folder / "x" / "repositories.jsonl").read_text().split("\n") if line]
    assert topics == [row[0] for row in world.rows("select topics from repositories order by github_id")]


def test_sqlite_has_keys_indexes_and_sound_references(world, folder):
    export(world, folder / "x", "--format", "sqlite")
    file = sqlite3.connect(folder / "x" / "gitomatic.sqlite")
    assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert file.execute("pragma foreign_key_check").fetchall() == []
    assert len(file.execute("pragma foreign_key_list(follows)").fetchall()) == 2
    assert ("follows_followed_github_id",) in file.execute("select name from sqlite_master where type = 'index'").fetchall()
    assert file.execute("select github_id, bio from developers order by 1").fetchall() == world.rows(
        "select github_id, bio from developers order by 1")
    assert file.execute("select strftime('%Y', first_seen_at), count(*) from developers group by 1").fetchall() == [("2026", 60)]
    assert file.execute("select hireable from developers where github_id in (1, 2, 4)").fetchall() == [(1,), (0,), (1,)]
    assert {table["table"]: table["rows"] for table in manifest(folder / "x")["files"][0]["tables"]} == {
        table: world.one(f"select count(*) from {table}") for table in TABLES}


ODD_TIMES = ["infinity", "-infinity", "0044-03-15 12:00:00.5 BC", "0001-01-01", "0001-12-31 23:59:59.999999 BC", "4713-01-01 BC", "1969-12-31 23:59:59.999999",
             "1999-12-31 23:59:59.1", "2000-01-01", "2000-02-29 00:00:00.000001", "9999-12-31 23:59:59.999999", "10000-01-01", "12026-11-29 01:02:03.04",
             "294276-12-31 23:59:59", "1900-02-28", "2026-11-29 20:00:00.120000"]


def test_numbers_and_times_are_written_as_copy_writes_them(world, folder):
    """Tables without texts do not come from the server as CSV."""
    for n, time in enumerate(ODD_TIMES):
        world.rows("insert into follows values (%s, %s, %s)", 9223372036854775807 - n, -n, time)
        world.rows("insert into stars values (%s, -9223372036854775808, %s, %s)", 300 * (-1) ** n * n - 70000, time, time)
        world.rows("insert into star_history values (%s, 1, null, %s, %s, %s)", -70000 - n, time, time, time)
        if "Nov" not in time and time[:2] not in ("12", "29"):
            world.rows("insert into repository_counts (github_id, day, stars_added) values (%s, %s, -5)", 256 ** (n % 8), time)
    for flags in ([], ["--gzip"]):
        export(world, folder / "x", *flags)
        for table in ("follows", "stars", "follow_history", "star_history", "developer_counts", "repository_counts"):
            name = folder / "x" / f"{table}.csv{'.gz' if flags else ''}"
            data = gzip_module.decompress(name.read_bytes()) if flags else name.read_bytes()
            with world.connection.cursor() as cursor, open(folder / "wanted", "wb") as wanted:
                cursor.execute("set timezone = 'UTC'")
                cursor.copy_expert(f"copy (select {data.splitlines()[0].decode()} from {table} order by 1, 2, 3) to stdout"
                                   " (format csv, header)", wanted)
            assert data == (folder / "wanted").read_bytes(), table
        shutil.rmtree(folder / "x")


def test_only_and_where_login(world, folder):
    export(world, folder / "x", "--only", "follows,developers", "--where-login", "DEV7")
    assert {path.name for path in (folder / "x").iterdir()} == {
        "follows.csv", "developers.csv", "README.md", "CITATION.cff", "datapackage.json", "manifest.json"}
    edges = {(int(e["follower_github_id"]), int(e["followed_github_id"])) for e in read_csv(folder / "x" / "follows.csv")}
    assert edges and edges == set(world.rows("select follower_github_id, followed_github_id from follows"
                                             " where 7 in (follower_github_id, followed_github_id)"))
    assert {int(row["github_id"]) for row in read_csv(folder / "x" / "developers.csv")} >= {7} | {i for e in edges for i in e}
    export(world, folder / "z", "--only", "follows,developers", "--where-login", "dev7,DEV7", "--where-login", "@dev7")
    assert manifest(folder / "z")["id"] == manifest(folder / "x")["id"], "who is named twice is there once"
    export(world, folder / "y", "--where-login", "dev7", "--format", "sqlite")
    assert sqlite3.connect(folder / "y" / "gitomatic.sqlite").execute("pragma foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", ["KEEP_ENDED", "KEEP_NAMES", "KEEP_COUNTS"])
def test_as_of_is_bounded_by_the_retention_of_the_past(world, folder, name):
    def export_of(days, code, **settings):
        when = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).isoformat()
        done = run("export", str(folder / f"{days}"), "--only", "follows", "--as-of", when, DATABASE_URL=world.url, **settings)
        assert done.returncode == code, done.stderr
        return done.stderr
    export_of(29, 0, **{name: "30"})
    said = export_of(31, 2, **{name: "30"})
    assert name in said and "30 days" in said
    assert not (folder / "31").exists() or not list((folder / "31").iterdir())
    export_of(32, 0)


def test_as_of_gives_the_same_bytes_after_more_was_learned(world, folder):
    world.rows("insert into follows values (58, 60, '2020-01-01') on conflict do nothing")
    flags = ["--as-of", "2026-01-04T12:00:00Z"]
    first = export(world, folder / "a", *flags)
    edges = {(e["follower_github_id"], e["followed_github_id"]) for e in read_csv(folder / "a" / "follows.csv")}
    assert ("2", "3") in edges and ("58", "60") in edges
    row = next(row for row in read_csv(folder / "a" / "developers.csv") if row["github_id"] == "1")
    assert row["login"] == "dev1" and row["followers_count"] == "1" and row["bio"] == ""
    # a follow ends, one begins, a record changes and is renamed
    world.rows("insert into follow_history values (58, 60, '2020-01-01', now(), now())")
    world.rows("delete from follows where (follower_github_id, followed_github_id) = (58, 60)")
    world.rows("insert into follows values (59, 60, now()) on conflict do nothing")
    world.rows("insert into developer_logins values (1, 'dev1', now())")
    world.rows("update developers set login = 'renamed', bio = 'new', synced_at = now() where github_id = 1")
    world.rows("insert into developers (github_id, login, first_seen_at) values (900, 'later', now())")
    world.rows("insert into developer_counts values (1, current_date, 77, 1, 1, 1)")
    assert export(world, folder / "b", *flags) == first
    assert contents(folder / "a") == contents(folder / "b")


def test_as_of_holds_nothing_of_records_that_were_not_known_yet(world, folder):
    """GitHub's star history has days before the repository was known, and is read later."""
    flags = ["--as-of", "2026-01-04T12:00:00Z", "--format", "sqlite"]
    first = export(world, folder / "a", *flags)
    world.rows("insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at) values (1900, 1, 'later', 'dev1/later', '2026-01-05')")
    world.rows("insert into developers (github_id, login, first_seen_at) values (900, 'later', '2026-01-05')")
    world.rows("insert into repository_counts (github_id, day, stars_added) values (1900, '2025-01-01', 3), (1002, '2025-01-02', 4)")
    world.rows("insert into repository_counts (github_id, day, stargazers_count) values (1900, '2025-01-03', 3)")
    world.rows("update repository_counts set stars_added = 2 where github_id = 1001 and day = '2026-01-01'")
    world.rows("insert into developer_counts values (900, '2025-01-01', 1, 1, 1, 1)")
    world.rows("insert into developer_logins values (900, 'sooner', '2025-01-01')")
    world.rows("insert into repository_names values (1900, 'dev1/sooner', '2025-01-01')")
    assert export(world, folder / "b", *flags) == first
    for name in "ab":
        file = sqlite3.connect(folder / name / "gitomatic.sqlite")
        assert file.execute("pragma foreign_key_check").fetchall() == []
        assert file.execute("select github_id, stars_added from repository_counts").fetchall() == [(1001, None)]


def test_as_of_in_words_is_stored_as_a_time(world, folder):
    for when in ("yesterday", "2026-01-31", "2026-01-31T12:00:00+02:00"):
        export(world, folder / "x", "--as-of", when, "--only", "follows")
        told = manifest(folder / "x")
        assert told["filters"]["as_of"] == told["instant"] and told["instant"].endswith("Z"), when
        export(world, folder / "y", "--as-of", told["instant"], "--only", "follows")
        assert contents(folder / "x") == contents(folder / "y"), when
        shutil.rmtree(folder / "x")
        shutil.rmtree(folder / "y")


@pytest.mark.parametrize("how,there,form", [("interrupted", False, "csv"), ("failed", True, "sqlite")])
def test_an_export_that_does_not_end_leaves_nothing(world, folder, how, there, form):
    if there:
        (folder / "x").mkdir()
    with psycopg2.connect(world.url) as held:
        held.cursor().execute("lock table stars in access exclusive mode")
        process = Process("export", str(folder / "x"), "--format", form, cwd=str(folder), DATABASE_URL=world.url)
        process.wait_for("repositories +60 rows")
        assert list((folder / "x").iterdir())
        if how == "failed":
            until(lambda: world.rows("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'copy%' and wait_event_type = 'Lock'"
                                     " and datname = current_database()"), what="the export waits")
        assert (process.stop() if how == "interrupted" else process.wait()) == (130 if how == "interrupted" else 1)
        held.rollback()
    assert (folder / "x").exists() == there and (not there or not list((folder / "x").iterdir()))
    if how == "interrupted":
        assert "interrupted: the files written so far were removed" in process.output()
    export(world, folder / "x", "--format", form)


@pytest.mark.parametrize("forms", [["csv"] * 3, ["sqlite"] * 3, ["csv", "jsonl", "sqlite"]], ids="-".join)
def test_of_exports_into_one_folder_one_is_done_and_keeps_its_files(world, folder, start, forms):
    """All of them find it empty."""
    (folder / "x").mkdir()
    with psycopg2.connect(world.url) as held:
        held.cursor().execute("lock table changes in access exclusive mode")
        exports = [start(Process, "export", str(folder / "x"), "--format", form, DATABASE_URL=world.url) for form in forms]
        until(lambda: world.one("select count(*) from pg_locks where not granted and relation = 'changes'::regclass"
                                " and database = (select oid from pg_database where datname = current_database())") == len(forms),
              what="all exports wait, having found the folder empty")
        held.rollback()
    codes = [process.wait() for process in exports]
    assert sorted(codes) == [0, 1, 1], [process.output() for process in exports]
    assert all("cannot be created: File exists" in process.output() for process, code in zip(exports, codes) if code)
    verified = run("verify", str(folder / "x"), cwd=str(folder))
    assert verified.returncode == 0, verified.stderr
    assert manifest(folder / "x")["file_format"] == forms[codes.index(0)]


def test_a_sorted_table_is_interrupted_while_it_is_written(world, folder, start):
    """The server has sent all of its rows by then. The process runs a few milliseconds at a time until its file has bytes."""
    world.rows("set session_replication_role = replica")
    world.rows("insert into follows select 1, n, '2026-01-03' from generate_series(1000, 300000) n")
    path = folder / "x" / "follows.csv.gz"
    for _ in range(20):
        process = start(Process, "export", str(folder / "x"), "--gzip", "--only", "follows", DATABASE_URL=world.url)
        while process.process.poll() is None:
            process.process.send_signal(signal.SIGSTOP)
            if path.exists() and path.stat().st_size:
                break
            process.process.send_signal(signal.SIGCONT)
            time.sleep(0.003)
        process.process.send_signal(signal.SIGINT)
        process.process.send_signal(signal.SIGCONT)
        if process.wait() == 130:
            assert "interrupted: the files written so far were removed" in process.output() and not (folder / "x").exists()
            break
        shutil.rmtree(folder / "x")  # the rest was written before the signal was taken
    else:
        raise AssertionError("never in time")


def test_erased_people_are_not_in_it(world, folder):
    done = run("forget", "dev7", DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
    export(world, folder / "x")
    for path in (folder / "x").iterdir():
        assert b"dev7/" not in path.read_bytes() and b"dev7," not in path.read_bytes()
    assert all("7" not in (e["follower_github_id"], e["followed_github_id"]) for e in read_csv(folder / "x" / "follows.csv"))


def test_people_whose_erasure_was_interrupted_are_not_in_it(world, folder):
    """The tombstone comes first, the rows go later."""
    put_tombstone(world, 7)
    export(world, folder / "x")
    assert "7" not in {row["github_id"] for row in read_csv(folder / "x" / "developers.csv")}
    assert not {row["github_id"] for row in read_csv(folder / "x" / "repositories.csv")} & {"1007"}
    for name, column in (("follows", "followed_github_id"), ("stars", "developer_github_id"), ("developer_counts", "github_id")):
        assert "7" not in {row[column] for row in read_csv(folder / "x" / f"{name}.csv")}
    assert "1007" not in {row["repository_github_id"] for row in read_csv(folder / "x" / "stars.csv")}


def test_people_whose_erasure_was_interrupted_are_not_named_by_others(world, folder):
    """A name that another owner's repository had, the origin of a fork, and a repository without a known owner."""
    world.rows("insert into repository_names values (1008, 'DEV7/given-away', now()), (1009, 'Older-7/given-away', now())")
    world.rows("insert into developer_logins values (7, 'older-7', now())")
    world.rows("update repositories set data_source = data_source || '{\"parent\": {\"id\": 1007, \"full_name\": \"dev7/repo7\"}}'"
               " where github_id = 1008")
    world.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (5000, 'lone', 'Dev7/lone', now())")
    put_tombstone(world, 7)
    for flags in ([], ["--format", "jsonl"], ["--format", "sqlite"]):
        export(world, folder / "x", *flags)
        for path in (folder / "x").iterdir():
            assert not [word for word in (b"dev7/", b"DEV7/", b"Dev7/", b"lder-7") if word in path.read_bytes()], path
        shutil.rmtree(folder / "x")


SYNC_LOG = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int fsync(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\n';
    int log = open(getenv("SYNC_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (write(log, path, (size_t)n + 1) < 0)
        abort();
    close(log);
    return strstr(path, getenv("SYNC_FAILS")) ? -1 : 0;
}
"""


@pytest.mark.parametrize("form", ["csv", "jsonl", "sqlite"])
def test_all_of_it_is_on_the_disk_before_it_is_called_done(world, folder, form):
    if b"__asan_init" in pathlib.Path(BIN).read_bytes() or b"__tsan_init" in pathlib.Path(BIN).read_bytes():
        pytest.skip("a sanitizer's own library comes first")
    (folder / "sync.c").write_text(SYNC_LOG)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "sync.so", folder / "sync.c"], check=True)
    env = {"LD_PRELOAD": folder / "sync.so", "SYNC_LOG": folder / "log", "DATABASE_URL": world.url}
    flags = ["--format", form, "--only", "developers"]
    done = run("export", str(folder / "x"), *flags, SYNC_FAILS="none", **env)
    assert done.returncode == 0, done.stderr
    log = (folder / "log").read_text().split()
    data = next(path for path in (folder / "x").iterdir() if form in path.name and path.name != "datapackage.json")
    assert {str(path) for path in (folder / "x").iterdir()} | {str(folder / "x")} == set(log)
    assert log.index(str(data)) < log.index(str(folder / "x")) < log.index(str(folder / "x" / "manifest.json")) < len(log) - 1
    done = run("export", str(folder / "y"), *flags, SYNC_FAILS=data.name, **env)
    assert done.returncode == 1 and data.name in done.stderr and not (folder / "y" / "manifest.json").exists()


def test_verify_finds_every_flipped_byte(world, folder):
    export(world, folder / "x", "--only", "follows,stars")
    assert run("verify", str(folder / "x")).returncode == 0
    for path in sorted((folder / "x").iterdir()):
        data = path.read_bytes()
        inside = {data.find(word) + len(word) + 4 for word in (b'"instant"', b'"feed_cursor"', b'"program"', b'"schema"')
                  if word in data and path.name == "manifest.json"}
        for at in {0, 1, len(data) // 2, len(data) - 2, len(data) - 1} | inside:
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
            done = run("verify", str(folder / "x"))
            assert done.returncode == 1 and path.name in done.stdout + done.stderr, (path.name, at)
        path.write_bytes(data)
    assert run("verify", str(folder / "x")).returncode == 0


@pytest.mark.parametrize("harm", ["missing", "longer", "added", "no manifest", "cut manifest"])
def test_verify_finds_missing_added_and_longer_files(world, folder, harm):
    export(world, folder / "x", "--only", "follows")
    file = folder / "x" / "follows.csv"
    if harm == "missing":
        file.unlink()
    elif harm == "longer":
        file.write_bytes(file.read_bytes() + b"1,2,2026-01-01 00:00:00+00\n")
    elif harm == "added":
        (folder / "x" / "stars.csv").write_text("developer_github_id\n")
    elif harm == "no manifest":
        (folder / "x" / "manifest.json").unlink()
    else:
        text = (folder / "x" / "manifest.json").read_text()
        (folder / "x" / "manifest.json").write_text(text[:-3])
    assert run("verify", str(folder / "x")).returncode == 1


def test_datapackage_and_citation(world, folder):
    yaml = pytest.importorskip("yaml")
    identity = export(world, folder / "x")
    package = json.loads((folder / "x" / "datapackage.json").read_text())
    assert package["id"] == identity and [r["name"] for r in package["resources"]] == TABLES
    for resource in package["resources"]:
        rows = read_csv(folder / "x" / resource["path"])
        names = [field["name"] for field in resource["schema"]["fields"]]
        assert not rows or list(rows[0]) == names
        assert set(resource["schema"]["primaryKey"]) <= set(names)
        data = (folder / "x" / resource["path"]).read_bytes()
        assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest() and resource["bytes"] == len(data)
        for key in resource["schema"].get("foreignKeys", []):
            assert key["fields"] in names and key["reference"]["resource"] in TABLES
    citation = yaml.safe_load((folder / "x" / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "dataset" and citation["version"] == identity
    assert identity in (folder / "x" / "README.md").read_text()


@pytest.mark.parametrize("flags,words", [
    (["--format", "xml"], ["xml", "csv, jsonl or sqlite"]),
    (["--only", "developer"], ["developer", "developers"]),
    (["--only", "developers,,stars"], ["--only"]),
    (["--where-login", "nobody-here"], ["nobody-here"]),
    (["--where-login", "not a login"], ["--where-login"]),
    (["--as-of", "yesterday-ish"], ["--as-of", "yesterday-ish"]),
    (["--as-of", "2999-01-01"], ["--as-of", "past"]),
    (["--as-of", "infinity"], ["--as-of"]),
    (["--format", "sqlite", "--gzip"], ["--gzip"]),
])
def test_wrong_use_is_reported(world, folder, flags, words):
    said = export(world, folder / "x", *flags, code=2)
    assert all(word in said for word in words), said


def test_a_folder_in_use_is_left_alone(world, folder):
    (folder / "x").mkdir()
    (folder / "x" / "mine.txt").write_text("mine")
    assert "not empty" in export(world, folder / "x", code=2)
    assert contents(folder / "x") == {"mine.txt": b"mine"}
    shutil.rmtree(folder / "x")
    (folder / "x").mkdir()
    export(world, folder / "x")


def reseal(path, document):
    document.pop("manifest_sha256")
    head = json.dumps(document, indent=2)[:-2] + ",\n"
    path.write_text(f'{head}  "manifest_sha256": "{hashlib.sha256(head.encode()).hexdigest()}"\n}}\n')


@pytest.mark.parametrize("gzip", [[], ["--gzip"]], ids=["plain", "gzip"])
def test_other_content_under_the_same_id_is_found(world, folder, gzip):
    """Whoever changes a file can also recompute its figures and the seal; the id depends on the content."""
    export(world, folder / "x", "--only", "follows", *gzip)
    path, = (folder / "x").glob("follows.csv*")
    data = gzip_module.decompress(path.read_bytes()) if gzip else path.read_bytes()
    changed = data.replace(b"1", b"2", 1)
    path.write_bytes(gzip_module.compress(changed) if gzip else changed)
    manifest = folder / "x" / "manifest.json"
    document = json.loads(manifest.read_text())
    entry, = [one for one in document["files"] if one["name"] == path.name]
    entry.setdefault("content_sha256", entry["sha256"])
    entry["bytes"], entry["sha256"] = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    reseal(manifest, document)
    done = run("verify", str(folder / "x"))
    assert done.returncode == 1 and path.name in done.stdout + done.stderr and "content" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["follows.csv", "manifest.json"])
@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_only_regular_files_are_read(world, folder, name, kind):
    export(world, folder / "x", "--only", "follows")
    path = folder / "x" / name
    path.rename(folder / "elsewhere")
    os.mkfifo(path) if kind == "fifo" else path.symlink_to(folder / "elsewhere")
    for command in ("verify", "import"):
        done = run(command, str(folder / "x"), DATABASE_URL=world.url)
        assert done.returncode in (1, 2) and name in done.stdout + done.stderr
