"""Of a client's fields GitHub is sent those that the stored page is known by, and none that could make a write of a read."""
import json

import pytest

QUERY = b'{"query":"{ viewer { login } }"}'
# A query if read as JSON, a mutation if read as a form.
TWO_FACED = json.dumps({"query": "{ viewer { login } }", "variables": {"x": "&query=mutation{deleteRepository(input:{repositoryId:1}){clientMutationId}}&y="}}).encode()
TYPES = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/graphql", "application/json; charset=utf-16",
         ["application/json", "application/x-www-form-urlencoded"], "application/JSON, text/xml", "", None]
OVERRIDES = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "PATCH", "Cookie": "user_session=x", "X-Original-URL": "/user",
             "X-Rewrite-URL": "/user", "X-CSRF-Token": "x", "Content-Language": "x", "Prefer": "respond-async", "Origin": "https://evil.example", "X-Any": "1"}


@pytest.fixture(scope="module")
def lent(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("sent"))
    upstream = made.recorder(lambda seen: (200, {"ETag": '"1"'}, b'{"data":{"viewer":{"login":"ada"}}}'))
    yield made.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="pool-token", MIRROR_GRAPHQL_FRESH_SECONDS=600), upstream
    made.close()


@pytest.mark.parametrize("cache", ["no-cache", "no-store"])
@pytest.mark.parametrize("token", [None, "own"])
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_read_only_query_is_sent_as_it_was_parsed(lent, kind, token, cache):
    mirror, upstream = lent
    for body in (QUERY, TWO_FACED):
        fields = {"Cache-Control": cache, **({"Content-Type": kind} if kind is not None else {})}
        assert mirror.request("POST", "/graphql?query=mutation{x}", token, fields, body).status == 200
        sent = upstream.asked()[-1]
        assert sent.body == body and sent.get("Authorization") == ("Bearer own" if token else "Bearer pool-token")
        if token is None or cache == "no-cache":
            assert [v for n, v in sent.headers if n.lower() == "content-type"] == ["application/json"]
        assert sent.target == "/graphql"


@pytest.mark.parametrize("method, path, cache", [("GET", "/users/ada", ""), ("GET", "/users/ada", "no-store"), ("GET", "/rate_limit", ""),
                                                 ("HEAD", "/users/ada", "no-store"), ("POST", "/graphql", "no-cache"), ("POST", "/graphql", "no-store")])
def test_requests_of_a_lent_credential_have_only_fields_that_read(lent, method, path, cache):
    mirror, upstream = lent
    fields = {**OVERRIDES, "Cache-Control": cache, "X-GitHub-Api-Version": "2022-11-28", "Accept": "application/json"}
    assert mirror.request(method, path, None, fields, QUERY if method == "POST" else None).status == 200
    sent = upstream.asked()[-1]
    assert sent.get("Authorization") == "Bearer pool-token" and {n.lower() for n in OVERRIDES}.isdisjoint(sent.names()), sent
    assert (sent.get("X-GitHub-Api-Version"), sent.get("Accept"), sent.get("User-Agent")) == ("2022-11-28", "application/json", "mirror-tests")


def test_conditions_and_ranges_are_forwarded(lent):
    mirror, upstream = lent
    fields = {"If-None-Match": '"x"', "If-Modified-Since": "Fri, 01 Aug 2025 10:00:00 GMT", "Range": "bytes=0-3", "Cache-Control": "no-store"}
    mirror.get("/users/ada", None, fields)
    sent = upstream.asked()[-1]
    assert [sent.get(n) for n in list(fields)[:3]] == list(fields.values())[:3]


def test_fields_outside_a_querys_key_are_not_sent(lent):
    """Else it could change what others of the same credential are given from the store."""
    mirror, upstream = lent
    known = {"Accept": "application/json", "X-GitHub-Next-Global-ID": "1", "GraphQL-Features": "x"}
    mirror.request("POST", "/graphql", "own", {**OVERRIDES, **known}, QUERY)
    sent = upstream.asked()[-1]
    assert {n.lower() for n in OVERRIDES}.isdisjoint(sent.names()) and [sent.get(n) for n in known] == list(known.values())
    for name in known:
        before = len(upstream.asked())
        mirror.request("POST", "/graphql", "own", {**known, name: "other"}, QUERY)
        assert len(upstream.asked()) == before + 1, name


def test_writes_with_a_clients_own_credential_have_all_its_fields(lent):
    mirror, upstream = lent
    fields = {**OVERRIDES, "Content-Type": "text/plain"}
    mirror.request("POST", "/markdown/raw", "own", fields, b"x")
    assert [upstream.asked()[-1].get(n) for n in fields] == list(fields.values())


@pytest.mark.parametrize("fields", [{"If-None-Match": "*"}, {"If-None-Match": '"1"'}, {"Range": "bytes=0-1"}, {"Accept": "application/vnd.github.raw"},
                                    {"If-Modified-Since": "Fri, 01 Aug 2025 10:00:00 GMT"}, {"X-GitHub-Api-Version": "1999-01-01"}], ids=str)
def test_the_credentials_owner_is_requested_with_the_mirrors_own_fields(lab, fields):
    """The first request's conditions are about its page, not about its user; they kept the user out."""
    def answer(seen):
        odd = [n for n in fields if seen.get(n) and seen.target == "/user"]
        return (304, {}, b"") if odd and "If" in odd[0] else (406, {}, b"{}") if odd else (200, {"ETag": '"1"'}, b'{"login":"ada"}')
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream, GITHUB_USERS="ada")
    assert mirror.get("/users/x", "t", fields).status in (200, 206, 304)
    asked = upstream.asked("/user")
    assert len(asked) == 1 and asked[0].names() <= {"host", "user-agent", "authorization", "accept-encoding"}


def test_of_several_user_agents_the_first_is_sent(lent):
    """GitHub indents for curl; the page is stored as one of the first, and must be one."""
    mirror, upstream = lent
    for method, cache in (("GET", ""), ("GET", "no-store"), ("PATCH", "")):
        mirror.request(method, "/users/agents", "own", {"User-Agent": ["octokit", "curl/8"], "Cache-Control": cache}, b"{}" if method == "PATCH" else None)
        assert [v for n, v in upstream.asked()[-1].headers if n.lower() == "user-agent"] == ["octokit"]
