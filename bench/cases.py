"""What bench/latency asks: {case: paths}. A case is one way of asking, its paths are up to SOME different values of it, taken
from the database: frequent ones, rare ones, and such that nothing matches."""
import datetime
import json
from urllib.parse import quote

SOME = 40
TEXT, NUMBER, TIME, BOOL, LIST = "text", "number", "time", "bool", "list"
FIELDS = {
    "developers": {"login": TEXT, "name": TEXT, "location": TEXT, "company": TEXT, "email": TEXT, "bio": TEXT, "type": TEXT,
                   "followers_count": NUMBER, "following_count": NUMBER, "public_gists": NUMBER, "public_repos": NUMBER,
                   "created_at": TIME, "updated_at": TIME},
    "repositories": {"owner_github_id": NUMBER, "name": TEXT, "full_name": TEXT, "description": TEXT, "homepage": TEXT,
                     "language": TEXT, "license": TEXT, "topics": LIST, "has_downloads": BOOL, "has_issues": BOOL,
                     "has_pages": BOOL, "has_projects": BOOL, "has_wiki": BOOL, "private": BOOL, "archived": BOOL,
                     "disabled": BOOL, "fork": BOOL, "created_at": TIME, "updated_at": TIME, "stargazers_count": NUMBER,
                     "subscribers_count": NUMBER, "watchers_count": NUMBER, "open_issues_count": NUMBER},
}
ORDERINGS = {"developers": ["login", "name", "location", "company", "followers_count", "following_count", "public_gists",
                            "public_repos", "created_at", "updated_at"],
             "repositories": ["name", "full_name", "language", "created_at", "updated_at", "stargazers_count",
                              "subscribers_count", "watchers_count", "open_issues_count"]}
LISTED = "synced_at is not null and gone_at is null"
COMMON_WORDS = ["developer", "software", "web", "open", "data"]
MIDDLING_WORDS = ["tetris", "robotics", "haskell", "compiler", "kotlin"]


