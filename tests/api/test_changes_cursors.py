"""Cursors of GET /github/changes/: each one names a position of this log, and none a row that is still to come."""
import pytest

from test_changes_feed import PATH, feed, follow  # noqa: F401


def test_a_cursor_stays_valid_while_a_slow_writer_holds_the_log_back(feed):  # noqa: F811
    """A writer reads the sequence, other writers commit, then it takes its lock at the old number."""
    for n in range(1, 6):
        feed.sql(follow(n, n + 1))
    cursors = [feed.get(PATH + query).json()["cursor"] for query in ("", "?since=2999-01-01", "?before=end&page_size=1")]
    slow = feed.connect().cursor()
    slow.execute("select pg_advisory_xact_lock_shared((gitomatic_lock(7719) & 65535)::bigint << 48 | 1)")
    for cursor in (*cursors, "c6.0"):
        got = feed.get(f"{PATH}?since={cursor}")
        assert (got.status, got.json().get("results")) == (200, []), cursor
    older = feed.get(f"{PATH}?before={cursors[0]}").json()["results"]
    assert [i["followed_github_id"] for i in older] == ["5", "4", "3", "2"]
    feed.sql(follow(6, 7))
    slow.connection.rollback()
    assert [i["followed_github_id"] for i in feed.get(f"{PATH}?since={cursors[0]}").json()["results"]] == ["7"]


@pytest.mark.parametrize("query", ["?since=2999-01-01", "?since=2000-01-01&type=star.new", "?before=end&type=star.new", "?since=2000-01-01&page_size=1"])
def test_every_cursor_is_known_again(feed, query):  # noqa: F811
    """Also those of pages without an item: after a restore, the row that follows is another one."""
    for n in range(1, 4):
        feed.sql(follow(n, n + 1))
    cursor = feed.get(PATH + query).json()["cursor"]
    first = feed.get(f"{PATH}?since={cursor}")
    assert first.status == 200
    feed.sql(follow(8, 9))
    assert feed.get(f"{PATH}?since={cursor}").json()["results"][-1]["followed_github_id"] == "9"
    feed.sql("delete from changes; select setval(pg_get_serial_sequence('changes', 'id'), 1, false)")
    for n in range(11, 20):
        feed.sql(follow(n, n + 1))
    assert feed.get(f"{PATH}?since={cursor}").status == 410, cursor


def test_a_cursor_at_the_end_misses_and_repeats_nothing(feed):  # noqa: F811
    """The log ends with a row of several items."""
    feed.sql(follow(1, 2))
    feed.sql("insert into follows (follower_github_id, followed_github_id, first_seen_at) select n, n + 1, now() from generate_series(20, 24) n")
    cursor = feed.get(f"{PATH}?since=2999-01-01").json()["cursor"]
    for query in ("", "&type=follow.new", "&kind=follow&page_size=1"):
        assert feed.get(f"{PATH}?since={cursor}{query}").json()["results"] == []
    feed.sql(follow(3, 4))
    for query in ("", "&type=follow.new", "&kind=follow&page_size=1", "&format=ndjson"):
        got = feed.get(f"{PATH}?since={cursor}{query}").text
        assert got.count('"follow.new"') == 1 and '"followed_github_id":"4"' in got, query


@pytest.mark.parametrize("query", ["type=star.new", "kind=star", "type=star.new&page_size=1"])
def test_a_filtered_cursor_survives_the_deletion_of_rows_that_it_passed(feed, query):  # noqa: F811
    """Retention deletes the oldest rows, none of which the filter matched."""
    for n in range(1, 4):
        feed.sql(follow(n, n + 1))
    cursor = feed.get(f"{PATH}?since=2000-01-01&{query}").json()["cursor"]
    cursor = feed.get(f"{PATH}?since={cursor}&{query}").json()["cursor"]
    feed.sql("delete from changes where id < (select max(id) from changes)")
    got = feed.get(f"{PATH}?since={cursor}&{query}")
    assert (got.status, got.json().get("results")) == (200, []), got.text
    feed.sql("insert into stars (developer_github_id, repository_github_id, first_seen_at) values (1, 101, now())")
    feed.sql(follow(5, 6))
    got = feed.get(f"{PATH}?since={got.json()['cursor']}&{query}").json()
    assert [i["type"] for i in got["results"]] == ["star.new"]
