"""gitomatic doctor: each thing that can be wrong is made wrong, and named with what to do."""
import datetime
import json
import pathlib
import re

import pytest

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


@pytest.fixture
def url(cluster):
    """Of a fresh, migrated database."""
    cluster.psql("drop database if exists doctored", database="postgres")
    cluster.psql("create database doctored encoding 'UTF8' template template0", database="postgres")
    address = cluster.url("doctored")
    assert run("migrate", DATABASE_URL=address).returncode == 0
    return address


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


def test_too_few_connections(url, github):
    findings = doctor(url, github, API_CONNECTIONS="100")
    assert "up to 115" in found(findings, "connections", "warning")[0]


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


# ---- GitHub ----

@pytest.mark.parametrize("status, headers, body, level, says", [
    (401, {}, {"message": "Bad credentials"}, "problem", "is refused: 401"),
    (200, {**REMAINING, "X-RateLimit-Remaining": "0"}, {}, "warning", "0 of 5000"),
    (404, {}, {"message": "Rate limiting is not enabled."}, "ok", "no rate limit"),
    (502, {}, {"message": "no"}, "problem", "answers 502, expected 200"),
    (301, {"Location": "https://example.org/"}, {}, "problem", "answers 301, expected 200"),
    (200, {**REMAINING, "X-OAuth-Scopes": "repo, user"}, {}, "ok", "scopes repo, user"),
])
def test_a_tokens_state(url, github, status, headers, body, level, says):
    github.answers["/rate_limit"] = (status, headers, body)
    assert says in "\n".join(found(doctor(url, github), "github", level))


@pytest.mark.parametrize("status, remedy", [(403, "suspended"), (429, "Wait"), (503, "githubstatus"), (302, "GITHUB_API_URL")])
def test_what_to_do_fits_the_status(url, github, status, remedy):
    github.answers["/rate_limit"] = (status, {}, {"message": "no"})
    finding, = [one for one in doctor(url, github) if one["area"] == "github" and one["level"] == "problem"]
    assert remedy in finding["remedy"], finding


def test_each_credential_is_asked_once_and_kinds_are_told(url, github):
    findings = doctor(url, github, GITHUB_TOKEN="", GITHUB_TOKENS="github_pat_1,gho_2,ghs_3,abc")
    texts = "\n".join(found(findings, "github", "ok"))
    assert all(f"({kind})" in texts for kind in ("fine-grained token", "OAuth token", "installation token", "token"))
    assert len(github.seen) == 4 and {path for _, path, _ in github.seen} == {"/rate_limit"}


def test_no_token(url, github):
    assert "60 requests an hour" in found(doctor(url, github, GITHUB_TOKEN=""), "github", "warning")[0]


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


# ---- the embedded cluster's disk ----

def test_disk(server, github):
    done = run("doctor", "--json", cwd=server.folder, GITHUB_API_URL=github.url, GITHUB_TOKEN="t")
    assert "MB free for ./var" in found(json.loads(done.stdout)["findings"], "disk", "ok")[0]
