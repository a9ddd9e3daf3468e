"""What is dropped when its time is over, and what is not."""
import pytest
from database_world import until, world  # noqa: F401


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
def test_credentials_go_with_what_is_known_of_them(kept, settings, left):
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


def test_a_credential_of_a_process_that_runs_for_long_stays(kept):
    s = kept.s
    s.rows("insert into workers (kind, host, pid, started_at, heartbeat_at) values ('crawler', 'elsewhere', 1, now() - interval '20 days', "
           "now() + interval '1 hour')")
    s.rows("insert into credentials (label, kind, position, seen_at) values ('mine', 'token', 0, now() - interval '20 days'), "
           "('gone', 'token', 1, now() - interval '21 days')")
    s.rows("select pg_advisory_lock(7717, (select max(id) from workers)::int)")
    kept()
    assert labels(s) == {"mine"}


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


@pytest.mark.parametrize("name", ["KEEP_JOBS", "KEEP_CREDENTIALS", "KEEP_CHANGES", "KEEP_COUNTS"])
@pytest.mark.parametrize("bad", ["-1", "week", "40000"])
def test_a_wrong_value_is_named(world, name, bad):
    done = world(world.pg.url()).run("scheduler", check=False, **{name: bad})
    assert done.returncode == 2 and name in done.stderr and bad in done.stderr
