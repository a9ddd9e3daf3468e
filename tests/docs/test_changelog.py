"""The changelog has an entry for the version that the program says it is."""
import re
import subprocess

import doc_tree as tree


def test_the_programs_version_is_in_the_changelog():
    said = subprocess.run([tree.GITOMATIC, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    version = re.search(r"\d+\.\d+\.\d+", said).group()
    entries = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", tree.text("CHANGELOG.md"), flags=re.M)
    assert entries[0] == version
    assert entries == sorted(entries, key=lambda v: tuple(map(int, v.split("."))), reverse=True)


def test_every_decision_is_listed():
    pages = {path.split("/")[-1] for path in tree.documents() if path.startswith("docs/decisions/")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([\w-]+\.md)\)", tree.text("docs/decisions/README.md")))
