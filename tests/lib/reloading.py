"""SIGHUP to a process of a stack, and what it says then."""
import http.client
import itertools
import re
import signal
import ssl
from pathlib import Path

from database_world import until
from stack import holds

READY = {"api": r"api\.listening", "mirror": r"mirror\.listening", "crawler": r"crawler\.registered", "scheduler": r"scheduler\.start"}
numbers = itertools.count(1)


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


def tokens_for(github, path):
    return [headers.get("Authorization") for _, asked, headers in list(github.seen) if asked.split("?")[0] == path]


class Running:
    """A process with a settings file of its own."""

    def __init__(self, stack, command, folder, **env):
        self.folder = folder / f"{command}-{next(numbers)}"
        self.folder.mkdir()
        self.command, self.conf = command, self.folder / "gitomatic.conf"
        self.settings(**env.pop("conf", {}))
        self.process = stack.start(command, GITOMATIC_CONF=self.conf, **env)

    def settings(self, **settings):
        new = self.folder / "new.conf"
        new.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        new.rename(self.conf)  # never half of it

    def ready(self):
        until(lambda: re.search(READY[self.command], self.process.log()) or not self.process.running, "the start")
        assert self.process.running, self.process.log()
        found = re.search(r"listening url=\S+?:(\d+)(?:/|\s)", self.process.log())
        self.port = int(found[1]) if found else None
        return self

    def hup(self):
        return hup(self.process)

    def status(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()
