"""What a list shows and its detail denies: gone, and no second sync is bothered by it. It is there again when it is back."""
import pytest
from fake_github import FakeGitHub, profile, repository, user
from stack import sync
from test_mass_closing import Tagged

BLOCKED = (451, {}, {"message": "Repository access blocked", "block": {"reason": "dmca"}})
GONE = (404, {}, {"message": "Not Found", "status": "404"})
LISTS = {name: f"/users/ada/{name}?per_page=100" for name in ("followers", "following", "starred", "repos")}


def build(github, where, denied):
    """ada, and a list of hers with one that is there and one whose detail is denied. The paths of the latter's detail, and what it
    would be."""
    ada, bob = user(1, "ada"), user(2, "bob")
    counts = {"followers": "followers", "following": "following", "repos": "public_repos"}
    github.answers["/users/ada"] = github.answers["/user/1"] = profile(1, "ada", **({counts[where]: 2} if where in counts else {}))
    github.answers["/users/bob"] = github.answers["/user/2"] = profile(2, "bob")
    github.answers.update({path: [] for path in LISTS.values()})
    if where in ("starred", "repos"):
        fine, odd = (repository(i, bob if where == "starred" else ada, f"r{i}") for i in (10, 11))
        github.answers[f"/repos/{fine['full_name']}"] = github.answers["/repositories/10"] = fine
        items = [{"starred_at": f"202{i}-01-01T00:00:00Z", "repo": r} for i, r in enumerate((fine, odd))] if where == "starred" else [fine, odd]
        paths, there = (f"/repos/{odd['full_name']}", "/repositories/11"), odd
    else:
        github.answers["/users/eve"] = github.answers["/user/3"] = profile(3, "eve")
        items, paths, there = [user(3, "eve"), user(4, "dan")], ("/users/dan", "/user/4"), profile(4, "dan")
    github.answers[LISTS[where]] = items
    github.answers.update({path: denied for path in paths})
    return paths, there


def state(s):
    return s.dump("developers", "repositories", "follows", "stars", "follow_history", "star_history", "changes", "waiting_edges")


def edges(s):
    return s.rows("select 'f', follower_github_id, followed_github_id, null from follows union all "
                  "select 's', developer_github_id, repository_github_id, extract(year from starred_at)::int from stars order by 1, 2, 3")


def alive(s, github_id):
    return s.one("select (select count(*) from developers where github_id = %s and gone_at is null) + "
                 "(select count(*) from repositories where github_id = %s and gone_at is null)", github_id, github_id)


@pytest.fixture
def github():
    made = Tagged()
    yield made
    made.stop()


CASES = [("followers", GONE), ("following", GONE), ("starred", GONE), ("starred", BLOCKED), ("repos", BLOCKED), ("repos", GONE)]
IDS = [f"{w}-{d[0]}" for w, d in CASES]


@pytest.mark.parametrize("where, denied", CASES, ids=IDS)
def test_the_second_sync_changes_and_costs_nothing(where, denied, github, s):
    build(github, where, denied)
    sync(s)
    reason = s.one("select gone_reason from (select * from (select gone_reason from developers union all select gone_reason from repositories) g) x "
                   "where gone_reason is not null")
    assert reason == ("blocked" if denied is BLOCKED else "gone")
    before = state(s)
    for _ in range(3):
        asked = len(github.seen)
        sync(s)
        new = github.seen[asked:]
        assert state(s) == before
        assert not [path for _, path, headers in new if "If-None-Match" not in headers], "requested again"
        assert s.one("select sum(cost) from jobs where task_id = (select max(task_id) from jobs)") == 0


@pytest.mark.parametrize("where, denied", CASES, ids=IDS)
def test_a_list_that_changes_does_not_revive(where, denied, github, s):
    paths, _ = build(github, where, denied)
    sync(s)
    held, asked = edges(s), len(github.seen)
    github.answers[LISTS[where]] = github.answers[LISTS[where]][::-1]
    sync(s)
    assert edges(s) == held
    assert not [p for p in github.asked()[asked:] if p in paths]
    assert not alive(s, 4) and not alive(s, 11)


