"""MIRROR_CREDENTIALS=pool with a GitHub App: what clients are lent is an installation's token, which changes."""
import shutil
import subprocess
import time

from app_key import app_settings, app_sim_options, key_files
from reloading import hup

AGENT = {"User-Agent": "tests"}
PATHS = ("/users/ada", "/users/ada/followers?per_page=100", "/users/ada/repos?per_page=5")


def world(lab, life, installations="11", **env):
    github = lab.github(*app_sim_options(life, installations))
    return github, lab.mirror(github, MIRROR_CREDENTIALS="pool", **app_settings(**env))


def read(mirror, path):
    answer = mirror.request("GET", path, headers=AGENT)
    assert answer.status == 200, (path, answer.status, answer.body[:200])
    return answer.body


def test_pages_outlive_the_token(lab):
    github, mirror = world(lab, 12)
    first = {path: read(mirror, path) for path in PATHS}
    before, n = github.charged("core"), len(github.trace())
    while github.stats()["app"]["tokens_issued"] < 3:
        for path in PATHS:
            assert read(mirror, path) == first[path]
        time.sleep(0.2)
    for path in PATHS:
        assert read(mirror, path) == first[path]
    asked = [t for t in github.trace()[n:] if not t["path"].startswith("/app/")]
    assert {t["status"] for t in asked} == {304} and github.charged("core") == before
    assert github.stats()["app"]["expired_token_requests"] == 0
    github.mutate({"op": "edit_user", "login": "ada", "set": {"name": "Another"}})
    assert b"Another" in read(mirror, "/users/ada")


def test_a_client_that_has_the_page_gets_304_after_a_change_of_the_token(lab):
    github, mirror = world(lab, 4)
    etag = mirror.request("GET", "/users/ada", headers=AGENT).headers["ETag"]
    while github.stats()["app"]["tokens_issued"] < 2:
        time.sleep(0.1)
    again = mirror.request("GET", "/users/ada", headers={**AGENT, "If-None-Match": etag})
    assert again.status == 304 or again.body == read(mirror, "/users/ada")


def test_pages_of_the_crawler_serve_the_mirror(lab):
    """Both name an installation's pages alike, whatever tokens they have."""
    github, mirror = world(lab, 3600)
    s = mirror.stack
    s.start("crawler", **app_settings())
    s.wait_until(lambda: "crawler.shares_with_mirror" in s.logs(), 30, "the crawler has seen the mirror: before, it keeps nothing for it")
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    kept = s.one("select count(distinct scope) from mirror_pages")
    assert kept == 1, s.rows("select url, encode(scope, 'hex') from mirror_pages")
    before = github.charged("core")
    answer = mirror.request("GET", "/users/ada", headers={**AGENT, "Accept": "application/vnd.github+json",
                                                          "X-GitHub-Api-Version": "2022-11-28"})
    assert answer.status == 200 and github.charged("core") == before
    assert s.one("select count(*) from credentials") == 1


def test_without_a_token_stored_pages_are_served_and_others_are_503(lab):
    github, mirror = world(lab, 5, GITHUB_APP_INSTALLATIONS="11")
    body = read(mirror, "/users/ada")
    github.session.post(github.url + "/_sim/app", json={"suspend": 11, "revoke": True}).raise_for_status()

    def refused():
        return mirror.request("GET", "/users/ada/orgs", headers=AGENT).status == 503
    mirror.stack.wait_until(refused, 30, "503 without a token")
    answer = mirror.request("GET", "/users/ada", headers=AGENT)
    assert answer.status == 200 and answer.body == body
    assert [c for c in github.stats()["credentials"] if c.startswith("anonymous")] in ([], ["anonymous:127.0.0.1"])


def test_a_revoked_token_is_not_a_refusal_of_the_client(lab):
    """Clients brought no credential: what is stored is served, not barred, and the rest is there again with the next token."""
    github, mirror = world(lab, 3600)
    body = read(mirror, "/users/ada")

    def revoke():
        github.session.post(github.url + "/_sim/app", json={"revoke": True}).raise_for_status()

    def there():
        return mirror.request("GET", "/users/ada/repos", headers=AGENT).status == 200
    revoke()
    stored = mirror.request("GET", "/users/ada", headers=AGENT)
    assert (stored.status, stored.body, stored.headers["X-Cache"]) == (200, body, "API_ERROR_HIT")
    mirror.stack.wait_until(there, 30, "a page by the next token")
    revoke()
    refused = mirror.request("GET", "/users/ada/orgs", headers=AGENT)
    assert (refused.status, refused.headers["X-Cache"], refused.headers["Retry-After"]) == (503, "API_ERROR_MISS", "1")
    assert b"GitHub refused the mirror's credential" in refused.body and "WWW-Authenticate" not in refused.headers
    mirror.stack.wait_until(there, 30, "a page by the next token")
    assert read(mirror, "/users/ada") == body


def test_an_installation_is_suspended_while_its_token_is_in_use(lab):
    """GitHub refuses the token by 403: no refusal of the client, either."""
    github, mirror = world(lab, 3600, GITHUB_APP_INSTALLATIONS="11")
    body = read(mirror, "/users/ada")
    github.session.post(github.url + "/_sim/app", json={"suspend": 11}).raise_for_status()
    for path in ("/users/ada/repos", "/users/ada/orgs"):
        refused = mirror.request("GET", path, headers=AGENT)
        assert refused.status == 503 and b"suspended" not in refused.body, (refused.status, refused.body)
    stored = mirror.request("GET", "/users/ada", headers=AGENT)
    assert (stored.status, stored.body) == (200, body)
    github.session.post(github.url + "/_sim/app", json={"resume": 11}).raise_for_status()


def test_the_key_is_another_one(lab, tmp_path):
    """Its file is replaced; SIGHUP says so. Pages and quota go on."""
    key, other = tmp_path / "key.pem", tmp_path / "other.pem"
    shutil.copy(key_files()[0], key)
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", other, "2048"], check=True, capture_output=True)
    github, mirror = world(lab, 3600, GITHUB_APP_PRIVATE_KEY_FILE=key)
    body = read(mirror, "/users/ada")
    github.session.post(github.url + "/_sim/app", json={"key": str(other), "revoke": True}).raise_for_status()
    assert "config.reloaded" in hup(mirror.process), "nothing has changed"
    mirror.stack.wait_until(lambda: mirror.request("GET", "/users/ada/orgs", headers=AGENT).status == 503, 60, "the old key to be refused")
    before = github.charged("core")
    shutil.copy(other, key)
    assert "config.reloaded" in hup(mirror.process)
    mirror.stack.wait_until(lambda: mirror.request("GET", "/users/ada/orgs", headers=AGENT).status == 200, 60, "a page by the new key")
    assert read(mirror, "/users/ada") == body and github.charged("core") == before + 1, "what was stored costs nothing"
    assert mirror.stack.rows("select label from credentials") == [("app-7-11",)]
