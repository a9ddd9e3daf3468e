"""Views: what they show, that each works without script, and that foreign text never becomes markup."""
import csv
import io
import re
from urllib.parse import quote

import pytest

import graph
from test_http import BROWSER
from test_pages_html import HOSTILE, Page

PAGE = {"Accept": BROWSER}
XSS = [*HOSTILE, "<svg/onload=alert(1)>", "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "<a href=javascript:alert(1)>x</a>",
       "\"><svg><script>alert(1)</script>", "' autofocus onfocus='alert(1)", "\u2028<b>", "&#60;script&#62;alert(1)", "<![CDATA[x]]>", "-->x<!--",
       "data:text/html,<script>alert(1)</script>", "//evil.example", "%3Cscript%3E", "\\\"><i>", "<iframe srcdoc='x'>", "{{constructor}}", "`${1}`",
       "</style><b>", "x\" style=\"position:fixed", "<img src=//evil.example/x>"]


class View(Page):
    """A page of tables: rows as texts."""

    def __init__(self, text):
        self.rows, self.cell, self.heads = [], None, []
        super().__init__(text)

    def handle_starttag(self, tag, attributes):
        super().handle_starttag(tag, attributes)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data):
        super().handle_data(data)
        if self.rows and self.rows[-1] and ("td" in self.open or "th" in self.open):
            self.rows[-1][-1] += data


def view(api, path, status=200, headers=PAGE, **more):
    got = api.get(path, headers, **more)
    assert (got.status, got.headers["Content-Type"]) == (status, "text/html; charset=utf-8"), got.text[:500]
    taken = View(got.text)
    taken.text, taken.headers = got.text, got.headers
    policy = {part.split()[0]: part.split()[1:] for part in got.headers["Content-Security-Policy"].split(";")}
    assert policy["default-src"] == ["'none'"] and policy["style-src"] == ["'self'"] and policy.get("script-src", ["'self'"]) == ["'self'"]
    assert policy["img-src"] == ["'self'"] and policy["frame-ancestors"] == ["'none'"] and policy["form-action"] == ["'self'"]
    for tag, attributes in taken.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        for name in ("href", "src", "action"):
            value = attributes.get(name)
            ours = value is None or re.match(r"(https?://127\.0\.0\.1:\d+)?/(?![/\\])", value) or value.startswith("#")
            assert ours or (tag == "a" and value.startswith(("https://", "http://")) and "nofollow" in attributes["rel"]), (tag, attributes)
        assert tag != "script" or attributes["src"].startswith("/static/"), attributes
        assert tag not in ("iframe", "object", "embed", "base", "style"), tag
    for tag in ("main", "header", "footer", "h1"):
        assert [name for name, _ in taken.tags].count(tag) == 1, tag
    assert len(taken.ids) == len(set(taken.ids))
    return taken


ADA = graph.record_id(1, 1)
REPOSITORY = graph.record_id(2, 101)


def test_a_list_is_a_table(api):
    plain = api.get("/github/developers/?page_size=50").json()
    taken = view(api, "/github/developers/?page_size=50")
    assert taken.rows[0][:3] == ["Login", "Name", "Location"] and len(taken.rows) == len(plain["results"]) + 1
    for row, record in zip(taken.rows[1:], plain["results"]):
        assert record["login"] in row[0] and row[1] == (record["name"] if record["name"] is not None else "–")
    assert f"1–{len(plain['results'])} of {plain['count']}" in taken.all
    assert "Signed in as ann" in taken.all


def test_pages_of_a_list_say_where_they_are(api):
    count = api.get("/github/developers/").json()["count"]
    for query, says in ((f"?page={count}&page_size=1", f"{count}–{count} of {count}"), ("?page=last&page_size=1", f"{count}–{count} of {count}"),
                        ("?page=2&page_size=5", f"6–10 of {count}"), ("?login=nobody", "0 of 0")):
        assert says in view(api, "/github/developers/" + query).all, query


