"""gitomatic forget: nothing of a person stays, and nothing brings them back."""
import signal

import psycopg2
import pytest
from crawl import discover
from database_world import address, answer
from fake_github import FakeGitHub, profile, repository, user
from truth import Report, Truth, compare, invariants

# Where a developer's id or login occurs, by table; ids may be a row's own, an edge's end or an element of a list.
BY_ID = {
    "developers": "github_id = {id}", "developer_logins": "github_id = {id}", "developer_counts": "github_id = {id}",
    "frontier": "github_id = {id}", "hydration_queue": "kind = 1 and github_id = {id}",
    "follows": "{id} in (follower_github_id, followed_github_id)",
    "follow_history": "{id} in (follower_github_id, followed_github_id)",
    "stars": "developer_github_id = {id}", "star_history": "developer_github_id = {id}",
    "repositories": "owner_github_id = {id}",
    "changes": "case when type like 'repository.%' then false when type like 'follow.%' then {id} = any (ids || others) "
               "else {id} = any (ids) end",
    "remembered_pages": "(list like 'developer%' and subject = {id}) or (list not in ('developer_starred', "
                        "'developer_repositories', 'repository') and {id} = any (ids))",
}


def traces(s, github_id, login, repositories):
    """What is left of a developer, by table: {} is right."""
    found = {t: s.one(f"select count(*) from {t} where {sql.format(id=github_id)}") for t, sql in BY_ID.items()}
    for table, column in (("repositories", "github_id"), ("repository_names", "github_id"),
                          ("repository_counts", "github_id"), ("stars", "repository_github_id"),
                          ("star_history", "repository_github_id")):
        found[f"his {table}"] = s.one(f"select count(*) from {table} where {column} = any (%s)", repositories)
    found["pages about their repositories"] = s.one(
        "select count(*) from remembered_pages where list like 'repository%%' and subject = any (%s)", repositories)
    found["their pages"] = s.one("select count(*) from remembered_pages where list in ('developer_starred', "
                               "'developer_repositories') and ids && %s::bigint[]", repositories)
    found["their repositories in changes"] = s.one(
        "select count(*) from changes where case when type like 'repository.%%' then ids && %s::bigint[] "
        "when type like 'star.%%' then others && %s::bigint[] end", repositories, repositories)
    for table in [row[0] for row in s.rows("select tablename from pg_tables where schemaname = 'public'")]:
        found[f"login in {table}"] = s.one(f"select count(*) from {table} t where t::text ~* %s",
                                           rf"\m{login}\M")
    return {what: n for what, n in found.items() if n}


def person(truth):
    """A well connected developer: followed and following, with stars and own starred repositories. Not the seed."""
    owned = {}
    for i, r in truth.repos.items():
        owned.setdefault(r["owner"]["id"], []).append(i)
    starred = {r for _, r in truth.stars}
    for i, u in sorted(truth.users.items()):
        if (u["login"] != "ada" and u["type"] == "User" and u["login"].isalnum() and len(u["login"]) > 4
                and sum(a == i for a, _ in truth.follows) > 2 and sum(b == i for _, b in truth.follows) > 2
                and any(x == i for x, _ in truth.stars) and starred & set(owned.get(i, []))):
            return i, u["login"], owned[i]
    raise AssertionError("nobody suits")


def crawled(sim, stack, users=60, **env):
    github = sim("synthetic", "--no-limits", "--users", users)
    s = stack(github.url, **env)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    discover(s)
    return github, s


def all_due(s):
    s.rows("update frontier set next_at = now() where next_at < 'infinity'")


