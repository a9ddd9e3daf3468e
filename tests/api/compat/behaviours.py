"""The original API (Django REST framework 3.12, django-filter 2.4 behind it) as its clients know it: what is kept, and what
is changed on purpose, with why. Every row is a request that test_compat.py sends; README.md is made from them:

    python3 tests/api/compat/behaviours.py > tests/api/compat/README.md

The database of the rows: developers dev1 … dev25, a day younger each, dev25 the newest; every fifth without a name; repositories
repo1 … repo12 of dev1, two on a day; dev2 and dev3 follow dev1, dev1 follows dev4 and stars repo2; one quota; a stub that is in no list.
"""
import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from graph import record_id  # noqa: E402

DEV, REPO = record_id(1, 1), record_id(2, 1)
DEVELOPERS, REPOSITORIES, TASKS = "/github/developers/", "/github/repositories/", "/github/tasks/"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ALL, NAMELESS = 25, 5


@dataclasses.dataclass
class Row:
    what: str
    path: str
    method: str = "GET"
    headers: dict = dataclasses.field(default_factory=dict)
    body: str = ""
    auth: object = True  # False: none; a text: the header's value
    # What has to come back; {base} stands for the server's address.
    status: int = 200
    json: object = None
    has: dict = None  # members of the object, others may be there
    count: int = None
    logins: list = None  # of a list's results
    ids: list = None  # their github_id
    next: object = ""  # "" is not looked at
    previous: object = ""
    header: dict = None
    text: str = None
    begins: str = None  # the text
    keys: list = None  # of the first record, in this order, others may stand between
    # Only for what was changed:
    original: str = None
    why: str = None


def detail(text):
    return {"detail": text}


def dev(*numbers):
    return [f"dev{n}" for n in numbers]


DEVELOPER_FIELDS = ["github_id", "login", "name", "location", "bio", "company", "email", "created_at", "updated_at",
                    "followers_count", "following_count", "public_gists", "public_repos", "followers", "following",
                    "starred_repositories", "repositories"]
REPOSITORY_FIELDS = ["owner", "github_id", "owner_github_id", "name", "full_name", "description", "homepage", "language",
                     "created_at", "updated_at", "has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki",
                     "private", "archived", "disabled", "stargazers", "stargazers_count", "subscribers_count",
                     "watchers_count", "open_issues_count"]


def addresses():
    yield Row("`/` leads to the root", "/", status=302, header={"Location": "/github/"})
    yield Row("the root links to the lists, without credentials", "/github/", auth=False, has={
        name: "{base}/github/" + name + "/" for name in ("developers", "repositories", "rate_limit", "tasks")})
    yield Row("the root's own links come in the original's order", "/github/",
              keys=["developers", "repositories", "rate_limit", "tasks"])
    yield Row("a missing slash", DEVELOPERS[:-1], status=301, header={"Location": DEVELOPERS})
    yield Row("a missing slash keeps the query", DEVELOPERS[:-1] + "?page=2", status=301, header={"Location": DEVELOPERS + "?page=2"})
    yield Row("a missing slash behind a record", f"{DEVELOPERS}{DEV}", status=301, header={"Location": f"{DEVELOPERS}{DEV}/"})
    yield Row("a missing slash needs no credentials", DEVELOPERS[:-1], auth=False, status=301)
    yield Row("a missing slash, posted to", TASKS[:-1], "POST", {"Content-Type": FORM}, "name=x", status=308,
              original="301", why="clients turn a 301 into a GET, which answers 200 and does nothing")
    yield Row("`/health/`", "/health/", auth=False, text="ok")
    yield Row("`/health/` is plain text", "/health/", auth=False, header={"Content-Type": "text/plain"},
              original="`text/html; charset=utf-8`", why="it is not HTML")
    yield Row("an address that is not there", "/github/nowhere/", status=404, json=detail("Not found."),
              original="404 with a page of HTML", why="programs read JSON; people who ask for HTML get a page")
    yield Row("an address that is not there, without credentials", "/github/nowhere/", auth=False, status=401,
              original="404", why="who has no credentials is not told what is there")
    yield Row("no format suffix", "/github/developers.json", status=404,
              original="the same as `?format=json`", why="`?format=` and `Accept` say it already; one address for one thing")
    yield Row("no `/api-auth/login/`", "/api-auth/login/", status=404,
              original="a form that starts a session", why="no sessions and no cookies: a POST from elsewhere cannot borrow one")


