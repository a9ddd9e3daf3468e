"""The commands that end by themselves, against a running database."""
import json
import subprocess

import pytest

from gitomatic_cli import BIN, Process, clean_env, run

COMMANDS = ["up", "api", "crawler", "scheduler", "migrate", "user", "task", "status"]
NEED_SCHEMA = [["user", "list"], ["task", "discovery_scraper"], ["status"], ["scheduler"], ["api"], ["crawler"]]


def test_version_and_help():
    assert run("--version").stdout.startswith("gitomatic ")
    assert run().returncode == 2
    text = run("--help").stdout
    for name in COMMANDS:
        assert name in text
        help_text = run(name, "--help").stdout
        assert f"usage: gitomatic {name}" in help_text and "RATE_LIMIT_STOP_THRESHOLD" in help_text


@pytest.mark.parametrize("args, words", [
    (["frobnicate"], ["frobnicate", "status"]),
    (["status", "--jsn"], ["--jsn", "--json"]),
    (["status", "now"], ["now"]),
    (["status", "--json=yes"], ["--json"]),
    (["migrate", "--status", "x"], ["x"]),
    (["task"], ["name", "full_profile_sync"]),
    (["task", "rm"], ["rm", "full_profile_sync"]),
    (["task", "full_profile_sync"], ["username"]),
    (["task", "full_profile_sync", "--username"], ["--username"]),
    (["task", "full_profile_sync", "--username", "ada", "--username", "bob"], ["--username", "twice", "ada", "bob"]),
    (["task", "full_profile_sync", "--username", "a/b"], ["username", "a/b"]),
    (["task", "full_profile_sync", "--username", "x\r\ny"], ["username"]),
    (["task", "full_profile_sync", "--username", "ü"], ["username", "ü"]),
    (["task", "full_repository_sync", "--username", "ada"], ["repo_name"]),
    (["task", "full_repository_sync", "--username", "ada", "--repo-name", "../../x"], ["repo_name", "../../x"]),
    (["user"], ["add", "list", "remove"]),
    (["user", "rename", "x"], ["rename"]),
    (["user", "add"], ["name"]),
    (["user", "add", "a:b"], ["a:b"]),
    (["user", "add", "x" * 151], ["name"]),
    (["user", "list", "--read-only"], ["--read-only"]),
    (["status", "--discovery-count", "x"], ["DISCOVERY_COUNT", "x"]),
    (["status", "--log-level"], ["--log-level"]),
    (["status", "--discovery-count", "1", "--discovery-count", "1"], ["DISCOVERY_COUNT", "twice"]),
    (["api", "--api-listen=127.0.0.1:1", "--api-listen", "127.0.0.1:2"], ["API_LISTEN", "twice"]),
    (["up", "--demo", "--demo"], ["--demo", "twice"]),
    (["status", "--json", "--json"], ["--json", "twice"]),
    (["crawler", "--github-token", "first-secret", "--github-token", "second-secret"], ["GITHUB_TOKEN", "twice"]),
])
def test_wrong_use_is_named(server, args, words):
    result = run(*args, cwd=server.folder)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr
    assert "-secret" not in result.stderr


def test_status_is_one_object(database):
    result = run("status", "--json", DATABASE_URL=database.url)
    assert result.returncode == 0, result.stderr
    status = json.loads(result.stdout)
    states = ["available", "running", "scheduled", "completed", "failed", "cancelled"]
    assert status["jobs"] == dict.fromkeys(states, 0)
    assert status["developers"] == status["repositories"] == {"known": 0, "synced": 0}
    assert (status["follows"], status["stars"], status["rate_limits"]) == (0, 0, [])
    assert (status["workers"], status["last_discovery"]) == ([], None)
    assert run("status", DATABASE_URL=database.url).returncode == 0


def test_status_counts(database):
    database.rows("""
        insert into developers (github_id, login, first_seen_at, synced_at, gone_at)
        values (1, 'ada', now(), now(), null), (2, 'bob', now(), null, null), (3, 'eve', now(), now(), now());
        insert into repositories (github_id, name, full_name, first_seen_at) values (1, 'x', 'ada/x', now());
        insert into follows values (2, 1, now());
        insert into stars values (1, 1, now(), now()), (2, 1, null, now());
        insert into jobs (kind, key, state, finished_at) values ('discovery_scraper', 'a', 'completed', '2026-01-02Z');
        insert into credentials (label, kind, position) values ('second', 'token', 1), ('first', 'token', 0);
        insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
        values ('second', 'core', 5000, 12, 4102444800, '2100-01-01Z'), ('first', 'core', 60, 0, 1, '2001-01-01Z');
        """)
    status = json.loads(run("status", "--json", DATABASE_URL=database.url).stdout)
    assert status["developers"] == {"known": 2, "synced": 1}
    assert status["repositories"] == {"known": 1, "synced": 0}
    assert (status["follows"], status["stars"], status["jobs"]["completed"]) == (1, 2, 1)
    assert status["last_discovery"] == "2026-01-02T00:00:00Z"
    first, second = status["rate_limits"]
    assert (first["credential"], first["rate_remaining"]) == ("first", 60)  # its reset has passed: full again
    assert second == {"credential": "second", "resource": "core", "rate_limit": 5000, "rate_remaining": 12,
                      "rate_reset_raw": 4102444800, "rate_reset": "2100-01-01T00:00:00Z"}


