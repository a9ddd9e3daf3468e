"""A generated world in a database: what bench/data, bench/latency and bench/api run on.

The rows come from gitomatic-bench-data (bench/generate/). They are loaded into the tables of the two released migrations,
without indexes, and then `gitomatic migrate` brings the database up to date as it would anybody's: kept counts, change
logs and whatever else later migrations add is what they made of existing data.
"""
import concurrent.futures
import contextlib
import dataclasses
import datetime
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from pg import Postgres  # noqa: E402

BUILD = pathlib.Path(os.environ.get("GITOMATIC_BUILD", ROOT / "build"))
GENERATOR = BUILD / "gitomatic-bench-data"
RELEASED = ("0001_init", "0002_erasure_and_discovery")
# The embedded cluster's settings (cli/cluster/embedded.c) where they matter for speed; nothing here has to survive a power cut.
SETTINGS = ("shared_buffers=256MB", "work_mem=16MB", "maintenance_work_mem=128MB", "random_page_cost=1.1", "max_wal_size=8GB", "wal_level=minimal",
            "max_wal_senders=0", "checkpoint_timeout=30min", "max_connections=200")

TABLES = {
    "developers": "github_id, node_id, login, type, name, company, blog, location, email, bio, site_admin, followers_count, "
                  "following_count, public_gists, public_repos, created_at, updated_at, first_seen_at, synced_at, gone_at, "
                  "data_source",
    "repositories": "github_id, node_id, owner_github_id, name, full_name, description, homepage, language, license, topics, "
                    "has_downloads, has_issues, has_pages, has_projects, has_wiki, private, archived, disabled, fork, stargazers_count, "
                    "watchers_count, subscribers_count, forks_count, open_issues_count, size_kb, created_at, updated_at, "
                    "pushed_at, first_seen_at, synced_at, gone_at, data_source",
    "follows": "follower_github_id, followed_github_id, first_seen_at",
    "stars": "developer_github_id, repository_github_id, starred_at, first_seen_at",
}

# What stands beside records and edges in a database that has been crawled into for a while.
BESIDE = """
insert into frontier (github_id, next_at, last_at, counts, walks, reason)
select github_id, case when synced_at is null or gone_at is not null then first_seen_at
                       else synced_at + (github_id %% 60) * interval '1 day' end,
       synced_at, array[followers_count, following_count, public_repos], (synced_at is not null)::int,
       case when synced_at is null then 'newly met' else 'walked' end from developers;
insert into developer_counts
select github_id, synced_at::date, followers_count, following_count, public_repos, public_gists
  from developers where synced_at is not null;
insert into repository_counts
select github_id, synced_at::date, stargazers_count, forks_count, subscribers_count, open_issues_count
  from repositories where synced_at is not null;
insert into jobs (kind, subject, key, task_id, state, run_at, created_at, started_at, finished_at, pages, records, cost,
                  error, attempt)
select kinds.kind, login, kinds.kind || ':' || login || ':' || n, n / 3 + 1,
       case when n %% 100 = 0 then 'failed' when n %% 50 = 1 then 'scheduled' when n %% 25 = 2 then 'available'
            when n %% 200 = 3 then 'cancelled' else 'completed' end,
       at, at, at, case when n %% 50 = 1 or n %% 25 = 2 then null else at + interval '2 s' end, n %% 7, n %% 700, n %% 9,
       case when n %% 100 = 0 then 'HTTP 502 from GitHub' end, 1
  from (select row_number() over (order by github_id) as n, login, timestamptz '%(until)s' - github_id %% 5000000 * interval '1 s' as at
          from developers order by github_id limit %(jobs)s) as d,
       lateral (select (array['full_profile_sync', 'developer_followers', 'developer_following', 'developer_starred',
                              'developer_repositories', 'hydrate_records'])[n %% 6 + 1] as kind) as kinds;
insert into credentials (label, kind, position, login) values ('token 1a2b3c', 'token', 0, 'someone');
insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
values ('token 1a2b3c', 'core', 5000, 4321, 1900000000, '2030-03-17 17:46:40Z'),
       ('token 1a2b3c', 'graphql', 5000, 4900, 1900000000, '2030-03-17 17:46:40Z');
"""

# A hundredth of the edges has one beside it that ended.
ENDED = """
insert into follow_history
select follower_github_id + 1, followed_github_id, first_seen_at - interval '50 days', first_seen_at - interval '9 days',
       first_seen_at from follows where (follower_github_id + followed_github_id) % 100 = 0;
insert into star_history
select developer_github_id + 1, repository_github_id, starred_at, first_seen_at - interval '50 days',
       first_seen_at - interval '9 days', first_seen_at
  from stars where (developer_github_id + repository_github_id) % 100 = 0;
"""

