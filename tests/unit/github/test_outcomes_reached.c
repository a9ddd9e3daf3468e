#include "tests/unit/unit.h"

#include "github/outcome.h"

#define NOW_S 1700000000

/* One added to GH_OUTCOMES needs an answer that leads to it. */
static void test_outcomes__each_is_reached(void **state)
{
    static const struct gh_answer answers[GH_N_OUTCOMES] = {
        [GH_FRESH] = {.status = 200, .body = SLICE("{}")},
        [GH_UNCHANGED] = {.status = 304},
        [GH_MOVED] = {.status = 301, .body = SLICE("{\"message\":\"Moved Permanently\"}")},
        [GH_GONE] = {.status = 404, .body = SLICE("{\"message\":\"Not Found\"}")},
        [GH_BLOCKED] = {.status = 451, .body = SLICE("{\"message\":\"Repository access blocked\"}")},
        [GH_RESTRICTED] = {.status = 403,
                           .body = SLICE("{\"message\":\"Resource not accessible by integration\"}")},
        [GH_CAPPED] = {.status = 422,
                       .expects_array = true,
                       .body = SLICE("{\"message\":\"pagination is limited for this resource\"}")},
        [GH_UNAUTHORIZED] = {.status = 401, .body = SLICE("{\"message\":\"Bad credentials\"}")},
        [GH_PRIMARY_LIMIT] = {.status = 403,
                              .body = SLICE("{\"message\":\"API rate limit exceeded for user ID 1.\"}")},
        [GH_SECONDARY_LIMIT] = {.status = 429, .body = SLICE("{\"message\":\"Too many requests\"}")},
        [GH_TRANSIENT] = {.status = 502, .body = SLICE("{\"message\":\"Server Error\"}")},
        [GH_BROKEN] = {.status = 200, .body = SLICE("{\"id\":1")},
    };
    struct gh_headers headers;
    (void)state;
    for (int i = 0; i < GH_N_OUTCOMES; i++) {
        assert_true(answers[i].status > 0);
        gh_headers_reset(&headers);
        strcpy(headers.content_type, "application/json; charset=utf-8");
        headers.date_ms = NOW_S * INT64_C(1000);
        headers.rate = (struct gh_rate){true, 5000, 4000, 1000, NOW_S + 1800, "core"};
        strcpy(headers.location, "/user/1");
        headers.rate.remaining = i == GH_PRIMARY_LIMIT ? 0 : 4000;
        struct gh_answer answer = answers[i];
        answer.headers = &headers;
        int64_t wait_ms = -1;
        assert_string_equal(gh_outcome_name(gh_classify(&answer, 0, &wait_ms)),
                            gh_outcome_name((enum gh_outcome)i));
        if (i == GH_PRIMARY_LIMIT || i == GH_SECONDARY_LIMIT)
            assert_true(wait_ms > 0);
        else
            assert_int_equal(wait_ms, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outcomes__each_is_reached)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
