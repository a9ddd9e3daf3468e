"""What reaches GitHub is what the client said: the request line and the headers byte for byte, and nothing more."""
import gzip
import os
import socket

import pytest

OK = (200, {"ETag": '"1"'}, b'{"n":1}')

# What a cache has to add or change: its own connection, what it can decode, and its condition.
MAY_BE_ADDED = {"accept-encoding", "if-none-match", "if-modified-since", "connection"}


def raw_request(mirror, head, body=b""):
    """Sends bytes as they are; the status and the whole answer."""
    with socket.create_connection(("127.0.0.1", mirror.port), timeout=20) as s:
        s.sendall(head + body)
        got = b""
        while part := s.recv(65536):
            got += part
    return int(got.split(b" ", 2)[1]), got


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("bytes"))
    upstream = made.recorder(lambda seen: OK)
    yield made.mirror(upstream), upstream
    made.close()


@pytest.fixture
def recorded(one):
    """(mirror, upstream) where the upstream answers OK and has seen nothing yet."""
    one[1].answer = lambda seen: OK
    one[1].seen.clear()
    return one


@pytest.mark.parametrize("target", [
    "/repos/o/r/contents/a%2Fb", "/repos/o/r/contents/a%2fb", "/repos/o/r/contents/what%20is%20%231%3F.md",
    "/repos/o/r/git/ref/heads/feature%2Fx", "/users/name%5Bbot%5D", "/repos/o/r/contents/%E2%82%AC", "/x/a+b", "/x/~a-_.",
    "/x/a;b=c,d", "/x/(a)'!*$@:", "/search/users?q=a+b", "/search/users?q=a%20b", "/search/users?q=%2B%23%3F%26",
    "/x?b=2&a=1", "/x?a=1&b=2", "/x?a=1&a=2&a=1", "/x?labels[]=1&labels[]=2", "/x?flag", "/x?empty=", "/x?", "/x?&&",
    "/x?a=%C3%A9&z=%zz", "/x?redirect=http://h/p?q", "/x/", "/"])
@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_paths_and_queries_reach_github_unchanged(recorded, target, prefix):
    mirror, upstream = recorded
    assert mirror.get(prefix + target, "t").status == 200
    assert [s.target for s in upstream.asked()] == [target]


def test_repeated_and_ordered_parameters_are_different_pages(lab):
    upstream = lab.recorder(lambda seen: (200, {"ETag": '"%s"' % seen.target}, b'{"t":"%s"}' % seen.target.encode()))
    mirror = lab.mirror(upstream)
    targets = ["/x?a=1&b=2", "/x?b=2&a=1", "/x?a=1&a=1", "/x?a=1", "/x?a=%31", "/x", "/x?", "/x%2Fy", "/x/y"]
    for _ in range(2):
        for target in targets:
            assert mirror.get(target, "t").json() == {"t": target}


def test_nothing_is_added_to_a_read(recorded):
    mirror, upstream = recorded
    sent = [("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"),
            ("Authorization", "token abc"), ("User-Agent", "my own/1.0 (words)"), ("Accept-Language", "eo"),
            ("X-GitHub-Next-Global-ID", "1"), ("X-My-Own", "kept")]
    for _ in range(2):
        assert mirror.get("/x", headers=dict(sent)).status == 200
    for seen in upstream.asked():
        for name, value in sent[:4] + sent[5:6]:
            assert seen.get(name) == value, name
        assert seen.names() - {n.lower() for n, _ in sent} - {"host"} <= MAY_BE_ADDED, seen
        assert seen.get("Host") == upstream.url.removeprefix("http://")


def test_a_client_without_headers_stays_without_them(recorded):
    mirror, upstream = recorded
    status, _ = raw_request(mirror, f"GET /bare HTTP/1.1\r\nHost: {mirror.host}\r\nConnection: close\r\n\r\n".encode())
    assert status == 200
    seen, = upstream.asked()
    assert seen.names() - {"host"} <= MAY_BE_ADDED, seen


def test_hop_by_hop_and_forwarding_headers_stay_here(recorded):
    mirror, upstream = recorded
    mirror.get("/x", "t", {"Connection": "keep-alive, X-Mine", "X-Mine": "1", "Keep-Alive": "timeout=9", "TE": "trailers",
                           "Proxy-Authorization": "Basic c2VjcmV0", "Upgrade": "websocket",
                           "Proxy-Connection": "keep-alive"})
    seen, = upstream.asked()
    assert not seen.names() & {"x-mine", "keep-alive", "te", "proxy-authorization", "upgrade", "proxy-connection",
                               "via", "forwarded", "x-forwarded-for", "x-forwarded-host"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream",
                                          "multipart/form-data; boundary=x--y", "application/vnd.x+json; charset=latin-1"])
