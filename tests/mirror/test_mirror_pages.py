"""Lists: pages that grow under an unchanged ETag, links that move, addresses of two spellings."""
import json

import pytest


@pytest.fixture
def github(lab):
    return lab.github("--token", "a=ada")


def follow_all(sim, target, want):
    """Makes `target` have exactly `want` followers or more, by new accounts."""
    made = []
    while len(made) < want:
        name = f"follower-{len(made)}"
        made.append(name)
        sim.mutate({"op": "new_user", "login": name, "type": "User"}, {"op": "follow", "user": name, "target": target})
    return made


@pytest.mark.parametrize("link", ["on", "off"])
def test_a_full_last_page_that_grew_shows_its_next(lab, github, link):
    """Its own body did not change, so GitHub says 304; the link to the next page is new."""
    github.config(link_on_304=link)
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 4)
    mirror, path = lab.mirror(github), "/users/target/followers?per_page=2"
    pages = mirror.pages(path, "a")
    assert len(pages) == 2 and "next" not in pages[1].links()
    github.mutate({"op": "new_user", "login": "late", "type": "User"}, {"op": "follow", "user": "late", "target": "target"})
    again = mirror.pages(path, "a")
    assert [len(p.json()) for p in again] == [2, 2, 1]
    assert [u["login"] for p in again for u in p.json()][-1] == "late"


@pytest.mark.parametrize("link", ["on", "off"])
def test_a_single_full_page_without_any_link_that_grew(lab, github, link):
    github.config(link_on_304=link)
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 3)
    mirror, path = lab.mirror(github), "/users/target/followers?per_page=3"
    assert not mirror.get(path, "a")["Link"]
    github.mutate({"op": "new_user", "login": "late", "type": "User"}, {"op": "follow", "user": "late", "target": "target"})
    assert [len(p.json()) for p in mirror.pages(path, "a")] == [3, 1]


def test_a_page_that_is_not_full_is_not_requested_twice(lab, github):
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 3)
    mirror, path = lab.mirror(github), "/users/target/followers?per_page=4"
    mirror.get(path, "a")
    asked, charged = len(github.trace()), github.charged()
    assert mirror.get(path, "a").label == "ONLINE_HIT"
    assert len(github.trace()) == asked + 1 and github.charged() == charged


def test_a_middle_pages_link_is_refreshed_by_the_304(lab, github):
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 6)
    mirror, path = lab.mirror(github), "/users/target/followers?per_page=2&page=2"
    before = mirror.get(path, "a")
    assert before.links()["last"].endswith("page=3")
    for n in range(2):
        github.mutate({"op": "new_user", "login": f"late-{n}", "type": "User"},
                      {"op": "follow", "user": f"late-{n}", "target": "target"})
    after = mirror.get(path, "a")
    assert after.label == "ONLINE_HIT" and after.body == before.body
    assert after.links()["last"].endswith("page=4"), after["Link"]
    asked = mirror.get(path, "a")
    assert asked.links() == after.links()


@pytest.mark.parametrize("link", ["on", "off"])
@pytest.mark.parametrize("page", [1, 2])
def test_counting_by_the_last_page_of_pages_of_one(lab, github, link, page):
    """rel=last of `per_page=1` is how clients count: it is GitHub's of now, also on a first or middle page that is unchanged."""
    github.config(link_on_304=link)
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 4)
    mirror, path = lab.mirror(github), f"/users/target/followers?per_page=1&page={page}"
    assert mirror.get(path, "a").links()["last"].endswith("page=4")
    github.mutate({"op": "new_user", "login": "late", "type": "User"}, {"op": "follow", "user": "late", "target": "target"})
    assert mirror.get(path, "a").links()["last"].endswith("page=5")
    follow = {"op": "unfollow", "user": "late", "target": "target"}
    github.mutate(follow)
    assert mirror.get(path, "a").links()["last"].endswith("page=4")


def test_a_page_whose_link_has_no_last_is_not_requested_twice(lab, github):
    """Lists by `since` say only what is next, which the page itself decides."""
    github.config(link_on_304="off")
    mirror, path = lab.mirror(github), "/users?since=0&per_page=5"
    assert "next" in mirror.get(path, "a").links()
    asked = len(github.trace())
    again = mirror.get(path, "a")
    assert again.label == "ONLINE_HIT" and "next" in again.links() and len(github.trace()) == asked + 1


