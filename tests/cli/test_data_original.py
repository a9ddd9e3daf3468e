"""gitomatic import git-o-matic URL: a database of the original's schema comes in whole, and its links lead to the records."""
import http.client
import json
import uuid

import original_world
import pytest
from data_world import interrupt, put_tombstone
from gitomatic_cli import Process, run


def connect(server, database, name):
    Database = type(database)
    admin = Database(server.url())
    admin.rows(f"drop database if exists {name} with (force)")
    admin.rows(f"create database {name}")
    admin.connection.close()
    return Database(server.url().replace("/gitomatic?", f"/{name}?"))


@pytest.fixture(scope="module")
def pair(server, module_database):
    """(source, target): one that is not changed, and a migrated one into which it was imported once."""
    source, target = connect(server, module_database, "original"), connect(server, module_database, "taken")
    source.rows(original_world.SCHEMA)
    source.ids = original_world.fill(source)
    assert run("migrate", DATABASE_URL=target.url).returncode == 0
    target.said = load(source, target)
    yield source, target
    source.connection.close()
    target.connection.close()


def load(source, target, *flags, code=0):
    done = run("import", "git-o-matic", source.url, *flags, DATABASE_URL=target.url)
    assert done.returncode == code, done.stderr
    return done.stderr


@pytest.fixture
def database(cleared):
    return cleared


@pytest.fixture
def fresh(database, pair):
    """(source, an empty migrated database)"""
    return pair[0], database


def follows(database):
    return set(database.rows("select follower_github_id, followed_github_id from follows"))


def stars(database):
    return set(database.rows("select developer_github_id, repository_github_id from stars"))


def test_an_interrupted_import_says_that_it_continues(fresh, start):
    source, target = fresh
    said = interrupt(start, target, "stars", "import", "git-o-matic", source.url)
    assert "gitomatic import: interrupted: the rows imported so far are kept. Run the same command again: it continues where" in said, said
    assert "continues where an earlier run stopped" in load(source, target)
    assert follows(target) == original_world.FOLLOWS and stars(target) == original_world.STARS


def test_every_table_is_imported(pair):
    _, target = pair
    assert target.rows("select github_id, login from developers order by 1") == [
        (1, "ada"), (2, "bob"), (3, "cy"), (4, "dee"), (6, "stub"), (10, "inf")]
    assert target.rows("select name, location, bio, email, followers_count, following_count, public_gists, public_repos, node_id, type,"
                       " hireable, blog, created_at::text, synced_at::text, data_source ? 'temp_clone_token', gone_looks"
                       " from developers where github_id = 1") == [
        ("Name of ada", "Here", "two\nlines \\N \"q\"", "ada@example.org", 7, 8, 9, 10, "N1", "User", True, "https://example.org",
         "2015-01-01 00:00:00+00", "2020-05-05 05:05:05.5+00", False, 0)]
    assert target.rows("select count(*) from developers where synced_at is null and created_at is null and github_id in (6, 10)") == [(2,)]
    assert target.rows("select github_id, owner_github_id, full_name, name from repositories order by 1") == [
        (101, 1, "ada/r", "r"), (102, 2, "bob/s", "s"), (103, 3, "cy/t", "t"), (104, 4, "dee/u", "u")]
    assert target.rows("select description, homepage, language, license, topics, fork, size_kb, default_branch, parent_github_id, pushed_at,"
                       " archived, has_wiki, stargazers_count, subscribers_count, data_source ? 'permissions' from repositories"
                       " where github_id = 101") == [
        ("d, \"d\"", "", "C", "MIT", ["a", "b\tc"], True, 12, "main", 77, None, True, False, 3, 4, False)]
    assert target.one("select topics is null and fork is null from repositories where github_id = 104")
    assert follows(target) == original_world.FOLLOWS and stars(target) == original_world.STARS
    assert target.rows("select distinct starred_at from stars") == [(None,)]
    assert target.one("select count(*) from import_positions") == 0
    assert "4 left out" in target.said.splitlines()[0], target.said


def test_fields_that_only_owners_see_are_not_imported(fresh):
    """The answer about the token's own user holds more than anybody else is shown."""
    source, target = fresh
    private = {"private_gists": 3, "total_private_repos": 2, "owned_private_repos": 2, "disk_usage": 5, "collaborators": 1,
               "two_factor_authentication": True, "plan": {"name": "pro"}, "business_plus": False, "ldap_dn": "cn=own",
               "permissions": {}, "temp_clone_token": "x"}
    own = original_world.developer(source, 77, "own", data_source=json.dumps({"id": 77, "login": "own", "followers": 7, **private}))
    try:
        load(source, target)
    finally:
        source.rows("delete from github_developer where id = %s", own)
    assert target.one("select data_source from developers where github_id = 77") == {"id": 77, "login": "own", "followers": 7}


