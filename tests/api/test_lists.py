"""Cursors, ordering, search, fields, counts: each compared with the same selection in Python."""
import concurrent.futures
import contextlib
import itertools
import random
import threading
from urllib.parse import quote, urlencode

import psycopg2
import pytest

import graph
from server import until

ROWS = {"developers": graph.listed(graph.developers()), "repositories": graph.listed(graph.repositories())}
EXPECTED = {"developers": graph.expected_developer, "repositories": graph.expected_repository}
ORDER = {"developers": ["created_at", "updated_at", "github_id", "login", "name", "location", "company", "email", "type",
                        "followers_count", "following_count", "public_gists", "public_repos"],
         "repositories": ["created_at", "updated_at", "github_id", "owner_github_id", "name", "full_name", "homepage",
                          "language", "stargazers_count", "subscribers_count", "watchers_count", "open_issues_count"]}


def page(api, path):
    got = api.get(path.replace(api.base, ""))
    assert got.status == 200, got.text
    return got.json()


def ids(body):
    return [r["github_id"] for r in body["results"]]


def walk(api, path, key="next", most=1000):
    """Ids and pages from there on."""
    found, pages = [], 0
    while path and pages < most:
        body = page(api, path)
        found += ids(body) if key == "next" else ids(body)[::-1]
        pages += 1
        path = body[key]
    return found, pages


# ---- ordering ----

class Reversed:
    """Sorts the other way round."""
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return other.value < self.value

    def __eq__(self, other):
        return self.value == other.value


def in_order(rows, *fields):
    """As documented: nulls last; ties newest first, turned round when the first field descends (for created_at: ascends)."""
    def key(row):
        def part(field, descending, nulls_first=False):
            value = row[field]
            if isinstance(value, str):
                value = value.encode()
            plain = 0 if value is None else Reversed(value) if descending else value
            return ((value is None) != nulls_first, plain)
        names = [f.lstrip("-") for f in fields]
        turned = bool(fields) and fields[0].startswith("-") != (names[0] == "created_at")
        parts = [part(f.lstrip("-"), f.startswith("-")) for f in fields]
        if "created_at" not in names:
            parts.append(part("created_at", not turned, turned))
        return [*parts, Reversed(row["github_id"]) if turned else row["github_id"]]
    return [str(r["github_id"]) for r in sorted(rows, key=key)]


FIELDS = [(n, sign + f) for n, fields in ORDER.items() for f in fields for sign in ("", "-")]


@pytest.mark.parametrize("name,field", FIELDS)
def test_every_order_by_page_and_by_cursor_both_ways(api, name, field):
    if "github_id" == field.lstrip("-"):
        want = [str(i) for i in sorted((r["github_id"] for r in ROWS[name]), reverse=field[0] == "-")]
    else:
        want = in_order(ROWS[name], field)
    base = f"/github/{name}/?embed=none&ordering={field}&page_size="
    assert walk(api, base + "7")[0] == want
    assert walk(api, base + "5&cursor=")[0] == want
    last = api.get(base + "8&cursor=").headers["Link"].split('>; rel="last"')[0].rsplit("<", 1)[1]
    assert walk(api, last, "previous")[0] == want[::-1]


@pytest.mark.parametrize("fields", ["type,-followers_count", "-public_gists,location", "public_repos,-name,login",
                                    "-type,created_at", "location,-github_id"])
def test_several_fields(api, fields):
    if "github_id" in fields:
        rows = sorted(ROWS["developers"], key=lambda r: -r["github_id"])
        want = [str(r["github_id"]) for r in sorted(rows, key=lambda r: (r["location"] is None, r["location"] or ""))]
    else:
        want = in_order(ROWS["developers"], *fields.split(","))
    base = f"/github/developers/?embed=none&ordering={fields}&page_size="
    assert walk(api, base + "6")[0] == want
    assert walk(api, base + "6&cursor=")[0] == want


def test_order_together_with_filters(api):
    rows = [r for r in ROWS["repositories"] if r["language"] == "C"]
    base = "/github/repositories/?language=C&embed=none&page_size=2&ordering=-open_issues_count"
    assert walk(api, base)[0] == walk(api, base + "&cursor=")[0] == in_order(rows, "-open_issues_count") != []


