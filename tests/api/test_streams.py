"""Whole lists as CSV and NDJSON: the same records, in the same order, as their pages have, whatever is filtered; whatever goes wrong on the
way is seen by the reader."""
import contextlib
import csv
import http.client
import io
import json
import socket
import time

import pytest
from graph import record_id
from server import fresh, until

DEV, REPO = record_id(1, 1), record_id(2, 102)
MANY = 30_000
LISTS = ["/github/developers/", "/github/repositories/", f"/github/developers/{DEV}/followers/", f"/github/developers/{DEV}/following/",
         f"/github/developers/{DEV}/starred_repositories/", f"/github/developers/{DEV}/repositories/",
         f"/github/repositories/{REPO}/stargazers/", "/github/rate_limit/", "/github/jobs/", "/github/changes/"]
QUERIES = ["/github/developers/?ordering=-followers_count,login", "/github/developers/?ordering=name", "/github/developers/?ordering=-email&location=Brazil",
           "/github/developers/?name__isnull=1", "/github/developers/?bio__isempty=1",
           "/github/repositories/?homepage__isempty=0", "/github/developers/?search=name&followers_count__gte=9", "/github/developers/?login=nobody-at-all",
           "/github/developers/?fields=bio", "/github/developers/?fields=login,followers,repositories", "/github/developers/?embed=all&login__in=dev1,dev2,dev3",
           "/github/developers/?name__icontains=NA%C3%8FVE", "/github/repositories/?ordering=language,-stargazers_count", "/github/repositories/?fields=topics,license,parent",
           f"/github/developers/{DEV}/followers/?ordering=login", f"/github/developers/{DEV}/starred_repositories/?ordering=-stargazers_count",
           f"/github/repositories/{REPO}/stargazers/?as_of=2100-01-01&fields=login,starred_at", "/github/rate_limit/?rate_limit__gte=1", "/github/jobs/?state=completed",
           "/github/changes/?kind=developer"]


def joined(path, more):
    return path + ("&" if "?" in path else "?") + more


def by_page(api, path):
    """All results of the list's pages, as a client reads them."""
    found, url = [], joined(path, "page_size=100" + ("" if "embed=" in path or "fields=" in path else "&embed=none"))
    while url:
        got = api.get(url).json()
        found += got["results"]
        url = got["next"] if got.get("more", True) else None
        url = url and url.removeprefix(api.base)
    return found


def table(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return rows[0], rows[1:]


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("path", LISTS + QUERIES)
def test_a_stream_has_what_the_pages_have(api, path):
    pages = by_page(api, path)
    lines = api.get(joined(path, "format=ndjson"))
    assert lines.status == 200 and lines.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.split("\n")[:-1]] == pages
    assert lines.text == "" or lines.text.endswith("\n")
    got = api.get(joined(path, "format=csv"))
    assert got.status == 200 and got.headers["Content-Type"] == "text/csv; charset=utf-8"
    names, rows = table(got.text)
    assert [dict(zip(names, row, strict=True)) for row in rows] == [{k: as_text(v) for k, v in one.items()} for one in pages]
    for answer in (lines, got):
        assert answer.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in answer.headers and "ETag" not in answer.headers


def test_the_header_is_there_without_records(api):
    names, rows = table(api.get("/github/developers/?login=nobody-at-all&format=csv&fields=login,id").text)
    assert names == ["id", "login"] and rows == []


def test_a_null_and_an_empty_text_differ_and_neither_makes_a_line_vanish(api):
    got = api.get("/github/developers/?fields=login,bio&format=csv").text
    bios = {d["login"]: d["bio"] for d in by_page(api, "/github/developers/?fields=login,bio")}
    assert None in bios.values() and "" in bios.values()
    for login, bio in bios.items():
        if not bio:
            assert f'\r\n{login},{"" if bio is None else chr(34) * 2}\r\n' in got
    alone = api.get("/github/developers/?fields=bio&format=csv").text
    assert len(list(csv.reader(io.StringIO(alone, newline="")))) == len(bios) + 1 and "\r\n\r\n" not in alone.replace("\r\n\r\n\"", "")


@pytest.mark.parametrize(("accept", "kind"), [("text/csv", "text/csv"), ("application/x-ndjson", "application/x-ndjson"), ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
                                              ("application/json, text/csv;q=0.9", "application/json"), ("*/*", "application/json"), ("text/html,*/*;q=0.8", "text/html")])
def test_accept_decides(api, accept, kind):
    for path in LISTS:
        got = api.get(path, {"Accept": accept})
        assert got.status == 200 and got.headers["Content-Type"].split(";")[0] == kind
        assert "Accept" in got.headers["Vary"]


def test_format_decides_over_accept_but_not_against_it(api):
    assert api.get("/github/developers/?format=csv", {"Accept": "text/html,*/*;q=0.8"}).headers["Content-Type"].startswith("text/csv")
    assert api.get("/github/developers/?format=csv", {"Accept": "application/json"}).status == 406
    assert api.get("/github/developers/?format=tsv").status == 404


