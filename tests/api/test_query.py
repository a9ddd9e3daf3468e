"""What a route does not take is named, or refused; what is repeated of a list is joined; what means nothing is refused."""
import time

import pytest

import graph
from server import Api

ROWS = {"developers": graph.listed(graph.developers()), "repositories": graph.listed(graph.repositories())}
IGNORED = "X-Ignored-Parameters"
ADA = graph.record_id(1, 1)


def names(api, path):
    got = api.get(path)
    assert got.status == 200, (path, got.text)
    return got.headers.get(IGNORED)


@pytest.mark.parametrize("path,ignored", [
    ("/github/developers/?locatoin=Brazil", "locatoin"),
    ("/github/developers/?location=Brazil", None),
    ("/github/developers/?login__contains=dev", "login__contains"),
    ("/github/developers/?language=C", "language"),
    ("/github/developers/?b=1&a=2&a=3", "a, b"),
    ("/github/developers/?nothing=", "nothing"),
    ("/github/developers/?ordering=login&order=login", "order"),
    ("/github/repositories/?bio=x", "bio"),
    ("/github/repositories/?fork__isnull=true", "fork__isnull"),
    ("/github/rate_limit/?cursor=x", "cursor"),
    ("/github/stats/?page=2", "page"),
    (f"/github/developers/{ADA}/?page_size=5", "page_size"),
    (f"/github/developers/{ADA}/followers/?since=2020-01-01", "since"),
    (f"/github/developers/{ADA}/repositories/?fields=id&starred_at=1", "starred_at"),
    ("/github/jobs/?kinds=full_profile_sync", "kinds"),
    ("/github/changes/?types=developer.new", "types"),
    ("/github/stats/?days=7", "days"),
    ("/github/tasks/?name=x", "name"),
    ("/github/?q=1", "q"),
    ("/github/developers/?%0d%0aSet-Cookie:x=1", "%0D%0ASet-Cookie%3Ax"),
    ("/github/developers/?%C5%81=1", "%C5%81"),
])
def test_unknown_parameters_are_named(api, path, ignored):
    assert names(api, path) == ignored


def test_many_unknown_parameters_stay_bounded(api):
    told = names(api, "/github/developers/?" + "&".join(f"unknown_parameter_{n}=1" for n in range(150)))
    assert told.startswith("unknown_parameter_0, ") and told.endswith(", ...") and len(told) <= 512