def test_heads_sort(api):
    for path, key, first in (("/github/developers/?page=2&page_size=2&name__isnull=false", "followers_count", "-followers_count"),
                             ("/github/developers/?ordering=-followers_count", "followers_count", "followers_count"),
                             ("/github/developers/?ordering=login", "login", "-login"),
                             (f"/github/repositories/{REPOSITORY}/stargazers/", "login", "login")):
        taken = view(api, path)
        links = [a["href"] for tag, a in taken.tags if tag == "a" and f"ordering={first}" in a["href"]]
        assert len(links) == 1 and "page=" not in links[0].replace("page_size=", ""), links
        assert api.get(links[0]).status == 200
        sorted_ = [a["aria-sort"] for tag, a in taken.tags if tag == "th" and "aria-sort" in a]
        assert sorted_ == ([] if "ordering" not in path else ["descending" if "-" in path.split("ordering=")[1] else "ascending"])


@pytest.mark.parametrize("path, says", [
    ("/github/developers/?ordering=-followers_count,login", "Developers, most followers first, then by login"),
    ("/github/developers/?ordering=created_at,-name", "Developers, oldest first, then by name, descending"),
    ("/github/repositories/?ordering=stargazers_count", "Repositories, fewest stars first"),
    ("/github/repositories/?ordering=-updated_at,-open_issues_count", "Repositories, last updated first, then most issues first"),
    ("/github/developers/?ordering=-following_count,updated_at", "Developers, following most first, then least recently updated first"),
    ("/github/repositories/?ordering=-subscribers_count,-watchers_count", "Repositories, most people watching first, then by watchers count, descending"),
    ("/github/repositories/?ordering=-created_at", "Repositories, newest first"),
    ("/github/repositories/?ordering=owner_github_id", "Repositories, by owner github id")])
def test_the_order_is_named_in_words(api, path, says):
    taken = view(api, path)
    assert re.search(r'<p class="about">(.*?)</p>', taken.text).group(1) == says
    first = path.split("=")[1].split(",")[0]
    chosen = re.search(rf'<option value="{first}"(?: selected)?>(.*?)</option>', taken.text).group(1)
    assert chosen == says.split(", ")[1]


@pytest.mark.parametrize("path, words", [
    ("/github/developers/", "newest first"), (f"/github/developers/{graph.record_id(1, 1)}/followers/", "newest follow first"),
    (f"/github/repositories/{REPOSITORY}/stargazers/", "newest star first")])
def test_two_options_of_the_order_never_have_the_same_words(api, path, words):
    options = re.findall(r'<option value="([^"]*)"[^>]*>(.*?)</option>', view(api, path).text.split('<select name="ordering">')[1].split("</select>")[0])
    assert options[0] == ("", words) and len({text for _, text in options}) == len(options) > 20, options


def test_a_history_page_draws_the_number_that_is_chosen(hostile):
    """Without script, too: the picture is of that number."""
    path = f"/github/repositories/{graph.record_id(2, 1)}/history/"

    def pictures(query):
        taken = view(hostile, path + query)
        found = [a for tag, a in taken.tags if tag == "img" and "history.svg" in a["src"]]
        assert len(found) == 2 and all(hostile.get(a["src"]).status == 200 for a in found)
        current = [a["href"] for tag, a in taken.tags if tag == "a" and "aria-current" in a and "history" in a["href"] and "fields" in a["href"]]
        return {(re.search(r"field=(\w+)", a["src"]).group(1), a["alt"].split(";")[0]) for a in found}, current
    assert pictures("")[0] == {("stargazers_count", "Stars by day")}
    assert pictures("?fields=forks_count&interval=week") == ({("forks_count", "Forks by week")}, [f"{path}?fields=forks_count&interval=week"])
    links = {a["href"] for tag, a in view(hostile, path + "?interval=week").tags if tag == "a" and "fields=" in a["href"]}
    assert links == {f"{path}?fields={field}&interval=week" for field in
                     ("stargazers_count", "stars_added", "stars_ended", "forks_count", "subscribers_count", "open_issues_count")}


