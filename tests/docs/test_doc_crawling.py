"""docs/crawling.md says the same of GitHub's answers as github/outcome.h."""
import re

import doc_tree as tree


def test_outcomes_are_the_ones_in_c():
    rows = [[tree.bare(name), what] for name, what in tree.table("docs/crawling.md", "outcome", "what the job does")]
    assert rows == [list(row) for row in tree.macro_rows("github/outcome.h", "GH_OUTCOMES", 2)]


def test_fields_said_to_be_missing_are_not_asked_of_graphql():
    queries = "".join(tree.text(path) for path in tree.files(".graphql") if path.startswith("github/"))
    assert "nodes(ids:" in queries
    said = " ".join(cell for row in tree.table("docs/crawling.md", "record", "missing in GraphQL") for cell in row)
    for word, field in [("topics", "repositoryTopics"), ("has_pages", "hasPages"), ("has_downloads", "hasDownloads"),
                        ("network_count", "networkCount"), ("gravatar_id", "gravatarId")]:
        assert word in said and field not in queries
    organisation = re.search(r"fragment O on Organization {(.*?)^}", queries, flags=re.S | re.M).group(1)
    for field in ("company", "followers", "following", "gists"):
        assert field in said and field not in organisation


def test_fields_taken_only_where_unknown_are_the_weak_ones():
    source = tree.text("github/hydrate.c")
    sentence = re.search(r"^((?:`\w+`,? (?:and )?)+.*?) are taken from GraphQL only",
                         tree.text("docs/crawling.md").replace("\n", " ").replace("  ", "\n"), flags=re.M).group(1)
    weak = set(re.findall(r"`(\w+)`", sentence))
    listed = re.search(r"weak\[\]\[2\] = {(.*?)};", source, flags=re.S).group(1)
    in_code = set(re.findall(r'{"(\w+)",', listed)) | set(re.findall(r'weak_of\(item\), "(\w+)"', source))
    assert weak == in_code - {"mirror_url", "node_id", "avatar_url", "owner"}
