#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include <time.h>

static void check(int64_t at_ms)
{
    char ours[CLOCK_ISO_SIZE], expected[CLOCK_ISO_SIZE];
    time_t seconds = (time_t)(at_ms / 1000 - (at_ms % 1000 < 0));
    struct tm tm;
    assert_non_null(gmtime_r(&seconds, &tm));
    assert_true(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
    assert_string_equal(clock_iso(at_ms, ours), expected);
}

/* Every day from 1960 to 2210, at its first and its last second and somewhere between: leap days, ends of centuries, and
 * both sides of where the C library takes over. */
static void test_clock__writes_each_day_as_the_c_library_does(void **state)
{
    (void)state;
    for (int64_t day = -3653; day < 87660; day++) {
        check(day * 86400000);
        check(day * 86400000 + (day * 7919 + 86399) % 86400 * 1000 + 1);
        check(day * 86400000 + 86399999);
    }
}

static void test_clock__writes_times_far_away(void **state)
{
    char out[CLOCK_ISO_SIZE];
    (void)state;
    assert_string_equal(clock_iso(-1, out), "1969-12-31T23:59:59Z");
    assert_string_equal(clock_iso(-62135596800000, out), "0001-01-01T00:00:00Z");
    assert_string_equal(clock_iso(-30610224000001, out), "0999-12-31T23:59:59Z");
    assert_string_equal(clock_iso(253402300799999, out), "9999-12-31T23:59:59Z");
    assert_string_equal(clock_iso_or(1000, "never", out), "1970-01-01T00:00:01Z");
    assert_string_equal(clock_iso_or(0, "never", out), "never");
    assert_string_equal(clock_iso_or(INT64_MAX, "never", out), "never");
    assert_string_equal(clock_iso(INT64_MAX, out), "292278994-08-17T07:12:55Z");
    clock_iso(INT64_MIN, out);
    assert_true(strlen(out) < sizeof out);
}

static void test_clock__reads_http_dates(void **state)
{
    int64_t at_ms = 0;
    (void)state;
    assert_true(clock_parse_http(SLICE(" Sun, 06 Nov 1994 08:49:37 GMT "), &at_ms));
    assert_int_equal(at_ms, 784111777000);
    static const char *const forms[] = {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                                        "Sun Nov 06 08:49:37 1994", "sun, 6 nov 1994 08:49:37 GMT"};
    static const char *const others[] = {"Sun, 06 Nov 1994 08:49:37",
                                         "Sun, 06 Nov 1994 08:49:37 CET",
                                         "Sun, 06 Nov 1994 08:61:37 GMT",
                                         "1994-11-06T08:49:37Z",
                                         "Sun Nov 6 1994",
                                         "06 Nov 1994 08:49:37 GMT",
                                         "Sunday, 06-Nov-94 08:49:37 GMT x"};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        at_ms = 0;
        assert_true(clock_parse_http(slice_of(forms[i]), &at_ms));
        assert_int_equal(at_ms, 784111777000);
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(clock_parse_http(slice_of(others[i]), &at_ms));
    assert_false(clock_parse_http(SLICE("Sun, 06 Nov 1994 08:49:37 GMT."), &at_ms));
    assert_false(clock_parse_http(SLICE(""), &at_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__writes_each_day_as_the_c_library_does),
        cmocka_unit_test(test_clock__writes_times_far_away),
        cmocka_unit_test(test_clock__reads_http_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
