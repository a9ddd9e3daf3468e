"""What the documentation names exists: links, files, folders, functions, identifiers, constants, addresses."""
import functools
import os
import re

import pytest

import doc_tree as tree

REQUESTS = "tests/api/compat/README.md"  # made from a table of requests, wrong addresses and names among them
DOCUMENTS = [path for path in tree.documents() if path != REQUESTS]
TOP = {name for name in os.listdir(tree.REPO) if os.path.isdir(tree.REPO / name) and not tree.LEFT_OUT.match(name)}
ENDINGS = (".c", ".h", ".sql", ".md", ".py", ".awk", ".cmake", ".txt", ".graphql")
DATA_FOLDER = {"pg/", "run/", "pg.log", "lock", "pg/postgresql.conf"}  # made by gitomatic up, not part of the tree
DEFINITION = r"^(?:[A-Za-z_][\w \t*]*[ \t*])?{}\([^;]*?\)\n{{"


@functools.lru_cache(None)
def sources():
    paths = tree.files(".c", ".h", ".sql", ".awk", ".cmake", "CMakeLists.txt", ".graphql")
    return {path: tree.text(path) for path in paths if not path.startswith("tests/")}


@functools.lru_cache(None)
def words():
    """Every identifier of the program, and the names it makes."""
    return set(re.findall(r"\w+", " ".join(sources().values()))) | tree.secret_files()


def anchors(path):
    """The fragments GitHub makes of headings."""
    titles = re.findall(r"^#+ (.*)$", tree.text(path), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def is_path(span):
    if span in DATA_FOLDER or tree.LEFT_OUT.match(span.split("/")[0]):
        return False
    if re.search(r"[\s*{…<>$=:(]", span) or span.startswith(("/", ".", "-")):
        return False
    return span.split("/")[0] in TOP or span.endswith(ENDINGS) or span.endswith("/")


def defines(path, function):
    return re.search(DEFINITION.format(function), sources().get(path, ""), flags=re.M) is not None


@pytest.mark.parametrize("path", DOCUMENTS)
def test_relative_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", tree.prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, fragment = link.partition("#")
        to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        assert (tree.REPO / to).exists(), f"{path}: {link}"
        assert not fragment or fragment in anchors(to), f"{path}: {link}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_files_and_folders_named_exist(path):
    for span in filter(is_path, tree.spans(path)):
        assert (tree.REPO / span).exists(), f"{path} names {span}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_functions_named_exist(path):
    for function in re.findall(r"`(\w+)\(\)`", tree.prose(path)):
        macro = any(re.search(rf"#define {function}\(", text) for text in sources().values())
        assert macro or any(defines(file, function) for file in sources()), f"{path} names {function}()"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_identifiers_named_exist(path):
    """snake_case and CONSTANTS: in C, in SQL, or in what GitHub sends, which the code then mentions."""
    for span in tree.spans(path):
        for word in re.findall(r"^\w+_\w+$", span):
            ours = word.startswith(("test_", "GITOMATIC_"))
            start = word.endswith("_") and any(other.startswith(word) for other in words())
            assert ours or start or word in words(), f"{path} names {word}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_numbers_of_constants_are_right(path):
    """`SOME_CONSTANT` (10)"""
    for name, number in re.findall(r"`([A-Z][A-Z0-9_]+)` \((\d+)\)", tree.prose(path)):
        values = {value for text in sources().values() for value in re.findall(rf"#define {name} +(\d+)", text)}
        assert values == {number}, f"{path}: {name} is {values}"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_addresses_named_are_answered(path):
    routes = re.findall(r'^    {"(/[^"]*)"', tree.text("api/spec/routes.c"), flags=re.M)
    routes += re.findall(r'{"(/[^"]+)", \w+}', tree.text("mirror/serve/service.c"))
    assert "/github/tasks/" in routes and "/metrics" in routes
    for span in tree.spans(path):
        for address in re.findall(r"(?:^|GET |POST )(/(?:github|health|metrics)[\w/{}.-]*)", span):
            fits = [route for route in routes if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route), address)]
            assert fits, f"{path} names {address}"


# ---- architecture.md: each function follows the file that defines it ----

ARCHITECTURE = "docs/architecture.md"


def placed():
    """(file, function) pairs: a function belongs to the last C file named before it in its step or row, or before."""
    file, found = None, []
    for token in re.findall(r"`([\w./-]+\.[ch]|\w+\(\))`", tree.prose(ARCHITECTURE)):
        if token.endswith("()"):
            found.append((file, token[:-2]))
        else:
            file = token
    return found


def test_architecture_names_functions():
    assert len(placed()) > 50


@pytest.mark.parametrize("file,function", placed())
def test_function_is_defined_where_architecture_says(file, function):
    """Where the last file named does not define it, one named in the same step must."""
    if defines(file, function):
        return
    for step in re.split(r"\n(?=\d+\. |\| |\n)", tree.prose(ARCHITECTURE)):
        if f"`{function}()`" in step:
            files = re.findall(r"`([\w./-]+\.[ch])`", step)
            assert any(defines(one, function) for one in files), f"{function}() is in none of {files}"


def test_every_folder_is_in_the_map():
    rows = tree.table(ARCHITECTURE, "folder", "what it is", "may include")
    mapped = {tree.bare(row[0]).rstrip("/") for row in rows}
    assert mapped <= TOP
    with_code = {path.split("/")[0] for path in tree.files(".c", ".h", ".cmake") if "/" in path}
    assert with_code <= mapped, f"not in the map: {with_code - mapped}"


def test_statements_named_exist():
    """statement `NAME`, statements `A` and `B`"""
    queries = "".join(text for path, text in sources().items() if path.endswith(".sql"))
    known = set(re.findall(r"^-- name: (\w+)", queries, flags=re.M))
    found = []
    for path in DOCUMENTS:
        for sentence in re.findall(r"statements? (`\w+`[^.:;]*)", tree.prose(path)):
            found += [(path, word) for word in re.findall(r"`([a-z]+_\w+)`", sentence)[:1]]
    assert len(found) >= 4
    for path, word in found:
        assert word in known, f"{path}: statement {word}"
