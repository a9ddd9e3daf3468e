"""cmake --install: the two programs work where they were put, beside the licence and the documentation."""
import subprocess

import packages
from gitomatic_cli import clean_env
from sim import BUILD


def test_what_is_installed_works(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL)
    found = {str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file()}
    docs = {f"share/doc/gitomatic/docs/{f.name}" for f in (packages.REPO / "docs").glob("*.md")}
    assert found == {"bin/gitomatic", "bin/gitomatic-sim", "share/doc/gitomatic/README.md", "share/doc/gitomatic/LICENSE", *docs}
    for name in ("gitomatic", "gitomatic-sim"):
        done = subprocess.run([tmp_path / "bin" / name, "--help"], cwd="/", env=clean_env(), capture_output=True, text=True)
        assert done.returncode == 0 and name in done.stdout, done.stderr
