"""What GraphQL says by accident costs neither a day nor a quota unit; what it says on purpose is heard."""
import json
import re
import threading
import time

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, user

LOGINS = {10 + n: f"stub-{n}" for n in range(1, 7)}
QUERY = "/graphql"


class World(FakeGitHub):
    """ada has six followers. `refuse(number of the query, its text, its ids)` may answer a query; REST has every detail."""

    def __init__(self, refuse):
        super().__init__()
        self.refuse, self.queries, self.times, self.logins = refuse, [], [], dict(LOGINS)
        self.answers.update({"/users/ada": profile(1, "ada", followers=len(LOGINS)),
                             "/users/ada/followers?per_page=100": [user(n, login) for n, login in LOGINS.items()],
                             "/users/ada/starred?per_page=100": []})
        for n, login in LOGINS.items():
            self.answers[f"/user/{n}"] = self.answers[f"/users/{login}"] = profile(n, login, name="by REST")

    def answer(self, method, path, headers):
        if path != QUERY:
            return super().answer(method, path, headers)
        asked = json.loads(headers["body"])
        ids = asked["variables"]["ids"]
        with self.lock:
            self.queries.append((asked["query"], ids))
            self.times.append(time.monotonic())
            number = len(self.queries)
        status, more, body = self.refuse(number, asked["query"], ids) or (200, {}, {"data": {
            "rateLimit": {"limit": 5000, "cost": 1, "remaining": 4000, "resetAt": "2030-01-01T00:00:00Z"},
            "nodes": [{"__typename": "User", "id": i, "databaseId": int(i[2:]), "login": self.logins[int(i[2:])],
                       "name": "by GraphQL", "avatarUrl": f"https://avatars.example/u/{i[2:]}?s=460&u=0f1e2d&v=4",
                       "createdAt": "2011-01-25T18:44:36Z", "updatedAt": "2020-01-25T18:44:36Z"} for i in ids]}})
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return status, {"Content-Type": "application/json; charset=utf-8", **more}, body

    def details(self):
        return [p for p in self.asked() if p.startswith("/user/") or p.startswith("/users/stub-")]


@pytest.fixture
def world(stack):
    made = []

    def make(refuse, **env):
        made.append(World(refuse))
        s = stack(made[-1].url, GITHUB_TOKEN="t", **env)
        s.crawler()
        s.task("full_profile_sync", "ada")
        return made[-1], s
    yield make
    for github in made:
        github.stop()


def errors(*given, **more):
    return 200, more, {"errors": list(given)}


def once(answer):
    return lambda number, query, ids: answer if number == 1 else None


def refused(s):
    return s.rows("select endpoint from capabilities where endpoint = 'graphql' and not allowed")


def waiting(s):
    return s.rows("select note, attempt, extract(epoch from run_at - now())::int from jobs where state = 'scheduled'")


def go_on(s, seconds=60):
    """Makes waiting jobs due now: the test does not wait for minutes."""
    def idle():
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        return s.open_jobs() == 0
    s.wait_until(idle, seconds, "an empty queue")
    s.check_queue()


def names(s):
    return set(s.rows("select name from developers where github_id > 10"))


# ---- limits ----

LIMITS = {
    "type RATE_LIMIT": {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "API rate limit already exceeded for user ID 1."},
    "type RATE_LIMITED": {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."},
    "code alone": {"message": "slow down", "code": "graphql_rate_limit"},
    "code in extensions": {"message": "slow down", "extensions": {"code": "graphql_rate_limit"}},
    "message alone": {"message": "API rate limit already exceeded for user ID 1."},
}


@side_by_side
@pytest.mark.parametrize("error", LIMITS.values(), ids=LIMITS.keys())
def test_a_primary_limit_waits_for_its_reset(world, error):
    reset = int(time.time()) + 1800
    rate = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000",
            "x-ratelimit-reset": str(reset), "x-ratelimit-resource": "graphql"}
    github, s = world(once((200, rate, {"errors": [error]})))
    s.wait_until(lambda: github.queries and waiting(s), 20, "the query to wait")
    (note, attempt, seconds), = waiting(s)
    assert (note, attempt) == ("quota", 0) and 1700 < seconds < 2100
    assert refused(s) == [] and github.details() == []
    assert s.rows("select blocked_until from credentials") == [(None,)]
    assert len(github.queries) == 1


