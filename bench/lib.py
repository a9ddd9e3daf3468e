"""What the benchmarks share: a throw-away cluster, the simulator, processes, CPU accounting.

Each benchmark says in one run what it compares; absolute numbers belong to the machine, ratios may be quoted.
"""
import contextlib
import glob
import os
import pathlib
import re
import shutil
import sys
import tempfile

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from pg import Postgres  # noqa: E402
from sim import Sim, recorded_data  # noqa: E402
from stack import Stack  # noqa: E402

SETTINGS = ("fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=256MB", "max_wal_size=4GB")


@contextlib.contextmanager
def bench(*sim_options, settings=SETTINGS, **env):
    """(postgres, sim, stack) with a migrated database."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-bench-"))
    with Postgres(settings) as pg:
        sim = Sim(folder, *sim_options)
        stack = Stack(pg.url(), sim.url, folder, **env)
        try:
            stack.run("migrate")
            yield pg, sim, stack
        finally:
            stack.end()
            sim.stop()
    shutil.rmtree(folder)  # behind a failure its logs are wanted


def cpu_seconds(pid):
    """User and system time of a process and of its children that ended."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(int(f) for f in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def postgres_cpu_seconds(pg):
    """Of the postmaster, its live backends and those that ended."""
    postmaster = int(open(f"{pg.data}/postmaster.pid").readline())
    total = cpu_seconds(postmaster)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int(open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()[1]) == postmaster:
                    total += cpu_seconds(int(entry))
    return total


def spent_ms(pids):
    """What the threads of these processes have run."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += sum(int(f.read_text().split()[0]) for f in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return total / 1e6


def backends(pg):
    """The process ids of those that serve clients: no autovacuum, no writers."""
    postmaster = int(open(f"{pg.data}/postmaster.pid").readline())
    found = []
    for pid in pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b" [local] " in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


def statement(name):
    """The parameter types and the text of a statement of schema/."""
    for path in glob.glob(str(ROOT / "schema/**/*.sql"), recursive=True):
        found = re.search(rf"^-- name: {name}\n-- params: (.*)\n((?:.*\n)*?)(?=\n-- name|\Z)", pathlib.Path(path).read_text(), re.M)
        if found:
            types = ", ".join(p.strip().split(" ", 1)[1] for p in found.group(1).split(","))
            return types, "\n".join(l for l in found.group(2).split("\n") if not l.strip().startswith("--")).rstrip().rstrip(";")
    raise KeyError(name)


# How crawlers' sessions plan (schema/db/connect.c).
CRAWLERS_OPTIONS = ("-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off -c enable_memoize=off "
                    "-c enable_seqscan=off -c jit=off")


def session_of_a_crawler(url, *names):
    """A connection (psycopg2) that plans as a crawler's, with these statements prepared."""
    connection = psycopg2.connect(url, options=CRAWLERS_OPTIONS)
    connection.autocommit = True
    for name in names:
        types, text = statement(name)
        connection.cursor().execute(f"prepare {name} ({types}) as {text}")
    return connection


def enqueue(stack, logins):
    """A full_profile_sync of each, as a task's."""
    stack.rows("insert into jobs (kind, subject, key) select 'full_profile_sync', l, 'full_profile_sync:' || lower(l) "
               "from unnest(%s) as l on conflict do nothing; update jobs set task_id = id where task_id is null; "
               "select pg_notify(gitomatic_channel('gitomatic_jobs'), '')", list(logins))


def rss_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def table(rows):
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).rjust(w) if i else str(cell).ljust(w) for i, (cell, w) in enumerate(zip(row, widths))))
