"""A GitHub App's installation: its token changes, its quota and what is remembered of pages do not."""
import gzip
import re
import subprocess
import time

import pytest
from app_key import app_settings, app_sim_options, key_files
from crawl import PLENTY
from test_graphql_answers import World as GraphQL


def app_world(sim, stack, life, installations="11", **env):
    github = sim("synthetic", *PLENTY, *app_sim_options(life, installations))
    return github, stack(github.url, **app_settings(**env))


def labels(s):
    return {row[0] for row in s.rows("select label from credentials")}


def asked(github):
    """Requests of the API itself, without those for tokens."""
    return [t for t in github.trace() if not t["path"].startswith("/app/")]


def changes_of_token(github, s, n, again):
    """Syncs while the token changes n times, and again after the last change."""
    issued = github.stats()["app"]["tokens_issued"]
    while github.stats()["app"]["tokens_issued"] < issued + n:
        again()
    again()


@pytest.mark.parametrize("life,n", [(12, 2), pytest.param(20, 9, marks=pytest.mark.slow)])
def test_changes_of_the_token_cost_nothing(life, n, sim, stack):
    """An hour is `life` seconds here: requests continue through each change and nothing is read again."""
    github, s = app_world(sim, stack, life)
    s.crawler()

    def again():
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        time.sleep(0.2)
    again()
    again()
    before, n_before = github.charged("core"), len(asked(github))
    changes_of_token(github, s, n, again)
    s.check_queue()
    assert len(asked(github)) > n_before + 5
    assert github.charged("core") == before, [t for t in asked(github)[n_before:] if t["status"] != 304]
    stats = github.stats()
    assert stats["app"]["expired_token_requests"] == 0 and stats["app"]["jwt_refused"] == 0
    assert set(stats["credentials"]) <= {"installation:11"} | {c for c in stats["credentials"] if not stats["credentials"][c]["charged"]["core"]}
    assert [t for t in asked(github) if t["status"] == 401] == []
    assert labels(s) == {"app-7-11"}
    assert s.rows("select distinct credential from quota_buckets") == [("app-7-11",)]


@pytest.mark.slow
def test_every_installation_in_use_is_found_with_a_quota_of_its_own(sim, stack):
    github, s = app_world(sim, stack, 3600, "11,12,13")
    github.session.post(github.url + "/_sim/app", json={"suspend": 12}).raise_for_status()
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    assert labels(s) == {"app-7-11", "app-7-13"}


@pytest.mark.slow
def test_given_installations_are_not_looked_for(sim, stack):
    github, s = app_world(sim, stack, 3600, "11,12", GITHUB_APP_INSTALLATIONS=" 12 ")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert labels(s) == {"app-7-12"}
    assert [t["path"] for t in github.trace() if t["path"] == "/app/installations"] == []


def test_a_revoked_token_is_replaced_at_once(sim, stack):
    github, s = app_world(sim, stack, 3600)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    github.session.post(github.url + "/_sim/app", json={"revoke": True}).raise_for_status()
    before = github.charged("core")
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    assert github.stats()["app"]["tokens_issued"] == 2
    refused = [t for t in asked(github) if t["status"] == 401]
    # GitHub bills a refused request to our address; the installation pays nothing, since the pages answer 304 to the new token.
    assert 1 <= len(refused) <= 8 and github.charged("core") == before + len(refused)
    assert s.rows("select label from credentials where benched_until > now()") == []


def test_a_crawler_that_is_restarted_within_the_hour_reads_nothing_again(sim, stack):
    """It requests a token of its own, and knows the pages of the other one."""
    github, s = app_world(sim, stack, 3600)
    crawler = s.crawler()
    for _ in range(2):
        s.task("full_profile_sync", "ada")
        s.wait_idle()
    before, n_before = github.charged("core"), len(asked(github))
    for issued in (2, 3):
        assert crawler.stop() == 0
        crawler = s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        assert github.stats()["app"]["tokens_issued"] == issued
    assert len(asked(github)) >= n_before + 4 and github.charged("core") == before, [t for t in asked(github)[n_before:] if t["status"] != 304]
    assert labels(s) == {"app-7-11"}


def synced(stack, github):
    """A stack with the one installation that the settings name, after a sync of ada."""
    s = stack(github.url, GITHUB_APP_INSTALLATIONS="11", **app_settings())
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    return s


