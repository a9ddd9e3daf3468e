"""Bodies that are not JSON: media types, binaries, ranges, archives on another host, and the status page."""
import io
import tarfile
import urllib.parse
import zipfile

import pytest


@pytest.fixture(scope="module")
def repo(world):
    """A repository that is not empty."""
    return next(r for r in world.truth()["repos"] if r["size"] and not r["fork"])["full_name"]


def test_readme_in_three_media_types_has_three_etags(world, repo):
    seen = {}
    for accept, content_type in ((None, "application/json; charset=utf-8"),
                                 ("application/vnd.github.raw", "application/vnd.github.raw+json; charset=utf-8"),
                                 ("application/vnd.github.v3.html", "application/vnd.github.html+json; charset=utf-8")):
        headers = {"Accept": accept} if accept else {}
        answer = world.get(f"/repos/{repo}/readme", headers=headers)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == content_type
        assert "Last-Modified" in answer.headers
        seen[answer.headers["ETag"].removeprefix("W/")] = answer.content
        again = world.get(f"/repos/{repo}/readme", headers={**headers, "If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert len(seen) == 3
    assert sum(body.startswith(b"# ") for body in seen.values()) == 1
    assert sum(body.startswith(b"<div") for body in seen.values()) == 1


def test_contents_of_a_name_that_needs_every_escape(world, repo):
    path = "notes/what is #1?.md"
    listed = world.get(f"/repos/{repo}/contents/notes").json()
    assert [e["path"] for e in listed] == [path]
    for spelled in (urllib.parse.quote(path), urllib.parse.quote(path, safe="")):
        answer = world.get(f"/repos/{repo}/contents/{spelled}")
        assert answer.status_code == 200 and answer.json()["path"] == path
    assert {e["path"]: e["type"] for e in world.get(f"/repos/{repo}/contents").json()} == {
        "README.md": "file", "logo.png": "file", "notes": "dir", "src": "dir"}
    assert world.get(f"/repos/{repo}/contents/nothing").status_code == 404


def test_ranges_of_a_binary(world, repo):
    url, raw = f"/repos/{repo}/contents/logo.png", {"Accept": "application/vnd.github.raw"}
    whole = world.get(url, headers=raw)
    assert whole.headers["Accept-Ranges"] == "bytes" and len(whole.content) == 8192
    assert "Content-Encoding" not in whole.headers
    for spelled, first, last in (("0-9", 0, 9), ("8190-", 8190, 8191), ("-3", 8189, 8191), ("5-99999", 5, 8191)):
        part = world.get(url, headers={**raw, "Range": f"bytes={spelled}"})
        assert part.status_code == 206 and part.headers["Content-Range"] == f"bytes {first}-{last}/8192"
        assert part.content == whole.content[first:last + 1] and part.headers["ETag"] == whole.headers["ETag"]
    for spelled in ("8192-", "-0"):
        out = world.get(url, headers={**raw, "Range": f"bytes={spelled}"})
        assert out.status_code == 416 and out.headers["Content-Range"] == "bytes */8192"
    for headers in ({"Range": "bytes=0-1,4-5"}, {"Range": "lines=0-1"}, {"Range": "bytes=5-2"},
                    {"Range": "bytes=0-9", "If-Range": '"other"'}):
        assert world.get(url, headers={**raw, **headers}).status_code == 200
    text = world.get(f"/repos/{repo}/readme", headers={**raw, "Range": "bytes=0-9"})
    assert text.status_code == 200


def test_commits_as_json_diff_patch_and_sha(world, repo):
    commits = world.pages(f"/repos/{repo}/commits?per_page=7")
    assert len({c["sha"] for c in commits}) == len(commits) >= 3
    assert [c["parents"][0]["sha"] for c in commits[:-1]] == [c["sha"] for c in commits[1:]]
    sha = commits[0]["sha"]
    bodies = {kind: world.get(f"/repos/{repo}/commits/{sha}", headers={"Accept": f"application/vnd.github.{kind}"})
              for kind in ("diff", "patch", "sha")}
    assert bodies["diff"].text.startswith("diff --git ") and bodies["patch"].text.startswith(f"From {sha} ")
    assert bodies["sha"].text == sha and bodies["sha"].headers["X-GitHub-Media-Type"] == "github.v3; param=sha; format=json"
    assert world.get(f"/repos/{repo}/commits/{sha[:9]}").json()["files"][0]["filename"] == "README.md"
    assert world.get(f"/repos/{repo}/commits/no-such").status_code == 422


def test_archives_and_assets_come_from_another_host(simulator):
    sim = simulator("--control", "--download-listen", "127.0.0.1:0", "--token", "a=ada", "--token", "b")
    mine = next(r for r in sim.get("/user/repos?per_page=100", token="a").json()
                if r["size"] and not r["fork"] and not r["forks_count"])
    name = mine["full_name"]
    for kind in ("zipball", "tarball"):
        there = sim.get(f"/repos/{name}/{kind}/refs/heads/main", token="a")
        assert there.status_code == 302 and not there.content
        assert urllib.parse.urlsplit(there.headers["Location"]).port != urllib.parse.urlsplit(sim.url).port
        got = sim.get(there.headers["Location"], token=None)
        assert got.status_code == 200 and "X-RateLimit-Limit" not in got.headers
        if kind == "zipball":
            with zipfile.ZipFile(io.BytesIO(got.content)) as z:
                assert z.testzip() is None
                names = z.namelist()
        else:
            with tarfile.open(fileobj=io.BytesIO(got.content)) as t:
                assert t.getnames() == names
    assert sorted(n.split("/", 1)[1] for n in names) == ["README.md", "logo.png", "notes/what is #1?.md", "src/main.c"]
    stats = sim.stats()
    assert stats["downloads"] == 2 and stats["downloads_with_authorization"] == 0
    sim.get(got.url, token="a")
    assert sim.stats()["downloads_with_authorization"] == 1

    octets = {"Accept": "application/octet-stream"}
    asset = f"/repos/{name}/releases/assets/{mine['id']}"
    assert sim.get(asset, token="a").json()["size"] == 200000
    there = sim.get(asset, token="a", headers=octets)
    assert there.status_code == 302
    far = sim.get(there.headers["Location"], token=None, headers={"Range": "bytes=1000-1099"})
    sim.config(stream_assets="on")
    near = sim.get(asset, token="a", headers=octets)
    assert near.status_code == 200 and len(near.content) == 200000 and near.content[1000:1100] == far.content

    sim.mutate({"op": "set_private", "repo": name, "private": True})
    assert sim.get(f"/repos/{name}/zipball", token="b").status_code == 404
    there = sim.get(f"/repos/{name}/zipball", token="a").headers["Location"]
    assert sim.get(there, token=None).status_code == 200
    assert sim.get(there.split("?")[0], token=None).status_code == 404


def test_the_status_page_is_what_it_was_set_to(simulator):
    sim = simulator("--control")

    def api_requests():
        return {c["name"]: c["status"] for c in sim.get("/_sim/components.json").json()["components"]}["API Requests"]
    assert api_requests() == "operational"
    for state in ("degraded_performance", "partial_outage", "major_outage", "under_maintenance"):
        sim.config(status=state)
        assert api_requests() == state
    sim.config(status="missing")
    assert "API Requests" not in sim.get("/_sim/components.json").text
    sim.config(status="cut")
    with pytest.raises(ValueError):
        sim.get("/_sim/components.json").json()
    sim.config(status="500")
    assert sim.get("/_sim/components.json").status_code == 500
    assert sim.stats()["status_page"] == 8 and sim.stats()["requests"] == 0


def test_a_304_of_a_list_carries_link_by_default(simulator):
    sim = simulator("--control")
    first = sim.get("/users/ada/followers?per_page=5&page=2")
    conditional = {"If-None-Match": first.headers["ETag"]}
    again = sim.get("/users/ada/followers?per_page=5&page=2", headers=conditional)
    assert again.status_code == 304 and again.headers["Link"] == first.headers["Link"]
    sim.config(link_on_304="off")
    again = sim.get("/users/ada/followers?per_page=5&page=2", headers=conditional)
    assert again.status_code == 304 and "Link" not in again.headers


def test_json_is_indented_for_agents_with_a_reader(world):
    compact = world.get("/users/ada")
    for agent in ("curl/7.88.1", "Mozilla/5.0 Firefox/120.0", "Wget/1.21"):
        pretty = world.get("/users/ada", headers={"User-Agent": agent})
        assert pretty.json() == compact.json() and pretty.text.startswith("{\n  \"login\"")
        assert list(pretty.json()) == list(compact.json())
        assert pretty.headers["ETag"] == compact.headers["ETag"]
