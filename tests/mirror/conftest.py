import concurrent.futures
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from lab_fixtures import cluster, pytest_runtest_makereport  # noqa: E402, F401
from mirror_lab import MirrorLab  # noqa: E402


@pytest.fixture(scope="session")
def new_lab(cluster):
    """Makes the lab of a test, in a folder."""
    return lambda folder: MirrorLab(cluster, folder)


@pytest.fixture
def lab(new_lab, tmp_path):  # noqa: F811
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
