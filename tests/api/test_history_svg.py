"""Charts drawn by the server: well-formed, bounded, no script, hostile names as text, and access without a login."""
import re
import xml.etree.ElementTree as ET

import pytest
from graph import HOSTILE, record_id

SVG = "{http://www.w3.org/2000/svg}"
XSS = HOSTILE + ["</title><script>alert(1)</script>", "]]><svg onload=alert(1)>", "\"onload=\"alert(1)", "&#x3c;script&#x3e;", "<!--", "--><img src=x onerror=alert(1)>",
                 "javascript:alert(1)", "{{7*7}}", "\u0001\u0008\ufffe\uffff", "é" * 5000, "<&>'\"" * 300, "=cmd|' /C calc'!A1"]
WORLD = """
insert into developers (github_id, login, first_seen_at, synced_at) values (1, 'ada', now(), now());
insert into developer_counts select 1, date '2026-01-01' + n, 10 + n, 1, 1, 1 from generate_series(0, 30) n;
insert into repositories (github_id, name, full_name, first_seen_at, synced_at) values (1, 'open', 'Ada/Open', now(), now()),
 (2, 'shut', 'ada/shut', now(), now()), (3, 'old', 'ada/old', now(), now());
insert into repository_names (github_id, full_name, seen_until) values (1, 'ada/former', now());
insert into repository_counts (github_id, day, stars_added) select 1, current_date - 5000 + n, n % 17 from generate_series(0, 5000) n;
insert into repository_counts (github_id, day, stargazers_count) values (2, '2026-01-01', 3), (2, '2026-01-31', 30000);
"""


def one(kind, i):
    return f"/github/{kind}/{record_id(1 if kind == 'developers' else 2, i)}/history.svg"


@pytest.fixture(scope="module")
def charts(new_api, pg, tmp_path_factory):
    server = new_api("charts")
    pg.psql(WORLD, "charts")
    for n, text in enumerate(XSS, 100):
        text = text.replace("'", "''").replace("\x00", "")
        pg.psql(f"insert into repositories (github_id, name, full_name, first_seen_at, synced_at) values ({n}, 'x', '{text}', now(), now()); "
                f"insert into repository_counts (github_id, day, stargazers_count) values ({n}, '2026-01-01', 3), ({n}, '2026-01-09', 4); "
                f"insert into developers (github_id, login, first_seen_at, synced_at) values ({n}, '{text}', now(), now());", "charts")
    server.env["PUBLIC_CHARTS"] = "x/y, ada/open"
    server.start(tmp_path_factory.mktemp("charts") / "log")
    yield server
    assert server.stop() == 0


def draw(server, path, **more):
    answer = server.get(path, **more)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert len(answer.body) < 30_000
    root = ET.fromstring(answer.body)
    assert root.tag == SVG + "svg" and [e.tag for e in root][:2] == [SVG + "title", SVG + "desc"]
    assert root.get("role") == "img" and root.get("aria-labelledby") == "t d" and root[0].text and root[1].text
    for e in root.iter():
        assert e.tag in {SVG + t for t in ("svg", "title", "desc", "style", "rect", "text", "path", "circle")}
        assert not any(a.lower().startswith("on") or "href" in a.lower() for a in e.attrib), e.attrib
    assert "url(" not in answer.text and "@import" not in answer.text
    return answer, root


def test_a_chart_and_its_description(charts):
    answer, root = draw(charts, one("repositories", 2) + "?from=2026-01-01&to=2026-01-31")
    assert root[0].text == "ada/shut: stargazers_count"
    assert root[1].text == ("stargazers_count by day, 2026-01-01 to 2026-01-31. First 3 on 2026-01-01, last 30000 on 2026-01-31, at most 30000; "
                            "2 points observed.")
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("800", "400", "0 0 800 400")
    line = next(e for e in root.iter(SVG + "path") if e.get("class") == "s0").get("d")
    points = [tuple(map(float, p)) for p in re.findall(r"([\d.]+) ([\d.]+)", line)]
    assert len(points) == 2 and points[0][0] < points[1][0] and points[0][1] > points[1][1], "later is right, more is up"
    assert "30k" in answer.text and "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["ETag"] and answer.headers["Cache-Control"] == "private, max-age=300"
    assert charts.get(one("repositories", 2) + "?from=2026-01-01&to=2026-01-31", {"If-None-Match": answer.headers["ETag"]}).status == 304
    gzip = charts.get(one("repositories", 2), {"Accept-Encoding": "gzip"})
    assert gzip.headers["Content-Encoding"] == "gzip"
    assert charts.get(one("repositories", 2), {"Accept": "text/html,image/avif,*/*;q=0.8"}).headers["Content-Type"].startswith("image/svg")


def test_fields_of_both_kinds_and_other_addresses(charts):
    for path in (one("developers", 1), "/github/developers/by-login/ADA/history.svg"):
        _, root = draw(charts, path + "?field=following_count")
        assert root[0].text == "ada: following_count"
    assert "follows_ended by day" in draw(charts, one("developers", 1) + "?field=follows_ended")[1][1].text
    assert "Nothing was observed." in draw(charts, one("repositories", 3))[0].text
    assert "at most 3; 1 point observed." in draw(charts, one("repositories", 2) + "?to=2026-01-01")[1][1].text
    _, root = draw(charts, "/github/repositories/by-name/ada/open/history.svg?field=stars_added")
    assert "by month" in root[1].text, "5,000 bars do not fit"
    assert len(draw(charts, one("repositories", 1))[1].findall(f".//{SVG}path[@class='s0']")[0].get("d")) > 5000


