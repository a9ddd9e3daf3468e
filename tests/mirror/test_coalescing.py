"""Equal requests at the same moment are one call upstream, each client still proven by its own credential."""
import http.client
import json
import pathlib
import socket
import threading
import time

import pytest
from mirror import Mirror


@pytest.fixture
def slow(lab):
    return lab.github("--token", "a=ada", "--token", "b", "--latency", 1000)  # long enough for eight to come together


def calls(sim, path="/users/ada"):
    return [t for t in sim.trace() if t["path"].split("?")[0] == path]


def unread_bytes(port):
    """What the process at the port has been sent and has not read (Linux, /proc/net/tcp)."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{port:04X}"))


@pytest.mark.parametrize("token", ["a", None])
def test_eight_identical_cold_requests_are_one_call(lab, slow, together, token):
    mirror = lab.mirror(slow)
    got = together(*[lambda: mirror.get("/users/ada", token)] * 8)
    assert {g.status for g in got} == {200} and len({g.body for g in got}) == 1
    assert len(calls(slow)) == 1


def test_eight_identical_revalidations_are_one_call(lab, slow, together):
    mirror = lab.mirror(slow)
    mirror.get("/users/ada", "a")
    got = together(*[lambda: mirror.get("/users/ada", "a")] * 8)
    assert {(g.status, g.label) for g in got} == {(200, "ONLINE_HIT")} and len(calls(slow)) == 2


def test_head_and_conditional_requests_share_the_call(lab, slow, together):
    mirror = lab.mirror(slow)
    etag = mirror.get("/users/ada", "a").etag
    got = together(*[lambda: mirror.request("HEAD", "/users/ada", "a"), lambda: mirror.get("/users/ada", "a"),
                     lambda: mirror.get("/users/ada", "a", {"If-None-Match": etag})] * 2)
    assert [g.status for g in got] == [200, 200, 304] * 2 and len(calls(slow)) == 2


def test_two_credentials_are_two_proofs(lab, slow, together):
    mirror = lab.mirror(slow)
    got = together(*[lambda: mirror.get("/users/ada", "a"), lambda: mirror.get("/users/ada", "b")] * 4)
    assert {g.status for g in got} == {200}
    assert sorted(t["credential"] for t in calls(slow))[0] == "ada" and len(calls(slow)) == 2


def test_a_private_answer_is_for_its_own_client_alone_at_the_same_moment(lab, slow, together):
    repo = next(r for r in slow.truth()["repos"] if r["owner"]["login"] == "ada" and not r["fork"]
                and not r["forks_count"])["full_name"]
    slow.mutate({"op": "set_private", "repo": repo, "private": True})
    mirror = lab.mirror(slow)
    got = together(*[lambda: mirror.get(f"/repos/{repo}", "a"), lambda: mirror.get(f"/repos/{repo}", "b"),
                     lambda: mirror.get(f"/repos/{repo}")] * 3)
    assert [g.status for g in got] == [200, 404, 404] * 3


def test_a_failure_is_shared_and_not_stored(lab, slow, together):
    mirror = lab.mirror(slow)
    slow.config(faults=1, fault_kinds="502")
    got = together(*[lambda: mirror.get("/users/ada", "a")] * 8)
    assert {g.status for g in got} == {502}
    slow.config(faults=0)
    assert mirror.get("/users/ada", "a").status == 200


def test_others_get_their_answer_when_the_first_goes_away(lab, slow):
    mirror = lab.mirror(slow)
    quitter = socket.create_connection(("127.0.0.1", mirror.port))
    quitter.sendall(f"GET /users/ada HTTP/1.1\r\nHost: {mirror.host}\r\nUser-Agent: x\r\n"
                    "Authorization: Bearer a\r\n\r\n".encode())
    mirror.stack.wait_until(lambda: slow.stats()["max_in_flight"] >= 1, 20, "the first one's call")
    got = []
    waiter = threading.Thread(target=lambda: got.append(mirror.get("/users/ada", "a")))
    waiter.start()
    time.sleep(0.05)
    quitter.close()
    waiter.join(60)
    assert got[0].status == 200 and len(calls(slow)) == 1


def test_no_5xx_in_fifty_first_requests_right_after_the_start(lab):
    """Asked from before the port is open until each has its answer."""
    sim = lab.github("--token", "a=ada")
    logins = [u["login"] for u in sim.truth()["users"]][:25]
    port, stack = lab.port(), lab.stack(sim.url)
    got, until = [], time.monotonic() + 60

    def first(path):
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("GET", path, headers={"Authorization": "Bearer a", "User-Agent": "x"})
                got.append((connection.getresponse().status, path))
                return
            except ConnectionRefusedError:  # not there yet; any other end of a connection is a failure
                assert time.monotonic() < until
                time.sleep(0.002)
            finally:
                connection.close()
    threads = [threading.Thread(target=first, args=(f"/users/{login}{tail}",)) for login in logins
               for tail in ("", "/repos")]
    for t in threads:
        t.start()
    Mirror(stack, MIRROR_LISTEN=f"127.0.0.1:{port}")
    for t in threads:
        t.join(90)
    assert len(got) == 50 and {status for status, _ in got} == {200}, got


# ---- what each of them asked of the cache ----

def test_each_clients_max_age_counts(lab, together):
    """Both wait for the same page to be looked up; only the one that accepts an old page gets it without a request to GitHub."""
    sim = lab.github("--token", "a=ada")
    stack = lab.stack(sim.url)
    mirror = lab.mirror(sim, stack, MIRROR_FRESH_SECONDS=600)
    mirror.get("/users/ada", "a")
    time.sleep(2.1)
    for _ in range(5):
        mirror.process.kill()  # nothing is in memory: the lookup in the database is what they wait for
        mirror = lab.mirror(sim, stack, MIRROR_FRESH_SECONDS=600)
        stack.rows("update mirror_pages set checked_at = now() - interval '5 seconds' returning 1")
        before = len(calls(sim))
        got = together(*[lambda: mirror.get("/users/ada", "a", {"Cache-Control": "max-age=3600"})] * 3,
                       *[lambda: mirror.get("/users/ada", "a", {"Cache-Control": "max-age=1"})] * 3)
        assert {g.status for g in got} == {200}
        assert len(calls(sim)) > before, "a page five seconds old was given to a client who takes one second"
        assert all(int(g["Age"] or 0) <= 1 for g in got[3:])


def test_min_fresh_counts(lab):
    sim = lab.github("--token", "a=ada")
    mirror = lab.mirror(sim, MIRROR_FRESH_SECONDS=60)
    mirror.get("/users/ada", "a")
    mirror.get("/users/ada", "a", {"Cache-Control": "min-fresh=30"})
    assert len(calls(sim)) == 1
    mirror.get("/users/ada", "a", {"Cache-Control": "min-fresh=120"})
    assert len(calls(sim)) == 2


TROUBLES = ["500", "reset", "limited", "exhausted", "offline"]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_client_may_want_an_error_rather_than_an_old_page(lab, together, trouble):
    """stale-if-error (RFC 5861) of a request: how old a page may be that takes an error's place."""
    sim = lab.github("--token", "a=ada", "--latency", 200)
    mirror = lab.mirror(sim, GITHUB_STATUS_SECONDS=1)
    mirror.get("/users/ada", "a")
    if trouble in ("limited", "exhausted"):
        sim.config(limit=0, anonymous_limit=0)
        if trouble == "exhausted":
            mirror.get("/users/ada", "a")
    elif trouble == "offline":
        sim.config(status="major_outage")
        mirror.stack.wait_until(lambda: mirror.get("/users/ada", "a").label == "OFFLINE_HIT", 10, "offline")
    else:
        sim.config(faults=1, fault_kinds=trouble)
    ask = ["stale-if-error=0", "no-cache", "stale-if-error=3600", "no-cache, stale-if-error=0", "", "max-age=5, stale-if-error=86400"]
    got = together(*[lambda c=c: mirror.get("/users/ada", "a", {"Cache-Control": c} if c else {}) for c in ask * 2])
    for want, g in zip(ask * 2, got):
        if "stale-if-error=0" in want:
            assert g.status >= 400 and g.label.endswith("_MISS") and b'"login":"ada"' not in g.body, (want, g)
        else:
            assert g.status == 200 and g.label.endswith("_HIT"), (want, g)


