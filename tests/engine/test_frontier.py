"""When a developer is walked next."""
from fake_github import FakeGitHub, profile


def test_a_profile_that_never_changes_can_be_synced_any_number_of_times(stack):
    """The wait doubles with each sync, up to 30 days."""
    github = FakeGitHub()
    try:
        github.answers.update({"/users/person": profile(7, "person"), "/users/person/starred?per_page=100": []})
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        for walks, days in ((0, 1), (1, 2), (4, 16), (5, 30), (31, 30), (2000, 30), (100000, 30)):
            if walks:
                s.rows("update frontier set walks = %s", walks)
            s.task("full_profile_sync", "person")
            s.wait_idle()
            s.check_queue()
            assert s.rows("select walks, round(extract(epoch from next_at - last_at) / 86400)::int from frontier") == [
                (walks + 1, days)]
    finally:
        github.stop()
