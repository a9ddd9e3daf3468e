"""GET /github/changes/: in order, resumable anywhere, nothing missed and nothing twice while commits come in any order."""
import collections
import datetime
import random
import threading
import time

import graph
import psycopg2
import pytest
from feed import Consumer, tables

PATH = "/github/changes/"


@pytest.fixture
def feed(own):
    own.start(own.tmp / "log")
    own.connections = []

    def connect(autocommit=False):
        made = psycopg2.connect(own.pg.url("own"))
        made.autocommit = autocommit
        own.connections.append(made)
        return made
    own.connect = connect
    own.cursor = connect(True).cursor()
    own.sql = own.cursor.execute
    yield own
    for connection in own.connections:
        connection.close()


def follow(a, b):
    return f"insert into follows (follower_github_id, followed_github_id, first_seen_at) values ({a}, {b}, now())"


def unfollow(a, b):
    return f"delete from follows where follower_github_id = {a} and followed_github_id = {b}"


# ---- newest first ----

def backwards(feed, query="", size=1000):
    """All pages of ?before=end, and the number of them."""
    items, path, n = [], f"{PATH}?before=end&page_size={size}{query}", 0
    while path:
        page = feed.get(path).json()
        assert list(page) == ["next", "cursor", "more", "results"] and len(page["results"]) <= size
        items += page["results"]
        n += 1
        assert page["next"].count("before=c") == 1 and page["next"].count("before=") == 1
        path = page["next"][len(feed.base):] if page["more"] else None
    return items, n


