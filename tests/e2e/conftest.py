import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from crawl import credential_settings  # noqa: E402
from lab_fixtures import cluster, lab, new_lab, pytest_runtest_makereport, sim, stack  # noqa: E402, F401


@pytest.fixture(params=["recorded", "synthetic"])
def world(request):
    return request.param


@pytest.fixture(params=["token", "anonymous"])
def credential(request):
    """The settings of crawlers: GraphQL hydrates with a token, REST without."""
    return credential_settings(request.param)
