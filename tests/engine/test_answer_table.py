"""docs/crawling.md names the effect of each kind of answer: every row is run."""
import json
import pathlib
import re
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user

DOC = pathlib.Path(__file__).resolve().parents[2] / "docs" / "crawling.md"
FOLLOWERS = "/users/ada/followers?per_page=100"
STARGAZERS, STAR_HISTORY = "/repos/ada/r/stargazers?per_page=100", "/repos/ada/r/stargazers/history?per_page=30"
OF_REPOSITORIES = {"repository": "/repos/ada/r", "stargazers": STARGAZERS, "star history": STAR_HISTORY}
TYPES = {"JSON": "application/json; charset=utf-8", "HTML": "text/html", "text": "text/plain", "none": "", "": ""}


def rows():
    """(request, status, type, header, body, effect) of each row of the table."""
    lines = DOC.read_text().splitlines()
    at = lines.index("| request | status | type | header | body | effect |") + 2
    found = []
    while at < len(lines) and lines[at].startswith("|"):
        cells = [cell.strip() for cell in lines[at].strip("|").split(" | ")]
        found.append(tuple(cell.strip() for cell in cells))
        at += 1
    return found


ROWS = rows()


def names(row):
    return re.sub(r"[^\w]+", "-", "-".join(row))[:110]


class World(FakeGitHub):
    """ada, with eve and bob who follow her, and new who does so in the second sync."""
    task = ("full_profile_sync", "ada")

    def __init__(self, row):
        super().__init__()
        self.asked_for, status, type_, header, body, _ = row
        self.queries, self.ready = [], False
        self.people = [user(5, "eve"), user(6, "bob")]
        self.answers.update({"/users/ada": (200, {"ETag": '"1"'}, profile(1, "ada", followers=2)), FOLLOWERS: self.people,
                             "/users/ada/starred?per_page=100": []})
        for one in (*self.people, user(7, "new"), user(8, "other")):
            self.answers[f"/users/{one['login']}"] = self.answers[f"/user/{one['id']}"] = profile(one["id"], one["login"], following=1)
        self.row_answer = self.answer_of(status, type_, header, body)

    def answer_of(self, status, type_, header, body):
        headers = {"Content-Type": TYPES[type_]}
        if header:
            name, value = header.strip("`").split(": ", 1)
            headers[name] = value
        if "Remaining" in header:
            headers.update({"X-RateLimit-Limit": "5000", "X-RateLimit-Reset": str(int(time.time()) + 1800),
                            "X-RateLimit-Used": "5000", "X-RateLimit-Resource": "graphql" if self.asked_for == "GraphQL" else "core"})
        given = {"the profile": profile(1, "ada", followers=3, name="again"), "the list": [*self.people, user(7, "new")],
                 "the detail": profile(7, "new", following=1), "the nodes": None}
        body = given[body] if body in given else body.strip("`").encode()
        return None if body is None else (0 if status == "none" else int(status), headers, body)

    def second(self):
        """The world changes: ada has a third follower, and the answer of the row is given where it is asked for."""
        new = (200, {}, profile(1, "ada", followers=3, name="again"))
        self.answers.update({"/users/ada": new, "/user/1": new, FOLLOWERS: [*self.people, user(7, "new")],
                             FOLLOWERS + "&page=2": [user(8, "other")]})
        self.ready = True
        if self.asked_for == "profile":
            self.answers["/users/ada"] = self.row_answer
            if self.row_answer[0] in (404, 410, 451, 403):
                self.answers["/user/1"] = self.row_answer
        elif self.asked_for == "list":
            self.answers[FOLLOWERS] = self.row_answer
            if self.row_answer[0] in (404, 410):
                self.answers["/user/1"] = (200, {}, profile(1, "ada-2", followers=3))
                self.answers[FOLLOWERS.replace("ada", "ada-2")] = [*self.people, user(7, "new")]
        elif self.asked_for == "detail":
            self.answers["/users/new"] = self.row_answer
            if self.row_answer[0] != 301:
                self.answers["/user/7"] = self.row_answer
            self.answers[FOLLOWERS].append(user(8, "other"))

    def answer(self, method, path, headers):
        if path != "/graphql":
            return super().answer(method, path, headers)
        asked = json.loads(headers["body"])
        self.queries.append(asked)
        given = self.row_answer if self.ready and self.asked_for == "GraphQL" else None
        missing = given and re.search(rb"Field '(\w+)' doesn't exist on type 'User'", given[2])
        if missing and missing[1].decode() not in asked["query"]:
            given = None
        if given and b"No such type" in given[2] and "Organization" not in asked["query"]:
            given = None
        if given:
            return given
        people = {1: "ada", 5: "eve", 6: "bob", 7: "new", 8: "other"}
        body = {"data": {"nodes": [{"__typename": "User", "id": i, "databaseId": int(i[2:]), "login": people[int(i[2:])]}
                                   for i in asked["variables"]["ids"]]}}
        return 200, {"Content-Type": TYPES["JSON"]}, json.dumps(body).encode()


