"""The database a user has: behind PgBouncer, with settings of its own, short of connections, or hanging."""
import concurrent.futures
import http.client
import os
import shutil
import signal
import time

import pytest
from database_world import Bouncer, address, get, until, world  # noqa: F401


@pytest.mark.skipif(not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), reason="pgbouncer is not installed")
def test_pgbouncer_in_session_mode(world):
    """Its default configuration refuses `options` at the start of a connection."""
    bouncer = Bouncer(world.pg, "session")
    try:
        s = world(bouncer.url)
        s.run("migrate")
        s.task("full_profile_sync", world.sim.truth()["users"][0]["login"])
        s.crawler()
        s.wait_idle()
        s.check_queue()
        assert s.one("select count(*) from developers where synced_at is not null") > 0
        at = address(s.start("api"))
        assert get(at, "/github/developers/") == get(at, "/health/ready") == 200
    finally:
        bouncer.close()


@pytest.mark.parametrize("options,expected", [
    ("", {"statement_timeout": "5s", "jit": "off", "default_transaction_isolation": "read committed"}),
    ("-c statement_timeout=1234", {"statement_timeout": "1234ms", "jit": "off"}),
    ("-c jit=on -c work_mem=9MB", {"statement_timeout": "5s", "jit": "on", "work_mem": "9MB"}),
    ("-c default_transaction_isolation=serializable -c TimeZone=Asia/Tokyo",
     {"default_transaction_isolation": "read committed", "TimeZone": "UTC"}),
])
def test_the_users_own_options_count(world, options, expected):
    """Where answers do not depend on a setting, what the URL or PGOPTIONS says stays."""
    world.pg.psql("create table told (name text primary key, value text); create function tell() returns trigger language plpgsql as $$"
                  " begin insert into told select name, current_setting(name) from unnest(array['statement_timeout', 'jit',"
                  " 'default_transaction_isolation', 'work_mem', 'TimeZone', 'application_name']) name on conflict do nothing;"
                  " return null; end $$")
    s = world(world.pg.url(), PGOPTIONS=options)
    s.run("migrate")
    world.pg.psql("create trigger tell after insert on jobs for each statement execute function tell()")
    at = address(s.start("api"))
    connection = http.client.HTTPConnection(at, timeout=60)
    connection.request("POST", "/github/tasks/", "name=discovery_scraper", {"Content-Type": "application/x-www-form-urlencoded"})
    assert connection.getresponse().status == 200
    told = dict(world.pg.psql("select name, value from told"))
    assert {name: told[name] for name in expected} == expected and told["application_name"] == "gitomatic api"


def test_the_urls_application_name_and_timeout_count(world):
    s = world(world.pg.url() + "&application_name=mine&connect_timeout=3")
    s.run("migrate")
    at = address(s.start("api"))
    assert get(at, "/github/developers/") == 200
    assert world.pg.psql("select count(*) > 0 from pg_stat_activity where application_name = 'mine'") == [["t"]]


def test_a_refused_connection_leaves_the_others_working(world):
    """53300: while one connection is held by a slow request and no other can be had, requests wait for it."""
    world.pg.psql("create role plain login; create database small owner plain", "postgres")
    s = world(world.pg.url("small").replace("user=postgres", "user=plain"))
    world.pg.psql("create extension pg_trgm", "small")
    s.run("migrate")
    at = address(s.start("api"))
    assert get(at, "/github/developers/") == 200
    world.pg.psql("alter role plain connection limit 1", "postgres")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: get(at, f"/github/developers/?page_size={n % 50 + 1}"), range(400))) == [200] * 400


def test_a_server_that_hangs_costs_a_bounded_time(world):
    """Stopped processes answer nothing and close nothing; no timeout of the server's own counts."""
    s = world(world.pg.url())
    s.run("migrate")
    api = s.start("api")
    at = address(api)
    assert get(at, "/github/developers/") == 200
    backends = [int(pid) for pid, in world.pg.psql(
        "select pid from pg_stat_activity where application_name like 'gitomatic%'")]
    assert backends
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert get(at, "/github/developers/") in (200, 503)
        assert time.monotonic() - begun < 30  # the statement's timeout is 5 s
        api.terminate()
        assert api.popen.wait(30) == 0
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
