"""cmake --install: the two programs work where they were put, beside manual pages, completions, units, documentation and examples."""
import re
import subprocess

import packages
from gitomatic_cli import clean_env
from sim import BUILD


def test_what_is_installed_works(tmp_path):
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
    unit = (tmp_path / "lib/systemd/system/gitomatic.service").read_text()
    assert re.search(r"^ExecStart=/\S+/bin/gitomatic up$", unit, re.M) and "@CMAKE" not in unit and "@HARDENING" not in unit
