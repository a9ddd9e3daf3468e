"""Bodies and headers of single answers, and the refusals that need no quota arithmetic."""
import base64
import hashlib
import http.client
import re

SUMMARY = ("login id node_id avatar_url gravatar_id url html_url followers_url following_url gists_url starred_url "
           "subscriptions_url organizations_url repos_url events_url received_events_url type user_view_type "
           "site_admin").split()
DETAIL = SUMMARY + ("name company blog location email hireable bio twitter_username public_repos public_gists "
                    "followers following created_at updated_at").split()


def test_key_sets(world):
    assert list(world.get("/users/ada").json()) == DETAIL
    assert list(world.get("/users/ada/followers").json()[0]) == SUMMARY
    minimal = world.get("/users/ada/repos").json()[0]
    assert list(minimal["owner"]) == SUMMARY
    assert not {"network_count", "subscribers_count", "organization", "parent", "source"} & set(minimal)
    full = world.get(f"/repositories/{minimal['id']}").json()
    assert {"network_count", "subscribers_count", "temp_clone_token"} <= set(full)
    assert "permissions" in full and "permissions" not in world.get(f"/repositories/{minimal['id']}", token=None).json()


def test_counters_repeat_each_other(world):
    for repo in world.truth()["repos"][:50]:
        assert repo["watchers"] == repo["watchers_count"] == repo["stargazers_count"]
        assert repo["forks"] == repo["forks_count"] and repo["open_issues"] == repo["open_issues_count"]


def test_forks_show_parent_and_source(world):
    truth = world.truth()
    fork = next(r for r in truth["repos"] if r["fork"] and r["owner"]["type"] == "Organization")
    full = world.get(f"/repos/{fork['full_name']}").json()
    assert full["parent"]["id"] and full["source"]["id"] and full["organization"]["id"] == full["owner"]["id"]
    forks = world.pages(f"/repos/{full['parent']['full_name']}/forks")
    assert full["id"] in [r["id"] for r in forks] and len(forks) == full["parent"]["forks_count"]


def test_the_made_up_world_has_what_breaks_clients(world):
    truth = world.truth()
    bios = [u["bio"] or "" for u in truth["users"]]
    assert any("\r\n" in b for b in bios) and any("<script>" in b for b in bios)
    assert any(ord(c) > 0xFFFF for b in bios for c in b)
    assert any(u["id"] > 2**31 for u in truth["users"]) and any(r["id"] > 2**31 for r in truth["repos"])
    assert len({o["node_id"] for o in truth["users"] + truth["repos"]}) == len(truth["users"] + truth["repos"])
    assert {r["homepage"] for r in truth["repos"]} >= {None, ""}
    orgs = [u for u in truth["users"] if u["type"] == "Organization"]
    assert 0.05 < len(orgs) / len(truth["users"]) < 0.2
    org_ids = {o["id"] for o in orgs}
    assert not any(a in org_ids for a, _ in truth["follows"]) and not any(u in org_ids for u, _, _ in truth["stars"])


def test_dense_ids_are_as_github_s(simulator):
    """Three of four ids are users, and new accounts get ids above the newest."""
    world = simulator("--users", 2000, "--dense-ids", "--control")
    truth = world.truth()
    for kind, of in (("users", "User"), ("repos", None)):
        ids = {r["id"] for r in truth[kind] if of is None or r["type"] == of}
        assert max(r["id"] for r in truth[kind]) * 0.7 < len(ids) < max(r["id"] for r in truth[kind]), kind
    assert {r["id"] for r in truth["users"]} >= {1}
    new = world.post("/_sim/mutate", [{"op": "new_user", "login": "somebody-new", "type": "User"}])
    assert new.status_code == 200
    assert world.get("/users/somebody-new").json()["id"] > max(u["id"] for u in truth["users"])


