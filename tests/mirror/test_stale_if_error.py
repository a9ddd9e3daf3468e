"""stale-if-error=N (RFC 5861) of a request: a page older than N seconds does not replace an error, of whatever kind."""
import concurrent.futures
import threading
import time

import pytest

from mirror_lab import MirrorLab
from raw_server import RawServer

TYPE = b"Content-Type: application/json; charset=utf-8\r\n"
GOOD = b'[{"id":1,"login":"ada"}]'
HTML = b"<!DOCTYPE html>\n<html><title>Unicorn!</title></html>"


def whole(status, fields, body):
    return b"HTTP/1.1 %s X\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, fields, len(body), body)


TROUBLES = {  # what comes in place of a good answer, and what the client gets who wants no old page: None: as it came
    "head-cut": (b"HTTP/1.1 200 OK\r\nContent-", 502),
    "head-without-an-end": (b'HTTP/1.1 304 Not Modified\r\nETag: "good"\r\n', 502),
    "head-of-404-cut": (b"HTTP/1.1 404 Not Found\r\n" + TYPE + b"Content-Length: 0\r\n", 502),
    "closes": (b"", 502),
    "cut": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 24\r\nConnection: close\r\n\r\n" + GOOD[:9], 502),
    "chunks-cut": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n18\r\n" + GOOD[:9], 502),
    "last-chunk-missing": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n18\r\n" + GOOD + b"\r\n", 502),
    "two-lengths": (b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 24\r\nContent-Length: 9\r\n\r\n" + GOOD, 502),
    "no-http": (b"SSH-2.0-OpenSSH_9.2\r\n", 502),
    "500": (whole(b"500", TYPE, b'{"message":"Server Error"}'), 500),
    "503-html": (whole(b"503", b"Content-Type: text/html\r\n", HTML), 503),
    "429": (whole(b"429", TYPE + b"Retry-After: 1\r\n", b'{"message":"You have exceeded a secondary rate limit"}'), (403, 429)),
    "html": (whole(b"200", b'Content-Type: text/html\r\nETag: "h"\r\n', HTML), None),
    "html-called-json": (whole(b"200", TYPE + b'ETag: "h"\r\n', HTML), None),
    "html-404": (whole(b"404", b"Content-Type: text/html\r\n", HTML), None),
}
PASSED_ON = {  # to every client: what is broken is no page of the web (docs/mirror.md)
    "json-cut": whole(b"200", TYPE + b'ETag: "j"\r\n', GOOD[:-5]), "json-of-another-type": whole(b"200", TYPE + b'ETag: "j"\r\n', b'{"a":1}'),
}


class Upstream(RawServer):
    """Good until `broken`, then as the last part of the path says."""
    broken = False

    def __init__(self):
        self.asked, self.enough = threading.Event(), threading.Event()
        super().__init__()

    def one(self, connection, head):
        kind = head.split(b" ")[1].rsplit(b"/", 1)[1].split(b"?")[0].decode()
        if not self.broken:
            connection.sendall(whole(b"200", TYPE + b'ETag: "good"\r\n', GOOD))
            return
        if kind == "no-answer":
            self.asked.set()
            self.enough.wait(60)
        else:
            connection.sendall(PASSED_ON.get(kind) or TROUBLES.get(kind, TROUBLES["500"])[0])


CONTROLS = ["stale-if-error=1", "stale-if-error=0, no-cache", "stale-if-error=3600", "no-cache"]


def ask_all(mirror, upstream, kinds):
    """What clients get in each trouble, all at once: {(kind, Cache-Control): Answer}, each kind with a credential of its own."""
    upstream.broken = False
    for kind in kinds:
        assert mirror.get(f"/users/{kind}", f"t-{kind}").body == GOOD
    time.sleep(2)  # at least so old are the pages
    upstream.broken = True
    wanted = [(kind, control) for kind in kinds for control in CONTROLS]
    with concurrent.futures.ThreadPoolExecutor(len(wanted)) as pool:
        got = list(pool.map(lambda one: mirror.get(f"/users/{one[0]}", f"t-{one[0]}", {"Cache-Control": one[1]}), wanted))
    return dict(zip(wanted, got))


@pytest.fixture(scope="module")
def servers(cluster, tmp_path_factory):
    made, upstream = MirrorLab(cluster, tmp_path_factory.mktemp("stale")), Upstream()
    yield made.mirror(upstream.url), upstream
    upstream.close()
    made.close()


@pytest.fixture(scope="module")
def answers(servers):
    return ask_all(*servers, [*TROUBLES, *PASSED_ON])


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_page_that_is_too_old_replaces_no_error(answers, kind):
    status = TROUBLES[kind][1]
    for control in ("stale-if-error=1", "stale-if-error=0, no-cache"):
        got = answers[kind, control]
        assert GOOD not in got.body and got.label.endswith("_MISS"), got
        if status is None:
            assert HTML in got.body, got
        else:
            assert got.status in (status if isinstance(status, tuple) else (status,)), got


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_page_that_is_young_enough_replaces_an_error(answers, kind):
    for control in ("stale-if-error=3600", "no-cache"):
        got = answers[kind, control]
        assert (got.status, got.body) == (200, GOOD) and got.label.endswith("_HIT"), got


@pytest.mark.parametrize("kind", PASSED_ON)
def test_broken_answers_are_passed_on_to_all_clients(answers, kind):
    for control in ("stale-if-error=1", "stale-if-error=0, no-cache", "stale-if-error=3600", "no-cache"):
        got = answers[kind, control]
        assert got.body == PASSED_ON[kind].partition(b"\r\n\r\n")[2] and got.label == "API_ERROR_MISS", got


@pytest.mark.slow
def test_a_timeout_is_an_error(servers):
    answers = ask_all(*servers, ["no-answer"])
    assert [answers["no-answer", control].status for control in CONTROLS] == [502, 502, 200, 200]


def test_waiting_clients_do_not_delay_others(servers):
    """Whether a server takes several requests on one connection is not known before its first answer: no reason to wait for that."""
    mirror, upstream = servers
    upstream.broken = True
    upstream.asked.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(mirror.get, "/users/no-answer", "t-held")
        assert upstream.asked.wait(60)
        assert mirror.get("/users/500", "t-held").status == 500 and not slow.done()
        upstream.enough.set()
        assert slow.result().status == 502
