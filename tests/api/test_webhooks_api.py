"""Webhooks over the API: added, shown, resumed and removed, with the rules of the command."""
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from hook_receiver import Receiver
from server import basic, until
from test_webhooks import GITOMATIC, World, follow

LIST = "/github/webhooks/"


@pytest.fixture(scope="module")
def world(pg, new_api, tmp_path_factory):
    made = World(pg, new_api, tmp_path_factory.mktemp("hooks-api"), "hooks_api")
    made.server.start(made.tmp / "log")
    made.sql("insert into developers (github_id, login, first_seen_at) values (101, 'ada', now()), (9007199254740993, 'bob', now())")
    made.sql("insert into repositories (github_id, name, full_name, first_seen_at) values (201, 'r', 'ada/r', now())")
    yield made
    made.close()
    assert made.server.stop() == 0, made.server.log()[-3000:]
    assert "AddressSanitizer" not in made.server.log() and "runtime error" not in made.server.log()


def post(world, path=LIST, **body):
    return world.server.request("POST", path, {"Content-Type": "application/json"}, json.dumps(body))


def removed(world, number):
    got = world.server.request("DELETE", f"{LIST}{number}/")
    return got.status, got.body


def test_one_is_added_shown_sent_to_and_removed(world):
    receiver = Receiver()
    world.receivers.append(receiver)
    got = post(world, url=receiver.url, types=["follow.new", "star.new"], filter="developer=ADA, repository=ada/r, developer=bob")
    added = got.json()
    receiver.secret = added.pop("secret")
    assert got.status == 200 and len(receiver.secret) == 40 and got.headers["Cache-Control"] == "no-store"
    assert got.headers["Location"].endswith(f"{LIST}{added['id']}/") and added["self"] == got.headers["Location"]
    assert (added["url"], added["types"], added["developers"], added["repositories"]) == (
        receiver.url, ["follow.new", "star.new"], ["101", "9007199254740993"], ["201"])
    shown = world.server.get(f"{LIST}{added['id']}/")
    assert shown.json() == added and receiver.secret not in shown.text + world.server.get(LIST).text + world.server.log()
    world.sql(follow(101, 102))
    until(lambda: receiver.items())
    until(lambda: world.server.get(f"{LIST}{added['id']}/").json()["delivered"] == 1)
    assert world.listed(added["id"])["delivered"] == 1
    assert removed(world, added["id"]) == (204, b"")
    assert removed(world, added["id"])[0] == world.server.get(f"{LIST}{added['id']}/").status == 404


def test_a_given_secret_is_not_shown_and_the_same_again_is_the_same(world):
    body = {"url": "https://example.org/hook", "secret": "given-secret-0001", "types": "star.new"}
    first = post(world, **body)
    assert first.status == 200 and "secret" not in first.json() and "given-secret" not in first.text
    assert post(world, **body).json()["id"] == first.json()["id"]
    both = post(world, **{**body, "types": "star.new,follow.new"})
    assert post(world, **{**body, "types": "follow.new,star.new"}).json()["id"] == both.json()["id"] != first.json()["id"]
    other = post(world, **{**body, "types": "star.closed"})
    assert other.json()["id"] != first.json()["id"]
    form = world.server.request("POST", LIST, {"Content-Type": "application/x-www-form-urlencoded"},
                                "url=https%3A%2F%2Fexample.org%2Fhook&secret=given-secret-0001&types=star.new")
    assert form.json()["id"] == first.json()["id"]
    for got in (first, both, other):
        assert removed(world, got.json()["id"])[0] == 204


MULTIPART = "".join(f"--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n" for name, value in (
    ("url", "https://example.org/lists"), ("types", "star.new"), ("filter", "developer=ada"), ("types", "follow.new"),
    ("filter", "repository=ada/r,developer=bob"))) + "--b--\r\n"