def test_the_file_has_a_name(api):
    names = {path: api.get(joined(path, "format=csv")).headers["Content-Disposition"] for path in LISTS}
    assert names["/github/developers/"] == 'attachment; filename="developers.csv"'
    assert names[f"/github/repositories/{REPO}/stargazers/"] == 'attachment; filename="stargazers.csv"'
    assert api.get("/github/jobs/", {"Accept": "application/x-ndjson"}).headers["Content-Disposition"] == 'attachment; filename="jobs.ndjson"'


def test_limit_cuts_and_pages_do_not(api):
    whole = api.get("/github/developers/?format=ndjson").text.splitlines()
    for n in (1, 7, len(whole), 10**30):
        assert api.get(f"/github/developers/?format=ndjson&limit={n}").text.splitlines() == whole[:n]
    for path in LISTS:
        assert len(api.get(joined(path, "format=ndjson&limit=1")).text.splitlines()) <= 1
    paged = api.get("/github/developers/?format=ndjson&page=3&page_size=2&cursor=x")
    assert paged.text.splitlines() == whole and paged.headers["X-Ignored-Parameters"] == "cursor, page, page_size"
    assert api.get("/github/developers/?limit=3").headers["X-Ignored-Parameters"] == "limit"
    assert set(api.get("/github/developers/?format=csv&page=1&strict=1").json()) == {"page"}
    for bad in ("0", "-1", "x", "1.5"):
        got = api.get(f"/github/developers/?format=csv&limit={bad}")
        assert got.status == 400 and set(got.json()) == {"limit"}


@pytest.mark.parametrize(("path", "status"), [("/github/developers/?format=csv&followers_count=x", 400), ("/github/developers/?format=csv&ordering=nothing", 400),
                                              ("/github/developers/?format=csv&fields=nothing", 400), (f"/github/developers/{record_id(1, 999)}/followers/?format=csv", 404),
                                              ("/github/changes/?format=csv&since=x", 400), ("/github/jobs/?format=csv&state=x", 400)])
def test_invalid_requests_are_answered_in_json(api, path, status):
    got = api.get(path)
    assert got.status == status and got.headers["Content-Type"] == "application/json" and "Content-Disposition" not in got.headers


def test_who_may_read(api):
    for path in LISTS:
        assert api.get(joined(path, "format=csv"), auth=False).status == 401


def test_head_is_get_without_a_body(api):
    for path in LISTS + QUERIES:
        get, only = api.get(joined(path, "format=csv")), api.request("HEAD", joined(path, "format=csv"))
        assert only.status == 200 and only.body == b""
        drop = ("Date", "Connection", "Keep-Alive", "X-As-Of")
        assert {k: v for k, v in only.headers.items() if k not in drop} == {k: v for k, v in get.headers.items() if k not in drop}


@pytest.mark.parametrize("path,accept", [("/github/developers/", "text/csv"), ("/github/changes/", "application/x-ndjson"), ("/github/jobs/", "text/csv"),
                                         ("/github/changes/", "text/event-stream")])
def test_head_leaves_the_connection_to_the_next_answer(api, path, accept):
    """Two requests and one that ends the connection: nothing but their answers, with the headers of GET."""
    fields = f"Host: 127.0.0.1:{api.port}\r\nAuthorization: {api.auth}\r\nAccept: "
    asked = [f"HEAD {path} HTTP/1.1\r\n{fields}{accept}\r\n\r\n"] * 2 + [
        f"GET /github/developers/?format=csv&login=dev1 HTTP/1.1\r\n{fields}*/*\r\n\r\n",
        f"GET /github/tasks/ HTTP/1.1\r\n{fields}*/*\r\nConnection: close\r\n\r\n"]
    for data in ("".join(asked).encode(), asked[0].encode()):  # the second: what follows the headers
        got = api.raw(data)
        answers = got.split(b"HTTP/1.1 200 OK\r\n")
        assert answers[0] == b"" and len(answers) == data.count(b"HTTP/1.1") + 1, got
        for head in answers[1:3]:
            assert head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1, head
            assert b"Transfer-Encoding: chunked" in head and b"\r\nContent-Length:" not in head and b"\r\nETag:" not in head
        if len(answers) > 2:
            assert answers[3].endswith(b"\r\n0\r\n\r\n") and b"dev1" in answers[3]
            assert json.loads(answers[4].partition(b"\r\n\r\n")[2])


def test_an_encoding_that_cannot_be_had(api):
    assert api.get("/github/developers/?format=csv", {"Accept-Encoding": "gzip"}).status == 200
    got = api.get("/github/developers/?format=csv", {"Accept-Encoding": "identity;q=0"})
    assert got.status == 406 and got.json()["detail"]


def test_the_connection_is_usable_afterwards(api):
    link = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    for _ in range(5):
        link.request("GET", "/github/developers/?format=csv", headers={"Authorization": api.auth})
        assert len(table(link.getresponse().read().decode())[1]) > 40
    link.close()


