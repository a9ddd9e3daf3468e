"""A name that another account or repository takes between a detail and its lists: what is the newcomer's is not stored as the former
holder's, as far as GitHub shows whose a list is."""
import pytest
from beside import side_by_side
from fake_github import FakeGitHub, Several, profile, repository, user
from test_renamed_between import AT, HISTORY, STARGAZERS, hurry

OLD, NEW = 1, 99


class TakenOver(FakeGitHub):
    """ada (1) has become eve, and 99 is ada, after `served` lists of ada were read. Each has lists; those of `two_pages` have two, with
    GitHub's links by id."""

    def __init__(self, two_pages=(), served=0, base=""):
        super().__init__()
        self.served, self.base = served, base
        self.answers["/users/ada"] = profile(OLD, "ada", followers=3, following=3, public_repos=2)
        for github_id, login in ((OLD, "eve"), (NEW, "ada")):
            own = profile(github_id, login, followers=3, following=3, public_repos=2)
            self.answers[f"/user/{github_id}"] = own
            if login == "eve":
                self.answers["/users/eve"] = own
            people = [user(github_id * 1000 + i, f"fan-{github_id}-{i}") for i in range(3)]
            mine = [repository(github_id * 1000 + i, user(github_id, login), f"r{i}") for i in range(2)]
            for one in [*people, *mine]:
                by = "repositories" if "owner" in one else "user"
                self.answers[f"/{by}/{one['id']}"] = one if "owner" in one else profile(one["id"], one["login"])
            for name, items in {"followers": people, "following": people, "repos": mine,
                                "starred": [{"starred_at": AT, "repo": one} for one in mine]}.items():
                first, by_id = f"/users/{login}/{name}?per_page=100", f"/user/{github_id}/{name}?per_page=100&page=2"
                if name in two_pages:
                    self.answers[first] = (200, {"Link": f'<{self.url}{base}{by_id}>; rel="next", <{self.url}{base}{by_id}>; rel="last"'}, items[:1])
                    self.answers[by_id] = (200, {"Link": f'<{self.url}{base}{by_id[:-1]}1>; rel="prev"'}, items[1:])
                else:
                    self.answers[first] = items


def stored(s, github_id=OLD):
    return {"followers": s.rows("select follower_github_id from follows where followed_github_id = %s order by 1", github_id),
            "following": s.rows("select followed_github_id from follows where follower_github_id = %s order by 1", github_id),
            "starred": s.rows("select repository_github_id from stars where developer_github_id = %s order by 1", github_id),
            "repos": s.rows("select github_id from repositories where owner_github_id = %s order by 1", github_id)}


def theirs(name, github_id=OLD):
    return [(github_id * 1000 + i,) for i in range(2 if name in ("starred", "repos") else 3)]


