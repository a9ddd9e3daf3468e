"""Lists of edges, edges of the past, records by name."""
import datetime
import random

import pytest

import graph

DEVELOPERS = {d["github_id"]: d for d in graph.developers()}
REPOSITORIES = {r["github_id"]: r for r in graph.repositories()}


def page(api, path):
    got = api.get(path.replace(api.base, ""))
    assert got.status == 200, got.text
    return got.json()


def walk(api, path):
    items = []
    while path:
        body = page(api, path)
        items += body["results"]
        path = body["next"]
    return items


def edges(name, me):
    """[(other, starred_at, first_seen_at)] in the order of the embedded list."""
    found = {"followers": [(a, at, None, at) for a, b, at in graph.follows() if b == me],
             "following": [(b, at, None, at) for a, b, at in graph.follows() if a == me],
             "starred_repositories": [(r, at, at, seen) for a, r, at, seen in graph.stars() if a == me],
             "stargazers": [(a, at, at, seen) for a, r, at, seen in graph.stars() if r == me]}[name]
    found.sort(key=lambda e: (e[1] is None, -e[1].timestamp() if e[1] else 0, -e[0]))
    return [(other, starred, seen) for other, _, starred, seen in found]


@pytest.mark.parametrize("name", ["followers", "following", "starred_repositories", "stargazers"])
def test_edges_with_their_records(api, name):
    subjects = REPOSITORIES if name == "stargazers" else DEVELOPERS
    others = REPOSITORIES if name == "starred_repositories" else DEVELOPERS
    kind = "repositories" if name == "stargazers" else "developers"
    expected = graph.expected_repository if name == "starred_repositories" else graph.expected_developer
    for me in list(subjects)[::11]:
        path = f"/github/{kind}/{graph.record_id(2 if kind == 'repositories' else 1, me)}/{name}/"
        want = []
        for other, starred, seen in edges(name, me):
            record = {k: v for k, v in expected(api.base, others[other]).items() if not isinstance(v, list)}
            if name.startswith("star"):
                record["starred_at"] = graph.iso(starred)
            want.append({**record, "first_seen_at": graph.iso(seen), "gone_after": None, "gone_before": None})
        assert len(want) > 1
        assert walk(api, path) == walk(api, path + "?page_size=2") == walk(api, path + "?cursor=&page_size=3") == want
        body = page(api, path + "?page_size=2")
        assert body["count"] == len(want) and list(body["results"][0]) == list(want[0])
        last = api.get(path + "?cursor=&page_size=1").headers["Link"].split('>; rel="last"')[0].rsplit("<", 1)[1]
        back, url = [], last
        while url:
            body = page(api, url)
            back += body["results"]
            url = body["previous"]
        assert back == want[::-1]
        assert page(api, path + "?page=last&page_size=2")["results"] == want[-(len(want) % 2 or 2):]
        assert api.get(path + f"?page_size=2&page={len(want)}").status == (404 if len(want) > 2 else 200)
        full = page(api, path + "?embed=all&page_size=1")["results"][0]
        assert full == {**expected(api.base, others[edges(name, me)[0][0]]), **{k: full[k] for k in list(full)[-4:]}}
        assert page(api, path + "?fields=login,first_seen_at" if others is DEVELOPERS else path + "?fields=name")["results"]


def test_owned_repositories(api):
    path = f"/github/developers/{graph.record_id(1, 3)}/repositories/"
    owned = [r for r in graph.repositories() if r["owner_github_id"] == 3 and r["gone_at"] is None]
    owned.sort(key=lambda r: (-r["created_at"].timestamp(), -r["github_id"]))
    want = [{k: v for k, v in graph.expected_repository(api.base, r).items() if k != "stargazers"} for r in owned]
    assert walk(api, path) == walk(api, path + "?cursor=&page_size=2") == want != []
    got = api.get(path + "?as_of=2020-01-01")
    refused = {"as_of": ["Former owners of repositories are not known."]}
    assert (got.status, got.json(), got.headers["X-Ignored-Parameters"]) == (400, refused, None)
    for query in ("as_of=2020-01-01&strict=1", "as_of=never", "as_of=2020-01-01&format=csv", "as_of=2020-01-01&cursor="):
        assert api.get(f"{path}?{query}").json() == refused, query
    for query in ("as_of=", "as_of=&strict=1"):
        got = api.get(f"{path}?{query}")
        assert (got.status, got.headers["X-Ignored-Parameters"]) == (200, None), query


