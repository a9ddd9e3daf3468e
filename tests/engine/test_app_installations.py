"""A GitHub App is installed and uninstalled while a crawler runs: it uses what there is, without a restart."""
import re
import signal
import threading
import time

import pytest
from app_key import app_settings, app_sim_options
from crawl import PLENTY
from database_world import until
from fake_github import FakeGitHub
from stack import holds


def control(github, **change):
    github.session.post(github.url + "/_sim/app", json=change).raise_for_status()


def app_world(sim, stack, life=3600, installations="11", **env):
    github = sim("synthetic", *PLENTY, *app_sim_options(life, installations))
    return github, stack(github.url, **app_settings(**env))


def hup(crawler):
    until(lambda: holds(crawler.popen.pid, signal.SIGHUP), "SIGHUP to be waited for")
    crawler.popen.send_signal(signal.SIGHUP)


def labels(s):
    return [row[0] for row in s.rows("select label from credentials order by 1")]


def in_use(s):
    """What `gitomatic status` counts as in use: it shows only those of which something is known."""
    return {row[0] for row in s.rows("select label from credentials where seen_at >= (select min(started_at) from workers where kind = 'crawler')")}


def sync(s, login="ada"):
    s.task("full_profile_sync", login)
    s.wait_idle()
    s.check_queue()


def lists(github):
    return [t for t in github.trace() if t["path"].startswith("/app/installations") and "access_tokens" not in t["path"]]


def test_an_installation_that_comes_while_the_crawler_runs_is_used(sim, stack):
    """Without a signal: the list is read every sixth part of a token's life, and at least every ten minutes."""
    github, s = app_world(sim, stack, life=12)
    crawler = s.crawler()
    sync(s)
    control(github, add=12)
    s.wait_until(lambda: labels(s) == ["app-7-11", "app-7-12"], 60, "the new installation")
    s.wait_until(lambda: "credential label=app-7-12 kind=installation" in s.logs(10 ** 9), 10, "the line of the log")
    assert in_use(s) == {"app-7-11", "app-7-12"}
    control(github, remove=11)
    s.wait_until(lambda: "app.installation_ended installation=11" in s.logs(10 ** 9), 60, "the end of the other one")
    s.wait_until(lambda: in_use(s) == {"app-7-12"}, 10, "only one to be in use")
    n = len(github.trace())
    sync(s)
    asked = [t for t in github.trace()[n:] if not t["path"].startswith("/app/")]
    assert asked and {t["credential"] for t in asked} == {"installation:12"}
    assert crawler.stop() == 0
    assert "app.token " not in s.logs(10 ** 9), "an installation that ended is no fault"


def test_a_signal_looks_at_once(sim, stack):
    github, s = app_world(sim, stack)
    crawler = s.crawler()
    sync(s)
    control(github, add=12)
    assert len(lists(github)) == 1 and labels(s) == ["app-7-11"]
    hup(crawler)
    s.wait_until(lambda: labels(s) == ["app-7-11", "app-7-12"], 30, "the new installation")


def test_a_suspended_installation_ends_and_is_used_again(sim, stack):
    github, s = app_world(sim, stack, installations="11,12")
    crawler = s.crawler()
    sync(s)
    control(github, suspend=12)
    hup(crawler)
    s.wait_until(lambda: in_use(s) == {"app-7-11"}, 30, "the end of the suspended one")
    asked = [t["path"] for t in github.trace()].count("/app/installations/12/access_tokens")
    hup(crawler)
    s.wait_until(lambda: len(lists(github)) == 3, 30, "another look")
    sync(s)
    assert [t["path"] for t in github.trace()].count("/app/installations/12/access_tokens") == asked, "it is not asked for while it is not listed"
    control(github, resume=12)
    hup(crawler)
    s.wait_until(lambda: in_use(s) == {"app-7-11", "app-7-12"}, 30, "it to be back")
    assert "app.installation_back installation=12" in s.logs(10 ** 9)


def test_installations_that_the_settings_name_are_not_looked_for(sim, stack):
    github, s = app_world(sim, stack, life=6, GITHUB_APP_INSTALLATIONS="11")
    crawler = s.crawler()
    control(github, add=12)
    hup(crawler)
    issued = github.stats()["app"]["tokens_issued"]
    s.wait_until(lambda: github.stats()["app"]["tokens_issued"] >= issued + 2, 60, "two renewals")
    assert lists(github) == [] and labels(s) == ["app-7-11"]


