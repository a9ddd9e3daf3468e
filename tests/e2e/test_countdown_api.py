"""A call of the API's process fails while it answers, then another, until a whole run meets none (tests/lib/countdown.py).

After each the process runs, or has ended by abort because memory was exhausted, and is started again. The answer is the right one
or a failure, never a wrong one; the next is right. At the end nothing has leaked."""
import base64

import pytest
from countdown import EVERY, KIND, Process, is_failure

AUTH = "Basic " + base64.b64encode(b"ann:a long secret").decode()


def asked(s):
    """What is asked for; every third in the sample."""
    repository = s.one("select id from repositories where synced_at is not null order by stargazers_count desc, id limit 1")
    developer = s.one("select id from developers where login = 'ada'")
    return [("/github/developers/?ordering=login&followers_count__gte=1&page=2",), (f"/github/developers/{developer}/",),
            (f"/github/repositories/{repository}/history/",), ("/github/tasks/", "POST", "name=full_profile_sync&username=ada"),
            ("/github/developers/facets/?field=location",), (f"/github/developers/{developer}/network/",),
            ("/github/developers/?format=csv",), (f"/github/repositories/{repository}/history.svg",),
            ("/github/repositories/?ordering=full_name", "GET", None, "text/html"), (f"/github/developers/{developer}/followers/",)]


@pytest.fixture(scope="module")
def crawled(new_lab, tmp_path_factory):
    lab = new_lab(tmp_path_factory.mktemp("crawled"))
    github = lab.sim("synthetic", "--no-limits", "--users", 40)
    s = lab.stack(github.url, GITHUB_TOKEN="t", PUBLIC_URL="http://api.test", API_LISTEN="127.0.0.1:0")
    crawler = s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    assert crawler.stop() == 0
    s.run("user", "add", "ann", "--password-stdin", given="a long secret")
    yield s
    lab.close()


@EVERY
@KIND
def test_api(crawled, kind, every):
    api = Process(crawled, "api")
    fds = None
    for path, method, body, accept in (a + ("GET", None, "*/*")[len(a) - 1:] for a in asked(crawled)[::1 if every else 3]):
        def run(path=path, method=method, body=body, accept=accept):
            return api.ask(path, method, body, Authorization=AUTH, Accept=accept, **{"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        right = run()
        assert right[0] == 200, (path, right)
        fds = fds or api.n_fds()

        def checked():
            said = run()
            assert said == right or is_failure(said[0]), f"{path}: wrong answer {said}"
            return said
        api.drive(kind, every, checked, lambda: checked() == right)
    api.finish(fds)
