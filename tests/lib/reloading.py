"""SIGHUP to a process of a stack, and what it says then."""
import re
import signal
import ssl
from pathlib import Path

from database_world import until
from stack import holds


def log_of(process):
    """What it said wherever LOG_TARGET leads."""
    target = process.log_target if hasattr(process, "log_target") else None
    return target.read_text() if target and target.exists() else process.log()


def hup(process):
    """Sends it and waits for what comes of it: the lines that are new, up to the one that tells."""
    before = len(log_of(process))
    until(lambda: holds(process.popen.pid, signal.SIGHUP), "SIGHUP to be waited for")
    process.popen.send_signal(signal.SIGHUP)

    def told():
        assert process.running, f"it ended with {process.popen.returncode}\n{process.log()}"
        new = log_of(process)[before:]
        return new if re.search(r"config\.(reloaded|refused) .*\n", new) else None
    return until(told, "config.reloaded or config.refused")


def served(port):
    """The certificate, as DER, that a new connection is shown."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def der(path):
    return ssl.PEM_cert_to_DER_cert(Path(path).read_text())