class Revoked(GraphQL):
    """The installation's first token is refused from the first query on: it was revoked after the lists were read."""

    def __init__(self):
        super().__init__(lambda number, query, ids: None)
        self.issued, self.refused = 0, 0

    def answer(self, method, path, headers):
        if path == "/app/installations/11/access_tokens":
            self.issued += 1
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return 201, {"Content-Type": "application/json"}, f'{{"token": "ghs_token_{self.issued}", "expires_at": "{at}"}}'.encode()
        if headers["Authorization"] == "Bearer ghs_token_1" and (path == "/graphql" or self.refused):
            self.refused += 1
            return 401, {"Content-Type": "application/json"}, b'{"message": "Bad credentials"}'
        return super().answer(method, path, headers)


def test_a_query_that_meets_a_revoked_token_is_repeated_with_the_next_one(stack):
    """GraphQL is not refused to the installation."""
    github = Revoked()
    try:
        s = synced(stack, github)
        assert s.rows("select name, count(*) from developers where github_id > 10 group by 1") == [("by GraphQL", 6)] and github.details() == []
        assert github.issued == 2 and github.refused >= 1
        assert s.rows("select endpoint from capabilities where not allowed") == [] and s.rows("select benched_until from credentials") == [(None,)]
    finally:
        github.stop()


class Refusing(Revoked):
    """What `refuses` names is refused to every token of the installation, and everything else is accepted."""

    def __init__(self, refuses):
        super().__init__()
        self.refuses = refuses

    def answer(self, method, path, headers):
        if path != "/app/installations/11/access_tokens" and self.refuses in path:
            self.refused += 1
            self.seen.append((method, path, headers))
            return 401, {"Content-Type": "application/json"}, b'{"message": "Bad credentials"}'
        return GraphQL.answer(self, method, path, headers) if "access_tokens" not in path else super().answer(method, path, headers)


def test_graphql_that_refuses_every_token_is_paused(stack):
    """REST accepts them all: a second new token would help no more than the first."""
    github = Refusing("/graphql")
    try:
        s = synced(stack, github)
        assert s.rows("select name, count(*) from developers where github_id > 10 group by 1") == [("by REST", 6)]
        assert github.issued == 2 and 2 <= github.refused <= 4
        assert s.rows("select endpoint, allowed, next_check_at > now() + interval '23 hours' from capabilities") == [("graphql", False, True)]
        assert s.rows("select benched_until from credentials") == [(None,)]
    finally:
        github.stop()


@pytest.mark.parametrize("path", ["/starred", pytest.param("/user/13", marks=pytest.mark.slow)], ids=["list", "detail"])
def test_an_address_that_refuses_every_token_uses_up_attempts(path, stack):
    """Otherwise its job would have one token replaced after another for ever."""
    github = Refusing(path)
    if path == "/user/13":
        github.answers["/users/stub-3"] = (404, {}, {"message": "Not Found"})
    try:
        s = stack(github.url, GITHUB_APP_INSTALLATIONS="11", GITHUB_HYDRATION="rest", **app_settings())
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: s.rows("select 1 from jobs where attempt >= 1 union all select 1 from hydration_queue where tries >= 1"), 60, "an attempt")
    finally:
        github.stop()


def test_a_suspended_installation_is_paused_and_used_again(sim, stack):
    """Work is put back, nothing is sent without a token, and another credential is used."""
    github, s = app_world(sim, stack, 3600, "11,12", GITHUB_APP_INSTALLATIONS="11,12")
    github.session.post(github.url + "/_sim/app", json={"suspend": 11}).raise_for_status()
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    stats = github.stats()["credentials"]
    assert "installation:12" in stats and "installation:11" not in stats
    assert [c for c in stats if c.startswith("anonymous") and stats[c]["charged"]["core"]] == []
    assert "app.token" in s.logs() and "suspended" in s.logs()


def test_work_does_not_turn_to_another_credential_that_is_paused(sim, stack):
    """One installation has no token, GitHub pauses the other: neither is tried at once, and the first continues as soon as it has one."""
    github, s = app_world(sim, stack, 3600, "11,12", GITHUB_APP_INSTALLATIONS="11,12", LOG_LEVEL="debug")
    github.session.post(github.url + "/_sim/app", json={"suspend": 11}).raise_for_status()
    s.rows("insert into credentials (label, kind, position, blocked_until) values ('app-7-12', 'installation', 1, now() + interval '1 hour')")
    s.task("full_profile_sync", "ada")
    s.crawler()

    def pauses():
        return re.findall(r"job\.put_back .*in_ms=(\d+) why=\"waiting for a token of app-7-11\"", s.logs(10 ** 9))
    s.wait_until(lambda: len(pauses()) >= 3, 60, "three tries")
    assert set(pauses()) == {"1000"}