SECONDARY = {
    "words": {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."},
    "type and words": {"type": "RATE_LIMITED", "message": "You have exceeded a secondary rate limit."},
    "abuse": {"message": "You have triggered an abuse detection mechanism."},
}


@side_by_side
@pytest.mark.parametrize("retry_after", [120, None], ids=["retry-after", "no-retry-after"])
@pytest.mark.parametrize("error", SECONDARY.values(), ids=SECONDARY.keys())
def test_a_secondary_limit_holds_the_credential(world, error, retry_after):
    github, s = world(once((200, {"Retry-After": str(retry_after)} if retry_after else {}, {"errors": [error]})))
    s.wait_until(lambda: github.queries and waiting(s), 20, "the query to wait")
    (held, blocks), = s.rows("select extract(epoch from blocked_until - now())::int, blocks from credentials")
    expected = retry_after or 60
    assert expected - 15 <= held <= expected and blocks == 1
    (note, attempt, seconds), = waiting(s)
    assert (note, attempt) == ("quota", 0) and expected - 15 <= seconds <= expected + 2
    assert s.logs().count("github.secondary_limit") == 1 and refused(s) == [] and github.details() == []
    # REST rests as well: it is the credential's limit.
    before = len(github.seen)
    s.task("full_profile_sync", "stub-1")
    s.wait_until(lambda: len(waiting(s)) == 2, 20, "the other job to wait as well")
    assert len(github.seen) == before


@side_by_side
def test_consecutive_secondary_limits_double_and_other_processes_are_notified(world):
    github, s = world(lambda number, query, ids: errors(SECONDARY["words"]) if number < 3 else None)
    s.wait_until(lambda: waiting(s), 20, "the first wait")
    s.crawler()
    s.rows("update credentials set blocked_until = now() - interval '1 second'")
    s.processes[0].stop()  # it holds the credential in its memory; the other one knows what the database says
    s.rows("update jobs set run_at = now() where state = 'scheduled'")
    s.wait_until(lambda: len(github.queries) == 2 and waiting(s), 30, "the second wait")
    (held, blocks), = s.rows("select extract(epoch from blocked_until - now())::int, blocks from credentials")
    assert 100 <= held <= 120 and blocks == 2
    assert refused(s) == []


@side_by_side
def test_queries_that_are_refused_together_are_one_limit(stack):
    """Three queries at once, and all three answers contain it: the pause begins once, is not doubled, and nothing is requested during it."""
    released = threading.Event()
    github = World(lambda number, query, ids: released.wait(60) and errors(SECONDARY["words"]) if number <= 3 else None)
    fans = [user(10000 + n, f"fan-{n}") for n in range(300)]
    try:
        github.logins.update({one["id"]: one["login"] for one in fans})
        path = "/users/ada/followers?per_page=100"
        for n in range(3):
            link = {"Link": f'<{github.url}{path}&page={n + 2}>; rel="next"'} if n < 2 else {}
            github.answers[path + (f"&page={n + 1}" if n else "")] = (200, link, fans[100 * n:100 * n + 100])
        github.answers["/users/ada"] = profile(1, "ada", followers=300)
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="graphql")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: s.rows("select count(*) from jobs where kind = 'hydrate_developers'") == [(3,)], 60, "three jobs")
        released.set()
        s.wait_until(lambda: len(waiting(s)) == s.open_jobs() >= 3, 60, "three jobs that wait, and any list that was left")
        assert 1 <= len(github.queries) <= 3 and {note for note, *_ in waiting(s)} == {"quota"}
        assert s.rows("select blocks, blocked_until between now() + interval '40 s' and now() + interval '60 s' from credentials") == [(1, True)]
        before = len(github.seen) + len(github.queries)
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        s.wait_until(lambda: all(seconds > 1 for *_, seconds in waiting(s)) and len(waiting(s)) == s.open_jobs() >= 3, 30, "them to wait again")
        assert len(github.seen) + len(github.queries) == before
    finally:
        released.set()
        github.stop()


@side_by_side
def test_a_limit_in_a_200_without_errors_counts(world):
    github, s = world(once((200, {}, {"message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs"})))
    s.wait_until(lambda: waiting(s), 20, "the wait")
    assert s.rows("select blocks from credentials") == [(1,)] and refused(s) == []


# ---- trouble ----

TROUBLE = {
    "unheard of": (200, {}, {"errors": [{"type": "SOMETHING_NEW", "message": "The moon is in the way."}]}),
    "no type": (200, {}, {"data": None, "errors": [{"message": "internal error"}]}),
    "an empty object": (200, {}, {}),
    "a message": (200, {}, {"message": "Server Error"}),
    "fewer nodes": (200, {}, {"data": {"nodes": [None]}}),
    "errors of no shape": (200, {}, {"errors": "no"}),
}


