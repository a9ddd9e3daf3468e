"""curl: compressed bodies, ranges, raw and diff media types, archives, in its own words."""
import gzip
import io
import json
import subprocess
import zipfile

import pytest


@pytest.fixture
def curl(tmp_path):
    def run(*arguments, code=0):
        """(headers of the last answer by lower-case name, body)"""
        head, body = tmp_path / "head", tmp_path / "body"
        body.unlink(missing_ok=True)
        done = subprocess.run(["curl", "-sS", "--max-time", "30", "--noproxy", "*", "-D", head, "-o", body, *arguments],
                              capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        last = head.read_text().strip().split("\n\n")[-1].splitlines()
        headers = {"status": last[0].split(" ")[1]}
        headers.update((n.lower(), v.strip()) for n, _, v in (line.partition(":") for line in last[1:]))
        return headers, body.read_bytes() if body.exists() else b""
    return run


A = ("-H", "Authorization: Bearer a")


def upstream(shared, path, **headers):
    return shared.sim.session.get(shared.sim.url + path, headers={"Authorization": "Bearer a", **headers}, timeout=20)


@pytest.mark.parametrize("times", ["cold", "hit"])
def test_compressed_and_not(shared, curl, times):
    url = f"{shared.mirror.url}/users/ada/repos?per_page=100&sort=full_name"
    plain_headers, plain = curl(*A, url)
    assert "content-encoding" not in plain_headers
    packed_headers, packed = curl(*A, "-H", "Accept-Encoding: gzip", url)
    assert packed_headers["content-encoding"] == "gzip" and gzip.decompress(packed) == plain
    assert int(packed_headers["content-length"]) == len(packed) < len(plain) / 3
    _, unpacked = curl(*A, "--compressed", url)
    assert unpacked == plain
    rewritten = upstream(shared, "/users/ada/repos?per_page=100&sort=full_name").text.replace(
        shared.sim.url + "/", shared.mirror.url + "/")
    assert json.loads(plain) == json.loads(rewritten)


@pytest.mark.parametrize("media, path", [("raw", "readme"), ("html", "readme"), ("raw", "contents/logo.png"),
                                         ("raw", "contents/notes/what%20is%20%231%3F.md"), ("diff", "commits/SHA"),
                                         ("patch", "commits/SHA"), ("sha", "commits/SHA")])
def test_media_types_come_byte_for_byte(shared, curl, media, path):
    if "SHA" in path:
        path = path.replace("SHA", upstream(shared, f"/repos/{shared.repo['full_name']}/commits").json()[0]["sha"])
    path = f"/repos/{shared.repo['full_name']}/{path}"
    accept = f"application/vnd.github.{media}"
    direct = upstream(shared, path, Accept=accept)
    for _ in range(2):
        headers, body = curl(*A, "-H", f"Accept: {accept}", "--compressed", shared.mirror.url + path)
        assert headers["status"] == "200" and body == direct.content
        assert headers["content-type"] == direct.headers["Content-Type"]
    assert headers["x-cache"] == "ONLINE_HIT"
    # The text holds an address of GitHub's: nothing in it was rewritten.
    if media == "raw" and "logo" not in path:
        assert b"https://api.github.com/repos/" in body


def test_media_types_are_kept_apart(shared, curl):
    url = f"{shared.mirror.url}/repos/{shared.repo['full_name']}/readme"
    bodies = {curl(*A, *more, url)[1] for more in ((), ("-H", "Accept: application/vnd.github.raw"),
                                                   ("-H", "Accept: application/vnd.github.html"))}
    assert len(bodies) == 3


def test_ranges(shared, curl):
    path = f"/repos/{shared.repo['full_name']}/releases/assets/{shared.repo['id']}"
    octets = ("-H", "Accept: application/octet-stream")
    for _ in range(2):
        headers, part = curl(*A, *octets, "-r", "1000-1999", shared.mirror.url + path)
        assert headers["status"] == "206" and headers["content-range"] == "bytes 1000-1999/200000"
        headers, whole = curl(*A, *octets, shared.mirror.url + path)
        assert headers["status"] == "200" and len(whole) == 200000 and whole[1000:2000] == part
        headers, tail = curl(*A, *octets, "-r", "-10", shared.mirror.url + path)
        assert headers["status"] == "206" and tail == whole[-10:]
    headers, _ = curl(*A, *octets, "-r", "200000-", shared.mirror.url + path)
    assert headers["status"] == "416"


def test_a_download_continues_where_it_stopped(shared, curl, tmp_path):
    path = f"/repos/{shared.repo['full_name']}/releases/assets/{shared.repo['id']}"
    octets = ("-H", "Accept: application/octet-stream")
    _, whole = curl(*A, *octets, shared.mirror.url + path)
    part = tmp_path / "part"
    part.write_bytes(whole[:70000])
    done = subprocess.run(["curl", "-sS", *A, *octets, "-C", "-", "-o", part, shared.mirror.url + path],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert part.read_bytes() == whole


def test_zip_downloads_follow_to_the_other_host_without_the_token(shared, curl):
    before = shared.sim.stats()
    headers, body = curl(*A, f"{shared.mirror.url}/repos/{shared.repo['full_name']}/zipball")
    assert headers["status"] == "302" and headers["location"].startswith("http://") and not body
    assert shared.mirror.host not in headers["location"] and shared.sim.url not in headers["location"]
    headers, body = curl(*A, "-L", f"{shared.mirror.url}/repos/{shared.repo['full_name']}/zipball")
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        assert z.testzip() is None and len(z.namelist()) == 4
    after = shared.sim.stats()
    assert after["downloads"] == before["downloads"] + 1
    assert after["downloads_with_authorization"] == before["downloads_with_authorization"] == 0


def test_head(shared, curl):
    url = f"{shared.mirror.url}/users/ada"
    whole, body = curl(*A, url)
    head, nothing = curl(*A, "-I", url)
    assert head["status"] == "200" and nothing == b"" or nothing.startswith(b"HTTP/")
    assert head["etag"].removeprefix("W/") == whole["etag"].removeprefix("W/")
    assert int(head["content-length"]) == len(body)


def test_etag_compare_and_time_condition(shared, curl, tmp_path):
    """curl --etag-save and --etag-compare, and -z with a date."""
    url, saved = f"{shared.mirror.url}/users/ada", tmp_path / "etag"
    headers, _ = curl(*A, "--etag-save", saved, url)
    assert headers["status"] == "200"
    headers, body = curl(*A, "--etag-compare", saved, url)
    assert headers["status"] == "304"
    headers, body = curl(*A, "-z", "Fri, 01 Jan 2038 00:00:00 GMT", url)
    assert headers["status"] == "304"


def test_http_1_0_and_expect(shared, curl):
    headers, body = curl(*A, "-0", f"{shared.mirror.url}/users/ada")
    assert headers["status"] == "200" and json.loads(body)["login"] == "ada"
    headers, body = curl(*A, "-H", "Expect: 100-continue", "-H", "Content-Type: text/plain", "--data-binary", "x" * 2000,
                         f"{shared.mirror.url}/markdown/raw")
    assert headers["status"] == "200" and len(body) > 2000
