"""What the benchmarks share: a throw-away cluster, the simulator, processes, CPU accounting.

Each benchmark says in one run what it compares; absolute numbers belong to the machine, ratios may be quoted.
"""
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

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


def rss_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def table(rows):
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).rjust(w) if i else str(cell).ljust(w) for i, (cell, w) in enumerate(zip(row, widths))))
