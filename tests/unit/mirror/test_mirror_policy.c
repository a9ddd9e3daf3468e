#include "mirror/cache/policy.h"
#include "tests/unit/unit.h"

static void labels(void **state)
{
    static const struct {
        enum upstream_result upstream_result;
        bool stored;
        const char *label;
    } rows[] = {
        {UPSTREAM_FRESH, true, "ONLINE_HIT"},
        {UPSTREAM_UNCHANGED, true, "ONLINE_HIT"},
        {UPSTREAM_ANSWERED, false, "ONLINE_MISS"},
        {UPSTREAM_ANSWERED, true, "ONLINE_MISS"},
        {UPSTREAM_FAILED, true, "API_ERROR_HIT"},
        {UPSTREAM_FAILED, false, "API_ERROR_MISS"},
        {UPSTREAM_LIMITED, true, "RATE_LIMITED_HIT"},
        {UPSTREAM_LIMITED, false, "RATE_LIMITED_MISS"},
        {UPSTREAM_EXHAUSTED, true, "RATE_LIMITED_HIT"},
        {UPSTREAM_EXHAUSTED, false, "RATE_LIMITED_MISS"},
        {UPSTREAM_TIMEOUT, true, "API_TIMEOUT_HIT"},
        {UPSTREAM_TIMEOUT, false, "API_ERROR_MISS"},
        {UPSTREAM_CONNECTION, true, "API_CONNECTION_ERROR_HIT"},
        {UPSTREAM_CONNECTION, false, "API_ERROR_MISS"},
        {UPSTREAM_OFFLINE, true, "OFFLINE_HIT"},
        {UPSTREAM_OFFLINE, false, "OFFLINE_MISS"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(label_name(label_of(rows[i].upstream_result, rows[i].stored)), rows[i].label);
}

static void only_a_sound_answer_is_never_replaced(void **state)
{
    (void)state;
    for (int h = 0; h < N_UPSTREAM_RESULTS; h++)
        assert_int_equal(upstream_result_serves_stored((enum upstream_result)h), h != UPSTREAM_ANSWERED);
}

static void buckets(void **state)
{
    (void)state;
    assert_string_equal(resource_of_path("/users/search"), "core");
    assert_string_equal(resource_of_path("/search/users?q=x"), "search");
    assert_string_equal(resource_of_path("/search/code?q=x"), "code_search");
    assert_string_equal(resource_of_path("/searching"), "core");
    assert_string_equal(resource_of_path("/graphql"), "graphql");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(labels),
                                       cmocka_unit_test(only_a_sound_answer_is_never_replaced),
                                       cmocka_unit_test(buckets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