def week(*days):
    return {"week": 1757203200, "total": sum(days), "days": list(days)}


class OfARepository(World):
    """ada/r, with eve and bob as stargazers, and new as one in the second sync."""
    task = ("full_repository_sync", "ada", "r")

    def __init__(self, row):
        self.stars = [{"starred_at": f"202{n}-01-01T00:00:00Z", "user": one} for n, one in enumerate([user(5, "eve"), user(6, "bob"), user(7, "new")])]
        super().__init__(row)
        self.show("r", 2)

    def answer_of(self, status, type_, header, body):
        given = {"the detail": repository(20, user(1, "ada"), "r", description="again", stargazers_count=3), "the list": self.stars,
                 "the weeks": [week(1, 1, 1, 0, 0, 0, 0)]}
        return super().answer_of(status, type_, header, f"`{json.dumps(given[body])}`" if body in given else body)

    def show(self, name, stars):
        r = repository(20, user(1, "ada"), name, description="again" if stars > 2 else "before", stargazers_count=stars)
        self.answers["/repositories/20"] = self.answers[f"/repos/ada/{name}"] = (200, {"ETag": '"r"'}, r)
        self.answers[STARGAZERS.replace("/r/", f"/{name}/")] = (200, {"ETag": '"s"'}, self.stars[:stars])
        self.answers[STAR_HISTORY.replace("/r/", f"/{name}/")] = (200, {"ETag": '"h"'}, [week(1, 1, stars - 2, 0, 0, 0, 0)])

    def second(self):
        path, absent = OF_REPOSITORIES[self.asked_for], self.row_answer[0] in (404, 410)
        self.show("r", 3)
        if self.asked_for == "repository" and self.row_answer[0] in (403, 404, 410, 451):
            self.answers["/repositories/20"] = self.row_answer
        elif self.asked_for != "repository" and absent:
            self.show("r-2", 3)
        self.answers[path] = self.row_answer


