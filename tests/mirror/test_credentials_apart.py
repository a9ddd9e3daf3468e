"""What a header says of a credential, a session or a quota is for that credential alone, on whatever way an answer comes."""
import http.cookies

import pytest
from github_etag import answer_with

BODY = b'{"login":"ada","id":1}'
LIST = b'[{"login":"ada"}]'

# Of Alice's answers; none of it may be in anybody else's. The last ones are names nobody has heard of.
ALICES = {
    "X-OAuth-Scopes": "repo, user, alice-scope", "X-OAuth-Client-Id": "alice-client", "X-Accepted-OAuth-Scopes": "alice-accepted",
    "X-Accepted-GitHub-Permissions": "alice=read", "GitHub-Authentication-Token-Expiration": "2027-01-01 alice UTC",
    "X-GitHub-SSO": "required; url=https://github.com/orgs/alice/sso", "X-GitHub-OTP": "required; alice",
    "WWW-Authenticate": "Basic realm=alice", "Authentication-Info": "alice-info", "Proxy-Authenticate": "Basic realm=alice",
    "Set-Cookie": ["session=alice; Path=/", "other=alice"], "Set-Cookie2": "alice=1",
    "X-RateLimit-Limit": "7777", "X-RateLimit-Remaining": "7776", "X-RateLimit-Used": "1", "X-RateLimit-Reset": "4102444807",
    "X-RateLimit-Resource": "alice", "RateLimit-Policy": "alice;q=1", "RateLimit": "alice;r=1", "Retry-After": "7777",
    "X-GitHub-Request-Id": "alice-request", "X-Request-Id": "alice-request", "X-Poll-Interval": "7777",
    "X-GitHub-Session": "alice-session", "X-Whatever-Comes-Next": "alice-unknown", "X-Forwarded-User": "alice",
    "Content-Location": "/users/ada?alice", "Content-Security-Policy": "report-uri /alice", "Cache-Control": "private, max-age=7777",
    "Server-Timing": "alice",
}
OF_THE_BODY = {"Content-Language": "en", "Last-Modified": "Fri, 01 Aug 2025 10:00:00 GMT",
               "X-GitHub-Media-Type": "github.v3; format=json"}
BARE = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-RateLimit-Used": "1", "X-RateLimit-Resource": "core",
        "X-GitHub-Request-Id": "of-the-other", "X-GitHub-Media-Type": None}


def upstream_of(lab, body=BODY, rates=True):
    """Alice's answers carry her fields; a 304 carries the least that it may."""
    def answer(seen):
        alice = seen.get("Authorization") == "Bearer alice"
        bare = BARE if rates else {n: None for n in BARE}
        return answer_with(seen, body, {**ALICES, **OF_THE_BODY} if alice else bare, ALICES if alice else bare)
    return lab.recorder(answer)


def tells_of_alice(answer):
    return [(n, v) for n, v in answer.headers.items() if "alice" in v.lower() or "777" in v]


@pytest.mark.parametrize("fresh", [0, 3600])
@pytest.mark.parametrize("other", [None, "bob", "ghs_installation"])
def test_a_page_revalidated_by_anothers_etag_has_no_fields_of_the_other(lab, other, fresh):
    upstream = upstream_of(lab)
    mirror = lab.mirror(upstream, MIRROR_FRESH_SECONDS=fresh)
    assert mirror.get("/users/ada", "alice")["X-OAuth-Client-Id"] == "alice-client"
    for method in ("GET", "GET", "HEAD"):
        got = mirror.request(method, "/users/ada", other)
        assert got.status == 200 and got.label == "ONLINE_HIT" and tells_of_alice(got) == []
    assert 200 not in [answer_with(s, BODY)[0] for s in upstream.asked() if s.get("Authorization") != "Bearer alice"]
    for name, value in OF_THE_BODY.items():  # what describes the bytes comes along
        assert got[name] == value, name
    assert got["Content-Type"] == "application/json; charset=utf-8" and got["X-GitHub-Request-Id"] == "of-the-other"
    assert mirror.get("/users/ada", "alice")["X-OAuth-Scopes"] == "repo, user, alice-scope"  # hers are still hers


