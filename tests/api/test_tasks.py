"""GET and POST /github/tasks/."""
import json

import pytest

PATH = "/github/tasks/"
NAMES = ("discovery_scraper", "full_profile_sync", "full_repository_sync")


def as_json(api, data, content_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return api.form(body, content_type)


@pytest.fixture
def queue(queue):
    queue.jobs = lambda: queue.sql("select kind, subject, key, state, priority, id from jobs order by id")
    return queue


def test_list(api):
    assert api.get(PATH).json() == [
        {"id": 1, "name": "full_profile_sync", "username": "required", "repo_name": "n/a"},
        {"id": 2, "name": "full_repository_sync", "username": "required", "repo_name": "required"},
        {"id": 3, "name": "discovery_scraper", "username": "n/a", "repo_name": "n/a"}]


def multipart(fields):
    mark = "----b0undary"
    parts = "".join(f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    return f"{parts}--{mark}--\r\n", f"multipart/form-data; boundary={mark}"


def test_each_task_in_each_form(queue):
    wanted = [("full_profile_sync", {"username": "h3nnn4n"}, "h3nnn4n"),
              ("full_repository_sync", {"username": "a-b", "repo_name": "x.y_z"}, "a-b/x.y_z"),
              ("discovery_scraper", {}, "")]
    ids = {}
    for name, fields, subject in wanted:
        fields = {"name": name, **fields}
        for got in (queue.form("&".join(f"{k}={v}" for k, v in fields.items())), as_json(queue, fields),
                    as_json(queue, {**fields, "extra": None}, "application/json; charset=utf-8"),
                    queue.form(*multipart(fields))):
            assert got.status == 200, got.text
            assert list(got.json()) == ["success", "job", "url"] and got.json()["success"] == "yes"
            assert got.json()["url"] == got.headers["Location"] == f"{queue.base}/github/jobs/{got.json()['job']}/"
            ids.setdefault(subject, set()).add(got.json()["job"])
    assert [r[:5] for r in queue.jobs()] == [[n, s, f"{n}:{s.lower()}", "available", "10"] for n, _, s in wanted]
    assert [ids[s] for _, _, s in wanted] == [{int(r[5])} for r in queue.jobs()]  # asked again: the same job


def test_fields_a_task_does_not_take_are_ignored(queue):
    assert queue.form("name=discovery_scraper&username=../x&repo_name=%00".replace("%00", "")).status == 200
    assert queue.form("name=full_profile_sync&username=ok&repo_name=a/b").status == 200
    assert [r[1] for r in queue.jobs()] == ["", "ok"]


WRITTEN = [("username=-ACE-", "-ACE-"), ("username=name_company", "name_company"), ("username=dependabot[bot]", "dependabot[bot]"),
           ("username=_a--b-", "_a--b-"), ("username=@ada", "ada"), ("username=https://github.com/ada", "ada"),
           ("username=github.com/ada/", "ada"), ("repo_name=ada/hello", "ada/hello"), ("username=ada/hello", "ada/hello"),
           ("username=ADA&repo_name=ada/hello", "ada/hello"), ("repo_name=https://github.com/ada/hello.git", "ada/hello"),
           ("username=@-ACE-&repo_name=x", "-ACE-/x"), ("username=https://github.com/ada/hello&repo_name=", "ada/hello")]


@pytest.mark.parametrize("fields,subject", WRITTEN)
def test_names_as_people_write_them(queue, fields, subject):
    name = "full_repository_sync" if "/" in subject else "full_profile_sync"
    got = queue.form(f"name={name}&{fields}")
    assert got.status == 200, got.text
    assert [r[1] for r in queue.jobs()] == [subject]
    data = dict(field.split("=", 1) for field in fields.split("&"))
    assert as_json(queue, {"name": name, **data}).json() == got.json()


def test_errors_state_the_expected_value_alike(queue):
    """By POST, by the command, which names its flag, and in the OpenAPI document."""
    import os
    import pathlib
    import subprocess
    schema = json.dumps(queue.get("/github/swagger.json").json())
    program = os.environ.get("GITOMATIC_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "gitomatic"))
    for fields in ({"username": "a b"}, {"username": "a", "repo_name": "x y"}, {"username": "x/y/z"}, {}):
        name = "full_repository_sync" if "repo_name" in fields else "full_profile_sync"
        error = as_json(queue, {"name": name, **fields}).json()["error"]
        flags = [word for key, value in fields.items() for word in ("--" + key.replace("_", "-"), value)]
        said = subprocess.run([program, "task", name, *flags], capture_output=True, text=True, env={}, timeout=30)
        field = error.split(":")[0]
        wanted = f"--{field.replace('_', '-')}{error[len(field):]}\n" if fields else "--username is missing: expected a GitHub login "
        assert said.returncode == 2 and said.stderr.startswith(f"gitomatic task: {wanted}"), (error, said.stderr)
        if fields:
            assert error.split("expected ")[1] in schema


def test_posting_wakes_crawlers(queue):
    import subprocess
    waiter = subprocess.Popen([f"{queue.pg.bin}/psql", "-X", "-q", queue.pg.url("queue")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    waiter.stdin.write("listen gitomatic_jobs; select 1;\n")
    waiter.stdin.flush()
    while "1 row" not in waiter.stdout.readline():
        pass
    assert queue.form("name=discovery_scraper").status == 200
    out, _ = waiter.communicate("select 2;\n", timeout=10)
    assert 'notification "gitomatic_jobs"' in out


BAD_LOGINS = ["../../x", "a" * 40, "a/b", "a%0D%0Ab", "a%0d%0aX-Evil:%201", "%C3%BCser", "@", "a%20b", "%F0%9F%A6%8A", "a?b", "a%23b",
              ".", "..", "a.b", "%27;--", "<script>", "a%25", "a%2Fb", "%20", "a%09", "https://github.com/a/b", "https://example.org/a", "$(id)", "`id`", "a;b"]


@pytest.mark.parametrize("login", BAD_LOGINS)
def test_bad_usernames(queue, login):
    for body in (f"name=full_profile_sync&username={login}", f"name=full_repository_sync&username={login}&repo_name=x"):
        got = queue.form(body)
        assert got.status == 406 and got.json()["success"] == "no"
        assert got.json()["error"].startswith("username: got ")
    assert queue.jobs() == []


@pytest.mark.parametrize("repo", ["../../x", "a/b", ".", "..", "a" * 101, "a%0D%0Ab", "%C3%BC", "a%20b", "a?b", "a%5Cb", "%27", "bob/x", "https://github.com/ok/x/issues"])
def test_bad_repository_names(queue, repo):
    got = queue.form(f"name=full_repository_sync&username=ok&repo_name={repo}")
    assert got.status == 406 and got.json()["success"] == "no" and got.json()["error"].startswith("repo_name: got ")
    assert queue.jobs() == []


@pytest.mark.parametrize("body,missing", [
    ("name=full_profile_sync", "username"), ("name=full_profile_sync&username=", "username"),
    ("name=full_repository_sync", "username"), ("name=full_repository_sync&username=&repo_name=x", "username"),
    ("name=full_repository_sync&username=x", "repo_name"), ("name=full_repository_sync&username=x&repo_name=", "repo_name")])
def test_absent_is_the_same_as_empty(queue, body, missing):
    got = queue.form(body)
    assert got.status == 406 and got.json()["success"] == "no" and missing in got.json()["error"]
    fields = dict(p.split("=") for p in body.split("&"))
    assert as_json(queue, fields).json() == got.json() == as_json(queue, {**fields, missing: None}).json()
    assert queue.jobs() == []


@pytest.mark.parametrize("body", ["", "name=", "name=nope", "name=FULL_PROFILE_SYNC", "x=y", "name=noop", "name=heart_beat_task",
                                  "name=developer_followers&username=x", "name=" + "a" * 5000, "name=%F0%9F%A6%8A" * 1])
def test_unknown_or_missing_name(queue, body):
    got = queue.form(body)
    assert got.status == 406 and got.json()["success"] == "no"
    for name in NAMES:
        assert name in got.json()["error"]
    if body == "name=nope":
        assert got.json()["error"].startswith("task name nope not recognized, expected ")
    assert len(got.body) < 500 and queue.jobs() == []


def test_no_body_at_all(queue):
    for content_type in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        got = queue.form(b"", content_type)
        assert got.status == 406 and "name" in got.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"{'name': 1}", b"\xff", b'{"name": "\x00"}', b'{"name": "a\\u0000"}', b'{"name":"\\ud800"}',
                                  b"nul", b'{"name":1}x', b"[" * 5000, b'{"a":1e999}', b"\xef\xbb\xbf{}"])
def test_broken_json(queue, body):
    got = as_json(queue, body)
    assert got.status == 400 and got.json()["detail"].startswith("JSON parse error - ")


@pytest.mark.parametrize("data", [[], [1], "x", 5, True, None, 1.5])
def test_json_that_is_not_an_object(queue, data):
    got = as_json(queue, data)
    assert got.status == 400 and got.json()["detail"].startswith("Invalid data. Expected a dictionary")


@pytest.mark.parametrize("value", [5, 1.5, True, [], {}, ["full_profile_sync"]])
def test_json_values_that_are_not_strings(queue, value):
    for key in ("name", "username"):
        got = as_json(queue, {"name": "full_profile_sync", "username": "x", key: value})
        assert got.status == 400 and got.json()["detail"].startswith(f"{key}: expected a string")
    assert queue.jobs() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/vnd.x+json", "application/jsonx", "", "x"])
def test_other_content_types(queue, kind):
    got = queue.form("name=discovery_scraper", kind)
    assert (got.status, got.json()) == (415, {"detail": f'Unsupported media type "{kind}" in request.'})
    assert queue.jobs() == []


@pytest.mark.parametrize("body,kind", [
    ("x", "multipart/form-data"), ("x", "multipart/form-data; boundary="), ("x", "multipart/form-data; boundary=b"),
    ("--b\r\n", "multipart/form-data; boundary=b"), ("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    ("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx", "multipart/form-data; boundary=b"),
    ("--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"), ("x", "multipart/form-data; boundary=" + "b" * 71)])
def test_broken_multipart(queue, body, kind):
    got = queue.form(body, kind)
    assert got.status == 400 and got.json()["detail"].startswith("Multipart form parse error")


def test_bad_bytes_in_a_form(queue):
    for body in (b"name=full_profile_sync&username=%00", b"name=full_profile_sync&username=%ff",
                 b"name=full_profile_sync&username=\xff", b"%ff=1"):
        assert queue.form(body).status == 400
    assert queue.jobs() == []
