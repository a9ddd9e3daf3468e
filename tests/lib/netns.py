"""A network namespace for a test: addresses and limits of TCP of its own, and files of its own in /etc."""
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
STEPS = "ip link set lo up; ip addr add fd00::7/128 dev lo nodad; sysctl -qw net.ipv4.tcp_wmem='4096 32768 32768'"
libc = ctypes.CDLL(None, use_errno=True)


def missing():
    """Why there can't be one, or None."""
    done = subprocess.run(["unshare", "-n", "-m", "sh", "-ec", STEPS], capture_output=True, text=True)
    return done.stderr.strip() or "no network namespace" if done.returncode else None


class Netns:
    """addresses: of its loopback interface, besides the usual; wmem: bytes that a socket buffers for sending, at most; files:
    {path in /etc: a file that is there instead}. What a thread opens or starts between enter() and leave() is in its network;
    `prefix` goes before a command that shall see its files, too."""

    def __init__(self, addresses=(), wmem=None, files=None):
        steps = ["ip link set lo up", *(f"ip addr add {a} dev lo nodad" if ":" in a else f"ip addr add {a} dev lo" for a in addresses),
                 *(f"mount --bind {source} {path}" for path, source in (files or {}).items())]
        if wmem:
            steps.append(f"sysctl -qw net.ipv4.tcp_wmem='4096 {wmem} {wmem}'")
        self.process = subprocess.Popen(["unshare", "-n", "-m", "sh", "-ec", "; ".join([*steps, "echo ready", "exec cat"])],
                                        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)  # ends with us
        assert self.process.stdout.readline() == "ready\n", steps
        self.prefix = ["nsenter", "-t", str(self.process.pid), "-n", "-m", "--"]
        self.before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.fd = os.open(f"/proc/{self.process.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def _set(self, fd):
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def enter(self):
        self._set(self.fd)
        return self

    def leave(self):
        self._set(self.before)

    __enter__ = enter

    def __exit__(self, *_):
        self.leave()

    def close(self):
        os.close(self.fd)
        os.close(self.before)
        self.process.kill()
        self.process.wait()