@pytest.mark.parametrize("env", [{"GITHUB_TOKEN": "t"}, {}], ids=["graphql", "rest"])
def test_forgotten_stays_forgotten(sim, stack, env):
    github, s = crawled(sim, stack, **env)
    truth = Truth(github.truth())
    i, login, repositories = person(truth)
    for fork in s.rows("select github_id from repositories where owner_github_id <> %s limit 1", i):
        # a fork of the developer's repository, as in a detail
        s.rows("update repositories set parent_github_id = %s, data_source = data_source || jsonb_build_object('parent', "
               "jsonb_build_object('id', %s, 'full_name', %s)) where github_id = %s",
               repositories[0], repositories[0], f"{login}/x", fork[0])
    assert traces(s, i, login, repositories)
    out = s.run("forget", login).stdout
    assert f"{login}, GitHub id {i} is forgotten" in out and " 1 developer\n" in out
    assert f"{len(repositories)} repositories" in out
    assert traces(s, i, login, repositories) == {}

    # All lists are read again, then again with every ETag lost.
    for _ in range(2):
        all_due(s)
        discover(s)
        s.rows("update remembered_pages set etag = null")
    assert traces(s, i, login, repositories) == {}
    report = Report()
    invariants(s, report)
    report.check()
    assert s.rows("select subject, error, note from jobs where state = 'failed'") == []

    # Asked for by a person: done, with nothing stored. (What was asked for, by login, is kept with the job.)
    for task in (s.task("full_profile_sync", login),
                 s.task("full_repository_sync", login, truth.repos[repositories[0]]["name"])):
        s.wait_idle()
        assert s.rows("select state, note from jobs where id = %s", task) == [("completed", "forgotten")]
    s.rows("delete from jobs where finished_at is not null")
    assert traces(s, i, login, repositories) == {}


def test_undo_restores_everything(sim, stack):
    github, s = crawled(sim, stack, GITHUB_TOKEN="t")
    truth = Truth(github.truth())
    i, login, _ = person(truth)
    expected = truth.closure("ada")
    compare(s, truth, expected)
    s.run("forget", login)
    listed = s.run("forget", "--list").stdout
    assert len(listed.splitlines()) == 1 and str(i) not in listed and login not in listed
    assert s.run("forget", "--undo", str(i)).stdout.startswith(f"GitHub id {i}, forgotten since")
    assert s.run("forget", "--list").stdout == ""
    s.task("full_profile_sync", login)
    s.wait_idle()
    all_due(s)
    discover(s)
    # Also edges on unchanged pages of others: these are read again, not answered by 304.
    compare(s, truth, expected)


def shown(at, path):
    """The answer's text; "" for a 404."""
    status, body = answer(at, path)
    assert status in (200, 404), (path, status, body)
    return body if status == 200 else ""


def interrupted(s, i, login, fork_of, by=signal.SIGKILL):
    """`gitomatic forget`, ended after the tombstone is set: a row that names the person's repository is held, and it waits there."""
    fork = s.one("select github_id from repositories where owner_github_id <> %s and gone_at is null order by 1 limit 1", i)
    s.rows("update repositories set parent_github_id = %s, data_source = data_source || jsonb_build_object('parent', "
           "jsonb_build_object('id', %s, 'full_name', %s)) where github_id = %s", fork_of, fork_of, f"{login}/x", fork)
    other = psycopg2.connect(s.url)
    try:
        other.cursor().execute("select from repositories where github_id = %s for update", (fork,))
        forget = s.start("forget", login)
        s.wait_until(lambda: not forget.running or s.rows("select 1 from pg_locks where not granted and locktype = 'transactionid'"), 60,
                     "forgetting at the fork")
        assert forget.running, forget.log()
        forget.popen.send_signal(by)
        assert forget.popen.wait(60) == (-by if by == signal.SIGKILL else 130)
        assert by == signal.SIGKILL or f"gitomatic forget: interrupted: complete the removal with gitomatic forget --id {i}\n" in forget.log()
        s.rows("select pg_terminate_backend(pid) from pg_locks where not granted and locktype = 'transactionid'")
    finally:
        other.close()
    assert len(s.rows("select 1 from tombstones")) == 1


