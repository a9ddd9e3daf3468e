"""Pages of other origins: what they may read, and that they may not write."""
import pytest

from server import Api, basic

TASKS = "/github/tasks/"
EXPOSED = {"Allow", "ETag", "Link", "Location", "Retry-After", "X-As-Of", "X-Ignored-Parameters", "X-Total-Count", "X-Total-Count-Capped"}


@pytest.mark.parametrize("path,auth,status", [("/github/developers/", True, 200), ("/github/", False, 200), (TASKS, False, 401),
                                              ("/github/nothing/", True, 404), ("/github/developers", True, 301),
                                              ("/health/", False, 200), ("/github/developers/?page=x", True, 404)])
def test_every_answer_may_be_read(api, path, auth, status):
    for headers in ({}, {"Origin": "https://page.example"}):
        got = api.get(path, headers, auth=auth)
        assert got.status == status
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        assert set(got.headers["Access-Control-Expose-Headers"].split(", ")) == EXPOSED
        assert got.headers["Access-Control-Allow-Credentials"] is None


@pytest.mark.parametrize("path", ["/github/developers/", "/github/", TASKS, "/nothing"])
def test_preflight_needs_no_credentials(api, path):
    got = api.request("OPTIONS", path, {"Origin": "https://page.example", "Access-Control-Request-Method": "GET",
                                        "Access-Control-Request-Headers": "authorization"}, auth=False)
    assert (got.status, got.body) == (204, b"")
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in got.headers["Access-Control-Allow-Headers"].split(", ")
    assert "If-None-Match" in got.headers["Access-Control-Allow-Headers"].split(", ")
    assert "GET" in got.headers["Access-Control-Allow-Methods"].split(", ")
    assert int(got.headers["Access-Control-Max-Age"]) > 0


def test_options_without_a_page_is_an_ordinary_request(api):
    assert api.request("OPTIONS", TASKS, auth=False).status == 401
    assert api.request("OPTIONS", TASKS, {"Origin": "https://page.example"}, auth=False).status == 401
    assert api.request("OPTIONS", TASKS).status == 200


def post(api, headers, **more):
    return api.request("POST", TASKS, {"Content-Type": "application/x-www-form-urlencoded", **headers},
                       b"name=nothing", **more)


def sites(api):
    own, port = api.base, api.port
    return [({}, True), ({"Origin": own}, True), ({"Origin": own.upper()}, True), ({"Sec-Fetch-Site": "same-origin"}, True),
            ({"Sec-Fetch-Site": "none"}, True), ({"Sec-Fetch-Site": "same-origin", "Origin": "https://odd.example"}, True),
            ({"Origin": "https://page.example"}, False), ({"Origin": "null"}, False), ({"Origin": ""}, False),
            ({"Origin": f"https://127.0.0.1:{port}"}, False), ({"Origin": f"http://127.0.0.1:{port + 1}"}, False),
            ({"Origin": own + ".evil.example"}, False), ({"Origin": own[:-1]}, False),
            ({"Sec-Fetch-Site": "cross-site"}, False), ({"Sec-Fetch-Site": "same-site"}, False),
            ({"Sec-Fetch-Site": "cross-site", "Origin": own}, False), ({"Sec-Fetch-Site": ""}, False)]


def test_a_page_of_another_origin_may_not_post(api):
    for headers, fine in sites(api):
        got = post(api, headers)
        assert got.status == (406 if fine else 403), headers  # 406: "nothing" is no task
        if not fine:
            assert got.json() == {"detail": "A page of another origin may not send this."}
            as_json = api.request("POST", TASKS, {**headers, "Content-Type": "application/json"}, b'{"name":"nothing"}')
            assert as_json.status == 403
        assert api.get(TASKS, headers).status == 200  # reading is another matter


def test_the_public_address_is_an_origin_of_ours(own):
    own.env["PUBLIC_URL"] = "https://hub.example/base"
    own.start(own.tmp / "log")
    assert post(own, {"Origin": "https://hub.example"}).status == 406
    assert post(own, {"Origin": own.base}).status == 406
    assert post(own, {"Origin": "https://hub.example.evil.example"}).status == 403


