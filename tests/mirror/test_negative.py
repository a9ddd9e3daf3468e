"""A page that is not there costs one unit in a while, not one a request; and one that can't change none."""
import hashlib
import hmac
import json

import pytest
from counting import Counting, asks

SHA, SHA256 = "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
GONE = {"/gone": (410, {"message": "Issues are disabled for this repo"}), "/dmca": (451, {"message": "Repository access blocked"}),
        "/odd": (403, {"message": "Forbidden"}), "/here": {"a": 1}}


@pytest.fixture
def world(lab):
    return Counting(lab, GONE, {("POST", "/user/repos"): (201, {"id": 5, "full_name": "o/r", "owner": {"login": "o", "id": 1}})})


@pytest.mark.parametrize("path, kept", [("/users/app[bot]", True), ("/repos/o/r", True), ("/gone", True), ("/dmca", False), ("/odd", False)])
def test_which_absences_are_cached(lab, world, path, kept):
    mirror = lab.mirror(world)
    first = mirror.get(path, "a")
    for method in ("GET", "HEAD", "GET"):
        before = world.asked(path)
        again = mirror.request(method, path, "a")
        assert again.status == first.status and (world.asked(path) == before) is kept, method
        if kept and method == "GET":
            assert again.body == first.body and again["Content-Type"] == first["Content-Type"]
            assert (again.label, "hit" in again["Cache-Status"], "quota-free" in again["Cache-Status"]) == ("ONLINE_HIT", True, True)
    assert asks(world, mirror, path, "b")[0] is True  # another credential may see what this one may not
    assert asks(world, mirror, path, None)[0] is True
    assert asks(world, mirror, path + "?page=2", "a")[0] is True
    assert asks(world, mirror, path, "a", {"Cache-Control": "no-cache"})[0] is True
    assert asks(world, mirror, path, "a", {"Accept": "application/vnd.github.raw"})[0] is True


@pytest.mark.parametrize("seconds", [0, 1])
def test_absences_are_cached_for_the_configured_time(lab, world, seconds):
    mirror = lab.mirror(world, MIRROR_NEGATIVE_SECONDS=seconds)
    mirror.get("/users/nobody", "a")
    if seconds == 0:
        assert asks(world, mirror, "/users/nobody")[0] is True
    else:
        mirror.stack.wait_until(lambda: asks(world, mirror, "/users/nobody")[0], 10, "the answer to be too old")


@pytest.mark.parametrize("fields", [{"Vary": "*"}, {"Vary": "Accept, *"}, {"Cache-Control": ["private", "no-store"]}])
def test_an_answer_that_forbids_storing_is_not_remembered(lab, fields):
    upstream = lab.recorder(lambda seen: (404, fields, b'{"message":"Not Found"}'))
    mirror = lab.mirror(upstream)
    assert [mirror.get("/users/x", "a").status for _ in range(2)] == [404, 404] and len(upstream.asked("/users/x")) == 2


@pytest.mark.parametrize("directive, asked", [("min-fresh=1", False), ("min-fresh=61", True), ("min-fresh=100000", True)])
def test_min_fresh_of_a_client_counts_for_cached_absences(lab, world, directive, asked):
    mirror = lab.mirror(world)
    mirror.get("/users/x", "a")
    assert asks(world, mirror, "/users/x", "a", {"Cache-Control": directive})[0] is asked


def appears(world, mirror, path, page):
    world.pages[path] = page
    asked, got = asks(world, mirror, path)
    assert asked and got.status == 200 and got.json() == page


def test_a_cached_absence_is_ended_by_a_write(lab, world):
    mirror = lab.mirror(world)
    for token in ("a", "b"):
        assert mirror.get("/repos/o/r", token).status == mirror.get("/users/x", token).status == 404
    mirror.request("POST", "/user/repos", "a", {"Content-Type": "application/json"}, b"{}")
    assert asks(world, mirror, "/users/x", "a")[0] is True  # the writer's own: all of them
    assert asks(world, mirror, "/users/x", "b")[0] is False
    assert asks(world, mirror, "/repos/o/r", "b")[0] is True
    appears(world, mirror, "/repos/o/r", {"id": 5})


