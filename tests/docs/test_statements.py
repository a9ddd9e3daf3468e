"""Every statement of schema/ can be prepared and planned on a migrated database with its declared types."""
import re

import pytest

import doc_tree as tree
from statements import FILES, statements

STATEMENTS = statements()


def test_all_blocks_are_here():
    names = [name for path in FILES for name in re.findall(r"^-- name: (\w+)", tree.text(path), flags=re.M)]
    assert sorted(names) == sorted(name for name, _, _ in STATEMENTS) and len(names) > 80


@pytest.mark.parametrize("name,text,oids", STATEMENTS, ids=[name for name, _, _ in STATEMENTS])
def test_statement_is_prepared_and_planned(sql, name, text, oids):
    sql.execute("select format_type(oid, null) from unnest(%s::oid[]) with ordinality as o(oid, n) order by n", (oids,))
    types = ", ".join(kind for kind, in sql.fetchall())
    nulls = ", ".join(["null"] * len(oids))
    sql.execute(f"prepare one{f'({types})' if types else ''} as {text}")
    sql.execute(f"explain execute one{f'({nulls})' if nulls else ''}")
    assert sql.fetchall()


@pytest.mark.parametrize("name,text,oids", STATEMENTS, ids=[name for name, _, _ in STATEMENTS])
def test_every_declared_parameter_is_used(name, text, oids):
    code = re.sub(r"'[^']*'", "", text)
    assert sorted(set(map(int, re.findall(r"\$(\d+)", code)))) == list(range(1, len(oids) + 1))


@pytest.mark.parametrize("name", [name for name, _, _ in STATEMENTS])
def test_statement_is_run_by_schema(name):
    callers = [path for path in tree.files(".c") if path.startswith("schema/")]
    assert any(re.search(rf"\bQ_{name}\b", tree.text(path)) for path in callers)


def test_migration_can_be_taken_back(cluster):
    """Down leaves nothing behind, and up works again."""
    cluster.psql("create database updown", "postgres")
    # of whoever migrates: there before the first of them, and after the last is taken back
    cluster.psql("create table schema_migrations (version varchar(128) primary key)", "updown")
    count = ("select count(*) from pg_class where relnamespace = 'public'::regnamespace and relname not in "
             "('schema_migrations', 'schema_migrations_pkey')")
    sections = [re.split(r"^-- migrate:(?:up|down)\n", tree.text(path), flags=re.M) for path in tree.files(".sql")
                if path.startswith("migrations/")]
    for _ in range(2):
        for _, up, _ in sections:
            cluster.psql(up, "updown")
        assert cluster.psql(count, "updown") != [["0"]]
        for _, _, down in reversed(sections):
            cluster.psql(down, "updown")
        assert cluster.psql(count, "updown") == [["0"]]
