"""Bodies of requests: their charset, and values of another type than their member has."""
import json

import pytest

TASK = {"name": "sample", "kind": "users", "n": 5, "dry_run": True}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def post(api, body, kind=JSON, path="/github/tasks/"):
    return api.request("POST", path, {"Content-Type": kind}, body)


def part(name, value, *fields):
    lines = [f'Content-Disposition: form-data; name="{name}"', *fields]
    return "--b\r\n" + "\r\n".join(lines) + f"\r\n\r\n{value}\r\n"


@pytest.mark.parametrize("charset", ["latin1", "ISO-8859-1", "utf-16", '"UTF-16LE"', "windows-1252", "", '""', "utf-8,latin1", "utf-8; charset=latin1",
                                     "UTF-7", "utf-8-sig"])
@pytest.mark.parametrize("path", ["/github/tasks/", "/github/webhooks/"])
def test_bodies_are_utf_8(api, path, charset):
    for kind, body in ((JSON, '{"name":"x"}'), (FORM, "name=x"), ("multipart/form-data; boundary=b", part("name", "x") + "--b--\r\n")):
        got = post(api, body, f"{kind}; charset={charset}", path)
        assert got.status == 415 and "Send the body in UTF-8." in got.json()["detail"], f"{kind}: {got.status} {got.text}"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"Utf-8"', "utf8"])
def test_bodies_that_say_that_they_are_utf_8(api, charset):
    for kind, body in ((JSON, '{"name":"é"}'), (FORM, "name=é"), ("multipart/form-data; boundary=b", part("name", "é", f"Content-Type: text/plain; charset={charset}") + "--b--\r\n")):
        got = post(api, body.encode(), f"{kind}; CHARSET={charset}")
        assert got.status == 406 and "task name é not recognized" in got.json()["error"], got.text


@pytest.mark.parametrize("body", ["é".join(['{"name":"', '"}']).encode("latin1"), json.dumps(TASK).encode("utf-16"), json.dumps(TASK).encode("utf-16-le"),
                                  json.dumps(TASK).encode("utf-32"), json.dumps(TASK).encode("utf-8-sig"), b'{"name":"\xed\xa0\x80"}', b'{"\xc0\x80":1}'])
def test_json_in_another_charset_that_does_not_say_so(api, body):
    got = post(api, body)
    assert got.status == 400 and got.json()["detail"].startswith("JSON parse error - "), got.text


@pytest.mark.parametrize("field,what", [("Content-Type: text/plain; charset=iso-8859-1", "iso-8859-1"), ("content-transfer-encoding: base64", "base64"),
                                        ("Content-Transfer-Encoding: Quoted-Printable", "Quoted-Printable")])
def test_parts_of_a_form_are_utf_8_too(api, field, what):
    got = post(api, part("dry_run", "1") + part("name", "discovery_scraper", field) + "--b--\r\n", "multipart/form-data; boundary=b")
    assert got.status == 415 and f'"{what}"' in got.json()["detail"], got.text
    fine = part("dry_run", "1") + part("name", "discovery_scraper", "Content-Type: text/plain", "Content-Transfer-Encoding: 8BIT") + "--b--\r\n"
    assert post(api, fine, "multipart/form-data; boundary=b").status == 200


@pytest.mark.parametrize("kinds", [[JSON, "text/plain"], [JSON, JSON], [JSON + "; charset=utf-8", "text/plain"], [JSON + "; a=b", FORM], ["text/plain", JSON + "; a=b"]])
def test_several_types_count_as_none(api, kinds):
    head = ["POST /github/tasks/ HTTP/1.1", f"Host: 127.0.0.1:{api.port}", f"Authorization: {api.auth}", "Content-Length: 2", "Connection: close"]
    got = api.raw("\r\n".join([*head, *(f"Content-Type: {kind}" for kind in kinds), "", "{}"]).encode())
    assert got.startswith(b"HTTP/1.1 415 "), got


# ---- JSON values of another type ----

STRINGS, NUMBERS, FLAG, LISTS = ("name", "username", "repo_name", "kind", "sample_name"), ("n", "seed", "from", "to"), ("dry_run",), ("types", "filter")
WRONG = [("5.5", NUMBERS + STRINGS), ("true", NUMBERS + STRINGS + LISTS), ("-0.5", NUMBERS), ("[]", NUMBERS + STRINGS + FLAG), ('["x"]', NUMBERS + STRINGS + FLAG),
         ('{"a":1}', NUMBERS + STRINGS + FLAG + LISTS), ("0", FLAG + STRINGS + LISTS), ("1e400", NUMBERS + STRINGS + FLAG), ("-1e400", NUMBERS),
         ("9223372036854775808", NUMBERS), ("123456789012345678901234567890", NUMBERS + STRINGS), ("9007199254740992.5e1", ()), ("[5]", LISTS), ('["star.new",null]', LISTS)]
EXPECTED = {**dict.fromkeys(STRINGS, "a string"), **dict.fromkeys(NUMBERS, "a "), **dict.fromkeys(FLAG, "true or false"), **dict.fromkeys(LISTS, "a string or a list of strings")}


