"""Wrong use, wrong settings, no database, a database of another schema: a clear error, nothing changed."""
import socket

import pytest

BAD_SETTINGS = [
    ("DATABASE_URL", "mysql://host/db"), ("DATABASE_URL", "nonsense"), ("DATABASE_READ_URL", "http://x"),
    ("GITHUB_API_URL", "ftp://example.org"), ("GITHUB_API_URL", "api.github.com"), ("GITHUB_API_URL", "http://"),
    ("GITHUB_API_URL", "http://a b"), ("GITHUB_TOKEN", "sec ret"), ("GITHUB_TOKEN", "sec\nret"),
    ("GITHUB_TOKENS", "good,sec\rret"), ("RATE_LIMIT_STOP_THRESHOLD", "abc"), ("RATE_LIMIT_STOP_THRESHOLD", "-1"),
    ("RATE_LIMIT_STOP_THRESHOLD", "1e3"), ("API_LISTEN", "nonsense"),
    ("API_LISTEN", "127.0.0.1:99999"), ("API_LISTEN", "::1:8000"), ("MIRROR_LISTEN", ":80"), ("PUBLIC_URL", "example"),
    ("DISCOVERY_SCHEDULE", "61 * * * *"), ("DISCOVERY_SCHEDULE", "* * * *"), ("DISCOVERY_SCHEDULE", "nonsense"),
    ("HEARTBEAT_SCHEDULE", "* * 31 2 *"), ("DISCOVERY_COUNT", "x"), ("DISCOVERY_COUNT", "-1"),
    ("DISCOVERY_COUNT", "10001"), ("DISCOVERY_COUNT", "99999999999999999999"), ("CRAWLER_CONCURRENCY", "0"),
    ("CRAWLER_CONCURRENCY", "101"), ("CRAWLER_CONCURRENCY", "many"), ("GITHUB_HYDRATION", "soap"),
    ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"),
]


@pytest.fixture
def s(stack):
    return stack("http://127.0.0.1:9")


@pytest.mark.parametrize("name,value", BAD_SETTINGS)
def test_bad_setting(name, value, s):
    command = "scheduler" if name.endswith("SCHEDULE") else "crawler"
    done = s.run(command, check=False, timeout=60, **{name: value})
    assert done.returncode == 2, done.stderr
    assert name in done.stderr and "expected" in done.stderr, done.stderr
    if name.startswith("GITHUB_TOKEN"):
        assert "sec" not in done.stderr and "ret" not in done.stderr.split(), "a secret is shown"
    if name != "DATABASE_URL":
        assert s.one("select count(*) from workers") == 0


@pytest.mark.parametrize("name,value", [(n, v) for n, v in BAD_SETTINGS if v and "GITHUB_TOKEN" not in n][::3])
def test_bad_flag(name, value, s):
    command = "scheduler" if name.endswith("SCHEDULE") else "crawler"
    flag = "--" + name.lower().replace("_", "-")
    done = s.run(command, flag, value, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert name in done.stderr or flag in done.stderr, done.stderr


def test_key_without_user(s):
    done = s.run("crawler", check=False, timeout=60, GITHUB_API_KEY="key")
    assert done.returncode == 2 and "GITHUB_API_USER" in done.stderr, done.stderr


BAD_TASKS = [
    [], ["nonsense"], ["full_profile_sync"], ["full_profile_sync", "--username"],
    ["full_profile_sync", "--username", ""], ["full_profile_sync", "--username", "../../x"],
    ["full_profile_sync", "--username", "x" * 40], ["full_profile_sync", "--username", "a/b"],
    ["full_profile_sync", "--username", "a\r\nb"], ["full_profile_sync", "--username", "zoë"],
    ["full_profile_sync", "--username", "@-a b"], ["full_repository_sync", "--username", "a"],
    ["full_repository_sync", "--username", "a", "--repo-name", ""],
    ["full_repository_sync", "--username", "a", "--repo-name", ".."],
    ["full_repository_sync", "--username", "a", "--repo-name", "b/c"],
    ["full_repository_sync", "--username", "a", "--repo-name", "x" * 101],
    ["full_profile_sync", "--nonsense", "a"],
    ["heart_beat_task"], ["noop"],
]


@pytest.mark.parametrize("arguments", BAD_TASKS, ids=lambda a: " ".join(a)[:50].encode("unicode_escape").decode())
def test_bad_task(arguments, s):
    done = s.run("task", *arguments, check=False)
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert len(done.stderr.strip()) > 10 and "\r" not in done.stderr
    assert s.one("select count(*) from jobs") == 0


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["crawler", "extra"], ["status", "--nonsense"],
                                       ["migrate", "--status", "x"], ["user"], ["user", "add"], ["user", "nonsense"]],
                         ids=" ".join)
def test_wrong_use(arguments, s):
    done = s.run(*arguments, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()


COMMANDS = [["crawler"], ["scheduler"], ["api"], ["status"], ["migrate"], ["migrate", "--status"],
            ["task", "discovery_scraper"], ["user", "list"]]


SERVICES = ["crawler", "scheduler", "api"]


@pytest.fixture(params=["no socket", "nobody listens", "no such database"])
def nowhere(request, s):
    """The URL of a database that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield {"no socket": "postgresql:///x?host=/nonexistent",
               "nobody listens": f"postgresql://127.0.0.1:{free.getsockname()[1]}/x",
               "no such database": s.url.replace("///e2e_", "///not_e2e_")}[request.param]


@pytest.mark.parametrize("arguments", [c for c in COMMANDS if c[0] not in SERVICES], ids=" ".join)
def test_no_database(arguments, nowhere, s):
    done = s.run(*arguments, check=False, timeout=60, DATABASE_URL=nowhere)
    assert done.returncode == 1, done.stderr
    assert "PostgreSQL" in done.stderr or "database" in done.stderr, done.stderr


def test_services_wait_for_a_database(nowhere, s):
    """They say what they wait for, and leave when asked to."""
    waiting = [s.start(service, DATABASE_URL=nowhere, API_LISTEN="127.0.0.1:0") for service in SERVICES]
    for p in waiting:
        s.wait_until(lambda: "can't connect to PostgreSQL" in p.log(), 60, f"{p.name} saying what is wrong")
        assert p.running
    assert [p.stop() for p in waiting] == [0, 0, 0]


@pytest.mark.slow
def test_services_give_up(nowhere, s):
    waiting = [s.start(service, DATABASE_URL=nowhere, API_LISTEN="127.0.0.1:0") for service in SERVICES]
    assert [p.popen.wait(60) for p in waiting] == [1, 1, 1]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_newer_schema(arguments, s):
    s.rows("insert into schema_migrations (version) values ('9999')")
    done = s.run(*arguments, check=False, timeout=60, API_LISTEN="127.0.0.1:0")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "9999" in done.stderr and "newer" in done.stderr, done.stderr
    assert s.one("select count(*) from jobs") + s.one("select count(*) from workers") == 0


@pytest.mark.parametrize("arguments", [c for c in COMMANDS if c[0] != "migrate"], ids=" ".join)
def test_no_schema(arguments, s):
    s.rows("drop schema public cascade")
    s.rows("create schema public")
    done = s.run(*arguments, check=False, timeout=60, API_LISTEN="127.0.0.1:0")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "gitomatic migrate" in done.stderr, done.stderr
    assert s.one("select count(*) from pg_tables where schemaname = 'public'") == 0
