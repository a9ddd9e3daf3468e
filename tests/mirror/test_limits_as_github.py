"""A limit that the mirror knows of is answered as GitHub answers it, so that each client finds its own error in it."""
import concurrent.futures
import gzip
import json
import re
import threading
import time

import pytest

PRIMARY_URL, SECONDARY_END = "rate-limits-for-the-rest-api", "#secondary-rate-limits"
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
             "documentation_url": "https://docs.github.com/rest/overview/resources-in-the-rest-api#secondary-rate-limits"}


def used_up(resource="core", after=600, **more):
    return {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000",
            "X-RateLimit-Resource": resource, "X-RateLimit-Reset": str(int(time.time()) + after), **more}


@pytest.mark.parametrize("path, resource", [("/users/ada", "core"), ("/search/users?q=ada", "search"),
                                            ("/search/code?q=ada", "code_search")])
def test_a_primary_limit(lab, path, resource):
    github = lab.recorder(lambda seen: (200, used_up(resource), b"{}"))
    mirror = lab.mirror(github)
    mirror.get(path, "a")
    for method in ("GET", "HEAD") if resource != "core" else ("GET", "HEAD", "PATCH", "DELETE"):
        got = mirror.request(method, path + "x", "a", body=b"{}" if method == "PATCH" else None)
        assert (got.status, got.label) == (403, "RATE_LIMITED_MISS"), method
        assert (got["X-RateLimit-Remaining"], got["X-RateLimit-Limit"], got["X-RateLimit-Used"]) == ("0", "5000", "5000")
        assert got["X-RateLimit-Resource"] == resource and 500 < int(got["X-RateLimit-Reset"]) - time.time() < 700
        assert got["Retry-After"] is None and got["Content-Type"].startswith("application/json")
        if method != "HEAD":
            said = got.json()
            assert said["message"].startswith("API rate limit exceeded for ") and PRIMARY_URL in said["documentation_url"]
    assert len(github.asked()) == 1


def test_a_primary_limit_without_a_credential_says_how_to_get_a_higher_one(lab):
    github = lab.recorder(lambda seen: (200, used_up(), b"{}"))
    mirror = lab.mirror(github)
    mirror.get("/users/ada")
    message = mirror.get("/users/bob").json()["message"]
    assert message.startswith("API rate limit exceeded for ") and "Authenticated requests get a higher rate limit" in message


@pytest.mark.parametrize("headers, wait", [({"Retry-After": "7"}, 7), ({"Retry-After": "90", "X-RateLimit-Remaining": "17"}, 90),
                                           ({name: None for name in used_up()}, 60)])
def test_a_secondary_limit(lab, headers, wait):
    answers = [(200, {}, b"{}"), (403, headers, json.dumps(SECONDARY).encode())]
    github = lab.recorder(lambda seen: answers[min(len(github.seen) - 1, 1)])
    mirror = lab.mirror(github)
    mirror.get("/users/ada", "a")
    assert mirror.get("/users/bob", "a").status == 403
    for method in ("GET", "DELETE"):
        got = mirror.request(method, "/users/eve", "a")
        assert (got.status, got.label) == (403, "RATE_LIMITED_MISS")
        assert wait - 3 <= int(got["Retry-After"]) <= wait
        assert got["X-RateLimit-Remaining"] != "0"
        said = got.json()
        assert said["message"].startswith("You have exceeded a secondary rate limit")
        assert said["message"].endswith("lease wait a few minutes before you try again.")
        assert said["documentation_url"].endswith(SECONDARY_END)
    assert len(github.asked()) == 2


def test_graphql_says_200_and_errors(lab):
    github = lab.recorder(lambda seen: (200, used_up("graphql"), b'{"data":{"viewer":{"login":"ada"}}}'))
    mirror = lab.mirror(github)
    for query in ("{ viewer { login } }", "{ viewer { name } }", "mutation { x }"):
        got = mirror.request("POST", "/graphql", "a", {"Content-Type": "application/json"}, json.dumps({"query": query}).encode())
    assert len(github.asked()) == 1
    assert (got.status, got.label, got["X-RateLimit-Remaining"]) == (200, "RATE_LIMITED_MISS", "0")
    error = got.json()["errors"][0]
    assert error["type"] == "RATE_LIMITED" and error["message"].startswith("API rate limit exceeded for ")
    assert got["X-RateLimit-Resource"] == "graphql" and int(got["X-RateLimit-Reset"]) > time.time() + 500


