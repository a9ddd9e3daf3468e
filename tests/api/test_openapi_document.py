"""The OpenAPI document against the server it describes, in both directions: what it says is so, and nothing is left out."""
import json
import pathlib
import re
import subprocess
from urllib.parse import quote

import pytest
import yaml

import graph
from described import address, api, by, call, document, lists  # noqa: F401
from server import BUILD, basic, fail

REPO = pathlib.Path(__file__).resolve().parents[2]
SUFFIXES = ["", "__lte", "__gte", "__lt", "__gt", "__isnull", "__contains", "__icontains", "__startswith", "__in", "__ne", "__range"]
# ---- the document itself ----

def names_once(pairs):
    assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)

def test_json_and_yaml_are_the_same_document(api, document):
    got = api.get("/github/swagger.yaml")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/yaml")
    assert yaml.safe_load(got.text) == document.raw
    json.loads(api.get("/github/swagger.json").text, object_pairs_hook=names_once)
    assert not re.search(r"^[\[{]", got.text) and "\npaths:\n  /:\n" in got.text  # block style, as people expect it


def test_the_beginning_of_the_document(api, document):
    raw = document.raw
    assert raw["openapi"] == "3.1.0" and raw["servers"] == [{"url": api.base}]
    assert set(raw["components"]["securitySchemes"]) >= {"basic"}
    tags = {tag["name"] for tag in raw["tags"]}
    assert all(set(op.raw["tags"]) <= tags and op.raw["summary"] for op in document.operations)
    ids = [op.raw["operationId"] for op in document.operations]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z][A-Za-z]+", one) for one in ids)
    assert '"nullable"' not in json.dumps(raw)


def test_the_document_needs_credentials(api):
    for path in ("/github/swagger.json", "/github/swagger.yaml", "/github/swagger/", "/github/redoc/"):
        assert api.get(path, auth=False).status == 401


def test_ways_to_authenticate(own, document):
    assert {scheme["scheme"] for scheme in document.raw["components"]["securitySchemes"].values()} == {"basic", "bearer"}
    made = subprocess.run([f"{BUILD}/gitomatic", "token", "add", "described"], env=own.env, capture_output=True, text=True,
                          check=True).stdout
    token = re.search(r"^token: (\S+)$", made, flags=re.M).group(1)
    own.start(own.tmp / "log")
    assert [own.get("/github/tasks/", auth=auth).status for auth in (f"Bearer {token}", own.auth, "Bearer x")] == [200, 200, 401]
    for op in document.operations:
        assert op.is_open == (call(own, op, auth=False).status != 401), op


def test_every_route_is_described(api, document):
    source = (REPO / "api" / "spec" / "routes.c").read_text()
    rows = re.findall(r'^    {"(/[^"]*)",\s*(.*?)}', source, flags=re.M | re.S)
    wanted = {path for path, rest in rows if "ROUTE_ASSET" not in rest}
    assert len(wanted) > 15 and set(document.raw["paths"]) == wanted
    for path in wanted:
        methods = set(api.request("OPTIONS", re.sub(r"{\w+}", "1", path), auth=True).headers["Allow"].split(", "))
        described = {op.method.upper() for op in by(document, path=path)}
        assert methods - {"HEAD", "OPTIONS"} == described, path


# ---- answers ----

def test_good_answers_are_as_described(api, document):
    for op in by(document, method="get"):
        for query in ("", "page_size=100"):
            got = call(api, op, query, auth=not op.is_open)
            assert got.status == (302 if op.path == "/" else 200), f"{op}: {got.text[:200]}"
            op.check(got)
        if op.path != "/" and "text/html" in op.responses["200"]["content"]:
            op.check(call(api, op, headers={"Accept": "text/html"}))


def test_jobs_can_be_cancelled_and_retried(api, document):
    detail, cancel, retry = (document.operation(method, f"/github/jobs/{{number}}/{tail}")
                             for method, tail in (("get", ""), ("post", "cancel/"), ("post", "retry/")))
    job = api.form("name=full_profile_sync&username=dev9").json()["job"]
    for op, wanted in ((detail, 200), (cancel, 200), (cancel, 409), (detail, 200), (retry, 200), (retry, 409), (detail, 200)):
        got = call(api, op, arguments={"number": str(job)})
        assert got.status == wanted, f"{op}: {got.status} {got.text}"
        op.check(got)


