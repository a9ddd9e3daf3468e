"""What a 304 says is what is known from then on (RFC 9111, 3.2 and 4.3.4); what a write touches, and what it does not."""
import threading

import pytest

BODY = b'{"n":1}'


class Upstream:
    """first: fields of the 200; now: fields of a 304."""

    def __init__(self, lab):
        self.first, self.now = {"X-Note": "old", "X-OAuth-Scopes": "repo"}, {}
        self.trouble = False
        self.recorder = lab.recorder(self.answer)

    def answer(self, seen):
        if self.trouble:
            return 502, {}, b"{}"
        if seen.get("If-None-Match") == '"1"':
            return 304, {"ETag": '"1"', "Content-Type": None, **self.now}, b""
        return 200, {"ETag": '"1"', "Vary": "Accept", **self.first}, BODY


@pytest.mark.parametrize("name, value", [("X-Note", "new"), ("X-OAuth-Scopes", "user"), ("X-OAuth-Scopes", ""), ("Cache-Control", "private, max-age=5"),
                                         ("Last-Modified", "Fri, 01 Aug 2025 10:00:00 GMT"), ("Content-Security-Policy", "none"),
                                         ("Expires", "Fri, 01 Aug 2025 10:00:00 GMT"), ("X-Never-Seen", "1"), ("Vary", ["Accept", "Origin"]),
                                         ("Deprecation", "@1735689600"), ("X-Note", ["a", "b"])])
@pytest.mark.parametrize("restart", [False, True])
def test_a_changed_field_is_stored(lab, name, value, restart):
    upstream = Upstream(lab)
    stack = lab.stack(upstream.recorder.url)
    mirror = lab.mirror(upstream.recorder, stack)
    mirror.get("/thing", "t")
    upstream.now = {name: value}
    want = ", ".join(value) if isinstance(value, list) else value
    got = mirror.get("/thing", "t")
    assert got.label == "ONLINE_HIT" and ", ".join(got.headers.get_all(name)).strip() == want
    if restart:
        mirror.process.kill()
        mirror = lab.mirror(upstream.recorder, stack)
    upstream.trouble = True
    stale = mirror.get("/thing", "t")
    assert stale.label == "API_ERROR_HIT" and ", ".join(stale.headers.get_all(name) or ["absent"]).strip() == want
    upstream.trouble, upstream.now = False, {}
    again = mirror.get("/thing", "t")  # a 304 that says nothing of it leaves it as it is
    assert ", ".join(again.headers.get_all(name)).strip() == want


@pytest.mark.parametrize("name, value", [("Content-Encoding", "br"), ("Content-Length", "99"), ("Content-Range", "bytes 0-1/2"), ("ETag", '"1"'),
                                         ("Content-Type", "text/html"), ("Content-MD5", "x")])
def test_fields_that_describe_the_stored_bytes_stay(lab, name, value):
    upstream = Upstream(lab)
    upstream.first["ETag"] = 'W/"1"'
    mirror = lab.mirror(upstream.recorder)
    real = upstream.answer
    upstream.recorder.answer = lambda seen: (
        (304, {"Content-Type": None, "ETag": '"1"', name: value}, b"") if "1" in (seen.get("If-None-Match") or "") else real(seen))
    first = mirror.get("/thing", "t")
    for _ in range(2):
        got = mirror.get("/thing", "t")
        assert got.label == "ONLINE_HIT" and got.body == BODY and got[name] == first[name]


def test_an_empty_field_means_something(lab):
    upstream = Upstream(lab)
    upstream.first = {"X-OAuth-Scopes": "", "X-Accepted-OAuth-Scopes": "", "X-Note": ""}
    mirror = lab.mirror(upstream.recorder)
    for label in ("ONLINE_MISS", "ONLINE_HIT"):
        got = mirror.get("/thing", "t")
        assert got.label == label
        for name in upstream.first:
            assert got[name] is not None and got[name].strip() == "", name
    passed = mirror.request("POST", "/thing", "t", {"X-Mine": ""}, b"{}")
    assert passed["X-OAuth-Scopes"] is not None and upstream.recorder.asked()[-1].get("X-Mine") == ""


@pytest.mark.parametrize("field", [{"Vary": "*"}, {"Vary": "User-Agent"}, {"Cache-Control": "no-store"}], ids=str)
def test_a_304_that_forbids_to_store_ends_the_page(field, lab):
    upstream = Upstream(lab)
    mirror = lab.mirror(upstream.recorder)
    mirror.get("/thing", "t")
    upstream.now = field
    assert mirror.get("/thing", "t").body == BODY
    upstream.trouble = True
    assert mirror.get("/thing", "t").status == 502
    assert mirror.stack.one("select count(*) from mirror_pages") == 0


