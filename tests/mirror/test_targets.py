"""No spelling of a path leads out of GITHUB_API_URL, where the mirror's own credential goes along."""
import http.client

import pytest

DOTS = ["..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "..;", "..;x=1", "%2e%2e%3bx", "..%00", "%00..", "..%20", "..%09", "..+", "+%2e.", "..%2b", "..%7f", "%7f..", "%252e%252e",
        "%25252e%25252e", "%c0%ae%c0%ae", "%e0%80%ae.", "%f0%80%80%ae%f0%80%80%ae", "%u002e%u002e", "%uff0e.", "..%3fx", "..%23x",
        "%ef%bc%8e%ef%bc%8e", "%e2%80%a4%e2%80%a4", "%ef%b9%92.", "%u2024.", "%c0%2e%c0%2e", "%c0%6e.",
        "%e0%40%ae.", "%f8%80%80%80%ae%f8%80%80%80%ae", "%fc%80%80%80%80%ae.", "%c0%a52e.", "%e2%80%a5", "%ef%b8%b0", "%u2025", "%25e2%2580%25a5", ".", "%2e", "%252e", ".;a"]
SLASHES = ["/", "%2f", "%2F", "%5c", "%5C", "%252f", "%255c", "%c0%af", "%c1%9c", "%u2215", "%u002f", "%e0%80%af", "\\", "%25252F", "%e2%81%84", "%ef%b9%a8", "%u2044",
           "%c0%2f", "%c0%5c", "%c1%1c", "%c0%80%5c", "%e0%81%9c", "%f0%80%81%9c", "%f8%80%80%80%af", "%u2216", "%e2%88%96", "%c2%a5", "%e2%82%a9", "%u00a5",
           "%ef%bc%bc", "%e2%a7%b8", "%e2%a7%b9", "%u29f5"]
SPELLINGS = sorted({f"{before}{dots}{after}login" for dots in DOTS for before, after in
                    [("/", "/"), ("/x/", "/"), ("/x%2f", "%2f")]}
                   | {f"/{dots}{slash}login" for dots in ("..", "%2e%2e", "%252e%252e") for slash in SLASHES}
                   | {f"/x{slash}..{slash}..{slash}login" for slash in SLASHES} | {"/x/..", "/x%2f..", "/..?a=1", "/%2e%2e?a"})
FINE = ["/repos/o/r/contents/k8s%2F..data%2Fx", "/repos/o/r/contents/..data/x", "/repos/o/r/contents/a..b", "/repos/o/r/contents/...",
        "/repos/o/r/contents/.github%2Fworkflows", "/repos/o/r/compare/v1..v2", "/repos/o/r/compare/v1...v2%2Fx",
        "/repos/o/r/contents/100%25", "/repos/o/r/contents/what%3F", "/repos/o/r/contents/a%20b%2F%C3%A9", "/repos/o/r/git/ref/heads%2Fa.b",
        "/search/code?q=../x%2f..%2fy", "/repos/o/r/contents/x?ref=../../y", "/repos/o/r/contents/a%2525b", "/users/x..", "/users/..x",
        "/repos/o/r/contents/a%5Cb", "/repos/o/r/contents/%E2%80%A6", "/repos/o/r/contents/..%E6%96%87", "/repos/o/r/contents/.%C3%A9",
        "/repos/o/r/contents/%C2%A55", "/repos/o/r/contents/a%E2%80%A5b", "/repos/o/r/contents/%F0%9F%98%80", "/repos/o/r/contents/caf%E9",
        "/repos/o/r/contents/c++", "/repos/o/r/contents/+", "/repos/o/r/contents/a+..b", "/repos/o/r/contents/.+x"]


def is_climbing(dots):
    return dots not in (".", "%2e", "%252e", ".;a")


@pytest.fixture(scope="module")
def lent(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("targets"))
    upstream = made.recorder(lambda seen: (200, {"ETag": '"1"'}, b"{}"))
    yield made.mirror(upstream.url + "/api/v3", MIRROR_CREDENTIALS="pool", GITHUB_TOKEN="pool-token"), upstream
    made.close()


def status_of(mirror, target, method="GET"):
    """The target as it is: no client library puts it right."""
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=30)
    try:
        connection.putrequest("GET", "/", skip_host=True, skip_accept_encoding=True)
        connection._buffer[0] = f"{method} {target} HTTP/1.1".encode("latin-1")
        connection.putheader("Host", mirror.host)
        connection.putheader("User-Agent", "mirror-tests")
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


# Where a path may begin: as clients of each kind spell it, with the server's name in the target, or another one.
PREFIXES = ["", "/api/v3", "/api/uploads", "/api", "http://{host}", "http://{host}/api/v3", "HTTP://{host}/api/uploads", "http://localhost:1",
            "https://{host}/api/v3"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_dot_segments_in_any_spelling_are_refused(lent, prefix, method):
    mirror, upstream = lent
    upstream.seen.clear()
    spellings = SPELLINGS if method == "GET" else SPELLINGS[::7]
    wrong = [t for t in spellings if status_of(mirror, prefix.format(host=mirror.host) + t, method) != 400]
    assert wrong == [] and [s.target for s in upstream.asked()] == []


@pytest.mark.parametrize("target", FINE)
def test_names_that_github_allows_pass_as_they_are(lent, target):
    mirror, upstream = lent
    upstream.seen.clear()
    assert status_of(mirror, target) == 200
    assert [s.target for s in upstream.asked()] == ["/api/v3" + target]


def test_a_redirect_in_such_a_spelling_is_not_followed(lent):
    mirror, upstream = lent
    sound = upstream.answer
    single = {d for d in DOTS if not is_climbing(d)}  # "." stays where it is
    to = [f"/api/v3{t}" for t in SPELLINGS if "\\" not in t and not any(f"/{d}/" in t or f"%2f{d}%2f" in t for d in single)]
    try:
        for i, location in enumerate(to):
            upstream.answer = lambda seen, location=location: (
                (301, {"Location": location}, b"{}") if seen.target.startswith("/api/v3/old") else (200, {}, b'{"led":"out"}'))
            got = mirror.get(f"/old/{i}")
            assert got.status == 301, (location, got)
    finally:
        upstream.answer = sound
    assert [s.target for s in upstream.asked() if "login" in s.target] == []


BASES = ["/api%2fv3/login", "/%61pi/v3/login", "/api/v3;x/login", "/api//v3/login", "//api/v3/login", "//elsewhere/login", "/api/v3//login", "/api/v3/api/v3/login",
         "/API/V3/login", "/api/v3%2flogin", "/api/v3/", "/api/v3", "/api/v3?x", "/api", "/api/", "/api/uploads", "/api/uploads/", "/api/graphql", "/graphql/",
         "/api/v3x/login", "http://{host}//login", "http://{host}//elsewhere/login", "http://{host}?x", "http://{host}", "/http://elsewhere/login"]


@pytest.mark.parametrize("target", BASES)
def test_any_base_confines_its_paths(lent, target):
    """As it came, below GITHUB_API_URL: what is no base of the mirror's is a path, which GitHub may not know."""
    mirror, upstream = lent
    upstream.seen.clear()
    for method in ("GET", "POST"):
        assert status_of(mirror, target.format(host=mirror.host), method) in (200, 400, 401, 404), (target, upstream.asked())
    asked = [s.target for s in upstream.asked()]
    assert all(t == "/api/graphql" or t == "/api/v3" or t.startswith(("/api/v3/", "/api/v3?", "/api/uploads/")) for t in asked), asked
