"""History by day: what was observed, null where nothing was; weeks, months and UTC days; its forms; its mistakes."""
import csv
import datetime
import io
import json

import pytest
from graph import record_id

REPO, OTHER, ADA, KEN = 900, 901, 11, 12
FIELDS = ["stargazers_count", "stars_added", "stars_ended", "forks_count", "subscribers_count", "open_issues_count"]
PEOPLE = ["followers_count", "following_count", "public_repos", "public_gists", "follows_ended"]
WORLD = f"""
insert into developers (github_id, login, first_seen_at, synced_at, created_at) values
 ({ADA}, 'ada', now(), now(), '2015-01-01'), ({KEN}, 'Ken', now(), now(), '2016-01-01');
insert into developer_logins (github_id, login, seen_until) values ({KEN}, 'kenny', now());
insert into repositories (github_id, name, full_name, owner_github_id, first_seen_at, synced_at, created_at) values
 ({REPO}, 'engine', 'ada/engine', {ADA}, now(), now(), '2025-12-20'), ({OTHER}, 'seen', 'ada/seen', {ADA}, now(), now(), null),
 (902, 'empty', 'ada/empty', {ADA}, now(), null, null);
insert into repository_names (github_id, full_name, seen_until) values ({REPO}, 'ada/motor', now());
-- GitHub's star history from 2025-12-29 (a Monday) to 2026-01-06, counts on some days, and one day that only counts know.
insert into repository_counts (github_id, day, stars_added) select {REPO}, date '2025-12-29' + n, (array[3,0,0,1,0,2,5,0,4])[n + 1]
  from generate_series(0, 8) n;
update repository_counts set stargazers_count = 6, forks_count = 2 where github_id = {REPO} and day = '2026-01-02';
insert into repository_counts (github_id, day, stargazers_count, forks_count, open_issues_count) values
 ({REPO}, '2026-01-09', 17, 3, 0), ({OTHER}, '2026-01-31', 5, 1, 2), ({OTHER}, '2026-02-02', 7, null, 2), ({OTHER}, '2026-03-01', 0, 0, 0);
-- Stars removed: two found missing on one UTC day, half an hour around midnight elsewhere.
insert into star_history (developer_github_id, repository_github_id, starred_at, first_seen_at, gone_after, gone_before) values
 ({ADA}, {REPO}, '2025-12-29', '2026-01-01', '2026-01-02', '2026-01-04T23:59:59Z'),
 ({KEN}, {REPO}, '2025-12-29', '2026-01-01', '2026-01-02', '2026-01-05T01:30:00+02:00'),
 ({KEN}, {REPO}, '2026-01-05', '2026-01-05T08:00Z', '2026-01-05T09:00Z', '2026-01-05T00:00:00Z');
insert into developer_counts values ({KEN}, '2026-01-01', 10, 1, 2, 0), ({KEN}, '2026-01-05', 12, null, 2, 0);
insert into follow_history values ({ADA}, {KEN}, '2025-12-01', '2025-12-30', '2026-01-03'), ({KEN}, {ADA}, '2025-12-01', '2025-12-30', '2026-01-03');
"""
D = datetime.date


@pytest.fixture(scope="module")
def history(new_api, pg, tmp_path_factory):
    server = new_api("history")
    pg.psql(WORLD, "history")
    server.env["TZ"] = "Asia/Tokyo"
    server.start(tmp_path_factory.mktemp("history") / "log")
    yield server
    assert server.stop() == 0


def get(server, path, **params):
    query = "&".join(f"{k}={v}" for k, v in params.items())
    answer = server.get(f"{path}?{query}")
    assert answer.status == 200, answer.text
    return answer.json()


def by_day(answer, field):
    return {p["day"]: p[field] for p in answer["points"]}


ENGINE = f"/github/repositories/{record_id(2, REPO)}/history/"


def test_every_day_of_the_span_has_a_point_and_what_was_not_observed_is_null(history):
    got = get(history, ENGINE, **{"from": "2025-12-28", "to": "2026-01-10"})
    assert list(got) == ["url", "fields", "interval", "from", "to", "sources", "points"]
    assert got["url"] == history.base + ENGINE and got["fields"] == FIELDS and got["interval"] == "day"
    assert (got["from"], got["to"]) == ("2025-12-28", "2026-01-10")
    assert [p["day"] for p in got["points"]] == [str(D(2025, 12, 28) + datetime.timedelta(n)) for n in range(14)]
    assert all(list(p) == ["day", *FIELDS] for p in got["points"])
    assert list(by_day(got, "stars_added").values()) == [None, 3, 0, 0, 1, 0, 2, 5, 0, 4, None, None, None, None]
    # What GitHub's history adds up to wins over the count of 2026-01-02; beyond it counts are what there is.
    assert list(by_day(got, "stargazers_count").values()) == [None, 3, 3, 3, 4, 4, 6, 11, 11, 15, None, None, 17, None]
    assert list(by_day(got, "stars_ended").values()) == [None] * 7 + [2, 1] + [None] * 5
    assert by_day(got, "forks_count") == {**{p["day"]: None for p in got["points"]}, "2026-01-02": 2, "2026-01-09": 3}
    assert got["sources"] == {"stargazers_count": "github_star_history, counts_seen", "stars_added": "github_star_history",
                              "stars_ended": "lists_compared", "forks_count": "counts_seen", "subscribers_count": None,
                              "open_issues_count": "counts_seen"}


