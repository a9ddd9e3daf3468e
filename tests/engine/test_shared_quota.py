"""Quota as processes share it: answers that come late, clocks that are wrong, limits without a Retry-After, several
credentials, and which of the two quotas hydration spends."""
import email.utils
import math
import pathlib
import re
import threading
import time

import psycopg2
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, user

HOUR = 3600
QUERIES = pathlib.Path(__file__).resolve().parents[2] / "schema" / "queue" / "quota.sql"


# ---- settling ----

@pytest.fixture
def bucket(lab):
    """Settles answers on a bucket of its own, as every process does; returns what is then known of the window."""
    with psycopg2.connect(lab.database()) as connection, connection.cursor() as cursor:
        cursor.execute("insert into quota_buckets (credential, resource) values ('c', 'core')")
        for name in "settle", "used_up", "lease":
            text = re.search(rf"-- name: quota_{name}\n-- params: (.*)\n((?:.+\n)+)", QUERIES.read_text())
            types = ", ".join(param.split()[1] for param in text[1].split(", "))
            cursor.execute(f"prepare {name} ({types}) as {text[2]}")

        def known():
            cursor.execute("select rate_remaining, rate_reset_raw, round(extract(epoch from window_ends_at - now()))::int "
                           "from quota_buckets")
            return cursor.fetchone()

        def settle(remaining, reset, reset_in_s=600, unseen=0, limit=5000, asked=0, background=0, worker=1, sent_ms_ago=3600000):
            cursor.execute("execute settle (%s, 'c', 'core', 1, %s, %s, %s, %s, %s, false, %s, %s, %s)",
                           (worker, unseen, limit if remaining is not None else None, remaining, reset, reset_in_s * 1000, asked, background,
                            sent_ms_ago))
            settle.raised = cursor.fetchone()[0]
            return known()

        def used_up(reset, reset_in_s, limit=5000):
            cursor.execute("execute used_up ('c', 'core', %s, %s, %s, 3600000)", (reset, reset_in_s * 1000, limit))
            return known()
        settle.used_up = used_up
        settle.sql = lambda text: (cursor.execute(text), cursor.fetchall() if cursor.description else None)[1]
        yield settle
    connection.close()


def test_late_answers_of_a_window_do_not_raise_it(bucket):
    assert bucket(4000, 9000) == (4000, 9000, 600)
    assert bucket(3998, 9000) == (3998, 9000, 600)
    assert bucket(3999, 9000) == (3998, 9000, 600)


def test_a_server_without_a_limit_is_seldom_leased_from(bucket):
    worker = bucket.sql("insert into workers (kind, host, pid) values ('crawler', 'h', 1) returning id")[0][0]

    def lease():
        return bucket.sql(f"execute lease ({worker}, 'c', 'core', 20, 10, 0)")[0][0]
    assert lease() == 1  # until an answer shows the limit
    bucket.sql("update quota_buckets set unlimited = true")
    assert lease() == 1000 and bucket.sql("select units from quota_leases") == [(1,)]
    bucket.sql("update quota_buckets set unlimited = false, rate_limit = 5000, rate_remaining = 4000, window_ends_at = now() + interval '1 hour'")
    assert lease() == 20


def test_charges_are_summed_by_purpose(bucket):
    crawler, mirror = (bucket.sql(f"insert into workers (kind, host, pid) values ('{kind}', 'h', 1) returning id")[0][0] for kind in ("crawler", "mirror"))
    bucket(4000, 9000, asked=3, background=4, worker=crawler)
    bucket(3990, 9000, asked=5, worker=mirror)
    bucket(None, None, asked=1, worker=crawler)
    bucket(3, 8000, asked=1, worker=77)
    assert bucket.sql("select spent_people, spent_discovery, spent_mirror from quota_buckets") == [(5, 4, 5)]


def test_answers_of_an_older_window_are_ignored(bucket):
    assert bucket(4999, 9000 + HOUR, HOUR) == (4999, 9000 + HOUR, HOUR)
    assert bucket(3, 9000, 1, limit=60) == (4999, 9000 + HOUR, HOUR)
    assert bucket(4998, 9000 + HOUR, HOUR - 1) == (4998, 9000 + HOUR, HOUR - 1)


def test_a_newer_window_replaces_an_older_one(bucket):
    assert bucket(3, 9000, 1) == (3, 9000, 1)
    assert bucket(4999, 9000 + HOUR, HOUR) == (4999, 9000 + HOUR, HOUR)


