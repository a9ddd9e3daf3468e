"""A call of the crawler fails while it synchronises, then another, until a whole run meets none (tests/lib/countdown.py).

After each the process runs, or has ended by abort because memory was exhausted, and is started again; what failed is tried again
and succeeds. At the end nothing has leaked, and the database equals the truth."""
import itertools
import time

import pytest
from beside import side_by_side
from countdown import EVERY, KIND, PATIENCE_S, Process
from truth import Report, Truth, compare, invariants


class World:
    """What the crawler is asked for each time; what it made of that is compared then, everything at the end."""

    def __init__(self, s, github):
        self.s, self.github, self.walked = s, github, []

    def begin(self):
        self.walked.append(self.next())
        self.s.task("full_profile_sync", self.walked[-1])

    def check_sessions(self):
        """A crawler whose statement failed holds no locks until it has something to do again. The server would end them after 60 s."""
        until = time.monotonic() + 30
        while self.s.one("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%%'"):
            assert time.monotonic() < until, "a session is left in a transaction"
            time.sleep(0.05)

    def check(self):
        """Edges of the developer walked last are exactly those that hold now."""
        truth, report = self.truth(), Report()
        walked = truth.ids[self.walked[-1].lower()]
        report.sets("follows", set(self.s.rows("select follower_github_id, followed_github_id from follows where %s in (follower_github_id, "
                                               "followed_github_id)", walked)), {e for e in truth.follows if walked in e})
        report.sets("stars", set(self.s.rows("select repository_github_id, starred_at from stars where developer_github_id = %s", walked)),
                    {(r, at) for (u, r), at in truth.stars.items() if u == walked})
        invariants(self.s, report)
        report.check()


class Fresh(World):
    """Each time a developer who was not walked yet; when there is none left, from the first again."""
    users = 2000

    def __init__(self, s, github):
        super().__init__(s, github)
        self.all = Truth(github.truth())  # which does not change, and takes seconds to tell
        self.logins = itertools.cycle(sorted(u["login"] for u in self.all.users.values() if u["type"] == "User"))

    def truth(self):
        return self.all

    def next(self):
        return next(self.logins)

    def check_all(self):
        compare(self.s, self.all, self.all.profile(*self.walked))


class Changed(World):
    """Each time the same developer, whose lists have changed."""
    users = 300

    def truth(self):
        return Truth(self.github.truth())

    def next(self):
        self.github.random(len(self.walked) + 1, 25)
        return "ada"

    def check_all(self):
        """Nothing more: what the lists no longer name is not looked at again, and may have changed since."""


@side_by_side
@EVERY
@KIND
@pytest.mark.parametrize("world", [Changed, pytest.param(Fresh, marks=pytest.mark.slow)])
def test_crawler(sim, stack, world, kind, every):
    github = sim("synthetic", "--no-limits", "--users", world.users if every else 300)
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
        work.check_sessions()
        s.check_queue()
        work.check()
        return True
    run()
    assert right()
    fds = crawler.n_fds()
    crawler.drive(kind, every, run, right)
    crawler.finish(fds)
    work.check_all()
