"""The world changes between syncs: the database follows, every ended edge is in the history once, old names are kept."""
import collections

import pytest
from beside import side_by_side
from crawl import SEEDS, credential_settings, discover
from test_faults import gone, look_again_at_what_is_gone
from truth import Truth, compare

HISTORY = {"follow_history": ("follower_github_id", "followed_github_id"),
           "star_history": ("developer_github_id", "repository_github_id")}


class Watched:
    """A stack that has the whole world of a simulator, and what the history must hold of it."""

    def __init__(self, sim, stack, credential, *options):
        self.github = sim("synthetic", "--no-limits", *options)
        self.anonymous = not credential
        self.s = stack(self.github.url, **credential)
        self.s.crawler()
        self.s.task("full_profile_sync", SEEDS["synthetic"])
        self.s.wait_idle(120)
        discover(self.s)
        self.truth = Truth(self.github.truth())
        compare(self.s, self.truth, self.truth.closure(SEEDS["synthetic"]), self.anonymous)
        self.ended = {"follow_history": collections.Counter(), "star_history": collections.Counter()}
        # An edge that ended and came back between two looks was never seen to end; these are the ones looked at.
        self.logins = dict(self.s.rows("select github_id, login from developers"))
        self.names = dict(self.s.rows("select github_id, full_name from repositories"))
        self.denied = set()  # ids that a fault reported as gone: their edges may end one time more than others

    def sync_all(self, rounds=3):
        """Asks for every developer that is known and there, also those found gone, until no round meets anybody new."""
        seen = set()
        for _ in range(rounds):
            back = [self.truth.users[i]["login"] for i in self.denied & set(self.truth.users)]
            logins = {login for (login,) in self.s.rows("select login from developers where gone_at is null")} | set(back)
            if logins <= seen:
                break
            # One command each would be thousands of processes; this is what `gitomatic task` writes.
            # (At once: a crawler that looks in between would have jobs of no task.)
            self.s.rows("insert into jobs (kind, subject, key) select 'full_profile_sync', l, 'full_profile_sync:' || "
                        "lower(l) from unnest(%s) as l on conflict do nothing; "
                        "update jobs set task_id = id where task_id is null; "
                        "select pg_notify('gitomatic_jobs', '')", sorted(logins - seen))
            seen |= logins
            self.s.wait_idle(200)

    def step(self, change, lies=None):
        """One change of the world, a sync of everybody, and what must be true then. lies: kinds of faults in one request of
        ten of that sync; a sound one follows it."""
        done = change()
        before, self.truth = self.truth, Truth(self.github.truth())
        known = set(self.s.rows("select follower_github_id, followed_github_id from follows"))
        self.ended["follow_history"].update(known - self.truth.follows)
        known = {(u, r): at for u, r, at in self.s.rows("select developer_github_id, repository_github_id, starred_at from stars")}
        self.ended["star_history"].update(e for e, at in known.items() if self.truth.stars.get(e) != at)
        if lies:
            self.github.config(faults=0.1, fault_kinds=lies)
            self.sync_all()
            self.denied |= gone(self.s)
            self.github.config(faults=0)
            look_again_at_what_is_gone(self.s)
        self.sync_all()
        self.check(before)
        return done

    def check(self, before):
        s, truth = self.s, self.truth
        s.check_queue()
        developers = {i for (i,) in s.rows("select github_id from developers")} & set(truth.users)
        expected = truth.closure(SEEDS["synthetic"])
        # A developer stays known after the last edge to them has ended.
        expected.developers |= developers
        expected.repositories |= ({i for (i,) in s.rows("select github_id from repositories")} | {
            i for i, r in truth.repos.items() if r["owner"]["id"] in expected.developers}) & set(truth.repos)
        expected.follows = {e for e in truth.follows if set(e) & expected.developers}
        expected.stars = {e: at for e, at in truth.stars.items() if e[0] in expected.developers}
        compare(s, truth, expected, self.anonymous)
        for table, (a, b) in HISTORY.items():
            have = collections.Counter(s.rows(f"select {a}, {b} from {table}"))
            more, missing = have - self.ended[table], self.ended[table] - have
            assert [e for e in more if not self.denied & set(e)] == [] and not missing, f"{table}: too much {more}, missing {missing}"
            assert s.rows(f"select * from {table} where gone_after < first_seen_at or gone_before < gone_after") == []
        for table, column, now, names in (("developer_logins", "login", truth.users, self.logins),
                                          ("repository_names", "full_name", truth.repos, self.names)):
            old = {i: name for i, name in names.items() if i in now and now[i][column] != name}
            for i, name in old.items():
                rows = s.rows(f"select {column} from {table} where github_id = %s and {column} = %s", i, name)
                assert rows == [(name,)], f"{table} has {rows} of {name} (now {now[i][column]})"
            names.update((i, r[column]) for i, r in now.items() if i in names)
        gone = {i for (i,) in s.rows("select github_id from developers where gone_at is not null")}
        assert gone == {i for i in self.logins if i not in truth.users}
        gone = {i for (i,) in s.rows("select github_id from repositories where gone_at is not null")}
        assert gone == {i for i in self.names if i not in truth.repos}
        self.logins.update(s.rows("select github_id, login from developers where gone_at is null"))
        self.names.update(s.rows("select github_id, full_name from repositories where gone_at is null"))


