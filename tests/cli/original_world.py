"""A database as git-o-matic (Django 3.1) makes it, with the faults such databases have."""
import json
import uuid

SCHEMA = """
create table github_developer (id uuid primary key, github_id varchar(255), login varchar(255), name text, location text, bio text,
    company text, email text, created_at timestamptz, updated_at timestamptz, followers_count int, following_count int, public_gists int,
    public_repos int, data_source jsonb);
create table github_repository (id uuid primary key, owner_id uuid references github_developer, github_id varchar(255),
    owner_github_id varchar(255), name text, full_name text, description text, homepage text, language text, created_at timestamptz,
    updated_at timestamptz, has_downloads bool, has_issues bool, has_pages bool, has_projects bool, has_wiki bool, private bool,
    archived bool, disabled bool, stargazers_count int, subscribers_count int, watchers_count int, open_issues_count int,
    data_source jsonb);
create table github_developer_followers (id serial primary key, from_developer_id uuid, to_developer_id uuid);
create table github_developer_following (id serial primary key, from_developer_id uuid, to_developer_id uuid);
create table github_developer_starred_repositories (id serial primary key, developer_id uuid, repository_id uuid);
create table github_repository_stargazers (id serial primary key, repository_id uuid, developer_id uuid);
"""


def developer(database, github_id, login, **about):
    """Returns its uuid."""
    row = {"id": str(uuid.uuid4()), "github_id": str(github_id), "login": login, "name": f"Name of {login}", "location": "Here",
           "bio": "two\nlines \\N \"q\"", "company": None, "email": f"{login}@example.org", "created_at": "2015-01-01T00:00:00Z",
           "updated_at": "2020-05-05T05:05:05.5Z", "followers_count": 7, "following_count": 8, "public_gists": 9, "public_repos": 10,
           "data_source": json.dumps({"id": github_id, "login": login, "node_id": f"N{github_id}", "type": "User", "hireable": True,
                                      "blog": "https://example.org", "followers": 7, "temp_clone_token": "x"}), **about}
    return insert(database, "github_developer", row)


def repository(database, github_id, full_name, owner_id, **about):
    row = {"id": str(uuid.uuid4()), "github_id": str(github_id), "owner_id": owner_id, "owner_github_id": None,
           "name": (full_name or "/").split("/")[1], "full_name": full_name, "description": "d, \"d\"", "homepage": "", "language": "C",
           "created_at": "2016-01-01T00:00:00Z", "updated_at": "2021-01-01T00:00:00Z", "has_downloads": True, "has_issues": True,
           "has_pages": False, "has_projects": True, "has_wiki": False, "private": False, "archived": True, "disabled": False,
           "stargazers_count": 3, "subscribers_count": 4, "watchers_count": 3, "open_issues_count": 5,
           "data_source": json.dumps({"id": github_id, "fork": True, "topics": ["a", "b\tc"], "license": {"spdx_id": "MIT"}, "size": 12,
                                      "default_branch": "main", "pushed_at": "2021-02-30T00:00:00Z", "parent": {"id": 77},
                                      "permissions": {"admin": True}}), **about}
    return insert(database, "github_repository", row)


def insert(database, table, row):
    database.rows(f"insert into {table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", *row.values())
    return row["id"]


def fill(database):
    """name -> uuid"""
    ids = {login: developer(database, n, login) for n, login in enumerate(["ada", "bob", "cy", "dee"], 1)}
    # The same GitHub id in several rows; the one updated last counts, and the ids of all of them lead on.
    ids["ada-before"] = developer(database, 1, "ada-old", name="Old", updated_at="2019-01-01T00:00:00Z")
    ids["ada-list"] = developer(database, 1, "ada-list", name=None, updated_at=None, created_at=None, data_source=None)
    # known only from a list, and what cannot be read
    ids["stub"] = developer(database, 6, "stub", name=None, location=None, bio=None, email=None, created_at=None, updated_at=None,
                            followers_count=None, following_count=None, public_gists=None, public_repos=None, data_source='"text"')
    ids["no number"] = developer(database, "none", "nobody")
    ids["no id"] = developer(database, 0, "zero")
    ids["no login"] = developer(database, 8, None)
    ids["odd login"] = developer(database, 9, "a b\tc")
    ids["infinite"] = developer(database, 10, "inf", created_at="infinity", updated_at="-infinity")
    ids["r"] = repository(database, 101, "ada/r", ids["ada-before"])
    ids["s"] = repository(database, 102, None, ids["bob"], name="s")
    ids["t"] = repository(database, 103, "cy/t", None, owner_github_id="3", data_source=None)
    ids["u"] = repository(database, 104, "dee/u", None, data_source=json.dumps({"owner": {"id": 4}, "topics": "none", "fork": "yes"}))

    def edges(table, one, other, pairs):
        for a, b in pairs:
            database.rows(f"insert into {table} ({one}, {other}) values (%s, %s)", ids[a], ids[b])

    edges("github_developer_followers", "from_developer_id", "to_developer_id",
          [("ada", "bob"), ("ada-before", "cy"), ("bob", "no number"), ("cy", "cy")])
    edges("github_developer_following", "from_developer_id", "to_developer_id", [("bob", "ada"), ("ada", "dee"), ("stub", "ada")])
    edges("github_developer_starred_repositories", "developer_id", "repository_id", [("ada", "r"), ("ada-before", "r"), ("bob", "t")])
    edges("github_repository_stargazers", "repository_id", "developer_id", [("s", "cy"), ("t", "bob")])
    return ids


FOLLOWS = {(2, 1), (3, 1), (1, 4), (6, 1)}
STARS = {(1, 101), (2, 103), (3, 102)}
