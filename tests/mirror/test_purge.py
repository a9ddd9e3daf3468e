"""Purging by hand and by webhook, and warming."""
import hashlib
import hmac
import json

import pytest

HOOK = "webhook-secret"


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada", "--token", "b")


@pytest.fixture
def mirror(lab, github):
    """Pages count as fresh for an hour: only what is purged is asked about."""
    return lab.mirror(github, MIRROR_FRESH_SECONDS=3600, GITHUB_WEBHOOK_SECRET=HOOK)


def asked_for(github, mirror, path, token="a"):
    """Whether GitHub is asked when a client comes."""
    before = len(github.trace())
    assert mirror.get(path, token).status in (200, 404, 409)
    return len(github.trace()) > before


def settle(github, mirror, path, wanted, token="a"):
    """A purge reaches other processes by a notification."""
    mirror.stack.wait_until(lambda: asked_for(github, mirror, path, token) is wanted, 10, f"{path} asked for: {wanted}")


def deliver(mirror, event, payload, secret=HOOK, signature=None, **headers):
    body = json.dumps(payload).encode()
    signature = signature or "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return mirror.request("POST", "/_webhook", headers={
        "Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": "1-2-3",
        "X-Hub-Signature-256": signature, **headers}, body=body)


def repository(github):
    """(owner/name, the payload's object)"""
    r = next(r for r in github.truth()["repos"] if r["owner"]["login"] == "ada" and r["size"])
    return r["full_name"], r


def test_purge_by_pattern(github, mirror):
    for path in ("/users/ada", "/users/ada/repos?page=2", "/meta"):
        mirror.get(path, "a")
        assert not asked_for(github, mirror, path)
    done = mirror.stack.run("mirror", "purge", "*/users/ada*")
    assert "2" in done.stdout
    settle(github, mirror, "/users/ada", True)
    assert asked_for(github, mirror, "/users/ada/repos?page=2") and not asked_for(github, mirror, "/meta")


def test_purge_wrong_use(github, mirror):
    assert mirror.stack.run("mirror", "purge", check=False).returncode == 2
    assert mirror.stack.run("mirror", "frobnicate", check=False).returncode == 2
    assert mirror.stack.run("mirror", "warm", "/no/such/file", check=False).returncode != 0
    assert mirror.stack.run("mirror", "--help").stdout


def test_warm_fills_the_cache(lab, github, tmp_path):
    """By the running mirror, with the first configured credential."""
    stack = lab.stack(github.url, GITHUB_TOKEN="a")
    mirror = lab.mirror(github, stack, MIRROR_FRESH_SECONDS=3600)
    file = tmp_path / "addresses"
    file.write_text(f"/users/ada\n\n# words\n{github.url}/users/ada/repos?per_page=100\n/users/nobody-of-that-name\n")
    done = stack.run("mirror", "warm", str(file), check=False, MIRROR_LISTEN=mirror.host)
    before = github.charged()
    for path in ("/users/ada", "/users/ada/repos?per_page=100"):
        assert mirror.get(path, "a").label == "ONLINE_HIT", done.stderr
    assert github.charged() == before


def test_a_webhook_purges_what_changed(github, mirror):
    name, payload = repository(github)
    for path in (f"/repos/{name}", f"/repos/{name}/commits", "/meta"):
        mirror.get(path, "a")
        assert not asked_for(github, mirror, path)
    done = deliver(mirror, "push", {"ref": "refs/heads/main", "repository": payload, "sender": payload["owner"]})
    assert 200 <= done.status < 300, done
    settle(github, mirror, f"/repos/{name}/commits", True)
    assert asked_for(github, mirror, f"/repos/{name}") and not asked_for(github, mirror, "/meta")


def test_a_webhook_purges_every_spelling_of_the_address(github, mirror):
    """/repositories/ID and another case of the name are the same repository."""
    name, payload = repository(github)
    paths = [f"/repositories/{payload['id']}", f"/repos/{name.upper()}", f"/repos/{name}/languages"]
    for path in paths:
        mirror.get(path, "a")
    deliver(mirror, "repository", {"action": "edited", "repository": payload, "sender": payload["owner"]})
    for path in paths:
        settle(github, mirror, path, True)


def test_a_star_changes_the_repository_and_the_stars_of_its_giver(github, mirror):
    name, payload = repository(github)
    paths = [f"/repos/{name}", "/users/ada/starred"]
    for path in paths:
        mirror.get(path, "a")
    deliver(mirror, "star", {"action": "created", "starred_at": "2026-01-01T00:00:00Z", "repository": payload,
                             "sender": payload["owner"]})
    for path in paths:
        settle(github, mirror, path, True)


@pytest.mark.parametrize("spoilt", ["no-signature", "other-secret", "other-body", "sha1", "nonsense"])
def test_a_webhook_that_is_not_githubs_purges_nothing(github, mirror, spoilt):
    name, payload = repository(github)
    mirror.get(f"/repos/{name}", "a")
    event = {"repository": payload, "sender": payload["owner"]}
    body = json.dumps(event).encode()
    right = hmac.new(HOOK.encode(), body, hashlib.sha256).hexdigest()
    signature = {"no-signature": "", "other-secret": "sha256=" + hmac.new(b"x", body, hashlib.sha256).hexdigest(),
                 "other-body": "sha256=" + hmac.new(HOOK.encode(), b"{}", hashlib.sha256).hexdigest(),
                 "sha1": "sha1=" + right[:40], "nonsense": "sha256=" + right[:-1]}[spoilt]
    headers = {"X-GitHub-Event": "push", "Content-Type": "application/json"}
    if signature:
        headers["X-Hub-Signature-256"] = signature
    refused = mirror.request("POST", "/_webhook", headers=headers, body=body)
    assert refused.status in (400, 401, 403) and refused.json()["message"]
    assert not asked_for(github, mirror, f"/repos/{name}")


def test_events_that_say_nothing_are_fine(mirror):
    for event, payload in (("ping", {"zen": "x", "hook_id": 1}), ("something_new", {"action": "x"}), ("push", {}),
                           ("push", {"repository": {"full_name": 7, "id": "x"}}), ("push", {"repository": None})):
        assert 200 <= deliver(mirror, event, payload).status < 300, (event, payload)
    assert deliver(mirror, "push", [1]).status in (200, 202, 204, 400)


def test_without_a_secret_the_webhook_is_off(lab, github):
    mirror = lab.mirror(github, MIRROR_FRESH_SECONDS=3600)
    name, payload = repository(github)
    mirror.get(f"/repos/{name}", "a")
    refused = deliver(mirror, "push", {"repository": payload}, secret="")
    assert refused.status >= 400 and not asked_for(github, mirror, f"/repos/{name}")