def test_an_interrupted_command_shows_nothing_of_the_person(sim, stack, tmp_path):
    """From the tombstone on nothing is shown, and the command, given again, removes the rest."""
    github, s = crawled(sim, stack, GITHUB_TOKEN="t")
    i, login, repositories = person(Truth(github.truth()))
    follower = s.one("select id::text from follows join developers on github_id = follower_github_id where followed_github_id = %s limit 1", i)
    followed = s.one("select id::text from follows join developers on github_id = followed_github_id where follower_github_id = %s limit 1", i)
    starred = s.one("select r.id::text from stars join repositories r on github_id = repository_github_id where developer_github_id = %s "
                    "and owner_github_id <> %s limit 1", i, i)
    stargazer, own, own_id = s.rows("select d.id::text, r.full_name, r.id::text from stars join developers d on d.github_id = developer_github_id "
                                    "join repositories r on r.github_id = repository_github_id where r.github_id = any (%s) limit 1", repositories)[0]
    at = address(s.start("api", API_AUTH="none", API_LISTEN="127.0.0.1:0"))
    person_id = s.one("select id::text from developers where github_id = %s", i)
    paths = [
        f"/github/developers/by-login/{login}/", f"/github/developers/{person_id}/", f"/github/developers/?search={login}",
        f"/github/developers/?login={login}&ordering=login",
        f"/github/developers/{follower}/following/?page_size=100", f"/github/developers/{followed}/followers/?page_size=100",
        f"/github/developers/{follower}/network/", f"/github/repositories/{starred}/stargazers/?page_size=100",
        f"/github/repositories/by-name/{own}/", f"/github/repositories/{own_id}/", f"/github/repositories/?search={own.split('/')[1]}",
        f"/github/developers/{stargazer}/starred_repositories/?page_size=100", f"/github/repositories/facets/?field=owner&limit=1000"]
    names = [f'"{login}"', f'"{own}"', person_id, own_id]

    def told():
        return {path: [name for name in names if name in shown(at, path)] for path in paths}

    before = told()
    assert [path for path in paths if not before[path]] == []
    interrupted(s, i, login, repositories[0])
    assert {path: found for path, found in told().items() if found} == {}
    assert [shown(at, f"/github/developers/{person_id}/{what}/") for what in ("followers", "following", "starred_repositories", "network")] == [""] * 4
    assert s.one(f"select count(*) from changes where {BY_ID['changes'].format(id=i)}") == 0
    assert s.one("select count(*) from developers where github_id = %s", i) == 0
    assert s.one("select count(*) from repositories where data_source::text like %s", f"%{login}/x%") == 1  # the fork still names it
    s.run("export", str(tmp_path / "out"), "--format", "jsonl")
    assert [f.name for f in (tmp_path / "out").glob("*.jsonl") if f"{login}/x" in f.read_text()] == []
    assert (tmp_path / "out" / "repositories.jsonl").stat().st_size > 1000

    # By id: the login is not known any more.
    s.run("forget", "--id", str(i))
    assert traces(s, i, login, repositories) == {}
    assert s.rows("select distinct data_source -> 'parent' from repositories where parent_github_id = %s", repositories[0]) == [({"id": repositories[0]},)]
    assert s.rows("select * from erasures") == []


def test_an_interrupted_command_is_undone(sim, stack):
    github, s = crawled(sim, stack, GITHUB_TOKEN="t")
    truth = Truth(github.truth())
    i, login, repositories = person(truth)
    interrupted(s, i, login, repositories[0], signal.SIGTERM)
    s.run("forget", "--undo", str(i))
    assert s.rows("select * from erasures") == [] and s.rows("select * from tombstones") == []
    s.task("full_profile_sync", login)
    s.wait_idle()
    all_due(s)
    discover(s)
    compare(s, truth, truth.closure("ada"))


def test_an_unknown_id_is_excluded_from_now_on(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 60)
    s = stack(github.url)
    truth = Truth(github.truth())
    i, login, repositories = person(truth)
    missing = s.run("forget", login, check=False)
    assert missing.returncode == 1 and "--id N" in missing.stderr
    assert "nothing was known of it" in s.run("forget", "--id", str(i)).stdout
    s.run("forget", "--id", str(i))  # twice is once
    assert len(s.run("forget", "--list").stdout.splitlines()) == 1
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    discover(s)
    assert traces(s, i, login, repositories) == {}
    # A hash without the key says nothing.
    assert s.rows("select 1 from tombstones where hash = sha256(int8send(%s))", i) == []
    assert s.one("select length(key) from tombstone_key") == 32
    wrong = s.run("forget", "--undo", str(i + 1), check=False)
    assert wrong.returncode == 1 and "was not forgotten" in wrong.stderr