def lists():
    yield Row("a list is count, next, previous, results", DEVELOPERS, keys=None, count=ALL, previous=None,
              next="{base}/github/developers/?page=2")
    yield Row("ten a page, newest `created_at` first", DEVELOPERS, logins=dev(*range(25, 15, -1)))
    yield Row("the second page", DEVELOPERS + "?page=2", logins=dev(*range(15, 5, -1)),
              next="{base}/github/developers/?page=3", previous="{base}/github/developers/")
    yield Row("the last page", DEVELOPERS + "?page=3", logins=dev(5, 4, 3, 2, 1), next=None,
              previous="{base}/github/developers/?page=2")
    yield Row("`page=last`", DEVELOPERS + "?page=last", logins=dev(5, 4, 3, 2, 1), next=None,
              previous="{base}/github/developers/?page=2")
    for bad in ("0", "4", "-1", "x", "2.0"):
        yield Row(f"`page={bad}` is not there", f"{DEVELOPERS}?page={bad}", status=404, json=detail("Invalid page."))
    yield Row("spaces around a page number", DEVELOPERS + "?page=%202%20", logins=dev(*range(15, 5, -1)))
    yield Row("an empty page number is the first page", DEVELOPERS + "?page=", logins=dev(*range(25, 15, -1)),
              original='404 `{"detail":"Invalid page."}`', why="an empty value is ignored everywhere else; forms send them")
    yield Row("links keep the query, its keys sorted", DEVELOPERS + "?page=2&login__gte=a&a=b&B=c",
              next="{base}/github/developers/?B=c&a=b&login__gte=a&page=3",
              previous="{base}/github/developers/?B=c&a=b&login__gte=a")
    yield Row("links encode as forms do", DEVELOPERS + "?created_at__gte=2020-01-02T00:00:00Z&x=a%20b%26",
              next="{base}/github/developers/?created_at__gte=2020-01-02T00%3A00%3A00Z&page=2&x=a+b%26")
    yield Row("links keep empty values", DEVELOPERS + "?login=", next="{base}/github/developers/?login=&page=2")
    yield Row("links keep what is repeated, in its order", DEVELOPERS + "?page=2&x=2&login__gte=a&x=1",
              next="{base}/github/developers/?login__gte=a&page=3&x=2&x=1",
              previous="{base}/github/developers/?login__gte=a&x=2&x=1")
    yield Row("the last of a repeated page counts", DEVELOPERS + "?page=3&page=2", logins=dev(*range(15, 5, -1)),
              next="{base}/github/developers/?page=3")
    yield Row("`page_size` up to 100", DEVELOPERS + "?page_size=3", logins=dev(25, 24, 23),
              original="ignored", why="a crawl of a large list in a tenth of the requests; up to 100")
    yield Row("only synced records are listed", DEVELOPERS + "?login=stub", count=0)
    yield Row("repositories, the same", REPOSITORIES, count=12, next="{base}/github/repositories/?page=2", previous=None)


