"""Each row of docs/operations.md's "What can be wrong" is made wrong, and told by the figure, the log and the command that it names."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2
import pytest
from database_world import address, answer
from fake_github import FakeGitHub, profile, user
from hook_receiver import Receiver
from pg import Postgres
from sim import BUILD
from stack import BINARY, PATIENCE_S, Process, Stack
from test_database_hangs import stopped
from tls_front import make_certificate

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "operations.md"
TOLD_S = 120


def table():
    section = DOCUMENT.read_text().split("## What can be wrong\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("| ")][2:]
    assert all(len(row) == 5 and row[4] for row in rows)
    return {row[0]: row[1:] for row in rows}


ROWS = table()


# ---- what a row says ----

def figure_holds(text, cell):
    """`name{label="value"} 0`, `name > 5`: whether any series of that name and label does."""
    name, labels, sign, number = re.fullmatch(r"`(\w+)(\{[^}]*\})? ?([<>]?) (\d+)`", cell).groups()
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(\{{.*\}})? (\S+)", line)
        if not found or (labels and not labels.strip("{}") in (found[1] or "")):
            continue
        value = float(found[2])
        if value > float(number) if sign == ">" else value < float(number) if sign == "<" else value == float(number):
            return True
    return False


class World:
    """Processes on a database with the schema, and what they tell."""

    def __init__(self, pg, github, folder):
        self.pg, self.github, self.folder = pg, github, folder
        name = f"wrong_{time.monotonic_ns()}"
        pg.psql(f"create database {name} template template_wrong strategy file_copy", "postgres")
        self.s = Stack(pg.url(name), github.url, folder, GITHUB_HYDRATION="rest", GITHUB_TOKEN="a-token-of-tests", API_AUTH="none",
                       API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0", DISCOVERY_SCHEDULE="off", HEARTBEAT_SCHEDULE="off",
                       GITHUB_STATUS_URL="http://127.0.0.1:9/components.json", GITOMATIC_CONF="/dev/null")
        self.ends = contextlib.ExitStack()
        self.api, self.command_env = None, {}

    def start_api(self, **env):
        self.api = self.s.start("api", **env)
        self.at = address(self.api) if "TLS_CERT_FILE" not in env else None
        return self.api

    def metrics(self):
        if self.at:
            return answer(self.at, "/metrics")[1]
        url = re.search(r"listening url=\"?(https://[^/]+)", self.api.log())
        return subprocess.run(["curl", "-sk", f"{url[1]}/metrics"], capture_output=True, text=True, check=True).stdout if url else ""

    def said(self, cell):
        command, words = re.fullmatch(r'`([\w ]+)`: "([^"]*)"', cell).groups()
        done = self.s.run(*command.split(), check=False, **self.command_env)
        return re.sub(r" +", " ", done.stdout + done.stderr), words

    def crawl(self, login="ada"):
        self.github.answers.setdefault(f"/users/{login}", profile(7, login))
        self.s.crawler()
        self.s.task("full_profile_sync", login)


def missing(world, figure, log, command):
    """Which of the three does not tell it, with what it told instead."""
    figures = world.metrics() if world.api else ""  # Prometheus asks all the time
    logs = "".join(process.log() for process in world.s.processes)
    for event in re.findall(r"`([\w.]+)`", log):
        if not re.search(rf" {re.escape(event)} ", logs):
            return f"{event} in {logs[-3000:]}"
    if figure != "–" and not figure_holds(figures, figure):
        return f"{figure} in\n" + "\n".join(line for line in figures.splitlines() if line.startswith(figure[1:15]))
    if command != "–":
        text, words = world.said(command)
        if words not in text:
            return f"{command} in\n{text}"
    return None


# ---- making it wrong ----

def all_start(w):
    w.start_api()
    w.s.start("scheduler")
    w.s.start("mirror")
    w.s.wait_until(lambda: w.s.one("select count(*) from workers") == 2, 60, "both to be there")
    w.s.connection.close()


def database_away(w):
    all_start(w)
    w.pg.stop("immediate")
    w.ends.callback(w.pg.start)


def database_hangs(w):
    all_start(w)
    w.ends.enter_context(stopped(w.pg))


def clerk(w):
    """A role of its own for processes and commands, with all rights on data."""
    w.s.rows("drop role if exists clerk; create role clerk login; grant usage on schema public to clerk; "
             "grant all on all tables in schema public to clerk; grant all on all sequences in schema public to clerk")
    w.ends.callback(w.s.rows, "drop owned by clerk; drop role clerk")
    w.command_env = {"DATABASE_URL": w.s.url.replace("user=postgres", "user=clerk")}


def api_of_clerk(w, refuse):
    clerk(w)
    w.start_api(**w.command_env)
    assert answer(w.at, "/github/developers/")[0] == 200
    w.ends.callback(w.api.kill)
    w.s.rows(refuse)
    w.s.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clerk'")


def no_connection_left(w):
    api_of_clerk(w, "alter role clerk connection limit 0")


def login_refused(w):
    api_of_clerk(w, "alter role clerk nologin")


def schema_is_older(w):
    w.start_api()
    w.s.rows("delete from schema_migrations where version = (select max(version) from schema_migrations)")


def schema_is_missing(w):
    w.start_api()
    w.s.start("mirror")
    w.s.wait_until(lambda: w.s.one("select count(*) from workers where kind = 'mirror'") == 1, 60, "the mirror to be there")
    w.s.rows("drop schema public cascade")
    w.s.rows("create schema public")
    assert answer(w.at, "/github/developers/")[0] == 503


def schema_is_changed(w):
    w.s.rows("drop index developers_login")
    w.at = None


def rows_are_hidden(w):
    clerk(w)
    w.start_api(**w.command_env)
    w.ends.callback(w.api.kill)
    w.s.rows("alter table developers enable row level security")
    assert answer(w.at, "/github/developers/")[0] == 500


def log_file_refuses(w):
    w.start_api(LOG_TARGET="/dev/full")
    answer(w.at, "/github/developers/")


def replica_away(w):
    w.command_env = {"DATABASE_READ_URL": "postgresql:///x?host=/nonexistent"}
    w.start_api(**w.command_env)
    answer(w.at, "/github/developers/")


def github_away(w):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        w.s.env["GITHUB_API_URL"] = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    w.start_api()
    w.crawl()


def token_refused(w):
    w.github.answers["/users/refused"] = (401, {}, {"message": "Bad credentials"})
    w.start_api()
    w.crawl("refused")


def limits(remaining, limit=5000):
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Used": str(limit - remaining),
            "X-RateLimit-Reset": str(int(time.time()) + 3000), "X-RateLimit-Resource": "core"}


def token_expires(w):
    ends = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + 5 * 86400))
    w.github.answers["/users/ada"] = (200, {**limits(4000), "GitHub-Authentication-Token-Expiration": ends}, profile(7, "ada"))
    w.start_api()
    w.crawl()


def no_token(w):
    del w.s.env["GITHUB_TOKEN"]
    w.github.answers["/users/nobody"] = (200, limits(50, 60), profile(8, "nobody"))
    w.start_api()
    w.crawl("nobody")


def quota_gone(w):
    w.github.answers["/users/last"] = (200, limits(0), profile(9, "last"))
    w.start_api()
    w.crawl("last")
    w.s.task("full_profile_sync", "one-more")


def secondary_limit(w):
    w.github.answers["/users/many"] = (403, {**limits(4000), "Retry-After": "300"}, {"message": "You have exceeded a secondary rate limit."})
    w.start_api()
    w.crawl("many")


def no_crawler(w):
    w.start_api()
    w.s.start("scheduler")


def no_scheduler(w):
    w.start_api()
    w.s.crawler()


def crawler_stuck(w):
    w.start_api()
    w.s.start("scheduler")
    crawler = w.s.crawler()
    w.s.wait_until(lambda: w.s.one("select count(*) from workers where kind = 'crawler'"), 60, "the crawler")
    crawler.popen.send_signal(signal.SIGSTOP)
    w.ends.callback(crawler.popen.send_signal, signal.SIGCONT)


def changes(w, receiver):
    w.ends.callback(receiver.stop)
    w.s.env["WEBHOOK_PRIVATE_ADDRESSES"] = "allowed"
    w.s.run("webhook", "add", receiver.url)
    w.start_api()
    for list_name in ("followers", "following", "starred", "repos"):
        w.github.answers[f"/users/hooked/{list_name}?per_page=100"] = []
    w.crawl("hooked")


def webhook_fails(w):
    changes(w, Receiver(fails=lambda n: 500))


def webhook_is_given_up(w):
    w.s.env["WEBHOOK_RETRY_SECONDS"] = "0"
    changes(w, Receiver(fails=lambda n: 500))


def certificate_expires(w):
    make_certificate(w.folder)  # for two days
    w.command_env = {"TLS_CERT_FILE": w.folder / "cert.pem", "TLS_KEY_FILE": w.folder / "key.pem"}
    w.start_api(**w.command_env)


def setting_is_wrong(w):
    conf = w.folder / "gitomatic.conf"
    conf.write_text("KEEP_JOBS=3\n")
    w.command_env = {"GITOMATIC_CONF": conf}
    w.start_api(**w.command_env)
    conf.write_text("KEEP_JOBS=many\n")
    w.api.popen.send_signal(signal.SIGHUP)


def disk_is_full(w):
    """A private cluster on a file system that is filled up; a list of people then needs pages that there are not."""
    disk = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-full-", dir="/tmp"))  # which user postgres can enter
    w.ends.callback(disk.rmdir)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "none", disk], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    w.ends.callback(subprocess.run, ["umount", "--lazy", disk], check=True)
    del w.s.env["DATABASE_URL"]
    w.s.env["GITOMATIC_DATA"] = str(disk / "data")
    up = w.s.start("up")
    w.ends.callback(up.stop)
    w.s.wait_until(lambda: "Ctrl-C stops everything" in up.log(), PATIENCE_S, "the start")
    answers = w.github.answers
    followers = [user(1000 + n, f"a-follower-with-a-rather-long-name-{n:03}") for n in range(100)]
    for page in range(1, 21):
        listed = [{**one, "id": one["id"] + 100 * page, "login": f"{one['login']}-{page}"} for one in followers]
        at = w.github.url + "/users/many/followers?per_page=100&page="
        link = {"Link": f'<{at}{page + 1}>; rel="next", <{at}20>; rel="last"'} if page < 20 else {}
        answers["/users/many/followers?per_page=100" + (f"&page={page}" if page > 1 else "")] = (200, link, listed)
    answers["/users/many"] = profile(5, "many", followers=2000)
    for other in ("following", "starred", "repos"):
        answers[f"/users/many/{other}?per_page=100"] = []
    w.s.run("task", "full_profile_sync", "--username", "first")  # its page has room for more
    with contextlib.suppress(OSError), open(disk / "ballast", "wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 65536)
            ballast.flush()
    w.s.run("task", "full_profile_sync", "--username", "many")

    def mend():
        (disk / "ballast").unlink()
        w.s.wait_until(lambda: json.loads(w.s.run("status", "--json").stdout)["developers"]["synced"] == 1, PATIENCE_S, "the work to go on")
    return mend


def replica_lags(w):
    """As it is seen after a minute without replay."""
    standby = w.ends.enter_context(w.pg.standby())
    database = re.search(r"^postgresql:///(\w+)", w.s.url)[1]
    w.command_env = {"DATABASE_READ_URL": standby.url(database)}
    w.start_api(**w.command_env)
    w.s.wait_until(lambda: "gitomatic_replica_up 1" in w.metrics(), PATIENCE_S, "the replica")
    standby.psql("select pg_wal_replay_pause()", database)
    w.s.task("full_profile_sync", "new")  # something it has not


def too_much_load(w):
    """Sixty requests that wait for a table, and are twelve at a time."""
    w.start_api()
    assert answer(w.at, "/github/developers/")[0] == 200
    held = psycopg2.connect(w.s.url)
    w.ends.callback(held.close)
    held.cursor().execute("lock table developers in access exclusive mode")
    with concurrent.futures.ThreadPoolExecutor(60) as crowd:
        list(crowd.map(lambda n: answer(w.at, f"/github/developers/?page={n + 1}"), range(60)))


def few_open_files(w):
    log = w.folder / "few.log"
    with open(log, "w") as out:
        popen = subprocess.Popen(["prlimit", "--nofile=400:400", BINARY, "api"], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 env=w.s.env, cwd=w.folder)
    w.api = Process("few", popen, log)
    w.s.processes.append(w.api)
    w.at = address(w.api)


def clock_is_wrong(w):
    w.github.answers["/rate_limit"] = (200, {**limits(4000), "Date": "Mon, 02 Nov 2026 10:00:00 GMT"}, {"resources": {}})


MADE = {
    "the database is away": database_away, "the database hangs": database_hangs,
    "the database has no connection left": no_connection_left, "the database refuses the login": login_refused,
    "the database's schema is not this program's": schema_is_older, "the database was dropped and created again, and has no schema": schema_is_missing,
    "someone changed the schema (an index, a trigger, a column)": schema_is_changed, "row level security applies to the role": rows_are_hidden,
    "the log file takes no lines": log_file_refuses, "a replica is away": replica_away, "GitHub is away": github_away,
    "a token is refused": token_refused, "a token is about to expire": token_expires, "no token is set": no_token,
    "the quota is used up": quota_gone, "GitHub's secondary limit holds": secondary_limit, "no crawler runs": no_crawler,
    "a crawler is stuck": crawler_stuck, "no scheduler runs": no_scheduler, "a webhook's receiver fails": webhook_fails,
    "webhooks were given up": webhook_is_given_up, "a certificate is about to expire": certificate_expires,
    "a changed setting is wrong": setting_is_wrong, "the clock is wrong": clock_is_wrong, "the disk is full": disk_is_full,
    "a replica lags": replica_lags, "too much load": too_much_load, "too few open files": few_open_files,
}
SLOW = {"a crawler is stuck", "the database hangs", "a replica lags", "the disk is full", "too much load"}


@pytest.fixture(scope="module")
def pg():
    with Postgres() as made:
        made.psql("create database template_wrong", "postgres")
        subprocess.run([BUILD / "gitomatic", "migrate"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DATABASE_URL": made.url("template_wrong"), "GITOMATIC_CONF": "/dev/null"})
        yield made


@pytest.fixture
def world(pg, tmp_path):
    github = FakeGitHub()
    made = World(pg, github, tmp_path)
    yield made
    made.ends.close()
    made.s.end()
    github.stop()


def test_every_row_is_made_wrong():
    assert sorted(ROWS) == sorted(MADE)


@pytest.mark.parametrize("what", [pytest.param(what, marks=pytest.mark.slow if what in SLOW else ()) for what in MADE])
def test_every_fault_is_reported(world, what):
    figure, log, command, _ = ROWS[what]
    mend = MADE[what](world)
    until = time.monotonic() + TOLD_S
    while lacking := missing(world, figure, log, command):
        assert time.monotonic() < until, f"{what}: not told by {lacking}"
        time.sleep(0.2)
    if mend:
        mend()
