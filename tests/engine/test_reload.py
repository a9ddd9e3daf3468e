"""SIGHUP: each process reads its settings, certificates and secrets again and continues; what is wrong is refused, and what was before
stays in use."""
import http.client
import itertools
import re
import signal
import ssl
import threading
import time

import pytest
from app_key import app_settings
from database_world import until
from fake_github import FakeGitHub, profile
from reloading import READY, Running, der, hup, numbers, served, tokens_for
from stack import holds
from tls_front import make_certificate

SERVERS = ["api", "mirror"]
ALL = ["api", "mirror", "crawler", "scheduler"]
CERTIFICATE = {"api": ("TLS_CERT_FILE", "TLS_KEY_FILE"), "mirror": ("MIRROR_TLS_CERT_FILE", "MIRROR_TLS_KEY_FILE")}


@pytest.fixture(scope="module")
def module_lab(new_lab, tmp_path_factory):
    made = new_lab(tmp_path_factory.mktemp("reload"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def github():
    fake = FakeGitHub()
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def shared(module_lab, github):
    """One database for the module: no test looks at what others write."""
    made = module_lab.stack(github.url, GITHUB_HYDRATION="rest", API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0",
                            GITHUB_STATUS_URL="http://127.0.0.1:9/components.json", DISCOVERY_SCHEDULE="off")
    del made.env["LOG_LEVEL"]  # the file's counts
    return made


@pytest.fixture
def start(shared, tmp_path):
    """Starts a process; it must still run at the end, and leave with 0."""
    started = []

    def one(command, **env):
        started.append(Running(shared, command, tmp_path, **env))
        return started[-1]
    yield one
    for running in started:
        running.process.stop()


@pytest.fixture
def pairs(tmp_path):
    """Two folders with a certificate and its key each, and one that a server is given."""
    for name in "ab":
        (tmp_path / name).mkdir()
        make_certificate(tmp_path / name)
    (tmp_path / "served").mkdir()
    return tmp_path


def install(pairs, name):
    for file in ("cert.pem", "key.pem"):
        new = pairs / "served" / f"{file}.new"
        new.write_bytes((pairs / name / file).read_bytes())
        new.rename(pairs / "served" / file)


def tls_server(start, command, pairs):
    install(pairs, "a")
    names = dict(zip(CERTIFICATE[command], (pairs / "served" / "cert.pem", pairs / "served" / "key.pem")))
    return start(command, **names).ready()


# ---- certificates ----

def open_tls(port):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
    connection.connect()
    return connection


def health(connection, command):
    connection.request("GET", "/health/" if command == "api" else "/healthz", headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("command", SERVERS)
def test_a_new_certificate_is_served_and_connections_go_on(start, pairs, command):
    server = tls_server(start, command, pairs)
    before = open_tls(server.port)
    assert health(before, command) == 200 and served(server.port) == der(pairs / "a" / "cert.pem")
    install(pairs, "b")
    assert served(server.port) == der(pairs / "a" / "cert.pem")  # not before the signal
    assert "config.reloaded" in server.hup()
    assert served(server.port) == der(pairs / "b" / "cert.pem")
    assert health(before, command) == 200
    install(pairs, "a")  # one that was there before
    server.hup()
    assert served(server.port) == der(pairs / "a" / "cert.pem")


BROKEN = {
    "no file": lambda at: (at / "cert.pem").unlink(),
    "an empty file": lambda at: (at / "cert.pem").write_text(""),
    "no certificate": lambda at: (at / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"),
    "another's key": lambda at: (at / "key.pem").write_bytes((at.parent / "b" / "key.pem").read_bytes()),
    "half a key": lambda at: (at / "key.pem").write_text((at / "key.pem").read_text()[:100]),
}


@pytest.mark.parametrize("command", SERVERS)
def test_a_broken_certificate_is_refused_and_the_one_before_is_served(start, pairs, command):
    server = tls_server(start, command, pairs)
    for what, damage in BROKEN.items():
        install(pairs, "a")
        damage(pairs / "served")
        said = server.hup()
        assert re.search(r"error \S+ config\.refused .*TLS_(CERT|KEY)_FILE", said), (what, said)
        assert served(server.port) == der(pairs / "a" / "cert.pem"), what
    install(pairs, "b")
    assert "config.reloaded" in server.hup()
    assert served(server.port) == der(pairs / "b" / "cert.pem")


# ---- the log ----

@pytest.mark.parametrize("command", ALL)
def test_a_moved_log_file_is_created_again(start, tmp_path, command):
    path = tmp_path / "process.log"
    running = start(command, LOG_TARGET=path)
    until(lambda: path.exists() and re.search(READY[command], path.read_text()), "the start")
    path.rename(tmp_path / "process.log.1")
    running.process.popen.send_signal(signal.SIGHUP)
    until(lambda: path.exists() and "config.reloaded" in path.read_text(), "the line in the new file")
    assert "config.reloaded" not in (tmp_path / "process.log.1").read_text()


@pytest.mark.parametrize("command", ALL)
def test_the_level_of_the_log_is_taken_over(start, command):
    running = start(command).ready()
    running.settings(LOG_LEVEL="warn", LOG_FORMAT="json")  # the second is named by a warning
    running.process.popen.send_signal(signal.SIGHUP)
    until(lambda: "config.needs_restart" in running.process.log(), "the warning")
    assert "config.reloaded" not in running.process.log()
    running.settings(LOG_LEVEL="info")
    assert "config.reloaded" in running.hup()


# ---- tokens ----

def answer_for(github, login):
    github.answers[f"/users/{login}"] = profile(1000 + next(numbers), login)
    for list_name in ("followers", "following", "starred", "repos"):
        github.answers[f"/users/{login}/{list_name}?per_page=100"] = []


def crawl(shared, github, login):
    """The token with which the crawler requests a new profile."""
    answer_for(github, login)
    shared.task("full_profile_sync", login)
    return until(lambda: tokens_for(github, f"/users/{login}"), f"the crawler to ask for {login}")[0]


def test_a_crawler_takes_over_the_token_that_its_file_holds(shared, start, github, tmp_path):
    file = tmp_path / "token"
    file.write_text("first-token-0001\n")
    crawler = start("crawler", GITHUB_TOKEN_FILE=file).ready()
    assert crawl(shared, github, "ada") == "Bearer first-token-0001"
    file.write_text("second-token-0002\n")
    crawler.hup()
    assert crawl(shared, github, "bob") == "Bearer second-token-0002"
    for wrong in ("", "two words", "nul\0byte", "x" * 70000):
        file.write_text(wrong)
        said = crawler.hup()
        assert re.search(r"config\.refused .*GITHUB_TOKEN_FILE", said) and "two words" not in said
    file.unlink()
    assert "config.refused" in crawler.hup()
    assert crawl(shared, github, "cleo") == "Bearer second-token-0002"
    file.write_text("third-token-00003\n")
    crawler.hup()
    assert crawl(shared, github, "dora") == "Bearer third-token-00003"
    for secret in ("first-token-0001", "second-token-0002", "third-token-00003"):
        assert secret not in crawler.process.log()


def test_settings_with_which_a_crawler_cannot_begin_are_refused_each_time(start):
    """Only the new run finds out: the old one continues, and the next signal still counts as a change."""
    crawler = start("crawler").ready()
    crawler.settings(**app_settings(), GITHUB_APP_INSTALLATIONS="1,x")
    for n in (1, 2):
        crawler.hup()
        until(lambda: len(re.findall(r'config\.refused .*got \\?"x', crawler.process.log())) >= n, f"refusal {n}")
        until(lambda: len(re.findall(READY["crawler"], crawler.process.log())) > n, "the run with the settings before")


def test_started_jobs_are_finished_after_a_change(shared, start, github, tmp_path):
    """Its jobs go back to the queue with their place, and none is lost."""
    file = tmp_path / "token"
    file.write_text("first-token-0001\n")
    crawler = start("crawler", GITHUB_TOKEN_FILE=file).ready()
    logins = [f"many-{n}" for n in range(20)]
    for login in logins:
        answer_for(github, login)
        shared.task("full_profile_sync", login)
    for number in range(3):
        file.write_text(f"token-number-{number}\n")
        crawler.hup()
    shared.wait_idle()
    assert shared.one("select count(*) from developers where login like 'many-%%'") == len(logins)
    assert all(tokens_for(github, f"/users/{login}") for login in logins)
    assert not shared.rows("select kind, state from jobs where state in ('failed', 'discarded')")


def test_a_mirror_lends_the_token_that_its_file_holds(start, github, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("lent-token-00001\n")
    github.answers["/users/one"] = github.answers["/users/two"] = github.answers["/users/three"] = {"login": "x"}
    mirror = start("mirror", MIRROR_CREDENTIALS="pool", GITHUB_TOKENS_FILE=file).ready()
    assert mirror.status("/users/one") == 200
    assert tokens_for(github, "/users/one")[-1] == "Bearer lent-token-00001"
    file.write_text("lent-token-00002\nlent-token-00003\n")
    assert "config.reloaded" in mirror.hup()

    def asked_with_another():
        assert mirror.status("/users/two") == 200
        return tokens_for(github, "/users/two")[-1] != "Bearer lent-token-00001"
    until(asked_with_another, "a request with a new token")
    file.write_text("two words\n")
    assert "config.refused" in mirror.hup()
    assert mirror.status("/users/three") == 200
    assert tokens_for(github, "/users/three")[-1] in ("Bearer lent-token-00002", "Bearer lent-token-00003")


def test_a_mirror_takes_over_what_it_is_to_leave_of_the_quota(start, github):
    """With the same tokens as before."""
    paths = (f"/users/quota-{n}" for n in itertools.count())
    github.answers["/users/quota-0"] = (200, {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4000", "X-RateLimit-Used": "1000",
                                              "X-RateLimit-Reset": str(int(time.time()) + 3000), "X-RateLimit-Resource": "core"}, {})
    mirror = start("mirror", MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="quota-token-00001").ready()
    assert mirror.status(next(paths)) == 200
    assert mirror.status(next(paths)) == 404
    mirror.settings(RATE_LIMIT_STOP_THRESHOLD=4990)
    mirror.hup()
    # Those it had leased are used up; the quota itself would allow far more.
    assert any(mirror.status(path) in (403, 429) for path in itertools.islice(paths, 300))
    mirror.settings(RATE_LIMIT_STOP_THRESHOLD=25)
    mirror.hup()
    until(lambda: mirror.status(next(paths)) == 404, "a lower threshold to let requests through")


# ---- lists ----

def test_an_api_takes_over_its_lists_of_hosts_and_proxies(start):
    api = start("api", conf={"ALLOWED_HOSTS": "a.example"}).ready()
    assert [api.status("/github/", Host=host) for host in ("a.example", "b.example")] == [200, 400]
    api.settings(ALLOWED_HOSTS="b.example", TRUSTED_PROXIES="127.0.0.0/8")
    api.hup()
    assert [api.status("/github/", Host=host) for host in ("a.example", "b.example")] == [400, 200]
    assert api.status("/github/", **{"Host": "a.example", "X-Forwarded-Host": "b.example"}) == 200
    for wrong in ({"ALLOWED_HOSTS": "no host/"}, {"TRUSTED_PROXIES": "10.0.0.0/99"}, {"NO_SETTING": "1"}, {"KEEP_JOBS": "many"},
                  {"PUBLIC_CHARTS": "nobody"}, {"HEARTBEAT_SCHEDULE": "sometimes"}):
        api.settings(**wrong)
        assert re.search(rf"config\.refused .*{next(iter(wrong))}", api.hup())
        assert api.status("/github/", Host="b.example") == 200
    api.conf.unlink()
    assert "config.refused" in api.hup()
    api.settings()
    api.hup()
    assert [api.status("/github/", Host=host) for host in ("a.example", "b.example", "localhost")] == [400, 400, 200]


def test_charts_become_public_and_private_again(start):
    api = start("api").ready()
    path = "/github/charts/stars.svg?repositories=nobody/nothing"
    assert api.status(path, Host="localhost") == 401
    api.settings(PUBLIC_CHARTS="*")
    api.hup()
    assert api.status(path, Host="localhost") != 401
    api.settings()
    api.hup()
    assert api.status(path, Host="localhost") == 401


def test_a_mirror_takes_over_its_lists(start, github):
    github.answers["/user"] = {"login": "ada", "id": 1, "type": "User"}
    github.answers["/users/list"] = {"login": "list"}
    mirror = start("mirror", conf={"ALLOWED_HOSTS": "a.example", "GITHUB_USERS": "ada"}).ready()
    ask = {"Host": "a.example", "Authorization": "Bearer tested-token-01"}
    assert mirror.status("/users/list", **ask) == 200
    mirror.settings(ALLOWED_HOSTS="a.example", GITHUB_USERS="bob")
    mirror.hup()
    assert mirror.status("/users/list", **ask) == 403
    mirror.settings(ALLOWED_HOSTS="a.example", GITHUB_USERS="ada,bob")
    assert "config.refused" in mirror.hup()
    assert mirror.status("/users/list", **ask) == 403
    mirror.settings(ALLOWED_HOSTS="b.example")
    mirror.hup()
    assert mirror.status("/users/list", **ask) != 200
    assert mirror.status("/users/list", **{**ask, "Host": "b.example"}) == 200


def test_a_scheduler_takes_over_its_schedule(shared, start):
    scheduler = start("scheduler", conf={"HEARTBEAT_SCHEDULE": "7 3 * * *"}).ready()

    def schedules():
        return [row[0] for row in shared.rows("select schedule from schedule_entries where kind = 'heart_beat_task'")]
    until(lambda: schedules() == ["7 3 * * *"], "the first entry")
    for schedule in ("8 4 * * *", "9 5 * * *"):
        scheduler.settings(HEARTBEAT_SCHEDULE=schedule)
        scheduler.hup()
        until(lambda: schedules() == [schedule], "the next entry")
    scheduler.settings(HEARTBEAT_SCHEDULE="99 * * * *")
    assert "config.refused" in scheduler.hup()
    assert schedules() == ["9 5 * * *"]


def test_settings_that_need_a_restart_are_named(start):
    api = start("api", conf={"API_CONNECTIONS": "5"}).ready()
    api.settings(API_CONNECTIONS="6", LOG_FORMAT="json", KEEP_JOBS="4", TLS_CERT_FILE="/x", TLS_KEY_FILE="/y")
    said = api.hup()
    named = re.search(r"config\.needs_restart settings=(\S+)", said)[1].split(",")
    assert sorted(named) == ["API_CONNECTIONS", "LOG_FORMAT", "TLS_CERT_FILE", "TLS_KEY_FILE"]


def test_the_environment_counts_more_than_the_file(start):
    api = start("api", ALLOWED_HOSTS="a.example").ready()
    api.settings(ALLOWED_HOSTS="b.example")
    api.hup()
    assert [api.status("/github/", Host=host) for host in ("a.example", "b.example")] == [200, 400]


# ---- at any time ----

@pytest.mark.parametrize("command", ALL)
def test_during_the_start(start, command):
    running = start(command)
    until(lambda: holds(running.process.popen.pid, signal.SIGHUP), "the first moments")
    for _ in range(10):
        running.process.popen.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    running.ready()
    until(lambda: "config.reloaded" in running.process.log(), "the settings to be read")


@pytest.mark.parametrize("command", ALL)
def test_a_stop_while_settings_are_read(start, command):
    running = start(command).ready()
    for _ in range(20):
        running.process.popen.send_signal(signal.SIGHUP)
    running.process.popen.send_signal(signal.SIGTERM)
    assert running.process.popen.wait(60) == 0


@pytest.mark.parametrize("command", SERVERS)
def test_ten_times_a_second_under_load(start, pairs, command):
    """No request fails, and what is kept of earlier settings does not grow with the number of signals."""
    server = tls_server(start, command, pairs)
    failures, answered, done = [], itertools.count(), threading.Event()
    total = [0]

    def load():
        while not done.is_set():
            try:
                connection = open_tls(server.port)
                statuses = {health(connection, command) for _ in range(3)}
                connection.close()
                if statuses != {200}:
                    failures.append(statuses)
                total[0] = next(answered)
            except OSError as error:
                failures.append(error)
    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            install(pairs, "ab"[number % 2])
            server.settings(ALLOWED_HOSTS=f"localhost,{'ab'[number % 2]}.example")
            server.process.popen.send_signal(signal.SIGHUP)
            time.sleep(0.1)
        until(lambda: total[0] > 20 or failures, "some load")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[:3]
    log = server.process.log()
    assert "config.reloaded" in log
    install(pairs, "b")
    server.hup()
    assert served(server.port) == der(pairs / "b" / "cert.pem")
