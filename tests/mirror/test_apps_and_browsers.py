"""GITHUB_USERS keeps out whom it does not name, but not apps, which have no user, and not a browser's preflight."""
import base64
import time

import pytest

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl"


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.fixture
def upstream(lab):
    def answer(seen):
        if seen.target == "/user":
            return (401, {}, b'{"message":"Bad credentials"}') if "eyJ" in seen.get("Authorization") else (200, {}, b'{"login":"eve"}')
        return 200, {"ETag": '"1"'}, b'{"ok":true}'
    return lab.recorder(answer)


@pytest.mark.parametrize("method, path, authorization", [
    ("GET", "/app", f"Bearer {JWT}"), ("POST", "/app/installations/1/access_tokens", f"Bearer {JWT}"), ("GET", "/app/hook/config?x=1", f"bearer {JWT}"),
    ("GET", "/repos/o/r/installation", f"Bearer {JWT}"), ("GET", "/orgs/o/installation", f"Bearer {JWT}"),
    ("GET", "/api/v3/app/installations", f"Bearer {JWT}"), ("GET", "/users/o/installation", f"Bearer {JWT}"),
    ("POST", "/applications/Iv1.abc/token", basic("Iv1.abc:secret")), ("GET", "/installation/repositories", "token ghs_abc"),
    ("GET", "/repos/o/r", "Bearer ghs_123_" + JWT), ("GET", "/repos/o/r", basic("x-access-token:ghs_abc")), ("GET", "/repos/o/r", basic("ghs_abc:")),
    ("GET", "/repos/o/r", basic("ghs_abc:x-oauth-basic"))])
def test_credentials_without_a_user_are_admitted(lab, upstream, method, path, authorization):
    mirror = lab.mirror(upstream, GITHUB_USERS="ada")
    body = b"{}" if method == "POST" else None
    got = mirror.request(method, path, None, {"Authorization": authorization}, body)
    assert (got.status, got.json()) == (200, {"ok": True}) and upstream.asked("/user") == []


@pytest.mark.parametrize("path, authorization, status", [
    ("/repos/o/r", f"Bearer {JWT}", 401), ("/user", f"Bearer {JWT}", 401), ("/graphql", f"Bearer {JWT}", 401), ("/apps/x", f"Bearer {JWT}", 401),
    ("/app", "Bearer eyJ", 401), ("/app", "Bearer ghp_x", 403), ("/applications/Iv1.abc/token", basic("Iv1.other:secret"), 403), ("/app", None, 401),
    ("/repos/o/r", basic("ghs_abc:ghp_of_eve"), 403), ("/repos/o/r", basic("ghs_abc"), 403), ("/repos/o/r", basic("eve:"), 403)])
def test_credentials_of_others_are_refused(lab, upstream, path, authorization, status):
    mirror = lab.mirror(upstream, GITHUB_USERS="ada")
    got = mirror.get(path, headers={"Authorization": authorization} if authorization else {})
    assert got.status == status and [s for s in upstream.asked() if s.target != "/user"] == []


@pytest.mark.parametrize("path", ["/app", "/app/installations?per_page=5", "/users/o/installation", "/marketplace_listing/plans", "/applications/Iv1.abc/token"])
def test_a_401_of_endpoints_for_apps_does_not_refuse_a_lent_credential(lab, upstream, path):
    """GitHub answers those with 401, and would seem to refuse the credential."""
    upstream.answer = lambda seen: (401, {}, b'{"message":"A JSON web token could not be decoded"}') if seen.target == path else (200, {}, b"{}")
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    assert mirror.get(path).status == 401 and mirror.get("/users/app").status == 200
    assert [s.target for s in upstream.asked() if s.get("Authorization")] == ["/users/app"]


def test_a_refused_lent_token_is_not_a_refusal_of_the_client(lab, upstream):
    upstream.answer = lambda seen: (401, {}, b'{"message":"Bad credentials"}')
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    got = mirror.get("/users/ada")
    assert (got.status, got.label) == (503, "API_ERROR_MISS") and got["Retry-After"]


@pytest.mark.parametrize("headers, body", [({"Content-Type": "text/html"}, b"<h1>Sign in to the proxy</h1>"), ({}, b""), ({}, b'{"error":"unauthorized"}')])
def test_a_proxys_401_is_not_a_refusal_of_a_lent_token(lab, upstream, headers, body):
    upstream.answer = lambda seen: (401, headers, body) if seen.target == "/users/ada" else (200, {}, b"{}")
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    assert mirror.get("/users/ada").status == 503 and mirror.get("/users/ken").status == 200


def test_the_limit_in_a_401_is_not_the_lent_tokens(lab, upstream):
    """GitHub bills it to the address it came from, and tells that limit."""
    def limit(most, left):
        return {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(int(time.time()) + 1800),
                "X-RateLimit-Resource": "core"}
    upstream.answer = lambda seen: (401, limit(60, 0), b'{"message":"Requires authentication"}') if seen.target == "/repos/o/r/stargazers" \
        else (200, limit(5000, 4000), b"{}")
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="t")
    assert mirror.get("/users/ken").status == 200 and mirror.get("/repos/o/r/stargazers").status == 503
    assert mirror.get("/users/eve").status == 200
    mirror.stack.wait_until(lambda: mirror.stack.rows("select rate_limit from quota_buckets where resource = 'core'") == [(5000,)], 60, "the quota")