@pytest.mark.parametrize("changed", [False, True], ids=["same-list", "changed-list"])
@pytest.mark.parametrize("where, denied", CASES, ids=IDS)
def test_a_gone_record_is_checked_rarely_and_restored(where, denied, changed, github, s):
    paths, there = build(github, where, denied)
    sync(s)
    if changed:
        github.answers[LISTS[where]] = github.answers[LISTS[where]][::-1]
    looks = []
    for days in (2, 0, 2, 0, 0, 4):  # that pass
        for table in ("developers", "repositories"):
            s.rows(f"update {table} set gone_at = gone_at - interval '{days} days' where gone_at is not null")
        asked = len(github.seen)
        sync(s)
        looks.append(len([p for p in github.asked()[asked:] if p in paths]))
    assert looks == [1, 0, 1, 0, 0, 1]
    github.answers.update({path: there for path in paths})
    for table in ("developers", "repositories"):
        s.rows(f"update {table} set gone_at = gone_at - interval '30 days' where gone_at is not null")
    sync(s)
    expected = {"followers": [("f", 3, 1, None), ("f", 4, 1, None)], "following": [("f", 1, 3, None), ("f", 1, 4, None)],
                "starred": [("s", 1, 10, 2020), ("s", 1, 11, 2021)], "repos": []}[where]
    assert edges(s) == expected
    assert alive(s, there["id"]) == 1
    assert s.rows("select * from waiting_edges") == []


@pytest.mark.parametrize("where, denied", CASES, ids=IDS)
def test_an_early_refusal_does_not_delay_the_next_check(where, denied, github, s):
    """Two lists may ask for one detail at once, and users may ask for it as often as they like."""
    paths, _ = build(github, where, denied)
    own = ("full_profile_sync", "dan") if where in ("followers", "following") else ("full_repository_sync", *paths[0].split("/")[2:])
    sync(s)
    looks = []
    for days in (2, 2, 4):
        for table in ("developers", "repositories"):
            s.rows(f"update {table} set gone_at = gone_at - interval '{days} days' where gone_at is not null")
        asked = len(github.seen)
        sync(s)
        looks.append(len([p for p in github.asked()[asked:] if p in paths]))
        for _ in range(3):
            sync(s, *own)
    assert looks == [1, 1, 1]


@pytest.mark.parametrize("where, denied", CASES[:4], ids=IDS[:4])
def test_a_developer_back_by_a_sync_has_the_edge_again(where, denied, github, s):
    paths, there = build(github, where, denied)
    sync(s)
    assert len(edges(s)) == 1
    github.answers.update({path: there for path in paths})
    if where == "starred":
        sync(s, "full_repository_sync", "bob", "r11")
    else:
        sync(s, "full_profile_sync", "dan")
    assert len(edges(s)) == 2


def test_items_that_have_left_the_list_are_not_restored(github, s):
    paths, there = build(github, "starred", GONE)
    sync(s)
    github.answers[LISTS["starred"]] = github.answers[LISTS["starred"]][:1]
    sync(s)
    github.answers.update({path: there for path in paths})
    sync(s, "full_repository_sync", "bob", "r11")
    assert alive(s, 11) and edges(s) == [("s", 1, 10, 2020)]


def test_an_owner_that_is_gone_is_not_revived(github, s):
    """Its repository is there and starred."""
    build(github, "starred", GONE)
    github.answers[LISTS["starred"]] = github.answers[LISTS["starred"]][:1]
    github.answers["/users/bob"] = github.answers["/user/2"] = GONE
    sync(s)
    sync(s)  # what its owner left behind has been looked at
    before, asked = state(s), len(github.seen)
    github.answers[LISTS["starred"]] = [*github.answers[LISTS["starred"]], {"starred_at": None, "repo": None}]
    sync(s)
    assert state(s) == before
    assert not [p for p in github.asked()[asked:] if p in ("/users/bob", "/user/2")]
    assert s.one("select gone_at is not null from developers where github_id = 2")


@pytest.mark.parametrize("told", ["Organization", "User"])
def test_an_organisation_listed_as_a_follower_is_the_same_at_every_sync(told, github, s):
    build(github, "followers", GONE)
    github.answers["/users/dan"] = github.answers["/user/4"] = profile(4, "dan", type="Organization")
    github.answers[LISTS["followers"]] = [user(3, "eve"), user(4, "dan", type=told)]
    sync(s)
    for _ in range(3):
        assert edges(s) == [("f", 3, 1, None)]
        assert s.one("select type from developers where github_id = 4") == "Organization"
        sync(s)
    history = s.one("select count(*) from follow_history")
    assert history == (0 if told == "Organization" else 1)
    github.answers[LISTS["followers"]] = [user(4, "dan", type=told), user(3, "eve")]
    sync(s)
    assert edges(s) == [("f", 3, 1, None)] and s.one("select count(*) from follow_history") == history