@pytest.mark.parametrize("kind,body", [
    ("application/x-www-form-urlencoded", "url=https://example.org/lists&types=star.new&filter=developer%3Dada&types=follow.new"
                                          "&filter=repository%3Dada/r,developer%3Dbob"),
    ("multipart/form-data; boundary=b", MULTIPART)], ids=["urlencoded", "multipart"])
def test_repeated_fields_of_a_form_are_a_list(kind, body, world):
    made = world.server.request("POST", LIST, {"Content-Type": kind}, body).json()
    assert (made["types"], made["developers"], made["repositories"]) == (["star.new", "follow.new"], ["101", "9007199254740993"], ["201"])
    assert removed(world, made["id"])[0] == 204


@pytest.fixture
def held(world):
    """What inserts a webhook waits for this connection's transaction, after it has looked at those there are."""
    world.sql("create function wait() returns trigger language plpgsql as "
              "$$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;"
              "create trigger wait before insert on webhooks for each row execute function wait()")
    holder = psycopg2.connect(world.url)
    holder.cursor().execute("select pg_advisory_xact_lock(1)")
    yield holder
    holder.close()
    world.sql("drop trigger wait on webhooks; drop function wait()")


def at_once(world, held, bodies):
    """Answers to requests of which several are being handled at the same time."""
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = [pool.submit(post, world, **body) for body in bodies]
        until(lambda: world.sql("select count(*) from pg_locks where not granted and locktype = 'advisory' and database = "
                                "(select oid from pg_database where datname = current_database())")[0][0] >= 2)
        held.rollback()
        return [one.result() for one in answers]


def test_the_same_at_once_is_added_once(world, held):
    body = {"url": "https://example.org/once", "secret": "given-secret-0002", "filter": "developer=ada"}
    numbers = {got.json()["id"] for got in at_once(world, held, [body] * 8)}
    assert len(numbers) == 1 == len(world.sql("select id from webhooks where url like '%/once'"))
    assert removed(world, numbers.pop())[0] == 204


def test_there_are_never_more_than_a_thousand(world, held):
    world.sql("alter table webhooks disable trigger wait")
    world.sql("insert into webhooks (url, secret, state, position_id) select 'https://example.org/full', 'x', 'gone', 1 "
              "from generate_series(1, 999 - (select count(*) from webhooks))")
    world.sql("alter table webhooks enable trigger wait")
    bodies = [{"url": f"https://example.org/last/{n}", "secret": "given-secret-0003"} for n in range(8)]
    answers = at_once(world, held, bodies)
    assert sorted(got.status for got in answers) == [200] + [409] * 7
    assert world.sql("select count(*) from webhooks") == [(1000,)]
    added = next(n for n, got in enumerate(answers) if got.status == 200)
    assert post(world, **bodies[added]).json()["id"] == answers[added].json()["id"], "the same again needs no room"
    refused = post(world, **bodies[added - 1])
    assert refused.status == 409 and "1000 webhooks" in refused.json()["detail"]
    world.sql("delete from webhooks")


def test_pages_of_the_list(world):
    numbers = [post(world, url=f"https://example.org/{n}").json()["id"] for n in range(3)]
    page = world.server.get(LIST + "?page_size=2").json()
    assert page["count"] == 3 and [one["id"] for one in page["results"]] == numbers[:2] and page["next"]
    assert [one["id"] for one in world.server.get(LIST + "?page_size=2&page=last").json()["results"]] == numbers[2:]
    assert "dead_letters" not in page["results"][0] and world.server.get(LIST + "?page=9").status == 404
    for number in numbers:
        removed(world, number)


def test_a_stopped_webhook_is_resumed(world):
    receiver = Receiver(fails=lambda n: 410 if n == 1 else None)
    world.receivers.append(receiver)
    number = post(world, url=receiver.url, secret="a-secret-of-sixteen").json()["id"]
    receiver.secret = "a-secret-of-sixteen"
    world.sql(follow(1, 2))
    until(lambda: world.server.get(f"{LIST}{number}/").json()["state"] == "gone")
    got = post(world, f"{LIST}{number}/resume/")
    assert got.status == 200 and got.json()["state"] == "active"
    until(lambda: receiver.items())
    page = world.server.request("POST", f"{LIST}{number}/resume/", {"Accept": "text/html"}, "")
    assert page.status == 303 and page.headers["Location"].endswith(f"{LIST}{number}/"), "reloading the page must not repeat it"
    removed(world, number)
    assert post(world, f"{LIST}{number}/resume/").status == 404


