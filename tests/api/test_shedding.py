"""A database that does not answer in time: 503 instead of a queue without end."""
import concurrent.futures
import threading
import time

import psycopg2
import pytest
from slowness import Slowness

LIST = "/github/developers/"


@pytest.fixture
def blocked(own):
    """The API, and a lock on the table it reads."""
    own.start(own.tmp / "log")
    assert own.get(LIST).status == 200
    connection = psycopg2.connect(own.pg.url("own"))
    connection.cursor().execute("lock table developers in access exclusive mode")
    own.release = connection.rollback
    yield own
    connection.close()


def test_a_statement_has_its_time(blocked):
    begun = time.time()
    with Slowness() as slow:
        got = blocked.get(LIST, timeout=60)
    took = time.time() - begun
    assert got.status == 503 and got.headers["Retry-After"] == "5" and "too long" in got.json()["detail"]
    assert 4 < took < 5 + 4 * slow.worst
    blocked.release()
    assert blocked.get(LIST).status == 200


def test_nothing_is_read_beyond_the_end(blocked):
    for order in ("login", "-created_at", "followers_count,-name"):
        assert blocked.get(f"{LIST}?ordering={order}&page=1000").status == 404
        assert blocked.get(f"{LIST}?ordering={order}&page=92233720368547758&page_size=100").status == 404


def test_load_is_shed_with_an_answer(blocked):
    def ask(_):
        begun = time.time()
        got = blocked.get(LIST, timeout=60)
        return got.status, got.headers["Retry-After"], time.time() - begun
    healthy, over = [], threading.Event()

    def watch():
        while not over.is_set():
            assert blocked.get("/health/", auth=False, timeout=30).text == "ok"
            healthy.append(True)
            time.sleep(0.1)
    watcher = threading.Thread(target=watch)
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        begun = time.time()
        jobs = [pool.submit(ask, i) for i in range(60)]
        time.sleep(0.5)
        watcher.start()
        got = [j.result() for j in jobs]
        took = time.time() - begun
    over.set()
    watcher.join()
    assert {status for status, _, _ in got} == {503} and all(int(after) > 0 for _, after, _ in got)
    assert took < 60 / 12 * 5  # what they would take at least, if each had its 5 s on one of twelve connections
    assert healthy
    blocked.release()
    assert blocked.get(LIST).status == 200


def test_routes_without_a_database_answer_at_once(blocked):
    """While sixty requests wait for a table that is locked."""
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        jobs = [pool.submit(lambda: blocked.get(LIST, timeout=60).status) for _ in range(60)]
        time.sleep(0.5)
        meanwhile = 0
        for path, want in (("/health/", 200), ("/github/", 200), ("/", 302)) * 20:
            assert blocked.get(path, auth=False, timeout=60).status == want
            if sum(not j.done() for j in jobs) < 20:
                break
            meanwhile += 1
        assert meanwhile >= 12, "answered only when the others were"  # they wait for 5 s at most
        assert {j.result() for j in jobs} == {503}
    blocked.release()
    assert blocked.get(LIST).status == 200
