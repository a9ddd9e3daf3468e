"""Which statements the API runs for a request: read out of PostgreSQL's log, and written for gitomatic-bench-bare."""
import os
import re

from load import Api

LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] (\w+):  (.*)$")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


def entries(log):
    """(severity, text) of the log's entries; lines that go on begin with a tab."""
    found = []
    for line in log.split("\n"):
        head = LINE.match(line)
        if head:
            found.append([head.group(1), head.group(2)])
        elif found and line.startswith("\t"):
            found[-1][1] += "\n" + line[1:]
    return found


def statements(log):
    """[(text, [parameter, ...])] of the prepared statements that were run, and of changes to how plans are made."""
    found = []
    for severity, text in entries(log):
        run = re.match(r"execute [^:]*: (.*)$|statement: (set plan_cache_mode .*)$", text, re.S)
        if severity == "LOG" and run:
            found.append((run.group(1) or run.group(2), []))
        elif severity == "DETAIL" and found and text.lower().startswith("parameters: "):
            found[-1] = (found[-1][0], [None if v == "NULL" else v[1:-1].replace("''", "'")
                                        for _, v in PARAMETER.findall(text)])
    return found


def ask(api, line):
    """A path, or one with a tab and "page" after it: as a browser asks."""
    path, _, mark = line.partition("\t")
    return api.get(path, **({"Accept": "text/html"} if mark == "page" else {}))


def capture(pg, database, paths):
    """For each path the statements of its answer, in their order; with credentials and caches warm."""
    log = os.path.join(pg.folder, "log")
    pg.psql(f"alter database {database} set log_statement = 'all'", "postgres")
    try:
        with Api(pg.url(database)) as api:
            for path in paths[:3] * 2:
                ask(api, path)
            found = []
            for path in paths:
                begin = os.path.getsize(log)
                status, _, body = ask(api, path)
                if status != 200:
                    raise RuntimeError(f"{path}: {status} {body[:300]!r}")
                with open(log, errors="replace") as file:
                    file.seek(begin)
                    found.append(statements(file.read()))
            return found
    finally:
        pg.psql(f"alter database {database} reset log_statement", "postgres")


def write(path, requests):
    def text(value):
        data = value.encode()
        return b"%d\n%s\n" % (len(data), data)
    with open(path, "wb") as file:
        for request in requests:
            file.write(b"request\n")
            for statement, parameters in request:
                data = statement.encode()
                file.write(b"statement %d %d\n%s\n" % (len(data), len(parameters), data))
                for value in parameters:
                    file.write(b"parameter -1\n" if value is None else b"parameter " + text(value))
