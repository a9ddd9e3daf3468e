#include "core/base/words.h"
#include <stdio.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

const char *words_count(char out[WORDS_SIZE], int64_t n, const char *one, const char *many)
{
    snprintf(out, WORDS_SIZE, "%lld %s", (long long)n, n == 1 ? one : many);
    return out;
}

static int64_t ceiling(int64_t ms, int64_t unit_ms)
{
    return ms <= 0 ? 1 : (ms - 1) / unit_ms + 1;
}

const char *words_duration(char out[WORDS_SIZE], int64_t ms)
{
    int64_t minutes = ceiling(ms, MINUTE_MS);
    if (ms < 100 * SECOND_MS)
        snprintf(out, WORDS_SIZE, "%lld s", (long long)ceiling(ms, SECOND_MS));
    else if (minutes < 100)
        snprintf(out, WORDS_SIZE, "%lld min", (long long)minutes);
    else if (ms <= 48 * HOUR_MS && minutes % 60)
        snprintf(out, WORDS_SIZE, "%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
    else if (ms <= 48 * HOUR_MS)
        snprintf(out, WORDS_SIZE, "%lld h", (long long)(minutes / 60));
    else
        snprintf(out, WORDS_SIZE, "%lld days", (long long)ceiling(ms, DAY_MS));
    return out;
}

const char *words_short_number(char out[WORDS_SIZE], int64_t n)
{
    if (n < 10000)
        snprintf(out, WORDS_SIZE, "%lld", (long long)n);
    else if (n < 1000000)
        snprintf(out, WORDS_SIZE, "%lld.%lldk", (long long)(n / 1000), (long long)(n % 1000 / 100));
    else if (n < 1000000000)
        snprintf(out, WORDS_SIZE, "%lld.%lldM", (long long)(n / 1000000), (long long)(n % 1000000 / 100000));
    else
        snprintf(out, WORDS_SIZE, "%lld.%lldG", (long long)(n / 1000000000),
                 (long long)(n % 1000000000 / 100000000));
    return out;
}
