"""monitoring/: rules and dashboard name figures and labels that exist; promtool, where it is installed, runs the rules' own tests."""
import json
import re
import shutil
import subprocess

import doc_tree as tree
import pytest
import yaml

FOLDER = tree.REPO / "monitoring"
SOURCES = "".join(tree.text(path) for path in tree.files(".c", ".sql") if not path.startswith(("tests/", "bench/", "sim/")))
FIGURES = set(re.findall(r'"(gitomatic_[a-z_]+)"', SOURCES)) | set(re.findall(r"# TYPE (gitomatic_[a-z_]+)", SOURCES))


def rules():
    return yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]


def expressions():
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_figures_exist(expression):
    names = re.findall(r"\bgitomatic_[a-z_]+", expression)
    assert names or "up{" in expression
    for name in names:
        assert name in FIGURES or re.sub(r"_(bucket|sum|count)$", "", name) in FIGURES, name


@pytest.mark.parametrize("expression", expressions())
def test_labels_exist(expression):
    grouped = [word for words in re.findall(r"by \(([^)]*)\)", expression) for word in words.replace(",", " ").split()]
    matched = re.findall(r"[{,]\s*(\w+)=", expression)
    for label in set(grouped + matched) - {"le", "job"}:
        assert re.search(rf'\b{label}(=|\\"|")', SOURCES), label


def test_rules_say_what_to_do():
    for rule in rules():
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith("."), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")


def test_each_rule_fires_and_stays_silent():
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    names = [rule["alert"] for rule in rules()]
    assert sorted(test["name"] for test in tests) == sorted(f"{name} {what}" for name in names for what in ("fires", "stays silent"))


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (package prometheus) is not installed")
@pytest.mark.parametrize("command", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"], ["check", "config", "--syntax-only", "prometheus.yml"]])
def test_promtool(command):
    done = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