def test_writes_pass_byte_for_byte(recorded, method, content_type):
    answer = os.urandom(5000)
    mirror, upstream = recorded
    upstream.answer = lambda seen: (200, {"Content-Type": "application/octet-stream", "X-Its-Own": "kept"}, answer)
    body = os.urandom(70000)
    done = mirror.request(method, "/repos/o/r/things?x=1&x=2", headers={
        "Authorization": "token abc", "Content-Type": content_type, "Accept": "a/b", "X-GitHub-Api-Version": "v"}, body=body)
    seen, = upstream.asked()
    assert (seen.method, seen.target, seen.body) == (method, "/repos/o/r/things?x=1&x=2", body)
    assert (seen.get("Content-Type"), seen.get("Authorization")) == (content_type, "token abc")
    assert (seen.get("Accept"), seen.get("X-GitHub-Api-Version")) == ("a/b", "v")
    assert seen.names() - {"host", "content-length", "content-type", "authorization", "accept", "x-github-api-version",
                           "user-agent"} <= {"accept-encoding", "connection", "transfer-encoding"}
    assert done.status == 200 and done.body == answer and done["X-Its-Own"] == "kept"
    assert done["Content-Type"] == "application/octet-stream"


def test_a_write_without_a_body_and_one_with_an_empty_one(recorded):
    mirror, upstream = recorded
    mirror.request("PUT", "/user/starred/o/r", "t", {"Content-Length": "0"})
    mirror.request("DELETE", "/user/starred/o/r", "t")
    put, delete = upstream.asked()
    assert (put.method, put.body, put.get("Content-Length")) == ("PUT", b"", "0")
    assert (delete.method, delete.body) == ("DELETE", b"")
    assert "content-type" not in put.names() | delete.names()


