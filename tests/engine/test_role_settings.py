"""Settings that an operator gives the role or the database (ALTER ROLE, ALTER DATABASE): what the program depends on holds all the same;
where it cannot, that is said. Policies that hide rows are an error, not an answer that lacks them."""
import json

import pytest
from database_world import address, answer, until, world_in  # noqa: F401
from stack import PATIENCE_S

SETTINGS = {  # each would change an answer, end a statement or hide something
    "default_transaction_isolation": "serializable", "default_transaction_deferrable": "on", "statement_timeout": "2s", "lock_timeout": "1ms",
    "idle_session_timeout": "3s", "idle_in_transaction_session_timeout": "5ms", "TimeZone": "Asia/Tokyo", "DateStyle": "German",
    "IntervalStyle": "sql_standard", "client_encoding": "LATIN1", "bytea_output": "escape", "standard_conforming_strings": "off",
    "backslash_quote": "off", "extra_float_digits": "-15", "array_nulls": "off", "transform_null_equals": "on", "quote_all_identifiers": "on",
    "gin_fuzzy_search_limit": "1", "check_function_bodies": "off", "row_security": "off", "synchronous_commit": "off", "work_mem": "2GB",
    "jit": "on", "jit_above_cost": "0", "force_parallel_mode": "on", "default_text_search_config": "pg_catalog.turkish", "xmlbinary": "hex",
    "plpgsql.extra_errors": "all", "client_min_messages": "log", "from_collapse_limit": "1", "join_collapse_limit": "1",
}


def crawled(world, name, settings):
    """What a crawl leaves, and what API and export say of it, as a role with these settings."""
    world.pg.psql(f"create role {name} login; create database {name} owner {name}", "postgres")
    world.pg.psql("create extension pg_trgm", name)
    for key, value in settings.items():
        quoted = ".".join(f'"{part}"' for part in key.split("."))
        world.pg.psql(f"alter role {name} set {quoted} = '{value}'", "postgres")
    s = world(world.pg.url(name).replace("user=postgres", f"user={name}"), GITHUB_HYDRATION="rest", DISCOVERY_SCHEDULE="off",
              HEARTBEAT_SCHEDULE="off")
    s.run("migrate")
    crawler = s.crawler()
    for user in world.sim.truth()["users"][:3]:
        s.task("full_profile_sync", user["login"])
    open_jobs = "select count(*) from jobs where state in ('available', 'running', 'scheduled')"
    until(lambda: world.pg.psql(open_jobs, name) == [["0"]], "the crawl", 2 * PATIENCE_S)
    assert world.pg.psql("select count(*) from jobs where state = 'failed'", name) == [["0"]], crawler.log()
    at = address(s.start("api"))
    said = {}
    for path in ("/github/developers/?search=a&fields=login,bio,created_at&ordering=login", "/github/developers/?search=the&fields=login&ordering=login",
                 "/github/repositories/?search=a&fields=full_name&ordering=full_name", "/github/repositories/?fields=full_name,stargazers_count"
                 "&ordering=full_name", "/github/developers/facets/?field=location", "/github/changes/"):
        status, body = answer(at, path)
        assert status == 200, body
        document = json.loads(body)
        said[path] = document.get("values") or document.get("count") and (document["count"], [
            {k: v for k, v in one.items() if k not in ("url", "id")} for one in document["results"]])
    exported = s.folder / f"export-{name}"
    s.run("export", str(exported), "--only", "developers,repositories,stars,follows")
    files = {one.name: sorted(line.split(",")[:1] for line in one.read_text().splitlines()) for one in sorted(exported.glob("*.csv"))}
    types = world.pg.psql("select type, sum(n) from changes where type not like '%synced' group by 1 order by 1", name)
    s.stop()
    return {"api": said, "export": files, "feed": types, "counts": world.pg.psql(
        "select list, sum(n) from (select list, n from list_counts where span = 'all' union all select list, n from list_deltas) x group by 1 "
        "order by 1", name)}


def test_what_the_program_depends_on_holds(tmp_path):
    with world_in(tmp_path) as world:
        plain, odd = crawled(world, "plain", {}), crawled(world, "odd", SETTINGS)
        assert plain["feed"] and plain["counts"] and plain["api"]
        for what, expected in plain.items():
            assert odd[what] == expected, what


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with world_in(tmp_path_factory.mktemp("roles")) as made:
        made.pg.psql("create role plain login; create database d owner plain", "postgres")
        made.pg.psql("create extension pg_trgm", "d")
        made.plain = made(made.pg.url("d").replace("user=postgres", "user=plain"))
        made.plain.run("migrate")
        yield made


@pytest.mark.parametrize("whose", ["role plain", "database d"])
def test_triggers_that_would_not_run(world, whose):
    """A role that may not change it back is refused by every command; one that may, does."""
    world.pg.psql(f"alter {whose} set session_replication_role = replica", "postgres")
    try:
        for command in ("status", "task discovery_scraper", "doctor", "forget ada"):
            done = world.plain.run(*command.split(), check=False)
            assert done.returncode == 1 and "reset session_replication_role" in done.stdout + done.stderr, done.stdout + done.stderr
        crawler = world.plain.crawler()
        until(lambda: "reset session_replication_role" in crawler.log(), "the reason in the log")
        assert crawler.stop() == 0
        if whose == "database d":
            superuser = world(world.pg.url("d"))
            superuser.run("task", "discovery_scraper")
            assert superuser.run("doctor", check=False).stdout.count("problem") <= 2  # GitHub's address is the simulator's
    finally:
        world.pg.psql(f"alter {whose} reset session_replication_role", "postgres")
    world.plain.run("task", "discovery_scraper")


def test_triggers_run_with_the_role_local(world):
    """Only `replica` stops them: another value is no reason to refuse a role that may not change it."""
    world.pg.psql("alter role plain set session_replication_role = local", "postgres")
    try:
        before = world.pg.psql("select count(*) from changes", "d")
        world.plain.rows("insert into developers (github_id, login, first_seen_at) values (70, 'local', now())")
        assert world.plain.run("status", check=False).returncode == 0
        assert world.pg.psql("select count(*) from changes", "d") != before
        world.plain.run("forget", "local")
    finally:
        world.pg.psql("alter role plain reset session_replication_role", "postgres")


def test_rows_that_policies_hide(world):
    """Nothing is answered, exported or erased as if they were not there."""
    world.pg.psql("create role reader login; grant usage on schema public to reader; grant select, insert, update, delete on all tables in "
                  "schema public to reader; grant usage on all sequences in schema public to reader; insert into developers "
                  "(github_id, login, first_seen_at, synced_at, created_at) values (7, 'hidden', now(), now(), now()); "
                  "alter table developers enable row level security; create policy none on developers using (false)", "d")
    s = world(world.pg.url("d").replace("user=postgres", "user=reader"))
    words = "query would be affected by row-level security policy for table"
    for command in ("why hidden", "forget hidden", f"export {s.folder}/hidden"):
        done = s.run(*command.split(), check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    api = s.start("api")
    assert answer(address(api), "/github/developers/by-login/hidden/")[0] == 500
    assert words in api.log()
    asked_for = world(world.pg.url("d").replace("user=postgres", "user=reader"), PGOPTIONS="-c row_security=on")
    assert "no developer" in asked_for.run("why", "hidden", check=False).stderr
    world.pg.psql("alter policy none on developers using (true)", "d")
    assert words in s.run("why", "hidden", check=False).stderr, "also where the policy hides nothing"
    assert "hidden" in asked_for.run("why", "hidden").stdout
    owner = world.plain.run("why", "hidden")
    assert "hidden" in owner.stdout
