"""The tables of docs/mirror.md, row by row: what the mirror stores of each kind of answer and serves to whom; whose each field is."""
import gzip
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEFORE, NEW = b'{"data":{"page":"before"}}', b'{"data":{"page":"new"}}'
TROUBLE = (502, {}, b'{"message":"Server Error"}')
HTML = ({"Content-Type": "text/html", "ETag": '"new"'}, b"<html>portal</html>")


def table(first):
    """Rows of the table whose first heading is that text, as lists of cells."""
    lines = (ROOT / "docs/mirror.md").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    assert rows
    return rows


def no_connection(seen):
    raise OSError


def to(location):
    """A redirect to another host, or to a path of the upstream itself."""
    return lambda seen: ((301, {"Location": location or "/led/here" + seen.target}, NEW) if "/led" not in seen.target
                         else (200, {"ETag": '"new"'}, NEW))


TEXTS = [(404, {"Content-Type": "text/plain; charset=utf-8"}, b"default backend - 404"), (410, {"Content-Type": "text/plain"}, b"Gone"),
         (451, {"Content-Type": "application/xml"}, b"<Error/>"), (404, {"Content-Type": "text/json"}, b"not found"),
         (404, {}, b'{"error":"no such route"}'), (410, {}, b'{"code":410}'), (451, {}, b'{"message":null}'), (404, {}, b'{"message":{"text":"no"}}'),
         (404, {}, b'["message"]'), (404, {}, b'"message"'), (404, {}, b'{"message":"cut'), (404, {}, b""), (410, {"Content-Type": None}, b""),
         (404, {"Content-Type": "application/problem+json"}, b'{"message":"of a gateway","status":404}'), (404, {}, b'{"errors":[{"message":"nested"}]}'),
         (404, {"Content-Encoding": "gzip"}, gzip.compress(b'{"message":"Not Found"}')[:-3]), (404, {"Content-Encoding": "zstd"}, b'{"message":"x"}')]

# row: the answers of that kind; each a tuple, or a function of the request
KINDS = {
    "`200` with an ETag or Last-Modified": [(200, {"ETag": '"new"'}, NEW), (200, {"Last-Modified": "Fri, 01 Aug 2025 10:00:00 GMT"}, NEW)],
    "`200` without either": [(200, {}, NEW), (200, {"ETag": ""}, NEW), (200, {"ETag": "", "Last-Modified": ""}, NEW)],
    "`200` with `no-store`, or `Vary` with `*` or `User-Agent`":
        [(200, {"ETag": '"new"', "Cache-Control": "no-store"}, NEW), (200, {"ETag": '"new"', "Vary": "*"}, NEW), (200, {"ETag": '"new"', "Vary": "Accept, user-agent"}, NEW),
         (200, {"ETag": '"new"', "Vary": ["Accept", "User-Agent"]}, NEW)],
    "`200` or `203` that is broken, `206`": [(203, {"ETag": '"new"'}, NEW[:-2]), (203, {}, b"[1]"), (206, {"Content-Range": "bytes 0-9/26"}, NEW[:10]),
                             (206, {"ETag": '"new"', "Content-Range": "bytes 0-25/26"}, NEW), (200, {"ETag": '"new"'}, NEW[:-2]), (200, {"ETag": '"new"'}, NEW + b"x"), (200, {"ETag": '"new"'}, b"[1]"),
                             (200, {"ETag": '"new"'}, b""), (200, {"ETag": '"new"', "Content-Type": "text/plain"}, b"busy"),
                             (200, {"ETag": '"new"', "Content-Encoding": "gzip"}, gzip.compress(NEW)[:-5])],
    "unexpected HTML (`2xx`), or `404`, `410`, `451` not in GitHub's JSON":
        [(200, *HTML), (203, *HTML), (404, *HTML), (410, *HTML), (451, *HTML), (404, HTML[0], b""), (200, {"ETag": '"new"'}, HTML[1])] + TEXTS,
    "`304`": [(304, {"ETag": '"before"', "X-Note": "of-the-304"}, b"")],
    "`401`, and `403` that is not a limit": [(401, {}, b'{"message":"Bad credentials"}'), (403, {}, b'{"message":"SAML"}')],
    "`403` or `429` that is a limit": [(429, {"Retry-After": "1"}, b"{}"), (403, {"Retry-After": "1"}, b'{"message":"secondary rate limit"}')],
    "`404`, `410`, `451`": [(status, {}, b'{"message":"Gone"}') for status in (404, 410, 451)],
    "`5xx`, no answer, no connection": [(500, {}, b"{}"), (503, {}, b"<html>"), no_connection],
    "any other `2xx` or `4xx`": [(201, {"ETag": '"new"'}, NEW), (202, {}, NEW), (422, {}, b'{"message":"no"}'), (409, {}, b"{}")],
    "a redirect below `GITHUB_API_URL`": [to(None)],
    "a redirect elsewhere": [to("http://127.0.0.1:9/led")],
    "GraphQL that reads, without `errors`": [(200, {}, NEW)],
    "GraphQL with `errors`, or cut": [(200, {}, b'{"data":null,"errors":[{}]}'), (200, {}, NEW[:-1])],
    "an answer to a write": [(200, {"ETag": '"new"'}, NEW), (201, {}, NEW)],
    "an answer to `no-store`": [(200, {"ETag": '"new"'}, NEW)],
}


