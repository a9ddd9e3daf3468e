"""Lists are read while a migration builds indexes, and it ends with the indexes that its down part goes back from."""
import os
import re
import subprocess

import doc_tree as tree
import psycopg2
import pytest

INDEXES = "select indexname, indexdef from pg_indexes where tablename in ('developers', 'repositories') order by 1"
SHUT_OUT = ("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and pid = pg_backend_pid() "
            "and relation in ('developers'::regclass, 'repositories'::regclass)")


def statements(part):
    return [text for text in re.findall(r"(?:\$\$.*?\$\$|[^;$])+", re.sub(r"--.*", "", part), re.S) if text.strip()]


@pytest.mark.parametrize("name,fewer,n_built", [("0092_fewer_indexes", 16, 5), ("0089_short_words", 0, 2)])
def test_readers_wait_for_no_index_to_be_built(cluster, name, fewer, n_built):
    database = f"migration_locks_{name[:4]}"
    cluster.psql(f"create database {database}")
    url = cluster.url(database)
    subprocess.run([tree.GITOMATIC, "migrate"], check=True, env={**os.environ, "DATABASE_URL": url}, cwd="/", stdout=subprocess.DEVNULL)
    connection = psycopg2.connect(url)
    sql = connection.cursor()

    def rows(text):
        sql.execute(text)
        return sql.fetchall()

    up, down = tree.text(f"migrations/{name}.sql").split("-- migrate:down")
    after = rows(INDEXES)
    sql.execute(down)
    connection.commit()
    before = rows(INDEXES)
    assert len(before) == len(after) + fewer
    built = 0
    for statement in statements(up):
        builds = "create index" in statement
        assert not builds or rows(SHUT_OUT) == [(0,)], statement
        sql.execute(statement)
        built += builds
    assert built == n_built and rows(SHUT_OUT) != [(0,)]
    assert rows(INDEXES) == after
    connection.close()