def test_more_installations_than_a_page_lists(sim, stack):
    ids = range(1001, 1231)
    github, s = app_world(sim, stack, installations=",".join(map(str, ids)))
    s.crawler()
    s.wait_until(lambda: labels(s) == [f"app-7-{i}" for i in ids], 60, "all of them")
    assert [t["path"] for t in lists(github)] == [f"/app/installations?per_page=100&page={page}" for page in (1, 2, 3)]
    sync(s)


def test_a_change_writes_only_what_changed(sim, stack):
    github, s = app_world(sim, stack, installations="11,12,13")
    crawler = s.crawler()
    sync(s)

    def versions():
        return dict(s.rows("select label, xmin::text from credentials"))
    before = versions()
    control(github, add=14)
    control(github, remove=13)
    hup(crawler)
    s.wait_until(lambda: in_use(s) == {"app-7-11", "app-7-12", "app-7-14"}, 30, "both changes")
    after = versions()
    assert [label for label in before if after[label] != before[label]] == ["app-7-13"]


def test_jobs_that_wait_for_quota_continue_when_an_installation_returns(sim, stack):
    github, s = app_world(sim, stack, installations="11,12")
    crawler = s.crawler()
    sync(s)
    control(github, suspend=12)
    hup(crawler)
    s.wait_until(lambda: in_use(s) == {"app-7-11"}, 30, "its end")
    s.wait_until(lambda: "app.installation_ended installation=12" in s.logs(10 ** 9), 10, "the line of the log")
    s.rows("insert into jobs (kind, key, state, note, run_at) values ('heart_beat_task', 'waits', 'scheduled', 'quota', now() + interval '1 day')")
    control(github, resume=12)
    hup(crawler)
    s.wait_until(lambda: s.one("select state from jobs where key = 'waits'") == "completed", 30, "the job")


class Apps(FakeGitHub):
    """Installations with tokens that live for `life` seconds; everything else is a 404."""

    def __init__(self, ids, life=3600):
        super().__init__()
        self.ids, self.life, self.shown, self.fails = list(ids), life, list(ids), False
        self.held, self.answer_held, self.at_once, self.most_at_once, self.given = set(), threading.Event(), 0, 0, []

    def answer(self, method, path, headers):
        if path.startswith("/app/installations?"):
            with self.lock:
                self.seen.append((method, path, headers))
            page = int(re.search(r"&page=(\d+)", path)[1])
            listed = [{"id": i} for i in self.shown[(page - 1) * 100:page * 100]]
            self.answers[path] = (500, {}, {"message": "no"}) if self.fails else listed
        elif "/access_tokens" in path:
            return self.token(int(path.split("/")[3]))
        return super().answer(method, path, headers)

    def token(self, installation):
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        if installation in self.held or "all" in self.held:
            self.answer_held.wait(120)
        with self.lock:
            self.at_once -= 1
            self.given.append(installation)
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.life))
        token = b'{"token": "ghs_of_%d", "expires_at": "%s"}' % (installation, ends.encode())
        return (201 if installation in self.ids else 404), {"Content-Type": "application/json"}, token

    def stop(self):
        self.answer_held.set()
        super().stop()


@pytest.fixture
def apps():
    made = []

    def one(ids, **options):
        made.append(Apps(ids, **options))
        return made[-1]
    yield one
    for fake in made:
        fake.stop()


def test_one_slow_answer_delays_no_other_token(apps, stack):
    github = apps(range(1, 41))
    github.held = {1}
    s = stack(github.url, **app_settings())
    s.crawler()
    until(lambda: set(github.given) == set(range(2, 41)), "the tokens of all others")
    assert github.most_at_once <= 16


def test_few_tokens_are_requested_at_once(apps, stack):
    github = apps(range(1, 41))
    github.held = {"all"}
    s = stack(github.url, **app_settings())
    s.crawler()
    until(lambda: github.at_once == 16, "sixteen requests")
    github.answer_held.set()
    until(lambda: set(github.given) == set(range(1, 41)), "the tokens of all")
    assert github.most_at_once == 16


def test_an_installation_that_a_list_misses_stays_while_it_gets_tokens(apps, stack):
    """The pages of a list shift when an installation of an earlier page goes."""
    github = apps([11, 12])
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "both")
    github.shown = [11]
    given = len(github.given)
    hup(crawler)
    until(lambda: github.given[given:] == [12], "its token to be asked for")
    hup(crawler)
    until(lambda: github.given[given:] == [12, 12], "once more")
    assert in_use(s) == {"app-7-11", "app-7-12"} and "ended" not in s.logs(10 ** 9)


