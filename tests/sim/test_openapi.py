"""Validates answers and the hydration query against what GitHub publishes, with node."""
import pathlib
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).with_name("openapi")
REPO = FOLDER.parents[2]


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not (FOLDER / "node_modules" / "ajv").is_dir():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000",
                               "--fetch-retry-mintimeout=1000"], cwd=FOLDER, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])

    def run(script, *arguments):
        return subprocess.run(["node", str(FOLDER / script), *map(str, arguments)], capture_output=True, text=True,
                              timeout=300)
    return run


def test_answers_fit_the_published_description(node, world):
    done = node("validate.mjs", world.url)
    assert done.returncode == 0, "\n".join(l for l in (done.stdout + done.stderr).splitlines() if l[:2] != "ok")
    assert done.stdout.count("ok ") > 90


def test_the_validator_sees_what_does_not_fit(node, simulator):
    done = node("validate.mjs", simulator().url)  # stargazers are refused by default
    assert done.returncode == 1 and "/stargazers: status 403" in done.stdout


QUERIES = [FOLDER.with_name("hydrate.graphql")] + sorted((REPO / "github").glob("*.graphql"))


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.name)
def test_queries_are_valid_for_the_published_schema(node, query):
    done = node("validate_query.mjs", query)
    assert done.returncode == 0, done.stderr


def test_the_query_validator_sees_what_is_wrong(node, tmp_path):
    wrong = tmp_path / "wrong.graphql"
    wrong.write_text('{ user(login: "ada") { shoeSize } }')
    done = node("validate_query.mjs", wrong)
    assert done.returncode == 1 and "shoeSize" in done.stderr
    wrong.write_text("{ user(")
    assert node("validate_query.mjs", wrong).returncode == 1
