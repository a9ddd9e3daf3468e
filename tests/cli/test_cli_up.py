"""gitomatic up with its embedded database: starts, stops, is killed, refuses."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest
import requests

from gitomatic_cli import BIN, ROOT, Up, clean_env, default_configuration, is_running, run, until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes user postgres")


def status(folder, **env):
    result = run("status", "--json", cwd=folder, **env)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def postmaster(folder):
    return int((folder / "var/pg/postmaster.pid").read_text().split()[0])


def assert_nothing_left(pids):
    until(lambda: not any(is_running(pid) for pid in pids), 30, f"{pids} to end")


def test_first_start_makes_everything_and_ctrl_c_stops_it(folder, start):
    up = start(Up, first=True).wait_ready()
    assert len(re.findall(r"API user +admin, password \S{20} ", up.output())) == 1
    assert run("migrate", "--status", cwd=folder).returncode == 0
    children = up.children()
    assert children
    assert up.stop(signal.SIGINT) == 0, up.output()
    assert_nothing_left(children)
    assert not (folder / "var/pg/postmaster.pid").exists()
    assert (folder / "var/pg/postgresql.conf").read_text().endswith(default_configuration())  # which other tests' clusters have as well

    again = start(Up).wait_ready()
    assert "password" not in again.output().replace("PASSWORD", "")
    assert re.search(r"API user +admin \(forgotten\? \S+ user add admin\)", again.output()), again.output()
    assert again.stop(signal.SIGTERM) == 0, again.output()


def test_the_printed_commands_work_unchanged(folder, start):
    data = folder / "with space"
    start(Up, GITOMATIC_DATA=data).wait_ready().stop()
    up = start(Up, GITOMATIC_DATA=data).wait_ready()
    shell = {"shell": True, "cwd": folder, "capture_output": True, "text": True, "timeout": 60}
    made = subprocess.run(up.wait_for(r"forgotten\? (.*)\)").group(1), **shell)
    password = re.search(r"password: (\S{20})", made.stdout).group(1)
    curl = up.wait_for(r"curl -u admin:PASSWORD .*").group(0).replace("PASSWORD", password)
    assert json.loads(subprocess.run(curl, **shell).stdout)["count"] == 0
    assert subprocess.run(up.wait_for(r"psql '.*'").group(0) + " -c 'select from developers'", **shell).returncode == 0
    task = up.wait_for(r"seed +none: request one with (.*) LOGIN").group(1)
    assert re.match(r"job \d+ of task \d+\n", subprocess.run(f"{task} ada", **shell).stdout)  # after what was scheduled


def test_an_api_with_tls_is_named_by_https(folder, start):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "chain.pem"],
                   cwd=folder, check=True, capture_output=True)
    up = start(Up, TLS_CERT_FILE="chain.pem", TLS_KEY_FILE="key.pem").wait_ready()
    url = up.wait_for(r"API +(http\S+)").group(1)
    assert requests.get(url, verify=str(folder / "chain.pem"), timeout=10).json()["developers"] == url + "developers/"
    assert up.wait_for(r"curl -u admin:PASSWORD '(.*)'").group(1) == url + "developers/"
    assert up.wait_for(r"mirror +(http\S+)").group(1).startswith("http://")


def test_seed_becomes_a_task(folder, start):
    up = start(Up, "--seed", "@ada", "--seed", "-ACE-").wait_ready()
    assert re.search(r"seed +ada\n +seed +-ACE-\n", up.output())
    assert sum(status(folder)["jobs"].values()) >= 2


def test_a_seed_is_named_as_one(database, folder, start):
    start(Up, "--seed", "ada", DATABASE_URL=database.url, GITHUB_API_URL="http://127.0.0.1:1").wait_ready()
    assert database.rows("select asked_by from jobs where kind = 'full_profile_sync'") == [("up --seed",)]
    database.rows("insert into developers (github_id, login, first_seen_at) values (1, 'ada', now())")
    told = run("why", "ada", DATABASE_URL=database.url).stdout
    assert re.search(r"^first seen .*, requested with --seed$", told, re.M) and ", requested with --seed: " in told, told


def test_its_secrets_may_come_from_files(database, folder, start):
    for name, value in (("url", database.url), ("token", "a-token-of-mine")):
        (folder / name).write_text(value + "\n")
    up = start(Up, "--github-token-file", "token", DATABASE_URL_FILE="url", GITHUB_API_URL="http://127.0.0.1:1").wait_ready()
    assert not (folder / "var").exists() and "psql" not in up.output() and not re.search("^  token", up.output(), re.M)
    assert until(lambda: database.rows("select kind from credentials")) == [("token",)]
    until(lambda: {row[0] for row in database.rows("select kind from workers")} >= {"crawler", "scheduler", "mirror"})
    assert "a-token-of-mine" not in up.output()
    assert up.stop() == 0


@pytest.mark.parametrize("flag, variable, left", [
    (["--github-token", "from-the-flag"], {"GITHUB_TOKEN_FILE": "token"}, b"GITHUB_TOKEN=from-the-flag"),
    (["--github-token-file", "token"], {"GITHUB_TOKEN": "from-the-variable"}, b"GITHUB_TOKEN_FILE=token")], ids=["value", "file"])
def test_its_children_get_one_form_of_a_secret(database, folder, start, flag, variable, left):
    (folder / "token").write_text("from-the-file\n")
    up = start(Up, *flag, DATABASE_URL=database.url, GITHUB_API_URL="http://127.0.0.1:1", **variable).wait_ready()
    crawler = until(lambda: up.child(" crawler"))
    settings = pathlib.Path(f"/proc/{crawler}/environ").read_bytes().split(b"\0")
    forms = [one for one in settings if one.startswith(b"GITHUB_TOKEN")]
    assert [one for one in forms if not one.endswith(b"=")] == [left]  # an empty one is not set, and outdoes the settings file
    until(lambda: database.rows("select kind from credentials") == [("token",)])
    assert up.stop() == 0


def test_a_password_is_shown_even_if_the_start_fails_later(database, folder):
    """Only its hash is kept. Here the database refuses the seed's job."""
    database.rows("create function refuse() returns trigger language plpgsql as $$begin raise 'no jobs today'; end$$")
    database.rows("create trigger refuse before insert on jobs for each row execute function refuse()")
    env = clean_env(API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0", DATABASE_URL=database.url)
    failed = subprocess.run([BIN, "up", "--seed", "ada"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert failed.returncode != 0 and "--seed ada" in failed.stderr.splitlines()[-1]
    assert re.search(r"^  API user   admin, password \S{20} \(shown only this once\)$", failed.stdout, re.M)


def test_a_demo_without_its_simulator_makes_no_password(folder):
    program = shutil.copy(BIN, folder / "gitomatic")
    env = clean_env(API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0")
    failed = subprocess.run([program, "up", "--demo"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert failed.returncode == 1 and "gitomatic-sim" in failed.stderr.splitlines()[-1]
    assert "password" not in failed.stdout


def test_a_second_up_in_the_same_folder_is_refused(folder, start):
    up = start(Up).wait_ready()
    second = run("up", cwd=folder, API_LISTEN="127.0.0.1:0")
    assert second.returncode == 1
    assert f"process {up.pid}" in second.stderr and str(folder / "var") in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert status(folder)
    # By another name of the folder as well.
    (folder / "other").symlink_to("var")
    assert run("up", cwd=folder, API_LISTEN="127.0.0.1:0", GITOMATIC_DATA="other").returncode == 1


def test_kill_9_leaves_nothing_running_and_a_restart_works(folder, start):
    up = start(Up, "--seed", "ada").wait_ready()
    before = status(folder)["jobs"]
    children = up.children()
    up.process.kill()
    again = start(Up)
    assert_nothing_left(children)
    again.wait_ready()
    assert sum(status(folder)["jobs"].values()) >= sum(before.values())


def test_a_killed_initdb_leaves_nothing_half_done(folder, start):
    up = start(Up, first=True)
    until(lambda: list(folder.glob("var/pg.new.*/base")) or (folder / "var/pg").exists(), 30, "initdb to begin")
    up.process.kill()
    up.wait()
    assert not (folder / "var/pg").exists() or (folder / "var/pg/PG_VERSION").exists()
    start(Up, first=True).wait_ready()
    assert status(folder)


def test_a_server_left_over_is_ended_first(folder, start):
    start(Up).wait_ready().stop()
    data = folder / "var/pg"
    owner = data.stat()
    bindir = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    become = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    left = subprocess.Popen([bindir / "postgres", "-D", data, "-c", "listen_addresses=", "-c",
                             f"unix_socket_directories={folder}/var/run"], cwd="/", **become,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: "ready" in (data / "postmaster.pid").read_text() if (data / "postmaster.pid").exists() else False)
        up = start(Up).wait_ready()
        assert left.wait(30) == 0
        assert "database.stale" in up.output()
        assert postmaster(folder) in up.children()
    finally:
        if left.poll() is None:
            left.kill()
            left.wait()


def test_a_service_that_dies_is_started_again(folder, start):
    up = start(Up).wait_ready()
    first = until(lambda: up.child(" scheduler"))
    os.kill(first, signal.SIGKILL)
    up.wait_for("service.restart service=scheduler")
    second = until(lambda: up.child(" scheduler"))
    assert second != first
    assert up.stop() == 0


def test_its_ports_stay_reserved_while_a_service_is_down(folder, start):
    up = start(Up).wait_ready()
    url = up.wait_for(r"API +(http://\S+)").group(1)
    ports = [int(up.wait_for(rf"{name} +http://127.0.0.1:(\d+)").group(1)) for name in ("API", "mirror")]
    up.process.send_signal(signal.SIGSTOP)  # starts nothing again
    services = [up.child(" api"), up.child(" mirror")]
    for pid in services:
        os.kill(pid, signal.SIGKILL)
    assert_nothing_left(services)
    for port in ports:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
    up.process.send_signal(signal.SIGCONT)
    up.wait_for("service.restart service=api")

    def answers():
        try:
            return requests.get(url, timeout=10).status_code == 200
        except requests.ConnectionError:
            return False
    until(answers, 60, "the API to be back")
    assert up.stop() == 0


def test_a_database_that_dies_is_started_again(folder, start):
    up = start(Up).wait_ready()
    os.kill(postmaster(folder), signal.SIGKILL)
    up.wait_for("database.died")
    until(lambda: run("status", cwd=folder).returncode == 0, 60, "the database to be back")
    assert up.stop() == 0, up.output()


def test_a_second_signal_ends_at_once(folder, start):
    up = start(Up).wait_ready()
    children = up.children()
    stuck = until(lambda: up.child(" scheduler"))
    os.kill(stuck, signal.SIGSTOP)
    up.process.send_signal(signal.SIGINT)
    up.wait_for("stopping")

    def ask_again():
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGINT)
        return up.process.poll() is not None

    until(ask_again, 10, "the second signal to be taken")
    assert up.wait() == 130
    assert_nothing_left(children)


@pytest.mark.parametrize("name", ["with space, comma", 'with "quote"', "d" * 120, "ünï%20"])
def test_unusual_and_long_folder_names(folder, start, name):
    data = folder / name
    up = start(Up, GITOMATIC_DATA=data).wait_ready()
    assert status(folder, GITOMATIC_DATA=data)
    assert up.stop() == 0


def test_another_version_of_postgresql_is_refused(folder):
    (folder / "var/pg").mkdir(parents=True)
    (folder / "var/pg/PG_VERSION").write_text("9\n")
    result = run("up", cwd=folder, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 2
    assert "PostgreSQL 9" in result.stderr and "GITOMATIC_DATA" in result.stderr
    assert "install postgresql-9 (`gitomatic upgrade-cluster` then moves it to PostgreSQL 1" in result.stderr


@as_root
@pytest.mark.parametrize("relative", ["", "data", "./deep/data"])
def test_data_of_a_folder_postgres_cannot_enter_lie_elsewhere(folder, start, relative):
    (folder / "closed").mkdir(mode=0o700)
    inside = folder / "closed" / "open"  # from here a relative path asks nothing of the folder that is closed
    inside.mkdir()
    data = inside / (relative or "data")
    settings = {"cwd": inside, "GITOMATIC_DATA": relative or data}
    up = start(Up, **settings).wait_ready()
    place = data.resolve()
    try:
        assert data.is_symlink() and place.parent == pathlib.Path("/var/lib/gitomatic")
        assert status(inside, GITOMATIC_DATA=relative or data)
        assert up.stop() == 0
        again = start(Up, **settings).wait_ready()
        assert "database.init" not in again.output() and data.resolve() == place
        assert again.stop() == 0
    finally:
        up.stop()
        shutil.rmtree(place)


@as_root
def test_a_folder_postgres_cannot_enter_is_named(folder):
    (folder / "closed").mkdir(mode=0o700)
    (folder / "closed/var").mkdir()
    (folder / "closed/var/mine").touch()  # not ours to move
    result = run("up", cwd=folder / "closed", API_LISTEN="127.0.0.1:0")
    assert result.returncode == 2
    assert str(folder / "closed/var") in result.stderr and "GITOMATIC_DATA" in result.stderr


def test_an_api_port_in_use_is_named_before_anything_starts(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = "127.0.0.1:%d" % taken.getsockname()[1]
        result = run("up", cwd=folder, API_LISTEN=listen)
    assert result.returncode == 1
    assert "API_LISTEN" in result.stderr and listen in result.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name, value", [
    ("DATABASE_URL", "mysql://x"), ("DATABASE_READ_URL", "x"), ("GITHUB_API_URL", "ftp://x"),
    ("RATE_LIMIT_STOP_THRESHOLD", "-1"), ("RATE_LIMIT_STOP_THRESHOLD", "many"), ("API_LISTEN", "8000"),
    ("PORT", "65536"), ("MIRROR_LISTEN", "x:y"), ("PUBLIC_URL", "example.org"), ("DISCOVERY_SCHEDULE", "* * *"),
    ("DISCOVERY_SCHEDULE", "61 * * * *"), ("DISCOVERY_SCHEDULE", "0 0 30 2 *"), ("DISCOVERY_COUNT", "1.5"),
    ("HEARTBEAT_SCHEDULE", "soon"), ("CRAWLER_CONCURRENCY", "101"), ("CRAWLER_CONCURRENCY", "0"),
    ("GITHUB_HYDRATION", "soap"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("GITHUB_API_USER", "x"),
    ("GITHUB_TOKEN", "a b"), ("GITOMATIC_DATA", "/proc/nowhere"), ("TRUSTED_PROXIES", "10.0.0.0/99"), ("ALLOWED_HOSTS", "https://x"),
    ("GITHUB_CA_FILE", "/proc/nowhere"), ("GITHUB_USERS", "ada,octocat"),
])
def test_bad_settings_are_named_and_nothing_is_started(folder, name, value):
    env = {"API_LISTEN": "127.0.0.1:0"} if name not in ("PORT", "API_LISTEN") else {}
    result = run("up", cwd=folder, **{**env, name: value})
    assert result.returncode == 2, result.stderr
    assert name in result.stderr and len(result.stderr.splitlines()) == 1
    assert not list(folder.iterdir())


def test_settings_that_do_not_go_together_start_nothing(folder):
    for name, env in [("TLS_CERT_FILE", {"TLS_CERT_FILE": "/proc/nowhere", "TLS_KEY_FILE": "/proc/nowhere"}),
                      ("API_AUTH", {"API_AUTH": "none", "API_LISTEN": "0.0.0.0:0"})]:
        result = run("up", cwd=folder, **{"API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0", **env})
        assert result.returncode == 2 and name in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
        assert not list(folder.iterdir())


@pytest.mark.parametrize("login", ["", "../../x", "a" * 40, "a/b", "x\r\ny", "ünï", "@", "https://github.com/a/b"])
def test_bad_seeds_are_refused(folder, login):
    result = run("up", "--seed=" + login, cwd=folder, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 2
    assert re.search("--seed: (Missing )?username", result.stderr) and len(result.stderr.splitlines()) == 1
    assert not list(folder.iterdir())


def assert_readme_answers(up, password):
    """Each request of the README finds something in the demo."""
    lines = re.findall(r"^(curl .*?)(?: +#.*)?$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(lines) >= 6
    api, mirror = (up.wait_for(rf"{name} +(http://[^/\s]+)").group(1) for name in ("API", "mirror"))
    for line in lines:
        line = line.replace("PASSWORD", password).replace("http://127.0.0.1:8000", api).replace("http://127.0.0.1:8080", mirror)

        def found(command=f"{line} --fail --silent --show-error"):
            got = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=20, env={**os.environ, "GITHUB_TOKEN": "t"})
            return got.returncode == 0 and '"count":0,' not in got.stdout
        until(found, 30, f"{line} to find something")


def test_demo_runs_the_simulator_in_a_folder_of_its_own(folder, start):
    up = start(Up, "--demo", first=True, http_proxy="http://127.0.0.1:1").wait_ready()  # a proxy is not asked for what runs here
    children = up.children()
    assert up.child("gitomatic-sim")
    assert (folder / "var/demo/pg").exists() and not (folder / "var/pg").exists()
    entries = until(lambda: status(folder, GITOMATIC_DATA="var/demo")["scheduler"], 30, "the scheduler to begin")
    assert entries[0]["schedule"] == "* * * * *"
    until(lambda: status(folder, GITOMATIC_DATA="var/demo")["developers"]["synced"] > 10, 60, "data to grow")
    user = ("admin", up.wait_for(r"password (\S{20}) ").group(1))
    page = requests.get(up.wait_for(r"API +(http\S+)").group(1) + "developers/", auth=user, timeout=10)
    assert page.status_code == 200 and page.json()["count"] > 10
    assert_readme_answers(up, user[1])
    assert up.stop() == 0
    assert_nothing_left(children)


def test_a_port_in_use_is_named_with_what_to_do(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        used = f"127.0.0.1:{taken.getsockname()[1]}"
        api = run("up", cwd=folder, API_LISTEN=used)
        mirror = run("up", cwd=folder, API_LISTEN="127.0.0.1:0", MIRROR_LISTEN=used)
    for done, name in ((api, "API_LISTEN"), (mirror, "MIRROR_LISTEN")):
        assert done.returncode == 1 and f"{name}: can't listen on {used}: Address already in use: set {name} to another address, or end the process" in done.stderr
    elsewhere = run("up", cwd=folder, API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="192.0.2.1:8080")
    assert "MIRROR_LISTEN: can't listen on 192.0.2.1:8080" in elsewhere.stderr and "set MIRROR_LISTEN to an address of this machine" in elsewhere.stderr


def test_a_second_up_with_the_same_ports_names_the_first(folder, start):
    up = start(Up).wait_ready()
    ports = re.findall(r"(?:pages|mirror) +http://([\d.:]+)", up.output())
    second = run("up", cwd=folder, API_LISTEN=ports[0], MIRROR_LISTEN=ports[1])
    assert f"another gitomatic up or upgrade-cluster (process {up.pid}) runs in the data folder {folder}/var" in second.stderr, second.stderr


def test_the_printed_commands_are_for_a_shell(folder, start):
    up = start(Up, GITOMATIC_DATA="s p'a\"ce").wait_ready()
    command = re.search(r"request one with (.*gitomatic) task", up.output()).group(1)
    done = subprocess.run(["sh", "-c", f"{command} status --json"], cwd=folder, env=clean_env(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_foreign_pg_is_left_alone(folder, kind):
    data = folder / "data"
    data.mkdir()
    if kind == "file":
        (data / "pg").write_text("mine")
    else:
        (data / "pg").mkdir()
        (data / "pg/mine").write_text("mine")
    done = run("up", cwd=folder, GITOMATIC_DATA="data", API_LISTEN="127.0.0.1:0", MIRROR_LISTEN="127.0.0.1:0")
    assert done.returncode == 2 and "/data/pg is no cluster of gitomatic: move it, or choose another folder" in done.stderr, done.stderr
    assert not list(data.glob("pg.new.*")) and (data / "pg" if kind == "file" else data / "pg/mine").read_text() == "mine"
