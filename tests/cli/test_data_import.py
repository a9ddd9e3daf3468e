"""gitomatic import: an export is restored unchanged, newer data wins field by field, and forgotten people stay forgotten."""
import os
import pathlib
import re
import signal
import subprocess

import psycopg2
import pytest
from data_world import TABLES, everything, fill, interrupt, manifest, put_tombstone
from gitomatic_cli import BIN, Process, clean_env, run, until


@pytest.fixture
def other(server, database, with_schema):
    """A second migrated database."""
    Database = type(database)
    admin = Database(server.url())
    admin.rows("drop database if exists other with (force)")
    admin.rows(f"create database other {with_schema}")
    second = Database(server.url().replace("/gitomatic?", "/other?"))
    yield second
    second.connection.close()
    admin.rows("drop database other with (force)")
    admin.connection.close()


def export(database, path, *flags):
    done = run("export", str(path), *flags, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def load(database, path, *flags, code=0):
    done = run("import", str(path), *flags, DATABASE_URL=database.url)
    assert done.returncode == code, done.stderr
    return done.stderr


def carry(source, target, folder, name="x"):
    export(source, folder / name)
    return load(target, folder / name)


@pytest.mark.parametrize("flags", [[], ["--gzip"], ["--format", "jsonl"], ["--format", "jsonl", "--gzip"], ["--format", "sqlite"]])
def test_there_and_back_has_the_same_id(database, other, folder, flags):
    fill(database)
    identity = export(database, folder / "a", *flags)
    told = load(other, folder / "a").splitlines()
    assert [line.split()[0] for line in told] == TABLES and all(re.search(r" left out; [1-9]\d* rows a second$", line) or " 0 rows," in line for line in told), told
    assert everything(other) == everything(database)
    assert export(other, folder / "b", *flags) == identity
    again = load(other, folder / "a")
    assert all(", 0 new, 0 changed, 0 left out" in line for line in again.splitlines()), again
    assert export(other, folder / "c", *flags) == identity


def test_an_interrupted_import_says_what_is_kept_and_continues(database, other, folder, start):
    fill(database)
    export(database, folder / "x")
    said = interrupt(start, other, "star_history", "import", str(folder / "x"), "--dry-run")
    assert said.endswith("gitomatic import: interrupted: nothing was changed\n"), said
    assert other.one("select count(*) from developers") == 0
    said = interrupt(start, other, "star_history", "import", str(folder / "x"))
    assert "gitomatic import: interrupted: the rows imported so far are kept. Run the same command again: it reads the folder" in said, said
    assert other.one("select count(*) from developers") > 0 and other.one("select count(*) from star_history") == 0
    again = load(other, folder / "x")
    assert re.search(r"^follows .* 0 new, 0 changed", again, re.M), again
    assert everything(other) == everything(database)


def test_an_import_without_its_terminal_goes_on_if_nohup_started_it(database, other, folder):
    fill(database)
    export(database, folder / "x")
    with psycopg2.connect(other.url) as held:
        held.cursor().execute("lock table star_history in access exclusive mode")
        process = subprocess.Popen(["env", "--ignore-signal=HUP", BIN, "import", str(folder / "x")], env=clean_env(DATABASE_URL=other.url), stderr=subprocess.PIPE)
        until(lambda: other.one("select count(*) from pg_locks where not granted and relation = 'star_history'::regclass"), what="it waits")
        process.send_signal(signal.SIGHUP)
        held.rollback()
    process.communicate(timeout=60)
    assert process.returncode == 0 and everything(other) == everything(database)


def test_an_interrupted_verify_says_that_not_all_was_checked(database, folder, start):
    fill(database)
    export(database, folder / "x")
    path = folder / "x" / "follows.csv"
    os.truncate(path, 1 << 36)  # zeros without blocks: a minute to read
    process = start(Process, "verify", str(folder / "x"))
    until(lambda: any(os.path.realpath(fd) == str(path) for fd in pathlib.Path(f"/proc/{process.pid}/fd").iterdir()), what="it reads the file")
    assert process.stop() == 130
    assert process.output() == "gitomatic verify: interrupted: the files were not all checked; run the command again\n"


def test_counts_feed_and_plan_follow(database, other, folder):
    fill(database)
    carry(database, other, folder)
    assert other.one("select count(*) from frontier") == other.one("select count(*) from developers where gone_at is null")
    assert other.one("select sum(n) from changes where type = 'follow.new'") == other.one("select count(*) from follows")
    assert other.one("select sum(known) from changes where type like 'developer.%'") == other.one(
        "select count(*) from developers where gone_at is null")


DEVELOPER = ("insert into developers (github_id, login, name, bio, email, followers_count, node_id, first_seen_at, synced_at, gone_at,"
             " data_source) values (1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)")


@pytest.mark.parametrize("theirs_is_newer", [True, False])
def test_newer_knowledge_wins_field_by_field(database, other, folder, theirs_is_newer):
    old = ("ada-old", "Ada", "an old bio", "ada@example.org", 5, "N1", "2026-01-01", "2026-02-01", None, '{"a": 1, "b": 1}')
    new = ("ada", "Ada L.", None, None, 9, None, "2026-01-15", "2026-03-01", None, '{"b": 2, "c": 3}')
    source, target = (new, old) if theirs_is_newer else (old, new)
    database.rows(DEVELOPER, *source)
    other.rows(DEVELOPER, *target)
    carry(database, other, folder)
    assert other.rows("select login, name, bio, email, followers_count, node_id, first_seen_at::date::text, synced_at::date::text,"
                      " data_source from developers") == [
        ("ada", "Ada L.", None, "ada@example.org", 9, "N1", "2026-01-01", "2026-03-01", {"a": 1, "b": 2, "c": 3})]
    assert other.rows("select login from developer_logins") == [("ada-old",)]


@pytest.mark.parametrize("theirs_is_newer", [True, False])
def test_addresses_of_an_older_answer_do_not_stay(database, other, folder, theirs_is_newer):
    """Earlier versions stored addresses like repos_url, which would be those of a former name."""
    old = ("ada-old", None, None, None, 5, None, "2026-01-01", "2026-02-01", None, '{"repos_url": "of ada-old", "html_url": "old", "x": 1}')
    new = ("ada", None, None, None, 9, None, "2026-01-15", "2026-03-01", None, '{"html_url": "new"}')
    source, target = (new, old) if theirs_is_newer else (old, new)
    database.rows(DEVELOPER, *source)
    other.rows(DEVELOPER, *target)
    carry(database, other, folder)
    assert other.one("select data_source from developers") == {"html_url": "new", "x": 1}


def test_a_stub_takes_nothing_from_a_record(database, other, folder):
    database.rows("insert into developers (github_id, login, first_seen_at) values (1, 'ada', '2025-01-01')")
    other.rows(DEVELOPER, "ada", "Ada", "bio", None, 3, None, "2026-01-01", "2026-02-01", None, "{}")
    carry(database, other, folder)
    assert other.rows("select name, bio, followers_count, first_seen_at::date::text from developers") == [("Ada", "bio", 3, "2025-01-01")]


@pytest.mark.parametrize("gone,synced,stays", [("2026-03-01", "2026-02-01", True), ("2026-01-01", "2026-02-01", False)])
def test_the_latest_finding_says_whether_it_is_gone(database, other, folder, gone, synced, stays):
    database.rows(DEVELOPER, "ada", None, None, None, None, None, "2025-01-01", "2025-06-01", gone, "{}")
    other.rows(DEVELOPER, "ada", None, None, None, None, None, "2025-01-01", synced, None, "{}")
    carry(database, other, folder)
    assert other.one("select gone_at is not null from developers") is stays


def people(*databases):
    for database in databases:
        database.rows("insert into developers (github_id, login, first_seen_at) select i, 'd' || i, '2020-01-01' from generate_series(1, 9) i")
        database.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (50, 'r', 'd1/r', '2020-01-01')")


def test_edges_that_ended_later_stay_ended(database, other, folder):
    people(database, other)
    database.rows("insert into follows values (1, 2, '2025-01-01'), (3, 4, '2025-01-01'), (5, 6, '2024-01-01')")
    database.rows("insert into stars values (1, 50, null, '2025-01-01'), (3, 50, '2024-12-01', '2025-01-01')")
    other.rows("insert into follow_history values (1, 2, '2024-01-01', '2025-05-01', '2025-06-01')")
    other.rows("insert into star_history values (1, 50, null, '2024-01-01', '2025-05-01', '2025-06-01')")
    other.rows("insert into follows values (5, 6, '2025-01-01')")
    other.rows("insert into stars values (3, 50, null, '2025-02-01')")
    carry(database, other, folder)
    assert other.rows("select follower_github_id, first_seen_at::date::text from follows order by 1") == [
        (3, "2025-01-01"), (5, "2024-01-01")]
    assert other.rows("select developer_github_id, starred_at::date::text, first_seen_at::date::text from stars") == [
        (3, "2024-12-01", "2025-01-01")]


def test_edges_that_they_saw_end_end_here_unless_met_later(database, other, folder):
    people(database, other)
    database.rows("insert into follow_history select a, 9, '2025-01-01', '2025-05-01', '2025-06-01' from generate_series(1, 3) a")
    database.rows("insert into star_history select a, 50, null, '2025-01-01', '2025-05-01', '2025-06-01' from generate_series(1, 3) a")
    other.rows("insert into follows values (1, 9, '2025-02-01'), (2, 9, '2025-07-01'), (3, 9, '2025-02-01')")
    other.rows("insert into stars values (1, 50, null, '2025-02-01'), (2, 50, null, '2025-07-01'), (3, 50, null, '2025-02-01')")
    other.rows("insert into list_passes values ('developer_following', 3, '2025-08-01'), ('developer_starred', 3, '2025-08-01')")
    carry(database, other, folder)
    assert other.rows("select follower_github_id from follows order by 1") == [(2,), (3,)]
    assert other.rows("select developer_github_id from stars order by 1") == [(2,), (3,)]
    assert other.one("select count(*) from follow_history") == other.one("select count(*) from star_history") == 3


GONE = "update {} set synced_at = '2025-01-01', gone_at = '2026-03-01', gone_reason = 'gone' where github_id = {}"


def test_edges_of_developers_gone_there_end_here(database, other, folder):
    """Either end of a follow and of a star; if the list still shows the edge, it waits for the gone record."""
    people(database, other)
    database.rows(GONE.format("developers", 2))
    database.rows(GONE.format("repositories", 50))
    other.rows("insert into follows values (1, 2, '2025-01-01'), (2, 3, '2025-01-01'), (4, 5, '2025-01-01')")
    other.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (51, 's', 'd1/s', '2020-01-01')")
    other.rows("insert into stars values (2, 51, '2024-01-01', '2025-01-01'), (3, 50, null, '2026-05-01'), (3, 51, null, '2025-01-01')")
    other.rows("insert into remembered_pages (list, subject, page, scope, etag, ids, fetched_at) values"
               " ('developer_following', 1, 1, 's', 'e', '{2}', now()), ('developer_followers', 2, 1, 's', 'e', '{1}', now()),"
               " ('developer_starred', 3, 1, 's', 'e', '{50, 51}', now())")
    carry(database, other, folder)
    assert other.rows("select follower_github_id, followed_github_id from follows") == [(4, 5)]
    assert other.rows("select developer_github_id, repository_github_id from stars") == [(3, 51)]
    ended = [("2025-01-01", "2026-03-01")] * 2
    assert other.rows("select gone_after::date::text, gone_before::date::text from follow_history order by follower_github_id") == ended
    assert other.rows("select gone_after::date::text, gone_before::date::text, starred_at is null from star_history"
                      " where repository_github_id = 51") == [("2025-01-01", "2026-03-01", False)]
    # Seen after it was gone, as far as they know: it ended at some time between then and now.
    assert other.one("select gone_after = '2026-05-01' and gone_before > gone_after from star_history where repository_github_id = 50")
    assert other.rows("select kind, github_id, list, subject from waiting_edges order by 1") == [
        (1, 2, "developer_following", 1), (2, 50, "developer_starred", 3)]
    assert other.rows("select subject from remembered_pages where etag is null") == [(2,)]
    again = load(other, folder / "x")
    assert all(", 0 new, 0 changed, 0 left out" in line for line in again.splitlines()), again


BACK = "update {} set synced_at = '2026-05-01', gone_at = null where github_id = {}"


def test_developers_restored_there_are_restored_here_with_waiting_edges(database, other, folder):
    """As a detail does: the edges that lists still show hold again, none waits, and discovery may pick the developer."""
    people(database, other)
    for table, github_id in (("developers", 2), ("repositories", 50)):
        database.rows(BACK.format(table, github_id))
        other.rows(GONE.format(table, github_id))
    other.rows(GONE.format("developers", 7))
    other.rows("insert into frontier (github_id, next_at, reason) values (2, 'infinity', 'gone'), (7, 'infinity', 'gone'), (3, 'infinity', 'walked'),"
               " (4, '2030-01-01', 'walked')")
    other.rows("insert into remembered_pages (list, subject, page, scope, etag, ids, fetched_at) values"
               " ('developer_following', 1, 1, 's', 'e', '{2, 7}', now()), ('developer_starred', 3, 1, 's', 'e', '{50}', now())")
    other.rows("insert into waiting_edges (kind, github_id, list, subject, starred_at) values (1, 2, 'developer_following', 1, null),"
               " (1, 2, 'developer_following', 8, null), (2, 50, 'developer_starred', 3, '2024-01-01'), (1, 7, 'developer_following', 1, null)")
    carry(database, other, folder)
    assert other.rows("select follower_github_id, followed_github_id from follows") == [(1, 2)], "8's list does not show it any more"
    assert other.rows("select developer_github_id, repository_github_id, starred_at::date::text from stars") == [(3, 50, "2024-01-01")]
    assert other.rows("select github_id from waiting_edges") == [(7,)]
    assert other.rows("select github_id, reason, next_at <= now() from frontier where github_id in (2, 3, 4, 7) order by 1") == [
        (2, "came back", True), (3, "walked", False), (4, "walked", False), (7, "gone", False)]


def test_developers_gone_there_are_not_picked(database, other, folder):
    people(database, other)
    database.rows(GONE.format("developers", 2))
    other.rows("insert into frontier (github_id, next_at, reason) values (2, now(), 'newly met'), (3, now(), 'newly met')")
    carry(database, other, folder)
    assert other.rows("select github_id, reason, next_at = 'infinity' from frontier where github_id in (2, 3) order by 1") == [
        (2, "gone", True), (3, "newly met", False)]


def test_developers_that_became_organisations_there_follow_and_star_nothing(database, other, folder):
    """Edges of before end here, and none of theirs come in; who follows the organisation still does."""
    people(database, other)
    database.rows("update developers set type = 'Organization', synced_at = '2026-05-01' where github_id = 2")
    database.rows("insert into follows values (2, 6, '2025-01-01'), (4, 2, '2025-01-01')")
    database.rows("insert into stars values (2, 50, null, '2025-01-01')")
    other.rows("update developers set type = 'User', synced_at = '2026-01-01' where github_id = 2")
    other.rows("insert into follows values (2, 3, '2025-01-01'), (5, 2, '2025-01-01')")
    other.rows("insert into stars values (2, 50, '2024-01-01', '2025-01-01')")
    other.rows("insert into remembered_pages (list, subject, page, scope, etag, ids, fetched_at) values"
               " ('developer_following', 2, 1, 's', 'e', '{3}', now()), ('developer_followers', 2, 1, 's', 'e', '{5}', now())")
    carry(database, other, folder)
    assert other.rows("select follower_github_id, followed_github_id from follows order by 1") == [(4, 2), (5, 2)]
    assert other.one("select count(*) from stars") == 0
    assert other.rows("select follower_github_id, followed_github_id from follow_history") == [(2, 3)]
    assert other.rows("select developer_github_id, repository_github_id from star_history") == [(2, 50)]
    assert other.rows("select list from remembered_pages where etag is null") == [("developer_following",)]


def test_edges_of_developers_gone_here_are_not_imported(database, other, folder):
    people(database, other)
    database.rows("insert into follows values (1, 2, '2025-01-01'), (2, 3, '2025-01-01'), (4, 5, '2025-01-01')")
    database.rows("insert into stars values (2, 50, null, '2025-01-01'), (4, 50, null, '2025-01-01')")
    other.rows(GONE.format("developers", 2))
    carry(database, other, folder)
    assert other.rows("select follower_github_id, followed_github_id from follows") == [(4, 5)]
    assert other.rows("select developer_github_id from stars") == [(4,)]
    other.rows(GONE.format("repositories", 50))
    other.rows("delete from stars")
    load(other, folder / "x")
    assert other.one("select count(*) from stars") == 0


def test_an_import_waits_while_a_developer_is_marked_gone(database, other, folder):
    """The page lock: otherwise an edge could be added that the statement which ends a gone developer's edges does not see."""
    people(database, other)
    database.rows("insert into follows values (1, 2, '2025-01-01')")
    export(database, folder / "x")
    holder = type(other)(other.url)
    holder.rows("begin")
    holder.rows("select pg_advisory_xact_lock(gitomatic_lock(7719), 0)")
    importing = Process("import", str(folder / "x"), cwd=folder, DATABASE_URL=other.url)
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    until(lambda: other.one(waits) or importing.process.poll() is not None, what="an import that waits")
    holder.rows("update developers set gone_at = now(), gone_reason = 'gone' where github_id = 2")
    holder.rows("commit")
    holder.connection.close()
    assert importing.process.wait(60) == 0
    assert other.one("select count(*) from follows") == 0


def test_counts_of_a_day_fill_each_other(database, other, folder):
    people(database, other)
    database.rows("insert into developer_counts values (1, '2026-01-01', 7, 8, null, null), (1, '2026-01-02', 1, 1, 1, 1)")
    other.rows("insert into developer_counts values (1, '2026-01-01', null, 3, 4, null)")
    carry(database, other, folder)
    assert other.rows("select day::text, followers_count, following_count, public_repos, public_gists from developer_counts order by 1") == [
        ("2026-01-01", 7, 3, 4, None), ("2026-01-02", 1, 1, 1, 1)]


def test_forgotten_people_stay_forgotten(database, other, folder):
    fill(database)
    put_tombstone(other, 7)
    database.rows("update repositories set data_source = data_source || '{\"parent\": {\"id\": 1007, \"full_name\": \"dev7/repo7\"}}'"
                  " where github_id = 1008")
    said = carry(database, other, folder)
    assert "1 left out" in said
    for table in TABLES:
        assert other.one(f"select count(*) from {table} t where t::text ~ '\\mdev7\\M'") == 0, table
    assert other.one("select count(*) from follows where 7 in (follower_github_id, followed_github_id)") == 0
    assert other.one("select count(*) from stars where developer_github_id = 7 or repository_github_id = 1007") == 0
    assert other.one("select count(*) from developer_counts where github_id = 7") == 0
    assert other.one("select data_source from repositories where github_id = 1008")["parent"] == {"id": 1007}


@pytest.mark.parametrize("only", [[], ["--only", "repositories,repository_names"]], ids=["all", "names"])
def test_names_under_a_forgotten_login_are_not_imported(database, other, folder, only):
    """The tombstone keeps no login; names are taken of owners who are known here, by a login of now or of before."""
    fill(database)
    database.rows("insert into repository_names values (1008, 'Dev7/given-away', now()), (1008, 'dev9/given-away', now()),"
                  " (1009, 'Old-1/given-away', now())")
    database.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (5000, 'lone', 'DEV7/lone', now()),"
                  " (5001, 'lone', 'dev9/lone', now())")
    other.rows("insert into developers (github_id, login, first_seen_at) values (9, 'dev9', now())")
    put_tombstone(other, 7)
    export(database, folder / "x", *only)
    load(other, folder / "x")
    assert other.rows("select full_name from repository_names where full_name ~* 'dev7'") == []
    assert other.rows("select github_id from repositories where github_id >= 5000") == [(5001,)]
    assert ("dev9/given-away",) in other.rows("select full_name from repository_names")
    assert bool(other.rows("select 1 from repository_names where full_name = 'Old-1/given-away'")) is not bool(only)


def test_a_trial_changes_nothing(database, other, folder):
    fill(database)
    export(database, folder / "x")
    before = everything(other)
    said = load(other, folder / "x", "--dry-run")
    assert "60 new" in said and "nothing was changed" in said
    assert everything(other) == before and other.one("select count(*) from changes") == 0


def test_damaged_files_are_refused_before_anything_is_read(database, other, folder):
    fill(database)
    export(database, folder / "x")
    path = folder / "x" / "stars.csv"
    path.write_bytes(path.read_bytes().replace(b"2020", b"2021", 1))
    assert "stars.csv" in load(other, folder / "x", code=1)
    assert other.one("select count(*) from developers") == 0


def test_edges_without_their_records_are_left_out(database, other, folder):
    fill(database)
    export(database, folder / "x", "--only", "follows")
    said = load(other, folder / "x")
    assert other.one("select count(*) from follows") == 0
    assert f"{manifest(folder / 'x')['files'][0]['rows']} left out" in said
