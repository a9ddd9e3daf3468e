"""gitomatic import and verify: files that are sealed as an export and hold what no export has. Rows that cannot be are left out and
counted; what cannot be read is named, with its file; nothing outside the folder is read."""
import hashlib
import json
import re
import sqlite3

import pytest
from gitomatic_cli import run

DEVELOPERS = ("github_id,node_id,login,type,name,company,blog,location,email,hireable,bio,twitter_username,avatar_url,site_admin,followers_count,"
              "following_count,public_gists,public_repos,created_at,updated_at,first_seen_at,synced_at,gone_at,gone_reason,data_source,gone_looks")
REPOSITORIES = ("github_id,node_id,owner_github_id,name,full_name,description,homepage,language,license,default_branch,topics,visibility,fork,"
                "is_template,parent_github_id,has_downloads,has_issues,has_pages,has_projects,has_wiki,has_discussions,private,archived,disabled,"
                "size_kb,stargazers_count,subscribers_count,watchers_count,forks_count,open_issues_count,created_at,updated_at,pushed_at,"
                "first_seen_at,synced_at,gone_at,gone_reason,data_source,gone_looks")
COLUMNS = {"developers": DEVELOPERS, "repositories": REPOSITORIES, "follows": "follower_github_id,followed_github_id,first_seen_at",
           "developer_logins": "github_id,login,seen_until", "repository_names": "github_id,full_name,seen_until",
           "developer_counts": "github_id,day,followers_count,following_count,public_repos,public_gists",
           "star_history": "developer_github_id,repository_github_id,first_seen_at,starred_at,gone_after,gone_before"}
NOW = "2026-01-01 00:00:00+00"


def a_row(table, **values):
    usual = {"first_seen_at": NOW, "gone_looks": "0"}
    if table == "developers":
        usual |= {"github_id": "7", "login": "seven", "synced_at": NOW}
    elif table == "repositories":
        usual |= {"github_id": "70", "name": "r", "full_name": "good/r", "owner_github_id": "1"}
    elif table == "follows":
        usual |= {"follower_github_id": "1", "followed_github_id": "2"}
    elif table == "star_history":
        usual |= {"developer_github_id": "1", "repository_github_id": "50", "gone_after": NOW, "gone_before": NOW}
    else:
        usual |= {"github_id": "50" if table == "repository_names" else "1", "seen_until": NOW, "login": "old", "full_name": "old/r",
                  "day": "2026-01-01"}
    row = {**usual, **values}
    return ",".join(row.get(column, "") for column in COLUMNS[table].split(","))


GOOD = {"developers": [a_row("developers", github_id="1", login="good"), a_row("developers", github_id="2", login="other")],
        "repositories": [a_row("repositories", github_id="50")]}


def table_of(*lines, table, ends="\n"):
    return "".join(line + ends for line in (COLUMNS[table], *lines)).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def seal(path, document):
    head = json.dumps(document, indent=2)[:-2] + ",\n"
    path.write_text(f'{head}  "manifest_sha256": "{sha256(head.encode())}"\n}}\n')


def craft(path, tables, form="csv", **changes):
    """A folder as export writes it. tables: name -> its bytes."""
    path.mkdir()
    entries, identity = [], "gitomatic snapshot 1\n"
    for table, data in tables.items():
        (path / f"{table}.{form}").write_bytes(data)
        entries.append({"name": f"{table}.{form}", "table": table, "rows": 1, "bytes": len(data), "sha256": sha256(data)})
        identity += f"{table} 1\n{sha256(data)}\n"
    seal(path / "manifest.json", {
        "format": 1, "id": sha256(identity.encode()), "program": "gitomatic 0", "schema": "0093", "instant": "2026-01-01T00:00:00Z",
        "feed_cursor": 0, "filters": {"as_of": None, "where_login": [], "only": []}, "file_format": form, "gzip": False, "files": entries, **changes})
    return path


def load(database, path, code=0):
    done = run("import", str(path), DATABASE_URL=database.url)
    assert done.returncode == code, done.stderr
    assert not re.search(r"\bt_[0-9a-f]{8}", done.stderr), done.stderr
    return done.stdout + done.stderr


def counts(database):
    return {table: database.one(f"select count(*) from {table}") for table in COLUMNS}


