"""Text is the same text in any of Unicode's forms: in queries and in records, which keep what GitHub sent."""
import unicodedata
from urllib.parse import urlencode

import pytest

from server import Api

# Composed here; each is also stored decomposed, and asked for in both forms.
TEXTS = {"accent": "José Núñez", "vietnamese": "Nguyễn Thị Ngọc", "hangul": "김민준 개발자", "kana": "ガギグ プログラマ", "ring": "Åsa Ström",
         "marks": "ệạ̈ Straße", "kelvin": "KELVIN"}
SINGLETONS = {"ring": "\u212bsa Ström", "kelvin": "\u212aELVIN"}  # Angstrom and Kelvin signs


@pytest.fixture(scope="module")
def world(new_api, pg, tmp_path_factory):
    server, rows = new_api("unicode"), []
    for number, (name, text) in enumerate(TEXTS.items(), 1):
        for form, value in enumerate((text, SINGLETONS.get(name) or unicodedata.normalize("NFD", text)), 0):
            rows.append((number * 10 + form, value))
    rows.append((500, "Jose\u0301"))  # begins as "Jose" only by its bytes
    rows.append((501, "Plain"))
    sql = ""
    for i, value in rows:
        sql += (f"insert into developers (github_id, login, name, company, bio, location, created_at, first_seen_at, synced_at) values"
                f" ({i}, 'u{i}', '{value}', '{value}', 'is {value}!', '{value}', '2020-01-01Z', now(), now());\n"
                f"insert into repositories (github_id, name, full_name, description, homepage, language, license, created_at,"
                f" first_seen_at, synced_at) values ({i}, 'r{i}', 'o/r{i}', 'is {value}!', '{value}', '{value}', '{value}',"
                f" '2020-01-01Z', now(), now());\n")
    pg.psql(sql + "analyze;", "unicode")
    server.rows = dict(rows)
    server.start(tmp_path_factory.mktemp("unicode") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


def ids(api, kind, **query):
    got = api.get(f"/github/{kind}/?{urlencode({'page_size': 100, **query})}")
    assert got.status == 200, got.text
    body = got.json()
    assert body["count"] == len(body["results"])
    return sorted(int(r["github_id"]) for r in body["results"])


CASES = [("developers", p) for p in ("name", "name__iexact", "name__contains", "name__icontains", "name__startswith", "name__in",
                                     "company", "company__in", "location__iexact", "location__startswith", "bio__contains",
                                     "bio__icontains", "search")]
CASES += [("repositories", p) for p in ("homepage", "homepage__startswith", "language", "language__iexact", "license__in",
                                        "license__iexact", "description__contains", "description__icontains", "search")]


@pytest.mark.parametrize("kind,parameter", CASES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_form_finds_every_form(world, kind, parameter, name):
    text = TEXTS[name]
    number = list(TEXTS).index(name) * 10 + 10
    for form in (text, unicodedata.normalize("NFD", text), SINGLETONS.get(name, text)):
        assert ids(world, kind, **{parameter: form}) == [number, number + 1], (form, parameter)


def test_pages_cursors_and_orders_have_them(world):
    for query in ("", "&ordering=name", "&ordering=-login", "&cursor=", "&ordering=name&cursor="):
        found, path = [], "/github/developers/?page_size=1&" + urlencode({"name": TEXTS["hangul"]}) + query
        while path:
            body = world.get(path.replace(world.base, "")).json()
            found += [int(r["github_id"]) for r in body["results"]]
            path = body["next"]
        assert sorted(found) == [30, 31], query


def test_matches_of_bytes_only_are_not_found(world):
    assert ids(world, "developers", name__startswith="Jose") == ids(world, "developers", name__contains="Jose") == []
    assert ids(world, "developers", name__startswith="José") == [10, 11, 500]


@pytest.mark.parametrize("op,compare", [("lt", lambda a, b: a < b), ("lte", lambda a, b: a <= b), ("gt", lambda a, b: a > b),
                                        ("gte", lambda a, b: a >= b)])
def test_ranges_compare_composed_text(world, op, compare):
    for bound in list(TEXTS.values()) + ["Jose", "Jot"]:
        want = [i for i, value in world.rows.items() if compare(unicodedata.normalize("NFC", value), unicodedata.normalize("NFC", bound))]
        assert ids(world, "developers", **{f"name__{op}": unicodedata.normalize("NFD", bound)}) == sorted(want)


def test_records_keep_what_was_sent(world):
    for i, value in world.rows.items():
        body = world.get(f"/github/developers/by-login/u{i}/").json()
        assert (body["name"], body["bio"]) == (value, f"is {value}!")


@pytest.mark.parametrize("part,want", [("민", [30, 31]), ("민준", [30, 31]), ("발", [30, 31]), ("グラ", [40, 41]), ("ギ", [40, 41])])
def test_one_or_two_characters_within_words(world, part, want):
    for form in ("NFC", "NFD"):
        assert ids(world, "developers", search=unicodedata.normalize(form, part)) == want
        assert ids(world, "repositories", search=unicodedata.normalize(form, part)) == want


def test_han_within_words(own, pg, tmp_path):
    pg.psql("insert into developers (github_id, login, name, created_at, first_seen_at, synced_at) values (1, 'a', '東京都港区', now(), now(), now()),"
            " (2, 'b', '京都', now(), now(), now()), (3, 'c', '𠮷野家', now(), now(), now()), (4, 'google', null, now(), now(), now());", "own")
    own.start(tmp_path / "log")
    for part, want in (("京都", [1, 2]), ("港", [1]), ("野", [3]), ("𠮷", [3]), ("go", []), ("都 東", [1]), ("都\u3000東", [1]),
                       ("\u3000京都\u00a0", [1, 2]), ("\u2009野\u2028家", [3]), ("都\u200b東", [])):
        assert ids(own, "developers", search=part) == want, part
    own.stop()


# Short words beside each other and beside signs, in compounds, hosts, addresses and numbers, in one to four bytes a character.
SENTENCES = ["i write go and c#, c++", "a-b x-or go-lang well-a", "x.io go.example.org me@go.de http://a.b/c?d=e", "v2 2b 3 -4 1.5 1e5 10",
             "né à öl œ éé", "я он это", "ß ﬁ 𝒳𝒴 🦊a", "北 京都 東a", "a_b go_ _go __", "o'k it's", "", "ı i̇ ii", "go\ngo\tgo/go|go",
             "golang/go vue.js a/b.c /go .js"]
SAME = """
with texts as (select gitomatic_fold(t) as t from unnest(%(sentences)s::text[]) t),
     words as (select distinct substr(t, n, k) as word from texts, generate_series(1, length(t)) n, generate_series(1, %(longest)s) k)
select count(*) filter (where whole), count(*) filter (where short is distinct from whole), min(t || ': ' || word) filter (where short <> whole)
  from (select t, word, to_tsvector('simple', translate(t, '/.', '  ')) @@ q as whole, gitomatic_short_words(t) @@ q as short
          from texts, words, lateral plainto_tsquery('simple', translate(word, '/.', '  ')) q where numnode(q) > 0) as both_ways
"""


def check_short_words(pg, database, longest):
    quoted = "array[" + ", ".join("'" + s.replace("'", "''") + "'" for s in SENTENCES) + "]"
    found, differ, example = pg.psql(SAME % {"sentences": quoted, "longest": longest}, database)[0]
    assert int(found) > 30 and int(differ) == 0, example


def test_short_words_are_found_as_in_the_whole_text(world, pg):
    check_short_words(pg, "unicode", 2)
    size = "select length(gitomatic_short_words('go developers of the world')), length(to_tsvector('simple', 'go developers of the world'))"
    assert pg.psql(size, "unicode") == [["2", "5"]]


def test_a_database_that_does_not_know_unicode(pg, tmp_path):
    name = "sql_ascii"  # the only other encoding that the migrations themselves can be sent to
    pg.psql(f"create database {name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'", "postgres")
    server = Api(pg.url(name))
    server.run("migrate")
    server.run("user-add", "ann", "secret")
    pg.psql("insert into developers (github_id, login, name, created_at, first_seen_at, synced_at) values"
            " (1, 'a', 'Ada', now(), now(), now())", name)
    server.start(tmp_path / "log")
    for query in ({"name": "Ada"}, {"name__iexact": "aDA"}, {"search": "ada"}, {"name__in": "x,Ada"}):
        assert ids(server, "developers", **query) == [1], query
    assert ids(server, "developers", name="José") == []
    check_short_words(pg, name, 4)  # bytes
    assert server.stop() == 0


def test_the_first_record_in_another_form_counts_at_once(new_api, pg, tmp_path):
    """Nothing that a query has seen before lets the next one miss it, however the list is read."""
    server = new_api("unicode_first")
    put = ("insert into {} values ({}, now(), now(), '2020-01-01Z')")
    developers = "developers (github_id, login, name, first_seen_at, synced_at, created_at)"
    repositories = "repositories (github_id, name, full_name, homepage, first_seen_at, synced_at, created_at)"
    pg.psql(put.format(developers, "1, 'a', 'Jose plain'") + ";" + put.format(repositories, "1, 'r', 'a/r', 'Jose'"), "unicode_first")
    server.start(tmp_path / "log")
    assert ids(server, "developers", name__startswith="Jose") == ids(server, "developers", search="jose") == [1]
    assert ids(server, "repositories", homepage__startswith="Jose") == [1]
    pg.psql(put.format(developers, "2, 'b', 'Jose\u0301'") + ";" + put.format(repositories, "2, 's', 'b/s', 'Jose\u0301'"), "unicode_first")
    assert ids(server, "developers", name__startswith="Jose") == [1]
    assert ids(server, "repositories", homepage__startswith="Jose") == [1]
    assert ids(server, "developers", name__startswith="Jos\u00e9") == ids(server, "developers", search="jos\u00e9") == [2]
    page = server.get("/github/repositories/?" + urlencode({"homepage__startswith": "Jose", "page_size": 1, "cursor": ""})).json()
    assert [int(r["github_id"]) for r in page["results"]] == [1] and page["next"] is None
    last = server.get("/github/developers/?" + urlencode({"name__startswith": "Jose", "page": "last"})).json()
    assert (last["count"], len(last["results"])) == (1, 1)
    assert server.stop() == 0