@pytest.mark.parametrize("size", [(200, 100), (2000, 1000), (390, 120)])
@pytest.mark.parametrize("field", ["stargazers_count", "stars_added"])
def test_sizes_and_themes(charts, size, field):
    seen = set()
    for theme in ("auto", "light", "dark"):
        for interval in ("day", "week", "month"):
            answer, root = draw(charts, one("repositories", 1) + f"?width={size[0]}&height={size[1]}&theme={theme}&field={field}&interval={interval}")
            assert (root.get("width"), root.get("height")) == tuple(map(str, size))
            assert ("prefers-color-scheme" in answer.text) == (theme == "auto")
        seen.add(answer.text)
    assert len(seen) == 3


@pytest.mark.parametrize("query, parameter", [("width=199", "width"), ("width=2001", "width"), ("width=1e3", "width"), ("height=99", "height"),
                                              ("height=1001", "height"), ("height=", None), ("theme=blue", "theme"), ("theme=Dark", "theme"),
                                              ("field=followers_count", "field"), ("field=%3Cscript%3E", "field"), ("from=x", "from"),
                                              ("interval=hour", "interval"), ("strict=1&size=3", "size"), ("strict=1&width=300", None)])
def test_wrong_values_are_named(charts, query, parameter):
    answer = charts.get(one("repositories", 2) + "?" + query)
    assert answer.status == (400 if parameter else 200)
    if parameter:
        assert list(answer.json()) == [parameter] and answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("n", range(len(XSS)))
def test_hostile_names_are_text(charts, n):
    answer, root = draw(charts, one("repositories", 100 + n) + "?width=2000")
    told = "".join(c if ord(c) >= 32 and c not in "\x7f\ufffe\uffff" or c in "\t\n\r" else "\ufffd" for c in XSS[n])
    cut = told[:100]
    assert root[0].text.startswith(cut), "the title is the name, cut"
    draw(charts, one("developers", 100 + n))


def test_no_login_for_public_charts_alone(charts):
    for path in (one("repositories", 1), "/github/repositories/by-name/ADA/open/history.svg", "/github/repositories/by-name/ada/former/history.svg"):
        answer, _ = draw(charts, path + "?width=400", auth=False)
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert charts.get(one("repositories", 1) + "?width=1", auth=False).status == 400
    for path in (one("repositories", 2), one("developers", 1), one("repositories", 77), "/github/repositories/by-name/ada/shut/history.svg",
                 "/github/repositories/by-name/x/y/history.svg", one("repositories", 1).replace("history.svg", "history/"),
                 "/github/repositories/by-name/ada/open/"):
        answer = charts.get(path, auth=False)
        assert answer.status == 401 and answer.headers["WWW-Authenticate"], path
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
    assert charts.get(one("repositories", 1), auth="Basic eDp5").status == 401, "wrong credentials are refused all the same"


IMAGE = {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}


@pytest.mark.parametrize("headers,challenged", [
    ({**IMAGE, "Sec-Fetch-Site": "cross-site"}, False), ({**IMAGE, "Sec-Fetch-Site": "same-site"}, False), ({**IMAGE, "Sec-Fetch-Site": "same-origin"}, False),
    ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}, True), ({}, True)])
def test_readers_of_a_page_with_a_chart_are_not_asked_for_a_password(charts, headers, challenged):
    for path in (one("repositories", 2), one("developers", 1), "/github/repositories/by-name/ada/shut/history.svg", "/github/charts/stars.svg?repo=ada/shut",
                 "/github/developers/"):
        got = charts.get(path, headers, auth=False)
        assert got.status == 401 and ("Basic" in got.headers["WWW-Authenticate"]) == challenged, path
    got = charts.get(one("repositories", 1), headers, auth="Basic !")
    assert got.status == 401 and ("Basic" in got.headers["WWW-Authenticate"]) == challenged, "a header that cannot be read"


def test_all_charts_may_be_public_or_none(own, pg):
    pg.psql(WORLD, "own")
    own.start(own.tmp / "log")
    assert own.get(one("repositories", 1), auth=False).status == 401
    own.stop()
    own.env["PUBLIC_CHARTS"] = "*"
    own.start(own.tmp / "log")
    draw(own, one("repositories", 2), auth=False)
    assert own.get(one("repositories", 77), auth=False).status == 404
    assert own.get(one("developers", 1), auth=False).status == 401
    # A repository that is private at GitHub is public here only by its name; else it is answered as an unknown one.
    pg.psql("update repositories set private = true where github_id = 2", "own")
    private = (one("repositories", 2), "/github/repositories/by-name/ada/shut/history.svg", "/github/charts/stars.svg?repo=ada/shut")
    for path, unknown in zip(private, (one("repositories", 77), "/github/repositories/by-name/ada/none/history.svg", "/github/charts/stars.svg?repo=ada/none")):
        for more in ("", "&width=1" if "?" in path else "?width=1"):
            refused, other = own.get(path + more, auth=False), own.get(unknown + more, auth=False)
            assert refused.status == other.status >= 400 and refused.text == other.text.replace("ada/none", "ada/shut"), path
        draw(own, path)
    assert own.get("/github/charts/stars.svg?repo=ada/open,ada/shut", auth=False).status == 400
    draw(own, one("repositories", 1), auth=False)
    own.stop()
    own.env["PUBLIC_CHARTS"] = "*, ADA/Shut"
    own.start(own.tmp / "log")
    for path in private:
        draw(own, path, auth=False)
    own.stop()
    for wrong in ("ada", "ada/open ada/shut", "a/b/c", "ada/*"):
        own.env["PUBLIC_CHARTS"] = wrong
        done = own.run("serve", check=False)
        assert done.returncode == 1 and "PUBLIC_CHARTS" in done.stdout and wrong[:20] in done.stdout
    own.process = None
