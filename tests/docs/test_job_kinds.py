"""A kind of job has its properties in core/model/job.h, and SQL's sets of kinds come from there."""
import re

import doc_tree as tree
from test_statements import STATEMENTS

HEADER = tree.text("core/model/job.h")
KINDS = dict(re.findall(r'X\((\w+),\s*"(\w+)",', HEADER))
TRAITS = {name: set(re.findall(r"JOB_\w+", traits)) for name, traits in
          re.findall(r"X\((\w+),\s*((?:JOB_\w+(?: \| )?)+|0)\)", HEADER)}
SETS = {"jobs_are_tasks": "JOB_IS_TASK", "jobs_ask_github": "JOB_ASKS_GITHUB", "jobs_hydrate": "JOB_HYDRATES",
        "jobs_name_somebody": "JOB_NAMES_SOMEBODY", "jobs_list_developer": "JOB_LISTS_DEVELOPER",
        "jobs_of_repository": "JOB_PARTS_OF_REPOSITORY"}
SQL = {path: tree.text(path) for path in tree.files(".sql") if path.startswith("schema/")}


def kinds_with(trait):
    return [kind for name, kind in KINDS.items() if trait in TRAITS[name]]


def test_every_kind_has_its_traits():
    assert set(TRAITS) == set(KINDS) and len(KINDS) >= 14
    assert set().union(*TRAITS.values()) == set(SETS.values())


def test_traits_are_what_the_crawler_does():
    types = dict(re.findall(r"\[JOB_(\w+)\] = {JOB_\w+,\s*(\w+_begin,\s*\w+,\s*\w+)}", tree.text("crawler/job_types.c")))
    assert set(types) == set(KINDS)
    for name, calls in types.items():
        begin, answer, failed = re.split(r",\s*", calls)
        assert (answer != "NULL") == ("JOB_ASKS_GITHUB" in TRAITS[name]), name
        assert (begin == "hydrate_begin") == (failed == "hydrate_failed") == ("JOB_HYDRATES" in TRAITS[name]), name


def test_statements_get_their_sets_from_there():
    used = set()
    compiled = {name: re.sub(r"\s+", " ", text) for name, text, _ in STATEMENTS}
    for text in SQL.values():
        for block in re.split(r"^-- name: ", text, flags=re.M)[1:]:
            for name in re.findall(r"'\{(jobs_\w+)\}'", block):
                used.add(name)
                kinds = ", ".join(f"'{kind}'" for kind in kinds_with(SETS[name]))
                assert f"({kinds})" in compiled[block.split()[0]]
    assert {"jobs_hydrate", "jobs_name_somebody", "jobs_list_developer", "jobs_of_repository"} <= used
    assert not any("{jobs_" in text for text in compiled.values())


def test_no_statement_lists_kinds_by_itself():
    """A statement may name a single kind; for several it uses a set, in which none is forgotten."""
    for path, text in {**SQL, **{p: tree.text(p) for p in tree.files(".sql") if p.startswith("migrations/")}}.items():
        for literals in re.findall(r"\bkind (?:not )?in \(((?:\s*'\w+',?)+)\)", text):
            assert set(re.findall(r"'(\w+)'", literals)) <= set(KINDS.values()), path
            assert path.startswith("migrations/") or literals.count(",") == 0, (path, literals)
        for literal in re.findall(r"\bkind = '(\w+_\w+)'", text):
            assert literal in KINDS.values(), path
        assert not re.search(r"starts_with\((?:\w+\.)?kind\b|\bkind (?:not )?i?like\b", text), path


def test_no_statement_names_a_kind_of_record_by_its_number():
    """RECORD_DEVELOPER is {developer} in .sql files, and SQL_DEVELOPER in SQL that C composes."""
    number = re.compile(r"\bkind (?:=|<>|when|is not distinct from) [12]\b|\bselect [12] as kind|\((?:kind|kind, \w[^)]*)\) select [12]\b|"
                        r"\bgraph_nodes select [12]\b")
    texts = {**SQL, **{p: re.sub(r'"\s*\\?\n\s*"', "", tree.text(p)) for p in tree.files(".c") if p.startswith("schema/")}}
    assert {path: found for path, text in texts.items() if (found := number.findall(text))} == {}
