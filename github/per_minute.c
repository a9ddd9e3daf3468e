#include "github/per_minute.h"
#include "core/base/clock.h"
#include <stdatomic.h>

#define SORTING_MS 250

static int per_minute_used(const struct gh_per_minute *per_minute, int64_t now_s)
{
    int used = 0;
    for (int i = 0; i < 60; i++)
        if (per_minute->second[i] > now_s - 60)
            used += per_minute->count[i];
    return used;
}

bool gh_per_minute_closed(const struct gh_per_minute *per_minute)
{
    return per_minute && clock_mono_ms() < per_minute->closed_until_ms;
}

bool gh_per_minute_allows(const struct gh_per_minute *per_minute, int64_t now_s)
{
    int ceiling = per_minute ? per_minute->ceiling : 0;
    if (per_minute && per_minute->n_unsorted > 0 && clock_mono_ms() < per_minute->paused_until_ms)
        return false;
    return ceiling <= 0 || per_minute_used(per_minute, now_s) < ceiling;
}

void gh_per_minute_count(struct gh_per_minute *per_minute, int64_t now_s)
{
    if (!per_minute)
        return;
    int slot = (int)(now_s % 60);
    if (per_minute->second[slot] != now_s) {
        per_minute->second[slot] = now_s;
        per_minute->count[slot] = 0;
    }
    per_minute->count[slot]++;
}

unsigned gh_per_minute_refused(struct gh_per_minute *per_minute)
{
    int64_t now = clock_mono_ms();
    if (now >= per_minute->paused_until_ms ||
        !per_minute->pause) { /* earlier ones were not classified in time */
        per_minute->pause += per_minute->pause + 1 ? 1 : 2;
        per_minute->n_unsorted = 0;
    }
    per_minute->paused_until_ms = now + SORTING_MS;
    per_minute->n_unsorted++;
    return per_minute->pause;
}

bool gh_per_minute_sorted(struct gh_per_minute *per_minute, unsigned pause)
{
    int n = per_minute->n_unsorted;
    if (pause != per_minute->pause)
        return false;
    while (n > 0)
        if (atomic_compare_exchange_weak(&per_minute->n_unsorted, &n, n - 1))
            return n == 1;
    return false;
}
