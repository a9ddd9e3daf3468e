"""The recipe of docs/operations.md for pgBackRest: a backup, what came after it, a mistake, and the database as it was before that."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest
from pg import Postgres
from sim import Sim
from stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("pgbackrest"), reason="pgbackrest is not installed")]


def as_postgres(*command, **more):
    command = ["runuser", "-u", "postgres", "--", *map(str, command)] if os.geteuid() == 0 else list(map(str, command))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
                          timeout=300, **more)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def place():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-pitr-"))
    folder.chmod(0o755)
    for name in ("repo", "log", "spool", "lock"):
        (folder / name).mkdir()
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "postgres")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_database_as_it_was_before_a_mistake(place, tmp_path):
    conf = place / "pgbackrest.conf"
    backrest = ["pgbackrest", f"--config={conf}", "--stanza=gitomatic"]
    with Postgres(settings=["archive_mode=on", f"archive_command={' '.join(backrest)} archive-push %p".replace(" ", "\\ ")]) as pg:
        conf.write_text(f"[global]\nrepo1-path={place}/repo\nlog-path={place}/log\nlock-path={place}/lock\nspool-path={place}/spool\n"
                        f"start-fast=y\n[gitomatic]\npg1-path={pg.data}\npg1-socket-path={pg.folder}\npg1-user=postgres\n")
        sim = Sim(tmp_path, "--users", "20", "--limit", "100000")
        s = Stack(pg.url(), sim.url, tmp_path, GITHUB_TOKEN="a-token-of-tests", GITOMATIC_CONF="/dev/null", DISCOVERY_SCHEDULE="off")
        try:
            s.run("migrate")
            as_postgres(*backrest, "stanza-create")
            as_postgres(*backrest, "backup", "--type=full")
            crawler = s.crawler()
            for user in sim.truth()["users"]:
                s.task("full_profile_sync", user["login"])
            s.wait_idle()
            crawler.stop()
            want = s.rows("select id, login, synced_at from developers order by id")
            moment = s.one("select clock_timestamp()::text")
            time.sleep(1.1)  # whole seconds apart
            s.rows("delete from follows")
            s.rows("update developers set synced_at = null")
            pg.psql("select pg_switch_wal()")
            s.connection.close()
            s.connection = None
            pg.stop()
            as_postgres(*backrest, "restore", "--delta", "--type=time", f"--target={moment}", "--target-action=promote")
            pg.start()
            s.wait_until(lambda: not s.one("select pg_is_in_recovery()"), 60, "the promotion")
            assert s.rows("select id, login, synced_at from developers order by id") == want
            assert s.one("select count(*) from follows") > 0
            s.crawler()  # continues with the restored queue
            s.task("full_profile_sync", sim.truth()["users"][0]["login"])
            s.wait_idle()
            s.check_queue()
            s.stop()
        finally:
            s.end()
            sim.stop()
