"""Tokens are nowhere, private answers are for their owner, and a Host header changes nothing for anybody else."""
import base64
import gzip
import json
import subprocess
import urllib.parse

import pytest

SECRETS = {"bearer": "ghp_NeverToBeSeenBearer0123456789", "basic": "ghp_NeverToBeSeenBasic0123456789",
           "query": "ghp_NeverToBeSeenQuery0123456789", "wrong": "ghp_NeverToBeSeenWrong0123456789",
           "pool": "ghp_NeverToBeSeenPool0123456789", "hook": "NeverToBeSeenHook 'quoted' \"twice\" %2F%20\\ \u00fc end",
           "coded": "NeverToBe Seen\"Coded' %41%00%zz"}


def forms(secret):
    """A secret as it could stand somewhere: plain, hex, Base64 at each of its three offsets, percent-encoded."""
    raw = secret.encode()
    out = {raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(secret).encode(), urllib.parse.quote_plus(secret).encode(),
           json.dumps(secret)[1:-1].encode(), secret.replace('"', '\\"').encode()}
    out |= {part.encode() for part in (secret.split("'")[0], secret.split('"')[0]) if len(part) > 12}
    for offset in range(3):
        out.add(base64.b64encode(b"x" * offset + raw)[4:-4])
    return out


def found_in(text):
    return [name for name, secret in SECRETS.items() if any(form in text for form in forms(secret))]


def dump(stack):
    """The whole database as text, and every stored body in the open."""
    done = subprocess.run(["pg_dump", "--inserts", "--dbname", stack.url], stdout=subprocess.PIPE, check=True, timeout=60)
    bodies = b"\n".join(bytes(row[0]) for row in stack.rows("select bytes from mirror_bodies"))
    opened = b""
    for row in stack.rows("select bytes from mirror_bodies"):
        try:
            opened += gzip.decompress(bytes(row[0]))
        except OSError:
            pass
    return done.stdout + bodies + opened


def test_tokens_are_in_no_table_log_error_or_metric(lab):
    sim = lab.github("--token", SECRETS["bearer"] + "=ada", "--token", SECRETS["basic"], "--token", SECRETS["pool"])
    stack = lab.stack(sim.url, LOG_LEVEL="debug")
    mirror = lab.mirror(sim, stack, GITHUB_TOKEN=SECRETS["pool"], MIRROR_CREDENTIALS="pool",
                        GITHUB_WEBHOOK_SECRET=SECRETS["hook"], MIRROR_WEBHOOK_SECRET=SECRETS["hook"])
    basic = "Basic " + base64.b64encode(f"ada:{SECRETS['basic']}".encode()).decode()
    ways = [{"Authorization": f"Bearer {SECRETS['bearer']}"}, {"Authorization": f"token {SECRETS['bearer']}"},
            {"Authorization": basic}, {"Authorization": f"Bearer {SECRETS['wrong']}"},
            {"Authorization": SECRETS["wrong"]}, {}, {"Authorization": f"Bearer {SECRETS['coded']}"}, {"Authorization": SECRETS["coded"]},
            {"Authorization": f'Digest response="{SECRETS["coded"]}"'}]
    told = b""

    def note(answer):
        nonlocal told
        told += answer.body + str(answer.headers).encode()
    for _ in range(2):
        for headers in ways:
            note(mirror.get("/users/ada", headers=headers))
            note(mirror.get("/no/such/path", headers=headers))
            note(mirror.request("PATCH", "/user", headers={**headers, "Content-Type": "application/json"}, body=b"{}"))
            note(mirror.request("POST", "/graphql", headers={**headers, "Content-Type": "application/json"},
                                body=b'{"query":"{ viewer { login } }"}'))
    # In the query GitHub refuses it since 2021; it must not be kept or logged all the same.
    for key in ("access_token", "client_secret", "token"):
        mirror.get(f"/users/ada?{key}={SECRETS['query']}")
        mirror.get(f"/users/ada?{key}={urllib.parse.quote(SECRETS['coded'])}&a=b")
        mirror.get(f"/users/ada?a=b;{key}={SECRETS['query']};c=d")
        mirror.get(f"/users/ada?a=b&{key.replace('_', '%5F')}={urllib.parse.quote_plus(SECRETS['coded'])}")
    mirror.request("POST", "/_webhook", headers={"X-GitHub-Event": "push", "X-Hub-Signature-256": SECRETS["hook"]}, body=b"{}")
    for kind in ("500", "reset"):  # errors of the transport name what went wrong, not with what
        sim.config(faults=1, fault_kinds=kind)
        for headers in ways[:3]:
            note(mirror.get("/users/ada?new=1", headers=headers))
    sim.config(faults=0)
    told += mirror.get("/metrics").body + mirror.get("/healthz").body
    assert found_in(told) == []
    mirror.stop()
    assert stack.one("select count(*) from mirror_pages") >= 3
    assert found_in(dump(stack)) == []
    logs = stack.logs(10 ** 9).encode()
    assert len(logs) > 1000 and found_in(logs) == []


