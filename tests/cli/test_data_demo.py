"""gitomatic export of a demo's database: the files say that the records are made up."""
import hashlib
import json

import pytest
from data_world import fill, interrupt, manifest
from gitomatic_cli import run


DEMO_TOKEN = "token-" + hashlib.blake2b(b"demo-token-of-ada", digest_size=32, key=b"gitomatic credential label".ljust(32, b"\0")).hexdigest()[:12]


@pytest.fixture
def world(database):
    fill(database)
    return database


@pytest.mark.parametrize("demo", [False, True])
def test_only_a_database_that_a_demos_token_crawled_is_a_demos(world, folder, demo):
    """`up --demo` with DATABASE_URL: no data folder tells. The data and its id are the same."""
    world.rows("insert into credentials (label, kind, position) values (%s, 'token', 0)", (DEMO_TOKEN if demo else "token-0123456789ab",))
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
    assert bool(world.one("select count(*) from credentials where kind = 'demo'")) == demo


@pytest.fixture
def made_up(world, folder):
    """The folder of a demo's export; the database is not a demo's any more."""
    world.rows("insert into credentials (label, kind, position) values (%s, 'token', 0)", (DEMO_TOKEN,))
    assert run("export", str(folder / "x"), "--only", "developers,follows", DATABASE_URL=world.url).returncode == 0
    world.rows("delete from credentials")
    return folder / "x"


@pytest.mark.parametrize("flags", [[], ["--dry-run"]], ids=["real", "dry"])
def test_made_up_records_are_not_mixed_with_githubs(world, made_up, flags):
    before = world.one("select count(*) from changes")
    done = run("import", str(made_up), *flags, DATABASE_URL=world.url)
    assert done.returncode == 2 and "made up by the simulated GitHub of a demo" in done.stderr and "expected a database without records" in done.stderr, done.stderr
    assert world.one("select count(*) from changes") == before and world.one("select count(*) from credentials") == 0


def test_a_database_with_imported_made_up_records_stays_a_demos(world, made_up, folder, start):
    world.rows("truncate developers, repositories, follows, stars, follow_history, star_history cascade")
    done = run("import", str(made_up), "--dry-run", DATABASE_URL=world.url)
    assert done.returncode == 0 and world.one("select count(*) from credentials") == 0, done.stderr
    said = interrupt(start, world, "follows", "import", str(made_up))  # when some records are there
    assert "interrupted" in said and world.one("select count(*) from developers") > 0
    for _ in range(2):
        done = run("import", str(made_up), DATABASE_URL=world.url)
        assert done.returncode == 0, done.stderr
    done = run("export", str(folder / "y"), "--only", "follows", DATABASE_URL=world.url)
    assert done.returncode == 0 and manifest(folder / "y")["demo"] is True, done.stderr
    status = json.loads(run("status", "--json", DATABASE_URL=world.url).stdout)
    assert "demo" not in json.dumps([status.get("credentials"), status.get("rate_limits")])


def test_an_import_that_brought_nothing_leaves_no_mark(world, made_up):
    world.rows("truncate developers, repositories, follows, stars, follow_history, star_history cascade")
    world.rows("create function refuse() returns trigger language plpgsql as $$ begin raise 'no more'; end $$")
    world.rows("create trigger refuse before insert on developers for each row execute function refuse()")
    done = run("import", str(made_up), DATABASE_URL=world.url)
    assert done.returncode == 1 and "no more" in done.stderr
    assert world.one("select count(*) from credentials") == 0
