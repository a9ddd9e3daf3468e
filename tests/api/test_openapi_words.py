"""The words and the required fields of the OpenAPI document: each is one that answers have, and none is left out."""
import json
import pathlib
import re

from described import api, call, document  # noqa: F401

REPO = pathlib.Path(__file__).resolve().parents[2]
STATES = {"JobState": "select distinct unnest(regexp_matches(pg_get_constraintdef(oid), $$'([a-z]+)'::text$$, 'g')) from pg_constraint where conname = 'jobs_state_check'",
          "WebhookState": "select distinct unnest(regexp_matches(pg_get_constraintdef(oid), $$'([a-z]+)'::text$$, 'g')) from pg_constraint where conname = 'webhooks_state_check'"}


def test_words_are_those_of_the_database(api, pg, document):  # noqa: F811
    for name, sql in STATES.items():
        assert sorted(document.raw["components"]["schemas"][name]["enum"]) == sorted(row[0] for row in pg.psql(sql, "described")), name


WORDS = {"/github/jobs/": {"state": "JobState", "kind": "JobKind"}, "/github/jobs/{number}/": {"state": "JobState", "kind": "JobKind"},
         "/github/changes/": {"type": "ChangeType"}, "/github/samples/": {"kind": "SampleKind"}, "/github/webhooks/{number}/": {"state": "WebhookState"},
         "/github/tasks/": {"name": "TaskName", "username": "Need", "repo_name": "Need"}, "/github/charts/stars/": {"by": "Axis", "scale": "Scale"},
         "/github/developers/facets/": {"field": "Facet"}, "/github/repositories/{id}/history/": {"interval": "Interval"}}


def test_fields_of_few_words_name_them(document):  # noqa: F811
    """In one schema each, which generated clients make a type of."""
    schemas = document.raw["components"]["schemas"]
    for path, fields in WORDS.items():
        properties = document.operation("get", path).properties()
        for field, name in fields.items():
            assert properties[field]["$ref"] == f"#/components/schemas/{name}" and len(schemas[name]["enum"]) > 1, f"{path} {field}"
    assert schemas["WebhookDetail"]["properties"]["types"]["items"]["$ref"] == "#/components/schemas/ChangeType"
    for path, name in (("/github/jobs/", "state"), ("/github/jobs/", "kind"), ("/github/changes/", "type"), ("/github/charts/stars/", "by"),
                       ("/github/charts/stars/", "scale"), ("/github/repositories/{id}/history/", "interval")):
        schema = document.operation("get", path).query[name]["schema"]
        assert (schema.get("items") or schema)["enum"] == schemas[WORDS[path][name]]["enum"], f"{path} {name}"  # what can be asked for is what is answered
    words = ("JobState", "NodeKind", "EdgeKind")
    assert all(f"#/components/schemas/{word}" in json.dumps(schemas) for word in words)


def objects_in(schema, where):
    if isinstance(schema, list):
        for one in schema:
            yield from objects_in(one, where)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield where, schema
        for key, value in schema.items():
            yield from objects_in(value, f"{where}/{key}")


CHOSEN = {"Developer", "Repository", "Follow", "Starred", "Stargazer", "RateLimit", "Job", "Change"}  # by fields and embed
MAY_LACK = {"count_capped": "Page", "detail": "Readiness", "note": ("TaskEstimate", "TaskAccepted/anyOf")}


def test_objects_say_what_is_always_there(document):  # noqa: F811
    """Of what answers hold: all of it, but what may be chosen or is said only of some."""
    seen = 0
    for name, schema in document.raw["components"]["schemas"].items():
        for where, one in objects_in(schema, name):
            seen += 1
            some = {field for field, of in MAY_LACK.items() if where.endswith(of)}
            missing = set(one["properties"]) - set(one.get("required", []))
            assert missing == (set(one["properties"]) if where in CHOSEN else some & set(one["properties"])), f"{where}: {missing}"
    assert seen > 50


def test_words_are_those_of_answers(api, document):  # noqa: F811
    """Each word of a schema is one that the server gives, and there are no others."""
    words = {name: set(schema["enum"]) for name, schema in document.raw["components"]["schemas"].items() if "enum" in schema}
    network = call(api, document.operation("get", "/github/developers/{id}/network/"), "depth=2").json()
    assert {node["kind"] for node in network["nodes"]} == words["NodeKind"] and {edge["kind"] for edge in network["edges"]} == words["EdgeKind"]
    assert {one["kind"] for one in api.get("/github/samples/").json()["results"]} == words["SampleKind"]
    assert {value for one in api.get("/github/tasks/").json() for key, value in one.items() if key in ("username", "repo_name")} == words["Need"]
    assert {one for kind in ("developers", "repositories") for one in document.operation("get", f"/github/{kind}/facets/").query["field"]["schema"]["enum"]} == words["Facet"]
    more = {"username": "ada", "repo_name": "engine", "kind": "users", "n": 1, "dry_run": True}
    taken = {name for name in words["JobKind"] | words["TaskName"]
             if api.request("POST", "/github/tasks/", {"Content-Type": "application/json"}, json.dumps({"name": name, **more})).status == 200}
    assert taken == words["TaskName"]
    ready = document.raw["components"]["schemas"]["Readiness"]["properties"]
    rows = re.findall(r'= \{"(\w+)", "(\w+)",', (REPO / "api" / "resources" / "health.c").read_text())
    assert [set(ready[name]["enum"]) for name in ("database", "schema")] == [set(column) for column in zip(*rows)]


def test_limits_of_streams_have_no_default(document):
    """A generated client sends defaults: it would receive a part of the file."""
    streams = [op for op in document.operations if "csv" in op.query.get("format", {}).get("schema", {}).get("enum", []) and "limit" in op.query]
    assert len(streams) > 10 and "/github/developers/facets/" in [op.path for op in streams]
    assert [op.path for op in streams if "default" in op.query["limit"]["schema"]] == []
