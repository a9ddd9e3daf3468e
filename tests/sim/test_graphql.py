"""GraphQL: the query crawlers hydrate with, GitHub's refusals, and the points."""
import base64
import pathlib

import pytest

HYDRATE = pathlib.Path(__file__).with_name("hydrate.graphql").read_text()


def test_hydrate_says_what_rest_says(world):
    truth = world.truth()
    users = [u for u in truth["users"] if u["type"] != "Bot"][-50:]
    repos = [r for r in truth["repos"] if r["fork"]][:20] + truth["repos"][-30:]
    answer = world.graphql(HYDRATE, ids=[o["node_id"] for o in users + repos]).json()
    assert "errors" not in answer and len(answer["data"]["nodes"]) == len(users) + len(repos)
    for user, node in zip(users, answer["data"]["nodes"]):
        assert node["__typename"] == user["type"] and node["id"] == user["node_id"] and node["login"] == user["login"]
        assert node["databaseId"] == (user["id"] if user["id"] < 2**31 else None)
        assert node["websiteUrl"] == (user["blog"] or None) and node["twitterUsername"] == user["twitter_username"]
        assert node["repositories"]["totalCount"] == user["public_repos"] and node["createdAt"] == user["created_at"]
        if user["type"] == "User":
            assert node["isHireable"] == bool(user["hireable"]) and node["bio"] == user["bio"]
            assert node["followers"]["totalCount"] == user["followers"]
            assert "email" not in node
    for repo, node in zip(repos, answer["data"]["nodes"][len(users):]):
        assert node["nameWithOwner"] == repo["full_name"] and node["repoName"] == repo["name"]
        assert node["openI"]["totalCount"] + node["openP"]["totalCount"] == repo["open_issues_count"]
        assert (node["stargazerCount"], node["forkCount"]) == (repo["stargazers_count"], repo["forks_count"])
        assert node["watchers"]["totalCount"] == repo["subscribers_count"]
        assert (node["primaryLanguage"] or {}).get("name") == repo["language"]
        assert node["homepageUrl"] == repo["homepage"] and node["pushedAt"] == repo["pushed_at"]
        assert [t["topic"]["name"] for t in node["repositoryTopics"]["nodes"]] == repo["topics"]
        assert node["isEmpty"] == (repo["size"] == 0) and (node["defaultBranchRef"] is None) == (repo["size"] == 0)
        assert node["owner"]["id"] == repo["owner"]["node_id"]
        assert (node["parent"] or {}).get("id") == (repo.get("parent") or {}).get("node_id")
        spdx = (repo["license"] or {}).get("spdx_id")
        assert (node["licenseInfo"] or {}).get("spdxId") == (None if spdx == "NOASSERTION" else spdx)
    assert any(node["parent"] for node in answer["data"]["nodes"][len(users):])


def test_unknown_ids_are_null_in_place_with_an_error_each(world):
    ada = world.get("/users/ada").json()["node_id"]
    query = "query($i: [ID!]!) {\n  nodes(ids: $i) { id }\n}"
    answer = world.graphql(query, i=["x", ada, "U_kgDOAAAAAQ"])
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"]["nodes"] == [None, {"id": ada}, None]
    assert [error["path"] for error in body["errors"]] == [["nodes", 0], ["nodes", 2]]
    assert body["errors"][0] == {"type": "NOT_FOUND", "path": ["nodes", 0], "locations": [{"line": 2, "column": 3}],
                                 "message": "Could not resolve to a node with the global id of 'x'"}
    one = world.graphql('{ node(id: "D_abcdefgh") { __typename ... on Discussion { title } } }').json()
    assert one["data"] == {"node": None} and one["errors"][0]["path"] == ["node"]


def test_ids_in_both_spellings_and_the_new_one_on_request(world):
    user = next(u for u in world.truth()["users"] if u["node_id"].startswith("MDQ6"))
    new = world.graphql('query($i: ID!) { node(id: $i) { id } }', headers={"X-Github-Next-Global-ID": "1"},
                        i=user["node_id"]).json()["data"]["node"]["id"]
    assert new == computed("U_", user["id"])
    again = world.graphql('query($i: ID!) { node(id: $i) { id ... on User { login } } }', i=new).json()
    assert again["data"]["node"] == {"id": user["node_id"], "login": user["login"]}