def test_nearly_everybody_can_be_reached_from_ada(world):
    truth = world.truth()
    near, todo = {}, [next(u["id"] for u in truth["users"] if u["login"] == "ada")]
    owner = {r["id"]: r["owner"]["id"] for r in truth["repos"]}
    for a, b in truth["follows"] + [(u, owner[r]) for u, r, _ in truth["stars"]]:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    seen = set(todo)
    while todo:
        for other in near.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    assert len(seen) > 0.9 * len(truth["users"])


def test_a_seed_names_one_world(simulator, world):
    def bare(truth):
        return [(u["login"], u["id"], u["bio"]) for u in truth["users"]], truth["follows"], truth["stars"]
    same, other = simulator("--control"), simulator("--control", "--seed", 2)
    assert bare(same.truth()) == bare(world.truth()) != bare(other.truth())


def test_headers(world):
    answer = world.get("/users/ada", headers={"Accept": "application/vnd.github.star+json"})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["X-GitHub-Media-Type"] == "github.v3; param=star; format=json"
    assert answer.headers["X-GitHub-Api-Version-Selected"] == "2022-11-28"
    assert answer.headers["Cache-Control"] == "private, max-age=60, s-maxage=60"
    assert "Authorization" in answer.headers["Vary"] and answer.headers["X-OAuth-Scopes"] == "repo, user"
    assert answer.headers["X-RateLimit-Resource"] == "core" and answer.headers["X-GitHub-Request-Id"]
    quiet = world.get("/users/ada", token=None).headers
    assert quiet["Cache-Control"].startswith("public") and "Authorization" not in quiet["Vary"]
    assert "X-OAuth-Scopes" not in quiet


def test_email_is_for_callers_with_a_token(world):
    user = next(u for u in world.truth()["users"] if u["email"])
    assert world.get(f"/user/{user['id']}").json()["email"] == user["email"]
    assert world.get(f"/user/{user['id']}", token=None).json()["email"] is None


def test_own_account_has_private_fields_and_its_own_stargazers(simulator):
    sim = simulator("--token", "s3cret=ada:read:user", "--control")
    assert sim.get("/users/ada", token="s3cret").json()["plan"]["name"] == "free"
    assert sim.get("/user", token="s3cret").json()["login"] == "ada"
    assert "plan" not in sim.get("/users/ada", token=None).json()
    assert sim.get("/user", token=None).status_code == 401
    mine = sim.get("/users/ada/repos", token="s3cret").json()[0]
    assert mine["permissions"]["admin"] is True
    assert sim.get(f"/repos/{mine['full_name']}/stargazers", token="s3cret").status_code == 200
    assert sim.get(f"/repos/{mine['full_name']}/stargazers", token=None).status_code == 403