def test_every_field_of_every_record_is_described(api, document):
    """Closed schemas say so in the tests above; here, that nothing described is missing where all fields are asked for."""
    for op in by(document, method="get"):
        if op.path in ("/", "/health/", "/health/ready", "/metrics") or "application/json" not in op.responses["200"]["content"]:
            continue
        if "swagger" in op.path:
            continue
        body = call(api, op, "embed=all").json()
        record = body["results"][0] if "results" in body else body[0] if isinstance(body, list) else body
        assert set(record) == {k for k, v in op.properties().items() if "only if ?fields=" not in v.get("description", "")}, op


STATES = {"JobState": "select distinct unnest(regexp_matches(pg_get_constraintdef(oid), $$'([a-z]+)'::text$$, 'g')) from pg_constraint where conname = 'jobs_state_check'",
          "WebhookState": "select distinct unnest(regexp_matches(pg_get_constraintdef(oid), $$'([a-z]+)'::text$$, 'g')) from pg_constraint where conname = 'webhooks_state_check'"}


def test_words_are_those_of_the_database(pg, document):
    for name, sql in STATES.items():
        assert sorted(document.raw["components"]["schemas"][name]["enum"]) == sorted(row[0] for row in pg.psql(sql, "described")), name


WORDS = {"/github/jobs/": {"state": "JobState", "kind": "JobKind"}, "/github/jobs/{number}/": {"state": "JobState", "kind": "JobKind"},
         "/github/changes/": {"type": "ChangeType"}, "/github/samples/": {"kind": "SampleKind"}, "/github/webhooks/{number}/": {"state": "WebhookState"},
         "/github/tasks/": {"name": "TaskName", "username": "Need", "repo_name": "Need"}, "/github/charts/stars/": {"by": "Axis", "scale": "Scale"},
         "/github/developers/facets/": {"field": "Facet"}, "/github/repositories/{id}/history/": {"interval": "Interval"}}


def test_fields_of_few_words_name_them(document):
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


def test_nested_objects_list_their_required_members(document):
    """Of what answers hold: all of it, but what the description says otherwise."""
    seen = 0
    for name, schema in document.raw["components"]["schemas"].items():
        for where, one in objects_in(schema, name):
            if where == name or "additionalProperties" in one:
                continue
            seen += 1
            missing = set(one["properties"]) - set(one.get("required", []))
            assert not missing or where == name, f"{where}: {missing}"
    assert seen > 15


def test_nulls_are_where_the_document_has_them(api, document):
    """The graph has nulls in every column that may hold one."""
    for path in ("/github/developers/", "/github/repositories/"):
        op = document.operation("get", path)
        seen = set()
        for page in ("1", "last"):
            for record in call(api, op, f"page_size=100&page={page}").json()["results"]:
                seen |= {key for key, value in record.items() if value is None}
        said = {key for key, schema in op.properties().items() if "null" in schema.get("type", [])}
        assert seen <= said
        assert {"name", "bio"} <= seen or {"description", "homepage"} <= seen


# ---- parameters ----

def signature(got):
    """What tells two answers of a list apart."""
    body = got.json()
    return (got.status, body.get("count"), [r.get("url") for r in body.get("results", [])]) if got.status == 200 else (got.status, body)


PROBES = ["zzz-nobody", "0.5", "true", "false", "1999-01-01", ","]


def reaction(api, op, query):
    return signature(call(api, op, "page_size=100" + "".join(f"&{name}={quote(value)}" for name, value in query)))


def test_the_server_takes_the_filters_that_are_described_and_no_others(api, document):
    """A filter is taken when some value makes a difference; those that are not described make none, all at once."""
    for op in lists(document):
        fields = set(op.properties()) | {"html_url", "score", "gone_at", "synced_at", "type", "github_id", "node_id", "q", "sort", "limit"}
        names = {field + suffix for field in fields for suffix in SUFFIXES}
        plain = reaction(api, op, [])
        for name in names & set(op.query):
            assert any(reaction(api, op, [(name, value)]) != plain for value in PROBES), f"{op}: {name} makes no difference"
        others = sorted(names - set(op.query))
        for value in PROBES:
            for i in range(0, len(others), 150):
                query = [(name, value) for name in others[i:i + 150]]
                if reaction(api, op, query) != plain:
                    taken = [one for one in query if reaction(api, op, [one]) != plain]
                    raise AssertionError(f"{op} takes what is not described: {taken}")


def ids(got):
    return [record["id"] for record in got.json()["results"]]