def test_a_refusal_empties_its_own_window_only(bucket):
    assert bucket.used_up(9000, 600) == (0, 9000, 600), "before any other answer"
    assert bucket(4990, 9900, reset_in_s=1500) == (4990, 9900, 1500), "the next window"
    assert bucket.used_up(9000, 1) == (4990, 9900, 1500), "a late refusal of the window before"
    assert bucket.used_up(None, 60) == (4990, 9900, 1500), "one of no window"
    assert bucket(4989, 9900, reset_in_s=1500) == (4989, 9900, 1500)
    assert bucket.used_up(9900, 1) == (0, 9900, 1500), "a refusal of this one, which does not shorten it"
    assert bucket(4988, 9900, reset_in_s=1500) == (0, 9900, 1500), "a late answer does not raise it"
    assert bucket.used_up(99000, 80000) == (0, 99000, 80000), "a newer window, longer than an hour"
    assert bucket(4987, 9900, reset_in_s=1500) == (0, 99000, 80000)


RAISED, LOWERED = (15000, 13999), (1000, 0)


@pytest.mark.parametrize("known, told, ago, takes, raised", [
    ((5000, 4000), RAISED, 3600, True, True),
    ((5000, 4000), (15000, 14000), 3600, True, True),
    ((5000, 4000), (15000, 14999), 3600, False, False),
    ((5000, 4000), (15000, 14999), -3600, True, True),
    (RAISED, (5000, 4001), 3600, False, False),
    (RAISED, (5000, 3999), 3600, False, False),
    (RAISED, (5000, 3998), 3600, True, False),
    (RAISED, LOWERED, -3600, True, False),
], ids=["raised", "raised-free", "late-of-a-higher", "raised-counted-anew", "late", "late-as-much-used", "lowered", "lowered-asked-since"])
def test_another_limit_of_the_same_window(known, told, ago, takes, raised, bucket):
    bucket(known[1], 9000, limit=known[0])
    bucket(told[1], 9000, limit=told[0], sent_ms_ago=ago * 1000)
    assert bucket.raised is raised
    assert bucket.sql("select rate_limit, rate_remaining from quota_buckets") == [told if takes else known]


def test_a_late_refusal_of_a_limit_that_was_raised(bucket):
    bucket(100, 9000)
    assert bucket.used_up(9000, 600)[0] == 0
    assert bucket(9999, 9000, limit=15000)[0] == 9999 and bucket.raised
    assert bucket.used_up(9000, 600)[0] == 9999, "a refusal from before"
    assert bucket.used_up(9000, 600, limit=15000)[0] == 0


def test_answers_without_headers_count_as_spent(bucket):
    bucket(100, 9000)
    assert bucket(None, None, unseen=2)[:2] == (98, 9000)


# ---- clocks ----

class OtherClock(FakeGitHub):
    """Its clock is hours from ours, and its window ends 4 s after the first request; a full one follows."""

    def __init__(self, hours, refuses):
        super().__init__()
        self.ahead, self.refuses, self.times = hours * HOUR, refuses, []
        self.ends = None
        self.answers["/users/person"] = profile(7, "person")
        self.answers["/users/person/followers?per_page=100"] = []
        self.answers["/users/person/starred?per_page=100"] = []
        self.answers["/users/person/repos?per_page=100"] = []

    def answer(self, method, path, headers):
        now = time.time()
        with self.lock:
            self.times.append(now)
            self.ends = self.ends or math.floor(now) + 5
        status, more, body = super().answer(method, path, headers)
        first = now < self.ends
        if first and self.refuses:
            status, body = 403, b'{"message": "API rate limit exceeded for user ID 1."}'
        remaining = (0 if self.refuses else 25) if first else 59
        return status, {**more, "Date": email.utils.formatdate(now + self.ahead, usegmt=True), "x-ratelimit-limit": "60",
                        "x-ratelimit-remaining": str(remaining), "x-ratelimit-used": str(60 - remaining),
                        "x-ratelimit-resource": "core",
                        "x-ratelimit-reset": str(self.ends + self.ahead + (0 if first else HOUR))}, body


