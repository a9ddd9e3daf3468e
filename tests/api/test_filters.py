"""Every filter of the contract, compared with the same selection in Python."""
import datetime
from urllib.parse import quote, urlencode

import pytest

import graph

ROWS = {"developers": graph.listed(graph.developers()), "repositories": graph.listed(graph.repositories())}
TEXT, NUMBER, TIME, BOOL, TEXTS = range(5)
# The original's lookups, then what was added.
RANGE, NUMBERS = "exact lte gte lt gt", "exact lte gte lt gt in"
DEVELOPER = {"login": (TEXT, RANGE + " in icontains startswith iexact"),
             "name": (TEXT, RANGE + " isnull isempty contains in icontains startswith iexact"),
             "location": (TEXT, RANGE + " iexact isempty isnull in icontains startswith"),
             "company": (TEXT, RANGE + " isempty isnull in icontains startswith"),
             "email": (TEXT, RANGE + " isempty isnull in startswith"),
             "bio": (TEXT, RANGE + " isempty isnull contains icontains"),
             **{f: (NUMBER, NUMBERS) for f in ("followers_count", "following_count", "public_gists", "public_repos")},
             "github_id": (NUMBER, "exact in"),
             **{f: (TIME, RANGE) for f in ("created_at", "updated_at")}, "type": (TEXT, "exact in")}
REPOSITORY = {"name": (TEXT, "exact in icontains startswith iexact"),
              "full_name": (TEXT, "exact iexact in icontains startswith"),
              "description": (TEXT, "exact isempty isnull contains icontains"),
              "homepage": (TEXT, "exact isempty isnull in startswith"),
              "language": (TEXT, "exact iexact isempty isnull in"),
              "license": (TEXT, "exact iexact isempty isnull in"), "topics": (TEXTS, "exact in"),
              **{f: (NUMBER, NUMBERS) for f in ("stargazers_count", "subscribers_count", "watchers_count",
                                                "open_issues_count")},
              **{f: (NUMBER, "exact in") for f in ("github_id", "owner_github_id")},
              **{f: (BOOL, "exact") for f in ("has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki",
                                              "private", "archived", "disabled", "fork")},
              **{f: (TIME, RANGE) for f in ("created_at", "updated_at")}}
FIELDS = {"developers": DEVELOPER, "repositories": REPOSITORY}
CASES = [(name, field, kind, lookup) for name, fields in FIELDS.items() for field, (kind, lookups) in fields.items()
         for lookup in lookups.split()]
EVERY_LOOKUP = ["exact", "lte", "gte", "lt", "gt", "isnull", "contains", "icontains", "startswith", "in", "iexact", "isempty"]


def holds(value, lookup, want):
    if lookup == "isnull":
        return (value is None) == want
    if value is None:
        return False
    if isinstance(value, list):
        return bool(set(value) & set(want if lookup == "in" else [want]))
    tests = {"exact": lambda: value == want, "lte": lambda: value <= want, "gte": lambda: value >= want,
             "lt": lambda: value < want, "gt": lambda: value > want, "in": lambda: value in want,
             "contains": lambda: want in value, "iexact": lambda: want.lower() == value.lower(),
             "isempty": lambda: (value == "") == want, "icontains": lambda: want.lower() in value.lower(),
             "startswith": lambda: value.startswith(want)}
    return tests[lookup]()


def ids(api, name, query):
    got = api.get(f"/github/{name}/?page_size=100&{query}")
    assert got.status == 200, got.text
    page = got.json()
    assert page["count"] == len(page["results"])
    return [r["github_id"] for r in page["results"]]


