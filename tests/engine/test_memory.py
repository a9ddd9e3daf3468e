"""A crawler's memory does not grow with the list it reads."""
import re

from fake_github import FakeGitHub, profile, user

PAGES = 1500


class Long(FakeGitHub):
    """A list of many pages, all of the same hundred people."""

    def __init__(self):
        super().__init__()
        self.people = [user(i, f"f-{i}") for i in range(1, 101)]
        self.answers.update({f"/users/{u['login']}": profile(u["id"], u["login"]) for u in self.people})
        self.answers.update({"/users/person": profile(700, "person", followers=PAGES * 100),
                             "/users/person/starred?per_page=100": []})
        self.page = 1

    def answer(self, method, path, headers):
        if "/followers" in path:
            found = re.search(r"&page=(\d+)", path)
            self.page = int(found[1]) if found else 1
            link = {"Link": f'<{self.url}/users/person/followers?per_page=100&page={self.page + 1}>; rel="next"'}
            self.answers[path] = (200, link if self.page < PAGES else {}, self.people)
        return super().answer(method, path, headers)


def anonymous_kb(p):
    return int(re.search(r"RssAnon:\s+(\d+) kB", open(f"/proc/{p.popen.pid}/status").read())[1])


def test_a_long_list_takes_no_more_memory_than_a_short_one(stack):
    github = Long()
    try:
        s = stack(github.url, GITHUB_HYDRATION="rest")
        crawler = s.crawler()
        s.task("full_profile_sync", "person")
        s.wait_until(lambda: github.page >= PAGES // 5, 60, "a fifth of the pages")
        before = anonymous_kb(crawler)
        s.wait_until(lambda: github.page == PAGES, 120, "the pages")
        grown = anonymous_kb(crawler) - before
        assert grown < 1024, f"{grown} kB for {PAGES * 4 // 5} pages"
        s.wait_idle(60)
    finally:
        github.stop()