class Case:
    def __init__(self, github, s, row):
        self.github, self.s, self.asked_for = github, s, row[0]
        self.kind = {"profile": "full_profile_sync", "list": "developer_followers", "detail": "hydrate_developers",
                     "GraphQL": "hydrate_developers", "repository": "full_repository_sync", "stargazers": "repository_stargazers",
                     "star history": "repository_star_history"}[self.asked_for]

    def until(self, condition, what):
        self.s.wait_until(condition, 30, what)

    def idle(self):
        self.s.wait_idle()
        self.s.check_queue()

    def job(self):
        """(state, attempt, seconds until it continues, note) of the newest job of the row's kind."""
        return self.s.rows("select state, attempt, extract(epoch from run_at - now())::float, note from jobs where kind = %s "
                           "order by id desc limit 1", self.kind)[0]

    def waits(self, note, least, most):
        seen = []

        def waiting():
            seen[:] = self.job()
            return seen[0] == "scheduled" and seen[3] == note and seen[2] > least - 30
        self.until(waiting, "a job that waits")
        _, attempt, seconds, _ = seen
        assert (attempt == 0 if note else attempt >= 1) and least - 20 <= seconds <= most

    def nothing_lost(self):
        assert self.s.rows("select github_id from developers where gone_at is not null") == []
        assert self.s.rows("select follower_github_id from follows where follower_github_id < 7 order by 1") == [(5,), (6,)]
        assert self.s.rows("select * from follow_history") == []

    def no_hold(self):
        assert self.s.rows("select blocked_until, benched_until from credentials") == [(None, None)]
        assert self.s.rows("select endpoint from capabilities where not allowed and endpoint = 'graphql'") == []

    def held(self):
        return self.s.rows("select extract(epoch from blocked_until - now())::float, blocks from credentials")[0]

    # ---- effects ----

    def saved(self):
        self.idle()
        assert self.s.rows("select name from developers where github_id = 1") == [("again",)]
        assert self.s.rows("select login from developers where synced_at is null") == []
        assert (7,) in self.s.rows("select follower_github_id from follows")

    def unchanged(self):
        self.idle()
        assert self.s.rows("select cost from jobs where kind = %s order by id desc limit 1", self.kind) == [(0,)]

    def followed(self):
        self.saved()
        assert ("/user/7" if self.asked_for == "detail" else "/user/1") in self.github.asked()

    def seconds(self):
        self.waits(None, 0, 8)
        self.nothing_lost()
        self.no_hold()

    def minutes(self):
        self.waits(None, 60, 120)
        self.nothing_lost()
        self.no_hold()

    def reset(self):
        self.waits("quota", 1800, 1900)
        self.nothing_lost()
        self.no_hold()

    def hold(self, expected):
        self.until(lambda: self.held()[0], "the hold")
        assert expected - 20 <= self.held()[0] <= expected and self.held()[1] == 1
        self.waits("quota", expected, expected + 2)
        assert "github.secondary_limit" in self.s.logs(10**6)
        self.nothing_lost()

    def away(self, expected):
        self.until(lambda: self.held()[0], "the hold")
        assert expected - 20 <= self.held()[0] <= expected and self.held()[1] == 0
        self.waits(None, expected, expected + 2)
        assert "github.retry_after" in self.s.logs(10**6)
        self.nothing_lost()

    def valid(self):
        self.idle()
        assert self.job()[3].startswith("unreadable: ")
        self.nothing_lost()

    def rests(self):
        self.until(lambda: self.s.rows("select benched_until > now() + interval '50 minutes' from credentials") == [(True,)], "the rest")
        self.nothing_lost()

    def gone(self, reason):
        self.idle()
        subject = 7 if self.asked_for == "detail" else 1
        assert self.s.rows("select gone_reason from developers where github_id = %s", subject) == [(reason,)]
        assert f"/user/{subject}" in self.github.asked() or reason == "blocked"

    def restricted(self):
        self.idle()
        assert self.job()[3].startswith("restricted: ")
        self.nothing_lost()
        self.no_hold()

    def capped(self):
        self.idle()
        assert self.job()[3].startswith("capped: ")
        self.nothing_lost()

    def renamed(self):
        self.idle()
        assert self.s.rows("select login from developers where github_id = 1") == [("ada-2",)]
        assert (7,) in self.s.rows("select follower_github_id from follows")
        self.nothing_lost()

    def ours(self):
        self.idle()
        assert FOLLOWERS + "&page=2" in self.github.asked() and self.job()[3] is None
        assert (8,) in self.s.rows("select follower_github_id from follows")

    def incomplete(self):
        self.idle()
        assert self.job()[3].startswith("incomplete: ") and "warn  crawler job.incomplete" in self.s.logs(10**6)
        self.nothing_lost()

    def set_aside(self):
        self.until(lambda: self.s.rows("select login from developers where synced_at is null") == [("new",)], "the others")
        self.waits(None, 0, 8)
        self.no_hold()

    def stub(self):
        self.idle()
        assert self.s.rows("select login from developers where synced_at is null") == [("new",)]
        self.s.task("full_profile_sync", "ada")
        before = len(self.github.asked())
        self.idle()
        assert "/users/new" in self.github.asked()[before:]

    def nothing_closed(self):
        self.idle()
        self.nothing_lost()
        self.no_hold()

    def looked_up(self):
        self.nothing_closed()
        assert "/user/1" in self.github.asked()

    def by_rest(self):
        self.idle()
        assert "/user/7" in self.github.asked() and self.s.rows("select login from developers where synced_at is null") == []
        self.no_hold()

    def off(self):
        self.idle()
        assert self.s.rows("select allowed, next_check_at > now() + interval '23 hours' from capabilities where endpoint = 'graphql'") == [
            (False, True)]
        assert {"/users/new", "/user/7"} & set(self.github.asked()) and len(self.github.queries) == 2
        assert self.s.rows("select login from developers where synced_at is null") == []

    def without(self):
        self.idle()
        assert len(self.github.queries) == 3 and self.s.rows("select login from developers where synced_at is null") == []
        self.no_hold()


