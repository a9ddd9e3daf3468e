"""The statements of schema/ as the build compiles them in: the output of schema/queries.awk."""
import ast
import re
import shutil
import subprocess

import doc_tree as tree

FILES = [path for path in tree.files(".sql") if path.startswith("schema/")]


def awk(mode):
    program = shutil.which("mawk") or shutil.which("awk")
    return subprocess.run([program, "-v", f"mode={mode}", "-f", "schema/queries.awk", *FILES], cwd=tree.REPO, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def statements():
    """[(name, text, [type OID])]"""
    found = []
    for entry in re.split(r"^    \[Q_", awk("c"), flags=re.M)[1:]:
        name = entry.split("]", 1)[0]
        text = "".join(ast.literal_eval(line) for line in re.findall(r'^        ("(?:[^"\\]|\\.)*")$', entry, flags=re.M))
        count, oids = re.search(r"^        , (\d+), {([\d, ]*)}}", entry, flags=re.M).groups()
        oids = [int(oid) for oid in oids.split(",")][:-1]
        assert text and len(oids) == int(count)
        found.append((name, text, oids))
    return found


def returned():
    """{name: [(column, type)]}, as `-- returns:` says."""
    found, name = {}, None
    for path in FILES:
        for line in tree.text(path).splitlines():
            if line.startswith("-- name: "):
                name = line.split()[2]
                found[name] = []
            elif line.startswith("-- returns: "):
                found[name] += [tuple(one.strip().split(" ", 1)) for one in line[len("-- returns: "):].split(",")]
    return found
