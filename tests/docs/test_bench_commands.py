"""The benchmarks that docs/benchmarks.md lists are those of bench/."""
import os
import re

import doc_tree as tree


def test_each_benchmark_is_listed_and_each_listed_one_exists():
    listed = re.findall(r"^\| `bench/(\w+)", tree.text("docs/benchmarks.md"), re.M)
    there = [file.name for file in (tree.REPO / "bench").iterdir() if file.is_file() and os.access(file, os.X_OK)]
    assert sorted(listed) == sorted(there)
