"""GET /github/changes/ with Accept: text/event-stream: each change once and in order, across lost streams and killed servers."""
import re
import socket
import threading
import time

import psycopg2
import pytest
from event_client import EventClient
from server import until

PATH = "/github/changes/"


def follow(a, b):
    return f"insert into follows (follower_github_id, followed_github_id, first_seen_at) values ({a}, {b}, now())"


@pytest.fixture(scope="module")
def feed(pg, new_api, tmp_path_factory):
    server = new_api("events")
    server.pg = pg
    server.start(tmp_path_factory.mktemp("events") / "log")
    server.connection = psycopg2.connect(pg.url("events"))
    server.connection.autocommit = True
    server.sql = server.connection.cursor().execute
    server.clients = []

    def listen(path=PATH, last_id=None, headers=None, status=200):
        """Closed when the test ends. status None: any."""
        client = EventClient(server.base, path, {"Authorization": server.auth} if headers is None else headers, last_id)
        server.clients.append(client)
        assert status in (None, client.status)
        return client
    server.listen = listen
    yield server
    server.connection.close()
    assert server.stop() == 0, server.log()[-3000:]
    assert "AddressSanitizer" not in server.log() and "runtime error" not in server.log()


@pytest.fixture(autouse=True)
def no_stream_outlives_its_test(request):
    yield
    if "feed" in request.fixturenames:
        clients = request.getfixturevalue("feed").clients
        while clients:
            clients.pop().close()


def n_streams(feed):
    """How many the server has open: it notices a peer that went by the second ping."""
    return int(re.search(r"^gitomatic_event_streams (\d+)$", feed.get("/metrics").text, re.M).group(1))


def all_items(feed, query=""):
    """What the feed says as JSON."""
    out, path = [], PATH + query
    while True:
        page = feed.get(path).json()
        out += page["results"]
        if not page["more"]:
            return out, page["cursor"]
        path = page["next"][len(feed.base):]


def test_past_and_future_changes(feed):
    feed.sql(follow(1, 2))
    client = feed.listen()
    until(lambda: len(client.events) >= 1)
    feed.sql(follow(2, 3))
    until(lambda: len(client.events) >= len(all_items(feed)[0]))
    assert client.items() == all_items(feed)[0]
    assert client.retry == "1000" and [e for _, e, _ in client.events] == [i["type"] for i in client.items()]
    assert client.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert client.response.headers["Cache-Control"] == "no-store"


def test_a_stream_begins_at_the_given_position(feed):
    _, cursor = all_items(feed)
    client, after = feed.listen(f"{PATH}?since={cursor}"), feed.listen(f"{PATH}?since=2001-01-01", last_id=cursor)
    feed.sql(follow(30, 31))
    for one in (client, after):
        until(lambda: one.events)
        assert [i["developer_github_id"] for i in one.items()] == ["30"]


