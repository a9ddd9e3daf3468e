"""A webhook makes every page doubtful that its payload names, under whatever name and with whatever query."""
import hashlib
import hmac
import json

import pytest
from counting import Counting, asks

O = {"login": "acme", "id": 70, "url": "https://api.github.com/orgs/acme"}
U = {"login": "eve", "id": 80, "type": "User"}
R = {"id": 5, "name": "new", "full_name": "acme/new", "owner": {"login": "acme", "id": 70, "type": "Organization"}}
T = {"id": 40, "name": "Core Team", "slug": "core-team", "members_url": "https://api.github.com/organizations/70/team/40/members{/member}",
     "url": "https://api.github.com/organizations/70/team/40", "repositories_url": "https://api.github.com/organizations/70/team/40/repos"}

CASES = [
    ("star", {"action": "created", "repository": R, "sender": U},
     ["/users/eve", "/users/eve?x=1", "/users/EVE/starred?page=2", "/orgs/acme?x=1", "/repositories/5?x=1", "/user/80?x=1", "/repos/acme/new?x",
      "/organizations/70", "/organizations/70/repos?page=2", "/user/70/repos", "/installation/repositories", "/installation/repositories?page=2"],
     ["/users/eve2", "/repositories/55", "/repos/acme/new2", "/organizations/7", "/orgs/acme2", "/teams/40"]),
    ("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": "old"}}}, "repository": R, "sender": U},
     ["/repos/acme/old", "/repos/acme/old?x=1", "/repos/acme/OLD/issues?page=2", "/repos/acme/new"], ["/repos/acme/older", "/repos/eve/old"]),
    ("repository", {"action": "transferred", "changes": {"owner": {"from": {"user": {"login": "bob", "id": 90}}}}, "repository": R},
     ["/repos/bob/new", "/repos/bob/new/issues", "/users/bob/repos?page=2", "/user/90/repos", "/users/bob?x"], ["/repos/bob/other"]),
    ("repository", {"action": "transferred", "changes": {"owner": {"from": {"organization": {"login": "org2", "id": 91}}}}, "repository": R},
     ["/repos/org2/new", "/orgs/org2/repos", "/organizations/91/repos"], ["/repos/org3/new"]),
    ("organization", {"action": "renamed", "changes": {"login": {"from": "acme-old"}}, "organization": O},
     ["/orgs/acme-old", "/orgs/acme-old/members", "/users/acme-old", "/repos/acme-old/new", "/organizations/70/members", "/user/orgs", "/orgs/acme?x"],
     ["/orgs/acme-older", "/repos/acme-older/x"]),
    ("team", {"action": "edited", "changes": {"name": {"from": "Old & Team"}}, "team": T, "organization": O},
     ["/teams/40", "/teams/40/members?role=all", "/teams/40?x", "/organizations/70/team/40/repos", "/orgs/acme/teams/core-team", "/orgs/acme/teams/old-team",
      "/user/teams"], ["/teams/4", "/teams/400", "/organizations/7/team/40"]),
    ("membership", {"action": "added", "scope": "team", "member": U, "team": {**T, "parent": {"id": 41, "name": "p", "slug": "p"}}, "organization": O},
     ["/teams/40/members", "/teams/41", "/users/eve/orgs", "/user/memberships/orgs/acme"], ["/teams/42"]),
    ("installation_repositories", {"action": "added", "installation": {"id": 3, "account": O}, "repositories_added": [
        {"id": 6, "full_name": "acme/six", "name": "six"}], "repositories_removed": [{"id": 7, "full_name": "acme/seven"}]},
     ["/repos/acme/six", "/repositories/7/issues", "/installation/repositories", "/app/installations", "/app/installations/3", "/user/installations",
      "/user/installations/3/repositories?page=2", "/orgs/acme/installation"], ["/repos/acme/eight", "/app"]),
    ("issues", {"action": "transferred", "changes": {"new_repository": {"id": 9, "full_name": "acme/nine"}, "new_issue": {"number": 1}}, "repository": R},
     ["/repos/acme/nine/issues", "/repositories/9"], ["/repositories/99"]),
    ("fork", {"forkee": {"id": 10, "full_name": "eve/new", "owner": U}, "repository": R}, ["/repos/eve/new", "/users/eve/repos", "/repositories/10"], []),
    ("repository", {"action": "edited", "enterprise": {"id": 3, "slug": "ent", "name": "Ent"}, "repository": R},
     ["/enterprises/ent", "/enterprises/ent/teams?page=2"], ["/enterprises/ent2", "/advisories"]),
    ("security_advisory", {"action": "updated", "security_advisory": {"ghsa_id": "GHSA-aaaa-bbbb-cccc"}},
     ["/advisories/GHSA-aaaa-bbbb-cccc", "/advisories?page=2"], ["/repos/acme/advisories"]),
    ("marketplace_purchase", {"action": "changed", "marketplace_purchase": {"account": {"type": "User", "id": 80, "login": "eve"}}},
     ["/marketplace_listing/accounts/80", "/marketplace_listing/plans/1/accounts", "/users/eve"], ["/teams/40"]),
    ("issues", {"action": "opened", "issue": {"number": 1, "url": "https://api.github.com/repos/acme/new/issues/1"}, "repository": R, "sender": U},
     ["/issues", "/issues?filter=all", "/user/issues?page=2", "/orgs/acme/issues", "/search/issues?q=x", "/repositories/5/issues/1", "/notifications", "/events",
      "/users/zoe/received_events", "/users/zoe/events/orgs/acme", "/networks/acme/new/events"], ["/users/zoe", "/orgs/other/issues", "/networks/acme/new2/events"]),
    ("pull_request_review", {"action": "submitted", "review": {"id": 3, "user": U}, "repository": R}, ["/issues", "/repos/acme/new/pulls/1/reviews", "/users/eve"], []),
    ("watch", {"action": "started", "repository": R, "sender": U}, ["/user/subscriptions", "/users/zoe/subscriptions?page=2", "/repos/acme/new/subscribers"], ["/user/emails"]),
    ("star", {"action": "deleted", "repository": R, "sender": U}, ["/users/zoe/starred", "/user/90/starred?page=2", "/user/starred/acme/new", "/repositories", "/repositories?since=4",
                                                                 "/search/repositories?q=x"], ["/users/zoe/keys"]),
    ("member", {"action": "added", "member": {"login": "zoe", "id": 81}, "repository": R},
     ["/user/repository_invitations", "/user/repos", "/users/zoe/repos", "/repos/acme/new/collaborators/zoe", "/user/81"], []),
    ("organization", {"action": "member_removed", "membership": {"user": {"login": "zoe", "id": 81}}, "organization": O},
     ["/user/orgs", "/users/zoe/orgs", "/user/memberships/orgs", "/user/81/orgs", "/organizations/70/members/zoe", "/orgs/acme/memberships/zoe"], ["/orgs/acme2/members"]),
    ("team", {"action": "added_to_repository", "team": T, "repository": R, "organization": O},
     ["/teams/40/repos/acme/new", "/teams/9/repos", "/orgs/acme/teams/core-team/repos?page=2", "/repos/acme/new/teams", "/installation/repositories"], ["/teams/9/members"]),
    ("workflow_run", {"workflow_run": {"id": 1, "pull_requests": [{"head": {"repo": {"id": 11, "name": "fork", "url": "https://api.github.com/repos/zoe/fork"}}}]}},
     ["/repositories/11", "/repos/zoe/fork/pulls"], ["/repositories/1"]),
    ("check_run", {"check_run": {"app": {"id": 2, "slug": "ci-bot", "owner": U}}, "repository": R}, ["/apps/ci-bot", "/repos/acme/new/commits/abc/check-runs"], ["/apps/other"]),
    ("installation", {"action": "suspend", "installation": {"id": 3, "app_slug": "robot", "account": O}},
     ["/apps/robot", "/repos/acme/any/installation", "/app/installation-requests", "/app/hook/deliveries", "/users/acme/installation"], ["/repos/acme/any", "/app/hook/config"]),
    ("installation_target", {"action": "renamed", "changes": {"login": {"from": "acme-old"}}, "account": O}, ["/organizations?since=1", "/users?since=1", "/users/acme-old/x"], ["/user/emails"]),
    ("installation_target", {"action": "renamed", "changes": {"slug": {"from": "ent-old"}}, "target_type": "Enterprise", "account": {"id": 3, "slug": "ent", "name": "Ent"}},
     ["/enterprises/ent-old", "/enterprises/ent-old/teams?page=2", "/enterprises/ent/x"], ["/enterprises/ent-older"]),
    ("installation", {"action": "created", "installation": {"id": 3, "account": {"id": 3, "slug": "ent", "name": "Ent"}}}, ["/enterprises/ent", "/app/installations"], ["/enterprises/en"]),
    ("package", {"action": "published", "package": {"id": 1, "name": "p", "owner": U}, "repository": R}, ["/user/packages?package_type=npm", "/users/eve/packages"], []),
    ("project", {"action": "edited", "project": {"id": 6, "url": "https://api.github.com/projects/6"}}, ["/projects/6/columns", "/teams/1/projects"], ["/projects/7"]),
    ("issue_comment", {"comment": {"url": "https://api.github.com/repos/acme/far/issues/comments/1"}}, ["/repos/acme/far/issues/5/comments", "/repos/acme/far"], ["/repos/acme/farther"]),
    ("push", {"repository": {"url": "https://github.com/acme/new", "full_name": "acme/new", "id": 5}, "sender": {"login": "acme[bot]", "id": 82}},
     ["/users/acme%5Bbot%5D", "/repos/acme/%6Eew/commits", "/repos//acme/new/", "/%72epositories/5/branches/"], ["/users/acme%5Bbot2%5D"]),
    ("something_new", {"thing": {"url": "https://api.github.com/things/of/a_kind{/x}", "body": "https://api.github.com/meta/x", "html_url": "https://github.com/z/z"}},
     ["/things/of/a_kind", "/things/of/a_kind?x", "/things/of/a_kind/below"], ["/meta/x", "/z/z", "/things", "/things/of"]),
]


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    from mirror_lab import MirrorLab
    lab = MirrorLab(cluster, tmp_path_factory.mktemp("webhooks"))
    upstream = Counting(lab, {path: {"n": 1} for _, _, touched, left in CASES for path in touched + left})
    yield upstream, lab.mirror(upstream, MIRROR_FRESH_SECONDS=3600, GITHUB_WEBHOOK_SECRET="a secret, with spaces & ünïcode")
    lab.close()


def deliver(mirror, event, payload, secret="a secret, with spaces & ünïcode"):
    body = json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return mirror.request("POST", "/_webhook", headers={"X-GitHub-Event": event, "X-Hub-Signature-256": signature}, body=body)


@pytest.mark.parametrize("event, payload, touched, left", CASES, ids=[f"{e}-{p.get('action')}-{i}" for i, (e, p, _, _) in enumerate(CASES)])
def test_what_a_payload_names(world, event, payload, touched, left):
    upstream, mirror = world
    for path in touched + left:
        mirror.get(path, "a")
        assert asks(upstream, mirror, path)[0] is False, path
    assert deliver(mirror, event, payload).status == 200
    assert [p for p in touched if not asks(upstream, mirror, p)[0]] == []
    assert [p for p in left if asks(upstream, mirror, p)[0]] == []


def test_a_payload_of_a_thousand_names_is_bounded(world):
    upstream, mirror = world
    mirror.get("/meta", "a")
    many = [{"id": n, "full_name": f"o{n}/r{n}"} for n in range(1, 1000)]
    deep = json.loads("[" * 200 + "]" * 200)
    assert deliver(mirror, "installation", {"repositories": many, "deep": deep}).status == 200
    assert mirror.get("/meta", "a").status == 404
