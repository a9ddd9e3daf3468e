#include "tests/unit/unit.h"

#include "api/request/cors.h"

static slice text(const char *s)
{
    return s ? slice_of(s) : (slice){NULL, 0};
}

static void test_cors__foreign(void **state)
{
    static const struct {
        const char *origin, *fetch_site, *base, *host;
        bool foreign;
    } cases[] = {
        {NULL, NULL, "http://x:1", "x:1", false}, /* a program */
        {NULL, "same-origin", "http://x:1", "x:1", false},
        {NULL, "none", "http://x:1", "x:1", false}, /* typed by a person */
        {NULL, "same-site", "http://x:1", "x:1", true},
        {NULL, "cross-site", "http://x:1", "x:1", true},
        {NULL, "", "http://x:1", "x:1", true},
        {"http://x:1", "cross-site", "http://x:1", "x:1", true}, /* the browser's word, before Origin */
        {"http://evil", "same-origin", "http://x:1", "x:1", false},
        {"http://x:1", NULL, "http://x:1", "x:1", false},
        {"HTTP://X:1", NULL, "http://x:1", "x:1", false},
        {"https://public", NULL, "https://public/below", "x:1", false}, /* PUBLIC_URL */
        {"http://x:1", NULL, "https://public/below", "x:1", false},     /* what the client called us */
        {"https://x:1", NULL, "https://public", "x:1", true},           /* another scheme */
        {"http://x:2", NULL, "http://x:1", "x:1", true},
        {"http://x", NULL, "http://x:1", "x:1", true},
        {"http://x:10", NULL, "http://x:1", "x:1", true},
        {"http://evil", NULL, "http://x:1", "x:1", true},
        {"http://evil/x:1", NULL, "http://x:1", "x:1", true},
        {"null", NULL, "http://x:1", "x:1", true},
        {"", NULL, "http://x:1", "x:1", true},
        {"http://", NULL, "http://x:1", "", true},
        {"http://x:1", NULL, "no address", NULL, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (cors_is_foreign(text(cases[i].origin), text(cases[i].fetch_site), slice_of(cases[i].base),
                            SLICE("http"), text(cases[i].host)) != cases[i].foreign)
            fail_msg("case %zu: %s", i, cases[i].origin ? cases[i].origin : "(no Origin)");
}

static void test_cors__preflight(void **state)
{
    const struct header both[] = {{SLICE("Origin"), SLICE("http://x")},
                                  {SLICE("Access-Control-Request-Method"), SLICE("GET")}};
    struct request rq = {.method = SLICE("OPTIONS"), .headers = both, .n_headers = 2};
    struct response rs = {0};
    (void)state;
    assert_true(cors_is_preflight(&rq));
    rq.n_headers = 1;
    assert_false(cors_is_preflight(&rq)); /* OPTIONS of a program */
    rq.headers = both + 1;
    assert_false(cors_is_preflight(&rq));
    rq = (struct request){.method = SLICE("GET"), .headers = both, .n_headers = 2};
    assert_false(cors_is_preflight(&rq));
    cors_answer_preflight(&rs);
    assert_int_equal(rs.status, 204);
    assert_string_equal(response_get(&rs, "Access-Control-Allow-Methods"),
                        "GET, HEAD, OPTIONS"); /* may not write */
    assert_non_null(strstr(response_get(&rs, "Access-Control-Allow-Headers"), "Authorization"));
}

static void test_cors__no_credentials_are_lent(void **state)
{
    struct response rs = {0};
    (void)state;
    cors_headers(&rs);
    assert_string_equal(response_get(&rs, "Access-Control-Allow-Origin"), "*");
    assert_null(response_get(&rs, "Access-Control-Allow-Credentials"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cors__foreign),
        cmocka_unit_test(test_cors__preflight),
        cmocka_unit_test(test_cors__no_credentials_are_lent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