def computed(prefix, number):
    """GitHub's new node id: msgpack's shortest form of [0, number]."""
    width = 0 if number < 128 else next(n for n in (1, 2, 4, 8) if number < 256 ** n)
    head = {0: b"", 1: b"\xcc", 2: b"\xcd", 4: b"\xce", 8: b"\xcf"}[width]
    packed = b"\x92\x00" + head + number.to_bytes(width or 1, "big")
    return prefix + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def legacy(name, number):
    return base64.b64encode(f"0{len(name)}:{name}{number}".encode()).decode()


def test_ids_computed_from_a_number_in_both_forms(world):
    truth = world.truth()
    kinds = {"User": "U_", "Organization": "O_", "Bot": "BOT_", "Repository": "R_"}
    records = [(user["type"], user) for user in truth["users"]] + [("Repository", repo) for repo in truth["repos"]]
    query = "query($i: [ID!]!) { nodes(ids: $i) { id __typename } }"
    for kind, record in records[:20] + records[-20:]:
        number = record["id"]
        ids = [computed(kinds[kind], number), legacy(kind, number)]
        for other in set(kinds) - {kind, "Repository"}:
            ids += [computed(kinds[other], number), legacy(other, number)]
        if kind == "Repository":
            ids = ids[:2]
        answer = world.graphql(query, i=ids).json()
        assert answer["data"]["nodes"][:2] == [{"id": record["node_id"], "__typename": kind}] * 2
        assert answer["data"]["nodes"][2:] == [None] * (len(ids) - 2)
        assert all(error["type"] == "NOT_FOUND" for error in answer.get("errors", []))


