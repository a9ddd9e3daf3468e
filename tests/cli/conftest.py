import contextlib
import itertools
import pathlib
import sys

import psycopg2
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from gitomatic_cli import Process, Up, make_folder, remove_folder, run  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture
def folder():
    path = make_folder()
    yield path
    remove_folder(path)


@pytest.fixture
def start(folder):
    """Starts processes in the test's folder, and ends those still there."""
    started = []

    def start_one(kind, *args, cwd=folder, **env):
        process = kind(*args, cwd=cwd, **env)
        started.append(process)
        return process

    yield start_one
    for process in reversed(started):
        process.end()


@pytest.fixture(scope="session")
def server():
    """One running `gitomatic up`: its folder is where commands find the embedded database."""
    path = make_folder()
    up = Up(cwd=path)
    up.wait_ready()
    up.folder = path
    yield up
    up.end()
    remove_folder(path)


class Database:
    def __init__(self, url):
        self.url = url
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True

    def rows(self, sql, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, sql, *args):
        return self.rows(sql, *args)[0][0]


@contextlib.contextmanager
def made(server, more=""):
    """A database of its own in the running cluster."""
    name = f"test_{next(numbers)}"
    admin = Database(server.url())
    admin.rows(f"create database {name} {more}")
    database = Database(server.url().replace("/gitomatic?", f"/{name}?"))
    yield database
    database.connection.close()
    admin.rows(f"drop database {name} with (force)")
    admin.connection.close()


@pytest.fixture(scope="session")
def migrated(server):
    """What makes a database a copy of one with the schema, which takes a tenth of the time of the migrations."""
    with made(server) as database:
        result = run("migrate", DATABASE_URL=database.url)
        assert result.returncode == 0, result.stderr
        name = database.one("select current_database()")
        database.connection.close()  # nobody may use what is copied
        yield f"template {name} strategy file_copy"


@pytest.fixture
def empty_database(server):
    """Without any table."""
    with made(server) as database:
        yield database


@pytest.fixture
def database(server, migrated):
    with made(server, migrated) as database:
        yield database


def clear(database):
    """Empties what imports write, so that tests of a module share a database."""
    database.rows("truncate developers, repositories, follows, stars, follow_history, star_history, developer_logins, repository_names,"
                  " developer_counts, repository_counts, frontier, hydration_queue, list_passes, former_ids, import_positions, archive_hours,"
                  " tombstones, changes, jobs")


@pytest.fixture(scope="module")
def module_database(server, migrated):
    with made(server, migrated) as database:
        yield database


@pytest.fixture
def cleared(module_database):
    """The module's database, empty."""
    clear(module_database)
    return module_database
