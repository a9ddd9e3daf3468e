"""SQL and markup in every parameter, header, body field and stored column: nothing is run, nothing changes, and what comes
back is data. The parameters are those the server itself names, in the forms of its pages and in its OpenAPI document."""
import contextlib
import http.client
import json
import re
import time
from urllib.parse import quote, urlencode

import pytest

import graph
from server import fresh
from slowness import within
from test_pages_html import PAGE, page, shown

SQL = ["'", "''", "\"", "\\", "'; drop table developers cascade; --", "' or '1'='1", "') or 1=1 --", "1) union select password_hash from api_users --",
       "x' and pg_sleep(9) is null --", "'||(select password_hash from api_users limit 1)||'", "$1", "$$; delete from stars; $$",
       "%' escape '", "_%\\", "/*", "--", "E'\\\\x27'", "1;select 1", "0x27", "\u02bc or 1=1", "＇ or 1=1", "null", "default",
       "{1,2}", "{\"a\"}", "(1,2)", "[1,2)", "now()", "current_user", "-1e400", "9" * 400]
MARKUP = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "javascript:alert(1)",
          "</pre></code><svg onload=alert(1)>", "<!--", "]]>", "{{7*7}}${7*7}", "&lt;script&gt;", "a\u2028b", "\u202egnp.exe", "\x7f", "\x1b[31m",
          "x\r\nX-Evil: 1\r\n\r\n<b>", "\ufeff", "\ud7ff\ue000\uffff", "👩‍💻" * 20, "a" * 3000]
TEXTS = SQL + MARKUP
LEAKS = re.compile(r"syntax error|argon2|PG::|libpq|psql|relation \"|SQLSTATE|pg_catalog|password_hash[^ ]*\":", re.I)
DEV, REPO = graph.record_id(1, 1), graph.record_id(2, 101)
LISTS = ["/github/developers/", "/github/repositories/", "/github/rate_limit/", "/github/tasks/", "/github/jobs/", "/github/stats/",
         "/github/changes/", f"/github/developers/{DEV}/", f"/github/repositories/{REPO}/", f"/github/developers/{DEV}/followers/",
         f"/github/developers/{DEV}/following/", f"/github/developers/{DEV}/starred_repositories/",
         f"/github/developers/{DEV}/repositories/", f"/github/repositories/{REPO}/stargazers/"]
ALWAYS = {"format", "indent", "callback", "page", "page_size", "fields", "embed", "cursor", "as_of", "since", "ordering", "search", "nonsense"}


@pytest.fixture(scope="module")
def api(pg, tmp_path_factory):
    server = fresh(pg, "injection")
    pg.psql(graph.sql(), "injection")
    pg.psql("insert into credentials (label, kind, position) values ('token', 'token', 0); insert into quota_buckets (credential,"
            " resource, rate_limit, rate_remaining, rate_reset_raw) values ('token', 'core', 5000, 1, 1900000000);"
            "insert into jobs (kind, subject, key) values ('full_profile_sync', 'x', 'x')", "injection")
    server.start(tmp_path_factory.mktemp("injection") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]
    assert "Sanitizer" not in server.log() and "runtime error" not in server.log()


TABLES = ["developers", "repositories", "follows", "stars", "jobs", "api_users", "credentials", "quota_buckets", "schedule_entries"]


@pytest.fixture
def unchanged(api, pg):
    """The same rows after the test as before it."""
    def digest():
        return pg.psql(" union all ".join(f"select '{t}', md5(string_agg(t::text, '|' order by t::text)) from {t} t" for t in TABLES),
                       "injection")
    before = digest()
    yield
    assert digest() == before


class Asker:
    """One kept connection: thousands of requests."""

    def __init__(self, api):
        self.api = api
        self.connection = None

    def get(self, path, headers=None):
        for attempt in (1, 2):  # the server may close a kept connection
            try:
                if not self.connection:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.api.port, timeout=30)
                self.connection.request("GET", path, headers={"Authorization": self.api.auth, **(headers or {})})
                answer = self.connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise


def parameters(api, path):
    """The names this address takes, as the server says."""
    names = set(ALWAYS)
    got = api.get(path, PAGE)
    if got.status == 200:
        for attributes, fields in page(api, path).forms:
            if attributes.get("method", "get").lower() == "get":
                names |= {a["name"] for _, a in fields if a.get("name")}
    document = api.get("/github/swagger.json").json()
    pattern = re.sub(r"/[0-9a-f-]{36}/", "/{id}/", path)
    for parameter in document["paths"][pattern]["get"].get("parameters", []):
        while "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
        if parameter["in"] == "query":
            names.add(parameter["name"])
    return sorted(names)


def check(status, headers, body, what):
    assert status < 500 and status != 431, (what, status, body[:300])
    assert "X-Evil" not in headers, what
    text = body.decode()  # UTF-8, always
    kind = headers["Content-Type"].split(";")[0]
    if kind == "application/json":
        answer = json.loads(text, parse_constant=lambda c: pytest.fail(f"{what}: {c} is no JSON"))
        if status >= 400:
            assert not LEAKS.search(text), (what, text)
        return answer
    assert kind in ("text/html", "application/javascript", "text/javascript"), (what, kind)
    return None


@pytest.mark.parametrize("path", LISTS)
def test_every_parameter(api, unchanged, path):
    if api.get(path).status == 404:
        pytest.fail("no such address")
    asker = Asker(api)
    for name in parameters(api, path):
        for text in TEXTS:
            what = f"{path}?{urlencode({name: text})}"
            begun = time.monotonic()
            answer = check(*asker.get(what), what)
            if time.monotonic() - begun > 8:  # the machine was busy, or something slept and does so again
                with within(8):
                    asker.get(what)
            if name in ("login", "location", "company", "email", "full_name") and isinstance(answer, dict) and "count" in answer:
                assert answer["count"] == 0, what


@pytest.mark.parametrize("path", LISTS)
def test_every_parameter_in_a_page(api, unchanged, path):
    """page() holds the markup to the few elements and attributes ours has, and every link to ours or http(s)."""
    if api.get(path).status == 404:
        pytest.fail("no such address")
    some = [n for n in parameters(api, path) if n not in ("format", "callback", "view")]  # page() sets view itself
    for text in MARKUP:
        got = api.get(f"{path}?{urlencode({'view': text})}", PAGE)
        assert got.status in (200, 400) and (text not in got.text or not re.search("[<>\"']", text)), text
    for text in MARKUP:
        for names in [some[i:i + 12] for i in range(0, len(some), 12)]:
            what = f"{path}?{urlencode({n: text for n in names})}"
            got = api.get(what, PAGE)
            assert got.status < 500, what
            if len(what) < 8000:
                page(api, what, status=got.status)
            assert text not in got.text or not re.search("[<>\"']", text), what


PLACES = ["/github/developers/{}/", "/github/repositories/{}/", "/github/rate_limit/{}/", "/github/jobs/{}/", "/github/{}/", "/{}/", "/static/{}",
          "/github/developers/by-login/{}/", "/github/repositories/by-name/{}/x/", "/github/repositories/by-name/x/{}/",
          f"/github/developers/{DEV}/{{}}/", "/github/developers/{}/followers/", "/github/jobs/{}"]


@pytest.mark.parametrize("place", PLACES)
def test_every_path(api, unchanged, place):
    asker = Asker(api)
    for text in [t for t in TEXTS if t not in ("--",)] + ["..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e", "\x00", "%c0%ae"]:
        path = place.format(quote(text, safe="%" if "%2" in text or "%c" in text else ""))
        status, headers, body = asker.get(path)
        assert status in (301, 400, 404, 414), (path, status)
        assert "X-Evil" not in headers and "root:" not in body.decode()
        if status == 301:
            assert headers["Location"].startswith("/") and not headers["Location"].startswith("//")
        taken = api.get(path, PAGE)
        assert taken.status == status
        if status == 404 and place != "/static/{}" and taken.headers["Content-Type"].startswith("text/html"):
            page(api, path, status=404)