def test_forgetting_during_a_crawl(sim, stack):
    """Pages that were being stored during an erasure leave nothing of the person either."""
    github = sim("synthetic", "--no-limits", "--users", 200, "--latency", 2)
    s = stack(github.url, GITHUB_TOKEN="t")
    truth = Truth(github.truth())
    crawlers = [s.crawler(), s.crawler()]
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.one("select count(*) from developers") > 20, 30, "some developers")
    s.task("discovery_scraper")
    forgotten = []
    for _ in range(12):
        rows = s.rows("select github_id, login from developers where login <> 'ada' and type = 'User' "
                      "order by random() limit 1")
        s.run("forget", rows[0][1])
        forgotten.append(rows[0])
    s.wait_idle()
    discover(s)
    for i, login in forgotten:
        owned = [r for r, repo in truth.repos.items() if repo["owner"]["id"] == i]
        assert traces(s, i, "no-such-login", owned) == {}, login
    assert s.rows("select kind, subject, error from jobs where state = 'failed'") == []
    assert all(c.running for c in crawlers)


def page_of_his_followed(s, i, login, repositories):
    """A list with the person on it, whose edge is not written yet."""
    followed, name = s.rows("select d.github_id, d.login from follows f join developers d on d.github_id = f.followed_github_id "
                            "where f.follower_github_id = %s and d.type = 'User' order by 1 limit 1", i)[0]
    s.rows("delete from follows where follower_github_id = %s and followed_github_id = %s", i, followed)
    s.rows("delete from remembered_pages where subject = %s", followed)
    return ("full_profile_sync", name), ("insert into follows (follower_github_id, followed_github_id, first_seen_at) "
                                         "values (%s, %s, now())", (i, followed))


def detail_of_his_repository(s, i, login, repositories):
    """A detail of the person's repository, whose counts of today are not written yet."""
    r = repositories[0]
    s.rows("delete from repository_counts where github_id = %s", r)
    s.rows("delete from remembered_pages where subject = %s", r)
    s.rows("update repositories set synced_at = null where github_id = %s", r)
    name = s.one("select name from repositories where github_id = %s", r)
    return ("full_repository_sync", login, name), ("insert into repository_counts (github_id, day) "
                                                   "values (%s, (now() at time zone 'utc')::date)", (r,))


@pytest.mark.parametrize("page", [page_of_his_followed, detail_of_his_repository])
def test_a_page_in_the_middle_of_being_stored_is_waited_for(sim, stack, page):
    """Such a page has looked for tombstones before there was one, and writes what forgetting cannot see yet."""
    github, s = crawled(sim, stack)
    i, login, repositories = person(Truth(github.truth()))
    task, (sql, values) = page(s, i, login, repositories)

    def page_waits():
        return s.rows("select 1 from pg_locks where not granted and locktype = 'transactionid'")

    def forgetting_waits():
        return s.rows("select 1 from pg_locks where not granted and locktype = 'advisory' and classid = 7720")

    other = psycopg2.connect(s.url)  # the page meets a row of another transaction, and waits for its end
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, values)
        s.task(*task)
        s.wait_until(page_waits, 20, "the page at the row")
        forget = s.start("forget", login)
        s.wait_until(lambda: forgetting_waits() or not forget.running, 20, "forgetting, which waits")
    finally:
        other.close()
    assert forget.popen.wait(30) == 0, forget.log()
    s.wait_idle()
    assert traces(s, i, login, repositories) == {}


def test_a_repository_that_goes_to_a_forgotten_owner_is_gone(sim, stack):
    github, s = crawled(sim, stack)
    truth = Truth(github.truth())
    i, login, _ = person(truth)
    s.run("forget", login)
    moved, owner = next((r, repo["owner"]["login"]) for r, repo in truth.repos.items()
                        if repo["owner"]["type"] == "User" and repo["owner"]["id"] != i
                        and s.rows("select 1 from repositories where github_id = %s", r))
    github.mutate({"op": "transfer_repo", "repo": truth.repos[moved]["full_name"], "new_owner": login})
    s.task("full_profile_sync", owner)
    s.wait_idle()
    assert s.rows("select gone_reason from repositories where github_id = %s", moved) == [("forgotten",)]
    assert s.rows("select 1 from stars where repository_github_id = %s", moved) == []
    assert s.rows("select kind, subject, error from jobs where state = 'failed'") == []
    assert s.open_jobs() == 0


