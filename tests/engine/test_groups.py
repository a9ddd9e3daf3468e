"""Answers that are there together are saved together, as if each had come alone: what is wrong with one stays its own."""
import re
import threading

import psycopg2
import pytest
from fake_github import FakeGitHub, profile, repository, user

NAMES = [f"u{n}" for n in range(10, 16)]  # so few that the first units of quota are enough for all of them
NUMBER = {name: int(name[1:]) for name in NAMES}


@pytest.fixture
def github():
    """Lists wait at the gate until the test opens it."""
    made = FakeGitHub()
    made.gate, made.held = threading.Event(), set()
    made.passed = 0
    real = made.answer

    def answer(method, path, headers):
        given = real(method, path, headers)
        if path in made.held:
            made.gate.wait(60)
            with made.lock:
                made.passed += 1
        return given
    made.answer = answer
    yield made
    made.gate.set()
    made.stop()


def lists(github, part, page_of):
    for name, n in NUMBER.items():
        counts = {"followers": 1} if part == "followers" else {"public_repos": 1} if part == "repos" else {}
        github.answers[f"/users/{name}"] = profile(n, name, **{"followers": 0, "following": 0, "public_repos": 0, **counts})
        for path in ("followers", "starred", "repos"):
            github.answers[f"/users/{name}/{path}?per_page=100"] = page_of(n) if path == part else []
    for n, login in [(2000, "all"), (4000, "owner"), *((1000 + n, f"f{n}") for n in NUMBER.values())]:
        github.answers[f"/users/{login}"] = github.answers[f"/user/{n}"] = profile(n, login)
    for n, name in [(5000, "shared"), *((5000 + n, f"r{n}") for n in NUMBER.values())]:
        record = repository(n, user(4000, "owner"), name)
        github.answers[f"/repos/owner/{name}"] = github.answers[f"/repositories/{n}"] = record
    github.held = {f"/users/{name}/{part}?per_page=100" for name in NAMES}
    return github.held


def release(github, s, paths, locked):
    """All of the lists are answered while no store thread can get on, so what they have not begun with is there together."""
    with psycopg2.connect(s.url) as connection, connection.cursor() as sql:
        sql.execute(f"lock table {locked}")
        github.gate.set()
        s.wait_until(lambda: github.passed >= len(paths), 60, "their answers")
        s.wait_until(lambda: s.one("select exists (select from pg_locks where not granted and relation = %s::regclass)", locked.split()[0]),
                     60, "a page to be on its way")
    connection.close()


def ask(s, name):
    s.task("full_profile_sync", name)


def save_together(github, stack, paths, before=lambda s: None, locked="remembered_pages in share mode", begin=ask):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", LOG_LEVEL="debug", CRAWLER_CONCURRENCY=32, RATE_LIMIT_STOP_THRESHOLD=0)
    crawler = s.crawler()
    for name in NAMES:
        begin(s, name)
    s.wait_until(lambda: paths <= set(github.asked()), 60, "the lists to be asked for")
    before(s)
    release(github, s, paths, locked)
    return s, crawler


def groups(crawler, event):
    return [int(n) for n in re.findall(rf"crawler\.{event} works=(\d+)", crawler.log())]


def follows(s):
    return set(s.rows("select follower_github_id, followed_github_id from follows"))


def followers_of(n):
    return [user(1000 + n, f"f{n}"), user(2000, "all")]


EXPECTED = {(f, n) for n in NUMBER.values() for f in (1000 + n, 2000)}


def test_pages_of_several_lists_are_saved_together(github, stack):
    s, crawler = save_together(github, stack, lists(github, "followers", followers_of))
    s.wait_until(lambda: s.one("select count(*) from jobs where kind = 'developer_followers' and state = 'completed'") == len(NAMES),
                 60, "the lists")
    assert follows(s) == EXPECTED
    assert max(groups(crawler, "group_saved")) > 1 and not groups(crawler, "group_split")
    assert s.rows("select subject, ids from remembered_pages where list = 'developer_followers' order by subject") == [
        (n, [1000 + n, 2000]) for n in sorted(NUMBER.values())]
    # Each stub is hydrated, though lists of a task end together.
    s.wait_until(lambda: s.one("select count(*) from developers where synced_at is null") == 0, 60, "the stubs")


