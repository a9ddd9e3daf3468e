#include "core/base/day.h"

static const char *const names[DAY_N_INTERVALS] = {"day", "week", "month"};

const char *day_interval_name(enum day_interval interval)
{
    return names[interval];
}

bool day_interval_parse(slice text, enum day_interval *out)
{
    for (int i = 0; i < DAY_N_INTERVALS; i++) {
        if (slice_eq(text, slice_of(names[i]))) {
            *out = (enum day_interval)i;
            return true;
        }
    }
    return false;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t day_of_ms(int64_t at_ms)
{
    return floor_div(at_ms, DAY_MS);
}

struct date {
    int64_t year;
    int month, day;
};

/* The proleptic Gregorian calendar in eras of 400 years; years are counted from March, so that the leap day comes last. */
static struct date date_of(int64_t number)
{
    int64_t since = number + 719468, era = floor_div(since, 146097);
    int in_era = (int)(since - era * 146097);
    int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
    return (struct date){.year = era * 400 + year + (month >= 10),
                         .month = month < 10 ? month + 3 : month - 9,
                         .day = in_year - (153 * month + 2) / 5 + 1};
}

static void put_digits(char *at, unsigned value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
}

char *day_text(int64_t day, char out[DAY_TEXT_SIZE])
{
    struct date date = date_of(day);
    put_digits(out, (unsigned)date.year, 4);
    out[4] = out[7] = '-';
    put_digits(out + 5, (unsigned)date.month, 2);
    put_digits(out + 8, (unsigned)date.day, 2);
    out[10] = '\0';
    return out;
}

int64_t day_begin(int64_t day, enum day_interval interval)
{
    switch (interval) {
    case DAY_BY_WEEK: /* 1970-01-01 was a Thursday */
        return floor_div(day + 3, 7) * 7 - 3;
    case DAY_BY_MONTH:
        return day - (date_of(day).day - 1);
    default:
        return day;
    }
}

int64_t day_next(int64_t begin, enum day_interval interval)
{
    switch (interval) {
    case DAY_BY_WEEK:
        return begin + 7;
    case DAY_BY_MONTH:
        return day_begin(begin + 31, DAY_BY_MONTH);
    default:
        return begin + 1;
    }
}