LEFT_OUT = [
    ("developers", {"github_id": "0"}), ("developers", {"github_id": "-5"}), ("developers", {"github_id": ""}), ("developers", {"login": ""}),
    ("developers", {"login": '""'}), ("developers", {"login": "a/b"}), ("developers", {"login": "<script>"}), ("developers", {"login": ".."}),
    ("developers", {"login": "x" * 101}), ("developers", {"login": '"a\nb"'}), ("developers", {"created_at": "infinity"}),
    ("developers", {"synced_at": "infinity"}), ("developers", {"first_seen_at": "-infinity"}), ("developers", {"updated_at": "20000-01-01"}),
    ("developers", {"gone_at": "0044-03-15 BC"}), ("developers", {"followers_count": "-1"}), ("developers", {"gone_looks": ""}),
    ("developers", {"data_source": "[]"}), ("developers", {"data_source": "7"}),
    ("repositories", {"full_name": "no-owner"}), ("repositories", {"full_name": "a/b/c"}), ("repositories", {"full_name": "a/"}),
    ("repositories", {"name": ""}), ("repositories", {"topics": "7"}), ("repositories", {"topics": '"{""a"": 1}"'}),
    ("repositories", {"owner_github_id": "0"}), ("repositories", {"parent_github_id": "-1"}), ("repositories", {"pushed_at": "infinity"}),
    ("follows", {"first_seen_at": "infinity"}), ("follows", {"follower_github_id": ""}),
    ("star_history", {"gone_before": "infinity"}), ("star_history", {"gone_after": ""}),
    ("developer_logins", {"login": "a b"}), ("developer_logins", {"seen_until": "infinity"}), ("repository_names", {"full_name": "x"}),
    ("developer_counts", {"day": "infinity"}), ("developer_counts", {"day": "0001-01-01"}), ("developer_counts", {"followers_count": "-1"})]


@pytest.mark.parametrize("table", COLUMNS)
def test_a_row_that_cannot_be_is_left_out_alone(cleared, folder, table):
    bad = [a_row(table, **values) for name, values in LEFT_OUT if name == table]
    files = {name: [*lines] for name, lines in GOOD.items()}
    files[table] = [*bad, *files.get(table, [])]
    said = load(cleared, craft(folder / "x", {name: table_of(*lines, table=name) for name, lines in files.items()}))
    assert counts(cleared) == {**dict.fromkeys(COLUMNS, 0), "developers": 2, "repositories": 1}
    line, = [line for line in said.splitlines() if line.startswith(table + " ")]
    assert bad and f" {len(bad)} left out" in line and said.count(" 0 left out") == len(files) - 1, said


ALL_OF_THEM = [("developers", {"login": "[bot]"}), ("developers", {"login": "x" * 39}), ("developers", {"followers_count": "0"}), ("developers", {"github_id": str(2**62 - 1)}),
               ("developers", {"bio": '"a\n\\.\nb"'}), ("developers", {"bio": "\\."}), ("developers", {"bio": '"\r\n"'}), ("developers", {"location": "x" * 9000}),
               ("developers", {"data_source": "{}"}), ("repositories", {"topics": "[]"}), ("repositories", {"topics": '"[""a"", ""<b>""]"'}),
               ("developer_counts", {"day": "2008-01-01"}), ("developer_logins", {"login": "-a_b.c"})]


@pytest.mark.parametrize("table", sorted({table for table, _ in ALL_OF_THEM}))
def test_valid_variants_are_imported(cleared, folder, table):
    rows = [a_row(table, **{"login" if table == "developers" else "name": f"x{n}", **({"github_id": str(100 + n)} if "count" not in table and
                            "login" not in table else {}), **values}) for n, (name, values) in enumerate(ALL_OF_THEM) if name == table]
    files = {name: [*lines] for name, lines in GOOD.items()}
    files[table] = [*files.get(table, []), *rows]
    said = load(cleared, craft(folder / "x", {name: table_of(*lines, table=name) for name, lines in files.items()}))
    assert counts(cleared)[table] == len(files[table]) and said.count(" 0 left out") == len(files), said