def test_sources_are_of_the_span(history):
    inside = get(history, ENGINE, **{"from": "2025-12-29", "to": "2026-01-06"})["sources"]
    assert inside["stargazers_count"] == "github_star_history" and inside["open_issues_count"] is None
    behind = get(history, ENGINE, **{"from": "2026-01-07", "to": "2026-01-10"})["sources"]
    assert behind["stargazers_count"] == "counts_seen" and behind["stars_added"] is None


def test_without_a_star_history_counts_are_what_there_is(history):
    got = get(history, "/github/repositories/by-name/ada/seen/history/", **{"from": "2026-01-30", "to": "2026-03-02"})
    assert {d: n for d, n in by_day(got, "stargazers_count").items() if n is not None} == {
        "2026-01-31": 5, "2026-02-02": 7, "2026-03-01": 0}
    assert got["sources"]["stargazers_count"] == "counts_seen"
    assert all(p["stars_added"] is None and p["stars_ended"] is None for p in got["points"])


def test_a_history_that_is_being_read_does_not_add_up_yet(history, pg):
    pg.psql(f"insert into jobs (kind, key, state, cursor, run_at) values ('repository_star_history', 'repository_star_history:{REPO}', "
            "'scheduled', '{\"page\": 2}', now())", "history")
    try:
        got = get(history, ENGINE, **{"from": "2025-12-29", "to": "2026-01-09"})
        assert {d: n for d, n in by_day(got, "stargazers_count").items() if n is not None} == {"2026-01-02": 6, "2026-01-09": 17}
        assert got["sources"]["stargazers_count"] == "counts_seen" and by_day(got, "stars_added")["2025-12-29"] == 3
    finally:
        pg.psql("truncate jobs", "history")


