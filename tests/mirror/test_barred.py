"""A 401 or 403 that is not a limit: the credential may not see the page, whatever is stored, until GitHub confirms otherwise."""
import pytest

REFUSALS = {
    "sso": (403, {"X-GitHub-SSO": "required; url=https://github.com/orgs/x/sso"}, b'{"message":"Resource protected by organization SAML"}'),
    "forbidden": (403, {}, b'{"message":"Must have admin rights to Repository."}'),
    "ip": (403, {}, b'{"message":"Although you appear to have the correct authorization credentials, the org has an IP allow list enabled"}'),
    "bad": (401, {"WWW-Authenticate": "Bearer"}, b'{"message":"Bad credentials"}'),
    "html": (403, {"Content-Type": "text/html"}, b"<html>no</html>"),
}
LIMIT = (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b'{"message":"API rate limit exceeded for user"}')
BODY = b'{"secret":"of the organisation"}'
TROUBLE = (502, {}, b'{"message":"Server Error"}')


def sound(seen):
    return (304, {"ETag": '"1"'}, b"") if seen.get("If-None-Match") == '"1"' else (200, {"ETag": '"1"'}, BODY)


@pytest.fixture
def upstream(lab):
    return lab.recorder(sound)


def refuse(upstream, mirror, kind, path="/orgs/x", **more):
    upstream.answer = lambda seen: REFUSALS[kind]
    got = mirror.get(path, "t", {"Cache-Control": "no-cache"}, **more)
    assert got.status == REFUSALS[kind][0] and got.body == REFUSALS[kind][2]


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("fresh", [0, 3600])
def test_a_barred_page_is_not_served_during_an_outage_or_while_fresh(lab, upstream, kind, fresh):
    mirror = lab.mirror(upstream, MIRROR_FRESH_SECONDS=fresh)
    assert mirror.get("/orgs/x", "t").body == BODY and mirror.get("/orgs/x", "other").body == BODY
    refuse(upstream, mirror, kind)
    upstream.answer = lambda seen: TROUBLE
    for headers in ({}, {"Cache-Control": "stale-while-revalidate=600"}, {"Cache-Control": "max-stale=600"},
                    {"If-None-Match": '"1"'}):
        for method in ("GET", "HEAD"):
            got = mirror.request(method, "/orgs/x", "t", headers)
            assert got.status == 502 and BODY not in got.body, (method, headers, got)
    assert mirror.get("/orgs/x", "t", {"Cache-Control": "only-if-cached"}).status == 504
    assert mirror.get("/orgs/x", "other").body == BODY  # another credential's page is as good as before
    upstream.stop()
    assert mirror.get("/orgs/x", "t").status == 502


def test_a_304_makes_a_barred_page_usable_again(lab, upstream):
    mirror = lab.mirror(upstream)
    mirror.get("/orgs/x", "t")
    refuse(upstream, mirror, "sso")
    upstream.answer = sound
    again = mirror.get("/orgs/x", "t")
    assert (again.status, again.label, again.body) == (200, "ONLINE_HIT", BODY)
    upstream.answer = lambda seen: TROUBLE
    assert mirror.get("/orgs/x", "t").label == "API_ERROR_HIT"


def test_a_new_answer_makes_a_barred_page_usable_again(lab, upstream):
    """And is what is served in trouble then; forms of the page that it is not stay barred no more than it."""
    mirror = lab.mirror(upstream)
    raw = {"Accept": "application/vnd.github.raw"}
    for headers in ({}, raw):
        assert mirror.get("/orgs/x", "t", headers).body == BODY
    refuse(upstream, mirror, "sso")
    upstream.answer = lambda seen: (200, {"ETag": '"2"'}, b'{"secret":"new"}')
    again = mirror.get("/orgs/x", "t")
    assert (again.status, again.label, again.body) == (200, "ONLINE_MISS", b'{"secret":"new"}')
    upstream.answer = lambda seen: TROUBLE
    kept = mirror.get("/orgs/x", "t")
    assert (kept.label, kept.body) == ("API_ERROR_HIT", b'{"secret":"new"}')
    refuse(upstream, mirror, "forbidden")
    upstream.answer = lambda seen: TROUBLE
    assert [mirror.get("/orgs/x", "t", headers).status for headers in ({}, raw)] == [502, 502]


@pytest.mark.parametrize("kind", ["sso", "bad"])
def test_bars_and_their_end_survive_a_restart(lab, upstream, kind):
    stack = lab.stack(upstream.url)
    mirror = lab.mirror(upstream, stack)
    mirror.get("/orgs/x", "t")
    refuse(upstream, mirror, kind)
    mirror.process.kill()
    mirror = lab.mirror(upstream, stack)
    upstream.answer = lambda seen: TROUBLE
    assert mirror.get("/orgs/x", "t").status == 502
    assert mirror.get("/orgs/x", "t", {"Cache-Control": "only-if-cached"}).status == 504
    upstream.answer = sound
    assert mirror.get("/orgs/x", "t").body == BODY
    mirror.process.kill()
    mirror = lab.mirror(upstream, stack)
    upstream.answer = lambda seen: TROUBLE
    assert mirror.get("/orgs/x", "t").label == "API_ERROR_HIT"


