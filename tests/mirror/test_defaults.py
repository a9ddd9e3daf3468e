"""How long a missing page and what can't change are served by default: a minute and an hour. The mirror's clock is moved on
(libfaketime), and the times stored in the database are moved back."""
import glob

import pytest
from counting import Counting, asks

SHA = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
BLOB, COMMIT, MISSING = f"/repos/o/r/git/blobs/{SHA}", f"/repositories/5/commits/{SHA}", "/users/app[bot]"
CLOCK = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")


@pytest.fixture
def world(lab):
    return Counting(lab, {BLOB: {"sha": SHA}, COMMIT: {"sha": SHA}})


@pytest.mark.skipif(not CLOCK, reason="libfaketime is not installed")
@pytest.mark.parametrize("path, seconds", [(MISSING, 60), (BLOB, 3600), (COMMIT, 3600)])
def test_default_lifetimes_as_the_clock_advances(lab, world, tmp_path, path, seconds):
    moved, next_one = tmp_path / "moved", tmp_path / "next"

    def move(s):
        """At once: the library reads the file at every look at the clock, and an empty one would be no move. (It does so in any thread,
        into one buffer: one look may see no move.)"""
        next_one.write_text(f"+{s}")
        next_one.replace(moved)
    move(0)
    mirror = lab.mirror(world, LD_PRELOAD=CLOCK[0], FAKETIME_TIMESTAMP_FILE=str(moved), FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
    first = mirror.get(path, "a")
    move(seconds // 2)
    asked, again = asks(world, mirror, path)
    assert (asked, again.status, again.body, again.label) == (False, first.status, first.body, "ONLINE_HIT")
    move(seconds + 1)
    assert any(asks(world, mirror, path)[0] for _ in range(20))


def test_the_default_hour_by_the_stored_times(lab, world):
    stack = lab.stack(world.url)
    one = lab.mirror(world, stack)
    for path in (BLOB, COMMIT):
        one.get(path, "a")
    for minutes, asked in ((58, False), (61, True)):  # a new process knows only the database
        assert len(stack.rows(f"update mirror_pages set checked_at = now() - interval '{minutes} minutes' returning 1")) == 2
        other = lab.mirror(world, stack)
        assert [asks(world, other, path)[0] for path in (BLOB, COMMIT)] == [asked] * 2, minutes


def test_the_default_minute_by_min_fresh_of_clients(lab, world):
    mirror = lab.mirror(world)
    mirror.get(MISSING, "a")
    assert asks(world, mirror, MISSING, "a", {"Cache-Control": "min-fresh=15"})[0] is False
    assert asks(world, mirror, MISSING, "a", {"Cache-Control": "min-fresh=60"})[0] is True
