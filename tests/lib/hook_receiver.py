"""A receiver of webhooks: checks signatures, fails on demand, records accepted deliveries."""
import hashlib
import hmac
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """fails: called with the number of the request; a status to answer with instead of 204, "cut" to end the connection, or None.
    host "": it listens on all addresses, IPv6's too. What was accepted is in `accepted`, each delivery as the body's JSON; all that came in `seen`."""

    def __init__(self, secret=None, fails=lambda n: None, host="127.0.0.1"):
        self.secret, self.fails, self.accepted, self.seen, self.bad = secret, fails, [], [], []
        self.addresses = []  # ours that requests came to
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    receiver.addresses.append(self.connection.getsockname()[0])
                    receiver.seen.append((dict(self.headers), body))
                    answer = receiver.fails(len(receiver.seen))
                    if receiver.secret:
                        want = "sha256=" + hmac.new(receiver.secret.encode(), body, hashlib.sha256).hexdigest()
                        if self.headers["X-Hub-Signature-256"] != want:
                            receiver.bad.append(self.headers["X-Hub-Signature-256"])
                    if answer is None:
                        receiver.accepted.append(json.loads(body))
                if answer == "cut":
                    self.close_connection = True
                    self.connection.close()
                    return
                headers = {}
                if isinstance(answer, tuple):
                    answer, headers = answer
                self.send_response(answer or 204)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET if host else socket.AF_INET6

            def handle_error(self, *_):
                pass
        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://{host or 'localhost'}:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def items(self):
        """Each item once, in the order in which they first came: after a crash deliveries may overlap."""
        with self.lock:
            return list({json.dumps(item): item for delivery in self.accepted for item in delivery["changes"]}.values())

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
