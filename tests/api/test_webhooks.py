"""Webhooks: changes are sent to receivers, signed, in order and at least once, whichever process fails or is killed."""
import contextlib
import json
import os
import random
import socket
import subprocess
import threading
import time

import psycopg2
import pytest
from hook_receiver import Receiver
from server import BUILD, until

GITOMATIC = os.path.join(BUILD, "gitomatic")
SETTINGS = {"WEBHOOK_PRIVATE_ADDRESSES": "allowed"}


def follow(a, b):
    return f"insert into follows (follower_github_id, followed_github_id, first_seen_at) values ({a}, {b}, now())"


class World:
    def __init__(self, pg, new_api, tmp, name):
        self.pg, self.name, self.tmp, self.receivers = pg, name, tmp, []
        self.server = new_api(name)
        self.server.env.update(SETTINGS)
        self.url = pg.url(name)
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True

    def sql(self, text):
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []

    def cli(self, *args, check=True, stdin=None, **env):
        done = subprocess.run([GITOMATIC, "webhook", *args], env={**os.environ, "DATABASE_URL": self.url, **SETTINGS, **env},
                              capture_output=True, text=True, timeout=60, input=stdin)
        assert not check or done.returncode == 0, done.stderr
        return done

    def add(self, receiver, *args):
        said = self.cli("add", receiver.url, *args).stdout
        self.receivers.append(receiver)
        receiver.secret = said.split("secret: ")[1].strip()
        return int(said.split()[1])

    def listed(self, number):
        return next(h for h in json.loads(self.cli("list", "--json").stdout) if h["id"] == number)

    def close(self):
        for r in self.receivers:
            assert r.bad == [], "a signature that does not fit"
            r.stop()
        self.connection.close()


@pytest.fixture(scope="module")
def world(pg, new_api, tmp_path_factory):
    made = World(pg, new_api, tmp_path_factory.mktemp("hooks"), "hooks")
    made.server.start(made.tmp / "log")
    yield made
    made.close()
    assert made.server.stop() == 0, made.server.log()[-3000:]
    assert "AddressSanitizer" not in made.server.log() and "runtime error" not in made.server.log()


def test_changes_from_now_on_are_sent_signed(world):
    world.sql(follow(1, 2))
    receiver = Receiver()
    number = world.add(receiver)
    world.sql(follow(2, 3))
    until(lambda: receiver.accepted)
    delivery, (headers, _) = receiver.accepted[0], receiver.seen[0]
    assert [(i["type"], i["developer_github_id"]) for i in delivery["changes"]] == [("follow.new", "2")]
    assert delivery["webhook"] == number and delivery["attempt"] == 1
    assert headers["X-Gitomatic-Delivery"] == delivery["delivery"] and headers["Content-Type"] == "application/json"
    feed = world.server.get(f"/github/changes/?since={delivery['previous']}").json()["results"]
    assert feed[:1] == delivery["changes"], "an item is what the feed says"
    assert world.server.get(f"/github/changes/?since={delivery['cursor']}").json()["results"] == feed[1:]
    until(lambda: world.listed(number)["delivered"] == 1)
    assert world.cli("remove", str(number)).stdout == f"webhook {number} removed\n"


def test_types_and_filters(world):
    world.sql("insert into developers (github_id, login, first_seen_at) values (101, 'ada', now()), (102, 'bob', now())")
    world.sql("insert into repositories (github_id, name, full_name, first_seen_at) values (201, 'r', 'ada/r', now())")
    by_type, by_developer, by_repository = Receiver(), Receiver(), Receiver()
    numbers = [world.add(by_type, "--types", "follow.closed, star.new"),
               world.add(by_developer, "--filter", "developer=ADA"), world.add(by_repository, "--filter", "repository=ada/r")]
    world.sql(follow(101, 102))
    world.sql(follow(102, 101))
    world.sql(follow(102, 103))
    world.sql("delete from follows where follower_github_id = 102 and followed_github_id = 103")
    world.sql("insert into stars values (102, 201, now(), now())")
    until(lambda: len(by_type.items()) == 2 and len(by_developer.items()) == 2 and len(by_repository.items()) == 1)
    time.sleep(1.2)
    assert [i["type"] for i in by_type.items()] == ["follow.closed", "star.new"]
    assert [(i["developer_github_id"], i["followed_github_id"]) for i in by_developer.items()] == [("101", "102"), ("102", "101")]
    assert [i["type"] for i in by_repository.items()] == ["star.new"]
    for number in numbers:
        world.cli("remove", str(number))


