"""PostgreSQL runs and refuses connections: each process says why, without the password, and resumes by itself when that is fixed."""
import pytest
from database_world import address, get, until, world  # noqa: F401

PROCESSES = ("crawler", "scheduler", "api", "mirror")
PASSWORD = "the-first-password"


@pytest.fixture
def own(world):
    """A role with a password, and a database of its own."""
    pg = world.pg
    hba = f"{pg.data}/pg_hba.conf"
    text = open(hba).read()
    with open(hba, "w") as out:
        out.write("local all plain scram-sha-256\n" + text)
    pg.psql(f"select pg_reload_conf(); create role plain login password '{PASSWORD}'; create database own owner plain", "postgres")
    pg.psql("create extension pg_trgm", "own")
    world.s = world(f"postgresql://plain:{PASSWORD}@/own?host={pg.folder}", DISCOVERY_SCHEDULE="off")
    world.s.run("migrate")
    return world


def sql(own, text):
    own.pg.psql(text, "postgres")


def dropped(own):
    """All sessions: who wants to go on must connect."""
    own.s.connection.close()
    sql(own, "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('own', 'elsewhere')")


def renamed(own):
    sql(own, "alter database own allow_connections false")
    dropped(own)
    until(lambda: own.pg.psql("select count(*) from pg_stat_activity where datname = 'own'", "postgres") == [["0"]], "nobody")
    sql(own, "alter database own rename to elsewhere")


def back_again(own):
    sql(own, "alter database elsewhere rename to own")
    sql(own, "alter database own allow_connections true")


# What refuses, what ends it, and what the server says.
REFUSALS = {
    "password": (lambda o: sql(o, "alter role plain password 'another-one'"), lambda o: sql(o, f"alter role plain password '{PASSWORD}'"),
                 "password authentication failed"),
    "no more connections": (lambda o: sql(o, "alter role plain connection limit 0"), lambda o: sql(o, "alter role plain connection limit -1"),
                            "too many connections for role"),
    "no login": (lambda o: sql(o, "alter role plain nologin"), lambda o: sql(o, "alter role plain login"), "not permitted to log in"),
    "no such database": (renamed, back_again, "does not exist"),
    "closed database": (lambda o: sql(o, "alter database own allow_connections false"), lambda o: sql(o, "alter database own allow_connections true"),
                        "not currently accepting connections"),
}


@pytest.mark.parametrize("why", ["password", *(pytest.param(one, marks=pytest.mark.slow) for one in REFUSALS if one != "password")])
def test_a_refusal_is_reported_and_survived(own, why):
    refuse, admit, said = REFUSALS[why]
    s = own.s
    processes = {name: s.start(name, MIRROR_LISTEN="127.0.0.1:0") for name in PROCESSES}
    at, mirror_at = address(processes["api"]), address(processes["mirror"])
    users = [u["login"] for u in own.sim.truth()["users"]]
    s.task("full_profile_sync", users[0])
    s.wait_idle()
    refuse(own)
    dropped(own)
    until(lambda: get(at, "/github/developers/") == 503 == get(at, "/health/ready"), "503")
    assert get(mirror_at, f"/users/{users[1]}", headers={"Authorization": "Bearer of-a-client"}) == 200
    for name in ("crawler", "scheduler", "mirror"):
        until(lambda: said in processes[name].log(), f"{name} to say it")
    newcomer = s.start("scheduler")
    until(lambda: "database.wait" in newcomer.log() and said in newcomer.log(), "a newcomer to say it")
    admit(own)
    until(lambda: get(at, "/health/ready") == 200 == get(mirror_at, "/readyz"), "readiness")
    s.task("full_profile_sync", users[2])
    s.wait_idle()
    s.check_queue()
    until(lambda: s.one("select count(distinct kind) from workers where heartbeat_at > now() - interval '1 min'") == 3, "all processes")
    assert all(process.running for process in processes.values())
    logs = s.logs(10 ** 6)
    assert PASSWORD not in logs
    s.stop()
