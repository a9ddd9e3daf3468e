"""What the mirror refuses by plain TCP it refuses by TLS, IPv6 and at its unix socket; nothing of it reaches GitHub."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import socket
import time

import pytest

from hostile_requests import CASES, ENDS, FINE, FINE_IDS, IDS, PARTS, SLOW, answers, ask, ask_in_parts, by_tcp, by_tls, by_unix_socket, get, load, post, refused
from test_mirror_strict import Upstream
from tls_front import make_certificate

WAYS = ["tls", "socket", "six"]


def listening(mirror, seconds=60):
    until = time.monotonic() + seconds
    while not (found := re.search(r"mirror\.listening url=\S+:(\d+)", mirror.process.log())):
        assert mirror.process.running and time.monotonic() < until, mirror.process.log()
        time.sleep(0.02)
    return int(found.group(1))


@pytest.fixture(scope="module")
def strict(cluster, tmp_path_factory):
    """{way: Way} of two mirrors before one upstream."""
    from mirror_lab import MirrorLab
    folder = tmp_path_factory.mktemp("ways")
    path = pathlib.Path(f"/tmp/mirror-ways-{os.getpid()}-{time.monotonic_ns()}")  # however deep folder is
    path.mkdir(mode=0o700)
    make_certificate(folder)
    lab, upstream = MirrorLab(cluster, folder), Upstream()
    tls = lab.mirror(upstream.url, wait=False, MIRROR_SOCKET=path / "s", MIRROR_TLS_CERT_FILE=folder / "cert.pem",
                     MIRROR_TLS_KEY_FILE=folder / "key.pem")
    six = lab.mirror(upstream.url, wait=False, MIRROR_LISTEN="[::1]:0")
    ways = {"tls": by_tls(listening(tls), folder / "cert.pem"), "socket": by_unix_socket(str(path / "s")),
            "six": by_tcp(listening(six), "::1")}
    ways["upstream"], ways["mirrors"] = upstream, (tls, six)
    yield ways
    assert tls.stop() == 0 and six.stop() == 0
    lab.close()
    upstream.listener.close()
    shutil.rmtree(path)


def check_refused(strict, way, data, statuses, **how):
    before = len(strict["upstream"].heads)
    got = refused(strict[way], data, statuses, **how)
    assert json.loads(got.partition(b"\r\n\r\n")[2])["message"]
    assert len(strict["upstream"].heads) == before, strict["upstream"].heads[before:]


def drip(way, part):
    """All bytes until the connection is closed: occasional bytes do not keep it open forever."""
    got, over = b"", False
    with way.connect(30) as slow:
        slow.sendall(part.replace(b"{host}", way.host.encode()))
        slow.settimeout(0.5)
        until = time.monotonic() + 120
        while not over:
            assert time.monotonic() < until, "the connection is still open"
            try:
                slow.sendall(b"a")
                got += (more := slow.recv(65536))
                over = not more
            except socket.timeout:
                continue
            except OSError:
                over = True
    return got


@pytest.fixture(scope="module", autouse=True)
def slow_head(strict):
    """It takes so long that it starts with the first test and continues beside the others; none of it reaches GitHub."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        yield threads.submit(drip, strict["socket"], SLOW["head"])


@pytest.mark.parametrize("name, data, statuses", CASES, ids=IDS)
@pytest.mark.parametrize("way", ["tls", "socket"])
def test_hostile_requests_are_refused(strict, way, name, data, statuses):
    check_refused(strict, way, data, statuses)


@pytest.mark.parametrize("name, data, statuses", PARTS[::7], ids=[c[0] for c in PARTS[::7]])
def test_hostile_requests_are_refused_over_ipv6(strict, name, data, statuses):
    check_refused(strict, "six", data, statuses)


@pytest.mark.parametrize("name, data", FINE, ids=FINE_IDS)
@pytest.mark.parametrize("way", WAYS)
def test_valid_requests_are_answered(strict, way, name, data):
    got, ended = ask(strict[way], data)
    assert got.startswith(b"HTTP/1.1 200") and ended, got[:300]


