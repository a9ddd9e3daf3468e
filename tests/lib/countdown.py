"""A call of a process fails, once: an allocation, a statement, a read or a write (tests/lib/countdown.c does it).

Which one is either the n-th of its kind, or the first by a path that has not failed yet. A path is the kind and the 16 innermost
return addresses, three of them the library's own; it is the same after a restart. So a loop that fails one path after another ends, when a
run meets no path that has not failed: every place that can fail, as called from 13 functions up, has failed once, however often and
however late in a run it is called.

Not covered: the start of a process, which is over before anything is armed; what differs further out than 13 callers, or only by
data (a second page, a longer list); two failures in one run; paths that no run takes, such as those of other requests."""
import mmap
import os
import pathlib
import re
import signal
import struct
import subprocess

from sim import BUILD

KINDS = ("own allocation", "library allocation", "statement", "sending", "socket read", "socket write")
FRAMES = 24
N_PATHS = 1 << 15
HITS, CALLS, SQLSTATE = (8 * len(KINDS) * i for i in (1, 2, 3))
STACK = SQLSTATE + 8
PATHS = STACK + 8 * FRAMES
SIZE = PATHS + 8 * N_PATHS
UNSEEN, REMEMBER = -1, -2
LIBRARY = BUILD / "tests" / "libcountdown.so"
# What a process may not say, however it ends.
CORRUPT = re.compile(r"Sanitizer|runtime error|corrupt|double free|invalid (pointer|size|next)|Assertion|malloc\(\)|free\(\)", re.I)


class Countdown:
    """A file, and what a process started with `environment` reads in it."""

    def __init__(self, folder, name="countdown"):
        self.path = pathlib.Path(folder) / name
        self.path.write_bytes(bytes(SIZE))
        with open(self.path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), SIZE)
        self.kind = self.armed = None
        # The loader's own memory, which LeakSanitizer knows by its caller: here that is our library.
        leaks = self.path.with_suffix(".leaks")
        leaks.write_text("leak:_dl_\nleak:dl_open\n")
        self.environment = {"LD_PRELOAD": str(LIBRARY), "GITOMATIC_COUNTDOWN": str(self.path),
                            "LSAN_OPTIONS": f"suppressions={leaks}:print_suppressions=0", "ASAN_OPTIONS":
                            os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=1:allocator_may_return_null=1"}

    def arm(self, kind, n, sqlstate="40001"):
        """The n-th call of the kind from now on fails, or the first by an UNSEEN path; with REMEMBER none does, but paths are kept."""
        self.kind, self.armed = KINDS.index(kind), n
        self.shared[SQLSTATE:SQLSTATE + 8] = sqlstate.encode().ljust(8, b"\0")
        self._put(HITS, 0)
        self._put(CALLS, 0)
        self._put(0, n)

    def disarm(self):
        """Whether a call failed."""
        self._put(0, 0)
        return self.hit()

    def hit(self):
        return self._get(HITS) > 0

    def n(self):
        """Which call of the kind it was that failed, counted from arm()."""
        return self.armed if self.armed > 0 else self._get(CALLS)

    def n_paths(self):
        """How many have failed, or are remembered."""
        n = sum(place != 0 for place in struct.unpack_from(f"{N_PATHS}Q", self.shared, PATHS))
        assert n < N_PATHS / 2, f"{n} paths are kept, which is too many for {N_PATHS} places"
        return n

    def _get(self, table):
        return struct.unpack_from("q", self.shared, table + 8 * self.kind)[0]

    def _put(self, table, value):
        struct.pack_into("q", self.shared, table + 8 * self.kind, value)

    def frames(self):
        return [f for f in struct.unpack_from(f"{FRAMES}Q", self.shared, STACK) if f]


def where(frames, maps):
    """Functions of the program on the stack, innermost first. maps: the process's /proc/PID/maps, read while it ran."""
    found = []
    for frame in frames:
        for line in maps.splitlines():
            begin, end = (int(x, 16) for x in line.split()[0].split("-"))
            if begin <= frame < end and "/" in line:
                path, offset = line[line.index("/"):], frame - begin + int(line.split()[2], 16)
                if "libcountdown" in path:
                    break
                if path.endswith("/gitomatic"):
                    found.append(subprocess.run(["addr2line", "-fse", path, hex(offset - 1)], stdout=subprocess.PIPE,
                                                text=True).stdout.split("\n")[0])
                elif not found or found[-1] != pathlib.Path(path).name:
                    found.append(pathlib.Path(path).name)
                break
    return " < ".join(found)


def check_end(process, kind):
    """A process that has ended did so as its headers say: out of memory, by abort."""
    code = process.popen.poll()
    assert code is None or (code == -signal.SIGABRT and "allocation" in kind), f"ended with {code}\n{process.log()[-3000:]}"
    assert not CORRUPT.search(process.log()), process.log()[-3000:]
    return code is None
