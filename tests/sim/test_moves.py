"""--moves-file: a world that moves by itself continues at its next start where it was."""
import gzip
import json
import re
import resource
import subprocess
import time

import pytest

from simulator_process import BINARY, Sim

BEGUN = 1795000000
STILL = ("--users", 100, "--moves", 3600, "--control", "--token", "t=ada")  # no move within the test
HEAD = "gitomatic-sim generated,users=100,seed=1,dense-ids=0,moves=3600\n"


def facts(sim):
    truth = sim.truth()
    return sorted(map(tuple, truth["follows"])), sorted(map(tuple, truth["stars"])), [(u["login"], u["followers"]) for u in truth["users"]]


def seen(options, change=None):
    """What a world is like at its start; then it is changed, and killed."""
    sim = Sim(*options)
    try:
        at_start = facts(sim)
        if change:
            change(sim)
        return at_start, facts(sim)
    finally:
        sim.session.close()
        sim.process.kill()
        sim.process.wait(60)
        sim.process.stdout.close()


def written(tmp_path, *lines):
    file = tmp_path / "moves"
    file.write_text("".join([HEAD, f"begun {BEGUN}\n", *lines]))
    return file


def moves(at, n):
    return f"moves {at:020} {n:020}\n"


def test_the_same_moves_lead_to_the_same_world(tmp_path):
    worlds = [seen((*STILL, "--moves-file", written(tmp_path, *lines)))[0] for lines in (
        (), (moves(BEGUN + 3, 40),), (moves(BEGUN + 3, 40),), (moves(BEGUN + 3, 40), moves(BEGUN + 900000, 2)))]
    assert worlds[1] == worlds[2] and worlds[0] != worlds[1] != worlds[3]
    follows = [set(world[0]) for world in worlds]
    # Not the same moves again: those of the second run are others.
    assert 0 < len(follows[1] ^ follows[3]) <= 12 < len(follows[0] ^ follows[1])


def test_writes_of_clients_stay(tmp_path):
    file = tmp_path / "moves"
    options = (*STILL, "--moves-file", file)

    def star_and_follow(sim):
        truth = sim.truth()
        starred = {r for u, r, *_ in truth["stars"] if u == truth["users"][0]["id"]}
        repo = next(r for r in truth["repos"] if r["id"] not in starred)
        assert sim.session.put(f"{sim.url}/user/starred/{repo['full_name']}", headers={"Authorization": "Bearer t"},
                               timeout=20).status_code == 204
        followed = {b for a, b in truth["follows"] if a == truth["users"][0]["id"]}
        other = next(u for u in truth["users"][1:] if u["id"] not in followed)
        assert sim.session.put(f"{sim.url}/user/following/{other['login']}", headers={"Authorization": "Bearer t"},
                               timeout=20).status_code == 204
        node = next(r["node_id"] for r in sim.get("/users/ada/starred?per_page=100").json() if r["id"] != repo["id"])
        answer = sim.graphql("mutation($id: ID!) { removeStar(input: {starrableId: $id}) { starrable { id } } }", id=node)
        assert answer.status_code == 200 and "errors" not in answer.json(), answer.text
    before, after = seen(options, star_and_follow)
    assert len(set(before[0]) ^ set(after[0])) == 1 and len(set(before[1]) ^ set(after[1])) == 2
    assert seen(options)[0] == after


@pytest.mark.parametrize("tail", ["mov", "moves 00000000001795000000 0000", "op 17", "op 1795000000 7 {\"op\": \"fol", "\0\0\0\0", "nonsense\n"])
def test_a_broken_end_is_cut_off(tmp_path, tail):
    """A power failure leaves half a line; the world continues from the line before."""
    whole = seen((*STILL, "--moves-file", written(tmp_path, moves(BEGUN + 3, 5))))[0]
    file = written(tmp_path, moves(BEGUN + 3, 5), tail)
    assert seen((*STILL, "--moves-file", file))[0] == whole
    assert file.read_text() == written(tmp_path, moves(BEGUN + 3, 5)).read_text()


@pytest.mark.parametrize("text", ["gitomatic-sim generated,users=99,seed=1,dense-ids=0,moves=3600\nbegun 5\n", "gitomatic-sim", HEAD])
def test_a_file_of_another_world_is_replaced(tmp_path, text):
    file = tmp_path / "moves"
    file.write_text(text)
    seen((*STILL, "--moves-file", file))
    head, begun = file.read_text().splitlines(keepends=True)
    assert head == HEAD and abs(int(begun.split()[1]) - time.time()) < 600


def test_moves_continue_after_each_restart(tmp_path):
    file = tmp_path / "moves"

    def count():
        return sum(int(n) for n in re.findall(r"^moves \d+ (\d+)$", file.read_text(), re.M))

    def until_more(sim, than):
        deadline = time.monotonic() + 60
        while count() <= than:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    for _ in range(3):
        n = count() if file.exists() else 0
        seen(("--users", 100, "--moves", 1, "--control", "--moves-file", file), lambda sim, n=n: until_more(sim, n + 1))
        assert count() >= n + 2


