"""What other commands say beside a running `gitomatic up --demo`, from a shell that knows nothing of its settings."""
import pathlib
import re

import pytest
import requests

from gitomatic_cli import Up, make_folder, remove_folder, run, until


@pytest.fixture(scope="module")
def demo():
    folder = make_folder()
    (folder / "token").write_text("a-token-of-mine\n")
    up = Up("--demo", cwd=folder, GITHUB_TOKEN_FILE=folder / "token")  # the demo has a token of its own
    up.wait_ready()
    up.folder = folder
    yield up
    up.end()
    remove_folder(folder)


def purge(demo, pattern, **env):
    return run("mirror", "purge", pattern, cwd=demo.folder, GITOMATIC_DATA="var/demo", **env)


def ask_mirror(demo, *paths):
    mirror = demo.wait_for(r"mirror +(http://[^/\s]+)").group(1)
    for path in paths:
        assert requests.get(mirror + path, headers={"Authorization": "Bearer t"}, timeout=20).status_code == 200


@pytest.mark.parametrize("pattern, paths", [
    ("/users/ada*", ["/users/ada"]), ("/repos/*", ["/repos/ada/{repo}"]),
    ("*/users/ada*", ["/users/ada", "/users/ada/followers?per_page=3"])])
def test_a_path_is_one_of_the_server_the_running_mirror_asks(demo, pattern, paths):
    for env in ({}, {"GITHUB_API_URL": "https://github.example.org/api/v3"}):
        purge(demo, "*")
        upstream = until(lambda: re.search(r"upstream=(\S+)", demo.output()), 60, "the mirror's address").group(1)
        repo = requests.get(f"{upstream}/users/ada/repos", headers={"Authorization": "Bearer t"}, timeout=20).json()[0]["name"]

        def purged():
            """The crawler shares its pages with the mirror: some of them may go as well."""
            ask_mirror(demo, *(path.format(repo=repo) for path in paths))
            return re.fullmatch(r"(\d+) pages? purged\n", purge(demo, pattern, **env).stdout)
        found = until(purged, 60, "pages to be stored and purged")
        assert int(found.group(1)) >= 1 and (found.group(1) == "1") == ("1 page " in found.group(0))


@pytest.mark.parametrize("pattern", ["/users/nobody-of-this-world", "https://api.github.com/users/ada", "/x*"])
def test_nothing_matched(demo, pattern):
    result = purge(demo, pattern)
    assert result.returncode == 0 and re.fullmatch(r"nothing matched http\S+\n", result.stdout), result.stdout
    assert pattern in result.stdout


def test_the_demo_goes_by_its_own_token(demo):
    until(lambda: '"synced": 0' not in run("status", "--json", cwd=demo.folder, GITOMATIC_DATA="var/demo").stdout, 60, "records")
    crawler = demo.child(" crawler")
    environment = pathlib.Path(f"/proc/{crawler}/environ").read_bytes()
    assert b"GITHUB_TOKEN_FILE" not in environment and b"GITHUB_TOKEN=" in environment
    assert "a-token-of-mine" not in demo.output()
