"""go-github as Debian ships it (golang-github-google-go-github-dev), unmodified, as a client of an Enterprise Server."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).with_name("go") / "walk.go"
GOPATH = pathlib.Path("/usr/share/gocode")


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    if not shutil.which("go"):
        pytest.skip("Go is not installed (Debian's golang-go)")
    if not (GOPATH / "src/github.com/google/go-github").is_dir():
        pytest.skip("go-github is not installed (Debian's golang-github-google-go-github-dev)")
    folder = tmp_path_factory.mktemp("go")
    # The cache is the user's own: the first build compiles Go's library, which takes a minute.
    cache = os.environ.get("GOCACHE") or str(pathlib.Path.home() / ".cache" / "go-build")
    built = subprocess.run(["go", "build", "-o", str(folder / "walk"), str(SOURCE)], capture_output=True, text=True, timeout=900,
                           env={**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": cache, "CGO_ENABLED": "0", "GOFLAGS": ""})
    assert built.returncode == 0, built.stderr[-3000:]

    def run(mirror, *arguments, token="a"):
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        done = subprocess.run([str(folder / "walk"), mirror.url, token, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=env)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)
    return run


def test_a_list_is_read_page_by_page(shared, go):
    ada = next(u["id"] for u in shared.truth["users"] if u["login"] == "ada")
    for _ in range(2):  # cold, then from the cache
        seen = go(shared.mirror, "walk", shared.repo["full_name"])
        assert sorted(seen["repos"]) == sorted(r["id"] for r in shared.truth["repos"] if r["owner"]["id"] == ada)
        assert seen["url"] == f"{shared.mirror.url}/api/v3/repos/{shared.repo['full_name']}"
        assert (seen["limit"], seen["missing"], seen["user"]) == (1000000, 404, "ada")


def test_a_primary_limit_is_a_rate_limit_error(lab, go):
    sim = lab.sim("synthetic", "--limit", 1)
    mirror = lab.mirror(sim)
    assert mirror.get("/api/v3/users/ada", "a").status == 200
    assert go(mirror, "limited", "bob") == {"error": "primary 0 true"}
    assert len(sim.trace()) == 1  # the mirror knew


def test_a_secondary_limit_is_an_abuse_rate_limit_error(lab, go):
    sim = lab.github("--retry-after", 60)
    mirror = lab.mirror(sim)
    sim.config(faults=1, fault_kinds="403")
    assert mirror.get("/users/ada", "a").status == 403  # GitHub says so
    asked = len(sim.trace())
    assert go(mirror, "limited", "bob") == {"error": "secondary true"}
    assert len(sim.trace()) == asked  # the mirror knew


def test_uploading_a_release_asset(lab, go, tmp_path):
    (tmp_path / "asset").write_bytes(bytes(range(256)) * 1000)
    upstream = lab.recorder(lambda seen: (201, {}, json.dumps({"id": 9, "url": f"{upstream.url}/api/v3/repos/o/r/releases/assets/9"}).encode()))
    mirror = lab.mirror(upstream.url + "/api/v3")
    seen = go(mirror, "upload", tmp_path / "asset")
    assert seen == {"asset": 9, "url": f"{mirror.url}/api/v3/repos/o/r/releases/assets/9"}
    sent = upstream.asked()[-1]
    assert (sent.method, sent.target) == ("POST", "/api/uploads/repos/o/r/releases/1/assets?name=a+b.zip")
    assert sent.body == (tmp_path / "asset").read_bytes()
