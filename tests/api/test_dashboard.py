"""The dashboard's figures: the mirror's savings, the queue's pace, tasks with who asked, the quota's day, edges that ended, the
first steps. The numbers are put into the database, and the page has to say them."""
import datetime
import re

import pytest

from test_views import view

WORLD = """
insert into developers (github_id, login, first_seen_at, synced_at) values (1, 'ada', now(), now());
insert into workers (kind, host, pid, started_at, heartbeat_at, info) values
 ('mirror', 'a', 1, '2026-01-05 10:00Z', now(), '{"answered": 150, "hits": 90, "saved": {"revalidated": 40, "fresh": 30, "coalesced": 5, "stored": 1}}'),
 ('mirror', 'b', 2, '2026-01-06 10:00Z', now(), '{"answered": 50, "hits": 30, "saved": {"revalidated": 2000, "fresh": 0, "coalesced": 0, "stored": 0}}'),
 ('mirror', 'old', 3, '2026-01-01 10:00Z', now(), '{"in_flight": 0}'),
 ('mirror', 'gone', 4, '2026-01-01 10:00Z', now() - interval '1 hour', '{"answered": 7, "hits": 7, "saved": {}}'),
 ('crawler', 'a', 5, now(), now(), '{}');
-- Twenty jobs in the last five minutes; before that others.
insert into jobs (kind, subject, key, state, finished_at) select 'heart_beat_task', '', 'h' || n, 'completed', now() - interval '2 minutes' from generate_series(1, 20) n;
insert into jobs (kind, subject, key, state, finished_at) select 'heart_beat_task', '', 'o' || n, 'completed', now() - interval '1 hour' from generate_series(1, 9) n;
-- Two that could run: the one that waits longest is the less urgent one.
insert into jobs (kind, subject, key, state, priority, run_at) values ('full_profile_sync', 'x', 'x', 'available', 10, now() - interval '1 minute'),
 ('full_profile_sync', 'y', 'y', 'available', 50, now() - interval '3 hours 1 minute');
-- A task of a person, half done after ten minutes; one of discovery; one that waits for quota; one that waits by itself.
insert into jobs (id, task_id, kind, subject, key, state, priority, asked_by, cost, started_at, finished_at, worker_id, lease) overriding system value values
 (1001, 1001, 'full_profile_sync', 'ken', 't1', 'completed', 10, 'mia <b>', 3, now() - interval '10 minutes', now() - interval '9 minutes', null, null),
 (1002, 1001, 'developer_followers', 'ken', 't2', 'running', 10, null, 4, now() - interval '8 minutes', null, 1, 1),
 (2001, 2001, 'full_profile_sync', 'fran', 't3', 'running', 50, null, 0, now(), null, 1, 2);
insert into jobs (id, task_id, kind, subject, key, state, priority, asked_by, note, run_at) overriding system value values
 (3001, 3001, 'full_repository_sync', 'ada/engine', 't4', 'scheduled', 10, 'command line', 'quota', now() + interval '20 minutes'),
 (3002, 3002, 'full_profile_sync', 'later', 't5', 'scheduled', 10, 'mia', null, now() + interval '20 minutes');
-- Tasks that ended: one well, one with a job that failed, one with a job that is still open (which has not ended).
insert into jobs (id, task_id, kind, subject, key, state, priority, asked_by, cost, finished_at) overriding system value values
 (4001, 4001, 'full_profile_sync', 'well', 'e1', 'completed', 10, 'mia', 5, now() - interval '3 minutes'),
 (4002, 4001, 'developer_starred', 'well', 'e2', 'completed', 10, null, 6, now() - interval '2 minutes'),
 (5001, 5001, 'full_profile_sync', 'badly', 'e3', 'completed', 10, 'mia', 5, now() - interval '30 minutes'),
 (5002, 5001, 'developer_starred', 'badly', 'e4', 'failed', 10, null, 0, now() - interval '20 minutes'),
 (6001, 6001, 'full_profile_sync', 'not-yet', 'e5', 'completed', 50, null, 5, now());
insert into jobs (id, task_id, kind, subject, key, state) overriding system value values (6002, 6001, 'developer_starred', 'not-yet', 'e6', 'available');
insert into quota_samples select now() - interval '5 hours' + n * interval '5 minutes', 'token-a', 'core', 5000, 4000 - 10 * n, 7 * n, 2 * n, n from generate_series(0, 36) n;
insert into quota_samples values (now() - interval '1 hour', 'token-a', 'graphql', 5000, 4321, 0, 0, 0), (now() - interval '30 hours', 'token-old', 'core', 60, 1, 0, 0, 0);
insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at) values ('token-a', 'core', 5000, 3640, extract(epoch from now())::bigint + 600, now() + interval '10 minutes');
insert into change_days (day, type, n, known, synced) values ((now() at time zone 'utc')::date, 'follow.new', 30, 30, 0), ((now() at time zone 'utc')::date, 'follow.closed', 11, -11, 0),
 ((now() at time zone 'utc')::date - 3, 'star.new', 9, 9, 0), ((now() at time zone 'utc')::date - 3, 'star.closed', 4, -4, 0);
"""


