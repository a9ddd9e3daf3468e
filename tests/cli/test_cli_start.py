"""A database that goes away between the moment a process has seen it and the moment it begins."""
import itertools
import socket
import threading
import urllib.parse

import pytest

from gitomatic_cli import Process, until

PASSED, REFUSED = 1, 3
ENV = {"API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0", "DISCOVERY_SCHEDULE": "off", "HEARTBEAT_SCHEDULE": "off"}
NUMBERS = itertools.count(5000)


class Door:
    """Lets the first connection to a database through, closes some, and lets all others through."""

    def __init__(self, url, folder):
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        self.real = f"{query['host']}/.s.PGSQL.{query.get('port', 5432)}"
        self.came, self.refused = 0, REFUSED
        number = next(NUMBERS)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/.s.PGSQL.{number}")
        self.listener.listen(64)
        query.update(host=str(folder), port=number)
        self.url = parts._replace(query=urllib.parse.urlencode(query)).geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.came += 1
            if PASSED < self.came <= PASSED + self.refused:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.real)
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    @staticmethod
    def _copy(source, to):
        try:
            while (part := source.recv(65536)):
                to.sendall(part)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


@pytest.fixture
def door(database, folder):
    made = Door(database.url, folder)
    yield made
    made.close()


@pytest.mark.parametrize("kind, says", [("scheduler", "scheduler.start"), ("crawler", "crawler.registered"), ("api", "api.listening"),
                                        ("mirror", "mirror.listening")])
def test_a_database_that_goes_away_at_the_start_is_waited_for(door, start, kind, says):
    process = start(Process, kind, DATABASE_URL=door.url, **ENV)
    process.wait_for(says)
    until(lambda: door.came > PASSED + REFUSED, 20, "another connection to be tried for")
    assert process.stop() == 0


@pytest.mark.parametrize("kind", ["scheduler", "crawler", "mirror"])
def test_a_waiting_process_can_be_stopped(door, start, kind):
    door.refused = 1000
    process = start(Process, kind, DATABASE_URL=door.url, **ENV)
    until(lambda: door.came > PASSED + REFUSED, 20, "another connection to be tried for")
    assert process.stop() == 0
    assert "worker=" not in process.output()