def get(address, path):
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("Location")


def test_links_of_its_clients_redirect(pair, folder):
    source, target = pair
    api = Process("api", cwd=folder, DATABASE_URL=target.url, API_LISTEN="127.0.0.1:0", API_AUTH="none")
    try:
        address = api.wait_for(r"listening url=\"?http://(127\.0\.0\.1:\d+)")[1]
        where = {name: target.one("select id::text from developers where login = %s", name) for name in ("ada", "stub")}
        repository = target.one("select id::text from repositories where github_id = 101")
        for name, to in [("ada", "ada"), ("ada-before", "ada"), ("ada-list", "ada"), ("stub", "stub")]:
            status, location = get(address, f"/github/developers/{source.ids[name]}/")
            assert (status, location) == (301, f"/github/developers/{where[to]}/"), name
            assert get(address, location)[0] == 200
        ada = source.ids["ada"]
        for form in (ada.upper(), ada.replace("-", "")):
            assert get(address, f"/github/developers/{form}/")[1] == f"/github/developers/{where['ada']}/"
        for behind in ("followers/", "starred_repositories/?page_size=1&fields=name", "history/?interval=week", "network/"):
            status, location = get(address, f"/github/developers/{ada}/{behind}")
            assert (status, location) == (301, f"/github/developers/{where['ada']}/{behind}")
            assert get(address, location)[0] == 200
        for behind in ("", "stargazers/", "history.svg"):
            assert get(address, f"/github/repositories/{source.ids['r']}/{behind}") == (301, f"/github/repositories/{repository}/{behind}")
        for path in (f"developers/{source.ids['r']}", f"repositories/{ada}", f"developers/{uuid.uuid4()}", f"developers/{source.ids['no id']}",
                     "developers/1-2-3", f"developers/{ada[:-1]}g", f"developers/{ada[:-1]}", "developers/%00" + ada[3:]):
            assert get(address, f"/github/{path}/")[0] == 404, path
    finally:
        api.end()


def test_again_changes_nothing(pair):
    source, target = pair
    before = target.rows("select count(*), max(id) from changes")
    assert all(", 0 new, 0 changed" in line for line in load(source, target).splitlines())
    assert target.rows("select count(*), max(id) from changes") == before


def test_a_trial_changes_nothing(fresh):
    source, target = fresh
    said = load(source, target, "--dry-run")
    assert "6 new" in said and "nothing was changed" in said
    assert target.one("select count(*) from developers") == target.one("select count(*) from import_positions") == 0


def test_better_values_stay(fresh):
    source, target = fresh
    target.rows("insert into developers (github_id, login, bio, first_seen_at, synced_at) values (2, 'bobby', 'new', '2025-01-01', now()),"
                " (3, 'cy', null, '2025-01-01', null), (4, 'dee', null, '2025-01-01', now())")
    target.rows("update developers set gone_at = now() where github_id = 4")
    # Ended here; and lists that were read here and do not hold it.
    target.rows("insert into follow_history values (3, 1, '2024-01-01', '2025-01-01', '2025-01-02')")
    target.rows("insert into list_passes values ('developer_followers', 1, now()), ('developer_starred', 2, now())")
    load(source, target)
    assert target.rows("select login, bio, company from developers where github_id = 2") == [("bobby", "new", None)]
    assert target.rows("select login from developer_logins where github_id = 2") == [("bob",)]
    assert follows(target) == set() and stars(target) == {(1, 101), (3, 102)}
    assert target.one("select count(*) from developers where first_seen_at = '2025-01-01'") == 3


