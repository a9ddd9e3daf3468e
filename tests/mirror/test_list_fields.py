"""A list-valued field may come in several lines (RFC 9110, 5.3): each of them counts, in requests and in answers."""
import pytest

GOOD = {"ETag": '"1"'}
BODY = b'{"n":1}'


def answering(fields, body=BODY):
    def answer(seen):
        tag = fields.get("ETag", '"1"')
        return (304, {**GOOD, **fields}, b"") if tag in (seen.get("If-None-Match") or "") else (200, {**GOOD, **fields}, body)
    return answer


@pytest.mark.parametrize("fields", [{"Cache-Control": ["private", "no-store"]}, {"Cache-Control": ["max-age=60", "no-store, private"]},
                                    {"Vary": ["Accept", "*"]}, {"Vary": ["Accept, Cookie", "Origin, *"]}, {"Vary": "*"}])
def test_an_answer_that_the_second_line_forbids_is_not_stored(lab, fields):
    upstream = lab.recorder(answering(fields))
    mirror = lab.mirror(upstream)
    assert [mirror.get("/thing", "t").label for _ in range(2)] == ["ONLINE_MISS"] * 2
    assert [s.get("If-None-Match") for s in upstream.asked()] == [None, None]


def test_all_lines_of_an_answer_reach_the_client_also_from_the_store(lab):
    fields = {"Vary": ["Accept", "Accept-Encoding"], "Cache-Control": ["private", "max-age=60"], "X-OAuth-Scopes": ["repo", "user"],
              "Access-Control-Expose-Headers": ["ETag", "Link"]}
    mirror = lab.mirror(lab.recorder(answering(fields)))
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get("/thing", "t")
        assert got.label == label
        for name, lines in fields.items():
            assert [v.strip() for line in got.headers.get_all(name) for v in line.split(",")] == lines, name


def test_link_in_two_lines(lab):
    """Both are rewritten, and the second one's rel=next is seen when a full page is proven."""
    def answer(seen):
        link = {"Link": [f'<{upstream.url}/l?page=1>; rel="first"', f'<{upstream.url}/l?per_page=1&page=2>; rel="next"']}
        return (304, GOOD, b"") if seen.get("If-None-Match") else (200, {**GOOD, **link}, b"[1]")
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream)
    for _ in range(2):
        got = mirror.get("/l?per_page=1", "t")
        links = ", ".join(got.headers.get_all("Link"))
        assert upstream.url not in links and f"<{mirror.url}/l?per_page=1&page=2>" in links and "page=1>" in links
    assert len(upstream.asked()) == 2


@pytest.mark.parametrize("lines", [["private", "no-cache"], ["max-age=0", "max-age=600"], ["min-fresh=601", "min-fresh=1"], "max-age=0, max-age=60", ["max-stale=5", "max-age=0"], ["no-transform", "private, no-cache"],
                                   "min-fresh=4294967296", ["min-fresh=99999999999999999999", "min-fresh=1"]])
def test_the_clients_cache_control_in_two_lines(lab, lines):
    upstream = lab.recorder(answering({}))
    mirror = lab.mirror(upstream, MIRROR_FRESH_SECONDS=600)
    mirror.get("/thing", "t")
    mirror.get("/thing", "t", {"Cache-Control": lines})
    assert len(upstream.asked()) == 2
    mirror.get("/thing", "t", {"Cache-Control": ["private", "no-store"]})
    assert upstream.asked()[-1].get("If-None-Match") is None and len(upstream.asked()) == 3


@pytest.mark.parametrize("pragma, asks", [("no-cache", True), ("x, no-cache", True), (["x=1", "NO-CACHE"], True), ("no-cache, x", True), ("x-no-cache", False), ("", False)])
def test_pragma_is_a_list(lab, pragma, asks):
    """RFC 9111, 5.4: the same as Cache-Control: no-cache, which takes precedence."""
    upstream = lab.recorder(answering({}))
    mirror = lab.mirror(upstream, MIRROR_FRESH_SECONDS=600)
    mirror.get("/thing", "t")
    mirror.get("/thing", "t", {"Pragma": pragma})
    assert len(upstream.asked()) == 1 + asks
    mirror.get("/thing", "t", {"Pragma": pragma, "Cache-Control": "max-age=600"})
    assert len(upstream.asked()) == 1 + asks


def test_the_clients_etags_in_two_lines_and_with_commas(lab):
    mirror = lab.mirror(lab.recorder(answering({"ETag": '"a,b"'})))
    assert mirror.get("/thing", "t").status == 200
    for tags in (['"x"', '"a,b"'], ['"x", W/"a,b"'], ['W/"y"', '"z", "a,b"'], "*"):
        assert mirror.get("/thing", "t", {"If-None-Match": tags}).status == 304, tags
    for tags in (['"x"', '"y"'], ['"a', 'b"'], ['"x,"a,b"']):
        assert mirror.get("/thing", "t", {"If-None-Match": tags}).status == 200, tags


def test_accept_in_two_lines_is_one_page_with_one_list(lab):
    upstream = lab.recorder(answering({}))
    mirror = lab.mirror(upstream)
    assert mirror.get("/thing", "t", {"Accept": ["application/json", "text/plain"]}).label == "ONLINE_MISS"
    assert mirror.get("/thing", "t", {"Accept": "application/json, text/plain"}).label == "ONLINE_HIT"
    assert mirror.get("/thing", "t", {"Accept": "application/json"}).label == "ONLINE_MISS"
    sent = [v for n, v in upstream.asked()[0].headers if n.lower() == "accept"]
    assert ", ".join(sent) == "application/json, text/plain"


def test_accept_encoding_in_two_lines(lab):
    import gzip
    packed = gzip.compress(b"x" * 300)
    mirror = lab.mirror(lab.recorder(answering({"Content-Encoding": "gzip", "Content-Type": "text/plain"}, packed)))
    for _ in range(2):
        got = mirror.get("/thing", "t", {"Accept-Encoding": ["br", "gzip"]})
        assert got["Content-Encoding"] == "gzip" and got.body == packed


def test_fields_named_in_connection_go_no_further(lab):
    """RFC 9110, 7.6.1: neither to GitHub, nor to the client, nor into the store; in whichever line they are named."""
    upstream = lab.recorder(answering({"Connection": ["X-Hop", "x-second, X-Third"], "X-Hop": "1", "X-Second": "2", "X-Third": "3", "X-Fourth": "4"}))
    mirror = lab.mirror(upstream)
    for _ in range(2):
        got = mirror.get("/thing", "t")
        assert got["X-Hop"] is got["X-Second"] is got["X-Third"] is None and got["X-Fourth"] == "4"
    stored = bytes(mirror.stack.one("select headers from mirror_pages"))
    assert b"X-Hop" not in stored and b"X-Third" not in stored and b"X-Fourth" in stored
    mirror.request("POST", "/thing", "t", {"Connection": ["X-Mine", "x-too"], "X-Mine": "1", "X-Too": "2", "X-Kept": "3"}, b"{}")
    assert {"x-mine", "x-too"}.isdisjoint(upstream.asked()[-1].names()) and upstream.asked()[-1].get("X-Kept") == "3"
    mirror.get("/other", "t", {"Connection": "x-github-mine", "X-GitHub-Mine": "1"})
    assert upstream.asked()[-1].get("X-GitHub-Mine") is None
    assert mirror.get("/other", "t").label == "ONLINE_HIT"
