import concurrent.futures
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from mirror_lab import MirrorLab  # noqa: E402
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
    with Postgres(settings=["max_connections=200"]) as pg:
        pg.psql("create database template_e2e", "postgres")
        Stack(pg.url("template_e2e"), "http://127.0.0.1:9", pg.folder).run("migrate")
        yield pg


@pytest.fixture(scope="session")
def new_lab(cluster):
    """Makes the lab of a test, in a folder."""
    return lambda folder: MirrorLab(cluster, folder)


@pytest.fixture
def lab(new_lab, tmp_path):
    made = new_lab(tmp_path)
    yield made
    made.close()


@pytest.fixture
def together():
    """Runs calls at once; their results in order."""
    def run(*calls):
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return [f.result() for f in [pool.submit(c) for c in calls]]
    return run


class Shared:
    """A simulator and a mirror for tests that change nothing of the world."""

    def __init__(self, lab):
        self.lab = lab
        self.sim = lab.github("--token", "a=ada", "--token", "b=nobody-of-this-world", "--token", "c", "--token",
                              "ghs_installation", "--stream-assets", "on", "--download-listen", "127.0.0.1:0")
        self.mirror = lab.mirror(self.sim)
        self.truth = self.sim.truth()
        self.repo = next(r for r in self.truth["repos"] if r["size"] and not r["fork"])


@pytest.fixture(scope="module")
def shared(cluster, tmp_path_factory):
    made = MirrorLab(cluster, tmp_path_factory.mktemp("shared"))
    yield Shared(made)
    made.close()
