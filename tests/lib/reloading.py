"""SIGHUP to a process of a stack, and what it says then."""
import re
import signal
import ssl
import time
from pathlib import Path

PATIENCE_S = 60


def wait_for(condition, what):
    until = time.monotonic() + PATIENCE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def holds_hup(pid):
    """Whether the signal would wait for it rather than end it: from its first moments on."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return bool(int(re.search(r"^SigBlk:\s*(\w+)", status, re.M)[1], 16) >> (signal.SIGHUP - 1) & 1)


def log_of(process):
    """What it said wherever LOG_TARGET leads."""
    target = process.log_target if hasattr(process, "log_target") else None
    return target.read_text() if target and target.exists() else process.log()


def hup(process):
    """Sends it and waits for what comes of it: the lines that are new, up to the one that tells."""
    before = len(log_of(process))
    wait_for(lambda: holds_hup(process.popen.pid), "SIGHUP to be waited for")
    process.popen.send_signal(signal.SIGHUP)

    def told():
        assert process.running, f"it ended with {process.popen.returncode}\n{process.log()}"
        new = log_of(process)[before:]
        return new if re.search(r"config\.(reloaded|refused) .*\n", new) else None
    return wait_for(told, "config.reloaded or config.refused")


def served(port):
    """The certificate, as DER, that a new connection is shown."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def der(path):
    return ssl.PEM_cert_to_DER_cert(Path(path).read_text())
