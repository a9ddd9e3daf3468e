"""What the engine does beyond one crawl: forgetting people, explaining syncs, discovery that keeps going."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from lab_fixtures import cluster, lab, new_lab, pytest_runtest_makereport, s, sim, stack  # noqa: E402, F401
