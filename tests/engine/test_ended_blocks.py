"""What GitHub refuses or blocks now and gives later: asked for again when it is due, with a token and without, and then synced."""
import json

import pytest
from beside import side_by_side
from fake_github import profile, repository, user
from stack import sync
from test_listed_but_gone import LISTS, edges
from test_mass_closing import Tagged

BLOCKS = {
    "access blocked": (403, {}, {"message": "Repository access blocked", "block": {"reason": "tos", "html_url": None}}),
    "dmca": (451, {}, {"message": "Repository access blocked", "block": {"reason": "dmca", "html_url": "https://github.com/github/dmca"}}),
    "451 alone": (451, {}, {"message": "Unavailable For Legal Reasons"}),
}
REFUSALS = {
    "forbidden": (403, {}, {"message": "Resource not accessible by personal access token"}),
    "allow list": (403, {}, {"message": "Although you appear to have the correct authorization credentials, "
                                        "the `x` organization has an IP allow list enabled"}),
    "sso": (403, {"X-GitHub-SSO": "required; url=https://github.com/orgs/x/sso"}, {
        "message": "Resource protected by organization SAML enforcement."}),
}
CREDENTIALS = {"token": {"GITHUB_TOKEN": "t"}, "token-rest": {"GITHUB_TOKEN": "t", "GITHUB_HYDRATION": "rest"}, "anonymous": {}}


class World(Tagged):
    """ada stars bob's r10 and r11 and follows dan; the details of r11 and dan are what the test says. GraphQL finds neither."""

    def __init__(self):
        super().__init__()
        bob = user(2, "bob")
        self.r, self.dan = repository(11, bob, "r11", stargazers_count=1), profile(4, "dan")
        fine = repository(10, bob, "r10")
        self.answers.update({**{path: [] for path in LISTS.values()}, "/users/ada": profile(1, "ada", following=1),
                             "/users/bob": profile(2, "bob"), "/repos/bob/r10": fine, "/repositories/10": fine,
                             LISTS["following"]: [user(4, "dan")],
                             LISTS["starred"]: [{"starred_at": "2020-01-01T00:00:00Z", "repo": fine},
                                                {"starred_at": "2021-01-01T00:00:00Z", "repo": self.r}]})
        self.answers["/user/1"], self.answers["/user/2"] = self.answers["/users/ada"], self.answers["/users/bob"]
        self.answers["/graphql"] = (200, {}, {"data": {"nodes": []}})
        self.lift()

    def refuse(self, answer):
        self.answers.update(dict.fromkeys(("/repos/bob/r11", "/repositories/11", "/users/dan", "/user/4"), answer))

    def lift(self):
        self.answers.update({"/repos/bob/r11": self.r, "/repositories/11": self.r, "/users/dan": self.dan, "/user/4": self.dan})

    def answer(self, method, path, headers):
        if path != "/graphql":
            return super().answer(method, path, headers)
        n = len(json.loads(headers["body"])["variables"]["ids"])
        errors = [{"type": "FORBIDDEN", "path": ["nodes", i], "message": "no"} for i in range(n)]
        return 200, {"Content-Type": "application/json"}, json.dumps({"data": {"nodes": [None] * n}, "errors": errors}).encode()

    def details(self):
        return [p for p in self.asked() if p in ("/repos/bob/r11", "/repositories/11", "/users/dan", "/user/4")]


@pytest.fixture
def github():
    made = World()
    yield made
    made.stop()


def synced(s):
    return s.rows("select login from developers where synced_at is not null and gone_at is null and github_id = 4 union all "
                  "select full_name from repositories where synced_at is not null and gone_at is null and github_id = 11 order by 1")


def days_pass(s, days):
    for table in ("developers", "repositories"):
        s.rows(f"update {table} set gone_at = gone_at - interval '{days} days' where gone_at is not null")


BOTH, WHOLE = [("bob/r11",), ("dan",)], [("f", 1, 4, None), ("s", 1, 10, 2020), ("s", 1, 11, 2021)]


def some(cases, slow):
    return [pytest.param(case, marks=pytest.mark.slow) if case in slow else case for case in cases]


WHO = some(CREDENTIALS, ["token-rest"])


@side_by_side
@pytest.mark.parametrize("known", [False, True], ids=["stub", "known"])
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("answer", some(BLOCKS, ["451 alone"]))
def test_a_repository_whose_block_ended_is_stored_again(answer, who, known, github, stack):
    s = stack(github.url, RATE_LIMIT_STOP_THRESHOLD=0, **CREDENTIALS[who])
    s.crawler()
    if known:
        sync(s)
        assert synced(s) == BOTH
    github.refuse(BLOCKS[answer])
    sync(s)
    if known:  # nothing of the list has changed, so what it names is not asked for: they are themselves
        sync(s, "full_repository_sync", "bob", "r11")
        sync(s, "full_profile_sync", "dan")
    assert synced(s) == [] and edges(s) == [("s", 1, 10, 2020)]
    assert s.rows("select distinct gone_reason from repositories where gone_at is not null union "
                  "select gone_reason from developers where gone_at is not null") == [("blocked",)]
    sync(s)
    sync(s)
    before = len(github.details())
    sync(s)
    assert len(github.details()) == before, "asked for before it is due"
    github.lift()
    days_pass(s, 3)
    sync(s)
    assert synced(s) == BOTH and edges(s) == WHOLE


@side_by_side
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("answer", some(REFUSALS, ["forbidden"]))
def test_a_repository_whose_refusal_ended_is_stored_again(answer, who, github, stack):
    """The next sync that names it asks again; its edges hold all the time."""
    s = stack(github.url, RATE_LIMIT_STOP_THRESHOLD=0, **CREDENTIALS[who])
    s.crawler()
    github.refuse(REFUSALS[answer])
    sync(s)
    assert synced(s) == [] and edges(s) == WHOLE
    sync(s)
    assert synced(s) == [] and edges(s) == WHOLE
    github.lift()
    sync(s)
    assert synced(s) == BOTH and edges(s) == WHOLE
    assert s.rows("select benched_until, blocked_until from credentials") in ([(None, None)], [])


@side_by_side
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("answer", some({**BLOCKS, **REFUSALS}, ["451 alone", "allow list", "sso"]))
def test_a_requested_repository_is_stored_once_its_block_ended(answer, who, github, stack):
    """Without a wait, as a person requests it."""
    s = stack(github.url, RATE_LIMIT_STOP_THRESHOLD=0, **CREDENTIALS[who])
    s.crawler()
    sync(s)
    github.refuse({**BLOCKS, **REFUSALS}[answer])
    sync(s, "full_repository_sync", "bob", "r11")
    assert s.rows("select gone_reason from repositories where github_id = 11") == [("blocked" if answer in BLOCKS else None,)]
    assert s.rows("select note from jobs where kind = 'full_repository_sync'")[0][0].startswith("blocked" if answer in BLOCKS else "restricted")
    github.lift()
    sync(s, "full_repository_sync", "bob", "r11")
    assert synced(s) == BOTH and edges(s) == WHOLE