def test_refusals_are_json_with_a_string_status(world):
    for path in ("/users/nobody-at-all", "/users/ada/", "/repos/ada/nothing", "/user/7", "/orgs/ada", "/x/y/z",
                 "/a/b/c/d/e/f/g/h/i/j", "/user/99999999999999999999", "/_sim/nothing/here"):
        answer = world.get(path)
        assert answer.status_code == 404, path
        if not path.startswith("/_sim"):
            assert answer.json()["status"] == "404" and answer.json()["documentation_url"]
    assert world.get("/users/ada", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400
    assert world.get("/versions").json() == ["2026-03-10", "2022-11-28"]


def test_api_version_2026_lacks_the_dropped_fields(world):
    new = {"X-GitHub-Api-Version": "2026-03-10"}
    assert "rate" not in world.get("/rate_limit", headers=new).json() and "rate" in world.get("/rate_limit").json()
    repo = world.get("/users/ada/repos").json()[0]["full_name"]
    assert "has_downloads" in world.get(f"/repos/{repo}").json()
    answer = world.get(f"/repos/{repo}", headers=new)
    assert "has_downloads" not in answer.json()
    assert answer.headers["X-GitHub-Api-Version-Selected"] == "2026-03-10"


def test_no_user_agent_no_answer(world):
    connection = http.client.HTTPConnection(world.url.split("//")[1])
    connection.request("GET", "/users/ada")  # http.client sends none of its own
    answer = connection.getresponse()
    assert answer.status == 403 and b"User-Agent" in answer.read()
    connection.close()


def test_stargazer_modes(simulator):
    sim = simulator("--control")
    repo = max(sim.truth()["repos"], key=lambda r: r["stargazers_count"])["full_name"]
    expected = {"403": (403, 403), "404": (404, 404), "401": (403, 401), "empty": (200, 200), "open": (200, 200)}
    for mode, (known, anonymous) in expected.items():
        sim.config(stargazers=mode)
        got = sim.get(f"/repos/{repo}/stargazers")
        assert (got.status_code, sim.get(f"/repos/{repo}/stargazers", token=None).status_code) == (known, anonymous)
        if known == 200:
            assert bool(got.json()) == (mode == "open")
    assert sim.get(f"/repos/{repo}/stargazers/count").json()["count"] > 0


def test_etag_is_the_hash_that_github_uses(world):
    for accept, authorization, extra in (("a/b", "Bearer one", "gzip"), ("a/b", "token one", "identity"),
                                         ("c/d", None, "gzip")):
        headers = {"Accept": accept, "Accept-Encoding": extra}
        if authorization:
            headers["Authorization"] = authorization
        answer = world.get("/users/ada/followers", token=None, headers=headers)
        said = ":".join([accept] + ([authorization] if authorization else [])) + ":"
        digest = hashlib.sha256(said.encode() + answer.content).hexdigest()
        assert answer.headers["ETag"] == ('W/' if extra == "gzip" else '') + f'"{digest}"'
        assert answer.headers.get("Content-Encoding") == ("gzip" if extra == "gzip" else None)


def test_small_bodies_are_not_compressed_and_strong(world):
    answer = world.get("/users/ada/orgs")
    assert answer.text == "[]" and answer.headers["ETag"].startswith('"')
    assert "Last-Modified" not in answer.headers


def test_conditional_requests(world):
    first = world.get("/users/ada")
    again = world.get("/users/ada", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert "W/" + again.headers["ETag"] == first.headers["ETag"]
    assert world.get("/users/ada", token="other", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert world.get("/users/ada", headers={"If-None-Match": '"x", ' + first.headers["ETag"]}).status_code == 304
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert world.get("/users/ada", headers=since).status_code == 304
    assert world.get("/users/ada", headers={"If-Modified-Since": "Thu, 01 Jan 2009 00:00:00 GMT"}).status_code == 200
    assert world.get("/users/ada", headers={**since, "If-None-Match": '"x"'}).status_code == 200


def test_errors_carry_no_validators(world):
    assert "ETag" not in world.get("/users/nobody-at-all").headers


def test_basic_auth_carries_a_token(simulator):
    sim = simulator("--token", "abc=ada")
    basic = "Basic " + base64.b64encode(b"ada:abc").decode()
    assert sim.get("/user", token=None, headers={"Authorization": basic}).json()["login"] == "ada"
    assert sim.get("/user", token=None, headers={"Authorization": "token abc"}).json()["login"] == "ada"
    bad = "Basic " + base64.b64encode(b"ada:abd").decode()
    assert sim.get("/user", token=None, headers={"Authorization": bad}).status_code == 401


def test_base_path(simulator):
    sim = simulator("--base-path", "/api/v3", "--no-limits")
    answer = sim.get("/api/v3/users/ada/followers")
    assert answer.status_code == 200 and f"<{sim.url}/api/v3/user/" in answer.headers["Link"]
    assert answer.json()[0]["url"].startswith(f"{sim.url}/api/v3/users/")
    assert not [name for name in answer.headers if "ratelimit" in name.lower()]
    assert sim.get("/users/ada").status_code == 404 and sim.get("/api/v3/rate_limit").status_code == 404
    asked = sim.post("/api/graphql", {"query": '{user(login:"ada"){login}}'})
    assert asked.json() == {"data": {"user": {"login": "ada"}}}
    assert re.match(r"[0-9A-F]{4}:", answer.headers["X-GitHub-Request-Id"])
