"""The comparison with the truth can fail: each kind of damage is found."""
import pytest
from crawl import SEEDS
from stack import differences
from truth import Truth, compare

DAMAGE = {
    "a field": "update developers set location = 'elsewhere' where github_id = (select min(github_id) from developers)",
    "a null": "update repositories set has_pages = null where github_id = (select min(github_id) from repositories)",
    "a time": "update repositories set created_at = created_at + interval '1 second'",
    "an owner": "update repositories set owner_github_id = 1",
    "a follow too few": "delete from follows where ctid = (select ctid from follows limit 1)",
    "a follow too many": "insert into follows values (1, 2, now())",
    "a star's time": "update stars set starred_at = starred_at + interval '1 second'",
    "a developer too few": "delete from developers where ctid = (select ctid from developers limit 1)",
    "a developer not synced": "update developers set synced_at = null where ctid = (select ctid from developers limit 1)",
    "somebody gone who is not": "update developers set gone_at = now(), gone_reason = 'x' where login = 'ada'",
    "a login twice": "insert into developers (github_id, login, first_seen_at) values (999999999999, 'ADA', now())",
}


@pytest.fixture(scope="module")
def crawled(cluster, tmp_path_factory):
    from lab import Lab
    lab = Lab(cluster, tmp_path_factory.mktemp("helpers"))
    s = lab.stack(lab.sim("synthetic", "--no-limits", "--users", 40).url, GITHUB_TOKEN="t")
    s.crawler()
    truth = Truth(lab.sims[0].truth())
    s.task("full_profile_sync", SEEDS["synthetic"])
    s.wait_idle(60)
    yield s, truth, truth.profile(SEEDS["synthetic"])
    lab.close()


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(what, crawled):
    s, truth, expected = crawled
    compare(s, truth, expected)
    s.rows("begin")
    s.rows(DAMAGE[what])
    with pytest.raises(AssertionError, match="not the truth"):
        compare(s, truth, expected)
    s.rows("rollback")


def test_a_row_written_again_unchanged_is_found(crawled):
    s = crawled[0]
    before = s.dump("developers")
    assert differences(before, s.dump("developers")) == []
    s.rows("update developers set login = login where ctid = (select ctid from developers limit 1)")
    assert differences(before, s.dump("developers")) != []


def test_a_process_stopped_at_its_start_exits_with_0(stack):
    s = stack("http://127.0.0.1:9")
    for _ in range(5):
        assert s.crawler().stop() == 0
        s.crawler()
        s.stop()
