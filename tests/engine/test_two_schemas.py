"""Two installations in one database, a schema each: neither waits for the other's locks, nor hears what is meant for it."""
import select

import psycopg2
import pytest
from database_world import address, answer, get, until, world_in  # noqa: F401

CHANNELS = ("gitomatic_jobs", "gitomatic_quota", "gitomatic_users", "gitomatic_mirror")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Stacks on the schemas `one` and `two`, and one on `public`."""
    with world_in(tmp_path_factory.mktemp("two")) as world:
        world.pg.psql("create schema one; create schema two; create schema tools; create extension pg_trgm schema tools")
        stacks = [world(f"{world.pg.url()}&options=-csearch_path%3D{schema},tools") for schema in ("one", "two", "public")]
        for s in stacks:
            s.run("migrate")
        world.stacks = stacks
        yield world
        for s in stacks:
            s.stop()


def test_both_crawl_at_once(two):
    """Workers, schedulers and tasks of the same numbers."""
    users = [u["login"] for u in two.sim.truth()["users"]]
    crawlers = [s.crawler() for s in two.stacks]
    for s in two.stacks:
        s.start("scheduler", HEARTBEAT_SCHEDULE="* * * * *")
    for s, login in zip(two.stacks, users):
        s.task("full_profile_sync", login)
    for s, login, crawler in zip(two.stacks, users, crawlers):
        s.wait_idle()
        s.check_queue()
        assert s.one("select count(*) from workers where kind = 'crawler'") == 1
        assert "crawler.registered" in crawler.log() and "database_away" not in crawler.log()
        assert s.one("select count(*) from developers where login = %s and synced_at is not null", login) == 1
        assert s.rows("select distinct subject from jobs where kind = 'full_profile_sync'") == [(login,)]
        until(lambda: s.one("select count(*) from schedule_entries where next_run_at is not null") > 0, "the schedule")
    # None is taken for dead by the others: their workers have the same ids.
    assert [s.one("select count(*) from pg_locks where locktype = 'advisory' and classid = gitomatic_lock(7717)::oid and objsubid = 2")
            for s in two.stacks] == [s.one("select count(*) from workers") for s in two.stacks]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_notification_is_for_its_own(two, channel):
    listening = [psycopg2.connect(s.url) for s in two.stacks]
    try:
        for c in listening:
            c.autocommit = True
            with c.cursor() as cursor:
                cursor.execute("select gitomatic_channel(%s)", [channel])
                cursor.execute(f'listen "{cursor.fetchone()[0]}"')
        two.stacks[1].rows("select pg_notify(gitomatic_channel(%s), 'x')", channel)
        assert select.select([listening[1]], [], [], 60)[0]
        for c in listening:
            c.poll()
        assert [[n.payload for n in c.notifies if n.payload == "x"] for c in listening] == [[], ["x"], []]
    finally:
        for c in listening:
            c.close()
    assert two.stacks[2].one("select gitomatic_channel(%s)", channel) == channel  # as ever, for who listens already


def test_a_task_wakes_its_own_crawler(two):
    """The names that processes listen on are the ones that are notified."""
    names = {name for s in two.stacks for name, in s.rows("select gitomatic_channel(c) from unnest(%s) c", list(CHANNELS))}
    assert len(names) == 3 * len(CHANNELS)
    pids = {pid: query for pid, query in two.stacks[0].rows("select pid, query from pg_stat_activity where query like 'listen %%'")}
    assert all(query.split()[1].strip('"') in names for query in pids.values())


@pytest.mark.parametrize("lock", ["pg_advisory_xact_lock(gitomatic_lock(7719), 0)", "pg_advisory_xact_lock(gitomatic_lock(7720), 0)",
                                  "pg_advisory_lock(gitomatic_lock(7720), 1)", "gitomatic_changes_begin()"])
def test_a_lock_in_one_does_not_block_the_other(two, lock):
    with psycopg2.connect(two.stacks[0].url) as first, first.cursor() as held:
        held.execute(f"select {lock}")
        for s in two.stacks[1:]:
            with psycopg2.connect(s.url, application_name="second") as second, second.cursor() as other:
                other.execute("set statement_timeout = '30s'")
                other.execute(f"select {lock}")
                if "changes" in lock:
                    other.execute("insert into changes (type, n, known, synced) values ('developer.new', 0, 0, 0)")
                    second.commit()
                    other.execute("select gitomatic_changes_horizon() = max(id) from changes")
                    assert other.fetchone() == (True,)
                second.rollback()
            second.close()
    first.close()


def test_each_api_shows_its_own(two):
    """And still invalidates what its own database announces."""
    users = [u["login"] for u in two.sim.truth()["users"]]
    for number, s in enumerate(two.stacks):
        at = address(s.start("api"))
        assert get(at, "/health/ready") == 200
        status, body = answer(at, f"/github/developers/?login={users[number]}")
        assert status == 200 and f'"login":"{users[number]}"' in body.replace(" ", "")
    erased = two.stacks[0].one("select github_id from developers where login = %s", users[0])
    two.stacks[0].run("forget", "--id", str(erased))
    assert [s.one("select count(*) from tombstones") for s in two.stacks] == [1, 0, 0]
