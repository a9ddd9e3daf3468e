"""docs/jobs.md and the database say the same of jobs as core/model/job."""
import re

import doc_tree as tree

DOC = "docs/jobs.md"
HEADER = tree.text("core/model/job.h")
SOURCE = tree.text("core/model/job.c")


def enum(name):
    """The values of an enum of job.h without its count, in order."""
    body = re.search(rf"enum {name} {{(.*?)}};", HEADER, flags=re.S).group(1)
    return re.findall(r"^\s+(\w+),", re.sub(r"/\*.*?\*/", "", body), flags=re.M)


def names(array, values):
    body = re.search(rf"{array}\[\w+\] = {{(.*?)}};", SOURCE, flags=re.S).group(1)
    texts = re.findall(r'"([^"]*)"', body)
    assert len(texts) == len(values)
    return dict(zip(values, texts))


STATES = names("state_names", enum("job_state"))
EVENTS = names("event_names", enum("job_event"))


def edges():
    body = re.search(r"job_edges\[\] = {\n(.*?)\n};", SOURCE, flags=re.S).group(1)
    found = re.findall(r'{(\w+), (\w+), (\w+), "([^"]*)"}', body)
    assert len(found) == body.count("{")
    return [[STATES[a], EVENTS[event], STATES[b], why] for a, event, b, why in found]


def test_state_table_is_the_one_in_c():
    assert tree.table(DOC, "from", "event", "to", "why") == edges()


def test_diagram_has_every_state_and_event():
    diagram = tree.fences(DOC, "")[0]
    for word in [*STATES.values(), *EVENTS.values()]:
        assert re.search(rf"\b{word}\b", diagram), word


def test_database_allows_the_states_of_the_table(sql):
    sql.execute("""select pg_get_constraintdef(oid) from pg_constraint
                    where conrelid = 'jobs'::regclass and contype = 'c' and conname = 'jobs_state_check'""")
    constraint, = sql.fetchone()
    assert re.findall(r"'(\w+)'::text", constraint) == list(STATES.values())


def test_states_that_are_over_are_the_ones_with_finished_at(sql):
    sql.execute("""select pg_get_constraintdef(oid) from pg_constraint
                    where conrelid = 'jobs'::regclass and contype = 'c' and pg_get_constraintdef(oid) ~ 'finished_at'""")
    constraint, = sql.fetchone()
    body = re.search(r"job_state_is_over\(.*?\n{(.*?)\n}", SOURCE, flags=re.S).group(1)
    assert sorted(re.findall(r"'(\w+)'::text", constraint)) == sorted(STATES[v] for v in re.findall(r"JOB_\w+", body))


def test_kinds_are_the_ones_in_c():
    rows = [[tree.bare(kind), what] for kind, what in tree.table(DOC, "kind", "what it does")]
    assert rows == [list(row) for row in tree.macro_rows("core/model/job.h", "JOB_KINDS", 2)]


def test_priorities_are_the_ones_in_c():
    rows = [(tree.bare(name), number) for name, number, _ in tree.table(DOC, "priority", "number", "whose")]
    assert rows == re.findall(r"(PRIORITY_\w+) = (\d+)", tree.text("schema/queue/jobs.h"))
