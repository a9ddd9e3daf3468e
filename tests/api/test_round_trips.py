"""The statements of a page go out in one round trip, and a connection is unchanged after a part of it fails."""
import os
import subprocess

from server import BUILD


def test_statements_together(new_api, pg):
    new_api("together")
    done = subprocess.run([os.path.join(BUILD, "gitomatic-db-test"), pg.url("together")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
