"""Samples against the simulator, whose truth is known: the same seed draws the same ids, the interval holds the share, cost is what the ids
cost, and who was forgotten is not drawn."""
import re

import pytest
from crawl import PLENTY, TOKEN

N = 500
SEEDS, FEWER = 200, 40


class World:
    """Three thousand accounts; the highest known id is that of the last one within 31 bits, so that the frame is dense enough to find some."""

    def __init__(self, lab):
        self.sim = lab.sim("synthetic", "--users", 3000, *PLENTY)
        self.stack = lab.stack(self.sim.url, GITHUB_TOKEN=TOKEN)
        truth = self.sim.truth()
        self.users = {u["id"] for u in truth["users"] if u["type"] == "User" and u["id"] < 2**31}
        self.repos = {r["id"] for r in truth["repos"] if r["id"] < 2**31}
        self.frame = max(u["id"] for u in truth["users"] if u["id"] < 2**31)
        self.repo_frame = max(self.repos)
        self.stack.rows("insert into developers (github_id, node_id, login, first_seen_at) values (%s, 'N', 'the-last-one', now())", self.frame)
        self.stack.rows("insert into repositories (github_id, node_id, name, full_name, first_seen_at) values (%s, 'N', 'last', 'a/last', now())", self.repo_frame)
        self.stack.crawler()

    def sample(self, *args):
        self.stack.run("sample", *map(str, args))

    def figures(self, name):
        return dict(zip(("drawn", "asked", "found", "frame_to", "finished"), self.stack.rows(
            "select drawn, asked, found, frame_to, finished_at is not null from samples where name = %s", name)[0]))

    def ids(self, name, where="true"):
        return [i for i, in self.stack.rows(f"select github_id from sample_members where sample = %s and {where} order by place", name)]


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    from lab import Lab
    lab = Lab(cluster, tmp_path_factory.mktemp("samples"))
    yield World(lab)
    lab.close()