def test_a_list_that_cannot_be_had_changes_nothing(apps, stack):
    github = apps([11, 12])
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "both")
    github.fails, github.shown = True, []
    hup(crawler)
    until(lambda: "app.installations" in s.logs(10 ** 9), "the line of the log")
    hup(crawler)
    until(lambda: [p for p in github.asked() if "page=1" in p][2:], "another look")
    github.fails, github.shown, github.ids = False, [11, 12, 13], [11, 12, 13]
    hup(crawler)
    until(lambda: labels(s) == ["app-7-11", "app-7-12", "app-7-13"], "the new one")
    assert s.logs(10 ** 9).count("app.installations ") == 1 and in_use(s) == {"app-7-11", "app-7-12", "app-7-13"}


def test_what_waits_for_github_ends_with_the_process(apps, stack):
    """A list and tokens that are not answered."""
    github = apps(range(1, 30))
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: len(labels(s)) == 29, "all")
    github.held, github.ids, github.shown = {"all"}, range(1, 60), range(1, 60)
    hup(crawler)
    until(lambda: github.at_once == 16, "requests under way")
    assert crawler.stop() == 0


class Troubled(Apps):
    """`list_answers` and `token_answers` (by installation): answers that come before the usual ones, one after another, the last one for
    ever if `stays`. `unlists`: an installation leaves the list when its token is refused."""

    def __init__(self, ids, **options):
        super().__init__(ids, **options)
        self.list_answers, self.token_answers, self.stays, self.unlists, self.times = [], {}, True, set(), []

    def take(self, answers):
        return answers[0] if self.stays or len(answers) == 1 else answers.pop(0)

    def answer(self, method, path, headers):
        with self.lock:
            self.times.append((time.monotonic(), path))
        if path.startswith("/app/installations?") and self.list_answers:
            return self.take(self.list_answers)
        return super().answer(method, path, headers)

    def token(self, installation):
        if self.token_answers.get(installation):
            with self.lock:
                self.given.append(installation)
            return self.take(self.token_answers[installation])
        if installation in self.unlists and installation not in self.ids:
            self.shown = [i for i in self.shown if i != installation]
        return super().token(installation)

    def lists(self):
        return [p for _, p in self.times if p.startswith("/app/installations?")]


@pytest.fixture
def troubled():
    made = []

    def one(ids, **options):
        made.append(Troubled(ids, **options))
        return made[-1]
    yield one
    for fake in made:
        fake.stop()


def unavailable(seconds, status=503):
    return status, {"Retry-After": str(seconds)}, b'{"message": "Try later"}'


@pytest.mark.parametrize("status", [503, 429])
def test_a_start_that_is_to_wait_for_long_fails_and_says_so(status, troubled, stack):
    github = troubled([11])
    github.list_answers = [unavailable(3600, status)]
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    assert crawler.popen.wait(60) != 0
    assert f"GitHub answers {status}, Try later, and asks to wait 3600 s" in crawler.log() and len(github.lists()) == 1


@pytest.mark.parametrize("command", ["crawler", "mirror"])
def test_a_start_that_waits_says_so_and_can_be_stopped(command, troubled, stack):
    github = troubled([11])
    github.list_answers = [unavailable(60)]
    s = stack(github.url, MIRROR_LISTEN="127.0.0.1:0", MIRROR_CREDENTIALS="pool", **app_settings())
    s.run("migrate")
    process = s.start(command)
    until(lambda: "app.installations" in process.log(), "the line of the log")
    assert "and asks to wait 60 s" in process.log() and "again_in_s=60" in process.log()
    assert process.stop(30) == 0


def test_a_start_continues_after_a_short_wait(troubled, stack):
    github = troubled([11])
    github.list_answers, github.stays = [unavailable(1)], False
    s = stack(github.url, **app_settings())
    s.crawler()
    until(github.lists, "the first request")
    github.list_answers = []
    until(lambda: labels(s) == ["app-7-11"], "the installation")


def test_a_limit_of_one_installation_delays_no_other(troubled, stack):
    """A 503 is no limit of the app."""
    github = troubled([11, 12])
    github.token_answers = {11: [unavailable(3600)]}
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: "app.token installation=11" in s.logs(10 ** 9) and 12 in github.given, "both answers")
    assert "again_in_s=300" in s.logs(10 ** 9), "it is asked for again while an old token would be valid"
    github.ids, github.shown = [11, 12, 13], [11, 12, 13]
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "the start")
    hup(crawler)
    until(lambda: 13 in github.given, "the token of the new one")
    assert github.given.count(11) == 1