def test_failures_are_repeated_and_shown(world):
    answers = [500, "cut", (503, {"Retry-After": "1"}), 404]
    receiver = Receiver(fails=lambda n: answers[n - 1] if n <= len(answers) else None)
    number = world.add(receiver)
    world.sql(follow(301, 302))
    until(lambda: len(receiver.seen) >= 1)
    until(lambda: world.listed(number)["attempt"] >= 1)
    shown = world.listed(number)
    assert shown["failing_since"] and shown["last_error"] and shown["delivered"] == 0
    assert "failing" in world.cli("list").stdout
    while not receiver.accepted:  # its pauses grow: do not wait for them
        world.cli("resume", str(number))
        time.sleep(0.2)
    bodies = {json.loads(body)["delivery"] for _, body in receiver.seen}
    assert len(bodies) == 1, "the same delivery each time"
    until(lambda: world.listed(number)["attempt"] == 0)
    assert world.listed(number)["last_error"] is None
    world.cli("remove", str(number))


def test_retry_after_of_a_receiver_is_obeyed(world):
    """An hour at most, and up to 20 % more by chance, whatever it says; what is no time changes nothing."""
    far = ("36000", "9223372036854775807", "9223372036854775", "Fri, 31 Dec 9999 23:59:59 GMT")
    near = ("-5", "-9223372036854775808", "soon", "0", "Thu, 01 Jan 1970 00:00:01 GMT")
    receivers = [Receiver(fails=lambda n, said=said: (503, {"Retry-After": said})) for said in far + near]
    numbers = [world.add(receiver) for receiver in receivers]
    world.sql(follow(351, 352))
    waits = "select id, attempt, extract(epoch from next_at - now()) from webhooks where id = any(array%s)" % numbers
    until(lambda: all(attempt >= 1 for _, attempt, _ in world.sql(waits)))
    left = {number: float(seconds) for number, _, seconds in world.sql(waits)}
    for number, said in zip(numbers, far + near):
        assert (3000 < left[number] < 4400) == (said in far) and left[number] < 4400, (said, left[number])
        world.cli("remove", str(number))


def test_a_slow_receiver_delays_no_other(world):
    slow = Receiver(fails=lambda n: time.sleep(3))
    fast = Receiver()
    numbers = [world.add(slow), world.add(fast)]
    begun = time.monotonic()
    for i in range(3):
        world.sql(follow(400 + i, 500))
    until(lambda: len(fast.items()) == 3)
    until(lambda: len(slow.items()) == 3)
    assert time.monotonic() - begun < 60
    for number in numbers:
        world.cli("remove", str(number))


def test_a_webhook_that_comes_due_while_another_waits_is_sent(world):
    """One receiver alone is due, and holds its answer; what comes due for another does not wait for that."""
    held = threading.Event()
    world.sql(follow(450, 451))
    slow, fast = Receiver(fails=lambda n: (held.wait(12), None)[1]), Receiver()
    numbers = [world.add(slow, "--types", "follow.closed"), world.add(fast, "--types", "follow.new")]

    def put_off():  # a thread that is at it just now may set next_at again; 2.5 s: all threads see that one is due at most
        world.sql(f"update webhooks set next_at = now() + interval '1 hour' where id = {numbers[1]}")
        time.sleep(2.5)
        return world.sql(f"select next_at > now() from webhooks where id = {numbers[1]}")[0][0]
    until(put_off, 20)
    world.sql("delete from follows where follower_github_id = 450")
    until(lambda: slow.seen, 20)
    world.sql(f"update webhooks set next_at = now() where id = {numbers[1]}")
    world.sql(follow(452, 453))
    until(fast.items, 30)
    assert slow.accepted == [], "the fast one did not wait for the slow one"
    held.set()
    until(lambda: slow.accepted)
    for number in numbers:
        world.cli("remove", str(number))


def test_410_ends_it(world):
    receiver = Receiver(fails=lambda n: 410)
    number = world.add(receiver)
    world.sql(follow(601, 602))
    until(lambda: world.listed(number)["state"] == "gone")
    n = len(receiver.seen)
    world.sql(follow(602, 603))
    time.sleep(1.5)
    assert len(receiver.seen) == n
    receiver.fails = lambda n: None
    world.cli("resume", str(number))
    until(lambda: len(receiver.items()) == 2)  # nothing was lost meanwhile
    world.cli("remove", str(number))


