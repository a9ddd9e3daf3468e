"""The walls between folders, and what is not written here. Each check is a function of a path and its text, so that the
last tests can show it something wrong."""
import re

import pytest

import doc_tree as tree

MAY_INCLUDE = {
    "api": {"api", "core", "http", "outbound", "schema"},
    "cli": {"api", "cli", "core", "crawler", "export", "github", "http", "mirror", "outbound", "schema", "scheduler"},
    "core": {"core"},
    "crawler": {"core", "crawler", "github", "pagecache", "schema"},
    "export": {"core", "export", "schema"},
    "github": {"core", "github"},
    "http": {"core", "http"},
    "mirror": {"core", "github", "http", "mirror", "pagecache", "schema"},
    "outbound": {"core", "outbound"},
    "pagecache": {"core", "github", "http", "pagecache", "schema"},
    "scheduler": {"core", "schema", "scheduler"},
    "schema": {"core", "schema"},
    "sim": {"sim"},
}
# The rooms of a folder, from the lowest floor to the highest: a file includes of its own folder only its own room and those before it.
ROOMS = {
    "api": ["api/request", "api/auth", "api/spec", "api/runtime", "api/html", "api/html/views", "api/resources", "api/push", "api/charts", "api/serve", "api"],
    "cli": ["cli/terminal", "cli/process", "cli/cluster", "cli/doctor", "cli/help", "cli/run", "cli"],
    "core": ["core/base", "core/json", "core/log", "core/uuid", "core/model", "core/config"],
    "github": ["github", "github/app"],
    "mirror": ["mirror/cache", "mirror/upstream", "mirror/store", "mirror/request", "mirror/flight", "mirror/serve", "mirror"],
    "schema": ["schema/db", "schema/access", "schema/browse", "schema/queue", "schema/graph", "schema/report", "schema/snapshot", "schema"],
    "sim": ["sim/world", "sim/content", "sim/serve", "sim/rest", "sim/graphql", "sim"],
}
# Headers that any room of the folder may include: what a request carries, generated names, what a subcommand is given.
SHARED = {
    "api": {"api/api.h"},
    "cli": {"cli/args.h", "cli/command.h", "cli/database.h"},
    "github": {"github/app/app.h"},  # a credential may be that of an installation
    "mirror": {"mirror/mirror.h", "mirror/mirror_private.h", "mirror/metrics.h"},
    "schema": {"schema/queries.h", "schema/migrate.h"},
}
FOREIGN = {  # header: where it may be included
    "libpq-fe.h": ("schema/db/", "tests/", "bench/"),
    "curl/curl.h": ("github/", "outbound/", "tests/", "bench/", "sim/"),
    "sqlite3.h": ("export/",),
    "ulfius.h": ("api/serve/", "bench/"),
    "microhttpd.h": ("api/serve/", "bench/", "mirror/", "sim/", "tests/"),
}
BANNED = {  # function: where it may be called all the same
    "strcpy": ("tests/",), "strcat": (), "sprintf": (), "vsprintf": (), "gets": (), "strtok": (),
    "gmtime": (), "localtime": (), "asctime": (), "ctime": (),
    "atoi": ("cli/cluster/pg_binaries.c", "cli/cluster/embedded.c"),  # version numbers PostgreSQL wrote itself
    "atol": (), "atof": (),
    "atoll": ("schema/db/",),  # libpq's count of rows
    "getenv": ("core/config/", "cli/", "tests/", "bench/"),
    "PQexec": ("schema/db/",),  # transactions and scripts; values travel as parameters
    "ulfius_uri_logger": ("api/serve/server.c", "bench/"),  # a struct that is ulfius's own comes from it
    **dict.fromkeys(("malloc", "calloc", "realloc", "strdup", "strndup"), ("core/base/memory.c", "tests/", "bench/", "sim/")),
}
MAX_LINES = 500
MAX_C_FILES = 20  # of a folder
CODE = (".c", ".h", ".sql", ".awk", ".py", ".sh", ".mjs")


