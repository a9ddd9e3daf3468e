"""The programs in examples/, run as their first lines say, against a running `gitomatic up --demo`."""
import csv
import json
import pathlib
import re
import subprocess
import sys

import psycopg2
import pytest

from gitomatic_cli import Up, make_folder, remove_folder, until

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def demo():
    folder = make_folder()
    up = Up("--demo", cwd=folder)
    up.wait_ready()
    up.folder = folder
    password = up.wait_for(r"password (\S+) ").group(1)
    url = up.wait_for(r"API +(http://[^/\s]+)").group(1)
    up.settings = {"GITOMATIC_URL": url, "GITOMATIC_AUTH": f"admin:{password}", "PATH": "/usr/bin:/bin"}
    up.database = up.wait_for(r"psql '(postgresql://[^']+)'").group(1)
    yield up
    up.end()
    remove_folder(folder)


def example(demo, name, *args, code=0):
    command = [str(EXAMPLES / name), *args]
    if name.endswith(".py"):
        command.insert(0, sys.executable)
    result = subprocess.run(command, cwd=demo.folder, env=demo.settings, capture_output=True, text=True, timeout=400)
    assert result.returncode == code, (result.stdout, result.stderr)
    return result.stdout


def test_sync_developer(demo):
    developer = json.loads(example(demo, "sync_developer.sh", "ada"))
    assert developer["login"] == "ada" and developer["github_id"]


def test_export_developers_writes_each_once(demo):
    until(lambda: len(list(csv.DictReader(example(demo, "export_developers.py").splitlines()))) >= 20, 240, "20 developers")
    rows = list(csv.DictReader(example(demo, "export_developers.py").splitlines()))
    assert len({row["github_id"] for row in rows}) == len(rows)
    some = next(row for row in rows if row["location"])
    there = list(csv.DictReader(example(demo, "export_developers.py", "location=" + some["location"]).splitlines()))
    assert some["login"] in {row["login"] for row in there} and {row["location"] for row in there} == {some["location"]}


def test_a_misspelt_filter_is_an_error(demo):
    example(demo, "export_developers.py", "locatoin=Berlin", code=1)


def test_follow_changes_continues_where_it_stopped(demo):
    first = example(demo, "follow_changes.py", "place.txt", "--once").splitlines()
    assert first and all(re.match(r"\S+ (developer|repository|follow|star)\.\w+ ", line) for line in first)
    again = example(demo, "follow_changes.py", "place.txt", "--once").splitlines()
    assert not set(first) & set(again)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.sql")))
def test_sql(demo, name):
    statement = (EXAMPLES / name).read_text()
    with psycopg2.connect(demo.database) as connection, connection.cursor() as cursor:
        def rows():
            cursor.execute(statement)
            return cursor.fetchall()
        until(rows, 240, f"rows of {name}")


def test_every_example_is_listed_and_run():
    names = {path.name for path in EXAMPLES.iterdir()} - {"README.md"}
    assert names == set(re.findall(r"\]\(([\w.]+)\)", (EXAMPLES / "README.md").read_text()))
    assert names == {name for name in names if name.endswith(".sql") or f'"{name}"' in pathlib.Path(__file__).read_text()}