def test_the_same_again_is_named_with_its_state(world):
    """What was stopped is not said to be sent anything."""
    add = ("add", "https://example.org/again", "--secret-stdin")
    number = int(world.cli(*add, stdin="a-secret-of-sixteen\n").stdout.split()[1])
    said = world.cli(*add, stdin="a-secret-of-sixteen\n").stdout
    assert said == f"webhook {number} exists already (state active): changes are sent to https://example.org/again\n"
    world.sql(f"update webhooks set state = 'gone' where id = {number}")
    said = world.cli(*add, stdin="a-secret-of-sixteen\n").stdout
    assert said == f"webhook {number} exists already (state gone): see gitomatic webhook resume {number}\n"
    other = world.cli(*add, "--types", "star.new", stdin="a-secret-of-sixteen\n").stdout
    assert f"webhook {number}" not in other and other.endswith("changes from now on are sent to https://example.org/again\n")
    world.sql("delete from webhooks where url = 'https://example.org/again'")


def test_redirects_are_not_followed(world):
    target = Receiver()
    receiver = Receiver(fails=lambda n: (302, {"Location": target.url}))
    number = world.add(receiver)
    world.sql(follow(701, 702))
    until(lambda: world.listed(number)["attempt"] >= 1)
    assert target.seen == [] and world.listed(number)["last_status"] == 302
    world.cli("remove", str(number))
    target.stop()


@pytest.mark.parametrize("letter", ["s", "\u00e9", "\U0001f511"])
@pytest.mark.parametrize("length,code", [(15, 2), (16, 0), (255, 0), (256, 2), (5000, 2)])
def test_a_secret_is_taken_whole_or_refused(length, code, letter, world):
    """Its length is in characters."""
    done = world.cli("add", "https://example.org/", "--secret-stdin", stdin=letter * length + "\n", check=False)
    assert done.returncode == code and ("16 to 255" in done.stderr) == (code == 2), done.stderr
    if code == 0:
        assert world.sql("delete from webhooks where url = 'https://example.org/' returning secret") == [(letter * length,)]


def test_forgotten_ids_leave_the_filters(world):
    """And what has no other filter is not sent everything instead."""
    world.sql("insert into developers (github_id, login, first_seen_at) values (901, 'eve', now()), (903, 'kim', now())")
    world.sql("insert into repositories (github_id, name, full_name, owner_github_id, first_seen_at) "
              "values (902, 'r', 'eve/r', 901, now()), (904, 'r', 'kim/r', 903, now())")
    receiver = Receiver()
    filters = [f"developer={n}" for n in ("eve", "kim")] + [f"repository={n}/r" for n in ("eve", "kim")]
    both = world.add(receiver, *(word for one in filters for word in ("--filter", one)))
    alone = world.add(Receiver(), "--filter", "developer=eve", "--filter", "repository=eve/r")
    subprocess.run([GITOMATIC, "forget", "eve"], env={**os.environ, "DATABASE_URL": world.url}, check=True, capture_output=True, timeout=60)
    assert [world.listed(both)[f] for f in ("developers", "repositories")] == [["0", "903"], ["0", "904"]]
    assert [world.listed(alone)[f] for f in ("developers", "repositories")] == [["0"], ["0"]]
    world.sql(follow(903, 905))
    world.sql(follow(905, 906))
    until(receiver.items)
    time.sleep(1.2)
    assert [i["developer_github_id"] for i in receiver.items()] == ["903"] and world.receivers[-1].items() == []
    for number in (both, alone):
        world.cli("remove", str(number))


@pytest.mark.parametrize("url", [
    "http://127.0.0.1/x", "http://localhost:1/", "http://[::1]/", "http://10.1.2.3/", "http://192.168.0.1/", "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://[fd00::1]/", "http://[fe80::1]/", "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0/", "http://0x7f000001/", "http://2130706433/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/"])
def test_private_addresses_are_refused_unless_allowed(url, world):
    done = world.cli("add", url, check=False, WEBHOOK_PRIVATE_ADDRESSES="refused")
    assert done.returncode == 2 and "private network" in done.stderr, done.stderr


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "https://", "https://user:pass@example.org/", "example.org/hook",
                                 "https://example.org/#x", "https://exa mple.org/", "https://example.org/" + "a" * 2100, "gopher://x/"])
