"""Signing in with a browser: the form, the cookie, what ends a session, and what a page of another origin cannot do."""
import base64
import hashlib
import re
import subprocess
from urllib.parse import quote, urlencode

import pytest

from server import fail, until
from test_http import BROWSER

FORM = {"Accept": BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
TASKS = "/github/tasks/"


@pytest.fixture
def site(own):
    return own.start(own.tmp / "log")


def sign_in(server, name="ann", password="secret", next_="", **headers):
    body = urlencode({"username": name, "password": password, "next": next_}).encode()
    return server.request("POST", "/login/", {**FORM, **headers}, body, auth=False)


def cookie_of(answer):
    return answer.headers["Set-Cookie"].split(";")[0]


def ask(server, cookie, path=TASKS, **headers):
    return server.get(path, {"Cookie": cookie, **headers}, auth=False)


def post(server, cookie, path=TASKS, body=b"name=discovery_scraper", **headers):
    return server.request("POST", path, {"Content-Type": FORM["Content-Type"], "Cookie": cookie, **headers}, body, auth=False)


def test_the_form_begins_a_session(site):
    page = site.get("/login/", {"Accept": BROWSER}, auth=False)
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'name="username"' in page.text and 'type="password"' in page.text and "Not signed in" in page.text
    done = sign_in(site)
    assert (done.status, done.headers["Location"]) == (303, "/")
    attributes = [part.strip() for part in done.headers["Set-Cookie"].split(";")[1:]]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes) and "Secure" not in attributes
    assert any(re.fullmatch(r"Max-Age=\d+", part) for part in attributes)
    assert done.headers["Cache-Control"] == "no-store"
    cookie = cookie_of(done)
    assert ask(site, cookie).status == 200 and post(site, cookie).status == 200
    assert ask(site, "a=b; " + cookie + "; c=d").status == 200
    assert "Signed in as </span><b>ann</b>" in ask(site, cookie, Accept=BROWSER).text


