"""The container file and the compose file name only what there is: commands, settings, files; no engine is needed."""
import os
import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITOMATIC_BUILD", ROOT / "build"))
FOLDER = ROOT / "packaging" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
COMMANDS = re.compile(r"^  ([a-z-]+) +\S", re.M)


def help_of(*words):
    return subprocess.run([BUILD / "gitomatic", *words, "--help"], capture_output=True, text=True, check=True).stdout


def settings():
    return set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", help_of()))


def instructions():
    """Each instruction of the container file with its words, lines that go on joined."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.M))
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def test_services_run_commands_there_are():
    known = set(COMMANDS.findall(help_of()))
    assert set(OURS) == {"migrate", "api", "crawler", "scheduler", "mirror"}
    for name, service in OURS.items():
        assert service["command"][0] in known, name


def test_commands_in_comments_exist():
    text = (FOLDER / "compose.yaml").read_text() + CONTAINERFILE
    for command in re.findall(r"run --rm \w+ ([a-z]+ [a-z]+)", text):
        assert help_of(*command.split()).startswith(f"gitomatic {command}") or command.split()[1] in help_of(command.split()[0])


@pytest.mark.parametrize("service", sorted(OURS))
def test_settings_are_the_programs(service):
    for name in OURS[service].get("environment", {}):
        assert name in settings(), name


def test_settings_of_the_image_are_the_programs():
    named = [word.split("=")[0] for kind, rest in instructions() if kind == "ENV" for word in rest.split()]
    assert named and set(named) <= settings()


def test_ports_are_those_it_listens_at():
    env = dict(word.split("=") for kind, rest in instructions() if kind == "ENV" for word in rest.split())
    exposed = {port for kind, rest in instructions() if kind == "EXPOSE" for port in rest.split()}
    assert exposed == {env["API_LISTEN"].split(":")[1], env["MIRROR_LISTEN"].split(":")[1]}
    for name, service in OURS.items():
        for port in service.get("ports", []):
            host, _, inside = port.rpartition(":")
            assert inside in exposed and host.startswith("127.0.0.1:"), f"{name} is published to others than this machine"


def test_files_are_there():
    build = OURS["api"]["build"]
    assert (FOLDER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).samefile(FOLDER / "Containerfile")
    assert re.search(r"script/package", CONTAINERFILE) and (ROOT / "script" / "package").exists()


def test_the_image_is_small_and_not_roots():
    """What hadolint asks for: a tag, no recommended packages, no package lists, no root at the end, words rather than a shell's line."""
    kinds = [kind for kind, _ in instructions()]
    assert kinds.count("FROM") == 2 and "ADD" not in kinds
    last = instructions()[len(kinds) - 1 - kinds[::-1].index("FROM"):]
    users = [rest for kind, rest in last if kind == "USER"]
    assert users == ["gitomatic"] and [k for k, _ in last].index("USER") > max(i for i, (k, _) in enumerate(last) if k == "RUN")
    for kind, rest in instructions():
        if kind == "FROM":
            assert re.search(r":[\w.-]+", rest) and ":latest" not in rest
        if kind == "RUN" and "apt-get install" in rest:
            assert "--no-install-recommends" in rest and "apt-get update" in rest
            assert not (kind, rest) in [tuple(i) for i in last] or "rm -rf /var/lib/apt/lists" in rest
        if kind in ("CMD", "ENTRYPOINT"):
            assert rest.startswith("[")
    assert "HEALTHCHECK" in kinds


def test_the_health_check_asks_an_address_there_is():
    checks = re.findall(r'"(http://127\.0\.0\.1:\d+(/[^"]*))"', CONTAINERFILE + str(COMPOSE["services"]["api"]["healthcheck"]).replace("'", '"'))
    assert len(checks) == 2
    routes = (ROOT / "api" / "spec" / "routes.c").read_text()
    for _, path in checks:
        assert f'{{"{path}", ROUTE_OPEN' in routes


def test_no_secret_has_a_value():
    for name, service in COMPOSE["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|KEY", key):
                assert str(value).startswith("${"), f"{name}: {key}"
    assert not re.search(r"(PASSWORD|TOKEN|SECRET)=", CONTAINERFILE)


def test_everything_starts_after_the_migration():
    for name, service in OURS.items():
        wanted = "database" if name == "migrate" else "migrate"
        assert wanted in service["depends_on"], name
