"""An upstream of a few pages, which counts requests: for tests of when the mirror revalidates."""
import collections
import hashlib
import json


class Counting:
    """pages: {path: object, or (status, object)}. Answers 304 to its own ETag. Writes are answered as `writes` says:
    {(method, path): (status, object)}, else 200 with the object of the path."""

    def __init__(self, lab, pages, writes=None, base=""):
        self.pages, self.writes, self.count, self.base = dict(pages), writes or {}, collections.Counter(), base
        self.recorder = lab.recorder(self.answer)
        self.url = self.recorder.url + base

    def answer(self, seen):
        assert seen.target.startswith(self.base), seen
        path = seen.target[len(self.base):]
        self.count[seen.method, path, seen.get("Authorization")] += 1
        if seen.method not in ("GET", "HEAD"):
            status, said = self.writes.get((seen.method, path), (200, {}))
            return status, {}, json.dumps(said).encode() if status != 204 else b""
        page = self.pages.get(path, (404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}))
        status, said = page if isinstance(page, tuple) else (200, page)
        body = json.dumps(said).encode()
        if status != 200:
            return status, {}, body
        etag = '"' + hashlib.sha256(f"{seen.get('Authorization')}{seen.get('Accept')}".encode() + body).hexdigest() + '"'
        return (304, {"ETag": etag}, b"") if seen.get("If-None-Match") == etag else (200, {"ETag": etag}, body)

    def asked(self, path=None, method="GET"):
        return sum(n for (m, p, _), n in self.count.items() if m == method and path in (None, p))


def asks(upstream, mirror, path, token="a", headers=None):
    """Whether the upstream is asked when a client comes, and the client's answer."""
    before = upstream.asked(path)
    got = mirror.get(path, token, headers)
    return upstream.asked(path) > before, got