def records():
    yield Row("fields of a developer, in the original's order", f"{DEVELOPERS}{DEV}/", keys=DEVELOPER_FIELDS)
    yield Row("a developer", f"{DEVELOPERS}{DEV}/", has={
        "github_id": "1", "login": "dev1", "name": "Name 1", "location": "Brazil", "bio": None, "company": "@acme", "email": None,
        "created_at": "2020-01-02T00:00:00Z", "updated_at": "2021-01-02T03:04:05Z", "followers_count": 1, "following_count": 2,
        "public_gists": 3, "public_repos": 4})
    yield Row("relations are lists of hyperlinks", f"{DEVELOPERS}{DEV}/", has={
        "followers": [f"{{base}}{DEVELOPERS}{record_id(1, n)}/" for n in (3, 2)],
        "following": [f"{{base}}{DEVELOPERS}{record_id(1, 4)}/"],
        "starred_repositories": [f"{{base}}{REPOSITORIES}{record_id(2, 2)}/"],
        "repositories": [f"{{base}}{REPOSITORIES}{record_id(2, n)}/" for n in range(12, 0, -1)]})
    yield Row("relations are ordered by when the edge was made, newest first", f"{DEVELOPERS}{DEV}/",
              has={"followers": [f"{{base}}{DEVELOPERS}{record_id(1, n)}/" for n in (3, 2)]},
              original="in no order", why="the same request gives the same bytes, and the newest is what people look for")
    yield Row("records say their own `id` and `url`", f"{DEVELOPERS}{DEV}/", has={"id": DEV, "url": f"{{base}}{DEVELOPERS}{DEV}/"},
              original="not there", why="a list's records could not be asked for again")
    yield Row("`id` is a function of the GitHub id", f"{DEVELOPERS}{DEV}/", has={"id": DEV},
              original="random, another one in each database", why="links hold across deployments and need no join")
    yield Row("fields of a repository, in the original's order", f"{REPOSITORIES}{REPO}/", keys=REPOSITORY_FIELDS)
    yield Row("a repository", f"{REPOSITORIES}{REPO}/", has={
        "owner": f"{{base}}{DEVELOPERS}{DEV}/", "github_id": "1", "owner_github_id": "1", "name": "repo1",
        "full_name": "dev1/repo1", "description": None, "homepage": "", "language": "C", "created_at": "2020-02-02T00:00:00Z",
        "updated_at": "2021-02-02T00:00:00Z", "has_downloads": True, "has_issues": False, "has_pages": True,
        "has_projects": False, "has_wiki": True, "private": False, "archived": False, "disabled": False, "stargazers": [],
        "stargazers_count": 5, "subscribers_count": 6, "watchers_count": 7, "open_issues_count": 8})
    for spelling, text in (("upper-case", DEV.upper()), ("dashless", DEV.replace("-", ""))):
        yield Row(f"{spelling} ids", f"{DEVELOPERS}{text}/", has={"login": "dev1"})
    yield Row("an id that is not there", f"{DEVELOPERS}00000000-0000-0000-0000-000000000000/", status=404, json=detail("Not found."))
    yield Row("an id that is none", f"{DEVELOPERS}xyz/", status=404, json=detail("Not found."))
    yield Row("a stub answers, with nulls", f"{DEVELOPERS}{record_id(1, 900)}/", has={"login": "stub", "name": None, "created_at": None},
              original="it had none: related records were fetched in full first",
              why="a link that is shown can be followed before its record is synced")


