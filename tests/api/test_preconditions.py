"""If-Match and If-None-Match (RFC 9110, 13): a request whose condition is false changes nothing and is answered 412."""
import contextlib
import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from described import address, api, by, call, document  # noqa: F401
from server import until
from wire import Wire

OTHERS = ['"x"', '"x", "y"', 'W/"x"', '""', "x", "", ",", '"', '"x', "**", '"*"']
CHANGING = ("/", "/metrics", "/github/stats/", "/health/ready")  # they say something new each time


def weak(tag):
    return "W/" + tag


def is_refused(got):
    return got.status == 412 and "If-" in got.json()["detail"] and got.headers["ETag"] is None


# ---- reads ----

def test_reads_of_every_address(api, document):  # noqa: F811
    turn = 0
    for op in by(document, method="get"):
        if op.path == "/":
            continue
        tag = call(api, op).headers["ETag"]
        assert call(api, op, headers={"If-Match": "*"}).status == 200, op
        turn += 1
        for other in (OTHERS[turn % len(OTHERS)], OTHERS[turn * 3 % len(OTHERS)], weak(tag)):
            got = call(api, op, headers={"If-Match": other})
            assert is_refused(got), f"{op} {other}: {got.status}"
            assert got.headers["Cache-Control"] == "no-store"
            op.check(got)
        if op.path in CHANGING:
            continue
        for good in (tag, f'"x",{tag}', f' , W/"y" , {tag}', f"{tag}, {tag}"):
            assert call(api, op, headers={"If-Match": good}).status == 200, f"{op} {good}"
        got = call(api, op, headers={"If-Match": tag, "If-None-Match": tag})  # in this order (13.2.2)
        assert (got.status, got.body) == (304, b""), op
        assert is_refused(call(api, op, headers={"If-Match": '"x"', "If-None-Match": tag})), op


