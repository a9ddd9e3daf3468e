"""gitomatic import git-o-matic URL: databases whose columns have other types, or that hold what the original's never should. What can be read
is imported; nothing of it ends the import."""
import json

import original_world
import pytest
from test_data_original import connect, follows, load, stars

UNDEFINED = {"type": "User", "blog": "a\0b\udc00c\ud83dd", "node_id": "\\u0000", "name": "🦊", "email": "\\ud83d\udc00"}


def to(table, columns, kind, using="{}::{}"):
    return "".join(f"alter table github_{table} alter column {column} type {kind} using {using.format(column, kind)};" for column in columns)


FLAGS = ("has_downloads", "has_issues", "has_pages", "private", "archived")
TIMES = ("created_at", "updated_at")
ADA, R = "select {} from developers where github_id = 1", "select {} from repositories where github_id = 101"
# name -> (what makes it so, a query and what it finds afterwards)
ODD = {
    "json holds what jsonb cannot": (
        to("developer", ["data_source"], "json") + to("repository", ["data_source"], "json") +
        f"update github_developer set data_source = $${json.dumps(UNDEFINED)}$$ where github_id = '1' and name = 'Name of ada';"
        "update github_repository set data_source = $${\"fork\": true, \"default_branch\": \"\\u0000\\u0000\"}$$ where github_id = '101'",
        [(ADA.format("blog, type, data_source ->> 'name'"), [("a\ufffdb\ufffdc\ufffdd", "User", "🦊")]), (R.format("fork, default_branch"), [(True, "\ufffd" * 2)])]),
    "json holds numbers that jsonb cannot": (
        to("developer", ["data_source"], "json") + to("repository", ["data_source"], "json") +
        "update github_developer set data_source = case github_id when '1' then '{\"type\": \"User\", \"public_gists\": 1e200000}' when '2' then '-1.5E-200000'"
        " when '3' then '[1' || repeat('0', 140000) || ']' when '4' then '{\"type\": \"User\", \"gravatar_id\": \"12e34567\", \"n\": [1e3, 2.50]}' end::json",
        [(ADA.format("type, data_source, name"), [(None, None, "Name of ada")]),
         ("select type, data_source ->> 'gravatar_id', data_source #>> '{n,0}' from developers where github_id = 4", [("User", "12e34567", "1000")])]),
    "data_source is text": (to("developer", ["data_source"], "text"), [(ADA.format("type, name"), [(None, "Name of ada")])]),
    "data_source is no object": (
        "update github_developer set data_source = case github_id when '1' then '[{\"type\": \"User\"}]' when '2' then '5' when '3' then 'true' end::jsonb;"
        "update github_repository set data_source = '[]'", [(ADA.format("type, data_source, name"), [(None, None, "Name of ada")])]),
    "values of other types in it": (
        "update github_developer set name = null, bio = null, followers_count = null, created_at = null, data_source = '{\"name\": 5, \"bio\": {\"a\": 1}, "
        "\"description\": [2], \"followers\": \"x\", \"hireable\": \"maybe\", \"node_id\": {}, \"site_admin\": 1}' where github_id = '1';"
        "update github_repository set data_source = '{\"license\": \"MIT\", \"parent\": 5, \"topics\": [[1]], \"owner\": [1], \"size\": -5, \"forks_count\": 1.5,"
        " \"pushed_at\": \"2021-02-30T00:00:00Z\", \"default_branch\": {}, \"is_template\": \"x\"}' where github_id = '101'",
        [(ADA.format("name, hireable, node_id, site_admin, followers_count"), [(None,) * 5]),
         (R.format("license, parent_github_id, topics, size_kb, forks_count, pushed_at, default_branch, is_template, owner_github_id"), [(None,) * 8 + (1,)])]),
    "a leap day": ("update github_repository set data_source = '{\"pushed_at\": \"2020-02-29T12:00:00Z\"}' where github_id = '101'",
                   [(R.format("pushed_at::text"), [("2020-02-29 12:00:00+00",)])]),
    "flags are numbers": (to("repository", FLAGS, "smallint", "{}::int::{}"), [(R.format("archived, has_pages, private"), [(True, False, False)])]),
    "flags are texts": (to("repository", FLAGS, "text") + "update github_repository set private = 'maybe', has_pages = ' No '",
                        [(R.format("archived, has_pages, private"), [(True, False, None)])]),
    "times are texts": (
        to("developer", TIMES, "text") + to("repository", TIMES, "text") + "update github_developer set created_at = 'long ago' where github_id = '1';"
        "update github_repository set created_at = '2016-01-01T02:00:00.5+02:00'",
        [(ADA.format("created_at, updated_at::text"), [(None, "2020-05-05 05:05:05.5+00")]), (R.format("created_at::text"), [("2016-01-01 00:00:00.5+00",)])]),
    "times have no zone": (to("developer", TIMES, "timestamp", "{} at time zone 'utc'"), [(ADA.format("updated_at::text"), [("2020-05-05 05:05:05.5+00",)])]),
    "times are numbers": ("delete from github_developer where login = 'inf';" + to("repository", TIMES, "bigint", "extract(epoch from {})"),
                          [(R.format("created_at, archived"), [(None, True)])]),
    "times are of other ages": ("update github_developer set created_at = '0044-03-15 BC' where github_id = '1'; update github_repository set updated_at = '12026-01-01'",
                                [(ADA.format("created_at, name"), [(None, "Name of ada")]), (R.format("updated_at, archived"), [(None, True)])]),
    "ids are fractions": ("delete from github_developer where github_id !~ '^[0-9]+$';" + to("developer", ["github_id"], "numeric(20,2)") +
                          to("repository", ["github_id"], "double precision"), [(ADA.format("login"), [("ada",)]), (R.format("full_name"), [("ada/r",)])]),
    "ids have spaces": (r"update github_developer set github_id = e'\t1\n' where github_id = '1'", [(ADA.format("login"), [("ada",)])]),
    "counts are texts": (to("developer", ["followers_count", "public_gists"], "text") + "update github_developer set followers_count = '1,234', data_source = null",
                         [(ADA.format("followers_count, public_gists"), [(None, 9)])]),
    "joins are of another type": (to("developer_followers", ["from_developer_id"], "char(32)", "replace({}::text, '-', '')") +
                                  to("developer_starred_repositories", ["developer_id", "repository_id"], "varchar(36)"), []),
    "joins lead nowhere": (
        "insert into github_developer_followers (from_developer_id, to_developer_id) values (gen_random_uuid(), gen_random_uuid()), (null, null);"
        "insert into github_developer_starred_repositories (developer_id, repository_id) select id, gen_random_uuid() from github_developer", []),
    "uuids are texts": ("alter table github_repository drop constraint github_repository_owner_id_fkey;" +
                        to("developer", ["id"], "varchar(36)", "upper({}::text)") + to("repository", ["owner_id"], "varchar(36)"), []),
    "columns with names of ours": ("alter table github_developer add gid int, add ds text, add type int default 5, add synced_at text default 'never', add hireable text default '?';"
                                   "alter table github_repository add owner_gid text, add topics text default 'a', add fork text default 'x', add size_kb text default 'y'",
                                   [(ADA.format("type"), [("5",)]), (R.format("topics, size_kb"), [(["a", "b\tc"], 12)])]),
    "a topic that no index holds": ("update github_repository set data_source = jsonb_build_object('topics', array['first', repeat('é', 9000) || random()]) where github_id = '101'",
                                    [(R.format("topics"), [(["first", "é" * 600],)])]),
    "long texts": ("update github_developer set name = repeat('é', 9000) || random(), location = name, email = name, bio = repeat('é', 9000)",
                   [(ADA.format("length(bio), name"), [(9000, "é" * 600)])]),
}