# ---- each kind of change by itself ----

def an_account(truth, kind="User", no=0, stars=0):
    """A login (not the seed's) of the kind who has edges and owns a repository."""
    owners = collections.Counter(r["owner"]["id"] for r in truth.repos.values())
    followed = collections.Counter(b for _, b in truth.follows)
    starring = collections.Counter(u for u, _ in truth.stars)
    found = [u["login"] for i, u in sorted(truth.users.items()) if u["type"] == kind and (owners[i] and followed[i] or kind != "User")
             and u["login"] != SEEDS["synthetic"] and starring[i] >= stars]
    return found[no]


def a_repository(truth, no=0, owner=None):
    """A repository with stars."""
    starred = collections.Counter(r for _, r in truth.stars)
    return [r["full_name"] for i, r in sorted(truth.repos.items()) if starred[i] and
            (owner is None or r["owner"]["login"] == owner)][no]


def name(truth, i):
    return truth.users[i]["login"]


def ops_unfollow(t):
    return [{"op": "unfollow", "user": name(t, a), "target": name(t, b)} for a, b in sorted(t.follows)[::7]]


def ops_unstar(t):
    return [{"op": "unstar", "user": name(t, u), "repo": t.repos[r]["full_name"]} for u, r in sorted(t.stars)[::7]]


def ops_follow(t):
    who = an_account(t)
    have = {b for a, b in t.follows if name(t, a) == who}
    others = [u["login"] for i, u in sorted(t.users.items()) if i not in have and u["login"] != who]
    return [{"op": "follow", "user": who, "target": other} for other in others[:3]]


def ops_star(t):
    who = an_account(t)
    have = {r for u, r in t.stars if name(t, u) == who}
    return [{"op": "star", "user": who, "repo": r["full_name"]} for i, r in sorted(t.repos.items()) if i not in have][:3]


