"""HTTP: redirects, methods, negotiation, sizes, connections, error bodies."""
import json
import socket

import pytest

import graph
from slowness import within

PATHS = ["/github/developers/", "/github/repositories/", "/github/rate_limit/", "/github/tasks/",
         f"/github/developers/{graph.record_id(1, 1)}/"]


def test_root_redirects(api):
    got = api.get("/", auth=False)
    assert got.status == 302 and got.headers["Location"] == "/github/"


def test_root_links_need_no_credentials(api):
    got = api.get("/github/", auth=False)
    assert got.status == 200
    links = got.json()
    assert list(links) == ["developers", "repositories", "rate_limit", "tasks", "jobs", "stats", "samples", "changes", "webhooks"]
    for name, link in links.items():
        assert link == f"{api.base}/github/{name}/"
        assert api.get(link.replace(api.base, "")).status == 200


def test_health(api):
    got = api.get("/health/", auth=False)
    assert (got.status, got.body) == (200, b"ok") and got.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", PATHS + ["/github/", "/health/"])
def test_missing_slash(api, path):
    for query in ("", "?page=2&login=a%20b", "?"):
        for auth in (True, False):
            got = api.get(path[:-1] + query, auth=auth)
            assert got.status == 301 and got.headers["Location"] == path + query.rstrip("?")


@pytest.mark.parametrize("path", ["//evil.example/github", "/github//developers", "/github/developers//", "//", "/x", "/github/x/",
                                  "/GITHUB/", "/github/developers/x/y/", "/metrics/", "/github/developers/../tasks/",
                                  "/%2e%2e/", "/github%2Fdevelopers/", "/github/developers;/", "/github/developers/%"])
def test_unknown_paths(api, path):
    got = api.get(path)
    assert got.status in (404, 301)
    if got.status == 301:
        assert got.headers["Location"].startswith("/github/developers/")
        return
    assert got.json() == {"detail": "Not found."}
    assert api.get(path, auth=False).status == 401


def test_unknown_paths_do_not_redirect_elsewhere(api):
    for path in ("//evil.example", "//evil.example/github/developers", "/\\evil.example"):
        assert api.get(path).status == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO", "PROPFIND"])
def test_wrong_methods(api, path, method):
    got = api.request(method, path)
    assert got.status == 405
    assert got.json() == {"detail": f'Method "{method}" not allowed.'}
    want = "GET, POST, HEAD, OPTIONS" if "tasks" in path else "GET, HEAD, OPTIONS"
    assert got.headers["Allow"] == want
    assert api.request(method, path, auth=False).status == 401


def test_post_where_only_get_is(api):
    got = api.request("POST", "/github/developers/", body=b"x")
    assert got.status == 405 and got.json() == {"detail": 'Method "POST" not allowed.'}


@pytest.mark.parametrize("path", PATHS + ["/github/"])
def test_head_and_options(api, path):
    get, head, options = (api.request(m, path) for m in ("GET", "HEAD", "OPTIONS"))
    assert head.status == 200 and head.body == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))
    assert head.headers["Content-Type"] == get.headers["Content-Type"] == "application/json"
    assert options.status == 200 and options.headers["Allow"] == get.headers["Allow"]
    assert options.json()["renders"] == ["application/json"]
    assert get.headers["X-Content-Type-Options"] == "nosniff" and get.headers["Vary"] == "Accept, Accept-Encoding"


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
ACCEPTED = [None, "", "*/*", "application/*", "application/json", "APPLICATION/JSON", "text/html, */*",
            "text/html;q=0.5, application/json", "application/json; charset=utf-8",
            "application/json;q=0.5", "application/json;q=00.5", "application/json;q=0x5", "application/json;q=01, text/html;q=0", " application/json , text/plain", "application/json; version=1"]
REFUSED = ["application/xml", "json", "application", "application/json2", "*", "application/json;q=0", "text/html;q=0",
           "image/png, text/csv", "*/*;q=0", "application/vnd.x+json"]


def test_accept(api):
    for accept in ACCEPTED:
        got = api.get("/github/tasks/", {} if accept is None else {"Accept": accept})
        assert got.status == 200 and got.headers["Content-Type"] == "application/json", accept
    for accept in REFUSED:
        got = api.get("/github/tasks/", {"Accept": accept})
        assert got.status == 406, accept
        assert got.json() == {"detail": "Could not satisfy the request Accept header."}


def test_format(api):
    assert api.get("/github/tasks/?format=json").status == 200
    for bad in ("xml", "HTML", "JSON", "yaml", "json%20"):
        got = api.get(f"/github/tasks/?format={bad}")
        assert (got.status, got.json()) == (404, {"detail": "Not found."})


def test_indent(api):
    plain = api.get("/github/developers/?page_size=2")
    data = plain.json()
    assert plain.text == json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("\u2028", "\u2028")
    for n, want in ((1, 1), (4, 4), (8, 8), (9, 8), (999, 8)):
        got = api.get("/github/developers/?page_size=2", {"Accept": f"application/json; indent={n}"})
        assert got.text == json.dumps(data, ensure_ascii=False, indent=want)
        got = api.get(f"/github/developers/?indent={n}&page_size=2")
        assert got.text.replace(f"indent={n}&", "") == json.dumps(
            json.loads(got.text.replace(f"indent={n}&", "")), ensure_ascii=False, indent=want)
    for nothing in ("0", "-3", "x", ""):
        if nothing in ("0", ""):
            assert "\n" not in api.get(f"/github/tasks/?indent={nothing}").text
        assert "\n" not in api.get("/github/tasks/", {"Accept": f"application/json; indent={nothing}"}).text
    assert "\n" in api.get("/github/developers/zzz/?indent=2").text  # errors, too


