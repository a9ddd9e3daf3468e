"""What Prometheus' own checker says of /metrics, of the API and of the mirror, with and without a database."""
import shutil
import subprocess

import pytest
from database_world import address, answer, get, until, world  # noqa: F401

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian's package prometheus) is not installed")


def checked(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


@needs_promtool
def test_metrics_are_clean(world):
    s = world(world.pg.url())
    s.run("migrate")
    s.task("full_profile_sync", world.sim.truth()["users"][0]["login"])
    s.start("scheduler")
    s.crawler()
    s.wait_idle()
    api, mirror = address(s.start("api", DATABASE_READ_URL=world.pg.url())), address(s.start("mirror", MIRROR_LISTEN="127.0.0.1:0"))
    assert get(api, "/github/developers/") == get(mirror, "/users/ada") == 200
    for at in (api, mirror):
        assert checked(answer(at, "/metrics")[1]) == (0, [])
    world.pg.stop("immediate")
    try:
        until(lambda: "database_up 0" in answer(api, "/metrics")[1], "the truth")
        for at in (api, mirror):
            assert checked(answer(at, "/metrics")[1]) == (0, [])
    finally:
        world.pg.start()
