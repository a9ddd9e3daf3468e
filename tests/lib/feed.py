"""A consumer of GET /github/changes/ that builds a model of the changes, and the same model from the tables."""
import datetime

PATH = "/github/changes/"
EDGE = {"follow": ("developer_github_id", "followed_github_id"), "star": ("developer_github_id", "repository_github_id")}
RECORD = {"developer": "developer_github_id", "repository": "repository_github_id"}


class Consumer:
    """Follows the cursor and keeps a model of what it was told. An edge or record told of twice is an error."""

    def __init__(self, server, query=""):
        self.server, self.cursor, self.query = server, None, query
        self.items = []
        self.model = {"developer": set(), "repository": set(), "follow": set(), "star": {}}

    def poll(self, page_size=1000):
        """One page. Whether there is more."""
        since = f"since={self.cursor}&" if self.cursor else ""
        answer = self.server.get(f"{PATH}?{since}page_size={page_size}{self.query}")
        assert answer.status == 200, answer.text
        page = answer.json()
        assert len(page["results"]) <= page_size
        if not page["results"] and self.cursor:
            assert page["cursor"] == self.cursor
        self.cursor = page["cursor"]
        for item in page["results"]:
            self.apply(item)
        return page["more"]

    def catch_up(self, page_size=1000):
        while self.poll(page_size):
            pass
        return self

    def apply(self, item):
        self.items.append(item)
        kind, event = item["type"].split(".")
        if kind in RECORD:
            key, known = int(item[RECORD[kind]]), self.model[kind]
        else:
            key, known = tuple(int(item[k]) for k in EDGE[kind]), self.model[kind]
        if event in ("new", "restored"):
            assert key not in known, f"told twice: {item}"
        else:
            assert key in known, f"not told of before: {item}"
        if event in ("gone", "closed"):
            known.discard(key) if isinstance(known, set) else known.pop(key)
        elif kind == "star":
            known[key] = item["starred_at"]
        else:
            known.add(key)


def seconds(at):
    return None if at is None else at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def tables(cursor):
    """The same as a consumer's model, from the tables."""
    def rows(sql):
        cursor.execute(sql)
        return cursor.fetchall()
    return {"developer": {i for i, in rows("select github_id from developers where gone_at is null")},
            "repository": {i for i, in rows("select github_id from repositories where gone_at is null")},
            "follow": set(rows("select follower_github_id, followed_github_id from follows")),
            "star": {(a, b): seconds(at) for a, b, at in rows("select developer_github_id, repository_github_id, "
                                                             "starred_at from stars")}}
