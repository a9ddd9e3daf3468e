"""An item of a list that comes as it came before is compared with what the database holds now, not with what it held then."""
import json
import pathlib
import re

import psycopg2
import pytest
from fake_github import FakeGitHub, profile, repository, user

OWNER, REPOSITORY, PERSON = 4000, 5000, 2000
NUMBERS = range(10, 15)
STARRED_AT = "2024-01-{:02}T00:00:00Z"


@pytest.fixture(scope="module")
def github():
    made = FakeGitHub()
    shared = repository(REPOSITORY, user(OWNER, "owner"), "shared")
    for n in NUMBERS:
        made.answers[f"/users/u{n}"] = profile(n, f"u{n}", followers=1, following=0, public_repos=0)
        made.answers[f"/users/u{n}/starred?per_page=100"] = [{"starred_at": STARRED_AT.format(n), "repo": shared}]
        made.answers[f"/users/u{n}/followers?per_page=100"] = [user(PERSON, "all")]
    for n, login in (PERSON, "all"), (OWNER, "owner"):
        made.answers[f"/users/{login}"] = made.answers[f"/user/{n}"] = profile(n, login)
    made.answers["/repos/owner/shared"] = made.answers[f"/repositories/{REPOSITORY}"] = shared
    yield made
    made.stop()


TAMPERED = {
    "the repository": ("update repositories set description = 'another', data_source = data_source || '{\"description\": \"another\"}' "
                       "where github_id = 5000"),
    "the repository's name": ("update repositories set name = 'other', full_name = 'owner/other', "
                              "data_source = data_source || '{\"name\": \"other\", \"full_name\": \"owner/other\"}' where github_id = 5000"),
    "its owner's login": "update developers set login = 'another' where github_id = 4000",
    "a person's login": "update developers set login = 'another' where github_id = 2000",
    "nothing": "select 1",
}
TRUE = [("shared", "owner/shared", "owner", "all")]


def state(s):
    return s.rows("select r.name, r.full_name, o.login, p.login from repositories r join developers o on o.github_id = r.owner_github_id, "
                  "developers p where r.github_id = %s and p.github_id = %s", REPOSITORY, PERSON)


def test_rows_that_changed_in_between(github, stack):
    """Each list is read once, so that its items are remembered, and again when one of the rows is another."""
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", RATE_LIMIT_STOP_THRESHOLD=0)
    s.crawler()

    def idle():
        return not s.one("select exists (select from jobs where finished_at is null)")

    def sync(n):
        s.task("full_profile_sync", f"u{n}")
        s.wait_until(lambda: idle() and s.one("select exists (select from stars where developer_github_id = %s)", n), 60, f"u{n}")
    for n in NUMBERS:
        sync(n)
    description = s.one("select description from repositories where github_id = %s", REPOSITORY)
    for what, sql in TAMPERED.items():
        for change in "select 1", sql:
            s.rows(change + (" returning 1" if change.startswith("update") else ""))
            s.rows("update remembered_pages set etag = null returning 1")
            sync(NUMBERS[0])
        assert state(s) == TRUE, what
        assert s.one("select description from repositories where github_id = %s", REPOSITORY) == description, what
    assert s.rows("select developer_github_id, to_char(starred_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from stars order by 1") == [
        (n, STARRED_AT.format(n)) for n in NUMBERS]
    assert s.rows("select follower_github_id, followed_github_id from follows order by 2") == [(PERSON, n) for n in NUMBERS]


# ---- what is remembered ----

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "schema" / "graph" / "pages.sql"
SHOWN = {  # by the statement: an item, and what else the statement is given of its page
    "pages_users_look": (user(PERSON, "all"), "'{0}', '{0}', '{0}', '{0}', '{0}'"),
    "pages_repositories": (repository(REPOSITORY, user(OWNER, "owner"), "shared"), "'{0}', '{0}', '{0}', '{0}', '{0}', '{0}', '{0}'"),
}


@pytest.mark.parametrize("statement", SHOWN)
def test_a_row_that_this_transaction_wrote_is_not_remembered(statement, lab):
    """It may be written again, with the same version of the row."""
    item, others = SHOWN[statement]
    found = re.search(rf"-- name: {statement}\n((?:-- .+\n)+)((?:.+\n)+)", QUERIES.read_text())
    types = ", ".join(re.findall(r"\w+ (\w+\[\])", " ".join(re.findall("-- params: (.*)", found[1]))))
    with psycopg2.connect(lab.database()) as connection, connection.cursor() as cursor:
        # the build puts conditions in their places
        cursor.execute("create function is_forgotten(bigint) returns boolean immutable language sql as 'select false'")
        cursor.execute("create function is_named_as_known(jsonb) returns boolean immutable language sql as 'select true'")
        cursor.execute("create function without_addresses(jsonb) returns jsonb immutable language sql as 'select $1'")
        cursor.execute(f"prepare look ({types}) as " + found[2].replace("{developer}", "1").replace("{repository}", "2"))

        def look():
            starred = "array['']," if statement == "pages_repositories" else ""
            cursor.execute(f"execute look ('{{1}}', array[%s], {starred} {others})", [json.dumps(item)])
            return cursor.fetchone()[6]
        cursor.execute("insert into developers (github_id, login, type, synced_at, first_seen_at) "
                       "values (2000, 'all', 'User', now(), now()), (4000, 'owner', 'User', now(), now())")
        look()  # stores the repository
        assert look() is None
        connection.commit()
        assert look() == [1], "written by an earlier transaction"
        for table in ("developers", "repositories") if statement == "pages_repositories" else ("developers",):
            cursor.execute(f"savepoint part; update {table} set node_id = 'x'; release savepoint part")
            assert look() is None, table
            connection.commit()
            assert look() == [1], table
            connection.commit()
    connection.close()