def test_dates_are_ignored_since_no_answer_has_one(api, document):  # noqa: F811
    for op in by(document, method="get")[::4]:
        got = call(api, op, headers={"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
        assert got.status == (302 if op.path == "/" else 200) and got.headers["Last-Modified"] is None


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_coding_is_a_representation(api, method, accept):  # noqa: F811
    path = "/github/developers/?page_size=20"
    tags = {coding: api.request("GET", path, {"Accept": accept, "Accept-Encoding": coding}).headers["ETag"] for coding in ("identity", "gzip", "br")}
    assert len(set(tags.values())) == 3
    for coding in tags:
        for tag in tags.values():
            got = api.request(method, path, {"Accept": accept, "Accept-Encoding": coding, "If-Match": tag})
            assert (got.status, got.headers["ETag"]) == (200, tags[coding])
        got = api.request(method, path, {"Accept": accept, "Accept-Encoding": coding, "If-Match": '"x"'})
        assert got.status == 412 and got.headers["ETag"] is None
    other = api.get(path + "&indent=2").headers["ETag"]
    assert api.request(method, path, {"Accept": accept, "If-Match": other}).status == 412


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_streams_have_no_etag(api, form):  # noqa: F811
    path = f"/github/developers/?format={form}&limit=2"
    assert api.get(path, {"If-Match": "*"}).status == 200
    for method in ("GET", "HEAD"):
        got = api.request(method, path, {"If-Match": '"x"'})
        assert got.status == 412 and (method == "HEAD" or "expected * (a stream has no ETag)" in got.text) and got.headers["Content-Disposition"] is None and got.headers["Content-Type"] == "application/json"
    assert api.get(path).body.count(b"\n") >= 2  # the place of a stream is free again


def test_events(api):  # noqa: F811
    taken = api.get("/metrics").text
    for _ in range(40):  # more than there is room for at once
        got = api.get("/github/changes/", {"Accept": "text/event-stream", "If-Match": '"x"'})
        assert is_refused(got) and "expected * (a stream has no ETag)" in got.text
    assert re.search(r"^gitomatic_event_streams (\d+)", taken, re.M).group(1) == re.search(r"^gitomatic_event_streams (\d+)", api.get("/metrics").text, re.M).group(1)
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
    connection.request("GET", "/github/changes/?since=c0.0", headers={"Authorization": api.auth, "Accept": "text/event-stream", "If-Match": "*"})
    assert connection.getresponse().status == 200
    connection.close()


def test_files_of_pages(api):  # noqa: F811
    path = re.search(r'href="(/static/[^"]+\.css)"', api.get("/github/", {"Accept": "text/html"}).text).group(1)
    good = api.get(path, {"Accept-Encoding": "gzip"})
    assert good.headers["Content-Encoding"] == "gzip" and "immutable" in good.headers["Cache-Control"]
    assert api.get(path, {"Accept-Encoding": "gzip", "If-Match": good.headers["ETag"]}).status == 200
    got = api.get(path, {"Accept-Encoding": "gzip", "If-Match": '"x"'})
    assert is_refused(got) and got.headers["Content-Encoding"] is None and got.headers["Cache-Control"] == "no-store"


def test_conditions_count_only_where_the_answer_would_be_a_success(api):  # noqa: F811
    """RFC 9110 13.2.1."""
    bad = {"If-Match": '"x"'}
    for path, status in (("/github/developers/zzz/", 404), ("/github/developers/?page_size=x", 400), ("/github/developers/?page=999", 404), ("/github", 301),
                         ("/nothing", 404), ("/github/developers/by-login/former/", 301), ("/github/changes/?since=c999999.0", 410)):
        assert api.get(path, bad).status == status, path
    assert api.get("/github/tasks/", bad, auth=False).status == 401
    assert api.get("/github/tasks/", {**bad, "Accept": "image/png"}).status == 406
    assert api.request("PUT", "/github/tasks/", bad).status == 405
    assert api.request("OPTIONS", "/github/tasks/", bad).status == 200  # it selects no representation


def test_pages_and_scripts(api):  # noqa: F811
    got = api.get("/github/developers/", {"Accept": "text/html", "If-Match": '"<b>"'})
    assert got.status == 412 and got.headers["Content-Type"].startswith("text/html") and "<b>&quot;" not in got.text and "&lt;b&gt;" in got.text
    got = api.get("/github/tasks/?callback=f", {"If-Match": '"x"'})
    assert got.status == 200 and '"status":412' in got.text and got.text.startswith("/**/f(")
    tag = api.get("/github/tasks/?callback=f").headers["ETag"]
    assert '"status":200' in api.get("/github/tasks/?callback=f", {"If-Match": tag}).text


# ---- writes ----

@pytest.fixture
def job(api):  # noqa: F811
    number = api.form(f"name=full_profile_sync&username=nobody{api.form('name=full_profile_sync&username=dev5').json()['job']}").json()["job"]
    path = f"/github/jobs/{number}/"
    yield path
    api.request("POST", path + "cancel/")


def state(api, path):  # noqa: F811
    return api.get(path).json()["state"]


@pytest.mark.parametrize("action,before,after", [("cancel/", "available", "cancelled"), ("retry/", "cancelled", "available")])
def test_actions_compare_the_record(api, document, job, action, before, after):  # noqa: F811
    """The address of an action has no representation of its own."""
    op = document.operation("post", f"/github/jobs/{{number}}/{action}")
    if before == "cancelled":
        assert api.request("POST", job + "cancel/").status == 200
    old = api.get(job).headers["ETag"]
    for headers in [{"If-Match": other} for other in (*OTHERS, weak(old))] + [{"If-None-Match": tag} for tag in ("*", old, weak(old), f'"x", {old}')]:
        got = api.request("POST", job + action, headers)
        assert is_refused(got) and state(api, job) == before, f"{headers}: {got.status}"
        op.check(got)
    for headers in ({"If-Match": "OLD"}, {"If-Match": "*", "If-None-Match": '"x"'}, {"If-Match": '"x", OLD'}, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        headers = {name: value.replace("OLD", old) for name, value in headers.items()}
        assert api.request("POST", job + action, headers).status == 200 and state(api, job) == after, headers
        again = "cancel/" if action == "retry/" else "retry/"
        assert api.request("POST", job + again).status == 200
        old = api.get(job).headers["ETag"]


def test_what_was_read_compressed_or_indented(api, job):  # noqa: F811
    """The ETag of any coding; another indentation, if the same is asked for."""
    for coding in ("gzip", "br", "identity"):
        tag = api.get(job, {"Accept-Encoding": coding}).headers["ETag"]
        assert api.request("POST", job + "cancel/", {"If-Match": tag}).status == 200
        assert api.request("POST", job + "retry/").status == 200
    tag = api.get(job + "?indent=2").headers["ETag"]
    assert api.request("POST", job + "cancel/", {"If-Match": tag}).status == 412
    assert api.request("POST", job + "cancel/?indent=2", {"If-Match": tag}).status == 200


@pytest.mark.parametrize("kind", ["job", "webhook"])
def test_what_was_read_as_a_page(api, job, kind):  # noqa: F811
    """A page names its own address, which is not the action's."""
    path, action, html = job, "cancel/", {"Accept": "text/html"}
    if kind == "webhook":
        made = api.request("POST", "/github/webhooks/", {"Content-Type": "application/json"}, json.dumps({"url": "https://example.org/a-page"}))
        path, action = f"/github/webhooks/{made.json()['id']}/", "remove/"
    page = api.get(path, html)
    tag = page.headers["ETag"]
    assert page.headers["Content-Type"].startswith("text/html")
    assert api.request("POST", path + action, {**html, "If-Match": '"x"'}).status == 412
    assert api.request("POST", path + action, {**html, "If-None-Match": tag}).status == 412
    got = api.request("POST", path + action, {**html, "If-Match": tag})
    assert got.status in (200, 303), got.text
    assert api.get(path).status == 404 if kind == "webhook" else state(api, path) == "cancelled"


class LostAnswer(Wire):
    """Ends the connection in front of the server's answer to a message that has these bytes, once it is armed: after it was done."""

    def __init__(self, folder, marks):
        self.marks, self.armed, self.lost = marks, False, 0
        super().__init__(folder)

    def lets_through(self, data, before, from_client):
        if from_client and self.armed and self.marks in data:
            self.armed = False
            self.lost = 1
        elif not from_client and self.lost == 1:
            self.lost = 2
            return False
        return True


def test_a_write_that_runs_again_is_judged_once(own):
    """Its connection is lost after the action was stored: 412, "nothing was changed", would be untrue."""
    wire = LostAnswer(own.pg.folder, b"jobs_cancel")
    own.env["DATABASE_URL"] = wire.url("own", user="postgres")
    own.start(own.tmp / "log")
    for username in ("dev4", "dev5"):  # the first one prepares the statement
        number = own.form(f"name=full_profile_sync&username={username}").json()["job"]
        if username == "dev4":
            assert own.request("POST", f"/github/jobs/{number}/cancel/").status == 200
    path = f"/github/jobs/{number}/"
    tag = own.get(path).headers["ETag"]
    wire.armed = True
    got = own.request("POST", path + "cancel/", {"If-Match": tag})
    assert wire.lost == 2, "no answer was lost"
    assert got.status != 412, got.text
    assert state(own, path) == "cancelled"
    wire.close()


FAIL_ONCE = """
create sequence tries;
create function fail_once() returns trigger language plpgsql as $$ begin
    if nextval('tries') = 1 then
        perform pg_advisory_xact_lock(4242);
        raise exception using errcode = '40001', message = 'could not serialize access';
    end if;
    return null;
end $$;
create trigger fail_once before delete on webhooks for each statement execute function fail_once();
"""


def test_a_write_that_was_rolled_back_is_judged_again(own):
    """Its first try was judged and then ended by the database; before the second one another client may have changed the object."""
    own.pg.psql(FAIL_ONCE, "own")
    own.start(own.tmp / "log")
    for changes in (True, False):
        own.pg.psql("alter sequence tries restart", "own")
        made = own.request("POST", "/github/webhooks/", {"Content-Type": "application/json"}, json.dumps({"url": "https://example.org/rolled-back"}))
        path = f"/github/webhooks/{made.json()['id']}/"
        tag = own.get(path).headers["ETag"]
        with contextlib.closing(psycopg2.connect(own.pg.url("own"))) as other, other.cursor() as cursor, ThreadPoolExecutor() as pool:
            cursor.execute("select pg_advisory_xact_lock(4242)")
            got = pool.submit(own.request, "DELETE", path, {"If-Match": tag})
            until(lambda: own.pg.psql("select 1 from pg_locks where locktype = 'advisory' and objid = 4242 and not granted", "own"))
            if changes:
                own.pg.psql("update webhooks set attempt = 7", "own")
            other.rollback()
            got = got.result()
        if changes:
            assert is_refused(got) and own.get(path).json()["attempt"] == 7, got.text
        else:
            assert got.status == 204 and own.get(path).status == 404, got.text
        assert own.pg.psql("select last_value from tries", "own") == [["1" if changes else "2"]], "how often it was tried"


def test_deleting(api, document):  # noqa: F811
    made = api.request("POST", "/github/webhooks/", {"Content-Type": "application/json"}, json.dumps({"url": "https://example.org/conditional"}))
    path = f"/github/webhooks/{made.json()['id']}/"
    op = document.operation("delete", "/github/webhooks/{number}/")
    removes = (("DELETE", path), ("POST", path + "remove/"))
    tag = api.get(path).headers["ETag"]
    for method, address_of in removes:
        for headers in ({"If-Match": '"x"'}, {"If-Match": weak(tag)}, {"If-None-Match": "*"}, {"If-None-Match": tag}):
            got = api.request(method, address_of, headers)
            assert is_refused(got), f"{method} {headers}: {got.status}"
            op.check(got)
    assert api.request("POST", path + "resume/", {"If-Match": '"x"'}).status == 412
    assert api.get(path).status == 200
    assert api.request("DELETE", path, {"If-Match": f'"x", {tag}'}).status == 204
    for method, address_of in removes:  # what is not there is 404 with or without conditions
        for value in ("*", tag):
            assert api.request(method, address_of, {"If-Match": value}).status == 404


def test_adding(api):  # noqa: F811
    """What is compared is what a GET of the same address returns."""
    body, kind = json.dumps({"url": "https://example.org/conditional-too"}), {"Content-Type": "application/json"}
    n = api.get("/github/webhooks/").json()["count"]
    old = api.get("/github/webhooks/").headers["ETag"]
    for headers in ({"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-None-Match": old}):
        assert is_refused(api.request("POST", "/github/webhooks/", {**kind, **headers}, body)), headers
    assert api.get("/github/webhooks/").json()["count"] == n
    got = api.request("POST", "/github/webhooks/", {**kind, "If-Match": old}, body)
    assert got.status == 200
    path = got.headers["Location"].replace(api.base, "")
    assert is_refused(api.request("DELETE", path, {"If-Match": old}))
    assert api.request("DELETE", path, {"If-Match": api.get(path).headers["ETag"]}).status == 204
    jobs = api.get("/github/jobs/?page_size=1").json()["count"]
    for headers in ({"If-Match": '"x"'}, {"If-None-Match": "*"}):
        assert is_refused(api.request("POST", "/github/tasks/", {**kind, **headers}, '{"name": "discovery_scraper"}'))
    assert api.get("/github/jobs/?page_size=1").json()["count"] == jobs


def test_writes_that_are_refused_anyway(api):  # noqa: F811
    from server import basic
    bad = {"If-Match": '"x"'}
    assert api.request("POST", "/github/jobs/999999/cancel/", bad).status == 404
    assert api.request("POST", "/github/jobs/x/cancel/", bad).status == 404
    assert api.request("POST", "/github/jobs/1/cancel/", bad, auth=basic("bob", "readonly")).status == 403
    assert api.request("POST", "/github/tasks/", {**bad, "Sec-Fetch-Site": "cross-site"}, b"").status == 403
    assert api.request("POST", "/github/tasks/", {**bad, "Content-Encoding": "gzip"}, b"x").status == 415
    assert api.request("POST", "/login/", {**bad, "Content-Type": "application/json"}, b'{"username": "ann", "password": "secret"}', auth=False).status == 412
