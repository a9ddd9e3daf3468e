"""A GitHub App is installed and uninstalled while a mirror lends its credentials: no restart, and pages stay with the credential that read
them."""
from app_key import app_settings, app_sim_options
from reloading import hup

AGENT = {"User-Agent": "tests"}


def control(github, **change):
    github.session.post(github.url + "/_sim/app", json=change).raise_for_status()


def world(lab, life=3600, installations="11,12"):
    github = lab.github(*app_sim_options(life, installations))
    return github, lab.mirror(github, MIRROR_CREDENTIALS="pool", **app_settings())


def labels(mirror):
    return [row[0] for row in mirror.stack.rows("select label from credentials order by 1")]


def read(github, mirror, logins):
    """Who asked GitHub for each page."""
    n = len(github.trace())
    for login in logins:
        assert mirror.request("GET", f"/users/{login}", headers={**AGENT, "Cache-Control": "no-cache"}).status == 200
    return {t["path"].split("/")[2]: t["credential"] for t in github.trace()[n:] if t["path"].startswith("/users/")}


def test_one_that_comes_takes_its_share_and_leaves_the_rest(lab):
    github, mirror = world(lab)
    logins = [u["login"] for u in github.truth()["users"] if u["type"] == "User"][:40]
    before = read(github, mirror, logins)
    assert set(before) == set(logins) and set(before.values()) == {"installation:11", "installation:12"}
    control(github, add=13)
    assert "config.reloaded changed=no" in hup(mirror.process)
    mirror.stack.wait_until(lambda: labels(mirror) == ["app-7-11", "app-7-12", "app-7-13"], 30, "the new one")
    after = read(github, mirror, logins)
    moved = [login for login in logins if after[login] != before[login]]
    assert moved and {after[login] for login in moved} == {"installation:13"} and len(moved) < len(logins) * 3 // 4


def test_one_that_ends_is_not_lent(lab):
    """Without a signal. What it read is read by another."""
    github, mirror = world(lab, life=12)
    logins = [u["login"] for u in github.truth()["users"] if u["type"] == "User"][:12]
    assert set(read(github, mirror, logins)) == set(logins)
    control(github, remove=11)
    mirror.stack.wait_until(lambda: "app.installation_ended installation=11" in mirror.stack.logs(10 ** 9), 60, "its end")
    assert set(read(github, mirror, logins).values()) == {"installation:12"}
    assert "app.token " not in mirror.stack.logs(10 ** 9)