def test_fields_of_another_credential_stay_apart_during_an_outage_and_after_a_restart(lab):
    upstream = upstream_of(lab, rates=False)
    stack = lab.stack(upstream.url)
    mirror = lab.mirror(upstream, stack)
    mirror.get("/users/ada", "alice")
    assert mirror.get("/users/ada", "bob").label == "ONLINE_HIT"
    sound = upstream.answer
    for restart in (False, True):
        if restart:
            mirror.stop()
            mirror = lab.mirror(upstream, stack)
        upstream.answer = lambda seen: (502, {n: None for n in BARE}, b"{}")
        got = mirror.get("/users/ada", "bob")
        assert (got.status, got.label, got.body) == (200, "API_ERROR_HIT", BODY) and tells_of_alice(got) == []
        upstream.answer = sound
    headers = b"".join(bytes(row[0]) for row in stack.rows("select headers from mirror_pages"))
    assert b"alice-client" in headers and b"ookie" not in headers


def test_a_list_confirmed_by_anothers_etag_has_its_own_link_or_none(lab):
    """The same first page may be followed by other pages: Link is asked for when the 304 does not say it."""
    def answer(seen):
        alice = seen.get("Authorization") == "Bearer alice"
        link = {"Link": f'<{upstream.url}/users/ada/repos?page={9 if alice else 2}>; rel="last"'}
        return answer_with(seen, LIST, link, {})
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream)
    assert mirror.get("/users/ada/repos?per_page=1", "alice").links()["last"].endswith("page=9")
    assert mirror.get("/users/ada/repos?per_page=1", "bob").links()["last"].endswith("page=2")


def test_another_accept_of_the_same_credential_has_only_what_describes_the_body(lab):
    upstream = upstream_of(lab)
    mirror = lab.mirror(upstream)
    mirror.get("/users/ada", "alice", {"Accept": "application/json", "X-GitHub-Api-Version": "2022-11-28"})
    got = mirror.get("/users/ada", "alice", {"Accept": "application/json", "X-GitHub-Api-Version": "2026-03-10"})
    assert got.status == 200 and got["X-OAuth-Client-Id"] == "alice-client"  # from its own 304


@pytest.mark.parametrize("status", [200, 404, 403])
def test_a_cookie_is_neither_stored_nor_replayed(lab, status):
    def answer(seen):
        fields = {"Set-Cookie": ["a=1; Secure", "b=2"], "Set-Cookie2": "c=3"}
        return answer_with(seen, BODY, fields, fields) if status == 200 else (status, fields, b'{"message":"no"}')
    mirror = lab.mirror(lab.recorder(answer))
    for token in ("alice", "alice", "bob", None, None):
        got = mirror.get("/users/ada", token)
        assert got.status == status and got["Set-Cookie"] is None and got["Set-Cookie2"] is None
    assert b"ookie" not in b"".join(bytes(r[0]) for r in mirror.stack.rows("select headers from mirror_pages"))


def test_a_cookie_of_an_answer_that_passes_through_is_for_its_client(lab):
    mirror = lab.mirror(lab.recorder(lambda seen: (201, {"Set-Cookie": ["a=1", "b=2"]}, b"{}")))
    done = mirror.request("POST", "/user/repos", "alice", {"Content-Type": "application/json"}, b"{}")
    assert {m.key for v in done.headers.get_all("Set-Cookie") for m in http.cookies.SimpleCookie(v).values()} == {"a", "b"}


def test_a_client_who_is_lent_a_credential_does_not_learn_what_it_may(lab):
    upstream = upstream_of(lab)
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="alice")
    for _ in range(2):
        got = mirror.get("/users/ada")
        assert got.status == 200 and upstream.asked()[-1].get("Authorization") == "Bearer alice"
        for name in ("X-OAuth-Scopes", "X-OAuth-Client-Id", "X-Accepted-OAuth-Scopes", "X-Accepted-GitHub-Permissions", "X-GitHub-SSO",
                     "GitHub-Authentication-Token-Expiration", "WWW-Authenticate", "Set-Cookie", "Authentication-Info"):
            assert got[name] is None, name
    passed = mirror.get("/rate_limit")
    assert passed["X-OAuth-Scopes"] is None and passed["Set-Cookie"] is None


def test_fields_of_the_crawlers_credential_stay_apart(lab):
    """What it fetched is under its own credential; another client's proof of it has nothing of it."""
    sim = lab.github("--users", 40, "--token", "a=ada", "--token", "b=zoe-of-another-world")
    stack = lab.stack(sim.url, GITHUB_TOKEN="a")
    mirror = lab.mirror(sim, stack)
    crawler = stack.crawler()
    stack.task("full_profile_sync", "ada")
    stack.wait_idle(60)
    assert crawler.stop() == 0
    assert stack.one("select count(*) from mirror_pages") > 0
    got = mirror.get("/users/ada/followers?per_page=100", headers={"Accept": "application/vnd.github+json",
                                                                   "X-GitHub-Api-Version": "2022-11-28"})
    assert got.status == 200 and got["X-OAuth-Scopes"] is None


