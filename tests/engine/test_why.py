"""gitomatic why, and the capabilities in gitomatic status."""
import json
import re

import pytest
from crawl import TOKEN
from fake_github import FakeGitHub
from truth import Truth


def why(s, login):
    return json.loads(s.run("why", login, "--json").stdout)


def test_a_sync_that_a_person_requested(sim, stack):
    github = sim("synthetic", "--users", 60, "--limit", 5000)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    task = s.task("full_profile_sync", "ada")
    s.wait_idle()
    told = why(s, "ADA")
    truth = Truth(github.truth())
    ada = truth.users[int(told["github_id"])]
    assert (told["login"], told["type"], told["gone_at"]) == ("ada", ada["type"], None)
    assert told["synced_at"] and told["first_seen_at"]
    assert told["known"] == {"followers": ada["followers"], "following": ada["following"],
                             "stars": sum(u == ada["id"] for u, _ in truth.stars), "repositories": ada["public_repos"]}
    # Whether stargazers lists are shown is left to discovery to find out, with what a person need not spend.
    plan = told["plan"]
    assert (plan["walks"], plan["due"], plan["followers_count"]) == (1, True, ada["followers"])
    assert plan["reason"] == "stargazers untried"
    sync, = told["syncs"]
    assert (sync["job"], sync["task"], sync["state"]) == (task, task, "completed")
    assert (sync["asked"], sync["by_discovery"]) == (True, False)
    # What its own jobs and hydration cost is all that was charged.
    assert sync["cost"] >= 5 and sync["hydration_jobs_of_task"] > 0
    assert sync["cost"] + sync["hydration_cost_of_task"] == github.charged()
    text = s.run("why", "ada").stdout
    assert text.startswith(f"ada, GitHub id {ada['id']}, User\n")
    assert "requested on the command line: completed" in text and "first seen" in text and ", requested on the command line\n" in text
    assert told["first_requested_by"] == sync["requested_by"] == "command line" and told["met_through"]
    assert f"{sync['cost']} units of quota" in text
    # One discovery sync, all 304 except the list in question; then it is known, and the developer is not due for a day.
    charged = github.charged()
    s.rows("delete from frontier where github_id <> %s", ada["id"])
    s.task("discovery_scraper")
    s.wait_idle()
    assert github.charged() == charged + 1
    assert s.rows("select endpoint, allowed from capabilities") == [("stargazers", False)]
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    plan = why(s, "ada")["plan"]
    assert (plan["walks"], plan["due"]) == (3, False) and plan["next_at"] > plan["last_at"]
    assert github.charged() == charged + 1


@pytest.mark.parametrize("by,words", [("up --seed", "requested with --seed"), ("ann", "requested by ann"), (None, "requested"),
                                      ("command line", "requested on the command line"), ("up --demo", "requested by the demo")])
def test_who_requested_a_developer(stack, by, words):
    """eve was known before the request, through a list of ada's."""
    s = stack("http://127.0.0.1:1", GITHUB_TOKEN="t")
    s.rows("insert into developers (github_id, login, type, first_seen_at) values (1, 'ada', 'User', now()), (2, 'eve', 'User', now() - interval '1 day')")
    s.rows("insert into follows (follower_github_id, followed_github_id, first_seen_at) values (1, 2, now()), (2, 1, now())")
    for login in ("ada", "eve"):
        s.rows("insert into jobs (kind, key, subject, priority, state, asked_by, created_at) values ('full_profile_sync', 'full_profile_sync:' || %s, %s, 10,"
               " 'available', %s, now() - interval '1 minute')", login, login, by)
    s.rows("update jobs set task_id = id")
    for login, first in (("ada", by or ""), ("eve", None)):
        told, text = why(s, login), s.run("why", login).stdout
        assert (told["first_requested_by"], told["syncs"][0]["requested_by"]) == (first, by)
        assert f", {words}: available" in text
        assert bool(re.search(f"^first seen .*Z, {words}$", text, re.M)) == (login == "ada"), text
    assert re.search("^first seen .*Z, followed by ada$", text, re.M), text