def test_an_answer_that_varies_by_the_clients_name_is_for_one_of_that_name(lab):
    """As some proxies in front of an Enterprise Server make it. Equal names still share one call."""
    all_sent, first_answered = threading.Event(), threading.Event()

    def answer(seen):
        assert all_sent.wait(60) and (seen is upstream.asked()[0] or first_answered.wait(60))
        return 200, {"ETag": '"1"', "Vary": "Accept, User-Agent"}, json.dumps({"for": seen.get("User-Agent")}).encode()
    upstream = lab.recorder(answer)
    mirror = lab.mirror(upstream)
    names = ["go-http-client/1.1", "octokit", "PyGithub"] * 4
    clients = [(name, http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=60)) for name in names]
    for name, connection in clients:
        connection.request("GET", "/users/ada", headers={"Authorization": "Bearer t", "User-Agent": name})
    mirror.stack.wait_until(lambda: upstream.asked() and unread_bytes(mirror.port) == 0, 60, "the mirror to read all requests")
    all_sent.set()
    first = upstream.asked()[0].get("User-Agent")
    given = {client: json.loads(client[1].getresponse().read())["for"] for client in clients if client[0] == first}
    mirror.stack.wait_until(lambda: len(upstream.asked()) >= 3, 60, "a call of each other name")
    first_answered.set()
    given |= {client: json.loads(client[1].getresponse().read())["for"] for client in clients if client[0] != first}
    assert all(got == name for (name, _), got in given.items()) and len(upstream.asked()) <= 5