def test_bad_orders_are_named(api):
    for bad in ("nonsense", "-", "login,x", "--login", "id", "followers", "login;drop", "LOGIN", "é", "-bio", "bio"):
        got = api.get("/github/developers/?" + urlencode({"ordering": bad}))
        assert got.status == 400 and "Choose from: created_at," in got.json()["ordering"][0], bad
    got = api.get("/github/developers/?ordering=login,name,email,type")
    assert got.json() == {"ordering": ["Order by at most 3 fields."]}
    for empty in ("", ",", " , "):
        assert ids(page(api, "/github/developers/?ordering=" + quote(empty))) == ids(page(api, "/github/developers/"))
    twice = ids(page(api, "/github/developers/?ordering=login,-login,login,login"))
    assert twice == ids(page(api, "/github/developers/?ordering=login"))


# ---- cursors ----

@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("query", ["", "login__gte=a", "full_name__startswith=dev", "search=dev", "has_wiki=true", "bio__isnull=true"])
def test_cursors_and_pages_have_the_same_records(api, name, query):
    by_page = walk(api, f"/github/{name}/?page_size=4&{query}")[0]
    assert walk(api, f"/github/{name}/?page_size=4&cursor=&{query}")[0] == by_page
    assert walk(api, f"/github/{name}/?page_size=100&cursor=&{query}")[0] == by_page


def test_links_of_a_cursor(api):
    first = page(api, "/github/developers/?cursor=&page_size=10&page=3&embed=none")
    assert first["previous"] is None and first["count"] == len(ROWS["developers"])
    assert "cursor=" in first["next"] and "page=" not in first["next"].replace("page_size=", "")
    second = page(api, first["next"])
    back = page(api, second["previous"])
    assert ids(back) == ids(first) and back["previous"] is None
    assert ids(page(api, back["next"])) == ids(second)
    assert walk(api, first["next"])[0] == [str(r["github_id"]) for r in ROWS["developers"]][10:]


def test_invalid_and_foreign_cursors_are_refused(api):
    cursor = page(api, "/github/developers/?cursor=&page_size=5")["next"].split("cursor=")[1].split("&")[0]
    assert api.get(f"/github/developers/?cursor={cursor}&page_size=7&fields=login&embed=none&indent=1").status == 200
    assert api.get(f"/github/developers/?cursor={cursor}&nonsense=1").status == 200
    for other in ("repositories/?", "developers/?login__gte=a&", "developers/?ordering=login&", "developers/?search=dev&"):
        got = api.get(f"/github/{other}cursor={cursor}")
        assert got.status == 400 and "another list" in got.json()["cursor"][0], other
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    rng = random.Random(7)
    made_up = [cursor[:-1], cursor + "A", cursor + "=", "x", "null", "1", "AAAA", "A" * 5000, "é", "%00", cursor[1:]]
    made_up += ["".join(rng.choices(alphabet, k=rng.randrange(1, 60))) for _ in range(200)]
    for _ in range(300):  # one character changed
        at = rng.randrange(len(cursor))
        made_up.append(cursor[:at] + rng.choice(alphabet) + cursor[at + 1:])
    for bad in made_up:
        got = api.get("/github/developers/?cursor=" + quote(bad, safe="%"))
        assert got.status in (200, 400), (bad, got.text)
        if got.status == 400:
            assert list(got.json()) == ["cursor"] or "detail" in got.json()