def test_a_stream_resumes_after_any_event_id(feed):
    feed.sql("insert into follows (follower_github_id, followed_github_id, first_seen_at) select 40, i, now() from generate_series(41, 60) i")
    want, _ = all_items(feed)
    client = feed.listen()
    until(lambda: len(client.events) >= len(want))
    for i in (0, len(want) // 2, len(want) - 2):
        again = feed.listen(last_id=client.events[i][0])
        until(lambda: len(again.events) >= len(want) - i - 1)
        assert again.items() == want[i + 1:]
        page = feed.get(f"{PATH}?since={client.events[i][0]}&page_size=1000").json()
        assert page["results"] == want[i + 1:]


def test_types_are_chosen_as_in_json(feed):
    query = "?kind=follow&type=follow.closed"
    client = feed.listen(PATH + query)
    feed.sql("delete from follows where follower_github_id = 40 and followed_github_id < 45")
    until(lambda: len(client.events) >= 4)
    assert client.items() == all_items(feed, query)[0] and {e for _, e, _ in client.events} == {"follow.closed"}


def test_a_reader_that_no_change_matches_can_return_after_their_deletion(feed):
    """Retention deletes the rows behind it: pings move its position on."""
    query = f"{PATH}?type=star.new&since={all_items(feed)[1]}"
    client = feed.listen(query)
    feed.sql("insert into follows (follower_github_id, followed_github_id, first_seen_at) select 970, i, now() from generate_series(971, 975) i")
    _, cursor = all_items(feed)
    until(lambda: client.last_id == cursor)
    assert client.events == []
    feed.sql("delete from changes where id < (select max(id) from changes)")
    again = feed.listen(query, last_id=client.last_id)
    feed.sql("insert into stars (developer_github_id, repository_github_id, first_seen_at) values (970, 101, now())")
    until(lambda: again.events)
    assert [e for _, e, _ in again.events] == ["star.new"]


def test_an_open_transaction_delays_later_changes(feed):
    """As in JSON: in the order of the log, whatever the order of the commits."""
    _, cursor = all_items(feed)
    client = feed.listen(f"{PATH}?since={cursor}")
    slow = psycopg2.connect(feed.pg.url("events"))
    slow.cursor().execute(follow(70, 71))
    feed.sql(follow(72, 73))
    time.sleep(1)
    assert client.events == []
    slow.commit()
    slow.close()
    until(lambda: len(client.events) >= 2)
    assert [i["developer_github_id"] for i in client.items()] == ["70", "72"]


@pytest.mark.parametrize("path,headers,status", [
    (PATH, {}, 401), (PATH + "?since=c99999999.0", None, 410), (PATH + "?since=nonsense", None, 400),
    (PATH + "?type=no.such", None, 400)])
def test_refusals_are_json(path, headers, status, feed):
    client = feed.listen(path, headers=headers, status=status)
    assert client.response.headers["Content-Type"].startswith("application/json")


def test_a_bad_last_event_id_is_refused(feed):
    answer = feed.get(PATH, {"Accept": "text/event-stream", "Last-Event-ID": "nonsense"})
    assert answer.status == 400 and list(answer.json()) == ["Last-Event-ID"], "it is named, and no parameter that was not sent"
    feed.listen(last_id="c99999999.0", status=410)


def test_head_has_the_content_type_of_the_stream(feed):
    answer = feed.request("HEAD", PATH, headers={"Accept": "text/event-stream"})
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")


def test_many_streams_and_one_too_many(feed):
    until(lambda: n_streams(feed) <= 10)
    clients = [feed.listen() for _ in range(90)]
    want = all_items(feed)[0]
    for c in clients:
        until(lambda: len(c.events) >= len(want))
        assert c.items() == want
    more = [feed.listen(status=None) for _ in range(25)]
    assert {c.status for c in more} <= {200, 503} and 503 in {c.status for c in more}
    assert all(c.response.headers["Retry-After"] for c in more if c.status == 503)
    assert n_streams(feed) <= 100 and "gitomatic_event_streams_max 100\n" in feed.get("/metrics").text
    for c in clients + more:
        c.close()
    until(lambda: n_streams(feed) <= 50)  # peers that went are noticed by the second ping, at most
    assert feed.get("/health/").status == 200


def test_a_reader_that_does_not_read_delays_no_other(feed):
    at = feed.base.split("//")[1]
    lazy = socket.create_connection((at.split(":")[0], int(at.split(":")[1])))
    lazy.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {at}\r\nAccept: text/event-stream\r\nAuthorization: {feed.auth}\r\n\r\n".encode())
    assert lazy.recv(12) == b"HTTP/1.1 200"
    client = feed.listen()
    feed.sql("insert into stars select 1, i, now(), now() from generate_series(1, 6000) i")
    want = all_items(feed)[0]
    assert len(want) >= 6000
    until(lambda: len(client.events) >= len(want))
    assert client.items() == want
    lazy.close()


def test_an_idle_stream_does_not_read_the_log_again(feed):
    """Neither one that has got all there is nor one of a type that does not come."""
    rare, client = feed.listen(f"{PATH}?type=repository.gone&since=c0.0"), feed.listen()
    until(lambda: len(client.events) >= len(all_items(feed)[0]))

    def scans():
        with feed.connection.cursor() as cursor:
            cursor.execute("select sum(idx_scan) + (select sum(seq_scan) from pg_stat_user_tables where relname = 'changes') "
                           "from pg_stat_user_indexes where relname = 'changes'")
            return cursor.fetchone()[0]

    def is_quiet():
        before = scans()
        time.sleep(2.5)  # sessions report at least every second while they work
        return scans() == before
    until(is_quiet, 30)
    rare.close()
    client.close()


def test_killed_servers_lose_nothing(pg, new_api, tmp_path):
    """Changes continue while the API is killed repeatedly; the client reconnects with its last id."""
    server = new_api("events_killed")
    server.start(tmp_path / "log")
    connection = psycopg2.connect(pg.url("events_killed"))
    connection.autocommit = True
    done = threading.Event()

    def change():
        with connection.cursor() as cursor:
            for i in range(1, 401):
                cursor.execute(follow(i, i + 1))
                time.sleep(0.01)
        done.set()
    writer = threading.Thread(target=change)
    writer.start()
    client = EventClient(server.base, PATH, {"Authorization": server.auth})
    for _ in range(3):
        n = len(client.events)
        until(lambda: len(client.events) > n + 10 or done.is_set())
        server.process.kill()
        server.process.wait()
        client.thread.join(20)
        server.start(tmp_path / "log")
        client.base = server.base
        client.open()
    writer.join()
    until(lambda: len(client.events) >= 400, 60)
    assert [i["developer_github_id"] for i in client.items()] == [str(i) for i in range(1, 401)]
    client.close()
    connection.close()
    assert server.stop() == 0


def test_streams_end_when_the_log_has_become_another_one(pg, new_api, tmp_path):
    """An older dump was restored below them: their readers learn it at once (410), instead of waiting for numbers that come again."""
    server = new_api("events_restored")
    server.start(tmp_path / "log")
    for n in range(1, 6):
        pg.psql(follow(n, n + 1), "events_restored")
    cursor = server.get(PATH).json()["cursor"]
    read, waiting, early = (EventClient(server.base, PATH + query, {"Authorization": server.auth}) for query in ("", f"?since={cursor}", "?type=star.new"))
    until(lambda: len(read.events) == 5 and early.last_id == cursor)  # a ping moves the position of the one without an event
    pg.psql("delete from changes where id > 2; select setval(pg_get_serial_sequence('changes', 'id'), 2)", "events_restored")
    until(lambda: read.ended and waiting.ended and early.ended)
    for client in (read, waiting, early):
        client.open()
        assert client.status == 410
    assert server.stop() == 0


def test_the_server_stops_with_streams_open(new_api, tmp_path):
    server = new_api("events_stop")
    server.start(tmp_path / "log")
    clients = [EventClient(server.base, PATH, {"Authorization": server.auth}) for _ in range(5)]
    assert server.stop() == 0
    until(lambda: all(c.ended for c in clients))
