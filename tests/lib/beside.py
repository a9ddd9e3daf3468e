"""Tests of one file that mostly wait, run side by side. Each still passes or fails under its own name.

    @side_by_side
    @pytest.mark.parametrize("status", [404, 410])
    def test_it_goes_on(stack, status):
        s = stack(...)

Such a test asks for `lab`, `sim`, `stack`, for parameters and for fixtures of its file that ask for such, and gets a lab of its
own. All that are selected in a file begin with the first one that is due, AT_ONCE of them at a time."""
import concurrent.futures
import contextlib
import inspect

import lab_fixtures
from crawl import credential_settings

AT_ONCE = 8
OF_A_LAB = {"lab": lambda lab: lab, "sim": lambda lab: lab.sim, "stack": lambda lab: lab.stack}
OF_A_PARAMETER = {"credential": credential_settings}  # what the fixture of that name makes of it
runs = {}  # node id → what becomes of it


def _names(function):
    return list(inspect.signature(function).parameters)


def _fixture(scenario, name):
    """The function of the fixture of that name in the test's file or in lab_fixtures: pytest wraps it."""
    return getattr(scenario.__globals__.get(name) or getattr(lab_fixtures, name, None), "__wrapped__", None)


def _parameters(scenario, function):
    for name in _names(function):
        if name not in OF_A_LAB:
            made = _fixture(scenario, name)
            yield from _parameters(scenario, made) if made else (name,)


def _call(scenario, function, lab, given, ends):
    return function(**{name: _value(scenario, name, lab, given, ends) for name in _names(function)})


def _value(scenario, name, lab, given, ends):
    if name in OF_A_LAB:
        return OF_A_LAB[name](lab)
    if name not in given:
        made = _fixture(scenario, name)
        enter = contextlib.contextmanager(made) if inspect.isgeneratorfunction(made) else None
        given[name] = ends.enter_context(_call(scenario, enter, lab, given, ends)) if enter else _call(scenario, made, lab, given, ends)
    return given[name]


def _run(scenario, lab, given):
    try:
        with contextlib.ExitStack() as ends:
            _call(scenario, scenario, lab, given, ends)
    except Exception as error:
        error.args = (f"{error}\n" + "".join(s.logs(800) for s in lab.stacks),)
        raise
    finally:
        lab.close()


def _result(request, new_lab, folders):
    if request.node.nodeid not in runs:
        threads = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        for item in request.session.items:
            scenario = getattr(getattr(item, "function", None), "scenario", None)
            if scenario and item.module is request.module:
                params = item.callspec.params if hasattr(item, "callspec") else {}
                given = {name: OF_A_PARAMETER.get(name, lambda value: value)(value) for name, value in params.items()}
                runs[item.nodeid] = threads.submit(_run, scenario, new_lab(folders.mktemp(scenario.__name__)), given)
        threads.shutdown(wait=False)
    return runs.pop(request.node.nodeid).result()


def side_by_side(scenario):
    def test(request, new_lab, tmp_path_factory, **_):
        _result(request, new_lab, tmp_path_factory)
    asked_for = ["request", "new_lab", "tmp_path_factory", *dict.fromkeys(_parameters(scenario, scenario))]
    test.__signature__ = inspect.Signature([inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in asked_for])
    test.__name__, test.__doc__, test.__module__ = scenario.__name__, scenario.__doc__, scenario.__module__
    test.pytestmark, test.scenario = list(getattr(scenario, "pytestmark", [])), scenario
    return test