@pytest.mark.parametrize("query, by", [
    ("fields=stars_added&from=2020-01-01&to=2020-12-31", "day"), ("fields=stars_added&from=2020-01-01&to=2022-01-01", "week"),
    ("fields=stars_added&from=2000-01-01&to=2022-01-01", "month"), ("fields=stars_added&from=2020-01-01&to=2022-01-01&interval=day", "day"),
    ("fields=forks_count&from=2020-01-01&to=2022-01-01", "day")])
def test_the_words_of_a_drawing_name_its_interval(hostile, query, by):
    """Without one that was asked for, many bars are drawn by a longer one."""
    taken = view(hostile, f"/github/repositories/{graph.record_id(2, 1)}/history/?{query}")
    found = [a for tag, a in taken.tags if tag == "img" and "history.svg" in a["src"]]
    assert len(found) == 2
    for a in found:
        assert f" by {by};" in a["alt"] and f" by {by}, 20" in hostile.get(a["src"]).text, a


def test_chips_name_the_filters_and_remove_them(api):
    taken = view(api, "/github/developers/?location__icontains=ber%26lin&followers_count__gte=5&email__isnull=true&ordering=login&page_size=3")
    chips = re.findall(r"<li><bdi>(.*?)</bdi> <a href=\"(.*?)\"", taken.text.split('class="chips"')[1].split("</ul>")[0])
    assert [words for words, _ in chips] == ["no email", "followers count at least 5", "location contains ber&amp;lin, in any case"]
    for _, href in chips:
        assert href.count("=") == 4 and "ordering=login" in href


def test_the_form_shows_frequent_filters_first(api):
    taken = view(api, "/github/developers/?location__icontains=x")
    form, inputs = taken.forms[0]
    names = [a["name"] for _, a in inputs if a.get("name")]
    assert form["method"] == "get" and len(names) == len(set(names))
    assert {"search", "location__icontains", "company__icontains", "type", "followers_count__gte", "login", "bio__contains"} <= set(names)
    assert not {"fields", "embed", "format"} & set(names)


def test_a_filtered_list_can_be_downloaded(api):
    taken = view(api, "/github/developers/?followers_count__gte=1&ordering=login&page=1")
    links = [attributes["href"] for tag, attributes in taken.tags if tag == "a" and "download" in attributes]
    assert links == [f"/github/developers/?followers_count__gte=1&format={form}&ordering=login" for form in ("csv", "ndjson")]
    rows = list(csv.DictReader(io.StringIO(api.get(links[0]).text, newline="")))
    assert len(rows) == api.get("/github/developers/?followers_count__gte=1").json()["count"]
    for path in ("/github/rate_limit/", "/github/jobs/", f"/github/developers/{ADA}/followers/", "/github/changes/"):
        for tag, attributes in view(api, path).tags:
            if "download" in attributes:
                assert api.get(attributes["href"]).headers["Content-Type"].startswith(("text/csv", "application/x-ndjson")), attributes


def test_json_is_one_click_away_and_curl_is_shown(api):
    taken = view(api, "/github/developers/?name__isnull=false&page_size=2")
    hrefs = [a["href"] for tag, a in taken.tags if tag == "a"]
    assert "/github/developers/?name__isnull=false&page_size=2&view=json" in hrefs
    assert f"curl -u 'ann' '{api.base}/github/developers/?name__isnull=false&page_size=2'" in taken.all
    for query in ("?view=json", "?fields=login", "?embed=none"):
        assert '"count"' in view(api, "/github/developers/" + query).pre, query
    assert api.get("/github/developers/?view=zzz").json() == {"view": ["Choose from: json."]}


def test_profiles(api):
    record = api.get(f"/github/developers/{ADA}/").json()
    taken = view(api, f"/github/developers/{ADA}/")
    assert record["login"] in taken.all and "Newest followers" in taken.all and "Why it is synced" in taken.all
    by_login = view(api, f"/github/developers/by-login/{record['login'].upper()}/")
    assert record["login"] in by_login.all
    tabs = [a["href"] for tag, a in taken.tags if tag == "a" and a["href"].startswith(f"/github/developers/{ADA}/")]
    assert {f"/github/developers/{ADA}/{tab}/" for tab in ("followers", "following", "starred_repositories", "repositories")} <= set(tabs)
    for href in set(tabs):
        assert api.get(href.split("?")[0], PAGE).status == 200, href
    names = [row[0] for row in view(api, f"/github/developers/{ADA}/followers/").rows[1:]]
    wanted = [r["login"] for r in api.get(f"/github/developers/{ADA}/followers/").json()["results"]]
    assert len(names) == len(wanted) and all(login in name for login, name in zip(wanted, names))
    repository = api.get(f"/github/repositories/{REPOSITORY}/").json()
    taken = view(api, f"/github/repositories/{REPOSITORY}/")
    assert repository["full_name"] in taken.all and "Newest stargazers" in taken.all