OPS = {
    "unfollow": ops_unfollow,
    "unstar": ops_unstar,
    "follow": ops_follow,
    "star": ops_star,
    "restar": lambda t: [op for u, r in sorted(t.stars)[:5] for op in (
        {"op": "unstar", "user": name(t, u), "repo": t.repos[r]["full_name"]},
        {"op": "star", "user": name(t, u), "repo": t.repos[r]["full_name"]})],
    "rename_user": lambda t: [{"op": "rename_user", "login": an_account(t), "new_login": "renamed-one"}],
    "rename_case": lambda t: [{"op": "rename_user", "login": an_account(t), "new_login": "between"},
                              {"op": "rename_user", "login": "between", "new_login": an_account(t).swapcase()}],
    "takeover": lambda t: [{"op": "rename_user", "login": an_account(t), "new_login": "renamed-one"},
                           {"op": "takeover", "login": an_account(t)},
                           {"op": "follow", "user": an_account(t), "target": SEEDS["synthetic"]}],
    "swap": lambda t: [{"op": "rename_user", "login": an_account(t), "new_login": "between"},
                       {"op": "rename_user", "login": an_account(t, no=1), "new_login": an_account(t)},
                       {"op": "rename_user", "login": "between", "new_login": an_account(t, no=1)}],
    "rename_repo": lambda t: [{"op": "rename_repo", "repo": a_repository(t), "new_name": "renamed-one"}],
    "rename_and_replace": lambda t: [
        {"op": "rename_repo", "repo": a_repository(t), "new_name": "renamed-one"},
        {"op": "new_repo", "owner": a_repository(t).split("/")[0], "name": a_repository(t).split("/")[1]}],
    "transfer_repo": lambda t: [{"op": "transfer_repo", "repo": a_repository(t), "new_owner": an_account(t, no=2)}],
    "delete_user": lambda t: [{"op": "delete_user", "login": an_account(t, stars=1)}],
    "delete_org": lambda t: [{"op": "delete_user", "login": an_account(t, "Organization")}],
    "delete_repo": lambda t: [{"op": "delete_repo", "repo": a_repository(t)}],
    "block_dmca": lambda t: [{"op": "block_repo", "repo": a_repository(t), "reason": "dmca"}],
    "block_tos": lambda t: [{"op": "block_repo", "repo": a_repository(t), "reason": "tos"}],
    "user_to_org": lambda t: [{"op": "user_to_org", "login": an_account(t, stars=1)}],
    "edit_user": lambda t: [{"op": "edit_user", "login": an_account(t), "set": {
        "name": "Zoë \U0001f40d", "company": "", "location": "Ålesund", "bio": "line\nbreak\ttab \\ \"", "email":
        "new@users.noreply.example", "blog": "https://example.org"}}],
    "edit_org": lambda t: [{"op": "edit_user", "login": an_account(t, "Organization"), "set": {
        "name": "An organisation", "description": "what it does", "location": "Oslo"}}],
    "edit_repo": lambda t: [{"op": "edit_repo", "repo": a_repository(t), "set": {
        "description": "new ✓", "homepage": "https://example.org/", "language": "C", "archived": True,
        "has_issues": False, "has_wiki": False, "has_pages": True, "has_projects": False, "has_downloads": False}}],
    "new_user": lambda t: [{"op": "new_user", "login": "newcomer", "type": "User"},
                           {"op": "new_repo", "owner": "newcomer", "name": "first"},
                           {"op": "follow", "user": "newcomer", "target": SEEDS["synthetic"]},
                           {"op": "star", "user": SEEDS["synthetic"], "repo": "newcomer/first"}],
}


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("name", ["token", pytest.param("anonymous", marks=pytest.mark.slow)])
def test_change(op, name, sim, stack):
    w = Watched(sim, stack, credential_settings(name), "--users", 40 if "org" in op else 24)
    ops = OPS[op](w.truth)
    done = w.step(lambda: w.github.mutate(*ops))
    assert len(done) == len(ops)


def test_all_changes_in_a_row(credential, sim, stack):
    w = Watched(sim, stack, credential, "--users", 40)
    for op in OPS:
        if op not in ("rename_case", "swap", "takeover", "rename_and_replace"):  # their names are taken by then
            w.step(lambda: w.github.mutate(*OPS[op](w.truth)))


@side_by_side
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 7))])
def test_random_changes(seed, credential, sim, stack):
    w = Watched(sim, stack, credential, "--users", 60, "--seed", seed)
    for round_ in range(4):
        print(f"seed {seed}, round {round_}")
        w.step(lambda: w.github.random(seed * 100 + round_, 40))


LIES = "html403,gqlsecondary,gqlprimary,noowner,empty,gone404,gone451"  # no list has a second page here


@side_by_side
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_random_changes_while_github_lies(seed, credential, sim, stack):
    w = Watched(sim, stack, credential, "--users", 60, "--seed", seed, "--retry-after", 1)
    for round_ in range(3):
        print(f"seed {seed}, round {round_}")
        w.step(lambda: w.github.random(seed * 100 + round_, 40), LIES)
    assert {t["fault"] for t in w.github.trace()} >= {"html403", "noowner", "empty"}, "nothing was tested"
    there = set(w.truth.users) | set(w.truth.repos)
    assert w.denied & there, "nothing was denied that is there: nothing was tested"


@pytest.mark.slow
def test_a_thousand_random_changes(credential, sim, stack):
    w = Watched(sim, stack, credential, "--users", 200)
    for round_ in range(20):
        print(f"round {round_}")
        w.step(lambda: w.github.random(7000 + round_, 50))
