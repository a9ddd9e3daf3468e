"""The simulator as a process: on a free port of 127.0.0.1, ended by process id."""
import json
import os
import pathlib
import subprocess

import requests

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITOMATIC_BUILD", REPO / "build"))
SHARED = pathlib.Path(os.environ.get("GITOMATIC_SHARED_DATA", REPO.parent / "shared" / "data"))
BINARY = BUILD / "gitomatic-sim"


def recorded_data():
    """The folder of recorded data, or None."""
    return SHARED if (SHARED / "users.jsonl.gz").exists() else None


class Sim:
    def __init__(self, folder, *options):
        assert BINARY.exists(), f"{BINARY} is not built; GITOMATIC_BUILD says where to look"
        self.trace_file = pathlib.Path(folder) / "sim-trace.jsonl"
        self.log = open(pathlib.Path(folder) / "sim.log", "w")
        self.process = subprocess.Popen(
            [str(BINARY), "--listen", "127.0.0.1:0", "--control", "--trace", str(self.trace_file), *map(str, options)],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), f"no announcement, but {line!r}"
        self.url = line.split()[-1]
        self.session = requests.Session()
        self.session.trust_env = False

    def _json(self, answer):
        assert answer.status_code == 200, answer.text[:2000]
        return answer.json()

    def truth(self):
        return self._json(self.session.get(self.url + "/_sim/truth", timeout=60))

    def stats(self):
        return self._json(self.session.get(self.url + "/_sim/stats", timeout=20))

    def charged(self, resource="core"):
        """Units charged so far, all credentials together."""
        return sum(c["charged"][resource] for c in self.stats()["credentials"].values())

    def mutate(self, *ops):
        return self._json(self.session.post(self.url + "/_sim/mutate", json=list(ops), timeout=20))["done"]

    def random(self, seed, steps):
        return self._json(self.session.post(self.url + "/_sim/random", json={"seed": seed, "steps": steps},
                                            timeout=20))["done"]

    def config(self, **settings):
        named = {key.replace("_", "-"): value for key, value in settings.items()}
        self._json(self.session.post(self.url + "/_sim/config", json=named, timeout=20))

    def trace(self):
        text = self.trace_file.read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]  # the last one may be half written

    def stop(self):
        self.session.close()
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(60)
        self.process.stdout.close()
        self.log.close()
        return code
