#include "cli/terminal/trend.h"
#include <string.h>

#define LEAST_SPAN_MS   15000
#define LEAST_RATE_MS   2000
#define LONGEST_LEFT_MS ((int64_t)30 * 86400 * 1000)

void trend_add(struct trend *t, int64_t at_ms, int64_t value, int64_t keep_ms)
{
    int drop = 0;
    if (t->n && at_ms < t->samples[t->n - 1].at_ms)
        t->n = 0;
    if (t->n > 1 && t->samples[t->n - 1].at_ms - t->samples[t->n - 2].at_ms < keep_ms / (TREND_SAMPLES - 2))
        t->n--;
    while (t->n - drop > 1 && at_ms - t->samples[drop + 1].at_ms >= keep_ms)
        drop++;
    if (t->n - drop == TREND_SAMPLES)
        drop++;
    t->n -= drop;
    memmove(t->samples, t->samples + drop, (size_t)t->n * sizeof t->samples[0]);
    t->samples[t->n].at_ms = at_ms;
    t->samples[t->n].value = value;
    t->n++;
}

void trend_count(struct trend *t, int64_t at_ms, int64_t counter, int64_t keep_ms)
{
    if (t->n && counter < t->samples[t->n - 1].value)
        t->n = 0;
    trend_add(t, at_ms, counter, keep_ms);
}

int64_t trend_a_minute(const struct trend *t)
{
    int64_t ms = t->n ? t->samples[t->n - 1].at_ms - t->samples[0].at_ms : 0;
    if (ms < LEAST_RATE_MS)
        return -1;
    return (t->samples[t->n - 1].value - t->samples[0].value) * 60000 / ms;
}

int64_t trend_left_ms(const struct trend *t)
{
    if (!t->n)
        return -1;
    int64_t ms = t->samples[t->n - 1].at_ms - t->samples[0].at_ms, left = t->samples[t->n - 1].value;
    int64_t done = t->samples[0].value - left;
    if (left <= 0)
        return 0;
    if (ms < LEAST_SPAN_MS || done <= 0 || left / done > LONGEST_LEFT_MS / ms)
        return -1;
    return (int64_t)((double)left * (double)ms / (double)done);
}