def test_equal_requests_at_once_do_not_share_across_credentials(lab, together):
    upstream = upstream_of(lab)
    mirror = lab.mirror(upstream)
    got = together(*[lambda t=t: mirror.get("/users/ada", t) for t in ("alice", None, "bob") * 4])
    assert all(tells_of_alice(g) == [] for g in [g for i, g in enumerate(got) if i % 3])


@pytest.mark.parametrize("link", ['<https://x.example/a?page=2>; rel="next"', '<https://x.example/a?after=c>; rel="next", <https://x.example/a?before=b>; rel="prev"'])
def test_another_credentials_page_without_a_link_is_requested_again(lab, link):
    """The other's Link is not passed on, so that without a second question this client would see one page and think it all."""
    upstream = lab.recorder(lambda seen: answer_with(seen, b"[1]", {"Link": link}))
    mirror = lab.mirror(upstream)
    assert mirror.get("/list", "alice")["Link"] == link
    assert mirror.get("/list", "bob")["Link"] == link


# Of a lent credential's answer: what nobody has heard of, and what every client needs.
UNKNOWN = {"X-GitHub-Session": "alice", "X-Whatever-Comes-Next": "alice", "X-Forwarded-User": "alice", "X-GitHub-Actor": "alice", "From": "alice@example.org",
           "X-Consumer-Username": "alice", "X-Amzn-Oidc-Identity": "alice", "Content-Security-Policy-Report-Only": "report-uri /alice", "Refresh": "0; url=/alice"}
NEEDED = {"Vary": "Accept", "Cache-Control": "private, max-age=60, s-maxage=60", "X-Poll-Interval": "60", "Deprecation": "@1735689600", "Sunset": "Fri, 01 Aug 2031 10:00:00 GMT",
          "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "origin", "X-GitHub-Api-Version-Selected": "2022-11-28",
          "X-GitHub-Enterprise-Version": "3.14.0", "X-GitHub-Request-Id": "1:2:3", "Content-Language": "en", "Allow": "GET", "Access-Control-Max-Age": "9",
          "Link": '<https://x.example/a?page=2>; rel="next"'}


@pytest.fixture(scope="module")
def lender(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("lender"))

    def answer(seen):
        status = int(seen.target.split("/")[1]) if seen.target[1:4].isdigit() else 200
        fields = {"ETag": '"1"', **UNKNOWN, **NEEDED, **({"Location": "https://elsewhere.example/"} if status == 302 else {})}
        if seen.get("If-None-Match"):
            return 304, {**fields, "Content-Type": None}, b""
        return status, fields, b'{"data":{},"message":"x"}'
    yield made.mirror(made.recorder(answer), MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="alice", MIRROR_GRAPHQL_FRESH_SECONDS=60)
    made.close()


@pytest.mark.parametrize("method, path, more, status", [
    ("GET", "/users/a", {}, 200), ("HEAD", "/users/b", {}, 200), ("GET", "/users/c", {"If-None-Match": '"1"'}, 304), ("GET", "/users/d", {"Cache-Control": "no-store"}, 200),
    ("GET", "/repos/o/r/git/blobs/" + "a" * 40, {}, 200), ("GET", "/rate_limit", {}, 200), ("GET", "/404/x", {}, 404), ("GET", "/403/x", {}, 403), ("GET", "/422/x", {}, 422),
    ("GET", "/302/x", {}, 302), ("GET", "/500/x", {}, 500), ("POST", "/graphql", {"Content-Type": "application/json"}, 200)])
def test_a_client_who_is_lent_a_credential_gets_no_field_that_nobody_knows(lender, method, path, more, status):
    for _ in range(2):  # GitHub's answer, and the stored one
        got = lender.request(method, path, None, more, b'{"query":"{ viewer { login } }"}' if method == "POST" else None)
        assert got.status == status and "alice" not in str(got.headers), got.headers
        needed = {n: v for n, v in NEEDED.items() if status != 304 or not n.startswith("Content-L")}
        assert {n: got[n] for n in needed} == needed


def test_a_client_with_a_credential_of_its_own_gets_fields_that_nobody_knows(lender):
    got = lender.get("/users/ada", "own")
    assert {n: got[n] for n in UNKNOWN} == UNKNOWN
