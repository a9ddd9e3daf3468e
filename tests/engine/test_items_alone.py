"""One bad detail, one cancelled task, one failed job: none takes others along, and what was missed comes again."""
import ast
import json
import pathlib
import re
import shutil
import subprocess
import threading

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user
from test_graphql_answers import World as GraphQL

HTML = (500, {"Content-Type": "text/html"}, b"<html>500</html>")
BAD = {"500": HTML, "404 html": (404, {"Content-Type": "text/html"}, b"<html/>"), "no json": (200, {}, b"{"),
       "of no shape": (200, {}, {"id": "three", "login": None}), "circle": (301, {"Location": "/users/u3"}, {"message": "Moved"})}


@pytest.fixture
def github():
    made = FakeGitHub()
    made.answers.update({"/users/ada": (200, {"ETag": '"p"'}, profile(1, "ada", followers=5, public_repos=2)),
                         "/users/ada/followers?per_page=100": (200, {"ETag": '"f"'}, [user(n, f"u{n}") for n in range(2, 7)]),
                         "/users/ada/starred?per_page=100": (200, {"ETag": '"s"'}, []),
                         "/users/ada/repos?per_page=100": (200, {"ETag": '"r"'}, [repository(n, user(1, "ada"), f"r{n}") for n in (20, 21)])})
    for n in range(2, 7):
        made.answers[f"/users/u{n}"] = made.answers[f"/user/{n}"] = profile(n, f"u{n}", following=1)
    for n in (20, 21):
        made.answers[f"/repos/ada/r{n}"] = made.answers[f"/repositories/{n}"] = repository(n, user(1, "ada"), f"r{n}")
    real = made.answer

    def answer(method, path, headers):
        status, more, body = real(method, path, headers)
        return (304, {}, b"") if more.get("ETag") and headers.get("If-None-Match") == more["ETag"] else (status, more, body)
    made.answer = answer
    yield made
    made.stop()


def stubs(s):
    return {x for x, in s.rows("select login from developers where synced_at is null union all "
                               "select name from repositories where synced_at is null")}


def hurry(s):
    s.rows("update jobs set run_at = now() where state = 'scheduled'")
    return s.open_jobs() == 0


@side_by_side
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("settings", [{}, {"GITHUB_TOKEN": "t", "GITHUB_HYDRATION": "rest"}], ids=["anonymous", "token"])
def test_a_detail_that_fails_fails_alone(github, stack, bad, settings):
    sound = {p: github.answers[p] for p in ("/users/u3", "/user/3", "/repos/ada/r20", "/repositories/20")}
    github.answers.update(dict.fromkeys(sound, bad))
    s = stack(github.url, RATE_LIMIT_STOP_THRESHOLD=0, **settings)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: stubs(s) == {"u3", "r20"}, 20, "all others")
    s.wait_until(lambda: hurry(s), 60, "the last try")
    failed = s.rows("select id, kind, error from jobs where state = 'failed' order by kind")
    assert [kind for _, kind, _ in failed] == ["hydrate_developers", "hydrate_repositories"]
    assert all("1 record could not be read" in error for *_, error in failed) and "u3" in failed[0][2]
    for paths in (("/users/u3", "/user/3"), ("/repos/ada/r20", "/repositories/20")):
        assert 10 <= sum(map(github.asked().count, paths)) <= 80  # each circle has four hops
    assert github.asked().count("/users/u4") == 1
    # The same pages, unchanged: what is a stub still is asked for.
    github.answers.update(sound)
    before = len(github.asked())
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: hurry(s), 60, "the second sync")
    assert stubs(s) == set()
    assert [p for p in github.asked()[before:] if "ada" not in p] in (["/users/u3"], ["/user/3"])
    assert s.rows("select * from hydration_queue") == []
    # And a third one has nothing to do.
    before = len(github.asked())
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert len(github.asked()) - before == 4