def test_weeks_begin_on_monday_and_months_on_the_first(history):
    weeks = get(history, ENGINE, **{"from": "2025-12-31", "to": "2026-01-10", "interval": "week"})
    assert [p["day"] for p in weeks["points"]] == ["2025-12-29", "2026-01-05"]
    assert list(by_day(weeks, "stars_added").values()) == [0 + 1 + 0 + 2 + 5, 0 + 4], "days before `from` do not count"
    assert list(by_day(weeks, "stargazers_count").values()) == [11, 17], "the last one of the week"
    assert list(by_day(weeks, "stars_ended").values()) == [2, 1]
    assert list(by_day(weeks, "forks_count").values()) == [2, 3]
    months = get(history, ENGINE, **{"from": "2025-11-15", "to": "2026-02-01", "interval": "month"})
    assert [p["day"] for p in months["points"]] == ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]
    assert list(by_day(months, "stars_added").values()) == [None, 3, 12, None]
    assert list(by_day(months, "stargazers_count").values()) == [None, 3, 17, None]
    days = get(history, ENGINE, **{"from": "2025-12-31", "to": "2026-01-10"})
    for field in ("stars_added", "stars_ended"):
        assert sum(n or 0 for n in by_day(days, field).values()) == sum(n or 0 for n in by_day(weeks, field).values())
    # 53 weeks, a leap day, and the edge of a year, worked out by Python's calendar
    long = get(history, ENGINE, **{"from": "2023-12-31", "to": "2025-01-02", "interval": "week"})
    assert [p["day"] for p in long["points"]] == [str(D(2023, 12, 25) + datetime.timedelta(7 * n)) for n in range(54)]
    months = get(history, ENGINE, **{"from": "2023-12-31", "to": "2025-01-01", "interval": "month"})
    assert [p["day"] for p in months["points"]] == [str(D(2023 + (11 + n) // 12, (11 + n) % 12 + 1, 1)) for n in range(14)]


def test_days_are_utc_whatever_zone_is_given(history):
    got = get(history, ENGINE, **{"from": "2026-01-05T00:30:00%2B02:00", "to": "2026-01-04T23:00:00-05:00"})
    assert (got["from"], got["to"]) == ("2026-01-04", "2026-01-05")
    assert list(by_day(got, "stars_ended").values()) == [2, 1]


def test_a_span_that_is_not_given_goes_from_the_first_observation_to_today(history):
    got = get(history, ENGINE)
    assert got["from"] == "2025-12-29" and got["to"] == str(datetime.datetime.now(datetime.timezone.utc).date())
    empty = get(history, f"/github/repositories/{record_id(2, 902)}/history/")
    assert empty["from"] == empty["to"] and [set(p.values()) - {p["day"]} for p in empty["points"]] == [{None}]
    assert set(empty["sources"].values()) == {None}


def test_developers(history):
    got = get(history, "/github/developers/by-login/KEN/history/", **{"from": "2026-01-01", "to": "2026-01-05"})
    assert got["fields"] == PEOPLE
    assert list(by_day(got, "followers_count").values()) == [10, None, None, None, 12]
    assert list(by_day(got, "following_count").values()) == [1, None, None, None, None]
    assert list(by_day(got, "follows_ended").values()) == [None, None, 2, None, None]
    same = get(history, f"/github/developers/{record_id(1, KEN)}/history/", **{"from": "2026-01-01", "to": "2026-01-05"})
    assert same == got and got["sources"]["follows_ended"] == "lists_compared"


def test_fields_are_chosen(history):
    span = {"from": "2026-01-02", "to": "2026-01-02"}
    got = get(history, ENGINE, fields="forks_count,%20stars_added", **span)
    assert got["points"] == [{"day": "2026-01-02", "stars_added": 0, "forks_count": 2}]
    assert got["fields"] == ["stars_added", "forks_count"] and list(got["sources"]) == got["fields"]
    assert get(history, ENGINE, fields="forks_count&fields=stars_added", **span) == got
    assert get(history, ENGINE, fields="", **span)["fields"] == FIELDS


def test_as_csv_and_ndjson(history):
    path = ENGINE + "?from=2026-01-01&to=2026-01-05&fields=stars_added,stars_ended,forks_count"
    points = history.get(path).json()["points"]
    for answer in (history.get(path + "&format=csv"), history.get(path, {"Accept": "text/csv"})):
        assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.text.startswith("day,stars_added,stars_ended,forks_count\r\n2026-01-01,1,,\r\n")
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert [{k: v if k == "day" else int(v) if v else None for k, v in row.items()} for row in rows] == points
    for answer in (history.get(path + "&format=ndjson"), history.get(path, {"Accept": "application/x-ndjson"})):
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        assert [json.loads(line) for line in answer.text.splitlines()] == points
    assert history.get(path + "&format=csv", {"Accept": "application/json"}).status == 406
    assert history.get(path + "&format=gexf").status == 404
    assert history.get("/github/developers/?format=gexf").status == 404
    jsonp = history.get(path + "&format=csv&callback=f").text
    assert '"status":400' in jsonp and "callback: expected an answer in JSON" in jsonp
    etag = history.get(path + "&format=csv").headers["ETag"]
    assert history.get(path + "&format=csv", {"If-None-Match": etag}).status == 304
    page = history.get(path, {"Accept": "text/html"})
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("query, parameter, says", [
    ("from=yesterday", "from", "Enter a valid date"),
    ("to=2026-02-30", "to", "Enter a valid date"),
    ("to=0", "to", "Enter a valid date"),
    ("interval=year", "interval", "Choose from: day, week, month."),
    ("interval=Day", "interval", "Choose from"),
    ("fields=stars", "fields", '"stars" is not a field'),
    ("fields=followers_count", "fields", "is not a field"),
    ("from=2026-02-01&to=2026-01-31", "from", "not after to"),
    ("from=9999-01-01", "from", "not after"),
    ("from=0001-01-01", "from", "15,000"),
])
def test_invalid_values_are_named(history, query, parameter, says):
    for path in (ENGINE, "/github/repositories/by-name/ada/engine/history/"):
        answer = history.get(f"{path}?{query}")
        assert answer.status == 400 and list(answer.json()) == [parameter] and says in answer.json()[parameter][0]


def test_unknown_parameters_are_named_and_refused_when_strict(history):
    assert history.get(ENGINE + "?form=2026-01-01").headers["X-Ignored-Parameters"] == "form"
    assert history.get(ENGINE + "?form=2026-01-01&strict=1").status == 400
    assert history.get(ENGINE + "?from=2026-01-01&interval=week&strict=1").status == 200


def test_unknown_and_former_names(history):
    for path in ("repositories/by-name/ada/nothing", f"repositories/{record_id(2, 77)}", f"repositories/{record_id(1, ADA)}",
                 "developers/by-login/nobody", "developers/xyz"):
        answer = history.get(f"/github/{path}/history/")
        assert answer.status == 404 and answer.json() == {"detail": "Not found."}
    answer = history.get("/github/repositories/by-name/ada/motor/history/?interval=week")
    assert answer.status == 301 and answer.headers["Location"] == ENGINE + "?interval=week"
    answer = history.get("/github/developers/by-login/kenny/history.svg?width=300")
    assert answer.status == 301 and answer.headers["Location"] == f"/github/developers/{record_id(1, KEN)}/history.svg?width=300"
    assert history.get(ENGINE.rstrip("/")).status == 301
    assert history.get(ENGINE, auth=False).status == 401