def test_the_search_for_secrets_finds_them():
    """It can fail: each form is found where it occurs."""
    for secret in SECRETS.values():
        for text in (secret.encode(), secret.encode().hex().encode(), base64.b64encode(f"ada:{secret}".encode()),
                     base64.b64encode(f"x{secret}".encode())):
            assert found_in(b"before " + text + b" after"), text


PRIVATE = "known to its owner alone"


@pytest.fixture
def private(lab):
    """(sim, path, name) of a private repository of ada's."""
    sim = lab.github("--token", "a=ada", "--token", "b", "--token", "ghs_installation")
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] == "ada" and not r["fork"]
                and not r["forks_count"] and r["size"])["full_name"]
    sim.mutate({"op": "edit_repo", "repo": repo, "set": {"description": PRIVATE}},
               {"op": "set_private", "repo": repo, "private": True})
    return sim, f"/repos/{repo}", repo


OTHERS = ["b", "ghs_installation", "wrong", None]


def nobody_else(mirror, path, statuses):
    for token in OTHERS:
        for headers in ({}, {"Cache-Control": "stale-while-revalidate=600"}, {"Cache-Control": "max-stale=600"},
                        {"Cache-Control": "only-if-cached"}):
            got = mirror.get(path, token, headers)
            assert got.status in statuses and PRIVATE.encode() not in got.body, (token, headers, got)
            assert PRIVATE not in str(got.headers)


@pytest.mark.parametrize("fresh", [0, 3600])
def test_token_b_never_sees_as_private_body(lab, private, fresh):
    sim, path, repo = private
    mirror = lab.mirror(sim, MIRROR_FRESH_SECONDS=fresh, GITHUB_STATUS_SECONDS=1)
    for _ in range(2):
        mine = mirror.get(path, "a")
        assert mine.status == 200 and mine.json()["description"] == PRIVATE
        nobody_else(mirror, path, {401, 404, 504})
        nobody_else(mirror, f"{path}/readme", {401, 404, 504})
    for token in OTHERS:  # the owner's ETag is no key either
        got = mirror.get(path, token, {"If-None-Match": mine.etag})
        assert got.status in (401, 404), got
        assert mirror.request("HEAD", path, token).status in (401, 404)
    assert mirror.get(path, "a").status == 200


@pytest.mark.parametrize("trouble", ["500", "reset", "limited", "offline"])
def test_private_answers_stay_private_during_an_outage(lab, private, trouble):
    """When the cache answers instead of GitHub, each client gets its own pages."""
    sim, path, repo = private
    mirror = lab.mirror(sim, GITHUB_STATUS_SECONDS=1)
    assert mirror.get(path, "a").status == 200
    nobody_else(mirror, path, {401, 404, 504})
    if trouble == "limited":
        sim.config(limit=0, anonymous_limit=0)
    elif trouble == "offline":
        sim.config(status="major_outage")
        mirror.stack.wait_until(lambda: mirror.get(path, "a").label == "OFFLINE_HIT", 10, "offline")
    else:
        sim.config(faults=1, fault_kinds=trouble)
    mine = mirror.get(path, "a")
    assert mine.status == 200 and mine.json()["description"] == PRIVATE and mine.label != "ONLINE_HIT"
    nobody_else(mirror, path, {401, 403, 404, 429, 500, 502, 504})


