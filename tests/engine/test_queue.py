"""The queue with many finished jobs, which alone are in the planner's statistics."""
import time

INSERT = "insert into jobs (kind, key, priority) select 'noop', 'open:' || n, 50 from generate_series(1, %s) n"
OVER, OPEN = 100_000, 30_000


def reads(s):
    """Rows and index entries of the queue read so far."""
    return s.one("select (select coalesce(seq_tup_read, 0) from pg_stat_user_tables where relname = 'jobs')"
                 "     + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'jobs')")


def settled(s):
    """The same once every session has told what it read, which each does when it has idled for a second or ends."""
    last = -1
    for _ in range(20):
        if last == (now := reads(s)):
            return now
        last = now
        time.sleep(1.5)
    raise AssertionError("the queue is being read all the time")


def test_a_claim_reads_no_more_than_it_takes(stack):
    s = stack("http://127.0.0.1:9")
    s.rows("alter table jobs set (autovacuum_enabled = false)")
    s.rows("insert into jobs (kind, key, state, finished_at) select 'noop', 'over:' || n, 'completed', now()"
           " from generate_series(1, %s) n", OVER)
    s.rows("vacuum analyze jobs")
    s.rows(INSERT, OPEN)
    before = settled(s)
    crawler = s.crawler()
    s.wait_until(lambda: s.one("select count(*) from (select from jobs where state = 'available' order by priority, id limit 1) x")
                 == 0, 60, "the jobs to be taken")
    s.wait_idle()
    crawler.stop()
    read = settled(s) - before
    assert s.one("select count(*) from jobs where state = 'completed'") == OVER + OPEN
    assert 1 <= read / OPEN < 30