@pytest.mark.parametrize("body,field,says", [
    ({"url": None}, "url", "required"), ({"url": ""}, "url", "required"), ({"url": "ftp://example.org/"}, "url", "http"),
    ({"url": "https://user:pass@example.org/"}, "url", "user"), ({"url": "example.org"}, "url", "http"),
    ({"url": "https://example.org/a b"}, "url", "no spaces or control"), ({"url": "https://example.org/" + "a" * 2000}, "url", "got 2020 bytes, expected at most 2000"),
    ({"types": "star.new,star.gone"}, "types", "star.gone"), ({"types": ["nothing"]}, "types", "nothing"),
    ({"filter": "ada"}, "filter", "developer=LOGIN"), ({"filter": ",".join(["developer=ada"] * 33)}, "filter", "at most 32"),
    ({"filter": ["developer=nobody"]}, "filter", 'got "nobody", expected a developer that'),
    ({"filter": "repository=ada/none"}, "filter", 'got "ada/none", expected a repository that'),
    ({"secret": "short"}, "secret", "16 to 255"), ({"secret": "x" * 256}, "secret", "16 to 255"), ({"secret": "\u00e9" * 8}, "secret", "16 to 255"),
    ({"secret": "\u00e9" * 256}, "secret", "16 to 255"), ({"secret": "a" * 16 + "\n"}, "secret", "16")])
def test_invalid_values_are_named(body, field, says, world):
    got = post(world, **{"url": "https://example.org/", **body})
    assert got.status == 400 and list(got.json()) == [field] and says in got.json()[field][0], got.text
    assert not got.json()[field][0].startswith(f"{field}: "), "the field is named by its key"


@pytest.mark.parametrize("body", [{"types": [1]}, {"types": {"a": "b"}}, {"url": ["https://example.org/"]}, {"url": 7}])
def test_values_that_are_not_texts_are_refused(body, world):
    assert post(world, **{"url": "https://example.org/", **body}).status == 400


def test_unknown_fields_are_named(world):
    got = post(world, url="https://example.org/", tpyes="star.new")
    assert got.status == 200 and got.headers["X-Ignored-Parameters"] == "tpyes"
    removed(world, got.json()["id"])


def test_private_networks_are_refused_unless_allowed(pg, new_api, tmp_path):
    made = World(pg, new_api, tmp_path, "hooks_api_private")
    made.server.env.pop("WEBHOOK_PRIVATE_ADDRESSES")
    made.server.start(tmp_path / "log")
    for url in ("http://127.0.0.1/", "http://[::1]/", "http://10.1.2.3/", "http://169.254.169.254/latest/", "http://0x7f.1/", "http://localhost/"):
        got = post(made, url=url)
        assert got.status == 400 and list(got.json()) == ["url"], (url, got.text)
    made.close()
    assert made.server.stop() == 0


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999", "99999999999999999999", "1.0"])
def test_numbers_that_are_invalid(number, world):
    assert world.server.get(f"{LIST}{number}/").status == removed(world, number)[0] == 404


