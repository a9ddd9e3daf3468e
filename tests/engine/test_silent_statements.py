"""The database falls silent at a statement: in each kind of them, of the crawler and of the scheduler. Nobody waits longer than the
deadline, SIGTERM is obeyed, and nothing is lost or done twice."""
import re
import time

import pytest
from beside import side_by_side
from database_world import until
from silent_world import (BRIEF, COMMIT, FOLLOWERS, LISTEN, LOGIN, SESSION, bound, github, held, must_stop_in_time,  # noqa: F401
                          slow, started, wired)


def all_is_there(s):
    s.wait_idle()
    s.check_queue()
    assert s.one("select count(*) from follows") == len(FOLLOWERS) + 10
    assert s.one("select count(*) from developers where synced_at is not null") == len(FOLLOWERS) + 1
    assert s.one("select count(*) from repositories") == 1
    assert s.rows("select * from follow_history") == []
    told = s.rows("select a, b from changes, unnest(ids, others) as edge(a, b) where type = 'follow.new'")
    assert sorted(told) == sorted(s.rows("select follower_github_id, followed_github_id from follows")), "each is stored once"


# ---- the crawler ----

CRAWLER = [(LOGIN, False), (SESSION, True), (LISTEN, False), (bound("workers_register"), True), (bound("jobs_claim"), True),
           (bound("jobs_save"), False), (bound("pages_users"), False), (bound("pages_follows_add"), True), (bound("pages_remember"), False),
           (bound("jobs_finish"), True), (bound("jobs_enqueue_many"), False), (bound("workers_heartbeat"), False),
           (bound("hydration_hand_out"), True), (COMMIT, False), (COMMIT, True)]
ESSENTIAL = [(LOGIN, False), (bound("jobs_claim"), True), (bound("pages_follows_add"), True), (COMMIT, True)]
BEGINNING = (LOGIN, SESSION, LISTEN, bound("workers_register"))


def crawl_until_silent(s):
    """A crawler that meets the silence as it begins, or with work."""
    if s.wire.marks in BEGINNING:
        s.task("full_profile_sync", "ada")
        s.wire.arm()
        crawler = s.crawler(**s.through)
    else:
        crawler = started(s, "crawler")
        s.wire.arm()
        s.task("full_profile_sync", "ada")
    held(s)
    return crawler


@side_by_side
@pytest.mark.parametrize("marks,answered", [one if one in ESSENTIAL else slow(*one) for one in CRAWLER])
def test_a_crawler_stops_and_another_continues(wired, marks, answered):
    s = wired(marks, answered)
    must_stop_in_time(crawl_until_silent(s))
    s.crawler()
    time.sleep(0.5)
    s.wire.let_go()  # what the first one had sent arrives now
    all_is_there(s)


@side_by_side
@pytest.mark.parametrize("marks,answered", [one if one in ESSENTIAL else slow(*one) for one in CRAWLER])
def test_a_crawler_resumes_by_itself(wired, marks, answered):
    s = wired(marks, answered, BRIEF)
    crawler = crawl_until_silent(s)
    until(lambda: re.search(r"database\.wait|crawler\.control_lost|crawler\.database_away", crawler.log()), "the deadline")
    s.wire.let_go()
    all_is_there(s)
    assert crawler.stop() == 0


# ---- the scheduler ----

SCHEDULER = [(bound(name), n % 2 == 1) for n, name in enumerate((
    "jobs_due", "schedule_due", "changes_fold_from", "workers_reap", "workers_heartbeat", "jobs_prune", "quota_sample", "list_counts_fold"))]
SCHEDULER += [(LOGIN, False), (SESSION, False), (COMMIT, True), (bound("schedule_set"), True)]
FIRST = (LOGIN, SESSION, bound("schedule_set"), bound("workers_reap"), bound("workers_heartbeat"), bound("jobs_prune"), bound("quota_sample"),
         bound("list_counts_fold"))
AT_EACH_TICK = [(bound("changes_fold_from"), False), (bound("workers_reap"), True)]


@side_by_side
@pytest.mark.parametrize("marks,answered", [one if one in AT_EACH_TICK else slow(*one) for one in SCHEDULER])
def test_a_scheduler_resumes_and_stops(wired, marks, answered):
    s = wired(marks, answered, BRIEF)
    s.rows("insert into changes (type, n, known, ids) values ('developer.new', 1, 0, '{7}')")
    once = {"HEARTBEAT_SCHEDULE": "0 0 29 2 *"}
    if marks in FIRST:
        s.wire.arm()
        scheduler = s.start("scheduler", **s.through, **once)
    else:
        scheduler = started(s, "scheduler", **once)
        s.wire.arm()
        s.rows("update schedule_entries set next_run_at = now() where kind = 'heart_beat_task'")
    held(s)
    until(lambda: re.search(r"database\.wait|scheduler\.database", scheduler.log()), "the deadline")
    s.wire.let_go()
    until(lambda: s.one("select coalesce((select position from changes_folded), 0) = (select max(id) from changes)"), "the fold")
    until(lambda: s.one("select count(*) from workers where kind = 'scheduler' and heartbeat_at > now() - interval '20 s'") == 1, "one scheduler")
    assert s.one("select coalesce(sum(n), 0) from change_days where type = 'developer.new'") == 1
    if marks not in FIRST:
        until(lambda: s.one("select count(*) from jobs") > 0, "the ping")
        assert s.one("select count(*) from jobs") == 1
    s.wire.hold()
    time.sleep(1.5)  # into a statement of the next tick
    must_stop_in_time(scheduler)
