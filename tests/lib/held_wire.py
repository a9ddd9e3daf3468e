"""A wire to PostgreSQL that goes silent at a moment the test chooses, as with a stopped server or dropped packets: nothing more
arrives on either side, and nobody is told."""
import socket
import threading


class HeldWire:
    """From the first message of a client's on that `marks` is in, nothing passes: that message, or its answer if `answered`.

    All connections are silent then, and new ones are taken in and hear nothing, until let_go(). Nothing is looked for until arm()."""

    def __init__(self, folder, marks, answered=False):
        self.path, self.marks, self.answered = f"{folder}/.s.PGSQL.5432", marks, answered
        self.armed, self.flows, self.held = threading.Event(), threading.Event(), threading.Event()
        self.flows.set()
        self.lock = threading.Lock()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database, options=""):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable{options}"

    def arm(self):
        self.armed.set()

    def hold(self):
        """At once, whatever is sent."""
        with self.lock:
            self.flows.clear()
            self.held.set()

    def let_go(self):
        """What was kept arrives, late."""
        with self.lock:
            self.armed.clear()
            self.flows.set()

    def _is_the_one(self, data):
        with self.lock:
            if not self.armed.is_set() or self.held.is_set() or self.marks not in data:
                return False
            self.flows.clear()
            self.held.set()
            return True

    def _accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        self.flows.wait()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.path)
        except OSError:
            client.close()
            return
        ends = (client, server)
        threading.Thread(target=self._pump, args=(client, server, ends, True), daemon=True).start()
        threading.Thread(target=self._pump, args=(server, client, ends, False), daemon=True).start()

    def _pump(self, source, target, ends, from_client):
        tail = b""
        try:
            while data := source.recv(1 << 20):
                found = from_client and self._is_the_one(tail + data)
                tail = (tail + data)[-(len(self.marks) - 1):]
                if not (found and self.answered):
                    self.flows.wait()
                target.sendall(data)
        except OSError:
            pass
        self.flows.wait()  # nor is the end of a connection told
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.server.close()
        self.let_go()
