"""GitHub's quota over time: samples, what was spent between them, and the parameters."""
import csv
import io
import json

import pytest

WORLD = """
insert into quota_samples values
 ('2026-01-01 10:00Z', 'token a', 'core', 5000, 4990, 10, 0, 0), ('2026-01-01 10:00Z', 'token a', 'graphql', 5000, 5000, 0, 0, 0),
 ('2026-01-01 10:05Z', 'token a', 'core', 5000, 4900, 60, 30, 10), ('2026-01-01 10:05Z', 'token b', 'core', null, null, 3, 0, 0),
 ('2026-01-02 00:00Z', 'token a', 'core', 5000, 5000, 60, 35, 10);
"""


@pytest.fixture(scope="module")
def quota(new_api, pg, tmp_path_factory):
    server = new_api("quotas")
    pg.psql(WORLD, "quotas")
    server.start(tmp_path_factory.mktemp("quotas") / "log")
    yield server
    assert server.stop() == 0


def get(server, query=""):
    answer = server.get("/github/quota/history/?" + query)
    assert answer.status == 200, answer.text
    return answer.json()["samples"]


def test_samples_say_what_was_spent_since_the_one_before(quota):
    got = get(quota)
    assert [(s["at"], s["credential"], s["resource"]) for s in got] == [
        ("2026-01-01T10:00:00Z", "token a", "core"), ("2026-01-01T10:00:00Z", "token a", "graphql"),
        ("2026-01-01T10:05:00Z", "token a", "core"), ("2026-01-01T10:05:00Z", "token b", "core"), ("2026-01-02T00:00:00Z", "token a", "core")]
    assert got[2] == {"at": "2026-01-01T10:05:00Z", "credential": "token a", "resource": "core", "rate_limit": 5000, "rate_remaining": 4900,
                      "spent": {"people": 50, "discovery": 30, "mirror": 10}}
    assert got[4]["spent"] == {"people": 0, "discovery": 5, "mirror": 0} and got[3]["rate_limit"] is None
    rows = list(csv.DictReader(io.StringIO(quota.get("/github/quota/history/?format=csv").text, newline="")))
    assert [(r["at"], int(r["people"]), r["rate_limit"]) for r in rows] == [
        (s["at"], s["spent"]["people"], str(s["rate_limit"] or "")) for s in got]
    assert [json.loads(line) for line in quota.get("/github/quota/history/?format=ndjson").text.splitlines()] == got


@pytest.mark.parametrize("query, n", [("credential=token%20a", 4), ("resource=graphql", 1), ("from=2026-01-02", 1), ("to=2026-01-01", 4),
                                      ("from=2026-01-01T10:05:00Z&to=2026-01-01T10:05:00Z", 2), ("credential=x", 0), ("from=2026-01-01T10:01Z&credential=token%20a", 2)])
def test_parameters(quota, query, n):
    got = get(quota, query)
    assert len(got) == n
    assert all(s in get(quota) for s in got), "what was spent does not depend on where one begins"


@pytest.mark.parametrize("query, parameter", [("from=x", "from"), ("to=2026-13-01", "to"), ("resource=search", "resource"), ("from=2026-01-03&to=2026-01-01", "from"), ("from=2026-01-02&to=2026-01-01", "from"),
                                              ("from=2026-01-01T10:00:00.001Z&to=2026-01-01T10:00Z", "from")])
def test_invalid_values_are_named(quota, query, parameter):
    answer = quota.get("/github/quota/history/?" + query)
    assert answer.status == 400 and list(answer.json()) == [parameter]


def test_the_oldest_stored_sample_states_no_sum(new_api, pg, tmp_path):
    """The samples before it were dropped (KEEP_QUOTA): what was spent since the last of them is not known any more."""
    server = new_api("aged_quotas")
    pg.psql(WORLD, "aged_quotas")
    pg.psql("delete from quota_samples where at < '2026-01-01 10:05Z'", "aged_quotas")
    server.start(tmp_path / "log")
    try:
        nothing = {"people": 0, "discovery": 0, "mirror": 0}
        for query in ("", "from=2026-01-01", "from=2026-01-01T10:05:00Z", "credential=token%20a"):
            spent = {(s["at"], s["credential"]): s["spent"] for s in get(server, query)}
            assert spent["2026-01-01T10:05:00Z", "token a"] == nothing, query
            assert spent["2026-01-02T00:00:00Z", "token a"] == {"people": 0, "discovery": 5, "mirror": 0}, query
        rows = list(csv.DictReader(io.StringIO(server.get("/github/quota/history/?format=csv").text, newline="")))
        assert [r["people"] for r in rows] == ["0", "0", "0"]
    finally:
        assert server.stop() == 0


def test_the_page_says_what_it_leaves_out(new_api, pg, tmp_path):
    """Eight lines and three hundred rows; the CSV has the rest."""
    server = new_api("many_quotas")
    pg.psql("insert into quota_samples select '2026-01-01Z'::timestamptz + i * interval '5 minutes', 'token ' || c, 'core', 5000, 4000, i, 0, 0 "
            "from generate_series(1, 40) i, generate_series(1, 9) c", "many_quotas")
    server.start(tmp_path / "log")
    try:
        page = server.get("/github/quota/history/", headers={"Accept": "text/html"}).text
        assert "The newest 300 of 360 samples; the CSV has all of them." in page
        assert "The first 8 credentials and resources; the CSV has all of them." in page
        page = server.get("/github/quota/history/?credential=token+1", headers={"Accept": "text/html"}).text
        assert "the CSV has all of them" not in page and page.count("<tr>") == 41
    finally:
        assert server.stop() == 0
