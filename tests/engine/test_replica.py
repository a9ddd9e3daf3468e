"""A streaming replica: the API's reads from it, their age, and which database answers while the other is unavailable."""
import re

import pytest
from database_world import address, answer, get, until, world_in  # noqa: F401

NEW = "insert into developers (github_id, login, first_seen_at, synced_at, created_at) values ({0}, 'new-{0}', now(), now(), now())"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A world with a primary and its replica, and an API that reads from the replica."""
    with world_in(tmp_path_factory.mktemp("pair")) as world:
        s = world(world.pg.url())
        s.run("migrate")
        with world.pg.standby() as standby:
            world.s, world.standby, world.numbers = s, standby, iter(range(1, 1000))
            world.at = address(s.start("api", DATABASE_READ_URL=standby.url()))
            until(lambda: figure(world, "gitomatic_replica_up") == 1, "the replica")
            yield world
            s.stop()


def figure(pair, name):
    found = re.search(rf"(?m)^{name} (\S+)", answer(pair.at, "/metrics")[1])
    return found and float(found[1])


def shows(pair, number):
    return f"new-{number}" in answer(pair.at, "/github/developers/")[1]


def written(pair):
    number = next(pair.numbers)
    pair.pg.psql(NEW.format(number))
    return number


def test_writes_are_read_from_the_replica(pair):
    number = written(pair)
    until(lambda: shows(pair, number), "the replica to have it")
    assert figure(pair, "gitomatic_replica_lag_seconds") < 60
    users = pair.standby.psql("select count(*) from pg_stat_activity where application_name like 'gitomatic api%'")
    assert int(users[0][0]) > 0


def test_a_replay_that_rests_is_seen_as_lag(pair):
    pair.standby.psql("select pg_wal_replay_pause()")
    try:
        number = written(pair)
        until(lambda: figure(pair, "gitomatic_replica_lag_seconds") >= 2, "a lag")
        assert not shows(pair, number) and get(pair.at, "/health/ready") == 200
    finally:
        pair.standby.psql("select pg_wal_replay_resume()")
    until(lambda: shows(pair, number) and figure(pair, "gitomatic_replica_lag_seconds") < 2, "the end of the lag")


def test_a_replica_that_is_cut_off_does_not_pass_for_a_fresh_one(pair):
    """All that it received is replayed: it only receives no more."""
    conninfo = pair.standby.psql("show primary_conninfo")[0][0].replace("'", "''")
    pair.standby.psql("alter system set primary_conninfo = 'host=/nowhere'")
    pair.standby.psql("select pg_reload_conf()")
    until(lambda: pair.standby.psql("select count(*) from pg_stat_wal_receiver") == [["0"]], "the end of the stream")
    try:
        number = written(pair)
        until(lambda: figure(pair, "gitomatic_replica_lag_seconds") >= 2, "a lag")
        assert not shows(pair, number)
    finally:
        pair.standby.psql(f"alter system set primary_conninfo = '{conninfo}'")
        pair.standby.psql("select pg_reload_conf()")
    until(lambda: shows(pair, number) and figure(pair, "gitomatic_replica_lag_seconds") < 2, "the end of the lag")


def test_the_primary_answers_while_the_replica_is_away(pair):
    pair.standby.stop("immediate")
    number = written(pair)
    until(lambda: shows(pair, number), "the primary's answer")
    until(lambda: figure(pair, "gitomatic_replica_up") == 0, "the figure")
    assert get(pair.at, "/health/ready") == 200
    pair.standby.start()
    until(lambda: figure(pair, "gitomatic_replica_up") == 1, "the replica's return")
    assert shows(pair, number)


def test_reads_go_on_while_the_primary_is_away(pair):
    number = written(pair)
    until(lambda: shows(pair, number), "the replica to have it")
    pair.pg.stop("immediate")
    try:
        until(lambda: shows(pair, number), "reads without the primary")
        assert figure(pair, "gitomatic_database_up") == 0
    finally:
        pair.pg.start()
    until(lambda: get(pair.at, "/health/ready") == 200 and figure(pair, "gitomatic_database_up") == 1, "the primary's return")
    number = written(pair)
    until(lambda: shows(pair, number), "the stream to continue")


@pytest.mark.slow
def test_a_promoted_replica_takes_over(pair):
    """With both hosts in the URL: running work continues there."""
    s = pair(f"postgresql:///gitomatic?host={pair.pg.folder},{pair.standby.folder}&user=postgres&target_session_attrs=read-write")
    crawler = s.crawler()
    users = [u["login"] for u in pair.sim.truth()["users"]]
    s.task("full_profile_sync", users[0])
    s.wait_idle()
    until(lambda: pair.standby.psql("select count(*) from jobs") == pair.pg.psql("select count(*) from jobs"), "the replica")
    pair.pg.stop("immediate")
    pair.standby.psql("select pg_promote()")
    s.connection = None
    s.task("full_profile_sync", users[1])
    s.wait_idle()
    s.check_queue()
    assert crawler.running and s.stop() is None
