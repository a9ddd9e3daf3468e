"""The commands that end by themselves, against a running database."""
import json
import re
import subprocess

import pytest

from data_world import interrupt
from gitomatic_cli import BIN, Process, clean_env, run
from screen import OnTerminal

COMMANDS = re.findall(r"^  ([a-z][a-z-]*) ", run("--help").stdout.split("\nSettings")[0], re.M)
SUBCOMMANDS = [["mirror", "purge"], ["mirror", "warm"], ["user", "sign-out"], *(["webhook", action] for action in ("add", "list", "remove", "resume")),
               *([word, action] for word in ("user", "token") for action in ("add", "list", "remove"))]
FLAGS = {"up": ["--seed", "--demo"], "migrate": ["--status"], "user": ["--password-stdin", "--read-only"],
         "user add": ["--password-stdin", "--read-only"], "token": ["--user", "--read-only", "--expires"],
         "token add": ["--user", "--read-only", "--expires"], "task": ["--username", "--repo-name", "--dry-run", "--wait"],
         "sample": ["--n", "--seed", "--name", "--dry-run", "--wait"], "census": ["--from", "--to", "--dry-run", "--wait"], "import": ["--dry-run"],
         "export": ["--format", "--only", "--where-login", "--as-of", "--gzip"],
         "forget": ["--id", "--list", "--undo"], "status": ["--json", "--watch"], "webhook": ["--types", "--filter", "--secret-stdin", "--json"], "why": ["--json"]}
NEED_SCHEMA = [["user", "list"], ["task", "discovery_scraper"], ["status"], ["scheduler"], ["api"], ["crawler"]]


def test_version_and_help():
    assert run("--version").stdout.startswith("gitomatic ")
    assert run().returncode == 2
    text = run("--help").stdout
    assert "RATE_LIMIT_STOP_THRESHOLD" in text and "GITHUB_TOKEN_FILE" in text
    assert all(re.search(rf"^  {name} +\S", text, re.M) for name in COMMANDS)
    rows = re.search(r"\n\n((?:  \S+ +.*\n)+)", text).group(1).splitlines()
    assert len({re.match(r"  \S+ +", row).end() for row in rows}) == 1 and max(map(len, rows)) <= 80, "one column"


@pytest.mark.parametrize("words", [[name] for name in COMMANDS] + SUBCOMMANDS, ids=" ".join)
def test_help_of_a_command_fits_a_screen(words):
    name = " ".join(words)
    shown = run(*words, "--help")
    lines = shown.stdout.splitlines()
    assert shown.returncode == 0 and shown.stderr == ""
    assert lines[0].startswith(f"usage: gitomatic {name}")
    assert len(lines) <= 20 and max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    for flag in FLAGS.get(name, []):
        assert re.search(rf"^  {flag} ", shown.stdout, re.M), flag
    assert "`gitomatic --help` lists them" in shown.stdout  # the settings
    assert run(*words, "-h").stdout == run("help", *words).stdout == shown.stdout