def test_pages_are_barred_in_every_mirror_of_the_database(lab, upstream):
    stack = lab.stack(upstream.url)
    one, two = lab.mirror(upstream, stack), lab.mirror(upstream, stack)
    for mirror in (one, two):
        assert mirror.get("/orgs/x", "t").body == BODY  # in the memory of both
    refuse(upstream, one, "sso")
    upstream.answer = lambda seen: TROUBLE
    stack.wait_until(lambda: two.get("/orgs/x", "t").status == 502, 10, "the other mirror to hear of it")


def test_other_forms_of_the_same_page_are_barred_with_it(lab, upstream):
    """A credential that may not see the address may not see it in another media type either."""
    mirror = lab.mirror(upstream)
    forms = [{}, {"Accept": "application/vnd.github.raw"}, {"X-GitHub-Api-Version": "2022-11-28"}, {"User-Agent": "curl/8"}]
    for headers in forms:
        assert mirror.get("/orgs/x", "t", headers).status == 200
    refuse(upstream, mirror, "sso")
    upstream.answer = lambda seen: TROUBLE
    assert [mirror.get("/orgs/x", "t", headers).status for headers in forms] == [502] * 4


@pytest.mark.parametrize("message", ["Resource protected by organization SAML enforcement.", "Must have admin rights to Repository.", "Repository access blocked"])
def test_a_refusal_with_the_last_unit_is_no_limit_of_the_page(lab, upstream, message):
    """X-RateLimit-Remaining is 0 beside it, and so the bucket is closed, but the page is refused for itself."""
    mirror = lab.mirror(upstream)
    forms = [{}, {"Accept": "application/vnd.github.raw"}]
    for headers in forms:
        assert mirror.get("/orgs/x", "t", headers).status == 200
    body = ('{"message":"%s"}' % message).encode()
    upstream.answer = lambda seen: (403, {"X-RateLimit-Remaining": "0"}, body)
    got = mirror.get("/orgs/x", "t")
    assert (got.status, got.label, got.body) == (403, "ONLINE_MISS", body)
    asked = len(upstream.asked())
    for headers in forms:
        again = mirror.get("/orgs/x", "t", headers)
        assert (again.status, again.label, again["X-RateLimit-Remaining"]) == (403, "RATE_LIMITED_MISS", "0")
    assert len(upstream.asked()) == asked


@pytest.mark.parametrize("remaining", ["0", "9"])
def test_a_lenders_suspension_is_not_told_and_bars_nothing(lab, upstream, remaining):
    """Also with the last unit of its window, beside which X-RateLimit-Remaining is 0."""
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="lender")
    stored = mirror.get("/orgs/x")
    assert stored.status == 200
    upstream.answer = lambda seen: (403, {"X-RateLimit-Remaining": remaining}, b'{"message":"Sorry. Your account was suspended."}')
    missed = mirror.get("/orgs/y")
    assert (missed.status, missed.label) == (503, "API_ERROR_MISS") and "suspended" not in missed.text
    again = mirror.get("/orgs/x")
    assert (again.status, again.body) == (200, stored.body)


@pytest.mark.parametrize("remaining", ["0", "9"])
def test_a_stored_page_is_served_while_its_lender_is_refused(lab, upstream, remaining):
    mirror = lab.mirror(upstream, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="lender")
    stored = mirror.get("/orgs/x")
    upstream.answer = lambda seen: (403, {"X-RateLimit-Remaining": remaining}, b'{"message":"Sorry. Your account was suspended."}')
    for label in ("API_ERROR_HIT", "RATE_LIMITED_HIT"):
        again = mirror.get("/orgs/x")
        assert (again.status, again.label, again.body) == (200, label, stored.body)


@pytest.mark.parametrize("answer", [LIMIT, (429, {}, b"{}"), (403, {"Retry-After": "1"}, b'{"message":"secondary rate limit"}')])
def test_a_limit_bars_nothing(lab, upstream, answer):
    mirror = lab.mirror(upstream)
    mirror.get("/orgs/x", "t")
    upstream.answer = lambda seen: answer
    assert mirror.get("/orgs/x", "t").label == "RATE_LIMITED_HIT"


def test_graphql_answers_are_barred(lab):
    upstream = lab.recorder(lambda seen: (200, {}, b'{"data":{"viewer":null}}'))
    mirror = lab.mirror(upstream, MIRROR_GRAPHQL_FRESH_SECONDS=600)
    ask = ("POST", "/graphql", "t", {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}')
    assert mirror.request(*ask).status == 200 and mirror.request(*ask).label == "ONLINE_HIT"
    upstream.answer = lambda seen: REFUSALS["bad"]
    no_cache = (*ask[:3], {**ask[3], "Cache-Control": "no-cache"}, ask[4])
    assert mirror.request(*no_cache).status == 401
    upstream.answer = lambda seen: TROUBLE
    assert mirror.request(*ask).status == 502
