"""The pages in Chromium: walk.mjs does what a person does, on a crawl of the simulator with hostile profiles in it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
import requests
from pg import Postgres
from sim import BUILD, Sim
from stack import Stack

HERE = pathlib.Path(__file__).resolve().parent
SHOTS = BUILD / "screenshots"
LOGIN = "ada"
HOSTILE = {
    "name": "\"><img src=x onerror=\"document.title='owned'\">",
    "bio": "<script>document.title='owned'</script></code></pre><h1>",
    "homepage": "javascript:document.title='owned'",
}


@pytest.fixture(scope="module")
def tools():
    """Node's modules and a browser, or a skip that says what is missing."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not chromium:
        pytest.skip("chromium is not installed")
    if not all((HERE / "node_modules" / name).is_dir() for name in ("playwright-core", "axe-core")):
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"],
                              cwd=HERE, capture_output=True, text=True)
        if done.returncode:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])
    return chromium


def listening(process, seconds=60):
    until = time.monotonic() + seconds
    while True:
        found = re.search(r"api\.listening.*?(http://\S+?:\d+)/", process.log())
        if found:
            return found.group(1)
        assert process.running and time.monotonic() < until, process.log()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tools, tmp_path_factory):
    """An API with a user, on an empty database that a crawler fills from the simulator once somebody is named."""
    folder = tmp_path_factory.mktemp("site")
    sim = Sim(folder, "--users", "150", "--limit", "50000")
    with Postgres() as pg:
        stack = Stack(pg.url(), sim.url, folder, GITHUB_TOKEN="a-token", API_LISTEN="127.0.0.1:0")
        try:
            repo = next(r["full_name"] for r in requests.get(f"{sim.url}/users/{LOGIN}/repos", timeout=20).json())
            sim.mutate({"op": "edit_user", "login": LOGIN, "set": {key: HOSTILE[key] for key in ("name", "bio")}},
                       {"op": "edit_repo", "repo": repo, "set": {"homepage": HOSTILE["homepage"]}})
            stack.run("migrate")
            subprocess.run([str(BUILD / "gitomatic"), "user", "add", "walker", "--password-stdin"], input="a long walk", text=True,
                           env=stack.env, check=True, capture_output=True)
            stack.crawler()
            stack.base, stack.repo = listening(stack.start("api")), repo
            starred = requests.get(f"{sim.url}/users/{LOGIN}/starred", timeout=20).json()
            stack.repos = [repo, next(r["full_name"] for r in starred if r["full_name"] != repo)]
            yield stack
            stack.stop()
        finally:
            stack.end()
            sim.stop()


def test_pages_work_in_a_browser(site, tools, tmp_path, request):
    all_ways = request.config.getoption("--slow")
    auth = ("walker", "a long walk")
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    page = requests.get(f"{site.base}/github/swagger/", auth=auth, timeout=20)
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({
        "base": site.base, "user": auth[0], "password": auth[1], "chromium": tools, "shots": str(SHOTS), "login": LOGIN,
        "repo": site.repo, "repos": site.repos, "hostile": HOSTILE, "axe": str(HERE / "node_modules" / "axe-core" / "axe.min.js"),
        "bundles": "<script defer" in page.text, "all_ways": all_ways}))
    done = subprocess.run(["node", str(HERE / "walk.mjs"), str(settings)], capture_output=True, text=True, timeout=900,
                          env={**os.environ, "NODE_PATH": str(HERE / "node_modules")})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count("ok ") >= 15
    assert len(list(SHOTS.glob("*.png"))) >= (100 if all_ways else 50)  # 25 pages, four or two ways