def test_a_chunked_upload(recorded):
    mirror, upstream = recorded
    head = (f"POST /x HTTP/1.1\r\nHost: {mirror.host}\r\nAuthorization: token t\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: text/plain\r\nConnection: close\r\n\r\n").encode()
    status, _ = raw_request(mirror, head, b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n")
    assert status == 200 and upstream.asked()[0].body == b"hello world"


@pytest.mark.parametrize("status", [201, 202, 204, 400, 401, 403, 404, 409, 422, 500, 502])
def test_the_status_of_a_write_is_githubs(recorded, status):
    body = b"" if status == 204 else b'{"message":"as it is"}'
    mirror, upstream = recorded
    upstream.answer = lambda seen: (status, {}, body)
    done = mirror.request("POST", "/x", "t", {"Content-Type": "application/json"}, b"{}")
    assert done.status == status and done.body == body


def test_a_write_is_never_repeated(lab):
    """A connection that ends without an answer: the write may have happened."""
    upstream = lab.recorder(lambda seen: (_ for _ in ()).throw(OSError("gone")))
    mirror = lab.mirror(upstream)
    done = mirror.request("POST", "/x", "t", {"Content-Type": "application/json"}, b"{}")
    assert done.status == 502 and done.json()["message"] and len(upstream.asked("/x")) == 1


def test_answers_that_are_not_json_are_not_touched(lab):
    """Whatever they hold, an address of GitHub's included."""
    url = {}
    bodies = {"text/html; charset=utf-8": b'<a href="URL/users/ada">', "application/vnd.github.raw": b'{"url":"URL/x"}',
              "application/vnd.github.raw+json; charset=utf-8": b'{"url":"URL/x"}',
              "application/vnd.github.diff; charset=utf-8": b'+{"url": "URL/x"}', "application/zip": b"PK\x03\x04URL/x\x00\xff"}

    def answer(seen):
        content_type = seen.get("Accept")
        return 200, {"Content-Type": content_type, "ETag": '"1"'}, bodies[content_type].replace(b"URL", url["is"])
    upstream = lab.recorder(answer)
    url["is"] = upstream.url.encode()
    mirror = lab.mirror(upstream)
    for content_type, body in bodies.items():
        for _ in range(2):
            got = mirror.get("/x", "t", {"Accept": content_type})
            assert got.body == body.replace(b"URL", url["is"]) and got["Content-Type"] == content_type


def test_urls_in_json_point_to_the_mirror_and_texts_stay(lab):
    upstream = lab.recorder(lambda seen: None)
    here = upstream.url
    body = ('{"url":"%s/users/x","html_url":"https://github.com/x","avatar_url":"%s.evil.example/a","n":1.0,"big":'
            '12345678901234567890,"starred_url":"%s/users/x/starred{/owner}{/repo}","bio":"see %s/users/x","e":"\\u00e9\\/",'
            '"list":[{"comments_url":"%s/c?a=1&b=2"}],"_links":{"self":{"href":"%s/s"}}}') % (here, here, here, here, here, here)
    upstream.answer = lambda seen: (200, {"ETag": '"1"', "Link": f'<{here}/x?page=2>; rel="next", <{here}/x?page=9>; rel="last"'},
                                    body.encode())
    mirror = lab.mirror(upstream)
    for prefix, base in (("", mirror.url), ("/api/v3", mirror.url + "/api/v3")):
        for packed in ({}, {"Accept-Encoding": "gzip"}):
            got = mirror.get(prefix + "/x", "t", packed)
            text = gzip.decompress(got.body).decode() if got["Content-Encoding"] else got.text
            wanted = body.replace(f'"{here}/', f'"{base}/')
            assert text == wanted
            assert got.links() == {"next": f"{base}/x?page=2", "last": f"{base}/x?page=9"}


def test_api_v3_in_front_of_a_ghes(lab):
    """An upstream that has the prefix itself: it is not doubled, and GraphQL is beside it."""
    upstream = lab.recorder(lambda seen: OK)
    mirror = lab.mirror(upstream.url + "/api/v3")
    for path in ("/users/x", "/api/v3/users/x"):
        assert mirror.get(path, "t").status == 200
    mirror.request("POST", "/api/graphql", "t", {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}')
    mirror.request("POST", "/graphql", "u", {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}')
    assert [s.target for s in upstream.asked()] == ["/api/v3/users/x"] * 2 + ["/api/graphql"] * 2


@pytest.mark.parametrize("head", [b"GET http://evil.example/x HTTP/1.1", b"GET //evil.example/x HTTP/1.1",
                                  b"GET /../x HTTP/1.1", b"GET /%2e%2e/x HTTP/1.1", b"GET /x\\..\\y HTTP/1.1",
                                  b"CONNECT evil.example:443 HTTP/1.1", b"TRACE /x HTTP/1.1", b"GET /x HTTP/9.9",
                                  b"GET /" + b"a" * 100000 + b" HTTP/1.1"])
def test_unusual_requests_never_reach_another_host(recorded, head):
    mirror, upstream = recorded
    try:
        raw_request(mirror, head + f"\r\nHost: {mirror.host}\r\nAuthorization: token t\r\nConnection: close\r\n\r\n".encode())
    except (ConnectionError, IndexError, ValueError):
        pass
    assert all(seen.get("Host") == upstream.url.removeprefix("http://") for seen in upstream.asked())
    assert mirror.get("/alive", "t").status == 200


def test_a_request_smuggled_after_another_is_refused(recorded):
    mirror, upstream = recorded
    head = (f"POST /x HTTP/1.1\r\nHost: {mirror.host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n").encode()
    try:
        raw_request(mirror, head, b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    except (ConnectionError, IndexError):
        pass
    assert "/smuggled" not in [s.target for s in upstream.asked()]


def test_header_injection_does_not_work(recorded):
    mirror, upstream = recorded
    raw_request(mirror, f"GET /x%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: {mirror.host}\r\nAccept: a\tb\r\n"
                        "Connection: close\r\n\r\n".encode())
    assert all("x-injected" not in seen.names() for seen in upstream.asked())


@pytest.mark.parametrize("method", ["TRACE", "TRACK"])
def test_a_method_that_would_return_the_credential_is_not_forwarded(recorded, method):
    mirror, upstream = recorded
    got = mirror.request(method, "/users/x", "t")
    assert got.status == 405 and "GET" in got["Allow"] and method not in [s.method for s in upstream.asked()]


def test_max_forwards_of_options(recorded):
    """RFC 9110 7.6.2."""
    mirror, upstream = recorded
    got = mirror.request("OPTIONS", "/hops", "t", {"Max-Forwards": "0"})
    assert got.status == 204 and "GET" in got["Allow"] and not upstream.asked("/hops")
    for value, sent in (("1", "0"), ("10", "9"), ("many", "many")):
        assert mirror.request("OPTIONS", "/hops", "t", {"Max-Forwards": value}).status == 200
        assert upstream.asked("/hops")[-1].get("Max-Forwards") == sent


def test_a_part_that_passes_is_not_rewritten(lab):
    """Content-Range counts its bytes."""
    part = []
    upstream = lab.recorder(lambda seen: (206, {"Content-Range": f"bytes 0-{len(part[0]) - 1}/900"}, part[0]))
    part.append(b'{"url":"%s/users/x"' % upstream.url.encode())
    mirror = lab.mirror(upstream)
    got = mirror.get("/users/x", "t", {"Range": "bytes=0-40", "Cache-Control": "no-store"})
    assert (got.status, got.body, got["Content-Length"]) == (206, part[0], str(len(part[0])))