# The log of changes as crawled pages leave it, a hundred of a kind a row, from records and edges with ids in a range. What
# migration 0005 makes of rows that are there already would sort all edges at once, and give a row to every two of them.
LOG = """
insert into changes (at, type, n, known, synced, ids, others, starred_at)
select timestamptz '%(at)s', type, count(*), count(*) * known, count(*) * synced, array_agg(id),
       case when bool_or(other is not null) then array_agg(other) end, case when starts_with(type, 'star.') then array_agg(starred) end
  from (select *, (row_number() over (partition by place) - 1) / 100 as chunk
          from (select 1 as place, 'developer.new' as type, 1 as known, 0 as synced, github_id as id, null::bigint as other,
                       null::timestamptz as starred from developers where github_id > %(from)s and github_id <= %(to)s
                union all
                select 2, 'developer.synced', 0, 1, github_id, null, null from developers
                 where synced_at is not null and github_id > %(from)s and github_id <= %(to)s
                union all
                select 3, 'repository.new', 1, 0, github_id, null, null from repositories
                 where github_id > %(repository_from)s and github_id <= %(repository_to)s
                union all
                select 4, 'repository.synced', 0, 1, github_id, null, null from repositories
                 where synced_at is not null and github_id > %(repository_from)s and github_id <= %(repository_to)s
                union all
                select 5, 'follow.new', 1, 0, follower_github_id, followed_github_id, null from follows
                 where follower_github_id > %(from)s and follower_github_id <= %(to)s
                union all
                select 5, 'follow.new', 1, 0, follower_github_id, followed_github_id, null from follow_history
                 where follower_github_id > %(from)s and follower_github_id <= %(to)s
                union all
                select 6, 'follow.closed', -1, 0, follower_github_id, followed_github_id, null from follow_history
                 where follower_github_id > %(from)s and follower_github_id <= %(to)s
                union all
                select 7, 'star.new', 1, 0, developer_github_id, repository_github_id, starred_at from stars
                 where developer_github_id > %(from)s and developer_github_id <= %(to)s
                union all
                select 7, 'star.new', 1, 0, developer_github_id, repository_github_id, starred_at from star_history
                 where developer_github_id > %(from)s and developer_github_id <= %(to)s
                union all
                select 8, 'star.closed', -1, 0, developer_github_id, repository_github_id, starred_at from star_history
                 where developer_github_id > %(from)s and developer_github_id <= %(to)s
                union all
                select 9, 'developer.gone', -1, - (synced_at is not null)::integer, github_id, null, null from developers
                 where gone_at is not null and github_id > %(from)s and github_id <= %(to)s
                union all
                select 10, 'repository.gone', -1, - (synced_at is not null)::integer, github_id, null, null from repositories
                 where gone_at is not null and github_id > %(repository_from)s and github_id <= %(repository_to)s) event) counted
 group by place, type, known, synced, chunk order by place, chunk;
"""
REBUILD = "select gitomatic_changes_rebuild();"  # of migration 0005
A_RANGE = 1_000_000  # edges a statement

# Six years of GitHub's star history of the most starred, as a full_repository_sync leaves them.
STAR_DAYS = """
insert into repository_counts (github_id, day, stars_added)
select github_id, current_date - n, (github_id + n) %% 7
  from (select github_id from repositories where synced_at is not null and gone_at is null order by stargazers_count desc nulls last
         limit 100) r, generate_series(0, 2190) n
on conflict (github_id, day) do update set stars_added = excluded.stars_added;
insert into quota_samples select now() - n * interval '5 minutes', 'token 1a2b3c', 'core', 5000, 5000 - n %% 5000, 9000 - n, 0, 0
  from generate_series(0, 8639) n;
""".replace("%%", "%")


# Bytes on the disk, by bench/data with a million records of each kind and ten and a hundred million edges of each: with all
# indexes, jobs, frontier and log. While it is filled, both tables of records are written anew, and the log goes through the WAL.
RECORD_BYTES, EDGE_BYTES, RECORD_ANEW_BYTES, EDGE_WAL_BYTES, BESIDE_BYTES, MOST_WAL = 2700, 150, 1500, 25, 500_000_000, 8_000_000_000


@dataclasses.dataclass
class Room:
    """Bytes that the disk needs."""
    filling: int
    filled: int


@dataclasses.dataclass
class World:
    developers: int = 1_000_000
    repositories: int = 1_000_000
    follows: int = 10_000_000
    stars: int = 10_000_000
    seed: int = 1
    until: datetime.date = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).date())

    def room(self):
        records, edges = self.developers + self.repositories, self.follows + self.stars
        filled = BESIDE_BYTES + records * RECORD_BYTES + edges * EDGE_BYTES
        return Room(filled + records * RECORD_ANEW_BYTES + min(edges * EDGE_WAL_BYTES, MOST_WAL), filled)

    def arguments(self):
        until = datetime.datetime.combine(self.until, datetime.time(), datetime.timezone.utc)
        return [str(n) for n in (self.developers, self.repositories, self.follows, self.stars, self.seed,
                                 int(until.timestamp()))]