@pytest.mark.parametrize("args, meant", [
    (["statsu"], "status"), (["--hlep"], "--help"), (["--verison"], "--version"), (["crawlr"], "crawler"), (["tsak", "x"], "task"), (["help", "miror"], "mirror"),
    (["status", "--jsn"], "--json"), (["status", "--hepl"], "--help"), (["task", "discovery_scraper", "--wiat"], "--wait"), (["up", "--sed", "ada"], "--seed"),
    (["up", "--demo", "--loglevel", "debug"], "--log-level"), (["api", "--api-listn=x"], "--api-listen"),
    (["crawler", "--github-token-fil", "x"], "--github-token-file"), (["user", "ad", "x"], "add"), (["token", "rm-ove", "x"], "remove"),
    (["mirror", "prge", "/users"], "purge"), (["mirror", "wram", "x"], "warm"),
    (["task", "full_profil_sync"], "full_profile_sync"), (["task", "full_repo"], "full_repository_sync"), (["sample", "user"], "users"), (["census", "repository"], "repositories"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_mistyped_words_are_guessed(folder, args, meant):
    result = run(*args, cwd=folder)
    assert result.returncode == 2
    assert f"did you mean {meant}?" in result.stderr and len(result.stderr.splitlines()) == 1
    assert not list(folder.iterdir())


@pytest.mark.parametrize("args", [["frobnicate"], ["status", "--frobnicate"], ["user", "xyz"], ["why", "ada", "--z"]], ids=" ".join)
def test_unlike_words_are_not_guessed(folder, args):
    result = run(*args, cwd=folder)
    assert result.returncode == 2 and "did you mean" not in result.stderr and "xpected" in result.stderr


def test_a_secret_given_to_a_mistyped_flag_is_not_repeated(folder):
    result = run("crawler", "--github-tokn=ghp_secret", cwd=folder)
    assert result.returncode == 2 and "did you mean --github-token?" in result.stderr and "ghp_secret" not in result.stderr


@pytest.mark.parametrize("args, words", [
    (["frobnicate"], ["frobnicate", "status"]),
    (["status", "--jsn"], ["--jsn", "--json"]),
    (["status", "now"], ["now"]),
    (["status", "--json=yes"], ["--json"]),
    (["migrate", "--status", "x"], ["x"]),
    (["task"], ["the task's name is missing", "full_profile_sync"]),
    (["task", "rm"], ["rm", "full_profile_sync"]),
    (["task", "full_profile_sync"], ["--username is missing: expected a GitHub login"]),
    (["task", "full_profile_sync", "--username"], ["--username"]),
    (["task", "full_profile_sync", "--username", "ada", "--username", "bob"], ["--username", "twice", "ada", "bob"]),
    (["task", "full_profile_sync", "--username", "a/b"], ["--username: got", "a/b", "https://github.com/LOGIN"]),
    (["task", "full_profile_sync", "--username", "https://github.com/ada/hello"], ["username", "github.com/ada/hello"]),
    (["task", "full_profile_sync", "--username", "https://gitlab.com/ada"], ["username", "gitlab.com/ada"]),
    (["task", "full_repository_sync", "--repo-name", "https://github.com/ada/hello/tree/main"], ["--repo-name: got", "tree/main"]),
    (["task", "full_repository_sync", "--username", "ada", "--repo-name", "bob/hello"], ["--repo-name: got", "bob/hello", "username"]),
    (["task", "full_repository_sync", "--repo-name", "https://x-secret@github.com/ada/hello", "--username", "ada"], ["--repo-name: got"]),
    (["task", "full_profile_sync", "--username", "x\r\ny"], ["username"]),
    (["task", "full_profile_sync", "--username", "ü"], ["username", "ü"]),
    (["task", "full_repository_sync", "--username", "ada"], ["--repo-name is missing: expected OWNER/NAME"]),
    (["task", "full_repository_sync"], ["--repo-name is missing: expected OWNER/NAME, or a name with --username LOGIN"]),
    (["task", "full_repository_sync", "--repo-name", "nothing"], ['--repo-name: got "nothing", expected OWNER/NAME, or a name with --username LOGIN']),
    (["sample", "users"], ["--n is missing"]),
    (["sample", "users", "--n", "x"], ['--n: got "x"']),
    (["sample"], ["is missing: expected users or repositories"]),
    (["census", "users", "--from", "9", "--to", "1"], ['--to: got "1"']),
    (["sample", "users", "--n", "1", "--name", "/"], ['--name: got "/"']),
    (["task", "full_repository_sync", "--username", "ada", "--repo-name", "../../x"], ["--repo-name: got", "../../x"]),
    (["task", "full_repository_sync", "--repo-name", "ada/r/"], ["--repo-name: got", "ada/r/", "expected"]),
    (["task", "full_repository_sync", "--repo-name", "ada/.."], ["--repo-name: got", "ada/..", "expected"]),
    (["task", "full_repository_sync", "--repo-name", "https://github.com/ada/r/issues"], ["--repo-name: got", "ada/r/issues", "expected"]),
    (["user"], ["add", "list", "remove"]),
    (["user", "rename", "x"], ["rename"]),
    (["user", "add"], ["name"]),
    (["user", "add", "a:b"], ["a:b"]),
    (["user", "add", "x" * 151], ["name"]),
    (["user", "list", "--read-only"], ["--read-only"]),
    (["status", "--discovery-count", "x"], ["DISCOVERY_COUNT", "x"]),
    (["status", "--log-level"], ["--log-level"]),
    (["status", "--discovery-count", "1", "--discovery-count", "1"], ["DISCOVERY_COUNT", "twice"]),
    (["api", "--api-listen=127.0.0.1:1", "--api-listen", "127.0.0.1:2"], ["API_LISTEN", "twice"]),
    (["up", "--demo", "--demo"], ["--demo", "twice"]),
    (["status", "--json", "--json"], ["--json", "twice"]),
    (["crawler", "--github-token", "first-secret", "--github-token", "second-secret"], ["GITHUB_TOKEN", "twice"]),
])
def test_wrong_use_is_named(server, args, words):
    result = run(*args, cwd=server.folder)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr
    assert "-secret" not in result.stderr


def test_status_is_one_object(database):
    result = run("status", "--json", DATABASE_URL=database.url)
    assert result.returncode == 0, result.stderr
    status = json.loads(result.stdout)
    states = ["available", "running", "scheduled", "completed", "failed", "cancelled"]
    assert status["jobs"] == dict.fromkeys(states, 0)
    assert status["developers"] == status["repositories"] == {"known": 0, "synced": 0}
    assert (status["follows"], status["stars"], status["rate_limits"]) == (0, 0, [])
    assert (status["workers"], status["last_discovery"]) == ([], None)
    assert run("status", DATABASE_URL=database.url).returncode == 0


def test_status_counts(database):
    database.rows("""
        insert into developers (github_id, login, first_seen_at, synced_at, gone_at)
        values (1, 'ada', now(), now(), null), (2, 'bob', now(), null, null), (3, 'eve', now(), now(), now());
        insert into repositories (github_id, name, full_name, first_seen_at) values (1, 'x', 'ada/x', now());
        insert into follows values (2, 1, now());
        insert into stars values (1, 1, now(), now()), (2, 1, null, now());
        insert into jobs (kind, key, state, finished_at) values ('discovery_scraper', 'a', 'completed', '2026-01-02Z');
        insert into credentials (label, kind, position) values ('second', 'token', 1), ('first', 'token', 0);
        insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
        values ('second', 'core', 5000, 12, 4102444800, '2100-01-01Z'), ('first', 'core', 60, 0, 1, '2001-01-01Z');
        """)
    status = json.loads(run("status", "--json", DATABASE_URL=database.url).stdout)
    assert status["developers"] == {"known": 2, "synced": 1}
    assert status["repositories"] == {"known": 1, "synced": 0}
    assert (status["follows"], status["stars"], status["jobs"]["completed"]) == (1, 2, 1)
    assert status["last_discovery"] == "2026-01-02T00:00:00Z"
    first, second = status["rate_limits"]
    assert (first["credential"], first["rate_remaining"]) == ("first", 60)  # its reset has passed: full again
    assert second == {"credential": "second", "resource": "core", "rate_limit": 5000, "rate_remaining": 12,
                      "rate_reset_raw": 4102444800, "rate_reset": "2100-01-01T00:00:00Z"}


def test_task_enqueues_once(database):
    args = ["task", "full_repository_sync", "--username", "Ada", "--repo-name", "x.y"]
    first, second = (run(*args, DATABASE_URL=database.url) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert database.rows("select kind, subject, priority, state from jobs") == [
        ("full_repository_sync", "Ada/x.y", 10, "available")]


def test_task_wait_says_how_it_ended(database, start):
    waiting = start(Process, "task", "full_profile_sync", "--username", "ada", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 job open, 0 done, 0 failed; 0 pages")
    database.rows("update jobs set state = 'completed', finished_at = now()")
    assert waiting.wait() == 0

    waiting = start(Process, "task", "full_profile_sync", "--username", "bob", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 job open, 0 done, 0 failed; 0 pages")
    database.rows("update jobs set state = 'failed', error = 'no luck', finished_at = now() where subject = 'bob'")
    assert waiting.wait() == 1
    assert "gitomatic task: 1 job of the task failed: no luck" in waiting.output()

    waiting = start(Process, "task", "full_profile_sync", "--username", "eve", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 job open, 0 done, 0 failed; 0 pages")
    assert waiting.stop() == 130
    assert "continues without this command" in waiting.output()
    assert database.one("select state from jobs where subject = 'eve'") == "available"


@pytest.mark.parametrize("args, kind, subject", [
    (["--username", "-ACE-"], "full_profile_sync", "-ACE-"), (["--username", "@ada"], "full_profile_sync", "ada"),
    (["--username", "name_company"], "full_profile_sync", "name_company"),
    (["--username", "dependabot[bot]"], "full_profile_sync", "dependabot[bot]"),
    (["--username=https://github.com/a--b/"], "full_profile_sync", "a--b"),
    (["--repo-name", "ada/hello"], "full_repository_sync", "ada/hello"),
    (["--username", "ada/hello"], "full_repository_sync", "ada/hello"),
    (["--username", "@ada", "--repo-name", "hello"], "full_repository_sync", "ada/hello"),
    (["--username", "Ada", "--repo-name", "https://github.com/ada/hello.git"], "full_repository_sync", "ada/hello"),
    (["--repo-name", "github.com/-ACE-/x.y"], "full_repository_sync", "-ACE-/x.y"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_logins_and_repositories_as_people_write_them(database, args, kind, subject):
    result = run("task", kind, *args, DATABASE_URL=database.url)
    assert result.returncode == 0, result.stderr
    assert database.rows("select kind, subject from jobs") == [(kind, subject)]


@pytest.mark.parametrize("login", ["-ACE-", "@-ACE-", "https://github.com/-ACE-"])
def test_why_and_forget_take_logins_as_people_write_them(database, login):
    database.rows("insert into developers (github_id, login, first_seen_at, synced_at) values (1, '-ACE-', now(), now())")
    assert run("why", login, DATABASE_URL=database.url).returncode == 0
    gone = run("forget", login, DATABASE_URL=database.url)
    assert gone.returncode == 0 and "1 developer\n" in gone.stdout.replace("         1", "1"), gone.stdout + gone.stderr


@pytest.mark.parametrize("kind, subject, note, words", [
    ("full_profile_sync", "nobody", "gone: GitHub knows no such login", ["GitHub knows no user", "nobody"]),
    ("full_profile_sync", "eve", "gone", ["GitHub knows no user", "eve"]),
    ("full_profile_sync", "mallory", "blocked", ["GitHub blocks access", "mallory"]),
    ("full_repository_sync", "ada/nothing", "gone: GitHub knows no such repository", ["GitHub knows no repository", "ada/nothing"]),
    ("full_repository_sync", "ada/secret", "restricted: GitHub does not show this repository to this credential", ["ada/secret"]),
])
def test_task_wait_fails_for_what_github_does_not_show(database, start, kind, subject, note, words):
    waiting = start(Process, "task", kind, "--username", subject, "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 job open")
    database.rows("update jobs set state = 'completed', finished_at = now(), note = %s", note)
    assert waiting.wait() == 1
    error = waiting.output().splitlines()[-1]
    assert error.startswith("gitomatic task: ") and all(word in error for word in words), waiting.output()


def test_task_wait_fails_for_a_cancelled_task(database, start):
    waiting = start(Process, "task", "full_profile_sync", "--username", "ada", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("1 job open")
    database.rows("insert into jobs (kind, key, task_id, state, finished_at) select 'developer_followers', 'x', id, 'completed', now() from jobs")
    database.rows("update jobs set state = 'cancelled', finished_at = now() where finished_at is null")
    assert waiting.wait() == 1
    assert "gitomatic task: 1 job of the task was cancelled" in waiting.output()


def test_task_wait_says_when_no_crawler_runs(database, start):
    waiting = start(Process, "task", "full_profile_sync", "--username", "ada", "--wait", DATABASE_URL=database.url)
    waiting.wait_for("no crawler is running")
    database.rows("insert into workers (kind, host, pid) values ('crawler', 'here', 1)")
    waiting.wait_for("a crawler is running now")
    database.rows("update jobs set state = 'completed', finished_at = now()")
    assert waiting.wait() == 0
    assert waiting.output().count("no crawler is running") == 1


def test_users(database):
    env = {"DATABASE_URL": database.url}
    added = run("user", "add", "ada", **env)
    assert added.returncode == 0 and "password: " in added.stdout
    assert run("user", "add", "bob", "--password-stdin", "--read-only", stdin="secret word\n", **env).returncode == 0
    listed = run("user", "list", **env).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["ada", "bob"] and "read-only" in listed[1]
    assert "changed" in run("user", "add", "ada", **env).stdout
    assert run("user", "add", "eve", "--password-stdin", stdin="", **env).returncode == 2
    assert run("user", "remove", "bob", **env).returncode == 0
    gone = run("user", "remove", "bob", **env)
    assert gone.returncode == 1 and "bob" in gone.stderr
    assert database.one("select count(*) from api_users where password_hash like '%secret%'") == 0


@pytest.mark.parametrize("command, nothing", [("user", "no users"), ("token", "no tokens"), ("webhook", "no webhooks")])
def test_an_empty_list_says_so_on_a_terminal(database, folder, command, nothing):
    piped = run(command, "list", DATABASE_URL=database.url)
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, "", "")
    shown = OnTerminal(command, "list", cwd=folder, DATABASE_URL=database.url)
    try:
        assert shown.process.wait(60) == 0
        shown.reader.join(10)
        assert shown.lines()[0] == nothing
    finally:
        shown.end()


def test_a_task_names_only_those_that_it_takes(folder):
    for args in (["task"], ["task", "rm"]):
        result = run(*args, cwd=folder)
        assert result.returncode == 2 and "discovery_scraper" in result.stderr
        assert "sample" not in result.stderr and "census" not in result.stderr
    assert "gitomatic census --help" in run("task", "census", cwd=folder).stderr


def test_a_mirror_out_of_reach_is_named(folder):
    (folder / "paths").write_text("/users/ada\nwords\n")
    result = run("mirror", "warm", "paths", cwd=folder, MIRROR_LISTEN="127.0.0.1:9", GITHUB_TOKEN="t")
    assert result.returncode == 1
    ada, words, end = sorted(result.stderr.splitlines(), key=lambda line: ["http", "word", "gito"].index(line[:4]))
    assert re.fullmatch(r"http://127\.0\.0\.1:9/users/ada: .*\D", ada) and words == "words: expected a path such as /users/octocat"
    assert re.fullmatch(r"gitomatic mirror: cannot reach the mirror at 127\.0\.0\.1:9: .*\. Start `gitomatic mirror`, or set MIRROR_LISTEN to its address", end)


def test_migrate_many_at_once(empty_database):
    env = clean_env(DATABASE_URL=empty_database.url)
    assert run("migrate", "--status", DATABASE_URL=empty_database.url).returncode == 1
    running = [subprocess.Popen([BIN, "migrate"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(5)]
    ended = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 5, ended
    assert sum("applied" in out for out, _ in ended) == 1
    shown = run("migrate", "--status", DATABASE_URL=empty_database.url)
    assert shown.returncode == 0 and shown.stdout.startswith("0001 init")


def test_an_interrupted_migrate_says_how_to_continue(database, start):
    said = interrupt(start, database, "schema_migrations", "migrate")
    assert said == "gitomatic migrate: interrupted: each migration is applied as a whole or not at all. Run the same command again for the rest\n"
    assert run("migrate", DATABASE_URL=database.url).returncode == 0


def fingerprint(database):
    return database.rows("select version, applied_at from schema_migrations order by 1"), database.rows(
        "select table_name from information_schema.tables where table_schema = 'public' order by 1")


@pytest.mark.parametrize("args", NEED_SCHEMA + [["migrate"], ["up"]], ids=" ".join)
def test_a_newer_schema_is_refused(database, folder, args):
    database.rows("insert into schema_migrations (version) values ('9999')")
    before = fingerprint(database)
    result = run(*args, cwd=folder, DATABASE_URL=database.url, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 1
    assert "9999" in result.stderr and "newer gitomatic" in result.stderr
    assert fingerprint(database) == before
    assert database.one("select count(*) from jobs") == 0


@pytest.mark.parametrize("args", NEED_SCHEMA, ids=" ".join)
def test_an_empty_database_is_refused(empty_database, folder, args):
    result = run(*args, cwd=folder, DATABASE_URL=empty_database.url, API_LISTEN="127.0.0.1:0")
    assert result.returncode == 1
    assert "gitomatic migrate" in result.stderr
    assert fingerprint_tables(empty_database) == []


def fingerprint_tables(database):
    return database.rows("select table_name from information_schema.tables where table_schema = 'public'")


@pytest.mark.parametrize("args", [["status"], ["migrate"], ["task", "discovery_scraper"]], ids=" ".join)
def test_no_database(folder, args):
    result = run(*args, cwd=folder)
    assert result.returncode == 1
    assert "set DATABASE_URL or start `gitomatic up`" in result.stderr and "./var" in result.stderr
    assert not list(folder.iterdir())


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "host=/nowhere dbname=x"])
def test_wrong_url(folder, url):
    result = run("status", cwd=folder, DATABASE_URL=url)
    assert result.returncode == 1
    assert "can't connect to PostgreSQL" in result.stderr and len(result.stderr.splitlines()) == 1


def test_pg_variables_name_a_database(server):
    result = run("status", PGHOST=server.folder / "var/run", PGUSER="gitomatic", PGDATABASE="gitomatic")
    assert result.returncode == 0, result.stderr


def test_secrets_from_files(database, folder):
    """As containers hand them over: a file that ends in a line feed."""
    (folder / "url").write_text(database.url + "\n")
    assert run("status", cwd=folder, DATABASE_URL_FILE="url").returncode == 0
    assert run("status", "--database-url-file", folder / "url").returncode == 0
    assert run("status", "--database-url", database.url, cwd=folder, DATABASE_URL_FILE="url").returncode == 0  # a flag overrides
    both = run("status", cwd=folder, DATABASE_URL_FILE="url", DATABASE_URL=database.url)
    assert both.returncode == 2 and "DATABASE_URL and DATABASE_URL_FILE are both set" in both.stderr


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITHUB_TOKENS", "GITHUB_API_KEY", "GITHUB_WEBHOOK_SECRET", "DATABASE_URL", "DATABASE_READ_URL"])
def test_an_unusable_secrets_file_is_named_without_its_content(folder, name):
    (folder / "empty").write_text("\n")
    (folder / "large").write_text("hidden" * 20000)
    (folder / "binary").write_bytes(b"hidden\0")
    (folder / "locked").mkdir()
    cases = {"nowhere": "No such file", "empty": "empty", "large": "larger", "binary": "NUL", "locked": "not a regular file"}
    for path, why in cases.items():
        result = run("status", cwd=folder, **{f"{name}_FILE": path})
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
        assert f"{name}_FILE" in result.stderr and path in result.stderr and why in result.stderr and "hidden" not in result.stderr
    assert f" {name}_FILE" in run("--help").stdout


def test_one_of_anything_is_not_many(database):
    database.rows("""
        insert into developers (github_id, login, first_seen_at, synced_at) values (1, 'ada', now(), now()), (2, 'bob', now(), null);
        insert into repositories (github_id, name, full_name, first_seen_at) values (1, 'x', 'ada/x', now());
        insert into follows values (2, 1, now());
        insert into stars values (1, 1, now(), now());
        insert into jobs (kind, subject, key, state, finished_at, pages, records, cost)
        values ('full_profile_sync', 'ada', 'a', 'completed', now(), 1, 1, 1)
        """)
    many = re.compile(r"(?<![\d.])1 (jobs|pages|records|units|follows|followers|stars|repositories|times|migrations)\b")
    for args in (["status"], ["why", "ada"], ["forget", "ada"]):
        text = run(*args, DATABASE_URL=database.url).stdout
        assert text and not many.search(text), text