def test_task_enqueues_once(database):
    args = ["task", "full_repository_sync", "--username", "Ada", "--repo-name", "x.y"]
    first, second = (run(*args, DATABASE_URL=database.url) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert database.rows("select kind, subject, priority, state from jobs") == [
        ("full_repository_sync", "Ada/x.y", 10, "available")]


def test_task_wait_says_how_it_ended(database, start):
    waiting = start(Process, "task", "full_profile_sync", "--username", "ada", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 jobs open")
    database.rows("update jobs set state = 'completed', finished_at = now()")
    assert waiting.wait() == 0

    waiting = start(Process, "task", "full_profile_sync", "--username", "bob", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 jobs open")
    database.rows("update jobs set state = 'failed', error = 'no luck', finished_at = now() where subject = 'bob'")
    assert waiting.wait() == 1
    assert "no luck" in waiting.output()

    waiting = start(Process, "task", "full_profile_sync", "--username", "eve", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 jobs open")
    assert waiting.stop() == 130
    assert "goes on without us" in waiting.output()
    assert database.one("select state from jobs where subject = 'eve'") == "available"


def test_task_wait_says_when_no_crawler_runs(database, start):
    waiting = start(Process, "task", "full_profile_sync", "--username", "ada", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("no crawler runs")
    database.rows("insert into workers (kind, host, pid) values ('crawler', 'here', 1)")
    waiting.wait_for("a crawler runs now")
    database.rows("update jobs set state = 'completed', finished_at = now()")
    assert waiting.wait() == 0
    assert waiting.output().count("no crawler runs") == 1


def test_users(database):
    env = {"DATABASE_URL": database.url}
    added = run("user", "add", "ada", **env)
    assert added.returncode == 0 and "password: " in added.stdout
    assert run("user", "add", "bob", "--password-stdin", "--read-only", stdin="secret word\n", **env).returncode == 0
    listed = run("user", "list", **env).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["ada", "bob"] and "read-only" in listed[1]
    assert "changed" in run("user", "add", "ada", **env).stdout
    assert run("user", "add", "eve", "--password-stdin", stdin="", **env).returncode == 2
    assert run("user", "remove", "bob", **env).returncode == 0
    gone = run("user", "remove", "bob", **env)
    assert gone.returncode == 1 and "bob" in gone.stderr
    assert database.one("select count(*) from api_users where password_hash like '%secret%'") == 0


def test_migrate_many_at_once(empty_database):
    env = clean_env(DATABASE_URL=empty_database.url)
    assert run("migrate", "--status", DATABASE_URL=empty_database.url).returncode == 1
    running = [subprocess.Popen([BIN, "migrate"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(5)]
    ended = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 5, ended
    assert sum("applied" in out for out, _ in ended) == 1
    shown = run("migrate", "--status", DATABASE_URL=empty_database.url)
    assert shown.returncode == 0 and shown.stdout.startswith("0001 init")


def fingerprint(database):
    return database.rows("select version, applied_at from schema_migrations order by 1"), database.rows(
        "select table_name from information_schema.tables where table_schema = 'public' order by 1")


@pytest.mark.parametrize("args", NEED_SCHEMA + [["migrate"], ["up"]], ids=" ".join)
def test_a_newer_schema_is_refused(database, folder, args):
    database.rows("insert into schema_migrations (version) values ('9999')")
    before = fingerprint(database)
    result = run(*args, cwd=folder, DATABASE_URL=database.url, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 1
    assert "9999" in result.stderr and "newer gitomatic" in result.stderr
    assert fingerprint(database) == before
    assert database.one("select count(*) from jobs") == 0


@pytest.mark.parametrize("args", NEED_SCHEMA, ids=" ".join)
def test_an_empty_database_is_refused(empty_database, folder, args):
    result = run(*args, cwd=folder, DATABASE_URL=empty_database.url, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 1
    assert "gitomatic migrate" in result.stderr
    assert fingerprint_tables(empty_database) == []


def fingerprint_tables(database):
    return database.rows("select table_name from information_schema.tables where table_schema = 'public'")


@pytest.mark.parametrize("args", [["status"], ["migrate"], ["task", "discovery_scraper"]], ids=" ".join)
def test_no_database(folder, args):
    result = run(*args, cwd=folder)
    assert result.returncode == 1
    assert "set DATABASE_URL or start `gitomatic up`" in result.stderr and "./var" in result.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "host=/nowhere dbname=x"])
def test_wrong_url(folder, url):
    result = run("status", cwd=folder, DATABASE_URL=url)
    assert result.returncode == 1
    assert "can't connect to PostgreSQL" in result.stderr and len(result.stderr.splitlines()) == 1


def test_pg_variables_name_a_database(server):
    result = run("status", PGHOST=server.folder / "var/run", PGUSER="gitomatic", PGDATABASE="gitomatic")
    assert result.returncode == 0, result.stderr
