"""Simulators and stacks for one test or a group of tests, with an end for all of them."""
import itertools
import pathlib
import socket

import pytest
from sim import SHARED, Sim, recorded_data
from stack import Stack

numbers = itertools.count(1)


class Lab:
    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, pathlib.Path(folder)
        self.sims, self.stacks, self.databases, self.ports, self.others = [], [], [], [], []

    def _folder(self, kind, made):
        folder = self.folder / f"{kind}-{len(made) + 1}"
        folder.mkdir()
        return folder

    def database(self):
        """The URL of a new database with the schema."""
        name = f"e2e_{next(numbers)}"
        self.cluster.execute(f"create database {name} template template_e2e strategy file_copy")
        self.databases.append(name)
        return self.cluster.url(name)

    def port(self):
        """A port of 127.0.0.1 for a server that is not there all the time. It is held, so that nobody else is given it meanwhile;
        a server that sets SO_REUSEADDR, as ours do, may listen on it all the same."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        self.ports.append(held)
        return held.getsockname()[1]

    def sim(self, world, *options):
        """A simulator of the recorded or the made-up world."""
        if world == "recorded":
            if not recorded_data():
                pytest.skip(f"no recorded data at {SHARED}; GITOMATIC_SHARED_DATA says where it is")
            options = ("--data", SHARED, *options)
        self.sims.append(Sim(self._folder("sim", self.sims), *options))
        return self.sims[-1]

    def stack(self, github_url, url=None, **env):
        """Processes on a database of their own."""
        self.stacks.append(Stack(url or self.database(), github_url, self._folder("stack", self.stacks), **env))
        return self.stacks[-1]

    def stopping(self, made):
        """Stops it, too, once the processes have ended."""
        self.others.append(made)
        return made

    def close(self):
        """Every process must leave with 0 on SIGTERM."""
        try:
            for s in self.stacks:
                s.stop()
        finally:
            for s in self.stacks:
                s.end()
            codes = [s.stop() for s in self.sims]
            for made in self.others:
                made.stop()
            for held in self.ports:
                held.close()
            if self.databases:
                self.cluster.execute(*(f"drop database if exists {name} with (force)" for name in self.databases))
        assert codes == [0] * len(codes), f"exit codes of simulators: {codes}"
