"""What the engine does beyond one crawl: forgetting people, explaining syncs, discovery that keeps going."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from lab import Lab  # noqa: E402
from pg import Postgres  # noqa: E402
from sim import BUILD  # noqa: E402
from stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    """One server for all tests, and a database with the schema to copy."""
    assert (BUILD / "gitomatic").exists(), f"{BUILD}/gitomatic is not built; GITOMATIC_BUILD says where to look"
    with Postgres(settings=["max_connections=250"]) as pg:
        pg.psql("create database template_e2e", "postgres")
        Stack(pg.url("template_e2e"), "http://127.0.0.1:9", pg.folder).run("migrate")
        yield pg


@pytest.fixture(scope="session")
def new_lab(cluster):
    """Makes the lab of a test, in a folder."""
    return lambda folder: Lab(cluster, folder)


@pytest.fixture
def lab(new_lab, tmp_path):
    made = new_lab(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sim(lab):
    return lab.sim


@pytest.fixture
def stack(lab):
    return lab.stack
