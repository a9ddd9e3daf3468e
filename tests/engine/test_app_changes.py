"""A GitHub App's installations change while jobs run: suspended, removed, another key."""
import shutil
import signal
import subprocess

import pytest
from app_key import app_settings, app_sim_options, key_files
from crawl import PLENTY


def control(github, **change):
    github.session.post(github.url + "/_sim/app", json=change).raise_for_status()


def app_world(sim, stack, life=3600, installations="11,12", **env):
    github = sim("synthetic", *PLENTY, *app_sim_options(life, installations))
    return github, stack(github.url, **app_settings(GITHUB_APP_INSTALLATIONS=installations, **env))


def rename_all(github, names):
    for login in names:
        github.mutate({"op": "edit_user", "login": login, "set": {"name": f"new {login}"}})


def people(s, n=16):
    return [row[0] for row in s.rows("select login from developers where type = 'User' and synced_at is not null order by github_id limit %s", n)]


def sync(s, logins):
    for login in logins:
        s.task("full_profile_sync", login)
    s.wait_idle()
    s.check_queue()


def names(s, logins):
    return s.rows("select login, name from developers where login = any(%s) and name is distinct from 'new ' || login", logins)


@pytest.mark.parametrize("change", ["suspend", "remove"])
def test_an_installation_ends_while_its_token_is_in_use(change, sim, stack):
    """GitHub refuses the token, by 403 or 401, and gives no other: that says nothing of the pages, which the other one reads."""
    github, s = app_world(sim, stack, GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.task("discovery_scraper")
    s.wait_idle()
    logins = people(s)
    assert {"installation:11", "installation:12"} <= set(github.stats()["credentials"]) and len(logins) >= 8
    gone = s.one("select count(*) from developers where gone_at is not null")
    rename_all(github, logins)
    control(github, **{change: 11})
    n = len(github.trace())
    sync(s, logins)
    assert names(s, logins) == []
    assert s.one("select count(*) from developers where gone_at is not null") == gone
    refused = [t for t in github.trace()[n:] if t["status"] in (401, 403) and not t["path"].startswith("/app/")]
    assert 1 <= len(refused) <= 16, "those that were on their way"
    assert s.rows("select label from credentials where benched_until > now()") == [], "it is asked for again in minutes, not in a day"
    assert ("suspended" if change == "suspend" else "installed") in s.logs(10 ** 9)


def test_the_key_is_another_one(sim, stack, tmp_path):
    """Its file is replaced; SIGHUP says so. No page is charged again."""
    key, other = tmp_path / "key.pem", tmp_path / "other.pem"
    shutil.copy(key_files()[0], key)
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", other, "2048"], check=True, capture_output=True)
    github = sim("synthetic", *PLENTY, *app_sim_options(3600))
    s = stack(github.url, **app_settings(GITHUB_APP_PRIVATE_KEY_FILE=key))
    crawler = s.crawler()
    sync(s, ["ada"])
    sync(s, ["ada"])
    before = github.charged("core")
    control(github, key=str(other), revoke=True)  # the old key was deleted, and its tokens with it
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: github.stats()["app"]["jwt_refused"], 60, "the old key to be refused")
    shutil.copy(other, key)
    crawler.popen.send_signal(signal.SIGHUP)
    s.wait_idle()
    s.check_queue()
    refused = [t for t in github.trace() if t["status"] == 401 and not t["path"].startswith("/app/")]
    assert github.charged("core") == before + len(refused) <= before + 8
    assert "config.reloaded" in s.logs(10 ** 9) and s.rows("select label from credentials") == [("app-7-11",)]
