"""The connection to the database is lost between two steps of a job: what was committed is not stored a second time as
something else."""
import pytest
from wire import Cutter
from fake_github import FakeGitHub, Several, profile, user


@pytest.mark.parametrize("at", [2, 3, 4], ids=["second page", "last page", "confirming pass"])
def test_a_page_is_not_mistaken_for_the_next_one(at, lab):
    """Three pages of followers, one of whom leaves. The wire is cut when the crawler, a page committed, wants to know what
    it remembers of the next one."""
    github = FakeGitHub()
    recalls, armed = [], []

    def cut(data):
        if b"pages_recall\0" not in data or b"developer_followers" not in data or not armed:
            return False
        recalls.append(data)
        return len(recalls) == at
    wire = Cutter(lab.cluster.folder, cut)
    try:
        url = "/users/person/followers?per_page=100"

        def page(n, ids, more=True):
            link = {"Link": f'<{github.url}{url}&page={n + 1}>; rel="next"'} if more else {}
            return 200, link, [user(i, f"f-{i}") for i in ids]
        github.answers.update({
            "/users/person": profile(7, "person", followers=5), url: page(1, [1, 2]), url + "&page=3": page(3, [5], False),
            url + "&page=2": Several(page(2, [3, 4]), page(2, [3])), "/users/person/starred?per_page=100": []})
        for i in range(1, 6):
            github.answers[f"/users/f-{i}"] = profile(i, f"f-{i}")
        database = lab.database()
        s = lab.stack(github.url, database)
        s.crawler(DATABASE_URL=wire.url(database.split("/")[3].split("?")[0]))
        s.task("full_profile_sync", "person")
        s.wait_idle()
        armed.append(True)
        s.task("full_profile_sync", "person")
        s.wait_idle()
        s.check_queue()
        assert len(recalls) >= at, "the wire was not cut"
        assert s.rows("select follower_github_id from follows order by 1") == [(1,), (2,), (3,), (5,)]
        assert s.rows("select follower_github_id from follow_history") == [(4,)]
        assert s.rows("select page, ids from remembered_pages where list = 'developer_followers' order by page") == [
            (1, [1, 2]), (2, [3]), (3, [5])]
    finally:
        wire.close()
        github.stop()
