"""Lists so long that the order's index is scanned: deep positions, from either end, and records out of order."""
import datetime
import json
import random
from urllib.parse import quote

import pytest

import graph
from server import fresh
from test_lists import ids, in_order, page, walk

N = 10500
WORDS = ("machine-gatisen-computer", "developer", "opensource", "Übersetzung", "c++", "data_science", "100%", "kubernetes operators",
         "naïve-bayes", "LLVM", "web", "photography")


def at(hours):
    return graph.time_of(0) + datetime.timedelta(hours=hours)


def rows():
    """Dates in no order of the ids; some unknown, some before the record was made."""
    rng, made = random.Random(5), []
    for i in range(1, N + 1):
        created = None if i % 97 == 0 else at(i * 7919 % N * 3)
        updated = at(rng.randrange(3 * N)) if created is None else created + datetime.timedelta(hours=rng.randrange(5000))
        if i % 211 == 0 and created:
            updated = created - datetime.timedelta(hours=rng.randrange(1, 15000))
        made.append({"github_id": i, "login": f"{rng.choice('abcxyz')}{i}", "name": None if i % 5 == 0 else f"N {i * 31 % 900}",
                     "company": ("Acme", "Beta", None)[i % 3], "bio": " ".join(rng.choices(WORDS, k=5)) + f" {i}",
                     "followers_count": i % 17, "created_at": created, "updated_at": updated})
    return made


ROWS = rows()


