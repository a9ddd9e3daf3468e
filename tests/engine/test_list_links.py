"""Where a list's Link header leads: a proxy's other scheme or name, nowhere, in a circle."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, user

FOLLOWERS = "/users/ada/followers?per_page=100"


@pytest.fixture
def github():
    made = FakeGitHub()
    yield made
    made.stop()


def page(n):
    """A page number of 100 followers; the third has 50."""
    return [user(1000 * n + i, f"p{n}-{i}") for i in range(50 if n == 3 else 100)]


def world(github, links, base=""):
    """links: page → its Link header's target, or None. Pages stand where GitHub has them."""
    for n in (1, 2, 3):
        path = base + (FOLLOWERS if n == 1 else f"/user/1/followers?per_page=100&page={n}")
        link = {"Link": f'<{links[n]}>; rel="next"'} if links.get(n) else {}
        github.answers[path] = (200, link, page(n))
        for p in page(n):
            detail = profile(p["id"], p["login"], following=1)
            github.answers[f"{base}/users/{p['login']}"] = github.answers[f"{base}/user/{p['id']}"] = detail
    github.answers[f"{base}/users/ada"] = github.answers[f"{base}/user/1"] = profile(1, "ada", followers=250)
    github.answers[f"{base}/users/ada/starred?per_page=100"] = []


def path_of(n):
    return f"/user/1/followers?per_page=100&page={n}"


def synced(s, complete=True):
    done = s.run("task", "full_profile_sync", "--username", "ada", "--wait", check=False, timeout=120)
    assert done.returncode == (0 if complete else 1), done.stderr
    s.check_queue()
    return done


@side_by_side
@pytest.mark.parametrize("origin", ["https://{host}", "http://ghe.example", "https://ghe.example:8443", "http://[::1]:9", "HTTPS://API.GITHUB.COM"])
def test_a_link_with_another_origin_is_requested_from_the_configured_one(github, stack, origin):
    host = github.url.split("://")[1]
    world(github, {n: origin.format(host=host) + path_of(n + 1) for n in (1, 2)})
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: s.rows("select note from jobs where kind = 'developer_followers' and state = 'completed'"), 60, "the list")
    assert s.rows("select note from jobs where kind = 'developer_followers'") == [(None,)]
    assert s.one("select count(*) from follows") == 250
    assert s.logs(10**6).count("github.foreign_link") == 1


@side_by_side
def test_a_base_with_a_path_keeps_it(github, stack):
    """A proxy that has the API below a path of its own, and passes GitHub's links on as they are."""
    world(github, {n: "https://api.github.com" + path_of(n + 1) for n in (1, 2)}, base="/github")
    s = stack(github.url + "/github", GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s)
    assert s.one("select count(*) from follows") == 250


NEXT = {
    "relative query": "<?per_page=100&page={n}>; rel=next",
    "relative name": '<followers?per_page=100&page={n}>; rel="next"',
    "relative path": '</user/1/followers?per_page=100&page={n}>; rel="next"',
    "no scheme": '<//x.example/user/1/followers?per_page=100&page={n}>; rel="next"',
    "part of a page": '<{url}/user/1/followers?per_page=100&page={n}#list>; rel="next"',
    "blanks": '< {url}/user/1/followers?per_page=100&page={n} > ; REL = "last Next"',
}


@side_by_side
@pytest.mark.parametrize("link", NEXT.values(), ids=NEXT.keys())
def test_every_spelling_of_a_link_is_followed(github, stack, link):
    world(github, {})
    for n in (1, 2):
        path = FOLLOWERS if n == 1 else path_of(n)
        answer = (200, {"Link": link.format(n=n + 1, url=github.url)}, page(n))
        github.answers[path] = github.answers[path.replace("/user/1/", "/users/ada/")] = answer
    github.answers[path_of(3).replace("/user/1/", "/users/ada/")] = page(3)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s)
    assert s.one("select count(*) from follows") == 250