@side_by_side
def test_a_detail_that_always_fails_is_tried_ever_more_rarely(github, stack):
    sound = {p: github.answers[p] for p in ("/users/u3", "/user/3")}
    github.answers.update(dict.fromkeys(sound, HTML))
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()

    def tries():
        before = sum(map(github.asked().count, sound))
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the sync")
        return sum(map(github.asked().count, sound)) - before
    assert tries() == 10
    assert tries() == 1
    for minutes in (10, 20, 40):
        assert tries() == 0 and tries() == 0, "asked for before its time"
        assert s.rows("select again_at - now() between %s * interval '30 s' and %s * interval '1 min' from hydration_failures",
                      minutes, minutes) == [(True,)]
        s.rows("update hydration_failures set again_at = now()")
        assert tries() == 1
    s.rows("update hydration_failures set rounds = 100, again_at = now()")
    assert tries() == 1
    assert s.rows("select again_at - now() between interval '23 hours' and interval '1 day' from hydration_failures") == [(True,)]
    # A manual retry starts over; once the item is valid nothing of the failures remains.
    before = sum(map(github.asked().count, sound))
    retry(s, s.one("select max(id) from jobs where state = 'failed'"))
    s.wait_until(lambda: hurry(s), 60, "the retry")
    assert sum(map(github.asked().count, sound)) - before == 10
    github.answers.update(sound)
    s.rows("update hydration_failures set again_at = now()")
    assert tries() == 1 and stubs(s) == set() and s.rows("select * from hydration_failures") == []


@side_by_side
def test_a_detail_refused_once_is_requested_again(github, stack):
    """An IP allow list, lifted later."""
    sound = github.answers["/users/u3"]
    github.answers["/users/u3"] = (403, {}, {"message": "Although you appear to have the correct authorization credentials, "
                                                        "the `x` organization has an IP allow list enabled"})
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    for expected, answer in (({"u3"}, sound), (set(), sound)):
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        s.check_queue()
        assert stubs(s) == expected
        github.answers["/users/u3"] = answer


@side_by_side
@pytest.mark.parametrize("where", ["developer", "repository"])
def test_a_detail_that_stays_refused_is_tried_ever_more_rarely(where, github, stack):
    """As of an organization with single sign-on: an unchanged profile is free although its lists hold such stubs."""
    paths = {"developer": ("/users/u3", "/user/3"), "repository": ("/repos/ada/r20", "/repositories/20")}[where]
    sound = {p: github.answers[p] for p in paths}
    github.answers.update(dict.fromkeys(paths, (403, {}, {"message": "Resource protected by organization SAML enforcement."})))
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()

    def sync():
        """How often it was requested; what the sync cost."""
        before = sum(map(github.asked().count, paths))
        task = s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the sync")
        return sum(map(github.asked().count, paths)) - before, s.one("select sum(cost)::int from jobs where task_id = %s", task)
    assert sync()[0] == 1 and sync() == (1, 1) and sync() == (1, 1)
    for minutes in (10, 20):
        assert sync() == (0, 0) and sync() == (0, 0)
        assert s.rows("select again_at - now() between %s * interval '30 s' and %s * interval '1 min' from hydration_failures",
                      minutes, minutes) == [(True,)]
        s.rows("update hydration_failures set again_at = now()")
        assert sync() == (1, 1)
    github.answers.update(sound)
    s.rows("update hydration_failures set again_at = now()")
    assert sync() == (1, 1) and stubs(s) == set() and s.rows("select * from hydration_failures") == s.rows("select * from hydration_queue") == []


REFUSED = (403, {}, {"message": "Resource protected by organization SAML enforcement."})


@side_by_side
def test_a_failure_after_a_refusal_has_all_attempts(github, stack):
    sound, failed, real = github.answers["/users/u3"], [], github.answer

    def fails_once(method, path, headers):
        if github.answers["/users/u3"] == HTML and path in ("/users/u3", "/user/3"):
            failed.append(path)
            github.answers["/users/u3"] = github.answers["/user/3"] = sound
            return HTML
        return real(method, path, headers)
    github.answer = fails_once
    github.answers["/users/u3"] = github.answers["/user/3"] = REFUSED
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: hurry(s), 60, "the first sync")
    assert stubs(s) == {"u3"} and s.rows("select rounds, refused from hydration_failures") == [(1, True)]
    github.answers["/users/u3"] = github.answers["/user/3"] = HTML
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: hurry(s), 60, "the second sync")
    assert len(failed) == 1 and stubs(s) == set() and s.rows("select 1 from jobs where state = 'failed'") == []
    assert s.rows("select * from hydration_failures") == []


@side_by_side
def test_nothing_is_stored_of_a_refused_stub_that_has_been_erased(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")

    real = github.answer

    def erased(method, path, headers):
        if path in ("/users/u3", "/user/3"):
            s.rows("delete from hydration_queue where github_id = 3")
        return real(method, path, headers)
    github.answer = erased
    github.answers["/users/u3"] = github.answers["/user/3"] = REFUSED
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: hurry(s), 60, "the sync")
    assert s.rows("select * from hydration_failures") == []


