/* Limits that are told again as soon as the wait for the last one is over. */
#include "tests/unit/unit.h"

#include "github/outcome.h"

#define NOW_S     1700000000
#define MINUTE_MS 60000

static struct gh_headers headers;
static int64_t wait_ms;

static int set_up(void **state)
{
    (void)state;
    gh_headers_reset(&headers);
    strcpy(headers.content_type, "application/json; charset=utf-8");
    headers.date_ms = NOW_S * INT64_C(1000);
    headers.rate = (struct gh_rate){true, 5000, 4000, 1000, NOW_S + 1800, "core"};
    return 0;
}

static enum gh_outcome classify(struct gh_answer answer, int limits_before)
{
    answer.headers = &headers;
    return gh_classify(&answer, limits_before, &wait_ms);
}

/* A short wait that GitHub names is doubled as well, if the next limit comes as soon as it is over; a longer one is believed. */
static void test_limits__stated_waits_double(void **state)
{
    (void)state;
    static const struct {
        int64_t told_s;
        int waits_s[5];
    } cases[] = {{0, {1, 2, 4, 8, 16}},
                 {5, {5, 10, 20, 40, 80}},
                 {9, {9, 18, 36, 72, 144}},
                 {10, {10, 10, 10, 10, 10}},
                 {60, {60, 60, 60, 60, 60}},
                 {300, {300, 300, 300, 300, 300}},
                 {3600, {3600, 3600, 3600, 3600, 3600}}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int n = 0; n < (int)ARRAY_LEN(cases[i].waits_s); n++) {
            struct gh_answer answer = {.status = 429};
            headers.retry_after_s = cases[i].told_s;
            assert_int_equal(classify(answer, n), GH_SECONDARY_LIMIT);
            assert_int_equal(wait_ms, cases[i].waits_s[n] * 1000);
        }
    struct gh_answer answer = {
        .status = 200, .graphql = true, .body = SLICE("{\"errors\":[{\"type\":\"RATE_LIMITED\"}]}")};
    headers.retry_after_s = 0;
    assert_int_equal(classify(answer, INT32_MAX), GH_SECONDARY_LIMIT);
    assert_int_equal(wait_ms, 15 * MINUTE_MS);
}

/* A reset that is past, or nearly, may be told for ever; that of a window which has just begun is right. */
static void test_limits__waits_for_a_past_reset_double(void **state)
{
    (void)state;
    static const struct {
        int64_t left_s;
        int waits_s[5];
    } cases[] = {{-500, {1, 2, 4, 8, 16}},
                 {0, {1, 2, 4, 8, 16}},
                 {3, {4, 8, 16, 32, 64}},
                 {30, {31, 31, 31, 31, 31}},
                 {1800, {1801, 1801, 1801, 1801, 1801}}};
    headers.rate.remaining = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (int n = 0; n < (int)ARRAY_LEN(cases[i].waits_s); n++) {
            struct gh_answer answers[] = {
                {.status = 403},
                {.status = 429},
                {.status = 200, .graphql = true, .body = SLICE("{\"errors\":[{\"type\":\"RATE_LIMIT\"}]}")}};
            headers.rate.reset_at_s = NOW_S + cases[i].left_s;
            for (size_t k = 0; k < ARRAY_LEN(answers); k++) {
                assert_int_equal(classify(answers[k], n), GH_PRIMARY_LIMIT);
                assert_int_equal(wait_ms, cases[i].waits_s[n] * 1000);
            }
        }
    headers.rate.reset_at_s = NOW_S - 500;
    struct gh_answer answer = {.status = 403};
    classify(answer, INT32_MAX);
    assert_int_equal(wait_ms, 15 * MINUTE_MS);
}

static void test_limits__limits_in_a_row(void **state)
{
    (void)state;
    struct gh_limits l = {0};
    assert_int_equal(gh_limits_before(&l, 0), 0);
    gh_limits_met(&l, 1000, 1100, 1000);            /* until 2100 */
    assert_int_equal(gh_limits_before(&l, 900), 0); /* sent with the first one */
    gh_limits_met(&l, 1050, 1200, 1000);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.until_ms, 2200);
    assert_int_equal(gh_limits_before(&l, 2200), 1);
    gh_limits_met(&l, 2200, 2300, 2000); /* until 4300 */
    gh_limits_met(&l, 2250, 2350, 2000); /* in flight with it */
    assert_int_equal(l.n, 2);
    assert_int_equal(gh_limits_before(&l, 2250), 1);
    assert_int_equal(gh_limits_before(&l, 4350), 2);
    gh_limits_over(&l, 4349); /* sent before the wait */
    assert_int_equal(gh_limits_before(&l, 4350), 2);
    assert_int_equal(gh_limits_before(&l, 4350 + 62000), 2); /* a job may wait a while for its turn */
    assert_int_equal(gh_limits_before(&l, 4350 + 62001), 0);
    gh_limits_over(&l, 4350);
    assert_int_equal(gh_limits_before(&l, 4350), 0);
    gh_limits_met(&l, 5000, 5100, 1000);
    assert_int_equal(l.n, 1);
}

/* GraphQL's form of a limit, with a status that is a limit's. */
static void test_limits__errors_of_a_query_with_another_status(void **state)
{
    (void)state;
    static const struct {
        int status;
        slice body;
        enum gh_outcome outcome;
    } cases[] = {
        {403, SLICE("{\"errors\":[{\"type\":\"RATE_LIMITED\"}]}"), GH_PRIMARY_LIMIT},
        {429, SLICE(" {\"errors\":[{\"type\":\"RATE_LIMIT\",\"code\":\"graphql_rate_limit\"}]}\n"),
         GH_PRIMARY_LIMIT},
        {403, SLICE("{\"errors\":[{\"message\":\"You have exceeded a secondary rate limit.\"}]}"),
         GH_SECONDARY_LIMIT},
        {403, SLICE("{\"errors\":[{\"message\":\"no\"}]}"), GH_BROKEN},
        {403, SLICE("{\"errors\":"), GH_BROKEN},
        {403, SLICE(""), GH_BROKEN},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct gh_answer answer = {.status = cases[i].status, .graphql = true, .body = cases[i].body};
        assert_int_equal(classify(answer, 0), cases[i].outcome);
        answer.graphql = false; /* of REST it says nothing */
        assert_int_equal(classify(answer, 0), cases[i].status == 429 ? GH_SECONDARY_LIMIT : GH_BROKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_limits__stated_waits_double, set_up),
        cmocka_unit_test_setup(test_limits__waits_for_a_past_reset_double, set_up),
        cmocka_unit_test_setup(test_limits__limits_in_a_row, set_up),
        cmocka_unit_test_setup(test_limits__errors_of_a_query_with_another_status, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
