"""What is dropped when its time is over, and what is not."""
import os
import subprocess

import pytest
from database_world import until, world  # noqa: F401
from sim import BUILD


@pytest.fixture
def kept(world):
    """Runs a scheduler with these settings until it has looked."""
    s = world(world.pg.url())
    s.run("migrate")

    def run(**settings):
        process = s.start("scheduler", LOG_LEVEL="debug", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off", **settings)
        looked = "insert into jobs (kind, key, state, finished_at) values ('heart_beat_task', 'old', 'completed', now() - interval '99 years')"
        s.rows(looked)
        until(lambda: "scheduler.pruned" in process.log(), "a look")
        assert process.stop() == 0
    run.s = s
    yield run


def labels(s):
    return {row[0] for row in s.rows("select label from credentials")}


@pytest.mark.parametrize("settings,left", [({}, {"new"}), ({"KEEP_CREDENTIALS": 30}, {"new", "old"}), ({"KEEP_CREDENTIALS": 0}, {"new", "old", "oldest"})])
def test_credentials_are_dropped_with_their_dependent_rows(kept, settings, left):
    s = kept.s
    for label, days in (("new", 6), ("old", 8), ("oldest", 40)):
        s.rows("insert into credentials (label, kind, position, seen_at) values (%s, 'token', 0, now() - %s * interval '1 day')", label, days)
        s.rows("insert into quota_buckets (credential, resource, rate_limit, updated_at) values (%s, 'core', 5000, now() - %s * interval '1 day')",
               label, days)
        s.rows("insert into quota_leases values (%s, 'core', 1, 5)", label)
        s.rows("insert into capabilities values (%s, 'stargazers', false, 404, now(), now())", label)
    kept(**settings)
    assert labels(s) == left
    for table in ("quota_buckets", "quota_leases", "capabilities"):
        assert {row[0] for row in s.rows(f"select credential from {table}")} == left, table


def test_the_mark_of_made_up_records_stays(kept):
    kept.s.rows("insert into credentials (label, kind, position, seen_at) values ('demo', 'demo', 0, '-infinity'), ('old', 'token', 0, '-infinity')")
    kept()
    assert labels(kept.s) == {"demo"}


def test_a_credential_of_a_process_that_runs_for_long_stays(kept):
    s = kept.s
    s.rows("insert into workers (kind, host, pid, started_at, heartbeat_at) values ('crawler', 'elsewhere', 1, now() - interval '20 days', "
           "now() + interval '1 hour')")
    s.rows("insert into credentials (label, kind, position, seen_at) values ('mine', 'token', 0, now() - interval '20 days'), "
           "('gone', 'token', 1, now() - interval '21 days')")
    s.rows("select pg_advisory_lock(7717, (select max(id) from workers)::int)")
    kept()
    assert labels(s) == {"mine"}


def test_an_installation_that_ended_stays_as_long_as_any_credential(kept):
    """Its seen_at is before the start of all processes, one of which runs for longer than KEEP_CREDENTIALS."""
    s = kept.s
    s.rows("insert into workers (kind, host, pid, started_at, heartbeat_at) values ('crawler', 'elsewhere', 1, now() - interval '20 days', "
           "now() + interval '1 hour')")
    s.rows("insert into credentials (label, kind, position, seen_at) select 'app-7-' || days, 'installation', 0, "
           "now() - interval '20 days 2 minutes' from unnest('{6,8}'::int[]) days")
    s.rows("insert into quota_buckets (credential, resource, rate_limit, updated_at) select 'app-7-' || days, 'core', 5000, "
           "now() - days * interval '1 day' from unnest('{6,8}'::int[]) days")
    s.rows("select pg_advisory_lock(7717, (select max(id) from workers)::int)")
    kept()
    assert labels(s) == {"app-7-6"}


def test_jobs_and_changes(kept):
    s = kept.s
    for days in (1, 5, 50):
        s.rows("insert into jobs (kind, key, state, finished_at) values ('heart_beat_task', %s, 'failed', now() - %s * interval '1 day')",
               str(days), days)
        s.rows("insert into changes (type, n, known, at, ids) values ('developer.new', 1, 0, now() - %s * interval '1 day', '{7}')", days)
    s.rows("insert into changes_folded (position) select max(id) from changes")
    kept(KEEP_JOBS=10, KEEP_CHANGES=3)
    assert [row[0] for row in s.rows("select key from jobs order by 1")] == ["1", "5"]
    # the newest in the feed's order stays, however old
    assert s.one("select array_agg((now() - at)::text like '50%%' or (now() - at)::text like '1 day%%' order by id) from changes") == [True, True]
    s.rows("delete from changes")
    for days in (5, 50, 60):
        s.rows("insert into changes (type, n, known, at, ids) values ('developer.new', 1, 0, now() - %s * interval '1 day', '{7}')", days)
    kept()
    assert s.one("select count(*) from changes") == 3, "nothing but what is said"


def test_daily_counts(kept):
    s = kept.s
    for table in ("developer_counts", "repository_counts"):
        s.rows(f"insert into {table} (github_id, day) select g, current_date - 10 * g from generate_series(0, 9) g")
    kept(KEEP_COUNTS=45)
    for table in ("developer_counts", "repository_counts"):
        assert s.one(f"select count(*) from {table}") == 5, table


# Setting -> tables, with a row of an age in days; %(n)s is the row's own number.
GROWS = {
    "KEEP_ENDED": {
        "follow_history": "values (%(n)s, 2, '2020-01-01', now() - interval '99 years', now() - %(days)s * interval '1 day')",
        "star_history": "values (%(n)s, 2, null, '2020-01-01', now() - interval '99 years', now() - %(days)s * interval '1 day')"},
    "KEEP_NAMES": {
        "developer_logins": "values (%(n)s, 'login' || %(n)s, now() - %(days)s * interval '1 day')",
        "repository_names": "values (%(n)s, 'o/name' || %(n)s, now() - %(days)s * interval '1 day')"},
    "KEEP_QUOTA": {"quota_samples": "values (now() - %(days)s * interval '1 day', 'c', 'core', 1, 1, 0, 0, 0)"},
    "KEEP_DEAD_LETTERS": {
        "webhook_dead_letters (webhook_id, since, upto, items, error, at)":
            "select id, 'c1', 'c2', 1, 'no', now() - %(days)s * interval '1 day' from webhooks"},
    "KEEP_IMPORTS": {
        "import_positions": "values ('s', %(n)s::text, 'x', now() - %(days)s * interval '1 day')",
        "archive_hours (hour, events, sha256, imported_at)":
            "values ('2015-01-01'::timestamptz + %(n)s * interval '1 hour', 1, %(n)s, now() - %(days)s * interval '1 day')"},
    "KEEP_SAMPLES": {
        "samples": "values ('s' || %(n)s, 1, 1, 1, 9, 1, 1, 1, now() - interval '9 years', now() - %(days)s * interval '1 day')",
        "sample_members": "values ('s' || %(n)s, 0, %(n)s, true)"},
}


def test_each_setting_drops_what_it_says_at_its_age_and_nothing_else(kept):
    s = kept.s
    tables = {table.split()[0]: rows for what in GROWS.values() for table, rows in what.items()}
    s.rows("insert into webhooks (url, secret, position_id) values ('http://x', 'x', 0)")
    for days in (1, 20, 40, 400):
        for what in GROWS.values():
            for table, row in what.items():
                s.rows(f"insert into {table} {row}" % {"n": days, "days": days})
    s.rows("insert into samples (name, kind, seed, wanted, frame_to, drawn, created_at) values ('open', 1, 1, 1, 9, 1, now() - interval '9 years')")

    def sizes():
        return {table: s.one(f"select count(*) from {table}") for table in tables}
    every = sizes()
    assert set(every.values()) == {4, 5}
    kept(KEEP_QUOTA=0)
    assert sizes() == every, "0, or nothing said: all of it stays"
    for name, what in GROWS.items():
        left = sizes()
        kept(**{"KEEP_QUOTA": 0, name: 30})
        for table in what:
            left[table.split()[0]] -= 2
        assert sizes() == left, name
    assert s.rows("select name from samples order by 1") == [("open",), ("s1",), ("s20",)]


def test_a_former_login_stays_while_something_names_its_owner_by_it(kept):
    """An erasure finds jobs, names and repositories without an owner by the logins that the person had."""
    s = kept.s
    logins = ("Named", "owner", "asked", "free", "o")
    for n, login in enumerate(logins):
        s.rows("insert into developer_logins values (%s, %s, now() - interval '9 years')", n, login)
    s.rows("insert into repository_names values (1, 'named/r', now())")
    s.rows("insert into repositories (github_id, name, full_name, owner_github_id, first_seen_at)"
           " values (1, 'r', 'OWNER/r', null, now()), (2, 'r', 'free/r', 7, now())")
    s.rows("insert into jobs (kind, subject, key, state, finished_at) values ('full_profile_sync', 'Asked', 'x', 'completed', now())")
    kept(KEEP_NAMES=30)
    assert {row[0] for row in s.rows("select login from developer_logins")} == {"Named", "owner", "asked"}


def test_a_failed_statement_does_not_stop_the_others(kept):
    s = kept.s
    s.rows("insert into repository_names values (1, 'a/b', now() - interval '9 years')")
    s.rows("insert into archive_hours (hour, events, sha256, imported_at) values ('2015-01-01', 1, '1', now() - interval '9 years')")
    s.rows("create function refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$")
    s.rows("create trigger refuse before delete on repository_names for each statement execute function refuse()")
    process = s.start("scheduler", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off", KEEP_NAMES=30, KEEP_IMPORTS=30)
    until(lambda: "not this one" in process.log(), "the failure in the log")
    assert s.one("select count(*) from repository_names") == 1 and s.one("select count(*) from archive_hours") == 0
    assert process.stop() == 0


def test_the_least_and_the_most(kept):
    """A day, and a hundred years, by which nothing is younger than the calendar."""
    s = kept.s
    every = ("KEEP_JOBS", "KEEP_CREDENTIALS", "KEEP_CHANGES", "KEEP_COUNTS", *GROWS)
    s.rows("insert into webhooks (url, secret, position_id) values ('http://x', 'x', 0)")
    for days in (0.5, 2.5, 30000):
        for what in GROWS.values():
            for table, row in what.items():
                s.rows(f"insert into {table} {row}" % {"n": int(days), "days": days})

    def sizes():
        return {table.split()[0]: s.one(f"select count(*) from {table.split()[0]}") for what in GROWS.values() for table in what}
    assert set(sizes().values()) == {3}
    kept(**{name: 36500 for name in every if name != "KEEP_JOBS"})  # by whose rows the look is seen
    assert set(sizes().values()) == {3}
    kept(**{name: 1 for name in every})
    assert set(sizes().values()) == {1}


@pytest.mark.parametrize("name", ["KEEP_JOBS", "KEEP_CREDENTIALS", "KEEP_CHANGES", "KEEP_COUNTS", *GROWS])
@pytest.mark.parametrize("bad", ["-1", "week", "40000", "1.5", "1e3", "0x10", "3d", "99999999999999999999", "\u0663", "inf"])
def test_a_wrong_value_is_named(name, bad):
    done = subprocess.run([BUILD / "gitomatic", "scheduler"], env={**os.environ, name: bad}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and name in done.stderr and bad in done.stderr
