import itertools
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from pg import Postgres  # noqa: E402
from sim import BUILD, SHARED, Sim, recorded_data  # noqa: E402
from stack import Stack  # noqa: E402

TOKEN = "e2e-token"


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", default=False, help="also run the longer variants")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: longer variants; run with --slow")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow", default=False):
        return
    slow = [i for i in items if i.path.is_relative_to(HERE) and i.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [i for i in items if i not in slow]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    stacks = getattr(item, "e2e_stacks", [])
    if report.when == "call" and report.failed and stacks:
        for s in stacks:
            report.sections.append(("processes", f"kept in {s.folder}\n{s.logs()}"))


@pytest.fixture(scope="session")
def cluster():
    """One server for all tests, and a database with the schema to copy."""
    assert (BUILD / "gitomatic").exists(), f"{BUILD}/gitomatic is not built; GITOMATIC_BUILD says where to look"
    with Postgres(settings=["synchronous_commit=on"]) as pg:
        pg.psql("create database template_e2e", "postgres")
        Stack(pg.url("template_e2e"), "http://127.0.0.1:9", pg.folder.replace("/data", "")).run("migrate")
        yield pg


numbers = itertools.count(1)


@pytest.fixture
def database(cluster):
    """A function that makes a database with the schema and tells its URL."""
    made = []

    def make():
        name = f"e2e_{next(numbers)}"
        cluster.psql(f"create database {name} template template_e2e", "postgres")
        made.append(name)
        return cluster.url(name)

    yield make
    for name in made:
        cluster.psql(f"drop database if exists {name} with (force)", "postgres")


@pytest.fixture
def stack(request, database, tmp_path):
    """stack(github_url, **settings): processes on a database of their own. All must leave with 0 on SIGTERM."""
    request.node.e2e_stacks = made = []

    def make(github_url, url=None, **env):
        folder = tmp_path / f"stack-{len(made) + 1}"
        folder.mkdir()
        made.append(Stack(url or database(), github_url, folder, **env))
        return made[-1]

    yield make
    try:
        for s in made:
            s.stop()
    finally:
        for s in made:
            s.end()


@pytest.fixture
def sim(tmp_path):
    """sim(world, *options): a simulator of the recorded or the made-up world."""
    made = []

    def make(world, *options):
        if world == "recorded":
            if not recorded_data():
                pytest.skip(f"no recorded data at {SHARED}; GITOMATIC_SHARED_DATA says where it is")
            options = ("--data", SHARED, *options)
        folder = tmp_path / f"sim-{len(made) + 1}"
        folder.mkdir()
        made.append(Sim(folder, *options))
        return made[-1]

    yield make
    codes = [s.stop() for s in made]
    assert codes == [0] * len(made), f"exit codes of simulators: {codes}"


@pytest.fixture(params=["recorded", "synthetic"])
def world(request):
    return request.param


@pytest.fixture(params=["token", "anonymous"])
def credential(request):
    """The settings of crawlers: GraphQL hydrates with a token, REST without."""
    return {"GITHUB_TOKEN": TOKEN} if request.param == "token" else {}
