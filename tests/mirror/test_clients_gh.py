"""gh as Debian ships it, unmodified, on each way to the mirror; and what it says of a limit."""
import os
import shutil
import subprocess

import pytest
from test_listening import certificate, folder, github, listening  # noqa: F401

GH = shutil.which("gh")


@pytest.fixture
def gh(tmp_path):
    if not GH:
        pytest.skip("gh is not installed (Debian's package gh)")
    config = tmp_path / "gh"
    config.mkdir()

    def run(*arguments, settings="", **env):
        (config / "config.yml").write_text(settings)
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("GH_", "GITHUB_")) and not k.lower().endswith("_proxy")}
        return subprocess.run([GH, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                              env={**clean, "GH_CONFIG_DIR": str(config), "HOME": str(tmp_path), "GH_NO_UPDATE_NOTIFIER": "1", **env})
    return run


def walk(gh, prefix, count, **how):
    """Pages through a list, reads a page, and one that is missing."""
    listed = gh("api", "--paginate", f"{prefix}users/ada/repos?per_page=30", "--jq", ".[].id", **how)
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.split()) == count and count > 30
    one = gh("api", f"{prefix}users/ada", "--jq", ".login", **how)
    assert one.stdout.strip() == "ada", one.stderr
    missing = gh("api", f"{prefix}users/nobody-of-this-world", **how)
    assert missing.returncode == 1 and "HTTP 404" in missing.stderr


def count_of(github):
    truth = github.truth()
    ada = next(u["id"] for u in truth["users"] if u["login"] == "ada")
    return sum(r["owner"]["id"] == ada for r in truth["repos"])


def test_gh_by_address(lab, github, gh):
    mirror = lab.mirror(github)
    walk(gh, mirror.url + "/", count_of(github), GH_ENTERPRISE_TOKEN="a")
    assert {t["credential"] for t in github.trace()} == {"ada"}
    asked = github.charged()
    walk(gh, mirror.url + "/", count_of(github), GH_ENTERPRISE_TOKEN="a")
    assert github.charged() == asked


def test_gh_by_tls(lab, github, gh, certificate):
    mirror = lab.mirror(github, wait=False, **certificate)
    listening(mirror)
    how = {"GH_HOST": f"localhost:{mirror.port}", "GH_ENTERPRISE_TOKEN": "a", "SSL_CERT_FILE": certificate["MIRROR_TLS_CERT_FILE"]}
    walk(gh, "", count_of(github), **how)
    asked = gh("api", "graphql", "-f", 'query={ user(login: "ada") { login } }', "--jq", ".data.user.login", **how)
    assert asked.stdout.strip() == "ada", asked.stderr


def test_gh_by_a_unix_socket(lab, github, gh, folder):
    path = str(folder / "mirror.sock")
    listening(lab.mirror(github, wait=False, MIRROR_SOCKET=path))
    how = {"settings": f"http_unix_socket: {path}\n", "GH_TOKEN": "a"}
    walk(gh, "", count_of(github), **how)
    asked = gh("api", "graphql", "-f", 'query={ user(login: "ada") { login } }', "--jq", ".data.user.login", **how)
    assert asked.stdout.strip() == "ada", asked.stderr
    assert {t["credential"] for t in github.trace()} == {"ada"}


# ---- limits ----

# What gh begins its errors with when GitHub itself answers so: REST, GraphQL, and the second of its GraphQL clients.
SAYS = {"rest": {"primary": "HTTP 403: {}", "secondary": "HTTP 403: {}"},
        "graphql": {"primary": "GraphQL: {}", "secondary": "HTTP 403: {}"},
        "older graphql": {"primary": "Message: {}", "secondary": 'non-200 OK status code: 403 Forbidden body: "{{\\"message\\":\\"{}'},
        "api": {"primary": "gh: {}", "secondary": "gh: {}"}}
SENTENCES = {"primary": "API rate limit exceeded for ", "secondary": "You have exceeded a secondary rate limit"}
COMMANDS = [("api", ["api", "users/ada/orgs"]), ("api", ["api", "user", "--method", "PATCH", "-f", "bio=x"]),
            ("api", ["api", "graphql", "-f", "query={ viewer { login } }"]), ("rest", ["search", "repos", "ada"]),
            ("rest", ["run", "list", "-R", "ada/x"]), ("graphql", ["repo", "view", "ada/x"]), ("older graphql", ["gist", "list"])]


@pytest.mark.parametrize("way", ["address", "tls", "socket"])
@pytest.mark.parametrize("kind", SENTENCES)
def test_each_command_ends_in_ghs_own_error_of_a_limit(lab, github, gh, certificate, folder, kind, way):  # noqa: F811
    """GitHub is not asked: the mirror knows the limit from its answer to another client with the same credential."""
    path = str(folder / "mirror.sock")
    mirror = lab.mirror(github, wait=False, **({"tls": certificate, "socket": {"MIRROR_SOCKET": path}}.get(way, {})))
    listening(mirror)
    how = {"address": {"GH_ENTERPRISE_TOKEN": "a"}, "socket": {"settings": f"http_unix_socket: {path}\n", "GH_TOKEN": "a"},
           "tls": {"GH_HOST": f"localhost:{mirror.port}", "GH_ENTERPRISE_TOKEN": "a", "SSL_CERT_FILE": certificate["MIRROR_TLS_CERT_FILE"]}}[way]
    address = f"{mirror.url}/" if way == "address" else ""
    github.config(**({"limit": 0, "search_limit": 0, "graphql_limit": 0} if kind == "primary" else {"faults": 1, "fault_kinds": "403", "retry_after": 600}))
    for used in ("users/ada", "search/repositories?q=x", "graphql"):  # one of each bucket, which GitHub refuses itself
        query = ["-f", "query={ viewer { login } }"] if used == "graphql" else []
        own = gh("api", address + used, *query, **how)
        assert "rate limit" in own.stderr or (used, way) == ("graphql", "address"), own  # there gh does not see that it is GraphQL
    asked = len(github.trace())
    for form, arguments in COMMANDS:
        if way == "address" and (form != "api" or "graphql" in arguments):
            continue  # addresses are for `gh api` only
        arguments = [address + a if a.startswith("user") else a for a in arguments]
        got = gh(*arguments, **how)
        assert got.returncode == 1 and SAYS[form][kind].format(SENTENCES[kind]) in got.stderr, (arguments, got)
        if form == "api" and (kind == "secondary" or "graphql" not in arguments):
            assert got.stderr.rstrip().endswith("(HTTP 403)"), (arguments, got)
    assert len(github.trace()) == asked


@pytest.mark.parametrize("status", [403, 429])
def test_githubs_own_refusal_is_passed_on_unchanged(lab, github, gh, status):  # noqa: F811
    mirror = lab.mirror(github)
    github.config(faults=1, fault_kinds=str(status))
    got = gh("api", f"{mirror.url}/users/ada", GH_ENTERPRISE_TOKEN="a")
    assert got.returncode == 1 and got.stderr.startswith(f"gh: {SENTENCES['secondary']}") and got.stderr.rstrip().endswith(f"(HTTP {status})"), got
