"""A database that is there and cannot do what is asked: the answer says which, and the server continues when it can."""
import subprocess
import threading

import pytest

from server import basic, until

WRITES = [("POST", "/github/tasks/", b"name=discovery_scraper"), ("POST", "/github/jobs/1/cancel/", b"")]
READS = ["/github/developers/", "/github/repositories/?search=x", "/github/rate_limit/", "/github/jobs/", "/github/changes/", "/github/stats/", "/github/samples/",
         "/github/developers/?format=csv", "/github/developers/facets/", "/github/quota/history/", "/github/webhooks/", "/github/developers/by-login/ada/"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def set_read_only(own, value):
    own.pg.psql(f"alter database own set default_transaction_read_only = {value}; select pg_terminate_backend(pid) from pg_stat_activity where datname = 'own'", "postgres")


def test_a_read_only_database_is_called_so(own):
    own.start(own.tmp / "log")
    assert own.get("/github/jobs/").status == 200
    set_read_only(own, "on")
    for method, path, body in WRITES[:1]:
        got = own.request(method, path, FORM, body)
        assert got.status == 503 and got.headers["Retry-After"] and "read-only" in got.json()["detail"] and "unreachable" not in got.text, got.text
    page = own.request("POST", "/github/tasks/", {**FORM, "Accept": "text/html"}, WRITES[0][2])
    assert page.status == 503 and "read-only" in page.text
    for path in READS:
        assert own.get(path).status in (200, 404), path
    set_read_only(own, "off")
    until(lambda: own.request("POST", "/github/tasks/", FORM, WRITES[0][2]).status == 200)


@pytest.mark.parametrize("limit", ["role", "database"])
def test_a_database_without_free_connections_is_called_so(own, limit):
    own.pg.psql("drop role if exists few; create role few login superuser; alter database own connection limit -1", "postgres")
    own.pg.psql("alter role few nosuperuser; grant all on schema public to few; grant all on all tables in schema public to few; "
                "grant all on all sequences in schema public to few", "own")
    own.env.update(DATABASE_URL=own.pg.url("own").replace("user=postgres", "user=few"), API_AUTH="none")
    own.start(own.tmp / "log")
    until(lambda: own.get("/github/jobs/", auth=False).status == 200)
    what = "role few" if limit == "role" else "database own"
    own.pg.psql(f"alter {what} connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'few'", "postgres")
    until(lambda: own.get("/github/jobs/", auth=False).status == 503)
    until(lambda: "out of disk space, memory or connections" in own.get("/github/jobs/", auth=False).text)
    own.pg.psql(f"alter {what} connection limit -1", "postgres")
    until(lambda: own.get("/github/jobs/", auth=False).status == 200)


def test_a_lock_that_is_not_free_is_no_outage(own):
    own.env["PGOPTIONS"] = "-c lock_timeout=300"
    own.start(own.tmp / "log")
    assert own.get("/github/jobs/").status == 200
    with subprocess.Popen([f"{own.pg.bin}/psql", "-X", "-q", own.pg.url("own")], stdin=subprocess.PIPE, text=True) as lock:
        lock.stdin.write("begin; lock table jobs in access exclusive mode;\n")
        lock.stdin.flush()
        until(lambda: own.pg.psql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'jobs'::regclass", "own") == [["1"]])
        got = own.get("/github/jobs/")
        assert got.status == 503 and "beside other work" in got.json()["detail"], got.text
        lock.stdin.close()
    until(lambda: own.get("/github/jobs/").status == 200)


MISSING = "gitomatic migrate"


def anew(own):
    """As an operator does who made a mistake, or restores: under the running server."""
    own.pg.psql("drop database own with (force)", "postgres")
    own.pg.psql("create database own", "postgres")


def schema_anew(own):
    own.pg.psql("drop schema public cascade; create schema public", "own")


@pytest.mark.parametrize("login", ["required", "none"])
@pytest.mark.parametrize("empty", [anew, schema_anew], ids=["database", "schema"])
def test_a_database_that_was_dropped_and_created_again(own, empty, login):
    own.env["API_AUTH"] = login
    own.start(own.tmp / "log")
    auth = login == "required"
    for path in READS:
        assert own.get(path, auth=auth).status in (200, 404), path
    empty(own)
    ready = own.get("/health/ready", auth=False)
    assert ready.status == 503 and ready.json()["schema"] == "wrong" and MISSING in ready.json()["detail"], ready.text
    for path in READS:
        got = own.get(path, auth=auth)
        if got.status == 503 and "unreachable" in got.text:  # a connection that was ended
            until(lambda: "unreachable" not in own.get(path, auth=auth).text)
            got = own.get(path, auth=auth)
        assert got.status == 503 and MISSING in got.json()["detail"] and got.headers["Retry-After"], f"{path}: {got.status} {got.text}"
    page = own.get("/github/developers/", {"Accept": "text/html"}, auth=auth)
    assert page.status == 503 and MISSING in page.text
    assert own.get("/", {"Accept": "text/html"}, auth=auth).status == 503
    got = own.request("POST", "/github/tasks/", FORM, b"name=discovery_scraper", auth=auth)
    assert got.status == 503 and MISSING in got.text
    assert own.get("/health/", auth=False).status == own.get("/github/", auth=False).status == 200
    assert own.get("/github/tasks/", auth=basic("ann", "wrong") if auth else False).status == (503 if auth else 200)  # who is not known by now cannot be
    own.run("migrate")
    if auth:  # what was known of users before counts no more, at a lost connection or the first change
        own.run("user-add", "eve", "secret")
        until(lambda: own.get("/github/tasks/").status == 401)
        own.run("user-add", "ann", "secret")
        until(lambda: own.get("/github/tasks/").status == 200)
    until(lambda: own.get("/health/ready", auth=False).status == 200)
    for path in READS:
        until(lambda: own.get(path, auth=auth).status in (200, 404))
        for _ in range(5):  # on every connection
            assert own.get(path, auth=auth).status in (200, 404), path
    got = own.request("POST", "/github/tasks/", FORM, b"name=discovery_scraper", auth=auth)
    assert got.status == 200, got.text
    assert "api.failed" not in own.log()


def test_requests_during_the_migration_get_one_of_two_answers(own):
    """None is told that the server itself failed."""
    own.env["API_AUTH"] = "none"
    own.start(own.tmp / "log")
    anew(own)
    statuses, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            statuses.append(own.get("/github/repositories/", auth=False).status)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for one in threads:
        one.start()
    try:
        own.run("migrate")
        until(lambda: statuses[-1:] == [200])
    finally:
        stop.set()
        for one in threads:
            one.join()
    assert set(statuses) == {200, 503}, set(statuses)


def test_a_missing_column_while_the_schema_is_this_programs_is_a_failure(own):
    """Nothing that a migration mends: it is not promised that it would."""
    own.start(own.tmp / "log")
    own.pg.psql("alter table jobs rename to others", "own")
    got = own.get("/github/jobs/")
    assert got.status == 500 and "log" in got.json()["detail"], got.text
