"""gitomatic export of a demo's database: the files say that the records are made up."""
import hashlib

import pytest
from data_world import fill, manifest
from gitomatic_cli import run


@pytest.fixture
def world(database):
    fill(database)
    return database


@pytest.mark.parametrize("demo", [False, True])
def test_only_a_database_that_a_demos_token_crawled_is_a_demos(world, folder, demo):
    """`up --demo` with DATABASE_URL: no data folder tells. The data and its id are the same."""
    label = "token-" + hashlib.blake2b(b"demo-token-of-ada", digest_size=32, key=b"gitomatic credential label".ljust(32, b"\0")).hexdigest()[:12]
    world.rows("insert into credentials (label, kind, position) values (%s, 'token', 0)", (label if demo else "token-0123456789ab",))
    done = run("export", str(folder / "x"), "--only", "follows", DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
    told = manifest(folder / "x")
    assert ("demo" in told, "note" in told) == (demo, demo) and told["id"] == done.stdout.strip()
    for name in ("README.md", "CITATION.cff", "datapackage.json", "manifest.json"):
        assert ("do not cite them" in (folder / "x" / name).read_text()) == demo, name
    assert ("Crawled from GitHub's public API" in (folder / "x" / "README.md").read_text()) != demo
    done = run("export", str(folder / "x.gexf"), "--seed", "dev1", DATABASE_URL=world.url)
    assert done.returncode == 0 and ("do not cite them" in (folder / "x.gexf").read_text()) == demo
    done = run("import", str(folder / "x"), DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
