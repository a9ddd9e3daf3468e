"""Who may ask, and what wrong credentials cost."""
import base64
import concurrent.futures
import os
import time

import pytest

import server
from slowness import Slowness
from server import basic, fail, guesses, until

PATH = "/github/tasks/"


def test_without_credentials(api):
    for path in (PATH, "/github/developers/", "/metrics", "/nothing/here", "/github/developers/x/"):
        got = api.get(path, auth=False)
        assert got.status == 401
        assert got.json() == {"detail": "Authentication credentials were not provided."}
        assert got.headers["WWW-Authenticate"] == 'Basic realm="gitomatic"'


def test_wrong_password_and_unknown_user(api):
    for auth in (basic("ann", "wrong"), basic("nobody", "secret"), basic("ann", ""), basic("", ""), basic("ANN", "secret"),
                 basic("ann", "secret "), basic("x" * 500, "y"), basic("a\x00nn", "secret"), basic("ann", "sec\x00ret")):
        got = api.get(PATH, auth=auth)
        assert (got.status, got.json()) == (401, {"detail": "Invalid username/password."}), auth
        assert got.headers["WWW-Authenticate"] == 'Basic realm="gitomatic"'
    assert api.get(PATH).status == 200


def b64(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("header", ["Basic", "Basic ", "Basic !!!!", "Basic " + b64(b"no colon"), "Basic YW5uOnNlY3JldA=A",
                                    "Bearer abc", "Digest x", "Token t", "", "basic", "Basic " + "A" * 20000,
                                    "Basic " + b64(b"ann:secret") + ", Basic x", "Basic " + b64(b"ann:secret") + " x",
                                    "\u00ff\u00fe"])
def test_malformed_authorization(api, header):
    got = api.get(PATH, {"Authorization": header}, auth=False)
    assert got.status == 401 and list(got.json()) == ["detail"]
    assert got.headers["WWW-Authenticate"].startswith("Basic")


def test_forms_of_a_right_header(api):
    raw = api.auth.split()[1]
    for header in (f"basic {raw}", f"BASIC   {raw}", f"Basic {raw.rstrip('=')}", f"Basic {raw} "):
        assert api.get(PATH, {"Authorization": header}, auth=False).status == 200


def test_unusual_names_and_passwords(own):
    for name, password in (("Jörg Ü", "pä:ss:wörd"), ("a'b\"; --", "x" * 1000), ("🦊", " ")):
        own.run("user-add", name, password)
    own.start(own.tmp / "log")
    for name, password in (("Jörg Ü", "pä:ss:wörd"), ("a'b\"; --", "x" * 1000), ("🦊", " ")):
        assert own.get(PATH, auth=basic(name, password)).status == 200
        assert own.get(PATH, auth=basic(name, password + "x")).status == 401
    for bad in ("", "a:b", "tab\tbed", "x" * 101):
        done = own.run("user-add", bad, "pw", check=False)
        assert done.returncode == 1 and "user name" in done.stdout
    assert own.run("user-add", "empty", "", check=False).returncode == 1


def test_read_only_users_read(api):
    bob = basic("bob", "readonly")
    for path in (PATH, "/github/developers/", "/metrics"):
        assert api.get(path, auth=bob).status == 200
    got = api.form("name=discovery_scraper", auth=bob)
    assert (got.status, got.json()) == (403, {"detail": "You do not have permission to perform this action."})


def test_passwords_are_stored_as_argon2id(own):
    rows = own.pg.psql("select name, password_hash from api_users order by name", "own")
    assert [r[0] for r in rows] == ["ann", "bob"]
    for _, stored in rows:
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and "secret" not in stored


def test_changes_count_at_once_despite_the_credential_cache(own):
    own.start(own.tmp / "log")
    assert own.get(PATH).status == 200
    own.run("user-add", "ann", "changed")
    until(lambda: own.get(PATH).status == 401)
    ann = basic("ann", "changed")
    assert own.get(PATH, auth=ann).status == 200 and own.form("name=discovery_scraper", auth=ann).status == 200
    own.run("user-add", "ann", "changed", "read-only")
    until(lambda: own.form("name=discovery_scraper", auth=ann).status == 403)
    own.run("user-remove", "ann")
    until(lambda: own.get(PATH, auth=ann).status == 401)
    own.run("user-add", "ann", "secret")  # refused a moment ago must not mean refused now
    until(lambda: own.get(PATH).status == 200)


def cpu_s(own):
    return time.clock_gettime(~own.process.pid << 3 | 2)  # clock_getcpuclockid(3): all threads, in nanoseconds


def test_a_verified_credential_costs_no_hash_a_request(own):
    own.start(own.tmp / "log")
    begun = cpu_s(own)
    assert own.get(PATH).status == 200
    first = cpu_s(own) - begun
    for _ in range(50):
        assert own.get(PATH).status == 200
    assert cpu_s(own) - begun - first < 50 * first / 3


def test_many_first_requests_with_one_credential_need_one_hash(own):
    own.start(own.tmp / "log")
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        assert {g.status for g in pool.map(lambda _: own.get(PATH), range(48))} == {200}


def test_unknown_users_take_as_long_as_known_ones(own):
    own.start(own.tmp / "log")

    def took(name):
        begun = time.time()
        assert own.get(PATH, auth=basic(name, f"wrong{next(guesses)}")).status == 401
        return time.time() - begun
    known, unknown = [], []
    for _ in range(5):  # in turn, so that a moment in which the machine was busy is in both
        known.append(took("ann"))
        unknown.append(took("nobody"))
    assert min(unknown) > min(known) / 3


def test_many_wrong_passwords_are_slowed_and_others_are_not(own):
    own.start(own.tmp / "log")
    assert own.get(PATH, auth=basic("bob", "readonly")).status == 200
    assert [own.get(PATH, auth=basic("ann", f"wrong{i}")).status for i in range(10)] == [401] * 10
    refused = fail(own)
    assert "throttled" in refused.json()["detail"]
    assert own.get(PATH, auth=basic("bob", "readonly")).status == 200
    assert own.get(PATH, auth=basic("carl", "x")).status == 401


def test_a_flood_of_wrong_passwords_leaves_memory_and_others_alone(own):
    own.start(own.tmp / "log")
    assert own.get(PATH).status == 200

    def wrong(i):
        return own.get(PATH, auth=basic(f"user{i}", "x")).status
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        jobs = [pool.submit(wrong, i) for i in range(72)]
        begun = time.time()
        with Slowness() as slow:
            assert own.get(PATH).status == 200
        assert time.time() - begun < 5 * slow.worst
        assert {j.result() for j in jobs} <= {401, 503}
    peak = next(int(line.split()[1]) for line in open(f"/proc/{own.process.pid}/status") if line.startswith("VmHWM"))
    if "san" not in os.path.basename(os.path.normpath(server.BUILD)):  # sanitizers keep freed memory
        assert peak < 100_000  # kB: one hash at a time
