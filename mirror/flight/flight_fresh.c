/* Whether a page may be used without asking GitHub: confirmed recently enough, and not affected by a change since. */
#include "core/base/clock.h"
#include "mirror/flight/flight_private.h"

#define CLOCK_STEP_MS 50 /* a confirmation right after a write is dated later by at most this */

int64_t flight_age_ms(const struct page *page)
{
    int64_t checked = atomic_load(&page->checked_at_ms);
    return clock_wall_ms() - (checked ? checked : page->fetched_at_ms);
}

bool flight_page_is_fresh(const struct mirror *m, const unsigned char writer_hash[CREDENTIAL_HASH_BYTES],
                          const struct page *page, int64_t fresh_ms, int64_t max_age_ms)
{
    int64_t checked = atomic_load(&page->checked_at_ms), age = clock_wall_ms() - checked;
    return !atomic_load(&page->barred) && checked > written_at_ms(m->written, writer_hash) &&
           age >= -CLOCK_STEP_MS && age < fresh_ms && (max_age_ms < 0 || age <= max_age_ms);
}

/* A recent answer of GitHub that there is no such page. */
static struct outcome *fresh_absence(const struct exchange *ex)
{
    const struct mirror *m = ex->mirror;
    int64_t max_age_ms = ex->directives.max_age_s < 0 ? -1 : ex->directives.max_age_s * 1000;
    struct page *page = ex->kind == EX_PAGE ? negative_get(m->negative, ex->key) : NULL;
    if (!page || !flight_page_is_fresh(m, ex->writer_hash, page,
                                       (m->cfg->mirror_negative_seconds - ex->directives.min_fresh_s) * 1000,
                                       max_age_ms)) {
        page_release(page);
        return NULL;
    }
    struct outcome *o = outcome_create(page, UPSTREAM_FRESH);
    o->stored = true;
    o->age_ms = flight_age_ms(page);
    return o;
}

struct outcome *flight_fresh(const struct exchange *ex, bool *in_background_out)
{
    const struct directives *d = &ex->directives;
    *in_background_out = false;
    if (d->no_cache || d->no_store)
        return NULL;
    struct outcome *absent = fresh_absence(ex);
    if (absent || (ex->fresh_ms <= 0 && d->stale_while_revalidate_s < 0))
        return absent;
    struct page *page = memory_cache_get(ex->mirror->memory_cache, ex->key);
    if (!page)
        return NULL;
    int64_t age = flight_age_ms(page), max_age_ms = d->max_age_s < 0 ? -1 : d->max_age_s * 1000;
    bool fresh = flight_page_is_fresh(ex->mirror, ex->writer_hash, page, ex->fresh_ms - d->min_fresh_s * 1000,
                                      max_age_ms);
    bool stale = !fresh && !atomic_load(&page->barred) && ex->kind == EX_PAGE &&
                 d->stale_while_revalidate_s >= 0 && age / 1000 <= d->stale_while_revalidate_s;
    if (!fresh && !stale) {
        page_release(page);
        return NULL;
    }
    struct outcome *o = outcome_create(page, UPSTREAM_FRESH);
    o->stored = true;
    o->age_ms = age;
    *in_background_out = stale;
    db_workers_used(ex->mirror->db_workers, page, false);
    return o;
}
