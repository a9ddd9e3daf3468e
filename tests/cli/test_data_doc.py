"""docs/data.md, word by word: its commands are run as they stand there, and what it names is there."""
import gzip
import json
import os
import re
import sqlite3
import subprocess

import pytest
from data_world import TABLES, fill, read_csv
from gitomatic_cli import BIN, ROOT, clean_env

TEXT = (ROOT / "docs" / "data.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines() if line.startswith("gitomatic ")]
ELSEWHERE = ("git-o-matic", "--wait")  # another server; a crawler (tests/engine/test_sample.py)
HERE = [line for line in COMMANDS if not any(word in line for word in ELSEWHERE)]


@pytest.fixture(scope="module")
def world(module_database):
    fill(module_database)
    module_database.rows("update developers set login = 'ada' where github_id = 1; update developers set login = 'grace' where github_id = 2")
    return module_database


def shell(world, folder, command):
    """In a folder of its own; `gitomatic` is this build's."""
    return subprocess.run(["bash", "-ec", 'gitomatic() { "$PROGRAM" "$@"; }; ' + command], cwd=folder, capture_output=True, text=True, timeout=120,
                          env=clean_env(PROGRAM=BIN, DATABASE_URL=world.url))


def test_nothing_is_left_unread():
    assert len(HERE) >= 13 and len(COMMANDS) - len(HERE) == 2


@pytest.mark.parametrize("command", HERE, ids=range(len(HERE)))
def test_each_command_runs(world, folder, command):
    if re.match(r"gitomatic (verify|import) snapshot", command):
        assert shell(world, folder, "gitomatic export snapshot").returncode == 0
    if "gharchive" in command:
        event = {"id": "1", "type": "WatchEvent", "created_at": "2024-01-31T00:00:00Z", "actor": {"id": 1, "login": "ada"}, "repo": {"id": 1001, "name": "ada/repo1"}}
        (folder / "2024-01-31-0.json.gz").write_bytes(gzip.compress(json.dumps(event).encode()))
    done = shell(world, folder, command)
    assert done.returncode == 0, (command, done.stderr)
    if "export snapshot" in command:
        assert (folder / "snapshot" / "manifest.json").exists()
        if "--only developers,follows" in command:
            assert {"developers.jsonl.gz", "follows.jsonl.gz"} < set(os.listdir(folder / "snapshot")) and not (folder / "snapshot" / "stars.jsonl.gz").exists()
    if "--dry-run" in command:
        assert re.search(r"graphql|core", done.stdout + done.stderr)


def test_the_files_are_as_they_are_described(world, folder):
    for flags in ("", "--format jsonl", "--format sqlite"):
        assert shell(world, folder, f"gitomatic export '{folder}/s{flags}' {flags}").returncode == 0
    named = re.search(r"The tables (.*?), with the columns", TEXT, re.S).group(1)
    assert re.findall(r"`(\w+)`", named) == TABLES
    data = (folder / "s" / "developers.csv").read_bytes()
    assert data.decode().startswith("github_id,") and b"\n" in data and not data.split(b"\n")[0].endswith(b"\r"), "lines end with LF"
    rows = read_csv(folder / "s" / "developers.csv")
    assert {row["hireable"] for row in rows} == {"", "t", "f"} and all(row["first_seen_at"].endswith("+00") for row in rows)
    for line in (folder / "s--format jsonl" / "developers.jsonl").read_text().rstrip("\n").split("\n"):
        assert json.loads(line)["github_id"]
    with sqlite3.connect(folder / "s--format sqlite" / "gitomatic.sqlite") as file:
        assert {row[0] for row in file.execute("select distinct hireable from developers")} == {None, 0, 1}
    file.close()
    document = json.loads((folder / "s" / "manifest.json").read_text())
    assert {"format", "program", "schema", "instant", "feed_cursor", "filters", "id"} < set(document)
    assert all({"rows", "bytes", "sha256"} < set(one) for one in document["files"] if "table" in one)
    # The columns that its examples read
    repositories = read_csv(folder / "s" / "repositories.csv")
    assert {"created_at", "followers_count"} < set(rows[0]) and "language" in repositories[0]
    for column in re.findall(r"^\| `(\w+)`", TEXT[TEXT.index("## What the numbers mean"):TEXT.index("## Reading the files")], re.M):
        assert any(column in read_csv(folder / "s" / f"{table}.csv")[0] for table in ("developers", "repositories", "follows", "stars", "follow_history")), column


def test_the_fields_of_a_sample(world):
    fields = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TEXT[TEXT.index("## Samples"):TEXT.index("**Sampling error")], re.M)
    source = (ROOT / "api" / "resources" / "samples.c").read_text()
    for name in re.findall(r"`(\w+)`", " ".join(fields)):
        assert f'"{name}"' in source, name
