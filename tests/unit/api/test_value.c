#include "tests/unit/unit.h"

#include "api/request/value.h"

static void check_number(const char *text, int64_t floor, bool fraction, int beyond)
{
    struct number number;
    assert_true(value_number(slice_of(text), &number));
    assert_true(number.floor == floor);
    assert_int_equal(number.fraction, fraction);
    assert_int_equal(number.beyond, beyond);
}

static void test_value__numbers(void **state)
{
    (void)state;
    check_number("0", 0, false, 0);
    check_number(" -7 ", -7, false, 0);
    check_number("+7", 7, false, 0);
    check_number("5.0", 5, false, 0);
    check_number("5.", 5, false, 0);
    check_number(".5", 0, true, 0);
    check_number("-0.5", -1, true, 0);
    check_number("1e3", 1000, false, 0);
    check_number("1E-1", 0, true, 0);
    check_number("007", 7, false, 0);
    check_number("9223372036854775807", INT64_MAX, false, 0);
    check_number("-9223372036854775808", INT64_MIN, false, 0);
    check_number("9223372036854775808", INT64_MAX, false, 1);
    check_number("-9223372036854775809", INT64_MIN, false, -1);
    check_number("1e99999", INT64_MAX, false, 1);
    check_number("-1e400", INT64_MIN, false, -1);
}

static void test_value__what_is_no_number(void **state)
{
    static const char *const bad[] = {"",    " ",   "a",        "1a",    "--1",      "+-1", ".",
                                      "e5",  "1e",  "1e+",      "NaN",   "inf",      "0x1", "1_0",
                                      "1,0", "1 2", "\xd9\xa3", "1.2.3", "Infinity", "-"};
    struct number number;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(value_number(slice_of(bad[i]), &number));
    assert_false(value_number(SLICE("1\0"), &number));
    char digits[401];
    memset(digits, '1', sizeof digits);
    assert_false(value_number(slice_from(digits, 401), &number));
    assert_true(value_number(slice_from(digits, 400), &number));
}

static void check_time(const char *text, int64_t at_ms, bool fraction)
{
    int64_t got;
    bool cut;
    assert_true(value_time(slice_of(text), &got, &cut));
    assert_true(got == at_ms);
    assert_int_equal(cut, fraction);
}

static void test_value__times(void **state)
{
    const int64_t at = 1577934245000; /* 2020-01-02T03:04:05Z */
    (void)state;
    check_time("2020-01-02T03:04:05Z", at, false);
    check_time("2020-01-02T03:04:05", at, false);
    check_time(" 2020-01-02 03:04:05 ", at, false);
    check_time("2020-01-02t03:04:05z", at, false);
    check_time("2020-01-02T05:04:05+02:00", at, false);
    check_time("2020-01-02T05:04:05 02:00", at, false); /* a '+' that was decoded */
    check_time("2020-01-01T21:34:05-0530", at, false);
    check_time("2020-01-02T05:04:05+02", at, false);
    check_time("2020-01-02T03:04", at - 5000, false);
    check_time("2020-01-02", at - 11045000, false);
    check_time("2020-1-2T3:4:5Z", at, false);
    check_time("2020-1-2 3:04", at - 5000, false);
    check_time("2020-1-2", at - 11045000, false);
    check_time("2020-01-02T03:04:05.123000000000Z", at + 123, false);
    check_time("2020-01-02T03:04:05.000000000001Z", at, true);
    check_time("2020-01-02T03:04:05.25Z", at + 250, false);
    check_time("2020-01-02T03:04:05.1234Z", at + 123, true);
    check_time("2020-01-02T03:04:05.123000000", at + 123, false);
    check_time("1970-01-01", 0, false);
    check_time("1969-12-31T23:59:59Z", -1000, false);
    check_time("0001-01-01", -62135596800000, false);
    check_time("9999-12-31T23:59:59Z", 253402300799000, false);
    check_time("2000-02-29", 951782400000, false);
}

static void test_value__what_is_no_time(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "2020",
        "2020-1-",
        "2020--2",
        "2020-001-02",
        "2020-1-002",
        "20-1-2",
        "2020-1-2T3",
        "2020-1-2T003:04",
        "2020-00-01",
        "2020-13-01",
        "2020-02-30",
        "1900-02-29",
        "2020-01-32",
        "2020-01-01T",
        "2020-01-01T24:00",
        "2020-01-01T10",
        "0000-01-01",
        "2020/01/01",
        "12020-01-01",
        "2020-01-01Z",
        "2020-01-01T10:60",
        "2020-01-01T10:00:60Z",
        "infinity",
        "now",
        "20200101",
        "2020-01-01T10:00:00.",
        "2020-01-01T10:00:00.1234567890123",
        "2020-01-01T10:00:00+24:00",
        "2020-01-01T10:00:00+2",
        "2020-01-01T10:00:00+02:",
        "2020-01-01T10:00:00ZZ",
        "2020-01-01T10:00:00+02:60",
        "-2020-01-01",
    };
    int64_t got;
    bool cut;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (value_time(slice_of(bad[i]), &got, &cut))
            fail_msg("taken for a time: %s", bad[i]);
    assert_false(value_time(SLICE("2020-01-01\0"), &got, &cut));
}

static void test_value__booleans(void **state)
{
    bool got;
    (void)state;
    assert_true(value_bool(SLICE("true"), &got) && got);
    assert_true(value_bool(SLICE("True"), &got) && got);
    assert_true(value_bool(SLICE("1"), &got) && got);
    assert_true(value_bool(SLICE("false"), &got) && !got);
    assert_true(value_bool(SLICE("False"), &got) && !got);
    assert_true(value_bool(SLICE("0"), &got) && !got);
    assert_true(value_bool(SLICE("TRUE"), &got) && got);
    assert_true(value_bool(SLICE("fAlse"), &got) && !got);
    assert_false(value_bool(SLICE("yes"), &got));
    assert_false(value_bool(SLICE(""), &got));
}

static void check_whole(const char *text, int64_t min, int64_t max, int64_t want, int64_t up_to)
{
    int64_t got = -1;
    assert_int_equal(value_whole(slice_of(text), min, max, &got), want >= 0);
    assert_true(got == want);
    got = -1;
    assert_int_equal(value_whole_up_to(slice_of(text), min, max, &got), up_to >= 0);
    assert_true(got == up_to);
}

static void test_value__whole_numbers(void **state)
{
    (void)state;
    static const char *const seven[] = {"7", "+7", " 7 ", "007", "+07", "\t7"};
    static const char *const none[] = {"",    " ",   "+",   "-7",  "-0",  "7.0",
                                       "7e0", "+ 7", "++7", "7 7", "0x7", "x"};
    for (size_t i = 0; i < ARRAY_LEN(seven); i++)
        check_whole(seven[i], 0, 100, 7, 7);
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        check_whole(none[i], 0, 100, -1, -1);
    check_whole("0", 0, 100, 0, 0);
    check_whole("0", 1, 100, -1, -1);
    check_whole("000", 1, 100, -1, -1);
    check_whole("100", 1, 100, 100, 100);
    check_whole("101", 1, 100, -1, 100);
    check_whole("99999999999999999999", 1, 100, -1, 100);
    check_whole("9223372036854775807", 1, INT64_MAX, INT64_MAX, INT64_MAX);
    check_whole("9223372036854775808", 1, INT64_MAX, -1, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value__numbers),  cmocka_unit_test(test_value__what_is_no_number),
        cmocka_unit_test(test_value__times),    cmocka_unit_test(test_value__what_is_no_time),
        cmocka_unit_test(test_value__booleans), cmocka_unit_test(test_value__whole_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
