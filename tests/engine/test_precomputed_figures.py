"""What the scheduler keeps: samples of the quota with what was spent for whom, figures of long lists, and what rises."""
import pytest
from truth import Truth


def samples(s):
    return s.rows("select credential, resource, rate_limit, rate_remaining, people, discovery, mirror from quota_samples order by at, 1, 2")


@pytest.mark.slow
def test_the_quota_is_sampled_with_spending_by_purpose(sim, stack):
    github = sim("synthetic", "--users", 80)
    s = stack(github.url, GITHUB_TOKEN="t", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off", DISCOVERY_COUNT=3)
    s.crawler()
    login = next(u["login"] for u in Truth(github.truth()).users.values() if u["type"] == "User")
    s.task("full_profile_sync", login)
    s.wait_idle()
    asked = github.charged()
    spent = "select spent_people, spent_discovery from quota_buckets where resource = 'core'"
    s.wait_until(lambda: s.rows(spent) == [(asked, 0)], 60, f"{asked} units spent for people")
    s.task("full_profile_sync", login)  # 304s, which cost nothing, are not spent
    s.wait_idle()
    asked = github.charged()
    s.wait_until(lambda: s.rows(spent) == [(asked, 0)], 60, f"{asked} units spent for people, 304s left out")
    # As the scheduler asks for it: nobody waits for it.
    s.start("scheduler", DISCOVERY_SCHEDULE="* * * * *")
    s.wait_until(lambda: (row := s.rows(spent)[0])[1] > 0 and sum(row) == github.charged() and s.open_jobs() == 0, 150, "what discovery spent")
    assert s.rows(spent)[0][0] == asked
    s.wait_until(lambda: samples(s), 60, "a sample")
    credential, resource, limit, remaining, people, discovery, mirror = samples(s)[0]
    assert resource == "core" and credential.startswith("token-") and limit == 5000 and 0 < remaining <= 5000 and people == asked and mirror == 0
    # One per five minutes, by any scheduler; old ones are deleted.
    s.rows("insert into quota_samples select now() - interval '31 days', 'x', 'core', 1, 1, 1, 1, 1")
    s.wait_until(lambda: not [row for row in samples(s) if row[0] == "x"], 90, "the old sample to go")
    assert s.one("select max(n) from (select count(*) n from quota_samples group by at, credential, resource) x") == 1
    assert s.one("select count(*) from quota_samples where date_bin('5 minutes', at, '2000-01-01Z') <> at") == 0



def test_figures_of_long_lists_are_precomputed(stack):
    s = stack("http://127.0.0.1:9", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off")
    s.rows("insert into developers (github_id, login, type, first_seen_at, synced_at) select n, 'd' || n, 'User', now(), now() "
           "from generate_series(1, 10001) n")
    s.rows("insert into repositories (github_id, name, full_name, first_seen_at, synced_at) values (5, 'r', 'd1/r', now(), now())")
    s.rows("insert into repository_counts (github_id, day, stargazers_count) values (5, current_date - 3, 10), (5, current_date, 17)")
    s.start("scheduler")
    # At once what rises, which a new dashboard shows; then as many as half a second allows, every minute.
    s.wait_until(lambda: s.rows("select days, gained from rising_repositories order by 1")[:1] == [(7, 7)], 60, "what rises")
    totals = "select list, field, total, n_values from facet_totals where list = 'developers' and field = 'type'"
    s.wait_until(lambda: s.rows(totals) == [("developers", "type", 10001, 1)], 300, "the first figure")
    assert s.rows("select place, value, n from facet_counts where field = 'type'") == [(1, "User", 10001)]
    assert s.rows("select days, gained from rising_repositories order by 1") == [(7, 7), (30, 7)]