def test_invalid_addresses_are_refused(url, world):
    done = world.cli("add", url, check=False)
    assert done.returncode == 2 and done.stderr.startswith("gitomatic webhook: url: "), done.stderr


@pytest.mark.parametrize("args,says", [
    (["add"], "the URL is missing"), (["add", "https://example.org/", "--types", "star.nova"], 'got "star.nova"'),
    (["add", "https://example.org/", "--types", ""], "--types: expected types"),
    (["add", "https://example.org/", "--filter", "x"], "developer=LOGIN"), (["add", "https://example.org/", "--filter", ""], "developer=LOGIN"),
    (["add", "https://example.org/", "--filter", "developer=nobody-here"], "expected a developer that is stored here"),
    (["remove", "x"], 'got "x"'), (["remove", "99999"], "no webhook 99999"), (["frobnicate"], "frobnicate"), ([], "an action is missing"),
    (["list", "--types", "star.new"], "add only")])
def test_wrong_use_is_named(args, says, world):
    done = world.cli(*args, check=False)
    assert done.returncode in (1, 2) and says in done.stderr, done.stderr


def test_a_name_that_resolves_to_a_private_network_is_refused_at_delivery(pg, new_api, tmp_path):
    """Whatever it led to before: the address is looked at that is connected to."""
    made = World(pg, new_api, tmp_path, "hooks_guard")
    receiver = Receiver()
    port = receiver.url.split(":")[2].split("/")[0]
    made.sql(f"insert into webhooks (url, secret, position_id) values ('http://localhost.localdomain:{port}/', 's', 1), "
             f"('http://127.0.0.1:{port}/', 's', 1)")
    made.server.env["WEBHOOK_PRIVATE_ADDRESSES"] = "refused"
    made.server.start(tmp_path / "log")
    made.sql(follow(1, 2))
    until(lambda: made.sql("select count(*) from webhooks where attempt > 0")[0][0] == 2)
    assert receiver.seen == [] and "private network" in made.sql("select last_error from webhooks order by id desc limit 1")[0][0]
    receiver.stop()
    made.close()
    assert made.server.stop() == 0


def test_deliveries_that_fail_too_long_become_dead_letters_and_the_feed_continues(pg, new_api, tmp_path):
    made = World(pg, new_api, tmp_path, "hooks_dead")
    made.server.env["WEBHOOK_RETRY_SECONDS"] = "1"
    made.server.start(tmp_path / "log")
    receiver = Receiver(fails=lambda n: 500 if not fine else None)
    fine = []
    number = made.add(receiver)
    made.sql(follow(1, 2))
    until(lambda: made.listed(number)["dead_letters_count"] == 1)
    fine.append(True)
    made.sql(follow(2, 3))
    until(lambda: receiver.items())
    assert [i["developer_github_id"] for i in receiver.items()] == ["2"]
    dead = made.listed(number)["dead_letters"][0]
    assert dead["items"] == 1 and "500" in dead["error"]
    lost = made.server.get(f"/github/changes/?since={dead['since']}").json()["results"]
    assert lost[0]["developer_github_id"] == "1", "what was given up can be read from the feed"
    assert "webhook.dead_letter" in made.server.log() and receiver.secret not in made.server.log()
    made.close()
    assert made.server.stop() == 0


def test_pruned_changes_become_a_dead_letter(pg, new_api, tmp_path):
    """The log is cut off before the position of one that is behind; one that waits for what is rare is not behind."""
    made = World(pg, new_api, tmp_path, "hooks_kept")
    made.server.start(tmp_path / "log")
    behind, rare = Receiver(), Receiver()
    number, idle = made.add(behind), made.add(rare, "--types", "star.closed")
    made.sql(f"update webhooks set next_at = now() + interval '1 hour' where id = {number}")
    made.sql("update webhooks set created_at = now() - interval '3 days'")
    until(lambda: made.sql(f"select next_at > now() from webhooks where id = {number}")[0][0])
    for i in range(1, 4):
        made.sql(follow(i, i + 1))
    until(lambda: made.sql(f"select position_id > (select max(id) from changes) from webhooks where id = {idle}")[0][0])
    made.sql("delete from changes where id < (select max(id) from changes)")
    made.cli("resume", str(number))
    until(behind.items)
    assert [i["developer_github_id"] for i in behind.items()] == ["3"]
    dead = made.listed(number)["dead_letters"]
    assert len(dead) == 1 and "KEEP_CHANGES" in dead[0]["error"] and dead[0]["items"] == 0
    assert dead[0]["upto"].split(".")[0] == behind.accepted[0]["previous"].split(".")[0]
    assert made.listed(idle)["dead_letters"] == [] and "webhook.dead_letter" in made.server.log()
    made.close()
    assert made.server.stop() == 0