def test_searching_and_ordering(api, document):
    for op in lists(document):
        if "search" in op.query:
            assert call(api, op, "search=zzz-nobody").json()["count"] == 0
        if "ordering" not in op.query:
            continue
        choices = op.query["ordering"]["schema"]["items"]["enum"]
        assert len(choices) > 10
        for up, down in zip(choices[::2], choices[1::2]):
            assert down == "-" + up
            first, last = ids(call(api, op, f"page_size=100&ordering={up}")), ids(call(api, op, f"page_size=100&ordering={down}"))
            assert sorted(first) == sorted(last) and first != last, f"{op} {up}"
        assert call(api, op, f"ordering={choices[0]},{choices[3]}").status == 200
        got = call(api, op, "ordering=bio")
        assert got.status == 400 and list(got.json()) == ["ordering"]
        op.check(got)


def test_choosing_fields(api, document):
    for op in by(document, method="get"):
        if "fields" not in op.query or "embed" not in op.query:  # points have their own (test_history.py)
            continue
        record = lambda query: (lambda body: body["results"][0] if "results" in body else body)(call(api, op, query).json())
        assert list(record("fields=url,id")) == ["id", "url"]
        lists_of = {name for name, schema in op.properties().items() if schema.get("type") == "array" and schema["items"].get("format") == "uri"}
        assert lists_of and not lists_of & set(record("embed=none")) and lists_of <= set(record("embed=all"))
        got = call(api, op, "fields=id,shoe_size")
        assert got.status == 400 and list(got.json()) == ["fields"]
        op.check(got)


def test_looking_back(api, document):
    ops = [op for op in document.operations if "as_of" in op.query]
    assert len(ops) == 4
    for op in ops:
        assert call(api, op).json()["count"] > 0 and call(api, op, "as_of=2000-01-01").json()["count"] == 0


def test_former_names_redirect(api, document):
    for path, old in (("/github/developers/by-login/{login}/", {"login": "former"}),
                      ("/github/repositories/by-name/{owner}/{name}/history/", {"owner": "dev2", "name": "former"}),
                      ("/github/repositories/by-name/{owner}/{name}/history.svg", {"owner": "dev2", "name": "former"}),
                      ("/github/repositories/by-name/{owner}/{name}/", {"owner": "dev2", "name": "former"})):
        op = document.operation("get", path)
        got = call(api, op, arguments=old)
        assert got.status == 301, got.text
        op.check(got)


def test_filters_have_the_types_that_are_described(api, document):
    for op in lists(document):
        for name, parameter in op.query.items():
            schema = parameter["schema"]
            if schema.get("type") == "number" or re.match("20", schema.get("examples", [""])[0]):
                got = call(api, op, f"{name}=nonsense")
                assert got.status == 400 and list(got.json()) == [name], f"{op} {name}"
                op.check(got)
            for example in schema.get("examples", []):
                assert call(api, op, f"{name}={quote(example)}").status == 200, f"{op} {name}"
            assert "example" not in parameter  # Swagger UI would send it along with every request


def test_pages(api, document):
    for op in lists(document):
        count = call(api, op).json()["count"]
        size = op.query["page_size"]["schema"]
        assert count > 1
        assert len(call(api, op).json()["results"]) == min(size["default"], count)
        assert "maximum" not in size and "more than 100 count as 100" in op.query["page_size"]["description"]
        assert len(call(api, op, "page_size=500").json()["results"]) == min(100, count)
        assert len(call(api, op, f"page_size={size['minimum']}").json()["results"]) == 1
        assert call(api, op, "page_size=1&page=2").json() != call(api, op, "page_size=1").json()
        assert call(api, op, "page_size=1&page=last").json()["next"] is None


def test_cursors(api, document):
    for op in lists(document):
        if "cursor" not in op.query:
            continue
        begin = api.get(address(op) + "?page_size=2" + "&cursor=" * ("jobs" not in op.path)).json()
        cursor = re.search(r"cursor=([^&]+)", begin["next"]).group(1) if "cursor=" in begin["next"] else begin["results"][-1]["id"]
        on = call(api, op, f"page_size=2&cursor={cursor}")
        assert on.json()["results"] == call(api, op, "page_size=2&page=2").json()["results"]
        op.check(on)


def test_choices(api, document):
    for op in document.operations:
        for name, parameter in op.query.items():
            several = parameter["schema"].get("type") == "array"
            values = (parameter["schema"]["items"] if several else parameter["schema"]).get("enum", [])
            for value in values + [",".join(values[:2])] * several:
                got = call(api, op, f"{name}={value}") if op.method == "get" else None
                assert got is None or got.status == 200, f"{op} {name}={value}"
            if values and op.method == "get" and name not in ("format", "embed"):
                got = call(api, op, f"{name}=nonsense")
                assert got.status == 400 and name in got.json(), f"{op} {name}"
                op.check(got)


