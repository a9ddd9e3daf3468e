"""Documentation held against code and database."""
import pathlib
import subprocess
import sys

import psycopg2
import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import doc_tree as tree  # noqa: E402
from pg import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    with Postgres() as pg:
        yield pg


@pytest.fixture(scope="session")
def url(cluster):
    """A database with the program's schema and the little world of world.sql."""
    subprocess.run([tree.GITOMATIC, "migrate"], check=True, env={"DATABASE_URL": cluster.url()}, cwd="/",
                   stdout=subprocess.DEVNULL)
    cluster.psql((REPO / "tests" / "docs" / "world.sql").read_text())
    return cluster.url()


@pytest.fixture
def sql(url):
    """A cursor whose doings are rolled back."""
    connection = psycopg2.connect(url)
    yield connection.cursor()
    connection.rollback()
    connection.close()
