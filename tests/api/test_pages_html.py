"""HTML pages: who gets them, that they contain what the JSON contains, and that foreign text is never markup."""
import gzip
import html.parser
import json
import re

import pytest

import graph
from server import basic
from test_http import ACCEPTED, BROWSER

PAGE = {"Accept": BROWSER}
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "javascript:alert(1)",
           "</code></pre><h1>x", "<!--", "&lt;b&gt;", "https://example.org/\" onclick=\"alert(1)", "{{7*7}}", "\u202eltr"]
VOID = {"meta", "link", "input", "br", "img", "hr"}
ALLOWED = {"html", "head", "meta", "title", "link", "body", "a", "header", "nav", "ul", "li", "main", "ol", "span", "h1", "p", "form",
           "div", "label", "input", "select", "option", "button", "small", "details", "summary", "fieldset", "legend", "section",
           "b", "code", "dl", "dt", "dd", "pre", "footer"}


class Page(html.parser.HTMLParser):
    """A parsed page: nesting is checked, and the content of <pre> is kept as text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.forms, self.pre, self.all, self.ids = [], [], [], [], "", "", []
        self.head_forms = []  # search box, sign out: on every page
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(attributes)
        if tag == "form":
            (self.head_forms if "header" in self.open else self.forms).append((attributes, []))
        if tag in ("input", "select", "button"):
            (self.head_forms if "header" in self.open else self.forms)[-1][1].append((tag, attributes))
            assert tag == "button" or attributes.get("type") == "hidden" or "label" in self.open, attributes
        if "id" in attributes:
            self.ids.append(attributes["id"])

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.all += data
        if "pre" in self.open:
            self.pre += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def as_json(path):
    """The page of the JSON itself, not of its tables."""
    return path + ("&" if "?" in path else "?") + "view=json"


def page(api, path, headers=PAGE, status=200, **more):
    """The page of the JSON (?view=json), unless asked for by another method."""
    method = more.pop("method", "GET")
    got = api.request(method, as_json(path) if method == "GET" else path, headers, **more)
    assert (got.status, got.headers["Content-Type"]) == (status, "text/html; charset=utf-8"), got.text[:500]
    taken = Page(got.text)
    taken.headers = got.headers
    policy = {part.split()[0]: part.split()[1:] for part in got.headers["Content-Security-Policy"].split(";")}
    assert policy == {"default-src": ["'none'"], "style-src": ["'self'"], "img-src": ["'self'"], "form-action": ["'self'"],
                      "base-uri": ["'none'"], "frame-ancestors": ["'none'"]}
    assert got.headers["X-Content-Type-Options"] == "nosniff" and "Accept" in got.headers["Vary"]
    assert {tag for tag, _ in taken.tags} <= ALLOWED
    for tag, attributes in taken.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
    for link in taken.links:
        href = link["href"]
        ours = href.startswith((api.base + "/github/", "/github/", "/login/")) or href in ("/", "#answer")
        assert ours or re.match(r"https?://", href) and "noopener" in link["rel"] and "nofollow" in link["rel"], link
    for tag in ("main", "header", "footer", "h1"):
        assert [name for name, _ in taken.tags].count(tag) == 1
    assert len(taken.ids) == len(set(taken.ids))
    return taken


def shown(taken):
    """The JSON of a page, without the lines that stand for what was cut."""
    return json.loads(re.sub(r",?\s*… \d+ more; a page shows the first 20", "", taken.pre))


def cut(value):
    if isinstance(value, list):
        return [cut(v) for v in (value[:20] if value and isinstance(value[0], str) else value)]
    return {k: cut(v) for k, v in value.items()} if isinstance(value, dict) else value


PATHS = ["/github/", "/github/developers/", "/github/developers/?page=3&page_size=4", "/github/repositories/", "/github/rate_limit/",
         "/github/tasks/", f"/github/developers/{graph.record_id(1, 1)}/", f"/github/repositories/{graph.record_id(2, 101)}/",
         "/github/developers/?name__contains=%3Cscript", "/github/developers/?login=nobody"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_shows_what_the_json_says(api, path):
    plain = api.get(as_json(path), {"Accept": "application/json"})
    assert plain.headers["Content-Type"] == "application/json" and "Accept" in plain.headers["Vary"]
    assert shown(page(api, path)) == cut(plain.json())


def test_which_requests_get_json(api):
    for accept in ACCEPTED:
        got = api.get("/github/developers/", {} if accept is None else {"Accept": accept})
        assert got.headers["Content-Type"] == "application/json", accept
    assert api.get("/github/developers/?format=json", PAGE).headers["Content-Type"] == "application/json"


def test_which_requests_get_a_page(api):
    for accept in (BROWSER, "text/html", "text/*", "text/html;q=0.9, application/json;q=0.8"):
        page(api, "/github/developers/", {"Accept": accept})
    for name in ("html", "api"):
        page(api, f"/github/developers/?format={name}", {})
        page(api, f"/github/developers/?format={name}", {"Accept": "*/*"})


def test_head(api):
    got, head = api.get("/github/developers/?view=json", PAGE), api.request("HEAD", "/github/developers/?view=json", PAGE)
    assert head.headers["Content-Type"] == got.headers["Content-Type"] and head.body == b""
    assert head.headers["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize("path,status,says", [
    ("/github/developers/zzz/", 404, "Not found."), ("/nowhere/", 404, "Not found."), ("/github/developers/?page=999", 404, "Invalid page."),
    ("/github/developers/?followers_count=x&created_at__gte=y", 400, "Enter a number."), ("/github/developers/?format=xml", 404, "Not found."),
    ("/github/developers/?login=%ff", 400, "UTF-8")])
def test_errors_are_pages(api, path, status, says):
    taken = page(api, path, status=status)
    assert says in taken.all and ("", "alert") in [("", a["role"]) for _, a in taken.tags if "role" in a]


def test_without_credentials_the_browser_asks_for_them(api):
    taken = page(api, "/github/developers/?login=x", status=401, auth=False)
    assert taken.headers["WWW-Authenticate"].startswith("Basic ")
    assert taken.forms == []
    page(api, "/nowhere/", status=401, auth=False)
    page(api, "//elsewhere.example/", status=404)


def test_a_method_not_allowed_and_a_type_not_understood(api):
    page(api, "/github/developers/", method="DELETE", status=405)
    page(api, "/github/tasks/", {**PAGE, "Content-Type": "text/csv"}, method="POST", body=b"a,b", status=415)


def test_bad_requests_show_the_form_with_their_values(api):
    taken = page(api, "/github/developers/?followers_count__gte=x&name=%22%3E%3Cb%3E", status=400)
    values = {a["name"]: a.get("value") for tag, a in taken.forms[0][1] if "name" in a}
    assert values["followers_count__gte"] == "x" and values["name"] == '"><b>'
    assert "followers_count__gte: Enter a number." in taken.all


def test_the_filter_form_holds_every_filter(api):
    for path, wanted in (("/github/developers/", {"login", "login__lte", "bio__contains", "email__isnull", "public_repos__gte"}),
                         ("/github/repositories/", {"has_wiki", "homepage__isnull", "description__contains", "full_name"}),
                         ("/github/rate_limit/", {"rate_limit", "rate_reset__gte"})):
        form, inputs = page(api, path).forms[0]
        names = {a.get("name") for _, a in inputs}
        assert wanted | {"page_size"} <= names and (form["method"], form["action"]) == ("get", path)


@pytest.mark.parametrize("path,says", [
    ("/github/developers/", "Developers, newest first"),
    ("/github/developers/?ordering=%20,", "Developers, newest first"),
    ("/github/developers/?ordering=-followers_count,login", "Developers, by followers_count descending, then login"),
    ("/github/repositories/?ordering=created_at", "Repositories, by created_at")])
def test_the_order_in_use_is_named(api, path, says):
    assert re.search(r'<p class="about">(.*?)</p>', api.get(as_json(path), PAGE).text).group(1) == says


def test_set_filters_are_named_and_folded_unless_refused(api):
    def details(path, status=200):
        taken = page(api, path, status=status)
        return re.search(r"<summary>(.*?)</summary>", api.get(as_json(path), PAGE).text).group(1), \
            ["open" in attributes for tag, attributes in taken.tags if tag == "details"]
    assert details("/github/developers/") == ("<b>Filters</b>", [False])
    assert details("/github/developers/?name__contains=%3Cb%3E&followers_count__gte=5&email__isnull=true&page_size=3") == (
        "<b>Filters</b>: <b>name</b> contains &lt;b&gt;; <b>email</b> is null true; <b>followers_count</b> at least 5", [False])
    assert details("/github/developers/?followers_count=x", 400) == ("<b>Filters</b>: <b>followers_count</b> is x", [True])


def test_empty_fields_are_removed_from_the_url(api):
    got = api.get("/github/developers/?login=&name=a%26b&bio__contains=&page_size=", PAGE)
    assert (got.status, got.headers["Location"]) == (302, "/github/developers/?name=a%26b")
    assert api.get("/github/developers/?login=&name=", PAGE).headers["Location"] == "/github/developers/"
    assert api.get("/github/developers/?login=").status == 200  # to programs it is as it was


def test_pages_link_the_next_page(api):
    taken = page(api, "/github/developers/?page_size=20&page=2&name__isnull=false")
    plain = api.get("/github/developers/?page_size=20&page=2&name__isnull=false&view=json").json()
    links = {link["rel"]: link["href"] for link in taken.links if link.get("rel") in ("next", "prev")}
    assert links == {key: url for key, url in (("next", plain["next"]), ("prev", plain["previous"])) if url}
    assert f"{len(plain['results'])} of {plain['count']}" in taken.all


def test_breadcrumbs_lead_back(api):
    taken = page(api, f"/github/developers/{graph.record_id(1, 1)}/")
    hrefs = [link["href"].replace("&amp;", "&") for link in taken.links]
    assert "/github/" in hrefs and "/github/developers/" in hrefs
    for href in {h for h in hrefs if h.startswith("/github/")}:
        got = api.get(href.split("?")[0], PAGE)
        assert got.status == 200 or "swagger" in href or "redoc" in href, href


def test_the_task_form_posts(own):
    own.start(own.tmp / "log")
    taken = page(own, "/github/tasks/")
    form, inputs = taken.forms[0]
    assert (form["method"], form["action"]) == ("post", "/github/tasks/")
    assert {a.get("name") for _, a in inputs} == {"name", "username", "repo_name", "kind", "n", "seed", "sample_name", "from", "to", None}
    post = {**PAGE, "Content-Type": "application/x-www-form-urlencoded", "Origin": own.base}
    done = own.request("POST", "/github/tasks/", post, b"name=full_profile_sync&username=octocat&repo_name=")
    job, = own.pg.psql("select id from jobs where kind = 'full_profile_sync'", "own")[0]
    assert (done.status, done.headers["Location"]) == (303, f"{own.base}/github/jobs/{job}/")
    refused = page(own, "/github/tasks/", post, method="POST", body=b"name=full_profile_sync&username=%22%3E%3Cb%3E&repo_name=",
                   status=406)
    assert "username" in refused.all
    assert ("input", '"><b>') in [(tag, a.get("value")) for tag, a in refused.forms[0][1]]
    assert own.pg.psql("select count(*) from jobs where kind = 'full_profile_sync'", "own") == [["1"]]


def test_jobs_have_buttons(own):
    own.start(own.tmp / "log")
    job = own.form("name=full_profile_sync&username=octocat").json()["job"]
    path = f"/github/jobs/{job}/"
    taken = page(own, path)
    assert [(form["method"], form["action"]) for form, _ in taken.forms] == [("post", path + "cancel/"), ("post", path + "retry/")]
    viewed = Page(own.get(path, PAGE).text)
    assert [form["action"] for form, _ in viewed.forms] == [path + "cancel/"], "buttons only where they can be used"
    assert f"Job {job} · gitomatic" in taken.all
    post = {**PAGE, "Content-Type": "application/x-www-form-urlencoded", "Origin": own.base}
    done = own.request("POST", path + "cancel/", post, b"")
    assert (done.status, done.headers["Location"]) == (303, own.base + path)
    viewed = Page(own.get(path, PAGE).text)
    assert [form["action"] for form, _ in viewed.forms] == [path + "retry/"] and "cancelled" in viewed.all
    again = page(own, path + "cancel/", post, method="POST", body=b"", status=409)
    assert "expected available, running or scheduled" in again.all
    page(own, path + "cancel/", status=405)
    form, inputs = page(own, "/github/jobs/?state=cancelled").forms[0]
    assert {"state", "kind", "subject", "task", "page_size"} <= {a.get("name") for _, a in inputs}


def test_read_only_users_get_no_form(api):
    from server import basic
    taken = page(api, "/github/tasks/", auth=basic("bob", "readonly"))
    assert taken.forms == []


def test_hostile_fields_are_text(own):
    rows = []
    for i, text in enumerate(HOSTILE):
        quoted = text.replace("'", "''")
        rows.append(f"insert into developers (github_id, login, name, bio, company, location, email, synced_at, first_seen_at) values "
                    f"({i + 1}, 'h{i}', '{quoted}', '{quoted}', '{quoted}', '{quoted}', '{quoted}', now(), now());"
                    f"insert into repositories (github_id, owner_github_id, name, full_name, description, homepage, language, synced_at, "
                    f"first_seen_at) values ({i + 1}, {i + 1}, '{quoted}', '{quoted}', '{quoted}', '{quoted}', '{quoted}', now(), now());")
    own.pg.psql("".join(rows), "own")
    own.start(own.tmp / "log")
    for kind, name in ((1, "developers"), (2, "repositories")):
        taken = page(own, f"/github/{name}/?page_size=100")
        assert shown(taken)["count"] == len(HOSTILE)
        for text in HOSTILE:
            assert json.dumps(text, ensure_ascii=False)[1:-1] in taken.pre
        for i in range(len(HOSTILE)):
            one = page(own, f"/github/{name}/{graph.record_id(kind, i + 1)}/")
            outside = [link for link in one.links if "nofollow" in link.get("rel", "")]
            assert outside == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_requests_are_text(api, text):
    from urllib.parse import quote
    for path in (f"/github/developers/?name={quote(text)}", f"/github/developers/?{quote(text)}=1", f"/github/developers/?page={quote(text)}",
                 f"/github/developers/{quote(text, safe='')}/", f"/{quote(text)}/", f"/github/developers/?format={quote(text)}",
                 f"/github/developers/?followers_count={quote(text)}"):
        got = api.get(path, PAGE)
        assert got.headers["Content-Type"] == "text/html; charset=utf-8"
        page(api, path, status=got.status)


def test_assets(api):
    text = api.get("/github/", PAGE).text
    found = re.findall(r'"(/static/[^"]+)"', text)
    assert len(found) == 2
    for path in found:
        plain = api.get(path, auth=False)
        assert plain.status == 200 and "immutable" in plain.headers["Cache-Control"] and "Content-Encoding" not in plain.headers
        packed = api.get(path, {"Accept-Encoding": "br;q=1, gzip;q=0.5"}, auth=False)
        assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.body) == plain.body
        assert api.get(path, {"Accept-Encoding": "gzip;q=0"}, auth=False).body == plain.body
    assert b"prefers-color-scheme: dark" in api.get(found[0], auth=False).body
    assert b"http" not in api.get(found[0], auth=False).body
    assert api.get(found[0]).status == 200  # credentials that are not needed are checked all the same
    assert [api.get(found[0], auth=auth).status for auth in (basic("ann", "wrong"), "Bearer x", "Basic")] == [401, 401, 401]
    assert api.get(found[0], {"Cookie": f"gitomatic_session_{api.port}=ended"}, auth=False).status == 200
    assert api.get("/static/style.css", auth=False).status == 404
    assert api.get("/static/style.000000000000.css", auth=False).status == 404


@pytest.mark.parametrize("name,bundle", [("swagger", "swagger-ui-bundle"), ("redoc", "redoc.standalone")])
def test_documentation_pages(api, name, bundle):
    got = api.get(f"/github/{name}/", PAGE)
    assert (got.status, got.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = got.headers["Content-Security-Policy"]
    for wanted in ("default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert wanted in policy
    assert "unsafe" not in policy and "http" not in policy
    for link in re.findall(r'(?:href|src)="([^"]+)"', got.text):
        assert link.startswith("/") and not link.startswith("//"), link
    assert "<script>" not in got.text and "style=" not in got.text
    scripts = re.findall(r'<script defer src="(/static/[^"]+)"></script>', got.text)
    if not scripts:  # built without the registry
        assert "is not in this build" in got.text and "swagger.json" in got.text
        return
    assert bundle in scripts[0] and name in scripts[1]
    for path in scripts + re.findall(r'"(/static/[^"]+)"', got.text):
        packed = api.get(path, {"Accept-Encoding": "gzip"}, auth=False)
        plain = api.get(path, auth=False)
        assert plain.status == packed.status == 200 and gzip.decompress(packed.body) == plain.body
    licence = re.search(r'"(/static/licenses[^"]+)"', got.text).group(1)
    text = api.get(licence, auth=False)
    assert text.headers["Content-Type"].startswith("text/plain") and "Apache License" in text.text and "MIT License" in text.text
