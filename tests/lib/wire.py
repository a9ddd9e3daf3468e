"""A wire to PostgreSQL, from TCP to a server's unix socket, on which a test disturbs what passes."""
import socket
import struct
import threading

KEPT = 256  # of what passed before, to find a mark that arrives in two pieces


class Wire:
    """Passes everything. Subclasses say what does not."""

    def __init__(self, folder):
        self.path = f"{folder}/.s.PGSQL.5432"
        self.open, self.cuts_done, self.guard = [], 0, threading.Lock()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database, options="", user="postgres"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable{options}"

    def lets_in(self, client):
        """Whether a new connection reaches the server; else it is closed."""
        return True

    def lets_through(self, data, before, from_client):
        """Whether it is sent on; else the connection ends. `before`: the end of what passed before it."""
        return True

    def lets_end(self):
        """Returns when the other side may learn that a connection has ended."""

    def cut(self):
        """Ends what is open, and what was let in before and is just being connected."""
        with self.guard:
            self.cuts_done += 1
            ending, self.open = self.open, []
        for ends in ending:
            self._end(ends)

    def _accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        upstream, cuts_before = socket.socket(socket.AF_UNIX), self.cuts_done
        try:
            if not self.lets_in(client):
                raise OSError
            upstream.connect(self.path)
        except OSError:
            client.close()
            upstream.close()
            return
        ends = (client, upstream)
        with self.guard:
            is_cut = self.cuts_done != cuts_before
            if not is_cut:
                self.open.append(ends)
        if is_cut:
            client.close()
            upstream.close()
            return
        threading.Thread(target=self._pump, args=(client, upstream, ends), daemon=True).start()
        threading.Thread(target=self._pump, args=(upstream, client, ends), daemon=True).start()

    def _pump(self, source, target, ends):
        before = b""
        try:
            while data := source.recv(1 << 20):
                if not self.lets_through(data, before, source is ends[0]):
                    break
                before = (before + data)[-KEPT:]
                target.sendall(data)
        except OSError:
            pass
        self.lets_end()
        self._end(ends)

    @staticmethod
    def _end(ends):
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.server.close()


class Cutter(Wire):
    """Ends a connection in front of a message of the client's: where cut(data) is true. New ones are let in."""

    def __init__(self, folder, cut):
        self.cuts = cut
        super().__init__(folder)

    def lets_through(self, data, before, from_client):
        return not (from_client and self.cuts(data))


class RefusingWire(Wire):
    """Once told to, ends all connections and refuses new ones as a server does: FATAL, with an SQLSTATE, at the login."""

    refusal = None

    def refuse(self, sqlstate, text, severity="FATAL", encoding="utf-8"):
        fields = b"".join(key + value.encode(encoding) + b"\0" for key, value in
                          ((b"S", severity), (b"V", "FATAL"), (b"C", sqlstate), (b"M", text))) + b"\0"
        self.refusal = b"E" + struct.pack("!i", len(fields) + 4) + fields
        self.cut()

    def let_in(self):
        self.refusal = None

    def lets_in(self, client):
        refusal = self.refusal  # it may be taken back meanwhile
        if refusal and client.recv(1 << 16):
            client.sendall(refusal)
        return not refusal


class HeldWire(Wire):
    """Goes silent, as with a stopped server or dropped packets: nothing more arrives on either side, and neither notices.

    From the first message of a client's on that `marks` is in: that message does not pass, or its answer if `answered`. All
    connections are silent then, and new ones are taken in and hear nothing, until let_go(). Nothing is looked for until arm()."""

    def __init__(self, folder, marks, answered=False):
        self.marks, self.answered = marks, answered
        self.armed, self.flows, self.held = threading.Event(), threading.Event(), threading.Event()
        self.flows.set()
        self.lock = threading.Lock()
        super().__init__(folder)

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

    def lets_in(self, client):
        self.flows.wait()
        return True

    def lets_through(self, data, before, from_client):
        found = from_client and self._is_the_one(before[-(len(self.marks) - 1):] + data)
        if not (found and self.answered):
            self.flows.wait()
        return True

    def lets_end(self):
        self.flows.wait()

    def close(self):
        super().close()
        self.let_go()
