"""The crawler and the mirror share pages: what one fetched just now is a hit for the other. They also share what GitHub allows one account."""
import concurrent.futures
import threading

from crawl import fill_up


def test_pages_of_the_crawler_are_hits(lab):
    sim = lab.github("--users", 60, "--token", "a=ada")
    stack = lab.stack(sim.url, GITHUB_TOKEN="a")
    mirror = lab.mirror(sim, stack, MIRROR_CREDENTIALS="pool")  # pages are kept for it while it runs
    crawler = stack.crawler()
    stack.task("full_profile_sync", "ada")
    stack.wait_idle(60)
    assert crawler.stop() == 0
    fetched = [t["path"] for t in sim.trace() if t["method"] == "GET" and t["status"] == 200 and "/followers" in t["path"]]
    assert fetched
    charged = sim.charged()
    accept = "application/vnd.github+json"
    for path in fetched:
        got = mirror.get(path, headers={"Accept": accept, "X-GitHub-Api-Version": "2022-11-28"})
        assert got.status == 200 and got.label == "ONLINE_HIT", (path, got)
    assert sim.charged() == charged


def test_pages_with_a_forgotten_developer_are_not_shared(lab):
    sim = lab.github("--users", 60, "--token", "a=ada")
    stack = lab.stack(sim.url, GITHUB_TOKEN="a")
    lab.mirror(sim, stack, MIRROR_CREDENTIALS="pool")
    follower = lab.mirror(sim).get("/users/ada/followers?per_page=1").json()[0]
    stack.run("forget", "--id", str(follower["id"]))
    crawler = stack.crawler()
    stack.task("full_profile_sync", "ada")
    stack.wait_idle(60)
    assert crawler.stop() == 0
    shared = [url for url, in stack.rows("select url from mirror_pages")]
    assert any("/users/ada/repos" in url for url in shared), shared
    assert not any("/users/ada/followers" in url for url in shared), shared


def test_the_crawler_through_the_mirror(lab):
    """A crawler whose GITHUB_API_URL is the mirror gets the same graph; the second one spends nothing."""
    sim = lab.github("--users", 40, "--token", "a=ada")
    mirror = lab.mirror(sim)
    counts = []
    charged = []
    for _ in range(2):
        stack = lab.stack(mirror.url, GITHUB_TOKEN="a", GITHUB_HYDRATION="rest")
        crawler = stack.crawler()
        before = sim.charged()
        stack.task("full_profile_sync", "ada")
        stack.wait_idle(60)
        stack.check_queue()
        assert crawler.stop() == 0
        charged.append(sim.charged() - before)
        counts.append([stack.one(f"select count(*) from {t}") for t in ("follows", "stars", "developers", "repositories")])
    assert counts[0] == counts[1] and counts[0][0] > 0
    assert charged[0] > 20 and charged[1] <= charged[0] / 20, charged


def test_crawler_and_pool_together_respect_the_limit_of_requests_in_flight(lab):
    """A crawler that would take all there is, and a mirror that lends the same token to a hundred clients at once."""
    sim = lab.github("--users", 2000, "--latency", 300, "--secondary-concurrency", 100, "--token", "a=ada", "--no-limits")
    stack = lab.stack(sim.url, GITHUB_TOKEN="a", GITHUB_HYDRATION="rest", CRAWLER_CONCURRENCY=100,
                      DISCOVERY_MODE="continuous")
    stack.crawler()
    stack.task("full_profile_sync", "ada")
    fill_up(stack, sim, 80)  # the crawler has nearly all
    mirror = lab.mirror(sim, stack, MIRROR_CREDENTIALS="pool")
    stop = threading.Event()

    def client(n):
        got, page = [], 0
        while not stop.is_set():
            page += 1
            got.append(mirror.get(f"/users/ada/followers?per_page=1&page={n * 1000 + page}").status)
        return got
    in_flight = "select coalesce((info ->> 'in_flight')::int, 0) from workers where kind = %s"
    with concurrent.futures.ThreadPoolExecutor(100) as clients:
        running = [clients.submit(client, n) for n in range(100)]
        try:
            stack.wait_until(lambda: stack.one(in_flight, "mirror") > 8, 60, "the mirror to have more than a newcomer")
            stack.wait_until(lambda: stack.one(in_flight, "crawler") <= 46, 60, "the crawler to make room")
            sim.config(latency=2000)  # a busy machine, too, begins as many in that time
            stack.wait_until(lambda: stack.one(in_flight, "mirror") >= 40, 60, "the mirror to have its half")
            stack.wait_until(lambda: stack.one(in_flight, "crawler") >= 30, 60, "the crawler to have the other")
            assert all(stack.one(in_flight, kind) <= 46 for kind in ("mirror", "crawler"))
        finally:
            stop.set()
        answers = [status for f in running for status in f.result(60)]
    stats = sim.stats()
    assert stats["secondary_refused"] == 0 and 80 < stats["max_in_flight"] <= 100, stats
    assert set(answers) == {200}
