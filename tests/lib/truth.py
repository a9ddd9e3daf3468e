"""Holds a database against the simulator's truth: records field by field, edges as exact sets.

A record is compared with the REST detail GitHub would show. Allowed to be null only what GraphQL has no counterpart for:
an organisation's company, followers, following and public_gists when it was hydrated by GraphQL alone.
"""
import datetime

DEVELOPER = {"login": "login", "type": "type", "name": "name", "location": "location", "bio": "bio",
             "company": "company", "email": "email", "followers_count": "followers", "following_count": "following",
             "public_gists": "public_gists", "public_repos": "public_repos", "created_at": "created_at",
             "updated_at": "updated_at", "node_id": "node_id"}
REPOSITORY = {c: c for c in (
    "name", "full_name", "description", "homepage", "language", "has_downloads", "has_issues", "has_pages",
    "has_projects", "has_wiki", "private", "archived", "disabled", "stargazers_count", "subscribers_count",
    "watchers_count", "open_issues_count", "created_at", "updated_at", "node_id")}
NOT_IN_GRAPHQL = {"company", "followers_count", "following_count", "public_gists"}


def moment(text):
    return None if text is None else datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Expected:
    """What a crawl should have: ids of developers and repositories, edges as sets, starred_at by edge."""

    def __init__(self, developers, repositories, follows, stars):
        self.developers, self.repositories, self.follows, self.stars = developers, repositories, follows, stars


class Truth:
    def __init__(self, answer):
        self.users = {u["id"]: u for u in answer["users"]}
        self.repos = {r["id"]: r for r in answer["repos"]}
        self.follows = {tuple(e) for e in answer["follows"]}
        self.stars = {(u, r): moment(at) for u, r, at in answer["stars"]}
        self.gone = answer["gone"]
        self.ids = {u["login"].lower(): i for i, u in self.users.items()}

    def _owned(self, developers):
        return {i for i, r in self.repos.items() if r["owner"]["id"] in developers}

    def profile(self, *logins):
        """What full_profile_syncs of these bring where stargazers are not shown."""
        walked = {self.ids[login.lower()] for login in logins}
        follows = {e for e in self.follows if walked & set(e)}
        stars = {e: at for e, at in self.stars.items() if e[0] in walked}
        repositories = self._owned(walked) | {r for _, r in stars}
        developers = walked | {i for e in follows for i in e} | {self.repos[r]["owner"]["id"] for r in repositories}
        return Expected(developers, repositories, follows, stars)

    def closure(self, login, stargazers=()):
        """What repeated discovery reaches from one seed, every developer walked. stargazers: full names of the
        repositories whose stargazers were shown."""
        shown = {i for i, r in self.repos.items() if r["full_name"] in stargazers}
        near, todo = {}, [self.ids[login.lower()]]
        for a, b in self.follows:
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        for u, r in self.stars:
            owner = self.repos[r]["owner"]["id"]
            near.setdefault(u, set()).add(owner)
            if r in shown:
                near.setdefault(owner, set()).add(u)
        developers = set(todo)
        while todo:
            for other in near.get(todo.pop(), ()):
                if other not in developers:
                    developers.add(other)
                    todo.append(other)
        stars = {e: at for e, at in self.stars.items() if e[0] in developers}
        return Expected(developers, self._owned(developers) | {r for _, r in stars},
                        {e for e in self.follows if e[0] in developers}, stars)


class Report:
    def __init__(self):
        self.lines = []

    def add(self, text):
        self.lines.append(text)

    def sets(self, what, have, want):
        for sign, some in (("too much", have - want), ("missing", want - have)):
            if some:
                self.add(f"{what}: {len(some)} {sign}: {sorted(some)[:5]}")

    def check(self):
        assert not self.lines, "the database is not the truth:\n" + "\n".join(self.lines[:40])


def _rows(stack, table, columns):
    names = ["github_id", *columns, "synced_at", "gone_at", "data_source"]
    if table == "repositories":
        names.append("owner_github_id")
    return {row[0]: dict(zip(names, row)) for row in stack.rows(f"select {', '.join(names)} from {table}")}


