"""A world that changes: what a client sees, and that counters stay in step with lists."""
import collections


def big_repo(sim):
    return max((r for r in sim.truth()["repos"] if r["owner"]["login"] != "ada"), key=lambda r: r["stargazers_count"])


def stranger(sim, truth, ada):
    followers = {a for a, b in truth["follows"] if b == ada["id"]}
    return next(u for u in truth["users"] if u["type"] == "User" and u["id"] not in followers | {ada["id"]})


def test_follow_and_unfollow(simulator):
    sim = simulator("--control", "--stargazers", "open")
    before = sim.get("/users/ada")
    fan = stranger(sim, sim.truth(), before.json())
    sim.mutate({"op": "follow", "user": fan["login"], "target": "ada"})
    after = sim.get("/users/ada", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200 and after.json()["followers"] == before.json()["followers"] + 1
    assert after.json()["updated_at"] > before.json()["updated_at"]
    assert sim.pages("/users/ada/followers?per_page=100")[-1]["id"] == fan["id"]
    sim.mutate({"op": "unfollow", "user": fan["login"], "target": "ada"})
    assert sim.get("/users/ada").json()["followers"] == before.json()["followers"]
    assert fan["id"] not in [u["id"] for u in sim.pages("/users/ada/followers?per_page=100")]


def test_star_and_unstar(simulator):
    sim = simulator("--control")
    truth = sim.truth()
    ada = sim.get("/users/ada").json()
    starred = {r for u, r, _ in truth["stars"] if u == ada["id"]}
    repo = next(r for r in truth["repos"] if r["id"] not in starred)
    sim.mutate({"op": "star", "user": "ada", "repo": repo["full_name"]})
    first = sim.get("/users/ada/starred").json()[0]
    assert first["id"] == repo["id"] and first["stargazers_count"] == repo["stargazers_count"] + 1
    sim.mutate({"op": "unstar", "user": "ada", "repo": repo["full_name"]})
    assert sim.get(f"/repositories/{repo['id']}").json()["stargazers_count"] == repo["stargazers_count"]


def test_a_renamed_user_and_the_new_holder_of_the_login(simulator):
    sim = simulator("--control")
    old = big_repo(sim)["owner"]
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["id"] == old["id"])
    sim.mutate({"op": "rename_user", "login": old["login"], "new_login": "brand-new"})
    assert sim.get(f"/users/{old['login']}").status_code == 404
    assert sim.get("/users/brand-new").json()["id"] == old["id"]
    moved = sim.get(f"/repos/{repo['full_name']}")
    assert moved.status_code == 301
    sim.mutate({"op": "takeover", "login": old["login"]})
    assert sim.get(f"/users/{old['login']}").json()["id"] != old["id"]
    assert sim.get(f"/repos/{repo['full_name']}").status_code == 301
    sim.mutate({"op": "new_repo", "owner": old["login"], "name": repo["name"]})
    assert sim.get(f"/repos/{repo['full_name']}").json()["id"] != repo["id"]
    assert sim.get(f"/repositories/{repo['id']}").json()["full_name"] == f"brand-new/{repo['name']}"


def test_renamed_and_transferred_repository(simulator):
    sim = simulator("--control")
    repo = big_repo(sim)
    sim.mutate({"op": "rename_repo", "repo": repo["full_name"], "new_name": "new-name"})
    moved = sim.get(f"/repos/{repo['full_name']}")
    target = f"{sim.url}/repositories/{repo['id']}"
    assert (moved.status_code, moved.headers["Location"], moved.json()["url"]) == (301, target, target)
    assert moved.json()["message"] == "Moved Permanently" and "ETag" not in moved.headers
    assert int(moved.headers["X-RateLimit-Used"]) == 1
    owner = repo["owner"]["login"]
    assert sim.get(target).json()["full_name"] == f"{owner}/new-name"
    ada, before = sim.get("/users/ada").json(), sim.get(f"/users/{owner}").json()
    sim.mutate({"op": "transfer_repo", "repo": f"{owner}/new-name", "new_owner": "ada"})
    assert sim.get(target).json()["owner"]["login"] == "ada"
    assert sim.get(f"/repos/{repo['full_name']}").status_code == 301
    assert sim.get("/users/ada").json()["public_repos"] == ada["public_repos"] + 1
    assert sim.get(f"/users/{owner}").json()["public_repos"] == before["public_repos"] - 1
    kept = sim.get(f"/repos/{repo['full_name']}/languages?a=1")
    assert kept.headers["Location"] == target + "/languages?a=1"