BAD = {"a value of the wrong type": lambda n: [user(1000 + n, f"f{n}"), {"id": "two", "login": 7}, user(2000, "all")],
       "no array of its own": lambda n: b'[],[{"id": 666, "login": "evil", "type": "User"}]',
       "not closed": lambda n: b'[{"id": 666, "login": "evil", "type": "User"}',
       "a string": lambda n: b'["evil"],["evil"'}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_page_takes_no_other_along(github, stack, bad):
    paths = lists(github, "followers", followers_of)
    victim = NAMES[5]
    github.answers[f"/users/{victim}/followers?per_page=100"] = bad(NUMBER[victim])
    s, crawler = save_together(github, stack, paths)
    others = {(f, n) for f, n in EXPECTED if n != NUMBER[victim]}
    s.wait_until(lambda: others <= follows(s), 60, "the other lists")
    assert follows(s) <= EXPECTED and not s.one("select exists (select from developers where github_id = 666)")
    assert s.rows("select subject, ids from remembered_pages where list = 'developer_followers' and subject <> %s order by subject",
                  NUMBER[victim]) == [(n, [1000 + n, 2000]) for n in sorted(NUMBER.values()) if n != NUMBER[victim]]


def test_a_cancelled_list_does_not_affect_others(github, stack):
    def call_off(s):
        s.rows("update jobs set state = 'cancelled', finished_at = now(), worker_id = null, lease = null "
               "where kind = 'developer_followers' and subject = 'u15' returning id")
    s, _ = save_together(github, stack, lists(github, "followers", followers_of), call_off)
    others = {(f, n) for f, n in EXPECTED if n != 15}
    s.wait_until(lambda: others <= follows(s), 60, "the other lists")
    assert follows(s) == others
    assert s.one("select state from jobs where kind = 'developer_followers' and subject = 'u15'") == "cancelled"


def test_pages_that_name_the_same_repository(github, stack):
    """Two groups would write its owner and it in the same order."""
    shared = repository(5000, user(4000, "owner"), "shared")
    s, crawler = save_together(github, stack, lists(github, "starred", lambda n: [
        {"starred_at": f"2024-01-{n:02}T00:00:00Z", "repo": shared},
        {"starred_at": "2024-02-01T00:00:00Z", "repo": repository(5000 + n, user(4000, "owner"), f"r{n}")}]))
    s.wait_until(lambda: s.one("select count(*) from stars") == 2 * len(NAMES), 60, "the stars")
    assert s.rows("select developer_github_id, starred_at::date::text from stars where repository_github_id = 5000 order by 1") == [
        (n, f"2024-01-{n:02}") for n in sorted(NUMBER.values())]
    assert max(groups(crawler, "group_saved")) > 1
    assert s.one("select count(*) from developers where github_id = 4000") == 1


REFUSED = (403, {}, {"message": "Must have push access to view repository stargazers.", "status": "403"})
JOBS = "jobs in exclusive mode"  # held by no more groups than there are store threads


def ends(s, kind):
    """Jobs that ended in one transaction have the same time."""
    s.wait_until(lambda: s.one("select count(*) from jobs where kind = %s and finished_at is not null", kind) == len(NAMES), 60, "the lists")
    return s.rows("select state, note, pages, records, finished_at from jobs where kind = %s", kind)


def test_lists_that_github_refuses_end_together(github, stack):
    paths = lists(github, "followers", followers_of)
    for path in sorted(paths)[1:]:
        github.answers[path] = REFUSED
    s, crawler = save_together(github, stack, paths, locked=JOBS)
    ended = ends(s, "developer_followers")
    assert sorted(e[:4] for e in ended if not e[1]) == [("completed", None, 1, 2)]
    assert {e[:4] for e in ended if e[1]} == {("completed", "restricted: GitHub does not show this list to this credential", 1, 0)}
    assert len({e[4] for e in ended}) < len(NAMES)
    assert follows(s) == {(f, 10) for f in (1010, 2000)}
    assert s.rows("select subject from remembered_pages where list = 'developer_followers'") == [(10,)]
    assert max(groups(crawler, "group_saved")) > 1 and not groups(crawler, "group_split")


def stargazers(s):
    return s.rows("select subject, key, args ->> 'id', args ->> 'count', args ->> 'probe_owner' from jobs "
                  "where kind = 'repository_stargazers' order by subject")