@pytest.mark.parametrize("path", ["developers/x/followers/", f"developers/{graph.record_id(1, 999999)}/followers/",
                                  f"developers/{graph.record_id(2, 101)}/starred_repositories/",
                                  f"repositories/{graph.record_id(1, 1)}/stargazers/",
                                  f"developers/{graph.record_id(1, 1)}/stargazers/", f"developers/{graph.record_id(1, 1)}/x/"])
def test_no_such_list(api, path):
    got = api.get("/github/" + path)
    assert (got.status, got.json()) == (404, {"detail": "Not found."})


def test_bad_pages_cursors_and_dates_of_edges(api):
    path, other = (f"/github/developers/{graph.record_id(1, i)}/followers/" for i in (1, 2))
    for bad in ("0", "-1", "abc", "1.5", "99999999999999999999"):
        assert api.get(path + "?page=" + bad).status == 404
    cursor = page(api, path + "?cursor=&page_size=1")["next"].split("cursor=")[1].split("&")[0]
    for url in (other + "?cursor=" + cursor, path + "?as_of=2016-01-01&cursor=" + cursor, path + "?cursor=junk"):
        got = api.get(url)
        assert got.status == 400 and list(got.json()) == ["cursor"]
    got = api.get(path + "?as_of=yesterday")
    assert (got.status, got.json()) == (400, {"as_of": ["Enter a valid date/time."]})


def test_edges_of_the_past(own):
    """An edge may have held from when it was seen (or starred) until the first time it was missing."""
    def at(day):
        return datetime.datetime(2024, 1, day, tzinfo=graph.UTC)
    own.pg.psql("""
        insert into developers (github_id, login, first_seen_at) select g, 'u' || g, now() from generate_series(1, 9) g;
        insert into repositories (github_id, name, full_name, first_seen_at) values (50, 'r', 'u1/r', now());
        insert into follows values (2, 1, '2024-01-05'), (3, 1, '2024-01-20');
        insert into follow_history values (4, 1, '2024-01-02', '2024-01-08', '2024-01-10'),
            (3, 1, '2024-01-03', '2024-01-06', '2024-01-07');
        insert into stars values (2, 50, '2023-06-01', '2024-01-05'), (3, 50, null, '2024-01-12');
        insert into star_history values (4, 50, '2023-07-01', '2024-01-02', '2024-01-08', '2024-01-10'),
            (2, 50, '2023-05-01', '2023-05-02', '2023-05-20', '2023-05-30'),
            (5, 50, '2023-06-02', '2024-01-02', '2024-01-03', '2024-01-20'), (3, 50, null, '2024-01-01', '2024-01-02', '2024-01-13');
    """, "own")
    own.start(own.tmp / "log")
    followers = f"/github/developers/{graph.record_id(1, 1)}/followers/"
    for day, want in ((1, []), (2, [4]), (3, [3, 4]), (5, [2, 3, 4]), (6, [2, 3, 4]), (7, [2, 4]), (9, [2, 4]), (10, [2]),
                      (20, [3, 2]), (28, [3, 2])):
        for suffix in ("", "&page_size=1", "&page_size=1&cursor="):
            got = walk(own, f"{followers}?as_of=2024-01-{day:02}{suffix}")
            assert [int(e["github_id"]) for e in got] == want, (day, suffix)
        for edge in got:
            ended = edge["gone_before"] is not None
            assert ended == (int(edge["github_id"]) == 4 or (int(edge["github_id"]) == 3 and day < 20))
    assert page(own, followers + "?as_of=2024-01-09")["count"] == 2
    gazers = f"/github/repositories/{graph.record_id(2, 50)}/stargazers/"
    for moment, want in (("2023-05-10", [2]), ("2023-05-31", []), ("2023-06-15", [5, 2]), ("2023-07-02T03:04:05Z", [4, 5, 2]),
                         ("2024-01-12T12:00:00", [5, 2, 3]), ("2024-01-25", [2, 3])):
        for suffix in ("", "&page_size=1&cursor="):
            got = walk(own, f"{gazers}?as_of={moment}{suffix}")
            assert [int(e["github_id"]) for e in got] == want, moment
    starred = walk(own, f"/github/developers/{graph.record_id(1, 4)}/starred_repositories/?as_of=2024-01-09")
    assert [(e["full_name"], e["starred_at"], e["gone_after"], e["gone_before"]) for e in starred] == [
        ("u1/r", "2023-07-01T00:00:00Z", "2024-01-08T00:00:00Z", "2024-01-10T00:00:00Z")]
    assert at(1)