# ---- large ones ----

@pytest.fixture(scope="module")
def large(pg, tmp_path_factory):
    server = fresh(pg, "streams")
    pg.psql(f"set session_replication_role = replica; insert into developers (github_id, login, bio, created_at, first_seen_at, synced_at)"
            f" select g, 'd' || g, repeat('x', 300), timestamptz '2024-01-01' + g * interval '1 s', now(), now() from generate_series(1, {MANY}) g;"
            f" insert into follows select g, 1, now() from generate_series(2, {MANY}) g; analyze", "streams")
    server.pg, server.sql = pg, lambda sql: pg.psql(sql, "streams")
    server.env["EXPORT_SECONDS"] = "10"
    server.start(tmp_path_factory.mktemp("streams") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


def streaming(server):
    return int(server.sql("select count(*) from pg_stat_activity where application_name = 'gitomatic api stream'"
                          " and datname = 'streams' and state <> 'idle'")[0][0])


@contextlib.contextmanager
def unread(server, path="/github/developers/?format=ndjson"):
    """The answer's head is there; of its 25 MB no more is on its way than sockets hold."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as link:
        link.request("GET", path, headers={"Authorization": server.auth})
        answer = link.getresponse()
        assert answer.status == 200
        yield answer


@contextlib.contextmanager
def unframed(server, path="/github/developers/?format=ndjson"):
    """The same over HTTP/1.0, where the end of the connection is the end of the list."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as link:
        link.sendall(f"GET {path} HTTP/1.0\r\nAuthorization: {server.auth}\r\n\r\n".encode())
        assert link.recv(12) == b"HTTP/1.1 200"
        yield link


def rest_of(link):
    got = bytearray()
    while part := link.recv(1 << 16):
        got += part
    return bytes(got)


def test_one_snapshot_despite_concurrent_writes(large):
    with unread(large) as answer:
        large.sql("update developers set company = 'new' where github_id <= 50; delete from developers where github_id = 51")
        lines = answer.read().splitlines()
    assert len(lines) == MANY and not any(b'"company":"new"' in line for line in lines)
    large.sql("insert into developers (github_id, login, created_at, first_seen_at, synced_at) values (51, 'd51', '2024-01-01', now(), now())")


def test_a_stream_that_breaks_is_cut_off(large):
    with unread(large) as answer:
        assert streaming(large) == 1
        large.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gitomatic api stream' and state <> 'idle'")
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    assert "api.stream_cut" in large.log()
    with unread(large) as answer:  # another connection is made in its place
        assert len(answer.read().splitlines()) == MANY


def test_a_cut_is_not_an_end_without_chunks(large):
    with unframed(large) as link:
        head, _, body = rest_of(link).partition(b"\r\n\r\n")
        assert b"chunked" not in head and body.count(b"\n") == MANY and body.endswith(b"}\n")
    with unframed(large) as link:
        large.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gitomatic api stream' and state <> 'idle'")
        with pytest.raises(ConnectionResetError):
            rest_of(link)


def test_a_disconnected_client_holds_nothing(large):
    with unread(large):
        assert streaming(large) == 1
    until(lambda: streaming(large) == 0)


def test_concurrent_streams_are_bounded_and_delay_no_other_request(large):
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(unread(large))
        assert streaming(large) == 4
        refused = large.get("/github/repositories/?format=csv")
        assert refused.status == 503 and refused.headers["Retry-After"] and "Content-Disposition" not in refused.headers
        assert large.get("/github/developers/").status == 200
    until(lambda: streaming(large) == 0)
    assert large.get("/github/repositories/?format=csv").status == 200


def test_no_snapshot_is_held_longer_than_export_seconds(large):
    begun = time.monotonic()
    with unread(large) as answer, unframed(large) as waiting, unframed(large) as trickling:
        def over():
            with contextlib.suppress(ConnectionResetError):
                trickling.recv(4096)
            return streaming(large) == 0
        until(over)
        assert time.monotonic() - begun >= 9
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
        with pytest.raises(ConnectionResetError):
            rest_of(waiting)


def test_memory_stays_the_same(large):
    def resident():
        with open(f"/proc/{large.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    assert len(large.get("/github/developers/?format=csv", timeout=60).text.splitlines()) == MANY + 1
    before = resident()
    for path in ("/github/developers/?format=csv&fields=login,followers,bio", "/github/developers/?format=ndjson&ordering=-login",
                 f"/github/developers/{DEV}/followers/?format=csv"):
        assert large.get(path, timeout=60).body.count(b"\n") >= MANY - 1
    assert resident() < before + 15  # the lists are 10 MB each and more


@pytest.mark.slow
def test_a_stop_is_not_an_end_without_chunks(large):
    with unframed(large) as link:
        assert large.stop() == 0
        with pytest.raises(ConnectionResetError):
            rest_of(link)
    large.start(large.log_path)
