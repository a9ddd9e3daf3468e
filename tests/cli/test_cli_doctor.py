"""gitomatic doctor: each thing that can be wrong is made wrong, and named with what to do."""
import datetime
import json
import os
import pathlib
import re
import subprocess

import pytest

from app_key import app_settings
from fake_github import FakeGitHub
from gitomatic_cli import run
from pg import Postgres

REMAINING = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4321", "X-RateLimit-Reset": "1999999999",
             "X-RateLimit-Used": "679", "X-RateLimit-Resource": "core"}


@pytest.fixture
def github():
    fake = FakeGitHub()
    fake.answers["/rate_limit"] = (200, REMAINING, {"resources": {}})
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def cluster():
    with Postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def migrated(cluster):
    cluster.psql("create database migrated encoding 'UTF8' template template0", database="postgres")
    assert run("migrate", DATABASE_URL=cluster.url("migrated")).returncode == 0
    return "migrated"


@pytest.fixture
def url(cluster, migrated):
    """Of a fresh, migrated database."""
    cluster.execute("drop database if exists doctored", f"create database doctored template {migrated} strategy file_copy")
    return cluster.url("doctored")


def doctor(url, github, *args, **env):
    settings = {"GITHUB_API_URL": github.url, "GITHUB_TOKEN": "ghp_0123456789", "DATABASE_URL": url, **env}
    done = run("doctor", "--json", *args, **settings)
    answer = json.loads(done.stdout)
    assert done.stderr == "" and done.returncode == (0 if answer["ok"] else 1)
    assert answer["ok"] == all(found["level"] != "problem" for found in answer["findings"])
    for found in answer["findings"]:
        assert found["level"] == "ok" or found["remedy"], found
    return answer["findings"]


def found(findings, area, level):
    return [one["text"] for one in findings if (one["area"], one["level"]) == (area, level)]


def test_all_is_well(url, github):
    findings = doctor(url, github)
    assert {one["level"] for one in findings if one["area"] != "database"} == {"ok"}
    assert found(findings, "schema", "ok") and found(findings, "clock", "ok") and found(findings, "connections", "ok")
    assert re.search(r"token-\w+ \(classic token\): 4321 of 5000 units left", found(findings, "github", "ok")[0])
    assert found(findings, "encoding", "ok")[0].startswith("UTF8")


def test_text_names_the_same(url, github):
    done = run("doctor", GITHUB_API_URL=github.url, GITHUB_TOKEN="ghp_0123456789", DATABASE_URL=url)
    for one in doctor(url, github):
        assert one["text"].split(":")[0][:20] in done.stdout
    assert re.search(r"^\d+ problems?, \d+ warnings?$", done.stdout, re.M)
    assert "ghp_" not in done.stdout


# ---- the database ----

def test_no_database(github):
    findings = doctor("postgresql://u:s3cret@127.0.0.1:1/none", github)
    assert found(findings, "database", "problem") and "s3cret" not in json.dumps(findings)


def test_no_schema(url, cluster, github):
    cluster.psql("drop schema public cascade; create schema public", database="doctored")
    findings = doctor(url, github)
    assert found(findings, "schema", "problem")
    assert [one for one in findings if one["area"] == "schema"][0]["remedy"] == "Run gitomatic migrate."
    assert found(findings, "extension", "warning")


def test_a_newer_schema(url, cluster, github):
    cluster.psql("insert into schema_migrations (version) values ('9999')", database="doctored")
    schema, = [one for one in doctor(url, github) if one["area"] == "schema"]
    assert schema["level"] == "problem" and "9999" in schema["text"] and schema["remedy"].startswith("Use the gitomatic"), schema


def test_a_role_without_rights(url, cluster, github):
    cluster.psql("drop schema public cascade; create schema public; drop role if exists reader; create role reader login;"
                 "revoke create on schema public from public", database="doctored")
    findings = doctor(url.replace("user=postgres", "user=reader"), github)
    assert "role that may create tables" in [one for one in findings if one["area"] == "schema"][0]["remedy"]


