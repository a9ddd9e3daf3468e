"""What holds for the parameters of every operation that the OpenAPI document describes: none is ignored without a word."""
import http.client
import json

import pytest

from described import address, api, by, call, document  # noqa: F401

IGNORED = "X-Ignored-Parameters"
BODY = b'{"name": "discovery_scraper"}'


def ask(api, op, query):  # noqa: F811
    """A POST that works asks for no task."""
    more = "&dry_run=1" if op.path == "/github/tasks/" and op.method == "post" else ""
    if op.method == "get":
        return call(api, op, query)
    body = BODY if op.path == "/github/tasks/" else None
    return call(api, op, query + more, {"Content-Type": "application/json"}, body, {"number": "99999"})


def test_unknown_parameters_are_named(api, document):  # noqa: F811
    for op in document.operations:
        plain = ask(api, op, "")
        for query, names in (("locatoin=Brazil", "locatoin"), ("zz=&zz=1&aa=2", "aa, zz"), ("locatoin=Brazil&strict=0", "locatoin"),
                             ("Page=2&strict=false", "Page")):
            got = ask(api, op, query)
            assert (got.status, got.headers[IGNORED]) == (plain.status, names), f"{op} {query}"
            op.check(got)


PAGE = {"Accept": "text/html,*/*;q=0.1"}
PEOPLE = ["/search/?q=nobody%20there", "/github/samples/none/", "/github/jobs/999999/", "/github/developers/by-login/no-such-login/"]


