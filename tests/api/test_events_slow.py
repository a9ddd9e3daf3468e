"""Event streams whose readers are slower than the changes come: with small buffers in the system, as the usual ones hide a slow reader."""
import json
import re
import threading
import time

import psycopg2
import pytest
from event_client import EventClient
from netns import Netns, missing
from server import until

PATH = "/github/changes/"
N = 6000
ROOM, WMEM = 4096, 32768


@pytest.fixture(scope="module")
def network():
    if missing():
        pytest.skip(missing())
    ns = Netns(wmem=WMEM)
    with ns:
        yield ns
    ns.close()


@pytest.fixture(scope="module")
def feed(pg, new_api, network, tmp_path_factory):
    server = new_api("events_slow")
    server.start(tmp_path_factory.mktemp("events-slow") / "log")
    connection = psycopg2.connect(pg.url("events_slow"))
    connection.autocommit = True
    server.sql = connection.cursor().execute
    server.sql("insert into developers (github_id, login, first_seen_at) select i, 'n' || i, now() from generate_series(1, %s) i", (N,))
    # A quarter is of forgotten people: what the server reads at a time is then a little more than what it sends at a time.
    server.sql("update changes set ids = array(select case when place %% 4 > 0 then one else 0 end from unnest(ids) with ordinality as e(one, place))",
               ())
    yield server
    connection.close()
    assert server.stop() == 0, server.log()[-3000:]
    assert "AddressSanitizer" not in server.log() and "runtime error" not in server.log()


def listen(feed, **more):
    return EventClient(feed.base, PATH, {"Authorization": feed.auth}, room=ROOM, **more)


def all_items(feed):
    return [json.loads(line) for line in feed.get(PATH + "?format=ndjson", timeout=60).text.splitlines()]


def n_streams(feed):
    return int(re.search(r"^gitomatic_event_streams (\d+)$", feed.get("/metrics").text, re.M).group(1))


@pytest.mark.parametrize("slowly,pause", [(1000, 0.02), pytest.param(4000, 0.05, marks=pytest.mark.slow)])
def test_a_slow_reader_gets_each_event_once(feed, slowly, pause):
    """It reads more slowly than the server could write, while changes come: what waits for it in the server is never empty."""
    client = listen(feed, after=lambda n: time.sleep(pause) if n < slowly and n % 20 == 0 else None)
    more, end = slowly * 10, time.monotonic() + 120
    while len(client.events) < N * 3 // 4:
        assert not client.ended and time.monotonic() < end, len(client.events)
        more += 1
        feed.sql("insert into stars values (2, %s, now(), now())", (more,))
        time.sleep(0.1)
    want = all_items(feed)
    until(lambda: len(client.events) >= len(want))
    assert client.items() == want
    client.close()


@pytest.mark.slow
def test_a_reader_that_stops_is_disconnected_and_resumes_later(feed):
    """Half a minute without a byte taken ends a stream; the last id leads on."""
    want = all_items(feed)
    go = threading.Event()
    client = listen(feed, after=lambda n: go.wait(200) if n == 50 else None)
    until(lambda: len(client.events) == 50)
    until(lambda: n_streams(feed) == 1)  # those of tests before are noticed by the second ping
    until(lambda: n_streams(feed) == 0, 120)
    go.set()
    until(lambda: client.ended)
    assert 50 <= len(client.events) < len(want), "what was on its way, and no more"
    client.open()
    until(lambda: len(client.events) >= len(want), 120)
    assert client.items() == want
    client.close()
