"""What an operator takes away while everything is at work, and gives back: it is told, nothing ends, and work goes on by itself."""
import pathlib
import subprocess

import pytest
from database_world import address, get, until, world_in
from stack import PATIENCE_S

PROCESSES = ("api", "crawler", "scheduler", "mirror")
DONE = {"api": "listening", "crawler": "crawler.registered", "scheduler": "scheduler.start", "mirror": "listening"}
TAKEN = {  # taken, given back, the words of the log
    "a right on a table": ("revoke insert, update on follows from ann", "grant all on follows to ann", "permission denied for table follows"),
    "a right on a sequence": ("revoke all on sequence changes_id_seq from ann", "grant all on sequence changes_id_seq to ann",
                              "permission denied for sequence changes_id_seq"),
    "a right on a function": ("revoke execute on function gitomatic_changes_begin from public", "grant execute on function "
                              "gitomatic_changes_begin to public", "permission denied for function gitomatic_changes_begin"),
    "a column": ("alter table follows rename first_seen_at to gone", "alter table follows rename gone to first_seen_at", "does not exist"),
    "an index that a statement needs": ("alter table stars drop constraint stars_pkey", "alter table stars add primary key (developer_github_id, "
                                        "repository_github_id)", "no unique or exclusion constraint"),
    "all new connections": ("alter role ann valid until '2000-01-01'", "alter role ann valid until 'infinity'", "password authentication failed"),
}


@pytest.fixture(scope="module")
def at_work(tmp_path_factory):
    with world_in(tmp_path_factory.mktemp("taken")) as world:
        pg = world.pg
        pg.psql("create role ann login password 'a-word-of-tests'; create database d owner postgres", "postgres")
        s = world(pg.url("d").replace("user=postgres", "user=ann") + "&password=a-word-of-tests", MIRROR_LISTEN="127.0.0.1:0", DISCOVERY_SCHEDULE="off",
                  HEARTBEAT_SCHEDULE="off", GITHUB_HYDRATION="rest")
        s.run("migrate", DATABASE_URL=pg.url("d"))
        pg.psql("grant all on all tables in schema public to ann; grant all on all sequences in schema public to ann", "d")
        (pathlib.Path(pg.data) / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        pg.psql("select pg_reload_conf()", "postgres")
        s.pg, s.sim = pg, world.sim
        s.at_work = {name: s.start(name) for name in PROCESSES}
        for name, process in s.at_work.items():
            until(lambda: DONE[name] in process.log(), f"{name} at work")
        s.api, s.mirror = address(s.at_work["api"]), address(s.at_work["mirror"])
        s.logins = iter(user["login"] for user in world.sim.truth()["users"])
        yield s


def crawl(s):
    login = next(s.logins)
    return int(s.run("task", "full_profile_sync", "--username", login, DATABASE_URL=s.pg.url("d")).stdout.split()[-1])


def is_done(s, task):
    sql = f"select count(*) from jobs where (id = {task} or task_id = {task}) and state <> 'completed'"
    until(lambda: s.pg.psql(sql, "d") == [["0"]], "the whole task", 3 * PATIENCE_S)


@pytest.mark.parametrize("what", TAKEN)
def test_what_was_taken_is_logged_and_work_continues(at_work, what):
    s, (take, give, words) = at_work, TAKEN[what]
    is_done(s, crawl(s))
    before = len(s.at_work["crawler"].log())
    s.pg.psql(take, "d")
    try:
        if what == "all new connections":
            s.pg.psql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ann'", "postgres")
        task = crawl(s)
        until(lambda: words in s.at_work["crawler"].log()[before:], "the reason in the log", 2 * PATIENCE_S)
        assert get(s.api, "/health/") == get(s.mirror, "/users/" + s.sim.truth()["users"][0]["login"]) == 200
    finally:
        s.pg.psql(give, "d")
    is_done(s, task)
    until(lambda: get(s.api, "/health/ready") == get(s.mirror, "/readyz") == get(s.api, "/github/developers/") == 200, "readiness", 2 * PATIENCE_S)
    assert all(process.running for process in s.at_work.values())


def test_dumps_during_a_crawl(at_work, tmp_path):
    """Each is whole: what one table says, the others do too. Restored, the crawl goes on to its end."""
    s, pg = at_work, at_work.pg
    tasks = [crawl(s) for _ in range(6)]
    for n in range(3):
        done = subprocess.run([f"{pg.bin}/pg_dump", "-Fc", "-f", str(tmp_path / f"dump{n}"), pg.url("d")], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    for task in tasks:
        is_done(s, task)
    for n in range(3):
        pg.psql(f"create database back{n}", "postgres")
        done = subprocess.run([f"{pg.bin}/pg_restore", "-d", pg.url(f"back{n}"), str(tmp_path / f"dump{n}")], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert pg.psql("select (select coalesce(sum(n), 0) from changes where type = 'follow.new') - (select coalesce(sum(n), 0) from changes where "
                       "type = 'follow.closed') = (select count(*) from follows)", f"back{n}") == [["t"]]
    there = s.start("crawler", DATABASE_URL=pg.url("back0"))
    other = s.start("scheduler", DATABASE_URL=pg.url("back0"))
    open_jobs = "select count(*) from jobs where state in ('available', 'running', 'scheduled') and kind <> 'heart_beat_task'"
    until(lambda: pg.psql(open_jobs, "back0") == [["0"]], "the end of the crawl", 4 * PATIENCE_S)
    assert pg.psql("select count(*) from jobs where state = 'failed'", "back0") == [["0"]]
    assert there.stop() == 0 == other.stop()
