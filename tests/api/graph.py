"""The records the API tests read: made here, so that every expectation is worked out from them and not from the API."""
import datetime
import json

UTC = datetime.timezone.utc
HOSTILE = [
    "<script>alert(1)</script>",
    "'; drop table developers; --",
    '"quoted" \\ back\\slash',
    "100% _under_ [x]",
    "emoji 🦊 ünï ‮rtl \u2028 line",
    "tab\tnew\nline\rbell\x07",
    "{}[],:null",
    " spaces around ",
]


def time_of(days, seconds=0):
    return datetime.datetime(2015, 3, 1, 12, 0, 0, tzinfo=UTC) + datetime.timedelta(days=days, seconds=seconds)


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def record_id(kind, github_id):
    high, low = 0x6769746F6D618000 | kind, 0x8000000000000000 | github_id
    h = f"{high:016x}{low:016x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def developers():
    rows = []
    for i in range(1, 58):
        github_id = i if i % 10 else 3_000_000_000 + i  # some beyond 31 bits
        rows.append({
            "github_id": github_id,
            "login": f"dev{i}" if i % 8 else f"Dev-{i}",
            "type": "Organization" if i % 9 == 1 else "User",
            "name": None if i % 5 == 0 else HOSTILE[i % len(HOSTILE)] if i % 3 == 0 else f"Name {i}",
            "location": "Brazil" if i % 4 == 0 else None if i % 4 == 1 else f"City {i}",
            "bio": None if i % 6 == 0 else "" if i % 14 == 3 else HOSTILE[(i * 3) % len(HOSTILE)],
            "company": None if i % 3 else "@acme" if i % 2 else "Beta Inc",
            "blog": None if i % 4 == 0 else "" if i % 4 == 1 else f"https://dev{i}.example",
            "twitter_username": None if i % 3 else f"tw_{i}",
            "hireable": [None, True, False][i % 3],
            "email": None if i % 2 else f"dev{i}@example.org",
            "followers_count": i * 7 % 40,
            "following_count": i,
            "public_gists": i % 3,
            "public_repos": i % 7,
            "created_at": None if i % 13 == 0 else time_of(i // 3),  # ties of three
            "updated_at": time_of(1000, i),
            "synced_at": None if i % 9 == 0 else time_of(2000),
            "gone_at": time_of(2001) if i % 17 == 0 else None,
        })
    rows.append({**rows[0], "github_id": 2**53 + 1, "login": "big", "name": "naïve", "followers_count": 2**40})
    return rows


def repositories():
    rows = []
    for i in range(1, 46):
        row = {
            "github_id": 5_000_000_000 + i if i % 11 == 0 else 100 + i,
            "owner_github_id": None if i % 20 == 0 else 1 + i % 5,
            "name": f"repo{i}",
            "full_name": f"dev{1 + i % 5}/repo{i}",
            "description": None if i % 4 == 0 else HOSTILE[i % len(HOSTILE)] + " tetris" * (i % 3 == 0),
            "homepage": None if i % 3 == 0 else "" if i % 3 == 1 else f"https://example.org/{i}",
            "language": None if i % 5 == 0 else ["C", "Python", "C++"][i % 3],
            "license": None if i % 4 == 2 else ["MIT", "Apache-2.0"][i % 2],
            "topics": None if i % 7 == 0 else ["tetris", "c", "go", "graph"][i % 3:i % 5],
            "fork": None if i % 13 == 0 else i % 4 == 1,
            "forks_count": None if i % 8 == 0 else i * 2,
            "pushed_at": None if i % 6 == 0 else time_of(950, i),
            "size_kb": None if i % 9 == 0 else i * 2**33,
            "default_branch": None if i % 7 == 0 else ["main", "trunk/ü"][i % 2],
            "parent_github_id": 102 if i % 4 == 1 else None,
            "created_at": time_of(i // 2),
            "updated_at": time_of(900, i),
            "stargazers_count": i * 3,
            "subscribers_count": None if i % 7 == 0 else i,
            "watchers_count": i * 3,
            "open_issues_count": i % 6,
            "synced_at": None if i % 10 == 0 else time_of(2000),
            "gone_at": time_of(2001) if i % 19 == 0 else None,
        }
        for place, flag in enumerate(["has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki",
                                      "private", "archived", "disabled"]):
            row[flag] = None if i % 23 == 0 else bool((i >> (place % 4)) & 1)
        rows.append(row)
    return rows


def follows():
    """(follower, followed, first seen), with ties in time."""
    ids = [d["github_id"] for d in developers()]
    return [(a, b, time_of(100 + (i + j) % 4)) for i, a in enumerate(ids) for j, b in enumerate(ids)
            if a != b and (i * 5 + j * 3) % 11 == 0]


def stars():
    """(developer, repository, starred at or None, first seen)."""
    return [(d["github_id"], r["github_id"], None if (i + j) % 5 == 0 else time_of(200 + (i + j) % 3), time_of(300))
            for i, d in enumerate(developers()) for j, r in enumerate(repositories()) if (i * 7 + j * 2) % 9 == 0]


def is_listed(row):
    return row["synced_at"] is not None and row["gone_at"] is None


def newest_first(row):
    return (row["created_at"] is None, -row["created_at"].timestamp() if row["created_at"] else 0, row["github_id"])


def listed(rows):
    return sorted(filter(is_listed, rows), key=newest_first)


def _insert(table, rows):
    def plain(v):
        return v.isoformat() if isinstance(v, datetime.datetime) else v
    data = json.dumps([{k: plain(v) for k, v in row.items()} for row in rows], ensure_ascii=False).replace("'", "''")
    columns = ", ".join(rows[0])
    return f"insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, '{data}');\n"


def sql():
    seen = {"first_seen_at": time_of(0)}
    return (_insert("developers", [{**d, **seen} for d in developers()]) +
            _insert("repositories", [{**r, **seen} for r in repositories()]) +
            _insert("follows", [dict(zip(("follower_github_id", "followed_github_id", "first_seen_at"), e))
                                for e in follows()]) +
            _insert("stars", [dict(zip(("developer_github_id", "repository_github_id", "starred_at", "first_seen_at"),
                                       e)) for e in stars()]) +
            "insert into samples (name, kind, seed, wanted, frame_to, drawn, asked, found) values ('users', 1, 1, 99, 9000, 99, 99, 60), ('repositories', 2, 1, 99, 9000, 99, 99, 60);\n"
            "insert into sample_members select 'users', row_number() over (), github_id, true from developers;\n"
            "insert into sample_members select 'repositories', row_number() over (), github_id, true from repositories;\n"
            "analyze;\n")


def edge_order(edges):
    """[(at or None, other id)] newest first, unknown last, ties by id descending -> ids."""
    return [-i for _, _, i in sorted((at is None, -at.timestamp() if at else 0, -i) for at, i in edges)]


def expected_developer(base, d):
    me = d["github_id"]

    def links(kind, edges):
        name = {1: "developers", 2: "repositories"}[kind]
        return [f"{base}/github/{name}/{record_id(kind, i)}/" for i in edge_order(edges)]
    uid = record_id(1, me)
    return {
        "id": uid, "url": f"{base}/github/developers/{uid}/", "github_id": str(me),
        **{k: d[k] for k in ("login", "name", "location", "bio", "company", "email")},
        "created_at": iso(d["created_at"]), "updated_at": iso(d["updated_at"]),
        **{k: d[k] for k in ("followers_count", "following_count", "public_gists", "public_repos")},
        "followers": links(1, [(at, a) for a, b, at in follows() if b == me]),
        "following": links(1, [(at, b) for a, b, at in follows() if a == me]),
        "starred_repositories": links(2, [(at, r) for a, r, at, _ in stars() if a == me]),
        "repositories": links(2, [(r["created_at"], r["github_id"]) for r in repositories()
                                  if r["owner_github_id"] == me and r["gone_at"] is None]),
        **{f"{name}_url": f"{base}/github/developers/{uid}/{name}/"
           for name in ("followers", "following", "starred_repositories", "repositories")},
    }


def expected_repository(base, r):
    uid, owner = record_id(2, r["github_id"]), r["owner_github_id"]
    flags = ("has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki", "private", "archived", "disabled")
    return {
        "id": uid, "url": f"{base}/github/repositories/{uid}/",
        "owner": None if owner is None else f"{base}/github/developers/{record_id(1, owner)}/",
        "github_id": str(r["github_id"]), "owner_github_id": None if owner is None else str(owner),
        **{k: r[k] for k in ("name", "full_name", "description", "homepage", "language")},
        "created_at": iso(r["created_at"]), "updated_at": iso(r["updated_at"]),
        **{k: r[k] for k in flags},
        "stargazers": [f"{base}/github/developers/{record_id(1, i)}/" for i in
                       edge_order([(at, a) for a, b, at, _ in stars() if b == r["github_id"]])],
        **{k: r[k] for k in ("stargazers_count", "subscribers_count", "watchers_count", "open_issues_count")},
        "stargazers_url": f"{base}/github/repositories/{uid}/stargazers/",
    }