def test_the_cookie_is_secure_with_tls(own):
    own.env["TRUSTED_PROXIES"] = "127.0.0.1"
    own.start(own.tmp / "log")
    assert "; Secure" in sign_in(own, **{"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]
    assert "; Secure" not in sign_in(own).headers["Set-Cookie"]


def test_the_cookie_is_secure_and_stays_below_public_url(own):
    own.env["PUBLIC_URL"] = "https://hub.example/mirror"
    own.start(own.tmp / "log")
    done = sign_in(own)
    assert done.headers["Location"] == "/mirror/" and "Path=/mirror/;" in done.headers["Set-Cookie"]
    assert "; Secure" in done.headers["Set-Cookie"]


def test_servers_on_two_ports_of_a_host_keep_their_sessions_apart(site, own):
    """A browser sends cookies to every port of a host, and replaces those of the same name (RFC 6265, 8.5 and 5.3)."""
    from server import Api
    second = Api(own.env["DATABASE_URL"]).start(own.tmp / "second.log")
    try:
        jar = dict(cookie_of(sign_in(server, name, password)).split("=", 1)
                   for server, name, password in ((site, "ann", "secret"), (second, "bob", "readonly")))
        both = "; ".join("=".join(pair) for pair in jar.items())
        for server, name in ((site, "ann"), (second, "bob")):
            got = ask(server, both, "/", Accept=BROWSER)
            assert got.status == 200 and f"Signed in as </span><b>{name}</b>" in got.text
        done = post(second, both, "/logout/", b"", Accept=BROWSER)
        assert done.status == 303 and cookie_of(done) == f"gitomatic_session_{second.port}="
        until(lambda: ask(second, both).status == 401)
        assert ask(site, both).status == 200
    finally:
        second.stop()


@pytest.mark.parametrize("env,headers,name", [
    ({}, {"Host": "hub.example:8443"}, "gitomatic_session_8443"), ({}, {"Host": "hub.example"}, "gitomatic_session"),
    ({}, {"Host": "[::1]:81"}, "gitomatic_session_81"), ({}, {"Host": "[::1]"}, "gitomatic_session"), ({}, {"Host": "h:"}, "gitomatic_session"),
    ({"TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-Host": "hub.example:9000"}, "gitomatic_session_9000"),
    ({"PUBLIC_URL": "https://hub.example:8443/a:1"}, {}, "gitomatic_session_8443"), ({"PUBLIC_URL": "https://hub.example/a:1/"}, {}, "gitomatic_session"),
])
def test_the_cookie_is_named_by_the_port_that_the_browser_uses(own, env, headers, name):
    own.env.update(env)
    own.start(own.tmp / "log")
    cookie = cookie_of(sign_in(own, **headers))
    assert cookie.split("=")[0] == name
    assert ask(own, cookie, **headers).status == 200
    assert ask(own, cookie.replace(name, name + "1"), **headers).status == 401


def test_a_cookie_named_without_the_port_counts_as_signed_out(site):
    token = cookie_of(sign_in(site)).split("=", 1)[1]
    got = ask(site, "gitomatic_session=" + token, "/", Accept=BROWSER)
    assert got.status == 200 and 'name="password"' in got.text
    assert ask(site, "gitomatic_session=" + token).json() == {"detail": "Authentication credentials were not provided."}


def test_only_a_hash_is_stored(site):
    token = cookie_of(sign_in(site)).split("=", 1)[1]
    (text, stored), = site.pg.psql("select s::text, encode(hash, 'hex') from api_sessions s", "own")
    assert stored == hashlib.sha256(token.encode()).hexdigest() and token not in text
    assert token not in site.log() and len(token) >= 43


@pytest.mark.parametrize("name,password", [("ann", "wrong"), ("nobody", "secret"), ("", ""), ("ann", ""), ("a:nn", "secret"),
                                           ("ann:secret", ""), ("ann", "secret\0"), ("ANN", "secret")])
def test_wrong_passwords(site, name, password):
    got = sign_in(site, name, password)
    assert got.status in (400, 401) and "Set-Cookie" not in got.headers
    assert site.pg.psql("select count(*) from api_sessions", "own") == [["0"]]
    if got.status == 401:
        assert 'role="alert"' in got.text and 'name="password"' in got.text and "secret" not in got.text.replace("ann:secret", "")


def set_hash_unheard(site, of, user="ann"):
    """As a change made while the connection for notifications is down."""
    site.pg.psql(f"update api_users set password_hash = (select password_hash from api_users where name = '{of}') where name = '{user}'", "own")


def test_a_session_needs_the_password_of_now(site):
    assert sign_in(site).status == 303
    set_hash_unheard(site, of="bob")
    assert sign_in(site).status == 401, "the old password, though it was checked a moment ago"
    assert sign_in(site, password="readonly").status == 303, "the new one"
    assert site.pg.psql("select count(*) from api_sessions", "own") == [["2"]]


def test_a_session_after_the_same_password_is_set_again(site):
    site.run("user-add", "carl", "secret")
    until(lambda: sign_in(site, "carl").status == 303)
    assert sign_in(site).status == 303
    set_hash_unheard(site, of="carl")
    assert sign_in(site).status == 303
    assert site.get(TASKS, {"Authorization": "Basic " + base64.b64encode(b"ann:secret").decode()}, auth=False).status == 200


def test_no_session_of_a_user_who_is_gone(site):
    assert sign_in(site).status == 303
    site.pg.psql("delete from api_users where name = 'ann'", "own")
    assert sign_in(site).status == 401


def test_a_nul_ends_no_password(site):
    for password in ("secret\\u0000", "secret\\u0000x", "\\u0000"):
        body = ('{"username": "ann", "password": "%s"}' % password).encode()
        got = site.request("POST", "/login/", {"Content-Type": "application/json"}, body, auth=False)
        assert got.status in (400, 401) and "Set-Cookie" not in got.headers, password


def test_wrong_passwords_are_throttled_as_with_basic(site):
    fail(site)
    got = sign_in(site, password="guess")
    assert got.status == 429 and int(got.headers["Retry-After"]) > 0


@pytest.mark.parametrize("end", ["logout", "password", "rights", "remove", "expires"])
def test_what_ends_a_session(site, end):
    cookie, other = cookie_of(sign_in(site)), cookie_of(sign_in(site, "bob", "readonly"))
    assert ask(site, cookie).status == ask(site, other).status == 200
    if end == "logout":
        done = post(site, cookie, "/logout/", b"", Accept=BROWSER)
        assert (done.status, done.headers["Location"]) == (303, "/") and "Max-Age=0" in done.headers["Set-Cookie"]
    elif end == "expires":
        site.pg.psql("update api_sessions set expires_at = now() - interval '1 second' where user_name = 'ann'; notify gitomatic_users", "own")
    else:
        site.run(*{"password": ("user-add", "ann", "another"), "rights": ("user-add", "ann", "secret", "read-only"),
                   "remove": ("user-remove", "ann")}[end])
    until(lambda: ask(site, cookie).status == 401)
    got = ask(site, cookie)
    assert got.json() == {"detail": "The session has ended. Sign in again."}
    assert ask(site, other).status == 200, "of another user"
    assert ask(site, cookie, "/github/").status == 200, "what needs no credentials is not refused"


def test_a_session_is_not_forgotten_by_another_users_change(site):
    cookie = cookie_of(sign_in(site))
    site.run("user-add", "bob", "readonly2")
    assert ask(site, cookie).status == 200


def test_a_session_ends_in_every_process(site, own):
    """Of several behind one address."""
    from server import Api
    second = Api(own.env["DATABASE_URL"]).start(own.tmp / "second.log")
    try:
        cookie = cookie_of(sign_in(site))
        address = {"Host": f"127.0.0.1:{site.port}"}
        assert ask(second, cookie, **address).status == 200
        post(site, cookie, "/logout/", b"")
        until(lambda: ask(second, cookie, **address).status == 401)
    finally:
        second.stop()


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}])
def test_a_page_of_another_origin_cannot_use_it(site, headers):
    cookie = cookie_of(sign_in(site))
    assert post(site, cookie, **headers).status == 403
    assert post(site, cookie, "/logout/", b"", **headers).status == 403
    assert ask(site, cookie).status == 200
    assert site.pg.psql("select count(*) from jobs", "own") == [["0"]]
    assert sign_in(site, **headers).status == 403, "nor sign a user in"
    assert post(site, cookie, Origin=site.base, **{"Sec-Fetch-Site": "same-origin"}).status == 200