def bare_code(text):
    """C without comments and strings; line breaks stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0)) if match.group(0)[0] == "/" else '""'
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', blank, text, flags=re.S)


def includes(path, text):
    folder = path.split("/")[0]
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, flags=re.M):
        other = name.split("/")[0] if "/" in name else folder
        if folder in MAY_INCLUDE and other not in MAY_INCLUDE[folder]:
            yield f"{path} includes {name}"


def rooms(path, text):
    folder, room = path.split("/")[0], path.rpartition("/")[0]
    order = ROOMS.get(folder, [])
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, flags=re.M):
        other = name.rpartition("/")[0]
        if room in order and other in order and order.index(other) > order.index(room) and name not in SHARED.get(folder, ()):
            yield f"{path} includes {name}, which is above it"


def foreign_headers(path, text):
    for name in re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', text, flags=re.M):
        if name in FOREIGN and not path.startswith(FOREIGN[name]):
            yield f"{path} includes {name}"


def banned_functions(path, text):
    code = bare_code(text)
    for name, allowed in BANNED.items():
        if re.search(rf"(?<![\w.>]){name}\s*\(", code) and not path.startswith(allowed or ("?",)):
            yield f"{path} calls {name}"


def sql_outside(path, text):
    if path.startswith(("schema/", "export/sqlite_", "tests/", "bench/", "sim/")):  # SQLite files speak SQL of their own
        return
    for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
        if re.match(r"\s*(select\s.+\sfrom\s|insert into |update \w+ set |delete from )", string, flags=re.I):
            yield f"{path} has SQL: {string}"


def too_long(path, text):
    if text.count("\n") > MAX_LINES:
        yield f"{path} has {text.count(chr(10))} lines"


def crowded(paths):
    """Folders with more C sources than anyone can keep in mind."""
    folders = [path.rpartition("/")[0] for path in paths]
    return {folder: folders.count(folder) for folder in folders if folders.count(folder) > MAX_C_FILES}


def left_to_do(path, text):
    for mark in ("TO" + "DO", "FIX" + "ME"):
        if re.search(rf"\b{mark}\b", text):
            yield f"{path} says {mark}"


def machine_paths(path, text):
    for found in re.findall(r"(?<![\w./-])/(?:home|work|root|Users)/\w[^\s\"'`]*", text):
        yield f"{path} names {found}"


C_CHECKS = [includes, rooms, foreign_headers, banned_functions, sql_outside]
TEXT_CHECKS = [left_to_do, machine_paths]


def complaints(check, *endings):
    return [complaint for path in tree.files(*endings) for complaint in check(path, tree.text(path))]


@pytest.mark.parametrize("check", C_CHECKS)
def test_c(check):
    assert complaints(check, ".c", ".h") == []


def test_files_are_short():
    assert complaints(too_long, *CODE) == []


def unbuilt(units, cmake):
    """Unit tests whose name no CMakeLists.txt says, with or without their folder's."""
    words = set(re.findall(r"[\w/]+", cmake))
    names = {unit: unit.rpartition("/test_")[2].removesuffix(".c") for unit in units}
    return [unit for unit, name in names.items()
            if not {name, f"test_{name}", name.removeprefix(unit.split("/")[2] + "_")} & {word.rpartition("/")[2] for word in words}]


def test_every_unit_test_is_built():
    units = [path for path in tree.files(".c") if re.match(r"tests/unit/.*/test_\w+\.c$", path)]
    cmake = "".join(tree.text(path) for path in tree.files("CMakeLists.txt") if path.startswith("tests/"))
    assert len(units) > 80 and unbuilt(units, cmake) == []
    assert unbuilt(["tests/unit/github/test_url_401.c", "tests/unit/mirror/test_mirror_url.c"], "url outcome") == ["tests/unit/github/test_url_401.c"]


def test_folders_are_small():
    assert crowded(tree.files(".c")) == {}
    assert crowded([f"core/{i}.c" for i in range(21)]) == {"core": 21}
    assert crowded([f"core/{i}.c" for i in range(20)] + ["core/base/x.c"]) == {}