def test_blocked_deleted_and_turned_into_an_organisation(simulator):
    sim = simulator("--control")
    names = [r["full_name"] for r in sim.truth()["repos"] if r["owner"]["login"] == "ada"][:3]
    before = {n: sim.get(f"/repos/{n}").json() for n in names}
    sim.mutate({"op": "block_repo", "repo": names[0], "reason": "dmca"},
               {"op": "block_repo", "repo": names[1], "reason": "tos"}, {"op": "delete_repo", "repo": names[2]})
    for name, status, reason in ((names[0], 451, "dmca"), (names[1], 403, "tos")):
        for path in (f"/repos/{name}", f"/repositories/{before[name]['id']}"):
            answer = sim.get(path)
            assert answer.status_code == status and answer.json()["block"]["reason"] == reason
            assert answer.json()["message"] == "Repository access blocked"
    assert sim.get(f"/repos/{names[2]}").status_code == sim.get(f"/repositories/{before[names[2]]['id']}").status_code == 404
    listed = {r["full_name"] for r in sim.pages("/users/ada/repos?per_page=100")}
    assert not listed & set(names)
    gone = sim.truth()["gone"]
    assert gone["blocked"] == sorted(before[n]["id"] for n in names[:2]) and gone["repos"] == [before[names[2]]["id"]]
    truth = sim.truth()
    person = next(u for u in truth["users"] if u["following"] and u["type"] == "User" and u["login"] != "ada")
    sim.mutate({"op": "user_to_org", "login": person["login"]})
    assert sim.get(f"/orgs/{person['login']}").json()["type"] == "Organization"
    assert sim.get(f"/users/{person['login']}/following").json() == []
    sim.mutate({"op": "delete_user", "login": person["login"]})
    assert sim.get(f"/user/{person['id']}").status_code == 404 and person["id"] in sim.truth()["gone"]["users"]


def test_edits_and_new_things(simulator):
    sim = simulator("--control")
    repo = big_repo(sim)["full_name"]
    sim.mutate({"op": "new_user", "login": "newcomer"}, {"op": "new_repo", "owner": "newcomer", "name": "copy", "fork_of": repo},
               {"op": "edit_user", "login": "newcomer", "set": {"bio": "a\nb", "email": None}},
               {"op": "edit_repo", "repo": "newcomer/copy", "set": {"archived": True, "topics": "x,y"}})
    assert sim.get("/users/newcomer").json()["bio"] == "a\nb"
    copy = sim.get("/repos/newcomer/copy").json()
    assert copy["archived"] and copy["topics"] == ["x", "y"] and copy["parent"]["full_name"] == repo


def test_wrong_ops_are_named_and_change_nothing(simulator):
    sim = simulator("--control")
    before = sim.truth()
    for op, word in (({"op": "fly"}, "fly"), ({"op": "follow", "user": "ada", "target": "nobody-here"}, "nobody-here"),
                     ({"op": "follow", "user": "ada", "target": "ada"}, "another account"),
                     ({"op": "edit_user", "login": "ada", "set": {"id": 1}}, "set"),
                     ({"op": "new_user", "login": "ADA"}, "nobody has"),
                     ({"op": "new_user", "login": 'a"b'}, "letters"),
                     ({"op": "new_repo", "owner": "ada", "name": "a/b"}, "letters"), ([], "(absent)")):
        answer = sim.post("/_sim/mutate", [op], token=None)
        assert answer.status_code == 422 and word in answer.json()["error"] and answer.json()["done"] == []
    assert sim.truth() == before
    assert sim.post("/_sim/mutate", {"op": "follow"}, token=None).status_code == 400


def test_random_changes_keep_the_world_consistent(simulator):
    sim = simulator("--control", "--stargazers", "open", "--limit", 1000000)
    for seed in range(5):
        done = sim.post("/_sim/random", {"seed": seed, "steps": 200}, token=None).json()["done"]
        assert len(done) > 150
        truth = sim.truth()
        users, repos = {u["id"]: u for u in truth["users"]}, {r["id"]: r for r in truth["repos"]}
        following = collections.Counter(a for a, _ in truth["follows"])
        followers = collections.Counter(b for _, b in truth["follows"])
        stars = collections.Counter(r for _, r, _ in truth["stars"])
        owned = collections.Counter(r["owner"]["id"] for r in truth["repos"])
        for i, user in users.items():
            assert (user["following"], user["followers"], user["public_repos"]) == (following[i], followers[i], owned[i])
        assert all(repo["stargazers_count"] == stars[i] for i, repo in repos.items())
        assert set(following) | set(followers) <= set(users) and set(stars) <= set(repos)
        assert len(set(map(tuple, truth["follows"]))) == len(truth["follows"])
        assert not set(truth["gone"]["users"]) & set(users)
    assert {op["op"] for op in done} & {"rename_user", "transfer_repo", "delete_user", "delete_repo"}
    assert sim.pages("/users?per_page=100") and sim.get("/users/ada").status_code == 200
    assert sim.stats()["credentials"].get("anonymous:127.0.0.1") is None  # control costs nothing


def test_random_changes_are_a_function_of_their_seed(simulator):
    one, two = simulator("--control"), simulator("--control")
    ask = {"seed": 9, "steps": 100}
    assert one.post("/_sim/random", ask).json() == two.post("/_sim/random", ask).json()
    assert one.post("/_sim/random", {"seed": 1, "steps": 0}).status_code == 400