def filters():
    yield Row("exact", DEVELOPERS + "?login=dev7", logins=dev(7))
    yield Row("exact is case-sensitive", DEVELOPERS + "?login=DEV7", count=0)
    yield Row("`__lte` and `__gte` on a number", DEVELOPERS + "?followers_count__gte=3&followers_count__lte=5", logins=dev(5, 4, 3))
    yield Row("`__lte` on text", DEVELOPERS + "?login__lte=dev10", logins=dev(10, 1))
    yield Row("`__isnull`", DEVELOPERS + "?name__isnull=true", logins=dev(25, 20, 15, 10, 5))
    for yes in ("true", "True", "TRUE", "1"):
        yield Row(f"`{yes}` is true", f"{DEVELOPERS}?name__isnull={yes}", count=NAMELESS)
    for no in ("false", "False", "0"):
        yield Row(f"`{no}` is false", f"{DEVELOPERS}?name__isnull={no}", count=ALL - NAMELESS)
    yield Row("a bad boolean is refused", DEVELOPERS + "?name__isnull=yes", status=400,
              json={"name__isnull": ["Enter true or false."]}, original="ignored",
              why="a filter that is ignored answers with everything")
    yield Row("booleans of a repository", REPOSITORIES + "?has_pages=True", count=12)
    yield Row("`__contains`", DEVELOPERS + "?name__contains=e+1", count=9)
    yield Row("`__contains` is case-sensitive", DEVELOPERS + "?name__contains=name", count=0)
    for wild in ("%25", "_", "%5C"):
        yield Row(f"`{wild}` is no wildcard", f"{DEVELOPERS}?name__contains={wild}", count=0)
    yield Row("`owner_github_id` is a text", REPOSITORIES + "?owner_github_id=01", count=0)
    yield Row("`owner_github_id`", REPOSITORIES + "?owner_github_id=1", count=12)
    for field, bad, text in (("followers_count", "x", "Enter a number."), ("followers_count", "NaN", "Enter a number."),
                             ("followers_count__lte", "1x", "Enter a number."), ("created_at", "abc", "Enter a valid date/time."),
                             ("created_at__gte", "01/02/2020", "Enter a valid date/time.")):
        yield Row(f"`{field}={bad}` is named", f"{DEVELOPERS}?{field}={bad}", status=400, json={field: [text]})
    yield Row("all bad values are named at once", DEVELOPERS + "?followers_count=x&created_at=y", status=400,
              json={"followers_count": ["Enter a number."], "created_at": ["Enter a valid date/time."]})
    yield Row("empty values are ignored", DEVELOPERS + "?followers_count=&created_at=&login=", count=ALL)
    yield Row("unknown parameters are ignored", DEVELOPERS + "?nonsense=1", count=ALL)
    yield Row("lookups that are not listed are ignored", DEVELOPERS + "?login__regex=zz", count=ALL)
    yield Row("the last of a repeated parameter wins", DEVELOPERS + "?login=dev1&login=dev2", logins=dev(2))
    for form in ("3.0", "%203%20", "3e0"):
        yield Row(f"numbers as `{form}`", f"{DEVELOPERS}?followers_count={form}", logins=dev(3))
    yield Row("3.5 followers have none", DEVELOPERS + "?followers_count=3.5", count=0,
              original="those with 3", why="a fraction is not its whole part")
    yield Row("a number no column can hold", DEVELOPERS + "?followers_count__lte=99999999999999999999", count=ALL,
              original="500", why="the comparison has an answer")
    for form in ("2020-01-04T00:00:00Z", "2020-01-04%2000:00:00", "2020-01-04T00:00", "2020-01-04T02:00:00%2B02:00", "2020-1-4T0:00"):
        yield Row(f"times as `{form}`", f"{DEVELOPERS}?created_at={form}", logins=dev(3))
    yield Row("dates without a time", DEVELOPERS + "?created_at__lte=2020-01-03", logins=dev(2, 1),
              original='400 `["Enter a valid date/time."]`', why="it means the first second of that day, and everybody tries it")
    yield Row("spaces around a text count", DEVELOPERS + "?login=%20dev7%20", count=0,
              original="cut off", why="what is asked for is looked for; ` x` and `x` are two values of a column")
    nul = ["Null characters are not allowed."]
    yield Row("a NUL", DEVELOPERS + "?name=%00", status=400, json={"name": nul})
    yield Row("a NUL beside what else is wrong", DEVELOPERS + "?login__gte=a%00b&followers_count=%00", status=400,
              json={"followers_count": ["Enter a number."], "login__gte": nul})
    yield Row("a NUL in a parameter that is no filter", DEVELOPERS + "?x=%00", status=400, begins='{"detail":"x:',
              original="ignored", why="nothing can be meant by it")
    yield Row("bytes that are no UTF-8", DEVELOPERS + "?login=%ff", status=400, begins='{"detail":"login:',
              original="replaced by `\ufffd`", why="nothing that was not asked for is looked for")


EXACT, RANGE, NULLED = ["exact"], ["exact", "lte", "gte"], ["exact", "lte", "gte", "isnull"]
TAKEN = {  # every filter the original took
    DEVELOPERS: {"login": RANGE, "name": NULLED + ["contains"], "location": NULLED, "bio": NULLED + ["contains"],
                 "company": NULLED, "email": NULLED, "followers_count": RANGE, "following_count": RANGE, "public_gists": RANGE,
                 "public_repos": RANGE, "created_at": RANGE, "updated_at": RANGE},
    REPOSITORIES: {"owner_github_id": EXACT, "name": EXACT, "full_name": EXACT,
                   "description": ["exact", "isnull", "contains"], "homepage": ["exact", "isnull"], "language": ["exact", "isnull"],
                   "created_at": RANGE, "updated_at": RANGE,
                   **{name: EXACT for name in ("has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki", "private",
                                               "archived", "disabled")},
                   **{name: RANGE for name in ("stargazers_count", "subscribers_count", "watchers_count", "open_issues_count")}},
    "/github/rate_limit/": {"rate_limit": RANGE, "rate_remaining": RANGE, "rate_reset": RANGE, "rate_reset_raw": RANGE},
}


