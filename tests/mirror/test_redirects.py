"""Redirects are followed inside GitHub's host; a credential never leaves it."""
import pytest


@pytest.fixture(scope="module")
def three(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("redirects"))
    upstream, other = made.recorder(None), made.recorder(lambda seen: (200, {"ETag": '"far"'}, b'{"far":true}'))
    yield made.mirror(upstream), upstream, other
    made.close()


@pytest.fixture
def two(three):
    """(mirror, its upstream, another host) without earlier requests; the test sets the answers of the upstream."""
    for recorder in three[1:]:
        recorder.seen.clear()
    return three


def redirect(upstream, to, status=301):
    upstream.answer = lambda seen: ((status, {"Location": to}, b'{"message":"Moved"}') if seen.target.startswith("/old")
                                    else (200, {"ETag": '"near"'}, b'{"near":true}'))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("relative", [True, False])
def test_inside_the_host_with_the_credential(two, status, relative):
    mirror, upstream, _ = two
    redirect(upstream, "/new?page=2" if relative else upstream.url + "/new?page=2", status)
    got = mirror.get("/old", "secret-token")
    assert got.status == 200 and got.json() == {"near": True}
    assert upstream.asked("/new")[0].target == "/new?page=2"
    assert upstream.asked("/new")[0].get("Authorization") == "Bearer secret-token"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_to_another_host_is_the_clients_business(two, status):
    mirror, upstream, other = two
    redirect(upstream, other.url + "/there?token=signed", status)
    got = mirror.get("/old", "secret-token")
    assert got.status == status and got["Location"] == other.url + "/there?token=signed"
    assert other.asked() == []


def test_another_port_user_info_and_look_alikes_are_other_hosts(two):
    mirror, upstream, other = two
    port = upstream.url.rsplit(":", 1)[1]
    for to in (f"http://127.0.0.1:{port}@{other.url.removeprefix('http://')}/x", f"//{other.url.removeprefix('http://')}/x",
               f"https://127.0.0.1:{port}/x", f"http://127.0.0.1.{port}/x", f"http://localhost:{port}/x", "file:///etc/passwd"):
        redirect(upstream, to)
        mirror.get("/old", "secret-token")
    assert all(not s.get("Authorization") for s in other.asked())
    assert not [s for s in upstream.asked() if not s.target.startswith("/old")]


def test_a_loop_ends(two):
    mirror, upstream, _ = two
    upstream.answer = lambda seen: (301, {"Location": "/old?again"}, b"{}")
    got = mirror.get("/old", "t")
    assert got.status in (301, 502) and len(upstream.asked()) < 12


def test_a_write_is_not_repeated_as_a_read(two):
    mirror, upstream, _ = two
    redirect(upstream, "/new", 301)
    done = mirror.request("POST", "/old", "t", {"Content-Type": "application/json"}, b'{"a":1}')
    assert done.status == 301 and upstream.asked("/new") == []


def test_a_renamed_repository(lab):
    sim = lab.github("--token", "a=ada")
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] == "ada" and not r["fork"])["full_name"]
    mirror = lab.mirror(sim)
    assert mirror.get(f"/repos/{repo}", "a").json()["full_name"] == repo
    sim.mutate({"op": "rename_repo", "repo": repo, "new_name": "renamed"})
    for _ in range(2):
        got = mirror.get(f"/repos/{repo}", "a")
        assert got.status == 200 and got.json()["full_name"] == "ada/renamed"
    assert got.label in ("ONLINE_HIT", "ONLINE_MISS")
    commits = mirror.get(f"/repos/{repo}/commits?per_page=1", "a")
    assert commits.status in (200, 409)
