#include "github/per_minute.h"
#include "core/base/clock.h"
#include <stdatomic.h>

#define SORTING_MS 250

static int pace_used(const struct gh_pace *pace, int64_t now_s)
{
    int used = 0;
    for (int i = 0; i < 60; i++)
        if (pace->second[i] > now_s - 60)
            used += pace->count[i];
    return used;
}

bool gh_pace_closed(const struct gh_pace *pace)
{
    return pace && clock_mono_ms() < pace->closed_until_ms;
}

bool gh_pace_allows(const struct gh_pace *pace, int64_t now_s)
{
    int ceiling = pace ? pace->ceiling : 0;
    if (pace && pace->n_unsorted > 0 && clock_mono_ms() < pace->paused_until_ms)
        return false;
    return ceiling <= 0 || pace_used(pace, now_s) < ceiling;
}

void gh_pace_count(struct gh_pace *pace, int64_t now_s)
{
    if (!pace)
        return;
    int slot = (int)(now_s % 60);
    if (pace->second[slot] != now_s) {
        pace->second[slot] = now_s;
        pace->count[slot] = 0;
    }
    pace->count[slot]++;
}

unsigned gh_pace_refused(struct gh_pace *pace)
{
    int64_t now = clock_mono_ms();
    if (now >= pace->paused_until_ms || !pace->pause) { /* those before were not sorted in time */
        pace->pause += pace->pause + 1 ? 1 : 2;
        pace->n_unsorted = 0;
    }
    pace->paused_until_ms = now + SORTING_MS;
    pace->n_unsorted++;
    return pace->pause;
}

bool gh_pace_sorted(struct gh_pace *pace, unsigned pause)
{
    int n = pace->n_unsorted;
    if (pause != pace->pause)
        return false;
    while (n > 0)
        if (atomic_compare_exchange_weak(&pace->n_unsorted, &n, n - 1))
            return n == 1;
    return false;
}
