#include "github/window.h"
#include "core/base/clock.h"
#include "github/quota.h"
#include <string.h>

#define LONGEST_WINDOW_S (48 * 3600)

static int64_t reset_in_ms(const struct gh_headers *h)
{
    return h->rate.reset_at_s * 1000 - (h->date_ms ? h->date_ms : clock_wall_ms());
}

/* A window is an hour, or a day where a server is configured so. A reset far beyond that is invalid: compared with it, every true one would
 * look like a late answer of an older window. */
static bool makes_sense(const struct gh_headers *h)
{
    int64_t date = h->date_ms ? h->date_ms : clock_wall_ms();
    return h->rate.reset_at_s < date / 1000 + LONGEST_WINDOW_S;
}

bool gh_names_window(const struct gh_headers *h, enum gh_resource resource, int64_t *reset_in_ms_out)
{
    bool named =
        h->rate.reset_at_s > 0 && strcmp(h->rate.resource, gh_resource_name(resource)) == 0 && makes_sense(h);
    *reset_in_ms_out = named ? reset_in_ms(h) : 0;
    return named;
}

void gh_window_observe(struct quota_report *s, const struct gh_headers *h, int64_t asked_ms)
{
    const struct gh_rate known = {
        .limit = s->limit, .remaining = s->remaining, .used = -1, .reset_at_s = s->reset_s};
    if (s->observed && !gh_rate_replaces(&h->rate, &known, asked_ms > s->answered_ms))
        return;
    s->limit = h->rate.limit;
    s->remaining = h->rate.remaining;
    s->reset_s = h->rate.reset_at_s;
    s->reset_in_ms = reset_in_ms(h);
    s->asked_ms = asked_ms;
    s->answered_ms = clock_mono_ms();
    s->observed = true;
}
