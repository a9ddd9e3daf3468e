"""Each field of a detail or a list's item with a value of another type: the field is ignored, the rest is stored."""
import json

import pytest
from beside import side_by_side
from fake_github import FakeGitHub, profile, repository, user

T, TIME = "2020-02-29T10:00:00Z", "2020-02-29 10:00:00"
BAD_TEXTS = ["5", "5.5", "true", "{}", "[]", '{"a": "b"}', '["x"]']
BAD_COUNTS = ['"7"', '"many"', "-1", "-0.0", "1.5", "1e3", "9223372036854775808", "1e400", "true", "[]", "{}", '""']
BAD_FLAGS = ["0", "1", '"true"', '"yes"', '"f"', "[]", "{}", '""']
BAD_TIMES = ["5", "1577836800", '"1577836800"', '"yesterday"', '"infinity"', '"epoch"', '""', '"2020-02-30T00:00:00Z"', '"0000-01-01T00:00:00Z"',
             '"-001-01-01T00:00:00Z"', '"2020-01-01"', '"20200101T000000Z"', '"01/02/2020"', '"2020-01-01T00:00:00"', '"2020-01-01T25:00:00Z"',
             '"99999-01-01T00:00:00Z"', '"2020-01-01 BC"', '"2020-01-01T00:00:00Z\\u0000"', "true", "{}", "[]"]
KEPT = "KEPT"  # what another answer told of the field
# a value in JSON → what is stored
GOOD = {"text": {'"a\\u0000b"': "a\ufffdb", '"\\ud800"': "\ufffd", '"\\ud83d\\ude00"': "\U0001f600", '"BYTE"': "\ufffd", "null": None, '""': ""},
        "count": {"0": 0, "2147483648": 2147483648, "4611686018427387": 4611686018427387, "null": None},
        "flag": {"null": None, "true": True},
        "time": {'"9999-12-31T23:59:59Z"': "9999-12-31 23:59:59", '"2020-02-29T10:00:00.5+02:00"': "2020-02-29 08:00:00.5",
                 '"0001-01-01T00:00:00Z"': "0001-01-01 00:00:00", '"2020-02-29t10:00:00z"': "2020-02-29 10:00:00", "null": None}}
BAD = {"text": BAD_TEXTS, "count": BAD_COUNTS, "flag": BAD_FLAGS, "time": BAD_TIMES}

# key → its type
OF_A_DEVELOPER = {"name": "text", "company": "text", "blog": "text", "location": "text", "email": "text", "bio": "text", "twitter_username": "text",
                  "avatar_url": "text", "node_id": "text", "type": "text", "hireable": "flag", "site_admin": "flag", "followers": "count",
                  "following": "count", "public_gists": "count", "public_repos": "count", "created_at": "time", "updated_at": "time"}
OF_A_REPOSITORY = {"description": "text", "homepage": "text", "language": "text", "default_branch": "text", "visibility": "text", "node_id": "text",
                   "private": "flag", "fork": "flag", "is_template": "flag", "has_downloads": "flag", "has_issues": "flag", "has_pages": "flag",
                   "has_projects": "flag", "has_wiki": "flag", "has_discussions": "flag", "archived": "flag", "disabled": "flag", "size": "count",
                   "stargazers_count": "count", "subscribers_count": "count", "watchers_count": "count", "forks_count": "count",
                   "open_issues_count": "count", "created_at": "time", "updated_at": "time", "pushed_at": "time"}
COLUMNS = {"followers": "followers_count", "following": "following_count", "size": "size_kb"}
ELSE = {"name": "x", "company": "x", "bio": "x", "followers": 3, "public_repos": 4, "site_admin": False, "created_at": T}
ELSE_OF_A_REPOSITORY = {"created_at": T, "updated_at": T, "description": "x", "language": "C", "stargazers_count": 3, "open_issues_count": 4, "archived": True, "pushed_at": T}

# Beside what a record has: an unknown part may hold anything.
BESIDE = ['"suspended_at": "never"', '"seen_at": {}', '"plan": {"name": {"a": []}, "updated_at": "never", "id": "x", "login": 5}',
          '"organization": {"created_at": 5, "description": [], "full_name": []}', '"deep": ' + "[" * 200 + "]" * 200,
          '"deep": ' + '{"name":' * 60 + "{}" + "}" * 60, '"huge": 1e999', '"huge": ' + "9" * 400,
          '"": {}', '"x": "\\ud800\\ud800"', '"_weak": {"id": 9, "name": []}', '"_weak": 5', '"custom_properties": {"type": ["a"], "size": "big"}',
          '"permissions": []',
          '"user": {"id": 7, "login": "bob"}, "x_at": 5']


def cases(fields):
    """(key, its value in JSON, what becomes of it)"""
    for key, type_ in fields.items():
        for value in BAD[type_]:
            yield key, value, KEPT
        for value, stored in GOOD[type_].items():
            yield key, value, stored