@side_by_side
def test_stubs_of_a_cancelled_task_come_with_the_next_one(github, stack):
    """They wait for a job nobody will make, or had one; others' are left to them."""
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    github.answers["/users/u3"] = github.answers["/user/3"] = (200, {"Retry-After": "9"}, {"id": 3})
    sound = {p: a for p, a in github.answers.items()}
    for n in range(2, 7):
        github.answers[f"/users/u{n}"] = HTML
    s.crawler()
    first = s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.rows("select 1 from jobs where kind = 'hydrate_developers'"), 30, "hydration")
    act(s, "jobs_cancel", first)
    s.wait_idle()
    s.rows("insert into hydration_queue (kind, github_id, task_id) values (1, 2, %s) on conflict do nothing", first)
    other = s.one("insert into jobs (kind, subject, key, state, run_at) values ('noop', '', 'noop:x', 'scheduled', now() + interval '1 day') "
                  "returning id")
    s.rows("update jobs set task_id = id where id = %s", other)
    s.rows("insert into hydration_queue (kind, github_id, task_id) values (1, 4, %s) on conflict (kind, github_id) "
           "do update set task_id = excluded.task_id, job_id = null", other)
    github.answers.update(sound)
    github.answers["/users/u3"] = github.answers["/user/3"] = profile(3, "u3", following=1)
    for n in (2, 5, 6):
        github.answers[f"/users/u{n}"] = profile(n, f"u{n}", following=1)
    second = s.task("full_profile_sync", "ada")
    s.wait_until(lambda: not s.rows("select 1 from jobs where task_id = %s and finished_at is null", second), 60, "the second sync")
    assert stubs(s) - {"u4"} == set()
    assert s.rows("select github_id, task_id from hydration_queue") == [(4, other)]


@side_by_side
def test_retry_of_a_failed_hydration_requests_the_missing_records(github, stack):
    sound = github.answers["/users/u3"], github.answers["/user/3"]
    github.answers["/users/u3"] = github.answers["/user/3"] = HTML
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    task = s.task("full_profile_sync", "ada")
    s.wait_until(lambda: hurry(s), 60, "the last try")
    told = json.loads(s.run("why", "ada", "--json").stdout)["syncs"][0]
    assert told["state"] == "failed" and told["task"] == task
    github.answers["/users/u3"], github.answers["/user/3"] = sound
    n, = s.rows("select id from jobs where state = 'failed'")
    retry(s, n[0])
    s.wait_idle()
    s.check_queue()
    assert stubs(s) == set()
    assert json.loads(s.run("why", "ada", "--json").stdout)["syncs"][0]["state"] == "completed"


def statement(name):
    """A statement of ours as the build has it."""
    root = pathlib.Path(__file__).resolve().parents[2]
    files = [str(p) for p in sorted(root.glob("schema/**/*.sql"))]
    out = subprocess.run([shutil.which("mawk") or "awk", "-v", "mode=c", "-f", "schema/queries.awk", *files], cwd=root, check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    entry = out.split(f"[Q_{name}] = ")[1].split("    [Q_")[0]
    text = "".join(ast.literal_eval(line) for line in re.findall(r'^        ("(?:[^"\\]|\\.)*")$', entry, flags=re.M))
    return re.sub(r"\$(\d)", r"%(p\1)s", text.replace("%", "%%"))


def act(s, name, job):
    s.connection or s.rows("select 1")
    with s.connection.cursor() as cursor:
        cursor.execute(statement(name), {"p1": job})
        row = cursor.fetchone()
    s.rows("select pg_notify('gitomatic_jobs', '')")
    return row


def retry(s, job):
    count, = act(s, "jobs_ask_again", job)
    assert count == 1


@side_by_side
def test_hydration_that_failed_under_graphql_is_retried(stack):
    github = GraphQL(lambda number, query, ids: (200, {}, {"errors": [{"type": "NEW", "message": "no"}]}) if broken else None)
    try:
        broken = [True]
        github.answers["/users/ada/followers?per_page=100"] = (200, {}, github.answers["/users/ada/followers?per_page=100"])
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 90, "the last try")
        assert s.rows("select state from jobs where kind = 'hydrate_developers'") == [("failed",)] and len(stubs(s)) == 6
        broken.clear()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert stubs(s) == set() and github.details() == []
    finally:
        github.stop()


