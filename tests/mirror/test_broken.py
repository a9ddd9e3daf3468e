"""A body that does not match its headers: passed on, never stored; HTML never replaces a stored page."""
import gzip
import json
import zlib

import brotli
import pytest

GOOD = json.dumps([{"id": n, "login": f"user-{n}", "bio": "é\\\"x"} for n in range(20)]).encode()
OBJECT = b'{"message":"fine","list":[1,2.5e-3,true,null,"\\u00e9"]}'
HTML = b"<!DOCTYPE html>\n<html><title>Unicorn!</title></html>"
TYPE = "application/json; charset=utf-8"


def coded(coding, body, cut=0, more=b""):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "x-gzip": gzip.compress}[coding](body)
    return {"Content-Encoding": coding}, packed[:len(packed) - cut] + more


# name: (fields, body); the page before was GOOD, a list
BROKEN = {
    "json-cut": ({}, GOOD[:-20]), "json-cut-in-a-string": ({}, GOOD[:len(GOOD) // 2 - 3]), "json-garbage": ({}, GOOD + b"]"),
    "two-values": ({}, GOOD + GOOD), "html-as-json": ({}, HTML.replace(b"<", b" ")), "bad-literal": ({}, b"[nul]"),
    "control-character": ({}, b'["a\nb"]'), "bad-escape": ({}, b'["\\x"]'), "bad-unicode": ({}, b'["\\u12g4"]'), "comma": ({}, b"[1,]"),
    "bare-number-sign": ({}, b"[-]"), "leading-zero": ({}, b"[01]"), "no-colon": ({}, b'[{"a" 1}]'), "nan": ({}, b"[NaN]"),
    "wrong-bracket": ({}, b'[{"a":1]}'), "single-quotes": ({}, b"['a']"), "nul-behind": ({}, GOOD + b"\0"),
    "empty": ({}, b""), "blank": ({}, b" \n"), "object-for-a-list": ({}, OBJECT), "string-for-a-list": ({}, b'"text"'),
    "null-for-a-list": ({}, b"null"), "text": ({"Content-Type": "text/plain"}, b"Service temporarily unavailable"),
    "no-type": ({"Content-Type": None}, b"[1]"), "xml": ({"Content-Type": "application/xml"}, b"<?xml version='1.0'?><a/>"),
    "octets": ({"Content-Type": "application/octet-stream"}, GOOD),
    "gzip-cut": coded("gzip", GOOD, cut=12), "gzip-tail-cut": coded("gzip", GOOD, cut=3), "gzip-garbage": coded("gzip", GOOD, more=b"junk"),
    "gzip-is-not": ({"Content-Encoding": "gzip"}, GOOD), "gzip-of-cut-json": coded("gzip", GOOD[:-9]), "x-gzip-cut": coded("x-gzip", GOOD, cut=9),
    "br-cut": coded("br", GOOD, cut=5), "br-garbage": coded("br", GOOD, more=b"junk"), "br-is-not": ({"Content-Encoding": "br"}, GOOD),
    "deflate-cut": coded("deflate", GOOD, cut=6), "deflate-garbage": coded("deflate", GOOD, more=b"junk"),
    "unknown-coding": ({"Content-Encoding": "zstd"}, GOOD), "two-codings": ({"Content-Encoding": "gzip, br"}, GOOD),
    "two-coding-lines": ({"Content-Encoding": ["gzip", "br"]}, GOOD),
    "gzip-empty": coded("gzip", b""), "gzip-member-cut": coded("gzip", GOOD, more=gzip.compress(b" ")[:-1]),
    "gzip-member-and-garbage": coded("gzip", GOOD, more=gzip.compress(b" ") + b"\0"), "gzip-half-a-member": coded("gzip", GOOD, more=b"\x1f\x8b"),
    "gzip-members-of-two-values": coded("gzip", GOOD, more=gzip.compress(b"[]")), "deflate-twice": coded("deflate", GOOD, more=zlib.compress(b" ")),
    "cut-of-a-type-twice": ({"Content-Type": "application/json, application/json"}, GOOD[:-9]), "cut-text-json": ({"Content-Type": "text/json"}, GOOD[:-9]),
    "cut-without-etag": ({"ETag": None}, GOOD[:-9]), "cut-no-store": ({"Cache-Control": "no-store"}, GOOD[:-9]), "cut-vary": ({"Vary": "*"}, GOOD[:-9]),
    "byte-order-mark": ({}, b"\xef\xbb\xbf" + GOOD), "not-utf8": ({}, b'["\xff\xfe"]'), "overlong-utf8": ({}, b'["\xc0\xaf"]'), "utf8-cut": ({}, b'["\xc3"]'), "utf8-surrogate": ({}, b'["\xed\xa0\x80"]'),
}
PAGES = {  # what a portal, a proxy or GitHub's own web pages look like
    "html": ({"Content-Type": "text/html; charset=utf-8"}, HTML), "html-gzip": ({"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(HTML)),
    "html-without-etag": ({"Content-Type": "text/html", "ETag": None}, HTML), "xhtml": ({"Content-Type": "application/xhtml+xml"}, HTML),
    "html-called-json": ({}, HTML), "html-called-text": ({"Content-Type": "text/plain"}, b"\xef\xbb\xbf  <HTML>log in</HTML>"),
    "html-of-no-type": ({"Content-Type": None}, HTML), "html-empty": ({"Content-Type": "text/html"}, b""),
    "comment-called-json": ({}, b"<!-- portal -->\n<html>"), "xhtml-called-json": ({}, b'<?xml version="1.0"?>\n<!DOCTYPE html><html>'),
    "no-html-tag-called-json": ({}, b"<head><title>x</title>"), "script-called-text": ({"Content-Type": "text/plain"}, b"<script>location='x'</script>"),
    "html-called-json-without-etag": ({"ETag": None}, HTML), "html-called-json-no-store": ({"Cache-Control": "no-store"}, HTML),
    "html-called-json-vary": ({"Vary": "*"}, HTML), "html-no-store": ({"Content-Type": "text/html", "Cache-Control": "no-store"}, HTML),
    "html-called-json-gzip": ({"Content-Encoding": "gzip"}, gzip.compress(HTML)),
}


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("broken"))
    upstream = made.recorder(None)
    yield made.mirror(upstream), upstream
    made.close()


def good(seen, body=GOOD, tag='"good"'):
    return (304, {"ETag": tag}, b"") if tag in (seen.get("If-None-Match") or "") else (200, {"ETag": tag, "Content-Type": TYPE}, body)


def bad(fields, body, tag='"bad"'):
    def answer(seen):
        return (304, {"ETag": tag}, b"") if tag in (seen.get("If-None-Match") or "") else (200, {"ETag": tag, "Content-Type": TYPE, **fields}, body)
    return answer


def rows(mirror, path):
    return mirror.stack.one(f"select count(*) from mirror_pages where url like '%%{path}'")


AS_IT_COMES = {"Accept-Encoding": "gzip"}


def label_of_coding(fields):
    lines = fields.get("Content-Encoding")
    return ", ".join(lines) if isinstance(lines, list) else {"x-gzip": "gzip"}.get(lines, lines)


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_answers_are_passed_on_and_not_stored(one, kind):
    mirror, upstream = one
    path, (fields, body) = f"/broken/{kind}", BROKEN[kind]
    upstream.answer = good
    assert mirror.get(path, "t").body == GOOD
    upstream.answer = bad(fields, body)
    for _ in range(2):
        got = mirror.get(path, "t", AS_IT_COMES)
        assert (got.status, got.body, got.label) == (200, body, "API_ERROR_MISS"), got
        assert got["Content-Encoding"] == label_of_coding(fields)
        assert "stored" not in got["Cache-Status"] and upstream.asked(path)[-1].get("If-None-Match") == '"good"'
    upstream.answer = lambda seen: (502, {}, b"{}")
    kept = mirror.get(path, "t")
    assert (kept.label, kept.body) == ("API_ERROR_HIT", GOOD)
    upstream.answer = good
    assert mirror.get(path, "t").label == "ONLINE_HIT"


@pytest.mark.parametrize("kind", sorted(set(BROKEN) - {"object-for-a-list", "string-for-a-list", "null-for-a-list", "text", "no-type", "xml", "octets"}))
def test_a_web_page_is_not_stored_without_an_earlier_answer(one, kind):
    mirror, upstream = one
    path, (fields, body) = f"/first/{kind}", BROKEN[kind]
    upstream.answer = bad(fields, body)
    for _ in range(2):
        got = mirror.get(path, "t", AS_IT_COMES)
        assert got.status == 200 and got.body == body and upstream.asked(path)[-1].get("If-None-Match") is None
    assert rows(mirror, path) == 0


@pytest.mark.parametrize("coding, more", [("gzip", {}), ("gzip", {"ETag": None}), ("br", {}), pytest.param("deflate", {}, marks=pytest.mark.slow)])
def test_a_body_that_decodes_to_more_than_the_bound_is_passed_on(one, coding, more):
    """It is sound as far as anybody knows."""
    mirror, upstream = one
    path = f"/large/{coding}-{len(more)}"
    fields, body = coded(coding, b'["' + b"x" * (65 << 20) + b'"]')
    upstream.answer = bad({**fields, **more}, body)
    got = mirror.get(path, "t", AS_IT_COMES)
    assert (got.status, got.label, got.body == body) == (200, "ONLINE_MISS", True)
    assert path not in mirror.process.log() and rows(mirror, path) == 0


@pytest.mark.parametrize("kind", PAGES)
def test_a_web_page_replaces_no_good_answer(one, kind):
    mirror, upstream = one
    path, (fields, body) = f"/web/{kind}", PAGES[kind]
    upstream.answer = good
    mirror.get(path, "t")
    upstream.answer = bad(fields, body)
    for _ in range(2):
        got = mirror.get(path, "t")
        assert (got.status, got.label, got.body) == (200, "API_ERROR_HIT", GOOD), got
        assert got["Content-Type"] == TYPE and upstream.asked(path)[-1].get("If-None-Match") == '"good"'
    first = mirror.get(f"{path}?first", "t")  # nothing good is known: as it came, and not kept
    assert first.status == 200 and first.label == "API_ERROR_MISS" and rows(mirror, f"{path}?first") == 0
    upstream.answer = good
    assert mirror.get(path, "t").label == "ONLINE_HIT"


@pytest.mark.parametrize("status", [404, 410, 203])
def test_a_web_page_of_another_status_replaces_no_good_one(one, status):
    """GitHub says 404 in JSON; a proxy's page says nothing about the repository."""
    mirror, upstream = one
    path = f"/web/status/{status}"
    upstream.answer = good
    mirror.get(path, "t")
    upstream.answer = lambda seen: (status, {"Content-Type": "text/html"}, HTML)
    got = mirror.get(path, "t")
    assert (got.status, got.label, got.body) == (200, "API_ERROR_HIT", GOOD)
    assert mirror.get(f"{path}?first", "t").status == status


def test_a_requested_web_page_is_stored(one):
    mirror, upstream = one
    fields = {"Content-Type": "text/html; charset=utf-8", "X-GitHub-Media-Type": "github.v3; param=html"}
    upstream.answer = bad(fields, b"<div>readme</div>", '"html"')
    accept = {"Accept": "application/vnd.github.html"}
    assert mirror.get("/repos/o/r/readme", "t", accept).body == b"<div>readme</div>"
    assert mirror.get("/repos/o/r/readme", "t", accept).label == "ONLINE_HIT"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br", "deflate"])
def test_whole_bodies_of_each_coding_are_stored(one, coding):
    mirror, upstream = one
    fields, packed = coded(coding, GOOD)
    upstream.answer = bad(fields, packed, '"whole"')
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get(f"/whole/{coding}", "t")
        assert (got.label, got.body, got["Content-Encoding"]) == (label, GOOD, None)
    raw = {"Content-Type": "application/vnd.github.raw+json; charset=utf-8", "X-GitHub-Media-Type": "github.v3; param=raw"}
    upstream.answer = bad({**raw, **coded(coding, b"{ no json")[0]}, coded(coding, b"{ no json")[1], '"raw"')
    assert [mirror.get(f"/raw/{coding}", "t").label for _ in range(2)] == ["ONLINE_MISS", "ONLINE_HIT"]


@pytest.mark.parametrize("fields", ["gzip,", " ,GZIP", "identity, gzip", ["gzip", ""], ["identity", "x-gzip"]], ids=str)
def test_a_list_of_one_coding_is_that_coding(one, fields):
    """Empty elements of a list are none (RFC 9110 5.6.1)."""
    mirror, upstream = one
    upstream.answer = bad({"Content-Encoding": fields}, gzip.compress(GOOD), '"list"')
    path = f"/list/{abs(hash(str(fields)))}"
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get(path, "t")
        assert (got.label, got.body, got["Content-Encoding"]) == (label, GOOD, None)


@pytest.mark.parametrize("cut", [0, 1, 300, len(GOOD)])
def test_several_gzip_members_are_one_body(one, cut):
    """RFC 1952 2.2; curl and browsers read them so."""
    mirror, upstream = one
    packed = gzip.compress(GOOD[:cut]) + gzip.compress(GOOD[cut:]) + gzip.compress(b"\n")
    upstream.answer = bad({"Content-Encoding": "gzip"}, packed, '"members"')
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get(f"/members/{cut}", "t")
        assert (got.label, got.body) == (label, GOOD + b"\n")
    taken = mirror.get(f"/members/{cut}", "t", AS_IT_COMES)
    assert (gzip.decompress(taken.body) if taken["Content-Encoding"] else taken.body) == GOOD + b"\n"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"text"', b"0", b"-1.5E+7", b"true", b"null", b" [1 , 2 ]\r\n", OBJECT, b"[" * 400 + b"]" * 400,
                                  b'{"a":{"b":[{"c":[]},{}]},"d":"\\ud83d\\ude00 \\/\\b"}', b'[""]'])
def test_whole_values_are_stored(one, body):
    mirror, upstream = one
    upstream.answer = bad({}, body, '"v"')
    path = f"/value/{abs(hash(body))}"
    assert [mirror.get(path, "t").label for _ in range(2)] == ["ONLINE_MISS", "ONLINE_HIT"]


@pytest.mark.parametrize("kind", ["html", "html-gzip", "html-called-json", "html-of-no-type", "html-no-store", "html-called-json-no-store"])
def test_a_web_page_is_not_an_answer_to_graphql(lab, kind):
    """While a good one is stored it is served, labelled; a write gets what came."""
    upstream = lab.recorder(lambda seen: (200, {}, b'{"data":{"viewer":{"login":"ada"}}}'))
    mirror = lab.mirror(upstream, MIRROR_GRAPHQL_FRESH_SECONDS=600)
    query, write = b'{"query":"{ viewer { login } }"}', b'{"query":"mutation { addStar(input: {starrableId: \\"x\\"}) { clientMutationId } }"}'

    def ask(body, control="no-cache", path="/graphql"):
        return mirror.request("POST", path, "t", {"Content-Type": "application/json", "Cache-Control": control}, body)
    good_one = ask(query)
    assert good_one.status == 200 and ask(query, "").label == "ONLINE_HIT"
    upstream.answer = bad(*PAGES[kind])
    for _ in range(2):
        got = ask(query)
        assert (got.status, got.label, got.body) == (200, "API_ERROR_HIT", good_one.body), got
    assert ask(query, "no-cache, stale-if-error=0").label == "API_ERROR_MISS"
    for body in (write, b'{"query":"{ rateLimit { cost } }"}'):  # nothing is stored that could take its place
        assert ask(body).body in (HTML, PAGES[kind][1]) and ask(body).label.endswith("_MISS")
    assert ask(b'{"query":"{ rateLimit { cost } }"}', "only-if-cached").status == 504
    upstream.answer = lambda seen: (502, {}, b"{}")
    assert ask(query).body == good_one.body


def test_truncated_graphql_is_not_stored(lab):
    upstream = lab.recorder(lambda seen: (200, {}, b'{"data":{"viewer":{"login":"ad'))
    mirror = lab.mirror(upstream, MIRROR_GRAPHQL_FRESH_SECONDS=600)
    ask = ("POST", "/graphql", "t", {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}')
    assert [mirror.request(*ask).label.endswith("_MISS") for _ in range(2)] == [True, True] and len(upstream.asked()) == 2
