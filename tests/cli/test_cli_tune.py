"""gitomatic tune: optional indexes are built and dropped while everything else keeps running."""
import re
import signal
import time

import psycopg2
import pytest

from gitomatic_cli import Process, run

NAME = "developers_by_bio"


def tune(database, *args):
    return run("tune", *args, DATABASE_URL=database.url)


def states(database):
    done = tune(database)
    assert done.returncode == 0 and done.stderr == ""
    return {line.split()[0]: " ".join(re.split(r" {2,}", line)[1:2]) for line in done.stdout.splitlines()}


def invalid(database):
    return [name for name, in database.rows("select c.relname from pg_index x join pg_class c on c.oid = x.indexrelid where not indisvalid")]


def wait_until(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


@pytest.fixture
def writing(database):
    """A transaction that has begun to write: a build waits for its end."""
    connection = psycopg2.connect(database.url)
    connection.cursor().execute("lock table developers in row exclusive mode")
    yield connection
    connection.close()


def building(database):
    return database.one("select count(*) from pg_stat_activity where query ilike 'create index concurrently%%' "
                        "and wait_event_type = 'Lock' and datname = current_database()") == 1


def test_indexes_are_built_listed_and_dropped(database):
    before = states(database)
    assert set(before.values()) == {"absent"} and NAME in before
    done = tune(database, "build", NAME, "repositories_by_watchers_count")
    assert done.returncode == 0, done.stderr
    assert [line.split(" in ")[0] for line in done.stdout.splitlines()] == [f"{NAME} built", "repositories_by_watchers_count built"]
    assert {n for n, state in states(database).items() if state == "built"} == {NAME, "repositories_by_watchers_count"}
    assert tune(database, "build", NAME).stdout == f"{NAME} is built already\n"
    assert tune(database, "drop", NAME).stdout == f"{NAME} dropped\n" and states(database)[NAME] == "absent"
    assert tune(database, "build", "all").returncode == 0 and set(states(database).values()) == {"built"}
    assert tune(database, "drop", "all").returncode == 0 and states(database) == before


def test_a_built_index_serves_its_filter_and_its_order(database):
    assert tune(database, "build", "developers_by_public_gists").returncode == 0
    plan = database.rows("set enable_seqscan = off; set enable_sort = off; explain select created_at, github_id from developers where "
                         "synced_at is not null and gone_at is null order by public_gists, created_at desc nulls last, github_id limit 10")
    assert "using developers_by_public_gists" in plan[1][0], plan


def test_texts_that_no_index_can_hold_whole_are_saved_and_indexed(database):
    """A B-tree takes 2,700 bytes a key, and hostile texts do not compress."""
    noise = "(select string_agg(chr(65536 + (random() * 60000)::int), '') from generate_series(1, 20000))"
    put = (f"insert into developers (github_id, login, name, bio, location, company, email, first_seen_at, synced_at) select %s, 'x', {noise}, {noise}, {noise}, {noise},"
           " 'e', now(), now()",
           f"insert into repositories (github_id, name, full_name, description, homepage, language, topics, first_seen_at, synced_at)"
           f" select %s, 'r', 'x/r', {noise}, {noise}, {noise}, array[{noise}, 'c'], now(), now()")
    for statement in put:
        database.rows(statement, 1)
    done = tune(database, "build", "all")
    assert done.returncode == 0 and set(states(database).values()) == {"built"}, done.stderr
    for statement in put:
        database.rows(statement, 2)
    assert database.one("select count(*) from developers where length(bio) = 20000 and length(name) = 600") == 2
    assert database.rows("select distinct cardinality(topics), length(topics[1]), topics[2] from repositories") == [(2, 600, "c")]


@pytest.mark.parametrize("args,expected", [
    (("build", "developers_by_shoe_size"), '"developers_by_shoe_size" is not an optional index: expected all, developers_by_bio'),
    (("drop", "developers_newest"), '"developers_newest" is not an optional index'),
    (("build", NAME, "x; drop table developers"), '"x; drop table developers" is not an optional index'),
    (("build",), "an index is missing: expected gitomatic tune build all"),
    (("drop",), "an index is missing: expected gitomatic tune drop all"),
    (("list", NAME), f'"{NAME}" is not understood: expected nothing after list'),
    (("rebuild", NAME), '"rebuild" is not an action'),
    (("--all",), "--all"),
])
def test_invalid_arguments_are_named(server, args, expected):
    done = run("tune", *args, DATABASE_URL=server.url())
    assert done.returncode == 2 and expected in done.stderr and done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_build_leaves_no_index(database, start, writing, number):
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: building(database))
    assert states(database)[NAME] == "being built"
    process.process.send_signal(number)
    wait_until(lambda: not building(database))
    writing.rollback()  # dropping waits for it, too
    assert process.wait(60) == 130
    assert "interrupted: developers_by_bio was not built" in process.output() and invalid(database) == []
    assert states(database)[NAME] == "absent"