@pytest.fixture(scope="module")
def long(pg, tmp_path_factory):
    server = fresh(pg, "long")
    data = json.dumps(ROWS, default=graph.iso).replace("'", "''")
    names = ", ".join(ROWS[0])
    pg.psql(f"insert into developers ({names}, first_seen_at, synced_at) select {names}, now(), now() "
            f"from json_populate_recordset(null::developers, '{data}'); analyze developers", "long")
    server.start(tmp_path_factory.mktemp("long") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


def check_pages(api, query, want, cap):
    """Pages here and there, the last one, the first ones by cursor and back from the end."""
    base = f"/github/developers/?embed=none&{query}&page_size="
    last = max(1, -(-len(want) // 10))
    border = {200, 201}  # where other statements find a page of the usual order
    for number in (border | {1, 2, last // 3, last // 2, last // 2 + 1, last * 2 // 3, last - 1, last}) & set(range(1, last + 1)):
        body = page(api, f"{base}10&page={number}")
        assert ids(body) == want[number * 10 - 10:number * 10], number
        assert (body["count"], body.get("count_capped", False)) == (min(len(want), cap), len(want) > cap)
        assert (body["next"] is None) == (number == last)
    assert ids(page(api, f"{base}10&page=last")) == want[last * 10 - 10:]
    assert api.get(f"{base}10&page={last + 1}").status == 404
    assert walk(api, base + "50&cursor=", most=5)[0] == want[:250]
    end = api.get(base + "50&cursor=").headers["Link"] or ""
    if 'rel="last"' in end:
        back = walk(api, end.split('>; rel="last"')[0].rsplit("<", 1)[1], "previous", most=3)[0]
        assert back == want[::-1][:150]


@pytest.mark.parametrize("field", ["created_at", "updated_at", "name", "followers_count", "company", "login", "github_id"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_anywhere_in_every_order(long, sign, field):
    want = in_order(ROWS, sign + field) if field != "github_id" else [str(i) for i in sorted(range(1, N + 1), reverse=sign == "-")]
    check_pages(long, f"ordering={sign}{field}", want, N)


@pytest.mark.parametrize("op", ["lt", "lte"])
@pytest.mark.parametrize("more", ["", "&followers_count__gte=2", "&company=Acme", "&company__isnull=true", "&created_at__lt=2017-06-01",
                                  "&ordering=-created_at&followers_count__gte=2", "&ordering=created_at&followers_count__gte=2"])
def test_updated_before(long, op, more):
    moments = sorted(r["updated_at"] for r in ROWS)
    assert sum(r["created_at"] is not None and r["created_at"] > r["updated_at"] for r in ROWS) > 30
    lengths = set()
    for moment in (moments[0], moments[N // 5], moments[N // 2], moments[N * 9 // 10], moments[-1]):
        held = [r for r in ROWS if (r["updated_at"] < moment or op == "lte" and r["updated_at"] == moment)
                and ("followers" not in more or r["followers_count"] >= 2) and ("Acme" not in more or r["company"] == "Acme")
                and ("isnull" not in more or r["company"] is None)
                and ("2017" not in more or r["created_at"] and r["created_at"] < datetime.datetime(2017, 6, 1, tzinfo=graph.UTC))]
        order = ["created_at"] if "ordering=created" in more else []
        check_pages(long, f"updated_at__{op}={graph.iso(moment)}{more}", in_order(held, *order), 3000 if more else 5000)
        lengths.add(len(held))
    assert max(lengths) > 3000 and min(lengths) < 3000


@pytest.mark.parametrize("order", ["", "-created_at", "login", "-followers_count", "-name,location,email"])
def test_every_range_and_ten_words_at_once(own, order):
    own.start(own.tmp / "log")
    texts, numbers = "name location bio company email login", "followers_count following_count public_gists public_repos"
    own.pg.psql("insert into developers (github_id, type, created_at, updated_at, first_seen_at, synced_at, "
                f"{', '.join((texts + ' ' + numbers).split())}) select i, 'User', '2020-01-01', '2021-01-01', now(), now(), "
                "'m1', 'm2', 'm3 the one', 'm4', 'm5', 'm6' || i, 5, 5, 5, 5 from generate_series(1, 3100) i", "own")
    bounds = [(texts, "a", "z"), (numbers, 1, 9), ("created_at updated_at", "2001-01-01", "2030-01-01")]
    query = [f"{field}__{op}={low if op[0] == 'g' else high}" for fields, low, high in bounds for field in fields.split()
             for op in ("gt", "gte", "lt", "lte")] + ["search=" + "the+" * 10, "page_size=50", "embed=none", f"ordering={order}"]
    for first in ("", "&cursor="):
        got = own.get("/github/developers/?" + "&".join(query) + first)
        assert got.status == 200, got.text
        assert (got.json()["count"], got.json()["count_capped"], len(got.json()["results"])) == (3000, True, 50)
        behind = own.get(got.json()["next"].replace(own.base, ""))
        assert behind.status == 200 and not set(ids(behind.json())) & set(ids(got.json()))


@pytest.mark.parametrize("query,order,holds,cap", [
    ("company=Beta", [], lambda r: r["company"] == "Beta", 5000),
    ("company__in=Beta,Acme", [], lambda r: r["company"], 5000),
    ("company__isnull=true", [], lambda r: r["company"] is None, 5000),
    ("company__isnull=false", [], lambda r: r["company"] is not None, 5000),
    ("followers_count=3", [], lambda r: r["followers_count"] == 3, 5000),
    ("followers_count=99", [], lambda r: False, 5000),
    ("followers_count__gte=5&ordering=-followers_count", ["-followers_count"], lambda r: r["followers_count"] >= 5, 5000),
    ("followers_count__lt=3&ordering=followers_count", ["followers_count"], lambda r: r["followers_count"] < 3, 5000),
    ("name__gte=N%205&ordering=-name", ["-name"], lambda r: r["name"] and r["name"] >= "N 5", 5000),
    ("company=Beta&ordering=name", ["name"], lambda r: r["company"] == "Beta", 5000),
    ("created_at__gte=2016-01-01", [], lambda r: r["created_at"] and r["created_at"].year >= 2016, 5000),
    ("created_at__lt=2015-09-01&ordering=created_at", ["created_at"],
     lambda r: r["created_at"] and r["created_at"] < datetime.datetime(2015, 9, 1, tzinfo=graph.UTC), 5000)])
def test_ranges_of_one_index(long, query, order, holds, cap):
    check_pages(long, query, in_order([r for r in ROWS if holds(r)], *order), cap)


def test_parts_of_any_length(long):
    """Pieces of the texts, of every length and from anywhere in them, and some that are in none."""
    rng = random.Random(11)
    parts = ["hine-gatisen-com", "machine-gatisen-computes", "operators opensource", "developerdeveloper", "_science 100% ", "übersetzung",
             "ÜBERSETZUNG LLVM", "data%science", "c++ c++ c++", "web", "we", "%", "aïve", "+", "ü", "N 1", "photographyphotography"]
    for length in [*range(1, 13), 16, 20, 25, 30, 40]:
        for row in rng.sample(ROWS, 2):
            start = rng.randrange(max(1, len(row["bio"]) - length))
            parts.append(row["bio"][start:start + length])
    few = many = none = 0
    for part in parts:
        for field in ("bio", "login", "name"):
            for lookup in ("icontains", "contains") if field != "login" else ("icontains",):
                held = [r for r in ROWS if r[field] and (part in r[field] if lookup == "contains" else part.lower() in r[field].lower())]
                want, cap = in_order(held), 1000 if len(part) < 3 else 3000
                body = page(long, f"/github/developers/?embed=none&page_size=20&{field}__{lookup}={quote(part)}")
                assert ids(body) == want[:20], (field, lookup, part)
                assert (body["count"], body.get("count_capped", False)) == (min(len(want), cap), len(want) > cap)
                none, few, many = none + (not want), few + (0 < len(want) <= cap), many + (len(want) > cap)
    assert min(none, few, many) > 10
    for part in ("machine-gatisen", "KUBERNETES", "opensource-", "gatisen", "photography"):
        held = [r for r in ROWS if any(part.lower() in (r[f] or "").lower() for f in ("bio", "login", "name", "company"))]
        assert ids(page(long, f"/github/developers/?embed=none&page_size=20&search={quote(part)}")) == in_order(held)[:20], part