def test_a_request_for_a_former_holder_of_the_login_is_not_ones_own(stack):
    s = stack("http://127.0.0.1:1", GITHUB_TOKEN="t")
    s.rows("insert into developers (github_id, login, type, first_seen_at) values (1, 'lovelace', 'User', now() - interval '9 days'), (2, 'ada', 'User', now())")
    s.rows("insert into developer_logins (github_id, login, seen_until) values (1, 'Ada', now() - interval '1 day')")
    s.rows("insert into jobs (kind, key, subject, priority, state, asked_by, created_at) values ('full_profile_sync', 'full_profile_sync:ada', 'ada', 10,"
           " 'available', 'ann', now() - interval '9 days')")
    s.rows("update jobs set task_id = id")
    assert why(s, "ada")["first_requested_by"] is None
    s.rows("update developer_logins set seen_until = now() - interval '10 days'")
    assert why(s, "ada")["first_requested_by"] == "ann"


def test_a_sync_discovery_picked(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 60)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    stub = s.one("select login from developers d join frontier f using (github_id) where f.last_at is null limit 1")
    told = why(s, stub)
    assert told["plan"]["reason"] == "newly met" and told["plan"]["due"] and told["plan"]["last_at"] is None
    assert told["syncs"] == []
    assert "never synced" in s.run("why", stub).stdout
    discovery = s.task("discovery_scraper")
    s.wait_idle()
    sync, = why(s, stub)["syncs"]
    assert (sync["task"], sync["asked"], sync["by_discovery"]) == (discovery, False, True)
    assert sync["pages"] > 1 and sync["records"] > 0
    # A former login finds the developer too; the next sync reveals a rename.
    github.mutate({"op": "rename_user", "login": stub, "new_login": "renamed-one"})
    s.task("full_profile_sync", stub)
    s.wait_idle()
    told = why(s, stub)
    assert told["login"] == "renamed-one" and len(told["syncs"]) == 2
    github.mutate({"op": "delete_user", "login": "renamed-one"})
    s.task("full_profile_sync", "renamed-one")
    s.wait_idle()
    told = why(s, "renamed-one")
    assert told["gone_reason"] == "gone" and told["plan"]["next_at"] is None and told["syncs"][0]["note"] == "gone"
    assert "not until something changes" in s.run("why", "renamed-one").stdout


@pytest.fixture
def finished(stack):
    """ada's sync, of which a job of each kind is kept; `end` makes one of them end in another way."""
    s = stack("http://127.0.0.1:9")
    s.rows("insert into developers (github_id, login, type, first_seen_at, synced_at) values (1, 'ada', 'User', now(), now())")
    kinds = {"developer_followers": "ada", "developer_following": "ada", "developer_starred": "ada", "developer_repositories": "ada",
             "repository_stargazers": "ada/r", "repository_star_history": "ada/r", "hydrate_developers": "2 stubs",
             "hydrate_repositories": "2 stubs", "hydrate_records": "2 stubs"}
    for kind, subject in {"full_profile_sync": "ada", **kinds}.items():
        s.rows("insert into jobs (kind, key, subject, args, state, finished_at, task_id, cost) values (%s, %s, %s, %s, 'completed', now(), "
               "(select min(id) from jobs), 1)", kind, f"{kind}:{subject.lower()}", subject, json.dumps({"id": 1, "name": subject}))
    s.rows("update jobs set task_id = id where kind = 'full_profile_sync'")

    def end(kind, state, error=None):
        s.rows("update jobs set state = %s, error = %s where kind = %s", state, error, kind)
        return why(s, "ada")["syncs"][0], s.run("why", "ada").stdout, json.loads(s.run("status", "--json").stdout)["jobs"], s.run("status").stdout
    end.kinds = [*kinds]
    return end


def test_a_sync_is_completed_when_all_its_jobs_are(finished):
    sync, text, jobs, told = finished("full_profile_sync", "completed")
    assert (sync["state"], sync["lists"], sync["cost"], sync["hydration_cost_of_task"]) == ("completed", None, 7, 3)
    assert ": completed 2" in text and (jobs["completed"], jobs["failed"]) == (10, 0) and "10 completed, 0 failed" in told
    for kind in finished.kinds:
        for state, error in (("failed", "no luck"), ("cancelled", None)):
            sync, text, jobs, told = finished(kind, state, error)
            assert sync["state"] == state and f": {state} 2" in text, kind
            assert (jobs["completed"], jobs[state]) == (9, 1) and f"1 {state}" in told, kind
            assert (sync["lists"] == f"{kind}: no luck") == (state == "failed") and ("no luck" in text) == (state == "failed"), kind
        finished(kind, "completed")
    # What failed says more than what was called off.
    finished(finished.kinds[0], "cancelled")
    assert finished(finished.kinds[1], "failed", "no luck")[0]["state"] == "failed"


