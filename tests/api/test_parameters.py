"""Parameters that mean nothing, that do not exist, and that come several times."""
import json
from urllib.parse import quote

import pytest

import graph

DEV, REPO = graph.record_id(1, 1), graph.record_id(2, 101)
DEVELOPERS, REPOSITORIES = "/github/developers/", "/github/repositories/"
RELATIONS = [f"{DEVELOPERS}{DEV}/{name}/" for name in ("followers", "following", "starred_repositories", "repositories")] + [
    f"{REPOSITORIES}{REPO}/stargazers/"]
PAGED = [DEVELOPERS, REPOSITORIES, "/github/rate_limit/", "/github/jobs/", *RELATIONS]
RECORDS = [f"{DEVELOPERS}{DEV}/", f"{REPOSITORIES}{REPO}/", f"{DEVELOPERS}by-login/dev1/"]
EVERY = [*PAGED, *RECORDS, "/github/", "/github/stats/", "/github/tasks/", "/github/changes/"]
IGNORED = "X-Ignored-Parameters"


def refused(api, path, *names, **more):
    got = api.get(path, **more)
    assert got.status == 400, f"{path}: {got.status} {got.text[:200]}"
    body = got.json()
    assert list(body) == list(names), path
    assert all(isinstance(why, list) and why and why[0].endswith(".") for why in body.values())


# ---- values that mean nothing ----

@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("query,name", [
    ("indent=x", "indent"), ("indent=-3", "indent"), ("indent=1.5", "indent"), ("strict=maybe", "strict"), ("strict=on", "strict"),
    ("indent=%F0%9F%A6%8A", "indent")])
def test_bad_values_every_address_takes(api, path, query, name):
    refused(api, f"{path}?{query}", name)


@pytest.mark.parametrize("path", [*PAGED, "/github/changes/"])
@pytest.mark.parametrize("bad", ["abc", "0", "-1", "2.5", "1e1", "'", "ten", "1%202", "%EF%BC%95"])
def test_bad_page_sizes(api, path, bad):
    refused(api, f"{path}?page_size={bad}", "page_size")


@pytest.mark.parametrize("flag", ["has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki", "private", "archived",
                                  "disabled", "fork", "language__isnull", "description__isnull"])
def test_bad_booleans(api, flag):
    for bad in ("on", "off", "yes", "maybe", "2", "t", "%20true", "null"):
        refused(api, f"{REPOSITORIES}?{flag}={bad}", flag)


def test_bad_booleans_of_developers_and_all_that_is_wrong_at_once(api):
    for name in ("name", "location", "bio", "company", "email"):
        refused(api, f"{DEVELOPERS}?{name}__isnull=maybe", f"{name}__isnull")
    refused(api, f"{DEVELOPERS}?page_size=x&followers_count=y&name__isnull=z", "page_size", "followers_count", "name__isnull")


def test_a_bad_page_is_still_not_found(api):
    for path in PAGED:
        assert api.get(path + "?page=x").json() == {"detail": "Invalid page."}


DRAWING = f"{DEVELOPERS}{DEV}/history.svg"


@pytest.mark.parametrize("path,names", [
    (DEVELOPERS, "fields embed page view strict"), (RELATIONS[0], "as_of"), (RECORDS[0], "fields embed"),
    (f"{DEVELOPERS}facets/", "field limit"), (f"{DEVELOPERS}{DEV}/network/", "depth edges limit"), (DRAWING, "field width theme interval from"),
    (f"{REPOSITORIES}{REPO}/history/", "fields to"), ("/github/charts/stars/", "repo by scale"), ("/github/changes/", "type kind since"),
    ("/github/jobs/", "state kind task subject cursor"), ("/github/quota/history/", "from credential resource")])
def test_blanks_are_not_a_value(api, path, names):
    for name in names.split():
        refused(api, f"{path}?{name}=%20%09", name)
        if name in ("fields", "edges", "repo", "type"):
            refused(api, f"{path}?{name}=,%20,", name)
            refused(api, f"{path}?{name}=,&{name}=%20", name)


@pytest.mark.parametrize("path", ["/search/?q=+", "/login/?next=%20", DEVELOPERS + "?search=%20", DEVELOPERS + "?ordering=,"])
def test_blanks_that_are_allowed(api, path):
    assert api.get(path, {"Accept": "text/html"}).status in (200, 303)  # who is signed in already is led on


@pytest.mark.parametrize("path", EVERY)
def test_empty_values_are_ignored(api, path):
    got = api.get(path + "?page_size=&indent=&strict=&format=&callback=&page=")
    assert got.status == 200, got.text


# ---- parameters that do not exist ----

