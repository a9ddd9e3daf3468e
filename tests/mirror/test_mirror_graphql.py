"""GraphQL queries are cached for a while by request and credential; mutations never."""
import json
import time

import pytest

QUERY = "query($login: String!) { user(login: $login) { login bio } rateLimit { remaining } }"
MUTATION = "mutation($id: ID!) { addStar(input: {starrableId: $id}) { starrable { id } } }"


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada", "--token", "b")


def ask(mirror, query=QUERY, token="a", path="/graphql", headers=None, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    return mirror.request("POST", path, token, {"Content-Type": "application/json", **(headers or {})}, body)


def asked(sim):
    return len([t for t in sim.trace() if t["resource"] == "graphql"])


def test_a_query_is_stored_by_text_variables_and_credential(lab, github):
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    first = ask(mirror, login="ada")
    assert first.status == 200 and first.json()["data"]["user"]["login"] == "ada" and asked(github) == 1
    again = ask(mirror, login="ada")
    assert again.body == first.body and again.label == "ONLINE_HIT" and asked(github) == 1
    assert ask(mirror, login="ada", path="/api/graphql").body == first.body and asked(github) == 1
    ask(mirror, login="nobody")
    assert asked(github) == 2
    ask(mirror, token="b", login="ada")
    assert asked(github) == 3
    ask(mirror, query=QUERY + " # another text", login="ada")
    assert asked(github) in (3, 4)


def test_a_query_is_requested_again_after_its_lifetime(lab, github):
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=1)
    ask(mirror, login="ada")
    github.mutate({"op": "edit_user", "login": "ada", "set": {"bio": "later"}})
    time.sleep(1.3)
    assert ask(mirror, login="ada").json()["data"]["user"]["bio"] == "later" and asked(github) == 2


def test_nothing_is_stored_by_default_or_with_no_cache(lab, github):
    mirror = lab.mirror(github)
    for _ in range(2):
        ask(mirror, login="ada")
    assert asked(github) == 2
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    ask(mirror, login="ada")
    ask(mirror, login="ada", headers={"Cache-Control": "no-cache"})
    assert asked(github) == 4


def test_mutations_are_never_stored_and_never_coalesced(lab, github, together):
    github.config(latency=200)
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    node = next(r["node_id"] for r in github.truth()["repos"])
    together(*[lambda: ask(mirror, MUTATION, id=node)] * 4)
    ask(mirror, MUTATION, id=node)
    assert asked(github) == 5
    hidden = "# query\nfragment f on Repository { id }\nmutation($id: ID!) { removeStar(input: {starrableId: $id}) " \
             "{ starrable { ...f } } }"
    ask(mirror, hidden, id=node)
    ask(mirror, hidden, id=node)
    assert asked(github) == 7


def test_queries_are_coalesced(lab, github, together):
    github.config(latency=1000)
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    got = together(*[lambda: ask(mirror, login="ada")] * 8)
    assert {g.status for g in got} == {200} and asked(github) == 1


def test_errors_are_not_stored(lab, github):
    mirror = lab.mirror(github, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    for _ in range(2):
        assert "errors" in ask(mirror, query="{ nonsense }").json()
    assert asked(github) == 2
    github.config(graphql_limit=0)
    limited = ask(mirror, login="ada")
    assert limited.status == 200 and "RATE_LIMITED" in limited.text
    github.config(graphql_limit=5000)


def test_bodies_that_are_not_queries_pass_unchanged(lab):
    upstream = lab.recorder(lambda seen: (200, {}, b'{"data":null}'))
    mirror = lab.mirror(upstream, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    bodies = [b"", b"[]", b"{", b'{"query":1}', b'\xff\xfe', b'{"query":"{ a }","query":"mutation { b }"}',
              b'{"query":"{ a }","operationName":"x","variables":null,"extensions":{}}']
    for body in bodies:
        for _ in range(2):
            mirror.request("POST", "/graphql", "t", {"Content-Type": "application/json"}, body)
    seen = [s.body for s in upstream.asked()]
    for body in bodies[:6]:
        assert seen.count(body) == 2, body
    assert bodies[6] in seen


def test_a_mutation_has_entries_revalidated(lab, github):
    mirror = lab.mirror(github, MIRROR_FRESH_SECONDS=60, MIRROR_GRAPHQL_FRESH_SECONDS=60)
    repo = next(r for r in github.truth()["repos"] if r["owner"]["login"] != "ada" and not r["private"])
    before = mirror.get("/user/starred", "a")
    count = "{ repository(owner: \"%s\", name: \"%s\") { viewerHasStarred } }" % tuple(repo["full_name"].split("/"))
    starred = ask(mirror, count).json()["data"]["repository"]["viewerHasStarred"]
    verb = "removeStar" if starred else "addStar"
    ask(mirror, MUTATION.replace("addStar", verb), id=repo["node_id"])
    assert ask(mirror, count).json()["data"]["repository"]["viewerHasStarred"] is not starred
    assert mirror.get("/user/starred", "a").body != before.body
