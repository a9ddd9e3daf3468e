"""Bearer tokens: made and removed by the program, used by others."""
import os
import re
import subprocess
import time
import zlib

import pytest

from server import BUILD, basic, until

TASKS = "/github/tasks/"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token_command(server, *args, check=True):
    done = subprocess.run([os.path.join(BUILD, "gitomatic"), "token", *args], env=server.env, capture_output=True, text=True,
                          timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


def add(server, name, *args):
    out = token_command(server, "add", name, *args).stdout
    return re.search(r"^token: (\S+)$", out, flags=re.M).group(1)


def bearer(token, scheme="Bearer"):
    return f"{scheme} {token}"


def ask(server, token, path=TASKS):
    return server.get(path, auth=bearer(token)).status


def post(server, token):
    return server.form("name=discovery_scraper", auth=bearer(token)).status


@pytest.fixture
def tokens(own):
    return own.start(own.tmp / "log")


def test_a_token_reads_and_writes(tokens):
    token = add(tokens, "ci")
    for scheme in ("Bearer", "bearer", "BEARER", "token", "Token"):
        assert tokens.get(TASKS, auth=bearer(token, scheme)).status == 200
    assert post(tokens, token) == 200
    assert tokens.get("/metrics", auth=bearer(token)).status == 200
    assert "user=ci" in tokens.log() and token not in tokens.log()


def test_a_token_has_a_prefix_for_secret_scanners(tokens):
    token = add(tokens, "ci")
    assert re.fullmatch(r"gmat_[0-9A-Za-z]{49}", token)
    crc, sum_ = zlib.crc32(token[5:48].encode()), ""
    for _ in range(6):
        sum_ = DIGITS[crc % 62] + sum_
        crc //= 62
    assert token[48:] == sum_
    assert len({add(tokens, f"t{i}") for i in range(5)} | {token}) == 6


def test_a_token_is_stored_as_a_hash(tokens):
    token = add(tokens, "ci")
    import hashlib
    stored, = tokens.pg.psql("select t::text, encode(hash, 'hex') from api_tokens t", "own")
    assert stored[1] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in stored[0] and token[5:20] not in stored[0]


def other(digit):
    return "x" if digit != "x" else "y"


@pytest.mark.parametrize("change", [lambda t: t[:-1] + other(t[-1]), lambda t: t[:10] + other(t[10]) + t[11:], lambda t: t[5:],
                                    lambda t: t + "A", lambda t: t[:-1], lambda t: t.upper(), lambda t: "gmat_", lambda t: "x" * 3000,
                                    lambda t: t + " x", lambda t: f'"{t}"'])
def test_anything_else_is_refused(tokens, change):
    token = add(tokens, "ci")
    got = tokens.get(TASKS, auth=bearer(change(token)))
    assert (got.status, got.json()) == (401, {"detail": "Invalid token."})
    assert got.headers["WWW-Authenticate"].startswith('Basic realm="gitomatic"')
    assert 'Bearer realm="gitomatic", error="invalid_token"' in got.headers["WWW-Authenticate"]
    assert ask(tokens, token) == 200


def test_an_unknown_token_of_the_right_form(tokens):
    secret = "A" * 43
    crc, sum_ = zlib.crc32(secret.encode()), ""
    for _ in range(6):
        sum_ = DIGITS[crc % 62] + sum_
        crc //= 62
    assert ask(tokens, f"gmat_{secret}{sum_}") == 401


def test_read_only_tokens_read(tokens):
    token = add(tokens, "reader", "--read-only")
    assert ask(tokens, token) == 200 and post(tokens, token) == 403


def test_a_token_can_do_no_more_than_its_user(tokens):
    token = add(tokens, "bobs", "--user", "bob")  # who may only read
    mine = add(tokens, "anns", "--user", "ann")
    assert ask(tokens, token) == 200 and post(tokens, token) == 403 and post(tokens, mine) == 200
    tokens.run("user-add", "ann", "secret", "read-only")
    until(lambda: post(tokens, mine) == 403)
    tokens.run("user-remove", "ann")
    until(lambda: ask(tokens, mine) == 401)
    assert ask(tokens, token) == 200


def test_a_removed_token_is_refused_at_once(tokens):
    token, other = add(tokens, "ci"), add(tokens, "other")
    assert ask(tokens, token) == 200
    token_command(tokens, "remove", "ci")
    until(lambda: ask(tokens, token) == 401)
    assert ask(tokens, other) == 200
    assert token_command(tokens, "remove", "ci", check=False).returncode == 1


def test_tokens_end(tokens):
    token = add(tokens, "short", "--expires", "1h")
    assert ask(tokens, token) == 200
    tokens.pg.psql("update api_tokens set expires_at = now() + interval '4 seconds'; notify gitomatic_users", "own")
    time.sleep(0.5)
    status = ask(tokens, token)
    assert status == 200 or tokens.pg.psql("select now() >= expires_at from api_tokens where name = 'short'", "own") == [["t"]]
    until(lambda: ask(tokens, token) == 401)


def test_list_shows_everything_but_the_token(tokens):
    token = add(tokens, "ci", "--user", "ann", "--expires", "2099-01-31", "--read-only")
    line = token_command(tokens, "list").stdout
    assert token not in line and token[5:15] not in line
    assert re.search(r"^ci +read-only +user ann +since \S+Z, expires 2099-01-31T00:00:00Z, last used never$", line, flags=re.M)
    assert ask(tokens, token) == 200
    assert re.search(r"last used 20\d\d-\S+Z$", token_command(tokens, "list").stdout, flags=re.M)


def test_many_requests_note_their_use_once(tokens):
    token = add(tokens, "ci")
    seen = set()
    for _ in range(10):
        assert ask(tokens, token) == 200
        seen.add(tokens.pg.psql("select xmin, last_used_at from api_tokens", "own")[0][0])
    assert len(seen) == 1


@pytest.mark.parametrize("args,code,says", [
    (["add", "taken"], 2, "there is a token \"taken\" already"), (["add", "x", "--user", "nobody"], 1, "there is no user \"nobody\""),
    (["add"], 2, "a name is missing"), ([], 2, "an action is missing"), (["drop", "x"], 2, "not an action"), (["list", "x"], 2, "not understood"),
    (["remove", "x", "--read-only"], 2, "--read-only is valid with add only"), (["add", "a:b"], 2, "name: got \"a:b\""),
    (["add", "x", "--expires", "soon"], 2, "--expires: got \"soon\""), (["add", "x", "--expires", "2001-01-01"], 2, "expected a time in the future"),
    (["add", "x", "--expires", "0d"], 2, "--expires: got"), (["add", "x", "--expires", ""], 2, "--expires: got"), (["add", "x", "y"], 2, "y")])
def test_wrong_use_is_named(own, args, code, says):
    add(own, "taken")
    done = token_command(own, *args, check=False)
    assert done.returncode == code and says in done.stderr, done.stderr
    assert own.pg.psql("select name from api_tokens", "own") == [["taken"]]


def test_guessing_is_slow(tokens):
    token = add(tokens, "ci")
    seen = [ask(tokens, f"gmat_{i:049d}") for i in range(30)]
    assert seen[:20] == [401] * 20 and seen[-1] == 429
    assert tokens.get(TASKS, auth=basic("ann", "secret")).status == 200
    assert ask(tokens, token) in (200, 429)  # may have to wait as well: it is new here, and from the same address


def test_many_names_from_one_address_are_throttled(tokens):
    assert tokens.get(TASKS).status == 200
    seen = {tokens.get(TASKS, auth=basic(f"user{i}", "x")).status for i in range(130)}
    assert seen == {401, 429}
    assert tokens.get(TASKS).status == 200  # checked before


def test_a_token_survives_an_outage_of_the_database(tokens):
    token = add(tokens, "ci")
    assert ask(tokens, token) == 200
    tokens.pg.stop("immediate")
    try:
        assert ask(tokens, token) == 200
        assert ask(tokens, token, "/github/developers/") == 503
    finally:
        tokens.pg.start()
