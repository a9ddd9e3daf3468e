"""Starts simulators for tests."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from simulator_process import REPO, Sim  # noqa: E402

SHARED = pathlib.Path(os.environ.get("GITOMATIC_SHARED_DATA", REPO.parent / "shared" / "data"))


@pytest.fixture
def simulator():
    """A function that starts one; all are stopped at the end and must have stopped cleanly."""
    running = []

    def start(*options):
        sim = Sim(*options)
        running.append(sim)
        return sim

    yield start
    assert [sim.stop() for sim in running] == [0] * len(running)


@pytest.fixture(scope="module")
def world():
    """One simulator for tests that change nothing: open stargazers, no quota to speak of."""
    sim = Sim("--control", "--stargazers", "open", "--limit", 1000000, "--anonymous-limit", 1000000)
    yield sim
    assert sim.stop() == 0


@pytest.fixture(scope="session")
def shared_data():
    if not (SHARED / "users.jsonl.gz").exists():
        pytest.skip(f"no recorded data at {SHARED}; GITOMATIC_SHARED_DATA says where it is")
    return SHARED