def test_per_page_of_a_full_page_without_the_parameter(lab, github):
    """Thirty is what GitHub gives when nobody asks."""
    github.mutate({"op": "new_user", "login": "target", "type": "User"})
    follow_all(github, "target", 30)
    github.config(link_on_304="off")
    mirror, path = lab.mirror(github), "/users/target/followers"
    assert len(mirror.get(path, "a").json()) == 30
    github.mutate({"op": "new_user", "login": "late", "type": "User"}, {"op": "follow", "user": "late", "target": "target"})
    assert "next" in mirror.get(path, "a").links()


def test_links_point_to_the_mirror_and_have_their_own_entries(lab, github):
    mirror = lab.mirror(github)
    pages = mirror.pages("/users/ada/starred?per_page=40&sort=created", "a")
    assert len(pages) > 1 and all("&sort=created" in u or "sort=created" in u for p in pages for u in p.links().values())
    charged = github.charged()
    again = mirror.pages("/users/ada/starred?per_page=40&sort=created", "a")
    assert [p.body for p in again] == [p.body for p in pages] and github.charged() - charged <= 1
    assert [p.label for p in again][:-1] == ["ONLINE_HIT"] * (len(again) - 1)


@pytest.mark.parametrize("path, full, asked_again", [
    ("/notifications?per_page=100", 50, True), ("/notifications?per_page=100", 49, False), ("/notifications", 50, True),
    ("/notifications", 49, False), ("/notifications?per_page=0", 30, False), ("/notifications?per_page=0", 50, True), ("/notifications?per_page=abc", 49, False),
    ("/notifications?per_page=30", 30, True), ("/notifications?all=true", 30, False), ("/repos/o/r/notifications?per_page=100", 50, False),
    ("/x?per_page=100&per_page=5", 5, True), ("/x?per_page=5&per_page=100", 5, True), ("/x?per%5Fpage=5", 5, True), ("/x?per_page=%35", 5, True), ("/x?a;per_page=5", 5, True),
    ("/x?per_page=5", 4, False), ("/x?per_page=1000", 100, True), ("/x?per_page=0", 30, True), ("/x?per_page=abc", 30, True), ("/x?per_page=99999999999999999999", 100, True),
    ("/x?per_page=100", 30, False), ("/x?per_page=", 30, True), ("/x?xper_page=5", 5, False)])
def test_how_many_items_are_a_full_page(lab, path, full, asked_again):
    """Servers differ in which of several values counts; notifications are fifty at most. A page that may be full is asked for again."""
    body = json.dumps(list(range(full))).encode()
    upstream = lab.recorder(lambda seen: (304, {"ETag": '"1"'}, b"") if seen.get("If-None-Match") else (200, {"ETag": '"1"'}, body))
    mirror = lab.mirror(upstream)
    for _ in range(2):
        assert mirror.get(path, "t").body == body
    assert [bool(s.get("If-None-Match")) for s in upstream.asked()] == [False, True] + [False] * asked_again


@pytest.mark.parametrize("link, asked_again", [('<{}/x?page=9>; rel=last', True), ("<{}/x?page=9>; rel='last'", True), ('<{}/x?page=9>; REL="prev LAST"', True),
                                               ('<{}/x?page=9>; title="a, b; rel=next"; rel="last"', True), ('<{}/x?page=9; rel="last"', True),
                                               ('{}/x?page=9; rel="last"', True), ('<{}/x?page=2>; rel="next"', False), ('<{}/x?page=9>; rev="last"', False), ("", False)])
def test_links_in_any_notation(lab, link, asked_again):
    """RFC 8288, 3: one that cannot be read may have a last page."""
    upstream = lab.recorder(lambda seen: (304, {"ETag": '"1"'}, b"") if seen.get("If-None-Match") else (200, {"ETag": '"1"', "Link": link.format(upstream.url)}, b"[1]"))
    mirror = lab.mirror(upstream)
    for _ in range(2):
        assert mirror.get("/x?per_page=2", "t").body == b"[1]"
    assert [bool(s.get("If-None-Match")) for s in upstream.asked()] == [False, True] + [False] * asked_again