@pytest.mark.parametrize("value,fields", WRONG, ids=[value for value, _ in WRONG])
def test_a_value_of_another_type_is_named(api, value, fields):
    """With its member, and what was expected."""
    for field in fields:
        body = {"url": "https://example.org/x"} if field in LISTS else TASK
        text = json.dumps({key: v for key, v in body.items() if key != field})[:-1] + f', "{field}": {value}}}'
        got = post(api, text, path="/github/webhooks/" if field in LISTS else "/github/tasks/")
        assert got.status == 400, f"{field}: {got.text}"
        said = got.json()["detail"]
        assert f"{field}: expected {EXPECTED[field]}" in said and f", got {value}." in said, said


@pytest.mark.parametrize("value,status", [("5", 200), ('"5"', 200), ("5.0", 200), ("5e0", 200), ("0.5e1", 200), ("null", 406), ("-0", 406), ('""', 406), ('"5.5"', 406), ('"x"', 406)])
def test_whole_numbers_as_json_writes_them(api, value, status):
    got = post(api, json.dumps({**TASK, "n": 0}).replace('"n": 0', f'"n": {value}'))
    assert got.status == status, got.text


@pytest.mark.parametrize("field,value", [("kind", "Users"), ("n", "0"), ("n", 1000001), ("seed", "-1"), ("seed", "x"), ("from", 0), ("to", "1.5"), ("sample_name", ".a")])
@pytest.mark.parametrize("name", ["full_profile_sync", "discovery_scraper", "census", "sample"])
def test_wrong_values_are_refused_whether_the_task_uses_them_or_not(api, name, field, value):
    got = post(api, json.dumps({**TASK, "username": "ada", "name": name, field: value}))
    assert got.status == 406 and got.json()["error"].startswith(f'{field}: got "{value}", expected '), got.text


def test_a_long_value_is_cut_between_characters(api):
    got = post(api, json.dumps({**TASK, "n": ["é" * 100]}, ensure_ascii=False).encode())
    assert got.json()["detail"] == 'n: expected a whole number, got ["' + "é" * 29 + "...."


# ---- actions, which take no fields ----

ACTIONS = [("POST", "/github/jobs/999999/cancel/"), ("POST", "/github/jobs/999999/retry/"), ("POST", "/github/webhooks/999999/resume/"),
           ("POST", "/github/webhooks/999999/remove/"), ("DELETE", "/github/webhooks/999999/")]


@pytest.mark.parametrize("method,path", ACTIONS)
def test_fields_of_an_action_are_not_ignored_without_a_word(api, method, path):
    multipart = part("x y", "1") + part("zz", "2") + "--b--\r\n"
    for kind, body in ((JSON, '{"x y": 1, "zz": null}'), (FORM, "x+y=1&zz="), ("multipart/form-data; boundary=b", multipart)):
        got = api.request(method, path, {"Content-Type": kind}, body)
        assert (got.status, got.headers["X-Ignored-Parameters"]) == (404, "x+y, zz"), got.text
        got = api.request(method, path + "?strict=1", {"Content-Type": kind}, body)
        assert got.status == 400 and list(got.json()) == ["x y", "zz"], got.text
        got = api.request(method, path + "?aa=1&strict=0", {"Content-Type": kind}, body)
        assert got.headers["X-Ignored-Parameters"] == "aa, x+y, zz"
    for kind, body, status in ((JSON, "{bad", 400), (JSON, "[]", 400), ("text/csv", "a,b", 415), (JSON + "; charset=latin1", "{}", 415), (JSON, "{}", 404), (FORM, "", 404), (None, "", 404)):
        got = api.request(method, path, {"Content-Type": kind} if kind else {}, body)
        assert (got.status, got.headers["X-Ignored-Parameters"]) == (status, None), got.text


@pytest.mark.parametrize("path,field", [("/login/", "password"), ("/github/webhooks/", "secret")])
@pytest.mark.parametrize("value", ["4815162342", "[4815162342]", '{"a": "4815162342"}', "4815162342e4815", "4815162342481516234248151623424815162342", "x4815162342", "'4815162342'"])
def test_secrets_are_not_repeated(api, path, field, value):
    for name in (field, field[1:]):
        got = post(api, f'{{"url": "nowhere", "username": "ann", "{name}": {value}}}', path=path)
        assert got.status in (400, 401) and "4815" not in got.text and (got.status == 401 or name != field or field in got.text or "JSON parse error" in got.text), got.text


def test_fields_that_signing_in_and_out_do_not_take(api):
    for path in ("/login/", "/logout/"):
        body = {"username": "ann", "password": "secret", "zz": 1} if path == "/login/" else {"zz": 1}
        got = post(api, json.dumps(body), path=path)
        assert (got.status, got.headers["X-Ignored-Parameters"]) == (303, "zz"), got.text
        got = post(api, json.dumps(body), path=path + "?strict=1")
        assert got.status == 400 and list(got.json()) == ["zz"] and "Set-Cookie" not in got.headers, got.text


@pytest.mark.parametrize("body", ['{"name": "a\\u0000b"}', '{"na\\u0000me": "x"}', '["\\u0000"]'])
@pytest.mark.parametrize("path", ["/github/tasks/", "/github/webhooks/", "/github/jobs/1/cancel/"])
def test_a_nul_in_json_is_called_so(api, path, body):
    got = post(api, body, path=path)
    assert got.status == 400 and "NUL characters" in got.json()["detail"] and "JSON_" not in got.text, got.text
