"""Access to the mirror, and the quota spent for clients without a credential."""
import pytest


@pytest.fixture
def github(lab):
    sim = lab.github("--users", 40, "--token", "t=ada", "--token", "owner=ada")
    other = next(u["login"] for u in sim.truth()["users"] if u["type"] == "User" and u["login"] != "ada")
    sim.stop()
    made = lab.github("--users", 40, "--token", "a=ada", "--token", f"b={other}", "--token", "ghs_installation")
    made.other = other
    return made


def who_calls(sim):
    return [t["credential"] for t in sim.trace() if t["path"] == "/user"]


def test_the_list_of_users(lab, github):
    mirror = lab.mirror(github, GITHUB_USERS="Somebody:ADA:other")
    nobody = mirror.get("/users/ada")
    assert nobody.status == 401 and nobody.json()["message"]
    for _ in range(3):
        assert mirror.get("/users/ada", "a").status == 200  # without regard to case
        refused = mirror.get("/users/ada", "b")
        assert refused.status == 403 and github.other in refused.json()["message"]
    assert sorted(who_calls(github)) == sorted(["ada", github.other])  # one call a credential
    assert mirror.get("/users/ada", "ghs_installation").status == 200
    assert mirror.get("/users/ada", headers={"Authorization": "Basic eDpnaHNfaW5zdGFsbGF0aW9u"}).status == 200
    assert len(who_calls(github)) == 2
    wrong = mirror.get("/users/ada", "no-such-token")
    assert wrong.status == 401
    for method, path in (("POST", "/graphql"), ("PATCH", "/user"), ("DELETE", "/user/starred/a/b")):
        assert mirror.request(method, path, "b", {"Content-Type": "application/json"}, b"{}").status == 403
        assert mirror.request(method, path, None, {"Content-Type": "application/json"}, b"{}").status == 401
    assert mirror.get("/healthz").status == 200 and mirror.get("/metrics").status == 200


def test_the_answer_lasts_a_day_also_over_a_restart(lab, github):
    stack = lab.stack(github.url)
    mirror = lab.mirror(github, stack, GITHUB_USERS="ada")
    assert mirror.get("/users/ada", "a").status == 200 and mirror.get("/users/ada", "b").status == 403
    assert len(who_calls(github)) == 2
    mirror.process.kill()
    mirror = lab.mirror(github, stack, GITHUB_USERS="ada")
    assert mirror.get("/users/ada", "a").status == 200 and mirror.get("/users/ada", "b").status == 403
    assert len(who_calls(github)) == 2


def test_many_first_requests_ask_once(lab, github, together):
    github.config(latency=200)
    mirror = lab.mirror(github, GITHUB_USERS="ada")
    got = together(*[lambda n=n: mirror.get(f"/users/ada?n={n}", "a") for n in range(8)])
    assert {g.status for g in got} == {200} and who_calls(github) == ["ada"]


def test_users_who_cannot_be_verified_are_refused(lab, github):
    """GitHub does not say who it is: neither yes nor a lasting no."""
    mirror = lab.mirror(github, GITHUB_USERS="ada")
    github.config(faults=1, fault_kinds="500")
    got = mirror.get("/users/ada", "b")
    assert got.status >= 400 and b'"login"' not in got.body
    github.config(faults=0)
    assert mirror.get("/users/ada", "b").status == 403 and mirror.get("/users/ada", "a").status == 200


def test_without_a_list_all_users_are_admitted(lab, github):
    mirror = lab.mirror(github)
    assert mirror.get("/users/ada").status == mirror.get("/users/ada", "b").status == 200
    assert who_calls(github) == []


# ---- MIRROR_CREDENTIALS=pool ----

def test_the_pool_reads_for_clients_without_a_token(lab, github):
    mirror = lab.mirror(github, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="a")
    assert [mirror.get("/users/ada").label for _ in range(2)] == ["ONLINE_MISS", "ONLINE_HIT"]
    assert {t["credential"] for t in github.trace() if t["path"] == "/users/ada"} == {"ada"}
    asked = len(github.trace())
    for method, path in (("PATCH", "/user"), ("PUT", "/user/starred/a/b"), ("DELETE", "/repos/ada/x"), ("POST", "/user/repos")):
        refused = mirror.request(method, path, None, {"Content-Type": "application/json"}, b"{}")
        assert refused.status == 401 and refused.json()["message"], (method, path)
    mutation = b'{"query":"mutation { removeStar(input: {starrableId: \\"x\\"}) { clientMutationId } }"}'
    assert mirror.request("POST", "/graphql", None, {"Content-Type": "application/json"}, mutation).status == 401
    assert len(github.trace()) == asked  # none of it was asked of GitHub
    query = b'{"query":"{ user(login: \\"ada\\") { login } }"}'
    done = mirror.request("POST", "/graphql", None, {"Content-Type": "application/json"}, query)
    assert done.status == 200 and done.json()["data"]["user"]["login"] == "ada"
    own = mirror.get("/users/ada", "b")  # one that is brought is used
    assert own.status == 200 and github.trace()[-1]["credential"] == github.other


def test_without_the_pool_nothing_is_lent(lab, github):
    mirror = lab.mirror(github, GITHUB_TOKEN="a")
    assert mirror.get("/users/ada").status == 200
    assert {t["credential"] for t in github.trace()} == {"anonymous:127.0.0.1"}


def test_the_pool_keeps_to_the_shared_quota(lab):
    """No unit below RATE_LIMIT_STOP_THRESHOLD is spent, whatever clients ask for."""
    sim = lab.sim("synthetic", "--limit", 40, "--token", "a=ada")
    mirror = lab.mirror(sim, MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="a", RATE_LIMIT_STOP_THRESHOLD=25)
    logins = [u["login"] for u in sim.truth()["users"]][:40]
    got = [mirror.get(f"/users/{login}") for login in logins]
    served = [g for g in got if g.status == 200]
    assert 10 <= len(served) <= 15 and sim.charged() <= 15
    out = [g for g in got if g.status != 200]
    assert {(g.status, g["X-RateLimit-Remaining"]) for g in out} == {(403, "0")} and all(int(g["X-RateLimit-Reset"]) > 0 for g in out)
    again = mirror.get(f"/users/{logins[0]}")
    assert again.status == 200  # what is cached is served: a 304 costs nothing, or nobody asks
    assert sim.stats()["requests_while_exhausted"] == 0