TWO = table_of(a_row("developers"), a_row("developers", github_id="8", login="eight"), table="developers")
UNREADABLE = {
    "a word for a number": (TWO.replace(b"\n8,", b"\neight,"), ["line 3", "github_id", "eight"]),
    "a number too large": (TWO.replace(b"\n8,", b"\n9223372036854775808,"), ["line 3", "github_id", "out of range"]),
    "no UTF-8": (TWO.replace(b"eight", b"eight\xff"), ["line 3", "UTF8"]),
    "a NUL byte": (TWO.replace(b"eight", b"ei\0ght"), ["line 3", "0x00"]),
    "no JSON": (TWO.replace(b",,,,0\n", b",,,{x,0\n"), ["line 2", "data_source"]),
    "a byte order mark": (b"\xef\xbb\xbf" + TWO, ["line 1", "github_id"]),
    "a column less": (TWO.replace(b",gone_looks", b""), ["line 1", "header"]),
    "columns in another order": (TWO.replace(b"github_id,node_id", b"node_id,github_id"), ["line 1", "header"]),
    "a column more": (TWO.replace(b"seven,", b"seven,x,"), ["line 2", "extra data"]),
    "an open quote": (TWO.replace(b"seven", b'"seven'), ["quote"]),
    "half a row": (TWO[:-30], ["line 3", "missing data"]),
    "nothing": (b"", ["line 1", "header"]),
}


