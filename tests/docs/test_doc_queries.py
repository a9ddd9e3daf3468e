"""Every query in the documentation runs and finds what is there."""
import datetime
import decimal

import pytest

import doc_tree as tree

DOCUMENTS = tree.documents()
QUERIES = [(path, n, query) for path in DOCUMENTS for n, query in enumerate(tree.fences(path, "sql"))]

# The rows of schema.md's queries on world.sql; None: a time.
EXPECTED = [
    [("alan", "Alan", "London", 500), ("ada", "Ada", "London, UK", 300)],
    [("alan",), ("grace",)],
    [("ada/engine", 2, 12), ("alan/engine", 1, 30), ("edsger/goto", 1, None), ("grace/compiler", 1, 40)],
    [("C", 3, 2), ("COBOL", 1, 1)],
    [("edsger", "alan", None, None)],
    [(datetime.date(2026, 1, 1), 7, None), (datetime.date(2026, 1, 3), 12, 5)],
    [(datetime.date(2025, 12, 30), 7, decimal.Decimal(7)), (datetime.date(2026, 1, 2), 5, decimal.Decimal(12))],
    [("analytical", 2, 1200), ("bletchley", 1, 500)],
    [("alan/engine", 30, "ada/engine", 12)],
    [("developers", 5, 4, decimal.Decimal("20.0")), ("repositories", 4, 3, decimal.Decimal("25.0"))],
    [(1, None, "full_profile_sync ada", 3, 4, 301, 4), (4, None, "full_repository_sync ada/engine", 1, 0, 0, 0)],
]


@pytest.mark.parametrize("path,n,query", QUERIES, ids=[f"{path}-{n}" for path, n, _ in QUERIES])
def test_query_returns_rows(sql, path, n, query):
    sql.execute(query)
    assert sql.fetchall()


def test_the_queries_find_what_is_there(sql):
    queries = [query for path, _, query in QUERIES if path == "docs/schema.md"]
    assert len(queries) == len(EXPECTED) == 11
    for query, expected in zip(queries, EXPECTED):
        sql.execute(query)
        rows = [tuple(None if isinstance(value, datetime.datetime) else value for value in row) for row in sql.fetchall()]
        assert rows == expected, query


def test_a_quota_whose_window_has_passed_is_full(sql):
    query, = tree.fences("docs/crawling.md", "sql")
    sql.execute(query)
    assert [row[1:4] for row in sql.fetchall()] == [("core", 4000, 5000), ("graphql", 5000, 5000)]