def test_named_beside_304_and_in_words_on_the_page(api):
    path = "/github/developers/?locatoin=Brazil"
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304 and again.headers[IGNORED] == "locatoin"
    assert IGNORED in first.headers["Access-Control-Expose-Headers"]
    page = api.get(path, headers={"Accept": "text/html"}).text
    assert "takes no such parameter: <code>locatoin</code>" in page
    assert "takes no such parameter" not in api.get("/github/developers/?location=Brazil", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("path,name", [
    ("/github/developers/?strict=1&locatoin=Brazil", "locatoin"),
    ("/github/developers/?strict=true&login__contains=dev", "login__contains"),
    ("/github/jobs/?strict=1&states=failed", "states"),
    (f"/github/developers/{ADA}/following/?strict=1&nothing=", "nothing"),
    ("/github/stats/?strict=1&x", "x"),
])
def test_strict_refuses_unknown_parameters(api, path, name):
    got = api.get(path)
    assert (got.status, got.json()) == (400, {name: ["This address takes no parameter of this name."]})
    assert api.get(path.replace("strict=1", "strict=0").replace("strict=true", "strict=False")).status == 200


def test_strict_accepts_known_parameters(api):
    for path in ("developers/?strict=1&login__in=dev1&ordering=login&page_size=3&format=json&indent=2&fields=id",
                 "changes/?strict=1&type=follow.new", "jobs/?strict=1&state=failed&page=1", "rate_limit/?strict=1&rate_limit=5"):
        assert api.get("/github/" + path).status == 200, path


@pytest.mark.parametrize("path,name,message", [
    ("repositories/?fork=on", "fork", "Enter true or false."),
    ("repositories/?archived=2", "archived", "Enter true or false."),
    ("repositories/?has_wiki=maybe", "has_wiki", "Enter true or false."),
    ("repositories/?license__isnull=null", "license__isnull", "Enter true or false."),
    ("developers/?name__isnull=maybe", "name__isnull", "Enter true or false."),
    ("developers/?bio__isnull=%20true", "bio__isnull", "Enter true or false."),
    ("developers/?indent=abc", "indent", "Enter a whole number from 0 to 8."),
    ("stats/?indent=1.5", "indent", "Enter a whole number from 0 to 8."),
    ("developers/?strict=maybe", "strict", "Enter true or false."),
    ("jobs/?strict=2", "strict", "Enter true or false."),
    ("jobs/?page_size=ten", "page_size", "Enter a whole number above 0."),
    ("changes/?page_size=0", "page_size", "Enter a whole number above 0."),
    ("rate_limit/?rate_reset=soon", "rate_reset", "Enter a valid date/time."),
    (f"developers/{ADA}/followers/?embed=yes", "embed", "Choose from: all, none."),
])
def test_a_value_that_means_nothing_is_refused_by_name(api, path, name, message):
    got = api.get("/github/" + path)
    assert (got.status, got.json()) == (400, {name: [message]})


def logins(api, query):
    return sorted(r["login"] for r in api.get("/github/developers/?fields=login&" + query).json()["results"])


def test_repeated_lists_join(api):
    assert logins(api, "login__in=dev1&login__in=dev2") == ["dev1", "dev2"]
    assert logins(api, "login__in=dev1,dev3&login__in=&login__in=dev2") == ["dev1", "dev2", "dev3"]
    counts = "followers_count__in={}&page_size=100"
    both = logins(api, counts.format("1") + "&followers_count__in=7")
    assert both == logins(api, counts.format("1,7")) != logins(api, counts.format("7"))
    repeated = api.get("/github/developers/?ordering=-type&ordering=login&page_size=30").json()["results"]
    assert repeated == api.get("/github/developers/?ordering=-type,login&page_size=30").json()["results"]
    fields = api.get("/github/developers/?fields=login&fields=bio,id").json()["results"][0]
    assert set(fields) == {"login", "bio", "id"}


def test_repeated_types_of_changes_join(api):
    both = api.get("/github/changes/?type=follow.new&type=star.new&page_size=1000").json()["results"]
    assert both == api.get("/github/changes/?type=follow.new,star.new&page_size=1000").json()["results"]
    assert api.get("/github/changes/?type=follow.new&type=nonsense").status == 400


def test_repeated_lists_stay_in_links(api):
    page = api.get("/github/developers/?login__in=dev1&login__in=dev2&login__in=dev3&page_size=2").json()
    assert page["count"] == 3 and "login__in=dev1&login__in=dev2&login__in=dev3" in page["next"]
    assert len(api.get(page["next"].removeprefix(api.base)).json()["results"]) == 1


def test_of_one_value_the_last_counts(api):
    assert logins(api, "login=dev1&login=dev2") == ["dev2"]
    assert len(api.get("/github/developers/?page_size=5&page_size=2").json()["results"]) == 2


def test_a_date_counts_to_its_end(api):
    path = f"/github/developers/{ADA}/followers/"
    now = api.get(path).json()
    today = api.get(path + "?as_of=" + time.strftime("%Y-%m-%d", time.gmtime()))
    assert today.json()["count"] == now["count"] > 0
    told = today.headers["X-As-Of"]
    assert time.strftime("%Y-%m-%dT", time.gmtime(time.time() - 60)) <= told <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    assert api.get(path + "?as_of=2019-02-03").headers["X-As-Of"].startswith("2019-02-03T23:59:59")
    assert api.get(path + "?as_of=2019-02-03T04:05:06Z").headers["X-As-Of"].startswith("2019-02-03T04:05:06")
    assert "X-As-Of" not in api.get(path).headers
    assert "As of <time>2019-02-03T23:59:59" in api.get(path + "?as_of=2019-02-03", headers={"Accept": "text/html"}).text


def test_as_of_is_bounded_by_the_retention_of_ended_edges(api, tmp_path):
    """An earlier moment would show some of the edges of then and not others."""
    path = f"/github/developers/{ADA}/followers/?as_of="
    kept = Api(api.env["DATABASE_URL"], KEEP_ENDED="30").start(tmp_path / "kept.log")
    try:
        for days, status in ((0, 200), (29, 200), (32, 400)):
            moment = time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86400))
            answer = kept.get(path + moment)
            assert answer.status == status, (days, answer.text)
            assert status == 200 or "KEEP_ENDED" in answer.json()["as_of"][0]
            assert api.get(path + moment).status == 200
    finally:
        kept.stop()
