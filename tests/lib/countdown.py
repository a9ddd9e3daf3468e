"""The n-th allocation, statement, read or write of a process fails: what tests/lib/countdown.c does, told and asked."""
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
STATES = 16 * len(KINDS)
LIBRARY = BUILD / "tests" / "libcountdown.so"
# What a process may not say, however it ends.
CORRUPT = re.compile(r"Sanitizer|runtime error|corrupt|double free|invalid (pointer|size|next)|Assertion|malloc\(\)|free\(\)", re.I)


class Countdown:
    """A file, and what a process started with `environment` reads in it."""

    def __init__(self, folder, name="countdown"):
        self.path = pathlib.Path(folder) / name
        self.path.write_bytes(bytes(4096))
        with open(self.path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 4096)
        self.kind = None
        # The loader's own memory, which LeakSanitizer knows by its caller: here that is our library.
        leaks = self.path.with_suffix(".leaks")
        leaks.write_text("leak:_dl_\nleak:dl_open\n")
        self.environment = {"LD_PRELOAD": str(LIBRARY), "GITOMATIC_COUNTDOWN": str(self.path),
                            "LSAN_OPTIONS": f"suppressions={leaks}:print_suppressions=0", "ASAN_OPTIONS":
                            os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=1:allocator_may_return_null=1"}

    def arm(self, kind, n, sqlstate="40001"):
        """The n-th call of the kind from now on fails."""
        self.kind = KINDS.index(kind)
        self.shared[STATES:STATES + 8] = sqlstate.encode().ljust(8, b"\0")
        self._put(8 * (len(KINDS) + self.kind), 0)
        self._put(8 * self.kind, n)

    def disarm(self):
        """Whether the call was reached."""
        self._put(8 * self.kind, 0)
        return self.hit()

    def hit(self):
        return struct.unpack_from("q", self.shared, 8 * (len(KINDS) + self.kind))[0] > 0

    def _put(self, at, value):
        struct.pack_into("q", self.shared, at, value)

    def frames(self):
        return [f for f in struct.unpack_from(f"{FRAMES}Q", self.shared, STATES + 8) if f]


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