@pytest.mark.parametrize("encoding, level", [("LATIN1", "problem"), ("SQL_ASCII", "warning")])
def test_an_encoding_that_cannot_hold_names(cluster, github, encoding, level):
    cluster.psql(f"drop database if exists {encoding}_one", database="postgres")
    cluster.psql(f"create database {encoding}_one encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'", database="postgres")
    findings = doctor(cluster.url(f"{encoding}_one".lower()), github)
    assert encoding in found(findings, "encoding", level)[0]


def test_a_collation_of_another_version(cluster, github):
    """As after an upgrade of the system's libraries, which sort otherwise than the indexes."""
    cluster.psql("drop database if exists sorted; create database sorted template template0 locale_provider icu icu_locale 'de-DE' locale 'C.UTF-8'",
                 database="postgres")
    try:
        assert not [one for one in doctor(cluster.url("sorted"), github) if one["area"] == "collation"]
        cluster.psql("update pg_database set datcollversion = '1.2' where datname = 'sorted'", database="postgres")
        done = run("doctor", "--json", GITHUB_API_URL=github.url, GITHUB_TOKEN="ghp_0123456789", DATABASE_URL=cluster.url("sorted"))
        finding, = [one for one in json.loads(done.stdout)["findings"] if one["area"] == "collation"]
        assert finding["level"] == "warning" and "version 1.2 of the collation de-DE," in finding["text"]
        # each command of its own: REINDEX DATABASE refuses to run in a transaction with another
        commands = re.findall("-c '([^']+)'", finding["remedy"].replace("NAME", "sorted"))
        assert [command.split()[0] for command in commands] == ["reindex", "alter"]
        subprocess.run([f"{cluster.bin}/psql", "-X", "-v", "ON_ERROR_STOP=1", *(word for one in commands for word in ("-c", one)),
                        cluster.url("sorted")], check=True, capture_output=True)
        assert not [one for one in doctor(cluster.url("sorted"), github) if one["area"] == "collation"]
    finally:
        cluster.psql("drop database sorted", database="postgres")


def test_too_few_connections(url, github):
    findings = doctor(url, github, API_CONNECTIONS="100")
    assert "up to 120" in found(findings, "connections", "warning")[0]


def test_replica(url, github):
    assert "leads to a primary" in found(doctor(url, github, DATABASE_READ_URL=url), "replica", "warning")[0]
    assert found(doctor(url, github, DATABASE_READ_URL="postgresql://127.0.0.1:1/none"), "replica", "problem")


def test_a_replica_that_has_replayed_nothing_is_not_said_to_be_fresh(url, github):
    """It has no primary; its files are those of a server that was stopped, so that there is nothing to replay."""
    with Postgres() as alone:
        alone.stop()
        signal = pathlib.Path(alone.data, "standby.signal")
        signal.touch()
        signal.chmod(0o644)
        alone.start()
        assert alone.psql("select pg_is_in_recovery(), pg_last_xact_replay_timestamp()") == [["t", None]]
        said = found(doctor(url, github, DATABASE_READ_URL=alone.url()), "replica", "warning")
        assert said == ["has replayed nothing since it started; its data may be old"]


def test_a_database_that_refuses_writes(url, cluster, github):
    cluster.psql("alter database doctored set default_transaction_read_only = on", database="postgres")
    try:
        assert "transactions are read-only" in "\n".join(found(doctor(url, github), "database", "problem"))
    finally:
        cluster.psql("alter database doctored reset default_transaction_read_only", database="postgres")


def test_a_role_that_may_only_read(url, cluster, github):
    cluster.psql("drop role if exists looker; create role looker login; grant usage on schema public to looker;"
                 "grant select on all tables in schema public to looker", database="doctored")
    try:
        said, sequences = found(doctor(url.replace("user=postgres", "user=looker"), github), "rights", "problem")
        assert sequences == "the role looker may not use the sequences changes_id_seq, job_leases, jobs_id_seq"
        assert re.match(r"the role looker may not read and write \d\d+ of the tables", said)
    finally:
        cluster.psql("drop owned by looker; drop role looker", database="doctored")


