"""What an answer says about GitHub's own host is not said of the mirror's: neither fresh nor stored, whoever asks and however."""
import pytest

HOSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubdomains; preload", "Public-Key-Pins": 'pin-sha256="x"; max-age=9',
         "Public-Key-Pins-Report-Only": 'pin-sha256="x"', "Expect-CT": "max-age=9, enforce", "Alt-Svc": 'h3=":443"', "NEL": '{"report_to":"x","max_age":9}',
         "Report-To": '{"group":"x","max_age":9,"endpoints":[]}', "Reporting-Endpoints": 'x="https://example.org"', "Clear-Site-Data": '"*"',
         "Accept-CH": "Sec-CH-UA", "Critical-CH": "Sec-CH-UA", "Origin-Agent-Cluster": "?1"}
ABOUT_THE_ANSWER = {"X-Frame-Options": "deny", "Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "origin", "X-Content-Type-Options": "nosniff"}


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("hosts"))
    fields = {**HOSTS, **ABOUT_THE_ANSWER}

    def answer(seen):
        status = int(seen.target.split("/")[1]) if seen.target[1:4].isdigit() else 200
        if seen.get("If-None-Match"):
            return 304, {"ETag": '"1"', "Content-Type": None, **fields}, b""
        return status, {"ETag": '"1"', **fields, **({"Location": "https://elsewhere.example/"} if status == 302 else {})}, b'{"message":"x"}'
    upstream = lab.recorder(answer)
    yield lab.mirror(upstream, MIRROR_NEGATIVE_SECONDS=60), upstream
    lab.close()


@pytest.mark.parametrize("method, path, more, status", [
    ("GET", "/users/ada", {}, 200), ("HEAD", "/users/ada", {}, 200), ("GET", "/users/ada", {"If-None-Match": '"1"'}, 304), ("GET", "/users/ada", {"Cache-Control": "no-store"}, 200),
    ("GET", "/404/x", {}, 404), ("GET", "/403/x", {}, 403), ("GET", "/302/x", {}, 302), ("GET", "/500/x", {}, 500), ("POST", "/repos/o/r", {}, 200), ("POST", "/422/x", {}, 422),
    ("POST", "/graphql", {"Content-Type": "application/json"}, 200)])
def test_fields_about_githubs_host_are_not_forwarded(one, method, path, more, status):
    mirror, upstream = one
    for _ in range(2):
        got = mirror.request(method, path, "t", more, b'{"query":"{ viewer { login } }"}' if method == "POST" else None)
        assert got.status == status and [n for n in HOSTS if got[n]] == [], got
        assert {n: got[n] for n in ABOUT_THE_ANSWER} == ABOUT_THE_ANSWER


def test_fields_about_githubs_host_are_not_stored(one):
    mirror, _ = one
    mirror.get("/users/bob", "t")
    mirror.get("/users/bob", "t")  # with a 304 that has them, too
    stored = bytes(mirror.stack.one("select headers from mirror_pages where url like '%%/users/bob'")).lower()
    assert b"x-frame-options" in stored and [n for n in HOSTS if f"\n{n.lower()}:".encode() in b"\n" + stored] == []


def test_fields_stored_by_an_earlier_version_are_not_sent(lab):
    upstream = lab.recorder(lambda seen: (304, {"ETag": '"1"'}, b"") if seen.get("If-None-Match") else (200, {"ETag": '"1"', "X-Note": "1"}, b"{}"))
    stack = lab.stack(upstream.url)
    mirror = lab.mirror(upstream, stack)
    mirror.get("/users/ada", "t")
    mirror.stop()
    stack.rows("update mirror_pages set headers = headers || convert_to(E'Strict-Transport-Security: max-age=9\n', 'UTF8')")
    got = lab.mirror(upstream, stack).get("/users/ada", "t")
    assert (got.label, got["X-Note"], got["Strict-Transport-Security"]) == ("ONLINE_HIT", "1", None)