def wilson(asked, found, frame):
    """The interval by the textbook's formula, written independently."""
    if asked >= frame:
        return found / asked, found / asked
    z, n, p = 1.959963984540054, asked * (frame - 1) / (frame - asked), found / asked
    middle, half = (p + z * z / (2 * n)) / (1 + z * z / n), z * ((p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return (0 if found == 0 else max(0, middle - half)), (1 if found == asked else min(1, middle + half))


@pytest.mark.parametrize("seeds", [FEWER, pytest.param(SEEDS, marks=pytest.mark.slow)])
def test_the_interval_contains_the_true_share_and_the_cost_is_that_of_the_ids(world, seeds):
    before = world.sim.charged("graphql"), world.sim.charged()
    for seed in range(seeds):
        world.sample("users", "--n", N, "--seed", seed, "--name", f"u{seeds}-{seed}")
    world.stack.wait_idle(240)
    share, held = len(world.users) / world.frame, 0
    for seed in range(seeds):
        got = world.figures(f"u{seeds}-{seed}")
        assert got["finished"] and got["drawn"] == got["asked"] == N and got["frame_to"] == world.frame
        assert set(world.ids(f"u{seeds}-{seed}", "found")) == set(world.ids(f"u{seeds}-{seed}")) & world.users
        low, high = wilson(got["asked"], got["found"], world.frame)
        held += low <= share <= high
    assert (0.9 if seeds == SEEDS else 0.85) <= held / seeds <= (0.99 if seeds == SEEDS else 1)
    points = world.sim.charged("graphql") - before[0]
    assert seeds * N / 100 <= points <= 1.1 * seeds * N / 100
    assert world.sim.charged() - before[1] <= 2  # a look at who the token is


def test_the_same_seed_draws_the_same_ids_each_once_and_another_one_others(world):
    for name, seed in (("same-a", 7), ("same-b", 7), ("other", 8)):
        world.sample("users", "--n", 1000, "--seed", seed, "--name", name)
    a, b, other = (world.ids(name) for name in ("same-a", "same-b", "other"))
    assert a == b and len(set(a)) == 1000 and 1 <= min(a) and max(a) <= world.frame
    assert len(set(a) & set(other)) < 200  # about 16 are to be expected
    halves = sum(i <= world.frame // 2 for i in a)
    assert 400 < halves < 600
    world.stack.wait_idle(60)


def test_a_repeated_request_is_the_same_sample_and_its_name_is_taken(world):
    world.sample("users", "--n", 10, "--seed", 3)
    world.sample("users", "--n", 10, "--seed", 3)
    assert world.stack.one("select count(*) from samples where name = 'users-10-3'") == 1
    refused = world.stack.run("sample", "users", "--n", "11", "--seed", "3", "--name", "users-10-3", check=False)
    assert refused.returncode == 2 and "users-10-3" in refused.stderr
    world.stack.wait_idle(60)


def test_a_sample_of_repositories_requests_nothing_else(world):
    world.sample("repositories", "--n", 2000, "--seed", 5, "--name", "repos")
    world.stack.wait_idle(120)
    got = world.figures("repos")
    assert set(world.ids("repos", "found")) == set(world.ids("repos")) & world.repos and got["found"] > 0
    assert world.stack.one("select count(*) from hydration_queue") == 0  # owners that came along cost nothing
    world.stack.rows("delete from developers where github_id > %s", world.frame)  # owners whose ids are far above


def test_forgotten_people_are_not_drawn_and_leave_existing_samples(world):
    world.sample("users", "--n", 400, "--seed", 11, "--name", "before")
    world.stack.wait_idle(60)
    gone = world.ids("before", "found")[0]
    missed = world.ids("before", "not found")[0]
    world.stack.run("forget", "--id", str(gone))
    world.stack.run("forget", "--id", str(missed))
    assert gone not in world.ids("before") and missed not in world.ids("before")
    assert world.figures("before")["asked"] == 400
    world.sample("users", "--n", 400, "--seed", 11, "--name", "after")
    world.stack.wait_idle(60)
    after = world.ids("after")
    assert gone not in after and missed not in after and len(after) == 400
    assert after[:398] == [i for i in world.ids("before") if i]
    assert world.stack.one("select count(*) from developers where github_id = %s", gone) == 0


@pytest.mark.parametrize("kind,n", [("users", 300), ("repositories", 300), ("users", 1)])
def test_wait_ends_with_the_share_its_interval_and_where_the_members_are(world, kind, n):
    name = f"{kind}-{n}-21"
    for _ in range(2):  # requested again, it is finished
        done = world.stack.run("sample", kind, "--n", str(n), "--seed", "21", "--wait")
        assert re.fullmatch(r"job \d+ of task \d+\n", done.stdout)
        got = world.figures(name)
        low, high = wilson(got["asked"], got["found"], got["frame_to"])
        assert done.stderr.splitlines()[-1] == (
            f"found {got['found']} of {n} id{'s' if n > 1 else ''}: {100 * got['found'] / n:.1f} % exist (95 % interval {100 * low:.1f} to {100 * high:.1f} %); "
            f"its page is /github/samples/{name}/, its members are /github/samples/{name}/{'developers' if kind == 'users' else kind}/")


def test_invalid_arguments_are_named(world):
    for args, word in ((["users"], "--n is missing"), (["users", "--n", "0"], "--n: got"), (["people", "--n", "5"], "is not a kind of records"), (["--n", "5"], "the kind of records is missing"),
                       (["users", "--n", "5", "--seed", "x"], "--seed: got"), (["users", "--n", "1000001"], "--n: got"),
                       (["users", "--n", "5", "--name", "a b"], "--name: got")):
        done = world.stack.run("sample", *args, check=False)
        assert done.returncode == 2 and word in done.stderr, done.stderr


def test_nothing_is_known_yet(lab, world):
    empty = lab.stack(world.sim.url)
    done = empty.run("sample", "users", "--n", "5", check=False)
    assert done.returncode == 2 and "no id is known yet" in done.stderr
    assert empty.one("select count(*) from samples") == 0


def test_a_dry_run_enqueues_nothing_and_says_what_it_costs(world):
    before = world.stack.one("select count(*) from jobs"), world.stack.one("select count(*) from samples")
    said = world.stack.run("sample", "users", "--n", "1000", "--seed", "99", "--dry-run").stdout
    assert "graphql  10 to 11 points" in said and "core     0 to 0 units" in said and "ends     20" in said
    assert (world.stack.one("select count(*) from jobs"), world.stack.one("select count(*) from samples")) == before


def test_without_a_token_it_fails_and_says_why(lab, world):
    bare = lab.stack(world.sim.url)
    bare.rows("insert into developers (github_id, node_id, login, first_seen_at) values (5000, 'N', 'x', now())")
    bare.crawler()
    bare.run("sample", "users", "--n", "5")
    bare.wait_until(lambda: bare.rows("select error from jobs where kind = 'sample' and state = 'failed'"), 60, "the job to fail")
    assert "needs GraphQL: set GITHUB_TOKEN" in bare.one("select error from jobs where kind = 'sample'")
