"""Requests that webhooks must not make (SSRF): in a network of its own, in which an address of the public internet is this machine's, and
names lead where the test says."""
import json
import os

import pytest
from hook_receiver import Receiver
from netns import Netns, missing
from server import until
from test_webhooks import World, follow

PUBLIC, PUBLIC6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PRIVATE = ("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "192.168.7.7", "::1", "fd00::7", "64:ff9b::7f00:1")

FORMS = [
    "0", "0.0.0.0", "127.1", "127.0.1", "0177.0.0.1", "017700000001", "0x7f.1", "2130706433", "127.0.0.1.", "localhost", "LocalHost",
    "localhost.", "sub.localhost", "%31%32%37.0.0.1", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fd00::7]",
    "[fc00::1]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "169.254.169.254", "0xa9fea9fe", "2852039166", "[::ffff:a9fe:a9fe]",
    "10.1.2.3", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.0.170", "①②⑦.⓪.⓪.①", "127。0。0。1",
    f"{PUBLIC}@127.0.0.1", f"{PUBLIC}:80@127.0.0.1", f"u:{PUBLIC}@127.0.0.1"]


class Guarded(World):
    def __init__(self, pg, new_api, tmp, name):
        super().__init__(pg, new_api, tmp, name)
        self.hosts = tmp / "hosts"
        self.lead()
        self.ns = Netns([f"{PUBLIC}/32", f"{PUBLIC6}/128", *(f"{a}/128" if ":" in a else f"{a}/32" for a in PRIVATE if a not in ("127.0.0.1", "::1"))],
                        files={"/etc/hosts": self.hosts})
        self.server.prefix = self.ns.prefix
        self.server.env["WEBHOOK_PRIVATE_ADDRESSES"] = "refused"

    def lead(self, **names):
        """Where names lead from now on. The file is written in place, as it is mounted, and at once, as it is read meanwhile."""
        text = "".join(f"{address} {name}.example\n" for name, to in names.items() for address in to) + "127.0.0.1 localhost\n"
        fd = os.open(self.hosts, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, text.encode().ljust(1024, b"\n"), 0)
        os.close(fd)

    def hook(self, url):
        """As if it had been let in: what counts is where a request goes."""
        return self.sql(f"insert into webhooks (url, secret, position_id) values ('{url}', 's', coalesce((select max(id) from changes), 0) + 1) "
                        "returning id")[0][0]

    def state(self, number):
        return self.sql(f"select attempt, last_error from webhooks where id = {number}")[0]

    def again(self, number):
        self.sql(f"update webhooks set next_at = now() where id = {number}")


@pytest.fixture(scope="module")
def world(pg, new_api, tmp_path_factory):
    if missing():
        pytest.skip(missing())
    made = Guarded(pg, new_api, tmp_path_factory.mktemp("guard"), "hooks_guarded")
    with made.ns:
        made.server.start(made.tmp / "log")
        made.public, made.inside = Receiver(host=""), Receiver(host="")
        yield made
        made.close()
        assert made.server.stop() == 0, made.server.log()[-3000:]
        made.public.stop()
        made.inside.stop()
    made.ns.close()


@pytest.fixture(autouse=True)
def begins_anew(world):
    world.sql("delete from webhooks")
    for receiver in (world.public, world.inside):
        receiver.seen, receiver.accepted, receiver.addresses, receiver.fails = [], [], [], lambda n: None
    yield


def test_names_that_resolve_to_other_addresses_later(world):
    """First to the public internet, then inside: each attempt judges the address that it uses. Of two addresses the public one is used."""
    port, accepted = world.public.port, world.public.accepted
    world.lead(hook=[PUBLIC])
    number = world.hook(f"http://hook.example:{port}/")
    world.sql(follow(1, 2))
    until(lambda: len(accepted) >= 1)
    for address in PRIVATE:
        world.lead(hook=[address])
        attempt = world.state(number)[0]
        world.sql(follow(3, 4) + " on conflict do nothing")
        until(lambda: world.state(number)[0] > attempt or world.again(number))
        assert "private network" in world.state(number)[1], (address, world.state(number))
    assert set(world.public.addresses) == {f"::ffff:{PUBLIC}"}, "nothing went inside"
    before = len(accepted)
    world.lead(hook=["127.0.0.1", PUBLIC])
    until(lambda: len(accepted) > before or world.again(number))
    assert set(world.public.addresses) == {f"::ffff:{PUBLIC}"}
    before = len(accepted)
    world.lead(hook=[PUBLIC6])
    world.sql(follow(5, 6))
    until(lambda: len(accepted) > before and PUBLIC6 in world.public.addresses)


def test_redirects_of_every_kind_are_not_followed(world):
    targets = [f"http://127.0.0.1:{world.inside.port}/", f"http://{PUBLIC}:{world.inside.port}/", f"//127.0.0.1:{world.inside.port}/", "file:///etc/passwd"]
    answers = {status: Receiver(host="", fails=lambda n, status=status: (status, {"Location": targets[(n - 1) % 4], "Refresh": f"0; url={targets[0]}"}))
               for status in (300, 301, 302, 303, 305, 307, 308)}
    numbers = {status: world.hook(f"http://{PUBLIC}:{receiver.port}/") for status, receiver in answers.items()}
    world.sql(follow(301, 302))
    for status, receiver in answers.items():
        until(lambda: len(receiver.seen) >= 4 or world.again(numbers[status]))
        assert receiver.accepted == [] and str(status) in world.state(numbers[status])[1]
        receiver.stop()
    assert world.inside.seen == []


def test_no_notation_of_a_private_address_is_accepted(world):
    """Refused when it is added, or, like names, when it is used."""
    port = world.inside.port
    refused = {}
    for host in FORMS:
        added = world.server.request("POST", "/github/webhooks/", {"Content-Type": "application/json"}, json.dumps({"url": f"http://{host}:{port}/"}))
        literal = host.isascii() and (host[0].isdigit() or host[0] == "[") and not host.endswith(".")
        refused[host] = added.status == 400
        assert refused[host] or not literal, added.text
    assert refused["localhost"] and not refused["127.0.0.1."]
    world.sql("delete from webhooks")
    numbers = [world.hook(f"http://{host}:{port}/") for host in FORMS]
    world.sql(follow(401, 402))
    until(lambda: all(world.state(number)[0] for number in numbers))
    assert world.inside.seen == [] and world.public.seen == []
