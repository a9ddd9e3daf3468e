"""A client's conditions and ranges (RFC 9110, 13 and 14): what the mirror answers, what only GitHub can, and that parts fit together."""
import gzip

import pytest

TAG, PAST, LATER = '"1"', "Fri, 01 Aug 2025 10:00:00 GMT", "Sat, 02 Aug 2025 10:00:00 GMT"
TEXT = b"0123456789" * 30
QUERY = b'{"query":"{ viewer { login } }"}'


def origin(seen, fields=None, body=b'{"n":1}'):
    """Evaluates conditions in the order of RFC 9110, 13.2.2."""
    match, unmodified = seen.get("If-Match"), seen.get("If-Unmodified-Since")
    if (match and match != "*" and TAG not in [t.strip() for t in match.split(",")]) or (not match and unmodified and unmodified < PAST):
        return 412, {}, b'{"message":"Precondition Failed"}'
    if TAG in (seen.get("If-None-Match") or ""):
        return 304, {"ETag": TAG, "Content-Type": None}, b""
    return 200, {"ETag": TAG, "Last-Modified": PAST, **(fields or {})}, body


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("conditions"))
    upstream = lab.recorder(origin)
    yield lab.mirror(upstream, MIRROR_FRESH_SECONDS=3600, MIRROR_GRAPHQL_FRESH_SECONDS=3600, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="pool"), upstream
    lab.close()


@pytest.mark.parametrize("method, token", [("GET", "t"), ("HEAD", "t"), ("PUT", "t"), ("PATCH", "t"), ("DELETE", "t"), ("POST", "t")])
@pytest.mark.parametrize("fields, status", [({"If-Match": TAG}, 200), ({"If-Match": ['"0"', TAG]}, 200), ({"If-Match": "*"}, 200), ({"If-Match": '"0"'}, 412),
                                            ({"If-Match": 'W/"1"'}, 412), ({"If-Unmodified-Since": LATER}, 200),
                                            ({"If-Unmodified-Since": "Fri, 01 Aug 2024 10:00:00 GMT"}, 412),
                                            ({"If-Match": TAG, "Range": "bytes=0-1"}, 200), ({"If-Match": '"0"', "Range": "bytes=0-1"}, 412)], ids=str)
def test_if_match_and_if_unmodified_since_are_left_to_github(one, method, token, fields, status):
    """RFC 9111, 4.3.2: a cache must not evaluate If-Match and If-Unmodified-Since, so a fresh page is no answer to them."""
    mirror, upstream = one
    upstream.answer = origin
    mirror.get("/users/ada", token)
    before = len(upstream.asked())
    got = mirror.request(method, "/users/ada", token, fields, b"{}" if method in ("PUT", "PATCH", "POST") else None)
    assert (got.status, len(upstream.asked())) == (status, before + 1), got
    for name, value in fields.items():
        sent = ", ".join(v for n, v in upstream.asked()[-1].headers if n == name)
        assert sent == (", ".join(value) if isinstance(value, list) else value), upstream.asked()[-1]


def coded(seen, tag=TAG):
    """GitHub's tag of a coded body; `tag` as GitHub itself would say it."""
    if seen.get("If-Match"):
        return (200 if tag in seen.get("If-Match").split(", ") and tag[0] == '"' else 412), {}, b"{}"
    return 200, {"ETag": tag, "Content-Encoding": "gzip"}, gzip.compress(b'{"n":1}')


@pytest.mark.parametrize("sent, forwarded", [("{}", TAG), ('"0", {}', f'"0", {TAG}'), ('W/"0",{}', f'W/"0",{TAG}'), ('W/"a,b", {}, W/"2"', f'W/"a,b", {TAG}, W/"2"')])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_tag_that_the_mirror_weakened_is_sent_to_github_as_strong(lab, method, sent, forwarded):
    """RFC 9110, 8.8.3.2: else GitHub could only say 412, for ever."""
    upstream = lab.recorder(coded)
    mirror = lab.mirror(upstream)
    given = mirror.get("/users/ada?x=1", "t").etag
    assert given == f"W/{TAG}"
    got = mirror.request(method, "/users/ada?x=1", "t", {"If-Match": sent.format(given)}, b"{}" if method == "PATCH" else None)
    assert upstream.asked()[-1].get("If-Match") == forwarded and (got.status == 200) == (TAG in forwarded.split(", "))


@pytest.mark.parametrize("what", ["GitHub's own", "another page's", "another client's", "malformed"])
def test_a_tag_that_is_weak_at_github_stays_weak(lab, what):
    upstream = lab.recorder(lambda seen: coded(seen, f"W/{TAG}" if what == "GitHub's own" else TAG))
    mirror = lab.mirror(upstream)
    assert mirror.get("/users/ada", "t").etag == f"W/{TAG}"
    path, token = "/users/bob" if what == "another page's" else "/users/ada", "other" if what == "another client's" else "t"
    sent = f"W/{TAG}, x" if what == "malformed" else f"W/{TAG}"
    assert mirror.request("PATCH", path, token, {"If-Match": sent}, b"{}").status == 412 and upstream.asked()[-1].get("If-Match") == sent


