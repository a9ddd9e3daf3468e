"""What octokit has collected of GitHub: every example of a webhook is taken, every recorded answer is the same through the
mirror but for its addresses. From npm: `npm ci` in tests/mirror/examples, which the tests do where the registry is reachable."""
import hashlib
import hmac
import json
import pathlib
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).with_name("examples")
API, UPLOADS = "https://api.github.com", "https://uploads.github.com"


@pytest.fixture(scope="module")
def octokit():
    folder = FOLDER / "node_modules" / "@octokit"
    if not (folder / "fixtures").is_dir() or not (folder / "webhooks-examples").is_dir():
        if not shutil.which("npm"):
            pytest.skip("npm is not installed, and tests/mirror/examples/node_modules is not there")
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"], cwd=FOLDER,
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])
    return folder


# ---- webhooks ----

def test_every_example_of_a_webhook(lab, octokit):
    mirror = lab.mirror(lab.recorder(lambda seen: (200, {}, b"{}")), GITHUB_WEBHOOK_SECRET="s")
    n, refused = 0, []
    for host in sorted(octokit.glob("webhooks-examples/*/index.json")):
        for event in json.loads(host.read_text()):
            for number, example in enumerate(event["examples"]):
                body = json.dumps(example).encode()
                signature = "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
                got = mirror.request("POST", "/_webhook", headers={"X-GitHub-Event": event["name"], "X-Hub-Signature-256": signature}, body=body)
                n += 1
                if got.status != 200:
                    refused.append((host.parent.name, event["name"], number, got))
    assert n > 300 and not refused
    assert mirror.get("/healthz").status == 200


# ---- recorded answers ----

class Replay:
    """Answers with what is put into `now`, with its own addresses in place of GitHub's."""

    def __init__(self, lab):
        self.now = []
        self.recorder = lab.recorder(self.answer)
        self.url = self.recorder.url + "/api/v3"

    def answer(self, seen):
        uploads = seen.target.startswith("/api/uploads")
        path = seen.target.removeprefix("/api/uploads" if uploads else "/api/v3")
        one = next(f for f in self.now if (f["method"].upper(), f["path"], UPLOADS in f["scope"]) == (seen.method, path, uploads))
        headers = {name: one["headers"].get(name.lower()) for name in ("Content-Type", "ETag", "Last-Modified", "Link", "Location")}
        body = self.here(text_of(one)).encode()
        if headers["ETag"]:  # the recorded ones are all the same
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()}"'
        if seen.get("If-None-Match") and seen.get("If-None-Match") == headers["ETag"]:
            return 304, {"ETag": headers["ETag"]}, b""
        return one["status"], {n: self.here(v) if v else v for n, v in headers.items()}, body

    def here(self, text):
        return text.replace(API, self.url).replace(UPLOADS, self.recorder.url + "/api/uploads")


def text_of(one):
    return one["response"] if isinstance(one["response"], str) else json.dumps(one["response"])


def scenarios():
    found = sorted((FOLDER / "node_modules" / "@octokit" / "fixtures").glob("scenarios/*/*/normalized-fixture.json"))
    return [pytest.param(path, id=path.parent.name) for path in found] or [None]


@pytest.mark.parametrize("path", scenarios())
def test_every_recorded_answer(lab, octokit, path):
    if path is None:
        pytest.skip("@octokit/fixtures was not there when the tests were collected: run them again")
    fixtures = [f for f in json.loads(path.read_text()) if f["scope"].startswith((API, UPLOADS))]
    replay = Replay(lab)
    mirror = lab.mirror(replay.url)

    def through(text, api):
        return text.replace(API, api).replace(UPLOADS, mirror.url + "/api/uploads")
    followed = None
    for at, one in enumerate(fixtures):
        if one is followed:
            continue
        method, uploads = one["method"].upper(), UPLOADS in one["scope"]
        body = one.get("body")
        sent = None if method in ("GET", "HEAD") else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Accept": one["reqheaders"].get("accept", "*/*"), "Content-Type": "application/json"}
        expected = one
        if method == "GET" and one["status"] in (301, 307) and one["headers"]["location"].startswith(API):
            expected = followed = fixtures[at + 1]  # by the mirror
        replay.now = [one, expected]
        api = mirror.url + ("/api/v3" if uploads else "")  # an upload is asked for as of an Enterprise Server
        for _ in range(2 if method == "GET" and expected["headers"].get("etag") else 1):
            got = mirror.request(method, mirror.url + ("/api/uploads" if uploads else "") + one["path"], "t",
                                 {**headers, "Cache-Control": "no-cache"}, sent)
            assert got.status == expected["status"], (method, one["path"], got)
            if isinstance(expected["response"], str):
                assert got.text == expected["response"]
            else:
                assert got.json() == json.loads(through(text_of(expected), api))
            for name in ("Link", "Location"):
                recorded = expected["headers"].get(name.lower())
                assert got[name] == (through(recorded, api) if recorded else None)