def test_a_foreign_page_reads_nothing_by_a_remembered_login(api):
    """A script is sent with the login the browser has; a page of ours, and what is no browser, may use it."""
    script = "/github/developers/?callback=f"
    assert api.get(script, {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert api.get(script, {"Sec-Fetch-Site": "same-site"}).status == 403
    for site in ("same-origin", "none"):
        assert api.get(script, {"Sec-Fetch-Site": site}).text.startswith("/**/f(")
    assert api.get(script).text.startswith("/**/f(")
    assert api.get("/github/?callback=f", {"Sec-Fetch-Site": "cross-site"}, auth=False).text.startswith("/**/f(")


# ---- without a login ----

def test_no_auth_serves_this_machine_only(own):
    own.env["API_AUTH"] = "none"
    own.env["ALLOWED_HOSTS"] = ""
    own.start(own.tmp / "log")
    assert "api.no_auth" in own.log()
    got = own.get("/github/developers/", auth=False)
    assert got.status == 200
    assert got.headers["Access-Control-Allow-Origin"] is None
    assert own.form("name=nothing", auth=False).status == 406
    assert post(own, {"Origin": "https://page.example"}, auth=False).status == 403
    for host, status in ((f"localhost:{own.port}", 200), (f"app.localhost:{own.port}", 200), ("[::1]", 200), ("10.1.2.3", 400),
                         ("rebound.example", 400), ("localhost.evil.example", 400), (f"xlocalhost:{own.port}", 400)):
        assert own.get("/github/developers/", {"Host": host}, auth=False).status == status, host
    script = "/github/developers/?callback=f"
    assert own.get(script, auth=False).status == 200
    assert own.get(script, {"Sec-Fetch-Site": "cross-site"}, auth=False).status == 403


def test_the_description_asks_for_no_credentials_without_a_login(own):
    own.env["API_AUTH"] = "none"
    own.start(own.tmp / "log")
    document = own.get("/github/swagger.json", auth=False).json()
    assert document["security"] == []
    operations = [(path, operation) for path, methods in document["paths"].items() for method, operation in methods.items() if method == "get"]
    assert len(operations) > 20 and not [path for path, operation in operations if operation.get("security")]
    assert not [path for path, _ in operations if "{" not in path and own.get(path, auth=False).status in (401, 403)]


def test_no_answer_is_for_another_origin_without_a_login(own):
    """Anybody's page could ask for all of it otherwise: every kind of answer, refusals included."""
    own.env["API_AUTH"] = "none"
    own.start(own.tmp / "log")
    asked = [("GET", path) for path in ("/", "/github/", "/github/developers/", "/github/developers", "/github/nothing/", "/health/", "/health/ready",
                                        "/metrics", "/github/swagger.json", "/github/developers/?page=x", "/github/developers/?format=csv",
                                        "/github/charts/stars.svg?repo=a/b", "/github/changes/?since=x", "/github/" + "a" * 9000)]
    asked += [("HEAD", TASKS), ("POST", TASKS), ("PUT", TASKS), ("OPTIONS", TASKS), ("OPTIONS", "/github/developers/")]
    for method, path in asked:
        for more in ({}, {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}, {"Accept": "text/html"}):
            got = own.request(method, path, {"Origin": "https://page.example", **more}, auth=False)
            assert not [name for name in got.headers if name.lower().startswith("access-control")], (method, path)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0"])
def test_no_auth_is_refused_elsewhere(api, listen):
    done = Api(api.env["DATABASE_URL"], API_AUTH="none", API_LISTEN=listen).run("serve", check=False)
    assert done.returncode == 1
    assert f'API_AUTH=none: expected API_LISTEN to be a loopback address such as 127.0.0.1:8000, got "{listen}"' in done.stdout


def test_other_values_of_api_auth_are_named(api):
    done = Api(api.env["DATABASE_URL"], API_AUTH="off").run("serve", check=False)
    assert done.returncode == 1 and 'API_AUTH: got "off", expected required|none' in done.stdout


def test_auth_is_needed_unless_it_is_turned_off(api):
    assert api.get(TASKS, auth=False).status == 401
    assert api.get(TASKS, auth=basic("ann", "secret")).status == 200