@pytest.mark.parametrize("path", ["/users/ada", "/rate_limit"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fields", [{"If-Match": '"0"'}, {"If-Match": 'W/"1"'}, {"If-Unmodified-Since": "Fri, 01 Aug 2024 10:00:00 GMT"},
                                    {"If-Match": '"0"', "Range": "bytes=0-1"}], ids=str)
def test_with_a_lent_credential_such_conditions_are_ignored(one, path, method, fields):
    """GitHub's ETags depend on the credential: one of another credential would be answered with 412 for ever."""
    mirror, upstream = one
    upstream.answer = origin
    got = mirror.request(method, path, None, fields)
    assert got.status in (200, 206) and not [n for seen in upstream.asked() if seen.get("Authorization").endswith("pool")
                                             for n, _ in seen.headers if n in ("If-Match", "If-Unmodified-Since")]


@pytest.mark.parametrize("token, fields", [("t", {"If-Match": '"0"'}), ("t", {"If-None-Match": '"0"'}), ("t", {"If-Unmodified-Since": LATER}),
                                           (None, {"If-None-Match": '"0"'})], ids=str)
def test_a_conditional_query_is_not_answered_from_the_cache(one, fields, token):
    mirror, upstream = one
    upstream.answer = lambda seen: (200, {}, b'{"data":{"viewer":{"login":"ada"}}}')
    for _ in range(2):
        mirror.request("POST", "/graphql", token, {"Content-Type": "application/json"}, QUERY)
    before = len(upstream.asked())
    mirror.request("POST", "/graphql", token, {"Content-Type": "application/json", **fields}, QUERY)
    assert len(upstream.asked()) == before + 1 and all(upstream.asked()[-1].get(n) == v for n, v in fields.items())


@pytest.mark.parametrize("fields, status", [({"If-None-Match": '"0", W/"1"'}, 304), ({"If-None-Match": "*"}, 304), ({"If-None-Match": ['"0"', TAG]}, 304),
                                            ({"If-None-Match": "1"}, 200), ({"If-None-Match": '"0"', "If-Modified-Since": LATER}, 200),
                                            ({"If-Modified-Since": "Friday, 01-Aug-25 10:00:00 GMT"}, 304), ({"If-Modified-Since": "Fri Aug  1 10:00:00 2025"}, 304),
                                            ({"If-Modified-Since": "2025-08-01T10:00:00Z"}, 200), ({"If-None-Match": "*", "Range": "bytes=0-1"}, 304),
                                            ({"If-None-Match": '"0"', "Range": "bytes=0-1"}, 206)], ids=str)
def test_conditions_that_a_cache_may_evaluate_are_evaluated(one, fields, status):
    mirror, upstream = one
    upstream.answer = origin
    mirror.get("/users/bob", "t")
    before = len(upstream.asked())
    got = mirror.get("/users/bob", "t", fields)
    assert (got.status, len(upstream.asked())) == (status, before) and (got.body == b"") == (status == 304), got


def test_a_range_is_for_a_get(one):
    """RFC 9110, 14.2: with other methods it is ignored."""
    mirror, upstream = one
    upstream.answer = lambda seen: origin(seen, {"Content-Type": "text/plain"}, TEXT)
    whole, head = [mirror.request(m, "/file", "t", {"Range": r}) for m, r in (("GET", "none"), ("HEAD", "bytes=0-3"))]
    assert (whole.status, head.status, head["Content-Length"], head["Content-Range"]) == (200, 200, str(len(TEXT)), None)
    assert mirror.request("HEAD", "/file", "t", {"Range": "bytes=999-"}).status == 200


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("takes", [{}, {"Accept-Encoding": "gzip"}], ids=["plain", "takes-gzip"])
@pytest.mark.parametrize("condition", [None, TAG, PAST, 'W/"1"', '"0"'], ids=str)
def test_a_range_continues_the_representation_that_the_client_has(one, packed, takes, condition):
    """A client that has the beginning of the coded body must not be given the rest of the decoded one as the same bytes."""
    mirror, upstream = one
    fields = {"Content-Type": "text/plain", "Date": LATER, **({"Content-Encoding": "gzip"} if packed else {})}
    upstream.answer = lambda seen: origin(seen, fields, gzip.compress(TEXT) if packed else TEXT)
    path = f"/parts/{packed}"
    first = mirror.get(path, "t", takes)
    rest = mirror.get(path, "t", {**takes, "Range": "bytes=20-", **({"If-Range": condition} if condition else {})})
    if rest.status == 206 and rest.etag == first.etag and rest.etag[0] == '"':
        assert first.body[:20] + rest.body == first.body and rest["Content-Encoding"] == first["Content-Encoding"]
    if rest.status == 200:
        assert rest.body == first.body and rest.etag == first.etag
    assert (rest.status == 206) == (condition is None or (not packed and condition in (TAG, PAST)))
    assert rest.status == 200 or rest.body == TEXT[20:]


