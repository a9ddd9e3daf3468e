"""How closely the history knows when an edge ended: from the last pass that met it, changed or not, to the one that did not."""
import pytest
from truth import Truth


def synced(s, login):
    """A full sync; the database's time just before it."""
    at = s.one("select clock_timestamp()")
    s.task("full_profile_sync", login)
    s.wait_idle()
    s.check_queue()
    return at


@pytest.mark.parametrize("credential", [{"GITHUB_TOKEN": "t"}, {}], ids=["token", "anonymous"])
def test_an_unchanged_pass_counts_as_seen(credential, sim, stack):
    """Three syncs, the second one all 304; then edges end. ada's lists have several pages, others' have one."""
    github = sim("synthetic", "--no-limits", "--users", 300)
    s = stack(github.url, **credential)
    s.crawler()
    truth = Truth(github.truth())
    ada = next(i for i, u in truth.users.items() if u["login"] == "ada")
    other = next(u["login"] for i, u in sorted(truth.users.items()) if u["type"] == "User" and u["login"] != "ada"
                 and 0 < sum(a == i for a, _ in truth.follows) < 90 and (i, ada) not in truth.follows)
    other_id = next(i for i, u in truth.users.items() if u["login"] == other)
    for login in ("ada", other):
        synced(s, login)
    read = s.dump("remembered_pages")
    seen = {login: synced(s, login) for login in ("ada", other)}
    assert s.dump("remembered_pages") == read, "an unchanged page was written again"
    passes = s.one("select count(*) from list_passes where subject = any (%s)", [ada, other_id])
    assert passes == 6, "followers, following and starred of both"
    ended_after = s.one("select clock_timestamp()")

    def name(i):
        return truth.users[i]["login"]
    follower = next(a for a, b in sorted(truth.follows) if b == ada)
    followed = next(b for a, b in sorted(truth.follows) if a == ada)
    theirs = next(b for a, b in sorted(truth.follows) if a == other_id)
    starred = next(r for u, r in sorted(truth.stars) if u == ada)
    github.mutate({"op": "unfollow", "user": name(follower), "target": "ada"},
                  {"op": "unfollow", "user": "ada", "target": name(followed)},
                  {"op": "unfollow", "user": other, "target": name(theirs)},
                  {"op": "unstar", "user": "ada", "repo": truth.repos[starred]["full_name"]})
    ended_before = s.one("select clock_timestamp()")
    for login in ("ada", other):
        synced(s, login)
    expected = {("follow", follower, ada): seen["ada"], ("follow", ada, followed): seen["ada"],
                ("follow", other_id, theirs): seen[other], ("star", ada, starred): seen["ada"]}
    rows = s.rows("select 'follow', follower_github_id, followed_github_id, first_seen_at, gone_after, gone_before "
                  "from follow_history union all select 'star', developer_github_id, repository_github_id, "
                  "first_seen_at, gone_after, gone_before from star_history")
    assert {row[:3] for row in rows} == set(expected)
    for kind, a, b, first_seen, gone_after, gone_before in rows:
        assert first_seen < expected[kind, a, b] <= gone_after <= ended_after < ended_before <= gone_before


def test_a_gone_developers_edges_end_whichever_list_showed_them_last(sim, stack):
    github = sim("synthetic", "--no-limits", "--users", 40)
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    truth = Truth(github.truth())
    ada = next(i for i, u in truth.users.items() if u["login"] == "ada")
    fan = next(a for a, b in sorted(truth.follows) if b == ada and truth.users[a]["type"] == "User")
    login = truth.users[fan]["login"]
    synced(s, login)
    synced(s, "ada")
    seen_fan = synced(s, login)
    seen_ada = synced(s, "ada")  # the follow of ada was on her list later than on the follower's own
    ended_after = s.one("select clock_timestamp()")
    github.mutate({"op": "delete_user", "login": login})
    synced(s, login)
    follows = s.rows("select followed_github_id, gone_after, gone_before from follow_history "
                     "where follower_github_id = %s", fan)
    assert follows and all(seen_fan <= after <= ended_after <= before for _, after, before in follows)
    assert [after >= seen_ada for other, after, _ in follows if other == ada] == [True]
    stars = s.rows("select gone_after from star_history where developer_github_id = %s", fan)
    assert all(seen_fan <= after <= ended_after for after, in stars)


def test_a_pass_that_left_an_edge_open_does_not_count(stack):
    """A list that comes back empty against the profile's count closes nothing, and was no look at what it held."""
    from fake_github import FakeGitHub, Several, profile, user
    github = FakeGitHub()
    try:
        page = "/users/ada/followers?per_page=100"
        github.answers.update({
            "/users/ada": Several(profile(7, "ada", followers=1), profile(7, "ada", followers=1), profile(7, "ada")),
            page: Several([user(8, "bob")], [], []), "/users/ada/starred?per_page=100": [],
            "/users/bob": profile(8, "bob")})
        s = stack(github.url)
        s.crawler()
        synced(s, "ada")
        empty = synced(s, "ada")
        assert s.rows("select follower_github_id from follows") == [(8,)]
        synced(s, "ada")
        (gone_after,), = s.rows("select gone_after from follow_history where follower_github_id = 8")
        assert gone_after < empty
    finally:
        github.stop()
