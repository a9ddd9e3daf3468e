"""A server that sends a test's answers, valid or not, and records the requests."""
import collections
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # of connections: with five, a burst has some that are tried again a second later


class FakeGitHub:
    """answers: path (with query) → an answer or a list of answers for one request after another (the last one stays).
    An answer: bytes or anything JSON can hold, or (status, headers, that); status 0: the connection is cut; or a function of the
    request's JSON that returns one of these. A Content-Length that is given is sent as it is, and the connection ends with the
    body."""

    def __init__(self):
        self.answers, self.seen, self.lock = {}, [], threading.Lock()
        self.count = collections.Counter()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                sent = {"body": self.rfile.read(length)} if length else {}
                status, headers, body = fake.answer(self.command, self.path, {**self.headers, **sent})
                if not status:
                    self.close_connection = True
                    return
                self.send_response_only(status)
                if "Date" not in headers:
                    self.send_header("Date", self.date_time_string())
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" in headers:
                    self.close_connection = True
                else:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, method, path, headers):
        with self.lock:
            self.seen.append((method, path, headers))
            given = self.answers.get(path)
            if isinstance(given, Several):
                n = self.count[path]
                self.count[path] += 1
                given = given.answers[min(n, len(given.answers) - 1)]
        if callable(given):
            given = given(json.loads(headers.get("body", "null")))
        if given is None:
            given = (404, {}, {"message": "Not Found", "status": "404"})
        if not isinstance(given, tuple):
            given = (200, {}, given)
        status, more, body = given
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return status, {"Content-Type": "application/json; charset=utf-8", **more}, body

    def asked(self):
        return [path for _, path, _ in self.seen]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


class Several:
    """One answer after another; the last one stays."""

    def __init__(self, *answers):
        self.answers = answers


def user(github_id, login, **more):
    return {"id": github_id, "login": login, "node_id": f"U_{github_id}", "type": "User", "site_admin": False,
            "avatar_url": "https://avatars.example/u", **more}


def profile(github_id, login, **more):
    return user(github_id, login, **{
        "name": None, "company": None, "blog": "", "location": None, "email": None, "hireable": None, "bio": None,
        "twitter_username": None, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2011-01-25T18:44:36Z", "updated_at": "2020-01-25T18:44:36Z", **more})


def repository(github_id, owner, name, **more):
    return {"id": github_id, "node_id": f"R_{github_id}", "name": name, "full_name": f"{owner['login']}/{name}",
            "owner": owner, "private": False, "fork": False, "description": None, "homepage": None, "language": None,
            "has_issues": True, "has_projects": True, "has_downloads": True, "has_wiki": True, "has_pages": False,
            "archived": False, "disabled": False, "size": 1, "stargazers_count": 0, "watchers_count": 0,
            "forks_count": 0, "open_issues_count": 0, "default_branch": "main", "topics": [], "license": None,
            "created_at": "2011-01-25T18:44:36Z", "updated_at": "2020-01-25T18:44:36Z",
            "pushed_at": "2020-01-25T18:44:36Z", **more}
