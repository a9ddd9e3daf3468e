"""What the log may say: routes and names of parameters; never what people look for, nor a credential in the wrong place."""
import time
import urllib.parse

import psycopg2

from server import basic

# Assembled here, so that no line of a log could hold them by chance.
SECRET = "s3cret" * 4
WORDS = ["findme" + "7", "gmat_" + "A" * 49, "ghp_" + "b" * 36, SECRET]


def asked(word):
    """Every place of a request where a word can stand."""
    q = urllib.parse.quote(word)
    return ["/github/developers/?" + "&".join(
                f"{name}={q}" for name in ("search", "callback", "token", "access_token", "login", "bio__contains", "cursor", "page")),
            f"/github/developers/?{q}", f"/github/developers/?{q}=1&search=x", f"/github/repositories/?search={q}&ordering=name",
            f"/github/developers/by-login/{q}/", f"/github/repositories/by-name/{q}/{q}/", f"/github/developers/{q}/", f"/{q}",
            f"/github/jobs/?subject={q}", f"/github/changes/?since={q}"]


def nothing_of(words, log):
    for word in words:
        assert word not in log and urllib.parse.quote(word) not in log, word


def test_parameters_and_paths_of_requests_are_not_logged(own):
    own.start(own.tmp / "log")
    for word in WORDS:
        for path in asked(word):
            assert own.get(path).status in (200, 301, 400, 404), path
            own.get(path, auth=False)
            own.get(path, {"Accept": "text/html"})
        own.form({"name": "full_profile_sync", "username": word}.__str__(), "application/json")
    for name, password in ((WORDS[1], ""), (WORDS[2], "x-oauth-basic"), ("ann", SECRET), ("nobody", SECRET)):
        own.get("/github/tasks/", auth=basic(name, password))
    for header in (f"Bearer {WORDS[1]}", f"token {WORDS[2]}", f"Bearer {SECRET}", f"Basic {SECRET}", SECRET):
        own.get("/github/tasks/", auth=header)
    log = own.log()
    assert "api.request" in log and "api.login_failed" in log, "the log has the lines that this test looks for"
    nothing_of(WORDS, log)
    assert "route=/github/developers/by-login/{login}/" in log and 'user=nobody' in log


def test_slow_requests_are_logged_with_route_and_parameters(own):
    own.start(own.tmp / "log")
    lock = psycopg2.connect(own.pg.url("own"))
    lock.cursor().execute("lock table developers in access exclusive mode")
    word = WORDS[0]
    got = own.get(f"/github/developers/?search={word}&ordering=-login&followers_count__gte=7&callback={word}&token={SECRET}&{SECRET}=1")
    assert got.status == 200 and '"status":503' in got.text  # JSONP
    assert own.get(f"/github/developers/by-login/{word}/").status == 503
    lock.close()
    log = own.log()
    line, = [line for line in log.splitlines() if "api.too_long" in line]
    assert 'route=/github/developers/ parameters="callback followers_count__gte ordering search (others)"' in line
    assert "api.unavailable route=/github/developers/by-login/{login}/" in log
    nothing_of(WORDS, log)