@side_by_side
@pytest.mark.parametrize("answer", TROUBLE.values(), ids=TROUBLE.keys())
def test_unknown_errors_are_retried_within_minutes(world, answer):
    github, s = world(once(answer))
    s.wait_until(lambda: waiting(s), 20, "the query to wait")
    (_, attempt, seconds), = waiting(s)
    assert attempt == 1 and 45 <= seconds <= 300
    assert refused(s) == [] and github.details() == []
    go_on(s)
    assert names(s) == {("by GraphQL",)} and github.details() == []


SLOW = {
    "validation": {"message": "Timeout on validation of query"},
    "response": {"message": "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request."},
    "went wrong": {"message": "Something went wrong while executing your query. This may be the result of a timeout."},
    "resources": {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."},
}


@side_by_side
@pytest.mark.parametrize("error", SLOW.values(), ids=SLOW.keys())
def test_too_large_queries_are_split(world, error):
    github, s = world(lambda number, query, ids: errors(error) if len(ids) > 3 else None)
    go_on(s)
    assert [len(ids) for _, ids in github.queries] == [6, 3, 3]
    assert names(s) == {("by GraphQL",)} and github.details() == [] and refused(s) == []


@side_by_side
def test_graphql_that_is_slow_for_every_query_is_paused_for_minutes(world):
    github, s = world(lambda number, query, ids: errors(SLOW["validation"]))
    s.wait_until(lambda: waiting(s), 20, "the query to wait")
    assert len(github.queries) == 2 and 45 <= waiting(s)[0][2] <= 300 and refused(s) == [] and github.details() == []


PAGES = {
    "403 html": (403, {"Content-Type": "text/html"}, b"<html>Blocked by your proxy</html>"),
    "404 html": (404, {"Content-Type": "text/html"}, b"<html>nginx</html>"),
    "401 text": (401, {"Content-Type": "text/plain"}, b"Proxy authentication required"),
    "403 empty": (403, {"Content-Type": "application/json"}, b""),
    "451 json": (451, {}, {"message": "no"}),
    "redirect": (302, {"Location": "/login"}, b""),
    "200 html": (200, {"Content-Type": "text/html"}, b"<html>Log in</html>"),
}


@side_by_side
@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_answers_that_are_not_githubs_do_not_refuse_graphql(world, answer):
    github, s = world(lambda number, query, ids: answer if number < 3 else None)
    go_on(s)
    assert refused(s) == [] and names(s) == {("by GraphQL",)} and github.details() == []


# ---- refusals ----

REFUSALS = {
    "401": (401, {}, {"message": "This endpoint requires you to be authenticated."}),
    "403": (403, {}, {"message": "Resource not accessible by personal access token"}),
    "404": (404, {}, {"message": "Not Found"}),
    "403 without a content type": (403, {"Content-Type": ""}, {"message": "Resource not accessible by integration"}),
    "forbidden": errors({"type": "FORBIDDEN", "message": "Resource not accessible by integration"}),
    "forbidden nodes": (200, {}, {"data": {"nodes": None}, "errors": [
        {"type": "FORBIDDEN", "path": ["nodes"], "message": "Although you appear to have the correct authorization credentials…"}]}),
    "no such field": errors({"message": "Field 'nodes' doesn't exist on type 'Query'", "path": ["query Hydrate", "nodes"],
                             "extensions": {"code": "undefinedField", "typeName": "Query", "fieldName": "nodes"}}),
}


@side_by_side
@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_turns_graphql_off(world, answer):
    github, s = world(lambda number, query, ids: answer)
    s.wait_idle()
    s.check_queue()
    assert refused(s) == [("graphql",)] and names(s) == {("by REST",)} and len(github.queries) == 1
    assert s.rows("select benched_until from credentials") == [(None,)]


@side_by_side
def test_one_forbidden_node_is_requested_from_rest(world):
    def refuse(number, query, ids):
        if number == 1:
            nodes = [None if i == "U_13" else {"__typename": "User", "id": i, "databaseId": int(i[2:]), "name": "by GraphQL",
                                               "login": LOGINS[int(i[2:])]} for i in ids]
            return 200, {}, {"data": {"nodes": nodes}, "errors": [
                {"type": "FORBIDDEN", "path": ["nodes", ids.index("U_13")], "message": "…has an IP allow list enabled"}]}
        return None
    github, s = world(refuse)
    s.wait_idle()
    s.check_queue()
    assert refused(s) == [] and github.details() == ["/user/13"]


def undefined(type_, field):
    return {"message": f"Field '{field}' doesn't exist on type '{type_}'", "path": ["fragment U", field],
            "extensions": {"code": "undefinedField", "typeName": type_, "fieldName": field}}


LACKING = {
    "a field": [undefined("User", "twitterUsername")],
    "two": [undefined("User", "isSiteAdmin"), undefined("Organization", "avatarUrl")],
    "a connection": [undefined("User", "gists")],
    "an argument": [{"message": "Field 'gists' doesn't accept argument 'privacy'",
                     "extensions": {"code": "argumentNotAccepted", "name": "gists", "typeName": "Field", "argumentName": "privacy"}}],
    "only in words": [{"message": "Field 'websiteUrl' doesn't exist on type 'User'"}],
    "of the query": [undefined("Query", "rateLimit")],
}


@side_by_side
@pytest.mark.parametrize("lacks", LACKING.values(), ids=LACKING.keys())
def test_a_server_that_lacks_a_field_gets_the_query_without_it(world, lacks):
    fields = [re.search("'(.*?)'", e["message"])[1] for e in lacks]

    def fragments(query, type_):
        return next((p for p in query.split("fragment ") if f"on {type_} " in p), query)

    def refuse(number, query, ids):
        left = [e for e, f in zip(lacks, fields)
                if re.search(rf"\b{f}\b", fragments(query, e.get("extensions", {}).get("typeName", "User")))]
        return errors(*left) if left else None
    github, s = world(refuse)
    s.wait_idle()
    s.check_queue()
    assert refused(s) == [] and names(s) == {("by GraphQL",)} and github.details() == []
    assert len(github.queries) == 2 and s.logs().count("graphql.lacks_field") == len(fields)
    query = github.queries[1][0]
    assert query.count("{") == query.count("}") and "totalCount" in query and "...U" in query


LACKING_TYPE = {
    "ruby": {"message": "No such type Organization, so it can't be a fragment condition", "path": ["fragment O"],
             "extensions": {"code": "undefinedType", "typeName": "Organization"}},
    "no node": {"message": "Fragment O on Organization can't be spread inside Node", "path": ["query", "nodes", "... O"],
                "extensions": {"code": "cannotSpreadFragment", "typeName": "Organization", "fragmentName": "O", "parentName": "Node"}},
    "only in words": {"message": "No such type Organization, so it can't be a fragment condition"},
    "another server": {"message": 'Unknown type "Organization".'},
}


@side_by_side
@pytest.mark.parametrize("error", LACKING_TYPE.values(), ids=LACKING_TYPE.keys())
def test_a_server_that_lacks_a_type_gets_the_query_without_it(world, error):
    """12 is an organization there: its node has no data, so REST is used; all others continue by GraphQL."""
    def refuse(number, query, ids):
        if "Organization" in query:
            return errors(error)
        return 200, {}, {"data": {"nodes": [
            {"__typename": "Organization", "id": i} if i == "U_12" else
            {"__typename": "User", "id": i, "databaseId": int(i[2:]), "login": LOGINS[int(i[2:])], "name": "by GraphQL"} for i in ids]}}
    github, s = world(refuse)
    s.wait_idle()
    s.check_queue()
    assert refused(s) == [] and github.details() == ["/user/12"]
    assert s.rows("select count(*) from developers where name = 'by GraphQL'") == [(len(LOGINS) - 1,)]
    assert s.logs().count("graphql.lacks_type") == 1 and s.rows("select login from developers where synced_at is null") == []
    query = github.queries[-1][0]
    assert query.count("{") == query.count("}") and "...O" not in query and "...U" in query


@side_by_side
def test_avatars_are_those_of_rest(world):
    _, s = world(lambda number, query, ids: None)
    s.wait_idle()
    assert set(s.rows("select avatar_url from developers where github_id > 10")) == {
        (f"https://avatars.example/u/{n}?v=4",) for n in LOGINS}


# ---- times ----

@side_by_side
@pytest.mark.parametrize("at, want", {
    "2020-02-29T10:00:00+02:00": "2020-02-29 08:00:00", "2020-02-29T10:00:00.123Z": "2020-02-29 10:00:00.123",
    "2020-02-29T10:00:00.5-05:30": "2020-02-29 15:30:00.5", "2020-02-29T23:59:59.999999Z": "2020-02-29 23:59:59.999999"}.items())
def test_times_with_offset_and_fractions_are_stored(at, want, world):
    def answer(number, query, ids):
        return 200, {}, {"data": {"nodes": [{
            "__typename": "User", "id": i, "databaseId": int(i[2:]), "login": LOGINS[int(i[2:])], "name": "by GraphQL",
            "createdAt": at, "updatedAt": at} for i in ids]}}
    github, s = world(answer)
    s.wait_idle()
    s.check_queue()
    assert s.rows("select distinct name, created_at = %s::timestamptz, updated_at = %s::timestamptz from developers "
                  "where github_id > 10", want + "+00", want + "+00") == [("by GraphQL", True, True)]
    assert github.details() == [], "asked again by REST"