def value_that_fits_nothing(field, lookup):
    if lookup == "isnull":  # all bios, emails and descriptions are null here
        return "false" if field in ("bio", "email", "description") else "true" if field != "name" else None
    if field.startswith(("has_", "private", "archived", "disabled")):
        return "false" if field in ("has_downloads", "has_pages", "has_wiki") else "true"
    if field.endswith("_at") or field == "rate_reset":
        return {"exact": "2019-01-01T00:00:00Z", "lte": "1999-01-01T00:00:00Z", "gte": "2099-01-01T00:00:00Z"}[lookup]
    if field.endswith(("_count", "_limit", "_remaining", "_raw")) or field.startswith("public_"):
        return {"exact": "99999", "lte": "-1", "gte": "1999999999"}[lookup]
    return {"exact": "zzz", "lte": "!", "gte": "zzz", "contains": "zzz"}[lookup]


def every_filter():
    for path, fields in TAKEN.items():
        for field, lookups in fields.items():
            for lookup in lookups:
                parameter = field if lookup == "exact" else f"{field}__{lookup}"
                value = value_that_fits_nothing(field, lookup)
                if value:
                    yield Row(f"`{parameter}`", f"{path}?{parameter}={value}", count=0)


def additions():
    yield Row("an empty text", REPOSITORIES + "?homepage__isempty=true", count=12, original="ignored",
              why="an empty value counts as not given, so equality cannot ask for it")
    yield Row("a text in any case", REPOSITORIES + "?language__iexact=c&name__iexact=REPO3", count=1, ids=[3], original="ignored",
              why="logins, languages and places are written in any case")
    yield Row("fields that only their names bring", f"{REPOSITORIES}{REPO}/?fields=topics,fork,gone_at",
              json={"topics": None, "fork": None, "gone_at": None}, original="not there", why="what can be filtered can be seen")


def orders():
    yield Row("`created_at` first, the id breaks ties", REPOSITORIES + "?page_size=100", count=12,
              ids=[11, 12, 9, 10, 7, 8, 5, 6, 3, 4, 1, 2],
              original="ties in no order", why="pages neither repeat nor leave out records")


