"""Field names that servers read in different ways go no further: `_` is `-` to CGI, WSGI and Rack, as GitHub's servers are.

nginx and Apache leave out such fields by default, so that nobody gets past a proxy's own field of the dashed name."""
import pytest

ODD = ["Content_Length", "content_length", "Content_Type", "Content_Encoding", "Transfer_Encoding", "TRANSFER_ENCODING", "Connection_", "Keep_Alive",
       "Proxy_Authorization", "Proxy_Connection", "X_Forwarded_For", "X_Forwarded-Host", "X-Forwarded_Proto", "X_Real_IP", "Author_ization", "_Authorization",
       "X_GitHub_Api_Version", "X-GitHub_Api-Version", "X-GitHub-Api_Version", "X_HTTP_Method_Override", "Accept_Encoding", "If_None_Match", "Content.Length",
       "Transfer!Encoding", "Content*Length", "X~Forwarded~For", "X|A", "X'A", "X`A", "X+A", "X%2DA", "X^A", "X#A", "X$A", "X&A", "X_Custom"]
PLAIN = ["X-Custom", "x-custom-2", "Content-Language", "Content-MD5", "Traceparent", "Prefer", "9-Lives"]


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("names"))
    upstream = made.recorder(lambda seen: (304 if seen.get("If-None-Match") else 200, {"ETag": '"1"'}, b'{"n":1}'))
    yield made.mirror(upstream), upstream
    made.close()


@pytest.mark.parametrize("method, cache", [("POST", ""), ("GET", "no-store"), ("GET", ""), ("OPTIONS", "")])
def test_field_names_with_other_characters_are_not_forwarded(one, method, cache):
    mirror, upstream = one
    for name in ODD:
        got = mirror.request(method, f"/names/{method}", "t", {name: "3", "Cache-Control": cache}, b"{}" if method == "POST" else None)
        sent = upstream.asked()[-1]
        assert got.status == 200 and sent.method == method and name.lower() not in sent.names(), (name, sent)
        assert not [n for n in sent.names() if not n.replace("-", "").isalnum()]
        assert sent.get("Authorization") == "Bearer t" and sent.body == (b"{}" if method == "POST" else b"")


def test_plain_field_names_are_forwarded(one):
    mirror, upstream = one
    mirror.request("POST", "/names", "t", {name: "3" for name in PLAIN}, b"{}")
    assert {name.lower() for name in PLAIN} <= upstream.asked()[-1].names()


def test_such_field_names_are_not_part_of_the_key(one):
    """What GitHub is not sent can't change its answer."""
    mirror, upstream = one
    assert mirror.get("/names/page", "t").label == "ONLINE_MISS"
    for name in ("X-GitHub-Api_Version", "X-GitHub-A.b", "X_GitHub-Api-Version"):
        assert mirror.get("/names/page", "t", {name: "2022-11-28"}).label == "ONLINE_HIT", name


def test_an_underscore_is_not_read_as_a_dash(one):
    """Neither for a credential, nor for a body's end, nor for a directive."""
    mirror, upstream = one
    mirror.request("POST", "/names/own", None, {"Author_ization": "Bearer t", "Content_Length": "9", "Transfer_Encoding": "chunked"}, b"{}")
    assert upstream.asked()[-1].get("Authorization") is None and upstream.asked()[-1].body == b"{}"
    assert mirror.get("/names/directive", "t").label == "ONLINE_MISS"
    assert mirror.get("/names/directive", "t", {"Cache_Control": "no-store"}).label == "ONLINE_HIT"
