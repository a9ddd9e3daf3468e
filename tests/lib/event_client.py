"""A client of server-sent events: reads a stream in a thread, as browsers do, and can come back with the last event's id."""
import http.client
import json
import socket
import threading
import urllib.parse


class EventClient:
    """room: bytes of the receive buffer, so that the server notices a slow reader; after: called with the number of events so far."""

    def __init__(self, base, path, headers, last_id=None, room=None, after=lambda n: None):
        self.base, self.path, self.headers, self.room, self.after = base, path, headers, room, after
        self.events, self.pings, self.retry, self.last_id, self.status, self.ended = [], 0, None, last_id, None, False
        self.lock = threading.Lock()
        self.open()

    def open(self):
        at = urllib.parse.urlsplit(self.base)
        self.connection = http.client.HTTPConnection(at.hostname, at.port, timeout=90)
        if self.room:
            self.connection.sock = socket.socket()
            self.connection.sock.settimeout(90)
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.room)  # before it connects: it bounds the window
            self.connection.sock.connect((at.hostname, at.port))
        more = {"Last-Event-ID": self.last_id} if self.last_id else {}
        self.connection.request("GET", self.path, headers={"Accept": "text/event-stream", **self.headers, **more})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.ended = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        event = {}
        try:
            for line in self.response:
                line = line.decode().rstrip("\n")
                if line.startswith(":"):
                    self.pings += 1
                elif line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif "data" in event:
                    with self.lock:
                        self.last_id = event["id"]
                        self.events.append((event["id"], event["event"], json.loads(event["data"])))
                    event = {}
                    self.after(len(self.events))
                else:
                    self.retry, self.last_id = event.get("retry", self.retry), event.get("id", self.last_id)
                    event = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended = True

    def items(self):
        with self.lock:
            return [item for _, _, item in self.events]

    def close(self):
        if self.connection.sock:
            self.connection.sock.shutdown(2)
        self.connection.close()
        self.thread.join(10)
