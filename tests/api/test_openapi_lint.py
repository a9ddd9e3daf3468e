"""The OpenAPI document as a linter sees it."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[1] / "web"


def test_redocly_finds_nothing_to_complain_about(api, tmp_path):
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if [int(part) for part in version.lstrip("v").split(".")[:2]] < [20, 19]:
        pytest.skip(f"redocly needs node 20.19 or newer, this is {version}")
    redocly = TOOLS / "node_modules" / ".bin" / "redocly"
    if not redocly.exists():
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"],
                              cwd=TOOLS, capture_output=True, text=True)
        if done.returncode:
            pytest.skip("npm ci did not work, is the registry reachable? " + done.stderr.strip()[-200:])

    def lint(name):
        env = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
        return subprocess.run([str(redocly), "lint", "--format=json", "--skip-rule=no-path-trailing-slash",
                               "--skip-rule=no-ambiguous-paths", str(tmp_path / name)], capture_output=True, text=True, env=env, timeout=120)
    for name in ("swagger.json", "swagger.yaml"):
        (tmp_path / name).write_text(api.get(f"/github/{name}").text)
        done = lint(name)
        report = json.loads(done.stdout[done.stdout.index("{"):])
        assert (report["problems"], done.returncode) == ([], 0), name
    (tmp_path / "bad.json").write_text(api.get("/github/swagger.json").text.replace('"operationId"', '"operationid"', 1))
    assert lint("bad.json").returncode == 1  # it does look