@pytest.mark.parametrize("next_,to", [("/github/jobs/?state=failed", "/github/jobs/?state=failed"), ("//evil.example", "/"),
                                      ("/\\evil.example", "/"), ("https://evil.example/", "/"), ("/a\r\nSet-Cookie: x=y", "/"),
                                      ("javascript:alert(1)", "/"), ("", "/"), ("/x y", "/"), ("/%0d%0a", "/%0d%0a")])
def test_the_form_redirects_back_within_the_site_only(site, next_, to):
    assert sign_in(site, next_=next_).headers["Location"] == to
    cookie = cookie_of(sign_in(site))
    got = ask(site, cookie, "/login/?next=" + quote(next_), Accept=BROWSER)
    assert (got.status, got.headers["Location"]) == (303, to)


def test_basic_and_bearer_still_work_and_take_precedence(site):
    cookie = cookie_of(sign_in(site, "bob", "readonly"))
    assert site.form("name=discovery_scraper").status == 200
    got = site.request("POST", TASKS, {"Cookie": cookie, "Content-Type": FORM["Content-Type"]}, b"name=discovery_scraper")
    assert got.status == 200, "Basic counts, not the cookie of who may only read"
    assert post(site, cookie).status == 403, "who may only read cannot write with a cookie either"
    assert post(site, cookie, "/logout/", b"").status == 303, "but may sign out"


