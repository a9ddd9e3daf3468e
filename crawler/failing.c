#include "crawler/failing.h"
#include "core/base/hash.h"

void failing_over(struct failing *f)
{
    *f = (struct failing){.answers = true};
}

void failing_note(struct failing *f, slice url, bool unreached, int64_t now_ms)
{
    uint64_t hash = hash64(0, url);
    if (!f->since_ms)
        f->since_ms = now_ms;
    f->unreached = unreached;
    for (int i = 0; i < f->n_urls; i++)
        if (f->urls[i] == hash)
            return;
    if (f->n_urls < FAILING_URLS)
        f->urls[f->n_urls++] = hash;
}

bool failing_in_general(const struct failing *f)
{
    return f->since_ms && (!f->answers || f->unreached || f->n_urls >= FAILING_URLS);
}
