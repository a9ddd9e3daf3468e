"""Stars of several repositories beside each other: JSON, CSV, NDJSON and the picture."""
import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from graph import record_id

SVG = "{http://www.w3.org/2000/svg}"
WORLD = """
insert into repositories (github_id, name, full_name, first_seen_at, synced_at, created_at)
select n, 'r' || n, 'ada/r' || n, now(), now(), timestamptz '2020-01-01Z' + n * interval '1 day' from generate_series(1, 10) n;
insert into repositories (github_id, name, full_name, first_seen_at) values (11, 'none', 'ada/none', now()), (12, 'long', 'ada/long', now()),
 (13, 'every', 'ada/every', now());
insert into repository_names (github_id, full_name, seen_until) values (3, 'ada/old', now());
insert into repository_counts (github_id, day, stars_added) select r, date '2020-01-01' + r + n, r from generate_series(1, 10) r, generate_series(0, 4) n;
insert into repository_counts (github_id, day, stargazers_count) select 12, date '2020-01-01' + n, n from generate_series(0, 1999) n;
insert into repository_counts (github_id, day, stargazers_count, forks_count) select 13, date '2020-01-03' + n, case when n >= 0 then n end, 1
  from unnest(array[-2, 0, 150, 152, 170, 2000]) n;
"""


@pytest.fixture(scope="module")
def stars(new_api, pg, tmp_path_factory):
    server = new_api("stars")
    pg.psql(WORLD, "stars")
    server.env["PUBLIC_CHARTS"] = "ada/r1,ada/r2"
    server.start(tmp_path_factory.mktemp("stars") / "log")
    yield server
    assert server.stop() == 0


def get(server, query):
    answer = server.get("/github/charts/stars/?" + query)
    assert answer.status == 200, answer.text
    return answer.json()


def test_series_come_in_the_order_they_were_named(stars):
    got = get(stars, "repo=ada/r2&repo=ADA/R1&repo=ada/old,ada/r2")
    assert list(got) == ["url", "svg_url", "csv_url", "by", "scale", "series"] and (got["by"], got["scale"]) == ("date", "linear")
    assert [s["full_name"] for s in got["series"]] == ["ada/r2", "ada/r1", "ada/r3"], "once each, by the present name"
    first = got["series"][0]
    assert first["repository"] == f"{stars.base}/github/repositories/{record_id(2, 2)}/" and first["created_at"] == "2020-01-03T00:00:00Z"
    assert first["source"] == "github_star_history"
    assert first["points"] == [{"day": f"2020-01-{3 + n:02}", "age": n, "stargazers_count": 2 * (n + 1)} for n in range(5)]
    assert stars.get(got["url"][len(stars.base):]).json()["series"] == got["series"]
    assert stars.get(got["csv_url"][len(stars.base):]).headers["Content-Type"].startswith("text/csv")
    assert stars.get(got["svg_url"][len(stars.base):]).headers["Content-Type"].startswith("image/svg")


@pytest.mark.parametrize("days, left", [("from=2020-01-05", [2, 3, 4]), ("to=2020-01-04", [0, 1]), ("from=2020-01-04&to=2020-01-06", [1, 2, 3]),
                                        ("from=2019-01-01", range(5)), ("from=2021-01-01", [])])
def test_some_of_the_days(stars, days, left):
    """Stars before the first day count."""
    got = get(stars, f"repo=ada/r2&{days}")
    points = [{"day": f"2020-01-{3 + n:02}", "age": n, "stargazers_count": 2 * (n + 1)} for n in left]
    seen = got["series"][0]["points"]
    assert [p for p in seen if p["day"] <= "2020-01-07"] == points, seen
    assert days in got["url"] and days in got["svg_url"] and stars.get(got["svg_url"][len(stars.base):]).status == 200
    page = stars.get(f"/github/charts/stars/?repo=ada/r2&{days}", {"Accept": "text/html"})
    assert page.status == 200 and 'name="from"' in page.text and 'name="to"' in page.text


