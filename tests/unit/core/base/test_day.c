#include "tests/unit/unit.h"

#include "core/base/day.h"

static void test_day__text(void **state)
{
    static const struct {
        int64_t day;
        const char *text;
    } cases[] = {{0, "1970-01-01"},     {-1, "1969-12-31"},      {11016, "2000-02-29"},
                 {20786, "2026-11-29"}, {-719162, "0001-01-01"}, {2932896, "9999-12-31"},
                 {-25567, "1900-01-01"}};
    char text[DAY_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(day_text(cases[i].day, text), cases[i].text);
}

static void test_day__of_a_moment(void **state)
{
    (void)state;
    assert_int_equal(day_of_ms(0), 0);
    assert_int_equal(day_of_ms(DAY_MS - 1), 0);
    assert_int_equal(day_of_ms(-1), -1);
    assert_int_equal(day_of_ms(-DAY_MS), -1);
    assert_int_equal(day_of_ms(-DAY_MS - 1), -2);
}

/* Every day of some centuries: it lies in its interval, which begins where it should, and the next one follows without a gap. */
static void test_day__intervals_tile_the_calendar(void **state)
{
    char text[DAY_TEXT_SIZE];
    (void)state;
    for (int interval = 0; interval < DAY_N_INTERVALS; interval++) {
        int64_t begin = day_begin(-140000, (enum day_interval)interval);
        for (int64_t day = -140000; day < 140000; day++) {
            if (day == day_next(begin, (enum day_interval)interval))
                begin = day;
            assert_int_equal(day_begin(day, (enum day_interval)interval), begin);
            if (interval == DAY_BY_MONTH)
                assert_memory_equal(day_text(begin, text) + 8, "01", 2);
        }
    }
    assert_int_equal(day_begin(0, DAY_BY_WEEK), -3); /* a Thursday's Monday */
    assert_int_equal(day_begin(20786, DAY_BY_WEEK), 20780);
}

static void test_day__names(void **state)
{
    enum day_interval interval;
    (void)state;
    assert_true(day_interval_parse(SLICE("week"), &interval) && interval == DAY_BY_WEEK);
    assert_string_equal(day_interval_name(DAY_BY_MONTH), "month");
    assert_false(day_interval_parse(SLICE("Week"), &interval));
    assert_false(day_interval_parse(SLICE(""), &interval));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day__text),
        cmocka_unit_test(test_day__of_a_moment),
        cmocka_unit_test(test_day__intervals_tile_the_calendar),
        cmocka_unit_test(test_day__names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
