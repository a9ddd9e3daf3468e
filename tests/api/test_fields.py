"""Fields that are there only where ?fields= names them: what can be filtered can be seen."""
import pytest

import graph

DEVELOPER = ("type", "blog", "twitter_username", "hireable", "synced_at", "gone_at")
REPOSITORY = ("topics", "license", "fork", "forks_count", "pushed_at", "size_kb", "default_branch", "parent", "synced_at",
              "gone_at")
KINDS = {"developers": (1, DEVELOPER, graph.developers(), "Developer"),
         "repositories": (2, REPOSITORY, graph.repositories(), "Repository")}


def expected(api, row, names):
    def value(name):
        if name == "parent":
            parent = row["parent_github_id"]
            return parent and f"{api.base}/github/repositories/{graph.record_id(2, parent)}/"
        return graph.iso(row[name]) if name.endswith("_at") else row[name]
    return {name: value(name) for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_records_and_lists_have_them_by_name(api, kind):
    number, names, rows, _ = KINDS[kind]
    fields = "?fields=" + ",".join(names)
    assert all(any(row[n if n != "parent" else "parent_github_id"] is not None for row in rows) for n in names)
    for row in rows:  # stubs and those that are gone, too
        got = api.get(f"/github/{kind}/{graph.record_id(number, row['github_id'])}/{fields}")
        assert got.status == 200 and got.json() == expected(api, row, names), got.text
        assert list(got.json()) == list(names)
    page = api.get(f"/github/{kind}/{fields}&page_size=100").json()
    assert page["results"] == [expected(api, row, names) for row in graph.listed(rows)]
    for name in names:
        got = api.get(f"/github/{kind}/?page_size=1&fields=github_id&fields={name}").json()
        assert set(got["results"][0]) == {"github_id", name}


@pytest.mark.parametrize("path,kind", [(f"developers/{graph.record_id(1, 3)}/followers/", "developers"),
                                       (f"developers/{graph.record_id(1, 3)}/following/", "developers"),
                                       (f"developers/{graph.record_id(1, 3)}/starred_repositories/", "repositories"),
                                       (f"developers/{graph.record_id(1, 3)}/repositories/", "repositories"),
                                       (f"repositories/{graph.record_id(2, 103)}/stargazers/", "developers")])
def test_relations_have_them_by_name(api, path, kind):
    _, names, rows, _ = KINDS[kind]
    by_id = {str(row["github_id"]): row for row in rows}
    page = api.get(f"/github/{path}?page_size=100&fields=github_id," + ",".join(names)).json()
    assert page["results"]
    for item in page["results"]:
        assert item == {"github_id": item["github_id"], **expected(api, by_id[item["github_id"]], names)}
    assert not set(names) & set(api.get(f"/github/{path}").json()["results"][0])


@pytest.mark.parametrize("kind", KINDS)
def test_without_their_names_nothing_changes(api, kind):
    _, names, rows, _ = KINDS[kind]
    make = graph.expected_developer if kind == "developers" else graph.expected_repository
    for query in ("", "&embed=all"):
        first = api.get(f"/github/{kind}/?page_size=1{query}").json()["results"][0]
        want = make(api.base, graph.listed(rows)[0])
        assert first == want and list(first) == list(want) and not set(names) & set(first)


@pytest.mark.parametrize("kind", KINDS)
def test_the_openapi_document_describes_them(api, kind):
    _, names, _, schema = KINDS[kind]
    properties = api.get("/github/swagger.json").json()["components"]["schemas"][schema]["properties"]
    for name in names:
        assert "only if ?fields= names it" in properties[name]["description"], name
        assert "null" in properties[name]["type"], name
    assert "only where" not in properties["url"]["description"]


@pytest.mark.parametrize("query", ["fields=topics", "fields=license", "fields=pushed_at"])
def test_a_field_of_the_other_kind_is_refused(api, query):
    got = api.get("/github/developers/?" + query)
    assert got.status == 400 and list(got.json()) == ["fields"]
