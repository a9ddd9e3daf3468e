"""What other commands say beside a running `gitomatic up --demo`, from a shell that knows nothing of its settings."""
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import xml.etree.ElementTree

import pytest
import requests

from app_key import key_files
from gitomatic_cli import Process, Up, make_folder, remove_folder, run, until


@pytest.fixture(scope="module")
def demo():
    folder = make_folder()
    (folder / "token").write_text("a-token-of-mine\n")
    (folder / "conf").write_text("GITHUB_TOKENS=another-of-mine,a-third-of-mine\nGITHUB_APP_ID=7\nGITHUB_APP_INSTALLATIONS=11\n"
                                 f"GITHUB_APP_PRIVATE_KEY_FILE={key_files()[0]}\n")
    # The demo has a token of its own.
    up = Up("--demo", cwd=folder, GITHUB_TOKEN_FILE=folder / "token", GITOMATIC_CONF=folder / "conf")
    up.wait_ready()
    up.folder = folder
    yield up
    up.end()
    remove_folder(folder)


def address(demo, name):
    """What other commands know of it."""
    return re.search(rf"^{name}=(.*)$", (demo.folder / "var/demo/addresses").read_text(), re.M).group(1)


def purge(demo, pattern, **env):
    return run("mirror", "purge", pattern, cwd=demo.folder, GITOMATIC_DATA="var/demo", **env)


def ask_mirror(demo, *paths):
    mirror = demo.wait_for(r"mirror +(http://[^/\s]+)").group(1)
    for path in paths:
        assert requests.get(mirror + path, headers={"Authorization": "Bearer t"}, timeout=20).status_code == 200


@pytest.mark.parametrize("pattern, paths", [
    ("/users/ada*", ["/users/ada"]), ("/repos/*", ["/repos/ada/{repo}"]),
    ("*/users/ada*", ["/users/ada", "/users/ada/followers?per_page=3"])])
def test_a_path_is_one_of_the_server_the_running_mirror_asks(demo, pattern, paths):
    for env in ({}, {"GITHUB_API_URL": "https://github.example.org/api/v3"}):
        purge(demo, "*")
        upstream = until(lambda: re.search(r"upstream=(\S+)", demo.output()), 60, "the mirror's address").group(1)
        repo = requests.get(f"{upstream}/users/ada/repos", headers={"Authorization": "Bearer t"}, timeout=20).json()[0]["name"]

        def purged():
            """The crawler shares its pages with the mirror: some of them may go as well."""
            ask_mirror(demo, *(path.format(repo=repo) for path in paths))
            return re.fullmatch(r"(\d+) pages? purged\n", purge(demo, pattern, **env).stdout)
        found = until(purged, 60, "pages to be stored and purged")
        assert int(found.group(1)) >= 1 and (found.group(1) == "1") == ("1 page " in found.group(0))


@pytest.mark.parametrize("pattern", ["/users/nobody-of-this-world", "https://api.github.com/users/ada", "/x*"])
def test_nothing_matched(demo, pattern):
    result = purge(demo, pattern)
    assert result.returncode == 0 and re.fullmatch(r"nothing matched http\S+\n", result.stdout), result.stdout
    assert pattern in result.stdout


def test_the_demo_goes_by_its_own_token(demo):
    until(lambda: '"synced": 0' not in run("status", "--json", cwd=demo.folder, GITOMATIC_DATA="var/demo").stdout, 60, "records")
    crawler = demo.child(" crawler")
    environment = pathlib.Path(f"/proc/{crawler}/environ").read_bytes()
    said = re.findall(r"crawler credential .*", demo.output())
    assert len(said) == 1 and "kind=token" in said[0], said
    assert b"GITHUB_TOKEN_FILE=\0" in environment and b"GITHUB_TOKEN=" in environment
    assert "a-token-of-mine" not in demo.output()


