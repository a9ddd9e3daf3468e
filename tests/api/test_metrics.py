"""What monitoring reads: /metrics as Prometheus parses it, /health/ready."""
import re

import pytest

from server import basic, until

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(\{{(.*)\}})? (-?[0-9.e+]+|\+Inf|NaN)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')


def labels_of(text):
    out, at = {}, 0
    while text and at < len(text):
        match = LABEL.match(text, at)
        assert match, text[at:]
        value = match.group(2).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
        out[match.group(1)] = value
        at = match.end()
    return out


def parse(text):
    """{name: [(labels, value)]}; asserts the exposition format's rules (prometheus.io, text format 0.0.4)."""
    assert text.endswith("\n")
    out, types, helped, current = {}, {}, set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped and len(line.split(" ", 3)) == 4
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and name in helped and kind in ("counter", "gauge", "histogram")
            types[name] = kind
            current = name
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name = match.group(1)
            base = re.sub(r"_(bucket|sum|count)$", "", name) if types.get(current) == "histogram" else name
            assert base == current, f"{name} stands under {current}"
            if types[current] == "counter":
                assert name.endswith("_total")
            out.setdefault(name, []).append((labels_of(match.group(3)), float(match.group(4))))
    for name, samples in out.items():
        keys = [tuple(sorted(labels.items())) for labels, _ in samples]
        assert len(keys) == len(set(keys)), f"{name} has a series twice"
    return out


def metrics(api, **more):
    got = api.get("/metrics", **more)
    assert got.status == 200 and got.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parse(got.text)


def value(found, name, **labels):
    return next((v for have, v in found.get(name, []) if have == labels), None)