@pytest.mark.parametrize("change, found", ODD.values(), ids=ODD.keys())
def test_what_can_be_read_is_imported(cleared, server, change, found):
    source = connect(server, cleared, "odd")
    try:
        source.rows(original_world.SCHEMA)
        original_world.fill(source)
        source.rows(change)
        load(source, cleared)
    finally:
        source.connection.close()
    for query, rows in found:
        assert cleared.rows(query) == rows, query
    assert cleared.one("select count(*) from repositories") == 4 and {1, 2, 3, 4, 6} <= {i for i, in cleared.rows("select github_id from developers")}
    assert follows(cleared) == original_world.FOLLOWS and stars(cleared) == original_world.STARS
    assert cleared.one("select count(*) from former_ids where github_id = 1") == 3 and cleared.one("select count(*) from import_positions") == 0


def test_without_primary_keys_an_id_may_be_absent_or_there_twice(cleared, server):
    source = connect(server, cleared, "odd")
    try:
        source.rows(original_world.SCHEMA.replace("uuid primary key", "uuid").replace(" references github_developer", ""))
        ids = original_world.fill(source)
        source.rows("insert into github_developer select * from github_developer; insert into github_repository select * from github_repository;"
                    "insert into github_developer (id, github_id, login) values (null, '77', 'nobodys'), (%s, '78', 'other')", ids["dee"])
        load(source, cleared)
    finally:
        source.connection.close()
    assert cleared.rows("select login from developers where github_id > 50 order by 1") == [("nobodys",), ("other",)]
    assert {str(i) for i, in cleared.rows("select id from former_ids where github_id = 1")} == {ids[name] for name in ("ada", "ada-before", "ada-list")}
    assert follows(cleared) >= original_world.FOLLOWS and cleared.one("select count(*) from former_ids where id = %s", ids["dee"]) == 1


