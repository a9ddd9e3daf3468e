/* The parts of the dashboard that take longer to find and change slowly: top values and most followed. Kept for a minute, for all
 * readers, as they say nothing of who reads. */
#include "api/html/board.h"
#include "api/html/record_parts.h"
#include "core/base/clock.h"
#include "schema/browse/facets.h"
#include <pthread.h>

#define KEEP_MS  60000
#define N_VALUES 8

static struct {
    pthread_mutex_t lock;
    struct buf text;
    int64_t until_ms; /* mono */
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool put_facet(struct buf *out, struct request *rq, enum facet facet, const char *title, const char *list,
                      const char *filter, struct err *err)
{
    struct browse_query query = {.list = facet_list(facet)};
    struct facets facets = {0};
    struct profile_counts counts = {0};
    if (!facets_read(rq->db, rq->arena, &query, facet, N_VALUES + 1, &facets, err))
        return false;
    for (size_t i = 0; i < facets.n && counts.n < N_VALUES; i++)
        if (facets.values[i].value.len)
            counts.items[counts.n++] = (struct profile_count){0, facets.values[i].value, facets.values[i].count};
    record_bars(out, rq, title, list, filter, &counts, facets.capped ? "Of those counted so far." : "Of all that are synced.");
    return true;
}

static bool put_all(struct buf *out, struct request *rq, struct err *err)
{
    return put_facet(out, rq, FACET_LANGUAGE, "Top languages", "repositories", "language", err) &&
           put_facet(out, rq, FACET_LOCATION, "Top locations", "developers", "location", err) &&
           put_facet(out, rq, FACET_COMPANY, "Top companies", "developers", "company", err);
}

bool board_slow(struct request *rq, struct buf *out, struct err *err)
{
    struct buf fresh;
    pthread_mutex_lock(&kept.lock);
    bool have = kept.until_ms > clock_mono_ms();
    if (have)
        buf_put(out, kept.text.ptr, kept.text.len);
    pthread_mutex_unlock(&kept.lock);
    if (have)
        return true;
    buf_init(&fresh, 0);
    bool ok = put_all(&fresh, rq, err);
    if (ok) {
        buf_put(out, fresh.ptr, fresh.len);
        pthread_mutex_lock(&kept.lock);
        buf_reset(&kept.text);
        buf_put(&kept.text, fresh.ptr, fresh.len);
        kept.until_ms = clock_mono_ms() + KEEP_MS;
        pthread_mutex_unlock(&kept.lock);
    }
    buf_finish(&fresh);
    return ok;
}
