"""What all folders of tests share: the option --slow, and the order of files."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent

# With several workers a file is one worker's from its first test to its last. These take longest: begun last, they would leave the
# other workers with nothing to do.
LONGEST = """
    cli/test_cli_up.py e2e/test_crash.py cli/test_cli_notices.py web/test_browser.py cli/test_cli_upgrade_cluster.py
    engine/test_database_hangs.py cli/test_cli_terminal.py engine/test_restore.py cli/test_cli_demo.py cli/test_cli_commands.py
    cli/test_cli_doctor.py engine/test_restore_elsewhere.py api/test_webhooks.py engine/test_silent_commands.py
    e2e/test_faults.py e2e/test_countdown_crawler.py e2e/test_countdown_api.py e2e/test_countdown_mirror.py
    engine/test_pooled_failover.py engine/test_silent_servers.py engine/test_silent_statements.py
""".split()


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", default=False, help="also run the longer variants")


def pytest_collection_modifyitems(config, items):
    ranks = {HERE / name: rank for rank, name in enumerate(LONGEST)}
    gone = [str(path) for path in ranks if not path.exists()]
    assert not gone, f"tests/conftest.py, LONGEST: no such file: {', '.join(gone)}; name the file's new place or leave it out"
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_unconfigure():
    """A worker ends without what Python does at its exit."""
    if "pg" in sys.modules:
        sys.modules["pg"].forget()
