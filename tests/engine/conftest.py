"""What the engine does beyond one crawl: forgetting people, explaining syncs, discovery that keeps going."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from lab_fixtures import cluster, lab, pytest_runtest_makereport, sim, stack  # noqa: E402, F401


@pytest.fixture
def s(stack, github):  # noqa: F811
    """A stack with a crawler of the module's `github`, which hydrates over REST."""
    made = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    made.crawler()
    return made