def test_pages_say_in_words_what_they_ignore(api, document):  # noqa: F811
    words, seen = "Ignored, because this page takes no such parameter: <code>", 0
    addresses = [address(op) for op in by(document, method="get")] + PEOPLE
    for path in [a + ("&" if "?" in a else "?") + form for a in addresses for form in ("", "view=json&" * a.startswith("/github/"), "format=html&" * (a[-1:] == "/"))]:
        plain, got = api.get(path, PAGE), api.get(path + "q9=&locatoin=Brazil&q9=1", PAGE)
        if not got.headers["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        for page in (plain, got):
            names = page.headers[IGNORED]
            assert page.text.count(words) == (names is not None) and f"{words}{names}</code>" * (names is not None) in page.text, path
        assert {"locatoin", "q9"} <= set(got.headers[IGNORED].split(", ")) and not {"locatoin", "q9"} & set((plain.headers[IGNORED] or "").split(", ")), path
    assert seen > 90


@pytest.mark.parametrize("path,query,names", [
    ("/", "format=html", None), ("/", "format=api&strict=1", None), ("/", "format=json", None), ("/", "indent=1&embed=all", "embed, indent"),
    ("/", "format=html&days=90&strict=1", None), ("/", "format=html&days=all", None), ("/", "format=html&days=", None), ("/", "days=90", "days"),
    ("/search/", "q=dev1%20x&strict=1", None), ("/search/", "q=dev1%20x&Q=1", "Q"), ("/login/", "next=%2Fgithub%2F&strict=1", None), ("/login/", "Next=/", "Next")])
def test_pages_for_people_name_what_they_ignore_and_nothing_else(api, path, query, names):  # noqa: F811
    got = api.get(f"{path}?{query}", {"Accept": "*/*"})
    assert got.status in (200, 302, 303) and got.headers[IGNORED] == names, f"{got.status} {got.text[:200]}"
    if names:
        got = api.get(f"{path}?{query}&strict=1")
        assert got.status == 400 and all(n in got.text for n in names.split(", "))


@pytest.mark.parametrize("value", ["x", "31", "ALL", "90,30", "%20"])
def test_invalid_days_of_the_dashboard_are_refused(api, value):
    got = api.get(f"/?days={value}", PAGE)
    assert got.status == 400 and "days" in got.text, got.text[:300]


@pytest.mark.parametrize("query,accept,status,kind", [
    ("format=html", "*/*", 200, "text/html"), ("format=api", "*/*", 200, "text/html"), ("format=json", "text/html,*/*;q=0.1", 302, None),
    ("format=csv", "*/*", 404, None), ("format=html", "application/json", 406, None), ("format=", "*/*", 302, None)])
def test_the_format_of_the_first_page(api, query, accept, status, kind):  # noqa: F811
    got = api.get("/?" + query, {"Accept": accept})
    assert got.status == status and (not kind or got.headers["Content-Type"].startswith(kind))


def test_strict_is_taken_everywhere(api, document):  # noqa: F811
    for op in document.operations:
        assert "strict" in op.query, op
        plain = ask(api, op, "")
        got = ask(api, op, "strict=1")
        assert (got.status, got.headers[IGNORED]) == (plain.status, None), f"{op} {got.text[:200]}"
        for query, names in (("locatoin=Brazil&strict=1", ["locatoin"]), ("zz=&strict=true&aa=1", ["aa", "zz"]), ("strict=maybe", ["strict"])):
            got = ask(api, op, query)
            assert got.status == 400 and list(got.json()) == names, f"{op} {query}: {got.text[:200]}"
            op.check(got)


def test_several_values(api, document):  # noqa: F811
    """Those of a list join; of any other parameter the last one counts."""
    seen = set()
    for op in by(document, method="get"):
        for name, parameter in op.query.items():
            schema = parameter["schema"]
            several = schema.get("type") == "array"
            values = (schema["items"] if several else schema).get("enum", [])[:4]
            if len(values) < 2 or "json" in values:
                continue
            seen.add((op.path, name))
            bodies = {value: call(api, op, f"{name}={value}").body for value in values}
            for one, other in zip(values, values[1:]):
                got = call(api, op, f"{name}={one}&{name}={other}")
                wanted = call(api, op, f"{name}={one},{other}").body if several else bodies[other]
                assert got.status == 200 and without_links(got.body) == without_links(wanted), f"{op} {name} {one} {other}"
    assert {("/github/jobs/", "state"), ("/github/jobs/", "kind"), ("/github/changes/", "kind"), ("/github/changes/", "type")} <= seen


def without_links(body):
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return {k: v for k, v in value.items() if k not in ("next", "previous", "url")} if isinstance(value, dict) else value


@pytest.mark.parametrize("path,query,names", [
    ("/github/tasks/", "dry_run=1", "dry_run"),
    ("/github/tasks/", "dry_run=maybe", "dry_run"),
    ("/github/developers/", "cursor=&page=2", "page"),
    ("/github/jobs/", "cursor=9&page=2&page_size=1", "page"),
    ("/github/jobs/", "cursor=9&page=last", "page"),
    ("/github/developers/", "format=csv&indent=2", "indent"),
    ("/github/changes/", "format=ndjson&indent=2&page_size=3", "indent, page_size"),
    ("/github/developers/facets/", "format=csv&indent=2", "indent"),
    ("/github/developers/by-login/dev1/network/", "format=gexf&indent=1", "indent"),
    ("/github/developers/", "limit=2", "limit"),
    ("/github/charts/stars.svg", "repo=dev2/repo1&format=csv&indent=2", "format, indent")])
def test_parameters_that_this_answer_ignores_are_named(api, path, query, names):  # noqa: F811
    got = api.get(f"{path}?{query}")
    assert got.status == 200 and got.headers[IGNORED] == names, got.text[:200]
    got = api.get(f"{path}?{query}&strict=1")
    assert got.status == 400 and list(got.json()) == names.split(", "), got.text[:200]


def test_whole_numbers_are_read_by_one_rule(api, document):  # noqa: F811
    """Each spelling of a number is the same one everywhere; what is none is refused everywhere."""
    seen = seen_csv = 0
    for op in by(document, method="get"):
        for name, parameter in op.query.items():
            schema = parameter["schema"]
            if "integer" not in (schema.get("type"), *(one.get("type") for one in schema.get("anyOf", []))):
                continue
            seen += 1
            number = max(2, schema.get("minimum", 0)) if name != "page" else 1
            streams = "csv" in op.query.get("format", {}).get("schema", {}).get("enum", [])
            for form in ("", "&format=csv" * streams)[:1 + streams]:
                plain = call(api, op, f"{name}={number}{form}")
                if form and name in (plain.headers[IGNORED] or "").split(", "):
                    continue  # a file has no pages
                for text in (f"%2B{number}", f"+{number}", f"{number}%20", f"00{number}"):
                    got = call(api, op, f"{name}={text}{form}")
                    assert (got.status, without_links(got.body)) == (200, without_links(plain.body)), f"{op} {name}={text}{form}"
                for text in (f"-{number}", f"{number}.0", f"%2B%20{number}", f"%2B-{number}", f"%2B%2B{number}", f"{number}e0", "%2B", f"{number}%20{number}"):
                    got = call(api, op, f"{name}={text}{form}")
                    assert got.status == (404 if name == "page" else 400), f"{op} {name}={text}{form}: {got.status}"
                seen_csv += bool(form)
    assert seen > 60 and seen_csv > 10


@pytest.mark.parametrize("path,query,n", [
    ("/github/charts/stars/", "repo=a/b&repo=c/d&repo=a/b", 2), ("/github/charts/stars/", "&".join(f"repo=a/{i}" for i in range(9)), 9)])
def test_all_errors_of_one_parameter_are_in_one_list(api, path, query, n):  # noqa: F811
    got = api.get(f"{path}?{query}")
    assert got.status == 400 and len(got.json()["repo"]) == n and got.text.count('"repo":') == 1, got.text


# ---- texts ----

NO_TEXTS = ["a%00b", "%ED%A0%80", "%C0%AF", "%F4%90%80%80", "a%C3", "%FF", "%ED%A0%BD%ED%B8%80", "%E0%80%AF", "%80"]
TEXTS = ["%F0%9F%A6%8A", "%F4%8F%BF%BF", "%EF%BF%BF", "%EF%BB%BF", "%E2%80%AE", "e%CC%81", "x" * 3000, "%25", "%zz", "a%0Ab", "%01%7F"]


def test_nul_and_invalid_utf8_are_refused_by_name(api, document):  # noqa: F811
    """NUL, and bytes that are not UTF-8: surrogates, overlong, cut, above U+10FFFF. Each parameter meets some of them."""
    turn = 0
    for op in by(document, method="get"):
        for name in [*op.query, "unknown"]:
            turn += 1
            for bad in (NO_TEXTS[turn % len(NO_TEXTS)], NO_TEXTS[turn * 7 // 3 % len(NO_TEXTS)]):
                got = call(api, op, f"{name}={bad}")
                assert got.status == 400 and name in got.text, f"{op} {name}={bad}: {got.status} {got.text[:200]}"
                op.check(got)
            good = TEXTS[turn % len(TEXTS)]
            got = call(api, op, f"{name}={good}")
            assert got.status in (200, 302, 400, 404), f"{op} {name}={good}: {got.status} {got.text[:200]}"
            op.check(got)


def test_invalid_arguments_of_paths_are_not_found(api, document):  # noqa: F811
    for op in document.operations:
        for name in op.arguments:
            for bad in (*NO_TEXTS[::2], "a%2Fb", "..", "x" * 3000, "%20", "-1", "9" * 40, "%F0%9F%A6%8A"):
                got = call(api, op, arguments={name: bad}, body="" if op.method == "post" else None)
                assert got.status == 404 and got.json()["detail"], f"{op} {bad}: {got.status} {got.text[:200]}"


# ---- methods and spellings ----

METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "get", "Post", "PROPFIND", "X-Y"]


def test_methods_that_an_address_does_not_take(api, document):  # noqa: F811
    for path in sorted({op.path for op in document.operations}):
        op = by(document, path=path)[0]
        taken = {o.method.upper() for o in by(document, path=path)} | {"OPTIONS"} | ({"HEAD"} if op.method == "get" else set())
        for method in METHODS:
            if method == "DELETE" and method in taken:
                continue
            got = api.request(method, address(op))
            assert set(got.headers["Allow"].split(", ")) == taken, f"{method} {path}"
            assert got.status == (405 if method not in taken else 302 if path == "/" and method == "HEAD" else 200), f"{method} {path}: {got.status}"


def test_a_missing_slash(api, document):  # noqa: F811
    """Clients make a GET of a 301, so others get 308 (RFC 9110 15.4.9)."""
    for op in document.operations:
        if not op.path.endswith("/") or op.path == "/":
            continue
        for method in ("GET", "POST", *METHODS):
            for query in ("", "?a=b&a=%2F"):
                path = address(op)
                got = api.request(method, path[:-1] + query)
                assert (got.status, got.headers["Location"]) == (301 if method in ("GET", "HEAD") else 308, path + query), f"{method} {path}"


@pytest.mark.parametrize("path", ["/github//developers/", "//github/developers/", "/github/./developers/", "/github/%2e/developers/", "/github/%2e%2e/github/",
                                  "/github/developers//", "/github/developers/%2f", "/GITHUB/developers/", "/github/developers;x/", "/github%2fdevelopers/",
                                  "/github/tasks/..", "/metrics/", "/github/swagger.json/", "//elsewhere.example", "/%2felsewhere.example/", "/\\elsewhere.example"])
def test_other_spellings_are_other_addresses(api, path):  # noqa: F811
    for method in ("GET", "POST", "HEAD"):
        got = api.request(method, path)
        assert got.status in (400, 404) and "Location" not in got.headers, f"{method}: {got.status}"


# ---- moments ----

def test_each_relation_says_which_moment_was_meant(api, document):  # noqa: F811
    for op in document.operations:
        if "as_of" not in op.query:
            continue
        for query in ("as_of=2020-02-03", "as_of=2020-02-03&format=csv", "as_of=2020-02-03&page_size=1&cursor="):
            assert call(api, op, query).headers["X-As-Of"] == "2020-02-03T23:59:59Z", f"{op} {query}"
        for query, moment in (("2020-02-03T05:00:01%2B02:00", "2020-02-03T03:00:01Z"), ("0001-01-01", "0001-01-01T23:59:59Z"), ("0987-06-05T04:03", "0987-06-05T04:03:00Z")):
            got = call(api, op, f"as_of={query}")
            assert got.status == 200 and got.headers["X-As-Of"] == moment, f"{op} {query}"
        assert call(api, op, "as_of=").headers["X-As-Of"] is None and call(api, op).headers["X-As-Of"] is None


@pytest.mark.parametrize("query", ["", "?", "?a=", "?format=", "?page=&strict=", "?strict=0"])
def test_the_root_redirects_despite_empty_parameters(api, document, query):  # noqa: F811
    got = api.get("/" + query)
    assert (got.status, got.headers["Location"]) == (302, "/github/")
    document.operation("get", "/").check(got)


# ---- HEAD ----

OF_THE_BODY = {"content-length", "transfer-encoding", "date", "connection"}


@pytest.mark.parametrize("fields", [{}, {"Accept": "text/html"}, {"Accept": "text/event-stream"}, {"Accept": "text/csv"}, {"Accept": "image/png"}, {"Accept-Encoding": "gzip"},
                                    {"Accept-Encoding": "identity;q=0"}, {"Accept-Encoding": "br, *;q=0", "Accept": "text/event-stream, */*;q=0.1"},
                                    {"Accept-Encoding": "*;q=0", "Accept": "application/x-ndjson"}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}],
                         ids=lambda fields: " ".join(f"{name}:{value}" for name, value in fields.items()) or "plain")
def test_head_says_what_get_says(api, document, fields):  # noqa: F811
    """The status and the fields; a stream of events is left when its head has come."""
    for op in by(document, method="get"):
        said = []
        for method in ("GET", "HEAD"):
            connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
            connection.request(method, address(op), headers={"Authorization": api.auth, "Accept-Encoding": "identity", **fields})
            got = connection.getresponse()
            said.append((got.status, sorted((name.lower(), value) for name, value in got.getheaders() if name.lower() not in OF_THE_BODY)))
            connection.close()
        if op.path in ("/", "/metrics", "/github/stats/", "/health/ready"):  # they say something new each time
            said = [(status, [f for f in all_fields if f[0] != "etag"]) for status, all_fields in said]
        assert said[0] == said[1], op