@pytest.mark.parametrize("name, data, statuses", PARTS[4::9], ids=[c[0] for c in PARTS[4::9]])
@pytest.mark.parametrize("way", ["tls", "socket"])
def test_hostile_requests_in_pieces_are_refused(strict, way, name, data, statuses):
    check_refused(strict, way, data, statuses, pieces=3)


@pytest.mark.parametrize("name, data, statuses", PARTS[1::8], ids=[c[0] for c in PARTS[1::8]])
@pytest.mark.parametrize("way", ["tls", "socket"])
def test_a_hostile_request_after_a_valid_one_is_refused(strict, way, name, data, statuses):
    got, ended = ask(strict[way], get() + data)
    first, second = answers(got)
    assert first == 200 and second in statuses and ended, got[-400:]


@pytest.mark.parametrize("way", WAYS)
def test_an_upload_in_chunks(strict, way):
    body = b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 1\r\n\r\n"
    for pieces in (None, 1):
        got, ended = ask(strict[way], post(b"Transfer-Encoding: chunked", body=body) + get(b"Connection: close"), pieces=pieces)
        assert answers(got) == [200, 200] and ended
        assert strict["upstream"].heads[-2].endswith(b"\r\n\r\nabcde")


@pytest.mark.parametrize("way", ["tls", "socket"])
def test_a_long_upload_in_any_records(strict, way):
    """Over many records and reads, Content-Length and the bytes that arrive agree, and the next request is read after them."""
    body = bytes(range(256)) * 4000
    got, ended = ask(strict[way], post(b"Content-Length: %d" % len(body), body=body) + get(b"Connection: close"), timeout=60, pieces=10007)
    assert answers(got) == [200, 200] and ended
    assert strict["upstream"].heads[-2].endswith(b"\r\n\r\n" + body)


@pytest.mark.slow
def test_a_slow_upload_that_keeps_coming_is_taken(strict):
    """More than 20 s for one request, at a rate that a real client may have."""
    body = b"a" * 60000
    with strict["tls"].connect(30) as slow:
        slow.sendall(post(b"Content-Length: 60000", b"Connection: close").replace(b"{host}", strict["tls"].host.encode()))
        begun = time.monotonic()
        for at in range(0, len(body), 2400):
            slow.sendall(body[at:at + 2400])
            time.sleep(1)
        assert time.monotonic() - begun > 20
        slow.settimeout(30)
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")
    assert strict["upstream"].heads[-1].endswith(body)


@pytest.mark.parametrize("way", WAYS)
def test_hostile_requests_are_refused_under_load(strict, way):
    """With sanitizers this is their test as well: an error ends the server, or is in its log."""
    statuses = load(strict[way], get())
    assert len(statuses) > 50 and set(statuses) == {200}
    for mirror in strict["mirrors"]:
        assert "Sanitizer" not in mirror.process.log() and "runtime error" not in mirror.process.log()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("way", WAYS)
def test_the_end_of_a_body_in_parts(strict, way, end):
    """Wherever the last chunk is cut, the request is whole when its last byte is there."""
    assert answers(ask_in_parts(strict[way], ENDS[end])) == [200]
    assert strict["upstream"].heads[-1].endswith(b"\r\n\r\n" + (b"" if end == "and nothing before" else b"abc"))


@pytest.mark.parametrize("way, part, status", [
    ("socket", SLOW["head"], [408]), pytest.param("tls", SLOW["chunk"], [408], marks=pytest.mark.slow),
    pytest.param("six", SLOW["body"], [], marks=pytest.mark.slow),
    pytest.param("tls", SLOW["chunk"].replace(b"3;a", b"300\r\nabc"), [], marks=pytest.mark.slow)],
                         ids=["head", "chunk", "body", "data"])
def test_a_slow_sender_is_disconnected_and_delays_no_other(strict, slow_head, way, part, status):
    """In a body nothing can be answered before its end."""
    assert answers(ask(strict[way], get(b"Connection: close"))[0]) == [200]
    got = slow_head.result(120) if part == SLOW["head"] else drip(strict[way], part)
    assert answers(got) == status