def test_the_feed(api, document):
    op = document.operation("get", "/github/changes/")
    assert len(call(api, op).json()["results"]) == op.query["page_size"]["schema"]["default"]
    assert len(call(api, op, "page_size=1").json()["results"]) == 1
    assert 500 < len(call(api, op, "page_size=1000").json()["results"]) == len(call(api, op, "page_size=1001").json()["results"])
    on = call(api, op, "page_size=5&since=" + call(api, op, "page_size=5").json()["cursor"])
    assert on.json()["results"] == call(api, op, "page_size=10").json()["results"][5:]
    op.check(on)
    assert call(api, op, "since=2100-01-01").json()["results"] == []
    assert {change["type"] for change in call(api, op, "kind=star").json()["results"]} == {"star.new"}
    assert {change["type"] for change in call(api, op, "type=follow.new,star.closed").json()["results"]} == {"follow.new"}


TYPES = {"json": "application/json", "csv": "text/csv", "ndjson": "application/x-ndjson", "gexf": "application/gexf+xml",
         "graphml": "application/graphml+xml"}


def test_format_and_indent(api, document):
    for op in by(document, method="get"):
        if "format" not in op.query:
            continue
        for value in op.query["format"]["schema"]["enum"]:
            got = call(api, op, f"format={value}")
            assert got.headers["Content-Type"].split(";")[0] == TYPES.get(value, "text/html")
            op.check(got)
        assert "\n  " in call(api, op, "indent=2").text and "\n" not in call(api, op, "indent=0").text


# ---- refusals ----

REFUSALS = {  # status: (operation -> how to get it), or None where that operation can't
    "400": lambda op: {"query": "a=%00"},
    "401": lambda op: {"auth": False},
    "403": lambda op: {"auth": basic("bob", "readonly")},
    "404": lambda op: {"arguments": {name: "nothing-here" for name in op.arguments}} if op.path.endswith(".svg") else {"query": "format=xml"},
    "406": lambda op: {"headers": {"Accept": "image/png"} if "format" in op.query else {"Accept-Encoding": "identity;q=0"}},
    "412": lambda op: {"headers": {"If-Match": '"x"'}, "arguments": {"number": "1"}},
    "413": lambda op: {"body": b"x" * 70000},
    "414": lambda op: {"query": "a=" + "x" * 8200},
    "415": lambda op: {"headers": {"Content-Type": "text/csv"}, "body": b"a,b"},
}


def test_each_refusal_that_is_described_can_be_had(api, document):
    for op in document.operations:
        for status in op.responses:
            if status in REFUSALS:
                got = call(api, op, **REFUSALS[status](op))
                assert str(got.status) == status, f"{op}: {got.status} instead of {status}: {got.text[:200]}"
                op.check(got)


def test_each_refusal_that_can_be_had_is_described(api, document):
    for op in document.operations:
        for status, how in REFUSALS.items():
            if status in ("403", "413", "415") and (op.method == "get" or status == "415"):
                continue
            got = call(api, op, **how(op))
            assert str(got.status) in op.responses or "default" in op.responses, f"{op}: {got.status} ({status})"


def test_headers_of_answers_are_described(api, document):
    seen = set()
    for op in by(document, method="get"):
        got = call(api, op)
        names = {n for n in ("ETag", "Link", "Content-Disposition", "X-Total-Count", "X-Total-Count-Capped") if n in got.headers}
        if got.status == 200:
            assert names <= set(op.responses["200"]["headers"]), op
            seen |= {(op.path, n) for n in names}
    assert ("/github/jobs/", "X-Total-Count") in seen and ("/github/developers/", "Link") in seen


def test_not_modified(api, document):
    for op in by(document, method="get"):
        assert ("304" in op.responses) == (op.path != "/")
        if op.path in ("/", "/metrics", "/github/stats/"):  # the last two say something new each time
            continue
        first = call(api, op)
        got = call(api, op, headers={"If-None-Match": first.headers["ETag"]})
        assert (got.status, got.body) == (304, b""), op
        op.check(got)


def test_callbacks(api, document):
    for op in by(document, method="get"):
        if "callback" not in op.query:
            continue
        got = call(api, op, "callback=f.g")
        assert got.headers["Content-Type"].startswith("application/javascript") and "f.g(" in got.text
        op.check(got)
        bad = call(api, op, "callback=alert(1)")
        assert bad.status == 400
        op.check(bad)


