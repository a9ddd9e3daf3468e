"""A waiting list belongs to a GitHub id: when it is read, the requested name may belong to another developer."""
from fake_github import FakeGitHub, profile, user

LIMITED = (429, {"Retry-After": "3600"}, {"message": "You have exceeded a secondary rate limit."})


def waiting(stack):
    """alice's followers were to be read when GitHub asked for an hour's pause."""
    github = FakeGitHub()
    for n, login in ((5, "eve"), (6, "mallory")):
        github.answers[f"/users/{login}"] = github.answers[f"/user/{n}"] = profile(n, login, following=1)
    github.answers["/users/alice"] = github.answers["/user/1"] = profile(1, "alice", followers=1)
    for login in ("alice", "bob"):
        github.answers[f"/users/{login}/starred?per_page=100"] = []
    github.answers["/users/alice/followers?per_page=100"] = LIMITED
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    crawler = s.crawler()
    s.task("full_profile_sync", "alice")
    s.wait_until(lambda: s.rows("select 1 from jobs where kind = 'developer_followers' and state = 'scheduled'"), 30, "the pause")
    crawler.stop()
    s.rows("update credentials set blocked_until = null, blocks = 0")
    s.rows("update jobs set state = 'scheduled', run_at = now() + interval '1 hour', note = null where finished_at is null")
    return github, s


def go_on(s):
    s.rows("update jobs set run_at = now() where state = 'scheduled'")
    s.wait_idle()
    s.check_queue()


def rename(github):
    """alice is bob now, and mallory's friend has taken her name."""
    github.answers["/users/alice"] = github.answers["/user/9"] = profile(9, "alice", followers=1)
    github.answers["/users/bob"] = github.answers["/user/1"] = profile(1, "bob", followers=1)
    github.answers["/users/alice/followers?per_page=100"] = [user(6, "mallory")]
    github.answers["/users/bob/followers?per_page=100"] = [user(5, "eve")]


def test_a_waiting_list_follows_its_owner_to_the_new_name(stack):
    github, s = waiting(stack)
    try:
        rename(github)
        s.crawler()
        task = s.task("full_profile_sync", "bob")
        s.wait_until(lambda: s.one("select state from jobs where id = %s", task) == "completed", 30, "the sync of bob")
        go_on(s)
        assert s.rows("select follower_github_id, followed_github_id from follows") == [(5, 1)]
    finally:
        github.stop()


def test_a_rename_seen_in_another_list_counts(stack):
    github, s = waiting(stack)
    try:
        rename(github)
        s.rows("update developers set login = 'bob' where github_id = 1")
        s.crawler()
        go_on(s)
        assert s.rows("select follower_github_id, followed_github_id from follows") == [(5, 1)]
    finally:
        github.stop()


def test_a_waiting_list_goes_by_the_newer_count(stack):
    """One follower was counted at the first request, none at the second: an empty list is accepted."""
    github, s = waiting(stack)
    try:
        s.rows("insert into follows (follower_github_id, followed_github_id, first_seen_at) values (6, 1, now())")
        github.answers["/users/alice"] = github.answers["/user/1"] = profile(1, "alice")
        github.answers["/users/alice/followers?per_page=100"] = []
        s.crawler()
        task = s.task("full_profile_sync", "alice")
        s.wait_until(lambda: s.one("select state from jobs where id = %s", task) == "completed", 30, "the sync of alice")
        go_on(s)
        assert s.rows("select * from follows") == []
    finally:
        github.stop()