def tabs_of(taken):
    return dict(reversed(pair) for pair in re.findall(r'<li><a href="([^"]*)"(?: aria-current="page")?>([^<]*)</a>', taken.text.split('class="tabs"')[1].split("</ul>")[0]))


def here_of(taken):
    return re.findall(r'aria-current="page">([^<]*)</a>', taken.text.split('class="tabs"')[1].split("</ul>")[0])


def test_every_page_of_a_record_has_its_tabs_and_says_which_is_open(api):
    login = api.get(f"/github/developers/{ADA}/").json()["login"]
    name = api.get(f"/github/repositories/{REPOSITORY}/").json()["full_name"]
    for kind, record, other, wanted in (("developers", ADA, f"by-login/{login}", 7), ("repositories", REPOSITORY, f"by-name/{name}", 3)):
        tabs = tabs_of(view(api, f"/github/{kind}/{record}/"))
        assert len(tabs) == wanted
        for title, href in tabs.items():
            taken = view(api, href)
            assert tabs_of(taken) == tabs and here_of(taken) == [title], href
            by_name = href.replace(record, other)
            if title in ("Overview", "Network", "History"):
                taken = view(api, by_name)
                assert tabs_of(taken) == tabs and here_of(taken) == [title], by_name
            if title in ("Network", "History"):
                heading = re.search(r"<h1>(.*?)</h1>", taken.text).group(1)
                assert re.sub("<[^>]*>", "", heading) == f"{login if kind == 'developers' else name}: {title}"


def test_tiles_have_a_line_through_the_days_that_are_known(hostile):
    """Of the records of the hostile world counts are known yesterday and today: 3 and 5 followers, and 3 and 5 stars."""
    for kind in (1, 2):
        taken = view(hostile, f"/github/{'developers' if kind == 1 else 'repositories'}/{graph.record_id(kind, 1)}/")
        lines = re.findall(r'<polyline points="([^"]*)"', taken.text)
        assert lines == ["0.0,26.0 120.0,2.0"], lines
        days = [row for row in taken.rows if re.fullmatch(r"\d{4}-\d\d-\d\d", row[0]) and len(row) == 2]
        assert [row[1] for row in days] == ["5", "3"], "the chart's numbers, newest first"


def test_an_unknown_developer_is_offered_for_crawling(api):
    for path, fields in (("/github/developers/by-login/nobody-there/", {"name": "full_profile_sync", "username": "nobody-there"}),
                         ("/github/repositories/by-name/no-body/no.thing/", {"name": "full_repository_sync", "username": "no-body", "repo_name": "no.thing"})):
        taken = view(api, path, 404)
        form, inputs = taken.forms[0]
        assert "is not known here: crawl it" in taken.all and form["action"] == "/github/tasks/"
        assert {a["name"]: a["value"] for _, a in inputs if a.get("name")} == fields
    assert view(api, "/github/developers/by-login/no%20login%3Cb%3E/", 404).forms == []
    from server import basic
    reader = view(api, "/github/developers/by-login/nobody-there/", 404, auth=basic("bob", "readonly"))
    assert reader.forms == [] and "crawl it" not in reader.all.replace("can crawl it", "") and "is not known here" in reader.all


