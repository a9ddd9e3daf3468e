"""Starting, stopping, and a database that goes away."""
import os
import re
import signal
import socket
import subprocess
import threading

import server
from server import Api, basic, until
from slowness import within


def test_a_taken_port_is_named(api):
    second = Api(api.env["DATABASE_URL"], API_LISTEN=f"127.0.0.1:{api.port}")
    done = second.run("serve", check=False)
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{api.port}: Address already in use" in done.stdout


def test_an_address_that_is_not_ours(api):
    done = Api(api.env["DATABASE_URL"], API_LISTEN="192.0.2.1:8000").run("serve", check=False)
    assert done.returncode == 1 and "192.0.2.1:8000" in done.stdout


def test_listens_on_ipv6(own):
    own.env["API_LISTEN"] = "[::1]:0"
    own.start(own.tmp / "log")
    with socket.create_connection(("::1", own.port), timeout=5) as s:
        s.sendall(b"GET /github/ HTTP/1.0\r\n\r\n")
        assert f'"http://[::1]:{own.port}/github/developers/"'.encode() in s.recv(4096)
    with socket.create_connection(("::1", own.port), timeout=5) as s:  # a wrong password: the address is looked at
        s.sendall(f"GET /metrics HTTP/1.0\r\nAuthorization: {basic('x', 'y')}\r\n\r\n".encode())
        assert b" 401 " in s.recv(4096).split(b"\r\n")[0]
    assert own.stop() == 0


def test_starts_without_a_database_and_finds_it_later(own):
    own.pg.stop()
    try:
        own.start(own.tmp / "log")
        assert own.get("/health/", auth=False).body == b"ok"
        got = own.get("/github/developers/")
        assert got.status == 503 and got.headers["Retry-After"] == "5" and list(got.json()) == ["detail"]
        assert "PostgreSQL" not in got.text and "socket" not in got.text
    finally:
        own.pg.start()
    until(lambda: own.get("/github/developers/").status == 200)


def test_survives_a_restart_of_the_database(own):
    own.start(own.tmp / "log")
    assert own.get("/github/developers/").status == 200
    own.pg.stop("immediate")
    try:
        for path in ("/github/developers/", "/github/rate_limit/", "/github/stats/"):
            with within(5):
                got = own.get(path)
            assert got.status == 503 and got.headers["Retry-After"] == "5" and list(got.json()) == ["detail"]
        assert own.form("name=discovery_scraper").status == 503
        until(lambda: own.log().count("api.listener_lost") >= 3)  # it has tried again
        assert own.get("/github/tasks/").status == 200  # needs no database, and the credential is known
    finally:
        own.pg.start()
    until(lambda: own.get("/github/developers/").status == 200)
    assert own.form("name=discovery_scraper").status == 200
    own.pg.stop()
    own.pg.start()  # connections in the pool are dead now, but nobody need see that
    for _ in range(10):
        assert own.get("/github/developers/").status == 200
    own.run("user-remove", "ann")  # the listener is back, too
    until(lambda: own.get("/github/tasks/").status == 401)


def test_a_schema_made_anew_in_one_step_is_listened_to(own):
    """As by psql -1 of a dump: no request meets a database without its tables, and the channel of users is another one."""
    own.start(own.tmp / "log")
    assert own.get("/github/tasks/").status == 200
    dump = subprocess.run([f"{own.pg.bin}/pg_dump", "--no-owner", own.pg.url("own")], capture_output=True, text=True, check=True).stdout
    before = own.pg.psql("select gitomatic_channel('x')", "own")
    own.pg.psql(f"begin; drop schema public cascade; create schema public;\n{dump}\ncommit;", "own")
    assert own.pg.psql("select gitomatic_channel('x')", "own") != before
    assert own.get("/github/tasks/").status == 200
    own.run("user-remove", "ann")
    until(lambda: own.get("/github/tasks/").status == 401)