def some(made):
    """Every sixth: each value with several keys, and each key with several values."""
    return list(made)[::6]


EVERY = pytest.mark.parametrize("of", [some, pytest.param(list, marks=pytest.mark.slow)], ids=["some", "all"])


def with_value(record, key, value):
    """The record as bytes of JSON, with the key's value as given."""
    rest = json.dumps({k: v for k, v in record.items() if k != key})
    return (rest[:-1] + f', "{key}": {value}}}').encode().replace(b"BYTE", b"\xff")


class World(FakeGitHub):
    """ada's followers are developers, and her stars repositories, each with one odd value in its detail, or on its list."""

    def __init__(self, developers, repositories, listed=False):
        super().__init__()
        self.developers = {1000 + n: case for n, case in enumerate(developers)}
        self.repositories = {1000 + n: case for n, case in enumerate(repositories)}
        ada, items = user(1, "ada"), []
        for n, (key, value, _) in self.developers.items():
            self.answers[f"/users/u{n}"] = self.answers[f"/user/{n}"] = with_value(profile(n, f"u{n}", **ELSE), key, value)
        for n, (key, value, _) in self.repositories.items():
            r = repository(n, ada, f"r{n}", **ELSE_OF_A_REPOSITORY)
            self.answers[f"/repos/ada/r{n}"] = self.answers[f"/repositories/{n}"] = (403, {}, {"message": "no"}) if listed else with_value(r, key, value)
            items.append(b'{"starred_at": "%s", "repo": %s}' % (T.encode(), with_value(r, key, value) if listed else json.dumps(r).encode()))
        self.answers["/users/ada"] = self.answers["/user/1"] = profile(1, "ada", followers=len(developers))
        self.in_pages("/users/ada/followers?per_page=100", [json.dumps(user(n, f"u{n}")).encode() for n in self.developers], 100)
        self.in_pages("/users/ada/starred?per_page=100", items, 1 if listed else 100)

    def in_pages(self, path, items, size):
        for at in range(0, max(len(items), 1), size):
            link = {"Link": f'<{self.url}{path}&page={at // size + 2}>; rel="next"'} if at + size < len(items) else {}
            self.answers[path + (f"&page={at // size + 1}" if at else "")] = (200, link, b"[" + b",".join(items[at:at + size]) + b"]")


def stored(s, table, fields):
    columns = ", ".join(f"({key} at time zone 'utc')::text" if type_ == "time" else COLUMNS.get(key, key) for key, type_ in fields.items())
    return {row[0]: dict(zip(fields, row[1:])) for row in s.rows(f"select github_id, {columns} from {table}")}