@pytest.mark.parametrize("path", EVERY)
def test_unknown_parameters_are_named(api, path):
    plain = api.get(path)
    assert plain.headers[IGNORED] is None
    got = api.get(path + "?locatoin=Brazil&nonsense=")
    assert got.status == 200 and got.headers[IGNORED] == "locatoin, nonsense"
    refused(api, path + "?locatoin=Brazil&strict=1", "locatoin")
    refused(api, path + "?zz=&strict=true&aa=1", "aa", "zz")
    assert api.get(path + "?strict=1").status == api.get(path + "?strict=0&zz=1").status == 200


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("query,names", [("=x", '""'), ("=", '""'), ("=&=1", '""'), ("a=1&=x", '"", a'), ("&&", None), ("&=&", '""'), ("%00x=1", None)])
def test_a_parameter_without_a_name_is_reported(api, path, query, names):
    got = api.get(f"{path}?{query}")
    assert got.status == (400 if "%00" in query else 200) and got.headers[IGNORED] == names
    if names:
        refused(api, f"{path}?{query}&strict=1", *(name.strip('"') for name in names.split(", ")))


def test_pages_name_unknown_parameters(api):
    html = {"Accept": "text/html"}
    assert "no such parameter: <code>&quot;&quot;</code>" in api.get(DEVELOPERS + "?=x", html).text
    assert "<code>&quot;&quot;</code>: This address takes no parameter of this name." in api.get(DEVELOPERS + "?=x&strict=1", html).text


@pytest.mark.parametrize("path,name", [
    (DEVELOPERS, "login__contains"), (DEVELOPERS, "followers_count__icontains"), (DEVELOPERS, "bio__in"), (DEVELOPERS, "language"),
    (REPOSITORIES, "has_wiki__in"), (REPOSITORIES, "name__gte"), (REPOSITORIES, "login"), (REPOSITORIES, "since"),
    ("/github/rate_limit/", "rate_limit__in"), ("/github/rate_limit/", "cursor"), ("/github/jobs/", "created_at"),
    ("/github/jobs/", "ordering"), ("/github/stats/", "page"), ("/github/changes/", "cursor"), (RECORDS[0], "search"),
    (RELATIONS[0], "since"), ("/github/tasks/", "page_size")])
def test_parameters_of_other_paths_are_unknown_here(api, path, name):
    assert api.get(f"{path}?{name}=1").headers[IGNORED] == name
    refused(api, f"{path}?{name}=1&strict=1", name)


def test_names_cannot_break_the_header(api):
    for name in ("a\r\nX-Evil: 1", "a, b", "ü", "🦊", '"', "a=b"):
        got = api.get(f"{DEVELOPERS}?{quote(name, safe='')}=1")
        assert got.headers[IGNORED] == quote(name, safe="~-_.").replace("%20", "+") and got.headers["X-Evil"] is None
    got = api.get(DEVELOPERS + "?" + "&".join(f"{'x' * 30}{i}=" for i in range(150)))
    assert got.status == 200 and len(got.headers[IGNORED]) < 1100 and got.headers[IGNORED].endswith(", ...")


def test_pages_and_jsonp_name_ignored_parameters(api):
    got = api.get(DEVELOPERS + "?locatoin=Brazil", {"Accept": "text/html"})
    assert "Ignored, because this page takes no such parameter: <code>locatoin</code>" in got.text
    assert "Ignored," not in api.get(DEVELOPERS + "?location=Brazil", {"Accept": "text/html"}).text
    assert f'"{IGNORED}":"locatoin"' in api.get(DEVELOPERS + "?locatoin=Brazil&callback=f").text
    assert IGNORED in api.get(DEVELOPERS).headers["Access-Control-Expose-Headers"]


# ---- several times the same ----

def ids(api, path):
    return [r["github_id"] for r in api.get(path).json()["results"]]


@pytest.mark.parametrize("path,parts", [
    (DEVELOPERS, ["login__in=dev1", "login__in=dev2"]), (DEVELOPERS, ["github_id__in=1", "github_id__in=2,3"]),
    (DEVELOPERS, ["location__in=Brazil", "location__in=", "location__in=City 2"]),
    (DEVELOPERS, ["followers_count__in=7", "followers_count__in=14"]), (REPOSITORIES, ["topics__in=go", "topics__in=graph"]),
    (REPOSITORIES, ["language__in=C", "language__in=Python", "language__in=C"]),
    (DEVELOPERS, ["ordering=-followers_count", "ordering=login"]), (REPOSITORIES, ["ordering=language", "ordering=-stargazers_count"])])
