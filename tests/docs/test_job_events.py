"""Every statement that moves a job, from every state: it moves it along the edges of its events and no other."""
import re

import pytest

import doc_tree as tree
from statements import FILES, statements
from test_doc_jobs import STATES, edges

TEXTS = {name: (text, oids) for name, text, oids in statements()}
EVENTS = {name: set(re.split(r", *", events))
          for path in FILES
          for name, events in re.findall(r"^-- name: (\w+)\n(?:-- (?:params|returns): .*\n)*-- event: (.*)$", tree.text(path), flags=re.M)}
JOB, LEASE, WORKER = 4711, 99, 7

# The parameters of each statement, and what has to hold of the job for it to act. A statement is driven once for each row.
CASES = [
    ("jobs_enqueue", ("noop", "x", "noop:x", JOB, 10, None, None), "note = 'quota'"),
    ("jobs_enqueue", ("noop", "x", "noop:x", JOB, 10, None, None), "note = 'backoff'"),
    ("jobs_claim", (WORKER, 10, 10, 50), None),
    ("jobs_enqueue_many", (["noop"], ["x"], ["noop:x"], [JOB], [10], [None]), "note = 'quota'"),
    ("jobs_enqueue_many", (["noop"], ["x"], ["noop:x"], [JOB], [10], [None]), "note = 'backoff'"),
    ("jobs_finish", ([JOB], [LEASE], [None], [0], [0], [0]), None),
    ("jobs_retry", (JOB, LEASE, 1000, "trouble", 1, 0, "backoff"), None),
    ("jobs_retry", (JOB, LEASE, 1000, "trouble", 0, 0, "quota"), None),
    ("jobs_fail", (JOB, LEASE, "trouble", 0), None),
    ("jobs_release", (WORKER,), None),
    ("jobs_release_one", (JOB, LEASE), None),
    ("jobs_due", (), None),
    ("jobs_cancel", (JOB,), None),
    ("jobs_ask_again", (JOB,), None),
    ("workers_reap", (0, 1), None),
    ("workers_reap", (0, 1), "losses = 49"),
    ("erase_jobs", (1,), "kind = 'developer_followers', args = '{\"id\": 1}'"),
    # these move none
    ("jobs_hold", (JOB, LEASE), None),
    ("jobs_hold_all", ([JOB], [LEASE]), None),
    ("jobs_save", ([JOB], [LEASE], [None], [1], [1], [1]), None),
    ("jobs_wake", (), "note = 'quota'"),
]


def put_job(sql, state, assignment):
    sql.execute("delete from jobs; delete from workers")
    sql.execute("insert into workers (id, kind, host, pid, heartbeat_at) overriding system value "
                "values (%s, 'crawler', 'h', 1, now() - interval '1 day')", (WORKER,))
    sql.execute("""insert into jobs (id, kind, subject, key, task_id, state, run_at, finished_at, worker_id, lease)
                   overriding system value
                   values (%s, 'noop', 'x', 'noop:x', %s, %s, now() - interval '1 s',
                           case when %s in ('completed', 'failed', 'cancelled') then now() end,
                           case when %s = 'running' then %s end, case when %s = 'running' then %s end)""",
                (JOB, JOB, state, state, state, WORKER, state, LEASE))
    if assignment:
        sql.execute(f"update jobs set {assignment}")


def run(sql, name, parameters):
    text, oids = TEXTS[name]
    assert len(oids) == len(parameters)
    sql.execute("select format_type(oid, null) from unnest(%s::oid[]) with ordinality as o(oid, n) order by n", (oids,))
    types = ", ".join(kind for kind, in sql.fetchall())
    sql.execute(f"prepare driven{f'({types})' if types else ''} as {text}")
    sql.execute("execute driven" + (f"({', '.join(['%s'] * len(parameters))})" if parameters else ""), parameters)
    sql.execute("deallocate driven")


def moves(sql, name):
    """(from, to) of every move the statement makes."""
    made = set()
    for statement, parameters, assignment in CASES:
        for state in STATES.values() if statement == name else ():
            put_job(sql, state, assignment)
            run(sql, name, parameters)
            sql.execute("select state from jobs where id = %s", (JOB,))
            now, = sql.fetchone()
            if now != state:
                made.add((state, now))
    return made


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_statement_moves_along_the_edges_of_its_events(sql, name):
    wanted = {(source, to) for source, event, to, _ in edges() if event in EVENTS.get(name, ())}
    assert moves(sql, name) == wanted


def test_every_event_has_a_statement():
    assert {event for _, event, _, _ in edges()} == {event for events in EVENTS.values() for event in events}


def test_every_statement_that_sets_a_state_names_its_event_and_is_driven():
    for path in FILES:
        for block in re.split(r"^-- name: ", tree.text(path), flags=re.M)[1:]:
            name = block.split("\n", 1)[0]
            code = re.sub(r"^\s*--.*$", "", block, flags=re.M)
            for update in re.findall(r"update jobs\b.*?\bset\b(.*?)(?:\bwhere\b|\bfrom\b|\breturning\b|;)", code, flags=re.S):
                if re.search(r"\bstate\s*=", update):
                    assert name in EVENTS, f"{path}: {name} sets a job's state and has no event"
            if name in EVENTS:
                assert name in {case for case, _, _ in CASES}, f"{name} is not driven"
