"""Each value of a parameter is taken or refused as the schema in the OpenAPI document says, no more and no less.

Values are written as people and clients write them; each schema decides which of them it accepts, and the server is asked for all.
What the server reads more liberally than JSON writes it is left out: "+7", "007", " 7", "1" for true, "TRUE", empty elements of lists."""
import http.client
import itertools
import json
import re
from urllib.parse import quote

import jsonschema
import pytest

from described import address, api, call, document  # noqa: F401
from openapi_document import FORMATS
from server import Response

DATES = ["2020-01-31", "2020-1-5", "2020-02-29", "2021-02-29", "1900-02-29", "2000-02-29", "2020-04-31", "2020-13-01", "2020-00-10", "2020-01-32",
         "0001-01-01", "0000-02-29", "9999-12-31", "10000-01-01", "20-01-01", "2020-W05-1", "2020-031", "20200131", "2020-01", "31.01.2020",
         "2020-01-31T24:00:00Z", "2020-01-31T23:59:60Z", "2020-01-31T23:59:59.999999Z", "2020-01-31 1:2", "2020-01-31t01:02:03z", "2020-01-31T12",
         "2020-01-31T12:30.5", "2020-01-31T12:30,5Z", "2020-01-31T12:30:15,25", "2020-01-31T12:30:15.", "2020-01-31T12:30:15.1234567890123",
         "2020-01-31T12:00+05:30", "2020-01-31T12:00-2359", "2020-01-31T12:00+14", "2020-01-31T12:00+24:00", "2020-01-31T12:00+05:60",
         "2020-01-31T12:00+5:00", "2020-01-31T12:00Europe/Rome", "2020-01-31T12:00ZZ", "2020-01-31Z", "2020-01-31T", "yesterday", "1580428800", "２０２０-01-31"]
TEXTS = ["nonsense", "é", "e\u0301", "日本", "ß", "🦊", "%_\\", "a\0b", "\0", " ", "\t", "x" * 200, "x" * 201, "é" * 200, "é" * 201, "🦊" * 200,
         " ".join("w" * 10), " ".join("w" * 11), "\u3000".join("w" * 11), "a" + " b" * 9 + " ", "x" * 3000, "<b>", "null"]
NUMBERS = ["-1", "-9223372036854775809", "0", "1", "2", "3", "8", "9", "99", "100", "101", "199", "200", "999", "1000", "1001", "2000", "2001", "1000000",
           "9223372036854775807", "9223372036854775808", "1.5", "-0.5", "1e3", "0x10", "1,5", "NaN", "Infinity", "-", "five", "1_000", "１"]
FLAGS = ["true", "false", "yes", "on", "t", "maybe"]
LISTS = [",", ", ,", "login,login", "login,-login,name", "login,name,email,type", "name,shoe", "value,count", "day", "at,resource",
         ",".join(map(str, range(100))), ",".join(map(str, range(101))), "1,x", "1,2.5", "a,b", "a\0,b", "follow.new,star.new", "follow.new,follow.old",
         "follows,stars", "follows;stars", ",".join(["dev2/repo1"] * 8), ",".join(["dev2/repo1"] * 9), "https://github.com/dev2/repo1", "dev2/repo1",
         "DEV2/repo1.git", "dev2", "dev2/repo 1", "id,url", "url,rate_limit", "full_name,url", "id,state,kind"]
OTHERS = ["c0.0", "c1.0", "c1.0.0", "c-1.0", "c1", "c1.0.1.1", "C0.0", "last", "LAST", "json", "JSON", "csv", "xml", "f.g", "alert(1)", "f-g", "1f", "$", "f" * 64, "f" * 65]
POOL = [*DATES, *TEXTS, *NUMBERS, *FLAGS, *LISTS, *OTHERS]
WHOLE, NUMBER = re.compile(r"-?(0|[1-9][0-9]*)$"), re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$")


def parsed(schema, text):
    """The value that is written so, or raises ValueError."""
    kinds = {schema.get("type")} | {one.get("type") for one in schema.get("anyOf", [])}
    if "array" in kinds:
        return [parsed(schema["items"], part) for part in text.split(",")]
    if "boolean" in kinds:
        return {"true": True, "false": False}[text]
    if "integer" in kinds and WHOLE.match(text) or "number" in kinds and NUMBER.match(text):
        return json.loads(text)
    return text


class Asker:
    """Many requests over one connection."""

    def __init__(self, api):  # noqa: F811
        self.api, self.connection = api, http.client.HTTPConnection("127.0.0.1", api.port, timeout=120)

    def get(self, path):
        for last in (False, True):
            try:
                self.connection.request("GET", path, headers={"Authorization": self.api.auth})
                got = self.connection.getresponse()
                return Response(got.status, got.headers, got.read())
            except (ConnectionError, http.client.HTTPException):  # it was idle for too long
                self.connection.close()
                if last:
                    raise


def accepts(document, schema):  # noqa: F811
    validator = jsonschema.Draft202012Validator(schema, resolver=document.resolver, format_checker=FORMATS)
    outer = schema if "$ref" not in schema else {**document.follow({"$ref": schema["$ref"]}), **schema}

    def check(text):
        try:
            return validator.is_valid(parsed(outer, text))
        except (ValueError, KeyError):
            return False
    return check


BAD = {"page": (404,), "format": (404,)}
# Values that are well-formed and name nothing: pages, positions and repositories that are not there.
ABSENT = {"page": (404,), "cursor": (400,), "since": (410,)}


