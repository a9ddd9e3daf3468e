"""GET /github/stats/: maintained numbers equal counted ones, whatever changed the tables."""
import datetime

import graph
import pytest
from midnight import far_from_midnight  # noqa: F401 (a fixture)

COUNTED = """select (select count(*) from developers where gone_at is null),
                    (select count(*) from developers where gone_at is null and synced_at is not null),
                    (select count(*) from repositories where gone_at is null),
                    (select count(*) from repositories where gone_at is null and synced_at is not null),
                    (select count(*) from follows), (select count(*) from stars)"""


def shown(server):
    s = server.get("/github/stats/").json()
    return [s["developers"]["known"], s["developers"]["synced"], s["repositories"]["known"],
            s["repositories"]["synced"], s["follows"], s["stars"]]


@pytest.fixture
def stats(own):
    own.start(own.tmp / "log")
    own.sql = lambda sql: own.pg.psql(sql, "own")
    own.check = lambda: shown(own) == [int(n) for n in own.sql(COUNTED)[0]] or pytest.fail(
        f"shown {shown(own)}, counted {own.sql(COUNTED)[0]}")
    return own


def test_nothing_is_known_yet(far_from_midnight, stats):
    answer = stats.get("/github/stats/").json()
    assert shown(stats) == [0] * 6
    assert answer["last_change_at"] is None and answer["last_discovery_at"] is None
    assert answer["quota"] == [] and answer["queue_capped"] == []
    assert answer["queue"] == dict.fromkeys(["available", "running", "scheduled", "completed", "failed", "cancelled"], 0)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    assert [d["day"] for d in answer["growth"]] == [str(today - datetime.timedelta(n)) for n in range(30)]
    assert all(v == 0 for d in answer["growth"] for k, v in d.items() if k != "day")


def test_figures_follow_every_change(stats):
    stats.sql(graph.sql())
    stats.check()
    before = shown(stats)
    assert before[0] > before[1] > 0 and before[2] > before[3] > 0 and min(before) > 0
    for change in (
            "update developers set synced_at = now() where synced_at is null and gone_at is null",
            "update developers set gone_at = now() where github_id % 3 = 0 and gone_at is null",
            "update developers set gone_at = null where github_id % 6 = 0",
            "update developers set gone_at = null, synced_at = null where gone_at is not null and github_id % 2 = 0",
            "update developers set bio = 'x'",
            "update repositories set gone_at = now() where github_id % 2 = 0",
            "insert into developers (github_id, login, first_seen_at, gone_at) values (999, 'x', now(), now())",
            "insert into developers (github_id, login, first_seen_at) values (1, 'x', now()), (998, 'y', now()) "
            "on conflict (github_id) do update set login = excluded.login",
            "delete from developers where github_id % 5 = 0",
            "delete from repositories where github_id % 5 = 0",
            "delete from follows where follower_github_id % 5 = 0",
            "delete from stars where developer_github_id % 5 = 0",
            "insert into follows (follower_github_id, followed_github_id, first_seen_at) values (1, 2, now()), "
            "(77777, 2, now()) on conflict do nothing",
            "update stars set starred_at = now()",
            "begin; delete from stars; rollback",
            "begin; savepoint a; delete from stars; rollback to a; delete from follows where follower_github_id = 1; commit",
            "truncate stars", "truncate developers, follows",
            "insert into developers (github_id, login, first_seen_at) select n, 'n' || n, now() from "
            "generate_series(1, 2500) n"):
        stats.sql(change)
        stats.check()


def test_sums_by_day_equal_the_rows_they_sum(far_from_midnight, stats):
    """Folding moves rows from the log into the sums; nobody who asks sees a difference."""
    stats.sql(graph.sql())
    before = stats.get("/github/stats/").json()
    for most in (3, 1, 100000):
        stats.run("fold", str(most))
        stats.check()
    assert stats.sql("select position = (select max(id) from changes) from changes_folded") == [["t"]]
    after = stats.get("/github/stats/").json()
    assert {**before, "as_of": 0} == {**after, "as_of": 0}
    stats.sql("delete from follows where follower_github_id < 20")
    stats.check()
    stats.run("fold", "100000")
    stats.check()


def test_growth_is_by_day_of_utc(far_from_midnight, stats):
    stats.sql(graph.sql())
    stats.sql("delete from follows where follower_github_id = 1; delete from stars where developer_github_id = 1; "
              "update developers set synced_at = now() where synced_at is null and gone_at is null; "
              "update repositories set gone_at = now() where github_id = 101")
    stats.sql("update changes set at = at - interval '1 day' where type = 'repository.new'")
    developers, repositories = graph.developers(), graph.repositories()
    want = {"developers": len(developers), "developers_synced": sum(
                d["synced_at"] is not None or d["gone_at"] is None for d in developers),
            "developers_gone": sum(d["gone_at"] is not None for d in developers),
            "repositories": 0, "repositories_synced": sum(r["synced_at"] is not None for r in repositories),
            "repositories_gone": 1 + sum(r["gone_at"] is not None for r in repositories),
            "follows": len(graph.follows()), "follows_closed": sum(a == 1 for a, _, _ in graph.follows()),
            "stars": len(graph.stars()), "stars_closed": sum(a == 1 for a, *_ in graph.stars())}
    for _ in range(2):
        today, yesterday, *rest = stats.get("/github/stats/").json()["growth"]
        assert {k: v for k, v in today.items() if k != "day"} == want
        assert {k: v for k, v in yesterday.items() if k != "day"} == {
            **dict.fromkeys(want, 0), "repositories": len(repositories)}
        assert all(d[k] == 0 for d in rest for k in want)
        stats.run("fold", "1000000")


def test_queue_and_quota(stats):
    stats.sql("""insert into jobs (kind, key, state, finished_at) select 'noop', 'k' || n, 'completed', now()
                   from generate_series(1, 10005) n;
                 insert into jobs (kind, key) select 'noop', 'a' || n from generate_series(1, 7) n;
                 insert into jobs (kind, key, state, finished_at) values
                     ('discovery_scraper', 'd', 'completed', '2026-01-02 03:04:05Z');
                 insert into quota_buckets values ('token-1', 'core', 5000, 4321, 1800000000, now() + interval '1 hour')""")
    answer = stats.get("/github/stats/").json()
    assert answer["queue"] == {"available": 7, "running": 0, "scheduled": 0, "completed": 10000, "failed": 0,
                               "cancelled": 0}
    assert answer["queue_capped"] == ["completed"]
    assert answer["last_discovery_at"] == "2026-01-02T03:04:05Z"
    assert answer["quota"] == [{"credential": "token-1", "resource": "core", "rate_limit": 5000,
                                "rate_remaining": 4321, "rate_reset": "2027-01-15T08:00:00Z"}]


def test_a_database_that_was_there_before_the_log(stats):
    """What the migration does with it: the figures are those of the tables, the log tells how they came to be."""
    stats.sql("set session_replication_role = replica; " + graph.sql())
    assert shown(stats) == [0] * 6
    stats.sql("select gitomatic_changes_rebuild()")
    stats.check()
    stats.run("fold", "100000")
    stats.check()