def test_lists_join(api, path, parts):
    name, values = parts[0].split("=")[0], [quote(p.split("=", 1)[1]) for p in parts]
    joined = ids(api, f"{path}?page_size=100&{name}=" + ",".join(v for v in values if v))
    assert ids(api, f"{path}?page_size=100&" + "&".join(f"{name}={v}" for v in values)) == joined != []
    assert joined != ids(api, f"{path}?page_size=100&{name}={values[-1]}")


def test_fields_join_and_links_keep_the_parts(api):
    for path in (DEVELOPERS, RELATIONS[0]):
        page = api.get(path + "?fields=login&fields=name&page_size=1").json()
        assert list(page["results"][0]) == ["login", "name"]
        assert "fields=login&fields=name" in page["next"]
        assert list(api.get(page["next"].replace(api.base, "")).json()["results"][0]) == ["login", "name"]
    assert list(api.get(RECORDS[1] + "?fields=name&fields=full_name,url").json()) == ["url", "name", "full_name"]


def test_cursors_of_joined_lists_can_be_followed(api):
    query = "?cursor=&page_size=2&ordering=-followers_count&ordering=login&type__in=User&type__in=Organization"
    seen, path = [], DEVELOPERS + query
    while path:
        got = api.get(path)
        assert got.status == 200, got.text
        seen += [r["github_id"] for r in got.json()["results"]]
        path = (got.json()["next"] or "").replace(api.base, "")
    assert seen == ids(api, DEVELOPERS + "?page_size=100&ordering=-followers_count,login&type__in=User,Organization")


@pytest.mark.parametrize("query,wanted", [
    ("login__in=dev1&login__in=dev2&name=", "login__in=dev1%2Cdev2"), ("ordering=login&ordering=-name&search=", "ordering=login%2C-name"),
    ("login__in=&login__in=dev1&login__in=dev2", None), ("search=a&search=&type__in=User", "type__in=User"), ("type__in=,&x=", "type__in=%2C")])
def test_pages_without_their_empty_parameters_keep_all_of_a_list(api, query, wanted):
    """A form sends what is empty, too; the page's address goes without."""
    got = api.get(f"{DEVELOPERS}?{query}", {"Accept": "text/html"})
    if wanted is None:
        assert got.status == 200 and "dev1" in got.text and "dev2" in got.text
    else:
        assert got.status == 302 and got.headers["Location"] == f"{DEVELOPERS}?{wanted}"


def test_pages_of_fields_that_come_twice(api):
    for query in ("fields=login&fields=name", "fields=login&fields=", "fields=&fields=login"):
        got = api.get(f"{DEVELOPERS}?login__in=dev1&{query}", {"Accept": "text/html"})
        assert got.status == 200 and "<pre" in got.text and "dev1" in got.text, query


def test_joined_lists_are_bounded_and_checked(api):
    many = "&".join(f"github_id__in={i}" for i in range(101))
    refused(api, f"{DEVELOPERS}?{many}", "github_id__in")
    refused(api, f"{DEVELOPERS}?followers_count__in=1&followers_count__in=x", "followers_count__in")
    refused(api, f"{DEVELOPERS}?ordering=login&ordering=shoe", "ordering")
    assert api.get("/github/changes/?type=follow.new&type=star.new").status == 200
    refused(api, "/github/changes/?type=nope&type=star.new", "type")


def test_of_single_values_the_last_counts(api):
    assert ids(api, DEVELOPERS + "?login=dev1&login=dev2") == ids(api, DEVELOPERS + "?login=dev2") != []
    assert ids(api, DEVELOPERS + "?search=dev1&search=dev2") == ids(api, DEVELOPERS + "?search=dev2") != []
    refused(api, DEVELOPERS + "?page_size=5&page_size=x", "page_size")


# ---- bodies ----

BODIES = [("application/json", '{"name": "discovery_scraper", "usernme": [1], "n": null, "x y": {}}'),
          ("application/x-www-form-urlencoded", "name=discovery_scraper&usernme=1&x+y="),
          ("multipart/form-data; boundary=b", "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in
                                                      (("name", "discovery_scraper"), ("usernme", "1"), ("x y", "2"))) + "--b--\r\n")]


def post(queue, query, kind, body):
    return queue.request("POST", "/github/tasks/" + query, {"Content-Type": kind}, body.encode())


def jobs(queue):
    return int(queue.sql("select count(*) from jobs")[0][0])