@pytest.mark.parametrize("data, words", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_values_are_named_with_file_and_line(cleared, folder, data, words):
    said = load(cleared, craft(folder / "x", {"developers": data}), code=1)
    assert all(word in said for word in ["developers.csv", *words]), said
    assert counts(cleared) == dict.fromkeys(COLUMNS, 0)


def test_lines_that_end_as_windows_writes_them(cleared, folder):
    data = table_of(a_row("developers"), a_row("developers", github_id="8", login="eight"), table="developers", ends="\r\n")
    load(cleared, craft(folder / "x", {"developers": data}))
    assert cleared.rows("select login from developers order by 1") == [("eight",), ("seven",)]


@pytest.mark.parametrize("table, lines", [("follows", [a_row("follows")] * 2), ("developer_counts", [a_row("developer_counts")] * 2),
                                          ("developer_logins", [a_row("developer_logins")] * 2)])
def test_two_rows_with_one_key_are_named(cleared, folder, table, lines):
    files = {**{name: table_of(*rows, table=name) for name, rows in GOOD.items()}, table: table_of(*lines, table=table)}
    said = load(cleared, craft(folder / "x", files), code=1)
    assert f"{table}.csv" in said and "two rows have the same key" in said


# ---- JSON lines ----

def a_line(**values):
    return json.dumps({"github_id": 7, "login": "seven", "first_seen_at": NOW, "gone_looks": 0, **values}, ensure_ascii=False)


@pytest.mark.parametrize("text, logins", [
    (a_line() + "\n", ["seven"]), (a_line(), ["seven"]), (a_line() + "\r\n", ["seven"]), (a_line()[:-1] + ', "login": "later"}\n', ["later"]),
    (a_line(unknown=[1]) + "\n", ["seven"]), ('{"first_seen_at": null}\n' + a_line() + "\n", ["seven"]), ("{}\n", []), (a_line(login=8) + "\n", ["8"]),
    (a_line(login=["a"]) + "\n", []), (a_line(bio="x" * 3_000_000) + "\n", ["seven"]), (a_line(topics=1) + "\n", ["seven"])],
    ids=["one", "no end", "crlf", "key twice", "unknown key", "nulls", "empty", "number as text", "list as text", "long", "foreign column"])
def test_json_lines(cleared, folder, text, logins):
    load(cleared, craft(folder / "x", {"developers": text.encode()}, form="jsonl"))
    assert cleared.rows("select login from developers") == [(login,) for login in logins]


@pytest.mark.parametrize("text", ["\ufeff" + a_line() + "\n", "[1]\n", '"x"\n', "null\n", a_line()[:-9] + "\n", a_line(github_id="x") + "\n",
                                  a_line(bio="\0") + "\n", a_line(hireable="perhaps") + "\n", "\x01" + a_line() + "\n"],
                         ids=["bom", "list", "text", "null", "half", "word", "nul", "flag", "quote"])
def test_json_lines_that_cannot_be_read_are_named(cleared, folder, text):
    said = load(cleared, craft(folder / "x", {"developers": text.encode()}, form="jsonl"), code=1)
    assert "developers.jsonl" in said
    assert counts(cleared) == dict.fromkeys(COLUMNS, 0)


# ---- SQLite ----

@pytest.mark.parametrize("harm, word", [("no table", "no such table"), ("no column", "no such column"), ("a word for a number", "github_id"), ("no database", "not a database")])
def test_sqlite_files_that_cannot_be_read_are_named(cleared, folder, harm, word):
    path = craft(folder / "x", {"developers": b""}, form="sqlite")
    (path / "developers.sqlite").unlink()
    with sqlite3.connect(path / "made.sqlite") as file:
        columns = ["login"] if harm == "no column" else DEVELOPERS.split(",")
        file.execute(f"create table {'others' if harm == 'no table' else 'developers'} ({', '.join(columns)})")
        if harm == "a word for a number":
            file.execute("insert into developers (github_id, login) values ('seven', 'x')")
    file.close()
    data = (path / "made.sqlite").read_bytes() if harm != "no database" else b"SQLite format 4\0" + bytes(5000)
    (path / "made.sqlite").unlink()
    said = load(cleared, craft(folder / "y", {"developers": data}, form="sqlite"), code=1)
    assert "developers.sqlite" in said and word in said, said
    assert counts(cleared) == dict.fromkeys(COLUMNS, 0)


# ---- manifests ----

def entry(name="developers.csv", **values):
    return {"name": name, "table": "developers", "rows": 1, "bytes": len(TWO), "sha256": sha256(TWO), **values}


def identity(*entries):
    return sha256(("gitomatic snapshot 1\n" + "".join(f"{one['table']} {one['rows']}\n{one['sha256']}\n" for one in entries if "table" in one)).encode())


def with_files(*entries):
    return {"files": list(entries), "id": identity(*entries)}


MANIFESTS = {
    "above": with_files(entry("../outside.csv")), "absolute": with_files(entry("/etc/passwd")), "below": with_files(entry("sub/developers.csv")),
    "parent": with_files(entry("..")), "hidden": with_files(entry(".hidden.csv")), "nothing": with_files(entry("")), "no text": with_files(entry(7)),
    "null": with_files(entry(None)), "a folder": with_files(entry("sub")), "not there": with_files(entry("other.csv")),
    "other bytes": with_files(entry(bytes=1)), "negative bytes": with_files(entry(bytes=-1)), "no hash": with_files(entry(sha256="x" * 63)),
    "other hash": with_files(entry(sha256="0" * 64)), "unknown table": with_files(entry(table="users")), "many": with_files(*[entry()] * 33),
    "no list": {"files": {"name": "x"}}, "other format": {"format": 2}, "format as text": {"format": "1"}, "no form": {"file_format": None},
    "unknown form": {"file_format": "parquet", **with_files(entry())}, "other id": {"id": "0" * 64}, "many tables": with_files(entry(tables=[{"table": "developers", "rows": 1}] * 33)),
}


@pytest.mark.parametrize("changes", MANIFESTS.values(), ids=MANIFESTS.keys())
@pytest.mark.parametrize("command", ["verify", "import"])
def test_a_manifest_that_no_export_writes_is_refused(cleared, folder, command, changes):
    (folder / "outside.csv").write_bytes(TWO)
    path = craft(folder / "x", {"developers": TWO}, **changes)
    (path / "sub").mkdir()
    (path / "sub" / "developers.csv").write_bytes(TWO)
    done = run(command, str(path), DATABASE_URL=cleared.url)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "root:" not in said and len(said) < 2000, said
    assert counts(cleared) == dict.fromkeys(COLUMNS, 0)


@pytest.mark.parametrize("change", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text + b"\n",
                                    lambda text: b" " + text, lambda text: text[:-1], lambda text: b"{" + b" " * (1 << 20) + text[1:], lambda text: b""],
                         ids=["bom", "crlf", "more", "shifted", "less", "too long", "empty"])
def test_a_manifest_whose_bytes_changed_is_refused(cleared, folder, change):
    path = craft(folder / "x", {"developers": TWO})
    assert run("verify", str(path)).returncode == 0
    manifest = path / "manifest.json"
    manifest.write_bytes(change(manifest.read_bytes()))
    for command in ("verify", "import"):
        done = run(command, str(path), DATABASE_URL=cleared.url)
        assert done.returncode == 1 and "manifest.json" in done.stderr, done.stderr
    assert counts(cleared) == dict.fromkeys(COLUMNS, 0)
