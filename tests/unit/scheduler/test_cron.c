#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "scheduler/cron.h"
#include <stdio.h>
#include <time.h>

static struct cron_spec parsed(const char *text)
{
    struct cron_spec spec;
    struct err err;
    if (!cron_parse(slice_of(text), &spec, &err))
        fail_msg("%s: %s", text, err.text);
    return spec;
}

static int64_t at(const char *iso)
{
    struct tm tm = {0};
    assert_non_null(strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm));
    return (int64_t)timegm(&tm) * 1000;
}

static void assert_next(const char *expression, const char *after, const char *expected)
{
    struct cron_spec spec = parsed(expression);
    int64_t next_ms;
    char iso[CLOCK_ISO_SIZE];
    assert_true(cron_next(&spec, at(after), &next_ms));
    assert_string_equal(clock_iso(next_ms, iso), expected);
}

static void assert_refused(const char *text, const char *field, const char *piece)
{
    struct cron_spec spec;
    struct err err = {0};
    if (cron_parse(slice_of(text), &spec, &err))
        fail_msg("\"%s\" was taken", text);
    assert_int_equal(err.code, ERR_CONFIG);
    if (!strstr(err.text, field) || !strstr(err.text, piece) || !strstr(err.text, "expected"))
        fail_msg("\"%s\" gave: %s", text, err.text);
}

static void test_cron__fields_become_bits(void **state)
{
    (void)state;
    struct cron_spec spec = parsed("0,15-17,*/20 0-23/6 1,31 1,12 0,6");
    assert_true(spec.minutes == (1ull << 0 | 1ull << 15 | 1ull << 16 | 1ull << 17 | 1ull << 20 | 1ull << 40));
    assert_int_equal(spec.hours, 1u << 0 | 1u << 6 | 1u << 12 | 1u << 18);
    assert_int_equal(spec.days, 1u << 1 | 1u << 31);
    assert_int_equal(spec.months, 1u << 1 | 1u << 12);
    assert_int_equal(spec.weekdays, 1u << 0 | 1u << 6);
    assert_false(spec.any_day);
    assert_false(spec.any_weekday);
    spec = parsed("* * * * *");
    assert_true(spec.minutes == (1ull << 60) - 1);
    assert_int_equal(spec.hours, (1u << 24) - 1);
    assert_true(spec.days == 0xfffffffeu);
    assert_int_equal(spec.months, 0x1ffe);
    assert_int_equal(spec.weekdays, 0x7f);
    assert_true(spec.any_day && spec.any_weekday);
}

static void test_cron__number_with_step_runs_to_the_end(void **state)
{
    (void)state;
    assert_true(parsed("50/5 * * * *").minutes == (1ull << 50 | 1ull << 55));
}

static void test_cron__names_in_any_case(void **state)
{
    (void)state;
    struct cron_spec spec = parsed("0 0 * JAN,feb-Apr,Dec mon-FRI");
    assert_int_equal(spec.months, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 12);
    assert_int_equal(spec.weekdays, 0x3e);
    assert_int_equal(parsed("0 0 * * sun").weekdays, 1);
    assert_int_equal(parsed("0 0 * * sat").weekdays, 0x40);
}