def test_organizations_and_gone_records_have_no_edges_afterwards(fresh):
    """As after the import of an export: what an organization follows or stars ends, and who is there again has what waited."""
    source, target = fresh
    org = original_world.developer(source, 78, "org", data_source=json.dumps({"id": 78, "login": "org", "type": "Organization"}))
    ids = source.ids
    source.rows("insert into github_developer_following (from_developer_id, to_developer_id) values (%s, %s), (%s, %s)", org, ids["ada"], ids["cy"], org)
    source.rows("insert into github_developer_starred_repositories (developer_id, repository_id) values (%s, %s)", org, ids["r"])
    target.rows("insert into developers (github_id, login, type, first_seen_at, synced_at, gone_at, gone_reason) values"
                " (2, 'bob', 'User', '2015-01-01', '2015-01-01', '2015-01-02', 'gone'), (90, 'eve', 'User', '2015-01-01', now(), now(), 'gone'),"
                " (91, 'fay', 'User', '2015-01-01', now(), null, null), (78, 'org', 'User', '2015-01-01', '2015-01-01', null, null)")
    target.rows("insert into frontier (github_id, next_at, reason) values (2, 'infinity', 'gone')")
    target.rows("insert into follows values (91, 90, '2015-01-01'), (78, 91, '2015-01-01')")
    target.rows("insert into remembered_pages (list, subject, page, scope, etag, ids, fetched_at) values"
                " ('developer_following', 91, 1, 's', 'e', '{2}', now())")
    target.rows("insert into waiting_edges (kind, github_id, list, subject) values (1, 2, 'developer_following', 91)")
    try:
        load(source, target)
    finally:
        for table, column in (("github_developer_following", "from_developer_id"), ("github_developer_following", "to_developer_id"),
                              ("github_developer_starred_repositories", "developer_id"), ("github_developer", "id")):
            source.rows(f"delete from {table} where {column} = %s", org)
    assert [edge for edge in follows(target) if 78 in edge] == [(3, 78)] and [edge for edge in stars(target) if 78 in edge] == []
    assert [edge for edge in follows(target) if 91 in edge] == [(91, 2)]
    assert target.rows("select follower_github_id, followed_github_id from follow_history order by 1") == [(78, 91), (91, 90)]
    assert target.rows("select reason, next_at <= now() from frontier where github_id = 2") == [("came back", True)]
    assert target.one("select count(*) from waiting_edges") == target.one("select count(*) from import_positions") == 0


def test_forgotten_people_stay_forgotten_with_their_ids(fresh):
    source, target = fresh
    put_tombstone(target, 2)
    load(source, target)
    assert target.one("select count(*) from developers where github_id = 2") == target.one("select count(*) from repositories where github_id = 102") == 0
    assert target.one("select count(*) from former_ids where github_id in (2, 102)") == 0
    assert target.one("select count(*) from former_ids where github_id = 1") == 3
    assert run("forget", "ada", DATABASE_URL=target.url).returncode == 0
    assert target.rows("select * from former_ids where github_id in (1, 101)") == []


def test_an_import_continues_where_it_stopped(fresh):
    """What a run has saved of its way is not read again: the position of each part is where the next run begins."""
    source, target = fresh
    name = source.one("select concat_ws(' ', datname, oid, inet_server_addr(), inet_server_port()) from pg_database"
                      " where datname = current_database()")
    target.rows("insert into import_positions values (%s, 'developers', '1'), (%s, 'repositories', 'over'), (%s, 'following', E'2\\t1')",
                name, name, name)
    said = load(source, target)
    assert said.count("continues where an earlier run stopped") == 3
    assert target.rows("select github_id from developers order by 1") == [(2,), (3,), (4,), (6,), (10,)]
    assert target.one("select count(*) from repositories") == 0 and follows(target) == set()
    assert target.one("select count(*) from import_positions") == 0
    load(source, target)
    assert follows(target) == original_world.FOLLOWS and stars(target) == original_world.STARS


def test_older_versions_without_some_columns(database, server):
    old = connect(server, database, "older")
    old.rows("create table github_developer (id uuid, github_id bigint, login text);"
             "create table github_repository (id uuid, github_id int, full_name text);"
             "insert into github_developer values (gen_random_uuid(), 5, 'eve'); insert into github_repository values (gen_random_uuid(), 6, 'eve/r')")
    try:
        assert "github_developer_followers" in load(old, database, code=2)
        old.rows(original_world.SCHEMA[original_world.SCHEMA.index("create table github_developer_followers"):])
        load(old, database)
        assert database.rows("select login, synced_at from developers") == [("eve", None)]
        assert database.rows("select full_name, name from repositories") == [("eve/r", "r")]
    finally:
        old.connection.close()


@pytest.mark.parametrize("operands,words", [
    (["git-o-matic"], ["URL is missing"]), (["git-o-matic", "dump.sql"], ["postgresql://", "dump"]),
    (["git-o-matic", "postgresql:///a", "b"], ["one URL"]), (["gharchive"], ["FILE is missing"]), (["a", "b"], ["\"b\"", "one DIR"]),
    ([], ["DIR is missing"])])
def test_wrong_use(operands, words):
    done = run("import", *operands)
    assert done.returncode == 2 and all(word in done.stderr for word in words), done.stderr


def test_a_database_that_is_not_git_o_matics_is_refused(database, server):
    done = run("import", "git-o-matic", server.url(), DATABASE_URL=database.url)
    assert done.returncode == 2 and "github_developer" in done.stderr and "git-o-matic" in done.stderr


@pytest.mark.parametrize("url", ["postgresql://u:se%crets@127.0.0.1:1/x", "postgresql://u:secrets@127.0.0.1:1/x"])
def test_no_output_has_the_password(database, url):
    done = run("import", "git-o-matic", url, DATABASE_URL=database.url)
    assert done.returncode in (1, 2) and "cret" not in done.stdout + done.stderr
