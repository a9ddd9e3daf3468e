"""Pages of figures say what their JSON says: how often values are there, how much is known, where the API begins, the quota over time;
and pages without figures lead on."""
import re

import pytest

import graph
from server import until
from test_views import view


def numbers(rows, n):
    return [int(row[n].replace(",", "")) for row in rows]


@pytest.mark.parametrize("path", ["/github/developers/facets/", "/github/developers/facets/?field=company&followers_count__gte=1",
                                  "/github/repositories/facets/?field=language&limit=3", "/github/repositories/facets/?field=topics",
                                  "/github/repositories/facets/?field=owner"])
def test_values_and_where_they_lead(api, path):
    plain = api.get(path).json()
    taken = view(api, path)
    rows = taken.rows[1:]
    assert numbers(rows, 1) == [value["count"] for value in plain["values"]]
    for row, value in zip(rows, plain["values"]):
        assert row[0] == {None: "not given", "": "empty text"}.get(value["value"], value["value"]) and row[2].endswith(" %")
    assert f"{plain['distinct']} value" in taken.all and f"in {plain['total']} " in taken.all
    links = [attributes["href"] for tag, attributes in taken.tags if tag == "a" and re.match(r"/github/(developers|repositories)/\?", attributes.get("href", ""))]
    links = [link for link in links if "format=" not in link and "view=" not in link]
    if "owner" in path or "topics" in path:
        return  # an owner is a record; a topic is not there as none
    assert len(links) == len(rows)
    for link, value in zip(links, plain["values"]):
        assert api.get(link).json()["count"] == value["count"], link


def test_how_much_is_known(api):
    plain, taken = api.get("/github/stats/").json(), view(api, "/github/stats/")
    days = [row for row in taken.rows if re.fullmatch(r"\d{4}-\d\d-\d\d", row[0])]
    assert [row[0] for row in days] == [day["day"] for day in plain["growth"]] and numbers(days, 1) == [day["developers"] for day in plain["growth"]]
    for key, name in (("developers", "Developers"), ("repositories", "Repositories")):
        assert f"{name}{plain[key]['known']:,}{plain[key]['synced']:,} synced" in taken.all
    assert [row[0] for row in taken.rows if row[0] in plain["queue"]] == list(plain["queue"])


def test_where_the_api_begins(api):
    taken = view(api, "/github/")
    named = {row[0] for row in taken.rows[1:]}
    documented = {path for path, item in api.get("/github/swagger.json").json()["paths"].items() if "get" in item}
    assert {path for path in documented if path.startswith("/github/") and not path.endswith((".json", ".yaml", ".svg"))} - {"/github/swagger/", "/github/redoc/"} <= named
    links = [attributes["href"] for tag, attributes in taken.tags if tag == "a" and attributes["href"] in named]
    assert "/github/changes/" in links and not any("{" in link for link in links)


def test_the_quota_over_time_is_drawn(own):
    own.pg.psql("insert into quota_samples values ('2026-01-01 10:00Z', 'token a', 'core', 5000, 4990, 10, 0, 0), ('2026-01-01 10:05Z', 'token a', 'core', 5000, 2500, 60, 30, 10),"
                " ('2026-01-01 10:05Z', 'token <b>', 'graphql', 5000, 5000, 0, 0, 0)", "own")
    own.start(own.tmp / "log")
    taken = view(own, "/github/quota/history/")
    labels = [attributes["aria-label"] for tag, attributes in taken.tags if tag == "svg" and "aria-label" in attributes]
    assert labels == [f"{what} left; the numbers are in the table below" for what in ("core units of token a", "graphql units of token <b>")]
    # Half of the height, at the right end.
    points = re.search(r'<polyline points="([^"]*)"', taken.text).group(1).split()
    assert points[0].startswith("0.0,") and points[-1] == "480.0,50.0"
    assert len([row for row in taken.rows if row and row[0].startswith("2026-01-01 10:0")]) == 3


def test_the_offer_of_the_most_starred_counts_no_known_stars(own):
    own.pg.psql("insert into repositories (github_id, name, full_name, stargazers_count, first_seen_at, synced_at) values (1, 'r', 'ada/r', 5, now(), now())", "own")
    own.start(own.tmp / "log")

    def reads(table):
        return int(own.pg.psql(f"select coalesce(seq_scan, 0) + coalesce(idx_scan, 0) from pg_stat_user_tables where relname = '{table}'", "own")[0][0])
    repositories, stars = reads("repositories"), reads("stars")
    assert "ada/r" in view(own, "/github/charts/stars/").all
    until(lambda: reads("repositories") > repositories)  # the server publishes what a transaction read together
    assert reads("stars") == stars


def test_fields_are_named_as_people_do(api):
    path = f"/github/repositories/{graph.record_id(2, 101)}/history/"
    plain, taken = api.get(path).json(), view(api, path)
    assert taken.rows[0][1:] == ["Stars", "Stars gained", "Stars removed", "Forks", "Watchers", "Open issues"] or not plain["points"]
    assert "stargazers_count" not in re.sub(r"data-url=\S+|curl.*", "", taken.all)


def links_of(taken):
    return [a["href"] for tag, a in taken.tags if tag == "a" and "href" in a]


def test_the_page_of_tasks_leads_to_their_jobs_and_to_the_running_ones(own):
    own.start(own.tmp / "log")
    links = links_of(view(own, "/github/tasks/"))
    assert "/github/jobs/" in links and "/#running" in links
    assert "running" in view(own, "/").ids
    view(own, "/github/jobs/")


def test_star_charts_without_a_repository_offer_the_most_starred(own):
    own.start(own.tmp / "log")
    empty = view(own, "/github/charts/stars/")
    assert "No repository is chosen yet." in empty.all and "most starred" not in empty.all
    own.pg.psql("insert into repositories (github_id, name, full_name, stargazers_count, first_seen_at, synced_at, gone_at)"
                " select n, 'r', 'ada/r' || n, nullif(n * 10, 60), now(), case when n <> 5 then now() end, case when n = 4 then now() end"
                " from generate_series(1, 6) n", "own")  # 4 is gone, 5 was not read, 6 has no known count
    offered = ["/github/charts/stars/?repo=ada%2Fr3", "/github/charts/stars/?repo=ada%2Fr2", "/github/charts/stars/?repo=ada%2Fr1"]
    for address, kept in (("/github/charts/stars/", "?"), ("/github/charts/stars/?by=age", "?by=age&")):
        links = [href.replace("&amp;", "&") for href in links_of(view(own, address)) if "ada" in href]
        assert links == [one.replace("?", kept) for one in offered]
    chosen = view(own, offered[0])
    assert "ada/r3" in chosen.all and "most starred" not in chosen.all
    assert own.get("/github/charts/stars/").json()["series"] == []