def test_search(api):
    record = api.get(f"/github/developers/{ADA}/").json()
    for text in (record["login"], record["login"].upper(), "@" + record["login"], f"https://github.com/{record['login']}"):
        got = api.get("/search/?q=" + quote(text), PAGE)
        assert (got.status, got.headers["Location"]) == (302, f"/github/developers/{ADA}/"), text
    repository = api.get(f"/github/repositories/{REPOSITORY}/").json()
    assert api.get("/search/?q=" + quote(repository["full_name"]), PAGE).headers["Location"] == f"/github/repositories/{REPOSITORY}/"
    taken = view(api, "/search/?q=nobody-there")
    assert "is not known here: crawl it" in taken.all and taken.forms[0][0]["action"] == "/github/tasks/"
    assert "crawl it" not in view(api, "/search/?q=two%20words").all
    assert view(api, "/search/").all and api.get("/search/?q=" + "x" * 201, PAGE).status == 400
    assert api.get("/search/?q=x", auth=False).status == 401


def test_an_unknown_address_is_a_page_with_links(api):
    for path in ("/github/nowhere/", "/github/developers/nobody/", "/github/developers/by-login/no%20login/"):
        taken = view(api, path, 404)
        assert f"There is nothing at {path}" in taken.all and "/github/" in [a["href"] for tag, a in taken.tags if tag == "a"], path


def test_a_page_that_is_not_there_leads_to_the_first(api):
    taken = view(api, "/github/developers/?page=999", 404)
    assert "There is nothing at" not in taken.all and "/github/developers/" in [a["href"] for tag, a in taken.tags if tag == "a"]


def test_every_page_names_the_zone_of_its_times(api):
    for path in ("/", "/github/developers/", f"/github/developers/{ADA}/", "/github/jobs/"):
        assert "Times are in UTC." in view(api, path).all, path


def test_the_feed_links_the_changed_records(api):
    taken = view(api, "/github/changes/?kind=follow")
    links = [a["href"] for tag, a in taken.tags if tag == "a" and "since=" in a.get("href", "") and a.get("rel") != "next"]
    assert len(links) == 3 and all("kind=follow" in href for href in links)
    for href in links:
        assert api.get(href, PAGE).status == 200, href


def test_an_empty_table_says_whether_a_filter_is_why(api):
    assert "Nothing matches." in view(api, "/github/developers/?login=nobody-there").all
    empty = next(f"/github/developers/{r['id']}/{list_}/" for r in api.get("/github/developers/?page_size=100").json()["results"]
                 for list_ in ("followers", "following", "starred_repositories", "repositories") if not r[list_])
    assert "Nothing here yet." in view(api, empty).all


def test_errors_are_unescaped_text(api):
    for path, says in (('/github/developers/?ordering="zzz"', '"zzz"'), ("/github/developers/?followers_count=x", "Enter a number."),
                       ('/search/?q=' + 'x' * 201, "Enter at most 200 characters.")):
        taken = view(api, path, 400)
        assert says in taken.all and "\\" not in taken.all, path


