"""What GitHub no longer has is forgotten by every mirror of a database, in every form, however long it would have been served."""
import time

import pytest

BLOB = "/repos/o/r/git/blobs/" + "a" * 40
RAW = {"Accept": "application/vnd.github.raw+json"}


class GitHub:
    def __init__(self):
        self.gone, self.asked = 0, 0

    def __call__(self, seen):
        self.asked += 1
        if self.gone:
            return self.gone, {"Content-Type": "application/json; charset=utf-8"}, b'{"message":"Not Found","documentation_url":"https://docs.github.com"}'
        raw = "raw" in (seen.get("Accept") or "")
        return 200, {"Content-Type": "application/json; charset=utf-8", "ETag": '"raw"' if raw else '"blob"', "Vary": "Accept, Authorization"}, b'{"sha":"a"}'


def until(ask, status, seconds=30):
    end = time.monotonic() + seconds
    while (got := ask()).status != status:
        assert time.monotonic() < end, got
        time.sleep(0.05)


@pytest.mark.parametrize("status", [404, 410, 451])
def test_another_mirror_forgets(lab, status):
    github = GitHub()
    upstream = lab.recorder(github)
    stack = lab.stack(upstream.url)
    one, other = (lab.mirror(upstream, stack, MIRROR_IMMUTABLE_SECONDS=86400, MIRROR_NEGATIVE_SECONDS=600) for _ in range(2))
    for mirror in (one, other):
        for form in ({}, RAW):
            assert mirror.get(BLOB, "t", form).status == 200
            assert mirror.get(BLOB, "t", form).label == "ONLINE_HIT"
    github.gone, before = status, github.asked
    assert one.get(BLOB, "t", {"Cache-Control": "no-cache"}).status == status and github.asked == before + 1
    assert one.get(BLOB, "t", RAW).status == status  # another form of it, here at once
    for form in ({}, RAW):
        until(lambda form=form: other.get(BLOB, "t", form), status)
    assert one.get(BLOB, "u", {}).status == status  # nobody else's either, who was never shown it


def test_absences_cached_by_one_mirror_stay_cached(lab):
    """The message about a page that is gone does not undo what the sender has just learned: no unit more."""
    github = GitHub()
    upstream = lab.recorder(github)
    stack = lab.stack(upstream.url)
    one, other = (lab.mirror(upstream, stack, MIRROR_IMMUTABLE_SECONDS=86400, MIRROR_NEGATIVE_SECONDS=600) for _ in range(2))
    assert [m.get(BLOB, "t").status for m in (one, other)] == [200, 200]
    github.gone = 404
    assert one.get(BLOB, "t", {"Cache-Control": "no-cache"}).status == 404
    until(lambda: other.get(BLOB, "t"), 404)  # the message is there
    before = github.asked
    assert [m.get(BLOB, "t").status for m in (one, other, one)] == [404] * 3 and github.asked == before


def test_notifications_during_a_reconnect_are_not_missed(lab):
    """The connection a mirror listens on is lost, the others are not."""
    github = GitHub()
    upstream = lab.recorder(github)
    stack = lab.stack(upstream.url)
    one, other = (lab.mirror(upstream, stack, MIRROR_IMMUTABLE_SECONDS=86400) for _ in range(2))
    for mirror in (one, other):
        assert mirror.get(BLOB, "t", {}).status == 200
        assert mirror.get(BLOB, "t", {}).label == "ONLINE_HIT"
    github.gone = 404
    assert stack.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gitomatic mirror control'")
    assert one.get(BLOB, "t", {"Cache-Control": "no-cache"}).status == 404
    until(lambda: other.get(BLOB, "t", {}), 404)


@pytest.mark.parametrize("fields, body", [
    ({"X-GitHub-Media-Type": "github.v3; param=raw"}, b'{"message":"Not Found"}'), ({"X-GitHub-Media-Type": "github.v3; param=diff"}, b'{"message":"Not Found"}'),
    ({"X-GitHub-Media-Type": "github.v3; param=patch; format=json"}, b'{"message":"Not Found"}'), ({"Content-Type": "application/json"}, b' {"status":"404","message":""}'),
    ({"Content-Disposition": "attachment"}, b'{"message":"Not Found"}'), ({"Content-Type": "application/scim+json"}, b'{"message":"Resource not found"}'),
    ({"Content-Type": "application/scim+json; charset=utf-8"}, b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"not found","message":null}')])
def test_githubs_404_to_any_form_counts(lab, fields, body):
    """GitHub's errors are JSON where a file or a diff was asked for, too."""
    kind = fields.get("Content-Type", "application/vnd.github.raw; charset=utf-8") if "scim" in str(fields) else "application/vnd.github.raw; charset=utf-8"
    page = b'{"schemas":[]}' if "scim" in kind else b"# a file"
    upstream = lab.recorder(lambda seen: (200, {"ETag": '"1"', "Content-Type": kind}, page))
    mirror = lab.mirror(upstream, MIRROR_NEGATIVE_SECONDS=0)
    assert mirror.get("/repos/o/r/readme", "t", RAW).body == page
    upstream.answer = lambda seen: (404, fields, body)
    got = mirror.get("/repos/o/r/readme", "t", RAW)
    assert (got.status, got.label, got.body) == (404, "ONLINE_MISS", body), got
    upstream.answer = lambda seen: (502, {}, b"{}")
    assert mirror.get("/repos/o/r/readme", "t", RAW).status == 502  # it is forgotten


@pytest.mark.parametrize("answer", [(404, {}, b'{"error":"no route"}'), (404, {"Content-Type": "text/plain"}, b"default backend - 404"), (410, {}, b"{}"), (451, {}, b"")])
def test_a_404_of_another_credential_to_one_form_leaves_the_others(lab, answer):
    """A proxy that has no backend says nothing about the page, also when this form of it is not stored."""
    github = GitHub()
    upstream = lab.recorder(github)
    mirror = lab.mirror(upstream)
    assert [mirror.get("/repos/o/r", "t", form).status for form in ({}, {"Accept": "application/json"})] == [200, 200]
    upstream.answer = lambda seen: answer
    for form, status in ((RAW, answer[0]), ({}, 200), ({"X-GitHub-Api-Version": "2022-11-28"}, answer[0])):
        got = mirror.get("/repos/o/r", "t", form)
        assert (got.status, got.label) == (status, "API_ERROR_HIT" if status == 200 else "ONLINE_MISS"), (form, got)
    upstream.answer = lambda seen: (502, {}, b"{}")
    assert [mirror.get("/repos/o/r", "t", form).status for form in ({}, {"Accept": "application/json"}, RAW)] == [200, 200, 502]
