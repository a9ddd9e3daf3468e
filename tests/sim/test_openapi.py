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
    done = node("validate.mjs", simulator().url, "/stargazers")  # which are refused by default
    assert done.returncode == 1 and "/stargazers: status 403" in done.stdout


QUERIES = [FOLDER.with_name("hydrate.graphql")] + sorted((REPO / "github").glob("*.graphql"))


@pytest.fixture(scope="module")
def validated(node, tmp_path_factory):
    """What is said of all queries and of two that are wrong: reading the schema takes longer than all of them."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "field.graphql").write_text('{ user(login: "ada") { shoeSize } }')
    (folder / "syntax.graphql").write_text("{ user(")
    done = node("validate_query.mjs", *QUERIES, folder / "field.graphql", folder / "syntax.graphql")
    assert done.returncode == 1, done.stderr
    return done.stdout.splitlines(), done.stderr, folder


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.name)
def test_queries_are_valid_for_the_published_schema(validated, query):
    right, errors, _ = validated
    assert f"ok {query}" in right, errors


def test_the_query_validator_sees_what_is_wrong(validated):
    right, errors, folder = validated
    assert len(right) == len(QUERIES) and "shoeSize" in errors
    assert f"{folder / 'syntax.graphql'}: Syntax Error" in errors
