"""Tests of one file that mostly wait, run side by side. Each still passes or fails under its own name.

    @side_by_side
    def test_it_goes_on(lab):
        s = lab.stack(...)

    @side_by_side({"404": (404, b""), "no json": (200, b"{")})
    def test_it_bears(lab, answer):
        s = lab.stack(...)

Each has a Lab of its own. All that are selected in a file begin with the first one that is due, AT_ONCE of them at a time."""
import concurrent.futures

import pytest
from lab import Lab

AT_ONCE = 8
runs = {}  # node id → what becomes of it


def _run(scenario, cluster, folder, case):
    lab = Lab(cluster, folder)
    try:
        scenario(lab, *case)
    except Exception as error:
        error.args = (f"{error}\n" + "".join(s.logs(800) for s in lab.stacks),)
        raise
    finally:
        lab.close()


def _result(request, cluster, folders):
    if request.node.nodeid not in runs:
        threads = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        for item in request.session.items:
            scenario = getattr(getattr(item, "function", None), "scenario", None)
            if scenario and item.module is request.module:
                case = [item.callspec.params["case"]] if hasattr(item, "callspec") else []
                runs[item.nodeid] = threads.submit(_run, scenario, cluster, folders.mktemp(scenario.__name__), case)
    return runs.pop(request.node.nodeid).result()


def _dressed_as(scenario, test):
    test.__name__, test.__doc__, test.__module__ = scenario.__name__, scenario.__doc__, scenario.__module__
    test.scenario = scenario
    return test


def side_by_side(cases):
    """cases: id → what the test gets as its second argument, or a pytest.param of it with marks; or a test without cases."""
    if callable(cases):
        def test(request, cluster, tmp_path_factory):
            _result(request, cluster, tmp_path_factory)
        return _dressed_as(cases, test)

    def decorate(scenario):
        @pytest.mark.parametrize("case", cases.values(), ids=cases.keys())
        def test(request, cluster, tmp_path_factory, case):
            _result(request, cluster, tmp_path_factory)
        return _dressed_as(scenario, test)
    return decorate
