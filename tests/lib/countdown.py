"""A call of a process fails, once: an allocation, a statement, a read or a write (tests/lib/countdown.c does it).

Which one is either the n-th of its kind, or the first by a path that has not failed yet. A path is the kind and the 16 innermost
return addresses, three of them the library's own; it is the same after a restart. So a loop that fails one path after another ends, when a
run meets no path that has not failed: every place that can fail, as called from 13 functions up, has failed once, however often and
however late in a run it is called. Where that takes longer than BUDGET_S, the loop ends and says so.

Not covered: the start of a process, which is over before anything is armed; what differs further out than 13 callers, or only by
data (a second page, a longer list); two failures in one run; paths that no run takes, such as those of other requests."""
import http.client
import mmap
import os
import pathlib
import re
import signal
import struct
import subprocess
import time
import warnings

import pytest
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
PATIENCE_S = 60
ANSWER_S = 25  # a server that waits for a result that will not come gives up after 30 s, the deadline of a statement
BUDGET_S = 600  # for all paths of a case: a crawler takes seconds for each, when it waits before it tries again
FDS_MORE = 8  # connections of the pools and of clients that have just left

# Of a test that drives a process: with the sample the n-th call fails, for n = 1, 2, 5, 12, 30, …; with "all" each path, once.
EVERY = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "all"])
OFTEN = ("own allocation", "statement", "socket write")  # by default; the others' ends are much like these
KIND = pytest.mark.parametrize("kind", [kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS])


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


def numbers(every):
    """1, 2, 5, 12, 30, 75, …, or always the next path."""
    n = 1
    while True:
        yield UNSEEN if every else n
        n += n + n // 2


class Process:
    """One process of a stack that fails as told, and is started again when it has ended."""

    def __init__(self, stack, command, **env):
        self.stack, self.command, self.env = stack, command, env
        self.countdown = Countdown(stack.folder)
        self.driven = self.ended = 0
        self.began = time.monotonic()
        self.start()

    def start(self):
        self.process = self.stack.start(self.command, **self.env, **self.countdown.environment)
        listening = re.compile(rf"{self.command}\.listening .*?http://[^ ]*?:(\d+)")
        if self.command != "crawler":
            self.stack.wait_until(lambda: listening.search(self.process.log()) or not self.process.running, PATIENCE_S, "listening")
            self.port = int(listening.search(self.process.log())[1])
        with open(f"/proc/{self.process.popen.pid}/maps") as maps:
            self.maps = maps.read()

    def drive(self, kind, every, run, settled):
        """run() meets the fault, or does not, which ends it; settled() is true when all is well again."""
        until = time.monotonic() + BUDGET_S
        for n in numbers(every):
            if time.monotonic() > until:
                warnings.warn(f"{kind}: paths may be left after {BUDGET_S} s")
                break
            self.countdown.arm(kind, n)
            said = run()
            if not self.countdown.disarm():
                break
            self.driven += 1
            try:
                self.settle(kind, settled)
            except AssertionError as error:
                raise AssertionError(f"{kind} {self.countdown.n()} ({said}): {where(self.countdown.frames(), self.maps)}\n{error}") from error

    def settle(self, kind, settled):
        until = time.monotonic() + PATIENCE_S
        while not (self.runs(kind) and settled()):
            assert time.monotonic() < until, f"not well again within {PATIENCE_S} s\n{self.process.log()[-2000:]}"
            time.sleep(0.02)

    def runs(self, kind):
        if not check_end(self.process, kind):
            self.ended += 1
            self.start()
            return False
        return True

    def n_fds(self):
        return len(os.listdir(f"/proc/{self.process.popen.pid}/fd"))

    def ask(self, path, method="GET", body=None, **headers):
        """Status and body; status 0 where the connection ended."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError) as error:
            return 0, str(error).encode()
        finally:
            connection.close()

    def finish(self, fds):
        self.stack.wait_until(lambda: self.n_fds() <= fds + FDS_MORE, PATIENCE_S, f"no more than {fds} descriptors and a few")
        assert self.process.stop() == 0 and not CORRUPT.search(self.process.log())
        print(f"{self.driven} faults met, {self.countdown.n_paths()} paths, ended {self.ended} times, {time.monotonic() - self.began:.0f} s")


def is_failure(status):
    return status == 0 or status >= 500
