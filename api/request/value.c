#include "api/request/value.h"
#include "core/base/token.h"
#include <math.h>
#include <stdlib.h>

#define NUMBER_MAX_CHARS 400

static size_t digits(slice s, size_t from)
{
    size_t n = 0;
    while (from + n < s.len && is_digit(s.ptr[from + n]))
        n++;
    return n;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. */
static bool is_decimal(slice s)
{
    size_t at = 0, whole, part = 0;
    if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-'))
        at++;
    at += whole = digits(s, at);
    if (at < s.len && s.ptr[at] == '.') {
        at++;
        at += part = digits(s, at);
    }
    if (whole + part == 0)
        return false;
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        at++;
        if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-'))
            at++;
        size_t exponent = digits(s, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == s.len;
}

/* The digits of "7", "+7", " 7 "; ptr NULL: it is something else. */
static slice whole_digits(slice text)
{
    slice s = slice_trim(text);
    if (s.len && s.ptr[0] == '+')
        s = slice_from(s.ptr + 1, s.len - 1);
    return s.len && digits(s, 0) == s.len ? s : (slice){NULL, 0};
}

bool value_whole(slice text, int64_t min, int64_t max, int64_t *out)
{
    slice s = whole_digits(text);
    return s.ptr && slice_i64(s, min, max, out);
}

bool value_whole_up_to(slice text, int64_t min, int64_t max, int64_t *out)
{
    int64_t number;
    slice s = whole_digits(text);
    if (!s.ptr)
        return false;
    if (!slice_i64(s, 0, max, &number)) /* all are digits, so it is too large */
        number = max;
    if (number < min)
        return false;
    *out = number;
    return true;
}

bool value_number(slice text, struct number *out)
{
    char copy[NUMBER_MAX_CHARS + 1];
    slice s = slice_trim(text);
    *out = (struct number){0};
    if (s.len > NUMBER_MAX_CHARS || !is_decimal(s))
        return false;
    if (slice_i64(s, INT64_MIN, INT64_MAX, &out->floor))
        return true;
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    long double value = strtold(copy, NULL), floor_value = floorl(value);
    if (floor_value >= 0x1p63L || floor_value < -0x1p63L) {
        out->beyond = value > 0 ? 1 : -1;
        out->floor = value > 0 ? INT64_MAX : INT64_MIN;
        return true;
    }
    out->floor = (int64_t)floor_value;
    out->fraction = floor_value != value;
    return true;
}

/* At least `least` digits at *at, and those up to `most` that follow, as a number within bounds. */
static bool field(slice s, size_t *at, size_t least, size_t most, int min, int max, int *out)
{
    int value = 0;
    size_t n = digits(s, *at);
    if (n < least)
        return false;
    for (size_t i = 0; i < n && i < most; i++)
        value = value * 10 + (s.ptr[(*at)++] - '0');
    *out = value;
    return value >= min && value <= max;
}

static bool one_of(slice s, size_t *at, const char *set)
{
    if (*at >= s.len || !s.ptr[*at] || !strchr(set, s.ptr[*at]))
        return false;
    (*at)++;
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool read_fraction(slice s, size_t *at, int64_t *ms_out, bool *cut_out)
{
    size_t n = digits(s, *at);
    int64_t ms = 0;
    if (n == 0 || n > 12)
        return false;
    for (size_t i = 0; i < 3; i++)
        ms = ms * 10 + (i < n ? s.ptr[*at + i] - '0' : 0);
    for (size_t i = 3; i < n; i++)
        *cut_out |= s.ptr[*at + i] != '0';
    *at += n;
    *ms_out = ms;
    return true;
}

/* "Z", "+hh:mm", "+hhmm", "+hh" or nothing. */
static bool read_offset(slice s, size_t *at, int *minutes_out)
{
    int hours, minutes = 0;
    *minutes_out = 0;
    if (*at == s.len || one_of(s, at, "Zz"))
        return true;
    bool west = s.ptr[*at] == '-';
    if (!one_of(s, at, "+- ") || !field(s, at, 2, 2, 0, 23, &hours))
        return false;
    bool colon = one_of(s, at, ":");
    if ((colon || *at < s.len) && !field(s, at, 2, 2, 0, 59, &minutes))
        return false;
    *minutes_out = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

bool value_time(slice text, int64_t *at_ms_out, bool *fraction_out)
{
    slice s = slice_trim(text);
    size_t at = 0;
    int year, month, day, hour = 0, minute = 0, second = 0, offset = 0;
    int64_t ms = 0;
    *fraction_out = false;
    if (!field(s, &at, 4, 4, 1, 9999, &year) || !one_of(s, &at, "-") || !field(s, &at, 1, 2, 1, 12, &month) ||
        !one_of(s, &at, "-") || !field(s, &at, 1, 2, 1, days_in(year, month), &day))
        return false;
    if (at < s.len) {
        if (!one_of(s, &at, "Tt ") || !field(s, &at, 1, 2, 0, 23, &hour) || !one_of(s, &at, ":") ||
            !field(s, &at, 1, 2, 0, 59, &minute))
            return false;
        bool seconds = one_of(s, &at, ":");
        if (seconds && (!field(s, &at, 1, 2, 0, 59, &second) ||
                        (one_of(s, &at, ".,") && !read_fraction(s, &at, &ms, fraction_out))))
            return false;
        if (!read_offset(s, &at, &offset))
            return false;
    }
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
    *at_ms_out = seconds * 1000 + ms;
    return at == s.len;
}

bool value_bool(slice text, bool *out)
{
    *out = slice_eq_nocase(text, SLICE("true")) || slice_eq(text, SLICE("1"));
    return *out || slice_eq_nocase(text, SLICE("false")) || slice_eq(text, SLICE("0"));
}
