"""What is left of a task's stubs: developers and repositories in one query, as long as GitHub charges no more for that."""
import json

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user


class GraphQL(FakeGitHub):
    """Answers `nodes(ids:)` for the users U_n and repositories R_n of people with two of each, at a price."""

    def __init__(self, cost):
        super().__init__()
        self.cost, self.queries = cost, []
        for n, login in ((1, "ada"), (2, "bob")):
            owner = user(n, login)
            self.answers.update({
                f"/users/{login}": profile(n, login, followers=2, public_repos=2),
                f"/users/{login}/followers?per_page=100": [user(n * 10 + i, f"{login}-{i}") for i in (1, 2)],
                f"/users/{login}/repos?per_page=100": [repository(n * 10 + i, owner, f"r{i}") for i in (1, 2)],
                f"/users/{login}/starred?per_page=100": []})

    def answer(self, method, path, headers):
        if path != "/graphql":
            return super().answer(method, path, headers)
        asked = json.loads(headers["body"])
        ids = asked["variables"]["ids"]
        self.queries.append((ids, asked["query"]))
        self.answers[path] = (200, {}, {"data": {
            "rateLimit": {"limit": 5000, "cost": self.cost, "remaining": 4000, "resetAt": "2030-01-01T00:00:00Z"},
            "nodes": [self.node(i) for i in ids]}})
        return super().answer(method, path, headers)

    @staticmethod
    def node(node_id):
        n = int(node_id[2:])
        login = ("ada", "bob")[n // 10 - 1]
        if node_id.startswith("U_"):
            return {"__typename": "User", "id": node_id, "databaseId": n, "login": f"{login}-{n % 10}", "name": "a name",
                    "createdAt": "2011-01-25T18:44:36Z", "updatedAt": "2020-01-25T18:44:36Z"}
        return {"__typename": "Repository", "id": node_id, "databaseId": n, "repoName": f"r{n % 10}",
                "nameWithOwner": f"{login}/r{n % 10}", "description": "what it is", "stargazerCount": 7,
                "owner": {"__typename": "User", "id": f"U_{n // 10}", "login": login, "databaseId": n // 10},
                "createdAt": "2011-01-25T18:44:36Z", "updatedAt": "2020-01-25T18:44:36Z"}


@side_by_side
@pytest.mark.parametrize("cost,then", [(1, [("hydrate_records", "4 stubs")]), (2, [("hydrate_records", "4 stubs")]),
                                       (7, [("hydrate_developers", "2 stubs"), ("hydrate_repositories", "2 stubs")])])
def test_both_kinds_share_a_query_unless_that_costs_more(cost, then, stack):
    github = GraphQL(cost)
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        jobs = {}
        for login in ("ada", "bob"):
            task = s.task("full_profile_sync", login)
            s.wait_idle()
            s.check_queue()
            jobs[login] = s.rows("select kind, subject from jobs where task_id = %s and kind like 'hydrate%%' order by id", task)
        assert jobs == {"ada": [("hydrate_records", "4 stubs")], "bob": then}
        ids, query = github.queries[0]
        assert sorted(ids) == ["R_11", "R_12", "U_11", "U_12"] and "on User" in query and "on Repository" in query
        # Each kind went where it belongs, though ids are the same.
        assert s.rows("select github_id, login, name from developers where synced_at is not null order by 1") == [
            (1, "ada", None), (2, "bob", None)] + [(n * 10 + i, f"{who}-{i}", "a name") for n, who in ((1, "ada"), (2, "bob"))
                                                   for i in (1, 2)]
        assert s.rows("select github_id, full_name, name, description, stargazers_count from repositories "
                      "where synced_at is not null order by 1") == [
            (n * 10 + i, f"{who}/r{i}", f"r{i}", "what it is", 7) for n, who in ((1, "ada"), (2, "bob")) for i in (1, 2)]
        assert ("graphql.mixing_costs" in s.logs()) == (cost > 2)
    finally:
        github.stop()


HELD_UP = """
create function hold_up() returns trigger language plpgsql as $$ begin
  for i in 1..60 loop
    exit when exists (select from jobs where kind = 'developer_starred' and finished_at is not null);
    perform pg_sleep(0.05);
  end loop;
  return null; end $$;
create constraint trigger hold_up after update on jobs deferrable initially deferred for each row
  when (new.kind = 'developer_repositories' and new.state = 'completed') execute function hold_up()"""


@side_by_side
def test_a_delayed_commit_loses_no_stub(stack):
    """A job that ends leaves its stubs to one of its task that waits. That one may begin and end before the first has committed."""
    github = GraphQL(1)
    s = stack(github.url, GITHUB_TOKEN="t")
    github.answers["/users/ada/starred?per_page=100"] = Several((502, {}, {"message": "Server Error"}), [])
    real = github.answer

    def answer(method, path, headers):
        if path.startswith("/users/ada/repos"):
            s.wait_until(lambda: s.one("select exists (select from jobs where kind = 'developer_starred' and state = 'scheduled')"),
                         30, "a job that waits")
        return real(method, path, headers)
    github.answer = answer
    try:
        s.rows(HELD_UP)
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: s.one("select exists (select from jobs where kind = 'developer_starred' and state = 'scheduled')"),
                     30, "a job that waits")
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        s.wait_idle(90)
        s.check_queue()
        assert s.one("select count(*) from developers where synced_at is null") == 0
    finally:
        github.stop()


@side_by_side
def test_a_shared_query_that_fails_for_some_continues_with_rest(stack):
    """NOT_FOUND, a node of another kind and one that is null: each stub is asked for by id, as its own kind."""
    github = GraphQL(1)
    try:
        real = github.node
        github.node = lambda i: {"U_11": None, "R_11": {"__typename": "User", "id": "R_11", "databaseId": 11, "login": "x"},
                                 "U_12": {"__typename": "Repository", "id": "U_12", "databaseId": 12, "repoName": "x",
                                          "nameWithOwner": "x/x"}}.get(i, real(i))
        github.answers.update({"/user/11": profile(11, "ada-1"), "/user/12": profile(12, "ada-2"),
                               "/repositories/11": repository(11, user(1, "ada"), "r1", subscribers_count=3)})
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        s.check_queue()
        assert s.rows("select login from developers where synced_at is null") == []
        assert s.rows("select full_name, subscribers_count from repositories where synced_at is not null order by 1") == [
            ("ada/r1", 3), ("ada/r2", None)]
        assert {p for p in github.asked() if p.startswith(("/user/", "/repositories/"))} == {
            "/user/11", "/user/12", "/repositories/11"}
    finally:
        github.stop()


@side_by_side
def test_a_query_that_takes_too_long_is_not_repeated_unchanged(sim, stack):
    """GitHub answers 502 to what it can't do in ten seconds."""
    github = sim("synthetic", "--users", 300, "--graphql-timeout-above", 30)
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle(90)
    s.check_queue()
    queries = [t for t in github.trace() if t["path"] == "/graphql"]
    assert any(t["status"] == 502 for t in queries) and any(t["status"] == 200 for t in queries)
    assert s.one("select count(*) from developers where synced_at is null") == 0


@side_by_side
def test_a_secondary_limit_of_graphql_is_not_a_refusal(stack):
    """It may come with 200."""
    github = GraphQL(1)
    real, refused = github.answer, []

    def answer(method, path, headers):
        if path == "/graphql" and not refused:
            refused.append(path)
            return 200, {"Content-Type": "application/json", "Retry-After": "3"}, json.dumps({"errors": [{
                "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}]}).encode()
        return real(method, path, headers)
    github.answer = answer
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: refused and s.rows("select note, attempt from jobs where state = 'scheduled'") == [("quota", 0)], 20,
                     "the query to wait")
        assert s.rows("select endpoint from capabilities where endpoint = 'graphql' and not allowed") == []
        s.wait_idle()
        s.check_queue()
        assert len(github.queries) == 1 and s.one("select count(*) from developers where synced_at is null") == 0
    finally:
        github.stop()


def failing(github, fails):
    """GraphQL answers what `fails` of a query's ids returns, where that is not None; REST has the details of all."""
    real = github.answer
    for n in (11, 12):
        github.answers[f"/user/{n}"] = github.answers[f"/users/ada-{n % 10}"] = profile(n, f"ada-{n % 10}")
        github.answers[f"/repositories/{n}"] = github.answers[f"/repos/ada/r{n % 10}"] = repository(n, user(1, "ada"), f"r{n % 10}")

    def answer(method, path, headers):
        failure = path == "/graphql" and fails(json.loads(headers["body"])["variables"]["ids"])
        if failure:
            github.queries.append(failure[0])
        return failure or real(method, path, headers)
    github.answer = answer


def hydrated(stack, github):
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle(90)
        s.check_queue()
        assert s.rows("select github_id from developers where synced_at is null") == []
        assert s.rows("select github_id from repositories where synced_at is null") == []
    finally:
        github.stop()


@side_by_side
def test_hydration_uses_rest_while_graphql_fails(stack):
    """Nothing else is asked for meanwhile, so every request of a long row fails: that is no outage of all GitHub."""
    github = GraphQL(1)
    failing(github, lambda ids: (502, {"Content-Type": "text/html"}, b"<html>502</html>"))
    hydrated(stack, github)
    assert 1 <= len(github.queries) <= 8, github.queries


@side_by_side
def test_a_record_graphql_always_fails_on_is_requested_from_rest(stack):
    """The others come from GraphQL all the same."""
    github = GraphQL(1)
    wrong = json.dumps({"data": None, "errors": [{"message": "Something went wrong while executing your query."}]}).encode()
    failing(github, lambda ids: (200, {"Content-Type": "application/json"}, wrong) if "R_12" in ids else None)
    asked = []
    real = github.answer
    github.answer = lambda method, path, headers: (asked.append(path), real(method, path, headers))[1]
    hydrated(stack, github)
    assert [p for p in asked if p.startswith(("/user/", "/repositories/", "/repos/"))] == ["/repositories/12"]