def test_read_only_users_see_nothing_of_them(world):
    """The URL of a receiver is often all that it takes to send to it."""
    said = subprocess.run([GITOMATIC, "user", "add", "reader", "--read-only"], env={**os.environ, "DATABASE_URL": world.url}, check=True,
                          capture_output=True, text=True).stdout
    headers = {"Authorization": basic("reader", re.search(r"\b\S{20}\b", said)[0])}
    number = post(world, url="https://example.org/hidden").json()["id"]
    for method, path in (("GET", LIST), ("GET", f"{LIST}{number}/"), ("POST", LIST), ("DELETE", f"{LIST}{number}/"), ("HEAD", LIST),
                         ("POST", f"{LIST}{number}/remove/"), ("POST", f"{LIST}{number}/resume/")):
        got = world.server.request(method, path, headers, auth=False)
        assert got.status == 403 and "hidden" not in got.text, (method, path)
    page = world.server.request("GET", "/github/jobs/", {**headers, "Accept": "text/html"}, auth=False)
    assert page.status == 200 and LIST not in page.text, "a link that leads to a refusal"
    assert world.server.request("GET", LIST, auth=False).status == 401
    assert world.server.request("DELETE", f"{LIST}{number}/", auth=False).status == 401
    assert removed(world, number)[0] == 204


def test_pages_of_other_origins_may_not_delete(world):
    number = post(world, url="https://example.org/").json()["id"]
    for method, path in (("DELETE", f"{LIST}{number}/"), ("POST", f"{LIST}{number}/remove/")):
        got = world.server.request(method, path, {"Origin": "https://evil.example"})
        assert got.status == 403 and world.server.get(f"{LIST}{number}/").status == 200
        got = world.server.request(method, path, {"Sec-Fetch-Site": "cross-site"})
        assert got.status == 403 and world.server.get(f"{LIST}{number}/").status == 200
    removed(world, number)


def test_methods(world):
    number = post(world, url="https://example.org/").json()["id"]
    assert world.server.request("OPTIONS", f"{LIST}{number}/").headers["Allow"] == "GET, DELETE, HEAD, OPTIONS"
    assert world.server.request("DELETE", LIST).status == world.server.request("PUT", f"{LIST}{number}/").status == 405
    assert world.server.request("POST", f"{LIST}{number}/").status == 405
    removed(world, number)


def test_the_page(world):
    number = post(world, url="https://example.org/?a=<b>&c=1").json()["id"]
    page = world.server.get(LIST, {"Accept": "text/html"}).text
    assert "https://example.org/?a=&lt;b&gt;&amp;c=1" in page and f"{LIST}{number}/" in page and 'name="filter"' in page
    detail = world.server.get(f"{LIST}{number}/", {"Accept": "text/html"})
    assert detail.status == 200 and f'action="{LIST}{number}/resume/"' in detail.text and "<pre>" not in detail.text
    assert "https://example.org/?a=&lt;b&gt;&amp;c=1" in detail.text and "active" in detail.text
    removed(world, number)


def test_the_page_of_one_that_was_just_added_shows_its_secret_once(world):
    got = world.server.request("POST", LIST, {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"},
                               "url=https%3A%2F%2Fexample.org%2Fpage&types=&filter=&secret=")
    secret, number = re.search(r"Secret.{1,60}?>(\w{40})<", got.text).group(1), re.search(rf'href="{LIST}(\d+)/"', got.text).group(1)
    assert got.status == 200 and got.headers["Cache-Control"] == "no-store"
    assert secret not in world.server.get(f"{LIST}{number}/", {"Accept": "text/html"}).text
    removed(world, number)


def test_the_page_has_a_button_that_removes_it(world):
    """A form can only POST; a program may do the same."""
    number, other = (post(world, url=f"https://example.org/{n}").json()["id"] for n in "ab")
    page = world.server.get(f"{LIST}{number}/", {"Accept": "text/html"}).text
    assert f'method="post" action="{LIST}{number}/remove/"' in page
    gone = world.server.request("POST", f"{LIST}{number}/remove/", {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}, "")
    assert gone.status == 303 and gone.headers["Location"].endswith(LIST)
    assert world.server.get(f"{LIST}{number}/").status == 404 and world.server.get(f"{LIST}{other}/").status == 200
    assert world.server.request("POST", f"{LIST}{number}/remove/", {"Accept": "text/html"}, "").status == 404
    got = world.server.request("POST", f"{LIST}{other}/remove/")
    assert (got.status, got.body) == (204, b"") and world.server.get(f"{LIST}{other}/").status == 404
    assert world.server.get(f"{LIST}{other}/remove/").status == 405
