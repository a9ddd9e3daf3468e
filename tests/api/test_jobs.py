"""/github/jobs/: the list, one job and why, calling off, asking again."""
import concurrent.futures
import contextlib
import json
import select
import time

import graph
import psycopg2
import pytest
from test_views import view

PATH = "/github/jobs/"
FIELDS = ["id", "url", "kind", "subject", "state", "priority", "attempt", "created_at", "run_at", "started_at",
          "finished_at", "pages", "records", "progress", "cost", "error", "note", "task_id", "task"]
OVER = ("completed", "failed", "cancelled")


@pytest.fixture
def queue(queue):
    def job(kind="noop", subject="", state="available", **more):
        """A row of the queue as the crawler would leave it. Its id."""
        row = {"kind": kind, "subject": subject, "key": f"{kind}:{subject.lower()}", "state": state, **more}
        if state in OVER:
            row.setdefault("finished_at", "2026-01-02T03:04:05Z")
        if state == "running":
            row.update(worker_id=1, lease=row.get("lease", 77))
        data = json.dumps(row).replace("'", "''")
        names = ", ".join(row)
        (id_,), = queue.sql(f"insert into jobs ({names}) select {names} from json_populate_record(null::jobs, '{data}') "
                          "returning id")
        if "task_id" not in row:
            queue.sql(f"update jobs set task_id = id where id = {id_}")
        return int(id_)
    queue.job = job
    queue.ids = lambda query="": [j["id"] for j in queue.get(PATH + query).json()["results"]]
    queue.act = lambda id_, what, **more: queue.request("POST", f"{PATH}{id_}/{what}/", **more)
    return queue


# ---- the list ----

def test_fields_of_each_state(queue):
    task = queue.job("full_profile_sync", "Ada", "completed", started_at="2026-01-02T03:00:00Z", pages=1, records=1,
                     cost=1, note="unchanged", created_at="2026-01-02T02:00:00Z")
    running = queue.job("developer_followers", "Ada", "running", task_id=task, pages=2, records=200, cost=2,
                        args={"id": 1, "name": "Ada", "count": 1234}, cursor={"page": 3, "url": "https://x"},
                        started_at="2026-01-02T03:00:00Z")
    waiting = queue.job("developer_following", "Ada", "scheduled", task_id=task, run_at="2036-01-01T00:00:00Z",
                        note="quota", attempt=2, error="503")
    queue.job(state="available", args={"count": "many"}, cursor={"page": "no"})
    answer = queue.get(PATH).json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert (answer["count"], answer["next"], answer["previous"]) == (4, None, None)
    rows = {j["id"]: j for j in answer["results"]}
    assert [list(j) for j in answer["results"]] == [FIELDS] * 4
    assert rows[task] == {
        "id": task, "url": f"{queue.base}{PATH}{task}/", "kind": "full_profile_sync", "subject": "Ada",
        "state": "completed", "priority": 50, "attempt": 0, "created_at": "2026-01-02T02:00:00Z", "run_at": None,
        "started_at": "2026-01-02T03:00:00Z", "finished_at": "2026-01-02T03:04:05Z", "pages": 1, "records": 1,
        "progress": None, "cost": 1, "error": None, "note": "unchanged", "task_id": task,
        "task": f"{queue.base}{PATH}{task}/"}
    assert rows[running]["progress"] == "continues with page 3 of about 13"
    assert rows[running]["task"] == rows[task]["url"]
    assert (rows[waiting]["run_at"], rows[waiting]["note"], rows[waiting]["attempt"], rows[waiting]["error"]) == (
        "2036-01-01T00:00:00Z", "quota", 2, "503")
    for id_, row in rows.items():
        one = queue.get(f"{PATH}{id_}/").json()
        assert list(one) == FIELDS + ["task_jobs", "why"] and {k: one[k] for k in FIELDS} == row