@pytest.mark.parametrize("command", [("status",), ("user", "list"), ("task", "full_profile_sync", "--username", "ada"), ("why", "ada")])
@pytest.mark.parametrize("env", [{}, {"GITOMATIC_DATA": "elsewhere"}])
def test_a_command_without_the_demos_folder_names_it(demo, command, env):
    result = run(*command, cwd=demo.folder, **env)
    assert result.returncode == 1 and "a demo runs in ./var/demo: set GITOMATIC_DATA=./var/demo" in result.stderr, result.stderr


def test_no_folder_is_named_where_nothing_runs(tmp_path):
    result = run("status", cwd=tmp_path)
    assert result.returncode == 1 and "(data folder ./var; GITOMATIC_DATA sets another)" in result.stderr, result.stderr


@pytest.mark.parametrize("env", [{}, {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
                                 {"GITHUB_TOKENS": "mine", "GITHUB_API_URL": "http://127.0.0.1:9"}])
def test_doctor_uses_the_demos_github(demo, env):
    result = run("doctor", "--json", cwd=demo.folder, GITOMATIC_DATA="var/demo", **env)
    said = [one for one in json.loads(result.stdout)["findings"] if one["area"] == "github"]
    upstream = address(demo, "demo")
    assert said[0]["text"] == f"simulated by the demo, at {upstream}"
    assert [one["level"] for one in said] == ["ok", "ok"] and "of 50000 units left" in said[1]["text"], said


def psql(demo, query):
    return subprocess.run(["psql", "-XAtq", "-c", query, demo.url()], capture_output=True, text=True, check=True, timeout=60).stdout


MINE = {"GITHUB_TOKENS": "mine,and-mine", "GITHUB_API_URL": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9"}


@pytest.mark.parametrize("flags", [(), ("--github-api-url", "http://127.0.0.1:9/flag", "--github-token", "flag")])
def test_a_crawler_beside_the_demo_uses_the_demos_github(demo, flags):
    """With any settings of one's own, and still after they are read again."""
    upstream = address(demo, "demo")
    crawler = Process("crawler", *flags, cwd=demo.folder, GITOMATIC_DATA="var/demo", **MINE)

    try:
        said = crawler.wait_for(r"demo.github .*").group()
        assert f"upstream={upstream}" in said and "simulated GitHub is used" in said
        crawler.wait_for("crawler.registered")
        assert until(lambda: psql(demo, f"select info ->> 'upstream' from workers where pid = {crawler.pid}").strip()) == upstream
        crawler.process.send_signal(signal.SIGHUP)
        crawler.wait_for(r"config.reloaded .*changed=no")
        assert "kind=token" in crawler.output() and "config.needs_restart" not in crawler.output()
    finally:
        crawler.end()
    assert "127.0.0.1:9" not in crawler.output() and "github.away" not in crawler.output()


@pytest.mark.parametrize("by", ["url", "environment"])
def test_a_crawler_with_the_demos_database_uses_the_demos_github(demo, tmp_path, by):
    """`up` prints the connection string, which needs no data folder."""
    upstream = address(demo, "demo")
    given = {"DATABASE_URL": demo.url()} if by == "url" else {"PGHOST": f"{demo.folder}/var/demo/run/", "PGUSER": "gitomatic", "PGDATABASE": "gitomatic", "PGPORT": "5432"}
    crawler = Process("crawler", cwd=tmp_path, **given, **MINE)
    try:
        assert f"upstream={upstream}" in crawler.wait_for(r"demo.github .*").group()
        crawler.wait_for("crawler.registered")
        assert until(lambda: psql(demo, f"select info ->> 'upstream' from workers where pid = {crawler.pid}").strip()) == upstream
        crawler.process.send_signal(signal.SIGHUP)
        crawler.wait_for(r"config.reloaded .*changed=no")
    finally:
        crawler.end()
    assert "127.0.0.1:9" not in crawler.output() and "config.needs_restart" not in crawler.output()


def test_a_mirror_beside_the_demo_uses_the_demos_github(demo):
    mirror = Process("mirror", cwd=demo.folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0", **MINE)
    try:
        mirror.wait_for(r"demo.github ")
        base = mirror.wait_for(r"mirror.listening .*url=(\S+)").group(1)
        answer = requests.get(base + "/users/ada", headers={"Authorization": "Bearer t"}, timeout=20)
        assert answer.status_code == 200 and answer.json()["login"] == "ada", answer.text
    finally:
        mirror.end()


@pytest.mark.parametrize("args", [["mirror", "warm"], ["crawler", "now"], ["import"], ["export", "--as"]], ids=" ".join)
def test_wrong_use_is_named_before_the_demo(demo, args):
    wrong = run(*args, cwd=demo.folder, GITOMATIC_DATA="var/demo")
    assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1 and "demo" not in wrong.stderr, wrong.stderr


NOTE = "The records were made up by the simulated GitHub of a demo. They are not GitHub's: do not cite them."


@pytest.mark.parametrize("by", ["folder", "url"])
def test_an_export_of_the_demo_is_marked_as_simulated(demo, tmp_path, by):
    """In every file that says what the records are: the log's warning does not go with the files."""
    until(lambda: psql(demo, "select count(*) from developers where login = 'ada'") == "1\n", 60, "a developer")
    given = {"GITOMATIC_DATA": "var/demo"} if by == "folder" else {"DATABASE_URL": demo.url()}
    result = run("export", str(tmp_path / "out"), "--only", "developers", cwd=demo.folder, **given)
    assert result.returncode == 0 and "made-up records of a demo" in result.stderr, result.stderr
    for name in ("README.md", "CITATION.cff", "datapackage.json", "manifest.json"):
        text = (tmp_path / "out" / name).read_text()
        assert NOTE in text and "Public records" not in text and "public API" not in text and "please cite" not in text, text
    assert all(json.loads((tmp_path / "out" / name).read_text())["demo"] is True for name in ("datapackage.json", "manifest.json"))
    assert run("verify", str(tmp_path / "out")).returncode == 0
    for name in ("x.gexf", "x.graphml"):
        result = run("export", str(tmp_path / name), "--seed", "ada", cwd=demo.folder, **given)
        tree = xml.etree.ElementTree.parse(tmp_path / name)
        assert result.returncode == 0 and [e.text for e in tree.iter() if e.tag.endswith(("}description", "}desc"))] == [NOTE], result.stderr


def test_an_export_without_a_database_is_no_demos(demo, tmp_path):
    result = run("export", str(tmp_path / "out"), "--only", "developers", cwd=demo.folder, GITOMATIC_DATA=str(tmp_path))
    assert result.returncode == 1 and "no database" in result.stderr and "made-up" not in result.stderr, result.stderr


class Api:
    def __init__(self, demo):
        self.base = demo.wait_for(r"API +(http://[^/\s]+)/github/").group(1)
        self.auth = ("admin", demo.wait_for(r"admin, password (\S+)").group(1))

    def get(self, path):
        answer = requests.get(self.base + path, auth=self.auth, timeout=20)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()


def test_the_demo_looks_like_one_that_has_run_for_a_month(demo):
    api = Api(demo)

    def past():
        points = [p for p in api.get("/github/developers/by-login/ada/history/")["points"] if p["followers_count"]]
        return points if len(points) >= 30 else None
    followers = until(past, 120, "thirty days of ada's followers")
    assert followers[0]["followers_count"] < followers[-2]["followers_count"]
    stats = api.get("/github/stats/")
    assert sum(day["developers"] > 0 for day in stats["growth"]) == 30 and sum(day["developers_synced"] > 0 for day in stats["growth"]) >= 20 and sum(day["stars"] > 0 for day in stats["growth"]) >= 10
    # Days are moved, not added: what all days gained is what is known.
    for kind in ("developers", "repositories"):
        assert sum(day[kind] - day[f"{kind}_gone"] for day in stats["growth"]) == stats[kind]["known"]
    for kind in ("follows", "stars"):
        assert sum(day[kind] - day[f"{kind}_closed"] for day in stats["growth"]) == stats[kind]
    samples = api.get("/github/quota/history/?resource=core")["samples"]
    assert len(samples) >= 280 and all(n >= 0 for s in samples[1:] for n in s["spent"].values())
    assert len({s["rate_remaining"] for s in samples}) > 50
    # GitHub's own history of stars has some of the last thirty days.
    stars = api.get("/github/repositories/by-name/ada/super-db/history/")
    assert stars["sources"]["stargazers_count"] == "github_star_history" and sum(p["stars_added"] or 0 for p in stars["points"][-30:]) > 0


def test_the_demo_moves(demo):
    """People follow, unfollow and star while it runs, and the crawl sees it."""
    api = Api(demo)
    until(lambda: all(api.get(f"/github/changes/?type={kind}&page_size=1")["results"] for kind in ("follow.closed", "star.new")), 120,
          "an account to unfollow")
    before = max(job["id"] for job in api.get("/github/jobs/?page_size=1")["results"])
    until(lambda: api.get("/github/jobs/?page_size=1")["results"][0]["id"] > before, 60, "more syncs")


@pytest.mark.parametrize("kind, members", [("users", "developers"), ("repositories", "repositories")])
def test_a_sample_of_the_demo_finds_what_one_of_github_would(demo, kind, members):
    """Its ids are as dense as GitHub's: a newcomer's first sample has members."""
    api = Api(demo)
    until(lambda: api.get("/github/stats/")[members]["known"] >= 100, 120, "some records")
    result = run("sample", kind, "--n", "100", "--seed", "42", "--name", f"first-{kind}", "--wait", cwd=demo.folder, GITOMATIC_DATA="var/demo",
                 timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("job ") and result.stdout.count("\n") == 1, "programs read the last word"
    sample = api.get(f"/github/samples/first-{kind}/")
    assert sample["asked"] == sample["drawn"] == 100 and 50 <= sample["found"] < 100, sample
    assert sample["members_url"].endswith(f"/{members}/")
    assert api.get(f"/github/samples/first-{kind}/{members}/")["count"] == sample["found"]


def test_the_demos_github_continues_at_the_next_start(demo):
    """What was known stays true: the last test of this module, since it ends the demo."""
    def state():
        upstream = address(demo, "demo")
        lines = (demo.folder / "var/demo/demo.moves").read_text().splitlines()  # first: a move while followers are read counts as one more
        followers, page = set(), f"{upstream}/users/ada/followers?per_page=100"
        while page:
            answer = requests.get(page, headers={"Authorization": "Bearer t"}, timeout=20)
            followers |= {user["id"] for user in answer.json()}
            page = answer.links.get("next", {}).get("url")
        return followers, lines[1], sum(int(line.split()[2]) for line in lines[2:])
    until(lambda: state()[2] >= 10, 60, "ten moves")
    before = state()
    demo.end()
    again = Up("--demo", cwd=demo.folder)
    try:
        again.wait_ready()
        after = state()
        assert after[1] == before[1] and after[2] >= before[2]
        # Two moves around ada at a time.
        assert len(before[0] ^ after[0]) <= 2 * (state()[2] - before[2])
    finally:
        again.end()


def test_github_itself_in_the_demos_folder_is_warned_of(demo):
    demo.end()
    up = Up(cwd=demo.folder, GITOMATIC_DATA="var/demo", GITHUB_API_URL="http://127.0.0.1:9", DISCOVERY_SCHEDULE="off")
    up.wait_ready()
    up.end()
    assert "made-up records of a demo" in up.output()
    assert re.search(r"^  demo       a demo's folder, but GitHub itself is crawled: up --demo continues the demo$", up.output(), re.M)
    # Its addresses are no longer a demo's, and still its records are made up.
    up = Up(cwd=demo.folder, GITOMATIC_DATA="var/demo", GITHUB_API_URL="http://127.0.0.1:9", DISCOVERY_SCHEDULE="off")
    up.wait_ready()
    up.end()
    assert "made-up records of a demo" in up.output()
    again = Up("--demo", cwd=demo.folder)
    again.wait_ready()
    again.end()
    assert "made-up records of a demo" not in again.output()


def test_doctor_says_that_the_demo_has_ended(demo):
    demo.end()
    result = run("doctor", cwd=demo.folder, GITOMATIC_DATA="var/demo")
    assert result.returncode == 1 and "a demo that does not run" in result.stdout and "Start `gitomatic up --demo`." in result.stdout, result.stdout
    assert "Start `gitomatic up --demo`, or set GITOMATIC_DATA or DATABASE_URL." in result.stdout and "`gitomatic up`" not in result.stdout
    status = run("status", cwd=demo.folder, GITOMATIC_DATA="var/demo")
    assert status.returncode == 1 and "start `gitomatic up --demo` (data folder var/demo" in status.stderr, status.stderr


class Listener(http.server.BaseHTTPRequestHandler):
    """What may listen where a demo's GitHub did."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def stranger():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()


@pytest.mark.parametrize("command", ["crawler", "mirror", "doctor"])
@pytest.mark.parametrize("left", [False, True], ids=["removed", "left by a killed up"])
def test_no_request_goes_to_a_demo_that_does_not_run(demo, stranger, command, left):
    demo.end()
    file = demo.folder / "var/demo/addresses"
    assert not file.exists(), "a stopped up leaves none"
    if left:
        file.write_text(f"pages=http://127.0.0.1:1\ndemo={stranger.url}\n")
    try:
        result = run(command, cwd=demo.folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0", GITHUB_API_URL=stranger.url,
                     GITHUB_TOKEN="a-token-of-mine")
    finally:
        file.unlink(missing_ok=True)
    assert result.returncode == 1 and "the data folder var/demo belongs to a demo that does not run" in result.stdout + result.stderr, result
    assert not stranger.asked
    assert command == "doctor" or "start `gitomatic up --demo` first, or set another GITOMATIC_DATA" in result.stderr


@pytest.fixture
def sockets():
    """The folder of a demo that does not run, and one of sockets elsewhere: where `up` puts them if the folder's name does not suit them."""
    folder = make_folder()
    (folder / "data").mkdir()
    (folder / "data/demo.moves").write_text("")
    (folder / "sockets").mkdir()
    yield folder
    remove_folder(folder)


def crawler_of(folder):
    return Process("crawler", cwd=folder, DATABASE_URL=f"postgresql://gitomatic@/gitomatic?port=5432&host={folder}/sockets",
                   GITHUB_API_URL="http://127.0.0.1:9", GITHUB_TOKEN="a-token-of-mine")


def test_the_sockets_of_a_demo_may_be_elsewhere(sockets):
    (sockets / "sockets/.s.PGSQL.5432.lock").write_text(f"1\n{sockets}/data/pg\n1700000000\n5432\n{sockets}/sockets\n")
    crawler = crawler_of(sockets)
    assert crawler.wait() == 1
    assert f"the data folder {sockets}/data belongs to a demo that does not run" in crawler.output(), crawler.output()


@pytest.mark.parametrize("made", ["nothing", "a FIFO", "a link", "a folder", "a device", "no second line", "no end", "a relative path", "another folder", "a long path"])
def test_a_lock_file_that_is_no_servers_names_no_demo(sockets, made):
    file = sockets / "sockets/.s.PGSQL.5432.lock"
    texts = {"no second line": f"{sockets}/data/pg", "no end": f"1\n{sockets}/data/pg", "a relative path": "1\ndata/pg\n",
             "another folder": f"1\n{sockets}/data\n", "a long path": f"1\n{'/' * 100000}{sockets}/data/pg\n"}
    if made == "a FIFO":
        os.mkfifo(file)
    elif made == "a link":
        (sockets / "elsewhere").write_text(f"1\n{sockets}/data/pg\n")
        file.symlink_to(sockets / "elsewhere")
    elif made == "a folder":
        file.mkdir()
    elif made == "a device":
        file.symlink_to("/dev/zero")
    elif made != "nothing":
        file.write_text(texts[made])
    crawler = crawler_of(sockets)
    try:
        crawler.wait_for("database.wait")
    finally:
        crawler.end()
    assert "demo" not in crawler.output(), crawler.output()


def test_what_runs_beside_a_demo_ends_with_it(demo):
    """Another program may listen at its address afterwards. One that was told to stop before has only done so."""
    demo.end()
    again = Up("--demo", cwd=demo.folder)
    beside = []
    told = "the demo in the data folder var/demo has ended, and this command with it"
    try:
        again.wait_ready()
        for command in ("crawler", "mirror", "mirror"):
            beside.append(Process(command, cwd=demo.folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0"))
        beside[0].wait_for("crawler.registered")
        stopping = beside[2]
        base = [one.wait_for(r"mirror.listening .*url=http://(\S+)").group(1) for one in beside[1:]][-1]
        for one in beside:  # settings that are read again change nothing
            one.process.send_signal(signal.SIGHUP)
            one.wait_for("config.reloaded .*changed=no")
        os.kill(again.child("gitomatic-sim"), signal.SIGSTOP)
        with socket.create_connection(base.rsplit(":", 1), timeout=60) as client:  # which the stop waits for
            client.sendall(b"GET /users/ada/orgs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\n\r\n")
            until(lambda: "upstream_in_flight 1" in requests.get(f"http://{base}/metrics", timeout=20).text, 60, "the request at GitHub")
            stopping.process.send_signal(signal.SIGTERM)
            stopping.wait_for("mirror.stopping")
            again.process.kill()
            for one in beside[:2]:
                assert one.wait() == 1 and told in one.output(), one.output()
            assert stopping.wait() == 0 and told not in stopping.output(), stopping.output()
    finally:
        for one in (*beside, again):
            one.end()
    # The address that the killed one left is not a demo's that runs.
    assert (demo.folder / "var/demo/addresses").exists()
    result = run("mirror", cwd=demo.folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0")
    assert result.returncode == 1 and "belongs to a demo that does not run" in result.stderr, result.stderr


@pytest.mark.parametrize("command", ["crawler", "mirror"])
def test_a_demo_that_begins_later_gets_no_records_of_github(stranger, command):
    """The folder is not a demo's yet when the command starts and waits for a database."""
    folder = make_folder()
    plain = Up(cwd=folder, GITOMATIC_DATA="var/demo", GITHUB_API_URL="http://127.0.0.1:9", DISCOVERY_SCHEDULE="off")
    plain.wait_ready()
    plain.end()
    process = Process(command, cwd=folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0", GITHUB_API_URL=stranger.url,
                      GITHUB_TOKEN="a-token-of-mine")
    process.wait_for("database.wait")
    up = Up("--demo", cwd=folder)
    try:
        assert process.wait() == 1 and "a demo has started in the data folder var/demo: start this command again" in process.output(), process.output()
        assert not stranger.asked
    finally:
        process.end()
        up.end()
        remove_folder(folder)


def test_commands_in_a_former_demos_folder_use_the_github_of_up(demo, stranger):
    demo.end()
    up = Up(cwd=demo.folder, GITOMATIC_DATA="var/demo", GITHUB_API_URL="http://127.0.0.1:9", DISCOVERY_SCHEDULE="off")
    up.wait_ready()
    mirror = Process("mirror", cwd=demo.folder, GITOMATIC_DATA="var/demo", MIRROR_LISTEN="127.0.0.1:0", GITHUB_API_URL=stranger.url)
    try:
        base = mirror.wait_for(r"mirror.listening .*url=(\S+)").group(1)
        requests.get(base + "/users/ada", headers={"Authorization": "Bearer t"}, timeout=20)
        assert [path for path, _ in stranger.asked if path == "/users/ada"], stranger.asked
        assert "demo.data" in mirror.output() and "demo.github" not in mirror.output()
    finally:
        mirror.end()
        up.end()


def test_a_wrong_argument_is_reported_alone(demo):
    """Before anything is said of the demo's records."""
    for args in (("export",), ("export", "x", "--only", "nothing"), ("export", "x.gexf"), ("import",), ("import", "a", "b")):
        done = run(*args, cwd=demo.folder, GITOMATIC_DATA="var/demo")
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "demo.data" not in done.stderr + done.stdout, done.stderr
