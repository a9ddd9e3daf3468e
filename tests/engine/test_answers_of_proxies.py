"""Answers that are not GitHub's: a proxy's, a captive portal's, those of an address without the API. They prove nothing."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user

FOLLOWERS = "/users/ada/followers?per_page=100"
HTML = {"Content-Type": "text/html; charset=utf-8"}
NOT_GITHUBS = {
    **{f"{status} html": (status, HTML, b"<html><body>Access denied by policy</body></html>") for status in (401, 403, 404, 410, 422, 451, 200)},
    **{f"{status} text": (status, {"Content-Type": "text/plain"}, b"Not Found") for status in (401, 403, 404, 451)},
    **{f"{status} empty": (status, {}, b"") for status in (403, 404, 451)},
    "404 other json": (404, {}, {"error": "no route", "code": 404}),
    "403 a list": (403, {}, [{"message": "Forbidden"}]),
    "200 other json": (200, {}, {"login_url": "http://portal.example/"}),
    "portal": (302, {"Location": "http://portal.example/login"}, b""),
    "portal's page": (200, {}, b"<!doctype html><title>Welcome</title>"),
}


@pytest.fixture
def github():
    made = FakeGitHub()
    eve, bob = user(5, "eve"), user(6, "bob")
    made.answers.update({"/users/ada": profile(1, "ada", followers=2, public_repos=1), FOLLOWERS: [eve, bob],
                         "/users/ada/starred?per_page=100": [],
                         "/users/ada/repos?per_page=100": [repository(9, user(1, "ada"), "r")],
                         "/repos/ada/r": repository(9, user(1, "ada"), "r")})
    for one in (eve, bob):
        made.answers[f"/users/{one['login']}"] = profile(one["id"], one["login"], following=1)
    yield made
    made.stop()


def go_on(s):
    """Makes waiting jobs due now."""
    def idle():
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        return s.open_jobs() == 0
    s.wait_until(idle, 60, "an empty queue")
    s.check_queue()


@side_by_side
@pytest.mark.parametrize("answer", NOT_GITHUBS.values(), ids=NOT_GITHUBS.keys())
def test_answers_of_a_proxy_neither_refuse_nor_declare_gone(github, stack, answer):
    """In the place of a profile, a list, a detail: of one known before, and of one that is new."""
    s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
    s.crawler()
    s.task("full_profile_sync", "ada")
    s.wait_idle()
    s.check_queue()
    new = user(7, "new")
    sound = {"/users/ada": profile(1, "ada", followers=3, public_repos=1), FOLLOWERS: [*github.answers[FOLLOWERS], new],
             "/users/new": profile(7, "new", following=1), "/users/ada/repos?per_page=100": github.answers["/users/ada/repos?per_page=100"],
             "/repos/ada/r": repository(9, user(1, "ada"), "r", subscribers_count=4)}
    sound["/user/1"], sound["/repositories/9"] = sound["/users/ada"], sound["/repos/ada/r"]
    sound["/user/7"] = sound["/users/new"]
    for path, body in sound.items():
        github.answers[path] = Several(answer, answer, body)
    github.count.clear()
    s.task("full_profile_sync", "ada")
    s.task("full_repository_sync", "ada", "r")
    go_on(s)
    assert s.rows("select login, gone_reason from developers where gone_at is not null or synced_at is null") == []
    assert s.rows("select full_name, subscribers_count, gone_reason from repositories") == [("ada/r", 4, None)]
    assert s.rows("select follower_github_id from follows order by 1") == [(5,), (6,), (7,)]
    assert s.rows("select * from follow_history") == []
    assert s.rows("select benched_until, blocked_until from credentials") == [(None, None)]
    assert s.rows("select kind, note from jobs where note ~ 'gone|blocked|restricted|capped'") == []


@side_by_side
def test_a_job_that_receives_only_such_answers_fails_and_names_them(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_profile_sync", "bob")  # the address is GitHub's
    s.wait_idle()
    github.answers["/users/ada"] = (403, HTML, b"<html>Blocked</html>")
    s.task("full_profile_sync", "ada")

    def over():
        s.rows("update jobs set run_at = now() where state = 'scheduled'")
        return s.open_jobs() == 0
    s.wait_until(over, 60, "the last try")
    (state, error), = s.rows("select state, error from jobs where subject = 'ada'")
    assert state == "failed" and "web page" in error and "403" in error
    assert github.asked().count("/users/ada") == 10


WRONG_ADDRESS = {
    "login": {"": (302, {"Location": "/login?return_to=x"}, b""), "/login": (200, HTML, b"<html>Sign in</html>")},
    "absolute": {"": (302, {"Location": "{url}/login"}, b""), "/login": (200, HTML, b"<html>Sign in</html>")},
    "page": {"": (200, HTML, b"<html>ada's profile</html>")},
}


@side_by_side
@pytest.mark.parametrize("pages", [pages if name == "page" else pytest.param(pages, marks=pytest.mark.slow) for name, pages in WRONG_ADDRESS.items()],
                         ids=WRONG_ADDRESS.keys())
def test_an_address_without_the_api_ends_in_one_error(stack, pages):
    class Enterprise(FakeGitHub):
        def answer(self, method, path, headers):
            if not path.startswith("/api/v3"):
                status, more, body = next((a for p, a in pages.items() if p and path.startswith(p)), pages[""])
                self.answers[path] = (status, {k: v.format(url=self.url) for k, v in more.items()}, body)
            return super().answer(method, path, headers)
    github = Enterprise()
    try:
        s = stack(github.url, GITHUB_TOKEN="t")
        s.crawler()
        for login in ("ada", "bob"):
            s.task("full_profile_sync", login)
        s.wait_until(lambda: s.open_jobs() == 0, 90, "the end")
        told = s.rows("select state, error from jobs")
        assert {state for state, _ in told} == {"failed"} and len(told) == 2
        assert all(f"GITHUB_API_URL={github.url}/api/v3" in error and f"GITHUB_API_URL is {github.url}," in error for _, error in told)
        assert s.logs(10**6).count("error crawler github.address") == 1
        assert len(github.seen) <= 2 * 5 * 2 + 4
        # With the address it should have had, another round of tries does.
        s.stop()
        github.answers.update({"/api/v3/users/ada": profile(1, "ada"), "/api/v3/users/bob": profile(2, "bob")})
        for path in ("ada", "bob"):
            github.answers[f"/api/v3/users/{path}/starred?per_page=100"] = []
        s.crawler(GITHUB_API_URL=github.url + "/api/v3")
        for login in ("ada", "bob"):
            s.task("full_profile_sync", login)
        s.wait_idle()
        assert s.one("select count(*) from developers where synced_at is not null") == 2
    finally:
        github.stop()


@side_by_side
def test_one_web_page_does_not_make_a_known_address_wrong(github, stack):
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_profile_sync", "bob")
    s.wait_idle()
    github.answers["/users/ada"] = (200, HTML, b"<html>portal</html>")
    s.task("full_profile_sync", "ada")
    s.wait_until(lambda: github.asked().count("/users/ada") >= 2, 30, "a second try")
    assert "api/v3" not in s.one("select error from jobs where subject = 'ada'")
    assert "github.address" not in s.logs(10**6)


@side_by_side
@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_rename_through_a_proxy_is_followed_by_its_path(github, stack, status):
    """The proxy ends TLS: what GitHub redirects to has another scheme, and is asked of ours."""
    host = github.url.split("://")[1]
    github.answers["/repos/old/r"] = (status, {"Location": f"https://{host}/repositories/9"}, {"message": "Moved Permanently"})
    github.answers["/repositories/9"] = github.answers["/repos/ada/r"]
    s = stack(github.url, GITHUB_TOKEN="t")
    s.crawler()
    s.task("full_repository_sync", "old", "r")
    s.wait_idle()
    assert s.rows("select full_name from repositories where synced_at is not null") == [("ada/r",)]
    assert s.logs(10**6).count("github.foreign_link") == 1
