"""Settings and commands in the documentation are those of the program."""
import re

import doc_tree as tree


def settings():
    """{name: default or None} as --help prints them."""
    found = {}
    for line in tree.help_text().splitlines():
        match = re.match(r"  ([A-Z][A-Z0-9_]+)\s", line)
        if match:
            default = re.search(r"\(default ([^()]*)\)$", line)
            found[match.group(1)] = default.group(1) if default else None
    assert len(found) > 10
    return found


def commands():
    return re.findall(r"^  ([a-z][a-z-]*) +\S", tree.help_text().split("Settings")[0], flags=re.M)


def test_operations_lists_every_setting_and_its_default():
    rows = {tree.bare(name): default for name, default, _ in
            tree.table("docs/operations.md", "variable", "default", "meaning")}
    real = settings()
    assert sorted(rows) == sorted(real)
    for name, default in real.items():
        if default and name != "API_LISTEN":
            assert rows[name] == f"`{default}`", name
        elif not default:
            assert not rows[name].startswith("`") or rows[name] == "`DATABASE_URL`", f"{name} has no default"


def test_choices_are_the_programs():
    for name, choices in re.findall(r"^  ([A-Z_]+) .*: ((?:\w+\|)+\w+)", tree.help_text(), flags=re.M):
        rows = tree.table("docs/operations.md", "variable", "default", "meaning")
        row, = [row for row in rows if row[0] == f"`{name}`"]
        assert re.findall(r"`(\w+)`", row[2]) == choices.split("|"), name


def test_settings_named_anywhere_exist():
    """Settings, options of the build, and what tests and the Procfile read."""
    others = "".join(map(tree.text, tree.files("CMakeLists.txt", ".cmake", ".py", "Procfile", "CMakePresets.json")))
    known = set(settings()) | tree.secret_files() | {"PORT"} | set(re.findall(r"GITOMATIC_[A-Z_]+", others))
    known |= set(re.findall(r'"([A-Z_]+_(?:HIT|MISS))"', tree.text("mirror/cache/policy.c")))
    logged = "".join(map(tree.text, tree.files(".c")))
    known |= {f"GITOMATIC_{key.upper()}" for key in ["event", "process", *re.findall(r'\bL_(?:STR|SLICE|I64)\("(\w+)"', logged)]}  # of the journal
    known |= {"RATE_LIMIT", "RATE_LIMITED"}  # types of GraphQL's errors
    families = re.compile(r"(GITHUB|DATABASE|GITOMATIC|DISCOVERY|HEARTBEAT|CRAWLER|LOG|API|MIRROR|PUBLIC|RATE)_[A-Z_]+$")
    for path in tree.documents():
        for word in re.findall(r"\b[A-Z]+_[A-Z_]+\b", tree.text(path)):
            if families.match(word):
                assert word in known, f"{path}: {word} is no setting"


def test_readme_says_what_help_says():
    if "README.md" not in tree.documents():
        return
    for header, rows in tree.tables(tree.text("README.md")):
        if header[0] == "variable":
            named = set(re.findall(r"`([A-Z][A-Z_]+)`", " ".join(row[0] for row in rows)))
            assert named - {"PORT"} <= set(settings())


def test_commands_named_exist():
    known = commands()
    assert "up" in known and "migrate" in known
    for path in tree.documents():
        for command, _ in tree.commands(path):
            assert command in known, f"{path}: gitomatic {command}"


def test_flags_of_commands_exist():
    for path in tree.documents():
        for command, rest in tree.commands(path):
            text = tree.help_text(command)
            flags = {"--" + name.lower().replace("_", "-") for name in set(settings()) | tree.secret_files()}
            for flag in re.findall(r"--[a-z-]+", rest):
                assert flag in text or flag in flags | {"--help"}, f"{path}: gitomatic {command} {flag}"


def test_every_command_is_documented():
    documented = {command for path in tree.documents() for command, _ in tree.commands(path)}
    assert set(commands()) <= documented


def test_each_secrets_file_is_documented():
    assert {f"{name}_FILE" for name in ("GITHUB_TOKEN", "GITHUB_TOKENS", "GITHUB_API_KEY", "DATABASE_URL", "DATABASE_READ_URL")} <= tree.secret_files()
    for name in tree.secret_files():
        assert name.removesuffix("_FILE") in settings() and f"`{name}`" in tree.text("docs/operations.md"), name


def test_settings_that_need_a_restart_are_named():
    code = re.search(r"bool setting_needs_restart\(.*?\n}", (tree.REPO / "core/config/settings.c").read_text(), re.S)[0]
    section = (tree.REPO / "docs/operations.md").read_text().split("- **A restart is needed**")[1].split("\n\n")[0]
    names = re.findall(r'"([A-Z_]+)"', code)
    assert len(names) > 10 and sorted(names) == sorted(re.findall(r"`([A-Z_]+)`", section))
    assert set(names) <= set(settings())
