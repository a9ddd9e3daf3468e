"""Files open elsewhere: graphs in graphology, tables as a Frictionless data package, JSON lines in jq, SQLite by queries of Datasette.
From npm: `npm ci` in tests/cli/readers, which the tests do where the registry is reachable."""
import json
import pathlib
import shutil
import sqlite3
import subprocess

import pytest
from data_world import TABLES, fill, manifest
from gitomatic_cli import run
from test_data_graph import expected

FOLDER = pathlib.Path(__file__).with_name("readers")


@pytest.fixture(scope="module")
def world(module_database):
    fill(module_database)
    module_database.rows("update developers set login = 'a<b>&\"c''' || chr(7) || chr(10) || '\\ü🦊' where github_id = 4")
    module_database.rows("insert into follows values (5, 4, now()) on conflict do nothing")
    return module_database


@pytest.fixture(scope="module")
def node():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not (FOLDER / "node_modules" / "graphology").is_dir():
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"],
                              cwd=FOLDER, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])

    def read(script, argument):
        done = subprocess.run(["node", str(FOLDER / script), str(argument)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return read


def export(world, path, *flags):
    done = run("export", str(path), *flags, DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("ending", ["gexf", "graphml"])
def test_graphology_reads_the_graph(world, folder, node, ending):
    path = export(world, folder / f"x.{ending}", "--seed", "dev5", "--depth", "2", "--edges", "follows,stars")
    found = node("graph.mjs", path)
    levels, edges = expected(world, "d5", 2, ["follows", "stars"])
    assert found["type"] == "directed"
    assert {key: about["depth"] for key, about in found["nodes"]} == levels
    assert {(source, target, about["kind"]) for source, target, about in found["edges"]} == edges
    about = dict(found["nodes"])
    assert about["d4"]["label"] == "a<b>&\"c'\ufffd\n\\ü🦊"
    counts = dict(world.rows("select 'd' || github_id, followers_count from developers where followers_count is not null"))
    assert all(about[key]["count"] == counts[key] for key in about if key in counts)
    assert all("count" not in about[key] or about[key]["count"] is None for key in about if key[0] == "d" and key not in counts)


@pytest.mark.parametrize("flags", [[], ["--gzip"], ["--format", "jsonl"], ["--format", "sqlite"]], ids=["csv", "gzip", "jsonl", "sqlite"])
def test_the_data_package_fits_its_schema(world, folder, node, flags):
    jsonschema = pytest.importorskip("jsonschema")
    package = json.loads((export(world, folder / "x", *flags) / "datapackage.json").read_text())
    profiles = FOLDER / "node_modules" / "datapackage" / "lib" / "profiles"
    for profile, part in [("data-package", package)] + [(one["profile"], one) for one in package["resources"]]:
        schema = json.loads((profiles / f"{profile}.json").read_text())
        errors = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(part))
        assert not errors, errors
    broken = {**package, "resources": []}
    schema = json.loads((profiles / "data-package.json").read_text())
    assert list(jsonschema.validators.validator_for(schema)(schema).iter_errors(broken))


def test_frictionless_reads_each_value(world, folder, node):
    read = node("package.mjs", export(world, folder / "x"))
    assert read["errors"] == [] and set(read["rows"]) == set(TABLES)
    for table in TABLES:
        assert len(read["rows"][table]) == world.one(f"select count(*) from {table}"), table
    rows = {row["github_id"]: row for row in read["rows"]["developers"]}
    for github_id, bio, hireable, source in world.rows("select github_id, bio, hireable, data_source from developers"):
        row = rows[github_id]
        # This reader takes spaces off the left, whatever the dialect says.
        assert ((row["bio"] or "").lstrip(), row["hireable"], row["data_source"]) == ((bio or "").lstrip(), hireable, source)
    package = json.loads((folder / "x" / "datapackage.json").read_text())
    assert all(one["dialect"]["skipInitialSpace"] is False for one in package["resources"])
    assert [row["topics"] for row in read["rows"]["repositories"]] == [
        topics for topics, in world.rows("select topics from repositories order by github_id")]


def test_jq_reads_json_lines(world, folder):
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    path = export(world, folder / "x", "--format", "jsonl") / "developers.jsonl"
    done = subprocess.run(["jq", "-c", "[.github_id, .bio, .data_source.bio]", path], capture_output=True, check=True)
    assert [tuple(json.loads(line)) for line in done.stdout.split(b"\n") if line] == world.rows(
        "select github_id, bio, data_source ->> 'bio' from developers order by 1")


# What Datasette asks of a file: its tables, keys, indexes, facets, search by text, rows of a foreign key and their labels.
def test_sqlite_answers_what_datasette_asks(world, folder):
    path = export(world, folder / "x", "--format", "sqlite") / "gitomatic.sqlite"
    file = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert file.execute("pragma foreign_key_check").fetchall() == []
    assert {name for name, in file.execute("select name from sqlite_master where type = 'table'")} == set(TABLES)
    keys = {(row[3], row[2], row[4]) for row in file.execute("pragma foreign_key_list(stars)")}
    assert keys == {("developer_github_id", "developers", "github_id"), ("repository_github_id", "repositories", "github_id")}
    assert [row[1] for row in file.execute("pragma table_info(follows)") if row[5]] == ["follower_github_id", "followed_github_id"]
    plan = file.execute("explain query plan select * from stars where repository_github_id = 1001").fetchall()
    assert any("USING" in row[3] and "INDEX" in row[3] for row in plan), plan
    assert dict(file.execute("select hireable, count(*) from developers group by hireable order by 2 desc limit 31")) == dict(
        world.rows("select hireable::int, count(*) from developers group by 1"))
    assert file.execute("select d.login, r.full_name from stars s join developers d on d.github_id = s.developer_github_id join repositories r"
                        " on r.github_id = s.repository_github_id order by 1, 2 limit 101").fetchall() == world.rows(
        "select d.login, r.full_name from stars s join developers d on d.github_id = s.developer_github_id join repositories r"
        " on r.github_id = s.repository_github_id order by d.login collate \"C\", r.full_name collate \"C\" limit 101")
    assert file.execute("select count(*) from developers where bio like '%quoted%'").fetchone()[0] == world.one(
        "select count(*) from developers where bio like '%%quoted%%'")
    assert file.execute("select json_extract(data_source, '$.n[1]') from developers where github_id = 1").fetchone() == (2.5,)
    assert sum(table["rows"] for table in manifest(folder / "x")["files"][0]["tables"]) == sum(
        file.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES)
