"""The quota as the API shows it."""
import time


def test_nothing_known_yet(own):
    own.start(own.tmp / "log")
    assert own.get("/github/rate_limit/").json() == {"count": 0, "next": None, "previous": None, "results": []}
    got = own.get("/github/rate_limit/1/")
    assert (got.status, got.json()) == (404, {"detail": "Not found."})


def test_order_numbers_filters_and_reset(own):
    soon = int(time.time()) + 1800
    own.pg.psql(f"""
        insert into credentials (label, kind, position) values ('zeta', 'token', 0), ('alpha', 'token', 1);
        insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
        values ('alpha', 'core', 5000, 10, {soon}, to_timestamp({soon})),
               ('zeta', 'graphql', 5000, 4990, {soon}, to_timestamp({soon})),
               ('zeta', 'core', 60, 3, {soon}, to_timestamp({soon})),
               ('alpha', 'graphql', 5000, 1, 1600000000, to_timestamp(1600000000)),
               ('unknown', 'core', 60, 60, null, null);
    """, "own")
    own.start(own.tmp / "log")
    page = own.get("/github/rate_limit/").json()
    iso = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon))
    want = [(60, 3, soon, iso, "zeta", "core"), (5000, 4990, soon, iso, "zeta", "graphql"),
            (5000, 10, soon, iso, "alpha", "core"), (5000, 5000, 1600000000, "2020-09-13T12:26:40Z", "alpha", "graphql"),
            (60, 60, None, None, "unknown", "core")]
    keys = ["url", "rate_limit", "rate_remaining", "rate_reset_raw", "rate_reset", "credential", "resource"]
    assert page["count"] == 5 and list(page["results"][0]) == keys
    assert page["results"] == [dict(zip(keys, (f"{own.base}/github/rate_limit/{i + 1}/", *w))) for i, w in enumerate(want)]
    for i, one in enumerate(page["results"]):
        assert own.get(f"/github/rate_limit/{i + 1}/").json() == one
    for bad in ("0", "6", "x", "-1", "1.0", "99999999999999999999", "%31%00"):
        assert own.get(f"/github/rate_limit/{bad}/").status == 404

    def numbers(query):
        return [int(r["url"].split("/")[-2]) for r in own.get("/github/rate_limit/?" + query).json()["results"]]
    assert numbers("rate_limit=60") == [1, 5]
    assert numbers("rate_limit__gte=61&rate_remaining__lte=4990") == [2, 3]
    assert numbers("rate_remaining=5000") == [4]
    assert numbers(f"rate_reset_raw={soon}") == [1, 2, 3]
    assert numbers("rate_reset__lte=2021-01-01") == [4]
    assert numbers(f"rate_reset={iso}") == [1, 2, 3]
    assert numbers("page_size=2&page=2") == [3, 4]
    got = own.get("/github/rate_limit/?rate_limit__lte=x&rate_reset=y")
    assert got.status == 400
    assert got.json() == {"rate_limit__lte": ["Enter a number."], "rate_reset": ["Enter a valid date/time."]}
    metrics = own.get("/metrics").text
    assert 'gitomatic_github_rate_remaining{credential="zeta",resource="core"} 3' in metrics


def test_a_replaced_credential_is_not_the_first_one_any_more(own):
    """Record 1 is the core quota of the credential that is in use, whatever the labels are."""
    own.pg.psql("""
        insert into credentials (label, kind, position, seen_at)
        values ('alpha', 'token', 0, now() - interval '1 day'), ('zeta', 'token', 0, now());
        insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw)
        values ('alpha', 'core', 5000, 1, 1600000000), ('zeta', 'core', 5000, 4321, 1600000000),
               ('zeta', 'graphql', 5000, 4999, 1600000000);
    """, "own")
    own.start(own.tmp / "log")
    rows = own.get("/github/rate_limit/").json()["results"]
    assert [r["rate_remaining"] for r in rows] == [4321, 4999, 1]
    assert own.get("/github/rate_limit/1/").json() == rows[0]
