"""Rate headers that make no sense decide nothing: not for the answers that follow, and not for the next crawler."""
import time

import pytest
from fake_github import FakeGitHub, Several, profile


def rate(remaining, reset):
    return {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": str(reset)}


@pytest.mark.parametrize("reset", [9223372036854775, 99999999999], ids=["beyond-an-interval", "in-three-thousand-years"])
def test_a_reset_that_is_not_an_hour_away_is_not_a_window(stack, reset):
    github = FakeGitHub()
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        soon = int(time.time()) + 3000
        github.answers["/users/ada"] = Several((200, rate(0, reset), profile(1, "ada")), (200, rate(4000, soon), profile(1, "ada")))
        github.answers["/users/ada/starred?per_page=100"] = (200, rate(4000, soon), [])
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        s.check_queue()
        known = "select rate_remaining, rate_reset_raw from rate_limits where resource = 'core'"
        s.wait_until(lambda: s.rows(known), 30, "the crawler to store what the answer said")
        assert s.rows(known) == [(4000, soon)]
    finally:
        github.stop()