def test_jobs_and_changes(own):
    own.start(own.tmp / "log")
    job = own.form("name=full_profile_sync&username=octocat").json()["job"]
    taken = view(own, f"/github/jobs/{job}/")
    assert taken.headers["Refresh"] == "3" and "full profile sync" in taken.all and "available" in taken.all
    assert [form["action"] for form, _ in taken.forms] == [f"/github/jobs/{job}/cancel/"]
    own.request("POST", f"/github/jobs/{job}/cancel/", {"Content-Type": "application/x-www-form-urlencoded"}, b"")
    taken = view(own, f"/github/jobs/{job}/")
    assert "Refresh" not in taken.headers and [form["action"] for form, _ in taken.forms] == [f"/github/jobs/{job}/retry/"]
    assert view(own, "/github/jobs/?state=cancelled").rows[1][0] == str(job)
    for state, says in (("available", "Waiting for a crawler."), ("scheduled", "Waiting until 2100-01-02 03:04."), ("running", "Running."),
                        ("completed", None), ("failed", None)):
        made = own.pg.psql("insert into jobs (kind, subject, key, state, run_at, finished_at, worker_id, lease) values ('full_profile_sync', 'a', "
                           f"'{state}', '{state}', '2100-01-02 03:04Z', {'null' if says else 'now()'}, {'1, 1' if state == 'running' else 'null, null'})"
                           " returning id", "own")[0][0]
        taken = view(own, f"/github/jobs/{made}/")
        assert (says is None or says in taken.all) and ("Refresh" in taken.headers) == bool(says) == ("refreshes" in taken.all), state
    own.pg.psql("insert into developers (github_id, login, first_seen_at) values (1, 'ada', now()), (2, 'ken', now());"
                "insert into follows values (1, 2, now() - interval '2 days');"
                "insert into follow_history values (1, 2, now() - interval '2 days', '2026-01-05 10:00Z', '2026-01-06 11:00Z');"
                "delete from follows", "own")
    taken = view(own, "/github/changes/?kind=follow")
    rows = [re.sub(r"\s+", " ", row[1]) for row in taken.rows[1:]]
    assert rows[1].replace("A", "", 1).replace("K", "", 1) == "ada follows ken"
    assert rows[0].endswith(", between 2026-01-05 10:00 and 2026-01-06 11:00") and "unfollowed" in rows[0]
    for after, before, says in (("2026-01-05 10:00:01Z", "2026-01-05 10:00:59Z", ", at 2026-01-05 10:00"),
                                ("2026-01-05 10:00Z", "2026-01-05 11:30Z", ", between 2026-01-05 10:00 and 11:30")):
        own.pg.psql(f"update follow_history set gone_after = '{after}', gone_before = '{before}'", "own")
        assert re.sub(r"\s+", " ", view(own, "/github/changes/?kind=follow").rows[1][1]).endswith(says)
        assert re.sub(r"\s+", " ", view(own, "/").all).count(says.replace(", ", "", 1)) == 1, "on the dashboard, too"


def test_changes_are_shown_newest_first_and_the_feed_stays(own):
    """A person begins with what is new; a program begins with the beginning, also when a person asks for its JSON in a page."""
    own.start(own.tmp / "log")
    for i in range(1, 6):
        own.pg.psql(f"insert into developers (github_id, login, first_seen_at) values ({i}, 'd{i}', now())", "own")
    taken, seen = view(own, "/github/changes/?page_size=2"), []
    while True:
        seen += [re.search(r"d\d", row[1]).group() for row in taken.rows[1:]]
        older = [a["href"] for tag, a in taken.tags if tag == "a" and a.get("rel") == "next"]
        if not older:
            break
        assert "Earlier changes" in taken.all
        taken = view(own, older[0][len(own.base):])
        assert "/github/changes/?page_size=2" in [a.get("href") for tag, a in taken.tags if tag == "a"], "back to the newest"
    assert seen == ["d5", "d4", "d3", "d2", "d1"]
    ids = [item["developer_github_id"] for item in own.get("/github/changes/").json()["results"]]
    assert ids == ["1", "2", "3", "4", "5"] == re.findall(r'"developer_github_id": "(\d)"', view(own, "/github/changes/?view=json").pre)
    # The links of a page lead to the same page.
    hrefs = [a["href"] for tag, a in taken.tags if tag == "a" and "before=" in a["href"]]
    assert len(hrefs) == 2 and all(own.get(href, {"Accept": "*/*"}).status == 200 for href in hrefs)


def test_an_error_names_fields_as_the_form_does(own):
    own.start(own.tmp / "log")
    form = {"Content-Type": "application/x-www-form-urlencoded", **PAGE}
    for body, says in ((b"name=full_profile_sync", "Login (username) is missing."), (b"name=full_profile_sync&username=a%20b", "Login (username): got"),
                       (b"name=full_repository_sync&username=ada", "Repository (repo_name) is missing."), (b"name=sample&kind=users&n=0", "Ids to draw (n): got"),
                       (b"name=sample&kind=users&n=5&seed=x", "Seed: got"), (b"name=census&kind=users&from=9&to=3", "To: got")):
        taken = View(own.request("POST", "/github/tasks/", form, body).text)
        labels = re.findall(r"(Login|Repository|Ids to draw|Seed|To)", says)
        assert says in taken.all and labels, (body, taken.all)
    for path, says in (("developers/?followers_count__gte=x", "Followers count at least (followers_count__gte): Enter a number."), ("jobs/?created_at__gte=x", "Requested since (created_at__gte): Enter"),
                       ("developers/?page_size=x", "Rows a page (page_size): Enter"), ("developers/?strict=1&%3Cb%3E=1", "<b>: "), ("changes/?since=x", "Since: Enter")):
        assert says in view(own, "/github/" + path, 400).all, path
    # Programs read the names.
    assert own.form("name=full_profile_sync").json()["error"].startswith("Missing username.")


