#include "tests/unit/unit.h"

#include "cli/terminal/trend.h"

static void test_trend__requests_a_minute(void **state)
{
    struct trend t = {.n = 0};
    (void)state;
    assert_int_equal(trend_a_minute(&t), -1);
    trend_count(&t, 1000, 100, 60000);
    assert_int_equal(trend_a_minute(&t), -1); /* one sample tells nothing */
    trend_count(&t, 2000, 110, 60000);
    assert_int_equal(trend_a_minute(&t), -1); /* nor does a second */
    trend_count(&t, 4000, 130, 60000);
    assert_int_equal(trend_a_minute(&t), 600);
    trend_count(&t, 7000, 130, 60000);
    assert_int_equal(trend_a_minute(&t), 300);
    trend_count(&t, 8000, 5, 60000); /* another crawler counts from 0 */
    assert_int_equal(trend_a_minute(&t), -1);
    trend_count(&t, 11000, 10, 60000);
    assert_int_equal(trend_a_minute(&t), 100);
}

static void test_trend__only_the_last_minutes_count(void **state)
{
    struct trend t = {.n = 0};
    (void)state;
    for (int64_t s = 0; s <= 300; s += 3) /* 20 a minute, then none */
        trend_count(&t, s * 1000, s < 200 ? s / 3 : 66, 60000);
    assert_int_equal(trend_a_minute(&t), 0);
    assert_true(t.n <= TREND_SAMPLES);
    for (int64_t s = 0; s <= 1000; s++) /* more samples than there is room for: 60 a minute, then 6 */
        trend_add(&t, 1000000 + s * 1000, s < 500 ? s : 500 + (s - 500) / 10, 600000);
    assert_true(t.n <= TREND_SAMPLES);
    assert_in_range(t.samples[0].at_ms, 2000000 - 620000, 2000000 - 600000);
    assert_int_equal(t.samples[t.n - 1].at_ms, 2000000);
    assert_in_range(trend_a_minute(&t), 60 / 6 + 6 * 5 / 6,
                    60 / 6 + 6 * 5 / 6 + 2); /* over all ten minutes */
    trend_add(&t, 5, 1, 1000);               /* time ran backwards */
    assert_int_equal(t.n, 1);
}

static void test_trend__what_is_left(void **state)
{
    struct trend t = {.n = 0};
    (void)state;
    assert_int_equal(trend_left_ms(&t), -1);
    trend_add(&t, 0, 1000, 180000);
    assert_int_equal(trend_left_ms(&t), -1);
    trend_add(&t, 10000, 900, 180000);
    assert_int_equal(trend_left_ms(&t), -1); /* too early to tell */
    trend_add(&t, 20000, 800, 180000);
    assert_int_equal(trend_left_ms(&t), 80000); /* 10 a second */
    trend_add(&t, 40000, 1200, 180000);
    assert_int_equal(trend_left_ms(&t), -1); /* it grows */
    trend_add(&t, 41000, 0, 180000);
    assert_int_equal(trend_left_ms(&t), 0);
    t.n = 0;
    trend_add(&t, 0, INT64_MAX / 2, 1000000);
    trend_add(&t, 100000, INT64_MAX / 2 - 1, 1000000);
    assert_int_equal(trend_left_ms(&t), -1); /* longer than anybody waits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trend__requests_a_minute),
        cmocka_unit_test(test_trend__only_the_last_minutes_count),
        cmocka_unit_test(test_trend__what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