def test_many_failures_are_counted(finished):
    for n, kind in enumerate(finished.kinds):
        sync, text, _, _ = finished(kind, "failed", f"no luck {n}")
        assert sync["lists"].count("no luck") == min(n + 1, 5)
    assert sync["lists"].endswith("; and 4 more") and "; and 4 more\n" in text


def test_unknown_and_wrong(stack):
    s = stack("http://127.0.0.1:9")
    done = s.run("why", "nobody", check=False)
    assert (done.returncode, done.stderr) == (1, 'gitomatic why: no developer called "nobody" is known here: request the profile with gitomatic task full_profile_sync --username nobody\n')
    for args in ([], ["a b"], ["a", "b"]):
        assert s.run("why", *args, check=False).returncode == 2


def test_status_shows_capabilities(sim, stack):
    github = sim("synthetic", "--users", 60, "--stargazers", "403", "--token", "good")
    s = stack(github.url, GITHUB_TOKENS="good,bad")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.task("full_repository_sync", "ada", s.one("select name from repositories where full_name like 'ada/%%' limit 1"))
    s.wait_idle()
    status = json.loads(s.run("status", "--json").stdout)
    stargazers = [c for c in status["capabilities"] if c["endpoint"] == "stargazers"]
    assert stargazers and not any(c["allowed"] for c in stargazers)
    assert {c["status"] for c in stargazers} == {403}
    assert all(c["next_check_at"] > c["checked_at"] for c in stargazers)
    assert "stargazers is refused (status 403" in s.run("status").stdout
    s.rows("update credentials set benched_until = now() + interval '1 hour', benched_why = 'GitHub refuses it' "
           "where position = 1")
    s.rows("update credentials set blocked_until = now() + interval '1 minute', blocks = 2 where position = 0")
    status = json.loads(s.run("status", "--json").stdout)
    assert [(c["benched_why"], c["blocks"]) for c in status["credentials"]] == [(None, 2), ("GitHub refuses it", 0)]
    assert all(c["benched_until"] or c["blocked_until"] for c in status["credentials"])
    text = s.run("status").stdout
    assert "is suspended until" in text and "secondary limit, 2 in a row" in text


def test_waiting_reports_a_task_that_finds_no_developer(sim, stack):
    github = sim("synthetic")
    s = stack(github.url, GITHUB_TOKEN=TOKEN)
    s.crawler()
    done = s.run("task", "full_profile_sync", "--username", "nobody-of-this-world", "--wait", check=False)
    *_, progress, error = done.stderr.splitlines()
    assert progress.endswith("0 failed; 1 page, 0 records, 1 unit of quota; gone: GitHub knows no such login")
    assert done.returncode == 1 and error.startswith('gitomatic task: GitHub knows no user "nobody-of-this-world": ')
    done = s.run("task", "full_repository_sync", "--repo-name", "https://github.com/ada/nothing-of-this-name", "--wait", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith('gitomatic task: GitHub knows no repository "ada/nothing-of-this-name": ')
    found = s.run("task", "full_profile_sync", "--username", "ada", "--wait")
    assert found.stderr.splitlines()[-1].endswith("units of quota")


@pytest.mark.parametrize("answer", [(451, {}, {"message": "Repository access blocked"}),
                                    (403, {}, {"message": "Repository access blocked", "block": {"reason": "tos"}})], ids=["451", "403"])
@pytest.mark.parametrize("what", ["user", "repository"])
def test_waiting_reports_what_blocks_the_task(stack, what, answer):
    github = FakeGitHub()
    try:
        github.answers["/users/ada"] = github.answers["/repos/ada/r"] = answer
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        of = ["full_profile_sync", "--username", "ada"] if what == "user" else ["full_repository_sync", "--repo-name", "ada/r"]
        done = s.run("task", *of, "--wait", check=False)
        assert done.returncode == 1 and f"GitHub blocks access to the {what}" in done.stderr, done.stderr
        assert s.rows("select state, note from jobs") == [("completed", "blocked")]
    finally:
        github.stop()