@pytest.mark.parametrize("cookie", ["gitomatic_session_%d=", "gitomatic_session_%d=x", "gitomatic_session_%d=" + "A" * 43,
                                    "gitomatic_session_%d=" + "A" * 6000, "other_%d=1", "gitomatic_session_%d"])
def test_invalid_cookies(site, cookie):
    cookie %= site.port
    assert ask(site, cookie).status == 401
    assert ask(site, cookie, "/login/", Accept=BROWSER).status == 200


def test_home(site):
    got = site.get("/", {"Accept": BROWSER}, auth=False)
    assert got.status == 200 and 'name="password"' in got.text
    assert site.get("/", auth=False).headers["Location"] == "/github/"
    cookie = cookie_of(sign_in(site))
    got = ask(site, cookie, "/", Accept=BROWSER)
    assert got.status == 200 and 'type="password"' not in got.text and "Signed in as </span><b>ann</b>" in got.text
    assert "Sign out" in got.text


def test_a_browser_on_its_way_to_a_page_gets_the_form(site):
    got = site.get("/github/jobs/?state=failed", {"Accept": BROWSER, "Sec-Fetch-Mode": "navigate"}, auth=False)
    assert got.status == 401 and "Basic" not in got.headers["WWW-Authenticate"]
    assert 'name="password"' in got.text and 'value="/github/jobs/?state=failed"' in got.text
    got = site.get("/github/jobs/", {"Accept": BROWSER}, auth=False)
    assert got.status == 401 and got.headers["WWW-Authenticate"].startswith("Basic ")


def test_signing_out_needs_a_button(site):
    cookie = cookie_of(sign_in(site))
    got = ask(site, cookie, "/logout/", Accept=BROWSER)
    assert got.status == 200 and 'action="/logout/"' in got.text
    assert ask(site, cookie).status == 200


def test_sessions_end_by_command(site, own):
    import os
    from server import BUILD
    cookie, other = cookie_of(sign_in(site)), cookie_of(sign_in(site, "bob", "readonly"))
    done = subprocess.run([os.path.join(BUILD, "gitomatic"), "user", "sign-out", "ann"], env=own.env, capture_output=True, text=True)
    assert done.returncode == 0 and "1 session" in done.stdout, done.stderr
    until(lambda: ask(site, cookie).status == 401)
    assert ask(site, other).status == 200


def test_without_authentication_there_is_no_sign_in(own):
    own.env.update(API_AUTH="none", ALLOWED_HOSTS="")
    own.start(own.tmp / "log")
    assert own.get("/login/", {"Accept": BROWSER}, auth=False).headers["Location"] == "/"
    got = own.get("/", {"Accept": BROWSER}, auth=False)
    assert got.status == 200 and 'type="password"' not in got.text


def test_one_connection_is_enough(own):
    """Checking a password asks the database while the request has no connection of its own."""
    own.env["API_CONNECTIONS"] = "1"
    site = own.start(own.tmp / "log")
    assert ask(site, cookie_of(sign_in(site))).status == 200


def test_an_invalid_cookie_leaves_cached_credentials_valid(site):
    def hits():
        figures = site.get("/metrics").text
        return int(re.search(r'gitomatic_cache_requests_total\{[^}]*result="hit"[^}]*\} (\d+)', figures)[1])
    hits()
    before = hits()
    for cookie in ("x", "0" * 64, "A" * 43):
        assert site.request("POST", "/logout/", {**FORM, "Cookie": f"gitomatic_session_{site.port}={cookie}"}, b"", auth=False).status in (303, 401)
    assert hits() == before + 1