def negotiation():
    plain = f"{DEVELOPERS}{DEV}/"
    yield Row("JSON is the default", plain, header={"Content-Type": "application/json"})
    for accept in ("*/*", "application/*", "application/json", "image/png, application/json", "application/json;indent=4"):
        yield Row(f"`Accept: {accept}`", plain, headers={"Accept": accept}, header={"Content-Type": "application/json"})
    yield Row("indented on request", "/github/rate_limit/1/", headers={"Accept": "application/json; indent=4"},
              begins='{\n    "url": "')
    yield Row("`?indent=`", "/github/rate_limit/1/?indent=2", begins='{\n  "url": "', original="ignored",
              why="the same for who cannot set a header")
    yield Row("`?format=json`", plain + "?format=json", has={"login": "dev1"})
    yield Row("the format is kept in links", DEVELOPERS + "?format=json", next="{base}/github/developers/?format=json&page=2")
    for bad in ("xml", "JSON"):
        yield Row(f"`?format={bad}`", f"{plain}?format={bad}", status=404, json=detail("Not found."))
    yield Row("a type we have not", plain, headers={"Accept": "application/xml"}, status=406,
              json=detail("Could not satisfy the request Accept header."))
    yield Row("a type that is refused is not sent", plain, headers={"Accept": "application/json;q=0"}, status=406,
              original="200: q was not looked at", why="RFC 9110, 12.4.2: q=0 is not acceptable")
    yield Row("people get HTML", plain, headers={"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
              header={"Content-Type": "text/html"})
    yield Row("answers vary by Accept", plain, header={"Vary": "Accept"})


def methods():
    yield Row("HEAD", DEVELOPERS, "HEAD", text="", header={"Content-Type": "application/json"})
    yield Row("HEAD without credentials", DEVELOPERS, "HEAD", auth=False, status=401, text="",
              original="403", why="as for GET")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"):
        yield Row(f"{method} on a list", DEVELOPERS, method, status=405, json=detail(f'Method "{method}" not allowed.'),
                  header={"Allow": "GET, HEAD, OPTIONS"})
    yield Row("POST on the root", "/github/", "POST", status=405, json=detail('Method "POST" not allowed.'))
    yield Row("DELETE on the tasks", TASKS, "DELETE", status=405, json=detail('Method "DELETE" not allowed.'),
              header={"Allow": "GET, POST, HEAD, OPTIONS"})
    yield Row("OPTIONS", DEVELOPERS, "OPTIONS", header={"Allow": "GET, HEAD, OPTIONS"}, keys=["name", "description", "renders"])
    yield Row("OPTIONS names the address", DEVELOPERS, "OPTIONS", has={"name": DEVELOPERS},
              original="`Developer List`, and what it parses", why="the documentation says more, and is there for programs, too")
    yield Row("a wrong method without credentials", DEVELOPERS, "DELETE", auth=False, status=401,
              original="403", why="as for GET")


def credentials():
    absent, wrong = "Authentication credentials were not provided.", "Invalid username/password."
    challenge = {"WWW-Authenticate": 'Basic realm="gitomatic"'}
    why = "RFC 9110, 15.5.2: clients send what they have when a 401 asks for it; 403 says that it would not help"
    for path in (DEVELOPERS, REPOSITORIES, "/github/rate_limit/", TASKS, f"{DEVELOPERS}{DEV}/"):
        yield Row(f"`{path.replace(DEV, '{id}')}` without credentials", path, auth=False, status=401, json=detail(absent), header=challenge,
                  original="403, the same text", why=why)
    yield Row("a wrong password", DEVELOPERS, auth="Basic YW5uOndyb25n", status=401, json=detail(wrong), header=challenge,
              original="403, the same text", why=why)
    yield Row("a header that is no Base64", DEVELOPERS, auth="Basic xx", status=401, begins='{"detail":"Invalid basic header.',
              original="403, the same text", why=why)


def quota():
    yield Row("the quota", "/github/rate_limit/", json={"count": 1, "next": None, "previous": None, "results": [{
        "url": "{base}/github/rate_limit/1/", "rate_limit": 5000, "rate_remaining": 4321, "rate_reset_raw": 1900000000,
        "rate_reset": "2030-03-17T17:46:40Z", "credential": "token", "resource": "core"}]},
        original="without `credential` and `resource`", why="which quota is whose")
    yield Row("record 1, without an `id`", "/github/rate_limit/1/", json={
        "url": "{base}/github/rate_limit/1/", "rate_limit": 5000, "rate_remaining": 4321, "rate_reset_raw": 1900000000,
        "rate_reset": "2030-03-17T17:46:40Z", "credential": "token", "resource": "core"})
    for query, n in (("rate_limit=5000", 1), ("rate_remaining__lte=1", 0), ("rate_reset_raw__gte=1900000000", 1),
                     ("rate_reset__lte=2029-01-01T00:00:00Z", 0)):
        yield Row(f"`?{query}`", f"/github/rate_limit/?{query}", count=n)
    yield Row("a record that is not there", "/github/rate_limit/2/", status=404, json=detail("Not found."))


def tasks():
    form = {"Content-Type": FORM}
    yield Row("the list is a bare array", TASKS, json=[
        {"id": 1, "name": "full_profile_sync", "username": "required", "repo_name": "n/a"},
        {"id": 2, "name": "full_repository_sync", "username": "required", "repo_name": "required"},
        {"id": 3, "name": "discovery_scraper", "username": "n/a", "repo_name": "n/a"}])
    for body in ("name=full_profile_sync&username=octocat", "name=full_repository_sync&username=octocat&repo_name=hello",
                 "name=discovery_scraper"):
        yield Row(f"`{body}`", TASKS, "POST", form, body, has={"success": "yes"})
    yield Row("the answer names the job", TASKS, "POST", form, "name=discovery_scraper", keys=["success", "job"],
              original='`{"success":"yes"}`', why="one can ask what became of it")
    for body, text in (("name=full_profile_sync&username=", "Missing username. Provide a valid github username"),
                       ("name=full_repository_sync&username=&repo_name=x", "Missing username. Provide a valid github username"),
                       ("name=full_repository_sync&username=x&repo_name=", "Missing repo_name. Provide a valid repository name")):
        yield Row(f"`{body}`", TASKS, "POST", form, body, status=406, json={"success": "no", "error": text})
    for body, text in (("name=full_profile_sync", "Missing username. Provide a valid github username"),
                       ("name=full_repository_sync&username=x", "Missing repo_name. Provide a valid repository name")):
        yield Row(f"`{body}`", TASKS, "POST", form, body, status=406, json={"success": "no", "error": text},
                  original="a task that failed later, or a 500", why="absent is the same as empty")
    yield Row("an unknown task", TASKS, "POST", form, "name=nope", status=406,
              begins='{"success":"no","error":"task name nope not recognized')
    yield Row("an unknown task is told what there is", TASKS, "POST", form, "name=nope", status=406,
              begins='{"success":"no","error":"task name nope not recognized, expected full_profile_sync,',
              original="`task name nope not recognized`", why="an error says what was expected")
    yield Row("a name that cannot be one", TASKS, "POST", form, "name=full_profile_sync&username=../x", status=406,
              begins='{"success":"no","error":"username: got', original="200, and a task that failed",
              why="what cannot work is refused where it is asked for")
    yield Row("JSON", TASKS, "POST", {"Content-Type": JSON}, '{"name":"discovery_scraper"}', has={"success": "yes"},
              original="406: only forms were read", why="an API of JSON takes JSON")
    yield Row("broken JSON", TASKS, "POST", {"Content-Type": JSON}, "{bad", status=400, begins='{"detail":"JSON parse error - ')
    yield Row("a type that is not taken", TASKS, "POST", {"Content-Type": "text/plain"}, "x", status=415,
              json=detail('Unsupported media type "text/plain" in request.'))
    yield Row("the query is no form", TASKS + "?name=discovery_scraper", "POST", form, "", status=406)
    yield Row("the tasks take no number", TASKS + "1/", status=404)


GROUPS = {"Addresses": addresses, "Lists": lists, "Records": records, "Filters": filters,
          "Every filter, with a value that fits nothing": every_filter, "What was added to filters and fields": additions,
          "Order": orders, "Form of the answer": negotiation,
          "Methods": methods, "Credentials": credentials, "Quota": quota, "Tasks": tasks}
ROWS = [(group, row) for group, rows in GROUPS.items() for row in rows()]


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def request_of(row):
    parts = [f"{row.method} {row.path}"] + [f"{k}: {v}" for k, v in row.headers.items()] + ([row.body] if row.body else [])
    return "`" + " · ".join(parts).replace(DEV, "{id}").replace(REPO, "{id}").replace(record_id(1, 900), "{stub}") + "`"


def document():
    lines = ["# The original's API, kept and changed", "",
             "Made from `behaviours.py`, which `test_compat.py` runs row by row; change it there and make this anew.", ""]
    for group in GROUPS:
        rows = [row for g, row in ROWS if g == group]
        kept, changed = [r for r in rows if not r.why], [r for r in rows if r.why]
        lines += [f"## {group}", ""]
        if kept:
            lines += ["| kept | request | status |", "| --- | --- | --- |"]
            lines += [f"| {cell(r.what)} | {cell(request_of(r))} | {r.status} |" for r in kept] + [""]
        if changed:
            lines += ["| changed | request | status | the original | why |", "| --- | --- | --- | --- | --- |"]
            lines += [f"| {cell(r.what)} | {cell(request_of(r))} | {r.status} | {cell(r.original)} | {cell(r.why)} |"
                      for r in changed] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(document(), end="")
