"""What people write about themselves, and what repositories are called, through every form a chart's data takes: it comes out as it
went in, as text, under a type that no browser takes for a page."""
import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from graph import HOSTILE, record_id
from test_history_svg import SVG, XSS, draw

TEXTS = [t.replace("\ufffe", "").replace("\x00", "")[:300] for t in HOSTILE + XSS + ["-1+1", "@SUM(1)", "a,b", 'say "hi"', "two\r\nlines", " ", ""]]
TEXTS = list(dict.fromkeys(TEXTS))


def literal(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.fixture(scope="module")
def hostile(new_api, pg, tmp_path_factory):
    server = new_api("hostile")
    for n, text in enumerate(TEXTS, 1):
        value = literal(text)
        pg.psql(f"insert into developers (github_id, login, name, bio, location, company, type, first_seen_at, synced_at) values "
                f"({n}, {value}, {value}, {value}, {value}, {value}, {value}, now(), now()); "
                f"insert into repositories (github_id, owner_github_id, name, full_name, description, language, license, topics, first_seen_at, synced_at) values "
                f"({n}, {n}, {value}, {value}, {value}, {value}, {value}, array[{value}], now(), now()); "
                f"insert into repository_counts (github_id, day, stargazers_count) values ({n}, '2026-01-01', {n}); "
                f"insert into stars values (1, {n}, now(), now()); insert into follows select {n}, 1, now() where {n} > 1; "
                f"insert into quota_samples values ('2026-01-01', {value}, 'core', 1, 1, 1, 1, 1)", "hostile")
    server.start(tmp_path_factory.mktemp("hostile") / "log")
    yield server
    assert server.stop() == 0


def safe(answer, kind):
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == kind and answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer


@pytest.mark.parametrize("path", [f"/github/developers/facets/?field={f}" for f in ("type", "location", "company")]
                         + [f"/github/repositories/facets/?field={f}" for f in ("language", "license", "topics", "owner")])
def test_values_of_facets(hostile, path):
    path += "&limit=1000"
    plain = {v["value"] for v in safe(hostile.get(path), "application/json").json()["values"]}
    assert plain == set(TEXTS)
    table = safe(hostile.get(path + "&format=csv"), "text/csv").text
    assert {row[0] for row in list(csv.reader(io.StringIO(table, newline="")))[1:]} == plain
    lines = safe(hostile.get(path + "&format=ndjson"), "application/x-ndjson").body.split(b"\n")
    assert {json.loads(line)["value"] for line in lines if line} == plain


def test_labels_of_credentials(hostile):
    table = safe(hostile.get("/github/quota/history/?format=csv"), "text/csv").text
    assert {row[1] for row in list(csv.reader(io.StringIO(table, newline="")))[1:]} == set(TEXTS)
    assert {s["credential"] for s in hostile.get("/github/quota/history/").json()["samples"]} == set(TEXTS)


@pytest.mark.parametrize("form", ["gexf", "graphml"])
def test_names_in_graphs(hostile, form):
    answer = safe(hostile.get(f"/github/developers/{record_id(1, 1)}/network/?limit=2000&format={form}"), f"application/{form}+xml")
    root = ET.fromstring(answer.body)
    ns = root.tag[:root.tag.index("}") + 1]
    names = {n.get("label") if form == "gexf" else n.find(f"{ns}data[@key='name']").text or "" for n in root.iter(ns + "node")}
    assert names == {"".join(c if ord(c) >= 32 and c not in "\x7f\uffff" or c in "\t\n\r" else "\ufffd" for c in t) for t in TEXTS}
    assert {e.tag for e in root.iter()} <= {ns + t for t in (
        ("gexf", "meta", "creator", "description", "graph", "attributes", "attribute", "nodes", "node", "edges", "edge", "attvalues", "attvalue")
        if form == "gexf" else ("graphml", "key", "graph", "node", "edge", "data"))}


@pytest.mark.parametrize("n", range(1, len(TEXTS) + 1))
def test_pictures(hostile, n):
    for field in ("stargazers_count", "stars_ended"):
        answer, root = draw(hostile, f"/github/repositories/{record_id(2, n)}/history.svg?field={field}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "<script" not in answer.text and "<img" not in answer.text
        assert sum(1 for e in root.iter(SVG + "style")) == 1
