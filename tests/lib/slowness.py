"""How slow this machine is just now: for bounds of the product's, which are meant for one that has time for it."""
import contextlib
import threading
import time


def slowness(cpu_s=0.05):
    """How many times longer than on a processor of its own a bit of work takes; 1 or more."""
    begun, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < cpu_s:
        pass
    return max(1.0, (time.monotonic() - begun) / cpu_s)


class Slowness:
    """The worst of it while a block runs: `with Slowness() as slow: …; assert took < 3 * slow.worst`."""

    def __init__(self, every_s=0.1, cpu_s=0.005):
        self.every_s, self.cpu_s, self.worst, self.over = every_s, cpu_s, 1.0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.over.wait(self.every_s):
            self.worst = max(self.worst, slowness(self.cpu_s))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.worst = max(self.worst, slowness())


@contextlib.contextmanager
def within(seconds, at_least=0):
    """The block takes no longer than that, on a machine that has time for it."""
    begun = time.monotonic()
    with Slowness() as slow:
        yield slow
    took = time.monotonic() - begun
    assert at_least <= took < seconds * slow.worst, (took, slow.worst)
