"""octokit from npm, unmodified, with the mirror as its baseUrl: REST, pagination, throttling plugin, GraphQL."""
import json
import pathlib
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).with_name("octokit")


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not (FOLDER / "node_modules" / "@octokit").is_dir():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000",
                               "--fetch-retry-mintimeout=1000"], cwd=FOLDER, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])

    def run(script, *arguments):
        done = subprocess.run(["node", str(FOLDER / script), *map(str, arguments)], capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)
    return run


@pytest.mark.parametrize("base", ["", "/api/v3"])
def test_a_list_is_read_page_by_page(shared, node, base):
    seen = node("walk.mjs", shared.mirror.url + base, "a", shared.repo["full_name"])
    truth, ada = shared.truth, next(u for u in shared.truth["users"] if u["login"] == "ada")
    assert sorted(seen["followers"]) == sorted(a for a, b in truth["follows"] if b == ada["id"])
    assert sorted(seen["repos"]) == sorted(r["id"] for r in truth["repos"] if r["owner"]["id"] == ada["id"])
    assert sorted(map(tuple, seen["starred"])) == sorted((r, at) for u, r, at in truth["stars"] if u == ada["id"])
    assert seen["early"] == seen["followers"][:20]
    assert seen["readme"].startswith(f"# {shared.repo['name']}") and seen["diff"].startswith("diff --git ")
    assert seen["zip"] > 8192  # octokit followed the redirect to the other host by itself
    assert seen["ratelimit"] == 1000000 and seen["conditional"] == 304 and seen["missing"] == [404, "Not Found"]
    assert seen["graphql"] == {"nameWithOwner": shared.repo["full_name"],
                               "stargazerCount": shared.repo["stargazers_count"]}
    assert seen["viewer"] == "ada" and seen["graphqlError"] == "GraphqlResponseError"
    assert seen["limited"] == []


def test_the_throttling_plugin_sees_a_secondary_limit(lab, node):
    sim = lab.github("--retry-after", 1)
    mirror = lab.mirror(sim)
    sim.config(faults=1, fault_kinds="403")
    seen = node("limited.mjs", mirror.url, "a", "/users/ada")
    assert seen["status"] == 403 and seen["told"][0] == {"kind": "secondary", "after": 1}, seen


def test_the_throttling_plugin_sees_a_used_up_quota(lab, node):
    """A short window, so that the plugin's wait ends within the test: then it gets its answer."""
    sim = lab.sim("synthetic", "--limit", 2, "--window", 8)
    mirror = lab.mirror(sim)
    for path in ("/users?since=1", "/users?since=2"):
        assert mirror.get(path, "a").status == 200
    seen = node("limited.mjs", mirror.url, "a", "/users/ada")
    assert seen["status"] == 200 and {t["kind"] for t in seen["told"]} == {"primary"}, seen
    assert sim.stats()["requests_while_exhausted"] <= len(seen["told"])  # the mirror knew, or asked once


@pytest.mark.parametrize("path", ["/users/ada", "/users/ada/orgs"])
def test_the_throttling_plugin_sees_a_limit_that_only_the_mirror_knows(lab, node, path):
    """The mirror knows the limit: GitHub is not asked, and the plugin waits as for GitHub's own answer."""
    sim = lab.github("--retry-after", 60)
    mirror = lab.mirror(sim)
    sim.config(faults=1, fault_kinds="403")
    mirror.request("GET", "/meta", headers={"Authorization": "token a"})  # as octokit writes it
    asked = len(sim.trace())
    seen = node("limited.mjs", mirror.url, "a", path, "give-up")
    assert seen["status"] == 403 and seen["told"][0]["kind"] == "secondary" and 50 < seen["told"][0]["after"] <= 60, seen
    assert len(sim.trace()) == asked


@pytest.mark.parametrize("path, window", [("/users/ada", 3600), ("/users/ada/orgs", 3600), ("/search/users?q=ada", 60)])
def test_the_throttling_plugin_sees_a_used_up_quota_that_only_the_mirror_knows(lab, node, path, window):
    """It waits until the reset that GitHub named, and its error is the one of GitHub's own answer."""
    sim = lab.github("--token", "a=ada")
    mirror = lab.mirror(sim)
    sim.config(limit=0, anonymous_limit=0, search_limit=0)
    for used in ("/meta", "/search/users?q=x"):
        mirror.request("GET", used, headers={"Authorization": "token a"})  # as octokit writes it
    asked = len(sim.trace())
    seen = node("limited.mjs", mirror.url, "a", path, "give-up")
    assert (seen["status"], seen["error"]) == (403, "HttpError") and [t["kind"] for t in seen["told"]] == ["primary"], seen
    assert window / 3 < seen["told"][0]["after"] < window + 100  # the plugin adds a second or two
    assert len(sim.trace()) == asked


@pytest.mark.parametrize("kind", ["primary", "secondary"])
def test_graphql_limits_are_octokits_errors(lab, node, kind):
    sim = lab.github("--token", "a=ada", "--retry-after", 60)
    mirror = lab.mirror(sim)
    sim.config(**({"graphql_limit": 0} if kind == "primary" else {"faults": 1, "fault_kinds": "403"}))
    body = b'{"query":"{ viewer { login } }"}'
    mirror.request("POST", "/graphql", headers={"Authorization": "token a", "Content-Type": "application/json"}, body=body)
    asked = len(sim.trace())
    seen = node("limited.mjs", mirror.url, "a", "graphql", "give-up")
    assert seen["told"][0]["kind"] == kind and seen.get("error"), seen
    assert len(sim.trace()) == asked


def test_a_hit_saves_the_quota_octokit_would_have_spent(lab, node):
    sim = lab.github("--token", "a=ada", "--download-listen", "127.0.0.1:0")
    mirror = lab.mirror(sim)
    repo = next(r for r in sim.truth()["repos"] if r["size"] and not r["fork"])["full_name"]
    node("walk.mjs", mirror.url, "a", repo)
    first = sim.charged()
    node("walk.mjs", mirror.url, "a", repo)
    # What is no 200 with an ETag costs again: the redirect to the archive, and what is not there.
    assert first > 10 and sim.charged() - first <= 3