@side_by_side
@pytest.mark.parametrize("refuses", [False, True], ids=["nothing-left", "refused"])
@pytest.mark.parametrize("hours", [-7, 7])
def test_a_wait_lasts_what_githubs_clock_says(hours, refuses, stack):
    github = OtherClock(hours, refuses)
    try:
        s = stack(github.url)
        s.crawler()
        task = s.task("full_profile_sync", "person")
        s.wait_until(lambda: s.one("select state = 'completed' from jobs where id = %s", task), 40, "the profile")
        s.wait_idle(40)
        early = [t for t in github.times[1:] if t < github.ends]
        assert early == [] and len(github.times) > 1, [t - github.times[0] for t in github.times]
        s.wait_until(lambda: s.one("select extract(epoch from window_ends_at - now()) between 3000 and 3700 from quota_buckets "
                                   "where resource = 'core'"), 10, "the next window, by the database's clock")
    finally:
        github.stop()


# ---- secondary limits ----

class Secondary(FakeGitHub):
    """Greets one, then refuses everybody for asking too much, at first as soon as four ask at once, or 10 s later."""

    def __init__(self):
        super().__init__()
        self.four, self.retry_after, self.refused_at, self.first_at = threading.Barrier(4), None, 0, None
        self.answers["/users/hello"] = profile(7, "hello")
        self.answers["/users/hello/starred?per_page=100"] = []

    def refused(self):
        return [path for path in self.asked() if "hello" not in path]

    def answer(self, method, path, headers):
        answer = super().answer(method, path, headers)
        if "hello" in path:
            return answer
        try:
            self.four.wait(10)
        except threading.BrokenBarrierError:
            pass
        self.refused_at = time.time()
        self.first_at = self.first_at or self.refused_at
        more = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return 403, {"Content-Type": "application/json", **more}, \
            b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'


def held(s):
    """Seconds a credential rests from now on, and the blocks in a row."""
    return s.rows("select round(extract(epoch from blocked_until - now()))::int, blocks from credentials")[0]


def rest(s, github):
    """Seconds a credential rests since it was refused last."""
    return s.one("select extract(epoch from blocked_until)::float8 from credentials") - github.refused_at


@side_by_side
def test_a_secondary_limit_without_retry_after_doubles_for_all_processes(stack):
    github = Secondary()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", CRAWLER_CONCURRENCY=2)
        pair = [s.crawler(), s.crawler()]
        s.task("full_profile_sync", "hello")  # from here on quota is known, and not handed out one by one
        s.wait_idle()
        for i in range(4):
            s.task("full_profile_sync", f"person-{i}")
        s.wait_until(lambda: s.one("select count(*) from jobs where state = 'scheduled'") == 4, 30, "all to wait")
        # Requests that were out together are one limit: a minute, not 8.
        first = len(github.refused())
        assert first > 1, first
        seconds, blocks = held(s)
        assert blocks == 1 and seconds <= 60 and rest(s, github) >= 50
        assert s.one("select min(extract(epoch from run_at))::float8 from jobs where state = 'scheduled'") - github.first_at >= 59
        # What comes now waits as well, in both processes.
        for i in range(4):
            s.task("full_profile_sync", f"late-{i}")
        s.wait_until(lambda: s.one("select count(*) from jobs where state = 'scheduled'") == 8, 30, "the late ones to wait")
        assert len(github.refused()) == first
        for p in pair:
            assert p.stop() == 0
        # A minute later, and again: restarted processes continue to count.
        github.four.abort()
        asked = first
        for expected in (120, 240, 480, 900, 900):
            before = held(s)[1]
            s.rows("update credentials set blocked_until = now()")
            p = s.crawler(CRAWLER_CONCURRENCY=1)
            s.wait_until(lambda: held(s)[1] > before, 30, "the next limit")
            assert p.stop() == 0
            assert held(s)[0] <= expected and expected - 20 <= rest(s, github), (expected, held(s), rest(s, github))
            # Up to seven more waited after the one that was refused: they stay here.
            asked += 1
            assert len(github.refused()) == asked
        # GitHub's own word is taken instead where it says one.
        github.retry_after = 7
        s.rows("update credentials set blocked_until = now()")
        p = s.crawler(CRAWLER_CONCURRENCY=1)
        s.wait_until(lambda: held(s)[0] > 0, 30, "the limit")
        assert held(s)[0] <= 7
        assert p.stop() == 0
        assert s.one("select max(attempt) from jobs") == 0, "a limit used an attempt"
    finally:
        github.stop()


# ---- lists that may not be read further ----

