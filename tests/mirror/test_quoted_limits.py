"""GitHub's errors about a query quote its literals: what a client writes is no limit of the credential that sent it."""
import json

import pytest

QUERY = json.dumps({"query": "{ viewer { login } }"}).encode()
GOOD = b'{"data":{"viewer":{"login":"ada"}}}'
WRONG = "Argument 'first' on Field 'followers' has an invalid value (\"%s\"). Expected type 'Int'."
PLACE = {"path": ["query", "viewer"], "locations": [{"line": 1, "column": 3}]}
PRIMARY, SECONDARY = "API rate limit exceeded for user ID 1.", "You have exceeded a secondary rate limit."
QUOTES = {
    "secondary": {"errors": [{"message": WRONG % "secondary rate limit", **PLACE, "extensions": {"code": "argumentLiteralsIncompatible"}}]},
    "primary": {"errors": [{"message": WRONG % "rate limit exceeded", **PLACE}]},
    "primary, bare": {"errors": [{"message": WRONG % "API rate limit exceeded"}]},
    "secondary, bare": {"errors": [{"message": WRONG % SECONDARY}]},
    "abuse": {"errors": [{"message": "Variable $x: abuse detection mechanism"}]},
    "at its beginning": {"errors": [{"message": SECONDARY, "path": ["query"]}]},
    "at its beginning, located": {"errors": [{"message": SECONDARY, "locations": PLACE["locations"]}]},
    "at its beginning, code": {"errors": [{"message": SECONDARY, "extensions": {"code": "undefinedField"}}]},
    "with data": {"errors": [{"message": SECONDARY}], "data": {"viewer": None}},
    "a type that only resembles it": {"errors": [{"type": "MY_RATE_LIMITED_FIELD", "message": PRIMARY}]},
}
LIMITS = {
    "secondary": {"errors": [{"message": SECONDARY + " Please wait a few minutes before you try again."}]},
    "secondary, null": {"data": None, "errors": [{"message": SECONDARY}]},
    "abuse": {"errors": [{"message": "You have triggered an abuse detection mechanism. Please wait."}]},
    "RATE_LIMITED": {"errors": [{"type": "RATE_LIMITED", "message": PRIMARY}]},
    "RATE_LIMIT": {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": PRIMARY}]},
    "code": {"errors": [{"message": "slow down", "extensions": {"code": "graphql_rate_limit"}}]},
    "no errors": {"message": SECONDARY},
}


def ask(mirror, credential):
    return mirror.request("POST", "/graphql", credential, {"Content-Type": "application/json"}, QUERY)


def world(lab, status, body, lent):
    given = [(status, {"X-RateLimit-Resource": "graphql"}, json.dumps(body).encode()), (200, {}, GOOD)]
    github = lab.recorder(lambda seen: given[min(len(github.seen), 2) - 1])
    return github, lab.mirror(github, **({"MIRROR_CREDENTIALS": "pool", "GITHUB_TOKEN": "t"} if lent else {}))


@pytest.mark.parametrize("lent", [True, False], ids=["lent", "own"])
@pytest.mark.parametrize("status, quote", [(200, q) for q in QUOTES] + [(403, "secondary, bare"), (403, "primary, bare")])
def test_a_quote_holds_no_credential(status, quote, lent, lab):
    github, mirror = world(lab, status, QUOTES[quote], lent)
    credential = None if lent else "t"
    assert ask(mirror, credential).status == status
    again = ask(mirror, credential)
    assert (again.status, again.body) == (200, GOOD), again.label
    assert [s.get("Authorization")[-1].split()[-1] for s in github.seen] == ["t", "t"]


@pytest.mark.parametrize("status, limit", [(200, name) for name in LIMITS] + [(403, "secondary"), (403, "RATE_LIMITED")])
def test_a_limit_holds_the_lent_credential(status, limit, lab):
    github, mirror = world(lab, status, LIMITS[limit], True)
    assert ask(mirror, None).status == status
    refused = ask(mirror, None)
    assert refused.label == "RATE_LIMITED_MISS" and len(github.seen) == 1
