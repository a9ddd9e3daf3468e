"""A wire to PostgreSQL that is cut at a moment the test chooses: in front of a message of the client's."""
import socket
import threading


class Cutter:
    """cut(data): called with what a client is about to send; True ends that connection instead. New ones are let in."""

    def __init__(self, folder, cut):
        self.path, self.cut = f"{folder}/.s.PGSQL.5432", cut
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable"

    def _accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(self.path)
            ends = (client, upstream)
            threading.Thread(target=self._pump, args=(*ends, ends, self.cut), daemon=True).start()
            threading.Thread(target=self._pump, args=(upstream, client, ends, None), daemon=True).start()

    @staticmethod
    def _pump(source, target, ends, cut):
        try:
            while data := source.recv(1 << 20):
                if cut and cut(data):
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.server.close()
