"""History over the API against the simulator's truth: star days, weeks, stars taken back, ended follows, and a repository that
was deleted and made again under its name."""
import collections
import datetime
import json
import re
import urllib.request
import xml.etree.ElementTree as ET

import pytest
from midnight import far_from_midnight  # noqa: F401 (a fixture)
from truth import Truth

UTC = datetime.timezone.utc
SVG = "{http://www.w3.org/2000/svg}"


class World:
    def __init__(self, sim, stack):
        self.github = sim("synthetic", "--users", 300, "--no-limits")
        # Days are UTC: the processes and their sessions of the database live elsewhere.
        self.s = stack(self.github.url, GITHUB_TOKEN="t", API_LISTEN="127.0.0.1:0", API_AUTH="none", TZ="America/St_Johns", PGTZ="Pacific/Kiritimati")
        self.s.crawler()
        api = self.s.start("api")
        self.s.wait_until(lambda: "api.listening" in api.log(), 60, "the API")
        self.base = re.search(r"http://127\.0\.0\.1:\d+", api.log()[api.log().index("api.listening"):])[0]

    def get(self, path):
        return json.load(urllib.request.urlopen(self.base + path, timeout=30))

    def sync(self, kind, *names):
        self.s.task(kind, *names)
        self.s.wait_idle()
        self.s.check_queue()

    def truth(self):
        return Truth(self.github.truth())

    def today(self):
        return self.s.one("select (now() at time zone 'utc')::date")

    def history(self, name, query=""):
        return self.get(f"/github/repositories/by-name/{name}/history/?{query}")

    def drawing(self, name, query=""):
        """What a drawing says of itself: its description, and the heights of its line above zero, in pixels."""
        url = f"{self.base}/github/repositories/by-name/{name}/history.svg?{query}"
        root = ET.fromstring(urllib.request.urlopen(url, timeout=30).read())
        axis, *_, line = [re.findall(r"[\d.]+", e.get("d")) for e in root.iter(f"{SVG}path")]
        return root.find(f"{SVG}desc").text, [float(axis[1]) - float(y) for y in line[1::2]]


@pytest.fixture
def world(far_from_midnight, sim, stack):
    return World(sim, stack)


def days_of(truth, repo):
    return collections.Counter(at.astimezone(UTC).date() for (_, r), at in truth.stars.items() if r == repo)


def most_starred(truth):
    return max((r for r in truth.repos.values() if not r["private"]), key=lambda r: len(days_of(truth, r["id"])))


def check_drawing(world, repo, days, got):
    """The drawing says and shows the same: first, last and greatest value, and a line that rises from the one to the other."""
    first, last = min(days), got["points"][-1]["day"]
    total = sum(days.values())
    said, heights = world.drawing(repo["full_name"])
    assert said == (f"stargazers_count by day, {got['from']} to {got['to']}. First {got['points'][0]['stargazers_count']} on {got['from']}, "
                    f"last {total} on {last}, at most {total}; {len(got['points'])} points observed."), said
    assert datetime.date.fromisoformat(got["from"]) <= first and heights == sorted(heights)
    assert heights[0] * total == pytest.approx(heights[-1] * got["points"][0]["stargazers_count"], abs=2 * total)
    by_month = collections.Counter(day.replace(day=1) for day in days.elements())
    said, _ = world.drawing(repo["full_name"], f"field=stars_added&interval=month&from={got['from']}")
    assert f"at most {max(by_month.values())};" in said, said