@pytest.mark.parametrize("header", ["Accept", "Authorization", "User-Agent", "Cookie", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host",
                                    "X-Forwarded-Proto", "Forwarded", "If-None-Match", "If-Modified-Since", "Accept-Encoding", "Accept-Language",
                                    "Range", "Content-Type", "X-HTTP-Method-Override", "Access-Control-Request-Headers", "Host"])
def test_every_header(api, unchanged, header):
    for text in TEXTS:
        value = re.sub(r"[\r\n]+", " ", text)[:2000].encode("utf-8").decode("latin-1")
        for accept in ("application/json", PAGE["Accept"]):
            got = api.get("/github/developers/?page_size=1", {"Accept": accept, header: value})
            assert got.status < 500, (header, text, got.text[:200])
            assert "<" not in text or text not in str(got.headers), (header, text)
            if got.headers["Content-Type"] == "application/json" and got.body and "Content-Encoding" not in got.headers:
                got.json()


def test_names_and_passwords(api, unchanged):
    from server import basic
    for text in SQL[:7]:
        for name, password in ((text, "secret"), ("ann", text)):
            got = api.get("/github/developers/", auth=basic(name, password))
            assert got.status in (401, 429), (name, password)
            if got.status == 429:
                return  # wrong tries are slowed: that is the answer, too


@pytest.mark.parametrize("callback", MARKUP + ["alert(1)//", "a;b", "a b", "a/*", "document.cookie", "eval", "a\u2028", "a[b]", "a.b.c(1)", "x=", "`x`"])
def test_callbacks(api, unchanged, callback):
    """Either not a callback, and refused, or an answer that begins with exactly this call."""
    got = api.get("/github/developers/?" + urlencode({"page_size": 1, "callback": callback}))
    if got.status == 200 and not got.headers["Content-Type"].startswith("application/json"):
        assert re.fullmatch(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*|\[\d+\])*", callback), callback
        assert re.match(r"(/\*\*/)?\s*" + re.escape(callback) + r"\(|(/\*\*/)?\s*typeof " + re.escape(callback), got.text)
    else:
        assert got.status in (200, 400)


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"])
def test_every_field_of_a_task(api, unchanged, form):
    good = {"name": "full_repository_sync", "username": "a", "repo_name": "b"}
    for field in good:
        for text in TEXTS:
            fields = {**good, field: text}
            if re.fullmatch("[A-Za-z0-9_-]{1,39}", text) and text.strip("-_"):
                continue  # a login; legacy ones begin and end with hyphens
            if form.startswith("multipart"):
                body = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()) + "--x--\r\n"
            else:
                body = json.dumps(fields) if form.endswith("json") else urlencode(fields)
            if field == "repo_name" and re.fullmatch(r"[\w.-]{1,100}", text, re.ASCII) and text not in (".", ".."):
                continue  # a name
            got = api.form(body.encode(), form)
            assert got.status in (400, 406), (field, text, got.text)
            assert not LEAKS.search(got.text)
            got = api.request("POST", "/github/tasks/", {"Content-Type": form, **PAGE}, body.encode())
            page_text = got.text
            assert got.status in (400, 406) and "<script>" not in page_text and "<img" not in page_text and "<svg" not in page_text


# ---- what is stored ----

STORED = [t for t in TEXTS if len(t) < 500] + ["javascript:alert(document.domain)", "data:text/html,<script>alert(1)</script>", "//evil.example",
                                              "http://x\" onclick=\"alert(1)", "https://x/<b>", "vbscript:x", " javascript:alert(1)",
                                              "java\tscript:alert(1)", "HTTP://EXAMPLE.org/'x'", "\\\\evil\\x"]