def test_a_limit_delays_all_requests_of_the_app(troubled, stack):
    github = troubled([11, 12])
    github.token_answers, github.stays = {11: [unavailable(3, 429)]}, True
    s = stack(github.url, **app_settings())
    s.crawler()
    until(lambda: 11 in github.given and 12 in github.given, "both answers")
    told = [at for at, p in github.times if p == "/app/installations/11/access_tokens"][0]
    github.token_answers = {}
    github.ids, github.shown = [11, 12, 13], [11, 12, 13]
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "the start")
    hup(s.processes[-1])
    until(lambda: 13 in github.given, "the token of the new one")
    assert [p for at, p in github.times if told + 1 < at < told + 2.5] == []


def test_limits_in_a_row_lengthen_our_wait_until_a_success(troubled, stack):
    """What a start puts up with is what GitHub says, not that wait doubled."""
    github = troubled([11])
    github.list_answers = [unavailable(1, 429)]
    s = stack(github.url, **app_settings())
    s.crawler()

    def lines():
        return re.findall(r"app\.installations .*asks to wait (\d+) s.*again_in_s=(\d+)", s.logs(10 ** 9))
    until(lambda: len(lines()) >= 2, "two limits")
    github.list_answers = []
    assert [int(asked) for asked, _ in lines()[:2]] == [1, 1]
    until(lambda: labels(s) == ["app-7-11"], "the start")
    github.ids, github.shown, github.token_answers = [11, 12], [11, 12], {12: [unavailable(9, 429)]}
    hup(s.processes[-1])
    found = until(lambda: re.search(r"app\.token installation=12 .*again_in_s=(\d+)", s.logs(10 ** 9)), "the third limit")
    assert int(found[1]) <= 9, "a success came between"


LIMITS = {
    "retry_after": ({"Retry-After": "60"}, b'{"message": "Wait"}'),
    "none_remaining": ({"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4000000000"}, b'{"message": "Forbidden"}'),
    "words": ({}, b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}'),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_ends_no_installation(limit, troubled, stack):
    """It is not listed, and its token is refused, but only for now."""
    github = troubled([11, 12])
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "both")
    github.shown, github.token_answers = [11], {12: [(403, *LIMITS[limit])]}
    hup(crawler)
    until(lambda: " installation=12" in s.logs(10 ** 9), "the line of the log")
    assert "app.token installation=12" in s.logs(10 ** 9) and "app.installation_ended" not in s.logs(10 ** 9)
    assert in_use(s) == {"app-7-11", "app-7-12"}


def test_a_refused_token_has_the_list_read_before_it_counts_as_a_fault(troubled, stack):
    """The installation was listed a moment before. Without its token being refused, the list would be read ten minutes later."""
    github = troubled([11, 12])
    github.ids, github.unlists = [11], {12}
    s = stack(github.url, **app_settings())
    s.crawler()
    until(lambda: "app.installation_ended installation=12" in s.logs(10 ** 9), "its end")
    assert "app.token " not in s.logs(10 ** 9) and len(github.lists()) == 2


def test_a_refused_token_of_an_installation_that_stays_listed_is_logged_once(troubled, stack):
    github = troubled([11, 12])
    github.ids = [11]
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: "app.token installation=12" in s.logs(10 ** 9), "the line of the log")
    assert github.given.count(12) == 2 and len(github.lists()) == 2
    until(lambda: labels(s), "the start")
    hup(crawler)
    until(lambda: len(github.lists()) == 3, "another look")
    hup(crawler)
    until(lambda: len(github.lists()) == 4, "one more")
    assert s.logs(10 ** 9).count("app.token ") == 1 and github.given.count(12) == 2


def test_too_many_installations_are_logged_once(troubled, stack):
    """The page that has one too many is full."""
    github = troubled([11, 12])
    s = stack(github.url, **app_settings())
    crawler = s.crawler()
    until(lambda: labels(s) == ["app-7-11", "app-7-12"], "both")
    github.shown = list(range(1, 701))
    for n in (1, 2, 3):
        hup(crawler)
        until(lambda: sum("&page=6" in p for p in github.lists()) == n, "a look")
    until(lambda: "the app has more than 512 installations" in s.logs(10 ** 9), "the line of the log")
    assert s.logs(10 ** 9).count("app.installations ") == 1