def test_one_process_a_file(tmp_path):
    def again(sim):
        done = subprocess.run([str(BINARY), "--listen", "127.0.0.1:0", "--moves", "3600", "--moves-file", str(tmp_path / "moves")],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "another simulator uses it" in done.stderr
    seen((*STILL, "--moves-file", tmp_path / "moves"), again)


def test_a_file_that_cannot_be_written():
    done = subprocess.run([str(BINARY), "--listen", "127.0.0.1:0", "--moves", "3600", "--moves-file", "/nowhere/moves"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "/nowhere/moves" in done.stderr and "No such file" in done.stderr


@pytest.mark.parametrize("text", ["notes of mine\n", "gitomatic-simulator\n", "\0", "x"])
def test_the_file_of_another_process_is_refused_and_unchanged(tmp_path, text):
    file = tmp_path / "notes"
    file.write_text(text)
    done = subprocess.run([str(BINARY), "--listen", "127.0.0.1:0", "--moves", "3600", "--moves-file", str(file)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode and "expected a new file, or one that gitomatic-sim made" in done.stderr, done.stderr
    assert file.read_text() == text


def recorded(folder, login, followed=True):
    """A recorded world of three users."""
    folder.mkdir()
    users = [{"id": 10, "login": login, "type": "User"}, {"id": 20, "login": "ken", "type": "User"}, {"id": 30, "login": "zoe", "type": "User"}]
    files = {"users.jsonl.gz": "".join(json.dumps(user) + "\n" for user in users), "repos.jsonl.gz": "", "stars.tsv.gz": "",
             "follows.tsv.gz": f"{login}\tken\n" if followed else ""}
    for name, text in files.items():
        (folder / name).write_bytes(gzip.compress(text.encode()))
    return ("--data", folder, "--moves", 3600, "--control", "--token", f"t={login}")


def test_recorded_worlds_are_told_apart(tmp_path):
    """By their records and edges, not by their folder: that may be moved."""
    file = tmp_path / "moves"

    def follow(sim):
        assert sim.session.put(f"{sim.url}/user/following/zoe", headers={"Authorization": "Bearer t"}, timeout=20).status_code == 204
    options = recorded(tmp_path / "one", "ada")
    before, after = seen((*options, "--moves-file", file), follow)
    assert before[0] == [(10, 20)] and after[0] == [(10, 20), (10, 30)]
    (tmp_path / "one").rename(tmp_path / "moved")
    same = ("--data", tmp_path / "moved", *options[2:])
    assert seen((*same, "--moves-file", file))[0] == after
    for other in (recorded(tmp_path / "two", "bob"), recorded(tmp_path / "three", "ada", followed=False)):
        kept = file.read_text()
        theirs = seen((*other, "--moves-file", file))[0]
        assert (10, 30) not in theirs[0] and "gitomatic-sim recorded," in kept
        assert file.read_text().count("\n") == 2, "the other world's moves are not this one's"
        file.write_text(kept)
    assert seen((*same, "--moves-file", file))[0] == after


def write_bio(sim, bio):
    answer = sim.session.patch(f"{sim.url}/user", json={"bio": bio}, headers={"Authorization": "Bearer t"}, timeout=20)
    assert answer.status_code == 200, answer.text


def bio_of(options):
    read = []
    seen(options, lambda sim: read.append(sim.get("/user").json()["bio"]))
    return read[0]


@pytest.mark.parametrize("bio", ["x" * 5000, "\u001f\"\\" * 3000, "\U0001f431" * 20000, "\u00e9" * 150000],
                         ids=["letters", "escaped", "pairs", "a body's worth"])
def test_long_texts_stay(tmp_path, bio):
    options = (*STILL, "--moves-file", tmp_path / "moves")
    seen(options, lambda sim: (write_bio(sim, bio), write_bio(sim, bio + ".")))
    assert bio_of(options) == bio + "."


def test_what_a_full_disk_cut_off_is_no_line(tmp_path):
    """The file's limit cuts a line in the middle; with room again, lines are whole and lead to the world as it was."""
    file = tmp_path / "moves"
    options = (*STILL, "--moves-file", file)

    def fill_and_go_on(sim):
        write_bio(sim, "before")
        whole = file.read_bytes()
        hard = resource.prlimit(sim.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(sim.process.pid, resource.RLIMIT_FSIZE, (len(whole) + 30, hard))
        for lost in ("lost", "also lost"):
            write_bio(sim, lost)
            assert file.read_bytes() == whole, "half a line is taken back"
        resource.prlimit(sim.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        write_bio(sim, "after")
        assert file.read_bytes().startswith(whole) and file.read_bytes().count(b"\n") == whole.count(b"\n") + 1
    seen(options, fill_and_go_on)
    assert bio_of(options) == "after"
