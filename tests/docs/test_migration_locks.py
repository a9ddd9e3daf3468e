"""Lists are read while migration 0092 builds indexes, and it ends with the indexes that its down part goes back from."""
import os
import re
import subprocess

import doc_tree as tree
import psycopg2

NAME = "0092_fewer_indexes"
INDEXES = "select indexname, indexdef from pg_indexes where tablename in ('developers', 'repositories') order by 1"
SHUT_OUT = ("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and pid = pg_backend_pid() "
            "and relation in ('developers'::regclass, 'repositories'::regclass)")


def statements(part):
    return [text for text in re.sub(r"--.*", "", part).split(";") if text.strip()]


def test_readers_wait_for_no_index_to_be_built(cluster):
    cluster.psql("create database migration_locks")
    url = cluster.url("migration_locks")
    subprocess.run([tree.GITOMATIC, "migrate"], check=True, env={**os.environ, "DATABASE_URL": url}, cwd="/", stdout=subprocess.DEVNULL)
    connection = psycopg2.connect(url)
    sql = connection.cursor()

    def rows(text):
        sql.execute(text)
        return sql.fetchall()

    up, down = tree.text(f"migrations/{NAME}.sql").split("-- migrate:down")
    after = rows(INDEXES)
    sql.execute(down)
    connection.commit()
    before = rows(INDEXES)
    assert len(before) == len(after) + 16
    built = 0
    for statement in statements(up):
        builds = "create index" in statement
        assert not builds or rows(SHUT_OUT) == [(0,)], statement
        sql.execute(statement)
        built += builds
    assert built == 5 and rows(SHUT_OUT) != [(0,)]
    assert rows(INDEXES) == after
    connection.close()
