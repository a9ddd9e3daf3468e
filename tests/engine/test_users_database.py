"""The database a user has: behind PgBouncer, with settings of its own, short of connections, or hanging."""
import concurrent.futures
import contextlib
import http.client
import os
import resource
import shutil
import signal
import subprocess
import threading
import time

import psycopg2
import pytest
from database_world import Bouncer, address, get, until, world, world_in  # noqa: F401
from sim import BUILD
from slowness import within
from stack import Process


needs_pgbouncer = pytest.mark.skipif(not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), reason="pgbouncer is not installed")


@needs_pgbouncer
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


@needs_pgbouncer
def test_pgbouncer_carries_everything_in_session_mode(world):
    """A crawl, the API under load, the mirror; and the pool's failover: pgbouncer dies and comes back."""
    bouncer = Bouncer(world.pg, "session")
    try:
        s = world(bouncer.url)
        s.run("migrate")
        users = [u["login"] for u in world.sim.truth()["users"]]
        crawler, api, mirror = s.crawler(), s.start("api", API_CONNECTIONS=6), s.start("mirror", MIRROR_LISTEN="127.0.0.1:0")
        at, mirror_at = address(api), address(mirror)
        for login in users[:3]:
            s.task("full_profile_sync", login)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda n: get(at, f"/github/developers/?page_size={n % 50 + 1}"), range(400)))
        assert answers == [200] * 400
        assert get(mirror_at, f"/users/{users[0]}") == 200
        bouncer.restart()
        until(lambda: get(at, "/health/ready") == 200 == get(mirror_at, "/readyz"), "both after pgbouncer's restart")
        assert get(at, "/github/developers/") == 200 and get(mirror_at, f"/users/{users[1]}") == 200
        s.task("full_profile_sync", users[4])
        s.wait_idle()
        s.check_queue()
        assert crawler.running and api.running and mirror.running
    finally:
        bouncer.close()


@pytest.fixture(scope="module")
def pooled(tmp_path_factory):
    """A database with the schema, by itself and behind poolers that are refused."""
    if not shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"):
        pytest.skip("pgbouncer is not installed")
    with world_in(tmp_path_factory.mktemp("pooled")) as made:
        made.direct = made(made.pg.url())
        made.direct.run("migrate")
        bouncers = {mode: Bouncer(made.pg, mode) for mode in ("transaction", "statement")}
        made.behind = {mode: made(bouncer.url) for mode, bouncer in bouncers.items()}
        yield made
        for bouncer in bouncers.values():
            bouncer.close()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("command", ["migrate", "crawler", "scheduler", "api", "mirror", "up", "status", "why ada", "task discovery_scraper",
                                     "user list", "token list", "webhook list", "mirror purge /users/ada", "forget ada",
                                     "export here", "retry-capabilities"])
def test_pgbouncer_in_other_modes_is_refused(pooled, mode, command):
    done = pooled.behind[mode].run(*command.split(), check=False)
    assert done.returncode == 2 and "pooler in transaction mode" in done.stderr and "pool_mode = session" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


@needs_pgbouncer
def test_a_pooler_that_does_not_reset_its_sessions_is_refused(world):
    """Prepared statements and settings of one process would meet the next one's."""
    bouncer = Bouncer(world.pg, "session", "server_reset_query =\n")
    try:
        s = world(bouncer.url)
        for command in ("migrate", "status", "crawler"):  # the first one may get its sessions new
            done = s.run(command, check=False)
            assert done.returncode == (1 if command == "migrate" else 2) and "server_reset_query = DISCARD ALL" in done.stderr, done.stderr
    finally:
        bouncer.close()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_doctor_names_the_pooler(pooled, mode):
    done = pooled.behind[mode].run("doctor", check=False)
    assert done.returncode == 1 and "pooler" in done.stdout and "pool_mode = session" in done.stdout


def test_a_replica_through_pgbouncer_in_transaction_mode_is_refused(pooled):
    done = pooled.direct.run("api", check=False, DATABASE_READ_URL=pooled.behind["transaction"].url)
    assert done.returncode == 2 and "DATABASE_READ_URL: " in done.stderr and "pooler" in done.stderr


@pytest.mark.parametrize("options,expected", [
    ("", {"statement_timeout": "5s", "jit": "off", "default_transaction_isolation": "read committed"}),
    ("-c statement_timeout=1234", {"statement_timeout": "1234ms", "jit": "off"}),
    ("-c jit=on -c work_mem=9MB", {"statement_timeout": "5s", "jit": "on", "work_mem": "9MB"}),
    ("--Statement-Timeout=1234 -cJIT=on", {"statement_timeout": "1234ms", "jit": "on"}),
    ("-c xx.jit=on", {"statement_timeout": "5s", "jit": "off"}),
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


@pytest.mark.parametrize("name,needed", [("api", 128), ("mirror", 64), ("crawler", 64), ("scheduler", 24)])
def test_few_open_files(world, name, needed):
    """Too few are refused with what to do; just enough are enough."""
    s = world(world.pg.url())
    s.run("migrate")
    for files in sorted({16, 20, needed - 1}):
        done = subprocess.run([str(BUILD / "gitomatic"), name], capture_output=True, text=True, env=s.env, timeout=60, cwd=s.folder,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        assert done.returncode == 1 and f"only {files} open files are allowed, expected at least {needed}" in done.stderr, done.stderr
        assert "LimitNOFILE" in done.stderr
    log = s.folder / "enough.log"
    process = Process(name, subprocess.Popen(  # the soft limit is raised
        [str(BUILD / "gitomatic"), name], stdout=subprocess.DEVNULL, stderr=open(log, "w"), cwd=s.folder,
        env={**s.env, "MIRROR_LISTEN": "127.0.0.1:0"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (12, needed))), log)
    s.processes.append(process)
    done = {"api": "api.listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "mirror.listening"}
    until(lambda: done[name] in process.log(), f"{name} at work")
    assert process.stop() == 0


def get_or_not(at):
    with contextlib.suppress(OSError, http.client.HTTPException):
        get(at, "/github/developers/")


@pytest.mark.slow
def test_a_statement_that_the_user_does_not_limit(world):
    """An API gives it up after a minute, and no session of it stays on the server: not there, nor of a command that was killed."""
    s = world(world.pg.url(), PGOPTIONS="-c statement_timeout=0")
    s.run("migrate")
    api = s.start("api", API_CONNECTIONS=3)
    at = address(api)
    assert get(at, "/github/developers/") == 200
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'gitomatic%'"
    holder = psycopg2.connect(world.pg.url())
    with contextlib.closing(holder), holder.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(7717, 0)")
        migrate = s.start("migrate")
        until(lambda: world.pg.psql(waiting) == [["1"]], "a command that waits")
        migrate.kill()
        until(lambda: world.pg.psql(waiting) == [["0"]], "the end of its session")
        cursor.execute("lock table developers in access exclusive mode")
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            assert set(threads.map(lambda n: get(at, f"/github/developers/?page_size={n}", 300), (1, 2))) == {503}
        assert time.monotonic() - begun > 50
        until(lambda: world.pg.psql(waiting) == [["0"]], "the end of their sessions")
        threading.Thread(target=lambda: get_or_not(at), daemon=True).start()
        until(lambda: world.pg.psql(waiting) == [["1"]], "a request that waits")
        with within(12):
            assert api.stop() == 0
        until(lambda: world.pg.psql(waiting) == [["0"]], "the end of its session")
