"""A dump is restored completely: everything or only the data, into the same or another collation, and with tombstones."""
import os
import subprocess

import pytest
from database_world import address, get, until, world, world_in  # noqa: F401
from stack import Stack

TABLES = ["developers", "repositories", "follows", "stars", "changes", "change_days", "changes_folded", "list_counts", "tombstones",
          "tombstone_key", "schema_migrations", "developer_logins", "jobs"]
FORGOTTEN = 4711


def tool(pg, name, *args):
    done = subprocess.run([f"{pg.bin}/{name}", *args], capture_output=True, text=True, env=os.environ)
    return done


def content(pg, database):
    return {table: sorted(map(str, pg.psql(f"select t::text from {table} t", database))) for table in TABLES} | {
        "counts": pg.psql("select list, span, starts, sum(n) from (select * from list_counts union all select list, 'all', '-infinity', n "
                          "from list_deltas) x where span = 'all' group by 1, 2, 3 order by 1", database)}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A database with records, and a forgotten person."""
    with world_in(tmp_path_factory.mktemp("source")) as world:
        fill(world)
        yield world


def fill(world):
    s = world(world.pg.url())
    s.run("migrate")
    for login in [u["login"] for u in world.sim.truth()["users"][:2]]:
        s.task("full_profile_sync", login)
    scheduler = s.start("scheduler", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")
    s.crawler()
    s.wait_idle()
    s.run("forget", "--id", str(FORGOTTEN))
    until(lambda: s.one("select coalesce((select position from changes_folded), 0) = (select max(id) from changes)"), "the fold")
    scheduler.stop()
    s.stop()


@pytest.fixture
def back(source):
    """The URL of a database that is to be made, gone afterwards."""
    yield source.pg.url("back")
    source.pg.psql("drop database if exists back with (force)", "postgres")


WAYS = {"plain": (["-Fp"], []), "custom": (["-Fc"], []), "jobs": (["-Fd"], ["-j2"]),
        "data": (["-Fc"], ["--data-only"]), "data-jobs": (["-Fd"], ["--data-only", "-j2"]), "plain-data": (["-Fp", "--data-only"], []),
        "no-triggers": (["-Fc"], ["--data-only", "--disable-triggers"])}


ELSEWHERE = ("custom", "data", "no-triggers")  # the others read the same texts, in an order that no collation tells


@pytest.mark.parametrize("way,locale", [*((way, "C.UTF-8") for way in WAYS), *(
    pytest.param(way, "C", marks=() if way in ELSEWHERE else pytest.mark.slow) for way in WAYS)])
def test_a_dump_restores_everything(source, back, way, locale, tmp_path):
    pg, (dump, restore) = source.pg, WAYS[way]
    data_only = "--data-only" in dump + restore
    at = str(tmp_path / "dump")
    done = tool(pg, "pg_dump", *dump, "-f", at, pg.url())
    assert done.returncode == 0, done.stderr
    pg.psql(f"create database back template template0 locale '{locale}'", "postgres")
    back = source(back)
    if data_only:
        back.run("migrate")
    if "-Fp" in dump:
        done = tool(pg, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", at, pg.url("back"))
    else:
        done = tool(pg, "pg_restore", *restore, "-d", pg.url("back"), at)
    if way == "no-triggers":  # the versions are in both, and nothing is there to see it
        assert done.stderr.count("error:") <= 2 and "schema_migrations" in done.stderr, done.stderr
    else:
        assert done.returncode == 0 and not done.stderr, done.stderr
    was, now = content(pg, "gitomatic"), content(pg, "back")
    for table in was:
        if table == "schema_migrations" and data_only:
            assert len(was[table]) == len(now[table])
        elif table in ("developers", "repositories"):  # what is generated may be spelled otherwise elsewhere
            assert len(was[table]) == len(now[table]) > 0, table
        else:
            assert was[table] == now[table], table
    assert back.run("migrate").returncode == 0
    assert str(FORGOTTEN) not in back.run("forget", "--list").stdout
    assert "let" in (out := back.run("forget", "--undo", str(FORGOTTEN)).stdout).lower() or out  # its key is the dump's
    assert pg.psql("select count(*) from tombstones", "back") == [["0"]]
    # the feed continues: new writes appear in it
    before = int(pg.psql("select coalesce(max(id), 0) from changes", "back")[0][0])
    back.task("full_profile_sync", source.sim.truth()["users"][5]["login"])
    back.crawler()
    back.wait_idle()
    assert int(pg.psql("select max(id) from changes", "back")[0][0]) > before
    assert pg.psql("select (select count(*) from developers where synced_at is not null and gone_at is null) = (select coalesce(sum(n), 0) "
                   "from (select n from list_counts where list = 'developers' and span = 'all' union all select n from list_deltas where "
                   "list = 'developers') x)", "back") == [["t"]]
    assert get(address(back.start("api")), "/github/developers/") == 200
    back.stop()


@pytest.mark.parametrize("path", ["''", "pg_catalog", "elsewhere"])
def test_triggers_find_their_tables_on_any_path(world, path):
    s = world(world.pg.url())
    s.run("migrate")
    world.pg.psql(f"create schema elsewhere; set search_path = {path}; insert into public.developers (github_id, login, first_seen_at) "
                  "values (1, 'a', now()); update public.developers set synced_at = now(), created_at = now(); "
                  "insert into public.follows values (1, 2, now()); delete from public.follows; delete from public.developers")
    assert s.one("select array_agg(distinct type order by type) from changes") == [
        "developer.erased", "developer.new", "developer.synced", "follow.closed", "follow.new"]
    assert s.one("select sum(n) from list_deltas") == 0 == s.one("select count(*) from developers")


# ---- what migrate needs ----

def fresh(world, how="encoding 'UTF8'", name="fresh"):
    world.pg.psql(f"create database {name} template template0 {how}", "postgres")
    return name


@pytest.mark.parametrize("encoding,words", [("LATIN1", ["LATIN1", "UTF8", "template0"]), ("WIN1252", ["WIN1252", "UTF8"]), ("EUC_JP", ["EUC_JP"])])
def test_an_encoding_that_cannot_hold_names(world, encoding, words):
    name = fresh(world, f"encoding '{encoding}' locale 'C'")
    done = world(world.pg.url(name)).run("migrate", check=False)
    assert done.returncode == 1 and all(word in done.stderr for word in words), done.stderr
    assert world.pg.psql("select count(*) from pg_class where relnamespace = 'public'::regnamespace", name) == [["0"]]


def test_sql_ascii_is_taken_with_a_warning(world):
    name = fresh(world, "encoding 'SQL_ASCII' locale 'C'")
    assert "database.encoding" in world(world.pg.url(name)).run("migrate").stderr


def test_pg_trgm_out_of_the_path(world):
    name = fresh(world)
    world.pg.psql("create schema tools; create extension pg_trgm schema tools", name)
    done = world(world.pg.url(name)).run("migrate", check=False)
    assert done.returncode == 1 and "tools" in done.stderr and "search_path" in done.stderr
    assert world.pg.psql("select count(*) from pg_class where relnamespace = 'public'::regnamespace", name) == [["0"]]
    world.pg.psql(f"alter database {name} set search_path = public, tools", "postgres")
    world(world.pg.url(name)).run("migrate")


def test_a_schema_whose_name_needs_quotes(world):
    """Is refused before anything is made; other odd names are taken."""
    def migrated(schema):
        quoted = '"%s"' % schema.replace('"', '""')
        world.pg.psql(f"create schema {quoted}")
        return world(world.pg.url(), PGOPTIONS=f"-c search_path={quoted},public".replace(" ", "\\ ").replace("-c\\ ", "-c ")).run("migrate", check=False)
    world.pg.psql("create extension pg_trgm")
    for schema in ("Odd One", "UPPER", "a.b"):
        done = migrated(schema)
        assert done.returncode == 1 and f'alter schema "{schema}" rename to gitomatic' in done.stderr, done.stderr
    assert world.pg.psql("select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('Odd One', 'UPPER', 'a.b', "
                         "'public') and relkind = 'r'") == [["0"]]
    for schema in ("select", "o'x", "ünder_1"):
        assert migrated(schema).returncode == 0


def test_a_role_that_may_not_create(world):
    name = fresh(world)
    world.pg.psql("create role plain login", "postgres")
    url = world.pg.url(name).replace("user=postgres", "user=plain")
    done = world(url).run("migrate", check=False)
    assert done.returncode == 1 and "grant create on schema public to plain" in done.stderr
    world.pg.psql("grant create on schema public to plain", name)
    done = world(url).run("migrate", check=False)
    assert done.returncode == 1 and "pg_trgm" in done.stderr and "grant create on database" in done.stderr
    assert world.pg.psql("select count(*) from pg_class where relnamespace = 'public'::regnamespace", name) == [["0"]]
    world.pg.psql("create extension pg_trgm", name)
    world(url).run("migrate")


def test_a_role_with_rights_on_data_only(world):
    """Nothing is to be done, so nothing is refused."""
    s = world(world.pg.url())
    s.run("migrate")
    world.pg.psql("create role plain login; grant select, insert, update, delete on all tables in schema public to plain; "
                  "grant usage on all sequences in schema public to plain")
    done = world(world.pg.url().replace("user=postgres", "user=plain")).run("migrate")
    assert done.returncode == 0


def test_a_database_that_dbmate_migrated(world):
    s = world(world.pg.url())
    s.run("migrate")
    world.pg.psql("drop trigger schema_migrations_restored on schema_migrations; "
                  "alter table schema_migrations drop column checksum, drop column applied_at")
    assert s.run("migrate", "--status").returncode == 0 and s.run("migrate").returncode == 0
    assert get(address(s.start("api")), "/health/ready") == 200