def test_newest_first_is_the_same_reversed(feed):
    feed.sql("insert into developers (github_id, login, first_seen_at) select i, 'd' || i, now() from generate_series(1, 7) i")
    for i in range(2, 8):
        feed.sql(follow(1, i))
    feed.sql("insert into follows select 2, i, now() from generate_series(3, 7) i")  # one row of the log
    feed.sql(unfollow(1, 3))
    feed.sql("delete from follows where follower_github_id = 2")
    for query in ("", "&type=follow.new", "&type=follow.closed,developer.new", "&kind=follow", "&kind=star"):
        forwards = feed.get(f"{PATH}?page_size=1000{query}").json()["results"]
        for size in (1, 2, 3, 5, 1000):
            items, n = backwards(feed, query, size)
            assert items == forwards[::-1] and n == max(1, -(-len(forwards) // size)), (query, size)


def test_newest_first_ends_at_since(feed):
    for i in range(2, 8):
        feed.sql(follow(1, i))
    first = feed.get(f"{PATH}?page_size=2").json()
    rest = feed.get(first["next"][len(feed.base):].replace("page_size=2", "page_size=100")).json()["results"]
    for size in (1, 3, 100):
        assert backwards(feed, f"&since={first['cursor']}", size)[0] == rest[::-1]
    assert backwards(feed, "&since=2999-01-01") == ([], 1)


def test_new_changes_do_not_shift_older_pages(feed):
    for i in range(2, 6):
        feed.sql(follow(1, i))
    one = feed.get(f"{PATH}?before=end&page_size=2").json()
    feed.sql(follow(1, 9))
    two = feed.get(one["next"][len(feed.base):]).json()
    assert [i["followed_github_id"] for i in one["results"] + two["results"]] == ["5", "4", "3", "2"] and not two["more"]


def test_newest_first_stays_below_the_horizon(feed):
    slow = feed.connect()
    feed.sql(follow(1, 2))
    with slow.cursor() as open_one:
        open_one.execute(follow(1, 3))
        feed.sql(follow(1, 4))
        assert [i["followed_github_id"] for i in backwards(feed)[0]] == ["2"]
    slow.commit()
    assert [i["followed_github_id"] for i in backwards(feed)[0]] == ["4", "3", "2"]


@pytest.mark.parametrize("query, status", [
    ("before=zzz", 400), ("before=c1", 400), ("before=END", 400), ("before=2026-01-01", 400), ("before=end&format=csv", 400),
    ("before=end&format=ndjson", 400), ("before=c999999.1.5", 410), ("before=end&since=c999999.1.5", 410), ("before=", 200)])
def test_an_invalid_position(feed, query, status):
    answer = feed.get(f"{PATH}?{query}")
    assert answer.status == status and (status != 400 or list(answer.json()) == ["before"]), answer.text


# ---- what it shows ----

def test_nothing_happened_yet(feed):
    page = feed.get(PATH).json()
    assert list(page) == ["next", "cursor", "more", "results"]
    assert page["results"] == [] and page["more"] is False
    assert page["next"] == f"{feed.base}{PATH}?since={page['cursor']}"
    again = feed.get(page["next"][len(feed.base):]).json()
    assert again == page
    feed.sql(follow(1, 2))
    assert len(feed.get(page["next"][len(feed.base):]).json()["results"]) == 1


def test_each_type(feed):
    feed.sql("insert into developers (github_id, login, first_seen_at) values (1, 'a', now()), (2, 'b', now())")
    feed.sql("update developers set synced_at = now() where github_id = 1")
    feed.sql("update developers set bio = 'x' where github_id = 1")
    feed.sql("update developers set gone_at = now() where github_id = 2")
    feed.sql("update developers set gone_at = null where github_id = 2")
    feed.sql("insert into repositories (github_id, name, full_name, first_seen_at, synced_at) "
             "values (7, 'r', 'a/r', now(), now())")
    feed.sql("update repositories set name = 's' where github_id = 7")
    feed.sql("update repositories set gone_at = now()")
    feed.sql(follow(1, 2))
    feed.sql(unfollow(1, 2))
    feed.sql("insert into stars values (1, 7, '2020-01-02 03:04:05Z', now()), (2, 7, null, now())")
    feed.sql("update stars set starred_at = '2021-01-02 03:04:05Z' where developer_github_id = 2")
    feed.sql("delete from stars where developer_github_id = 1")
    items = feed.get(PATH).json()["results"]
    d = {i: f"{feed.base}/github/developers/{graph.record_id(1, i)}/" for i in (1, 2)}
    r = f"{feed.base}/github/repositories/{graph.record_id(2, 7)}/"

    def item(type_, developer=None, followed=None, repository=None, starred_at=None):
        return {"type": type_, "developer": d.get(developer),
                "developer_github_id": developer and str(developer),
                "followed": d.get(followed), "followed_github_id": followed and str(followed),
                "repository": repository and r, "repository_github_id": repository and str(repository),
                "starred_at": starred_at}
    assert [{k: v for k, v in i.items() if k != "at"} for i in items] == [
        item("developer.new", 1), item("developer.new", 2), item("developer.synced", 1), item("developer.changed", 1),
        item("developer.gone", 2), item("developer.restored", 2), item("repository.new", repository=7),
        item("repository.synced", repository=7), item("repository.changed", repository=7), item("repository.gone", repository=7), item("follow.new", 1, 2),
        item("follow.closed", 1, 2), item("star.new", 1, repository=7, starred_at="2020-01-02T03:04:05Z"),
        item("star.new", 2, repository=7), item("star.changed", 2, repository=7, starred_at="2021-01-02T03:04:05Z"),
        item("star.closed", 1, repository=7, starred_at="2020-01-02T03:04:05Z")]
    now = datetime.datetime.now(datetime.timezone.utc)
    for i in items:
        assert now - datetime.timedelta(minutes=1) < datetime.datetime.fromisoformat(i["at"].replace("Z", "+00:00")) <= now


@pytest.mark.parametrize("page_size", [1, 7, 100, 1000])
def test_pages_of_any_size_give_the_same(feed, page_size):
    feed.sql(graph.sql())
    feed.sql("delete from follows where follower_github_id = 3")
    feed.sql("insert into developers (github_id, login, first_seen_at) select n, 'n' || n, now() "
             "from generate_series(100000, 102499) n")  # more than a row of the log holds
    whole = Consumer(feed).catch_up()
    if page_size == 1:
        feed.sql("delete from developers where github_id >= 100100")  # it would take long
        part = Consumer(feed)
        for _ in range(300):
            assert part.poll(1)
        assert part.items == whole.items[:300]
    else:
        part = Consumer(feed).catch_up(page_size)
        assert part.items == whole.items
        assert part.model == tables(feed.cursor)
    assert sum(i["type"] == "developer.new" for i in whole.items) == len(graph.developers()) + 2500


def test_default_and_largest_page(feed):
    feed.sql("insert into follows select n, n + 1, now() from generate_series(1, 3000) n")
    for query, n in (("", 100), ("?page_size=1000", 1000), ("?page_size=5000", 1000), ("?page_size=%207", 7),
                     ("?page_size=99999999999999999999", 1000), ("?page_size=3", 3)):
        page = feed.get(PATH + query).json()
        assert len(page["results"]) == n and page["more"] is True, query


def test_filters(feed):
    feed.sql(graph.sql())
    feed.sql("delete from follows where follower_github_id % 3 = 0; delete from stars where developer_github_id % 3 = 0")
    feed.sql("update developers set bio = 'y'")
    every = Consumer(feed).catch_up().items
    for query, wanted in (("kind=follow", lambda t: t.startswith("follow.")), ("type=star.new", lambda t: t == "star.new"),
                          ("type=star.closed,developer.gone", lambda t: t in ("star.closed", "developer.gone")),
                          ("kind=developer", lambda t: t.startswith("developer.")),
                          ("kind=star&type=star.new,follow.new", lambda t: t == "star.new"),
                          ("kind=star&type=follow.new", lambda t: False), ("kind=&type=", lambda t: True)):
        for page_size in (13, 1000):
            got, path = [], f"{PATH}?page_size={page_size}&{query}"
            while True:
                page = feed.get(path).json()
                got += page["results"]
                path = page["next"][len(feed.base):]
                if not page["more"]:
                    break
            assert got == [i for i in every if wanted(i["type"])], query
    assert feed.get(f"{PATH}?kind=follow&since=c0.0").json()["next"].startswith(f"{feed.base}{PATH}?kind=follow&since=c")


@pytest.mark.parametrize("query,parameter", [
    ("since=yesterday", "since"), ("since=c", "since"), ("since=c1", "since"), ("since=c-1.0", "since"),
    ("since=c1.-1", "since"), ("since=c1.0.0", "since"), ("since=c99999999999999999999.0", "since"), ("since=12", "since"),
    ("since=c1.99999999999", "since"), ("since=2026-02-30", "since"), ("since=c1.0'%20or%201=1", "since"),
    ("type=follow", "type"), ("type=follow.new,x", "type"), ("type=developer.erased", "type"), ("kind=job", "kind"),
    ("kind=follow.", "kind")])
def test_bad_parameters_are_named(api, query, parameter):
    answer = api.get(f"{PATH}?{query}")
    assert answer.status == 400 and list(answer.json()) == [parameter], answer.text


def test_who_may_read(api):
    assert api.get(PATH, auth=False).status == 401
    from server import basic
    assert api.get(PATH, auth=basic("bob", "readonly")).status == 200
    assert api.request("POST", PATH).status == 405


@pytest.mark.parametrize("cursor", ["c1000.0", "c3.0", "c2.5", "c2.0.1", "c1.1.1700000000000000"])
def test_a_cursor_of_another_log_is_gone(feed, cursor):
    """After an older dump was restored a consumer may be ahead, or its number may stand for another row."""
    feed.sql(follow(1, 2))
    if cursor == "c2.5":  # the position after the end: nothing has been written there yet
        assert feed.get(f"{PATH}?since={cursor}").json()["results"] == []
        return
    got = feed.get(f"{PATH}?since={cursor}")
    assert got.status == 410 and "since=DATE" in got.json()["detail"]


def test_a_cursor_outlives_no_restore(feed):
    """The rows behind a cursor are lost with a restore and others take their numbers."""
    for n in range(1, 6):
        feed.sql(follow(n, n + 1))
    cursors = [feed.get(f"{PATH}?page_size={n}").json()["cursor"] for n in range(1, 6)]
    feed.sql("delete from changes where id > 3; select setval(pg_get_serial_sequence('changes', 'id'), 3)")
    status = [feed.get(f"{PATH}?since={c}").status for c in cursors]
    assert status[:3] == [200, 200, 200] and status[4] == 410
    for n in range(11, 20):
        feed.sql(follow(n, n + 1))
    assert [feed.get(f"{PATH}?since={c}").status for c in cursors] == [200, 200, 200, 410, 410]


# ---- since a time ----

def test_since_a_time(feed):
    for n in range(1, 6):
        feed.sql(follow(n, n + 1))
        feed.sql(f"update changes set at = '2026-03-0{n} 12:00:00Z' where id = {n}")

    def first(since):
        return [int(i["developer_github_id"]) for i in feed.get(f"{PATH}?since={since}").json()["results"]]
    assert first("2026-03-01") == first("2020-01-01") == first("c0.0") == [1, 2, 3, 4, 5]
    assert first("2026-03-02") == first("2026-03-02T12:00:00Z") == [2, 3, 4, 5]
    assert first("2026-03-02T12:00:00.001Z") == [3, 4, 5]
    assert first("2026-03-05T13:00:00%2B01:00") == [5]
    for future in ("2026-03-05T12:00:01Z", "2036-01-01"):
        page = feed.get(f"{PATH}?since={future}").json()
        assert page["results"] == [] and not page["more"]
        feed.sql(follow(9, 9))
        assert len(feed.get(f"{PATH}?since={page['cursor']}").json()["results"]) == 1
        feed.sql(unfollow(9, 9))
        feed.sql("delete from changes where id > 5")


def test_since_a_time_includes_transactions_that_began_later_and_wrote_earlier(feed):
    slow, fast = feed.connect(), feed.connect()
    slow.cursor().execute("select now()")  # begins first
    time.sleep(0.05)
    fast.cursor().execute(follow(1, 2))
    fast.commit()
    slow.cursor().execute(follow(3, 4))
    slow.commit()
    feed.sql("select at from changes order by id")
    (later,), (earlier,) = feed.cursor.fetchall()
    assert earlier < later
    utc = earlier.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert len(feed.get(f"{PATH}?since={utc}").json()["results"]) == 2


# ---- commits in any order ----

def test_no_change_is_shown_beyond_an_open_transaction(feed):
    consumer = Consumer(feed)
    slow, fast = feed.connect(), feed.connect()
    slow.cursor().execute(follow(1, 2))
    fast.cursor().execute(follow(3, 4))
    fast.commit()
    assert not consumer.poll() and consumer.items == []
    slow.commit()
    consumer.catch_up()
    assert consumer.model["follow"] == {(1, 2), (3, 4)}
    assert [i["developer_github_id"] for i in consumer.items] == ["1", "3"]  # as they were written


def test_a_transaction_that_wrote_elsewhere_delays_nothing(feed):
    """An open transaction that wrote elsewhere, and one that will write here later."""
    consumer = Consumer(feed)
    elsewhere, later = feed.connect(), feed.connect()
    elsewhere.cursor().execute("insert into jobs (kind, key) values ('noop', 'x')")
    later.cursor().execute("insert into jobs (kind, key) values ('noop', 'y')")
    feed.sql(follow(1, 2))
    consumer.catch_up()
    assert consumer.model["follow"] == {(1, 2)}
    later.cursor().execute(follow(3, 4))
    feed.sql(follow(5, 6))
    consumer.catch_up()
    assert consumer.model["follow"] == {(1, 2)}
    later.commit()
    assert consumer.catch_up().model["follow"] == {(1, 2), (3, 4), (5, 6)}


def test_rollbacks_leave_no_trace(feed):
    consumer = Consumer(feed)
    c = feed.connect()
    sql = c.cursor().execute
    sql(follow(1, 2))
    c.rollback()
    sql("savepoint a")
    sql(follow(3, 4))
    sql("rollback to a")
    feed.sql(follow(5, 6))  # the lock of 3, 4 ended with it, and is taken again below
    consumer.catch_up()
    assert consumer.model["follow"] == {(5, 6)}
    sql(follow(7, 8))
    feed.sql(follow(9, 10))
    consumer.catch_up()
    assert consumer.model["follow"] == {(5, 6)}
    c.commit()
    assert consumer.catch_up().model["follow"] == {(5, 6), (7, 8), (9, 10)}


def test_a_writer_may_not_idle_for_ever(feed):
    for before, after in (("0", "1min"), ("1h", "1min"), ("5s", "5s"), ("1min", "1min")):
        c = feed.connect()
        cursor = c.cursor()
        cursor.execute(f"set idle_in_transaction_session_timeout = '{before}'")
        c.commit()
        cursor.execute(follow(hash(before) % 1000, 2000))
        cursor.execute("show idle_in_transaction_session_timeout")
        assert cursor.fetchone()[0] == after
        c.rollback()
        cursor.execute("show idle_in_transaction_session_timeout")
        assert cursor.fetchone()[0] == before


class Writer:
    """A session that does something at every step: changes the tables, commits, rolls back."""

    def __init__(self, feed, number, rng):
        self.rng, self.number = rng, number
        self.c = feed.connect()
        self.sql = self.c.cursor().execute
        self.n = 0

    def step(self):
        move = self.rng.random()
        if move < 0.25:
            self.c.commit()
        elif move < 0.32:
            self.c.rollback()
        else:
            # Its own ids: writers never wait for one another's rows.
            a, b = self.number * 100 + self.rng.randrange(6), self.number * 100 + 50 + self.rng.randrange(6)
            self.rng.choice([
                lambda: self.sql(follow(a, b) + " on conflict do nothing"),
                lambda: self.sql(unfollow(a, b)),
                lambda: self.sql(f"insert into stars values ({a}, {b}, now(), now()) on conflict (developer_github_id, "
                                 "repository_github_id) do update set starred_at = excluded.starred_at"),
                lambda: self.sql(f"delete from stars where developer_github_id = {a}"),
                lambda: self.sql(f"insert into developers (github_id, login, first_seen_at) select g, 'x', now() from "
                                 f"generate_series({a}, {a} + 2) g on conflict (github_id) do update "
                                 "set gone_at = case when developers.gone_at is null then now() end"),
            ])()


def naive(cursor, after):
    """What a reader who trusts the order of ids would take."""
    cursor.execute("select id from changes where id > %s and ids is not null order by id", (after,))
    return [i for i, in cursor.fetchall()]


@pytest.mark.parametrize("seed", range(4))
def test_commits_in_any_order(feed, seed):
    rng = random.Random(seed)
    writers = [Writer(feed, n, rng) for n in range(1, 9)]
    consumer, trusting, last = Consumer(feed), [], 0
    for n in range(600):
        rng.choice(writers).step()
        if n % 3 == 0:
            consumer.poll(rng.choice([1, 5, 1000]))
            got = naive(feed.cursor, last)
            trusting += got
            last = got[-1] if got else last
    for w in writers:
        w.c.commit()
    consumer.catch_up()
    assert consumer.model == tables(feed.cursor)
    assert consumer.items == Consumer(feed).catch_up().items
    # The schedule is hard enough to tell: a reader without the horizon misses rows in it.
    assert set(trusting) < set(naive(feed.cursor, 0))


def test_writers_at_full_speed(feed):
    """Threads instead of a schedule: whatever order the server makes of it."""
    enough, until, failures = threading.Event(), time.monotonic() + 120, []

    def work(number):
        rng = random.Random(number)
        writer = Writer(feed, number, rng)
        try:
            while not enough.is_set() and time.monotonic() < until:
                writer.step()
                if rng.random() < 0.05:
                    time.sleep(rng.random() * 0.05)
            writer.c.commit()
        except Exception as e:
            failures.append(e)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    consumers = [Consumer(feed), Consumer(feed)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        consumers[0].poll()
        consumers[1].poll(17)
        if len(consumers[0].items) > 1500 and len(consumers[1].items) > 500:
            enough.set()
    for t in threads:
        t.join()
    assert not failures
    for c in consumers:
        assert c.catch_up().model == tables(feed.cursor)
    assert consumers[0].items == consumers[1].items and len(consumers[0].items) > 1000


def test_a_rebuilt_log_equals_the_tables(feed):
    """For a database from before the log, and after filling the tables with the triggers off."""
    feed.sql("set session_replication_role = replica")
    feed.sql(graph.sql())
    feed.sql("insert into follow_history select 1, n, now() - interval '3 days', now(), now() from generate_series(70, 80) n")
    feed.sql("insert into follow_history select 1, n, now() - interval '9 days', now() - interval '5 days', "
             "now() - interval '4 days' from generate_series(70, 80) n")
    feed.sql("insert into star_history select 1, n, null, now() - interval '3 days', now(), now() from "
             "generate_series(9070, 9080) n")
    feed.sql("set session_replication_role = origin")
    feed.sql("select gitomatic_changes_rebuild()")
    consumer = Consumer(feed).catch_up(101)
    assert consumer.model == tables(feed.cursor)
    closed = collections.Counter(i["type"] for i in consumer.items)
    assert closed["follow.closed"] == 22 and closed["star.closed"] == 11
    at = [i["at"] for i in consumer.items]
    assert at == sorted(at)


def test_the_cursor_of_an_empty_page_is_a_position(feed):
    empty = feed.get(f"{PATH}?before=end&type=star.closed&kind=developer").json()
    assert empty["results"] == []
    assert feed.get(f"{PATH}?since={empty['cursor']}").status == 200 == feed.get(f"{PATH}?before={empty['cursor']}").status
