"""What Prometheus' own checker says of /metrics, of the API and of the mirror, with and without a database."""
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import urllib.request

import pytest
import yaml
from database_world import address, answer, get, until, world  # noqa: F401
from tls_front import make_certificate

MONITORING = pathlib.Path(__file__).resolve().parents[2] / "monitoring"

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian's package prometheus) is not installed")


def checked(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def crawled(world):
    """A stack with the schema, a scheduler, and a crawler that has read one profile."""
    s = world(world.pg.url())
    s.run("migrate")
    s.task("full_profile_sync", world.sim.truth()["users"][0]["login"])
    s.start("scheduler")
    s.crawler()
    s.wait_idle()
    return s


@needs_promtool
def test_metrics_are_clean(world):
    s = crawled(world)
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


def series(text):
    """[(name, labels)]"""
    found = re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M)
    assert found
    return [(name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))) for name, labels in found]


def expressions():
    """[(expression, the labels that its texts show)]"""
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        yield rule["expr"], set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"], set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")))


def matches(matcher, labels):
    name, how, value = matcher
    if how == "=":
        return labels.get(name) == value
    assert how == "=~", "another operator is to be understood here first"
    return re.fullmatch(value, labels.get(name, "")) is not None


def not_found(expression, shown, known):
    """What of it no process shows."""
    by = {word for words in re.findall(r"by \(([^)]*)\)", expression) for word in re.split(r"[ ,]+", words) if word}
    selectors = re.findall(r"\b((?:gitomatic_\w+|up\b))(?:\{([^}]*)\})?", expression)
    assert selectors, expression
    joined = re.findall(r"group_left \(\) (\w+)", expression)  # gives no labels to the result
    for name, inside in selectors:
        matchers = re.findall(r'(\w+)(=~|=)"([^"]*)"', inside)
        found = [labels for one, labels in known if one == name and all(matches(m, labels) for m in matchers)]
        if not found:
            yield f"{name}{{{inside}}}"
        for alternative in (value for _, how, value in matchers if how == "=~" and "." not in value for value in value.split("|")):
            if not any(alternative in labels.values() for labels in found):
                yield f"{name}: {alternative}"
        yield from (f"{name}: label {label}" for labels in found[:1] for label in (by | (set() if name in joined else shown)) - set(labels) - {"instance", "job"})


def test_each_rule_and_panel_finds_its_series(world, tmp_path):
    """With their labels, and the labels' values: an expression that finds nothing is silent for ever, and looks healthy."""
    s = crawled(world)
    until(lambda: s.one("select count(*) from workers where (info -> 'outcomes' ->> 'fresh')::int > 0"), "the crawler's counts")
    make_certificate(tmp_path)
    api = s.start("api", DATABASE_READ_URL=world.pg.url(), TLS_CERT_FILE=tmp_path / "cert.pem", TLS_KEY_FILE=tmp_path / "key.pem")
    mirror = address(s.start("mirror", MIRROR_LISTEN="127.0.0.1:0"))
    at = until(lambda: re.search(r"listening url=\"?(https://127\.0\.0\.1:\d+)", api.log()), "the address")[1]
    trusted = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    for path in ("/github/developers/", "/metrics"):
        with urllib.request.urlopen(at + path, context=trusted, timeout=60) as got:
            text = got.read().decode()
    assert get(mirror, "/users/ada") == 200
    known = series(text) + series(answer(mirror, "/metrics")[1]) + [("up", {"job": "gitomatic"}), ("up", {"job": "gitomatic-mirror"})]
    missing = {text for expression, shown in expressions() for text in not_found(expression, shown, known)}
    assert missing == set()


def test_what_is_not_there_would_be_found():
    known = [("gitomatic_a", {"kind": "x"})]
    assert list(not_found('gitomatic_b > 0', set(), known)) == ["gitomatic_b{}"]
    assert list(not_found('gitomatic_a{kind="y"} == 0', set(), known)) == ['gitomatic_a{kind="y"}']
    assert list(not_found('gitomatic_a{kind=~"x|z"} == 0', set(), known)) == ["gitomatic_a: z"]
    assert list(not_found('max by (state) (gitomatic_a)', set(), known)) == ["gitomatic_a: label state"]
    assert list(not_found('gitomatic_a', {"credential"}, known)) == ["gitomatic_a: label credential"]
    joined = [*known, ("gitomatic_c", {"credential": "t"})]
    assert list(not_found('gitomatic_c <= bool on (instance) group_left () gitomatic_a', {"credential"}, joined)) == []
    assert list(not_found('gitomatic_a <= bool on (instance) group_left () gitomatic_c', {"credential"}, joined)) == ["gitomatic_a: label credential"]
    assert list(not_found('max by (kind) (gitomatic_a{kind="x"})', {"kind", "instance"}, known)) == []