def test_private_answers_of_graphql_stay_private(lab, private):
    sim, path, repo = private
    mirror = lab.mirror(sim, MIRROR_GRAPHQL_FRESH_SECONDS=600)
    owner, name = repo.split("/")
    query = ('{"query":"{ repository(owner: \\"%s\\", name: \\"%s\\") { description } }"}' % (owner, name)).encode()
    ask = {"Content-Type": "application/json"}
    assert mirror.request("POST", "/graphql", "a", ask, query).json()["data"]["repository"]["description"] == PRIVATE
    for token in OTHERS:
        assert PRIVATE.encode() not in mirror.request("POST", "/graphql", token, ask, query).body


def test_a_repository_that_became_private_is_not_shown_on(lab):
    """Public and cached for both; then 404 for one of them: that page is deleted, and no failure brings it back."""
    sim = lab.github("--token", "a=ada", "--token", "b")
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] == "ada" and not r["fork"] and not r["forks_count"])
    mirror, path = lab.mirror(sim, MIRROR_NEGATIVE_SECONDS=0), f"/repos/{repo['full_name']}"
    assert mirror.get(path, "a").status == mirror.get(path, "b").status == 200
    sim.mutate({"op": "set_private", "repo": repo["full_name"], "private": True})
    assert mirror.get(path, "b").status == 404
    assert mirror.get(path, "a").status == 200
    sim.config(faults=1, fault_kinds="500")
    assert mirror.get(path, "b").status == 500 and mirror.get(path, "a").status == 200


HOSTS = ["evil.example", "evil.example:80", "127.0.0.1:1", '"><script>', "a b", "evil.example/path", "x@evil.example",
         "[::1]:80", "", "a" * 400]


def bodies_and_links(answer):
    return answer.body + str(answer["Link"]).encode() + str(answer["Location"]).encode()


def test_forged_hosts_change_nothing_with_a_mirror_url(lab):
    sim = lab.github("--token", "a=ada")
    mirror = lab.mirror(sim, GITHUB_MIRROR_URL="https://mirror.example/github")
    path = "/users/ada/repos?per_page=2"
    normal = mirror.get(path, "a")
    assert normal.json()[0]["url"].startswith("https://mirror.example/github/repos/")
    assert normal.links()["next"].startswith("https://mirror.example/github/user/")
    for host in HOSTS:
        for more in ({}, {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}):
            try:
                got = mirror.get(path, "a", {"Host": host, **more})
            except ConnectionError:
                continue
            assert got.status == 400 or bodies_and_links(got) == bodies_and_links(normal), host
    assert bodies_and_links(mirror.get(path, "a")) == bodies_and_links(normal)


def test_forged_hosts_change_nothing_for_others(lab):
    """Without GITHUB_MIRROR_URL the checked Host is the base. What one client says is in no other client's answer."""
    sim = lab.github("--token", "a=ada")
    mirror, path = lab.mirror(sim), "/users/ada/repos?per_page=2"
    for host in HOSTS:  # before anything is cached, then after
        try:
            got = mirror.get(path, "a", {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"})
        except ConnectionError:
            continue
        for bad in (b"<script>", b"x@evil", b"evil.example/path", b"a b", b"gopher", b"a" * 400):
            assert bad not in bodies_and_links(got), host
        normal = mirror.get(path, "a")
        assert b"evil" not in bodies_and_links(normal)
        assert normal.json()[0]["url"].startswith(mirror.url + "/repos/")
    assert found_evil(mirror.stack) == []


def found_evil(stack):
    return [row[0] for row in stack.rows("select url from mirror_pages") if "evil" in row[0]] \
        + [1 for row in stack.rows("select headers from mirror_pages") if b"evil" in bytes(row[0])]
