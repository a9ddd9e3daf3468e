"""gitomatic export FILE.gexf and FILE.graphml: the neighbourhood of a developer, read back by an XML parser."""
import xml.etree.ElementTree as xml

import pytest
from data_world import fill, put_tombstone
from gitomatic_cli import run

GEXF, GRAPHML = "{http://gexf.net/1.3}", "{http://graphml.graphdrawing.org/xmlns}"


def read(path):
    """(id -> attributes, {(source, target, kind)})"""
    root = xml.parse(path).getroot()
    if path.suffix == ".gexf":
        nodes = {n.get("id"): {"label": n.get("label"), **{v.get("for"): v.get("value") for v in n.iter(GEXF + "attvalue")}}
                 for n in root.iter(GEXF + "node")}
        edges = [(e.get("source"), e.get("target"), next(e.iter(GEXF + "attvalue")).get("value")) for e in root.iter(GEXF + "edge")]
        assert len({e.get("id") for e in root.iter(GEXF + "edge")}) == len(edges)
    else:
        nodes = {n.get("id"): {v.get("key"): v.text for v in n.iter(GRAPHML + "data")} for n in root.iter(GRAPHML + "node")}
        edges = [(e.get("source"), e.get("target"), next(e.iter(GRAPHML + "data")).text) for e in root.iter(GRAPHML + "edge")]
    assert len(set(edges)) == len(edges) and all(s in nodes and t in nodes for s, t, _ in edges)
    return nodes, set(edges)


def expected(database, seed, depth, kinds):
    """The same by breadth first over all edges, in Python."""
    all_edges = []
    if "follows" in kinds:
        all_edges += [(f"d{a}", f"d{b}", "follows") for a, b in database.rows("select follower_github_id, followed_github_id from follows")]
    if "stars" in kinds:
        all_edges += [(f"d{a}", f"r{b}", "stars") for a, b in database.rows("select developer_github_id, repository_github_id from stars")]
    found = {seed: 0}
    for level in range(1, depth + 1):
        border = {node for node, at in found.items() if at == level - 1}
        for source, target, _ in all_edges:
            if source in border:
                found.setdefault(target, level)
            if target in border:
                found.setdefault(source, level)
    return found, {edge for edge in all_edges if edge[0] in found and edge[1] in found}


@pytest.fixture
def world(database):
    fill(database, 40)
    database.rows("delete from follows where follower_github_id % 4 <> 1 or followed_github_id % 3 = 0")
    database.rows("delete from stars where developer_github_id % 5 <> 0")
    database.rows("insert into follows values (5, 4, now()) on conflict do nothing")
    database.rows("update developers set login = 'a<b>&\"c''' || chr(7) || chr(9) || chr(10) || '\\ü🦊' || chr(65535) where github_id = 4")
    return database


@pytest.mark.parametrize("ending", ["gexf", "graphml"])
@pytest.mark.parametrize("depth,edges", [(0, "follows"), (1, "follows"), (2, "follows"), (1, "stars"), (3, "stars"), (2, "follows,stars")])
def test_nodes_and_edges_around_a_developer(world, folder, ending, depth, edges):
    path = folder / f"x.{ending}"
    done = run("export", str(path), "--seed", "DEV5", "--depth", str(depth), "--edges", edges, DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
    nodes, found = read(path)
    levels, wanted = expected(world, "d5", depth, edges.split(","))
    assert {node: int(about["depth"]) for node, about in nodes.items()} == levels and found == wanted
    count = "1 node" if len(levels) == 1 else f"{len(levels)} nodes"
    assert done.stdout == f"{count}, {'1 edge' if len(wanted) == 1 else f'{len(wanted)} edges'}\n"
    for node, about in nodes.items():
        assert about["kind"] == ("developer" if node[0] == "d" else "repository")
        assert "d4" in nodes or depth == 0 or edges == "stars"
        if node == "d4":
            assert about["label"] == "a<b>&\"c'\ufffd\t\n\\ü🦊\ufffd"
    counts = dict(world.rows("select 'd' || github_id, followers_count from developers"))
    assert all(about.get("count") == (None if counts[node] is None else str(counts[node])) for node, about in nodes.items() if node in counts)


@pytest.mark.parametrize("flags,word", [
    ([], "--seed"), (["--seed", "nobody"], "nobody"), (["--seed", "dev1", "--depth", "11"], "--depth"),
    (["--seed", "dev1", "--depth", "x"], "--depth"), (["--seed", "dev1", "--edges", "likes"], "--edges"),
    (["--seed", "dev1", "--edges", ""], "--edges"), (["--seed", "dev1", "--gzip"], "--seed, --depth and --edges"),
    (["--seed", "dev1", "--format", "csv"], "--seed, --depth and --edges"),
])
def test_wrong_use_leaves_no_file(world, folder, flags, word):
    done = run("export", str(folder / "x.gexf"), *flags, DATABASE_URL=world.url)
    assert done.returncode == 2 and word in done.stderr
    assert not (folder / "x.gexf").exists()


def test_a_file_that_is_there_is_left_alone(world, folder):
    (folder / "x.gexf").write_text("mine")
    done = run("export", str(folder / "x.gexf"), "--seed", "dev1", DATABASE_URL=world.url)
    assert done.returncode == 1 and (folder / "x.gexf").read_text() == "mine"


def test_a_folder_takes_no_seed(world, folder):
    done = run("export", str(folder / "x"), "--seed", "dev1", DATABASE_URL=world.url)
    assert done.returncode == 2 and "FILE.gexf" in done.stderr and not (folder / "x").exists()


@pytest.mark.parametrize("edges", ["follows", "stars", "follows,stars"])
def test_a_developer_whose_erasure_was_interrupted_is_not_a_neighbour(world, folder, edges):
    world.rows("insert into follows values (5, 7, now()), (7, 5, now()), (7, 39, now()) on conflict do nothing")
    world.rows("insert into stars values (5, 1007, null, now()), (7, 1001, null, now()), (10, 1007, null, now()) on conflict do nothing")
    put_tombstone(world, 7)
    done = run("export", str(folder / "x.gexf"), "--seed", "dev5", "--depth", "2", "--edges", edges, DATABASE_URL=world.url)
    assert done.returncode == 0, done.stderr
    nodes, found = read(folder / "x.gexf")
    assert not {"d7", "r1007"} & (set(nodes) | {end for edge in found for end in edge[:2]})
    world.rows("delete from follows where 7 in (follower_github_id, followed_github_id)")
    world.rows("delete from stars where developer_github_id = 7 or repository_github_id = 1007")
    levels, wanted = expected(world, "d5", 2, edges.split(","))
    assert {node: int(about["depth"]) for node, about in nodes.items()} == levels and found == wanted
    done = run("export", str(folder / "y.gexf"), "--seed", "dev7", DATABASE_URL=world.url)
    assert done.returncode == 2 and "dev7" in done.stderr
