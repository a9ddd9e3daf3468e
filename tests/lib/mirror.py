"""The mirror as a process of a stack, and a client that adds nothing to what a test says."""
import http.client
import os
import re
import time
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name):
        return self.headers.get(name)

    @property
    def label(self):
        return self.headers.get("X-Cache")

    @property
    def etag(self):
        return self.headers.get("ETag")

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        import json
        return json.loads(self.body)

    def links(self):
        found = re.findall(r'<([^>]*)>;\s*rel="([^"]*)"', self.headers.get("Link") or "")
        return {rel: url for url, rel in found}

    def __repr__(self):
        return f"{self.status} {self.label} {self['Cache-Status']} {self.body[:300]!r}"


class Mirror:
    """One `gitomatic mirror` of a stack, on a free port. env: its settings."""

    def __init__(self, stack, wait=True, **env):
        self.stack = stack
        env.setdefault("MIRROR_LISTEN", "127.0.0.1:0")
        env.setdefault("GITHUB_STATUS_URL", "http://127.0.0.1:9/components.json")  # never asks the real one
        self.env = env
        self.port = None
        if os.environ.get("MIRROR_BYPASS"):  # straight to the upstream: tells a client's failures from the mirror's
            self.port = urllib.parse.urlsplit(stack.env["GITHUB_API_URL"]).port
            return
        self.process = stack.start("mirror", **env)
        if wait:
            self.wait_listening()

    def wait_listening(self, seconds=60):
        until = time.monotonic() + seconds
        while True:
            found = re.search(r"mirror\.listening .*?http://[^ ]+?:(\d+)", self.process.log())
            if found:
                self.port = int(found.group(1))
                return self
            assert self.process.running, f"the mirror ended\n{self.process.log()}"
            assert time.monotonic() < until, f"the mirror does not listen\n{self.process.log()}"
            time.sleep(0.02)

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.host}"

    def request(self, method, path, token=None, headers=None, body=None, timeout=60):
        """path may be an address of the mirror. No header is sent beside Host, these, and the body's length."""
        if path.startswith("http"):
            parts = urllib.parse.urlsplit(path)
            assert parts.netloc == self.host, f"{path} is not the mirror's"
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = dict(headers or {})
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        if not any(n.lower() == "user-agent" for n in headers):
            headers["User-Agent"] = "mirror-tests"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            host = headers.pop("Host", self.host)
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in headers.items():  # a list: a line each
                for line in value if isinstance(value, list) else [value]:
                    connection.putheader(name, line)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, token=None, headers=None, **more):
        return self.request("GET", path, token, headers, **more)

    def pages(self, path, token=None, headers=None):
        """All answers of a list, following Link as given."""
        out = []
        while path:
            out.append(self.get(path, token, headers))
            assert out[-1].status == 200, out[-1]
            path = out[-1].links().get("next")
        return out

    def metrics(self):
        """{'name{labels}': value}"""
        out = {}
        for line in self.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                out[name] = float(value)
        return out

    def stop(self):
        return self.process.stop()