def test_a_failure_offers_to_try_again(own):
    own.start(own.tmp / "log")
    own.pg.psql("alter table samples rename to samples_elsewhere", "own")
    path = "/github/samples/?page=2&page_size=5"
    taken = view(own, path, 500)
    assert "500 Internal Server Error" in taken.all and "See the server's log" in taken.all
    assert [a["href"] for tag, a in taken.tags if tag == "a" and a["href"].startswith("/github/samples/?")] == [path]
    own.pg.psql("alter table samples_elsewhere rename to samples", "own")
    assert own.get("/github/samples/").status == 200 and "Try again" not in view(own, "/github/samples/").all


def test_types_of_changes_are_listed_where_they_are_chosen(own):
    own.start(own.tmp / "log")
    document = own.get("/github/swagger.json").json()
    types = next(p for p in document["paths"]["/github/changes/"]["get"]["parameters"] if p["name"] == "type")["schema"]["items"]["enum"]
    assert len(types) == 15 and {"follow.closed", "star.new", "repository.restored"} <= set(types)
    page, refused = view(own, "/github/webhooks/").all, own.request(
        "POST", "/github/webhooks/", {"Content-Type": "application/json"}, b'{"url": "https://example.org/", "types": "zz"}')
    assert refused.status == 400
    for text in (page, refused.text, own.get("/github/changes/?type=zz").text):
        assert all(one in text for one in types)


def test_the_subject_of_a_job_leads_to_its_page(own):
    own.start(own.tmp / "log")
    subjects = [("full_profile_sync", "ada", "/github/developers/by-login/ada/"), ("full_repository_sync", "ada/r", "/github/repositories/by-name/ada/r/"),
                ("sample", "users-5-1", "/github/samples/users-5-1/"), ("sample", "../x", None), ("census", "users", None), ("hydrate", "42 stubs", None)]
    for kind, subject, href in subjects:
        job = own.pg.psql(f"insert into jobs (kind, subject, key, state, finished_at) values ('{kind}', '{subject}', '{kind}{subject}', 'completed', now())"
                          " returning id", "own")[0][0]
        for path in (f"/github/jobs/?subject={quote(subject)}", f"/github/jobs/{job}/"):
            taken = view(own, path)
            links = [a["href"] for tag, a in taken.tags if tag == "a" and re.match("/github/(samples/.|[a-z]+/by-)", a["href"])]
            assert links == [href] * bool(href) and subject in taken.all, (path, links)


def test_the_dashboard(own):
    own.start(own.tmp / "log")
    taken = view(own, "/")
    assert "Nothing is known yet" in taken.all and "gitomatic crawler" in taken.all
    assert [form["action"] for form, _ in taken.forms] == ["/github/tasks/"]
    own.pg.psql("insert into developers (github_id, login, first_seen_at, synced_at) values (1, 'ada', now(), now()), (2, 'ken', now(), null)", "own")
    taken = view(own, "/")
    assert "Nothing is known yet" not in taken.all and "1 of 2" in taken.all and "+2 today" in taken.all
    for span in ("90", "all"):
        assert view(own, f"/?days={span}").rows