@contextlib.contextmanager
def timed(what, say):
    begun = time.monotonic()
    yield
    say(f"{what:<28} {time.monotonic() - begun:7.1f} s")


def released_schema(pg, database):
    pg.psql("create table if not exists schema_migrations (version varchar(128) primary key)", database)
    for name in RELEASED:
        up = (ROOT / "migrations" / f"{name}.sql").read_text().split("-- migrate:down")[0]
        pg.psql(up + f"; insert into schema_migrations values ('{name[:4]}')", database)


def take_indexes(pg, database):
    """Drops what the loading would have to keep up to date. Returns the statements that make it again, a list a table."""
    again = {}
    for table in TABLES:
        constraints = pg.psql(f"select conname, pg_get_constraintdef(oid) from pg_constraint "
                              f"where conrelid = '{table}'::regclass and contype = 'p'", database)
        indexes = pg.psql(f"select indexrelid::regclass, pg_get_indexdef(indexrelid) from pg_index i where indrelid = "
                          f"'{table}'::regclass and not exists (select from pg_constraint where conindid = indexrelid)", database)
        again[table] = [f"alter table {table} add constraint {name} {text}" for name, text in constraints]
        again[table] += [text for _, text in indexes]
        pg.psql("".join(f"alter table {table} drop constraint {name};" for name, _ in constraints)
                + "".join(f"drop index {name};" for name, _ in indexes), database)
    return again


def load(pg, database, world, table, again):
    """One COPY, then the table's indexes."""
    rows = subprocess.Popen([str(GENERATOR), table, *world.arguments()], stdout=subprocess.PIPE)
    # Emptied in the same transaction: with wal_level=minimal the rows need no WAL, and vacuum need not visit them.
    copy = subprocess.run([f"{pg.bin}/psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-c", f"truncate {table}", "-c",
                           f"copy {table} ({TABLES[table]}) from stdin with (freeze)", pg.url(database)],
                          stdin=rows.stdout, stderr=subprocess.PIPE, text=True)
    rows.stdout.close()
    if rows.wait() or copy.returncode:
        raise RuntimeError(f"loading {table}: {copy.stderr}")
    for statement in again[table]:
        pg.psql(f"set maintenance_work_mem = '1GB'; {statement}", database)


def migrate(pg, database):
    done = subprocess.run([str(BUILD / "gitomatic"), "migrate"], env={**os.environ, "DATABASE_URL": pg.url(database)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout)


def schema_text(pg, database):
    done = subprocess.run([f"{pg.bin}/pg_dump", "--schema-only", pg.url(database)], capture_output=True, text=True, check=True)
    return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.M)


def migrate_to_the_log(pg, database):
    """The migrations up to the one of the log of changes, which stays empty."""
    for file in sorted((ROOT / "migrations").glob("000[3-5]_*.sql")):
        up = file.read_text().split("-- migrate:down")[0]
        if file.name.startswith("0005"):
            if REBUILD not in up:
                raise RuntimeError(f"{file.name} does not end with {REBUILD}")
            up = up.replace(REBUILD, "")
        pg.psql(f"begin; {up}; insert into schema_migrations values ('{file.name[:4]}'); commit", database)