@side_by_side
@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
def test_a_link_header_a_proxy_adds_hides_none_of_githubs(github, stack, first):
    class Headers(dict):  # both lines of it
        def items(self):
            lines = [("Link", "</style.css>; rel=preload; as=style"), ("Link", self["Link"])]
            return [*lines[::1 if first else -1], *((k, v) for k, v in super().items() if k != "Link")]
    world(github, {n: github.url + path_of(n + 1) for n in (1, 2)})
    plain = github.answer

    def answer(method, path, headers):
        status, more, body = plain(method, path, headers)
        return status, Headers(more) if "Link" in more else more, body
    github.answer = answer
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s)
    assert s.one("select count(*) from follows") == 250


@side_by_side
@pytest.mark.parametrize("link", ['<{url}; rel="next"', '{url}; rel="next"', '<{url}>; rel="next', '<{url}> rel=next', f'<{{url}}&x={"y" * 2100}>; rel="next"'],
                         ids=["no end", "bare", "no quote", "no semicolon", "too long"])
def test_an_unreadable_link_header_is_reported(github, stack, link):
    world(github, {})
    github.answers[FOLLOWERS] = (200, {"Link": link.format(url=github.url + path_of(2))}, page(1))
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s, complete=False)
    assert s.rows("select note from jobs where kind = 'developer_followers'") == [
        ("incomplete: the Link header cannot be read; closed nothing",)]


@side_by_side
@pytest.mark.parametrize("target", ["ftp://x/y?page=2", "https://user:pw@{host}/user/1/followers?page=2", "https://{host}/../x?page=2",
                                    "http://{host}/a{{?page}}", "javascript:x", "https://"])
def test_an_unknown_next_page_is_reported(github, stack, target):
    host = github.url.split("://")[1]
    world(github, {1: target.format(host=host)})
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    done = synced(s, complete=False)
    assert "could not read everything" in done.stderr and "developer_followers of ada" in done.stderr
    note, = s.rows("select note from jobs where kind = 'developer_followers'")
    assert note[0].startswith("incomplete: ") and "closed nothing" in note[0]
    assert "job.incomplete" in s.logs(10**6) and s.one("select count(*) from follows") == 100


@side_by_side
@pytest.mark.parametrize("page", [1, 2])
def test_a_last_page_without_a_link_to_it_is_reported(github, stack, page):
    """A cache that left out a part of the header. The last page names itself, or none."""
    world(github, {n: github.url + path_of(n + 1) for n in (1, 2)})
    path = FOLLOWERS if page == 1 else path_of(page)
    status, _, people = github.answers[path]
    github.answers[path] = (status, {"Link": f'<{github.url}{path_of(3)}>; rel="last", <{github.url}{path_of(1)}>; rel="first"'}, people)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s, complete=False)
    assert s.one("select count(*) from follows") == 100 * page
    assert s.rows("select note from jobs where kind = 'developer_followers'") == [
        ("incomplete: the Link header has a last page, but no next one; closed nothing",)]


CIRCLES = {"back to the first": {1: 2, 2: 1}, "itself": {1: 2, 2: 2}, "three": {1: 2, 2: 3, 3: 1}, "behind": {1: 2, 2: 3, 3: 2}}


@side_by_side
@pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES.keys())
@pytest.mark.parametrize("numbered", [True, False], ids=["numbers", "cursors"])
def test_pages_in_a_circle_end_the_list(github, stack, circle, numbered):
    def path(n):
        return path_of(n) if numbered and n > 1 else FOLLOWERS if n == 1 else f"/user/1/followers?per_page=100&after=c{n}"
    world(github, {n: github.url + path(to) for n, to in circle.items()})
    for n in (2, 3):
        github.answers[path(n)] = github.answers[path_of(n)]
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    synced(s, complete=False)
    read = max(max(circle), max(circle.values()))
    assert s.one("select count(*) from follows") == (250 if read == 3 else 200)
    assert s.rows("select note from jobs where kind = 'developer_followers'") == [
        ("incomplete: the links between pages form a circle; closed nothing",)]
    assert max(github.asked().count(p) for p in github.asked() if "followers" in p) <= 3