def _value(column, value):
    return moment(value) if column.endswith("_at") else value


def compare_developer(report, row, user, anonymous):
    for column, key in DEVELOPER.items():
        want = _value(column, user.get(key))
        if column == "email" and anonymous:
            want = None
        if (row[column] is None and column in NOT_IN_GRAPHQL and user["type"] == "Organization" and not anonymous
                and key not in (row["data_source"] or {})):
            continue
        if row[column] != want:
            report.add(f"developer {user['login']} ({user['id']}).{column}: {row[column]!r}, truth {want!r}")


def compare_repository(report, row, repo):
    for column, key in REPOSITORY.items():
        want = _value(column, repo.get(key))
        if row[column] != want:
            report.add(f"repository {repo['full_name']} ({repo['id']}).{column}: {row[column]!r}, truth {want!r}")
    if row["owner_github_id"] != repo["owner"]["id"]:
        report.add(f"repository {repo['full_name']}: owner {row['owner_github_id']}, truth {repo['owner']['id']}")


def invariants(stack, report):
    """What holds in any database, whatever was crawled."""
    for what, sql in {
        "two rows that are there share a login":
            "select lower(login) from developers where gone_at is null group by 1 having count(*) > 1",
        "two rows that are there share a full name":
            "select lower(full_name) from repositories where gone_at is null group by 1 having count(*) > 1",
        "a follow without a row, or of somebody gone":
            "select f.* from follows f left join developers a on a.github_id = follower_github_id left join developers "
            "b on b.github_id = followed_github_id where a.github_id is null or b.github_id is null "
            "or a.gone_at is not null or b.gone_at is not null",
        "a star without a row, or of something gone":
            "select s.developer_github_id, s.repository_github_id from stars s left join developers d on d.github_id "
            "= developer_github_id left join repositories r on r.github_id = repository_github_id where d.github_id is "
            "null or r.github_id is null or d.gone_at is not null or r.gone_at is not null",
        "a repository whose owner has no row":
            "select r.github_id from repositories r left join developers d on d.github_id = owner_github_id "
            "where r.gone_at is null and d.github_id is null",
        "gone without a reason": "select login from developers where gone_at is not null and gone_reason is null",
    }.items():
        rows = stack.rows(sql)
        if rows:
            report.add(f"{what}: {rows[:5]}")


def compare(stack, truth, expected, anonymous=False):
    """expected: an Expected. Every developer and repository in it must be synced and right; nothing else may be there."""
    report = Report()
    developers = _rows(stack, "developers", DEVELOPER)
    repositories = _rows(stack, "repositories", REPOSITORY)
    alive = {i for i, r in developers.items() if r["gone_at"] is None}
    report.sets("developers", alive, expected.developers)
    report.sets("repositories", {i for i, r in repositories.items() if r["gone_at"] is None}, expected.repositories)
    report.sets("synced developers", {i for i in alive if developers[i]["synced_at"]}, expected.developers)
    report.sets("follows", set(stack.rows("select follower_github_id, followed_github_id from follows")),
                expected.follows)
    stars = {(u, r): at for u, r, at in
             stack.rows("select developer_github_id, repository_github_id, starred_at from stars")}
    report.sets("stars", set(stars), set(expected.stars))
    wrong = [(e, str(stars[e]), str(at)) for e, at in expected.stars.items() if e in stars and stars[e] != at]
    if wrong:
        report.add(f"starred_at: {len(wrong)} wrong: {wrong[:5]}")
    for i in sorted(expected.developers & set(developers)):
        compare_developer(report, developers[i], truth.users[i], anonymous)
    for i in sorted(expected.repositories & set(repositories)):
        if not repositories[i]["synced_at"]:
            report.add(f"repository {truth.repos[i]['full_name']} is not synced")
        compare_repository(report, repositories[i], truth.repos[i])
    invariants(stack, report)
    report.check()
