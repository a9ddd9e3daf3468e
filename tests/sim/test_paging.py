"""Lists: page sizes, Link headers, orders, and that all pages together are the truth."""
import collections
import datetime
import re
import time


def ids(items):
    return [item["id"] for item in items]


def test_followers_pages_make_the_whole_list(world):
    truth = world.truth()
    ada = world.get("/users/ada").json()
    followers = world.pages("/users/ada/followers?per_page=7")
    assert sorted(ids(followers)) == sorted(a for a, b in truth["follows"] if b == ada["id"])
    assert len(followers) == ada["followers"] > 100


def test_link_has_numeric_ids_keeps_the_query_and_orders_its_rels(world):
    ada = world.get("/users/ada").json()
    link = world.get("/users/ada/followers?per_page=10&page=2").headers["Link"]
    last = -(-ada["followers"] // 10)
    base = f"{world.url}/user/{ada['id']}/followers?per_page=10&page="
    assert link == (f'<{base}1>; rel="prev", <{base}3>; rel="next", <{base}{last}>; rel="last", '
                    f'<{base}1>; rel="first"')
    first = world.get("/users/ada/followers?per_page=10").headers["Link"]
    assert re.findall(r'rel="(\w+)"', first) == ["next", "last"]
    end = world.get(f"/users/ada/followers?per_page=10&page={last}").headers["Link"]
    assert re.findall(r'rel="(\w+)"', end) == ["prev", "first"]


def test_single_page_has_no_link(world):
    quiet = next(u for u in world.truth()["users"] if 0 < u["followers"] < 30)
    answer = world.get(f"/users/{quiet['login']}/followers")
    assert "Link" not in answer.headers
    assert len(answer.json()) == quiet["followers"]


def test_per_page_defaults_to_30_and_is_cut_to_100(world):
    assert len(world.get("/users/ada/followers").json()) == 30
    assert len(world.get("/users/ada/followers?per_page=500").json()) == 100
    assert world.get("/users/ada/followers?page=999").json() == []


def test_link_points_at_the_host_that_was_asked_and_only_at_a_host(world):
    ask = "/users/ada/followers"
    assert "<http://sim.example:81/user/" in world.get(ask, headers={"Host": "sim.example:81"}).headers["Link"]
    assert f"<{world.url}/user/" in world.get(ask, headers={"Host": "a>;b"}).headers["Link"]


def test_starred_is_newest_first_and_timed_on_request(world):
    star = {"Accept": "application/vnd.github.star+json"}
    items = world.pages("/users/ada/starred?per_page=100", headers=star)
    times = [item["starred_at"] for item in items]
    assert times == sorted(times, reverse=True) and len(set(times)) == len(times) > 100
    ada = world.get("/users/ada").json()["id"]
    truth = {(repo, at) for user, repo, at in world.truth()["stars"] if user == ada}
    assert {(item["repo"]["id"], item["starred_at"]) for item in items} == truth
    bare = world.pages("/users/ada/starred?per_page=100")
    assert ids(bare) == [item["repo"]["id"] for item in items]
    upwards = world.pages("/users/ada/starred?per_page=100&direction=asc")
    assert ids(upwards) == ids(bare)[::-1]


def test_repos_sort_by_full_name_by_default(world):
    names = [repo["full_name"].lower() for repo in world.pages("/users/ada/repos?per_page=50")]
    assert names == sorted(names) and len(names) == world.get("/users/ada").json()["public_repos"]
    created = [repo["created_at"] for repo in world.pages("/users/ada/repos?sort=created&per_page=100")]
    assert created == sorted(created, reverse=True)
    assert world.get("/users/ada/repos?type=member").json() == []


def test_since_lists_run_through_all_accounts_by_id(world):
    seen = world.pages("/users?per_page=100")
    assert ids(seen) == sorted(user["id"] for user in world.truth()["users"])
    answer = world.get("/users?per_page=5")
    assert f'since={answer.json()[-1]["id"]}>; rel="next"' in answer.headers["Link"]
    assert answer.headers["Link"].endswith(f'<{world.url}/users{{?since}}>; rel="first"')
    repos = world.pages("/repositories")
    assert ids(repos) == sorted(repo["id"] for repo in world.truth()["repos"])
    assert "stargazers_count" not in repos[0] and "keys_url" in repos[0]


def test_both_names_of_a_list_serve_the_same(world):
    ada = world.get("/users/ADA").json()
    for tail in ("", "/followers", "/following", "/repos", "/starred", "/orgs", "/subscriptions"):
        assert world.get(f"/users/ada{tail}").json() == world.get(f"/user/{ada['id']}{tail}").json()
    assert world.get("/users/ada/subscriptions").json() == []


def test_stargazers_page_cap(world):
    repo = max(world.truth()["repos"], key=lambda r: r["stargazers_count"])["full_name"]
    answer = world.get(f"/repos/{repo}/stargazers?page=401")
    assert answer.status_code == 422 and answer.json()["status"] == "422"
    assert "pagination is limited" in answer.json()["message"]
    assert world.get(f"/repos/{repo}/stargazers?page=400").json() == []


def test_stargazers_are_the_other_end_of_starred(world):
    truth = world.truth()
    repo = max(truth["repos"], key=lambda r: r["stargazers_count"])
    listed = world.pages(f"/repos/{repo['full_name']}/stargazers?per_page=100")
    assert sorted(ids(listed)) == sorted(u for u, r, _ in truth["stars"] if r == repo["id"])
    assert world.get(f"/repos/{repo['full_name']}/stargazers/count").json() == {"count": len(listed)}


def test_star_history_counts_every_star_on_its_day(world):
    truth = world.truth()
    repo = max(truth["repos"], key=lambda r: r["stargazers_count"])
    path = f"/repos/{repo['full_name']}/stargazers/history"
    first = world.get(path + "?per_page=100")
    assert len(first.json()) == 30 and f"/repositories/{repo['id']}/stargazers/history?" in first.headers["Link"]
    weeks = world.pages(path)
    starts = [week["week"] for week in weeks]
    assert starts == list(range(starts[0], starts[-1] - 1, -604800)) and starts[0] % 604800 == 259200
    assert starts[0] <= time.time() < starts[0] + 604800
    assert all(week["total"] == sum(week["days"]) and len(week["days"]) == 7 for week in weeks)
    days = collections.Counter()
    for week in weeks:
        days.update({week["week"] // 86400 + i: n for i, n in enumerate(week["days"]) if n})
    starred = [datetime.datetime.fromisoformat(at.replace("Z", "+00:00")) for _, r, at in truth["stars"] if r == repo["id"]]
    assert days == collections.Counter(int(at.timestamp()) // 86400 for at in starred)
    assert world.get(path + "?page=1000").json() == []


def test_star_history_may_be_refused(simulator):
    sim = simulator("--control", "--star-history", "403")
    repo = sim.truth()["repos"][0]["full_name"]
    assert sim.get(f"/repos/{repo}/stargazers/history").status_code == 403
    sim.config(**{"star-history": "404"})
    assert sim.get(f"/repos/{repo}/stargazers/history").status_code == 404
    sim.config(**{"star-history": "open"})
    assert sim.get(f"/repos/{repo}/stargazers/history").status_code == 200


def test_search_finds_and_counts(world):
    found = world.get("/search/users?q=ada+type:user&per_page=100").json()
    expected = [u for u in world.truth()["users"] if u["type"] == "User" and
                ("ada" in u["login"].lower() or "ada" in (u["name"] or "").lower())]
    assert found["total_count"] == len(expected) > 0
    assert found["items"][0]["score"] == 1.0
    assert world.get("/search/users").status_code == 422