class CaseOfARepository(Case):
    def stars(self):
        return self.s.rows("select developer_github_id from stars where repository_github_id = 20 order by 1")

    def added(self):
        return self.s.one("select sum(stars_added)::int from repository_counts where github_id = 20")

    def nothing_lost(self):
        assert self.s.rows("select github_id from repositories where gone_at is not null") == []
        assert self.stars()[:2] == [(5,), (6,)] and self.s.rows("select * from star_history") == [] and self.added() in (2, 3)

    def saved(self):
        self.idle()
        assert self.s.rows("select description from repositories") == [("again",)] and self.stars() == [(5,), (6,), (7,)] and self.added() == 3

    def followed(self):
        self.saved()
        assert "/repositories/20" in self.github.asked()

    def gone(self, reason):
        self.idle()
        assert self.s.rows("select gone_reason from repositories") == [(reason,)] and "/repositories/20" in self.github.asked()

    def renamed(self):
        self.idle()
        assert self.s.rows("select full_name from repositories") == [("ada/r-2",)] and self.job()[3] is None
        assert self.stars() == [(5,), (6,), (7,)] and self.added() == 3

    def looked_up(self):
        self.nothing_closed()
        assert "/repositories/20" in self.github.asked()

    def valid(self):
        self.saved()

    def refused(self):
        self.restricted()
        assert self.s.rows("select next_check_at > now() + interval '6 days' from capabilities where endpoint = %s and not allowed",
                           self.asked_for.replace(" ", "_")) == [(True,)]


BECOMES = {
    "nothing is closed": lambda case: case.nothing_closed(),
    "looked up by id; nothing is closed": lambda case: case.looked_up(),
    "saved": lambda case: case.saved(),
    "unchanged: costs nothing with a token": lambda case: case.unchanged(),
    "followed": lambda case: case.followed(),
    "retried in seconds; nothing is stored": lambda case: case.seconds(),
    "retried in minutes; nothing is stored": lambda case: case.minutes(),
    "a smaller query once, then retried in minutes; nothing is stored": lambda case: case.minutes(),
    "gone, if the request by id confirms it": lambda case: case.gone("gone"),
    "blocked": lambda case: case.gone("blocked"),
    "restricted: the job ends, nothing is removed": lambda case: case.restricted(),
    "the credential is suspended for an hour": lambda case: case.rests(),
    "the resource waits for its reset": lambda case: case.reset(),
    "the credential is paused for 60 s, doubled each time in a row": lambda case: case.hold(60),
    "the credential is paused for that time": lambda case: case.hold(120),
    "not read further; nothing is closed": lambda case: case.capped(),
    "looked up by id, and read under the new name": lambda case: case.renamed(),
    "requested from the configured host": lambda case: case.ours(),
    "incomplete, logged at `warn`; nothing is closed": lambda case: case.incomplete(),
    "set aside; the other stubs of its job continue": lambda case: case.set_aside(),
    "stays a stub until a list names it again": lambda case: case.stub(),
    "that record by REST": lambda case: case.by_rest(),
    "a smaller query, and one alone by REST": lambda case: case.by_rest(),
    "GraphQL is off for a day; REST instead": lambda case: case.off(),
    "repeated without the field": lambda case: case.without(),
    "repeated without the type": lambda case: case.without(),
    "all crawlers wait for that time, then retry": lambda case: case.away(120),
    "all crawlers wait for an hour, then retry": lambda case: case.away(3600),
    "valid items are saved; nothing is closed": lambda case: case.valid(),
    "refused: not requested for a week, nothing is closed": lambda case: case.refused(),
}


def test_the_table_is_whole():
    assert len(ROWS) > 80 and {len(row) for row in ROWS} == {6} and len(set(ROWS)) == len(ROWS)
    assert {row[5] for row in ROWS} == set(BECOMES)


@side_by_side
@pytest.mark.parametrize("row", ROWS, ids=map(names, ROWS))
def test_an_answer_has_the_effects_of_its_row(row, stack):
    world, case = (OfARepository, CaseOfARepository) if row[0] in OF_REPOSITORIES else (World, Case)
    github = world(row)
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest" if row[0] == "detail" else "auto")
        s.crawler()
        s.task(*github.task)
        s.wait_idle()
        s.check_queue()
        github.second()
        s.task(*github.task)
        BECOMES[row[5]](case(github, s, row))
    finally:
        github.stop()
