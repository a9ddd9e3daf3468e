"""What keeps a crawl from going on is said: in `status`, as text and as JSON, in the log, and by `up`."""
import json
import re
import socket
import time

import pytest
import sim as simulator
from fake_github import FakeGitHub, profile

from gitomatic_cli import Process, Up, run, until

QUIET = {"DISCOVERY_SCHEDULE": "off", "HEARTBEAT_SCHEDULE": "off"}


@pytest.fixture
def github(tmp_path):
    """Starts simulators."""
    started = []

    def start_one(*options):
        started.append(simulator.Sim(tmp_path, *options))
        return started[-1]
    yield start_one
    for one in started:
        one.process.terminate()
        one.process.wait(60)
        one.log.close()


@pytest.fixture
def nowhere():
    """An address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def notices(database):
    result = run("status", "--json", DATABASE_URL=database.url)
    assert result.returncode == 0, result.stderr
    return {notice["code"]: notice for notice in json.loads(result.stdout)["notices"]}


def wait_for_notice(database, code, condition=lambda notice: True):
    return until(lambda: (found := notices(database).get(code)) and condition(found) and found, 60, code)


def text(database):
    return run("status", DATABASE_URL=database.url).stdout


def crawl(start, database, github_url, login="ada", **env):
    run("task", "full_profile_sync", "--username", login, DATABASE_URL=database.url)
    return start(Process, "crawler", DATABASE_URL=database.url, GITHUB_API_URL=github_url, **QUIET, **env)


def test_without_a_token_it_says_what_that_means_and_when_work_continues(database, start, github):
    crawler = crawl(start, database, github("--users", 200).url)
    told = wait_for_notice(database, "no_token", lambda notice: notice["until"])
    assert re.search(r"No GitHub token is set.* 60 requests an hour .*GITHUB_TOKEN.* restart, or reload \(SIGHUP\) if it comes from a file\. "
                     r"\d+ jobs? waits? for the quota; work continues at 20\d\d-\S+Z \(in [\d hms in]+\)\.", told["text"])
    assert re.search(r"^note          No GitHub token is set.* jobs? waits? for the quota; work continues at 20\d\d-", text(database), re.M)
    crawler.wait_for(r"warn +crawler credential.none note=.*60 requests an hour.*GITHUB_TOKEN")
    crawler.wait_for(r"warn +crawler quota.used_up credential=anonymous work_goes_on=20\d\d-\S+Z note=.*GITHUB_TOKEN")
    assert crawler.stop() == 0
    assert crawler.output().count("quota.used_up") == 1


def test_a_server_without_limits_needs_no_token(database, start, github):
    crawl(start, database, github("--users", 20, "--no-limits").url)
    until(lambda: database.one("select count(*) from developers where synced_at is not null"), 60, "a record")
    until(lambda: database.one("select count(*) from quota_buckets where unlimited"), 60, "the quota to be settled")
    assert "no_token" not in notices(database) and "token is set" not in text(database)


@pytest.mark.parametrize("env, todo", [
    ({"GITHUB_TOKEN": "wrong-token"}, "GITHUB_TOKEN"), ({"GITHUB_TOKENS": "wrong-token,false-token"}, "GITHUB_TOKEN"),
    ({"GITHUB_API_USER": "ada", "GITHUB_API_KEY": "wrong-key"}, "GITHUB_API_USER and GITHUB_API_KEY")], ids=["token", "tokens", "basic"])
def test_a_refused_credential_is_reported_once_with_what_to_do(database, start, github, env, todo):
    sim = github("--users", 100, "--token", "right-token")
    crawler = crawl(start, database, sim.url, **env)
    for login in ("u2", "u3", "u4", "u5"):
        run("task", "full_profile_sync", "--username", login, DATABASE_URL=database.url)
    told = wait_for_notice(database, "token_refused")
    assert f"Set a valid {todo} and restart" in told["text"] and told["until"] and "(401)" in told["text"]
    assert told["text"] in text(database)
    crawler.wait_for(rf"error crawler credential.refused .*{todo}.*restart")
    database.rows("update jobs set state = 'available', run_at = now() where finished_at is null and state = 'scheduled'")
    assert crawler.stop() == 0
    refused = re.findall(r"credential=(\S+)", "\n".join(line for line in crawler.output().splitlines() if "credential.refused" in line))
    assert refused and len(refused) == len(set(refused)) and "wrong-" not in crawler.output()


def test_status_speaks_of_the_token_that_is_given_now(database, start, github):
    sim = github("--users", 50, "--token", "right-token")
    first = crawl(start, database, sim.url, GITHUB_TOKEN="wrong-token")
    wait_for_notice(database, "token_refused")
    old = database.one("select label from credentials")
    assert first.stop() == 0
    assert "token_refused" in notices(database)  # of the last one, while none runs
    time.sleep(1.1)  # the second process has another start
    second = start(Process, "crawler", DATABASE_URL=database.url, GITHUB_API_URL=sim.url, GITHUB_TOKEN="right-token", **QUIET)
    until(lambda: "token_refused" not in notices(database), 60, "the old token to be history")
    until(lambda: database.rows("select label from credentials where label <> %s", old), 60, "the new token to be known")
    new = database.one("select label from credentials where label <> %s", old)
    until(lambda: f"quota         {new} core" in text(database), 60, "its quota")
    status = json.loads(run("status", "--json", DATABASE_URL=database.url).stdout)
    assert [one["credential"] for one in status["credentials"]] == [new] and status["rate_limits"][0]["credential"] == new
    assert old not in text(database) and "refuse" not in text(database)
    assert second.stop() == 0
    # And without one again.
    start(Process, "crawler", DATABASE_URL=database.url, GITHUB_API_URL=sim.url, **QUIET)
    wait_for_notice(database, "no_token")
    assert new not in text(database)


def test_github_out_of_reach_is_reported_with_its_beginning(database, start, github, nowhere):
    begun = time.time()
    crawler = crawl(start, database, nowhere)
    told = wait_for_notice(database, "github_away")
    assert nowhere in told["text"] and "out of reach since" in told["text"]
    since = database.one("select extract(epoch from %s::timestamptz)", told["since"])
    assert begun - 1 < since < time.time() + 1
    assert told["text"].split(" (")[1] in text(database)
    assert notices(database)["github_away"]["since"] == told["since"]  # it stays the first failure
    assert crawler.stop() == 0
    database.rows("update jobs set state = 'available', run_at = now() where finished_at is null")
    start(Process, "crawler", DATABASE_URL=database.url, GITHUB_API_URL=github("--users", 10).url, GITHUB_TOKEN="t", **QUIET)
    until(lambda: "github_away" not in notices(database), 60, "it to be over")


def test_an_outage_of_github_is_reported_with_its_end(database, start, github):
    sim = github("--users", 50, "--faults", 1, "--fault-kinds", "502")
    crawl(start, database, sim.url, GITHUB_TOKEN="t")
    told = wait_for_notice(database, "github_away")
    assert "status 502" in told["text"]
    sim.config(faults=0)
    database.rows("update jobs set run_at = now() where state = 'scheduled'")
    until(lambda: not notices(database), 60, "it to be over")


def test_a_used_up_quota_of_a_token_is_reported(database, start, github):
    crawl(start, database, github("--users", 200, "--limit", 40).url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    told = wait_for_notice(database, "quota_used_up")
    assert re.match(r"\d+ jobs? waits? for the quota; work continues at 20\d\d-", told["text"]) and told["until"]


def test_up_without_a_token_is_not_silent(folder, start, github):
    up = start(Up, "--seed", "ada", cwd=folder, GITHUB_API_URL=github("--users", 200).url, **QUIET).wait_ready()
    assert re.search(r"^  token +none.* 60 requests an hour", up.output(), re.M)
    up.wait_for(r"(?m)^.*No GitHub token is set.*jobs? waits? for the quota; work continues at 20\d\d-")
    assert up.stop() == 0
    told = re.findall(r"(?m)^\d\d:\d\d:\d\d  No GitHub token.*", up.output())
    assert len(told) == 1 and "work continues" in told[0]  # the banner had said the rest


def test_up_says_once_that_a_token_is_refused(folder, start, github):
    sim = github("--users", 20, "--token", "right-token")
    up = start(Up, "--seed", "ada", "--seed", "u2", cwd=folder, GITHUB_API_URL=sim.url, GITHUB_TOKEN="wrong-token", **QUIET).wait_ready()
    up.wait_for(r"(?m)^\d\d:\d\d:\d\d  GitHub refuses the credential token-\w+ \(401\)")
    up.wait_for(r"error crawler credential.refused")
    assert up.stop() == 0
    assert len(re.findall(r"^\S+ error ", up.output(), re.M)) == 1 and up.output().count("GitHub refuses the credential token-") == 1
    assert not re.search("^  token", up.output(), re.M)


def test_the_demo_says_nothing_of_tokens(folder, start):
    up = start(Up, "--demo", cwd=folder).wait_ready()
    assert not re.search(r"^  token", up.output(), re.M)
    until(lambda: json.loads(run("status", "--json", cwd=folder, GITOMATIC_DATA="var/demo").stdout)["developers"]["synced"], 60, "data")
    shown = run("status", cwd=folder, GITOMATIC_DATA="var/demo").stdout
    assert "token" not in re.sub(r"\btoken-[0-9a-f]{12}\b", "", shown), shown  # but as a credential's label
    assert up.stop() == 0


@pytest.fixture
def fake():
    one = FakeGitHub()
    yield one
    one.stop()


def poke(database):
    database.rows("update jobs set run_at = now() where state = 'scheduled'")


@pytest.mark.parametrize("fault", [(500, {}, {"message": "Server Error"}), (0, {}, b""), (200, {}, b"<html>")], ids=["500", "cut", "html"])
def test_one_target_that_always_fails_is_not_github_out_of_reach(database, start, fake, fault):
    fake.answers.update({"/users/ada": profile(7, "ada"), "/users/bob": fault})
    crawl(start, database, fake.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    until(lambda: database.one("select not exists (select from jobs where finished_at is null)"), 60, "the profile that is answered")
    run("task", "full_profile_sync", "--username", "bob", DATABASE_URL=database.url)
    until(lambda: poke(database) or fake.asked().count("/users/bob") >= 5, 60, "it to fail again and again")
    sent = len(fake.asked())
    until(lambda: database.one("select coalesce(max((info ->> 'requests')::bigint), 0) from workers where kind = 'crawler'") >= sent, 60,
          "a heartbeat after it")
    assert database.one("select count(*) from jobs where finished_at is null") and "github_away" not in notices(database)
    assert "out of reach" not in text(database)


def test_github_blocks_nothing_while_no_job_is_open(database, start, nowhere):
    crawl(start, database, nowhere)
    wait_for_notice(database, "github_away")
    database.rows("update jobs set state = 'failed', finished_at = now() where finished_at is null")
    until(lambda: "github_away" not in notices(database), 60, "it to say nothing")
    assert "by itself" not in text(database)
