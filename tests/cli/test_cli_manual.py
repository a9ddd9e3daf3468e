"""Manual pages and completions, made from the tables of --help; settings from a file."""
import re
import shutil
import subprocess

import pytest

from gitomatic_cli import BIN, clean_env, run

COMMANDS = re.findall(r"^  ([a-z][a-z-]*) +\S", run("--help").stdout.split("Settings")[0], flags=re.M)


# ---- manual pages ----

@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    assert run("manual", str(folder)).returncode == 0
    return {path.name: path.read_text() for path in folder.iterdir()}, folder


def test_every_command_has_a_page(pages):
    texts, _ = pages
    assert sorted(texts) == sorted(["gitomatic.1", "gitomatic.conf.5", *(f"gitomatic-{name}.1" for name in COMMANDS)])
    for name in COMMANDS:
        assert f".BR gitomatic\\-{name} (1)" in texts["gitomatic.1"]
        plain = texts[f"gitomatic-{name}.1"].replace("\\-", "-")
        for flag in re.findall(r"^  (--[a-z-]+)", run(name, "--help").stdout, flags=re.M):
            assert re.search(rf"^\.TP\n\.B {flag}\b", plain, flags=re.M), (name, flag)


def test_every_setting_is_in_its_page(pages):
    page = pages[0]["gitomatic.conf.5"]
    names = re.findall(r"^  ([A-Z][A-Z0-9_]+) ", run("--help").stdout, flags=re.M)
    assert len(names) > 30 and names == re.findall(r"^\.B ([A-Z][A-Z0-9_]+)$", page, flags=re.M)


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_has_no_warning(pages):
    for name in pages[0]:
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", str(pages[1] / name)], capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == "", name


@pytest.mark.parametrize("args", [[], ["/nowhere/at/all"], ["a", "b"]])
def test_manual_says_what_is_wrong(args):
    done = run("manual", *args)
    assert done.returncode in (1, 2) and done.stdout == "" and done.stderr.startswith("gitomatic manual: ")


# ---- completions ----

def bash(*words):
    """What bash offers for the last of these words."""
    script = run("completion", "bash").stdout
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(["bash", "-c", f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _gitomatic\n"
                           'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("words, offered", [
    (["gitomatic", ""], [*COMMANDS, "--help", "--version"]), (["gitomatic", "sch"], ["scheduler"]),
    (["gitomatic", "user", "--pass"], ["--password-stdin"]), (["gitomatic", "token", "re"], ["remove"]),
    (["gitomatic", "task", "full"], ["full_profile_sync", "full_repository_sync"]),
    (["gitomatic", "api", "--api-l"], ["--api-listen"]), (["gitomatic", "nothing", ""], [])])
def test_bash(words, offered):
    assert sorted(bash(*words)) == sorted(offered)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_it(shell):
    done = run("completion", shell)
    assert done.returncode == 0 and all(name in done.stdout for name in COMMANDS)
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    checked = subprocess.run([shell, "-n", "/dev/stdin"], input=done.stdout, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stderr == ""


@pytest.mark.parametrize("args, says", [([], "the shell is missing"), (["tcsh"], "bash, zsh or fish"), (["bahs"], "did you mean bash")])
def test_another_shell_is_refused(args, says):
    done = run("completion", *args)
    assert done.returncode == 2 and says in done.stderr


# ---- settings from a file ----

def with_file(tmp_path, text, *args, **env):
    path = tmp_path / "gitomatic.conf"
    path.write_text(text)
    return subprocess.run([str(BIN), *(args or ("status",))], capture_output=True, text=True, timeout=60, cwd=tmp_path,
                          env={**clean_env(), "GITOMATIC_CONF": str(path), **env})


def test_a_setting_from_the_file_counts(tmp_path):
    done = with_file(tmp_path, "DISCOVERY_COUNT = many\n")
    assert done.returncode == 2 and 'DISCOVERY_COUNT: got "many"' in done.stderr


def test_environment_and_flag_come_first(tmp_path):
    assert 'got "few"' in with_file(tmp_path, "DISCOVERY_COUNT=many\n", DISCOVERY_COUNT="few").stderr
    assert 'got "none"' in with_file(tmp_path, "DISCOVERY_COUNT=7\n", "status", "--discovery-count", "none").stderr


@pytest.mark.parametrize("text, says", [("DISCOVERY_CUONT=7\n", "line 1: DISCOVERY_CUONT is not a setting"),
                                        ("# x\nLOG_LEVEL\n", "line 2: expected NAME=VALUE")])
def test_a_bad_line_is_named(tmp_path, text, says):
    done = with_file(tmp_path, text)
    assert done.returncode == 2 and f"gitomatic.conf {says}" in done.stderr and done.stderr.count("\n") == 1


def test_a_secret_in_it_is_not_repeated(tmp_path):
    for text in ("GITHUB_TOKEN=two words-s3cret\n", "GITHUB_TOKEN='s3cret\n", "GITHUB_TOKN=s3cret\n"):
        assert "s3cret" not in with_file(tmp_path, text).stderr


def test_the_named_file_must_be_there(tmp_path):
    done = subprocess.run([str(BIN), "status"], capture_output=True, text=True, env={**clean_env(), "GITOMATIC_CONF": "/nowhere"})
    assert done.returncode == 2 and "GITOMATIC_CONF: /nowhere: No such file" in done.stderr
