from crawl import PLENTY
from lab import Lab
from mirror import Mirror
from recorder import Recorder


class MirrorLab(Lab):
    """Simulators, recording upstreams, and mirrors of them, each on a database of its own."""

    def __init__(self, cluster, folder):
        super().__init__(cluster, folder)
        self.recorders = []

    def github(self, *options):
        """A made-up world with more quota than a test spends."""
        return self.sim("synthetic", *PLENTY, *options)

    def recorder(self, answer):
        self.recorders.append(Recorder(answer))
        return self.recorders[-1]

    def mirror(self, upstream, stack=None, **env):
        """upstream: a simulator, a recorder or an address."""
        address = getattr(upstream, "url", upstream)
        if hasattr(upstream, "config"):
            env.setdefault("GITHUB_STATUS_URL", f"{address}/_sim/components.json")
        return Mirror(stack or self.stack(address), **env)

    def close(self):
        try:
            super().close()
        finally:
            for r in self.recorders:
                r.stop()
