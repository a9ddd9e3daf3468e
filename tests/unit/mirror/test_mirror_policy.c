#include "mirror/policy.h"
#include "tests/unit/unit.h"

static void labels(void **state)
{
    static const struct {
        enum happened happened;
        bool stored;
        const char *label;
    } rows[] = {
        {HAP_FRESH, true, "ONLINE_HIT"},
        {HAP_UNCHANGED, true, "ONLINE_HIT"},
        {HAP_ANSWERED, false, "ONLINE_MISS"},
        {HAP_ANSWERED, true, "ONLINE_MISS"},
        {HAP_FAILED, true, "API_ERROR_HIT"},
        {HAP_FAILED, false, "API_ERROR_MISS"},
        {HAP_LIMITED, true, "RATE_LIMITED_HIT"},
        {HAP_LIMITED, false, "RATE_LIMITED_MISS"},
        {HAP_EXHAUSTED, true, "RATE_LIMITED_HIT"},
        {HAP_EXHAUSTED, false, "RATE_LIMITED_MISS"},
        {HAP_TIMEOUT, true, "API_TIMEOUT_HIT"},
        {HAP_TIMEOUT, false, "API_ERROR_MISS"},
        {HAP_CONNECTION, true, "API_CONNECTION_ERROR_HIT"},
        {HAP_CONNECTION, false, "API_ERROR_MISS"},
        {HAP_OFFLINE, true, "OFFLINE_HIT"},
        {HAP_OFFLINE, false, "OFFLINE_MISS"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(label_name(label_of(rows[i].happened, rows[i].stored)), rows[i].label);
}

static void only_a_sound_answer_is_never_replaced(void **state)
{
    (void)state;
    for (int h = 0; h < N_HAPPENED; h++)
        assert_int_equal(happened_serves_stored((enum happened)h), h != HAP_ANSWERED);
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