@side_by_side
def test_cancelling_a_task_leaves_others_the_lists_they_share(github, stack):
    """Two tasks want the same list: one of them, by way of discovery or a second request, met it waiting."""
    s = stack(github.url, GITHUB_TOKEN="t")
    first, second, third = (s.one("insert into jobs (kind, subject, key, task_id, state, finished_at) values "
                                  "('full_profile_sync', %s, %s, null, 'completed', now()) returning id", f"x{i}", f"k{i}") for i in (1, 2, 3))
    for task in (first, second, third):
        s.rows("update jobs set task_id = id where id = %s", task)

    def ask(key, task):
        with s.connection.cursor() as cursor:
            cursor.execute(statement("jobs_enqueue"), {"p1": "developer_followers", "p2": "ada", "p3": key, "p4": task, "p5": 50,
                                                       "p6": None, "p7": None})
            return cursor.fetchone()[0]
    shared, own = ask("a", first), ask("b", first)
    assert ask("a", second) == shared and ask("a", third) == shared and ask("a", second) == shared
    assert act(s, "jobs_cancel", first) == (2, 1)
    state = "select id, state, task_id from jobs where key in ('a', 'b') order by id"
    assert s.rows(state) == [(shared, "available", second), (own, "cancelled", first)]
    act(s, "jobs_cancel", third)  # withdraws, no more
    assert s.rows(state)[0] == (shared, "available", second)
    assert act(s, "jobs_cancel", second) == (1, 1)
    assert s.rows(state)[0] == (shared, "cancelled", second)


@side_by_side
@pytest.mark.parametrize("running", [True, False], ids=["running", "waiting"])
def test_a_shared_list_continues_for_the_other_task(github, stack, running):
    """The first task is called off while the list's answer is out, or before the list is begun."""
    followers, out, released, real = "/users/ada/followers?per_page=100", threading.Event(), threading.Event(), github.answer

    def hold(method, path, headers):
        if path == followers:
            out.set()
            released.wait(120)
        return real(method, path, headers)
    github.answer = hold
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    other = s.one("insert into jobs (kind, subject, key, state, run_at) values ('noop', '', 'noop:x', 'scheduled', now() + interval '1 day') returning id")
    s.rows("update jobs set task_id = id")
    try:
        if running:
            s.crawler()
            first = s.task("full_profile_sync", "ada")
            s.wait_until(lambda: out.is_set() and s.one("select count(*) from jobs where state in ('available', 'running')") == 1, 60, "the list alone")
            s.rows("update jobs set also = array[%s] where kind = 'developer_followers'", other)
        else:
            first = s.task("full_profile_sync", "ada")
            s.rows("insert into jobs (kind, subject, key, args, task_id, also) values ('developer_followers', 'ada', 'developer_followers:1', %s, %s, %s)",
                   json.dumps({"id": 1, "name": "ada", "count": 5}), first, [other])
        act(s, "jobs_cancel", first)
        assert s.rows("select state, task_id, also from jobs where kind = 'developer_followers'") == [
            ("running" if running else "available", other, None)]
        released.set()
        if not running:
            s.rows("insert into developers (github_id, login, first_seen_at) values (1, 'ada', now())")
            s.crawler()
        s.wait_until(lambda: s.rows("select 1 from jobs where kind = 'developer_followers' and state = 'completed'"), 60, "the list")
        assert s.rows("select count(*) from follows") == [(5,)]
        assert s.rows("select state from jobs where id = %s", first) == [("completed" if running else "cancelled",)]
    finally:
        released.set()


@side_by_side
@pytest.mark.parametrize("kind", ["hydrate_developers", "hydrate_repositories", "hydrate_records"])
def test_retry_of_hydration_does_something_or_is_refused(stack, kind):
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, first_seen_at) values (5, 'eve', now())")
    kept, bare, called_off = (
        s.one("insert into jobs (kind, subject, key, state, finished_at, args) values (%s, '1 stubs', %s, %s, now(), %s) returning id",
              kind, f"hydrate:{state}{args}", state, args)
        for state, args in (("failed", '{"stubs": [[1, 5, true, false]]}'), ("failed", None), ("cancelled", None)))
    assert act(s, "jobs_ask_again", kept) == (1,)
    assert s.rows("select kind, github_id, job_id, rest, again, tries from hydration_queue") == [(1, 5, kept, True, False, 0)]
    assert s.rows("select state, args from jobs where id = %s", kept) == [("available", None)]
    assert act(s, "jobs_ask_again", bare) == act(s, "jobs_ask_again", called_off) == (0,)