@pytest.mark.parametrize("kind,body", BODIES, ids=[kind.split(";")[0] for kind, _ in BODIES])
def test_fields_of_a_body_that_no_task_takes_are_named(queue, kind, body):
    got = post(queue, "?zzz=1", kind, body)
    assert got.status == 200 and got.headers[IGNORED].split(", ") == ["zzz", "usernme", "x+y"], got.text
    assert jobs(queue) == 1
    got = post(queue, "?strict=1", kind, body)
    assert got.status == 400 and list(got.json()) == ["usernme", "x y"]
    assert jobs(queue) == 1


def test_the_list_of_ignored_fields_is_bounded(queue):
    """Fifty short names have room in the header; that there were more is said."""
    for n, end in ((50, "f49"), (51, "..."), (1000, "...")):
        body = {"name": "discovery_scraper", **{f"f{i}": 1 for i in range(n)}}
        got = post(queue, "?dry_run=1", "application/json", json.dumps(body))
        assert got.status == 200 and got.headers[IGNORED].startswith("f0, f1, ") and got.headers[IGNORED].endswith(", " + end), got.headers[IGNORED]
        got = post(queue, "?dry_run=1&strict=1", "application/json", json.dumps(body))
        assert got.status == 400 and "f0" in got.json()


@pytest.mark.parametrize("kind,body", [("application/json", '{"name": "discovery_scraper", "": 1}'), ("application/x-www-form-urlencoded", "name=discovery_scraper&=1"),
                                       ("multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\ndiscovery_scraper\r\n'
                                        '--b\r\nContent-Disposition: form-data; name=""\r\n\r\n1\r\n--b--\r\n')], ids=["json", "form", "parts"])
def test_a_field_without_a_name_is_reported(queue, kind, body):
    got = post(queue, "?dry_run=1", kind, body)
    assert (got.status, got.headers[IGNORED]) == (200, '""'), got.text
    got = post(queue, "?dry_run=1&strict=1", kind, body)
    assert got.status == 400 and list(got.json()) == [""], got.text


@pytest.mark.parametrize("body,names", [
    ({"name": "full_profile_sync", "username": "x", "repo_name": "y"}, "repo_name"),
    ({"name": "full_profile_sync", "username": "x", "seed": "1", "from": "2", "zzz": "3"}, "zzz, seed, from"),
    ({"name": "full_repository_sync", "username": "x", "repo_name": "y", "n": 5}, "n"),
    ({"name": "discovery_scraper", "username": "x"}, "username"),
    ({"name": "sample", "kind": "users", "n": 10, "seed": 1, "to": 5}, "to"),
    ({"name": "census", "kind": "users", "from": 1, "to": 2, "sample_name": "s"}, "sample_name"),
    ({"name": "full_profile_sync", "username": "x", "repo_name": "", "seed": None}, None)])
def test_fields_of_a_body_that_this_task_does_not_use_are_named(queue, body, names):
    got = post(queue, "?dry_run=1", "application/json", json.dumps(body))
    assert got.status == 200 and got.headers[IGNORED] == names, got.text
    got = post(queue, "?dry_run=1&strict=1", "application/json", json.dumps(body))
    assert got.status == (400 if names else 200) and (not names or list(got.json()) == names.split(", ")), got.text


@pytest.mark.parametrize("kind,body,cost", [
    ("application/json", '{"name": "discovery_scraper", "dry_run": true}', True), ("application/json", '{"name": "discovery_scraper", "dry_run": "1"}', True),
    ("application/x-www-form-urlencoded", "name=discovery_scraper&dry_run=True", True), ("application/json", '{"name": "discovery_scraper", "dry_run": false}', False)])
def test_a_dry_run_requested_in_a_body(queue, kind, body, cost):
    got = post(queue, "", kind, body)
    assert got.status == 200 and ("cost" in got.json()) == cost and IGNORED not in got.headers
    assert jobs(queue) == (not cost)
    got = post(queue, "", kind, body.replace("true", '"maybe"').replace('"1"', '"maybe"').replace("True", "maybe"))
    assert not cost or got.status == 400 and list(got.json()) == ["dry_run"]


def test_a_dry_run_on_which_url_and_body_disagree_requests_nothing(queue):
    for query, body in (("?dry_run=0", '{"name": "discovery_scraper", "dry_run": true}'), ("?dry_run=1", '{"name": "discovery_scraper", "dry_run": false}')):
        got = post(queue, query, "application/json", body)
        assert got.status == 200 and "cost" in got.json(), got.text
    for query, body in (("?dry_run=1", '{"name": "discovery_scraper", "dry_run": "maybe"}'), ("?dry_run=maybe", '{"name": "discovery_scraper", "dry_run": true}')):
        got = post(queue, query, "application/json", body)
        assert got.status == 400 and list(got.json()) == ["dry_run"], got.text
    assert not jobs(queue)
