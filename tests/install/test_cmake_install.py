"""cmake --install: the two programs work where they were put, beside manual pages, completions, units, documentation and examples."""
import re
import shutil
import subprocess

import packages
import pytest
from gitomatic_cli import BIN, clean_env
from sim import BUILD


def test_the_installation_works(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL)
    found = {str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file()}
    for name in ("gitomatic", "gitomatic-sim"):
        done = subprocess.run([tmp_path / "bin" / name, "--help"], cwd="/", env=clean_env(), capture_output=True, text=True)
        assert done.returncode == 0 and name in done.stdout, done.stderr
        commands = re.findall(r"^  ([a-z][a-z-]*) +\S", done.stdout.split("Settings")[0], flags=re.M) if name == "gitomatic" else commands

    def tree(folder, into, pattern="*"):
        return {f"{into}/{f.relative_to(packages.REPO / folder)}" for f in (packages.REPO / folder).rglob(pattern) if f.is_file()}
    doc = "share/doc/gitomatic"
    assert found == {
        "bin/gitomatic", "bin/gitomatic-sim", "lib/systemd/system/gitomatic.service", "lib/systemd/system/gitomatic@.service",
        "share/bash-completion/completions/gitomatic", "share/zsh/vendor-completions/_gitomatic",
        "share/fish/vendor_completions.d/gitomatic.fish", "share/man/man5/gitomatic.conf.5",
        *(f"share/man/man1/{name}.1" for name in ("gitomatic", "gitomatic-sim", *(f"gitomatic-{command}" for command in commands))),
        *(f"{doc}/{name}" for name in ("README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "examples/gitomatic.conf")),
        *tree("docs", f"{doc}/docs", "*.md"), *tree("examples", f"{doc}/examples"), *tree("monitoring", f"{doc}/monitoring")}
    starts(tmp_path, f"{tmp_path}/bin/gitomatic")


def starts(root, program):
    """Both units start that program."""
    for unit, command in (("gitomatic.service", "up"), ("gitomatic@.service", "%i")):
        text = (root / "lib/systemd/system" / unit).read_text()
        assert f"\nExecStart={program} {command}\n" in text and not re.search(r"@[A-Z_]+@", text), text


@pytest.mark.parametrize("prefix, start, functions", [
    ("/usr", "/usr/bin/gitomatic", "vendor-completions"), (None, None, "site-functions"), ("/opt/gitomatic", "/opt/gitomatic/bin/gitomatic", "vendor-completions"),
    ("/srv/two words", '"/srv/two words/bin/gitomatic"', "vendor-completions"), ("/srv/5%", "/srv/5%%/bin/gitomatic", "vendor-completions")],
    ids=["usr", "as-configured", "opt", "space", "percent"])
def test_units_start_what_was_installed_elsewhere(prefix, start, functions, tmp_path):
    """DESTDIR is left out of them, the prefix of the installation counts, not that of the configuration."""
    configured = re.search(r"^CMAKE_INSTALL_PREFIX:PATH=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)[1]
    subprocess.run(["cmake", "--install", BUILD, *(["--prefix", prefix] if prefix else [])], check=True, stdout=subprocess.DEVNULL,
                   env={**clean_env(), "DESTDIR": str(tmp_path)})
    root = tmp_path / (prefix or configured).lstrip("/")
    starts(root, start or f"{configured}/bin/gitomatic")
    assert (root / "share/zsh" / ("vendor-completions" if not prefix and configured != "/usr/local" else functions) / "_gitomatic").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {(prefix or configured).split("/")[1]}, "nothing beside it"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path):
    prefix = tmp_path / "two words"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    for unit in ("gitomatic.service", "gitomatic@.service"):
        path = prefix / "lib/systemd/system" / unit
        if "@" in unit:
            path = path.rename(path.with_name("gitomatic@api.service"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
        assert done.returncode == 0 and "gitomatic" not in done.stderr, done.stderr
        rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", path], capture_output=True, text=True)
        rating = re.search(r"exposure level for \S+: ([\d.]+)", rated.stdout)
        assert float(rating[1]) < 2, rated.stdout


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize("line, offered", [("gitomatic us", {"user"}), ("gitomatic user ", {"add", "list", "remove", "sign-out"}),
                                           ("gitomatic task full", {"full_profile_sync", "full_repository_sync"}),
                                           ("gitomatic webhook add --typ", {"--types"})])
def test_fish_offers(line, offered):
    script = subprocess.run([BIN, "completion", "fish"], check=True, capture_output=True, text=True, env=clean_env()).stdout
    done = subprocess.run(["fish", "--no-config", "-c", f"{script}\ncomplete -C '{line}'"], capture_output=True, text=True, cwd="/", check=True)
    assert {each.split("\t")[0] for each in done.stdout.splitlines()} == offered and done.stderr == ""
