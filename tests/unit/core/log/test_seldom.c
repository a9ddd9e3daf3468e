#include "tests/unit/unit.h"

#include "core/log/seldom.h"
#include <stdio.h>

static enum log_level said(struct seldom *s, const char *what, const char *why, int64_t at_ms,
                           int64_t n_between)
{
    int64_t n;
    enum log_level level = seldom_level(s, what, why, at_ms, &n);
    assert_int_equal(n, n_between);
    return level;
}

static void test_one_a_minute_with_those_between(void **state)
{
    (void)state;
    struct seldom s = SELDOM_INIT;
    assert_int_equal(said(&s, "save", "no table", 5, 0), LOG_WARN);
    for (int i = 0; i < 7; i++)
        assert_int_equal(said(&s, "save", "no table", 6 + i, 0), LOG_DEBUG);
    assert_int_equal(said(&s, "save", "no table", 5 + SELDOM_MS - 1, 0), LOG_DEBUG);
    assert_int_equal(said(&s, "save", "no table", 5 + SELDOM_MS, 8), LOG_WARN);
    assert_int_equal(said(&s, "save", "no table", 6 + SELDOM_MS, 0), LOG_DEBUG);
    assert_int_equal(said(&s, "save", "no table", 5 + 2 * SELDOM_MS, 1), LOG_WARN);
}

static void test_another_kind_is_not_held_back(void **state)
{
    (void)state;
    struct seldom s = SELDOM_INIT;
    assert_int_equal(said(&s, "save", "no table", 5, 0), LOG_WARN);
    assert_int_equal(said(&s, "save", "no right", 5, 0), LOG_WARN);
    assert_int_equal(said(&s, "look", "no table", 5, 0), LOG_WARN);
    assert_int_equal(said(&s, "saveno", " table", 5, 0), LOG_WARN);
    assert_int_equal(said(&s, "save", "no table", 6, 0), LOG_DEBUG);
    assert_int_equal(said(&s, "save", "no right", 6, 0), LOG_DEBUG);
}

static void test_more_kinds_than_are_told_apart(void **state)
{
    (void)state;
    struct seldom s = SELDOM_INIT;
    char why[8];
    for (int i = 0; i <= SELDOM_KEPT; i++) {
        snprintf(why, sizeof why, "%d", i);
        assert_int_equal(said(&s, "save", why, 5, 0), LOG_WARN);
    }
    assert_int_equal(said(&s, "save", "1", 6, 0), LOG_DEBUG);
    assert_int_equal(said(&s, "save", "0", 6, 0), LOG_WARN); /* forgotten */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_a_minute_with_those_between),
                                       cmocka_unit_test(test_another_kind_is_not_held_back),
                                       cmocka_unit_test(test_more_kinds_than_are_told_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
