"""gitomatic import gharchive FILE …: hints from hourly files of events, and nothing that an event cannot tell."""
import gzip
import json

import pytest
from data_world import interrupt, put_tombstone
from gitomatic_cli import run


@pytest.fixture
def database(cleared):
    return cleared


def event(number, kind="PushEvent", actor=(1, "ada"), repo=(101, "ada/r"), at="2024-01-31T15:10:00Z", **more):
    return {"id": str(number), "type": kind, "actor": {"id": actor[0], "login": actor[1], "display_login": actor[1], "avatar_url": "x"},
            "repo": {"id": repo[0], "name": repo[1], "url": "x"}, "payload": {}, "public": True, "created_at": at, **more}


def write(folder, lines, name="2024-01-31-15.json.gz"):
    """Lines are bytes as they are, texts, or objects."""
    raw = [line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode() for line in lines]
    (folder / name).write_bytes(gzip.compress(b"".join(line + b"\n" for line in raw), mtime=0))  # equal lines are equal bytes
    return str(folder / name)


def load(database, *paths, flags=(), code=0):
    done = run("import", "gharchive", *flags, *map(str, paths), DATABASE_URL=database.url)
    assert done.returncode == code, done.stderr
    return done.stderr


def developers(database):
    return database.rows("select github_id, login, type, synced_at from developers order by 1")


def repositories(database):
    return database.rows("select github_id, owner_github_id, full_name, name, synced_at from repositories order by 1")


HOUR = [
    event(10),
    event(20, "WatchEvent", (2, "bob"), (102, "acme/lib"), org={"id": 50, "login": "acme"}),
    event(30, "WatchEvent", (3, "cy[bot]"), (103, "nobody/x.y")),
    event(40, "ForkEvent", (2, "bob"), (101, "ada/r"),
          payload={"forkee": {"id": 104, "full_name": "bob/r", "owner": {"id": 2, "login": "bob"}, "name": "r"}}),
    event(50, "MemberEvent", (1, "ada"), (101, "ada/r"), payload={"member": {"id": 4, "login": "dee"}, "action": "added"}),
    event(60, "FollowEvent", (1, "ada"), (101, "ada/r"), payload={"target": {"id": 5, "login": "eve"}}),
    event(109, at="2024-01-31T15:59:59Z"),
]


def test_an_interrupted_import_skips_the_files_that_were_read(database, folder, start):
    first, second = write(folder, HOUR), write(folder, [event(210, actor=(6, "fay"), at="2024-01-31T16:10:00Z")], "2024-01-31-16.json.gz")
    load(database, first)
    said = interrupt(start, database, "developers", "import", "gharchive", first, second)
    assert "gitomatic import: interrupted: the rows imported so far are kept. Run the same command again: it skips the files" in said, said
    again = load(database, first, second)
    assert f"{first}: was already read" in again and f"{second}: 2024-01-31T16h, 1 event" in again, again
    assert (6, "fay", None, None) in developers(database)


def test_stubs_and_hours_but_no_edges(database, folder):
    said = load(database, write(folder, HOUR))
    assert developers(database) == [(1, "ada", None, None), (2, "bob", None, None), (3, "cy[bot]", None, None), (4, "dee", None, None),
                                    (5, "eve", None, None), (50, "acme", "Organization", None)]
    assert repositories(database) == [(101, 1, "ada/r", "r", None), (102, 50, "acme/lib", "lib", None), (103, None, "nobody/x.y", "x.y", None),
                                      (104, 2, "bob/r", "r", None)]
    assert database.one("select (select count(*) from follows) + (select count(*) from stars)") == 0
    assert database.rows("select hour::text, first_id, last_id, events, share from archive_hours") == [
        ("2024-01-31 15:00:00+00", 10, 109, 7, 0.07)]
    assert "7 events with ids from 10 to 109 (7.0 %)" in said and "0 lines left out" in said
    assert database.one("select count(*) from jobs") == 0


def test_the_frontier_moves_forward_only(database, folder):
    database.rows("insert into developers (github_id, login, first_seen_at, gone_at) values (1, 'ada', now(), null), (2, 'bob', now(), null),"
                  " (3, 'cy', now(), null), (4, 'dee', now(), now()), (5, 'eve', now(), null)")
    database.rows("insert into frontier (github_id, next_at, last_at, walks, reason) values (1, now(), null, 0, 'newly met'),"
                  " (2, '2030-01-01', '2024-01-01', 1, 'walked'), (3, '2030-01-01', '2024-06-01', 1, 'walked'),"
                  " (4, 'infinity', null, 0, 'gone'), (5, '2020-01-01', null, 0, 'newly met')")
    path = write(folder, [event(n, actor=(n, login)) for n, login in enumerate(["ada", "bob", "cy", "dee", "eve", "new"], 1)])
    for _ in range(2):
        load(database, path)
        assert database.rows("select github_id, next_at::date::text, reason from frontier order by 1") == [
            (1, "2024-01-31", "newly met"), (2, "2024-01-31", "active"), (3, "2030-01-01", "walked"), (4, "infinity", "gone"),
            (5, "2020-01-01", "newly met"), (6, "2024-01-31", "newly met")]