def test_records_by_name(own):
    own.pg.psql("""
        insert into developers (github_id, login, first_seen_at, synced_at, gone_at) values
            (1, 'Ada', now(), now(), null), (2, 'followers', now(), null, null), (3, 'gone', now(), now(), now()),
            (4, 'twice', now(), '2024-01-01', null), (5, 'TWICE', now(), '2024-02-01', null), (6, 'taken', now(), now(), null),
            (7, 'new-name', now(), now(), null), (8, 'late', now(), now(), null);
        insert into developer_logins values (7, 'old-name', '2024-01-01'), (8, 'Old-Name', '2024-03-01'), (7, 'taken', '2024-01-01'),
            (7, 'Gone', '2024-01-01');
        insert into repositories (github_id, owner_github_id, name, full_name, first_seen_at, synced_at) values
            (50, 1, 'engine', 'Ada/engine', now(), now()), (51, 1, 'moved', 'Ada/moved', now(), now());
        insert into repository_names values (51, 'bob/moved', '2024-01-01'), (50, 'bob/old', '2024-01-01');
    """, "own")
    own.start(own.tmp / "log")

    def by(path, **more):
        return own.get("/github/" + path, **more)
    for login, github_id in (("Ada", 1), ("ada", 1), ("ADA", 1), ("followers", 2), ("twice", 5), ("taken", 6)):
        got = by(f"developers/by-login/{login}/")
        assert got.status == 200 and got.json()["github_id"] == str(github_id), login
        assert got.json() == by(f"developers/{graph.record_id(1, github_id)}/").json()
    for old, new in (("old-name", 8), ("gone", 7)):  # the latest holder; who is there before who is gone
        got = by(f"developers/by-login/{old}/?embed=none")
        assert (got.status, got.headers["Location"]) == (301, f"/github/developers/{graph.record_id(1, new)}/?embed=none")
    for name in ("Ada/engine", "ada/ENGINE"):
        assert by(f"repositories/by-name/{name}/?fields=full_name").json() == {"full_name": "Ada/engine"}
    got = by("repositories/by-name/bob/moved/")
    assert (got.status, got.headers["Location"]) == (301, f"/github/repositories/{graph.record_id(2, 51)}/")
    assert by("repositories/by-name/bob/moved").status == 301
    for unknown in ("developers/by-login/nobody/", "developers/by-login/%27/", "developers/by-login/%25/",
                    "developers/by-login/a%2Fb/", "repositories/by-name/Ada/none/", "repositories/by-name/Ada/"):
        assert by(unknown).status == 404, unknown
    own.pg.psql("delete from developer_logins where login = 'Gone'", "own")
    assert by("developers/by-login/gone/").json()["github_id"] == "3"


