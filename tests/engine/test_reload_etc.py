"""A file in /etc that may not be read: left out from the start, and refused once its settings count."""
import re
import shutil
import subprocess

import pytest
from database_world import until
from reloading import hup
from stack import BINARY, Process

IN_ETC = ('mount -t tmpfs none "$1" && mkdir "$1/upper" "$1/work" && mount -t overlay none -o '
          '"lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" /etc && mkdir -p /etc/gitomatic && mount --bind "$2" /etc/gitomatic && '
          'exec setpriv --bounding-set -dac_override,-dac_read_search "$3" scheduler')


@pytest.fixture(scope="module")
def shared(new_lab, tmp_path_factory):
    lab = new_lab(tmp_path_factory.mktemp("reload-etc"))
    made = lab.stack("http://127.0.0.1:9", DISCOVERY_SCHEDULE="off")
    del made.env["LOG_LEVEL"]  # the file's counts
    yield made
    lab.close()


@pytest.fixture
def in_etc(shared, tmp_path):
    """A scheduler whose /etc/gitomatic is a folder of the test's, and to which permissions apply."""
    folder, layers = tmp_path / "etc", tmp_path / "layers"
    folder.mkdir()
    layers.mkdir()
    folder.chmod(0o755)
    if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", layers], capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    conf = folder / "gitomatic.conf"

    def start(readable):
        conf.write_text("HEARTBEAT_SCHEDULE=7 3 * * *\n")
        shutil.chown(conf, "nobody")
        conf.chmod(0o644 if readable else 0o600)
        log = tmp_path / "scheduler.log"
        with open(log, "w") as out:
            popen = subprocess.Popen(["unshare", "--mount", "sh", "-c", IN_ETC, "sh", layers, folder, BINARY], stdin=subprocess.DEVNULL,
                                     stdout=out, stderr=out, env=shared.env, cwd=tmp_path)
        shared.processes.append(Process("scheduler", popen, log))
        until(lambda: re.search(r"scheduler\.start", log.read_text()) or popen.poll() is not None, "the start")
        assert popen.poll() is None, log.read_text()
        return shared.processes[-1]
    start.conf = conf
    return start


def test_a_file_that_may_not_be_read_is_left_out_until_it_may(shared, in_etc):
    def heartbeats():
        return [row[0] for row in shared.rows("select schedule from schedule_entries where kind = 'heart_beat_task'")]
    scheduler = in_etc(readable=False)
    assert "/etc/gitomatic/gitomatic.conf is ignored: you may not read it" in scheduler.log()
    until(lambda: heartbeats() == ["* * * * *"], "the default")
    assert "config.reloaded changed=no" in hup(scheduler)
    in_etc.conf.chmod(0o644)
    assert "config.reloaded changed=yes" in hup(scheduler)
    until(lambda: heartbeats() == ["7 3 * * *"], "what is in the file")
    in_etc.conf.chmod(0o600)
    assert re.search(r"config\.refused .*/etc/gitomatic/gitomatic\.conf: this process may not read it", hup(scheduler))
    assert heartbeats() == ["7 3 * * *"]
    assert scheduler.stop() == 0


def test_a_file_that_may_no_longer_be_read_is_refused(shared, in_etc):
    scheduler = in_etc(readable=True)
    assert "is ignored" not in scheduler.log()
    for _ in range(2):
        in_etc.conf.chmod(0o600)
        assert "config.refused" in hup(scheduler)
        in_etc.conf.chmod(0o644)
        assert "config.reloaded changed=no" in hup(scheduler)
    in_etc.conf.unlink()  # none is as good as an empty one
    assert "config.reloaded changed=yes" in hup(scheduler)
    assert scheduler.stop() == 0
