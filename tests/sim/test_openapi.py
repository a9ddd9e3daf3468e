"""Validates answers and the hydration query against what GitHub publishes, with node."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from simulator_process import BUILD

FOLDER = pathlib.Path(__file__).with_name("openapi")


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


def composed():
    """The queries that the crawler sends, by name: strings of the header that the build composes."""
    text = (BUILD / "github" / "hydrate_queries.h").read_text()
    return {name: json.loads('"' + re.sub(r'"\s*"', "", body) + '"') for name, body in re.findall(r'char (\w+)\[\] =\s+"(.*?)";', text, re.S)}


QUERIES = ["hydrate_developers", "hydrate_developers_email", "hydrate_repositories", "hydrate_records", "hydrate_records_email"]


@pytest.fixture(scope="module")
def validated(node, tmp_path_factory):
    """What is said of all queries and of two that are wrong: reading the schema takes longer than all of them."""
    folder = tmp_path_factory.mktemp("queries")
    queries = {"tests": FOLDER.with_name("hydrate.graphql").read_text(), **composed(),
               "field": '{ user(login: "ada") { shoeSize } }', "syntax": "{ user("}
    for name, query in queries.items():
        (folder / f"{name}.graphql").write_text(query)
    done = node("validate_query.mjs", *(folder / f"{name}.graphql" for name in queries))
    assert done.returncode == 1, done.stderr
    return done.stdout.splitlines(), done.stderr, folder


def test_each_query_is_validated():
    assert sorted(composed()) == sorted(QUERIES)


@pytest.mark.parametrize("query", QUERIES + ["tests"])
def test_queries_are_valid_for_the_published_schema(validated, query):
    right, errors, folder = validated
    assert f"ok {folder / query}.graphql" in right, errors


def test_the_query_validator_sees_what_is_wrong(validated):
    right, errors, folder = validated
    assert len(right) == len(QUERIES) + 1 and "shoeSize" in errors
    assert f"{folder / 'syntax.graphql'}: Syntax Error" in errors
