"""The benchmarks' world can be made: loaded into the released tables, brought up to date, and compared with the migrations."""
import pathlib
import sys

import pytest

BENCH = str(pathlib.Path(__file__).resolve().parents[2] / "bench")


@pytest.mark.slow
def test_a_small_world_is_filled_and_checked(cluster):
    sys.path.insert(0, BENCH)
    import world
    cluster.psql("create database bench", "postgres")
    try:
        world.fill(cluster, "bench", world.World(200, 200, 2000, 2000))
    finally:
        cluster.psql("drop database bench with (force)", "postgres")