static void test_cron__weekday_seven_is_sunday(void **state)
{
    (void)state;
    assert_int_equal(parsed("0 0 * * 7").weekdays, 1);
    assert_int_equal(parsed("0 0 * * 0-7").weekdays, 0x7f);
    assert_int_equal(parsed("0 0 * * 5-7").weekdays, 1u << 5 | 1u << 6 | 1u << 0);
    assert_next("0 0 * * 7", "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
}

static void test_cron__shorthands(void **state)
{
    (void)state;
    assert_next("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_next("@annually", "2026-05-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_next("@monthly", "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z");
    assert_next("@weekly", "2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z");
    assert_next("@daily", "2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z");
    assert_next("@midnight", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
    assert_next(" @Hourly ", "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z");
}

static void test_cron__blanks_between_and_around_fields(void **state)
{
    (void)state;
    assert_next(" \t5  6\t*  * * \n", "2026-11-21T00:00:00Z", "2026-11-21T06:05:00Z");
}

static void test_cron__next_is_strictly_after(void **state)
{
    (void)state;
    struct cron_spec spec = parsed("* * * * *");
    int64_t next_ms;
    assert_true(cron_next(&spec, 0, &next_ms));
    assert_int_equal(next_ms, 60000);
    assert_true(cron_next(&spec, 59999, &next_ms));
    assert_int_equal(next_ms, 60000);
    assert_true(cron_next(&spec, 60001, &next_ms));
    assert_int_equal(next_ms, 120000);
    assert_true(cron_next(&spec, -1, &next_ms));
    assert_int_equal(next_ms, 0);
    assert_true(cron_next(&spec, -60001, &next_ms));
    assert_int_equal(next_ms, -60000);
}

static void test_cron__both_day_fields_restricted_means_either(void **state)
{
    (void)state;
    /* 13th or Friday; 2026-11-13 is a Friday */
    assert_next("0 0 13 * 5", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z");
    assert_next("0 0 13 * 5", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z");
    /* a field that begins with '*' restricts by "and" */
    assert_next("0 0 */2 * 5", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z");
    assert_next("0 0 */2 * 5", "2026-11-13T00:00:00Z", "2026-11-27T00:00:00Z");
    assert_next("0 0 13 * *", "2026-11-13T00:00:00Z", "2026-12-13T00:00:00Z");
}

static void test_cron__leap_days(void **state)
{
    (void)state;
    assert_next("0 0 29 2 *", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z");
    assert_next("59 23 29 2 *", "2096-02-29T23:59:00Z", "2104-02-29T23:59:00Z"); /* 2100 has none */
    assert_next("0 0 29 2 *", "1999-03-01T00:00:00Z", "2000-02-29T00:00:00Z");   /* 2000 has one */
    assert_next("0 0 28 2 *", "2023-02-28T00:00:00Z", "2024-02-28T00:00:00Z");
}

static void test_cron__thirtieth_of_february_never_comes(void **state)
{
    (void)state;
    static const char *const never[] = {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *"};
    for (size_t i = 0; i < ARRAY_LEN(never); i++) {
        struct cron_spec spec = parsed(never[i]);
        int64_t next_ms = 42;
        assert_false(cron_next(&spec, at("2026-11-21T00:00:00Z"), &next_ms));
        assert_int_equal(next_ms, 42);
    }
    /* but a weekday of February does */
    assert_next("0 0 30 2 1", "2026-11-21T00:00:00Z", "2027-02-01T00:00:00Z");
}

static void test_cron__year_boundary(void **state)
{
    (void)state;
    assert_next("* * * * *", "2026-12-31T23:59:00Z", "2027-01-01T00:00:00Z");
    assert_next("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z");
    assert_next("0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
    assert_next("30 1 * * *", "1969-12-31T23:00:00Z", "1970-01-01T01:30:00Z");
}

static void test_cron__ends_of_time_do_not_overflow(void **state)
{
    (void)state;
    struct cron_spec spec = parsed("* * * * *"), none = {0};
    int64_t next_ms;
    assert_false(cron_next(&spec, INT64_MAX, &next_ms));
    assert_true(cron_next(&spec, INT64_MIN, &next_ms));
    assert_true(next_ms > INT64_MIN && next_ms <= INT64_MIN + 60000);
    assert_false(cron_next(&none, 0, &next_ms));
}

static void test_cron__errors_name_field_and_piece(void **state)
{
    (void)state;
    assert_refused("60 * * * *", "minute", "60");
    assert_refused("* 24 * * *", "hour", "24");
    assert_refused("* * 0 * *", "day of month", "\"0\"");
    assert_refused("* * 32 * *", "day of month", "32");
    assert_refused("* * * 13 *", "month", "13");
    assert_refused("* * * 0 *", "month", "\"0\"");
    assert_refused("* * * * 8", "day of week", "8");
    assert_refused("a * * * *", "minute", "\"a\"");
    assert_refused("* * * juno *", "month", "juno");
    assert_refused("jan * * * *", "minute", "jan");
    assert_refused("* * * mon *", "month", "mon");
    assert_refused("*/0 * * * *", "minute", "*/0");
    assert_refused("*/61 * * * *", "minute", "*/61");
    assert_refused("*/ * * * *", "minute", "*/");
    assert_refused("*/2/2 * * * *", "minute", "*/2/2");
    assert_refused("* 5-1 * * *", "hour", "5-1");
    assert_refused("* * * * fri-mon", "day of week", "fri-mon");
    assert_refused("* 1- * * *", "hour", "1-");
    assert_refused("* -1 * * *", "hour", "-1");
    assert_refused("* 1--3 * * *", "hour", "1--3");
    assert_refused("* 1-2-3 * * *", "hour", "1-2-3");
    assert_refused("+5 * * * *", "minute", "+5");
    assert_refused("** * * * *", "minute", "**");
    assert_refused("*-5 * * * *", "minute", "*-5");
    assert_refused("1,,2 * * * *", "minute", "1,,2");
    assert_refused("1, * * * *", "minute", "1,");
    assert_refused("99999999999999999999 * * * *", "minute", "99999999999999999999");
    assert_refused("* * * * * *", "day of week", "\"*\"");
    assert_refused("* * * *", "day of week", "missing");
    assert_refused("", "minute", "missing");
    assert_refused("   ", "minute", "missing");
    assert_refused("@reboot", "@reboot", "@hourly");
    assert_refused("@", "\"@\"", "@daily");
    assert_refused("@hourly *", "@hourly *", "five fields");
    assert_refused("* *\n* * *", "hour", "expected a number");
}

static void test_cron__long_wrong_piece_is_cut(void **state)
{
    (void)state;
    char text[1000];
    struct cron_spec spec;
    struct err err;
    memset(text, '9', sizeof text);
    assert_false(cron_parse(slice_from(text, sizeof text), &spec, &err));
    assert_non_null(strstr(err.text, "expected a number from 0 to 59"));
    assert_false(cron_parse((slice){NULL, 0}, &spec, &err));
}

/* The slow truth: libc's calendar and a plain reading of the fields, minute by minute. */
struct naive {
    const char *expression;
    bool (*fits)(const struct tm *tm);
};

static bool quarter_hours(const struct tm *tm)
{
    return tm->tm_min % 15 == 0 && tm->tm_hour >= 8 && tm->tm_hour <= 18 && tm->tm_wday >= 1 &&
           tm->tm_wday <= 5;
}

static bool either_day(const struct tm *tm)
{
    return tm->tm_min == 30 && (tm->tm_hour == 4 || tm->tm_hour == 16) &&
           (tm->tm_mday == 1 || tm->tm_mday == 15 || tm->tm_wday == 5);
}

static bool end_of_months(const struct tm *tm)
{
    return tm->tm_min == 59 && tm->tm_hour == 23 && tm->tm_mday >= 28 && tm->tm_mon % 2 == 1;
}

static bool odd_days_on_sunday(const struct tm *tm)
{
    return tm->tm_min == 7 && tm->tm_hour % 5 == 0 && tm->tm_mday % 2 == 1 && tm->tm_wday == 0;
}

static void compare(const struct naive *n, int64_t from_ms, int64_t until_ms)
{
    struct cron_spec spec = parsed(n->expression);
    int64_t expected_ms = 0;
    int hits = 0;
    assert_true(cron_next(&spec, from_ms, &expected_ms));
    for (int64_t t = from_ms + 60000; t < until_ms; t += 60000) {
        time_t seconds = (time_t)(t / 1000);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        bool fits = n->fits(&tm);
        if (fits != (t == expected_ms))
            fail_msg("%s: at %lld: fits %d, next said %lld", n->expression, (long long)t, fits,
                     (long long)expected_ms);
        if (fits) {
            hits++;
            assert_true(cron_next(&spec, t, &expected_ms));
        }
    }
    assert_true(hits > 10);
}

static void test_cron__agrees_with_minute_by_minute(void **state)
{
    (void)state;
    static const struct naive cases[] = {
        {"*/15 8-18 * * mon-fri", quarter_hours},
        {"30 4,16 1,15 * 5", either_day},
        {"59 23 28-31 2-12/2 *", end_of_months},
        {"7 */5 */2 * 7", odd_days_on_sunday},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        compare(&cases[i], at("2027-12-30T00:00:00Z"), at("2029-01-03T00:00:00Z"));
}

static bool random_fits(const struct cron_spec *s, const struct tm *tm)
{
    bool day = s->days >> tm->tm_mday & 1, weekday = s->weekdays >> tm->tm_wday & 1;
    return (s->minutes >> tm->tm_min & 1) && (s->hours >> tm->tm_hour & 1) &&
           (s->months >> (tm->tm_mon + 1) & 1) &&
           (s->any_day || s->any_weekday ? day && weekday : day || weekday);
}

static uint32_t step(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void test_cron__agrees_on_random_specs(void **state)
{
    (void)state;
    uint32_t seed = 20261121;
    for (int round = 0; round < 300; round++) {
        char text[80];
        snprintf(text, sizeof text, "%u,%u %u-23/%u %s%u %u-12 %s%u", step(&seed) % 60, step(&seed) % 60,
                 step(&seed) % 24, step(&seed) % 5 + 1, step(&seed) % 2 ? "*/" : "", step(&seed) % 28 + 1,
                 step(&seed) % 12 + 1, step(&seed) % 2 ? "*/" : "", step(&seed) % 6 + 1);
        struct cron_spec spec = parsed(text);
        int64_t from_ms = at("2026-01-01T00:00:00Z") + (int64_t)(step(&seed) % 1000000) * 60000, next_ms = 0;
        bool found = cron_next(&spec, from_ms, &next_ms);
        int64_t t = from_ms, end_ms = from_ms + INT64_C(400) * 86400000;
        for (t += 60000; t < end_ms; t += 60000) {
            time_t seconds = (time_t)(t / 1000);
            struct tm tm;
            gmtime_r(&seconds, &tm);
            if (random_fits(&spec, &tm))
                break;
        }
        if (t < end_ms ? !found || next_ms != t : found && next_ms < end_ms)
            fail_msg("%s after %lld: %lld instead of %lld", text, (long long)from_ms, (long long)next_ms,
                     (long long)t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cron__fields_become_bits),
        cmocka_unit_test(test_cron__number_with_step_runs_to_the_end),
        cmocka_unit_test(test_cron__names_in_any_case),
        cmocka_unit_test(test_cron__weekday_seven_is_sunday),
        cmocka_unit_test(test_cron__shorthands),
        cmocka_unit_test(test_cron__blanks_between_and_around_fields),
        cmocka_unit_test(test_cron__next_is_strictly_after),
        cmocka_unit_test(test_cron__both_day_fields_restricted_means_either),
        cmocka_unit_test(test_cron__leap_days),
        cmocka_unit_test(test_cron__thirtieth_of_february_never_comes),
        cmocka_unit_test(test_cron__year_boundary),
        cmocka_unit_test(test_cron__ends_of_time_do_not_overflow),
        cmocka_unit_test(test_cron__errors_name_field_and_piece),
        cmocka_unit_test(test_cron__long_wrong_piece_is_cut),
        cmocka_unit_test(test_cron__agrees_with_minute_by_minute),
        cmocka_unit_test(test_cron__agrees_on_random_specs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
