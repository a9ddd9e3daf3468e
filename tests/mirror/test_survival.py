"""Kills, restarts, and PostgreSQL going away and coming back."""
import time

import pytest
from lab import numbers
from mirror import Mirror
from pg import Postgres
from stack import Stack


def test_kill_9_and_restart_the_first_request_is_a_hit(lab):
    sim = lab.github("--token", "a=ada")
    stack = lab.stack(sim.url)
    mirror = lab.mirror(sim, stack)
    paths = ["/users/ada", "/users/ada/repos?per_page=100", "/users/ada/followers"]
    bodies = [mirror.get(p, "a").json() for p in paths]
    mirror.process.kill()  # at once: an answer that was given is in the store
    charged = sim.charged()
    mirror = lab.mirror(sim, stack)
    for path, body in zip(paths, bodies):
        got = mirror.get(path, "a")
        assert got.label == "ONLINE_HIT", path
    assert sim.charged() == charged


def test_two_mirrors_share_one_cache(lab):
    sim = lab.github("--token", "a=ada")
    stack = lab.stack(sim.url)
    one, two = lab.mirror(sim, stack), lab.mirror(sim, stack)
    one.get("/users/ada", "a")
    charged = sim.charged()
    assert two.get("/users/ada", "a").label == "ONLINE_HIT" and sim.charged() == charged
    sim.mutate({"op": "edit_user", "login": "ada", "set": {"bio": "changed"}})
    assert two.get("/users/ada", "a").json()["bio"] == "changed"
    assert one.get("/users/ada", "a").json()["bio"] == "changed"


@pytest.fixture
def own(lab, tmp_path):
    """(simulator, cluster, stack) where the cluster is this test's own and can be stopped."""
    with Postgres() as pg:
        sim = lab.github("--token", "a=ada")
        folder = tmp_path / f"own-{next(numbers)}"
        folder.mkdir()
        stack = Stack(pg.url(), sim.url, folder)
        stack.run("migrate")
        try:
            yield sim, pg, stack
        finally:
            stack.end()


READY = ("/readyz", "/ready", "/health/ready")


def ready(mirror):
    """Status of whichever of the usual addresses there is."""
    got = [mirror.get(path) for path in READY]
    return next(g.status for g in got if g["X-GitHub-Request-Id"] is None and g.status != 404)


def test_an_outage_of_postgresql(own):
    sim, pg, stack = own
    mirror = Mirror(stack, MIRROR_MEMORY_MB=1)
    assert mirror.get("/users/ada", "a").label == "ONLINE_MISS"
    assert mirror.get("/users/ada", "a").label == "ONLINE_HIT"
    assert mirror.get("/healthz").status == 200 and ready(mirror) == 200
    if stack.connection:
        stack.connection.close()
    pg.stop("immediate")
    for n in range(3):
        got = mirror.get(f"/users/ada/repos?n={n}", "a")
        assert got.status == 200 and got.json()
    done = mirror.request("PATCH", "/user", "a", {"Content-Type": "application/json"}, b'{"bio":"without a database"}')
    assert done.status == 200
    assert mirror.get("/users/ada", "a").json()["bio"] == "without a database"
    assert mirror.get("/healthz").status == 200
    wait(lambda: ready(mirror) == 503)
    assert mirror.get("/metrics").status == 200
    pg.start()
    wait(lambda: ready(mirror) == 200)
    wait(lambda: mirror.get("/users/ada/followers", "a").label == "ONLINE_HIT")
    stack.wait_until(lambda: stack.one("select count(*) from mirror_pages where url like '%/followers'") == 1, 10, "a row")
    assert mirror.stop() == 0


@pytest.mark.parametrize("status", [401, 403, 404])
def test_pages_refused_while_postgresql_was_away_stay_refused(lab, tmp_path, status):
    """The refusal is written down once the database is back, before anything is read from it."""
    good = (200, {"ETag": '"1"'}, b'{"secret":true}')
    upstream = lab.recorder(lambda seen: good)
    with Postgres() as pg:
        folder = tmp_path / "own"
        folder.mkdir()
        stack = Stack(pg.url(), upstream.url, folder)
        stack.run("migrate")
        try:
            mirror = Mirror(stack, MIRROR_NEGATIVE_SECONDS=0)
            assert mirror.get("/secret", "t").body == mirror.get("/other", "t").body == good[2]
            pg.stop("fast")
            upstream.answer = lambda seen: (status, {}, b'{"message":"no"}') if seen.target == "/secret" else good
            assert mirror.get("/secret", "t").status == status
            upstream.answer = lambda seen: (502, {}, b"{}")
            assert mirror.get("/secret", "t").status == 502
            pg.start()
            wait(lambda: ready(mirror) == 200)
            mirror.process.kill()
            mirror = Mirror(stack, MIRROR_NEGATIVE_SECONDS=0)
            assert mirror.get("/secret", "t").status == 502 and mirror.get("/other", "t").body == good[2]
        finally:
            stack.end()


