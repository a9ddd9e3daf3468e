"""The files of the repository, and what documentation says, taken apart."""
import os
import pathlib
import re
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITOMATIC_BUILD", REPO / "build"))
GITOMATIC = os.environ.get("GITOMATIC_BIN", str(BUILD / "gitomatic"))
LEFT_OUT = re.compile(r"(build(-.*)?|var|node_modules|__pycache__|\..*)$")


def files(*endings):
    """Paths relative to the repository, of its own files: no builds, no data."""
    found = []
    for folder, folders, names in os.walk(REPO):
        folders[:] = [name for name in folders if not LEFT_OUT.match(name)]
        found += [os.path.relpath(os.path.join(folder, name), REPO) for name in names if name.endswith(endings)]
    return sorted(found)


def text(path):
    return (REPO / path).read_text()


def documents():
    """Every document; the vendor's own are not ours."""
    return [path for path in files(".md") if "node_modules" not in path]


def prose(path):
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text(path), flags=re.S | re.M)


def spans(path):
    """Texts in backticks."""
    return re.findall(r"`([^`\n]+)`", prose(path))


def fences(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text(path), flags=re.S | re.M)


def commands(path):
    """(command, the rest of its line) of every `gitomatic …` in backticks or on a line of a fenced block."""
    lines = spans(path) + [line.lstrip("$ ") for fence in fences(path, r"\w*") for line in fence.splitlines()]
    found = [re.match(r"(?:build/)?gitomatic ([a-z][a-z-]*)(.*)", line) for line in lines]
    return [match.groups() for match in found if match]


def tables(markdown):
    """Every table as (header, rows), cells trimmed."""
    found, rows = [], []
    for line in markdown.splitlines() + [""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            found.append((rows[0], rows[2:]))
            rows = []
    return found


def table(path, *header):
    """The rows of the one table with these column titles."""
    found = [rows for titles, rows in tables(text(path)) if titles == list(header)]
    assert len(found) == 1, f"{path} has {len(found)} tables with the columns {header}"
    return found[0]


def bare(cell):
    return cell.strip("`")


def macro_rows(path, macro, fields):
    """The string arguments of an X-macro's rows: X(NAME, "one", "two")."""
    body = re.search(rf"#define {macro}\(X\)(.*?[^\\])\n", text(path), flags=re.S).group(1)
    rows = re.findall(r'X\(\w+,' + r'\s*"([^"]*)",?' * fields + r"\)", body)
    assert len(rows) == len(re.findall(r"\bX\(", body)) and rows
    return [row if isinstance(row, tuple) else (row,) for row in rows]


def secret_files():
    """The variables that name a secret's file, as --help lists them after the settings."""
    found = re.findall(r"\b[A-Z_]+_FILE\b", help_text().split("Secrets may come from files")[1])
    assert len(found) > 3
    return set(found)


def help_text(*arguments):
    return subprocess.run([GITOMATIC, *arguments, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
