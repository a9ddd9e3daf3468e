#include "tests/unit/unit.h"

#include "core/log/log_limit.h"

static bool passes(struct log_limit *limit, const char *what, const char *why, int64_t at_ms, int64_t n_held)
{
    int64_t n;
    bool passes = log_limit_passes(limit, what, why, at_ms, &n);
    assert_int_equal(n, n_held);
    return passes;
}

static void test_log_limit__one_line_a_minute_with_the_number_of_those_held(void **state)
{
    (void)state;
    struct log_limit limit = LOG_LIMIT_INIT;
    assert_true(passes(&limit, "save", "no table", 5, 0));
    for (int i = 0; i < 7; i++)
        assert_false(passes(&limit, "save", "no table", 6 + i, 0));
    assert_false(passes(&limit, "save", "no table", 5 + LOG_LIMIT_MS - 1, 0));
    assert_true(passes(&limit, "save", "no table", 5 + LOG_LIMIT_MS, 8));
    assert_false(passes(&limit, "save", "no table", 6 + LOG_LIMIT_MS, 0));
    assert_true(passes(&limit, "save", "no table", 5 + 2 * LOG_LIMIT_MS, 1));
}

static void test_log_limit__another_kind_is_not_held(void **state)
{
    (void)state;
    struct log_limit limit = LOG_LIMIT_INIT;
    assert_true(passes(&limit, "save", "no table", 5, 0));
    assert_true(passes(&limit, "save", "no right", 5, 0));
    assert_true(passes(&limit, "look", "no table", 5, 0));
    assert_true(passes(&limit, "saveno", " table", 5, 0));
    assert_false(passes(&limit, "save", "no table", 6, 0));
    assert_false(passes(&limit, "save", "no right", 6, 0));
}

static void test_log_limit__other_numbers_are_no_other_kind(void **state)
{
    (void)state;
    struct log_limit limit = LOG_LIMIT_INIT;
    assert_true(passes(&limit, "save", "file 5/163: no space at block 9", 5, 0));
    assert_false(passes(&limit, "save", "file 5/164: no space at block 10", 6, 0));
    assert_true(passes(&limit, "save", "file 5/163: no space", 7, 0));
    assert_true(passes(&limit, "save", "12", 8, 0));
    assert_false(passes(&limit, "save", "7", 9, 0));
    assert_true(passes(&limit, "save", "", 10, 0)); /* no number is not any number */
}

static void test_log_limit__beyond_the_remembered_kinds_the_oldest_passes_again(void **state)
{
    (void)state;
    struct log_limit limit = LOG_LIMIT_INIT;
    char why[] = "x";
    for (int i = 0; i <= LOG_LIMIT_KINDS; i++) {
        why[0] = (char)('A' + i);
        assert_true(passes(&limit, "save", why, 5, 0));
    }
    assert_false(passes(&limit, "save", "B", 6, 0));
    assert_true(passes(&limit, "save", "A", 6, 0)); /* forgotten */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_limit__one_line_a_minute_with_the_number_of_those_held),
        cmocka_unit_test(test_log_limit__another_kind_is_not_held),
        cmocka_unit_test(test_log_limit__other_numbers_are_no_other_kind),
        cmocka_unit_test(test_log_limit__beyond_the_remembered_kinds_the_oldest_passes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
