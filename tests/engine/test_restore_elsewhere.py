"""A dump of a database with one locale, restored into another with Turkish rules: people are found, explained and forgotten as before."""
import os
import subprocess

import pytest
from database_world import address, answer, world, world_in  # noqa: F401
from test_collations import LOCALES, cluster, found, put_people  # noqa: F401

WAYS = {"plain": (["-Fp"], []), "custom": (["-Fc"], []), "data": (["-Fc"], ["--data-only"]),
        "no-triggers": (["-Fc"], ["--data-only", "--disable-triggers"])}
FORGOTTEN = 4711


@pytest.fixture(scope="module")
def source(cluster, tmp_path_factory):
    with world_in(tmp_path_factory.mktemp("source")) as world:
        cluster.psql(f"create database source template template0 {LOCALES['c_utf8']}", "postgres")
        s = world(cluster.url("source"))
        s.run("migrate")
        put_people(s)
        s.run("forget", "--id", str(FORGOTTEN))
        s.stop()
        yield cluster


def tool(pg, name, *args):
    return subprocess.run([f"{pg.bin}/{name}", *args], capture_output=True, text=True, env=os.environ)


@pytest.mark.parametrize("locale", ["tr", "icu_tr"])
@pytest.mark.parametrize("way", WAYS)
def test_people_are_found_and_forgotten(source, world, way, locale, tmp_path):
    (dump, restore), at, name = WAYS[way], str(tmp_path / "dump"), f"back_{locale}_{way}".replace("-", "_")
    assert (done := tool(source, "pg_dump", *dump, "-f", at, source.url("source"))).returncode == 0, done.stderr
    source.psql(f"create database {name} template template0 {LOCALES[locale]}", "postgres")
    s = world(source.url(name))
    if restore:
        s.run("migrate")
    if way == "plain":
        done = tool(source, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", at, source.url(name))
    else:
        done = tool(source, "pg_restore", *restore, "-d", source.url(name), at)
    assert done.returncode == 0 or way == "no-triggers" and done.stderr.count("error:") <= 2, done.stderr
    s.run("migrate")
    api = s.start("api")
    there = address(api)
    for login, status in (("guifre88", 200), ("GUIFRE88", 200), ("ispirit", 200), ("ISPIRIT", 200), ("iiiold", 301)):
        assert answer(there, f"/github/developers/by-login/{login}/")[0] == status, login
    for repository, status in (("guifre88/pipi", 200), ("GUIFRE88/PIPI", 200), ("iiiold/titi", 301)):
        assert answer(there, f"/github/repositories/by-name/{repository}/")[0] == status, repository
    for word, login in (("ŁUKASZ", "GuiFre88"), ("istanbul", "GuiFre88"), ("guifre", "GuiFre88"), ("ISPIRIT", "ISPIRIT"), ("ispirit", "ISPIRIT"),
                        ("ИВАНОВА", "ISPIRIT"), ("çelik", "torvalds")):
        assert found(there, search=word) == {login}, word
    assert found(there, search="it") == found(there, search="IT") == {"GuiFre88", "ISPIRIT", "torvalds"}
    assert found(there, login__iexact="guifre88") == {"GuiFre88"}
    assert "GuiFre88" in s.run("why", "guifre88").stdout
    assert s.one("select count(*) from tombstones") == 1
    s.run("forget", "--undo", str(FORGOTTEN))  # by the key of the dump
    assert s.one("select count(*) from tombstones") == 0
    s.run("forget", "ispirit")
    assert s.one("select count(*) from developers where github_id = 2") == 0
    assert answer(there, "/github/developers/by-login/ISPIRIT/")[0] == 404 and found(there, search="ispirit") == set()
    s.stop()