def cases(document):  # noqa: F811
    """(operation, parameter, value, whether its schema accepts it): of each schema all values, of other parameters with the same schema a few."""
    seen, turn = set(), itertools.cycle(range(len(POOL)))
    for op in document.operations:
        for name, parameter in op.query.items() if op.method == "get" and op.path != "/" else ():
            check = accepts(document, parameter["schema"])
            key = json.dumps(parameter["schema"])
            values = [POOL[next(turn)]] if key in seen else POOL[next(turn) % 2::2] if '"enum"' in key else POOL
            seen.add(key)
            for value in values:
                yield op, name, value, check(value)


def test_values_are_taken_as_their_schemas_say(api, document):  # noqa: F811
    asker, wrong, taken, refused = Asker(api), [], 0, 0
    for op, name, value, fits in cases(document):
        if name == "repo" and fits and "dev2/repo1" not in value.lower() or name == "ordering" and not value.strip(" \t,"):
            continue  # a repository that is not here; blanks are the usual order
        if op.query[name]["schema"].get("type") == "boolean" and value in ("0", "1"):
            continue
        got = asker.get(f"{address(op)}?{name}={quote(value)}")
        good = (200, *ABSENT.get(name, ())) if fits else (400, *BAD.get(name, ()))
        if got.status not in good:
            wrong.append(f"{op} {name}={value[:60]!r}: the schema {'accepts' if fits else 'refuses'} it, the answer is {got.status} {got.body[:120]}")
            continue
        taken, refused = taken + fits, refused + (not fits)
        op.check(got)
        if got.status == 400 and name not in ("callback",) and "\0" not in value:
            assert list(got.json()) == [name], f"{op} {name}={value[:60]!r}: {got.text[:200]}"
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    assert taken > 1000 and refused > 1000


def test_one_value_of_a_list_holds_no_comma(document):  # noqa: F811
    """A client joins the values with commas: one that holds a comma would be taken for two."""
    arrays = [(op, name, p) for op in document.operations for name, p in op.query.items() if p["schema"].get("type") == "array"]
    for op, name, parameter in arrays:
        assert (parameter["style"], parameter["explode"]) == ("form", False), f"{op} {name}"
        validator = jsonschema.Draft202012Validator(parameter["schema"], resolver=document.resolver)
        assert not validator.is_valid(["Berlin, Germany"]), f"{op} {name}"
    assert len(arrays) > 100


# ---- bodies ----

VALUES = ["", "x", "5", "0", "-1", "1.5", "1e3", "007", "1000000", "1000001", "users", "repositories", "Users", "a b", "-a",
          "a.b_c-d", "a" * 64, "a" * 65, "true", "False", "1", "maybe", None, True, False, 0, -1, 1, 5.5, 1000000, 1000001, 2**53 + 1, 2**63 - 1, [], ["x"], {}, [1]]
TASKS = [{"name": "full_profile_sync", "username": "ada"}, {"name": "discovery_scraper"}, {"name": "sample", "kind": "users", "n": 5}, {"name": "census", "kind": "users"},
         {"name": "full_repository_sync", "repo_name": "ada/engine"}]


def test_bodies_are_taken_as_their_schemas_say(api, document):  # noqa: F811
    op = document.operation("post", "/github/tasks/")
    schema = op.raw["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    statuses, turn = set(), itertools.cycle(TASKS)
    for field in schema["properties"]:
        for value in VALUES:
            body = {"dry_run": True, **next(turn), field: value}
            if field == "dry_run" and str(value).lower() not in ("1", "true"):
                body |= {"name": "nothing"}  # so that no job comes of it
            if field in ("username", "repo_name") and isinstance(value, str):
                continue  # names are described in words
            got = call(api, op, body=json.dumps(body), headers={"Content-Type": "application/json"})
            fits = validator.is_valid(body)
            assert got.status in ((200,) if fits else (400, 406)), f"{body}: {got.status} {got.text}"
            op.check(got)
            statuses.add(got.status)
    assert statuses == {200, 400, 406}


HOOKS = [("types", value) for value in ("", " ", ",", "star.old", "star.new,star.old", " star.new ,, follow.closed ", ",star.new,", "star.new follow.new", "Star.new", "starXnew", [""], ["", ""], None, [], ["star.new"], ["star.new", "follow.closed"], "star.new,star.closed", ["star.old"], ["Star.new"], [5], [None], 5, {}, True)] + [
    ("filter", value) for value in ("", ",developer=dev1", None, [], ["developer=dev1"], "developer=dev1,repository=dev2/repo1", [1], False)] + [
    ("secret", value) for value in (None, "x" * 15, "x" * 16, "x" * 255, "x" * 256, "x" * 10 + "\n" + "x" * 10, 10**20, ["x" * 20])] + [("url", value) for value in (None, 5, [], "https://example.org/a", "https://example.org/" + "a" * 2000)]


def test_webhooks_are_taken_as_their_schema_says(api, document):  # noqa: F811
    op, remove = document.operation("post", "/github/webhooks/"), document.operation("delete", "/github/webhooks/{number}/")
    schema = op.raw["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
    for field, value in HOOKS:
        body = {"url": "https://example.org/hook", field: value}
        got = call(api, op, body=json.dumps(body), headers={"Content-Type": "application/json"})
        assert got.status == (200 if validator.is_valid(body) else 400), f"{body}: {got.text[:300]}"
        op.check(got)
        if got.status == 200:
            assert call(api, remove, arguments={"number": str(got.json()["id"])}).status == 204
    example = op.raw["requestBody"]["content"]["application/json"]["example"]
    assert validator.is_valid(example)