@pytest.mark.parametrize("days", ["from=2020-06-01", "from=2020-06-01&to=2020-06-03", "to=2020-01-03", "from=2025-06-21&to=2026-01-01"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_ages_count_from_the_first_day_known_whatever_is_shown(stars, days, scale):
    """Without created_at the age of a day is the same in the whole history and in a part of it."""
    whole = {p["day"]: p["age"] for p in get(stars, "repo=ada/every&by=age")["series"][0]["points"]}
    assert list(whole.values()) == [0, 150, 152, 170, 2000] and list(whole)[0] == "2020-01-03", "a day with forks alone is no first day"
    points = get(stars, f"repo=ada/every&by=age&scale={scale}&{days}")["series"][0]["points"]
    assert points and {p["day"]: p["age"] for p in points}.items() <= whole.items()
    rows = csv.DictReader(io.StringIO(stars.get(f"/github/charts/stars/?repo=ada/every&format=csv&{days}").text, newline=""))
    assert {row["day"]: int(row["age"]) for row in rows}.items() <= whole.items()


@pytest.mark.parametrize("path", ["/github/charts/stars/", "/github/charts/stars.svg"])
@pytest.mark.parametrize("days, names, says", [
    ("from=0001-01-01", "from", "Enter a later date: at most 15,000"), ("from=9000-01-01", "from", "after today"),
    ("from=1970-01-01&to=2020-01-01", "from", "15,000"), ("to=9000-01-01", "to", "Enter an earlier date: at most 15,000")])
def test_days_that_do_not_fit(stars, path, days, names, says):
    """Named, as in a history, rather than an empty chart."""
    answer = stars.get(f"{path}?repo=ada/r1,ada/r2,ada/none&{days}")
    assert answer.status == 400 and list(answer.json()) == [names], answer.text
    assert len(answer.json()[names]) == 1 and says in answer.json()[names][0]


@pytest.mark.parametrize("days, names, says", [("from=0001-01-01", "from", "a later date, or a longer interval"),
                                               ("to=9000-01-01", "to", "an earlier date, or a longer interval")])
def test_days_of_a_history_that_do_not_fit(stars, days, names, says):
    for path in ("history/", "history.svg"):
        answer = stars.get(f"/github/repositories/by-name/ada/r1/{path}?{days}")
        assert answer.status == 400 and list(answer.json()) == [names] and says in answer.json()[names][0], answer.text


@pytest.mark.parametrize("days, parameter", [("from=x", "from"), ("to=x", "to"), ("from=2020-02-01&to=2020-01-01", "from")])
def test_invalid_days(stars, days, parameter):
    for path in ("/github/charts/stars/?repo=ada/r2&", "/github/charts/stars.svg?repo=ada/r2&"):
        answer = stars.get(path + days)
        assert answer.status == 400 and list(answer.json()) == [parameter]


def test_as_csv_and_ndjson(stars):
    got = get(stars, "repo=ada/r1,ada/r2")
    flat = [{"repository": s["full_name"], **p} for s in got["series"] for p in s["points"]]
    text = stars.get("/github/charts/stars/?repo=ada/r1,ada/r2&format=csv").text
    assert [{k: int(v) if v.isdigit() else v for k, v in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))] == flat
    lines = stars.get("/github/charts/stars/?repo=ada/r1,ada/r2", {"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == flat


def test_long_histories_are_thinned_and_keep_both_ends(stars):
    points = get(stars, "repo=ada/long")["series"][0]["points"]
    assert len(points) == 400 and points[0]["stargazers_count"] == 0 and points[-1]["stargazers_count"] == 1999
    assert [p["day"] for p in points] == sorted({p["day"] for p in points})
    assert points[0]["age"] == 0 and points[-1]["age"] == 1999, "without a creation, from the first day known"
    assert get(stars, "repo=ada/none")["series"][0]["points"] == [] and get(stars, "")["series"] == []


@pytest.mark.parametrize("by", ["date", "age"])
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("n", [1, 2, 8])
def test_the_picture(stars, by, scale, n):
    names = ",".join(f"ada/r{i}" for i in range(1, n + 1))
    answer = stars.get(f"/github/charts/stars.svg?repo={names}&by={by}&scale={scale}&width=600")
    assert answer.status == 200 and len(answer.body) < 30_000 and answer.headers["ETag"]
    root = ET.fromstring(answer.body)
    lines = [e for e in root.iter(SVG + "path") if (e.get("class") or "").startswith("s") and "L" not in e.get("d") and "h20" not in e.get("d")]
    assert len(lines) == n
    texts = [e.text for e in root.iter(SVG + "text")]
    if n > 1:
        assert all(f"ada/r{i}" in texts for i in range(1, n + 1))
    assert all(f"ada/r{i}: {5 * i}." in root[1].text for i in range(1, n + 1))
    assert ("10" in texts) or scale == "linear"
    if by == "age" and n > 1:
        starts = {e.get("d").split(" ")[0] for e in lines}
        assert len(starts) == 1, "all begin at the age of no days"


@pytest.mark.parametrize("path", ["/github/charts/stars/", "/github/charts/stars.svg"])
@pytest.mark.parametrize("query, parameter, says", [
    ("repo=ada/unknown", "repo", '"ada/unknown" is not known here'), ("repo=ada", "repo", "not known"), ("repo=a/b/c", "repo", "not known"),
    ("repo=" + ",".join(f"ada/r{n}" for n in range(1, 10)), "repo", "at most eight"), ("repo=ada/r1&by=week", "by", "Choose from: date, age."),
    ("repo=ada/r1&scale=log10", "scale", "Choose from: linear, log.")])
def test_invalid_values_are_named(stars, path, query, parameter, says):
    answer = stars.get(f"{path}?{query}")
    assert answer.status == 400 and list(answer.json()) == [parameter] and says in answer.json()[parameter][0]


def test_the_picture_of_nothing_and_of_no_size(stars):
    assert "Nothing was observed." in stars.get("/github/charts/stars.svg").text
    assert list(stars.get("/github/charts/stars.svg?repo=ada/r1&width=5").json()) == ["width"]


def test_without_a_login_only_where_all_of_them_are_public(stars):
    answer = stars.get("/github/charts/stars.svg?repo=ada/r1&repo=ada/r2", auth=False)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "public, max-age=3600"
    for query in ("repo=ada/r1,ada/r3", "repo=ada/r1,ada/unknown", "repo=ada/unknown", ""):
        assert stars.get("/github/charts/stars.svg?" + query, auth=False).status == 401, query
    assert stars.get("/github/charts/stars/?repo=ada/r1", auth=False).status == 401
