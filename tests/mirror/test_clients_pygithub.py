"""PyGithub as Debian ships it, unmodified, with the mirror as its base_url."""
import pytest

github = pytest.importorskip("github", reason="python3-github is not installed")


@pytest.fixture
def client(shared):
    def make(token="a", per_page=100, base=""):
        return github.Github(token, base_url=shared.mirror.url + base, per_page=per_page, retry=None)
    return make


def ids(sim, truth, login, what):
    """Ids of a list, from the truth of the simulator."""
    user = next(u for u in truth["users"] if u["login"] == login)["id"]
    return {"followers": [a for a, b in truth["follows"] if b == user],
            "following": [b for a, b in truth["follows"] if a == user],
            "starred": [r for u, r, _ in truth["stars"] if u == user],
            "repos": [r["id"] for r in truth["repos"] if r["owner"]["id"] == user]}[what]


@pytest.mark.parametrize("base", ["", "/api/v3"])
@pytest.mark.parametrize("what", ["followers", "following", "starred", "repos"])
def test_paginate_lists(shared, client, what, base):
    user = client(per_page=30, base=base).get_user("ada")
    for _ in range(2):  # cold, then from the cache
        got = [item.id for item in getattr(user, f"get_{what}")()]
        assert sorted(got) == sorted(ids(shared.sim, shared.truth, "ada", what)) and len(got) > 30


def test_a_list_backwards_and_by_page_number(shared, client):
    followers = client(per_page=30).get_user("ada").get_followers()
    forwards = [u.login for u in followers]
    assert followers.totalCount == len(forwards)
    assert [u.login for u in followers.get_page(1)] == forwards[30:60]
    assert [u.login for u in followers.reversed] == forwards[::-1]


def test_rate_limiting_is_what_github_says_now(shared, client):
    g = client()
    g.get_user("ada")
    remaining = [shared.sim.session.get(shared.sim.url + "/rate_limit", headers={"Authorization": "token a"},
                                        timeout=20).json()["resources"]["core"]["remaining"]]
    assert g.rate_limiting == (remaining[0], 1000000)
    g.get_user("ada").name  # a hit: nothing is spent, and the headers say so
    assert g.rate_limiting == (remaining[0], 1000000)
    shared.sim.session.get(shared.sim.url + "/users/ada/orgs", headers={"Authorization": "token a"}, timeout=20)
    g.get_user("ada").name  # another client spent one: fresh also on a hit
    assert g.rate_limiting == (remaining[0] - 1, 1000000)
    assert g.get_rate_limit().core.remaining == remaining[0] - 1


def test_conditional_gets(shared, client):
    repo = client().get_repo(shared.repo["full_name"])
    assert repo.etag and repo.last_modified
    assert repo.update() is False  # If-None-Match and If-Modified-Since were honoured
    user = client().get_user("ada")
    assert user.update() is False


def test_objects_follow_their_own_addresses(shared, client):
    """Address members lead to the mirror: PyGithub refuses to ask any other host."""
    g = client()
    repo = g.get_repo(shared.repo["full_name"])
    assert repo.url.startswith(shared.mirror.url + "/")
    assert repo.owner.name == next(u for u in shared.truth["users"] if u["id"] == repo.owner.id)["name"]
    assert repo.get_readme().decoded_content.startswith(b"# ")
    assert [c.sha for c in repo.get_commits()][0] == repo.get_commits()[0].sha
    assert repo.get_contents("notes/what is #1?.md").path == "notes/what is #1?.md"
    assert repo.get_archive_link("zipball").startswith("http://")  # another host: left to the client


def test_errors_are_the_ones_pygithub_knows(shared, client):
    with pytest.raises(github.UnknownObjectException):
        client().get_repo("no/such-repository")
    with pytest.raises(github.BadCredentialsException):
        client("wrong-token").get_user("ada").name


@pytest.mark.parametrize("kind", ["primary", "secondary"])
def test_a_limit_is_its_rate_limit_error(lab, kind):
    sim = lab.sim("synthetic", "--limit", 1) if kind == "primary" else lab.github("--retry-after", 60)
    mirror = lab.mirror(sim)
    sim.config(faults=int(kind == "secondary"), fault_kinds="403")
    mirror.request("GET", "/users/ada", headers={"Authorization": "token a"})  # as PyGithub writes it
    asked = len(sim.trace())
    g = github.Github("a", base_url=mirror.url, retry=None)
    with pytest.raises(github.RateLimitExceededException) as refused:
        g.get_user("bob").name
    assert refused.value.status == 403 and len(sim.trace()) == asked  # the mirror knew
    if kind == "primary":
        assert g.rate_limiting == (0, 1) and g.rate_limiting_resettime > 0


def test_writes(lab):
    sim = lab.github("--token", "a=ada")
    g = github.Github("a", base_url=lab.mirror(sim).url, retry=None)
    me = g.get_user()
    repo = next(r for r in sim.truth()["repos"] if r["owner"]["login"] != "ada")
    target = g.get_repo(repo["full_name"])
    before = target.stargazers_count
    starred = me.has_in_starred(target)
    (me.remove_from_starred if starred else me.add_to_starred)(target)
    assert me.has_in_starred(target) is not starred
    assert g.get_repo(repo["full_name"]).stargazers_count == before + (-1 if starred else 1)
    me.edit(bio="written through the mirror")
    assert g.get_user("ada").bio == "written through the mirror"
    made = me.create_repo("made-through-the-mirror")
    made.edit(description="changed")
    assert g.get_repo(made.full_name).description == "changed"
    made.delete()
    with pytest.raises(github.UnknownObjectException):
        g.get_repo(made.full_name)