@pytest.fixture(scope="module")
def one(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    made = MirrorLab(cluster, tmp_path_factory.mktemp("kept"))
    upstream = made.recorder(None)
    yield made.mirror(upstream, MIRROR_GRAPHQL_FRESH_SECONDS=600, MIRROR_NEGATIVE_SECONDS=0), upstream
    made.close()


class Walk:
    """One address and one credential: a stored page, then the answer, then a failure."""

    def __init__(self, one, kind, n):
        self.mirror, self.upstream = one
        self.kind, self.token = kind, f"{sorted(KINDS).index(kind)}-{n}"
        self.graphql = kind.startswith("GraphQL")
        self.path = f"/walk/{self.token}"

    def ask(self, token, cache=None, method="GET"):
        headers = {"Cache-Control": cache} if cache else {}
        if self.graphql:
            query = b'{"query":"{ page(n: \\"%s\\") }"}' % self.token.encode()
            return self.mirror.request("POST", "/graphql", token, {**headers, "Content-Type": "application/json"}, query)
        return self.mirror.request(method, self.path, token, headers, b"{}" if method == "PATCH" else None)

    def step(self, answer, *more):
        self.upstream.answer = answer if callable(answer) else lambda seen: answer
        got = self.ask(*more)
        if got.status >= 500 or b"Server Error" in got.body:
            return "an error", got
        return ("the stored page" if got.body == BEFORE else "the answer"), got

    def stored(self, got):
        rows = self.mirror.stack.rows("select b.bytes, p.barred, p.headers from mirror_pages p join mirror_bodies b on b.hash = p.body "
                                      "where p.url like %s or p.url like %s order by p.fetched_at",
                                      f"%{self.path}", f"%/led/here{self.path}") if not self.graphql else None
        if self.graphql:
            return "yes" if self.step(TROUBLE, self.token)[1].body == NEW else "no"
        rows = [(bytes(body), barred, bytes(headers)) for body, barred, headers in rows]
        if not rows:
            return "forgotten"
        body, barred, headers = rows[-1]
        return "barred" if barred else "yes" if body == NEW else "its fields" if b"of-the-304" in headers else "no"


@pytest.mark.parametrize("kind, gets, stored, later, other", table("GitHub's answer"))
def test_each_row_of_the_table_holds(one, kind, gets, stored, later, other):
    for n, answer in enumerate(KINDS[kind]):
        walk = Walk(one, kind, n)
        before, got = walk.step((200, {"ETag": '"before"'}, BEFORE), walk.token)
        assert before == "the stored page" and got.label == "ONLINE_MISS", got
        cache = "no-store" if "no-store`" in kind and "answer" in kind else "no-cache"
        method = "PATCH" if "write" in kind else "GET"
        what, got = walk.step(answer, walk.token, cache, method)
        gets_word, _, label = gets.partition(", ")
        assert what == gets_word and (not label or got.label == label.strip("`")), (answer, got)
        if what == "the answer" and not callable(answer):
            assert (got.status, got.body or b"") == (answer[0], answer[2]), got
        assert walk.stored(got) == stored, answer
        assert walk.step(TROUBLE, walk.token)[0] == later, answer
        assert walk.step(TROUBLE, "somebody-else")[0] == other, answer


def test_every_kind_has_a_row():
    assert [row[0] for row in table("GitHub's answer")] == list(KINDS)


def test_the_table_of_fields_is_the_programs():
    """Names and kinds are those of pagecache/field_kinds.c, in its order; each has a source."""
    code = re.findall(r'\{"([^"]+)", FIELD_(\w+)\}', (ROOT / "pagecache/field_kinds.c").read_text())
    rows = table("field")
    docs = [(name.strip("` "), kind.upper()) for names, kind, source in rows for name in names.split(",")]
    assert docs == code
    assert all(re.search(r"RFC \d+|docs\.github\.com|observed", source) for _, _, source in rows)