def test_the_pools_quota_is_answered_as_a_limit(lab):
    """RATE_LIMIT_STOP_THRESHOLD leaves units: the client's answer says 0 all the same, since it gets none of them."""
    sim = lab.sim("synthetic", "--limit", 30, "--token", "a=ada")
    mirror = lab.mirror(sim, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="a", RATE_LIMIT_STOP_THRESHOLD=25)
    logins = [u["login"] for u in sim.truth()["users"]][:12]
    out = [g for g in (mirror.get(f"/users/{login}") for login in logins) if g.status != 200]
    assert out
    for got in out:
        assert (got.status, got["X-RateLimit-Remaining"], got["Retry-After"]) == (403, "0", None), got.headers
        assert int(got["X-RateLimit-Reset"]) > time.time() and got.json()["message"].startswith("API rate limit exceeded for ")


@pytest.mark.parametrize("refuses", ["threshold", "github"])
def test_the_log_says_once_that_the_pools_quota_is_used_up(refuses, lab):
    sim = lab.sim("synthetic", "--limit", 30 if refuses == "threshold" else 5, "--token", "a=ada")
    mirror = lab.mirror(sim, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="a", RATE_LIMIT_STOP_THRESHOLD=25 if refuses == "threshold" else 0)
    logins = [u["login"] for u in sim.truth()["users"]][:14]
    assert [mirror.get(f"/users/{login}").status for login in logins][-2:] == [403, 403]
    told = [line for line in mirror.process.log().splitlines() if "quota.used_up" in line]
    assert len(told) == 1 and re.search(r" warn +mirror quota.used_up credential=token-\w+ resource=core work_goes_on=20\d\d-\S+Z note=", told[0])


def test_a_clients_own_used_up_quota_is_its_own_affair(lab):
    github = lab.recorder(lambda seen: (403, used_up(), b'{"message":"API rate limit exceeded for user ID 1."}'))
    mirror = lab.mirror(github, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="a")
    assert [mirror.get("/users/ada", "own").status for _ in range(3)] == [403] * 3
    assert "quota.used_up" not in mirror.process.log()


def test_githubs_own_answer_is_passed_on_unchanged(lab):
    body = b'{"message":"API rate limit exceeded for user ID 1.","documentation_url":"x"}'
    github = lab.recorder(lambda seen: (429, used_up(), body))
    got = lab.mirror(github).get("/users/ada", "a")
    assert (got.status, got.body, got["X-RateLimit-Remaining"]) == (429, body, "0")


def test_the_credentials_owner_is_not_requested_either(lab):
    github = lab.recorder(lambda seen: (403, used_up(), b'{"message":"API rate limit exceeded for user ID 1."}'))
    mirror = lab.mirror(github, GITHUB_USERS="ada")
    for _ in range(3):
        got = mirror.get("/users/ada", "a")
        assert (got.status, got["X-RateLimit-Remaining"]) == (403, "0") and "rate limit exceeded" in got.json()["message"]
    assert [s.target for s in github.asked()] == ["/user"]


NAMES = {  # who GitHub says has reached a limit
    "user": (403, "API rate limit exceeded for user ID 583231. If you reach out to GitHub Support for help, please include the request ID 1:2.", True),
    "installation": (429, "API rate limit exceeded for installation ID 583231.", True),
    "address": (403, "API rate limit exceeded for 192.0.2.58. (But here's the good news: Authenticated requests get a higher rate limit.)", True),
    "secondary": (403, "You have exceeded a secondary rate limit for user ID 583231.", False),
    "secondary, coded": (429, "You have exceeded a secondary rate limit for 192.0.2.58.", False),
}


