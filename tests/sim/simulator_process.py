"""A running simulator: on a free port of 127.0.0.1, ended by process id."""
import os
import pathlib
import subprocess

import requests

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITOMATIC_BUILD", REPO / "build"))
BINARY = BUILD / "gitomatic-sim"


class Sim:
    """A running simulator. get/post go through a session without proxies and with a User-Agent."""

    def __init__(self, *options):
        assert BINARY.exists(), f"{BINARY} is not built; GITOMATIC_BUILD says where to look"
        self.process = subprocess.Popen(
            [str(BINARY), "--listen", "127.0.0.1:0", *map(str, options)],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), f"no announcement, but {line!r}"
        self.url = line.split()[-1]
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, token="t", timeout=20, **more):
        headers = dict(more.pop("headers", {}))
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        url = path if path.startswith("http") else self.url + path
        return self.session.get(url, headers=headers, timeout=timeout, allow_redirects=False, **more)

    def post(self, path, json=None, token="t", **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers.update(more.pop("headers", {}))
        return self.session.post(self.url + path, json=json, headers=headers, timeout=20, **more)

    def graphql(self, query, token="t", headers=None, **variables):
        return self.post("/graphql", {"query": query, "variables": variables}, token=token, headers=headers or {})

    def mutate(self, *ops):
        answer = self.post("/_sim/mutate", list(ops), token=None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def config(self, **settings):
        named = {key.replace("_", "-"): value for key, value in settings.items()}
        answer = self.post("/_sim/config", named, token=None)
        assert answer.status_code == 200, answer.text

    def truth(self):
        return self.get("/_sim/truth", token=None).json()

    def stats(self):
        return self.get("/_sim/stats", token=None).json()

    def pages(self, path, **more):
        """Every item of a list, following Link as given."""
        items, url = [], path
        while url:
            answer = self.get(url, **more)
            assert answer.status_code == 200, answer.text
            items += answer.json()
            url = answer.links.get("next", {}).get("url")
        return items

    def stop(self):
        self.session.close()
        self.process.terminate()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code
