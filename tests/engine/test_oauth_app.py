"""The id and secret of an OAuth app as Basic: 5,000 requests an hour of REST; GraphQL does not accept them."""
import base64
import time

import pytest
from test_graphql_answers import QUERY, World

ID, SECRET = "Iv1.0123456789abcdef", "0123456789abcdef0123456789abcdef01234567"
REFUSALS = {"requires": "This endpoint requires you to be authenticated.", "bad": "Bad credentials", "requires authentication": "Requires authentication"}
RATE = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4990", "x-ratelimit-used": "10", "x-ratelimit-resource": "core"}


class GitHub(World):
    def __init__(self, message):
        super().__init__(lambda number, query, ids: (401, {}, {"message": message}))
        self.sent = set()

    def answer(self, method, path, headers):
        with self.lock:
            self.sent.add(headers["Authorization"])
        status, more, body = super().answer(method, path, headers)
        return status, more if path == QUERY else {**more, **RATE, "x-ratelimit-reset": str(int(time.time()) + 1800)}, body


@pytest.mark.parametrize("message", REFUSALS.values(), ids=REFUSALS)
def test_an_oauth_app_crawls_by_rest(message, stack):
    github = GitHub(message)
    try:
        s = stack(github.url, GITHUB_API_USER=ID, GITHUB_API_KEY=SECRET)
        s.crawler()
        s.task("full_profile_sync", "ada")
        s.wait_idle()
        s.check_queue()
        assert github.sent == {"Basic " + base64.b64encode(f"{ID}:{SECRET}".encode()).decode()}
        assert s.rows("select name, count(*) from developers where github_id > 10 group by 1") == [("by REST", 6)]
        assert s.rows("select kind, benched_until from credentials") == [("basic", None)]
        assert s.rows("select rate_limit from rate_limits where resource = 'core'") == [(5000,)]
        assert SECRET not in s.logs(10 ** 9) and SECRET not in s.one("select json_agg(c)::text from credentials c")
    finally:
        github.stop()
