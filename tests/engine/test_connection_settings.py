"""What the user says of a connection reaches libpq and the server, wherever it is said; what is wrong with it is said without the
password, and what libpq itself has to say is a line of the log."""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time
import urllib.parse

import pytest
from database_world import address, get, until
from pg import Postgres
from stack import PATIENCE_S, Stack
from tls_front import make_certificate

PASSWORD, ODD_PASSWORD = "s3cret-Word", "p@ss/w:o?r#d%&'"
ODD_ROLE, ODD_DATABASE = "we ird%", "Db %20 ü'x"
ACCESS = "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
OURS_S = 20  # keepalives_idle, unless something else is said


def quote(text):
    return urllib.parse.quote(text, safe="")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server on TCP, with TLS by a certificate of its own for localhost, whose roles have passwords."""
    folder = tmp_path_factory.mktemp("settings")
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with Postgres(["listen_addresses=127.0.0.1"], port=port) as pg:
            pg.folder_of_ours = folder
            make_certificate(folder)
            for name in ("cert.pem", "key.pem"):
                there = shutil.copy(folder / name, pathlib.Path(pg.data) / name)
                if os.geteuid() == 0:
                    os.chown(there, pwd.getpwnam("postgres").pw_uid, -1)
                os.chmod(there, 0o600)
            (pathlib.Path(pg.data) / "pg_hba.conf").write_text(ACCESS)
            pg.psql("alter system set ssl_cert_file = 'cert.pem'", "postgres")
            pg.psql("alter system set ssl_key_file = 'key.pem'", "postgres")
            pg.psql("alter system set ssl = on", "postgres")
            pg.psql("select pg_reload_conf()", "postgres")
            until(lambda: pg.psql("show ssl", "postgres") == [["on"]], "TLS")
            odd = f'"{ODD_ROLE}"'
            pg.psql(f"create role ann login password '{PASSWORD}'; create role other; grant other to ann; create database d owner ann; "
                    f"create role {odd} login; alter role {odd} password '{ODD_PASSWORD.replace(chr(39), chr(39) * 2)}';"
                    f'create database "{ODD_DATABASE}" owner {odd}', "postgres")
            s = Stack("", "http://127.0.0.1:9", folder, DATABASE_URL=f"postgresql://ann:{PASSWORD}@127.0.0.1:{port}/d")
            pg.psql("create extension pg_trgm; create schema \"Odd One\"; grant all on schema \"Odd One\" to ann", "d")
            pg.psql("create extension pg_trgm", quote(ODD_DATABASE))
            s.run("migrate")
            s.run("migrate", DATABASE_URL=f"postgresql://{quote(ODD_ROLE)}:{quote(ODD_PASSWORD)}@127.0.0.1:{port}/{quote(ODD_DATABASE)}")
            pg.psql("grant all on all tables in schema public to other; grant all on all sequences in schema public to other", "d")
            tell = ("create table told (name text primary key, value text); grant all on told to public; create function tell() returns trigger "
                    "language plpgsql as $$ begin insert into told select name, current_setting(name) from unnest(array['statement_timeout', "
                    "'search_path', 'application_name', 'client_encoding', 'TimeZone', 'lock_timeout', 'idle_session_timeout']) name union all "
                    "select 'user', current_user union all select 'tls', ssl::text from pg_stat_ssl where pid = pg_backend_pid() union all "
                    "select 'tcp', (inet_client_addr() is not null)::text "
                    "on conflict (name) do update set value = excluded.value; return null; end $$; "
                    "create trigger tell after insert on jobs for each statement execute function tell()")
            for name in ("d", quote(ODD_DATABASE)):
                pg.psql(tell, name)
            del s.env["DATABASE_URL"]
            pg.stack, pg.port = s, port
            yield pg
            s.end()


def write_files(pg):
    """A service file and password files. Their paths, by name."""
    folder = pg.folder_of_ours
    (folder / "services").write_text(
        f"[mine]\nhost=127.0.0.1\nport={pg.port}\nuser=ann\ndbname=d\npassword={PASSWORD}\nconnect_timeout=7\nkeepalives_idle=7200\n"
        "application_name=of the service\noptions=-c statement_timeout=4321\n"
        f"[plain]\nhost=127.0.0.1\nport={pg.port}\nuser=ann\ndbname=d\npassword={PASSWORD}\n")
    for name, mode in (("pgpass", 0o600), ("open-pgpass", 0o644)):
        (folder / name).write_text(f"127.0.0.1:{pg.port}:d:ann:{PASSWORD}\n")
        (folder / name).chmod(mode)
    return {"services": str(folder / "services"), "pgpass": str(folder / "pgpass"), "open": str(folder / "open-pgpass"),
            "certificate": str(folder / "cert.pem"), "port": pg.port, "folder": quote(pg.folder), "password": PASSWORD,
            "base": f"postgresql://ann:{PASSWORD}@127.0.0.1:{pg.port}/d", "nobody": f"postgresql://ann@127.0.0.1:{pg.port}/d"}


def filled(pg, settings):
    names = write_files(pg)
    return {name: value % names for name, value in settings.items()}


DEFAULTS = {"application_name": "gitomatic task", "statement_timeout": "30s", "user": "ann", "client_encoding": "UTF8", "tcp": "true",
            "lock_timeout": "0", "idle_session_timeout": "0"}
SAID = {
    "TLS required": ({"DATABASE_URL": "%(base)s?sslmode=require"}, {"tls": "true"}),
    "TLS preferred": ({"DATABASE_URL": "%(base)s?sslmode=prefer"}, {"tls": "true"}),
    "no TLS": ({"DATABASE_URL": "%(base)s?sslmode=disable"}, {"tls": "false"}),
    "no TLS, by the environment": ({"DATABASE_URL": "%(base)s", "PGSSLMODE": "disable"}, {"tls": "false"}),
    "a verified server": ({"DATABASE_URL": "postgresql://ann:%(password)s@localhost:%(port)s/d?hostaddr=127.0.0.1&sslmode=verify-full"
                                           "&sslrootcert=%(certificate)s"}, {"tls": "true"}),
    "channel binding": ({"DATABASE_URL": "%(base)s?channel_binding=require&sslmode=require"}, {"tls": "true"}),
    "PG variables": ({"PGHOST": "127.0.0.1", "PGPORT": "%(port)s", "PGUSER": "ann", "PGPASSWORD": PASSWORD, "PGDATABASE": "d",
                      "PGAPPNAME": "of the environment"}, {"application_name": "of the environment"}),
    "PGSERVICE": ({"PGSERVICE": "mine", "PGSERVICEFILE": "%(services)s"}, {"application_name": "of the service", "statement_timeout": "4321ms"}),
    "service=": ({"DATABASE_URL": "service=mine", "PGSERVICEFILE": "%(services)s"},
                 {"application_name": "of the service", "statement_timeout": "4321ms"}),
    "a service in a URL": ({"DATABASE_URL": "postgresql:///?service=mine&application_name=mine", "PGSERVICEFILE": "%(services)s"},
                           {"application_name": "mine", "statement_timeout": "4321ms"}),
    "passfile": ({"DATABASE_URL": "%(nobody)s?passfile=%(pgpass)s"}, {}),
    "PGPASSFILE": ({"DATABASE_URL": "%(nobody)s", "PGPASSFILE": "%(pgpass)s"}, {}),
    "options": ({"DATABASE_URL": "%(base)s?options=-c%%20role%%3Dother%%20-c%%20statement_timeout%%3D1min"}, {"user": "other", "statement_timeout": "1min"}),
    "PGOPTIONS": ({"DATABASE_URL": "%(base)s", "PGOPTIONS": '-c search_path="Odd\\ One",public -c lock_timeout=9s -c idle_session_timeout=1h'},
                  {"search_path": '"Odd One",public', "lock_timeout": "9s", "idle_session_timeout": "1h"}),
    "options before PGOPTIONS": ({"DATABASE_URL": "%(base)s?options=-cstatement_timeout%%3D11s", "PGOPTIONS": "-c statement_timeout=12s"},
                                 {"statement_timeout": "11s"}),
    "words": ({"DATABASE_URL": "host=127.0.0.1 port=%(port)s user=ann password='%(password)s' dbname=d application_name='two words'"},
              {"application_name": "two words"}),
    "several hosts and ports": ({"DATABASE_URL": "postgresql://ann:%(password)s@127.0.0.1:1,127.0.0.1:%(port)s/d?target_session_attrs=primary"}, {}),
    "a folder as host": ({"DATABASE_URL": "postgresql://ann:%(password)s@%(folder)s:%(port)s/d"}, {"tcp": "false"}),
    "another encoding": ({"DATABASE_URL": "%(base)s?client_encoding=LATIN1", "PGCLIENTENCODING": "WIN1252"}, {}),
    "odd names": ({"DATABASE_URL": f"postgresql://{quote(ODD_ROLE)}:{quote(ODD_PASSWORD)}@127.0.0.1:".replace("%", "%%") + "%(port)s/"
                                   + quote(ODD_DATABASE).replace("%", "%%")}, {"user": ODD_ROLE}),
}


@pytest.mark.parametrize("what", SAID)
def test_settings_in_the_string_reach_the_server(server, what):
    settings, expected = SAID[what]
    database = quote(ODD_DATABASE) if what == "odd names" else "d"
    server.psql("delete from told", database)
    done = server.stack.run("task", "discovery_scraper", **filled(server, settings))
    told = dict(server.psql("select name, value from told", database))
    expected = {**DEFAULTS, **expected}
    assert {name: told[name] for name in expected} == expected and told["TimeZone"] == "UTC"
    assert done.stderr == "no crawler is running: the task waits for one (gitomatic crawler, or gitomatic up)\n" or not done.stderr, done.stderr


def keepalive_s(port):
    """Seconds until the kernel probes an idle connection to the port, of each."""
    timers = []
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state, _, timer, *_ = line.split()
        if state == "01" and remote.endswith(f":{port:04X}"):
            kind, jiffies = timer.split(":")
            timers.append(int(jiffies, 16) / os.sysconf("SC_CLK_TCK") if kind == "02" else 0)
    return timers


KEEPALIVES = {
    "ours": ({"DATABASE_URL": "%(base)s"}, lambda s: 0 < s <= OURS_S),
    "of the URL": ({"DATABASE_URL": "%(base)s?keepalives_idle=7200"}, lambda s: s > 60),
    "off": ({"DATABASE_URL": "%(base)s?keepalives=0"}, lambda s: s == 0),
    "of the service": ({"DATABASE_URL": "service=mine", "PGSERVICEFILE": "%(services)s"}, lambda s: s > 60),
}


@pytest.mark.parametrize("what", KEEPALIVES)
def test_keepalives(server, what):
    settings, fits = KEEPALIVES[what]
    api = server.stack.start("api", API_LISTEN="127.0.0.1:0", API_AUTH="none", **filled(server, settings))
    try:
        assert get(address(api), "/github/developers/") == 200
        until(lambda: (timers := keepalive_s(server.port)) and all(map(fits, timers)), "the timers of its connections")
    finally:
        assert api.stop() == 0


@pytest.fixture
def black_hole():
    """The port of a server that lets nobody in: its queue is full, and further packets are dropped."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(server.getsockname())
        yield server.getsockname()[1]