GRAPHQL_NAMES = {  # the same in a 200 of GraphQL; the type is that of the client's answer
    "primary": ({"type": "RATE_LIMITED", "message": NAMES["user"][1]}, used_up("graphql"), "RATE_LIMITED"),
    "secondary": ({"message": NAMES["secondary"][1]}, {"X-RateLimit-Remaining": None}, None),
    "secondary by its header": ({"type": "RATE_LIMITED", "message": NAMES["user"][1]}, {"Retry-After": "60", "X-RateLimit-Remaining": None}, None),
}


@pytest.mark.parametrize("kind", GRAPHQL_NAMES)
def test_a_lent_credentials_limit_in_a_200_of_graphql_stays_an_answer_of_graphql(lab, kind):
    error, fields, type_of_error = GRAPHQL_NAMES[kind]
    mirror = lab.mirror(lab.recorder(lambda seen: (200, fields, json.dumps({"errors": [error]}).encode())), MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="lender")
    got = mirror.request("POST", "/graphql", None, {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}')
    assert (got.status, got.label, list(got.json())) == (200, "RATE_LIMITED_MISS", ["errors"])
    said = got.json()["errors"][0]
    assert said.get("type") == type_of_error and "583231" not in got.text
    assert said["message"].startswith("API rate limit exceeded for " if type_of_error else "You have exceeded a secondary rate limit")


@pytest.mark.parametrize("graphql", [False, True])
@pytest.mark.parametrize("token", ["lender", None])
@pytest.mark.parametrize("kind", NAMES)
def test_a_lent_credentials_limit_does_not_say_whose_it_is(lab, kind, token, graphql):
    status, message, primary = NAMES[kind]
    path = "/graphql" if graphql else "/users/ada"
    fields = used_up("graphql" if graphql else "core") if primary else {"Retry-After": "60", "X-RateLimit-Remaining": None}
    body = json.dumps({"message": message, "documentation_url": "https://docs.github.com/583231"}).encode()
    if graphql and primary:
        status, body = 200, json.dumps({"errors": [{"type": "RATE_LIMITED", "message": message}]}).encode()
    if "coded" in kind:
        fields, body = {**fields, "Content-Encoding": "gzip"}, gzip.compress(body)
    mirror = lab.mirror(lab.recorder(lambda seen: (status, fields, body)), MIRROR_CREDENTIALS="pool", **({"GITHUB_TOKEN": token} if token else {}))
    for _ in range(2):
        got = mirror.request("POST", path, None, {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}') if graphql else mirror.get(path)
        assert "583231" not in got.text and "192.0.2" not in got.text, got.text
        said = got.json()["errors"][0] if graphql and primary else got.json()
        assert said.get("status") == (None if graphql and primary else str(got.status))
        assert said["message"].startswith("API rate limit exceeded for " if primary else "You have exceeded a secondary rate limit")
        assert got.label == "RATE_LIMITED_MISS" and got["Content-Encoding"] is None
        assert (got["X-RateLimit-Remaining"], got["Retry-After"] is not None) == (("0", False) if primary else (None, True)), got.headers
    own = mirror.request("POST", path, "own", {"Content-Type": "application/json"}, b'{"query":"{ viewer { login } }"}') if graphql else mirror.get(path, "own")
    assert ("583231" in own.text or "192.0.2" in own.text) and own.status == status  # a client's own is passed as it came


@pytest.mark.parametrize("first", ["lender", None])
def test_a_limit_of_a_lent_credential_is_told_apart_from_that_of_its_owner_who_waits_for_the_same_page(lab, first):
    """Equal credentials, but one of them is lent: the answer to the owner is not the answer to the other client."""
    release = threading.Event()

    def answer(seen):
        assert release.wait(30)
        return 403, used_up(), b'{"message":"API rate limit exceeded for user ID 583231."}'
    github = lab.recorder(answer)
    mirror = lab.mirror(github, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="lender")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        order = [first, None if first else "lender"]
        asked = [pool.submit(mirror.get, "/users/ada", order[0])]
        mirror.stack.wait_until(lambda: len(github.asked()) == 1, 8, "the first request")
        asked.append(pool.submit(mirror.get, "/users/ada", order[1]))
        mirror.stack.wait_until(lambda: len(github.asked()) == 2, 8, "a request of each")
        release.set()
        got = dict(zip(order, [a.result() for a in asked]))
    assert "583231" in got["lender"].text and "583231" not in got[None].text
