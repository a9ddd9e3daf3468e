"""GitHub over TLS, as it really is: HTTP/2 where the server offers it, HTTP/1.1 elsewhere, certificates checked."""
import re

import pytest
from crawl import SEEDS, TOKEN, discover
from mirror import Mirror
from tls_front import TlsFront
from truth import Truth, compare

CONCURRENCY = 16


@pytest.fixture
def front(sim, tmp_path):
    """Whether it offers HTTP/2 → the front and its simulator, whose latency keeps requests in flight together."""
    made = []

    def make(http2):
        behind = sim("synthetic", "--latency", 5, "--no-limits")
        made.append(TlsFront(tmp_path / f"front-{len(made)}", behind.url, http2))
        return made[-1], behind
    yield make
    assert [f.stop() for f in made] == [0] * len(made)


def crawl(stack, front, sim):
    """Crawls all that can be found. Returns what the front saw of it."""
    s = stack(front.url, GITHUB_TOKEN=TOKEN, GITHUB_CA_FILE=front.ca_file, CRAWLER_CONCURRENCY=CONCURRENCY)
    s.crawler()
    s.task("full_profile_sync", SEEDS["synthetic"])
    s.wait_idle()
    discover(s)
    s.check_queue()
    truth = Truth(sim.truth())
    compare(s, truth, truth.closure(SEEDS["synthetic"]))
    asked = front.requests()
    assert any("page=2" in path for *_, path in asked), "a list of several pages was followed"
    assert {"GET", "POST"} == {method for *_, method, _ in asked} and len(asked) > 500
    return asked


def test_http2_is_used_if_offered(front, sim, stack):
    asked = crawl(stack, *front(http2=True))
    assert {protocol for protocol, *_ in asked} == {"HTTP/2.0"}
    assert len({connection for _, connection, *_ in asked}) <= 2  # one; another if it broke


def test_http_1_is_used_if_http2_is_not_offered(front, sim, stack):
    asked = crawl(stack, *front(http2=False))
    assert {protocol for protocol, *_ in asked} == {"HTTP/1.1"}
    assert 1 < len({connection for _, connection, *_ in asked}) <= CONCURRENCY + 4  # kept and used again


def test_the_mirror_uses_http2(front, stack):
    https, behind = front(http2=True)
    mirror = Mirror(stack(https.url), SSL_CERT_FILE=https.ca_file)
    for login in ("ada", "nobody-of-this-world"):
        got = mirror.request("GET", f"/users/{login}", TOKEN)
        assert got.status == (200 if login == "ada" else 404), got
    assert {protocol for protocol, *_ in https.requests()} == {"HTTP/2.0"}


def test_an_untrusted_certificate_is_refused(front, stack, tmp_path):
    https, behind = front(http2=True)
    s = stack(https.url, GITHUB_TOKEN=TOKEN, LOG_LEVEL="debug")
    crawler = s.crawler()
    s.task("full_profile_sync", SEEDS["synthetic"])
    s.wait_until(lambda: re.search("certificate", crawler.log()), 30, "a line that says why")
    assert https.requests() == [] and s.one("select count(*) from developers where synced_at is not null") == 0
    mirror = Mirror(stack(https.url))
    assert mirror.request("GET", "/users/ada", TOKEN).status == 502
    assert https.requests() == []


def test_a_file_that_cannot_be_used_is_refused_at_the_start(front, stack, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("# no certificate\n")
    s = stack("https://127.0.0.1:9")
    for command in ("crawler", "mirror"):
        for name in ("GITHUB_CA_FILE", "SSL_CERT_FILE"):
            for path, why in ((tmp_path / "none.pem", "No such file"), (empty, "expected certificates in PEM")):
                done = s.run(command, check=False, MIRROR_LISTEN="127.0.0.1:0", **{name: path})
                assert done.returncode == 2 and "GITHUB_CA_FILE" in done.stderr and why in done.stderr, done