def test_a_cached_absence_is_ended_by_a_webhook(lab, world):
    mirror = lab.mirror(world, GITHUB_WEBHOOK_SECRET="s")
    for path in ("/repos/o/r", "/repos/o/r/pages", "/users/x"):
        assert mirror.get(path, "a").status == 404
    body = json.dumps({"action": "created", "repository": {"id": 5, "full_name": "o/r"}}).encode()
    signature = "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
    assert mirror.request("POST", "/_webhook", headers={"X-Hub-Signature-256": signature}, body=body).status == 200
    assert asks(world, mirror, "/repos/o/r")[0] and asks(world, mirror, "/repos/o/r/pages")[0]
    assert not asks(world, mirror, "/users/x")[0]


def test_a_cached_absence_is_ended_by_a_purge(lab, world):
    mirror = lab.mirror(world)
    assert mirror.get("/users/x", "a").status == 404
    mirror.stack.run("mirror", "purge", "*/users/*")
    mirror.stack.wait_until(lambda: asks(world, mirror, "/users/x")[0], 10, "the purge to be heard")


def test_cached_absences_are_bounded(lab, world):
    """More than it remembers, and each body is what it was."""
    mirror = lab.mirror(world)
    for n in range(300):
        assert mirror.get(f"/users/{n}", "a").status == 404
    world.pages["/big"] = (404, {"message": "x" * 100000})
    mirror.get("/big", "a")
    assert len(mirror.get("/big", "a").json()["message"]) == 100000


# ---- what can't change ----

@pytest.mark.parametrize("path, immutable", [
    (f"/repos/o/r/git/blobs/{SHA}", True), (f"/repos/o/r/git/trees/{SHA}?recursive=1", True), (f"/repos/o/r/git/commits/{SHA256}", True),
    (f"/repositories/5/git/tags/{SHA}", True), (f"/repos/o/r/commits/{SHA.upper()}", True), (f"/repositories/5/commits/{SHA}?page=2", True),
    ("/repos/o/r/commits/main", False), (f"/repos/o/r/commits/{SHA[:39]}", False), (f"/repos/o/r/commits/{SHA}0", False),
    (f"/repos/o/r/commits/{SHA}/status", False), (f"/repos/o/r/git/refs/{SHA}", False), (f"/repos/o/r/git/trees/{SHA[:-1]}g", False),
    (f"/users/o/commits/{SHA}", False), (f"/gists/abc/{SHA}", False)])
def test_immutable_pages_are_not_requested_again(lab, path, immutable):
    world = Counting(lab, {path: {"sha": SHA}})
    mirror = lab.mirror(world)
    mirror.get(path, "a")
    assert asks(world, mirror, path)[0] is not immutable
    assert asks(world, mirror, path, "b")[0] is True  # who has not shown that the page is for them
    assert asks(world, mirror, path, "a", {"Cache-Control": "no-cache"})[0] is True


def test_immutable_pages_are_fresh_for_the_configured_time(lab):
    path = f"/repos/o/r/git/blobs/{SHA}"
    world = Counting(lab, {path: {"sha": SHA}})
    off = lab.mirror(world, MIRROR_IMMUTABLE_SECONDS=0)
    off.get(path, "a")
    assert asks(world, off, path)[0] is True
    short = lab.mirror(world, MIRROR_IMMUTABLE_SECONDS=1)
    short.get(path, "a")
    short.stack.wait_until(lambda: asks(world, short, path)[0], 10, "the proof to be too old")


def pushed(mirror, secret=b"s"):
    body = json.dumps({"ref": "refs/heads/main", "repository": {"id": 5, "full_name": "o/r"}}).encode()
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return mirror.request("POST", "/_webhook", headers={"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}, body=body).status


@pytest.mark.parametrize("path", [f"/repos/o/r/git/blobs/{SHA}", f"/repos/o/r/git/trees/{SHA}", f"/repositories/5/commits/{SHA}"])
def test_a_write_of_the_same_credential_and_a_webhook_end_immutability(lab, path):
    world = Counting(lab, {path: {"sha": SHA}})
    mirror = lab.mirror(world, GITHUB_WEBHOOK_SECRET="s")
    mirror.get(path, "a")
    assert asks(world, mirror, path)[0] is False
    if path.startswith("/repos/"):
        mirror.request("DELETE", "/repos/o/r/collaborators/me", "a")
        assert asks(world, mirror, path)[0] is True and asks(world, mirror, path)[0] is False
    assert pushed(mirror, b"not the secret") == 403 and asks(world, mirror, path)[0] is False
    assert pushed(mirror) == 200
    assert asks(world, mirror, path)[0] is True and asks(world, mirror, path)[0] is False
