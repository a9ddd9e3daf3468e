"""A slow upstream delays only its own clients."""
import concurrent.futures
import statistics
import threading
import time


def test_health_and_hits_while_sixty_four_wait(lab):
    """Seconds upstream and 64 in flight: what needs no upstream is answered long before any of them. Compared within the run:
    a health check and a fresh hit of the middle against the quickest of those that wait."""
    sim = lab.github("--token", "a=ada")
    mirror = lab.mirror(sim, MIRROR_FRESH_SECONDS=3600)
    hot = mirror.get("/users/ada", "a")
    logins = [u["login"] for u in sim.truth()["users"]][:64]
    sim.config(latency=4000)
    arrived, waited, quick = threading.Barrier(65), [], []

    def slow(login):
        arrived.wait()
        begin = time.monotonic()
        got = mirror.get(f"/users/{login}/repos", "a")
        waited.append(time.monotonic() - begin)
        return got.status
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        calls = [pool.submit(slow, login) for login in logins]
        arrived.wait()
        while sim.stats()["in_flight"] < 64:
            assert not waited, f"not 64 at once: {sim.stats()}"
            time.sleep(0.01)
        for _ in range(20):
            for path in ("/healthz", "/users/ada"):
                begin = time.monotonic()
                got = mirror.get(path, "a" if path != "/healthz" else None)
                quick.append(time.monotonic() - begin)
                assert got.status == 200 and (path == "/healthz" or got.body == hot.body)
            if waited:
                break
        assert not waited, "they waited for the upstream"
        assert [c.result() for c in calls] == [200] * 64
    assert statistics.median(quick) < min(waited) / 2
    assert sim.stats()["max_in_flight"] >= 64


def test_a_drip_of_an_answer_is_passed_on_whole(lab):
    sim = lab.github("--token", "a=ada", "--drip", 500)
    mirror = lab.mirror(sim)
    direct = sim.session.get(sim.url + "/users/ada/repos?per_page=100", headers={"Authorization": "Bearer a"}, timeout=20).json()
    sim.config(faults=1, fault_kinds="drip")
    got = mirror.get("/users/ada/repos?per_page=100", "a")
    assert [r["id"] for r in got.json()] == [r["id"] for r in direct]


def test_a_client_that_reads_slowly_delays_no_other(lab):
    import socket
    sim = lab.github("--token", "a=ada", "--stream-assets", "on")
    mirror = lab.mirror(sim)
    repo = next(r for r in sim.truth()["repos"] if r["size"])
    sleepers = []
    for _ in range(20):
        s = socket.create_connection(("127.0.0.1", mirror.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(f"GET /repos/{repo['full_name']}/releases/assets/{repo['id']} HTTP/1.1\r\nHost: {mirror.host}\r\n"
                  "User-Agent: x\r\nAuthorization: Bearer a\r\nAccept: application/octet-stream\r\n\r\n".encode())
        sleepers.append(s)
    for _ in range(5):
        assert mirror.get("/users/ada", "a").status == 200 and mirror.get("/healthz").status == 200
    for s in sleepers:
        s.close()
    assert mirror.get("/users/ada", "a").label == "ONLINE_HIT"


def test_sigterm_lets_those_in_flight_have_their_answer(lab, together):
    sim = lab.github("--token", "a=ada", "--latency", 2000)
    mirror = lab.mirror(sim)
    codes = []

    def stop():
        mirror.stack.wait_until(lambda: sim.stats()["max_in_flight"] >= 4, 20, "all four in flight")
        codes.append(mirror.stop())
    got = together(stop, *[lambda n=n: mirror.get(f"/users/ada?n={n}", "a").status for n in range(4)])
    assert got[1:] == [200] * 4 and codes == [0]
