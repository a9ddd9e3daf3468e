"""The scheduler against a database of its own."""
import json
import signal

import pytest

from gitomatic_cli import Process, run, until


@pytest.fixture
def schedule(start, database):
    """Starts a scheduler; quiet by itself unless a schedule is given."""
    def start_scheduler(**env):
        quiet = {"DISCOVERY_SCHEDULE": "off", "HEARTBEAT_SCHEDULE": "off"}
        scheduler = start(Process, "scheduler", DATABASE_URL=database.url, **{**quiet, **env})
        scheduler.wait_for("scheduler.start")
        return scheduler
    return start_scheduler


def make_due(database, ago):
    database.rows("update schedule_entries set next_run_at = now() - %s::interval where name = 'discovery_scraper'", ago)


def discoveries(database):
    return database.one("select count(*) from jobs where kind = 'discovery_scraper'")


def test_missed_runs_fire_once_whatever_the_number_of_schedulers(database, schedule):
    for _ in range(3):
        schedule(DISCOVERY_SCHEDULE="0 0 1 1 *", DISCOVERY_COUNT="7")
    for round_number in range(1, 4):
        make_due(database, "5 hours")
        until(lambda: discoveries(database) == round_number, 10, "the entry to fire")
        # Every scheduler has looked again by the time each has woken a job of its own making.
        database.rows("update jobs set state = 'completed', finished_at = now() where state = 'available'")
        until(lambda: database.one("select next_run_at > now() and last_run_at > now() - interval '1 minute'"
                                   "  from schedule_entries where name = 'discovery_scraper'"))
    assert discoveries(database) == 3
    assert database.rows("select distinct args, priority from jobs") == [({"count": 7}, 20)]


def test_entries_are_visible_and_follow_the_environment(database, schedule):
    first = schedule(DISCOVERY_SCHEDULE="0 0 1 1 *", HEARTBEAT_SCHEDULE="@yearly")
    status = json.loads(run("status", "--json", DATABASE_URL=database.url).stdout)
    entries = {entry["name"]: entry for entry in status["scheduler"]}
    assert entries["heart_beat_task"]["schedule"] == "@yearly"
    assert entries["heart_beat_task"]["last_run_at"] is None
    assert entries["discovery_scraper"]["next_run_at"].endswith("-01-01T00:00:00Z")
    assert [worker["kind"] for worker in status["workers"]] == ["scheduler"]
    assert first.stop(signal.SIGTERM) == 0
    assert database.one("select count(*) from workers") == 0

    database.rows("update schedule_entries set next_run_at = '2099-01-01Z' where name = 'heart_beat_task'")
    schedule(DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="@yearly")
    rows = dict(database.rows("select name, next_run_at::text from schedule_entries"))
    assert rows["discovery_scraper"] == "infinity"
    assert rows["heart_beat_task"].startswith("2099")  # unchanged: keeps its next run
    status = json.loads(run("status", "--json", DATABASE_URL=database.url).stdout)
    assert {entry["name"]: entry["next_run_at"] for entry in status["scheduler"]}["discovery_scraper"] is None


def test_housekeeping(database, schedule):
    database.rows("""
        insert into workers (kind, host, pid) values ('crawler', 'gone', 1);
        insert into jobs (kind, key, state, worker_id, lease)
        select 'noop', 'lost', 'running', max(id), 1 from workers;
        insert into jobs (kind, key, state, run_at) values ('noop', 'due', 'scheduled', now() + interval '2 seconds'),
                                                           ('noop', 'later', 'scheduled', now() + interval '1 hour');
        insert into jobs (kind, key, state, finished_at) values
            ('noop', 'old', 'completed', now() - interval '80 hours'), ('noop', 'recent', 'completed', now());
        """)
    schedule()
    states = lambda: dict(database.rows("select key, state from jobs"))  # noqa: E731
    until(lambda: states() == {"lost": "available", "due": "available", "later": "scheduled", "recent": "completed"},
          20, "the queue to be tidy")


def test_a_lost_database_is_waited_for(database, schedule):
    scheduler = schedule(DISCOVERY_SCHEDULE="0 0 1 1 *")
    database.rows("select pg_terminate_backend(pid) from pg_stat_activity"
                  " where datname = current_database() and pid <> pg_backend_pid()")
    scheduler.wait_for("scheduler.database")
    make_due(database, "1 minute")
    until(lambda: discoveries(database) == 1, 30, "the entry to fire again")
    until(lambda: database.one("select count(*) from workers") == 1, 30, "one worker to be registered")
    assert scheduler.stop() == 0


def test_an_invalid_entry_is_disabled(database, schedule):
    scheduler = schedule(DISCOVERY_SCHEDULE="0 0 1 1 *")
    database.rows("insert into schedule_entries (name, kind, schedule, next_run_at)"
                  " values ('mine', 'noop', 'whenever', now() - interval '1 minute')")
    scheduler.wait_for("schedule.broken entry=mine")
    make_due(database, "1 minute")
    until(lambda: discoveries(database) == 1, 30, "the others to go on")


def test_changes_of_the_lists_are_added_to_their_counts(database, schedule):
    for n in range(1, 6):
        database.rows("insert into developers (github_id, login, created_at, synced_at, first_seen_at)"
                      " values (%s, 'x', '2020-01-01Z', now(), now()) returning 1", n)
    database.rows("delete from developers where github_id = 5 returning 1")
    assert database.one("select count(*) from list_deltas") == 6
    schedule()
    until(lambda: database.one("select count(*) from list_deltas") == 0, 15, "the changes to be folded")
    assert database.rows("select span, starts::text, n from list_counts where n <> 0 order by span") == [
        ("all", "-infinity", 4), ("day", "2020-01-01", 4), ("month", "2020-01-01", 4)]