@pytest.mark.parametrize("check", TEXT_CHECKS)
def test_text(check):
    assert complaints(check, *CODE, ".md", ".txt", ".cmake", ".graphql", "Procfile") == []


def test_every_folder_of_the_program_has_walls():
    with_code = {path.split("/")[0] for path in tree.files(".c", ".h")} - {"tests", "bench"}
    assert with_code <= set(MAY_INCLUDE)


def test_every_subfolder_has_a_place_in_the_order_of_includes():
    inner = {room for path in tree.files(".c", ".h") if "/" in (room := path.rpartition("/")[0]) and room.split("/")[0] in MAY_INCLUDE}
    assert inner == {room for order in ROOMS.values() for room in order if "/" in room}


def test_libraries_link_what_may_be_included():
    """What a folder's library links is what its files can include."""
    for folder, allowed in MAY_INCLUDE.items():
        if not (tree.REPO / folder / "CMakeLists.txt").exists():
            continue
        for other in re.findall(r"\bgitomatic_([a-z]+)\b", tree.text(f"{folder}/CMakeLists.txt")):
            assert other not in MAY_INCLUDE or other in allowed, f"{folder} links {other}"


@pytest.mark.parametrize("check,path,text", [
    (includes, "api/x.c", '#include "crawler/work.h"'),
    (includes, "github/x.c", '#include "schema/queue/jobs.h"'),
    (rooms, "schema/browse/x.c", '#include "schema/report/why.h"'),
    (rooms, "api/request/x.c", '#include "api/resources/list.h"'),
    (rooms, "api/request/x.h", '#include "api/serve/server.h"'),
    (rooms, "api/resources/x.c", '#include "api/serve/server.h"'),
    (rooms, "core/base/x.c", '#include "core/log/log.h"'),
    (rooms, "mirror/cache/x.c", '#include "mirror/flight/flight.h"'),
    (rooms, "sim/world/x.c", '#include "sim/serve/server.h"'),
    (includes, "schema/x.c", '#include "github/url.h"'),
    (includes, "core/base/x.h", '#include "schema/queue/jobs.h"'),
    (includes, "crawler/x.c", ' # include "scheduler/cron.h"'),
    (foreign_headers, "api/x.c", "#include <libpq-fe.h>"),
    (foreign_headers, "crawler/x.c", "#include <curl/curl.h>"),
    (foreign_headers, "api/resources/list.c", "#include <ulfius.h>"),
    (banned_functions, "core/x.c", "strcpy(a, b);"),
    (banned_functions, "core/x.c", "x = atoi (text);"),
    (banned_functions, "github/x.c", 'getenv("HOME");'),
    (banned_functions, "core/x.c", "/* fine */ t = gmtime(&s);"),
    (banned_functions, "mirror/x.c", "a = calloc(1, 2);"),
    (sql_outside, "api/x.c", 'q = "select a from b";'),
    (too_long, "core/x.c", "\n" * 501),
    (left_to_do, "core/x.c", "/* TO" + "DO: later */"),
    (machine_paths, "core/x.c", '"/ho' + 'me/me/x"'),
])
def test_check_finds_what_is_wrong(check, path, text):
    assert list(check(path, text))


@pytest.mark.parametrize("check,path,text", [
    (includes, "crawler/x.c", '#include "github/url.h"'),
    (foreign_headers, "schema/db/x.h", "#include <libpq-fe.h>"),
    (banned_functions, "core/x.c", '/* strcpy(a, b) */ puts("sprintf(x)"); snprintf(a, 1, "b"); gmtime_r(&s, &t);'),
    (sql_outside, "api/x.c", '"select one of these"'),
    (too_long, "core/x.c", "\n" * 500),
])
def test_check_leaves_alone_what_is_right(check, path, text):
    assert not list(check(path, text))


def test_one_run_can_collect_all_tests():
    """Test modules and their helpers share one name space in a run of pytest over tests/."""
    names = [path.split("/")[-1] for path in tree.files(".py") if path.startswith("tests/")]
    twice = {name for name in names if names.count(name) > 1} - {"conftest.py", "__init__.py"}
    assert not twice
