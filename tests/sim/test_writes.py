"""Writes, private repositories and mutations: access, effects, cost."""


def start(simulator, *more):
    return simulator("--control", "--token", "a=ada", "--token", "b=" + OTHER, "--token", "ghs_installation", *more)


OTHER = "grace-x"  # nobody of that name: a token whose login is unknown here owns nothing


def write(sim, method, path, token="a", **more):
    return sim.session.request(method, sim.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=20, **more)


def test_star_and_unstar(simulator):
    sim = start(simulator)
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] != "ada"
                and sim.get(f"/user/starred/{r['full_name']}", token="a").status_code == 404)["full_name"]
    stars = sim.get(f"/repos/{repo}", token="a").json()["stargazers_count"]
    for _ in range(2):  # a second time changes nothing
        assert write(sim, "PUT", f"/user/starred/{repo}").status_code == 204
    assert sim.get(f"/user/starred/{repo}", token="a").status_code == 204
    assert sim.get("/user/starred", token="a").json()[0]["full_name"] == repo
    assert sim.get(f"/repos/{repo}", token="a").json()["stargazers_count"] == stars + 1
    assert write(sim, "DELETE", f"/user/starred/{repo}").status_code == 204
    assert sim.get(f"/user/starred/{repo}", token="a").status_code == 404
    assert write(sim, "PUT", "/user/starred/no/such").status_code == 404


def test_follow_and_unfollow(simulator):
    sim = start(simulator)
    other = next(u["login"] for u in sim.truth()["users"] if u["type"] == "User" and u["login"] != "ada"
                 and sim.get(f"/user/following/{u['login']}", token="a").status_code == 404)
    assert write(sim, "PUT", f"/user/following/{other}").status_code == 204
    assert "ada" in [u["login"] for u in sim.pages(f"/users/{other}/followers", token="a")]
    assert write(sim, "DELETE", f"/user/following/{other}").status_code == 204
    assert sim.get(f"/user/following/{other}", token="a").status_code == 404


def test_patch_create_and_delete(simulator):
    sim = start(simulator)
    assert write(sim, "PATCH", "/user", json={"bio": "new words", "id": 1}).json()["bio"] == "new words"
    assert sim.get("/users/ada", token="a").json()["bio"] == "new words"
    made = write(sim, "POST", "/user/repos", json={"name": "made-here"})
    assert made.status_code == 201 and made.headers["Location"].endswith("/repos/ada/made-here")
    changed = write(sim, "PATCH", "/repos/ada/made-here", json={"description": "d", "private": True}).json()
    assert changed["description"] == "d" and changed["private"] and changed["visibility"] == "private"
    assert write(sim, "DELETE", "/repos/ada/made-here").status_code == 204
    assert sim.get("/repos/ada/made-here", token="a").status_code == 404
    assert write(sim, "PATCH", "/user", data="{nonsense").status_code == 400
    assert write(sim, "POST", "/user/repos", json={"name": "no/slash"}).status_code == 422
    foreign = next(r for r in sim.truth()["repos"] if r["owner"]["login"] != "ada")["full_name"]
    assert write(sim, "PATCH", f"/repos/{foreign}", json={"description": "x"}).status_code == 403


def test_who_may_not_write(simulator):
    sim = start(simulator)
    assert write(sim, "PATCH", "/user", token="ghs_installation", json={}).status_code == 403
    assert sim.get("/user", token="ghs_installation").status_code == 403
    assert sim.session.put(sim.url + "/user/starred/a/b", timeout=20).status_code == 401
    assert write(sim, "PUT", "/users/ada").status_code == 404


def test_a_private_repository_is_seen_by_its_owner_alone(simulator):
    sim = start(simulator)
    r = next(r for r in sim.get("/user/repos?per_page=100", token="a").json() if not r["fork"] and not r["forks_count"])
    name, before = r["full_name"], sim.get("/users/ada", token="a").json()["public_repos"]
    sim.mutate({"op": "set_private", "repo": name, "private": True})
    assert sim.get(f"/repos/{name}", token="a").status_code == 200
    query = 'query($o: String!, $n: String!) { repository(owner: $o, name: $n) { isPrivate visibility } }'
    owner, short = name.split("/")
    assert sim.graphql(query, token="a", o=owner, n=short).json()["data"]["repository"] == {
        "isPrivate": True, "visibility": "PRIVATE"}
    for token in ("b", "ghs_installation", None):
        for path in (f"/repos/{name}", f"/repositories/{r['id']}", f"/repos/{name}/readme", f"/repos/{name}/commits"):
            assert sim.get(path, token=token).status_code == 404
    assert sim.graphql(query, token="b", o=owner, n=short).json()["data"]["repository"] is None
    assert sim.get("/users/ada", token="a").json()["public_repos"] == before - 1
    for path, there in (("/users/ada/repos?per_page=100", False), ("/user/repos?per_page=100", True)):
        assert (name in [x["full_name"] for x in sim.pages(path, token="a")]) == there
    write(sim, "PUT", f"/user/starred/{name}")
    assert name in [x["full_name"] for x in sim.pages("/users/ada/starred?per_page=100", token="a")]
    assert name not in [x["full_name"] for x in sim.pages("/users/ada/starred?per_page=100", token="b")]


def test_mutations(simulator):
    sim = start(simulator)
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] != "ada")
    text = """mutation($id: ID!) { %s(input: {starrableId: $id, clientMutationId: "m"}) {
                clientMutationId starrable { ... on Repository { nameWithOwner viewerHasStarred stargazerCount } } } }"""
    for name, there in (("addStar", True), ("removeStar", False)):
        answer = sim.graphql(text % name, token="a", id=repo["node_id"]).json()
        assert "errors" not in answer, answer
        assert answer["data"][name]["clientMutationId"] == "m"
        assert answer["data"][name]["starrable"]["viewerHasStarred"] is there
        assert (sim.get(f"/user/starred/{repo['full_name']}", token="a").status_code == 204) is there
    refused = sim.graphql(text % "addStar", token="ghs_installation", id=repo["node_id"]).json()
    assert refused["data"]["addStar"] is None and refused["errors"][0]["type"] == "FORBIDDEN"
    assert sim.graphql("mutation { deleteEverything }", token="a").json()["errors"]


def test_a_write_weighs_five_points(simulator):
    sim = start(simulator, "--secondary-points", 6)
    assert write(sim, "PATCH", "/user", json={"bio": "x"}).status_code == 200
    assert sim.get("/users/ada", token="a").status_code == 200
    assert write(sim, "PATCH", "/user", json={"bio": "y"}).headers["Retry-After"] == "60"


def test_counters_can_be_put_back(simulator):
    sim = start(simulator)
    sim.get("/users/ada", token="a")
    before = sim.stats()
    assert before["requests"] == 1 and before["connections"] >= 1
    sim.post("/_sim/stats", {}, token=None)
    after = sim.stats()
    assert after["requests"] == 0 and after["credentials"]["ada"]["charged"]["core"] == 0
    assert sim.get("/rate_limit", token="a").json()["resources"]["core"]["used"] == 1