def write_log(pg, database, world):
    """Later ids are told of later, all within 90 days."""
    n, begin = 1 + (world.follows + world.stars) // A_RANGE, world.until - datetime.timedelta(days=90)
    last = [int(i) + 1 for i in pg.psql("select max(github_id), (select max(github_id) from repositories) from developers", database)[0]]
    for k in range(n):
        bounds = [(last[0] * place // n, last[1] * place // n) for place in (k, k + 1)]
        pg.psql(LOG % {"at": f"{begin + datetime.timedelta(days=90 * k / n):%Y-%m-%d} UTC", "from": bounds[0][0], "to": bounds[1][0],
                       "repository_from": bounds[0][1], "repository_to": bounds[1][1]}, database)


def migrated_alike(pg, database):
    """An empty database on the same way: the released tables, and a row, since a filled one keeps its own lower() (0025)."""
    released_schema(pg, database)
    pg.psql("insert into developers (github_id, login, first_seen_at) values (1, 'one', now())", database)
    migrate(pg, database)


def check(pg, database, world):
    """The counts asked for, the same in the log, and exactly the schema that migrations make of a filled database."""
    wanted = [world.developers, world.repositories, world.follows, world.stars, world.follows, world.stars]
    got = pg.psql("select (select count(*) from developers where synced_at is not null and gone_at is null), "
                  "(select count(*) from repositories where synced_at is not null and gone_at is null), "
                  "(select count(*) from follows), (select count(*) from stars), "
                  "(select sum(known) from changes where type in ('follow.new', 'follow.closed')), "
                  "(select sum(known) from changes where type in ('star.new', 'star.closed'))", database)[0]
    if [int(n) for n in got] != wanted:
        raise RuntimeError(f"asked for {wanted}, got {got}")
    pg.psql("drop database if exists plain", "postgres")
    pg.psql("create database plain", "postgres")
    try:
        migrated_alike(pg, "plain")
        if schema_text(pg, "plain") != schema_text(pg, database):
            raise RuntimeError("the schema is not the one of the migrations")
    finally:
        pg.psql("drop database plain", "postgres")


def fill(pg, database, world, say=lambda line: None):
    """Fills an empty database."""
    released_schema(pg, database)
    again = take_indexes(pg, database)

    def one(table):
        with timed(f"{table} with indexes", say):
            load(pg, database, world, table, again)

    with concurrent.futures.ThreadPoolExecutor(2) as two:
        list(two.map(one, ("repositories", "developers", "stars", "follows")))
    pg.psql("analyze", database)
    with timed("queue, frontier, history", say):
        pg.psql(BESIDE % {"until": world.until, "jobs": world.developers // 5} + ENDED, database)
    with timed("vacuum and analyze", say):
        pg.psql("set maintenance_work_mem = '1GB'; vacuum (analyze)", database)
    with timed("log of changes", say):
        migrate_to_the_log(pg, database)
        write_log(pg, database, world)
    upgrade(pg, database, say)
    keep_figures(pg, database, say)
    with timed("counted and compared", say):
        check(pg, database, world)


# Tables of a hundredth of the whole and more, and the indexes of edges.
SIZES = """
with relations as (
    select c.oid, c.relname, c.relkind, greatest(c.reltuples, 0) as n, case c.relkind when 'r' then pg_table_size(c.oid) else pg_relation_size(c.oid) end as bytes,
           case c.relkind when 'r' then pg_indexes_size(c.oid) end as indexes, coalesce(i.indrelid, c.oid) as of_table
      from pg_class c left join pg_index i on i.indexrelid = c.oid where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i'))
select relname, n::bigint, round(bytes / 1e6), round(indexes / 1e6), round((bytes + coalesce(indexes, 0)) / nullif(n, 0)::numeric, 1) from relations
 where (relkind = 'r' and bytes + indexes > pg_database_size(current_database()) / 100) or (relkind = 'i' and of_table in ('follows'::regclass, 'stars'::regclass))
 order by (select r.bytes + r.indexes from relations r where r.oid = relations.of_table) desc, relkind desc, bytes desc"""


def tell_sizes(pg, database, say):
    say(f"{'':<28} {'rows':>12} {'MB':>8} {'indexes':>8} {'bytes a row':>12}")
    for name, n, size, indexes, a_row in pg.psql(SIZES, database):
        say(f"{name:<28} {int(n):>12,} {size:>8} {indexes or '':>8} {a_row or '':>12}")
    say(f"{'the database':<28} {'':>12} {int(pg.psql('select pg_database_size(current_database())', database)[0][0]) / 1e6:>8.0f}")


def keep_figures(pg, database, say=lambda line: None):
    """Star days, and what the scheduler keeps of long lists."""
    with timed("star days and kept figures", say):
        pg.psql(STAR_DAYS + "analyze repository_counts", database)
        subprocess.run([str(BUILD / "gitomatic-report-test"), pg.url(database), "keep"], check=True)


def upgrade(pg, database, say=lambda line: None):
    """Brings the schema up to date, as `gitomatic migrate` does to anybody's database."""
    with timed("gitomatic migrate", say):
        migrate(pg, database)
    with timed("vacuum and analyze again", say):
        pg.psql("vacuum (analyze)", database)


def cluster(folder=None, durable=False):
    """A cluster for big data; in a folder of its own it stays until it is removed. durable: it writes as if a power cut mattered."""
    return Postgres((*SETTINGS, "fsync=on", "full_page_writes=on") if durable else SETTINGS, folder)


def is_running(pg):
    try:
        return bool(pg.psql("select 1", "postgres"))
    except RuntimeError:
        return False


def user(pg, database, name="bench", password="bench"):
    subprocess.run([str(BUILD / "gitomatic"), "user", "add", name, "--password-stdin"], input=password + "\n", text=True,
                   env={**os.environ, "DATABASE_URL": pg.url(database)}, check=True, stdout=subprocess.DEVNULL)
