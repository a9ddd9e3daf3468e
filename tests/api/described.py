"""The API on a graph with a quota and jobs, and its OpenAPI document: fixtures and calls of tests that hold the two together."""
import json
import re

import pytest

import graph
from openapi_document import Document

ARGUMENTS = {"number": "1",  # a quota, and a job
             "login": "dev1", "owner": "dev2", "name": "repo1"}


@pytest.fixture(scope="module")
def api(pg, new_api, tmp_path_factory):
    """The API on the graph of graph.py, with a quota and some jobs."""
    server = new_api("described")
    pg.psql(graph.sql(), "described")
    pg.psql("insert into credentials (label, kind, position) values ('a', 'token', 0);"
            "insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at) "
            "values ('a', 'core', 60, 3, 1600000000, to_timestamp(1600000000)), ('a', 'graphql', 61, 4, null, null);"
            "insert into developer_logins (github_id, login, seen_until) values (1, 'former', now());"
            "insert into repository_names (github_id, full_name, seen_until) values (101, 'dev2/former', now());"
            "insert into webhooks (url, secret, state, position_id, next_at) select 'https://example.org/' || n, 'secret-of-webhooks', "
            "'gone', 1, now() + interval '1 day' from generate_series(1, 15) n; insert into webhook_dead_letters (webhook_id, since, upto, "
            "items, error) values (1, 'c0.0', 'c1.0', 1, 'no')", "described")
    server.start(tmp_path_factory.mktemp("described") / "log")
    for body in ("name=full_profile_sync&username=dev1", "name=discovery_scraper", "name=full_profile_sync&username=dev2",
                 "name=full_repository_sync&username=dev2&repo_name=repo1", "name=full_profile_sync&username=dev3"):
        assert server.form(body).status == 200
    assert server.request("POST", "/github/jobs/3/cancel/").status == 200
    yield server
    assert server.stop() == 0, server.log()[-3000:]


@pytest.fixture(scope="module")
def document(api):
    got = api.get("/github/swagger.json")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    return Document(got.json())


def address(op, **more):
    """The operation's path with arguments of records there are."""
    kind = 2 if op.path.startswith("/github/repositories/") else 1
    removes = op.method == "delete" or op.path.endswith("/remove/")
    gone = {"number": "99999"} if removes else {}  # what is there is asked for again
    values = {**ARGUMENTS, **gone, "sample": "repositories" if op.path.endswith("{sample}/repositories/") else "users", "id": graph.record_id(kind, 100 + 1 if kind == 2 else 1), **more}
    return re.sub(r"{(\w+)}", lambda match: values[match.group(1)], op.path)


def call(api, op, query="", headers=None, body=None, arguments=None, **more):
    path = address(op, **(arguments or {})) + ("?" + query if query else "")
    headers = dict(headers or {})
    if op.method == "post" and body is None:
        body = json.dumps(op.raw["requestBody"]["content"]["application/json"]["example"]) if "requestBody" in op.raw else ""
        headers.setdefault("Content-Type", "application/json")
    return api.request(op.method.upper(), path, headers, body, **more)


def by(document, **wanted):
    return [op for op in document.operations if all(getattr(op, key) == value for key, value in wanted.items())]


def lists(document):
    return [op for op in document.operations if "page" in op.query]