@side_by_side
def test_a_list_capped_at_page_400_closes_nothing(stack):
    github = FakeGitHub()
    try:
        url = "/users/person/followers?per_page=100"

        def page(n, ids, more=True):
            link = {"Link": f'<{github.url}{url}&page={n + 1}>; rel="next"' if more
                    else f'<{github.url}{url}&page={n - 1}>; rel="prev"'}
            return 200, link, [user(i, f"f-{i}") for i in ids]
        capped = (422, {}, {"message": "In order to keep the API fast for everyone, pagination is limited for this resource.",
                            "documentation_url": "https://docs.github.com/v3/#pagination"})
        github.answers.update({
            "/users/person": Several(profile(7, "person", followers=5), profile(7, "person", followers=4)),
            url: Several(page(1, [1, 2]), page(1, [1])),
            url + "&page=2": page(2, [3, 4]),
            url + "&page=3": Several(page(3, [5], more=False), capped),
            "/users/person/starred?per_page=100": []})
        for i in range(1, 6):
            github.answers[f"/users/f-{i}"] = profile(i, f"f-{i}")
        s = stack(github.url)
        s.crawler()
        for expected in (None, "capped: GitHub does not page this list further; closed nothing"):
            task = s.task("full_profile_sync", "person")
            s.wait_idle()
            s.check_queue()
            assert s.one("select note from jobs where task_id = %s and kind = 'developer_followers'", task) == expected
            assert s.rows("select follower_github_id from follows order by 1") == [(i,) for i in range(1, 6)]
            assert s.rows("select * from follow_history") == []
        assert github.asked().count(url + "&page=3") == 2
    finally:
        github.stop()


# ---- several credentials ----

@side_by_side
def test_the_credential_with_most_left_is_used_and_pages_stay_with_theirs(sim, stack):
    github = sim("synthetic", "--users", 300, "--limit", 400, "--token", "t-ada=ada", "--token", "t-bob=bob")
    for _ in range(150):
        assert github.session.get(github.url + "/users/ada", headers={"Authorization": "Bearer t-ada"}).status_code == 200

    def left():
        return {login: 400 - c["charged"]["core"] for login, c in github.stats()["credentials"].items()}
    assert sorted(left().values()) in ([250], [250, 400])
    s = stack(github.url, GITHUB_TOKENS="t-ada,t-bob", GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY=4)
    crawler = s.crawler()
    asked = len(github.trace())
    s.task("full_profile_sync", "ada")
    s.wait_idle(90)
    s.check_queue()
    first = github.trace()[asked:]
    spent = {c: sum(t["charged"] for t in first if t["credential"] == c) for c in {t["credential"] for t in first}}
    after = left()
    # Until both are known either may be asked, a few requests each; then the one with more until both have the same, and from
    # there on they take turns, a block each beside what is in flight.
    assert len(spent) == 2 and min(spent.values()) > 0, spent
    assert spent["bob"] > spent["ada"] and max(after.values()) - min(after.values()) <= 60, (spent, after)
    # Again, in a process that knows the tokens in another order: every page with the credential that has its ETag.
    assert crawler.stop() == 0
    s.crawler(GITHUB_TOKENS="t-bob,t-ada")
    asked = len(github.trace())
    s.task("full_profile_sync", "ada")
    s.wait_idle(60)
    again = github.trace()[asked:]
    whose = {t["path"]: t["credential"] for t in first if t["status"] == 200}
    assert again and all(t["status"] == 304 and t["credential"] == whose[t["path"]] for t in again), again
    assert left() == after


# ---- which quota hydration spends ----

@side_by_side
@pytest.mark.parametrize("graphql_limit,by", [(5000, "graphql"), (60, "rest")])
def test_hydration_spends_the_quota_that_has_more_to_spare(graphql_limit, by, sim, stack):
    """With some 30 points above the threshold against thousands of units, 100 units are less of a loss than a point."""
    github = sim("synthetic", "--users", 3000, "--limit", 5000, "--graphql-limit", graphql_limit)
    s = stack(github.url, GITHUB_TOKEN="t", CRAWLER_CONCURRENCY=4)
    s.crawler()
    synced = """select (select count(*) from developers where synced_at is not null)
                     + (select count(*) from repositories where synced_at is not null)"""
    s.task("full_profile_sync", "ada")  # how much is left of either is known from here on
    s.wait_idle(90)
    points, asked, records = github.charged("graphql"), len(github.trace()), s.one(synced)
    assert points > 0
    s.task("full_profile_sync", s.one("select login from developers where type = 'User' and login <> 'ada' "
                                      "order by followers_count desc nulls last limit 1"))
    s.wait_idle(90)
    s.check_queue()
    points, records = github.charged("graphql") - points, s.one(synced) - records
    details = sum(re.fullmatch(r"/(users/[^/?]+|repos/[^/?]+/[^/?]+)", t["path"]) is not None
                  for t in github.trace()[asked:])
    assert records > 50
    if by == "graphql":
        assert points >= 1 and details <= 1 + records / 10, (points, details, records)
    else:
        assert points == 0 and details >= records * 0.9, (points, details, records)


