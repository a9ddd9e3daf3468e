"""Fixtures of the folders whose tests run processes: a cluster for the session, a lab for each test, processes' logs in reports.

A conftest imports those it wants."""
import pytest
from lab import Lab
from pg import Postgres
from sim import BUILD
from stack import Stack


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


@pytest.fixture
def s(stack, github):
    """A stack with a crawler of the module's `github`, which hydrates over REST."""
    made = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    made.crawler()
    return made
