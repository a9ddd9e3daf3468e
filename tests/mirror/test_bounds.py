"""Many different bodies: memory and table stay bounded, and what is used stays longest."""
import concurrent.futures

import pytest

RAW = {"Accept": "application/vnd.github.raw"}


def rss_mb(process):
    for line in open(f"/proc/{process.popen.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def table_mb(stack):
    return stack.one("select (sum(pg_total_relation_size(c.oid)) / 1048576.0)::float from pg_class c "
                     "where c.relname in ('mirror_pages', 'mirror_bodies')")


def stored_mb(stack):
    return stack.one("select coalesce(sum(size), 0)::float / 1048576 from mirror_bodies")


def walk(lab, bodies, users, limit_mb, memory_mb):
    """Asks for `bodies` different bodies of 8 KiB that do not compress; (mirror, stack, paths, highest resident MB)."""
    sim = lab.github("--users", users, "--token", "a=ada", "--cache-mb", 1)
    stack = lab.stack(sim.url)
    mirror = lab.mirror(sim, stack, MIRROR_CACHE_MB=limit_mb, MIRROR_MEMORY_MB=memory_mb)
    names = [r["full_name"] for r in sim.truth()["repos"] if r["size"]]
    assert len(names) >= bodies, f"only {len(names)} repositories with a body of their own"
    paths = [f"/repos/{n}/contents/logo.png" for n in names][:bodies]
    hot, peak = "/users/ada", 0.0
    start = rss_mb(mirror.process)

    def one(path):
        got = mirror.get(path, "a", RAW)
        assert got.status == 200 and len(got.body) == 8192
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for at in range(0, bodies, 100):
            list(pool.map(one, paths[at:at + 100]))
            assert mirror.get(hot, "a").status == 200  # used again and again: it stays
            peak = max(peak, rss_mb(mirror.process))
    return sim, mirror, stack, paths, peak - start


def check(lab, bodies, users, limit_mb, memory_mb):
    sim, mirror, stack, paths, grown = walk(lab, bodies, users, limit_mb, memory_mb)
    assert bodies * 8192 / 1048576 > 1.5 * limit_mb, "too little to press anything out"
    stack.wait_until(lambda: stored_mb(stack) <= limit_mb * 1.1, 30, f"at most {limit_mb} MB stored")
    assert stored_mb(stack) > limit_mb * 0.4, "far more was thrown away than had to be"
    # Rows, indexes and what deleted rows leave behind until it is used again.
    stack.wait_until(lambda: table_mb(stack) < limit_mb * 2.5 + 5, 30, f"tables bounded, now {table_mb(stack):.0f} MB")
    assert grown < memory_mb + 40, f"resident memory grew by {grown:.0f} MB"
    assert mirror.get("/users/ada", "a").label == "ONLINE_HIT"
    assert mirror.get(paths[-1], "a", RAW).label == "ONLINE_HIT"
    assert mirror.get(paths[0], "a", RAW).label == "ONLINE_MISS"
    # What is stored is measured now and then; between, the figure only grows.
    stack.wait_until(lambda: mirror.metrics()["github_mirror_cache_size"] <= limit_mb * 1048576 * 1.1, 30, "the figure to follow")


def test_many_bodies_in_a_small_cache(lab):
    check(lab, 1400, 800, 5, 2)


@pytest.mark.slow
def test_ten_thousand_bodies_in_fifty_megabytes(lab):
    check(lab, 10000, 6000, 50, 16)


def test_one_body_larger_than_the_cache(lab):
    """Passed on, not kept, and it presses nothing out."""
    def answer(seen):
        if seen.get("If-None-Match"):
            return 304, {"ETag": seen.get("If-None-Match")}, b""
        return 200, {"ETag": '"1"', "Content-Type": "application/octet-stream"}, b"x" * (3 << 20 if "big" in seen.target else 9)
    mirror = lab.mirror(lab.recorder(answer), MIRROR_CACHE_MB=1, MIRROR_MEMORY_MB=1)
    small = [f"/small/{n}" for n in range(20)]
    for path in small:
        mirror.get(path, "a")
    for n in range(3):
        assert len(mirror.get(f"/big/{n}", "a").body) == 3 << 20
    mirror.stack.wait_until(lambda: stored_mb(mirror.stack) <= 1.1, 15, "at most 1 MB stored")
    assert [mirror.get(path, "a").label for path in small] == ["ONLINE_HIT"] * 20


def head(many, long):
    return {f"X-{n}": "a" * long for n in range(many)}


@pytest.mark.parametrize("many, long", [(70, 1), (90, 1), (1, 30000), (20, 1500), (40, 3000)])
def test_a_head_that_cannot_be_passed_on_whole(lab, many, long):
    """No field of it is dropped: it is an error, and takes no page's place."""
    upstream = lab.recorder(lambda seen: (200, {"ETag": '"1"', "Content-Type": "application/json"}, b"[1]"))
    mirror = lab.mirror(upstream)
    assert mirror.get("/x", "t").body == b"[1]"
    upstream.answer = lambda seen: (200, {"ETag": '"2"', "Content-Type": "application/json", **head(many, long)}, b"[2]")
    for path in ("/x", "/y"):
        got = mirror.get(path, "t")
        assert got.status == 502 and got.json()["message"], got
    upstream.answer = lambda seen: (500, {}, b"")
    assert mirror.get("/x", "t").body == b"[1]"


@pytest.mark.parametrize("many, long", [(50, 100), (1, 16000)])
def test_a_large_head_is_passed_on_whole(lab, many, long):
    mirror = lab.mirror(lab.recorder(lambda seen: (200, head(many, long), b"{}")))
    got = mirror.get("/x", "t")
    assert got.status == 200 and all(got[name] == value for name, value in head(many, long).items())
    got = mirror.get("/x", "t", {"X-Large": "a" * 22000})  # both share the room of a connection
    assert got.status == (200 if many > 1 else 502) and got.json() is not None


def test_uploads_are_bounded(lab):
    upstream = lab.recorder(lambda seen: (200, {}, b"{}"))
    mirror = lab.mirror(upstream)
    try:
        done = mirror.request("POST", "/x", "t", {"Content-Type": "a/b"}, b"x" * (200 << 20))
        assert done.status == 413 and done.json()["message"]
    except (ConnectionError, TimeoutError):
        pass  # refused before all of it was sent
    assert all(len(s.body) < 150 << 20 for s in upstream.asked())
    assert mirror.get("/x", "t").status == 200
