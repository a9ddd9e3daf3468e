"""An allocation, statement, read or write fails, then another, until a whole run meets none (tests/lib/countdown.py). In the sample
that is the n-th, for n = 1, 2, 5, 12, 30, …; "all" fails each path once.

After each the process runs, or has ended by abort because memory was exhausted, and is started again. The answer is the right one
or a failure, never a wrong one; the next is right. At the end nothing has leaked, and the database equals the truth."""
import base64
import http.client
import itertools
import json
import os
import re
import time

import pytest
from beside import side_by_side
from countdown import CORRUPT, KINDS, UNSEEN, Countdown, check_end, where
from truth import Report, Truth, compare, invariants

ALL = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "all"])
OFTEN = ("own allocation", "statement", "socket write")  # by default; the others' ends are much like these
KIND = pytest.mark.parametrize("kind", [kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS])
AUTH = "Basic " + base64.b64encode(b"ann:a long secret").decode()
PATIENCE_S = 60
FDS_MORE = 8  # connections of the pools and of clients that have just left


def numbers(every):
    """1, 2, 5, 12, 30, 75, …, or always the next path."""
    n = 1
    while True:
        yield UNSEEN if every else n
        n += n + n // 2


class Process:
    """One process of a stack that fails as told, and is started again when it has ended."""

    def __init__(self, stack, command, **env):
        self.stack, self.command, self.env = stack, command, env
        self.countdown = Countdown(stack.folder)
        self.driven = self.ended = 0
        self.began = time.monotonic()
        self.start()
        self.fds = None

    def start(self):
        self.process = self.stack.start(self.command, **self.env, **self.countdown.environment)
        listening = re.compile(rf"{self.command}\.listening .*?http://[^ ]*?:(\d+)")
        if self.command != "crawler":
            self.stack.wait_until(lambda: listening.search(self.process.log()) or not self.process.running, PATIENCE_S, "listening")
            self.port = int(listening.search(self.process.log())[1])
        with open(f"/proc/{self.process.popen.pid}/maps") as maps:
            self.maps = maps.read()

    def drive(self, kind, every, run, settled):
        """run() meets the fault, or does not, which ends it; settled() is true when all is well again."""
        for n in numbers(every):
            self.countdown.arm(kind, n)
            said = run()
            if not self.countdown.disarm():
                break
            self.driven += 1
            try:
                self.settle(kind, settled)
            except AssertionError as error:
                raise AssertionError(f"{kind} {self.countdown.n()} ({said}): {where(self.countdown.frames(), self.maps)}\n{error}") from error

    def settle(self, kind, settled):
        until = time.monotonic() + PATIENCE_S
        while not (self.runs(kind) and settled()):
            assert time.monotonic() < until, f"not well again within {PATIENCE_S} s\n{self.process.log()[-2000:]}"
            time.sleep(0.02)

    def runs(self, kind):
        if not check_end(self.process, kind):
            self.ended += 1
            self.start()
            return False
        return True

    def n_fds(self):
        return len(os.listdir(f"/proc/{self.process.popen.pid}/fd"))

    def ask(self, path, method="GET", body=None, **headers):
        """Status and body; status 0 where the connection ended."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError) as error:
            return 0, str(error).encode()
        finally:
            connection.close()

    def finish(self, fds):
        self.stack.wait_until(lambda: self.n_fds() <= fds + FDS_MORE, PATIENCE_S, f"no more than {fds} descriptors and a few")
        assert self.process.stop() == 0 and not CORRUPT.search(self.process.log())
        print(f"{self.driven} faults met, {self.countdown.n_paths()} paths, ended {self.ended} times, {time.monotonic() - self.began:.0f} s")


def is_failure(status):
    return status == 0 or status >= 500


# ---- the API's dispatch ----

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


@ALL
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


# ---- the mirror's flight ----

@side_by_side
@ALL
@KIND
def test_mirror(sim, stack, kind, every):
    github = sim("synthetic", "--no-limits", "--users", 40)
    s = stack(github.url, GITHUB_STATUS_URL="http://127.0.0.1:9/components.json", MIRROR_LISTEN="127.0.0.1:0")
    mirror = Process(s, "mirror")
    pages = itertools.count(1)
    right = json.loads(github.session.get(f"{github.url}/users/ada/followers?per_page=5").content)

    def get(path, by=mirror, **headers):
        status, body = by.ask(path, Authorization="Bearer token-of-ada", User_Agent="test", **headers)
        here = f"http://127.0.0.1:{by.port}".encode()
        assert is_failure(status) or status == 200 and json.loads(body.replace(here, github.url.encode())) == right, \
            f"{path}: wrong answer {status} {body[:300]}"
        return status

    def run():
        """A page that is not kept, is kept, is asked for by its validator, and is asked for anew."""
        mirror.path = f"/users/ada/followers?per_page=5&number={next(pages)}"
        said = [get(mirror.path), get(mirror.path), get(mirror.path, Cache_Control="no-cache")]
        s.wait_until(lambda: mirror.countdown.hit() or not mirror.process.running or is_kept(), PATIENCE_S, "the page in the database")
        return said

    def is_kept():
        return s.one("select count(*) from mirror_pages where right(url, length(%s)) = %s", mirror.path, mirror.path)
    mirror.countdown.arm(kind, 0)
    assert run() == [200] * 3
    fds = mirror.n_fds()
    # Ready: what it fetches while it takes the database to be away is not kept there.
    mirror.drive(kind, every, run, lambda: mirror.ask("/readyz")[0] == get(mirror.path) == get(mirror.path, Cache_Control="no-cache") == 200)
    mirror.finish(fds)
    other = Process(s, "mirror")  # knows what the database keeps, and nothing else
    for _, number in zip(range(20), range(1, next(pages))):
        assert get(f"/users/ada/followers?per_page=5&number={number}", other) == 200
    assert other.process.stop() == 0


# ---- the crawler's store threads ----

class World:
    """What the crawler is asked for each time; what it made of that is compared then, everything at the end."""

    def __init__(self, s, github):
        self.s, self.github, self.walked = s, github, []

    def begin(self):
        self.walked.append(self.next())
        self.s.task("full_profile_sync", self.walked[-1])

    def check(self):
        """Edges of the developer walked last are exactly those that hold now."""
        truth, report = Truth(self.github.truth()), Report()
        walked = truth.ids[self.walked[-1].lower()]
        report.sets("follows", set(self.s.rows("select follower_github_id, followed_github_id from follows where %s in (follower_github_id, "
                                               "followed_github_id)", walked)), {e for e in truth.follows if walked in e})
        report.sets("stars", set(self.s.rows("select repository_github_id, starred_at from stars where developer_github_id = %s", walked)),
                    {(r, at) for (u, r), at in truth.stars.items() if u == walked})
        invariants(self.s, report)
        report.check()


class Fresh(World):
    """Each time a developer who was not walked yet; when there is none left, from the first again."""

    def next(self):
        if not self.walked:
            self.truth = Truth(self.github.truth())
            self.logins = itertools.cycle(sorted(u["login"] for u in self.truth.users.values() if u["type"] == "User"))
        return next(self.logins)

    def check_all(self):
        compare(self.s, self.truth, self.truth.profile(*self.walked))


class Changed(World):
    """Each time the same developer, whose lists have changed."""

    def next(self):
        self.github.random(len(self.walked) + 1, 25)
        return "ada"

    def check_all(self):
        """Nothing more: what the lists no longer name is not looked at again, and may have changed since."""


@side_by_side
@ALL
@KIND
@pytest.mark.parametrize("world", [Changed, pytest.param(Fresh, marks=pytest.mark.slow)])
def test_crawler(sim, stack, world, kind, every):
    """What failed is tried again at once."""
    github = sim("synthetic", "--no-limits", "--users", 2000 if every else 300)
    s = stack(github.url, GITHUB_TOKEN="t", CRAWLER_CONCURRENCY=4)
    crawler, work = Process(s, "crawler"), world(s, github)

    def idle():
        if s.open_jobs() == 0:
            return True
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        return False

    def run():
        work.begin()
        s.wait_until(lambda: idle() or not crawler.process.running, PATIENCE_S, "an empty queue, or the crawler's end")
        return "a synchronisation"

    def right():
        if not idle():
            return False
        s.check_queue()
        work.check()
        return True
    run()
    assert right()
    fds = crawler.n_fds()
    crawler.drive(kind, every, run, right)
    crawler.finish(fds)
    work.check_all()
