"""Sums up JUnit files: a line a file, then `N passed, N failed, N skipped`. Exit code 1 when something failed."""
import pathlib
import sys
import xml.etree.ElementTree as tree


def count(path):
    failed = skipped = total = 0
    for suite in tree.parse(path).getroot().iter("testsuite"):
        number = lambda name: int(suite.get(name) or 0)
        total += number("tests")
        failed += number("failures") + number("errors")
        skipped += number("skipped") + number("disabled")
    return total - failed - skipped, failed, skipped


def main(folder):
    sums = [0, 0, 0]
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        counts = count(path)
        sums = [a + b for a, b in zip(sums, counts)]
        print("%-24s %d passed, %d failed, %d skipped" % (path.stem, *counts))
    if sum(sums) == 0:
        sums[1] = 1  # no test at all is a failure
    print("%d passed, %d failed, %d skipped" % tuple(sums))
    return 1 if sums[1] else 0


sys.exit(main(sys.argv[1]))
