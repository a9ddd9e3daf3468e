"""Requests to one server, again and again, and when which status came."""
import threading
import time

from database_world import get


class Traffic:
    def __init__(self, at, paths, headers={}):
        self.at, self.paths, self.headers, self.seen, self.done = at, paths, headers, [], threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.done.is_set():
            try:
                status = get(self.at, self.paths[len(self.seen) % len(self.paths)], timeout=30, headers=self.headers)
            except OSError as error:
                status = repr(error)
            self.seen.append((time.monotonic(), status))
            time.sleep(0.05)

    def stop(self):
        self.done.set()
        self.thread.join()

    def good_since(self, moment):
        return next((at for at, status in self.seen if at > moment and status == 200), None)

    def statuses(self):
        return {status for _, status in self.seen}
