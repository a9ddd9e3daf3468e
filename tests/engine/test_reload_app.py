"""SIGHUP to a mirror that lends the credentials of a GitHub App: it takes over another id, other installations, or refuses an app that
gets no token."""
import base64
import json
import signal
import threading
import time

import pytest
from app_key import app_settings
from database_world import until
from fake_github import FakeGitHub
from reloading import Running, tokens_for
from stack import holds


@pytest.fixture(scope="module")
def shared(new_lab, tmp_path_factory):
    lab = new_lab(tmp_path_factory.mktemp("reload-app"))
    made = lab.stack("http://127.0.0.1:9", MIRROR_LISTEN="127.0.0.1:0", GITHUB_STATUS_URL="http://127.0.0.1:9/components.json",
                     MIRROR_CREDENTIALS="pool")
    del made.env["LOG_LEVEL"]  # the file's counts
    yield made
    lab.close()


@pytest.fixture
def start(shared, apps, tmp_path):
    """Starts a mirror; it must still run at the end, and leave with 0."""
    started = []

    def one(**settings):
        started.append(Running(shared, "mirror", tmp_path, conf=settings, GITHUB_API_URL=apps.url).ready())
        return started[-1]
    yield one
    for running in started:
        running.process.stop()


class Apps(FakeGitHub):
    """Gives tokens that live a few seconds, each named after the app and the installation. `gives` False: none."""

    def __init__(self):
        super().__init__()
        self.gives, self.asked_by = True, []
        self.answers["/app/installations?per_page=100&page=1"] = [{"id": 7}]

    def answer(self, method, path, headers):
        if "/access_tokens" not in path:
            return super().answer(method, path, headers) if path.startswith("/app/") else self.page(method, path, headers)
        claims = headers["Authorization"].split(".")[1]
        app = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"]
        with self.lock:
            self.asked_by.append(app)
            self.seen.append((method, path, headers))
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 12))
        token = json.dumps({"token": f"ghs_of_{app}_{path.split('/')[3]}", "expires_at": ends}).encode()
        return (201, {"Content-Type": "application/json"}, token) if self.gives else (401, {}, b'{"message": "Bad credentials"}')

    def page(self, method, path, headers):
        with self.lock:
            self.seen.append((method, path, headers))
        return 200, {"Content-Type": "application/json"}, b"{}"

    def lends(self, mirror, path):
        """The token of a request for a page."""
        until(lambda: mirror.status(path) == 200, "a page")
        return self.asked(path)[-1]

    def asked(self, path):
        return tokens_for(self, path)

    def asked_paths(self):
        """App and installation of each request for a token."""
        return [f"{app}_{path.split('/')[3]}" for app, (_, path, _) in zip(self.asked_by, [s for s in self.seen if "/access_tokens" in s[1]])]


@pytest.fixture
def apps():
    fake = Apps()
    yield fake
    fake.stop()


@pytest.mark.parametrize("change, token", [({"GITHUB_APP_ID": "4711"}, "Bearer ghs_of_4711_6"), ({"GITHUB_APP_INSTALLATIONS": "8"}, "Bearer ghs_of_7_8"),
                                           ({"GITHUB_APP_INSTALLATIONS": None}, "Bearer ghs_of_7_7")], ids=["app", "installations", "found"])
def test_a_mirror_lends_what_the_settings_of_an_app_say(change, token, start, apps):
    app = {**app_settings(), "GITHUB_APP_INSTALLATIONS": "6"}
    mirror = start(**app)
    assert apps.lends(mirror, "/users/before") == "Bearer ghs_of_7_6"
    mirror.settings(**{name: value for name, value in {**app, **change}.items() if value})
    told = mirror.hup()
    assert "config.reloaded" in told and "needs_restart" not in told
    until(lambda: apps.lends(mirror, "/users/after") == token, "the other token")
    before, new = apps.asked_paths(), "_".join(token.split("_")[2:])

    def renewed():
        return apps.asked_paths()[len(before):].count(new) >= 2
    until(renewed, "it to be renewed")
    assert set(apps.asked_paths()[len(before):]) == {new}, "the app before gets no tokens any more"


@pytest.mark.parametrize("wrong", ["a key that is none", "no key file", "refused by GitHub", "an app without installations"])
def test_a_mirror_refuses_an_app_that_gets_no_token(wrong, start, apps, tmp_path):
    app = {**app_settings(), "GITHUB_APP_INSTALLATIONS": "6"}
    mirror = start(**app)
    assert apps.lends(mirror, "/users/before") == "Bearer ghs_of_7_6"
    other = {**app, "GITHUB_APP_ID": "4711"}
    if wrong == "refused by GitHub":
        apps.gives = False
    elif wrong == "an app without installations":
        apps.answers["/app/installations?per_page=100&page=1"] = []
        del other["GITHUB_APP_INSTALLATIONS"]
    else:
        other["GITHUB_APP_PRIVATE_KEY_FILE"] = tmp_path / "key.pem"
        if wrong == "a key that is none":
            other["GITHUB_APP_PRIVATE_KEY_FILE"].write_text("no key\n")
    mirror.settings(**other)
    assert "config.refused" in mirror.hup()
    apps.gives = True
    assert apps.lends(mirror, "/users/after") == "Bearer ghs_of_7_6"
    mirror.settings(**app)
    assert "config.reloaded changed=no" in mirror.hup()


def test_a_mirror_that_asks_for_an_app_stops_in_time(start, apps):
    """GitHub does not answer."""
    app = {**app_settings(), "GITHUB_APP_INSTALLATIONS": "6"}
    mirror = start(**app)
    held, came = threading.Event(), threading.Event()
    usual = apps.answer

    def answer(method, path, headers):
        if path.startswith("/app/installations?"):
            came.set()
            held.wait(120)
        return usual(method, path, headers)
    apps.answer = answer
    del app["GITHUB_APP_INSTALLATIONS"]
    mirror.settings(**app)
    try:
        until(lambda: holds(mirror.process.popen.pid, signal.SIGHUP), "SIGHUP to be waited for")
        mirror.process.popen.send_signal(signal.SIGHUP)
        until(came.is_set, "the request")
        assert mirror.process.stop() == 0, "it does not wait for GitHub, which answers only after two minutes"
    finally:
        held.set()