def wait(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.1)


def test_a_start_before_postgresql_waits_for_it(own):
    sim, pg, stack = own
    pg.stop("immediate")
    mirror = Mirror(stack, wait=False)
    wait(lambda: "database.wait" in mirror.process.log())
    pg.start()
    mirror.wait_listening()
    assert mirror.get("/users/ada", "a").status == 200 and ready(mirror) == 200
    assert mirror.stop() == 0


def test_no_request_fails_while_postgresql_restarts(own, together):
    sim, pg, stack = own
    mirror = Mirror(stack)
    mirror.get("/users/ada", "a")
    ended, failures = [], []

    def ask(n):
        while not ended:
            got = mirror.get(f"/users/ada?n={n}", "a")
            if got.status != 200:
                failures.append(got)

    def restart():
        try:
            for _ in range(2):
                pg.stop("immediate")
                pg.start()
        finally:
            ended.append(True)
    together(restart, *[lambda n=n: ask(n) for n in range(4)])
    assert failures == []
    wait(lambda: mirror.get("/users/ada", "a").label == "ONLINE_HIT")


def anew(pg, stack):
    pg.psql("drop database gitomatic with (force)", "postgres")
    pg.psql("create database gitomatic", "postgres")


def schema_anew(pg, stack):
    pg.psql("drop schema public cascade; create schema public", "gitomatic")


@pytest.mark.parametrize("credentials", ["none", "pool"])
@pytest.mark.parametrize("empty", [anew, schema_anew], ids=["database", "schema"])
def test_a_database_that_was_dropped_and_created_again(own, empty, credentials):
    """Requests pass through, /readyz says why and what to do, and the mirror continues once it is migrated."""
    sim, pg, stack = own
    more = {"MIRROR_CREDENTIALS": "pool", "GITHUB_TOKEN": "a"} if credentials == "pool" else {}
    mirror = Mirror(stack, **more)
    assert mirror.get("/users/ada", "a").label == "ONLINE_MISS" and mirror.get("/users/ada", "a").label == "ONLINE_HIT"
    key = pg.psql("select encode(key, 'hex') from mirror_key", "gitomatic")
    if stack.connection:
        stack.connection.close()
    empty(pg, stack)
    for n in range(3):
        got = mirror.get(f"/users/ada/repos?n={n}", "a")
        assert got.status == 200 and got.json()
    wait(lambda: b"gitomatic migrate" in mirror.get("/readyz").body)
    got = mirror.get("/readyz")
    assert got.status == 503 and b"pass through" in got.body and mirror.get("/healthz").status == 200
    assert b"\ngitomatic_mirror_database_up 0\n" in mirror.get("/metrics").body
    assert mirror.get("/users/ada", "a").status == 200
    stack.run("migrate")
    wait(lambda: mirror.get("/readyz").status == 200)
    assert pg.psql("select encode(key, 'hex') from mirror_key", "gitomatic") == key  # other mirrors that ran have it, too
    wait(lambda: mirror.get("/users/ada/followers", "a").label == "ONLINE_HIT")
    wait(lambda: pg.psql("select count(*) from mirror_pages where url like '%/followers'", "gitomatic") == [["1"]])
    wait(lambda: pg.psql("select count(*) from workers where kind = 'mirror'", "gitomatic") == [["1"]])
    mirror.process.kill()
    mirror = Mirror(stack, **more)
    assert mirror.get("/users/ada/followers", "a").label == "ONLINE_HIT"
    assert mirror.stop() == 0


def said(mirror):
    return [line for line in mirror.process.log().splitlines() if " mirror.store " in line]


def test_one_statement_that_misses_a_table_does_not_end_the_cache(own):
    """The schema is this program's by its versions, so only what needs that table fails. It used to be down and up again all the time."""
    sim, pg, stack = own
    mirror = Mirror(stack, LOG_LEVEL="debug")
    assert mirror.get("/users/ada", "a").label == "ONLINE_MISS"
    pg.psql("alter table mirror_writes rename to elsewhere", "gitomatic")
    begun = time.monotonic()
    wait(lambda: len(said(mirror)) >= 4)  # the keeper's statements fail, again and again
    warnings = [line for line in said(mirror) if "WARN" in line]
    assert len(warnings) <= 1 + (time.monotonic() - begun) // 60, warnings  # one a minute
    assert "mirror.database_away" not in mirror.process.log(), mirror.process.log()
    assert mirror.get("/readyz").status == 200 and mirror.get("/users/ada", "a").label == "ONLINE_HIT"
    pg.psql("alter table elsewhere rename to mirror_writes", "gitomatic")
    assert mirror.stop() == 0