@pytest.mark.parametrize("date, status", [("Fri, 01 Aug 2025 10:00:00 GMT", 200), ("Fri, 01 Aug 2025 10:00:01 GMT", 206), ("Fri, 01 Aug 2025 09:00:00 GMT", 200)])
def test_a_date_within_the_second_of_the_change_proves_nothing(lab, date, status):
    """RFC 9110, 8.8.2.2 and 13.1.5."""
    mirror = lab.mirror(lab.recorder(lambda seen: (200, {"ETag": TAG, "Last-Modified": PAST, "Date": date, "Content-Type": "text/plain"}, TEXT)))
    assert mirror.get("/file", "t", {"Range": "bytes=0-1", "If-Range": PAST}).status == status


@pytest.mark.parametrize("takes", [{}, {"Accept-Encoding": "gzip"}], ids=["plain", "takes-gzip"])
@pytest.mark.parametrize("vary", [None, "Accept", "Accept, accept-ENCODING", "*", ["Accept", "Accept-Encoding"]], ids=str)
def test_vary_tells_downstream_caches_that_bodies_are_decoded(lab, vary, takes):
    """RFC 9110, 12.5.5 and 8.8.3.3: else they would give the coded body to clients that cannot read it, or take both for the same."""
    fields = {"ETag": TAG, "Content-Encoding": "gzip", **({"Vary": vary} if vary else {})}
    upstream = lab.recorder(lambda seen: (304, {"ETag": TAG, "Content-Type": None}, b"") if seen.get("If-None-Match") else (200, fields, gzip.compress(b'{"n":1}')))
    mirror = lab.mirror(upstream)
    for more in ({}, {}, *([{"If-None-Match": TAG}] if vary != "*" else [])):  # "*": not stored, and GitHub says 304 itself
        got = mirror.get("/users/ada", "t", {**takes, **more})
        varies = [v.strip().lower() for line in got.headers.get_all("Vary") for v in line.split(",")]
        assert got.status == (304 if more else 200) and ("accept-encoding" in varies or "*" in varies) and len(varies) == len(set(varies)), varies
        assert got.etag == (TAG if takes else f"W/{TAG}") and (bool(more) or got["Content-Encoding"] == takes.get("Accept-Encoding"))


def test_a_body_that_was_not_coded_varies_by_nothing_more(one):
    mirror, upstream = one
    upstream.answer = origin
    for _ in range(2):
        got = mirror.get("/users/carl", "t")
        assert got["Vary"] is None and got.etag == TAG


@pytest.mark.parametrize("kind, part, kept", [("json", False, set()), ("gzip", False, set()), ("text", False, {"Content-MD5", "Content-Digest", "Repr-Digest", "Digest"}),
                                              ("text", True, {"Repr-Digest", "Digest"})])
def test_checksums_are_of_the_bytes_they_come_with(lab, kind, part, kept):
    """URLs in JSON are rewritten and bodies are decoded: GitHub's checksums are then of other bytes."""
    sums = {"Content-MD5": "Q2hlY2sgSW50ZWdyaXR5IQ==", "Content-Digest": "sha-256=:eA==:", "Repr-Digest": "sha-256=:eA==:", "Digest": "sha-256=eA=="}
    more = {"json": {}, "gzip": {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, "text": {"Content-Type": "text/plain"}}[kind]
    body = gzip.compress(TEXT) if kind == "gzip" else b'{"n":1}' if kind == "json" else TEXT
    mirror = lab.mirror(lab.recorder(lambda seen: (200, {"ETag": TAG, **sums, **more}, body)))
    for _ in range(2):
        got = mirror.get("/file", "t", {"Range": "bytes=0-1"} if part else {})
        assert got.status == (206 if part else 200) and {n for n in sums if got[n]} == kept


def test_age_is_not_that_of_an_older_answer(lab):
    """RFC 9111, 4.2.3: a 304 confirmed the page now; what a cache in front of GitHub said of the first answer is over."""
    upstream = lab.recorder(lambda seen: (304, {"ETag": TAG, "Content-Type": None, **age}, b"") if seen.get("If-None-Match") else (200, {"ETag": TAG, "Age": "500"}, b"{}"))
    age = {}
    mirror = lab.mirror(upstream)
    assert [mirror.get("/users/ada", "t")["Age"] for _ in range(2)] == ["500", None]
    age = {"Age": "7"}
    assert mirror.get("/users/ada", "t")["Age"] == "7"