@pytest.mark.parametrize("spelled", ["U_kgDOAAAAAQ", "U_kgAB=", "MDQ6VXNlcjE", "MDQ6VXNlcjAx", "MDU6VXNlcjE=", "U_kgAB ", "U_"])
def test_ids_in_another_spelling_are_not_found(world, spelled):
    answer = world.graphql("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=[spelled]).json()
    assert answer["data"]["nodes"] == [None] and answer["errors"][0]["type"] == "NOT_FOUND"


def test_more_than_100_ids(world):
    body = world.graphql("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=["x"] * 101).json()
    assert body["data"] is None and body["errors"][0]["type"] == "ARGUMENT_LIMIT"
    assert body["errors"][0]["message"] == "You may not provide more than 100 node ids; you provided 101."
    twice = world.graphql("query($i: [ID!]!) { a: nodes(ids: $i) { id } b: nodes(ids: $i) { id } }", i=["x"] * 100)
    assert len(twice.json()["data"]["b"]) == 100


@pytest.mark.parametrize("query,message", [
    ('{ user(login: "ada") { shoeSize } }', "Field 'shoeSize' doesn't exist on type 'User'"),
    ('{ user(login: "ada") { ...Missing } }', "Fragment Missing was used, but not defined"),
    ('{ user(login: "ada") }', "must have selections"),
    ('{ user(login: "ada") { login }', "Parse error"),
    ('{ user(login: "ada) { login } }', "Parse error"),
    ("mutation { addStar { id } }", "doesn't exist on type 'StarPayload'"),
    ("subscription { viewer { login } }", "Only queries and mutations"),
    ("query A { viewer { login } } query B { viewer { login } }", "operation name"),
    ('{ repository(owner: "a", name: "b") { repositoryTopics { nodes { topic { name } } } } }', "properly paginate"),
    ('{ repository(owner: "a", name: "b") { repositoryTopics(first: 101) { nodes { topic { name } } } } }', "100 records"),
    ("fragment F on User { ...F } { viewer { ...F } }", "depth"),
    ("{" + "a{" * 60, "Parse error")])
def test_refused_queries_have_no_data(world, query, message):
    answer = world.graphql(query)
    assert answer.status_code == 200 and "data" not in answer.json()
    assert message in answer.json()["errors"][0]["message"] and answer.json()["errors"][0]["locations"]


def test_language_features(world):
    query = '''# comment
      query First { viewer { login } }
      query Second($login: String = "ada", $no: Boolean!) {
        me: user(login: $login) { ...F login @include(if: $no) ... @skip(if: $no) { n: name } }
        org: organization(login: "ada") { login }
      }
      fragment F on User { __typename ... on RepositoryOwner { id } ... on Organization { description } }'''
    body = world.post("/graphql", {"query": query, "operationName": "Second", "variables": {"no": False}}).json()
    ada = world.get("/users/ada").json()
    assert body["data"] == {"me": {"__typename": "User", "id": ada["node_id"], "n": ada["name"]}, "org": None}
    assert body["errors"][0]["message"] == "Could not resolve to an Organization with the login of 'ada'."


def test_email_needs_its_scope(simulator):
    sim = simulator("--token", "poor=ada:repo", "--token", "mail=ada:repo, user:email")
    query = '{ user(login: "ada") { login email } }'
    refused = sim.graphql(query, token="poor").json()
    assert "data" not in refused and refused["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
    assert sim.graphql(query, token="mail").json()["data"]["user"]["email"] is not None


def test_points_are_a_pool_of_their_own(simulator):
    sim = simulator("--graphql-limit", 2, "--control")
    first = sim.graphql("{ rateLimit { limit cost remaining used nodeCount } }")
    assert first.json()["data"]["rateLimit"] == {"limit": 2, "cost": 1, "remaining": 1, "used": 1, "nodeCount": 0}
    assert first.headers["X-RateLimit-Resource"] == "graphql" and first.headers["X-RateLimit-Remaining"] == "1"
    sim.graphql("{ viewer { login } }")
    out = sim.graphql("{ viewer { login } }")
    assert out.status_code == 200 and out.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert out.headers["X-RateLimit-Remaining"] == "0" and "data" not in out.json()
    assert sim.get("/users/ada").headers["X-RateLimit-Used"] == "1"


def test_price_counts_filled_connections(simulator):
    sim = simulator()
    ids = ["x"] * 100
    part = "nodes(ids: $i) { ... on Repository { repositoryTopics(first: 20) { nodes { topic { name } } } } }"
    one = sim.graphql("query($i: [ID!]!) { rateLimit { cost nodeCount } " + part + " }", i=ids).json()
    assert one["data"]["rateLimit"] == {"cost": 1, "nodeCount": 2100}
    three = sim.graphql("query($i: [ID!]!) { rateLimit { cost } a: %s b: %s c: %s }" % (part, part, part), i=ids)
    assert three.json()["data"]["rateLimit"]["cost"] == 3 and three.headers["X-RateLimit-Used"] == "4"


def test_no_token_no_graphql(simulator):
    assert simulator().graphql("{ viewer { login } }", token=None).status_code == 401
    sim = simulator("--graphql", "off")
    assert sim.graphql("{ viewer { login } }").status_code == 404
    assert simulator().post("/graphql", headers={"Content-Type": "application/json"}).status_code == 400


def test_big_batches_fail_as_configured(simulator):
    sim = simulator("--graphql-max-nodes", 50, "--graphql-timeout-above", 80)
    query = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    ada = sim.get("/users/ada").json()["node_id"]
    assert sim.graphql(query, i=[ada] * 50).json()["data"]["nodes"][0] == {"id": ada}
    limited = sim.graphql(query, i=[ada] * 51).json()
    assert limited["errors"][0]["type"] == "RESOURCE_LIMITS_EXCEEDED" and set(limited["data"]["nodes"]) == {None}
    late = sim.graphql(query, i=[ada] * 81)
    assert late.status_code == 502 and late.headers["Content-Type"] == "text/html"


def test_stargazers_are_refused_but_their_number_is_not(simulator):
    sim = simulator("--control")
    repo = max(sim.truth()["repos"], key=lambda r: r["stargazers_count"])
    query = "query($i: ID!) { node(id: $i) { ... on Repository { stargazerCount stargazers { totalCount } } } }"
    body = sim.graphql(query, i=repo["node_id"]).json()
    assert body["data"]["node"] == {"stargazerCount": repo["stargazers_count"], "stargazers": None}
    assert body["errors"][0]["type"] == "FORBIDDEN"