@side_by_side
@pytest.mark.parametrize("credential", ["token", "anonymous"])
@pytest.mark.parametrize("two_pages", [("followers",), ("following",), ("starred",), ("repos",), ()], ids=lambda names: "".join(names) or "one page each")
def test_a_list_that_names_its_owner_is_read_under_the_new_name(two_pages, credential, stack):
    github = TakenOver(two_pages)
    try:
        s = stack(github.url, **({"GITHUB_TOKEN": "t", "GITHUB_HYDRATION": "rest"} if credential == "token" else {}))
        s.crawler(CRAWLER_CONCURRENCY=1)
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        assert s.rows("select login from developers where github_id = %s", OLD) == [("eve",)]
        for name in (*two_pages, "repos"):
            assert stored(s)[name] == theirs(name), name
        assert s.rows("select * from follow_history") == [] and s.rows("select * from star_history") == []
        assert s.rows("select note from jobs where note is not null") == []
        assert github.asked().count(f"/user/{OLD}") <= 3  # for two lists, and as the former holder of a login
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("base", ["", "/api/v3"])
def test_the_links_of_an_enterprise_server_name_the_account(base, stack):
    github = TakenOver(("followers",), base=base)
    github.answers = {base + path: answer for path, answer in github.answers.items()}
    try:
        s = stack(github.url + base, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler(CRAWLER_CONCURRENCY=1)
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        assert stored(s)["followers"] == theirs("followers")
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("answer, reason", [((404, {}, {"message": "Not Found"}), "gone"), ((451, {}, {"message": "Access blocked"}), "blocked")])
def test_a_former_holder_who_is_gone_gets_nothing_of_the_newcomers(answer, reason, stack):
    github = TakenOver(("followers", "following", "starred"))
    github.answers[f"/user/{OLD}"] = answer
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        assert s.rows("select gone_reason from developers where github_id = %s", OLD) == [(reason,)]
        assert stored(s) == {"followers": [], "following": [], "starred": [], "repos": []}
        assert {note for note, in s.rows("select note from jobs where kind like 'developer%%'")} == {reason}
    finally:
        github.stop()


@side_by_side
def test_a_sync_that_finds_others_lists_closes_nothing(stack):
    """The lists were stored by an earlier sync: the newcomer's neither end them nor are added."""
    github = TakenOver(("followers", "following", "starred"))
    taken = dict(github.answers)
    for name in ("followers", "following", "starred", "repos"):
        github.answers[f"/users/ada/{name}?per_page=100"] = github.answers[f"/users/eve/{name}?per_page=100"]
    github.answers[f"/user/{OLD}"] = github.answers["/users/ada"]
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        before = stored(s)
        assert before == {name: theirs(name) for name in before}
        github.answers = taken
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists again")
        assert stored(s) == before and s.rows("select login from developers where github_id = %s", OLD) == [("eve",)]
        assert s.rows("select * from follow_history") == [] and s.rows("select * from star_history") == []
    finally:
        github.stop()


@side_by_side
def test_a_list_of_anothers_repositories_is_read_if_the_name_is_the_subjects_still(stack):
    """A repository that was transferred a moment ago may be on the list of its former owner."""
    github = FakeGitHub()
    mine = repository(9, user(7, "bob"), "r")
    github.answers.update({"/users/ada": profile(OLD, "ada", public_repos=1), f"/user/{OLD}": profile(OLD, "ada", public_repos=1),
                           "/users/ada/repos?per_page=100": [mine], "/users/ada/starred?per_page=100": [], "/repositories/9": mine,
                           "/user/7": profile(7, "bob")})
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        assert s.rows("select full_name from repositories where github_id = 9") == [("bob/r",)]
        assert github.asked().count("/users/ada/repos?per_page=100") == 2
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("name", ["followers", "following", "starred", "repos"])
def test_a_list_with_anothers_links_is_read_if_the_name_is_the_subjects_still(name, stack):
    """The links name 99, although ada is 1 by id: the list is stored after one look, not looked at whenever it is requested."""
    github = TakenOver((name,))
    github.answers["/users/ada"] = github.answers[f"/user/{OLD}"] = profile(OLD, "ada", followers=3, following=3, public_repos=2)
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        crawler = s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        assert stored(s, NEW if name == "repos" else OLD)[name] == theirs(name, NEW)
        assert github.asked().count(f"/users/ada/{name}?per_page=100") == 2
        assert crawler.log().count("list.contradicted") == (1 if name == "repos" else 2), "its repositories are another's, too"
    finally:
        github.stop()


@side_by_side
def test_an_accepted_name_says_nothing_of_the_next_name(stack):
    """ada's list of repositories was believed; then she is eve by another list of hers, and eve's list is another's again."""
    github = FakeGitHub()
    mine, zeds = repository(9, user(OLD, "fay"), "mine"), repository(8, user(7, "bob"), "r")
    names = []

    def asked_again(_):
        s.rows("update developers set login = 'eve' where github_id = %s", OLD)
        names.append("eve")
        return 404, {}, {"message": "Not Found"}
    github.answers.update({"/users/ada": profile(OLD, "ada", public_repos=1), "/users/ada/starred?per_page=100": [],
                           f"/user/{OLD}": Several(profile(OLD, "ada", public_repos=1), profile(OLD, "fay", public_repos=1)),
                           "/users/ada/repos?per_page=100": Several([zeds], asked_again), "/users/eve/repos?per_page=100": [zeds],
                           "/users/fay/repos?per_page=100": [mine], "/repositories/9": mine, "/repositories/8": zeds,
                           "/user/7": profile(7, "bob")})
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler(CRAWLER_CONCURRENCY=1)
        s.task("full_profile_sync", "ada")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        assert names == ["eve"] and s.rows("select github_id from repositories order by 1") == [(9,)]
        assert github.asked().count("/users/eve/repos?per_page=100") == 1
    finally:
        github.stop()


@side_by_side
@pytest.mark.parametrize("pages", [1, 2])
def test_stargazers_of_a_repository_that_took_the_name(pages, stack):
    """ada/r (9) is ada/old now, and ada/r is 90. Its list of two pages shows it."""
    github = FakeGitHub()
    ada, week = user(OLD, "ada"), [{"week": 1757203200, "total": 2, "days": [2, 0, 0, 0, 0, 0, 0]}]
    detail = repository(9, ada, "old", stargazers_count=2)
    github.answers.update({"/repos/ada/r": repository(9, ada, "r", stargazers_count=2), "/repositories/9": detail, "/repos/ada/old": detail,
                           f"/user/{OLD}": profile(OLD, "ada")})
    for name, github_id in (("r", 90), ("old", 9)):
        fans = [{"starred_at": AT, "user": user(github_id * 100 + i, f"fan-{github_id}-{i}")} for i in range(2)]
        for one in fans:
            github.answers[f"/user/{one['user']['id']}"] = profile(one["user"]["id"], one["user"]["login"])
        second = f"/repositories/{github_id}/stargazers?per_page=100&page=2"
        link = {"Link": f'<{github.url}{second}>; rel="next"'}
        github.answers[f"/repos/ada/{name}/{STARGAZERS}"] = (200, link, fans[:1]) if pages == 2 else fans
        github.answers[second] = fans[1:]
        github.answers[f"/repos/ada/{name}/{HISTORY}"] = week
    try:
        s = stack(github.url, GITHUB_TOKEN="t", GITHUB_HYDRATION="rest")
        s.crawler()
        s.task("full_repository_sync", "ada", "r")
        s.wait_until(lambda: hurry(s), 60, "the lists")
        s.check_queue()
        stars = s.rows("select developer_github_id from stars where repository_github_id = 9 order by 1")
        assert stars == ([(900,), (901,)] if pages == 2 else [(9000,), (9001,)]), "one page shows no id: the window that docs/crawling.md names"
    finally:
        github.stop()
