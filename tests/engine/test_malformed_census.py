"""A census' page that is odd in a part does not end the census, and one that says nothing is not its end."""
import json

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, repository, user

KINDS = {"users": ("developers", lambda n: user(n, f"u{n}")), "repositories": ("repositories", lambda n: repository(n, user(9000 + n, f"o{n}"), f"r{n}"))}


def page(kind, first, odd="", of=100):
    """Items of the ids from `first` on, the second of them with another part, and the last one with it as well."""
    items = [json.dumps(KINDS[kind][1](n)) for n in range(first, first + of)]
    for at in {1, of - 1} if odd else ():
        items[at] = items[at][:-1] + ", " + odd + "}"
    return ("[" + ",".join(items) + "]").encode()


class Lists(FakeGitHub):
    """After the last id there is an empty page."""

    def answer(self, method, path, headers):
        if path not in self.answers and "since=" in path:
            self.answers[path] = []
        return super().answer(method, path, headers)


def census(stack, kind, first_page):
    github = Lists()
    github.answers.update({f"/{kind}?since=0&per_page=100": first_page, f"/{kind}?since=100&per_page=100": page(kind, 101, of=20)})
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.run("census", kind)
        s.wait_until(lambda: s.open_jobs() == 0, 60, "its end")
        return s, s.rows(f"select count(*) from {KINDS[kind][0]} where github_id <= 120")[0][0], s.rows("select note from jobs where note is not null")
    finally:
        github.stop()


ODD = {"huge number": '"x": 1e400', "long number": '"size": ' + "9" * 30, "deep": '"x": ' + "[" * 3000 + "]" * 3000, "time": '"x_at": "never"',
       "text": '"node_id": {}', "count": '"followers": -1, "forks_count": "x"', "owner": '"owner": null', "nested": '"organization": {"name": [], "at_at": 5}'}


@side_by_side
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_a_malformed_item_loses_neither_its_page_nor_later_ones(kind, odd, stack):
    s, n, notes = census(stack, kind, page(kind, 1, odd))
    assert (n, notes) == (120, [])


@side_by_side
def test_an_id_that_is_written_as_a_text_is_the_last_one(stack):
    s, n, notes = census(stack, "users", page("users", 1, of=99)[:-1] + b', {"id": "100", "login": "u100"}]')
    assert (n, notes) == (120, [])


@side_by_side
def test_a_204_is_not_the_end(stack):
    s, n, notes = census(stack, "users", Several((204, {}, b""), page("users", 1)))
    assert (n, notes) == (120, [])


@side_by_side
def test_a_short_page_whose_link_cannot_be_read_is_not_the_last(stack):
    cut = {"Link": '</users?since=100&per_page=100; rel="next"'}
    s, n, notes = census(stack, "users", (200, cut, page("users", 1, of=50)[:-1] + b"," + page("users", 100, of=1)[1:]))
    assert (n, notes) == (71, [])


@side_by_side
@pytest.mark.parametrize("items", [b'["u1", "u2"]', b'[{"login": "u1"}]', b"[null]", b'[{"id": -5, "login": "u1"}]'])
def test_a_page_without_an_id_is_reported(items, stack):
    s, n, notes = census(stack, "users", items)
    assert (n, notes) == (0, [("incomplete: no id in the list of ids after 0",)])
