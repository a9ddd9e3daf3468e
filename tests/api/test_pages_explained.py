"""What pages say to readers who are new: what is drawn, searched and counted, and what a demo is."""
import pytest

import graph
from server import until
from test_views import view

DEMO = "This is a demo: its records are made up."
ADA = f"/github/developers/{graph.record_id(1, 1)}/"


def hints(taken):
    return " ".join(taken.all.split())


@pytest.fixture(scope="module")
def readers(new_api, pg, tmp_path_factory):
    server = new_api("readers")
    pg.psql("""
insert into developers (github_id, login, location, first_seen_at, synced_at) values (1, 'ada', 'Berlin', now(), now()), (2, 'ben', '', now(), now()),
 (3, 'eve', null, now(), now());
insert into developer_counts select 1, date '2026-01-01' + n, 10 + n, 1, 1, 1 from generate_series(0, 30) n;
insert into repositories (github_id, name, full_name, stargazers_count, first_seen_at, synced_at) values (1, 'open', 'ada/open', 3, now(), now());
insert into repository_counts (github_id, day, stargazers_count) values (1, '2026-01-01', 3), (1, '2026-01-31', 30000);
""", "readers")
    server.start(tmp_path_factory.mktemp("readers") / "log")
    yield server
    assert server.stop() == 0


def test_a_history_says_which_number_is_drawn(readers):
    days = "?from=2026-01-01&to=2026-01-31"
    every = hints(view(readers, ADA + "history/" + days))
    assert "Numbers: all in the table ·" in every and "The chart draws followers; choose a number to draw it." in every
    chosen = hints(view(readers, ADA + "history/" + days + "&fields=following_count"))
    assert "The chart draws following." in chosen


@pytest.mark.parametrize("public", [False, True])
def test_the_address_for_a_readme_says_who_reaches_it(own, pg, tmp_path, public):
    pg.psql("insert into repositories (github_id, name, full_name, first_seen_at, synced_at) values (1, 'open', 'ada/open', now(), now());"
            "insert into repository_counts (github_id, day, stargazers_count) values (1, '2026-01-01', 3), (1, '2026-01-31', 30000);", "own")
    if public:
        own.env["PUBLIC_URL"] = "https://stars.example"
    own.start(tmp_path / "log")
    text = own.get("/github/charts/stars/?repo=ada/open", {"Accept": "text/html", **({"Host": "stars.example"} if public else {})}).text
    assert ("Only this machine reaches that address." in text, "<code>PUBLIC_URL</code>" in text) == (not public, not public)
    assert "<code>PUBLIC_CHARTS</code> names these repositories" in text


def test_a_search_shows_results_before_the_offer_and_says_what_is_searched(readers):
    found = hints(view(readers, "/search/?q=berlin"))
    assert found.index("ada") < found.index("is not known here: crawl it")
    for words in ("c%2B%2B", "berlin"):
        assert "Searched are login, name, bio, company and location of developers" in hints(view(readers, f"/search/?q={words}"))
    nothing = hints(view(readers, "/search/?q=nobody"))
    assert nothing.index("is not known here: crawl it") < nothing.index("Nothing matches.")


def test_the_sign_in_page_says_how_to_replace_a_lost_password(readers):
    assert "set a new password for one, with gitomatic user add NAME" in hints(view(readers, "/login/", auth=False))


def test_values_that_are_missing_and_empty_are_told_apart(readers):
    rows = [row[0] for row in view(readers, "/github/developers/facets/?field=location").rows]
    assert sorted(rows[1:]) == ["Berlin", "empty text", "not given"]


def test_the_dashboard_explains_its_counts(readers):
    assert "Known here: the stargazers among the records of this server." in hints(view(readers, "/"))


PATHS = ("/", "/login/", "/github/developers/", "/github/developers/?view=json", "/github/developers/zzz/", "/search/?q=x", "/github/swagger/", "/github/redoc/", "/github/jobs/")


@pytest.mark.parametrize("how", ["no", "token", "crawled", "imported"])
def test_every_page_of_a_demo_says_so(own, pg, tmp_path, how):
    if how == "token":
        own.env["GITHUB_TOKEN"] = "demo-token-of-ada"
    labels = {"crawled": "('token-686850c9c7ae', 'token', 0)", "imported": "('demo', 'demo', 0)", "no": "('token-0123456789ab', 'token', 0)"}
    if how in labels:
        pg.psql(f"insert into credentials (label, kind, position) values {labels[how]}", "own")
    own.start(tmp_path / "log")

    def says(path):
        got = own.get(path, {"Accept": "text/html"}, auth=path != "/login/")
        assert got.headers["Content-Type"].startswith("text/html"), path
        assert got.text.count(DEMO) <= 1
        return DEMO in got.text

    if how == "no":
        until(lambda: "demo.asked" in own.log())
    elif how != "token":
        until(lambda: says("/login/"))
    assert [path for path in PATHS if says(path) == (how == "no")] == []
    assert DEMO not in own.get("/github/developers/").text