def dropping(database, seconds=0):
    return database.one("select count(*) from pg_stat_activity where query ilike 'drop index concurrently%%' and wait_event_type = 'Lock' "
                        "and datname = current_database() and clock_timestamp() - query_start > %s * interval '1 second'", seconds) == 1


def leave_unfinished(database, start, writing):
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: building(database))
    process.process.send_signal(signal.SIGKILL)
    database.rows("select pg_terminate_backend(pid, 60000) from pg_stat_activity where query ilike 'create index concurrently%%' "
                  "and datname = current_database()")
    assert invalid(database) == [NAME]


def test_a_build_interrupted_before_it_builds_ends_its_session(database, start, writing):
    """It drops what another left: the statement is none that builds, and holds the lock of commands like this one."""
    leave_unfinished(database, start, writing)
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: dropping(database))
    session = database.one("select pid from pg_locks where locktype = 'advisory' and classid = gitomatic_lock(7722)::oid")
    process.process.send_signal(signal.SIGINT)
    wait_until(lambda: database.one("select count(*) from pg_stat_activity where pid = %s", session) == 0 or process.process.poll() is not None)
    writing.rollback()
    assert process.wait(60) == 130
    assert "interrupted: developers_by_bio was not built" in process.output() and invalid(database) == []


@pytest.mark.slow
def test_an_interrupted_build_waits_for_what_its_dropping_waits_for(database, start, writing):
    """Longer than other commands wait for the database once they are to stop."""
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: building(database))
    process.process.send_signal(signal.SIGINT)
    wait_until(lambda: dropping(database, 9) or process.process.poll() is not None)
    writing.rollback()
    assert process.wait(60) == 130
    assert "interrupted: developers_by_bio was not built" in process.output() and invalid(database) == []


def test_a_build_that_the_server_ends_leaves_no_index(database, start, writing):
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: building(database))
    database.rows("select pg_cancel_backend(pid) from pg_stat_activity where query ilike 'create index concurrently%%' "
                  "and datname = current_database()")
    wait_until(lambda: not building(database))
    writing.rollback()
    assert process.wait(60) == 1
    assert f"{NAME} was not built" in process.output() and invalid(database) == []


def test_leftovers_of_a_killed_build_are_replaced(database, start, writing):
    leave_unfinished(database, start, writing)
    writing.rollback()
    assert states(database)[NAME].startswith("unfinished")
    assert tune(database, "build", NAME).returncode == 0
    assert invalid(database) == [] and states(database)[NAME] == "built"


def test_two_do_not_build_at_once(database, start, writing):
    process = start(Process, "tune", "build", NAME, DATABASE_URL=database.url)
    wait_until(lambda: building(database))
    second = tune(database, "drop", NAME)
    assert second.returncode == 1 and "another gitomatic tune is building" in second.stderr
    writing.rollback()
    assert process.wait(60) == 0 and states(database)[NAME] == "built"