def test_the_users_connect_timeout(server, black_hole):
    """Each connection costs that at the first host, then the next is tried. The command makes three, 2 s each; with ours of 5 s it would
    take three times as long as psql with that."""
    url = f"postgresql://ann:{PASSWORD}@127.0.0.1:{black_hole},127.0.0.1:{server.port}/d?connect_timeout="
    begun = time.monotonic()
    subprocess.run([f"{server.bin}/psql", "-X", "-c", "", url + "5"], check=True, timeout=PATIENCE_S)
    one = time.monotonic() - begun
    server.stack.run("user", "list", DATABASE_URL=url + "2")
    assert time.monotonic() - begun - one < 2.5 * one


# ---- what is wrong ----

WRONG = {
    "another password": ({"DATABASE_URL": "postgresql://ann:s3cret@127.0.0.1:%(port)s/d"}, 'password authentication failed for user "ann"', 1),
    "no password": ({"DATABASE_URL": "%(nobody)s", "PGPASSFILE": "/nowhere"}, "no password supplied", 1),
    "the database": ({"DATABASE_URL": "postgresql://ann:%(password)s@127.0.0.1:%(port)s/nothing"}, 'database "nothing" does not exist', 1),
    "the server's name": ({"DATABASE_URL": "postgresql://ann:%(password)s@elsewhere.example:%(port)s/d?hostaddr=127.0.0.1&sslmode=verify-full"
                                           "&sslrootcert=%(certificate)s"}, 'does not match host name "elsewhere.example"', 1),
    "its authority": ({"DATABASE_URL": "%(base)s?sslmode=verify-ca&sslrootcert=/nowhere.pem"}, "/nowhere.pem", 1),
    "a standby": ({"DATABASE_URL": "%(base)s?target_session_attrs=standby"}, "not in hot standby mode", 1),
    "channel binding": ({"DATABASE_URL": "%(base)s?channel_binding=require&sslmode=disable"}, "channel binding required", 1),
    "sslmode": ({"DATABASE_URL": "%(base)s?sslmode=perhaps"}, 'invalid sslmode value: "perhaps"', 1),
    "ports": ({"DATABASE_URL": "host=127.0.0.1,127.0.0.1 port=1,2,3 user=ann password=%(password)s dbname=d"}, "3 port numbers to 2 hosts", 1),
    "the service": ({"DATABASE_URL": "service=unknown", "PGSERVICEFILE": "%(services)s"}, '"unknown" not found', 1),
    "an option": ({"DATABASE_URL": "%(base)s", "PGOPTIONS": "-c statement_timeout=soon"}, '"statement_timeout": "soon"', 1),
    "a newer parameter": ({"DATABASE_URL": "%(base)s?load_balance_hosts=random"}, "the parameter load_balance_hosts", 2),
    "a misspelt parameter": ({"DATABASE_URL": "host=127.0.0.1 user=ann databse=d"}, "the parameter databse", 2),
    "a word of the password": ({"DATABASE_URL": "host=127.0.0.1 user=ann password=a s3cret=b dbname=d"}, "cannot be read", 2),
    "a blank in the password": ({"DATABASE_URL": "host=127.0.0.1 user=ann password=a s3cret dbname=d"}, "cannot be read", 2),
    "a percent sign in it": ({"DATABASE_URL": "postgresql://ann:s3cret%%zz@127.0.0.1:%(port)s/d"}, "cannot be read", 2),
    "an @ in it": ({"DATABASE_URL": "postgresql://ann:a@s3cret@127.0.0.1:%(port)s/d"}, "@ is %40", 1),
    "a slash in it": ({"DATABASE_URL": "postgresql://ann:s3cret/a@127.0.0.1:%(port)s/d"}, "/ is %2F", 1),
    "both in it": ({"DATABASE_URL": "postgresql://ann:s3cret@b/c@127.0.0.1:%(port)s/d"}, "/ is %2F", 1),
    "a parameter in it": ({"DATABASE_URL": "postgresql://ann:a/s3cret?s3cret=b@127.0.0.1:%(port)s/d"}, "cannot be read", 2),
}


