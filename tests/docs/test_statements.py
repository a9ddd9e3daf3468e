"""Every statement of schema/ can be prepared and planned on a migrated database with its declared types."""
import re
import subprocess

import pytest

import doc_tree as tree
from statements import FILES, returned, statements

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


ALIKE = [("jobs_view_page", "jobs_view_newest", "jobs_view_one"), ("changes_page", "changes_page_of"), ("browse_login", "browse_full_name"),
         ("history_repository", "history_developer"), ("workload_running", "workload_ended"), ("jobs_cancel", "jobs_ask_again"), ("profile_logins", "profile_names")]
SHORT = {"timestamp with time zone": "timestamptz", "character varying": "varchar"}
# Columns of these are read by number: their statements are composed while the program runs.
COMPOSED = ("schema/browse/composed.c", "schema/browse/query.c", "schema/browse/relations.c", "schema/browse/walk.c", "schema/migrate.c",
            "schema/queue/quota.c", "schema/report/history.c", "schema/report/inventory.c", "schema/snapshot/", "schema/graph/load.c")


@pytest.fixture(scope="module")
def planned(cluster, url):
    """{name: [(column, type)]}, as PostgreSQL plans each statement."""
    ask = f"{cluster.bin}/psql", "-X", "-q", "-t", "-A", "-F", "\t", "-v", "ON_ERROR_STOP=1", url
    oids = sorted({oid for _, _, oids in STATEMENTS for oid in oids})
    lines = subprocess.run([*ask, "-c", f"select o, format_type(o, null) from unnest(array{oids}::oid[]) as o"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    types = dict(line.split("\t") for line in lines)
    script = "".join("\\echo ##%s\n%s\\gdesc\n" % (name, re.sub(r"\$(\d+)", lambda n: f"(null::{types[str(oids[int(n[1]) - 1])]})", text))
                     for name, text, oids in STATEMENTS)
    found = {}
    for line in subprocess.run(ask, input=script, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines():
        if line.startswith("##"):
            name = line[2:]
            found[name] = []
        elif "\t" in line:
            found[name].append(tuple(line.split("\t")))
    return found


@pytest.mark.parametrize("name", [name for name, _, _ in STATEMENTS])
def test_statement_returns_what_is_declared(planned, name):
    """The types of its columns, in order."""
    assert [kind for _, kind in returned()[name]] == [SHORT.get(kind, kind) for _, kind in planned[name]]


@pytest.mark.parametrize("names", ALIKE, ids=lambda names: names[0])
def test_statements_read_by_one_function_return_the_same(names):
    declared = returned()
    first = declared[names[0]]
    for name in names[1:]:
        assert [kind for _, kind in declared[name]] == [kind for _, kind in first][:len(declared[name])]


def test_columns_are_read_by_name():
    numbered = [(path, line.strip()) for path in tree.files(".c") if path.startswith("schema/") and not path.startswith(COMPOSED)
                for line in tree.text(path).splitlines()
                if re.search(r"\b(db_\w+|maybe_\w+|\w+_at|\w+_or_\w+)\(&?\w+, \w+, \d+[,)]", line) and "/db/" not in path]
    assert numbered == []


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