def test_stop_with_nothing_to_do_is_quick(own):
    own.start(own.tmp / "log")
    idle = [socket.create_connection(("127.0.0.1", own.port)) for _ in range(20)]
    kept = socket.create_connection(("127.0.0.1", own.port))
    kept.sendall(b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert kept.recv(1000).startswith(b"HTTP/1.1 200")
    with within(3):
        assert own.stop() == 0
    assert kept.recv(100) == b""
    for s in idle:
        s.close()


def test_stop_answers_what_has_begun(own):
    own.start(own.tmp / "log")
    auth = f"Authorization: {own.auth}\r\n".encode()
    one = b"GET /github/developers/ HTTP/1.1\r\nHost: x\r\n" + auth + b"\r\n"
    own.get("/github/tasks/")
    partial = [socket.create_connection(("127.0.0.1", own.port), timeout=10) for _ in range(8)]
    for i, s in enumerate(partial):
        s.sendall(one[:[1, 10, 60, len(one) - 1][i % 4]])
    again = socket.create_connection(("127.0.0.1", own.port), timeout=10)
    again.sendall(one)
    assert again.recv(65536).startswith(b"HTTP/1.1 200")
    again.sendall(one[:3])  # a second request on a connection that was kept
    own.wait_read()
    own.process.send_signal(signal.SIGTERM)
    own.wait_refused(6)  # before the grace of 9 s is over
    for i, s in enumerate(partial):
        s.sendall(one[[1, 10, 60, len(one) - 1][i % 4]:])
    again.sendall(one[3:])
    for s in partial + [again]:
        got = s.recv(65536)
        assert got.startswith(b"HTTP/1.1 200") and b"Connection: close" in got
        s.close()
    assert own.stop() == 0


def test_stop_does_not_wait_for_ever(own):
    own.start(own.tmp / "log")
    stuck = socket.create_connection(("127.0.0.1", own.port))
    stuck.sendall(b"GET /gith")
    own.wait_read()
    with within(11, at_least=5):  # the grace is 9 s
        assert own.stop() == 0
    stuck.close()


def test_stop_under_load_drops_no_request(own):
    own.start(own.tmp / "log")
    own.get("/github/tasks/")
    done, dropped, stop = [], [], threading.Event()

    def client():
        while not stop.is_set():
            try:
                s = socket.create_connection(("127.0.0.1", own.port), timeout=10)
            except OSError:
                return
            try:
                s.sendall(f"GET /github/developers/ HTTP/1.1\r\nHost: x\r\nAuthorization: {own.auth}\r\n\r\n".encode())
                got = s.recv(65536)
                (done if got.startswith(b"HTTP/1.1 200") else dropped).append(got)
            except OSError as e:
                dropped.append(e)
            s.close()
    threads = [threading.Thread(target=client) for _ in range(8)]
    for t in threads:
        t.start()
    until(lambda: len(done) > 100, 60)
    code = own.stop()
    stop.set()
    for t in threads:
        t.join()
    assert code == 0
    # A connection the kernel took but the program never accepted is closed with the listening socket.
    assert len(dropped) <= len(threads), dropped[:3]


def test_files_are_left_for_all_connections_to_two_databases(own, monkeypatch):
    program = own.tmp / "program"
    program.write_text(f'#!/bin/sh\nulimit -n 400 && exec {server.PROGRAM} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(server, "PROGRAM", str(program))
    own.pg.psql("drop database if exists replica", "postgres")
    own.pg.psql("create database replica template own", "postgres")
    own.env["DATABASE_READ_URL"] = own.pg.url("replica")
    own.start(own.tmp / "log")
    room = int(re.search(r"api.few_files connections=(\d+)", own.log())[1])
    files = len(os.listdir(f"/proc/{own.process.pid}/fd"))  # with the listener's connection, and none of the two pools of twelve
    assert files + 24 + room <= 400


def test_a_database_that_takes_no_writes(own):
    own.pg.psql("alter database own set default_transaction_read_only = on", "postgres")
    own.start(own.tmp / "log")
    try:
        got = own.form("name=discovery_scraper")
        assert got.status == 503 and got.headers["Retry-After"] == "5" and list(got.json()) == ["detail"]
        assert own.get("/github/developers/").status == 200
    finally:
        own.pg.psql("alter database own reset default_transaction_read_only", "postgres")


def test_reads_go_to_the_read_url(own):
    own.pg.psql("drop database if exists replica", "postgres")
    own.pg.psql("create database replica template own", "postgres")
    own.pg.psql("insert into developers (github_id, login, first_seen_at, synced_at) values (5, 'copy', now(), now())",
                "replica")
    own.env["DATABASE_READ_URL"] = own.pg.url("replica")
    own.start(own.tmp / "log")
    assert [d["login"] for d in own.get("/github/developers/").json()["results"]] == ["copy"]
    assert own.form("name=discovery_scraper").status == 200
    assert own.pg.psql("select count(*) from jobs", "own") == [["1"]]
    assert own.pg.psql("select count(*) from jobs", "replica") == [["0"]]
    job = own.form("name=discovery_scraper").json()["job"]  # a replica lags: the requester finds it nevertheless
    assert own.get(f"/github/jobs/{job}/").json()["id"] == job
    assert [j["id"] for j in own.get("/github/jobs/").json()["results"]] == [job]
    assert own.get("/github/tasks/", auth=basic("bob", "readonly")).status == 200
