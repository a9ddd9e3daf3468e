"""Exports as of a time when nothing was known, and folders that are no export."""
import pytest
from data_world import fill
from gitomatic_cli import run


@pytest.fixture
def world(database):
    fill(database)
    return database


def test_a_time_before_anything_was_known_is_named(world, folder):
    first = world.one("select to_char(least((select min(first_seen_at) from developers), (select min(first_seen_at) from repositories))"
                      " at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS')")
    early = run("export", str(folder / "x"), "--as-of", "2001-01-01", DATABASE_URL=world.url)
    assert early.returncode == 0 and f"nothing was known before {first}" in early.stderr, early.stderr
    late = run("export", str(folder / "y"), "--as-of", "now", "--only", "follows", DATABASE_URL=world.url)
    assert late.returncode == 0 and "nothing was known" not in late.stderr


def test_a_folder_that_is_no_export_is_named(world, folder):
    (folder / "left").mkdir()
    (folder / "left/developers.csv").write_text("id\n")
    for command in ("verify", "import"):
        for name in ("left", "nowhere"):
            done = run(command, str(folder / name), DATABASE_URL=world.url)
            assert done.returncode == 1 and f"{folder}/{name}: is not an export of gitomatic, or one that was interrupted" in done.stderr, done.stderr
    assert "if an interrupted export left it, remove it" in run("export", str(folder / "left"), DATABASE_URL=world.url).stderr
    assert run("export", str(folder / "whole"), "--only", "follows", DATABASE_URL=world.url).returncode == 0
    again = run("export", str(folder / "whole"), DATABASE_URL=world.url)
    assert again.returncode == 2 and "is not empty" in again.stderr and "interrupted" not in again.stderr