def check(s, table, fields, wanted, rest, kept=lambda n: {}):
    """kept: the fields that the record's list tells."""
    rows, wrong = stored(s, table, fields), []
    for n, (key, value, result) in wanted.items():
        row = rows.get(n)
        if row is None:
            wrong.append(f"{key} {value}: not stored")
            continue
        if result is KEPT or result is None and key in ("node_id", "avatar_url", "site_admin"):  # null tells nothing of these
            result = kept(n).get(key)
        if fields[key] == "time" and result == T:
            result = TIME
        if row[key] != result:
            wrong.append(f"{key} {value}: {row[key]!r} instead of {result!r}")
        lost = {k: row[k] for k in rest if k != key and row[k] != (TIME if fields[k] == "time" else rest[k])}
        if lost:
            wrong.append(f"{key} {value}: lost {lost}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def made(stack):
    worlds = []

    def make(*args, wait=True, **more):
        worlds.append(args[0] if isinstance(args[0], World) else World(*args, **more))
        s = stack(worlds[0].url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_profile_sync", "ada")
        if wait:
            s.wait_idle()
            s.check_queue()
        return s, worlds[0]
    yield make
    for github in worlds:
        github.stop()


@EVERY
def test_a_field_of_a_developers_detail(made, of):
    s, github = made(of(cases(OF_A_DEVELOPER)), [])
    check(s, "developers", OF_A_DEVELOPER, github.developers, ELSE, lambda n: {**user(n, f"u{n}"), "type": None})


@EVERY
def test_a_field_of_a_repositorys_detail(made, of):
    s, github = made([], of(cases(OF_A_REPOSITORY)))
    check(s, "repositories", OF_A_REPOSITORY, github.repositories, ELSE_OF_A_REPOSITORY,
          lambda n: repository(n, user(1, "ada"), f"r{n}", **ELSE_OF_A_REPOSITORY))


@EVERY
def test_a_field_of_a_repository_on_a_list(made, of):
    """Each alone on its page."""
    fields = {key: OF_A_REPOSITORY[key] for key in ("language", "archived", "stargazers_count", "pushed_at")}
    s, github = made([], of(cases(fields)), listed=True)
    check(s, "repositories", OF_A_REPOSITORY, github.repositories, ELSE_OF_A_REPOSITORY)
    assert s.one("select count(*) from stars") == len(github.repositories)


# ---- the whole of a detail ----

def beside(record, part):
    return (json.dumps(record)[:-1] + ", " + part + "}").encode()


def test_parts_that_are_not_read_may_hold_anything(made):
    """In a detail and on a list."""
    github = World([("name", '"x"', "x")] * len(BESIDE), [("language", '"C"', "C")] * len(BESIDE))
    fans, stars = [], []
    for n, part in enumerate(BESIDE, 1000):
        github.answers[f"/users/u{n}"] = github.answers[f"/user/{n}"] = beside(profile(n, f"u{n}", **ELSE), part)
        r = repository(n, user(1, "ada"), f"r{n}", **ELSE_OF_A_REPOSITORY)
        github.answers[f"/repos/ada/r{n}"] = github.answers[f"/repositories/{n}"] = beside(r, part)
        fans.append(beside(user(n, f"u{n}"), part))
        stars.append(b'{"starred_at": "%s", "repo": %s}' % (T.encode(), beside(r, part)))
    github.in_pages("/users/ada/followers?per_page=100", fans, 1)
    github.in_pages("/users/ada/starred?per_page=100", stars, 1)
    s, _ = made(github)
    assert s.rows("select count(*), count(name), count(synced_at) from developers where github_id >= 1000") == [(len(BESIDE),) * 3]
    assert s.rows("select count(*), count(language), count(synced_at) from repositories") == [(len(BESIDE),) * 3]
    assert s.rows("select count(*) from stars") == s.rows("select count(*) from follows") == [(len(BESIDE),)]


REPOSITORY = repository(1000, user(1, "ada"), "r1000", **ELSE_OF_A_REPOSITORY)
DETAILS = {
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(REPOSITORY).encode(), "white space": b" \r\n\t" + json.dumps(REPOSITORY).encode() + b"\n\n",
    "name number": with_value(REPOSITORY, "name", "5"), "name object": with_value(REPOSITORY, "name", "{}"), "name list": with_value(REPOSITORY, "name", "[1]"),
    "name true": with_value(REPOSITORY, "name", "true"),
    "name twice": beside(REPOSITORY, '"name": "r1000"'), "name twice, then another type": beside(REPOSITORY, '"name": 5'),
    "id a fraction of nothing": with_value(REPOSITORY, "id", "1000.0"), "id text": with_value(REPOSITORY, "id", '"1000"'),
    "id with an exponent": with_value(REPOSITORY, "id", "1e3"), "language twice": beside(REPOSITORY, '"language": "C"')}


@pytest.mark.parametrize("requested", [False, True], ids=["stub", "requested"])
def test_a_detail_that_still_says_which_repository_it_is(made, requested, stack):
    github = World([], [("language", '"C"', "C")] * len(DETAILS))
    for n, detail in enumerate(DETAILS.values(), 1000):
        detail = detail.replace(b"1000", str(n).encode()).replace(b"1e3", b"%d" % n if n != 1000 else b"1e3")
        github.answers[f"/repos/ada/r{n}"] = github.answers[f"/repositories/{n}"] = detail
    s, _ = made(github)
    for n in range(1000, 1000 + len(DETAILS)) if requested else ():
        s.task("full_repository_sync", "ada", f"r{n}")
    s.wait_idle()
    s.check_queue()
    names = s.rows("select github_id, name, full_name, language from repositories where synced_at is not null order by 1")
    assert names == [(n, f"r{n}", f"ada/r{n}", "C") for n in range(1000, 1000 + len(DETAILS))]
    assert s.rows("select note from jobs where note is not null and kind ~ '^(full|hydrate)'") == []


NAMELESS = {"full name number": with_value(REPOSITORY, "full_name", "5"), "no full name": with_value(REPOSITORY, "x", "5").replace(b'"full_name"', b'"y"'),
            "id object": with_value(REPOSITORY, "id", "{}"), "id negative": with_value(REPOSITORY, "id", "-1000"), "id word": with_value(REPOSITORY, "id", '"x"')}


@side_by_side
@pytest.mark.parametrize("detail", NAMELESS.values(), ids=NAMELESS.keys())
def test_a_detail_that_does_not_say_which_repository_it_is(made, detail):
    """It is refused in words that fit, and the stub stays."""
    github = World([], [("language", '"C"', "C")])
    github.answers["/repos/ada/r1000"] = github.answers["/repositories/1000"] = detail
    s, _ = made(github, wait=False)
    s.wait_until(lambda: s.rows("select error from jobs where error is not null and kind = 'hydrate_repositories'"), 60, "a failure")
    error = s.one("select error from jobs where error is not null and kind = 'hydrate_repositories'")
    assert "the detail has no valid id and name" in error, error
    assert s.rows("select full_name, synced_at, gone_at from repositories") == [("ada/r1000", None, None)]