@pytest.mark.parametrize("args", [[], ["ada", "--list"], ["--id", "0"], ["--undo", "ada"], ["a b"], ["ada", "bob"]])
def test_wrong_use(stack, args):
    done = stack("http://127.0.0.1:9").run("forget", *args, check=False)
    assert done.returncode == 2 and done.stderr.startswith("gitomatic forget: ")


def test_open_jobs_are_cancelled(stack):
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, first_seen_at) values (7, 'Maya', now())")
    s.rows("insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at) "
           "values (70, 7, 'x', 'elsewhere/x', now())")  # of a former name
    task = s.task("full_profile_sync", "maya")
    other = s.task("full_profile_sync", "mayall")
    his = [task] + [s.one("insert into jobs (kind, subject, key, args) values (%s, 'elsewhere/x', %s, "
                          "jsonb_build_object('id', 70, 'name', 'elsewhere/x')) returning id", kind, f"{kind}:70")
                    for kind in ("repository_stargazers", "repository_star_history")]
    out = s.run("forget", "maya").stdout
    assert "Maya, GitHub id 7" in out and "3 open jobs cancelled" in out
    assert s.rows("select state, subject, note, args from jobs where id = any (%s)", his) == [
        ("cancelled", "forgotten", "forgotten", None)] * 3
    assert s.one("select state from jobs where id = %s", other) == "available"


def test_two_commands_take_turns(stack):
    s = stack("http://127.0.0.1:9")
    other = psycopg2.connect(s.url)
    other.cursor().execute("select pg_advisory_lock(7720, 1)")  # as another command holds it
    second = s.start("forget", "--id", "7")
    s.wait_until(lambda: s.rows("select 1 from pg_locks where not granted and locktype = 'advisory' and objid = 1"), 20,
                 "the second command, which waits")
    assert s.rows("select 1 from tombstones") == []
    other.close()
    assert second.popen.wait(30) == 0, second.log()
    assert len(s.rows("select 1 from tombstones")) == 1


def test_a_list_names_no_template_of_a_forgotten_person(stack):
    """Repositories in lists may contain their parent: a whole repository, with its owner."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        bob, eve = user(2, "bob"), user(7, "eve")
        copy = repository(70, eve, "copy")
        for person in (user(1, "ada"), bob, eve):
            detail = profile(person["id"], person["login"])
            github.answers[f"/users/{person['login']}"] = github.answers[f"/user/{person['id']}"] = detail
        github.answers["/repos/eve/copy"] = github.answers["/repositories/70"] = copy
        starred = "/users/ada/starred?per_page=100"
        github.answers[starred] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": copy}]
        for login in ("ada", "bob"):
            s.task("full_profile_sync", login)
        s.wait_idle()
        s.run("forget", "bob")
        told = {**copy, "template_repository": repository(20, bob, "r"), "description": "made from a template"}
        github.answers[starred] = [{"starred_at": "2020-01-01T00:00:00Z", "repo": told}]
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert s.one("select description from repositories where github_id = 70") == "made from a template"
        assert s.one("select data_source -> 'template_repository' from repositories where github_id = 70") == {"id": 20}
    finally:
        github.stop()


def test_a_repository_that_left_its_forgotten_owner_does_not_name_them(stack):
    """It was transferred before its former owner was forgotten: its former name contains the person's login."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        for n, login in ((2, "bob"), (7, "eve")):
            github.answers[f"/users/{login}"] = github.answers[f"/user/{n}"] = profile(n, login, public_repos=1)
            github.answers[f"/users/{login}/starred?per_page=100"] = []
        for owner in (user(2, "bob"), user(7, "eve")):
            github.answers[f"/repos/{owner['login']}/r"] = github.answers["/repositories/70"] = repository(70, owner, "r")
            s.task("full_repository_sync", owner["login"], "r")
            s.wait_idle()
        assert s.rows("select full_name from repository_names") == [("bob/r",)]
        s.run("forget", "bob")
        assert s.rows("select full_name from repositories") == [("eve/r",)]
        assert s.rows("select full_name from repository_names") == []
    finally:
        github.stop()