def values(name, field, lookup):
    if lookup in ("isnull", "isempty"):
        return [("true", True), ("True", True), ("TRUE", True), ("1", True), ("false", False), ("False", False), ("0", False)]
    kind = FIELDS[name][field][0]
    if kind == BOOL:
        return [("true", True), ("True", True), ("TRUE", True), ("1", True), ("false", False), ("False", False), ("0", False)]
    if kind == TEXTS:
        found = sorted({t for r in ROWS[name] for t in r[field] or []})
        return [(v, v) for v in found] if lookup == "exact" else [(",".join(found[:2]), found[:2])]
    found = sorted({r[field] for r in ROWS[name] if r[field] not in (None, "")})
    if lookup == "in":
        plain = [v for v in found if kind != TEXT or (v == v.strip() and "," not in v)]
        lists = [part for part in (plain[:1], plain[1:4], plain) if part]
        return [(",".join(map(str, part)), part) for part in lists if len(part) <= 100]
    found = [found[0], found[len(found) // 2], found[-1]] if kind != TEXT else found
    if kind == TIME:
        return [(graph.iso(v), v) for v in found]
    if lookup in ("contains", "icontains", "startswith"):
        return [(p, p) for v in found for p in (v, v[1:-1], v[:3], v.upper())] + [("%", "%"), ("_", "_"), ("\\", "\\")]
    if kind == TEXT:
        return [(v, v) for v in found] + [(v.swapcase(), v.swapcase()) for v in found]
    return [(str(v), v) for v in found]


@pytest.mark.parametrize("name,field,kind,lookup", CASES)
def test_filter(api, name, field, kind, lookup):
    parameter = field if lookup == "exact" else f"{field}__{lookup}"
    some = set()
    for text, value in values(name, field, lookup):
        want = [str(r["github_id"]) for r in ROWS[name] if holds(r[field], lookup, value)]
        assert ids(api, name, urlencode({parameter: text})) == want, (parameter, text)
        some.add(len(want))
    assert some - {0}, "no value of this case matches anything"


@pytest.mark.parametrize("name", FIELDS)
def test_lookups_that_are_not_listed_are_ignored(api, name):
    for field, (kind, lookups) in FIELDS[name].items():
        for lookup in EVERY_LOOKUP[1:] + ["exact", "regex", "endswith", "iexact", "year"]:
            if lookup == "exact" or lookup not in lookups.split():
                assert len(ids(api, name, f"{field}__{lookup}=1")) == len(ROWS[name]), (field, lookup)


def test_owner_github_id(api):
    owned = [str(r["github_id"]) for r in ROWS["repositories"] if r["owner_github_id"] == 3]
    assert owned and ids(api, "repositories", "owner_github_id=3") == owned
    for none in ("abc", "03", "+3", "3.0", "-3", " 3", "9" * 30, "1e0", "3'", "%F0%9F%A6%8A"):
        assert ids(api, "repositories", "owner_github_id=" + quote(none, safe="%")) == []


def test_ignored(api):
    everything = len(ROWS["developers"])
    for query in ("nonsense=1", "login=", "followers_count=", "created_at__gte=", "name__isnull=",
                  "id=1", "node_id=1", "=", "&&&", "a", "login__contains=dev", "%=1"):
        assert len(ids(api, "developers", query)) == everything, query
    assert len(ids(api, "repositories", "has_wiki=&archived=")) == len(ROWS["repositories"])


def test_last_of_a_repeated_parameter_wins(api):
    assert ids(api, "developers", "login=dev1&login=dev2") == ids(api, "developers", "login=dev2") != []
    assert len(ids(api, "developers", "login=dev1&login=")) == len(ROWS["developers"])
    assert ids(api, "developers", "followers_count=x&followers_count=7") == ids(api, "developers", "followers_count=7")


SHORT = ["go", "Js", "v2", "r", "c+", "<b", "~A", ".x", "-", "é", "ß", "東", "a b", "\u212a", "x\u212a"]  # U+212A: the Kelvin sign, in lower case a k
DOTTED = ["İ", "i\u0307", "I\u0307"]  # all of them an i


def test_short_texts_in_any_case(own):
    """As beside other texts: full text search knows no word in owner/js, nor in <b."""
    rows = list(enumerate(SHORT + DOTTED, 1))
    values = [f"({n}, 'login{n}', '{text}', '{text}', 'x > y', now(), now(), now())" for n, text in rows]
    own.pg.psql("insert into developers (github_id, login, name, location, bio, created_at, first_seen_at, synced_at) values " + ", ".join(values), "own")
    values = [f"({n}, 1, '{text}', 'o/{text}', '{text}', now(), now(), now())" for n, text in rows]
    own.pg.psql("insert into repositories (github_id, owner_github_id, name, full_name, language, created_at, first_seen_at, synced_at) values " + ", ".join(values), "own")
    own.start(own.tmp / "log")
    owned = f"developers/{graph.record_id(1, 1)}/repositories"
    for n, text in rows[:len(SHORT)]:
        for form in {text, text.lower(), text.upper(), text.lower().upper()} - {"SS"}:
            for path, field in (("developers", "name"), ("developers", "location"), ("repositories", "name"), ("repositories", "language"), (owned, "name")):
                if path == "developers" or form.isascii():
                    assert ids(own, path, f"{field}__iexact={quote(form)}") == [str(n)], f"{path} {field} {form}"
    for form in "iI":
        assert sorted(ids(own, "developers", f"name__iexact={form}")) == [str(n) for n, _ in rows[len(SHORT):]], form
    assert ids(own, "developers", "name__iexact=b") == ids(own, "repositories", "name__iexact=o") == []


def test_several_filters_all_hold(api):
    want = [str(r["github_id"]) for r in ROWS["developers"] if r["location"] == "Brazil" and r["following_count"] >= 20
            and r["name"] is not None]
    assert want and ids(api, "developers", "location=Brazil&following_count__gte=20&name__isnull=false") == want


NUMBER_FIELDS = [(n, f) for n in FIELDS for f, (k, _) in FIELDS[n].items() if k == NUMBER and "github_id" not in f]


@pytest.mark.parametrize("name,field", NUMBER_FIELDS)
def test_bad_numbers_are_named(api, name, field):
    for lookup in ("", "__lte", "__gte", "__lt", "__gt"):
        for bad in ("abc", "1x", "--1", "1 2", "NaN", "Infinity", "0x10", "1e", ".", "1,5", "é", "'", "1" * 500):
            got = api.get(f"/github/{name}/?{urlencode({field + lookup: bad})}")
            assert (got.status, got.json()) == (400, {field + lookup: ["Enter a number."]}), bad


def test_numbers_out_of_range_are_compared_by_value(api):
    all_ids = [str(r["github_id"]) for r in ROWS["developers"]]
    for huge in ("9223372036854775808", "9" * 40, "1e300", "1e99999"):
        assert ids(api, "developers", f"followers_count={huge}") == []
        assert ids(api, "developers", f"followers_count__gte={huge}") == []
        assert ids(api, "developers", f"followers_count__lte={huge}") == all_ids
        assert ids(api, "developers", f"followers_count=-{huge}") == []
        assert ids(api, "developers", f"followers_count__gte=-{huge}") == all_ids
        assert ids(api, "developers", f"followers_count__lte=-{huge}") == []
        assert ids(api, "developers", f"followers_count__gt={huge}") == []
        assert ids(api, "developers", f"followers_count__lt={huge}") == all_ids
        assert ids(api, "developers", f"followers_count__in={huge},-{huge},1.5") == []
    assert ids(api, "developers", "followers_count__lte=9223372036854775807") == all_ids


def test_decimals(api):
    count = ids(api, "developers", "following_count=21")
    for same in ("21.0", "+21", "%2B21", " 21 ", "2.1e1", "021"):
        assert ids(api, "developers", "following_count=" + quote(same, safe="%+")) == count != []
    assert ids(api, "developers", "following_count=21.5") == []
    assert ids(api, "developers", "following_count__gte=21.5") == ids(api, "developers", "following_count__gte=22")
    assert ids(api, "developers", "following_count__lte=21.5") == ids(api, "developers", "following_count__lte=21")
    assert ids(api, "developers", "following_count__lt=21.5") == ids(api, "developers", "following_count__lte=21")
    assert ids(api, "developers", "following_count__gt=21.5") == ids(api, "developers", "following_count__gte=22")


AT = ROWS["developers"][20]["created_at"]


@pytest.mark.parametrize("text", [
    graph.iso(AT), AT.strftime("%Y-%m-%dT%H:%M:%S"), AT.strftime("%Y-%m-%d %H:%M:%S"), AT.strftime("%Y-%m-%dT%H:%M"),
    AT.strftime("%Y-%m-%dT%H:%M:%S.000Z"), AT.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00"),
    (AT + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    (AT - datetime.timedelta(hours=5, minutes=30)).strftime("%Y-%m-%d %H:%M:%S-0530"),
    (AT + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02")])
def test_forms_of_a_date(api, text):
    want = [str(r["github_id"]) for r in ROWS["developers"] if r["created_at"] == AT]
    assert ids(api, "developers", urlencode({"created_at": text})) == want != []
    assert ids(api, "developers", "created_at=" + text.replace(" ", "%20")) == want  # '+' sent as it is


def test_dates_without_a_time_and_with_fractions(api):
    day = AT.replace(hour=0)
    rows = ROWS["developers"]
    want = [str(r["github_id"]) for r in rows if r["created_at"] and r["created_at"] >= day]
    assert ids(api, "developers", f"created_at__gte={day:%Y-%m-%d}") == want != []
    stem = AT.strftime("%Y-%m-%dT%H:%M:%S")
    later = [str(r["github_id"]) for r in rows if r["created_at"] and r["created_at"] > AT]
    for fraction in (".5", ".000001", ".999999999"):
        assert ids(api, "developers", f"created_at={stem}{fraction}Z") == []
        assert ids(api, "developers", f"created_at__gte={stem}{fraction}Z") == later


@pytest.mark.parametrize("bad", ["nonsense", "2020", "2020-13-01", "2020-02-30", "2021-02-29", "2020-01-01T25:00:00Z",
                                 "2020-01-01T10:61:00Z", "2020-01-01T10", "2020-01-01Tabc", "0000-01-01", "1",
                                 "2020-01-01T10:00:00+99:00", "2020-01-01T10:00:00Zjunk", "99999-01-01", "infinity",
                                 "now", "2020-01-01'", "２０２０-01-01"])
def test_bad_dates_are_named(api, bad):
    for name in FIELDS:
        for field in ("created_at", "updated_at__lte", "created_at__gte"):
            got = api.get(f"/github/{name}/?{urlencode({field: bad})}")
            assert (got.status, got.json()) == (400, {field: ["Enter a valid date/time."]})


def test_all_bad_filters_are_named_at_once(api):
    got = api.get("/github/developers/?followers_count=x&created_at__lte=y&login=dev1")
    assert got.status == 400
    assert got.json() == {"followers_count": ["Enter a number."], "created_at__lte": ["Enter a valid date/time."]}


ATTACKS = ["'; drop table developers; --", "' or '1'='1", "\\'; select pg_sleep(10); --", "$1", "%s", "$$", "/*", "*/ or 1=1",
           "1; select 1", "\") or true --", "x' union select password_hash from api_users --", "{{7*7}}", "%27%20or%201",
           "a" * 3000, "\x01\x7f", "🦊" * 50, "‮"]


@pytest.mark.parametrize("name", FIELDS)
def test_injection_in_every_filter(api, pg, name):
    names = [f + ("" if lookup == "exact" else f"__{lookup}") for f, (_, lookups) in FIELDS[name].items()
             for lookup in lookups.split()]
    for parameter in names + ["owner_github_id", "page", "page_size", "format", "indent", "ordering", "x"]:
        for attack in ATTACKS:
            got = api.get(f"/github/{name}/?{urlencode({parameter: attack})}")
            assert got.status in (200, 400, 404), (parameter, attack, got.text)
            assert "$argon2" not in got.text and "yntax" not in got.text
    assert pg.psql("select count(*) from developers where login = 'dev1'", "graph") == [["1"]]


@pytest.mark.parametrize("query,named", [("page=%00", "page"), ("x=a%00b", "x"), ("name=%ff", "name"),
                                         ("bio__contains=%c3%28", "bio__contains"), ("x=%ed%a0%80", "x"),
                                         ("y=%f4%90%80%80", "y"), ("z=%c0%af", "z")])
def test_nul_and_bad_utf8_are_refused_by_name(api, query, named):
    got = api.get("/github/developers/?" + query)
    assert got.status == 400
    assert got.json()["detail"].startswith(named + ":")


@pytest.mark.parametrize("value", ["%00", "a%00b", "a%00,b"])
def test_a_nul_in_a_filter_is_named_as_other_wrong_values_are(api, value):
    nul, number = ["Null characters are not allowed."], ["Enter a number."]
    for parameter in ("login", "bio__contains", "login__in", "github_id"):
        got = api.get(f"/github/developers/?{parameter}={value}&following_count=x&x=%00")
        assert (got.status, got.json()) == (400, {parameter: nul, "following_count": number})
    got = api.get(f"/github/developers/?followers_count={value}&name=%00")
    assert (got.status, got.json()) == (400, {"followers_count": number, "name": nul})


def test_bad_bytes_in_a_name_and_too_many_parameters(api):
    assert api.get("/github/developers/?%ff=1").status == 400
    assert api.get("/github/developers/?" + "&".join(f"p{i}=1" for i in range(200))).status == 200
    got = api.get("/github/developers/?" + "&".join(f"p{i}=1" for i in range(201)))
    assert got.status == 400 and "parameters" in got.json()["detail"]


def test_lists_of_values(api):
    everything = len(ROWS["developers"])
    assert len(ids(api, "developers", "login__in=")) == everything
    for nothing in (",%20,", ",", "%20"):
        got = api.get("/github/developers/?login__in=" + nothing)
        assert (got.status, got.json()) == (400, {"login__in": ["Enter at least one value."]})
    assert ids(api, "developers", "login__in=dev1,%20dev2%20,nobody,dev1") == ids(api, "developers", "login__in=dev2,dev1")
    assert ids(api, "developers", "followers_count__in=7,%207.0,1e0") == ids(api, "developers", "followers_count__in=1,7")
    for bad in ("1,x", "x", "1;2", "1,,--2"):
        got = api.get("/github/developers/?" + urlencode({"followers_count__in": bad}))
        assert (got.status, got.json()) == (400, {"followers_count__in": ["Enter numbers separated by commas."]})
    hundred = ",".join(map(str, range(100)))
    assert api.get("/github/developers/?followers_count__in=" + hundred).status == 200
    got = api.get("/github/developers/?followers_count__in=" + hundred + ",100")
    assert (got.status, got.json()) == (400, {"followers_count__in": ["Enter at most 100 values."]})


def test_too_many_filters_are_refused(api):
    names = [f + ("" if lookup == "exact" else f"__{lookup}") for f, (kind, lookups) in DEVELOPER.items()
             for lookup in lookups.split() if kind == NUMBER or kind == TEXT]
    assert len(names) > 61
    got = api.get("/github/developers/?" + "&".join(f"{n}=1" for n in sorted(names)[:61]))
    assert got.status == 400 and list(got.json().values()) == [["Too many filters: at most 60 are taken."]]
    assert api.get("/github/developers/?" + "&".join(f"{n}=1" for n in sorted(names)[:60])).status == 200