@pytest.fixture(scope="module")
def hostile(new_api, tmp_path_factory, pg):
    """Every foreign text, hostile, in developers, repositories, former names, topics, jobs."""
    server = new_api("hostile_views")
    sql = []
    for i, text in enumerate(XSS, 1):
        q = "'" + text.replace("'", "''") + "'"
        sql.append(f"insert into developers (github_id, login, name, bio, company, location, email, blog, twitter_username, type, synced_at, first_seen_at) "
                   f"values ({i}, {q} || '{i}', {q}, {q}, {q}, {q}, {q}, {q}, {q}, {q}, now(), now());"
                   f"insert into repositories (github_id, owner_github_id, name, full_name, description, homepage, language, license, default_branch, "
                   f"topics, parent_github_id, stargazers_count, synced_at, first_seen_at) values ({i}, {i}, {q}, {q} || '/{i}', {q}, {q}, {q}, {q}, {q}, array[{q}], "
                   f"{i % len(XSS) + 1}, {i}, now(), now());"
                   f"insert into developer_logins values ({i}, {q}, now()); insert into repository_names values ({i}, {q}, now());"
                   f"insert into follows values ({i}, {i % len(XSS) + 1}, now());"
                   f"insert into stars values ({i}, {i % len(XSS) + 1}, now(), now()), ({i}, {(i + 1) % len(XSS) + 1}, now(), now());"
                   f"insert into repository_counts (github_id, day, stargazers_count) values ({i}, current_date - 1, 3), ({i}, current_date, 5);"
                   f"insert into developer_counts (github_id, day, followers_count) values ({i}, current_date - 1, 3), ({i}, current_date, 5);"
                   f"insert into jobs (kind, subject, key, state, error, note, finished_at) values ('full_profile_sync', {q}, 'k{i}', 'failed', {q}, {q}, now());")
    pg.psql("".join(sql), "hostile_views")
    server.start(tmp_path_factory.mktemp("hostile") / "log")
    yield server
    assert server.stop() == 0


LISTS = ["/", "/github/developers/?page_size=100", "/github/repositories/?page_size=100", "/github/jobs/?page_size=100", "/github/changes/", "/github/stats/",
         "/search/?q=script", "/search/?q=evil", "/github/developers/facets/?field=location", "/github/repositories/facets/?field=topics"]


@pytest.mark.parametrize("path", LISTS)
def test_hostile_texts_in_lists(hostile, path):
    taken = view(hostile, path)
    if "page_size" in path and "jobs" not in path:
        for text in XSS:
            assert text in taken.all, text


def test_hostile_texts_in_records(hostile):
    for i, text in enumerate(XSS, 1):
        for kind, name, below in ((1, "developers", ("followers/", "following/", "starred_repositories/", "repositories/", "network/", "history/")),
                                  (2, "repositories", ("stargazers/", "history/"))):
            base = f"/github/{name}/{graph.record_id(kind, i)}/"
            assert text in view(hostile, base).all
            for part in below:
                view(hostile, base + part)
            svg = hostile.get(f"{base}history.svg")
            assert svg.status == 200 and "<script" not in svg.text and "onload=" not in re.sub(r">[^<]*<", "><", svg.text)
    for i in range(1, len(XSS) + 1):
        view(hostile, f"/github/jobs/{i}/")


@pytest.mark.parametrize("text", XSS)
def test_hostile_requests(api, text):
    for path in (f"/search/?q={quote(text)}", f"/github/developers/?search={quote(text)}", f"/github/developers/?location__icontains={quote(text)}",
                 f"/github/developers/?{quote(text)}=1", f"/github/jobs/?subject={quote(text)}", f"/github/charts/stars/?repo={quote(text)}",
                 f"/github/developers/by-login/{quote(text, safe='')}/", f"/login/?next={quote(text)}", f"/?days={quote(text)}"):
        got = api.get(path, PAGE)
        if got.status in (302, 303):
            assert re.match(r"/(?![/\\])", got.headers["Location"]), path
        else:
            view(api, path, got.status)


def test_avatars_come_from_github_only_where_that_is_set(own):
    own.pg.psql("insert into developers (github_id, login, first_seen_at, synced_at) values (7, 'ada', now(), now())", "own")
    own.env["PAGES_AVATARS"] = "on"
    own.start(own.tmp / "log")
    got = own.get("/github/developers/", PAGE)
    assert 'src="https://avatars.githubusercontent.com/u/7?s=40"' in got.text
    assert "img-src 'self' https://avatars.githubusercontent.com;" in got.headers["Content-Security-Policy"]