def test_each_unchanged_record_is_listed_once_despite_concurrent_changes(own):
    """While others are inserted, taken out of the list and put back."""
    own.pg.psql("""insert into developers (github_id, login, created_at, synced_at, first_seen_at)
                   select g, 'u' || g, timestamptz '2020-01-01' + (g % 50) * interval '1 day', now(), now()
                     from generate_series(1, 400) g""", "own")
    own.start(own.tmp / "log")
    stop = threading.Event()

    def change():
        for n in itertools.count():
            if stop.is_set():
                return
            own.pg.psql(f"""insert into developers (github_id, login, created_at, synced_at, first_seen_at)
                            select {10000 + n * 20} + g, 'n', timestamptz '2020-01-01' + g * interval '60 h', now(), now()
                              from generate_series(1, 20) g;
                            update developers set gone_at = case when gone_at is null then now() end
                             where github_id between 10000 and 20000 and github_id % 7 = {n} % 7""", "own")
    thread = threading.Thread(target=change)
    thread.start()
    try:
        for ordering in ("", "-created_at", "created_at", "login", "-followers_count"):
            for _ in range(2):
                found, pages = walk(own, f"/github/developers/?cursor=&embed=none&page_size=13&ordering={ordering}")
                steady = [i for i in found if int(i) <= 400]
                assert len(found) == len(set(found)) and sorted(map(int, steady)) == list(range(1, 401)), ordering
                assert pages > 30
    finally:
        stop.set()
        thread.join()


# ---- counts ----

def test_headers_of_a_page(api):
    got = api.get("/github/developers/?page=2&page_size=10&embed=none")
    base = f"{api.base}/github/developers/?embed=none"
    assert got.headers["X-Total-Count"] == str(len(ROWS["developers"])) and "X-Total-Count-Capped" not in got.headers
    assert got.headers["Link"] == (f'<{base}&page_size=10>; rel="prev", <{base}&page=3&page_size=10>; rel="next", '
                                   f'<{base}&page=5&page_size=10>; rel="last", <{base}&page_size=10>; rel="first"')
    assert api.get("/github/developers/?login=dev1").headers["X-Total-Count"] == "1"
    assert "Link" not in api.get("/github/developers/?login=dev1").headers


def kept(pg, database):
    return pg.psql("""
        with kept as (
            select list, starts as day, sum(n) as n from (
                select list, starts, n from list_counts where span = 'day'
                union all select list, day, n from list_deltas) as k group by 1, 2 having sum(n) <> 0),
        counted as (
            select list, day, count(*) as n from (
                select 'developers' as list, gitomatic_day(created_at) as day from developers
                 where synced_at is not null and gone_at is null
                union all select 'repositories', gitomatic_day(created_at) from repositories
                 where synced_at is not null and gone_at is null) as c group by 1, 2)
        select count(*) filter (where k.n is distinct from c.n), count(c.n) from kept k full join counted c using (list, day)
    """, database)[0]