def test_pages_of_another_origin_may_not_post(api, document):
    for op in by(document, method="post"):
        got = call(api, op, headers={"Origin": "https://elsewhere.example"})
        assert got.status == 403
        op.check(got)


def test_refused_tasks(api, document):
    op = document.operation("post", "/github/tasks/")
    for body, status in ((b'{"name":"nothing"}', 406), (b"{", 400), (b"[]", 400), (b'{"name":5}', 400)):
        got = call(api, op, body=body, headers={"Content-Type": "application/json"})
        assert got.status == status
        op.check(got)


def test_tasks_take_the_bodies_that_are_described(own, document):
    own.start(own.tmp / "log")
    op = document.operation("post", "/github/tasks/")
    content = op.raw["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
    schema = content["application/json"]["schema"]
    kinds = {task["name"]: task for task in own.get("/github/tasks/").json()}
    assert set(schema["properties"]["name"]["enum"]) == set(kinds) | {"sample", "census"}  # the list has the original's three
    assert set(schema["properties"]) == set(kinds["full_profile_sync"]) - {"id"} | {"kind", "n", "seed", "sample_name", "from", "to", "dry_run"}
    for name, task in kinds.items():
        values = {"name": name, **{key: "octocat" for key in ("username", "repo_name") if task[key] == "required"}}
        multipart = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in values.items()) + "--b--\r\n"
        for kind, body in (("application/json", json.dumps(values)), ("multipart/form-data; boundary=b", multipart),
                           ("application/x-www-form-urlencoded", "&".join(f"{k}={v}" for k, v in values.items()))):
            got = call(own, op, body=body, headers={"Content-Type": kind})
            assert got.status == 200, got.text
            op.check(got)
    for name in schema["required"]:
        assert call(own, op, body=json.dumps({k: "octocat" for k in schema["properties"] if k not in (name, "dry_run")}),
                    headers={"Content-Type": "application/json"}).status == 406


def test_too_many_wrong_passwords(own, document):
    own.start(own.tmp / "log")
    for op in document.operations:
        if not op.is_open:
            fail(own)
            got = call(own, op, auth=basic("ann", "yet another"))
            assert got.status == 429, op
            op.check(got)
    assert all(("429" in op.responses) == (not op.is_open) for op in document.operations)


def test_without_its_database(own, document):
    own.start(own.tmp / "log")
    own.pg.stop()
    try:
        for op in document.operations:
            got = call(own, op, auth=not op.is_open)
            if op.is_open and op.path != "/health/ready":  # these only say so when there is too much to do
                assert got.status < 400
            else:
                assert (got.status == 503) == ("503" in op.responses), f"{op}: {got.status}"
            op.check(got)
    finally:
        own.pg.start()


def test_with_a_broken_database(own, document):
    own.start(own.tmp / "log")
    assert own.get("/github/tasks/").status == 200
    own.pg.psql("alter table developers rename to d; alter table repositories rename to r; alter table jobs rename to j; alter table changes rename to c; alter table workers rename to w;"
                "alter table quota_buckets rename to q; alter table api_users rename to a;", "own")
    for op in document.operations:
        got = call(own, op, auth=basic("ann", "other") if not op.is_open else False)
        assert (got.status == 500) == ("500" in op.responses), f"{op}: {got.status}"
        op.check(got)


def test_a_database_too_slow(own, document):
    """One reading and one writing operation: the way is the same for all, and each waits for its deadline."""
    own.start(own.tmp / "log")
    assert own.get("/github/tasks/").status == 200  # the credentials are known from here on
    lock = subprocess.Popen([f"{own.pg.bin}/psql", "-X", "-q", own.pg.url("own")], stdin=subprocess.PIPE, text=True)
    try:
        lock.stdin.write("begin; lock table developers, jobs in access exclusive mode;\n\\! echo locked >&2\nselect pg_sleep(60);\n")
        lock.stdin.flush()
        while own.pg.psql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted "
                          "and relation = 'jobs'::regclass", "own") == [["0"]]:
            pass
        ops = [document.operation("get", "/github/developers/{id}/"), document.operation("post", "/github/tasks/")]
        for op in ops:
            got = call(own, op, timeout=30)
            assert got.status == 503 and "too long" in got.text, f"{op}: {got.status} {got.text}"
            op.check(got)
    finally:
        lock.kill()
        lock.wait()
        lock.stdin.close()
        own.pg.psql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' "
                    "and pid <> pg_backend_pid()", "own")