def words(view):
    return re.sub(r"\s+", " ", view.all)


@pytest.fixture(scope="module")
def board(new_api, pg, tmp_path_factory):
    server = new_api("board")
    pg.psql(WORLD, "board")
    server.start(tmp_path_factory.mktemp("board") / "log")
    yield view(server, "/")
    assert server.stop() == 0


def row(board, *begin):
    """The cells of the one row that begins so."""
    found = [[re.sub(r"\s+", " ", cell).strip() for cell in cells] for cells in board.rows]
    found = [cells for cells in found if cells[:len(begin)] == list(begin)]
    assert len(found) == 1, (begin, found)
    return found[0]


def test_what_the_mirrors_save(board):
    assert "Hit rate: 60 % of 200 requests since 2026-01-05 10:00. Units saved: 2,076." in words(board)
    assert row(board, "Confirmed as unchanged, free of charge")[1] == "2,040" and row(board, "From the cache while GitHub failed")[1] == "1"


def test_how_fast_the_queue_moves(board):
    # 20 heartbeats and the two jobs of a task in five minutes, and one that has just ended: 23 in five minutes.
    assert "5 jobs a minute over the last 5 minutes; the oldest became due 3 h ago." in words(board)


def test_open_tasks_and_their_requesters(board):
    ken = row(board, "full profile sync", "ken")
    assert ken[2:5] == ["mia <b>", "1 of 2", "7"] and ken[5] in ("at least 10 min", "at least 11 min")
    assert row(board, "full profile sync", "fran")[2:4] == ["discovery", "0 of 1"]
    assert row(board, "full repository sync", "ada/engine")[2:4] == ["command line", "0 of 1"]
    assert "later" not in words(board).split("Last ended tasks")[0], "it waits for no quota"
    posted = [form["action"] for form, _ in board.forms if form["action"].endswith("/cancel/")]
    assert posted == [f"/github/jobs/{n}/cancel/" for n in (1001, 3001, 2001)], "people's tasks first"


def test_tasks_that_ended_last(board):
    assert row(board, "full profile sync", "well")[2:] == ["mia", "completed", "2", "11", "2 min ago"]
    assert row(board, "full profile sync", "badly")[2:] == ["mia", "failed", "2", "5", "20 min ago"]
    assert "not-yet" not in words(board) and "heart beat task" not in words(board).split("Schedule")[0]


def test_the_quota_of_a_day(board):
    text = words(board)
    assert "token-a, coreof 5,000" in text and "token-a, graphqlof 5,000" in text and "token-old" not in text
    labels = [attributes.get("aria-label", "") for tag, attributes in board.tags if tag == "svg"]
    assert "core units of token-a left over the last 24 hours; the numbers are in the table below" in labels
    # The figures by hour add up to what was charged between the samples: 7, 2 and 1 units each of 36 times.
    hours = [cells for cells in board.rows if len(cells) == 5 and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", cells[0]) and cells[1] != "4,321"]
    assert [sum(int(cells[i]) for cells in hours) for i in (2, 3, 4)] == [7 * 36, 2 * 36, 36]
    assert min(int(cells[1].replace(",", "")) for cells in hours) == 4000 - 360
    yesterday = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(1)).date()
    links = [attributes["href"] for tag, attributes in board.tags if tag == "a" and "/quota/history/?from=" in attributes["href"]]
    assert links == [f"/github/quota/history/?from={yesterday}{more}" for more in ("", "&format=csv", "&format=json")]
    assert "25 units that are never spent, and 20 % of the limit above them" in text


def test_edges_that_ended(board):
    text = words(board)
    assert "Follows that ended11 in these days" in text and "Stars removed4 in these days" in text


def test_the_first_steps_say_which_are_done(own):
    own.start(own.tmp / "log")
    before = words(view(own, "/"))
    assert "Give it a token. Without one GitHub allows 60 requests an hour." in before and "under way" not in before.split("Queue")[0]
    own.pg.psql("insert into credentials (label, kind, position, seen_at) values ('token-a', 'token', 0, now());"
                "insert into jobs (id, task_id, kind, subject, key, state, worker_id, lease) overriding system value values (1, 1, 'full_profile_sync', 'ada', 'a', 'running', 1, 1)", "own")
    after = words(view(own, "/"))
    assert "Give it a token. Done: a token is set." in after and "1 task is running." in after


def test_the_requester_is_stored_with_the_task(own):
    own.start(own.tmp / "log")
    first = own.form("name=full_profile_sync&username=ada").json()["job"]
    assert own.form("name=full_profile_sync&username=ada").json()["job"] == first
    assert own.pg.psql("select id, asked_by from jobs", "own") == [[str(first), "ann"]]