def check_days(world, repo):
    """Each day, week and month of the whole history equals the simulator's stars."""
    truth = world.truth()
    days = days_of(truth, repo["id"])
    got = world.history(repo["full_name"])
    added = {p["day"]: p["stars_added"] for p in got["points"]}
    assert {datetime.date.fromisoformat(d): n for d, n in added.items() if n} == days
    assert all(n is not None for n in added.values()), "GitHub's history has each day between its first and its last"
    so_far = 0
    for point in got["points"]:
        so_far += point["stars_added"]
        assert point["stargazers_count"] == so_far
    assert so_far == sum(days.values()) == len([e for e in truth.stars if e[1] == repo["id"]])
    assert got["sources"]["stargazers_count"] == got["sources"]["stars_added"] == "github_star_history"
    for interval, begin in (("week", lambda d: d - datetime.timedelta(d.weekday())), ("month", lambda d: d.replace(day=1))):
        per = collections.Counter()
        for day, n in days.items():
            per[str(begin(day))] += n
        points = world.history(repo["full_name"], f"interval={interval}")["points"]
        assert {p["day"]: p["stars_added"] for p in points if p["stars_added"]} == per
        assert [p["day"] for p in points] == sorted({str(begin(datetime.date.fromisoformat(d))) for d in added})
        assert points[-1]["stargazers_count"] == so_far
    check_drawing(world, repo, days, got)
    # An edge that cuts a week: its days before are not counted.
    some = sorted(days)[len(days) // 2]
    cut = world.history(repo["full_name"], f"from={some}&interval=week")["points"]
    assert sum(p["stars_added"] or 0 for p in cut) == sum(n for d, n in days.items() if d >= some)
    return got


def test_stars_by_day_equal_the_worlds_and_exclude_removed_ones(world):
    truth = world.truth()
    repo = most_starred(truth)
    world.sync("full_repository_sync", *repo["full_name"].split("/"))
    check_days(world, repo)
    # The owner of the first star is known with all stars, then takes this one back.
    fan = min((at, u) for (u, r), at in truth.stars.items() if r == repo["id"])[1]
    login = truth.users[fan]["login"]
    world.sync("full_profile_sync", login)
    assert (fan, repo["id"]) in {(u, r) for u, r in world.s.rows("select developer_github_id, repository_github_id from stars")}
    world.github.mutate({"op": "unstar", "user": login, "repo": repo["full_name"]})
    world.sync("full_profile_sync", login)
    world.sync("full_repository_sync", *repo["full_name"].split("/"))
    got = check_days(world, repo)
    assert {p["day"]: p["stars_ended"] for p in got["points"] if p["stars_ended"] is not None} == {str(world.today()): 1}
    assert got["sources"]["stars_ended"] == "lists_compared"
    # Given again, it counts on the day of the new star; the end of the old one stays.
    world.github.mutate({"op": "star", "user": login, "repo": repo["full_name"]})
    world.sync("full_profile_sync", login)
    world.sync("full_repository_sync", *repo["full_name"].split("/"))
    again = {p["day"]: p for p in check_days(world, repo)["points"]}[str(world.today())]
    assert again["stars_added"] >= 1 and again["stars_ended"] == 1


def test_followers_as_they_were_seen_and_follows_that_ended(world):
    truth = world.truth()
    ken, ada = max((b, a) for a, b in truth.follows if truth.users[b]["type"] == truth.users[a]["type"] == "User"
                   and truth.users[b]["followers"] > 3)
    login, follower = truth.users[ken]["login"], truth.users[ada]["login"]
    world.sync("full_profile_sync", login)
    before = truth.users[ken]["followers"]
    # Seen three days ago, as the database's clock has it.
    world.s.rows("update developer_counts set day = day - 3")
    world.github.mutate({"op": "unfollow", "user": follower, "target": login})
    world.sync("full_profile_sync", login)
    today = world.today()
    points = {p["day"]: p for p in world.get(f"/github/developers/by-login/{login}/history/?from={today - datetime.timedelta(4)}")["points"]}
    seen = [points[str(today - datetime.timedelta(n))]["followers_count"] for n in (4, 3, 2, 1, 0)]
    assert seen == [None, before, None, None, before - 1] and world.truth().users[ken]["followers"] == before - 1
    assert [points[str(today - datetime.timedelta(n))]["follows_ended"] for n in (1, 0)] == [None, 1]


def test_a_repository_recreated_under_its_name_starts_a_new_history(world):
    truth = world.truth()
    repo = most_starred(truth)
    owner, name = repo["full_name"].split("/")
    world.sync("full_repository_sync", owner, name)
    old = world.get(f"/github/repositories/by-name/{owner}/{name}/")["url"]
    kept = world.history(repo["full_name"])
    world.github.mutate({"op": "delete_repo", "repo": repo["full_name"]}, {"op": "new_repo", "owner": owner, "name": name})
    fan = next(u["login"] for u in truth.users.values() if u["type"] == "User" and u["login"] != owner)
    world.github.mutate({"op": "star", "user": fan, "repo": repo["full_name"]})
    world.sync("full_repository_sync", owner, name)
    new = world.history(repo["full_name"])
    assert new["url"] != kept["url"] == old + "history/"
    made = next(r for r in world.truth().repos.values() if r["full_name"] == repo["full_name"])
    check_days(world, made)
    assert [p["stargazers_count"] for p in new["points"]][-1] == 1
    assert "last 1 on" in world.drawing(repo["full_name"])[0], "the name's drawing is the new one's"
    again = world.get(old[len(world.base):] + "history/")
    stars = {p["day"]: p["stargazers_count"] for p in again["points"]}
    assert all(stars[p["day"]] == p["stargazers_count"] for p in kept["points"] if p["day"] != str(world.today())), "the old one's stays"
