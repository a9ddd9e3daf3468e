"""GitHub is down, or says so: the status page and the API decide, and a broken status page never does."""
import time


def label(mirror):
    return mirror.get("/users/ada", "a").label


class Down:
    """A simulator and its mirror, for one state of the status page. They run beside each other: most of it is waiting."""

    def __init__(self, lab, state):
        self.state, self.github = state, lab.github("--users", 20, "--token", "a=ada")
        self.mirror = lab.mirror(self.github, GITHUB_STATUS_SECONDS=1)
        assert self.mirror.get("/users/ada", "a").status == 200

    def label_at(self, state):
        """Once the status page was asked again, and its answer came in."""
        self.github.config(status=state)
        asked, until = self.github.stats()["status_page"], time.monotonic() + 60
        while self.github.stats()["status_page"] < asked + 2:
            assert time.monotonic() < until, "the status page is not asked any more"
            time.sleep(0.05)
        return label(self.mirror)


def test_only_a_major_outage_is_offline(lab, together):
    downs = [Down(lab, state) for state in ("degraded_performance", "partial_outage", "under_maintenance")]

    def walk(down):
        return [down.label_at(state) for state in (down.state, "major_outage", "operational")]
    assert together(*[lambda d=d: walk(d) for d in downs]) == [["ONLINE_HIT", "OFFLINE_HIT", "ONLINE_HIT"]] * 3


def test_a_broken_status_page_never_decides_and_never_ends_the_checks(lab, together):
    """Neither that there is an outage, nor that there is none."""
    downs = [Down(lab, state) for state in ("cut", "html", "missing", "500")]

    def walk(down):
        return [down.label_at(state) for state in (down.state, "major_outage", down.state, "operational")]
    wanted = ["ONLINE_HIT", "OFFLINE_HIT", "OFFLINE_HIT", "ONLINE_HIT"]
    assert together(*[lambda d=d: walk(d) for d in downs]) == [wanted] * 4


def test_writes_while_offline_say_so(lab):
    down = Down(lab, "major_outage")
    assert down.label_at("major_outage") == "OFFLINE_HIT"
    done = down.mirror.request("PATCH", "/user", "a", {"Content-Type": "application/json"}, b'{"bio":"x"}')
    assert done.status in (200, 502, 504)  # passed on, or refused in JSON; never kept for later
    assert done.status == 200 or done.json()["message"]


def test_an_unreachable_api_means_offline_until_it_answers(lab):
    there = ("--token", "a=ada", "--listen", f"127.0.0.1:{lab.port()}")
    github = lab.github(*there)
    mirror = lab.mirror(github, GITHUB_STATUS_SECONDS=1)
    good = mirror.get("/users/ada", "a")
    assert github.stop() == 0
    labels = []

    def offline():
        labels.append(label(mirror))
        return labels[-1] == "OFFLINE_HIT"
    mirror.stack.wait_until(offline, 30, "the mirror to be offline")
    assert set(labels) <= {"API_CONNECTION_ERROR_HIT", "OFFLINE_HIT"}, labels
    hit, miss = mirror.get("/users/ada", "a"), mirror.get("/meta", "a")
    assert (hit.status, hit.body) == (200, good.body) and miss.status == 504 and miss.label == "OFFLINE_MISS"
    again = lab.github(*there)
    mirror.stack.wait_until(lambda: label(mirror) == "ONLINE_HIT", 15, "the mirror to be online")
    assert again.stats()["requests"] > 0
