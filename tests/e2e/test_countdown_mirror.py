"""A call of the mirror's process fails while it answers, then another, until a whole run meets none (tests/lib/countdown.py).

After each the process runs, or has ended by abort because memory was exhausted, and is started again. The answer is the right one
or a failure, never a wrong one; the next is right. At the end nothing has leaked, and a second mirror answers
from what is kept."""
import itertools
import json

from beside import side_by_side
from countdown import EVERY, KIND, PATIENCE_S, Process, is_failure


@side_by_side
@EVERY
@KIND
def test_mirror(sim, stack, kind, every):
    github = sim("synthetic", "--no-limits", "--users", 40)
    s = stack(github.url, GITHUB_STATUS_URL="http://127.0.0.1:9/components.json", MIRROR_LISTEN="127.0.0.1:0")
    mirror = Process(s, "mirror")
    pages = itertools.count(1)
    right = json.loads(github.session.get(f"{github.url}/users/ada/followers?per_page=5").content)

    def get(path, by=mirror, **headers):
        status, body = by.ask(path, Authorization="Bearer token-of-ada", User_Agent="test", **headers)
        here = f"http://127.0.0.1:{by.port}".encode()
        assert is_failure(status) or status == 200 and json.loads(body.replace(here, github.url.encode())) == right, \
            f"{path}: wrong answer {status} {body[:300]}"
        return status

    def run():
        """A page that is not stored, is stored, is revalidated, and is requested again."""
        mirror.path = f"/users/ada/followers?per_page=5&number={next(pages)}"
        said = [get(mirror.path), get(mirror.path), get(mirror.path, Cache_Control="no-cache")]
        s.wait_until(lambda: mirror.countdown.hit() or not mirror.process.running or is_kept(), PATIENCE_S, "the page in the database")
        return said

    def is_kept():
        return s.one("select count(*) from mirror_pages where right(url, length(%s)) = %s", mirror.path, mirror.path)
    mirror.countdown.arm(kind, 0)
    assert run() == [200] * 3
    fds = mirror.n_fds()
    # Ready: what it fetches while it takes the database to be away is not kept there.
    mirror.drive(kind, every, run, lambda: mirror.ask("/readyz")[0] == get(mirror.path) == get(mirror.path, Cache_Control="no-cache") == 200)
    mirror.finish(fds)
    other = Process(s, "mirror")  # knows what the database keeps, and nothing else
    for _, number in zip(range(20), range(1, next(pages))):
        assert get(f"/users/ada/followers?per_page=5&number={number}", other) == 200
    assert other.process.stop() == 0