def past_edges(now, ended, moment):
    """[(other, starred_at, gone_before)] at a moment, newest first. now, ended: rows (other, at, first_seen_at, gone_before); at
    is None where the time is not known."""
    held = {}
    for row in [e for e in ended if e[3] > moment] + [(*e, None) for e in now]:
        other, at, seen, gone_before = row
        if (at or seen) <= moment:
            before = held.get(other)
            if before is None or gone_before is None or (before[2] is not None and gone_before > before[2]):
                held[other] = (other, at, gone_before)
    return sorted(held.values(), key=lambda e: (e[1] is None, -e[1].timestamp() if e[1] else 0, -e[0]))


@pytest.mark.parametrize("name", ["followers", "following", "starred_repositories", "stargazers"])
def test_any_past_is_as_the_rows_say(own, name):
    """Edges that came, went and came again in any order, with and without a time, at many moments, by page and by cursor."""
    rng = random.Random(name)
    star = name.startswith("star")
    others_first = name in ("followers", "stargazers")

    def day():
        return datetime.datetime(2024, 1, 1, tzinfo=graph.UTC) + datetime.timedelta(days=rng.randrange(40))
    now, ended, keys = [], [], set()
    for other in range(100, 160):
        for _ in range(rng.randrange(3)):
            seen, went = day(), day()
            if not keys & {(other, "seen", seen), (other, "went", went)}:
                keys |= {(other, "seen", seen), (other, "went", went)}
                ended.append((other, (rng.choice([None, day()]) if star else seen), seen, went))
        if rng.random() < 0.6:
            seen = day()
            now.append((other, (rng.choice([None, day()]) if star else seen), seen))

    def values(rows):
        made = []
        for other, at, seen, *gone in rows:
            pair = (other, 1) if others_first else (1, other)
            times = [at] * star + [seen] + [t for g in gone for t in (g - datetime.timedelta(days=1), g)]
            made.append("(" + ", ".join([*map(str, pair), *("null" if t is None else f"'{t.isoformat()}'" for t in times)]) + ")")
        return ", ".join(made)
    table, history = ("stars", "star_history") if star else ("follows", "follow_history")
    # records of both kinds by every id that occurs: what the list needs of them
    own.pg.psql(f"""
        insert into developers (github_id, login, first_seen_at) select g, 'u' || g, now() from generate_series(1, 200) g;
        insert into repositories (github_id, name, full_name, first_seen_at) select g, 'r' || g, 'u1/r' || g, now() from generate_series(1, 200) g;
        insert into {table} values {values(now)};
        insert into {history} values {values(ended)};
    """, "own")
    own.start(own.tmp / "log")
    kind = "repositories" if name == "stargazers" else "developers"
    path = f"/github/{kind}/{graph.record_id(2 if kind == 'repositories' else 1, 1)}/{name}/?fields=github_id,gone_before"
    path += ",starred_at" if star else ""
    lengths = set()
    for moment in (datetime.datetime(2024, 1, 1, tzinfo=graph.UTC) + datetime.timedelta(days=d, hours=12) for d in range(-1, 42, 3)):
        want = past_edges(now, ended, moment)
        lengths.add(len(want))
        at = f"{path}&as_of={graph.iso(moment)}"
        for suffix in ("", "&page_size=7", "&page_size=7&cursor="):
            got = walk(own, at + suffix)
            assert [(int(e["github_id"]), e["gone_before"]) for e in got] == [(o, graph.iso(g)) for o, _, g in want], (moment, suffix)
            assert not star or [e["starred_at"] for e in got] == [graph.iso(t) for _, t, _ in want]
        assert page(own, at)["count"] == len(want)
        last = page(own, at + "&page=last&page_size=7")["results"]
        assert [int(e["github_id"]) for e in last] == [o for o, _, _ in want[(len(want) - 1) // 7 * 7:]]
    assert len(lengths) > 5 and 0 in lengths
