"""From POST to a copy: a task asked for over the API, its job followed there until it is over, and the feed of changes
replayed into a model that equals the database and the world, through unfollows, unstars, deletions and renames."""
import collections
import json
import re
import subprocess
import time

import pytest
import requests
from crawl import SEEDS, credential_settings, discover
from feed import Consumer, tables
from stack import BINARY
from test_changes import OPS
from truth import Truth


class Api:
    """The API of a stack, as user ann."""

    def __init__(self, stack):
        done = subprocess.run([str(BINARY), "user", "add", "ann", "--password-stdin"], input="secret-of-ann\n", text=True,
                              env=stack.env, cwd=stack.folder, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        process = stack.start("api", API_LISTEN="127.0.0.1:0")
        found = []

        def listening():
            found[:] = re.findall(r"api\.listening.*http://\S+?:(\d+)/", process.log())
            return found
        stack.wait_until(listening, 20, "the API to listen")
        self.base = f"http://127.0.0.1:{found[0]}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = ("ann", "secret-of-ann")

    def request(self, method, path, **more):
        answer = self.session.request(method, self.base + path, timeout=30, **more)
        answer.status = answer.status_code
        return answer

    def get(self, path):
        return self.request("GET", path)

    def ask(self, **fields):
        answer = self.request("POST", "/github/tasks/", data=fields)
        assert answer.status == 200 and answer.json()["success"] == "yes", answer.text
        return answer.json()["job"]

    def follow_job(self, job, seconds=60):
        """Until nothing of its task is open. The job as it is then."""
        until = time.monotonic() + seconds
        while True:
            one = self.get(f"/github/jobs/{job}/").json()
            if one["state"] == "completed" and one["task_jobs"]["open"] == 0:
                return one
            assert one["state"] in ("available", "running", "scheduled", "completed"), one
            assert time.monotonic() < until, one
            time.sleep(0.05)


def check(s, consumer):
    # What a session has committed is there for others a moment before its lock is gone, which readers go by.
    s.wait_until(lambda: s.one("select gitomatic_changes_horizon() >= coalesce(max(id), 0) from changes"), 20, "the horizon")
    model = consumer.catch_up().model
    s.rows("select 1")  # connects
    with s.connection.cursor() as cursor:
        have = tables(cursor)
    assert model == have
    return model


def check_figures(s, api):
    status, stats = s.run("status", "--json"), api.get("/github/stats/").json()

    status = json.loads(status.stdout)
    counted = s.rows("""select (select count(*) from developers where gone_at is null),
        (select count(*) from developers where gone_at is null and synced_at is not null),
        (select count(*) from repositories where gone_at is null),
        (select count(*) from repositories where gone_at is null and synced_at is not null),
        (select count(*) from follows), (select count(*) from stars)""")[0]
    for figures in (status, stats):
        assert (figures["developers"]["known"], figures["developers"]["synced"], figures["repositories"]["known"],
                figures["repositories"]["synced"], figures["follows"], figures["stars"]) == counted


@pytest.fixture
def crawl(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 40)
    s = stack(github.url, **credential_settings("token"))
    s.crawler()
    return github, s, Api(s)


def test_replay_equals_the_database_and_the_world(crawl):
    github, s, api = crawl
    consumer = Consumer(api)
    job = api.ask(name="full_profile_sync", username=SEEDS["synthetic"])
    one = api.follow_job(job)
    assert (one["kind"], one["subject"], one["finished_at"] is None) == ("full_profile_sync", SEEDS["synthetic"], False)
    assert one["why"]["login"] == SEEDS["synthetic"] and one["why"]["syncs"][0]["job"] == job
    assert one["why"]["syncs"][0]["asked"] is True and one["why"]["syncs"][0]["by_discovery"] is False
    jobs = api.get(f"/github/jobs/?task={job}&page_size=100").json()
    assert jobs["count"] == one["task_jobs"]["completed"] > 5 and {j["state"] for j in jobs["results"]} == {"completed"}
    assert sum(j["cost"] for j in jobs["results"]) == one["task_jobs"]["cost"] > 0
    check(s, consumer)
    discover(s)
    check(s, consumer)
    check_figures(s, api)
    s.start("scheduler", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")  # folds from now on
    truth = Truth(github.truth())
    for op in ("unfollow", "unstar", "restar", "follow", "star", "delete_user", "delete_repo", "rename_user", "edit_user",
               "transfer_repo", "new_user"):
        github.mutate(*OPS[op](Truth(github.truth())))
    begin = len(consumer.items)
    s.rows("update frontier set next_at = now() where next_at < 'infinity'")
    discover(s)
    model = check(s, consumer)
    now = Truth(github.truth())
    assert model["follow"] == {e for e in now.follows if set(e) <= model["developer"]}
    assert set(model["star"]) == {e for e in now.stars if e[0] in model["developer"] and e[1] in model["repository"]}
    told = collections.Counter((i["type"], i["developer_github_id"], i["followed_github_id"], i["repository_github_id"])
                               for i in consumer.items[begin:])
    ended = truth.follows - now.follows
    assert ended and all(told["follow.closed", str(a), str(b), None] == 1 for a, b in ended)
    ended = set(truth.stars) - set(now.stars)
    assert ended and all(told["star.closed", str(a), None, str(b)] == 1 for a, b in ended)
    assert any(t == "developer.gone" for t, *_ in told) and any(t == "repository.gone" for t, *_ in told)
    assert Consumer(api).catch_up(77).items == consumer.items
    check_figures(s, api)
    s.wait_until(lambda: s.one("select coalesce((select position from changes_folded), 0) = (select max(id) from changes)"), 20, "the fold")
    check_figures(s, api)


def test_a_running_task_is_cancelled_and_retried(crawl):
    """Its crawler drops the page in flight; nothing of the task is left open; another round completes it."""
    github, s, api = crawl
    github.config(latency=1500)  # longer than it takes to see them and to call the task off
    job = api.ask(name="full_profile_sync", username=SEEDS["synthetic"])
    s.wait_until(lambda: s.one("select count(*) from jobs where task_id = %s and state = 'running' and kind like "
                               "'developer%%'", job), 30, "lists being read")
    assert api.request("POST", f"/github/jobs/{job}/cancel/").status == 200
    assert s.open_jobs() == 0
    assert api.request("POST", f"/github/jobs/{job}/cancel/").status == 409
    pages = s.one("select sum(pages) from jobs")
    time.sleep(2)
    assert s.one("select sum(pages) from jobs") == pages and s.open_jobs() == 0
    github.config(latency=0)
    assert api.request("POST", f"/github/jobs/{job}/retry/").status == 200
    api.follow_job(job)
    assert s.rows("select id from jobs where state in ('failed', 'cancelled')") == []
    walked = Truth(github.truth()).profile(SEEDS["synthetic"])
    assert set(s.rows("select follower_github_id, followed_github_id from follows")) == walked.follows
