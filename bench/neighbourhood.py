"""Developers of a world and the records that their lists name, as files that the simulator reads: GitHub's side of a profile sync.

Known developers have exactly the edges that the world has, some of them to stubs; times of stars are the simulator's. New ones are
made up, and their lists name full records of the world.
"""
import gzip
import json
import pathlib
import random

LEAST, MOST = 5, 100  # edges of each of the three kinds: a page of 100 each
NEW = 67  # about as many for new ones: 200 in all
KNOWN = f"""
select github_id, login, followers_count + following_count + starred as edges from developers,
       lateral (select count(*) as starred from (select from stars where developer_github_id = github_id limit {MOST + 1}) s) counted
 where synced_at is not null and gone_at is null and type = 'User' and followers_count between {LEAST} and {MOST}
   and following_count between {LEAST} and {MOST} and starred between {LEAST} and {MOST} and public_repos < 30
 order by abs(followers_count + following_count + starred - {3 * NEW}) / {NEW}, hashint8extended(github_id, %s) limit %s"""
FOLLOWS = """
select f.github_id, f.login, t.github_id, t.login
  from (select * from follows where follower_github_id = any (%s) union select * from follows where followed_github_id = any (%s)) e
  join developers f on f.github_id = follower_github_id join developers t on t.github_id = followed_github_id"""
STARS = """
select d.login, r.github_id, r.full_name from stars join developers d on d.github_id = developer_github_id
  join repositories r on r.github_id = repository_github_id where developer_github_id = any (%s)"""
USERS = "select github_id, login, type, data_source from developers where github_id = any (%s)"
REPOSITORIES = """
select r.github_id, r.owner_github_id, coalesce(r.data_source, jsonb_build_object(
           'id', r.github_id, 'name', r.name, 'full_name', r.full_name, 'owner', jsonb_build_object('login', d.login)))
  from repositories r join developers d on d.github_id = r.owner_github_id
 where r.gone_at is null and (r.github_id = any (%s) or r.owner_github_id = any (%s))"""


class Neighbourhood:
    def __init__(self, rows, folder, n, seed):
        """n known and n new ones, others for another seed. rows: runs a statement, as Stack.rows. folder: where the files go."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        found = rows(KNOWN, seed, n)
        if len(found) < n:
            raise RuntimeError(f"{len(found)} developers of this world have {LEAST} to {MOST} followers, followed and stars each; "
                               f"{n} are needed: ask for fewer --rounds or for a world of more edges")
        ids, self.known = [row[0] for row in found], [row[1] for row in found]
        self.edges = sum(row[2] for row in found) / n
        follows, stars = rows(FOLLOWS, ids, ids), rows(STARS, ids)
        repositories = rows(REPOSITORIES, [row[1] for row in stars], ids)
        people = {i for row in follows for i in (row[0], row[2])} | {row[1] for row in repositories} | set(ids)
        users = [{**(source or {}), "id": i, "login": login, "type": kind} for i, login, kind, source in rows(USERS, list(people))]
        self.follows, self.stars = [(row[1], row[3]) for row in follows], [(row[0], row[2]) for row in stars]
        there = {source["full_name"] for _, _, source in repositories}
        self.stars = [(who, name) for who, name in self.stars if name in there]
        self.names = sorted(source["full_name"] for _, _, source in repositories if "stargazers_count" in source or "created_at" in source)
        self.logins = sorted(user["login"] for user in users if user["type"] == "User" and "created_at" in user and user["login"] not in self.known)
        self.new = self.make_up(rows("select max(github_id) from developers")[0][0], n, random.Random(seed), users)
        self.write("users.jsonl.gz", map(json.dumps, users))
        self.write("repos.jsonl.gz", (json.dumps(source) for _, _, source in repositories))
        self.write("follows.tsv.gz", map("\t".join, self.follows))
        self.write("stars.tsv.gz", map("\t".join, self.stars))

    def make_up(self, last_id, n, dice, users):
        made = []
        for i in range(last_id + 1, last_id + n + 1):
            login = f"new-{i}"
            made.append(login)
            users.append({"id": i, "login": login, "type": "User", "followers": NEW, "following": NEW})
            self.follows += [(other, login) for other in dice.sample(self.logins, NEW)] + [(login, other) for other in dice.sample(self.logins, NEW)]
            self.stars += [(login, name) for name in dice.sample(self.names, NEW)]
        return made

    def write(self, name, lines):
        with gzip.open(self.folder / name, "wt", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    def changes(self, login, n):
        """n edges of each kind that end, and as many new ones, for Sim.mutate."""
        followers = [a for a, b in self.follows if b == login][:n]
        followed = [b for a, b in self.follows if a == login][:n]
        starred = [name for who, name in self.stars if who == login][:n]
        strangers = [other for other in self.logins if (other, login) not in self.follows and (login, other) not in self.follows][:n]
        names = [name for name in self.names if (login, name) not in self.stars][:n]
        return [*({"op": "unfollow", "user": other, "target": login} for other in followers),
                *({"op": "unfollow", "user": login, "target": other} for other in followed),
                *({"op": "unstar", "user": login, "repo": name} for name in starred),
                *({"op": "follow", "user": other, "target": login} for other in strangers),
                *({"op": "follow", "user": login, "target": other} for other in strangers),
                *({"op": "star", "user": login, "repo": name} for name in names)]
