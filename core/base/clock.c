#include "core/base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS     86400
#define SECONDS_TO_2200 7258118400

int64_t clock_wall_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    while (ms > 0 && nanosleep(&ts, &ts) != 0 && errno == EINTR)
        ;
}

static char *put_digits(char *at, unsigned value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + n;
}

/* seconds: from 1970 to 2199. Years are counted from March here, so that the leap day is a year's last. */
static void put_iso(unsigned days, unsigned second, char *out)
{
    unsigned since = days + 719468;                         /* from 1 March of the year 0 */
    unsigned in_era = since % 146097, era = since / 146097; /* of 400 years */
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned day = in_era - (365 * year + year / 4 - year / 100), month = (5 * day + 2) / 153;
    char *at = put_digits(out, era * 400 + year + (month >= 10), 4);
    *at = '-';
    at = put_digits(at + 1, month < 10 ? month + 3 : month - 9, 2);
    *at = '-';
    at = put_digits(at + 1, day - (153 * month + 2) / 5 + 1, 2);
    *at = 'T';
    at = put_digits(at + 1, second / 3600, 2);
    *at = ':';
    at = put_digits(at + 1, second / 60 % 60, 2);
    *at = ':';
    at = put_digits(at + 1, second % 60, 2);
    memcpy(at, "Z", 2);
}

char *clock_iso(int64_t at_ms, char out[CLOCK_ISO_SIZE])
{
    int64_t s = at_ms / 1000;
    if (at_ms % 1000 < 0)
        s--;
    if (s >= 0 &&
        s < SECONDS_TO_2200) { /* what a page has dozens of; the C library takes five times as long */
        put_iso((unsigned)(s / DAY_SECONDS), (unsigned)(s % DAY_SECONDS), out);
        return out;
    }
    time_t seconds = (time_t)s;
    struct tm tm;
    char rest[sizeof "-12-31T23:59:59Z"];
    if (!gmtime_r(&seconds, &tm) || strftime(rest, sizeof rest, "-%m-%dT%H:%M:%SZ", &tm) == 0 ||
        snprintf(out, CLOCK_ISO_SIZE, "%04d%s", tm.tm_year + 1900, rest) >=
            CLOCK_ISO_SIZE) /* four digits at least */
        out[0] = '\0';
    return out;
}

const char *clock_iso_or(int64_t at_ms, const char *otherwise, char out[CLOCK_ISO_SIZE])
{
    return at_ms == 0 || at_ms == INT64_MAX ? otherwise : clock_iso(at_ms, out);
}

bool clock_parse_http(slice text, int64_t *at_ms_out)
{
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %e %H:%M:%S %Y"};
    char copy[40];
    struct tm tm = {0};
    const char *end = NULL;
    text = slice_trim(text);
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(forms) && (!end || *end); i++) {
        tm = (struct tm){0};
        end = strptime(copy, forms[i], &tm);
    }
    if (!end || *end)
        return false;
    *at_ms_out = (int64_t)timegm(&tm) * 1000;
    return true;
}

static void put_two(char *at, int n)
{
    at[0] = (char)('0' + n / 10);
    at[1] = (char)('0' + n % 10);
}

char *clock_http(int64_t at_ms, char out[CLOCK_HTTP_SIZE])
{
    static const char form[] = "Sun, 00 Jan 0000 00:00:00 GMT", days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    out[0] = '\0';
    if (!gmtime_r(&seconds, &tm))
        return out;
    /* strftime would follow the locale, and snprintf costs a tenth of what sending a stored page does */
    memcpy(out, form, sizeof form);
    memcpy(out, days + 3 * tm.tm_wday, 3);
    put_two(out + 5, tm.tm_mday);
    memcpy(out + 8, months + 3 * tm.tm_mon, 3);
    put_two(out + 12, (tm.tm_year + 1900) / 100 % 100);
    put_two(out + 14, (tm.tm_year + 1900) % 100);
    put_two(out + 17, tm.tm_hour);
    put_two(out + 20, tm.tm_min);
    put_two(out + 23, tm.tm_sec);
    return out;
}