@pytest.mark.parametrize("settings", [{}, {"GITHUB_USERS": "ada"}, {"MIRROR_CREDENTIALS": "pool", "GITHUB_TOKEN": "t"}])
@pytest.mark.parametrize("method, path", [("GET", "/users/x"), ("PATCH", "/repos/o/r"), ("POST", "/graphql"), ("PUT", "/api/v3/user/starred/o/r")])
def test_a_preflight_needs_no_credential(lab, upstream, settings, method, path):
    mirror = lab.mirror(upstream, **settings)
    got = mirror.request("OPTIONS", path, headers={"Origin": "https://example.org", "Access-Control-Request-Method": method,
                                                   "Access-Control-Request-Headers": "authorization,x-github-api-version"})
    assert (got.status, got["Access-Control-Allow-Origin"], got.body) == (204, "*", b"")
    allowed = [h.strip().lower() for h in got["Access-Control-Allow-Headers"].split(",")]
    assert {"authorization", "x-github-api-version", "if-none-match", "content-type", "cache-control"} <= set(allowed)
    assert method in got["Access-Control-Allow-Methods"] and int(got["Access-Control-Max-Age"]) > 0
    assert upstream.asked() == []


def test_no_other_request_counts_as_a_preflight(lab, upstream):
    mirror = lab.mirror(upstream, GITHUB_USERS="ada")
    for headers in ({}, {"Origin": "https://example.org"}, {"Access-Control-Request-Method": "GET"}):
        assert mirror.request("OPTIONS", "/users/x", headers=headers).status == 401
    assert mirror.get("/users/x", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}).status == 401


def test_a_page_of_another_origin_may_read_the_mirrors_own_errors(lab):
    upstream = lab.recorder(lambda seen: (200, {"X-RateLimit-Remaining": "0"}, b'{"login":"eve"}'))
    mirror = lab.mirror(upstream, GITHUB_USERS="ada")
    refused = lab.mirror(lab.mirror(upstream).url)
    origin = {"Origin": "https://example.org"}
    got = [mirror.get("/x", headers=origin), mirror.get("/x", "eve", origin), mirror.get("/_webhook", headers=origin),
           mirror.get("/users/../x", headers=origin)]
    refused.get("/x", "a")
    got += [refused.get("/y", "a", origin)]
    alone = lab.mirror("http://127.0.0.1:9")
    got += [alone.get("/z", "a", origin), alone.get("/z", "a", {**origin, "Cache-Control": "only-if-cached"}),
            alone.request("POST", "/z", "a", {**origin, "Content-Length": "9000000000"}), alone.get("/z" + "z" * 9000, "a", origin),
            alone.get("/z", "a", {**origin, **{f"X-{n}": "1" for n in range(70)}}), alone.get("/z", "a", {**origin, "Host": "elsewhere.example"})]
    assert [g.status for g in got] == [401, 403, 404, 400, 403, 502, 504, 413, 414, 431, 400]
    assert {g["Access-Control-Allow-Origin"] for g in got} == {"*"}
    for header in ("Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset", "ETag", "Link", "X-Cache"):
        assert all(header in g["Access-Control-Expose-Headers"] for g in got)


PAGE = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json; charset=utf-8", "ETag": '"x"'}
ORIGINS = ["https://board.example", "http://localhost:3000", "null", "https://board.example.evil.example"]


@pytest.mark.parametrize("setting, allowed", [(None, []), ("https://board.example, http://localhost:3000", ORIGINS[:2]), ("*", ORIGINS)])
def test_pages_of_a_lent_credential_are_for_named_origins(lab, setting, allowed):
    """Otherwise any web page that a member of the team opens could read it: a request needs no credential."""
    upstream = lab.recorder(lambda seen: (404 if "none" in seen.target else 200, PAGE, b'{"message":"Not Found"}'))
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="ours", **({"MIRROR_LENT_ORIGINS": setting} if setting else {}))
    for origin in ORIGINS:
        for path in ("/repos/o/secret", "/repos/o/secret", "/repos/o/none", "/rate_limit"):  # asked, stored, missing, passed on
            got = mirror.get(path, headers={"Origin": origin})
            assert got["Access-Control-Allow-Origin"] in (("*", origin) if origin in allowed else (None,)), (path, origin, got)
        assert mirror.get("/repos/o/secret", "own", {"Origin": origin})["Access-Control-Allow-Origin"] == "*"
    assert mirror.get("/repos/o/secret").status == 200


def test_without_lent_credentials_any_origin_may_read(lab):
    upstream = lab.recorder(lambda seen: (200, PAGE, b"{}"))
    mirror = lab.mirror(upstream)
    assert mirror.get("/x", headers={"Origin": ORIGINS[0]})["Access-Control-Allow-Origin"] == "*"