def test_known_records_stay_as_they_are(database, folder):
    database.rows("insert into developers (github_id, login, type, first_seen_at, synced_at) values (1, 'renamed', 'User', now(), now()),"
                  " (9, 'bob', 'User', now(), now())")
    database.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (101, 'other', 'ada/other', now()),"
                  " (9, 'x.y', 'nobody/X.y', now())")
    before = database.rows("select * from developers order by 1"), database.rows("select * from repositories order by 1")
    load(database, write(folder, HOUR))
    assert (database.rows("select * from developers where github_id in (1, 9) order by 1"),
            database.rows("select * from repositories where github_id in (101, 9) order by 1")) == before
    assert database.one("select count(*) from developer_logins") == database.one("select count(*) from repository_names") == 0
    # Two who share a name: the detail by id tells whose it is.
    assert database.rows("select kind, github_id, rest from hydration_queue order by 1, 2") == [(1, 2, True), (2, 103, True)]


def test_the_same_content_is_read_once(database, folder):
    path = write(folder, HOUR)
    load(database, path)
    before = database.rows("select count(*), max(id) from changes"), database.rows("select * from archive_hours")
    assert "was already read" in load(database, write(folder, HOUR, "copy.json.gz"))
    assert (database.rows("select count(*), max(id) from changes"), database.rows("select * from archive_hours")) == before
    # Of two files for one hour the fuller one counts, whichever comes first.
    load(database, write(folder, HOUR[:3], "part.json.gz"))
    assert database.rows("select events from archive_hours") == [(7,)]


def test_a_trial_changes_nothing(database, folder):
    said = load(database, write(folder, HOUR), flags=["--dry-run"])
    assert "6 new developers, 4 new repositories" in said and "nothing was changed" in said
    assert database.one("select (select count(*) from developers) + (select count(*) from archive_hours) + (select count(*) from frontier)") == 0


HOSTILE = {
    "no json": "not json", "cut": '{"id": "1", "actor"', "array": "[1, 2]", "text": '"x"', "two": '{}{}', "empty": "{}", "null": "null",
    "deep": "[" * 10000, "deep object": '{"payload":' * 100 + "1" + "}" * 100, "nul byte": b'{"id":\0}', "no utf-8": b'{"id":"\xff\xfe"',
    "id text": event(1, actor=("7", "x")), "id zero": event(1, actor=(0, "x")), "id negative": event(1, actor=(-5, "x")),
    "id large": event(1, actor=(10**18, "x")), "id larger": event(1, actor=(10**400, "x")), "id float": event(1, actor=(1.5, "x")),
    "id true": event(1, actor=(True, "x")), "id exponent": '{"id":"1","actor":{"id":1e2,"login":"x"},"created_at":"2024-01-31T15:00:00Z"}',
    "login tab": event(1, actor=(7, "x\ty")), "login newline": event(1, actor=(7, "x\ny")), "login escape": event(1, actor=(7, "\\N")),
    "login nul": event(1, actor=(7, "x\0")), "login long": event(1, actor=(7, "x" * 101)), "login empty": event(1, actor=(7, "")),
    "login number": event(1, actor=(7, 5)), "login surrogate": '{"id":"1","actor":{"id":7,"login":"\\ud800"},"created_at":"2024-01-31T15:00:00Z"}',
    "actor list": event(1, actor=(7, "x")) | {"actor": [1]}, "repo name": event(1, repo=(7, "noslash")), "repo dots": event(1, repo=(7, "a/..")),
    "repo two": event(1, repo=(7, "a/b/c")), "repo text": event(1) | {"repo": "a/b"}, "time word": event(1, at="yesterday"),
    "time infinite": event(1, at="infinity"), "time odd": event(1, at="2024-13-01T00:00:00Z"), "time early": event(1, at="1970-01-01T00:00:00Z"),
    "time number": event(1) | {"created_at": 5}, "too long": b'{"x":"' + b"a" * (17 << 20) + b'"}',
}


def test_hostile_lines_are_named_and_the_others_imported(database, folder):
    """Each in a file of its own between two good lines."""
    sound = event(5, actor=(1, "ada")), event(9, actor=(2, "bob"))
    paths = [write(folder, [sound[0], line, sound[1] | {"public": name}], f"{number}.gz") for number, (name, line) in enumerate(HOSTILE.items())]
    said = load(database, *paths)
    for path, name in zip(paths, HOSTILE):
        assert f"{path}:2: " in said, name
        assert f"{path}:1: " not in said and f"{path}:3: " not in said
    assert [row[:2] for row in developers(database)] == [(1, "ada"), (2, "bob")]
    assert [row[0] for row in repositories(database)] == [101]


def test_many_bad_lines_are_counted(database, folder):
    said = load(database, write(folder, ["bad"] * 1000 + [HOUR[0]]))
    assert said.count("expected an event") == 10 and "1000 lines were left out" in said and "1000 lines left out" in said
    assert len(developers(database)) == 1