def test_refused_stargazers_end_together_and_are_known_as_refused(github, stack):
    lists(github, "followers", followers_of)
    github.held = paths = {f"/repos/owner/r{n}/stargazers?per_page=100" for n in NUMBER.values()}
    github.answers.update(dict.fromkeys(paths, REFUSED))
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", LOG_LEVEL="debug", CRAWLER_CONCURRENCY=32, RATE_LIMIT_STOP_THRESHOLD=0)
    crawler = s.crawler()
    s.task("full_profile_sync", "u10")  # so that the quota is known
    s.wait_idle()
    for n in NUMBER.values():
        s.rows("insert into repositories (github_id, name, full_name, first_seen_at) values (%s, %s, %s, now()) returning 1",
               5000 + n, f"r{n}", f"owner/r{n}")
        s.rows("insert into jobs (kind, subject, key, task_id, args) values ('repository_stargazers', %s, %s, 1, "
               "jsonb_build_object('id', %s::bigint, 'name', %s::text, 'count', 3)) returning 1",
               f"owner/r{n}", f"repository_stargazers:{5000 + n}", 5000 + n, f"owner/r{n}")
    s.wait_until(lambda: paths <= set(github.asked()), 60, "the lists to be asked for")
    release(github, s, paths, JOBS)
    ended = ends(s, "repository_stargazers")
    assert {e[:4] for e in ended} == {("completed", "restricted: GitHub does not show this list to this credential", 1, 0)}
    assert len({e[4] for e in ended}) < len(NAMES)
    assert s.rows("select endpoint, allowed, status from capabilities") == [("stargazers", False, 403)]
    assert not groups(crawler, "group_split")


def test_stargazers_of_each_owner_of_a_group_are_requested(github, stack):
    def allow(s):
        s.rows("insert into capabilities (credential, endpoint, allowed, status, checked_at, next_check_at) "
               "select label, 'stargazers', true, 200, now(), now() + interval '1 day' from credentials returning 1")
    s, crawler = save_together(github, stack, lists(github, "repos", lambda n: [
        repository(6000 + n, user(n, f"u{n}"), "few", stargazers_count=1), repository(7000 + n, user(n, f"u{n}"), "none", stargazers_count=0),
        repository(5000 + n, user(n, f"u{n}"), "many", stargazers_count=2)]), allow)
    s.wait_until(lambda: s.one("select count(*) from jobs where kind = 'developer_repositories' and finished_at is not null") == len(NAMES),
                 60, "the lists")
    assert stargazers(s) == sorted((f"u{n}/{name}", f"repository_stargazers:{i + n}", str(i + n), str(count), None)
                                   for n in NUMBER.values() for name, i, count in (("few", 6000, 1), ("many", 5000, 2)))
    assert max(groups(crawler, "group_saved")) > 1 and not groups(crawler, "group_split")


def owners_lists(github):
    return lists(github, "repos", lambda n: [repository(6000 + n, user(n, f"u{n}"), "few", stargazers_count=1),
                                             repository(5000 + n, user(n, f"u{n}"), "many", stargazers_count=2)])


def discover(s, name):
    s.rows("insert into jobs (kind, subject, key, task_id, priority) values ('full_profile_sync', %s, %s, 1, 50) returning 1",
           name, f"full_profile_sync:{name}")


def test_one_repository_of_each_owner_of_a_group_is_tried(github, stack):
    paths = owners_lists(github)
    github.held = paths | {f"/repos/u{n}/many/stargazers?per_page=100" for n in NUMBER.values()}
    s, crawler = save_together(github, stack, paths, begin=discover)
    s.wait_until(lambda: len(stargazers(s)) >= len(NAMES), 60, "the stargazers")
    assert stargazers(s) == sorted((f"u{n}/many", f"repository_stargazers:{5000 + n}", str(5000 + n), "2", str(n)) for n in NUMBER.values())
    assert max(groups(crawler, "group_saved")) > 1 and not groups(crawler, "group_split")


def test_for_people_the_owners_of_a_group_are_left_to_discovery(github, stack):
    s, crawler = save_together(github, stack, owners_lists(github))
    s.wait_until(lambda: s.one("select count(*) from jobs where kind = 'developer_repositories' and finished_at is not null") == len(NAMES),
                 60, "the lists")
    assert s.rows("select github_id from frontier where reason = 'stargazers untried' order by 1") == [(n,) for n in sorted(NUMBER.values())]
    assert stargazers(s) == [] and max(groups(crawler, "group_saved")) > 1