class Cases:
    """only: a case is worked out if this is in its name. groups: names of methods; all if empty."""

    def __init__(self, api, pg, database, only="", groups=()):
        self.api, self.pg, self.database, self.only, self.groups = api, pg, database, only, groups
        self.found = {}
        self.count = {name: self.api.json(f"/github/{name}/?page_size=1")["count"] for name in FIELDS}

    def sql(self, text):
        return [row[0] for row in self.pg.psql(text, self.database) if row and row[0] is not None]

    def add(self, case, paths):
        if self.only in case:
            self.found[case] = paths() if callable(paths) else paths

    def queries(self, case, name, parameter, values):
        self.add(case, [f"/github/{name}/?{parameter}={quote(str(v))}" for v in values])

    # ---- lists ----

    def pages(self):
        for name, count in self.count.items():
            at = f"/github/{name}/"
            last = count // 10
            self.add(f"{name}: first page", [at])
            self.add(f"{name}: first page of 100", [at + "?page_size=100"])
            self.add(f"{name}: first page without relations", [at + "?embed=none"])
            self.add(f"{name}: a page in the middle", [f"{at}?page={last * k // (2 * SOME) + last // 4}" for k in range(SOME)])
            self.add(f"{name}: last page", [at + "?page=last"])
            self.add(f"{name}: cursor pages", lambda at=at: self.walk(f"{at}?cursor="))
            self.add(f"{name}: cursor pages of a filter",
                     lambda at=at: self.walk(f"{at}?created_at__lte=2019-01-01T00:00:00Z&cursor="))

    def walk(self, path, n=SOME):
        """The addresses of n pages on from this one; none if there is no such list."""
        found = []
        while path and len(found) < n:
            status, _, body = self.api.get(path)
            if status != 200:
                return []
            found.append(path)
            after = json.loads(body).get("next")
            path = after and self.api.path(after)
        return found

    # ---- filters ----

    def sample(self, name):
        """About 20,000 records, the same ones each time."""
        return f"{name} tablesample system ({min(100, 2_000_000 / self.count[name])}) repeatable (1) where {LISTED}"

    def frequent(self, name, field, n=5):
        return self.sql(f"select {field} from {self.sample(name)} and {field} is not null group by 1 order by count(*) desc limit {n}")

    def rare(self, name, field):
        return self.sql(f"select {field} from {self.sample(name)} and {field} is not null "
                        f"group by 1 order by count(*), max(github_id) % 997 limit {SOME}")

    def text_filters(self, name, field):
        case = f"{name}: {field}"
        common, rare = self.frequent(name, field), self.rare(name, field)
        self.queries(f"{case} frequent", name, field, common)
        self.queries(f"{case} rare", name, field, rare)
        self.queries(f"{case} none", name, field, [f"no such {field} {i}" for i in range(SOME)])
        for lookup in ("lt", "lte", "gt", "gte"):
            self.queries(f"{case}__{lookup}", name, f"{field}__{lookup}", rare)
        self.queries(f"{case}__in", name, f"{field}__in", [",".join(v.replace(",", "") for v in common + rare[i:i + 3])
                                                           for i in range(0, SOME, 3)])
        for flag in ("true", "false"):
            self.queries(f"{case}__isnull={flag}", name, f"{field}__isnull", [flag])
        for lookup in ("contains", "icontains", "startswith"):
            self.queries(f"{case}__{lookup} a frequent part", name, f"{field}__{lookup}",
                         COMMON_WORDS if field in ("bio", "description") else [v[:4] for v in common])
            self.queries(f"{case}__{lookup} a rare part", name, f"{field}__{lookup}", [v[:12] for v in rare])
        for lookup in ("contains", "icontains"):
            self.queries(f"{case}__{lookup} two characters", name, f"{field}__{lookup}", ["de", "co", "zv", "qx"])
            self.queries(f"{case}__{lookup} none", name, f"{field}__{lookup}", [f"qqxj{i}zz" for i in range(SOME)])

    def number_filters(self, name, field):
        case = f"{name}: {field}"
        cuts = [self.sql(f"select percentile_disc({p}) within group (order by {field}) from {self.sample(name)}")[0]
                for p in (0.02, 0.5, 0.9, 0.999, 0.9999)]
        self.queries(f"{case} frequent", name, field, self.frequent(name, field, 3))
        self.queries(f"{case} rare", name, field, self.rare(name, field)[-SOME:])
        for lookup in ("lt", "lte", "gt", "gte"):
            self.queries(f"{case}__{lookup} many", name, f"{field}__{lookup}", [cuts[1], cuts[2] if "l" in lookup else cuts[0]])
            self.queries(f"{case}__{lookup} few", name, f"{field}__{lookup}", [cuts[0]] if "l" in lookup else cuts[3:])
        self.queries(f"{case}__in", name, f"{field}__in", [",".join(map(str, range(i, i + 5))) for i in range(SOME)])

    def time_filters(self, name, field):
        case = f"{name}: {field}"
        exact = self.sql(f"select to_char({field} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
                         f"from {self.sample(name)} order by hashint8(github_id) limit {SOME}")
        self.queries(case, name, field, exact)
        for lookup in ("lt", "lte", "gt", "gte"):
            self.queries(f"{case}__{lookup}", name, f"{field}__{lookup}", exact)

    def filters(self):
        for name, fields in FIELDS.items():
            for field, kind in fields.items():
                case = f"{name}: {field}"
                if kind == TEXT:
                    self.text_filters(name, field)
                elif kind == NUMBER and field == "owner_github_id":
                    self.queries(f"{case} with many", name, field, self.frequent(name, field, 10))
                    self.queries(f"{case} with few", name, field, self.rare(name, field))
                elif kind == NUMBER:
                    self.number_filters(name, field)
                elif kind == TIME:
                    self.time_filters(name, field)
                elif kind == BOOL:
                    for flag in ("true", "false"):
                        self.queries(f"{case}={flag}", name, field, [flag])
                else:
                    self.queries(f"{case} frequent", name, field, COMMON_WORDS)
                    self.queries(f"{case} middling", name, field, MIDDLING_WORDS)
        at = "/github/developers/?location="
        self.add("developers: three filters", [f"{at}{quote(v)}&followers_count__gte=3&name__isnull=false"
                                               for v in self.frequent("developers", "location", 10)])
        self.add("developers: a filter, page 100", [f"{at}{quote(v)}&page=100" for v in self.frequent("developers", "location", 1)])
        self.add("developers: a filter and an order", [f"{at}{quote(v)}&ordering=-followers_count"
                                                       for v in self.frequent("developers", "location", 10)])
        self.add("repositories: a filter and an order", [f"/github/repositories/?language={quote(v)}&ordering=-stargazers_count"
                                                         for v in self.frequent("repositories", "language", 10)])

    # ---- orders and search ----

    def orderings(self):
        for name, fields in ORDERINGS.items():
            for field in fields:
                for sign in ("", "-"):
                    at = f"/github/{name}/?ordering={sign}{field}"
                    self.add(f"{name}: ordering {sign}{field}", [at])
                    self.add(f"{name}: ordering {sign}{field}, cursor pages", lambda at=at: self.walk(f"{at}&cursor="))
            self.add(f"{name}: ordering, a page in the middle",
                     [f"/github/{name}/?ordering={ORDERINGS[name][0]}&page={self.count[name] // 20 + k}" for k in range(SOME)])

    def search(self):
        words = {"developers": self.rare("developers", "login"), "repositories": self.rare("repositories", "name")}
        for name in FIELDS:
            for kind, values in (("frequent", COMMON_WORDS), ("middling", MIDDLING_WORDS), ("rare", words[name]),
                                 ("two words", ["web developer", "open data", "tetris haskell", "compiler kotlin"]),
                                 ("nothing", [f"qqxj{i}zz" for i in range(SOME)]), ("two letters", ["de", "go", "zv"])):
                self.queries(f"{name}: search {kind}", name, "search", values)
            self.add(f"{name}: search and a filter", [f"/github/{name}/?search={w}&created_at__gte=2020-01-01" for w in COMMON_WORDS])

    # ---- records and what hangs on them ----

    def ids(self, name, order, n=SOME):
        return self.sql(f"select id from {name} where {LISTED} order by {order} limit {n}")

    def some_ids(self, name):
        return self.sql(f"select id from {self.sample(name)} order by hashint8(github_id) limit {SOME}")

    def records(self):
        for name, hub in (("developers", "followers_count"), ("repositories", "stargazers_count")):
            self.add(f"{name}: a record", [f"/github/{name}/{i}/" for i in self.some_ids(name)])
            self.add(f"{name}: a record with the most edges", [f"/github/{name}/{i}/" for i in self.ids(name, f"{hub} desc", 10)])
        self.add("developers: by login", [f"/github/developers/by-login/{login}/" for login in self.rare("developers", "login")])
        self.add("repositories: by name", [f"/github/repositories/by-name/{n}/" for n in self.rare("repositories", "full_name")])
        for name, relation, hub in (
                ("developers", "followers", "followers_count"), ("developers", "following", "following_count"),
                ("developers", "starred_repositories", "following_count"), ("developers", "repositories", "public_repos"),
                ("repositories", "stargazers", "stargazers_count")):
            hubs, some = self.ids(name, f"{hub} desc", 3), self.some_ids(name)
            self.add(f"{relation} of some {name}", [f"/github/{name}/{i}/{relation}/" for i in some])
            self.add(f"{relation} of the largest", [f"/github/{name}/{i}/{relation}/" for i in hubs])
            self.add(f"{relation} of the largest, page 50", [f"/github/{name}/{i}/{relation}/?page=50" for i in hubs[:1]])
            self.add(f"{relation} of the largest, cursor pages",
                     lambda at=f"/github/{name}/{hubs[0]}/{relation}/?cursor=": self.walk(at))
            self.add(f"{relation} of the largest, in the past",
                     [f"/github/{name}/{i}/{relation}/?as_of={datetime.date.today() - datetime.timedelta(days=30)}" for i in hubs])

    def feeds(self):
        self.add("stats", ["/github/stats/"])
        self.add("rate_limit", ["/github/rate_limit/", "/github/rate_limit/1/"])
        self.add("tasks", ["/github/tasks/"])
        self.add("changes from the beginning", lambda: self.walk("/github/changes/", 20))
        jobs = self.sql(f"select id from jobs order by hashint8(id) limit {SOME}")
        subjects = self.sql(f"select subject from jobs order by hashint8(id) limit {SOME}")
        self.add("jobs: first page", ["/github/jobs/"])
        self.add("jobs: state", [f"/github/jobs/?state={s}" for s in ("completed", "failed", "available", "scheduled", "running")])
        self.add("jobs: kind", [f"/github/jobs/?kind={k}" for k in ("full_profile_sync", "hydrate_records", "heart_beat_task")])
        self.add("jobs: subject", [f"/github/jobs/?subject={s}" for s in subjects])
        self.add("jobs: one", [f"/github/jobs/{i}/" for i in jobs])

    # ---- charts ----

    def charts(self):
        """Histories and pictures of those with six years of star days, and of some; figures of lists; neighbourhoods of developers."""
        stars, some = self.ids("repositories", "stargazers_count desc nulls last"), self.some_ids("repositories")
        people, names = self.some_ids("developers"), self.rare("repositories", "full_name")
        at = "/github/repositories/"
        self.add("history of the most starred, 90 days",
                 [f"{at}{i}/history/?from={datetime.date.today() - datetime.timedelta(days=90)}" for i in stars])
        self.add("history of the most starred, six years by day", [f"{at}{i}/history/" for i in stars])
        self.add("history of the most starred, six years by week", [f"{at}{i}/history/?interval=week" for i in stars])
        self.add("history of some", [f"{at}{i}/history/?interval=week" for i in some])
        self.add("history of some developers", [f"/github/developers/{i}/history/?interval=week" for i in people])
        self.add("svg of the most starred", [f"{at}{i}/history.svg" for i in stars])
        self.add("svg of some", [f"{at}{i}/history.svg?interval=week" for i in some])
        self.add("stars of two beside each other", [f"/github/charts/stars.svg?repo={a},{b}" for a, b in zip(names, names[1:])])
        for name, fields in (("developers", ("type", "location", "company")), ("repositories", ("language", "license", "topics", "owner"))):
            for field in fields:
                self.add(f"facets: {field}", [f"/github/{name}/facets/?field={field}"])
        rare = self.rare("developers", "location")
        self.add("facets: company of a rare location", [f"/github/developers/facets/?field=company&location={quote(v)}" for v in rare])
        self.add("facets: company of a frequent location",
                 [f"/github/developers/facets/?field=company&location={quote(v)}" for v in self.frequent("developers", "location")])
        self.add("facets: topics of a frequent language",
                 [f"/github/repositories/facets/?field=topics&language={quote(v)}" for v in self.frequent("repositories", "language")])
        self.add("network of one step", [f"/github/developers/{i}/network/" for i in people])
        self.add("network of two steps", [f"/github/developers/{i}/network/?depth=2" for i in people])
        self.add("page: dashboard", ["/\tpage"])
        self.add("page: some developers", [f"/github/developers/{i}/\tpage" for i in people])
        self.add("page: most followed developers", [f"/github/developers/{i}/\tpage" for i in self.ids("developers", "followers_count desc nulls last", 10)])
        self.add("page: some repositories", [f"{at}{i}/\tpage" for i in some])
        self.add("page: most starred repositories", [f"{at}{i}/\tpage" for i in stars])
        self.add("page: a list of developers", ["/github/developers/\tpage"])
        self.add("page: search", [f"/search/?q={quote(w)}\tpage" for w in COMMON_WORDS])
        self.add("quota history, a day", [f"/github/quota/history/?from={datetime.date.today()}"])

    def all(self):
        for group in (self.pages, self.filters, self.orderings, self.search, self.records, self.feeds, self.charts):
            if not self.groups or group.__name__ in self.groups:
                group()
        return self.found