@pytest.fixture
def encoded(cleared, server, request):
    """A database of that encoding."""
    type(cleared)(server.url()).rows("drop database if exists bytes with (force)")
    type(cleared)(server.url()).rows(f"create database bytes template template0 encoding '{request.param}' lc_collate 'C' lc_ctype 'C'")
    source = type(cleared)(server.url().replace("/gitomatic?", "/bytes?"))
    yield source
    source.connection.close()


@pytest.mark.parametrize("encoded", ["SQL_ASCII"], indirect=True)
def test_bytes_of_a_database_without_an_encoding(cleared, encoded):
    encoded.rows(original_world.SCHEMA + "insert into github_developer (id, github_id, login, name) values (gen_random_uuid(), '1', 'ada', e'J\\xf6rg'),"
                 " (gen_random_uuid(), '2', e'b\\xf6b', null), (gen_random_uuid(), '3', 'cy', e'\\xc3\\xb6\\\\\\xf6')")
    load(encoded, cleared)
    assert cleared.rows("select login, name from developers order by 1") == [("ada", "J\ufffdrg"), ("cy", "ö\\\ufffd")]


@pytest.mark.parametrize("encoded", ["SQL_ASCII", "LATIN1", "EUC_JP", "UTF8"], indirect=True)
def test_escapes_in_json_of_a_database_of_any_encoding(cleared, encoded):
    """As json.dumps writes them."""
    answer = json.dumps({"type": "User", "blog": "Jörg 🦊 \0 \\u00e9 \\ A\n", "name": "\x7f"}).replace("A", "\\u0041")
    encoded.rows(original_world.SCHEMA + to("developer", ["data_source"], "json") +
                 f"insert into github_developer (id, github_id, login, data_source) values (gen_random_uuid(), '1', 'ada', $${answer}$$)")
    utf8 = encoded.rows("show server_encoding") == [("UTF8",)]
    load(encoded, cleared)
    assert cleared.rows("select type, blog, name from developers") == [
        ("User", "Jörg 🦊 \ufffd \\u00e9 \\ A\n" if utf8 else "J?rg ?? ? \\u00e9 \\ A\n", "\x7f")]