def test_requests_are_counted_by_route_and_status(api):
    def counts():
        found = metrics(api)
        return [value(found, "gitomatic_http_requests_total", route=r, status=s) or 0 for r, s in wanted]
    wanted = [("/github/developers/", "200"), ("/github/developers/", "304"), ("/github/developers/{id}/", "404"),
              ("other", "404"), ("/github/tasks/", "401"), ("/github/tasks/", "204")]
    before = counts()
    etag = api.get("/github/developers/").headers["ETag"]
    api.get("/github/developers/", {"If-None-Match": etag})
    api.get("/github/developers/x/")
    api.get("/nothing/at/all/")
    api.get("/github/tasks/", auth=False)
    api.request("OPTIONS", "/github/tasks/", {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"})
    assert [b - a for a, b in zip(before, counts())] == [1] * 6


def test_histograms_add_up(api):
    api.get("/github/developers/")
    found = metrics(api)
    name = "gitomatic_http_request_duration_seconds"
    for labels, count in found[name + "_count"]:
        buckets = [(b["le"], v) for b, v in found[name + "_bucket"] if b["route"] == labels["route"]]
        values = [v for _, v in buckets]
        assert buckets[-1][0] == "+Inf" and values[-1] == count and values == sorted(values)
        bounds = [float(le) for le, _ in buckets[:-1]]
        assert bounds == sorted(bounds)
        assert value(found, name + "_sum", **labels) <= count * 30
        assert count == sum(v for have, v in found["gitomatic_http_requests_total"] if have["route"] == labels["route"]) or \
            labels["route"] == "/metrics"


def test_this_process(api):
    found = metrics(api)
    assert value(found, "gitomatic_http_connections") >= 1
    assert value(found, "gitomatic_http_connections_max") >= 100
    assert value(found, "process_resident_memory_bytes") > 1e6
    assert value(found, "process_cpu_seconds_total") > 0
    assert value(found, "gitomatic_db_connections", pool="read", state="open") >= 1
    before = value(found, "gitomatic_cache_requests_total", cache="credentials", result="hit")
    api.get("/github/tasks/")
    assert value(metrics(api), "gitomatic_cache_requests_total", cache="credentials", result="hit") == before + 2


def test_the_queue_quota_and_crawlers(own):
    hostile = 'a "quoted" \\ back\nline'
    own.pg.psql("insert into jobs (kind, key, state, run_at) values "
                "('heart_beat_task', 'a', 'available', now() - interval '100 seconds'), ('heart_beat_task', 'b', 'available', now()),"
                "('heart_beat_task', 'c', 'scheduled', now() + interval '1 hour');"
                "insert into jobs (kind, key, state, started_at, worker_id, lease) values "
                "('heart_beat_task', 'd', 'running', now() - interval '50 seconds', 1, 1);"
                "insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at) "
                "values (E'a \"quoted\" \\\\ back\\nline', 'core', 5000, 4321, 2000000000, now() + interval '1 hour');"
                "insert into workers (kind, host, pid, info) values "
                "('crawler', 'h', 1, '{\"outcomes\": {\"fresh\": 7, \"odd\": \"x\", \"moved\": -1}}'), ('crawler', 'h', 2, null),"
                "('mirror', 'h', 3, '{\"outcomes\": [1]}'), ('mirror', 'h', 4, '5')", "own")
    own.start(own.tmp / "log")
    found = metrics(own)
    assert [value(found, "gitomatic_jobs", state=s) for s in ("available", "running", "scheduled", "completed", "failed")] == \
        [2, 1, 1, 0, 0]
    assert 100 <= value(found, "gitomatic_jobs_oldest_seconds", state="available") < 160
    assert 50 <= value(found, "gitomatic_jobs_oldest_seconds", state="running") < 110
    assert value(found, "gitomatic_github_rate_remaining", credential=hostile, resource="core") == 4321
    assert value(found, "gitomatic_github_rate_limit", credential=hostile, resource="core") == 5000
    assert value(found, "gitomatic_github_rate_reset_timestamp_seconds", credential=hostile, resource="core") == 2e9
    assert found["gitomatic_github_requests_total"] == [({"worker": "1", "kind": "crawler", "outcome": "fresh"}, 7)]
    assert value(found, "gitomatic_workers", kind="crawler") == 2 and value(found, "gitomatic_workers", kind="mirror") == 2


def test_who_may_read_them(api):
    assert api.get("/metrics", auth=False).status == 401
    assert metrics(api, auth=basic("bob", "readonly"))


# ---- readiness ----

def ready(api):
    got = api.get("/health/ready", auth=False)
    return got.status, got.json()


def test_ready(api):
    assert ready(api) == (200, {"database": "ok", "schema": "ok"})
    assert api.request("HEAD", "/health/ready", auth=False).status == 200


def test_not_ready_without_its_schema(own):
    own.start(own.tmp / "log")
    assert ready(own)[0] == 200
    own.pg.psql("insert into schema_migrations (version) values ('9999')", "own")
    status, said = ready(own)
    assert status == 503 and said["database"] == "ok" and said["schema"] == "wrong" and "schema" in said["detail"]
    own.pg.psql("delete from schema_migrations where version = '9999'", "own")
    assert ready(own)[0] == 200
    own.pg.psql("delete from schema_migrations where version = (select max(version) from schema_migrations)", "own")
    assert ready(own)[0] == 503


def test_the_log_has_the_end_of_a_fault_only_after_the_fault(own):
    """The second one of a minute is no line, so neither is its end."""
    own.start(own.tmp / "log")
    for _ in range(2):
        own.pg.psql("insert into schema_migrations (version) values ('9999')", "own")
        assert ready(own)[0] == 503
        own.pg.psql("delete from schema_migrations where version = '9999'", "own")
        assert ready(own)[0] == 200
    log = own.log()
    assert (log.count("api.not_ready"), log.count("api.ready")) == (1, 1), log


def test_not_ready_without_its_database(own):
    own.start(own.tmp / "log")
    own.pg.stop("immediate")
    try:
        got = own.get("/health/ready", auth=False)
        assert got.status == 503 and got.json()["database"] == "unreachable" and got.headers["Retry-After"] == "5"
        assert own.get("/health/", auth=False).text == "ok"
    finally:
        own.pg.start()
    until(lambda: ready(own)[0] == 200)


def test_not_ready_with_a_replica_of_another_schema(own):
    own.pg.psql("drop database if exists replica", "postgres")
    own.pg.psql("create database replica", "postgres")
    own.env["DATABASE_READ_URL"] = own.pg.url("replica")
    own.start(own.tmp / "log")
    assert ready(own)[1]["schema"] == "wrong"


LISTS = ["/github/developers/", "/github/repositories/?page_size=3", "/github/rate_limit/", "/github/stats/"]


def test_the_primary_answers_for_a_replica_that_is_away(own):
    own.pg.psql("drop database if exists replica", "postgres")
    own.pg.psql("create database replica template own", "postgres")
    own.env["DATABASE_READ_URL"] = own.pg.url("replica")
    own.start(own.tmp / "log")
    assert ready(own)[0] == 200 and value(metrics(own), "gitomatic_replica_up") == 1
    assert value(metrics(own), "gitomatic_replica_lag_seconds") == 0
    own.pg.psql("alter database replica allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = 'replica'", "postgres")
    for path in LISTS:
        assert own.get(path).status == 200, path
    found = metrics(own)
    assert ready(own)[0] == 200 and value(found, "gitomatic_replica_up") == 0 and value(found, "gitomatic_database_up") == 1
    assert "gitomatic_replica_lag_seconds" not in found
    assert own.form("name=nothing").status == 406  # writing continues
    own.pg.psql("alter database replica allow_connections true", "postgres")
    until(lambda: value(metrics(own), "gitomatic_replica_up") == 1)


@pytest.mark.parametrize("state", ["40001", "40P01", "57P01"])
def test_a_statement_in_the_way_of_replay_is_repeated(own, state):
    """A replica ends it with 40001, or 57P01 with the connection; both as often as it is tried there."""
    own.pg.psql("drop database if exists replica", "postgres")
    own.pg.psql("create database replica template own", "postgres")
    own.pg.psql(f"create function conflict() returns bigint volatile language plpgsql as $$ begin raise exception "
                f"'canceling statement due to conflict with recovery' using errcode = '{state}'; end $$; "
                "create or replace view rate_limits as select credential, resource, conflict() as rate_limit, conflict() as rate_remaining, "
                "to_timestamp(conflict()) as rate_reset, conflict() as rate_reset_raw, updated_at from quota_buckets;"
                "insert into quota_buckets (credential, resource) values ('x', 'core')", "replica")
    own.pg.psql("insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw) values "
                "('of the primary', 'core', 5000, 4321, 2000000000)", "own")
    own.env["DATABASE_READ_URL"] = own.pg.url("replica")
    own.start(own.tmp / "log")
    got = own.get("/github/rate_limit/")
    assert got.status == 200 and got.json()["results"][0]["rate_remaining"] == 4321


# ---- without a database ----

@pytest.mark.parametrize("how", ["stopped", "no such schema"])
def test_the_process_reports_its_own_figures_without_a_database(own, how):
    own.start(own.tmp / "log")
    assert value(metrics(own), "gitomatic_database_up") == 1
    if how == "stopped":
        own.pg.stop("immediate")
    else:
        own.pg.psql("alter table jobs rename to other", "own")
    try:
        found = metrics(own)
        assert value(found, "gitomatic_database_up") == 0
        assert value(found, "process_resident_memory_bytes") > 1e6 and value(found, "gitomatic_http_connections") >= 1
        assert "gitomatic_jobs" not in found and "gitomatic_workers" not in found
        if how == "stopped":
            assert own.get("/metrics", auth=basic("ann", "wrong")).status in (401, 503)
            assert own.get("/metrics", auth=False).status == 401
    finally:
        if how == "stopped":
            own.pg.start()
    if how == "stopped":
        until(lambda: "gitomatic_database_up 1\n" in own.get("/metrics").text)


def test_a_crawl_that_is_stuck_shows(own):
    own.pg.psql("insert into credentials (label, kind, position, benched_until, blocked_until) values "
                "('good', 'token', 0, null, now() - interval '1 hour'), ('refused', 'token', 1, now() + interval '1 hour', null),"
                "('limited', 'token', 2, null, now() + interval '5 minutes');"
                "insert into credentials (label, kind, position, benched_until, seen_at) values "
                "('replaced', 'token', 1, now() + interval '1 hour', now() - interval '20 minutes');"
                "insert into jobs (kind, key, state, run_at, created_at) values "
                "('heart_beat_task', 'a', 'scheduled', now() - interval '200 seconds', now() - interval '400 seconds'),"
                "('heart_beat_task', 'b', 'scheduled', now() + interval '1 hour', now());"
                "insert into jobs (kind, key, state, finished_at) values ('discovery_scraper', 'd', 'completed', to_timestamp(1.7e9));"
                "insert into hydration_queue (kind, github_id) values (1, 5), (2, 6), (2, 7);"
                "insert into workers (kind, host, pid, heartbeat_at) values ('crawler', 'h', 1, now() - interval '10 minutes');"
                "delete from developers; delete from repositories; insert into developers (github_id, login, first_seen_at, synced_at) "
                "values (5, 'a', now(), null), (6, 'b', now(), now()); insert into repositories (github_id, name, full_name, first_seen_at) "
                "values (7, 'r', 'a/r', now()); insert into follows values (5, 6, now())", "own")
    own.start(own.tmp / "log")
    found = metrics(own)
    benched = {labels["credential"]: v for labels, v in found["gitomatic_credential_benched_seconds"]}
    blocked = {labels["credential"]: v for labels, v in found["gitomatic_credential_blocked_seconds"]}
    assert set(benched) == set(blocked) == {"good", "refused", "limited"}, "nobody is called for a token that was replaced"
    assert benched["good"] == benched["limited"] == 0 and 3000 < benched["refused"] <= 3600
    assert blocked["good"] == blocked["refused"] == 0 and 200 < blocked["limited"] <= 300
    assert 400 <= value(found, "gitomatic_jobs_oldest_seconds", state="scheduled") < 460
    assert 200 <= value(found, "gitomatic_jobs_overdue_seconds") < 260
    assert value(found, "gitomatic_hydration_queue") == 3
    assert value(found, "gitomatic_discovery_last_timestamp_seconds") == 1.7e9
    assert [value(found, "gitomatic_records", kind=k, state=s) for k in ("developer", "repository") for s in ("known", "synced")] == \
        [2, 1, 1, 0]
    assert value(found, "gitomatic_edges", kind="follow") == 1 and value(found, "gitomatic_edges", kind="star") == 0
    newest = own.pg.psql("select max(version)::int from schema_migrations", "own")[0][0]
    assert value(found, "gitomatic_schema_version") == int(newest)
    assert [value(found, "gitomatic_workers", kind=k) for k in ("crawler", "mirror", "scheduler")] == [0, 0, 0]
    assert value(found, "gitomatic_workers_silent_seconds", kind="crawler") >= 600