def test_a_task_leads_to_its_job(queue):
    """What POST /github/tasks/ gives is the number in the job's address, and the task's jobs are found by it."""
    job = queue.form("name=full_profile_sync&username=ada").json()["job"]
    one = queue.get(f"{PATH}{job}/").json()
    assert (one["kind"], one["subject"], one["state"], one["task_id"]) == ("full_profile_sync", "ada", "available", job)
    assert one["url"] == f"{queue.base}{PATH}{job}/"
    assert one["task_jobs"] == {"url": f"{queue.base}{PATH}?task={job}", "open": 1, "completed": 0, "failed": 0,
                                "pages": 0, "records": 0, "cost": 0, "waits_until": None, "waits_for": None}
    assert queue.get(one["task_jobs"]["url"][len(queue.base):]).json()["results"] == [
        {k: one[k] for k in FIELDS}]
    assert queue.get("/github/").json()["jobs"] == queue.base + PATH


def test_filters(queue):
    made = {}
    for n, state in enumerate(("available", "running", "scheduled", *OVER) * 3):
        kind = ("noop", "full_profile_sync", "developer_starred")[n // 6]
        more = {"finished_at": f"2026-02-{n + 1:02}T00:00:00Z"} if state in OVER else {}
        id_ = queue.job(kind, f"Sub-{n % 4}", state, key=f"k{n}", task_id=1000 + n % 2, lease=n + 1,
                        created_at=f"2026-01-{n + 1:02}T00:00:00Z", **more)
        made[id_] = {"n": n, "state": state, "kind": kind, "subject": f"sub-{n % 4}", "task": 1000 + n % 2}
    newest = sorted(made, reverse=True)

    def want(**by):
        return [i for i in newest if all(made[i][k] == v for k, v in by.items())]
    for state in ("available", "running", "scheduled", *OVER):
        assert queue.ids(f"?page_size=100&state={state}") == want(state=state)
    for kind in ("noop", "full_profile_sync", "developer_starred"):
        assert queue.ids(f"?page_size=100&kind={kind}") == want(kind=kind)
        for state in ("available", "running", "scheduled", *OVER):
            assert queue.ids(f"?page_size=100&kind={kind}&state={state}") == want(kind=kind, state=state)
            assert queue.ids(f"?subject=SUB-1&kind={kind}&state={state}") == want(kind=kind, state=state, subject="sub-1")
    assert queue.ids("?page_size=100&subject=SUB-2") == want(subject="sub-2")
    assert queue.ids("?page_size=100&task=1001") == want(task=1001)
    assert queue.ids("?page_size=100&task=1001&subject=sub-1&state=running&kind=noop") == want(
        task=1001, subject="sub-1", state="running", kind="noop")
    assert queue.ids("?page_size=100&created_at__gte=2026-01-03&created_at__lte=2026-01-05") == [
        i for i in newest if 2 <= made[i]["n"] <= 4]
    assert queue.ids("?page_size=100&finished_at__gte=2026-02-10") == [
        i for i in newest if made[i]["n"] >= 9 and made[i]["state"] in OVER]
    assert queue.ids("?page_size=100&finished_at__lte=2026-02-05T00:00:00Z") == [
        i for i in newest if made[i]["n"] <= 4 and made[i]["state"] in OVER]
    assert queue.ids("?page_size=100&state=available&finished_at__lte=2026-03-01") == []
    assert queue.ids("?page_size=100&state=failed&finished_at__lte=2026-02-10T00:00:00Z") == [
        i for i in newest if made[i]["n"] <= 9 and made[i]["state"] == "failed"]
    assert queue.ids("?page_size=100&state=&kind=&nonsense=1") == newest
    assert queue.ids("?subject=%27%20or%20true%20--") == [] and queue.ids("?task=1") == []


@pytest.mark.parametrize("query,errors", [
    ("state=done", ["state"]), ("kind=nothing", ["kind"]), ("task=x", ["task"]), ("created_at__gte=x", ["created_at__gte"]),
    ("cursor=x", ["cursor"]), ("cursor=-1", ["cursor"]), ("state=x&kind=y&finished_at__lte=z", ["state", "kind", "finished_at__lte"])])
def test_bad_filters_are_named(api, query, errors):
    answer = api.get(f"{PATH}?{query}")
    assert answer.status == 400 and list(answer.json()) == errors
    assert all(len(v) == 1 and v[0] for v in answer.json().values())


def walk(queue, path):
    ids, pages = [], 0
    while path:
        answer = queue.get(path).json()
        ids += [j["id"] for j in answer["results"]]
        path = answer["next"] and answer["next"][len(queue.base):]
        pages += 1
    return ids, pages


@pytest.mark.parametrize("kind", ["discovery_scraper", "heart_beat_task", "full_repository_sync", "repository_stargazers",
                                  "repository_star_history", "hydrate_records"])
def test_rare_and_frequent_kinds_are_listed(queue, kind):
    """Whatever index finds them: open and over, by page and by cursor, among many of another kind."""
    queue.sql("insert into jobs (kind, key, state, finished_at) select 'noop', 'b' || n, 'completed', now() "
              "from generate_series(1, 3000) n; "
              f"insert into jobs (kind, key, state, finished_at) select '{kind}', 'c' || n, case n % 3 when 0 then 'failed' when 1 "
              "then 'completed' else 'available' end, case when n % 3 < 2 then now() end from generate_series(1, 40) n; "
              "insert into jobs (kind, key) select 'noop', 'd' || n from generate_series(1, 500) n; analyze jobs")
    every = list(range(3040, 3000, -1))
    for query, want in (("", every), ("&state=failed", [i for i in every if (i - 3000) % 3 == 0]),
                        ("&state=available", [i for i in every if (i - 3000) % 3 == 2]), ("&state=running", [])):
        assert walk(queue, f"{PATH}?kind={kind}&page_size=7{query}")[0] == want
        assert walk(queue, f"{PATH}?kind={kind}&page_size=7&cursor={query}")[0] == want
        for size in (7, 100):
            assert queue.get(f"{PATH}?kind={kind}&page_size={size}{query}").json()["count"] == len(want)


def test_pages_and_cursor(queue):
    queue.sql("insert into jobs (kind, key) select 'noop', 'a' || n from generate_series(1, 12) n; "
              "insert into jobs (kind, key, state, finished_at) select 'noop', 'b' || n, 'completed', now() "
              "from generate_series(1, 13) n")
    every = list(range(25, 0, -1))
    for query, want in (("", every), ("&state=completed", every[:13]), ("&kind=noop", every)):
        assert walk(queue, f"{PATH}?page_size=4{query}") == (want, -(-len(want) // 4))
        for cursor in ("1000", ""):
            assert walk(queue, f"{PATH}?page_size=4&cursor={cursor}{query}") == (want, -(-len(want) // 4))
    page = queue.get(f"{PATH}?page=2&page_size=10&kind=noop").json()
    assert page["count"] == 25
    assert page["next"] == f"{queue.base}{PATH}?kind=noop&page=3&page_size=10"
    assert page["previous"] == f"{queue.base}{PATH}?kind=noop&page_size=10"
    assert queue.ids("?page=last&page_size=10") == [5, 4, 3, 2, 1]
    assert queue.get(f"{PATH}?page=4&page_size=10").status == 404
    page = queue.get(f"{PATH}?cursor=24&page_size=2&kind=noop").json()
    assert [j["id"] for j in page["results"]] == [23, 22] and page["previous"] is None
    assert page["next"] == f"{queue.base}{PATH}?cursor=22&kind=noop&page_size=2"
    assert queue.get(f"{PATH}?cursor=1").json()["results"] == []


def test_many_jobs_are_counted_up_to_a_bound_and_all_reached(queue):
    queue.sql("insert into jobs (kind, key, state, finished_at) select 'noop', 'b' || n, 'completed', now() "
              "from generate_series(1, 1150) n; analyze jobs")
    for query in ("", "&kind=noop", "&state=completed"):
        answer = queue.get(f"{PATH}?page_size=100{query}")
        assert (answer.json()["count"], answer.json()["count_capped"]) == (1000, True)
        assert (answer.headers["X-Total-Count"], answer.headers["X-Total-Count-Capped"]) == ("1000", "true")
        assert 'page=2' in answer.headers["Link"] and 'rel="next"' in answer.headers["Link"]
        last = queue.get(f"{PATH}?page=last&page_size=100{query}").json()
        assert "cursor=151&" in last["next"] and last["results"][-1]["id"] == 151
        assert queue.get(f"{PATH}?page=11&page_size=100{query}").status == 404
        rest, pages = walk(queue, last["next"][len(queue.base):])
        assert rest == list(range(150, 0, -1)) and pages == 2


@pytest.mark.parametrize("id_", ["0", "-1", "x", "99999999999999999999", "1.0", "%27"])
def test_no_such_job(queue, id_):
    queue.job()
    for answer in (queue.get(f"{PATH}{id_}/"), queue.act(id_, "cancel"), queue.act(id_, "retry")):
        assert (answer.status, answer.json()) == (404, {"detail": "Not found."})
    assert queue.sql("select state from jobs") == [["available"]]


# ---- why ----

def test_why_of_each_kind_about_a_developer(queue):
    queue.sql(graph.sql())
    queue.sql("insert into frontier (github_id, next_at, last_at, counts, walks, changes, reason) values "
              "(1, '2036-01-02 03:04:05Z', '2026-01-02 03:04:05Z', '{5, 6, 7}', 3, 2, 'walked')")
    task = queue.job("full_profile_sync", "DEV1", "completed", priority=10, cost=1, pages=1, records=1)
    repository = next(r for r in graph.repositories() if r["owner_github_id"] == 1)
    about = [task, queue.job("developer_starred", "dev1", "completed", task_id=task, args={"id": 1}, cost=4, pages=2),
             queue.job("full_repository_sync", repository["full_name"]),
             queue.job("repository_stargazers", "x", args={"id": repository["github_id"]}, state="failed")]
    whys = [queue.get(f"{PATH}{i}/").json()["why"] for i in about]
    assert all(w == whys[0] for w in whys)
    why = whys[0]
    assert (why["login"], why["github_id"]) == ("dev1", "1")
    assert why["plan"] == {"reason": "walked", "last_at": "2026-01-02T03:04:05Z", "next_at": "2036-01-02T03:04:05Z",
                           "due": False, "walks": 3, "changes": 2, "followers_count": 5, "following_count": 6,
                           "public_repos": 7}
    assert why["known"]["followers"] == sum(b == 1 for _, b, _ in graph.follows())
    sync, = why["syncs"]
    assert (sync["job"], sync["cost"], sync["jobs"], sync["asked"], sync["by_discovery"]) == (task, 5, 2, True, False)
    for kind, subject, more in (("full_profile_sync", "stranger", {}), ("discovery_scraper", "", {"args": {"count": 5}}),
                                ("hydrate_developers", "3 stubs", {}), ("heart_beat_task", "", {}),
                                ("developer_followers", "x", {"args": {"id": "1"}}), ("repository_stargazers", "y", {}),
                                ("full_repository_sync", "/x", {})):
        assert queue.get(f"{PATH}{queue.job(kind, subject, **more)}/").json()["why"] is None, kind


# ---- calling off and asking again ----

def states(queue):
    return {int(i): s for i, s in queue.sql("select id, state from jobs")}


@pytest.mark.parametrize("state", ["available", "running", "scheduled"])
def test_cancel_what_is_open(queue, state):
    other, id_ = queue.job(subject="other"), queue.job(subject="mine", state=state)
    answer = queue.act(id_, "cancel")
    assert answer.status == 200 and list(answer.json()) == FIELDS
    job = answer.json()
    assert (job["id"], job["state"], job["run_at"]) == (id_, "cancelled", None) and job["finished_at"]
    assert states(queue) == {other: "available", id_: "cancelled"}
    assert queue.sql(f"select worker_id, lease from jobs where id = {id_}") == [[None, None]]
    again = queue.act(id_, "cancel")
    assert again.status == 409
    assert again.json()["detail"].startswith("The job is cancelled")


@pytest.mark.parametrize("action,state", [("cancel", state) for state in OVER] +
                         [("retry", state) for state in ("available", "running", "scheduled", "completed")])
def test_finished_jobs_cannot_be_cancelled_nor_successful_ones_retried(queue, action, state):
    id_ = queue.job(state=state)
    before = queue.sql("select * from jobs")
    answer = queue.act(id_, action)
    assert answer.status == 409 and f"is {state}" in answer.json()["detail"]
    assert queue.sql("select * from jobs") == before


def test_the_first_job_represents_the_task(queue):
    task = queue.job("full_profile_sync", "ada", "completed")
    lists = [queue.job(k, "ada", s, task_id=task, lease=5) for k, s in (
        ("developer_followers", "running"), ("developer_following", "scheduled"), ("developer_starred", "available"),
        ("developer_repositories", "failed"))]
    stranger = queue.job("developer_followers", "bob")
    assert queue.act(lists[2], "cancel").status == 200
    assert list(states(queue).values()).count("cancelled") == 1
    answer = queue.act(task, "cancel")
    assert answer.status == 200 and answer.json()["state"] == "completed"
    assert states(queue) == {task: "completed", lists[0]: "cancelled", lists[1]: "cancelled", lists[2]: "cancelled",
                             lists[3]: "failed", stranger: "available"}
    answer = queue.act(task, "cancel")
    assert answer.status == 409 and "no job of its task is open" in answer.json()["detail"]
    assert queue.act(task, "retry").status == 200
    assert states(queue) == {task: "completed", **dict.fromkeys(lists, "available"), stranger: "available"}
    assert queue.act(task, "retry").status == 409


def test_jobs_that_the_last_open_job_requests_at_its_end_are_cancelled_too(queue):
    task = queue.job("full_profile_sync", "ada", "running")
    with contextlib.closing(psycopg2.connect(queue.pg.url("queue"))) as crawler, crawler.cursor() as page, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        page.execute("select from jobs where id = %s for update", [task])
        page.execute("insert into jobs (kind, subject, key, task_id) values ('developer_followers', 'ada', 'developer_followers:1', %s)",
                     [task])
        page.execute("update jobs set state = 'completed', finished_at = now(), worker_id = null, lease = null where id = %s", [task])
        answer = pool.submit(queue.act, task, "cancel")
        while queue.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") \
                != [["1"]]:
            assert not answer.done()
            time.sleep(0.01)
        crawler.commit()
        assert answer.result().status == 200
    assert queue.sql("select state from jobs where kind = 'developer_followers'") == [["cancelled"]]


def test_a_cancelled_job_takes_its_stubs_along(queue):
    id_ = queue.job("hydrate_developers", "1 stubs", "running")
    queue.sql(f"insert into hydration_queue (kind, github_id, task_id, job_id) values (1, 5, {id_}, {id_}), (1, 6, {id_}, null)")
    assert queue.act(id_, "cancel").status == 200
    assert queue.sql("select github_id from hydration_queue") == [["6"]]
    answer = queue.act(id_, "retry")
    assert answer.status == 409 and "its stubs were removed" in answer.json()["detail"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_retry(queue, state):
    id_ = queue.job("developer_starred", "ada", state, attempt=9, losses=3, error="500", note="x", cursor={"page": 7},
                    pages=6, cost=6, priority=10)
    with contextlib.closing(psycopg2.connect(queue.pg.url("queue"))) as crawler:
        crawler.autocommit = True
        crawler.cursor().execute("listen gitomatic_jobs")
        answer = queue.act(id_, "retry")
        assert select.select([crawler], [], [], 10)[0], "crawlers were not woken"
    assert answer.status == 200, answer.text
    job = answer.json()
    assert (job["state"], job["attempt"], job["error"], job["note"], job["finished_at"]) == ("available", 0, None, None, None)
    assert (job["progress"], job["pages"], job["cost"]) == ("continues with page 7", 6, 6) and job["run_at"]
    assert queue.act(id_, "retry").status == 409


def test_retry_while_the_same_work_waits(queue):
    old, new = queue.job("full_profile_sync", "ada", "failed"), queue.job("full_profile_sync", "ada")
    answer = queue.act(old, "retry")
    assert answer.status == 409 and f"job {new} does the same work" in answer.json()["detail"]
    queue.sql(f"delete from jobs where id = {new}")
    assert queue.act(old, "retry").status == 200


def test_of_two_jobs_of_a_task_that_are_the_same_work_one_is_revived(queue):
    task = queue.job("full_profile_sync", "ada", "completed")
    pair = [queue.job("developer_starred", "ada", "failed", task_id=task) for _ in range(2)]
    assert queue.act(task, "retry").status == 200
    assert states(queue) == {task: "completed", pair[0]: "failed", pair[1]: "available"}


def test_jobs_about_a_forgotten_person_cannot_be_retried(queue):
    id_ = queue.job("full_profile_sync", "forgotten", "cancelled")
    queue.sql(f"update jobs set key = kind || ':forgotten:' || id where id = {id_}")
    assert queue.act(id_, "retry").status == 409
    assert states(queue) == {id_: "cancelled"}


def test_only_users_with_write_access_may_cancel_or_retry(queue):
    from server import basic
    id_ = queue.job()
    for what in ("cancel", "retry"):
        assert queue.act(id_, what, auth=False).status == 401
        assert queue.act(id_, what, auth=basic("bob", "readonly")).status == 403
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = queue.request(method, f"{PATH}{id_}/{what}/")
            assert answer.status == 405 and answer.headers["Allow"] == "POST, OPTIONS"
        assert queue.request("OPTIONS", f"{PATH}{id_}/{what}/").status == 200
    assert states(queue) == {id_: "available"}
    assert queue.get(PATH, auth=False).status == 401
    assert queue.get(PATH, auth=basic("bob", "readonly")).status == 200


def shown(queue, path):
    return " ".join(view(queue, path).all.split())


def test_a_page_says_what_a_job_and_the_rest_of_a_task_wait_for(queue):
    task = queue.job("full_profile_sync", "Ada", "completed")
    queue.job("developer_followers", "Ada", "scheduled", task_id=task, run_at="2036-01-01T00:00:00Z", note="quota", priority=10)
    late = queue.job("developer_following", "Ada", "scheduled", task_id=task, run_at="2036-01-02T00:00:00Z", note="quota")
    one = queue.get(f"{PATH}{task}/").json()["task_jobs"]
    assert (one["waits_until"], one["waits_for"]) == ("2036-01-01T00:00:00Z", "quota")
    assert "the rest of its task waits for GitHub’s quota until 2036-01-01 00:00." in shown(queue, f"{PATH}{task}/")
    assert "Waiting for GitHub’s quota until 2036-01-02 00:00." in shown(queue, f"{PATH}{late}/")
    assert "scheduledfor quota, until 2036-01-02 00:00" in shown(queue, PATH)
    assert "waits until 2036-01-01 00:00" in shown(queue, "/")
    queue.job("developer_stars", "Ada", "available", task_id=task)
    one = queue.get(f"{PATH}{task}/").json()["task_jobs"]
    assert (one["waits_until"], one["waits_for"]) == (None, None)
    assert "the rest of its task is running" in shown(queue, f"{PATH}{task}/")


def test_a_task_for_a_login_that_github_does_not_know_is_not_shown_as_a_success(queue):
    task = queue.job("full_profile_sync", "nobody", "completed", note="gone: GitHub knows no such login")
    for path in (f"{PATH}{task}/", PATH, "/"):
        taken = view(queue, path)
        states = [a["class"] for tag, a in taken.tags if tag == "span" and a.get("class", "").startswith("state ")]
        assert states == ["state gone"] and "not found" in taken.all, path
        assert "nobody" in taken.all and not any("by-login/nobody" in a.get("href", "") for a in taken.links), path
    assert queue.get(f"{PATH}{task}/").json()["state"] == "completed"
