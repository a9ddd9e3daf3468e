"""What all folders of tests share: the option --slow."""


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", default=False, help="also run the longer variants")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
