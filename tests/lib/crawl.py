"""What several tests do with a stack: where crawls begin, and discovery until it finds nobody."""

import time

SEEDS = {"recorded": "h3nnn4n", "synthetic": "ada"}
TOKEN = "e2e-token"
# Rate headers, as GitHub sends them, and more quota than any test spends. With them a crawler keeps to 900 a minute.
PLENTY = ("--limit", 1000000, "--anonymous-limit", 1000000, "--graphql-limit", 1000000)


def credential_settings(name):
    """Settings of crawlers: GraphQL hydrates with a token, REST without."""
    return {"GITHUB_TOKEN": TOKEN} if name == "token" else {}


def discover(stack, seconds=240, most=40):
    """Runs discovery until it finds nobody any more. How many runs that took."""
    for run in range(1, most):
        task = stack.task("discovery_scraper")
        stack.wait_idle(seconds)
        note = stack.one("select note from jobs where task_id = %s and kind = 'discovery_scraper'", task)
        if note == "no developer needs a sync":
            return run
    raise AssertionError(f"discovery still found a developer in run {most}")


def fill_up(stack, github, more_than, latency_ms=300):
    """Until more than so many requests are in flight. A crawler sends one more with every round trip that went well: short ones
    first, for a while, then those that last `latency_ms` and keep all of them out at once; longer ones where this machine is too
    slow to begin so many in that time, but shorter than others are given to make room for a newcomer (2.5 s)."""
    github.config(latency=60)
    until = time.monotonic() + 6

    def most_of_it():
        return github.stats()["in_flight"] > more_than * 3 // 4 or time.monotonic() > until
    stack.wait_until(most_of_it, 60, "a good part of what may be in flight")
    for longer, seconds in ((1, 15), (2, 15), (4, 90)):
        github.config(latency=latency_ms * longer)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if github.stats()["in_flight"] > more_than:
                return
            time.sleep(0.03)
    raise AssertionError(f"never more than {more_than} in flight\n{stack.queue()}\n{stack.logs()}")
