"""Header fields that are lists and come in several lines (RFC 9110 5.3): they count as one, however their names are written."""
import pytest

PATH = "/github/developers/"


def ask(api, *fields):
    lines = [f"GET {PATH} HTTP/1.1", "Host: " + api.base.split("//")[1], f"Authorization: {api.auth}", "Connection: close", *fields]
    answer = api.raw("\r\n".join([*lines, "", ""]).encode()).split(b"\r\n\r\n", 1)
    return int(answer[0].split(b" ", 2)[1]), answer[0].decode().lower(), answer[1]


SPELLINGS = [("If-None-Match", "If-None-Match"), ("If-None-Match", "if-none-match"), ("IF-NONE-MATCH", "If-none-match")]


@pytest.mark.parametrize("first,second", SPELLINGS, ids=["alike", "lower", "other"])
def test_any_line_of_if_none_match_counts(api, first, second):
    etag = api.get(PATH).headers["ETag"]
    assert ask(api, f'{first}: "x"', f"{second}: {etag}")[0] == 304
    assert ask(api, f"{first}: {etag}", f'{second}: "x"')[0] == 304
    assert ask(api, f'{first}: "x"', f'{second}: "y"')[0] == 200


@pytest.mark.parametrize("first,second", [("Accept", "Accept"), ("Accept", "accept"), ("accept", "ACCEPT")], ids=["alike", "lower", "upper"])
def test_any_line_of_accept_counts(api, first, second):
    status, head, _ = ask(api, f"{first}: image/png", f"{second}: application/json")
    assert status == 200 and "content-type: application/json" in head
    status, head, _ = ask(api, f"{first}: application/json;q=0.1", f"{second}: text/csv")
    assert status == 200 and "content-type: text/csv" in head
    assert ask(api, f"{first}: image/png", f"{second}: video/mp4")[0] == 406


@pytest.mark.parametrize("first,second", [("Accept-Encoding", "Accept-Encoding"), ("Accept-Encoding", "accept-encoding")], ids=["alike", "lower"])
def test_any_line_of_accept_encoding_counts(api, first, second):
    assert "content-encoding: gzip" in ask(api, f"{first}: x-none", f"{second}: gzip")[1]
    assert "content-encoding" not in ask(api, f"{first}: x-none", f"{second}: x-other")[1]
