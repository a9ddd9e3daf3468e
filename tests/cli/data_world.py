"""A small graph for exports and imports, with texts that break careless readers, and what is read back from files."""
import contextlib
import csv
import gzip
import json
import pathlib

import psycopg2
from gitomatic_cli import Process, until

HOSTILE = ['a "quoted" one', "two\nlines", "cr\rlf\r\n", "a,b;c\td", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\u202ertl\u202c",
           "back\\slash \\N \\.", "\\.", "emoji 🦊", "", " spaces ", "bell\x07 \x01 \x02 \x1f", "null", "NA", "'; drop table x; --",
           "\u2028line", "<script>"]
TABLES = ["developers", "repositories", "follows", "stars", "follow_history", "star_history", "developer_logins",
          "repository_names", "developer_counts", "repository_counts"]


def fill(database, n=60):
    """n developers, n repositories, edges among them; every third a stub, every tenth gone, which has no edges."""
    developers, repositories = [], []
    for i in range(1, n + 1):
        text = HOSTILE[i % len(HOSTILE)]
        synced = i % 3 != 0
        developers.append((
            i, f"dev{i}", "User", text if synced else None, text if synced else None, None, [None, True, False][i % 3], i if synced else None,
            "2015-01-01" if synced else None, "2025-01-01" if synced else None, "2026-01-01T00:00:00.123456Z",
            "2026-02-01T10:00:00Z" if synced else None, "2026-03-01" if i % 10 == 0 else None, "gone" if i % 10 == 0 else None,
            json.dumps({"login": f"dev{i}", "bio": text, "n": [1, 2.5, None]}) if synced else None))
        repositories.append((
            1000 + i, i, f"repo{i}", f"dev{i}/repo{i}", text, [text, "b"] if i % 2 else [] if i % 4 else None, bool(i % 2), i * 3,
            "2026-01-02", "2026-02-02" if synced else None, json.dumps({"description": text}) if synced else None))
    database.many("insert into developers (github_id, login, type, name, bio, company, hireable, followers_count, created_at, updated_at,"
                  " first_seen_at, synced_at, gone_at, gone_reason, data_source)", developers)
    database.many("insert into repositories (github_id, owner_github_id, name, full_name, description, topics, fork, stargazers_count,"
                  " first_seen_at, synced_at, data_source)", repositories)
    database.rows("insert into follows select a, b, '2026-01-03T00:00:00Z'::timestamptz + a * interval '1 minute'"
                  " from generate_series(1, %s) a, generate_series(1, %s) b where a <> b and (a * 7 + b) %% 5 = 0 and a %% 10 > 0 and b %% 10 > 0", n, n)
    database.rows("insert into stars select a, 1000 + b, case when b %% 2 = 0 then '2020-01-01'::timestamptz end, '2026-01-04'"
                  " from generate_series(1, %s) a, generate_series(1, %s) b where (a * 3 + b) %% 7 = 0 and a %% 10 > 0", n, n)
    database.rows("insert into follow_history values (1, 2, '2025-01-01', '2025-02-01', '2025-02-02'),"
                  " (2, 3, '2025-01-01', '2026-03-01', '2026-03-02')")
    database.rows("insert into star_history values (1, 1001, null, '2025-01-01', '2025-02-01', '2025-02-02')")
    database.rows("insert into developer_logins values (1, 'old-1', '2025-06-01'), (1, 'Older', '2024-06-01')")
    database.rows("insert into repository_names values (1001, 'old/name', '2025-06-01')")
    database.rows("insert into developer_counts select i, d::date, i, 2, 3, 4 from generate_series(1, 20) i,"
                  " generate_series('2026-01-01'::date, '2026-01-05', '1 day') d")
    database.rows("insert into repository_counts (github_id, day, stargazers_count, stars_added) values (1001, '2026-01-01', 5, null),"
                  " (1001, '2020-01-01', null, 7)")


def put_tombstone(database, github_id):
    """What an erasure begins with; the database's key is made when it is first needed."""
    database.rows("insert into tombstone_key (key) select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
                  " where not exists (select from tombstone_key)")
    database.rows("insert into tombstones select gitomatic_tombstone(%s, key), now() from tombstone_key", github_id)
    assert database.one("select count(*) from tombstones") == 1


def everything(database):
    """table -> its rows in order, without what is generated."""
    found = {}
    for table in TABLES:
        names = [name for name, in database.rows(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
            " and attgenerated = '' order by attname", table)]
        found[table] = sorted(map(repr, database.rows(f"select {', '.join(names)} from {table}")))
    return found


def manifest(folder):
    return json.loads((pathlib.Path(folder) / "manifest.json").read_text())


def read_csv(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def interrupt(start, database, table, *command):
    """What a command prints when it is interrupted (SIGINT) while it waits for a lock of the table."""
    with contextlib.closing(psycopg2.connect(database.url)) as held:
        held.cursor().execute(f"lock table {table} in access exclusive mode")
        process = start(Process, *command, DATABASE_URL=database.url)
        until(lambda: database.one(f"select count(*) from pg_locks where not granted and relation = '{table}'::regclass"), what=f"it waits for {table}")
        assert process.stop() == 130
        held.rollback()
    until(lambda: not database.one(f"select count(*) from pg_stat_activity where datname = current_database() and application_name = 'gitomatic {command[0]}'"),
          what="the session ends")
    return process.output()
