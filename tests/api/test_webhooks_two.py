"""Webhooks with two API processes on one database: one of them is killed, held or loses its session while a receiver has a delivery in
hand. Each change is delivered at least once, in order."""
import contextlib
import random
import signal
import threading
import time

import psycopg2
import pytest
from hook_receiver import Receiver
from server import Api, until
from test_webhooks import SETTINGS, World, follow

BASES = ("http://first.example", "http://second.example")  # links show which process sent a delivery
SESSIONS = "select pid from pg_stat_activity where application_name = 'gitomatic api webhooks'"


class Two(World):
    def __init__(self, pg, new_api, tmp, name):
        super().__init__(pg, new_api, tmp, name)
        self.servers, self.logs = [self.server, Api(self.url)], 0
        for server, base in zip(self.servers, BASES):
            server.env.update(SETTINGS, PUBLIC_URL=base)
            self.start(server)

    def start(self, server):
        self.logs += 1
        server.start(self.tmp / f"log-{self.logs}")

    def sender(self, body):
        """The process that sent a delivery."""
        return next(s for s, base in zip(self.servers, BASES) if f'"{base}/'.encode() in body)

    def hurry(self):
        """Pauses grow: do not wait for them."""
        self.sql("update webhooks set next_at = now() where next_at > now()")

    def close(self):
        super().close()
        for server in self.servers:
            assert server.stop() == 0, server.log()[-3000:]
            assert "AddressSanitizer" not in server.log() and "runtime error" not in server.log()


@pytest.fixture
def two(pg, new_api, tmp_path):
    made = Two(pg, new_api, tmp_path, "hooks_two")
    yield made
    made.close()


class Held(Receiver):
    """Keeps the requests that `holds` says in hand until `go` is set."""

    def __init__(self, holds, fails=lambda n: None):
        self.in_hand, self.go, self.holds, self.then = threading.Event(), threading.Event(), holds, fails
        super().__init__(fails=self.answer)

    def answer(self, n):
        if self.holds(n):
            self.in_hand.set()
            self.lock.release()  # others may come meanwhile
            self.go.wait(60)
            self.lock.acquire()
        return self.then(n)


def write(world, n, pause_s=0.01, done=None):
    """n changes, and more of them until `done` is set, if given. How many they are."""
    with contextlib.closing(psycopg2.connect(world.url)) as mine:  # `with` alone would make it one transaction
        mine.autocommit = True
        with mine.cursor() as cursor:
            i = 0
            while i < n or done and not done.is_set():
                i += 1
                cursor.execute(follow(i, i + 1))
                time.sleep(pause_s if i < n else 5 * pause_s)
    return i


def in_order(receiver):
    """Each change once, in the order of its first delivery, whichever process sent it."""
    with receiver.lock:
        return list(dict.fromkeys(int(i["developer_github_id"]) for delivery in receiver.accepted for i in delivery["changes"]))


def kill(world, server):
    server.process.kill()
    server.process.wait()
    world.start(server)


def hold(world, server):
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    server.process.send_signal(signal.SIGCONT)


def lose_the_session(world, server):
    world.sql(f"select pg_terminate_backend(pid) from ({SESSIONS}) s")


@pytest.mark.parametrize("mishap", [kill, hold, lose_the_session])
def test_a_process_that_fails_during_a_delivery(mishap, two):
    """Later changes come after those being delivered, whichever process continues."""
    receiver = Held(holds=lambda n: n == 1)
    number = two.add(receiver)
    two.sql(follow(1, 2))
    until(receiver.in_hand.is_set)

    def more():
        for i in range(2, 31):
            two.sql(follow(i, i + 1))
    if mishap is hold:
        mishap(two, two.sender(receiver.seen[0][1]))
        assert len(receiver.seen) == 1, "what is held is still its webhook's sender"
        more()
    else:
        more()
        mishap(two, two.sender(receiver.seen[0][1]))
        until(lambda: len(receiver.seen) > 1)
    receiver.go.set()
    until(lambda: in_order(receiver) == list(range(1, 31)) or two.hurry())
    until(lambda: two.listed(number)["failing_since"] is None)
    two.sql(follow(31, 32))
    until(lambda: in_order(receiver) == list(range(1, 32)) or two.hurry())
    assert two.listed(number)["dead_letters"] == []


def test_no_two_processes_send_to_one_webhook_at_once(two):
    """Nor does a webhook wait for another one's."""
    now, most, lock = [0, 0], [0, 0], threading.Lock()

    def counted(k):
        def answer(n):
            receivers[k].lock.release()
            with lock:
                now[k] += 1
                most[k] = max(most[k], now[k])
            time.sleep(0.2)
            with lock:
                now[k] -= 1
            receivers[k].lock.acquire()
        return answer
    receivers = [Receiver(fails=counted(k)) for k in range(2)]
    for receiver in receivers:
        two.add(receiver)
    write(two, 60, 0.02)
    until(lambda: all(in_order(r) == list(range(1, 61)) for r in receivers))
    assert most == [1, 1]


def test_kills_of_either_and_receivers_that_fail_half_the_time(two):
    """One receiver has all, the others a type and a developer; each process is killed while a receiver has its delivery in hand."""
    dice, done, written = random.Random(19), threading.Event(), []

    def fails(number):
        return dice.choice([None, None, 500, "cut", (503, {"Retry-After": "1"}), 302])
    slow = Receiver(fails=lambda number: (time.sleep(0.05), fails(number))[1])
    receivers = [slow, Receiver(fails=fails), Receiver(fails=fails)]
    two.sql("insert into developers (github_id, login, first_seen_at) values (150, 'ada', now())")
    numbers = [two.add(receivers[0], "--types", "follow.new"), two.add(receivers[1], "--types", "follow.new,follow.closed"),
               two.add(receivers[2], "--filter", "developer=ada")]
    writer = threading.Thread(target=lambda: written.append(write(two, 150, done=done)))  # there is always more to send
    writer.start()

    def senders(since):  # without the lock, which `slow` has while a delivery is in hand
        return [two.sender(body) for _, body in slow.seen[since:]]
    try:
        for i in range(6):
            before = len(slow.seen)
            until(lambda: senders(before) or two.hurry())
            victim = senders(before)[-1]
            victim.process.kill()
            victim.process.wait()
            before = len(slow.seen)
            until(lambda: senders(before) or two.hurry())
            assert victim not in senders(before + 1), "the dead one's last request may come late"
            two.start(victim)
    finally:
        done.set()
        writer.join()
    n, = written
    want = [list(range(1, n + 1))] * 2 + [[149, 150]]
    end = time.monotonic() + 90
    while [in_order(r) for r in receivers] != want:
        two.hurry()
        assert time.monotonic() < end, ([len(in_order(r)) for r in receivers], [two.listed(number) for number in numbers])
        time.sleep(0.1)
    assert all(two.listed(number)["dead_letters"] == [] for number in numbers)
