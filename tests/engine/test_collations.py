"""Names are found whatever the database's locale makes of an i; other texts by Unicode's rule in all of them."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import pytest
from database_world import address, answer, until, world  # noqa: F401
from pg import Postgres

LOCALES = {
    "c": "locale 'C'",
    "c_utf8": "locale 'C.UTF-8'",
    "de": "locale 'de_DE.UTF-8'",
    "tr": "locale 'tr_TR.UTF-8'",
    "icu_tr": "locale_provider icu icu_locale 'tr-TR' locale 'C.UTF-8'",
    "icu_de": "locale_provider icu icu_locale 'de-DE' locale 'C.UTF-8'",
    "icu_lt": "locale_provider icu icu_locale 'lt' locale 'C.UTF-8'",
}


@pytest.fixture(scope="module")
def cluster():
    """A server that knows these locales, made for it where the system has them not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-locales-"))  # pytest's own may be tidied up by another run
    for name in ("de_DE", "tr_TR"):
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], check=True)
    subprocess.run(["localedef", "-i", "C", "-f", "UTF-8", str(folder / "C.UTF-8")], capture_output=True)
    if not (folder / "C.UTF-8").exists():
        os.symlink("/usr/lib/locale/C.utf8", folder / "C.UTF-8")
    os.chmod(folder, 0o755)
    before = os.environ.get("LOCPATH")
    os.environ["LOCPATH"] = str(folder)
    try:
        with Postgres() as pg:
            for name, how in LOCALES.items():
                pg.psql(f"create database {name} template template0 {how}", "postgres")
            yield pg
    finally:
        os.environ.pop("LOCPATH")
        if before:
            os.environ["LOCPATH"] = before
        shutil.rmtree(folder)


PEOPLE = [(1, "GuiFre88", "Łukasz Kowalski", "İstanbul", "ΟΔΟΣ Ltd"), (2, "ISPIRIT", "ÀNNA Иванова", "Köln", "IBM"),
          (3, "torvalds", "Émile ÇELIK", "IĞDIR", "ΟΔΟΣΤΡΩΜΑ")]


def put_people(s):
    for one in PEOPLE:
        s.rows("insert into developers (github_id, login, name, location, company, bio, first_seen_at, synced_at, created_at) "
               "values (%s, %s, %s, %s, %s, 'short IT', now(), now(), now())", *one)
    s.rows("insert into repositories (github_id, name, full_name, owner_github_id, description, language, first_seen_at, synced_at, "
           "created_at) values (7, 'PIPI', 'GuiFre88/PIPI', 1, 'ŻÓŁĆ and INK', 'IDRIS', now(), now(), now())")
    s.rows("insert into developer_logins values (1, 'IIIold', now()); insert into repository_names values (7, 'IIIold/TITI', now())")


@pytest.fixture
def filled(cluster, world, request):
    name = request.param
    s = world(cluster.url(name))
    s.run("migrate")
    s.rows("truncate developers, repositories, developer_logins, repository_names, jobs, tombstones, workers")
    put_people(s)
    s.name = name
    return s


everywhere = pytest.mark.parametrize("filled", LOCALES, indirect=True)


def found(at, **query):
    status, body = answer(at, "/github/developers/?" + urllib.parse.urlencode({**query, "strict": 1}))
    assert status == 200, body
    return {one["login"] for one in json.loads(body)["results"]}


@everywhere
def test_names(filled):
    s = filled
    s.rows("insert into jobs (kind, subject, key, state, finished_at) values ('full_profile_sync', 'GuiFre88', 'x', 'completed', now())")
    at = address(s.start("api"))
    for login, status in (("guifre88", 200), ("GUIFRE88", 200), ("ispirit", 200), ("Ispirit", 200), ("iiiold", 301), ("nobody", 404)):
        assert answer(at, f"/github/developers/by-login/{login}/")[0] == status, login
    for name, status in (("guifre88/pipi", 200), ("GUIFRE88/pipi", 200), ("iiiold/titi", 301)):
        assert answer(at, f"/github/repositories/by-name/{name}/")[0] == status, name
    for query in ({"login__iexact": "guifre88"}, {"login__iexact": "GUIFRE88"}):
        assert found(at, **query) == {"GuiFre88"}, query
    assert '"count": 1' in answer(at, "/github/jobs/?subject=guifre88&indent=1")[1].replace("\n", "") or \
        '"count":1' in answer(at, "/github/jobs/?subject=guifre88")[1]
    assert "GuiFre88" in s.run("why", "guifre88").stdout
    s.run("forget", "ispirit")
    assert s.one("select count(*) from developers where github_id = 2") == 0
    plan = "\n".join(r[0] for r in s.rows("set enable_seqscan = off; explain select from developers "
                                         "where lower(login collate \"C\") = lower('x' collate \"C\")"))
    assert "developers_login" in plan


SEARCHES = [("łukasz", "GuiFre88"), ("ŁUKASZ", "GuiFre88"), ("Łukasz", "GuiFre88"), ("KOWALSKI", "GuiFre88"), ("istanbul", "GuiFre88"),
            ("İSTANBUL", "GuiFre88"), ("guifre", "GuiFre88"), ("GUIFRE", "GuiFre88"), ("ànna", "ISPIRIT"), ("иванова", "ISPIRIT"),
            ("ИВАНОВА", "ISPIRIT"), ("KÖLN", "ISPIRIT"), ("ispirit", "ISPIRIT"), ("émile", "torvalds"), ("çelik", "torvalds"),
            ("ÇELIK", "torvalds")]


@everywhere
def test_search_and_filters_by_one_rule(filled):
    at = address(filled.start("api"))
    for word, login in SEARCHES:
        assert found(at, search=word) == {login}, word
        column = "login" if word.lower().startswith(("guifre", "ispirit")) else \
            "location" if word.lower() in ("istanbul", "i̇stanbul", "köln") else "name"
        if column != "login":
            assert found(at, **{f"{column}__icontains": word}) == {login}, word
    for word in ("οδος", "ΟΔΟΣ", "οδοσ"):
        assert found(at, search=word) == {"GuiFre88", "torvalds"}, word
    assert found(at, search="IT") == found(at, search="it") == {"GuiFre88", "ISPIRIT", "torvalds"}
    for word in ("łukasz kowalski", "ŁUKASZ KOWALSKI"):
        assert found(at, name__iexact=word) == {"GuiFre88"}, word
    assert found(at, name__iexact="ÉMILE çelik") == {"torvalds"}
    assert found(at, bio__icontains="SHORT it") == {"GuiFre88", "ISPIRIT", "torvalds"}
    for query in ("language__iexact=idris", "search=%C5%BC%C3%B3%C5%82%C4%87", "description__icontains=ink"):
        assert "GuiFre88/PIPI" in answer(at, "/github/repositories/?" + query)[1], query


@pytest.mark.parametrize("filled", ["tr", "icu_tr", "c", "c_utf8"], indirect=True)
def test_a_database_of_an_earlier_version_is_migrated(filled):
    """Down and up again, with people in it."""
    s = filled
    text = (pathlib.Path(__file__).resolve().parents[2] / "migrations/0025_collations.sql").read_text()
    s.rows(re.split(r"-- migrate:down", text)[1])
    later = s.rows("delete from schema_migrations where version = '0025' returning version")
    assert later == [("0025",)]
    s.run("migrate")
    at = address(s.start("api"))
    assert found(at, search="ŁUKASZ") == {"GuiFre88"} and found(at, search="ispirit") == {"ISPIRIT"}
    assert answer(at, "/github/developers/by-login/guifre88/")[0] == 200