@pytest.mark.parametrize("where", ["followers", "following", "starred"])
def test_a_page_stored_after_its_subject_was_found_gone_keeps_no_edges(where, github, s):
    """The list's answer is on its way while ada is found gone."""
    build(github, where, GONE)
    import threading
    held, answer = threading.Event(), github.answer

    def slow(method, path, headers):
        out = answer(method, path, headers)
        if path == LISTS[where]:
            held.wait(50)
        return out
    github.answer = slow
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: LISTS[where] in github.asked(), 30, "the list to be asked for")
    for path in ("/users/ada", "/user/1"):
        github.answers[path] = GONE
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.one("select count(*) from developers where github_id = 1 and gone_at is not null") == 1, 30, "ada to be gone")
    held.set()
    s.wait_idle()
    assert edges(s) == []


def test_a_list_read_in_full_adds_up(github, s):
    build(github, "starred", GONE)
    sync(s)
    for kind, table in (("developer", "developers"), ("repository", "repositories")):
        known, synced = s.rows(f"select count(*), count(synced_at) from {table} where gone_at is null")[0]
        told = dict(s.rows("select type, sum(n)::int from changes where starts_with(type, %s) group by 1", kind + "."))
        assert told[kind + ".new"] - told.get(kind + ".gone", 0) == known
        assert told[kind + ".synced"] == synced
        sums = s.rows("select sum(known)::int, sum(synced)::int from changes where starts_with(type, %s)", kind + ".")
        assert sums == [(known, synced)]


def test_an_unchanged_profile_is_free_whatever_its_lists_hold(github, s):
    """Followers, followings, stars and repositories, each with what is there, gone, blocked and ownerless."""
    ada, bob = user(1, "ada"), user(2, "bob")
    people = {10: profile(10, "there"), 11: GONE, 12: GONE}
    stars = {20: repository(20, bob, "there"), 21: GONE, 22: BLOCKED, 23: repository(23, bob, "ownerless")}
    own = {30: repository(30, ada, "there"), 31: GONE, 32: BLOCKED, 33: repository(33, ada, "ownerless")}
    stars[23]["owner"] = own[33]["owner"] = None
    shown = {10: "there", 11: "deleted", 12: "suspended", 20: "there", 21: "deleted", 22: "dmca", 30: "there", 31: "deleted", 32: "dmca"}
    users = [user(i, shown[i]) for i in people]
    listed = {i: stars[i] if i == 23 else repository(i, bob, shown[i]) for i in stars}
    mine = {i: own[i] if i == 33 else repository(i, ada, shown[i]) for i in own}
    counts = {"followers": 3, "following": 3, "public_repos": 4}
    for login, i, more in (("ada", 1, counts), ("bob", 2, {})):
        github.answers[f"/users/{login}"] = github.answers[f"/user/{i}"] = profile(i, login, **more)
    for i, answer in people.items():
        github.answers[f"/users/{shown[i]}"] = github.answers[f"/user/{i}"] = answer
    for i, answer in {**stars, **own}.items():
        r = {**listed, **mine}[i]
        github.answers[f"/repos/{r['full_name']}"] = github.answers[f"/repositories/{i}"] = answer
    github.answers.update({LISTS["followers"]: users, LISTS["following"]: users, LISTS["repos"]: list(mine.values()),
                           LISTS["starred"]: [{"starred_at": "2020-01-01T00:00:00Z", "repo": r} for r in listed.values()]})
    sync(s)
    assert dict(s.rows("select gone_reason, count(*) from repositories where gone_at is not null group by 1")) == {"gone": 2, "blocked": 2}
    assert s.one("select count(*) from developers where gone_reason = 'gone'") == 2
    assert s.one("select owner_github_id is null and synced_at is not null from repositories where github_id = 23")
    before = state(s)
    for _ in range(2):
        asked = len(github.seen)
        sync(s)
        assert s.one("select sum(cost) from jobs where task_id = (select max(task_id) from jobs)") == 0
        assert sorted(path for _, path, _ in github.seen[asked:]) == sorted(["/users/ada", *LISTS.values()])
        assert state(s) == before


def test_a_gone_owner_is_checked_again_and_restored(github, s):
    """Nothing but an unchanged list of stars leads to it."""
    build(github, "starred", GONE)
    there = github.answers["/users/bob"]
    github.answers["/users/bob"] = github.answers["/user/2"] = GONE
    sync(s)
    assert not alive(s, 2)
    github.answers["/users/bob"] = github.answers["/user/2"] = there
    sync(s)
    s.rows("update developers set gone_at = gone_at - interval '30 days' where gone_at is not null")
    sync(s)
    assert alive(s, 2)