def test_stored_counts_equal_count_after_random_statements(own):
    """Random statements of four sessions, some rolled back, some folding: the counts equal count(*) by day."""
    rng = random.Random(5)

    def statement(session):
        ids_ = f"github_id % 97 = {rng.randrange(97)} and github_id / 1000 = {session}"
        day = f"timestamptz '2020-01-01' + {rng.randrange(400)} * interval '7 h'"
        low = session * 1000 + rng.randrange(900)
        return rng.choice([
            f"""insert into developers (github_id, login, created_at, synced_at, first_seen_at)
                select g, 'x', case when g % 9 > 0 then {day} end, case when g % 4 > 0 then now() end, now()
                  from generate_series({low}, {low} + 30) g
                on conflict (github_id) do update set synced_at = now(), created_at = excluded.created_at""",
            f"update developers set gone_at = now() where {ids_}", f"update developers set gone_at = null where {ids_}",
            f"update developers set synced_at = null where {ids_}", f"delete from developers where {ids_}",
            f"update developers set created_at = {day} where {ids_}", f"update developers set created_at = null where {ids_}",
            f"update developers set github_id = -1 where {ids_}",  # refused
            """with mine as materialized (select pg_try_advisory_xact_lock(7718, 1) as ok),
               gone as (delete from list_deltas where (select ok from mine) returning list, day, n),
               part as (select list, span, starts, sum(n) as n from gone cross join lateral (
                            values ('day', day), ('month', date_trunc('month', day)::date), ('all', '-infinity'::date))
                            as p(span, starts) group by 1, 2, 3)
               insert into list_counts select list, span, starts, n from part
               on conflict (list, span, starts) do update set n = list_counts.n + excluded.n"""])

    def session(number, scripts):
        for script in scripts:
            try:
                own.pg.psql(script, "own")
            except RuntimeError as e:
                assert "check constraint" in str(e)
    plans = [["begin; " + "; ".join(statement(s) for _ in range(rng.randrange(1, 5))) + rng.choice(["; commit", "; rollback"])
              for _ in range(25)] for s in range(1, 5)]
    threads = [threading.Thread(target=session, args=(s, plan)) for s, plan in enumerate(plans)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wrong, days = kept(own.pg, "own")
    assert wrong == "0" and int(days) > 10
    own.start(own.tmp / "log")
    count = int(own.pg.psql("select count(*) from developers where synced_at is not null and gone_at is null", "own")[0][0])
    assert page(own, "/github/developers/")["count"] == count > 100
    assert len(walk(own, "/github/developers/?page_size=100&embed=none")[0]) == count
    own.pg.psql("truncate developers", "own")
    assert page(own, "/github/developers/")["count"] == 0
    assert kept(own.pg, "own")[0] == "0"


def test_far_pages_are_found_by_their_day(own):
    """Beyond 2,000 records a page is looked up by day: none may be missed or met twice at the seams, folded or not."""
    own.pg.psql("""insert into developers (github_id, login, created_at, synced_at, first_seen_at)
                   select g, 'u', case when g % 10 > 0 then timestamptz '2019-01-01 12:00' + (g * 7919 % 900) * interval '9 h' end,
                          now(), now() from generate_series(1, 4500) g""", "own")
    own.start(own.tmp / "log")
    want = [i for i, in own.pg.psql("select github_id from developers order by created_at desc nulls last, github_id", "own")]
    assert walk(own, "/github/developers/?page_size=90&embed=none")[0] == want
    own.pg.psql("""do $$ begin for i in 1..1100 loop
                   update developers set gone_at = case when gone_at is null then now() end where github_id = 1 + i % 700;
                   end loop; end $$""", "own")
    want = [i for i, in own.pg.psql("""select github_id from developers where gone_at is null
                                        order by created_at desc nulls last, github_id""", "own")]
    for _ in range(2):  # the first reading folds the changes
        assert walk(own, "/github/developers/?page_size=77&embed=none")[0] == want
    assert int(own.pg.psql("select count(*) from list_deltas", "own")[0][0]) == 0
    assert ids(page(own, "/github/developers/?page=last&page_size=100&embed=none")) == want[-(len(want) % 100 or 100):]
    assert own.get(f"/github/developers/?page_size=1&page={len(want) + 1}").status == 404


def test_large_counts_are_capped_and_marked(own):
    own.pg.psql("""insert into developers (github_id, login, location, bio, followers_count, created_at, synced_at, first_seen_at)
                   select g, 'u' || g, case when g % 10 > 0 then 'Berlin' end, 'some words', g % 3,
                          timestamptz '2020-01-01' + g * interval '1 h', now(), now() from generate_series(1, 7000) g""", "own")
    own.start(own.tmp / "log")
    for query, cap, n in (("location=Berlin", 5000, 6300), ("followers_count__gte=0", 5000, 7000), ("search=words", 3000, 7000),
                          ("bio__contains=some", 3000, 7000), ("location=Berlin&followers_count__lte=1", 3000, 4200)):
        base = f"/github/developers/?{query}&embed=none&page_size=100"
        for _ in range(2):  # the second time it is remembered that there are many
            got = own.get(base)
            assert got.json()["count"] == cap and got.json()["count_capped"] is True, query
            assert got.headers["X-Total-Count"] == str(cap) and got.headers["X-Total-Count-Capped"] == "true"
            assert list(got.json()) == ["count", "count_capped", "next", "previous", "results"]
        found = walk(own, base)[0]
        assert len(found) == len(set(found)) == n, query
        assert walk(own, base + "&cursor=")[0] == found
        last = page(own, base + "&page=last")
        assert last["count"] == n and "count_capped" not in last and ids(last) == found[-(n % 100 or 100):]
        assert own.get(base + f"&page={n // 100 + 2}").status == 404
    assert page(own, "/github/developers/?location__isnull=true")["count"] == 700


def ask_while(own, path, table, before, sql):
    """The answer to a request whose first `before` statements that read the table do so before `sql` runs, and the others after
    it: each waits for a lock that the next writer holds, and which that one gets between two of them."""
    def waiting(who):
        until(lambda: own.pg.psql("select exists (select from pg_locks join pg_stat_activity using (pid) where not granted"
                                  f" and relation = '{table}'::regclass and {who})", "own") == [["t"]])
    api = "application_name = 'gitomatic api'"
    lock = f"lock table {table} in access exclusive mode"
    with concurrent.futures.ThreadPoolExecutor(2) as pool, contextlib.ExitStack() as connections:
        holder = connections.enter_context(contextlib.closing(psycopg2.connect(own.pg.url("own"))))
        holder.cursor().execute(lock)
        asked = pool.submit(own.get, path)
        for i in range(before):
            waiting(api)
            following = connections.enter_context(contextlib.closing(psycopg2.connect(own.pg.url("own"))))
            locked = pool.submit(following.cursor().execute, f"{lock}; {sql}" if i == before - 1 else lock)
            waiting(f"pid = {following.info.backend_pid}")
            holder.rollback()
            locked.result()
            holder = following
        waiting(api)
        holder.commit()
        return asked.result()


def test_records_that_come_between_two_statements(own):
    """A page that begins where the nulls do: the values end there, and when they are counted there are more."""
    def insert(first, n, company):
        return (f"insert into developers (github_id, login, company, created_at, synced_at, first_seen_at) select {first} + g,"
                f" 'dev' || {first} + g, {company}, now(), now(), now() from generate_series(1, {n}) g")
    own.pg.psql(insert(0, 10, "'acme'") + ";" + insert(100, 10, "null"), "own")
    own.start(own.tmp / "log")
    path = "/github/developers/?ordering=-company&page=2"
    assert len(page(own, path)["results"]) == 10
    assert ask_while(own, path, "developers", 1, insert(200, 5, "'new'")).status == 200


def test_edges_that_come_between_two_statements(own):
    """The same where the edges without a date begin. The record and the count come first."""
    def insert(first, n, at):
        return (f"insert into stars (developer_github_id, repository_github_id, starred_at, first_seen_at)"
                f" select 1, {first} + g, {at}, now() from generate_series(1, {n}) g")
    own.pg.psql("insert into developers (github_id, login, created_at, synced_at, first_seen_at) values (1, 'a', now(), now(), now());"
                "insert into repositories (github_id, name, full_name, first_seen_at) select g, 'r' || g, 'b/r' || g, now()"
                " from generate_series(1, 300) g;" + insert(0, 10, "now()") + ";" + insert(100, 10, "null"), "own")
    own.start(own.tmp / "log")
    path = f"/github/developers/{graph.record_id(1, 1)}/starred_repositories/?page=2"
    assert len(page(own, path)["results"]) == 10
    assert ask_while(own, path, "stars", 3, insert(200, 5, "now()")).status == 200


# ---- search ----

TEXTS = {"developers": ("login", "name", "bio", "company", "location"), "repositories": ("full_name", "description")}


@pytest.mark.parametrize("name,text", [(n, t) for n in TEXTS for t in (
    "dev1", "DEV", "brazil", "alert(1)", "tetris", "naïve", "NAÏVE", "100%", "_under_", "back\\slash", "drop table", "city acme",
    "dev 🦊 ünï", "null", "name 1", "zzz", "ev1 -7", "repo1 dev2/", "\u202ertl", "'; drop", "  script  alert  ")])
def test_search_finds_every_word_somewhere(api, name, text):
    want = [str(r["github_id"]) for r in ROWS[name]
            if all(any(w.lower() in (r[f] or "").lower() for f in TEXTS[name]) for w in text.split() if len(w) > 2)]
    short = [w for w in text.split() if len(w) < 3]
    got = ids(page(api, f"/github/{name}/?page_size=100&" + urlencode({"search": text})))
    if short:
        assert set(got) <= set(want)
    else:
        assert got == want


def test_short_words_are_whole_words(own):
    own.pg.psql("""insert into developers (github_id, login, bio, created_at, synced_at, first_seen_at) values
                   (1, 'a', 'I write Go', now(), now(), now()), (2, 'gopher', 'google', now(), now(), now()),
                   (3, 'go', null, now(), now(), now()), (4, 'x', 'C# and c++', now(), now(), now())""", "own")
    own.start(own.tmp / "log")
    assert sorted(ids(page(own, "/github/developers/?search=go"))) == ["1", "3"]
    assert sorted(ids(page(own, "/github/developers/?search=GO+write"))) == ["1"]
    assert sorted(ids(page(own, "/github/developers/?search=c"))) == ["4"]
    assert sorted(ids(page(own, "/github/developers/?search=%2B%2B"))) == ["4"]
    assert sorted(ids(page(own, "/github/developers/?search=oph"))) == ["2"]


def test_short_names_of_repositories_are_words(own):
    own.pg.psql("""insert into repositories (github_id, name, full_name, created_at, synced_at, first_seen_at) values
                   (1, 'go', 'golang/go', now(), now(), now()), (2, 'vue.js', 'js/vue.js', now(), now(), now()),
                   (3, 'pixi.js', 'pixijs/pixi.js', now(), now(), now()), (4, 'x', 'go/x', now(), now(), now())""", "own")
    own.start(own.tmp / "log")
    for text, want in (("go", ["1", "4"]), ("js", ["2", "3"]), ("JS pixi", ["3"]), ("/x", ["4"]), (".j", []), ("x", ["4"])):
        assert sorted(ids(page(own, "/github/repositories/?" + urlencode({"search": text})))) == want, text
    assert sorted(ids(page(own, "/github/repositories/?search=js&full_name__icontains=pixi"))) == ["3"]


def test_punctuation_is_found_anywhere_in_a_text(own):
    own.pg.psql("""insert into developers (github_id, login, bio, created_at, synced_at, first_seen_at) values
                   (1, 'a', 'fox 🦊lover', now(), now(), now()), (2, 'b', 'from A→B', now(), now(), now()),
                   (3, 'c', '北京', now(), now(), now()), (4, 'é', 'né à Paris', now(), now(), now())""", "own")
    own.start(own.tmp / "log")
    for text, want in (("🦊", ["1"]), ("→", ["2"]), ("北京", ["3"]), ("NÉ", ["4"]), ("É", ["4"]),
                       ("🦊 fox", ["1"]), ("🦊 →", []), ("☃", [])):
        assert sorted(ids(page(own, "/github/developers/?" + urlencode({"search": text})))) == want, text


def test_search_limits(api):
    everything = len(ROWS["developers"])
    for empty in ("", "%20", "+++", "%09%0a"):
        assert page(api, "/github/developers/?search=" + empty)["count"] == everything
    assert api.get("/github/developers/?search=" + "x" * 201).json() == {"search": ["Enter at most 200 characters."]}
    assert api.get("/github/developers/?search=" + "a+" * 11).json() == {"search": ["Enter at most 10 words."]}
    assert api.get("/github/developers/?search=" + "abc+" * 10).status == 200


# ---- fields ----

@pytest.mark.parametrize("name", ROWS)
def test_fields_and_embed(api, name):
    full = page(api, f"/github/{name}/?page_size=3")["results"]
    relations = [k for k, v in full[0].items() if isinstance(v, list)]
    assert relations
    for query, want in (("embed=none", [k for k in full[0] if k not in relations]), ("embed=all", list(full[0])),
                        ("fields=name,id,name", ["id", "name"]), ("fields=", list(full[0])), ("embed=", list(full[0])),
                        (f"fields=url,{relations[0]}", ["url", relations[0]]),
                        (f"fields=url,{relations[0]}&embed=none", ["url"]), ("fields=%20url%20,", ["url"])):
        got = page(api, f"/github/{name}/?page_size=3&{query}")["results"]
        assert got == [{k: r[k] for k in want} for r in full] and list(got[0]) == want, query
        detail = api.get(full[0]["url"].replace(api.base, "") + "?" + query).json()
        assert list(detail) == want and detail == got[0]
    for query in ("fields=nope", "fields=id,followers_", "fields=login%3B", "embed=some", "embed=None", "fields=%F0%9F%A6%8A"):
        got = api.get(f"/github/{name}/?{query}")
        assert got.status == 400 and list(got.json()) == [query.split("=")[0]], query
        assert api.get(full[0]["url"].replace(api.base, "") + "?" + query).status == 400