def test_kills_and_a_receiver_that_fails_half_the_time_lose_nothing(pg, new_api, tmp_path):
    """One API runs at a time; it is killed repeatedly, and another one continues. Every change is delivered, in order."""
    made = World(pg, new_api, tmp_path, "hooks_killed")
    rnd = random.Random(7)
    receiver = Receiver(fails=lambda n: rnd.choice([None, 500, "cut", None]))
    made.server.start(tmp_path / "log-0")
    number = made.add(receiver)
    n, done = 250, threading.Event()

    def change():
        mine = psycopg2.connect(made.url)
        mine.autocommit = True
        with mine.cursor() as cursor:
            for i in range(1, n + 1):
                cursor.execute(follow(i, i + 1))
                time.sleep(0.01)
        mine.close()
        done.set()
    writer = threading.Thread(target=change)
    writer.start()
    for i in range(4):
        time.sleep(rnd.uniform(0.4, 1.2))
        made.server.process.kill()
        made.server.process.wait()
        made.server.start(tmp_path / f"log-{i + 1}")
    writer.join()
    end = time.monotonic() + 90
    while len(receiver.items()) < n:
        made.sql("update webhooks set next_at = now()")  # its pauses grow
        assert time.monotonic() < end, (len(receiver.items()), made.listed(number))
        time.sleep(0.1)
    assert [i["developer_github_id"] for i in receiver.items()] == [str(i) for i in range(1, n + 1)]
    assert receiver.bad == [] and len(receiver.seen) > len(receiver.accepted)
    made.close()
    assert made.server.stop() == 0


HEADS = {  # what a receiver sends before it ends the connection, and whether the delivery is accepted
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf": 200,
    b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel": 202,
    b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz": 201,
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n": 204,
    b"HTTP/1.0 299\r\n\r\n": 299,
    b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000: 200,
    b"HTTP/1.1 500 no\r\nContent-Length: 100\r\n\r\nhalf": 500,
    b"HTTP/1.1 410 Gone\r\nContent-Length: 100\r\n\r\n": 410,
    b"HTTP/1.1 200 OK\r\nContent-Le": None,
    b"HTTP/1.1 100 Continue\r\n\r\n": None,
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n": None,
    b"200 OK\r\n\r\n": None,
    b"\x00\xff\r\n\r\n": None,
    b"": None,
}


class Raw:
    """Answers each request with these bytes, and ends the connection."""

    def __init__(self, answer):
        self.socket, self.answer, self.seen = socket.create_server(("127.0.0.1", 0)), answer, 0
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hook"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
                length = 0
                while (line := stream.readline()).strip():
                    length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
                stream.read(length)
                self.seen += 1
                connection.sendall(self.answer)


def test_the_head_of_an_answer_decides_whatever_comes_after_it(world):
    receivers = [Raw(answer) for answer in HEADS]
    numbers = [int(world.cli("add", receiver.url).stdout.split()[1]) for receiver in receivers]
    try:
        world.sql(follow(801, 802))
        until(lambda: all(receiver.seen for receiver in receivers))
        for number, (answer, status) in zip(numbers, HEADS.items()):
            until(lambda: world.listed(number)["delivered"] or world.listed(number)["attempt"])
            shown = world.listed(number)
            accepted = status and status < 300
            assert (shown["last_status"], bool(shown["delivered"])) == (status, bool(accepted)), (answer[:60], shown)
            assert (shown["state"] == "gone") == (status == 410) and (accepted or shown["last_error"]), (answer[:60], shown)
            assert "No error" not in (shown["last_error"] or ""), (answer[:60], shown)
    finally:
        for number, receiver in zip(numbers, receivers):
            world.cli("remove", str(number))
            receiver.socket.close()