def test_erasure_removes_stored_bodies(sim, stack):
    github, s = app_world(sim, stack, 3600)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert s.one("select count(*) from kept_bodies") > 0
    login = s.one("select d.login from follows f join developers d on d.github_id = f.follower_github_id "
                  "join developers a on a.github_id = f.followed_github_id and a.login = 'ada' limit 1")
    s.run("forget", login)
    assert s.one("select count(*) from kept_bodies") == 0
    names = {u["id"]: u["login"] for u in github.truth()["users"]}
    first = next(names[a] for a, b in github.truth()["follows"] if names[b] == "ada" and names[a] != login)
    github.mutate({"op": "unfollow", "user": first, "target": "ada"})  # the pages of followers are sent again
    github.mutate({"op": "edit_user", "login": "ada", "set": {"name": "another"}})
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    bodies = [gzip.decompress(bytes(b)) if bytes(b)[:2] == b"\x1f\x8b" else bytes(b)
              for (b,) in s.rows("select body from kept_bodies")]
    assert bodies and not [b for b in bodies if f'"{login}"'.encode() in b]


@pytest.mark.slow
def test_replaced_bodies_are_deleted(sim, stack):
    github, s = app_world(sim, stack, 3600)
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    for i in range(3):
        github.mutate({"op": "edit_user", "login": "ada", "set": {"name": f"name {i}"}})
        s.task("full_profile_sync", "ada")
        s.wait_idle()
    orphans = s.rows("select etag from kept_bodies where etag not in (select etag from remembered_pages where etag is not null)")
    assert orphans == []


@pytest.mark.parametrize("env,says", [
    ({"GITHUB_APP_ID": "7"}, "GITHUB_APP_PRIVATE_KEY"),
    ({"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"}, "RSA private key"),
    ({"GITHUB_APP_ID": "no id", "GITHUB_APP_PRIVATE_KEY_FILE": "K"}, 'got "no id"'),
    ({"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": "K", "GITHUB_APP_INSTALLATIONS": "1,x"}, 'got "x"'),
    ({"GITHUB_APP_ID": "8", "GITHUB_APP_PRIVATE_KEY_FILE": "K"}, "401"),
])
def test_a_wrong_setting_is_named(env, says, sim, stack):
    env = {k: key_files()[0] if v == "K" else v for k, v in env.items()}
    github = sim("synthetic", *app_sim_options(3600))
    s = stack(github.url)
    done = s.run("crawler", check=False, **env)
    assert done.returncode in (1, 2) and says in done.stderr, done.stderr
    assert "AAAA" not in done.stderr and "PRIVATE KEY-----" not in done.stderr


@pytest.mark.slow
def test_a_wrong_clock_is_corrected_by_githubs(sim, stack, tmp_path):
    """GitHub's Date tells: the JWT is dated by it, and a token's life counted from it."""
    if subprocess.run(["sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1"], capture_output=True).returncode:
        pytest.skip("libfaketime is not installed")
    github, s = app_world(sim, stack, 3600)
    library = subprocess.run(["sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1"], capture_output=True, text=True).stdout.split()[0]
    s.crawler(LD_PRELOAD=library, FAKETIME="+2h", FAKETIME_DONT_FAKE_MONOTONIC="1")
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    assert github.stats()["app"]["expired_token_requests"] == 0


def test_doctor_shows_the_installation(sim, stack):
    github, s = app_world(sim, stack, 3600)
    shown = s.run("doctor", check=False).stdout
    assert "app-7-11 (app's installation)" in shown and "units left" in shown
    github.session.post(github.url + "/_sim/app", json={"suspend": 11}).raise_for_status()
    told = s.run("doctor", check=False, GITHUB_APP_INSTALLATIONS="11")
    assert told.returncode == 1 and "gives no token" in told.stdout


def test_no_token_is_logged(sim, stack):
    github, s = app_world(sim, stack, 6, LOG_LEVEL="debug")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    changes_of_token(github, s, 1, lambda: time.sleep(0.2))
    assert "app.token_renewed" in s.logs(10 ** 9)
    assert "ghs_" not in s.logs(10 ** 9) and "Bearer" not in s.logs(10 ** 9) and "eyJ" not in s.logs(10 ** 9)
