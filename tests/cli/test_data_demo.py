"""gitomatic export of a demo's database: the files say that the records are made up. Made-up records are not mixed with others."""
import hashlib
import json
import subprocess

import pytest
from data_world import fill, interrupt, manifest
from gitomatic_cli import Up, run


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


DEVELOPER = "insert into developers (github_id, login, first_seen_at) values (4711, 'mallory', now())"


def test_a_demo_does_not_go_into_a_folder_with_other_records(folder, start):
    first = start(Up, GITHUB_API_URL="http://127.0.0.1:9").wait_ready()
    subprocess.run(["psql", "-XAtq", "-c", DEVELOPER, first.url()], check=True, timeout=60)
    assert first.stop() == 0
    refused = start(Up, "--demo", GITOMATIC_DATA="var")
    assert refused.wait() == 2 and not (folder / "var/demo.moves").exists()
    said = refused.output()
    assert f"the data folder {folder}/var holds records that are not a demo's" in said and "set another GITOMATIC_DATA" in said, said
    again = start(Up, GITHUB_API_URL="http://127.0.0.1:9").wait_ready()
    asked = subprocess.run(["psql", "-XAtq", "-c", "select count(*) from jobs where asked_by = 'up --demo'", again.url()], capture_output=True, text=True,
                           check=True, timeout=60).stdout
    assert asked == "0\n" and "made-up" not in again.output()


def test_a_demo_does_not_go_into_a_database_with_other_records(database, start):
    database.rows(DEVELOPER)
    refused = start(Up, "--demo", DATABASE_URL=database.url)
    assert refused.wait() == 2
    said = refused.output()
    assert "the database that DATABASE_URL or the PG* variables name holds records that are not a demo's" in said and "an empty database" in said, said
    assert database.one("select count(*) from jobs") == database.one("select count(*) from credentials") == 0


@pytest.mark.parametrize("kind", ["empty", "its own"])
def test_a_demo_goes_into_a_database_that_is(kind, request, start):
    database = request.getfixturevalue("empty_database" if kind == "empty" else "database")
    if kind == "its own":
        database.rows(DEVELOPER)
        database.rows("insert into credentials (label, kind, position) values (%s, 'token', 0)", DEMO_TOKEN)
    start(Up, "--demo", DATABASE_URL=database.url).wait_ready()
    assert database.one("select count(*) from jobs where asked_by = 'up --demo'") > 0
