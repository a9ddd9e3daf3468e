"""bench/data: the numbers it takes, the room it asks for, and the edges its generator makes."""
import os
import pathlib
import subprocess

import pytest
from sim import BUILD

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"


def run(*arguments):
    return subprocess.run([str(BENCH / "data"), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)


@pytest.mark.parametrize("follows, shown", [("1000000000000k", "1000000000000k"), ("100m", "100m"), ("0", "0"), ("1.5M", "1.5M"), ("-5", "-5")])
def test_what_is_no_number_is_refused(tmp_path, follows, shown):
    done = run(tmp_path / "world", f"--follows={follows}")
    assert done.returncode == 2 and f"'{shown}': expected a whole number above 0, such as 250000, 250k or 100M" in done.stderr
    assert not (tmp_path / "world").exists()


def test_a_world_without_room_on_the_disk_is_not_begun(tmp_path):
    there = os.statvfs(tmp_path)
    edges = there.f_bavail * there.f_frsize // 130 // 1_000_000_000 + 1  # more than fit, in thousand millions
    done = run(tmp_path / "deep" / "world", "--follows", f"{edges}G", "--stars", "1k")
    assert done.returncode == 1
    assert "GB while it is filled" in done.stderr and "GB are free: free some, give a folder on a larger disk, or ask for fewer" in done.stderr
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("developers, edges", [(40, 1), (40, 900), (3000, 200_000), (70_000, 150_000)])
def test_edges_are_sorted_and_each_is_there_once(developers, edges):
    """With few developers most of what is drawn was drawn before, so it takes several rounds."""
    for table in ("follows", "stars"):
        done = subprocess.run([str(BUILD / "gitomatic-bench-data"), table, str(developers), str(developers), str(edges), str(edges), "1", "1796000000"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0
        pairs = [tuple(map(int, line.split("\t")[:2])) for line in done.stdout.splitlines()]
        assert len(pairs) == edges and all(a < b for a, b in zip(pairs, pairs[1:]))
        assert table == "stars" or all(follower != followed for follower, followed in pairs)
