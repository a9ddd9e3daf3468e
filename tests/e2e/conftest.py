import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from crawl import credential_settings  # noqa: E402
from lab import Lab  # noqa: E402
from pg import Postgres  # noqa: E402
from sim import BUILD  # noqa: E402
from stack import Stack  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    made = getattr(item, "funcargs", {}).get("lab")
    if report.when == "call" and report.failed and made:
        for s in made.stacks:
            report.sections.append(("processes", f"kept in {s.folder}\n{s.logs()}"))


@pytest.fixture(scope="session")
def cluster():
    """One server for all tests, and a database with the schema to copy."""
    assert (BUILD / "gitomatic").exists(), f"{BUILD}/gitomatic is not built; GITOMATIC_BUILD says where to look"
    with Postgres(settings=["synchronous_commit=on", "max_connections=250"]) as pg:
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


@pytest.fixture(params=["recorded", "synthetic"])
def world(request):
    return request.param


@pytest.fixture(params=["token", "anonymous"])
def credential(request):
    """The settings of crawlers: GraphQL hydrates with a token, REST without."""
    return credential_settings(request.param)
