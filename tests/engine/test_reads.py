"""What a page reads does not grow with what waits and what is remembered, though its plans were made while both were little."""
import time

import pytest
from fake_github import FakeGitHub, profile, repository, user

PEOPLE = 12  # of whom the first half is synced before: so many that every session has made its plans
MANY = 20_000
# Waiting jobs of another task, and the pages of others.
OTHERS = f"""
insert into jobs (kind, key, task_id, state, run_at) select 'noop', 'late:' || n, 1000000, 'scheduled', now() + interval '1 day'
  from generate_series(1, {MANY}) n;
insert into remembered_pages (list, subject, page, scope, ids, fetched_at)
select 'developer_repositories', 1000000 + n, 1, 'else', '{{}}', now() from generate_series(1, {MANY}) n"""


@pytest.fixture
def github():
    made = FakeGitHub()
    for n in range(2 * PEOPLE):
        name = f"u{n}"
        made.answers[f"/users/{name}"] = profile(100 + n, name, followers=1, following=0, public_repos=1)
        made.answers[f"/users/{name}/followers?per_page=100"] = [user(200 + n, f"f{n}")]
        made.answers[f"/users/{name}/starred?per_page=100"] = []
        made.answers[f"/users/{name}/repos?per_page=100"] = [repository(300 + n, user(100 + n, name), f"r{n}")]
        made.answers[f"/users/f{n}"] = made.answers[f"/user/{200 + n}"] = profile(200 + n, f"f{n}")
        made.answers[f"/repositories/{300 + n}"] = made.answers[f"/repos/{name}/r{n}"] = repository(300 + n, user(100 + n, name), f"r{n}")
    yield made
    made.stop()


def settled(s):
    """Rows and index entries read of each of the tables, once every session has told what it read."""
    def reads():
        return dict(s.rows("select relname, coalesce(seq_tup_read, 0) + (select sum(idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid)"
                           "  from pg_stat_user_tables t where relname in ('jobs', 'remembered_pages')"))
    last = None
    for _ in range(10):  # the crawler looks for work now and then, which is little
        if last == (now := reads()):
            break
        last = now
        time.sleep(1.5)
    return now


def test_a_sync_beside_much_that_waits_and_is_remembered(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest", RATE_LIMIT_STOP_THRESHOLD=0)
    s.crawler()


    def sync(people):
        for n in people:
            s.task("full_profile_sync", f"u{n}")
        s.wait_until(lambda: s.one("select (select count(*) from developers where synced_at is not null)"
                                   "     + (select count(*) from repositories where synced_at is not null)") == 3 * (max(people) + 1),
                     60, "their records")

    sync(range(PEOPLE))
    s.rows(OTHERS)
    before = settled(s)
    sync(range(PEOPLE, 2 * PEOPLE))
    read = {table: n - before[table] for table, n in settled(s).items()}
    assert set(read) == {"jobs", "remembered_pages"}
    assert all(n < MANY / 2 for n in read.values()), read