# ---- leases ----

def register(connection, label):
    """This test as a worker that holds quota."""
    with connection.cursor() as cursor:
        cursor.execute("insert into workers (kind, host, pid) values ('test', '', 0) returning id")
        worker = cursor.fetchone()[0]
        cursor.execute("select pg_advisory_lock(7717, %s)", [worker])
        cursor.execute("select from quota_buckets where credential = %s and resource = 'core' for update", [label])
        cursor.execute("insert into quota_leases values (%s, 'core', %s, 10)", [label, worker])


@side_by_side
def test_two_leases_at_once_do_not_hand_out_the_same_units(stack):
    """Another process takes the last units and commits while the crawler waits for it to do so."""
    github = FakeGitHub()
    try:
        github.answers.update({"/users/person": profile(7, "person"), "/users/person/starred?per_page=100": []})
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.wait_until(lambda: s.one("select count(*) from quota_buckets") == 2, 20, "the crawler's buckets")
        label = s.one("select label from credentials")
        s.rows("update quota_buckets set rate_limit = 5000, rate_remaining = 35, rate_reset_raw = 1, "
               "window_ends_at = now() + interval '1 hour'")
        with psycopg2.connect(s.url) as other:
            register(other, label)
            task = s.task("full_profile_sync", "person")
            s.wait_until(lambda: s.one("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and "
                                       "application_name = 'gitomatic crawler' and datname = current_database()"), 20,
                         "the crawler to wait for the bucket")
            other.commit()
            s.wait_until(lambda: s.one("select coalesce(note, '') from jobs where id = %s", task) == "quota", 20, "the job to wait")
            assert github.seen == [], "the threshold was passed"
            assert s.one("select sum(units) from quota_leases") == 10
        other.close()
    finally:
        github.stop()


@side_by_side
def test_units_of_a_lost_worker_are_released(stack):
    """Such as were leased while a crawler had lost its session and was taken for dead."""
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.wait_until(lambda: s.one("select count(*) from quota_buckets") == 2, 20, "the crawler's buckets")
        label = s.one("select label from credentials")
        worker = s.one("select id from workers")
        s.rows("insert into quota_leases values (%s, 'core', 0, 10), (%s, 'core', 4711, 10), (%s, 'core', %s, 7)",
               label, label, label, worker)
        s.wait_until(lambda: s.rows("select worker_id, units from quota_leases") == [(worker, 7)], 30, "the units to be returned")
    finally:
        github.stop()


# ---- refused credentials ----

@side_by_side
def test_a_refused_credentials_answer_says_nothing_about_its_limit(stack):
    """GitHub bills a request with a bad token to the address it came from, and tells that limit."""
    github = FakeGitHub()
    try:
        now = int(time.time())

        def limit(limit, remaining, reset):
            return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining),
                    "X-RateLimit-Reset": str(reset), "X-RateLimit-Resource": "core"}
        good, bad = limit(5000, 4000, now + 1800), limit(60, 59, now + HOUR)
        github.answers.update({
            "/users/person": (200, good, profile(7, "person")), "/users/person/starred?per_page=100": (200, good, []),
            "/users/other": (401, bad, {"message": "Bad credentials"})})
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.task("full_profile_sync", "person")
        s.wait_idle()
        s.task("full_profile_sync", "other")
        s.wait_until(lambda: s.one("select benched_until > now() from credentials"), 20, "the credential to rest")
        s.wait_until(lambda: s.one("select coalesce(sum(units), 0) from quota_leases") == 0, 20, "the quota to be settled")
        assert s.rows("select rate_limit, rate_remaining, rate_reset_raw from quota_buckets where resource = 'core'") == [
            (5000, 3999, now + 1800)]
    finally:
        github.stop()
