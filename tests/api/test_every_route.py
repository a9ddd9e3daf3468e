"""What holds for the parameters of every operation that the OpenAPI document describes: none is ignored without a word."""
import json

import pytest

from described import api, by, call, document  # noqa: F401

IGNORED = "X-Ignored-Parameters"
BODY = b'{"name": "discovery_scraper"}'


def ask(api, op, query):  # noqa: F811
    """A POST that works asks for no task."""
    more = "&dry_run=1" if op.path == "/github/tasks/" and op.method == "post" else ""
    if op.method == "get":
        return call(api, op, query)
    return call(api, op, query + more, {"Content-Type": "application/json"}, BODY, {"number": "99999"})


def test_unknown_parameters_are_named(api, document):  # noqa: F811
    for op in document.operations:
        plain = ask(api, op, "")
        for query, names in (("locatoin=Brazil", "locatoin"), ("zz=&zz=1&aa=2", "aa, zz"), ("locatoin=Brazil&strict=0", "locatoin"),
                             ("Page=2&strict=false", "Page")):
            got = ask(api, op, query)
            assert (got.status, got.headers[IGNORED]) == (plain.status, names), f"{op} {query}"
            op.check(got)


def test_strict_is_taken_everywhere(api, document):  # noqa: F811
    for op in document.operations:
        assert "strict" in op.query, op
        plain = ask(api, op, "")
        got = ask(api, op, "strict=1")
        assert (got.status, got.headers[IGNORED]) == (plain.status, None), f"{op} {got.text[:200]}"
        for query, names in (("locatoin=Brazil&strict=1", ["locatoin"]), ("zz=&strict=true&aa=1", ["aa", "zz"]), ("strict=maybe", ["strict"])):
            got = ask(api, op, query)
            assert got.status == 400 and list(got.json()) == names, f"{op} {query}: {got.text[:200]}"
            op.check(got)


def test_several_values(api, document):  # noqa: F811
    """Those of a list join; of any other parameter the last one counts."""
    seen = set()
    for op in by(document, method="get"):
        for name, parameter in op.query.items():
            schema = parameter["schema"]
            several = schema.get("type") == "array"
            values = (schema["items"] if several else schema).get("enum", [])[:4]
            if len(values) < 2 or "json" in values:
                continue
            seen.add((op.path, name))
            bodies = {value: call(api, op, f"{name}={value}").body for value in values}
            for one, other in zip(values, values[1:]):
                got = call(api, op, f"{name}={one}&{name}={other}")
                wanted = call(api, op, f"{name}={one},{other}").body if several else bodies[other]
                assert got.status == 200 and without_links(got.body) == without_links(wanted), f"{op} {name} {one} {other}"
    assert {("/github/jobs/", "state"), ("/github/jobs/", "kind"), ("/github/changes/", "kind"), ("/github/changes/", "type")} <= seen


def without_links(body):
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return {k: v for k, v in value.items() if k not in ("next", "previous", "url")} if isinstance(value, dict) else value


@pytest.mark.parametrize("path,query,names", [
    ("/github/tasks/", "dry_run=1", "dry_run"),
    ("/github/tasks/", "dry_run=maybe", "dry_run"),
    ("/github/developers/", "cursor=&page=2", "page"),
    ("/github/jobs/", "cursor=9&page=2&page_size=1", "page"),
    ("/github/jobs/", "cursor=9&page=last", "page"),
    ("/github/developers/", "format=csv&indent=2", "indent"),
    ("/github/changes/", "format=ndjson&indent=2&page_size=3", "indent, page_size"),
    ("/github/developers/facets/", "format=csv&indent=2", "indent"),
    ("/github/developers/by-login/dev1/network/", "format=gexf&indent=1", "indent"),
    ("/github/developers/", "limit=2", "limit"),
    ("/github/charts/stars.svg", "repo=dev2/repo1&format=csv&indent=2", "format, indent")])
def test_what_this_answer_makes_no_use_of_is_named(api, path, query, names):  # noqa: F811
    got = api.get(f"{path}?{query}")
    assert got.status == 200 and got.headers[IGNORED] == names, got.text[:200]
    got = api.get(f"{path}?{query}&strict=1")
    assert got.status == 400 and list(got.json()) == names.split(", "), got.text[:200]


@pytest.mark.parametrize("path,query,n", [
    ("/github/charts/stars/", "repo=a/b&repo=c/d&repo=a/b", 2), ("/github/charts/stars/", "&".join(f"repo=a/{i}" for i in range(9)), 9)])
def test_all_that_is_wrong_with_one_parameter_is_in_one_list(api, path, query, n):  # noqa: F811
    got = api.get(f"{path}?{query}")
    assert got.status == 400 and len(got.json()["repo"]) == n and got.text.count('"repo":') == 1, got.text