CHANGED = {  # what someone did to the schema: what doctor names
    "a missing index": ("drop index developers_login", "index developers_login"),
    "an invalid index": ("update pg_index set indisvalid = false where indexrelid = 'stars_repository'::regclass", "index stars_repository"),
    "a missing trigger": ("drop trigger changes_inserted on follows", "trigger follows.changes_inserted"),
    "a disabled trigger": ("alter table stars disable trigger user", "trigger stars.changes_deleted"),
    "a missing function": ("drop function gitomatic_tombstone cascade", "function gitomatic_tombstone"),
    "a missing extension": ("drop extension pg_trgm cascade", "index developers_search"),
    "a renamed column": ("alter table developers rename location to place", 'column "location" of relation "developers" does not exist|column d.location'),
    "a dropped column": ("alter table webhooks drop column secret", "secret"),
    "a missing table": ("drop table list_passes", 'relation "list_passes" does not exist'),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_schema(url, cluster, github, what):
    change, words = CHANGED[what]
    cluster.psql(change, database="doctored")
    findings = doctor(url, github)
    said = "\n".join(found(findings, "schema", "problem"))
    assert any(word in said for word in words.split("|")), findings
    assert not found(findings, "schema", "ok")


WITHHELD = {  # from the role: what doctor names
    "a sequence": ("revoke usage on sequence jobs_id_seq from clerk", "the role clerk may not use the sequences jobs_id_seq"),
    "all but what it needs of sequences": ("revoke usage on all sequences in schema public from clerk; grant update on sequence job_leases, "
                                           "jobs_id_seq to clerk; grant select on sequence changes_id_seq to clerk", None),
    "the end of the feed": ("revoke usage on sequence changes_id_seq from clerk; grant update on sequence changes_id_seq to clerk",
                            "the role clerk may not use the sequences changes_id_seq"),
    "a function": ("revoke execute on function gitomatic_lock from public, clerk", "the role clerk may not use the functions gitomatic_lock"),
    "a table": ("revoke update on stars from clerk", "the role clerk may not read and write 1 of the tables"),
    "rows": ("alter table follows enable row level security; alter table stars enable row level security",
             "row level security applies to the role clerk, so statements on these tables fail: follows, stars"),
    "rows, by a policy for some": ("alter table jobs enable row level security; create policy mine on jobs using (kind <> 'full_profile_sync')",
                                   "row level security applies to the role clerk, so statements on these tables fail: jobs"),
}


@pytest.fixture
def clerk(url, cluster):
    """The URL of a role with rights on data only."""
    cluster.psql("drop role if exists clerk; create role clerk login; grant usage on schema public to clerk; "
                 "grant select, insert, update, delete on all tables in schema public to clerk; "
                 "grant usage on all sequences in schema public to clerk", database="doctored")
    yield url.replace("user=postgres", "user=clerk")
    cluster.psql("drop owned by clerk; drop role clerk", database="doctored")


@pytest.mark.parametrize("what", WITHHELD)
def test_a_right_that_was_taken(clerk, cluster, github, what):
    assert not found(doctor(clerk, github), "rights", "problem")
    change, words = WITHHELD[what]
    cluster.psql(change, database="doctored")
    assert found(doctor(clerk, github), "rights", "problem") == ([words] if words else [])


def test_policies_that_the_user_accepts(clerk, cluster, github):
    cluster.psql("alter table jobs enable row level security; create policy everything on jobs using (true)", database="doctored")
    findings = doctor(clerk, github, PGOPTIONS="-c row_security=on")
    assert found(findings, "rights", "problem") == []
    assert found(findings, "rights", "warning") == ["row_security is on: answers lack what row level security hides from the role clerk: jobs"]


def test_a_table_owner_sees_all_rows_but_not_if_it_is_forced(cluster, github):
    cluster.psql("drop database if exists owned; drop role if exists owner; create role owner login; create database owned owner owner",
                 database="postgres")
    cluster.psql("create extension pg_trgm", database="owned")
    url = cluster.url("owned").replace("user=postgres", "user=owner")
    assert run("migrate", DATABASE_URL=url).returncode == 0
    cluster.psql("alter table follows enable row level security; alter table stars enable row level security; "
                 "alter table stars force row level security", database="owned")
    assert found(doctor(url, github), "rights", "problem") == ["row level security applies to the role owner, so statements on these tables fail: stars"]


def test_an_extension_out_of_reach(url, cluster, github):
    cluster.psql("create schema apart; alter extension pg_trgm set schema apart", database="doctored")
    assert "pg_trgm is in the schema apart" in found(doctor(url, github), "extension", "problem")[0]


# ---- GitHub ----

@pytest.mark.parametrize("status, headers, body, level, says", [
    (401, {}, {"message": "Bad credentials"}, "problem", "is refused: 401"),
    (200, {**REMAINING, "X-RateLimit-Remaining": "0"}, {}, "warning", "0 of 5000"),
    (404, {}, {"message": "Rate limiting is not enabled."}, "ok", "no rate limit"),
    (404, {}, {"message": "Not Found"}, "warning", "it is not the API's address"),
    (404, {"Content-Type": "text/html; charset=utf-8"}, b"<html>Not Found", "problem", "answers 404 with a page of type \"text/html"),
    (200, {"Content-Type": "text/html"}, b"<html><title>Sign in to GHES", "problem", "answers 200 with a page"),
    (200, {"Content-Type": "application/json"}, b"[]", "problem", "expected GitHub's JSON"),
    (302, {"Content-Type": "text/html", "Location": "/login"}, b"<html>", "problem", "answers 302 with a page"),
    (401, {"Content-Type": "text/html"}, b"<html>Please log in", "problem", "answers 401 with a page"),
    (403, {"Content-Type": "text/html"}, b"<html>Blocked by policy", "problem", "answers 403 with a page"),
    (407, {"Content-Type": "text/html"}, b"<html>", "problem", "answers 407, expected 200"),
    (502, {}, {"message": "no"}, "problem", "answers 502, expected 200"),
    (301, {"Location": "https://example.org/"}, {}, "problem", "answers 301, expected 200"),
    (200, {**REMAINING, "X-OAuth-Scopes": "repo, user"}, {}, "ok", "scopes repo, user"),
    (200, {**REMAINING, "X-OAuth-Scopes": ""}, {}, "ok", "units left, no scopes"),
    (200, {**REMAINING, "X-GitHub-SSO": "partial-results; organizations=21955855"}, {}, "warning", "not authorized for single sign-on"),
    (403, {"X-GitHub-SSO": "required; url=https://github.com/orgs/x/sso"}, {"message": "Resource protected by organization SAML"},
     "warning", "not authorized for single sign-on"),
    (200, {**REMAINING, "GitHub-Authentication-Token-Expiration": "soon"}, {}, "warning", "no date that is known"),
])
def test_a_tokens_state(url, github, status, headers, body, level, says):
    github.answers["/rate_limit"] = (status, headers, body)
    assert says in "\n".join(found(doctor(url, github), "github", level))


@pytest.mark.parametrize("left, level", [(0, "warning"), (25, "warning"), (26, "ok")])
def test_a_quota_at_the_threshold_is_a_warning(cluster, url, github, left, level):
    """Nothing more is spent then: jobs wait."""
    cluster.psql("insert into jobs (kind, subject, key, state, run_at, note) select 'full_profile_sync', 'u' || g, 'u' || g, 'scheduled', now() + interval '1 hour', 'quota'"
                 " from generate_series(1, 2) g", database="doctored")
    github.answers["/rate_limit"] = (200, {**REMAINING, "X-RateLimit-Limit": "40", "X-RateLimit-Remaining": str(left)}, {"resources": {}})
    said, = [text for text in found(doctor(url, github), "github", level) if "of 40 units left" in text]
    assert ("25 are left to others (RATE_LIMIT_STOP_THRESHOLD): the quota resets at 2033-05-18T03:33:19" in said and "2 jobs wait for it" in said) == (level == "warning"), said


@pytest.mark.parametrize("status, remedy", [(403, "suspended"), (407, "https_proxy"), (429, "Wait"), (503, "githubstatus"), (302, "GITHUB_API_URL")])
def test_the_remedy_fits_the_status(url, github, status, remedy):
    github.answers["/rate_limit"] = (status, {}, {"message": "no"})
    finding, = [one for one in doctor(url, github) if one["area"] == "github" and one["level"] == "problem"]
    assert remedy in finding["remedy"], finding


def test_each_credential_is_checked_once_and_its_kind_is_shown(url, github):
    findings = doctor(url, github, GITHUB_TOKEN="", GITHUB_TOKENS="github_pat_1,gho_2,ghs_3,abc")
    texts = "\n".join(found(findings, "github", "ok"))
    assert all(f"({kind})" in texts for kind in ("fine-grained token", "OAuth token", "installation token", "token"))
    assert len(github.seen) == 4 and {path for _, path, _ in github.seen} == {"/rate_limit"}


def test_all_credentials_are_checked_and_the_last_ones_state_is_shown(url, github):
    """However many: nothing is left out."""
    tokens = [f"ghp_{n:03}" for n in range(70)]
    usual = github.answer

    def answer(method, path, headers):
        last = headers["Authorization"].endswith(tokens[-1])
        return (401, {"Content-Type": "application/json"}, b'{"message": "Bad credentials"}') if last else usual(method, path, headers)
    github.answer = answer
    findings = doctor(url, github, GITHUB_TOKEN="", GITHUB_TOKENS=",".join(tokens))
    assert len(found(findings, "github", "ok")) == 69 and len(found(findings, "github", "problem")) == 1
    assert found(findings, "clock", "ok")


def test_no_token(url, github):
    assert "60 requests an hour" in found(doctor(url, github, GITHUB_TOKEN=""), "github", "warning")[0]


@pytest.mark.parametrize("zone, end, level", [("+0200", datetime.timedelta(days=14, hours=1), "warning"),
                                              ("-0700", datetime.timedelta(days=13, hours=23), "ok"),
                                              ("+1200", datetime.timedelta(hours=11), "problem")])
def test_the_zone_of_a_tokens_end(url, github, zone, end, level):
    ends = datetime.datetime.now(datetime.timezone.utc) + end
    github.answers["/rate_limit"] = (200, {**REMAINING, "GitHub-Authentication-Token-Expiration": f"{ends:%Y-%m-%d %H:%M:%S} {zone}"}, {})
    assert f"expires on {ends:%Y-%m-%d}" in "\n".join(found(doctor(url, github), "github", level))


@pytest.mark.parametrize("days, level", [(-1, "problem"), (3, "warning"), (90, "ok")])
def test_a_token_that_ends(url, github, days, level):
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    github.answers["/rate_limit"] = (200, {**REMAINING, "GitHub-Authentication-Token-Expiration": f"{ends:%Y-%m-%d %H:%M:%S} UTC"}, {})
    assert f"expires on {ends:%Y-%m-%d}" in "\n".join(found(doctor(url, github), "github", level))


def test_github_is_away(url, github):
    github.stop()
    assert "does not answer" in found(doctor(url, github), "github", "problem")[0]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_off(url, github, hours):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    github.answers["/rate_limit"] = (200, {**REMAINING, "Date": f"{then:%a, %d %b %Y %H:%M:%S GMT}"}, {})
    text = found(doctor(url, github), "clock", "warning")[0]
    assert ("ahead of" if hours < 0 else "behind") in text and re.search(r"\b7[12]\d\d s", text)


def dated(hours):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    return f"{then:%a, %d %b %Y %H:%M:%S GMT}"


def test_the_clock_is_checked_by_any_answer(url, github):
    """The first one has no Date, the second one is a proxy's from long ago."""
    github.answers["/rate_limit"] = (200, REMAINING, {})
    usual, dates = github.answer, {"Bearer one": "", "Bearer two": dated(-48), "Bearer three": dated(3)}

    def answer(method, path, headers):
        status, more, body = usual(method, path, headers)
        return status, {**more, "Date": dates[headers["Authorization"]]}, body
    github.answer = answer
    assert "behind" in found(doctor(url, github, GITHUB_TOKENS="one,two,three", GITHUB_TOKEN=""), "clock", "warning")[0]
    dates["Bearer three"] = dated(0)
    assert found(doctor(url, github, GITHUB_TOKENS="one,two,three", GITHUB_TOKEN=""), "clock", "ok")
    assert "cannot be checked" in found(doctor(url, github, GITHUB_TOKENS="one", GITHUB_TOKEN=""), "clock", "warning")[0]


# ---- an app ----

def app_doctor(url, github, key=None, **env):
    """Its log goes to stderr."""
    settings = app_settings(GITHUB_API_URL=github.url, DATABASE_URL=url, **env)
    done = run("doctor", "--json", **{**settings, **({"GITHUB_APP_PRIVATE_KEY_FILE": key} if key else {})})
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ok"] else 1)
    assert all(one["level"] == "ok" or one["remedy"] for one in answer["findings"])
    return answer["findings"]


@pytest.mark.parametrize("status, body, says", [
    (403, {"message": "This installation has been suspended"}, "GitHub gives no token for it"),
    (404, {"message": "Not Found"}, "GitHub gives no token for it"),
    (401, {"message": "A JSON web token could not be decoded"}, "GitHub gives no token for it"),
    (200, {}, "GitHub gives no token for it"),
])
def test_an_installation_without_a_token(status, body, says, url, github):
    github.answers["/app/installations/11/access_tokens"] = (status, {}, body)
    findings = app_doctor(url, github, GITHUB_APP_INSTALLATIONS="11", GITHUB_TOKEN="ghp_0123456789")
    assert says in found(findings, "github", "problem")[0] and "app-7-11" in found(findings, "github", "problem")[0]
    assert "4321 of 5000" in found(findings, "github", "ok")[0] and found(findings, "clock", "ok")


@pytest.mark.parametrize("wrong", ["key", "suspended", "401", "403", "html", "none"])
def test_an_app_that_fails_hides_nothing_else(wrong, url, github, tmp_path):
    key = None
    github.answers["/app/installations?per_page=100&page=1"] = {
        "suspended": [{"id": 11, "suspended_at": "2026-01-01T00:00:00Z"}], "none": [], "401": (401, {}, {"message": "Bad credentials"}),
        "403": (403, {}, {"message": "no"}), "html": (200, {"Content-Type": "text/html"}, b"<html>")}.get(wrong, [])
    if wrong == "key":
        key = tmp_path / "key.pem"
        key.write_text("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
    findings = app_doctor(url, github, key, GITHUB_TOKEN="ghp_0123456789")
    assert len(found(findings, "github", "problem")) == 1, findings
    assert "4321 of 5000" in found(findings, "github", "ok")[0] and found(findings, "clock", "ok")


# ---- the embedded cluster's disk ----

@pytest.mark.parametrize("options, says", [("size=100m", "MB free for "), ("size=900m", None), ("size=2g,nr_inodes=50", "(inodes) fit for ")])
def test_a_disk_that_is_nearly_full(options, says, github, tmp_path):
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", tmp_path], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        done = run("doctor", "--json", GITOMATIC_DATA=tmp_path, GITHUB_API_URL=github.url, GITHUB_TOKEN="t")
        findings = json.loads(done.stdout)["findings"]
        said = found(findings, "disk", "problem" if says else "warning")
        assert len(said) == 1 and (says or "MB free for") in said[0], findings
        assert done.returncode == 1
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_disk(server, github):
    done = run("doctor", "--json", cwd=server.folder, GITHUB_API_URL=github.url, GITHUB_TOKEN="t")
    assert "MB free for ./var" in found(json.loads(done.stdout)["findings"], "disk", "ok")[0]