@pytest.fixture(scope="module")
def hostile(pg, tmp_path_factory):
    server = fresh(pg, "hostile")
    rows = json.dumps([{"n": i + 1, "t": t} for i, t in enumerate(STORED)]).replace("'", "''")
    pg.psql(f"""
        create temp table t as select * from json_to_recordset('{rows}') as r(n int, t text);
        insert into developers (github_id, login, name, company, blog, location, email, bio, avatar_url, type, node_id, created_at,
                                updated_at, first_seen_at, synced_at)
        select n, t, t, t, t, t, t, t, t, 'User', t, now() - n * interval '1 h', now(), now(), now() from t;
        insert into repositories (github_id, owner_github_id, name, full_name, description, homepage, language, license, default_branch,
                                  topics, created_at, updated_at, first_seen_at, synced_at)
        select n, n, t, t, t, t, t, t, t, array[t], now() - n * interval '1 h', now(), now(), now() from t;
        insert into follows select n, 1, now() from t where n > 1;
        insert into stars select n, 1, now(), now() from t;
        insert into jobs (kind, subject, key, error, note) select 'full_profile_sync', t, n, t, t from t;
        insert into credentials (label, kind, position) select t, 'token', n from t;
        insert into quota_buckets (credential, resource, rate_limit) select t, t, 1 from t;
    """, "hostile")
    server.start(tmp_path_factory.mktemp("hostile") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]
    assert "Sanitizer" not in server.log() and "runtime error" not in server.log()


def walk(api, path):
    while path:
        answer = api.get(path).json()
        yield answer
        path = answer["next"] and answer["next"].replace(api.base, "")


def test_stored_texts_are_returned_unchanged(hostile):
    for name, fields in (("developers", ("login", "name", "location", "bio", "company", "email")),
                         ("repositories", ("name", "full_name", "description", "homepage", "language"))):
        got = [r for answer in walk(hostile, f"/github/{name}/?page_size=7") for r in answer["results"]]
        assert [r["github_id"] for r in got] == [str(i + 1) for i in range(len(STORED))]
        for record, text in zip(got, STORED):
            assert {record[f] for f in fields} == {text}


def test_stored_texts_can_be_filtered_by(hostile):
    for name, field in (("developers", "location"), ("developers", "bio"), ("repositories", "full_name"), ("repositories", "description")):
        for text in STORED:
            got = hostile.get(f"/github/{name}/?{urlencode({field: text})}").json()
            assert [r[field] for r in got["results"]] == [text], (field, text)


def test_pages_of_stored_texts(hostile):
    """page() fails on an element, an attribute or a link that is not ours."""
    paths = ["/github/jobs/", "/github/rate_limit/", "/github/changes/", "/github/stats/"]
    paths = [p for p in paths if hostile.get(p).status == 200]
    for name in ("developers", "repositories"):
        paths += [f"/github/{name}/?page={n}&page_size=10" for n in range(1, -(-len(STORED) // 10) + 1)]
    paths += [f"/github/developers/{graph.record_id(1, n)}/" for n in range(1, len(STORED) + 1, 3)]
    paths += [f"/github/repositories/{graph.record_id(2, n)}/" for n in range(2, len(STORED) + 1, 3)]
    paths += [f"/github/jobs/{n}/" for n in range(1, len(STORED) + 1, 5)]
    for path in paths:
        taken = page(hostile, path)
        with contextlib.suppress(json.JSONDecodeError):
            shown(taken)
        for link in taken.links:
            assert not re.match(r"\s*(javascript|data|vbscript)", link["href"], re.I), link
        assert not {tag for tag, _ in taken.tags} & {"script", "svg", "img", "iframe", "object", "embed", "base"}


def test_quota_and_jobs_with_hostile_names(hostile):
    got = hostile.get("/metrics")
    assert got.status == 200
    for line in got.text.split("\n")[:-1]:  # Prometheus: a quote, a backslash or a line feed in a label would break the line
        assert line.startswith("#") or re.fullmatch(r'[a-z_:]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? [0-9.e+naif-]+', line), line
    if hostile.get("/github/jobs/").status == 200:
        jobs = {j["subject"] for answer in walk(hostile, "/github/jobs/?page_size=50") for j in answer["results"]}
        assert jobs == set(STORED)