def test_times_out_of_range_are_bounded(database, folder):
    load(database, write(folder, [event(1, at="9999-12-31T23:59:59Z"), event(2, actor=(2, "bob"), at="2024-02-29T23:59:60Z")]))
    assert database.one("select bool_and(next_at <= now()) from frontier")
    assert database.one("select next_at::text from frontier where github_id = 2") == "2024-03-01 00:00:00+00"


@pytest.mark.parametrize("harm", ["missing", "cut", "folder", "no gzip", "nothing", "not one event"])
def test_a_bad_file_is_named_and_the_others_are_read(database, folder, harm):
    bad, good = folder / "bad.json.gz", write(folder, HOUR)
    whole = gzip.compress(b"\n".join(json.dumps(event(n, actor=(1000 + n, f"u{n}"))).encode() for n in range(1, 5000)))
    {"missing": lambda: None, "cut": lambda: bad.write_bytes(whole[:len(whole) // 2]), "folder": bad.mkdir,
     "no gzip": lambda: bad.write_bytes(b"\x1f\x8b\x08garbage"), "nothing": lambda: bad.write_bytes(b""),
     "not one event": lambda: bad.write_bytes(gzip.compress(b"{}\n" * 5))}[harm]()
    said = load(database, bad, good, code=1)
    assert str(bad) in said and "1 of 2 files" in said
    assert len(developers(database)) == 6 and database.one("select count(*) from archive_hours") == 1


def test_files_that_are_not_packed_and_older_forms_are_read(database, folder):
    old = {"created_at": "2012-03-11T16:00:00-08:00", "actor": "ada", "type": "WatchEvent", "actor_attributes": {"login": "ada"},
           "repository": {"id": 7, "name": "r", "owner": "ada", "url": "x"}, "payload": {"action": "started"}, "public": True}
    path = folder / "2012-03-12-0.json"
    path.write_text(json.dumps(old) + "\n" + json.dumps(old).replace("7", "8", 1))
    load(database, path)
    assert [row[:3] for row in repositories(database)] == [(7, None, "ada/r"), (8, None, "ada/r")] and developers(database) == []
    assert database.rows("select hour::text, first_id, last_id, events, share from archive_hours") == [
        ("2012-03-12 00:00:00+00", None, None, 2, None)]


def test_forgotten_people_are_not_imported(database, folder):
    put_tombstone(database, 2)
    load(database, write(folder, HOUR))
    assert [row[0] for row in developers(database)] == [1, 3, 4, 5, 50]
    assert [row[0] for row in repositories(database)] == [101, 102], "whose owner is not known may be the forgotten one's"


def test_forgetting_finds_repositories_without_a_known_owner(database, folder):
    load(database, write(folder, [event(1, actor=(5, "eve"), repo=(103, "Nobody/x")), event(2, actor=(5, "eve"), repo=(104, "nobody-else/x"))]))
    load(database, write(folder, [event(3, actor=(7, "nobody"), repo=(105, "eve/y"))], "later.gz"))
    assert run("forget", "nobody", DATABASE_URL=database.url).returncode == 0
    assert [row[0] for row in repositories(database)] == [104, 105]


@pytest.mark.parametrize("kind, table", [("users", "developers"), ("repositories", "repositories")])
def test_an_id_that_only_an_archive_names_ends_no_frame(database, folder, kind, table):
    """One event with an absurd id would make every id that a sample draws a miss."""
    def draw():
        done = run("sample", kind, "--n", "5", "--seed", "1", "--name", "frame", DATABASE_URL=database.url)
        frames = database.rows("select frame_to from samples")
        database.rows("truncate samples, sample_members, jobs")
        return done.returncode, frames
    load(database, write(folder, [event(1, actor=(10**18 - 1, "far"), repo=(10**18 - 1, "far/r"))]))
    assert database.one(f"select max(github_id) from {table}") == 10**18 - 1
    assert draw() == (0, [(10**18 - 1,)]), "where nothing else is known, an archive's ids are all there is"
    name = "login" if kind == "users" else "name, full_name"
    database.rows(f"insert into {table} (github_id, {name}, first_seen_at, node_id) values (500, 'x'{', $$x/x$$' if kind != 'users' else ''}, now(), 'N')")
    assert draw() == (0, [(500,)]), "a list's stub has a node id"
    database.rows(f"update {table} set synced_at = now() where github_id = 500; update {table} set node_id = null where github_id = 500")
    assert draw() == (0, [(500,)])
    stub = f"insert into {table} (github_id, {name}, first_seen_at) select i, 'y' || i{', $$y/y$$ || i' if kind != 'users' else ''}, now() from "
    database.rows(stub + "generate_series(1001, 3000) i")
    assert draw() == (0, [(500,)]), "hints may all be absurd, however many there are"
    database.rows(f"delete from {table} where github_id = 500")
    assert draw() == (0, [(2002,)]), "where nothing else is known, the highest 999 are not believed"