def test_sizes(api):
    head = "/github/developers/?login="
    assert api.get(head + "a" * (8192 - len(head))).status == 200
    got = api.get(head + "a" * (8193 - len(head)))
    assert got.status == 414 and "detail" in got.json()
    assert api.get(head + "a" * 200000).status in (413, 414, 431)
    assert api.get("/github/tasks/", {"X-Junk": "a" * 200000}).status in (413, 431)
    assert api.form("name=" + "a" * (16384 - 5)).status == 406
    for size in (16385, 65536, 1_000_000, 20_000_000):
        got = api.form(b"name=" + b"a" * (size - 5))
        assert got.status == 413 and "detail" in got.json()


@pytest.mark.parametrize("path", ["/github/developers/?page_size=2&page=2&zz=", "/github/developers?zz=",
                                  "/github/developers/?format=html&page_size=2&page=2&empty=&zz="])
def test_every_address_is_answered_however_long_its_links(api, path):
    statuses = {}
    for text, n in ((b"a", 100), (b"a", 3900), (b"a", 7900), (b'"', 100), (b'"', 2500), (b'"', 7900)):
        for more in (0, 10000, 20000, 30000, 39000):
            got = api.raw(b"GET " + path.encode() + text * n + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                          b"Authorization: " + api.auth.encode() + b"\r\nX-Junk: " + b"j" * more + b"\r\n\r\n")
            status = int(got.split(None, 2)[1])
            assert (status in (200, 301, 302) or status == 414 and b"too long to be repeated in links" in got
                    or status == 431 and len(text) * n + more > 43 * 1024 and b"The head takes" in got)
            statuses[text, n, more] = status
    assert 414 not in (statuses[b"a", 100, 39000], statuses[b"a", 3900, 10000], statuses[b"a", 7900, 0])
    assert statuses[b'"', 7900, 30000] == 414 or path.endswith("developers?zz=")


def test_requests_with_ambiguous_lengths_are_refused(api):
    for said, sent in ((b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
                       (b"Content-Length : 70", b""), (b"Content-Length\t: 70", b""), (b"Transfer-Encoding : chunked", b"")):
        got = api.raw(b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nAuthorization: " + api.auth.encode() + b"\r\n" + said +
                      b"\r\n\r\n" + sent + b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in got, (said, got)


def test_a_chunked_body_is_bounded_too(api):
    body = (b"x" * 1000 for _ in range(100))
    got = api.request("POST", "/github/tasks/", {"Content-Type": "text/plain"}, body)
    assert got.status == 413
    part = iter([b'{"name":', b' "nothing"}'])
    got = api.request("POST", "/github/tasks/", {"Content-Type": "application/json"}, part)
    assert got.status == 406


def read_answer(stream):
    status = int(stream.readline().split()[1])
    length = None
    while True:
        line = stream.readline().strip()
        if not line:
            break
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, stream.read(length)


def test_keep_alive_and_pipelining(api):
    one = f"GET /github/tasks/ HTTP/1.1\r\nHost: x\r\nAuthorization: {api.auth}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as s, s.makefile("rb") as stream:
        answers = []
        for _ in range(5):
            s.sendall(one)
            answers.append(read_answer(stream))
        s.sendall(one * 5)
        answers += [read_answer(stream) for _ in range(5)]
    assert [a[0] for a in answers] == [200] * 10 and len({a[1] for a in answers}) == 1


def test_a_body_sent_to_get_does_not_disturb_the_next_request(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as s, s.makefile("rb") as stream:
        for _ in range(3):
            s.sendall(f"GET /github/tasks/ HTTP/1.1\r\nHost: x\r\nAuthorization: {api.auth}\r\nContent-Length: 5\r\n\r\nhello"
                      .encode())
            assert read_answer(stream)[0] == 200


@pytest.mark.parametrize("junk", [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\x00\x01\x02" * 100, b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
                                  b"GET /github/ HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                                  b"GET /github/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                                  b"POST /github/tasks/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                                  b"GET /\xff\xfe\x80 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
def test_junk_on_a_connection_does_not_affect_others(api, junk):
    api.raw(junk, timeout=3)
    assert api.get("/health/", auth=False).status == 200


def test_slow_and_idle_clients_do_not_keep_others_waiting(api):
    idle = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(300)]
    slow = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(100)]
    try:
        for s in slow:
            s.sendall(b"GET /github/ HTTP/1.1\r\nHo")
        with within(5):
            for _ in range(20):
                assert api.get("/github/developers/").status == 200
        slow[0].sendall(b"st: x\r\n\r\n")
        assert slow[0].recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for s in idle + slow:
            s.close()


def test_metrics(api):
    assert api.get("/metrics", auth=False).status == 401
    api.get("/github/developers/")
    text = api.get("/metrics").text
    assert 'gitomatic_http_requests_total{route="/github/developers/",status="200"}' in text
    assert 'gitomatic_http_request_duration_seconds_bucket{route="/github/developers/",le="+Inf"}' in text
    assert 'gitomatic_jobs{state="available"}' in text and 'gitomatic_db_connections{pool="read",state="max"}' in text
    for line in text.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0


def test_the_log_holds_no_credentials(api):
    api.get("/github/developers/?password=hunter2&login=topsecretvalue")
    log = api.log()
    assert "route=/github/developers/" in log
    assert "hunter2" not in log and "topsecretvalue" not in log and api.auth.split()[1] not in log