@side_by_side
def test_erasure_removes_stored_failures_of_hydration(stack):
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, first_seen_at) values (5, 'eve', now()), (6, 'bob', now())")
    s.rows("insert into repositories (github_id, name, full_name, owner_github_id, first_seen_at) values (5, 'x', 'bob/x', 6, now()), (9, 'r', 'eve/r', 5, now())")
    s.rows("""insert into jobs (kind, subject, key, state, finished_at, args) values ('hydrate_records', '4 stubs', 'k', 'failed', now(),
              '{"stubs": [[1, 5, false, false], [1, 6, false, false], [2, 5, false, false], [2, 9, false, false]]}')""")
    s.run("forget", "eve")
    assert s.rows("select args -> 'stubs' from jobs where key = 'k'") == [([[1, 6, False, False], [2, 5, False, False]],)]


@side_by_side
def test_why_shows_everything_that_a_sync_did_and_cost(stack):
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, first_seen_at) values (5, 'eve', now())")
    s.rows("insert into repositories (github_id, name, full_name, owner_github_id, first_seen_at) values (9, 'r', 'eve/r', 5, now())")

    def job(kind, cost, args=None, state="completed", subject="eve"):
        return s.one("insert into jobs (kind, subject, key, task_id, state, finished_at, cost, args) values "
                     "(%s, %s, %s || ':' || %s, (select min(id) from jobs), %s, now(), %s, %s) returning id", kind, subject, kind,
                     "eve" if kind == "full_profile_sync" else str(cost), state, cost, args)
    task = job("full_profile_sync", 1)
    s.rows("update jobs set task_id = id")
    for kind, cost in (("developer_starred", 2), ("repository_stargazers", 4), ("repository_star_history", 8)):
        last = job(kind, cost, json.dumps({"id": 5 if kind.startswith("dev") else 9}), subject="eve" if kind.startswith("dev") else "eve/r")
        assert act(s, "jobs_view_login", last) == ("eve",)
    for kind, cost in (("hydrate_developers", 100), ("hydrate_repositories", 200), ("hydrate_records", 400)):
        job(kind, cost, subject="2 stubs")
    sync, = json.loads(s.run("why", "eve", "--json").stdout)["syncs"]
    assert (sync["job"], sync["state"], sync["cost"]) == (task, "completed", 15)
    assert (sync["hydration_jobs_of_task"], sync["hydration_cost_of_task"]) == (3, 700)
    for kind in ("developer_starred", "repository_star_history", "hydrate_records"):
        s.rows("update jobs set state = 'failed', error = 'no' where kind = %s", kind)
        assert json.loads(s.run("why", "eve", "--json").stdout)["syncs"][0]["state"] == "failed"
        assert f"job {task} of task {task}, " in s.run("why", "eve").stdout and ": failed 2" in s.run("why", "eve").stdout
        s.rows("update jobs set state = 'completed', error = null")


@side_by_side
@pytest.mark.parametrize("ends", ["answered", "refused", "limited", "cut"])
def test_a_task_cancelled_while_its_query_is_out(stack, ends):
    """Whatever the query answers then, the next sync has everything, and nobody waits for what was called off."""
    answers = {"answered": None, "refused": (403, {}, {"message": "Resource not accessible by integration"}),
               "limited": (200, {"Retry-After": "1"}, {"errors": [{"message": "You have exceeded a secondary rate limit."}]}), "cut": (0, {}, b"")}
    out, released = threading.Event(), threading.Event()

    def hold(number, query, ids):
        if number > 1:
            return None
        out.set()
        released.wait(120)
        return answers[ends]
    github = GraphQL(hold)
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        task = s.task("full_profile_sync", "ada")
        s.wait_until(out.is_set, 60, "the query")
        act(s, "jobs_cancel", task)
        released.set()
        s.wait_until(lambda: s.open_jobs() == 0, 60, "an end")
        assert s.rows("select state from jobs where kind = 'hydrate_developers'") in ([("cancelled",)], [("completed",)])
        s.rows("update capabilities set next_check_at = now()")
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the next sync")
        assert stubs(s) == set() and s.rows("select * from hydration_queue") == []
        assert s.rows("select count(*) from follows") == [(6,)]
    finally:
        released.set()
        github.stop()
