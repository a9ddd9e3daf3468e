import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

import graph  # noqa: E402
from pg import Postgres  # noqa: E402
from server import Api, fresh, make_template  # noqa: E402


@pytest.fixture(scope="session")
def pg():
    with Postgres() as cluster:
        make_template(cluster)
        yield cluster


@pytest.fixture(scope="session")
def new_api(pg):
    """name -> an API on a new database of that name, not started."""
    return lambda name: fresh(pg, name)


@pytest.fixture(scope="session")
def api(pg, tmp_path_factory):
    """The API on the graph of graph.py."""
    server = fresh(pg, "graph")
    pg.psql(graph.sql(), "graph")
    server.start(tmp_path_factory.mktemp("api") / "log")
    yield server
    code = server.stop()
    assert code == 0, server.log()[-3000:]
    assert "AddressSanitizer" not in server.log() and "runtime error" not in server.log()


@pytest.fixture(scope="module")
def queue_api(pg, tmp_path_factory):
    """An API for tests of the queue alone, which find it empty each time (`queue`)."""
    server = fresh(pg, "queue")
    server.pg = pg
    server.sql = lambda sql: pg.psql(sql, "queue")
    server.start(tmp_path_factory.mktemp("queue") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


@pytest.fixture
def queue(queue_api):
    queue_api.sql("truncate jobs, hydration_queue restart identity")
    return queue_api


@pytest.fixture
def own(pg, tmp_path):
    """An API on an empty database of its own, for tests that change it; not started."""
    server = fresh(pg, "own")
    server.pg = pg
    server.tmp = tmp_path
    yield server
    if server.process:
        assert server.stop() == 0, server.log()[-3000:]