@pytest.mark.parametrize("what", WRONG)
def test_errors_do_not_show_the_password(server, what):
    settings, words, code = WRONG[what]
    for command in ("status", "doctor"):
        done = server.stack.run(command, check=False, **filled(server, settings))
        said = done.stdout + done.stderr
        assert words in said and "s3cret" not in said, said
        assert done.returncode == (code if command == "status" else 1) and done.stderr.count("\n") == (command == "status"), said


def test_an_invalid_connection_string_is_not_waited_for(server):
    done = server.stack.run("crawler", check=False, DATABASE_URL="postgresql://ann@127.0.0.1/d?nonsense=1")
    assert done.returncode == 2 and "nonsense" in done.stderr and "database.wait" not in done.stderr


# ---- what libpq and the server say at the login ----

@pytest.mark.parametrize("what", ["a setting of the role", "the collation's version", "the password file"])
def test_warnings_are_lines_of_the_log(server, what):
    settings = filled(server, {"DATABASE_URL": "%(base)s"})
    if what == "a setting of the role":
        words = "default_tablespace"
        server.psql("alter role ann set default_tablespace = 'gone'", "postgres")
    elif what == "the collation's version":
        words = "collation version"
        server.psql("update pg_database set datcollversion = '0' where datname = 'd'", "postgres")
    else:
        words = "group or world access"
        settings = filled(server, {"DATABASE_URL": "postgresql:///d?host=%(folder)s&port=%(port)s&user=postgres&passfile=%(open)s"})
    try:
        done = server.stack.run("user", "list", LOG_FORMAT="json", **settings)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert [(line["level"], line["event"]) for line in lines] == [("warn", "postgresql.notice")] and words in lines[0]["text"]
    finally:
        server.psql("alter role ann reset all; update pg_database set datcollversion = null where datname = 'd'", "postgres")
