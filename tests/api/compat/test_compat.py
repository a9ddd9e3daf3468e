"""Runs behaviours.py: each row is a request and what has to come back."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from behaviours import ROWS, document  # noqa: E402
from server import fresh  # noqa: E402

WORLD = """
insert into developers (github_id, login, name, location, company, followers_count, following_count, public_gists, public_repos,
                        created_at, updated_at, first_seen_at, synced_at)
select g, 'dev' || g, case when g % 5 <> 0 then 'Name ' || g end, 'Brazil', '@acme', g, g + 1, g + 2, g + 3,
       timestamptz '2020-01-01Z' + g * interval '1 day', timestamptz '2021-01-01 03:04:05Z' + g * interval '1 day', now(), now()
  from generate_series(1, 25) g;
insert into developers (github_id, login, first_seen_at) values (900, 'stub', now());
insert into repositories (github_id, owner_github_id, name, full_name, homepage, language, has_downloads, has_issues, has_pages,
                          has_projects, has_wiki, private, archived, disabled, stargazers_count, subscribers_count,
                          watchers_count, open_issues_count, created_at, updated_at, first_seen_at, synced_at)
select g, 1, 'repo' || g, 'dev1/repo' || g, '', 'C', true, false, true, false, true, false, false, false, 5, 6, 7, 8,
       timestamptz '2020-02-01Z' + (g + 1) / 2 * interval '1 day', timestamptz '2021-02-01Z' + g * interval '1 day', now(), now()
  from generate_series(1, 12) g;
insert into follows values (2, 1, '2020-05-01Z'), (3, 1, '2020-05-02Z'), (1, 4, '2020-05-03Z');
insert into stars values (1, 2, '2020-05-04Z', now());
insert into credentials (label, kind, position) values ('token', 'token', 0);
insert into quota_buckets (credential, resource, rate_limit, rate_remaining, rate_reset_raw, window_ends_at)
values ('token', 'core', 5000, 4321, 1900000000, '2030-03-17 17:46:40Z');
"""


@pytest.fixture(scope="module")
def compat(pg, tmp_path_factory):
    server = fresh(pg, "compat")
    pg.psql(WORLD, "compat")
    server.start(tmp_path_factory.mktemp("compat") / "log")
    yield server
    assert server.stop() == 0, server.log()[-3000:]


def with_base(value, base):
    if isinstance(value, str):
        return value.replace("{base}", base)
    if isinstance(value, list):
        return [with_base(v, base) for v in value]
    if isinstance(value, dict):
        return {k: with_base(v, base) for k, v in value.items()}
    return value


def check_headers(row, got):
    for name, value in (row.header or {}).items():
        values = got.headers.get_all(name) or []
        if name == "Vary":
            assert value in ", ".join(values).split(", ")
        elif name == "Content-Type":
            assert len(values) == 1 and values[0].split(";")[0] == value
        else:
            assert values and values[0] == value, f"{name}: {values}"


def check_list(row, page, base):
    assert list(page)[:4] == ["count", "next", "previous", "results"]
    if row.count is not None:
        assert page["count"] == row.count
    if row.logins is not None:
        assert [r["login"] for r in page["results"]] == row.logins
    if row.ids is not None:
        assert [int(r["github_id"]) for r in page["results"]] == row.ids
    for name in ("next", "previous"):
        wanted = getattr(row, name)
        if wanted != "":
            assert page[name] == with_base(wanted, base)


@pytest.mark.parametrize("group,row", ROWS, ids=[f"{group}: {row.what}" for group, row in ROWS])
def test_behaviour(compat, group, row):
    got = compat.request(row.method, row.path, row.headers, row.body.encode() or None, auth=row.auth)
    base = compat.base
    assert got.status == row.status, got.text[:300]
    check_headers(row, got)
    if row.text is not None:
        assert got.text == row.text
    if row.begins is not None:
        assert got.text.startswith(row.begins), got.text[:300]
    if row.json is not None:
        assert got.json() == with_base(row.json, base)
    if row.has is not None:
        wanted = with_base(row.has, base)
        assert {k: got.json().get(k) for k in wanted} == wanted
    if row.keys is not None:
        assert [k for k in got.json() if k in row.keys] == row.keys
    if row.count is not None or row.logins is not None or row.next != "" or row.previous != "":
        check_list(row, got.json(), base)


def test_changed_behaviours_state_the_old_one_and_a_reason():
    for _, row in ROWS:
        assert (row.original is None) == (row.why is None), row.what


def test_every_row_expects_something():
    for _, row in ROWS:
        expectations = (row.json, row.has, row.count, row.logins, row.header, row.text, row.begins, row.keys)
        assert row.status != 200 or any(e is not None for e in expectations) or row.next != "" or row.previous != "", row.what


def test_the_document_is_up_to_date():
    with open(os.path.join(os.path.dirname(__file__), "README.md")) as file:
        assert file.read() == document(), "run python3 tests/api/compat/behaviours.py > tests/api/compat/README.md"