@pytest.mark.parametrize("fresh_seconds", [0, 600])
def test_a_page_that_an_earlier_release_stored_with_vary_user_agent_is_removed(lab, fresh_seconds):
    """A 304 with the same Vary says no more than what is stored, so that only the page itself shows it."""
    def answer(seen):
        fields = {"ETag": '"1"', "Vary": "Accept, User-Agent"}
        return (304, fields, b"") if seen.get("If-None-Match") == '"1"' else (200, fields, seen.get("User-Agent").encode())
    recorder = lab.recorder(lambda seen: (200, {"ETag": '"1"', "Vary": "Accept"}, b'"one"'))
    stack = lab.stack(recorder.url)
    first = lab.mirror(recorder, stack, MIRROR_FRESH_SECONDS=fresh_seconds)
    first.get("/thing", "t", {"User-Agent": "one"})
    first.stop()
    stack.rows("update mirror_pages set headers = convert_to(replace(convert_from(headers, 'UTF8'), 'Vary: Accept', 'Vary: Accept, User-Agent'), 'UTF8') returning 1")
    assert b"Accept, User-Agent" in bytes(stack.one("select headers from mirror_pages"))
    recorder.answer = answer
    mirror = lab.mirror(recorder, stack, MIRROR_FRESH_SECONDS=fresh_seconds)
    assert [mirror.get("/thing", "t", {"User-Agent": name}).text for name in ('"two"', '"three"')] == ['"two"', '"three"']
    assert stack.one("select count(*) from mirror_pages") == 0


def test_a_hop_by_hop_field_of_a_304_is_not_stored(lab):
    upstream = Upstream(lab)
    mirror = lab.mirror(upstream.recorder)
    mirror.get("/thing", "t")
    upstream.now = {"Connection": "X-Note", "X-Note": "of this connection"}
    assert [mirror.get("/thing", "t")["X-Note"] for _ in range(2)] == ["old", "old"]


def test_date_and_age_of_a_stored_answer_agree(lab):
    """RFC 9111, 4.2.3: Date is when GitHub last answered for it, not when it first did."""
    upstream = Upstream(lab)
    upstream.first["Date"] = "Fri, 01 Aug 2025 10:00:00 GMT"
    mirror = lab.mirror(upstream.recorder)
    mirror.get("/thing", "t")
    upstream.trouble = True
    stale = mirror.get("/thing", "t")
    assert int(stale["Age"]) < 60 and "2025 10:00:00" not in stale["Date"] and len(stale.headers.get_all("Date")) == 1


@pytest.fixture
def in_flight(lab):
    """ask(path): a GET that GitHub answers only when release() is called."""
    gate, arrived = threading.Event(), threading.Semaphore(0)

    def answer(seen):
        if seen.method == "GET" and not gate.is_set() and seen.target != "/first":
            arrived.release()
            assert gate.wait(30)
        return 200, {"ETag": '"1"'}, BODY
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream, MIRROR_FRESH_SECONDS=600)
    mirror.get("/first", "t")  # until one answer is in, curl waits with all others to the same host

    def ask(path, write):
        asking = threading.Thread(target=mirror.get, args=(path, "t"))
        asking.start()
        assert arrived.acquire(timeout=30)
        assert mirror.request("PATCH", write, "other", {"Content-Type": "application/json"}, b"{}").status == 200
        gate.set()
        asking.join(30)
        before = len(upstream.asked(path))
        mirror.get(path, "t")
        return len(upstream.asked(path)) > before
    return ask


@pytest.mark.parametrize("path, write, asked", [("/repos/o/r", "/repos/x/y", False), ("/users/ada", "/repos/o/r/issues/1", False),
                                                ("/repos/o/r", "/repos/o/r", True), ("/repos/o/r/issues", "/repos/o/r/issues/1", True),
                                                ("/repos/o/r/contents/a", "/repos/o/r", True)])
def test_a_write_invalidates_the_affected_entries_in_flight(in_flight, path, write, asked):
    assert in_flight(path, write) is asked


@pytest.mark.parametrize("etag, is_the_same", [('"1"', True), ('W/"1"', True), ("", True), (None, True), ('"2"', False), ('W/"2"', False), ('"1-gzip"', False)])
def test_a_304_with_another_etag_is_not_about_the_stored_page(lab, etag, is_the_same):
    """RFC 9111 4.3.4: it must not be used to confirm that page, so that the page is requested without a condition."""
    bodies = [BODY, b'{"n":2}']
    upstream = lab.recorder(lambda seen: (304, {"ETag": etag, "Content-Type": None}, b"") if seen.get("If-None-Match") else (200, {"ETag": '"1"'}, bodies[0]))
    mirror = lab.mirror(upstream)
    assert mirror.get("/thing", "t").body == BODY
    bodies[0] = b'{"n":2}'
    got = mirror.get("/thing", "t")
    assert (got.status, got.body, got.label) == ((200, BODY, "ONLINE_HIT") if is_the_same else (200, b'{"n":2}', "ONLINE_MISS"))
    assert [bool(s.get("If-None-Match")) for s in upstream.asked("/thing")] == [False, True] + [False] * (not is_the_same)


def test_a_304_with_another_etag_is_not_about_another_credentials_page(lab):
    from github_etag import answer_with

    def answer(seen):
        status, fields, body = answer_with(seen, BODY)
        return (status, {**fields, "ETag": '"of-another-page"'}, body) if status == 304 else (status, fields, body)
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream)
    for token in ("a", "b"):
        got = mirror.get("/thing", token)
        assert (got.body, got.label) == (BODY, "ONLINE_MISS")
