#include "mirror/upstream/rate_view.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/outcome.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define N_SETS 1024 /* of four buckets each */
#define N_WAYS 4

struct bucket {
    unsigned char credential_hash[CREDENTIAL_HASH_BYTES];
    char resource[24]; /* "": free */
    struct gh_rate rate;
    int64_t window_ends_ms;                    /* monotonic */
    int64_t used_up_until_ms, slowed_until_ms; /* the primary limit, the secondary one */
    struct gh_limits primary, secondary;       /* in a row */
    int64_t rate_ms, answered_ms;              /* when `rate` was received, when any answer was */
};

struct rate_view {
    pthread_mutex_t lock;
    struct bucket sets[N_SETS][N_WAYS];
};

struct rate_view *rate_view_create(void)
{
    struct rate_view *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void rate_view_destroy(struct rate_view *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct bucket *set_of(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                             const char *resource)
{
    uint32_t hash;
    memcpy(&hash, credential_hash, sizeof hash);
    for (; *resource; resource++)
        hash = hash * 31 + (unsigned char)*resource;
    return l->sets[hash % N_SETS];
}

static struct bucket *find(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                           const char *resource)
{
    struct bucket *set = set_of(l, credential_hash, resource);
    for (int i = 0; i < N_WAYS; i++)
        if (set[i].resource[0] && strcmp(set[i].resource, resource) == 0 &&
            memcmp(set[i].credential_hash, credential_hash, CREDENTIAL_HASH_BYTES) == 0)
            return &set[i];
    return NULL;
}

static struct bucket *make(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                           const char *resource)
{
    struct bucket *set = set_of(l, credential_hash, resource), *oldest = &set[0];
    for (int i = 1; i < N_WAYS; i++)
        if (set[i].answered_ms < oldest->answered_ms)
            oldest = &set[i];
    *oldest = (struct bucket){0};
    memcpy(oldest->credential_hash, credential_hash, CREDENTIAL_HASH_BYTES);
    snprintf(oldest->resource, sizeof oldest->resource, "%s", resource);
    return oldest;
}

/* False: what is known is newer. */
static bool note_rate(struct bucket *b, const struct gh_headers *headers, int64_t asked_ms, int64_t now)
{
    const struct gh_rate *r = &headers->rate;
    int64_t date = headers->date_ms ? headers->date_ms : clock_wall_ms();
    if (b->rate.present && !gh_rate_replaces(r, &b->rate, asked_ms > b->rate_ms))
        return false;
    /* Date is cut to a second, so this is at most a second late and never early: the earliest of one window's answers is right. octokit's
     * throttling waits a second longer than the reset, and must find the bucket open then. */
    int64_t ends = now + r->reset_at_s * 1000 - date;
    if (r->reset_at_s > b->rate.reset_at_s || ends < b->window_ends_ms)
        b->window_ends_ms = ends;
    if (r->remaining > 0 && r->reset_at_s == b->rate.reset_at_s && r->limit > b->rate.limit)
        b->used_up_until_ms = 0;
    b->rate = *r;
    b->rate_ms = now;
    if (r->remaining == 0 && b->window_ends_ms > b->used_up_until_ms)
        b->used_up_until_ms = b->window_ends_ms;
    return true;
}

static const char *named(const struct gh_headers *headers, const char *resource)
{
    return headers->rate.present && headers->rate.resource[0] ? headers->rate.resource : resource;
}

static void note_limit(struct bucket *b, struct closure limit, bool good, int64_t asked_ms, int64_t now)
{
    if (limit.wait_ms > 0)
        gh_limits_met(limit.secondary ? &b->secondary : &b->primary, asked_ms, now, limit.wait_ms);
    if (!good)
        return;
    gh_limits_over(&b->primary, asked_ms);
    gh_limits_over(&b->secondary, asked_ms);
}

bool rate_view_note(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                    const char *resource, const struct gh_headers *headers, int64_t asked_ms,
                    struct closure limit, bool good)
{
    bool has_rate = headers->rate.present, late = false;
    int64_t now = clock_mono_ms();
    resource = named(headers, resource);
    pthread_mutex_lock(&l->lock);
    struct bucket *b = find(l, credential_hash, resource);
    if (!b && !has_rate && limit.wait_ms <= 0) {
        pthread_mutex_unlock(&l->lock);
        return true;
    }
    if (!b)
        b = make(l, credential_hash, resource);
    b->answered_ms = now;
    /* Another window's limit is another address's, which this process may have now. */
    bool same_window = has_rate && b->rate.present && headers->rate.reset_at_s == b->rate.reset_at_s;
    if (has_rate)
        late = !note_rate(b, headers, asked_ms, now) && same_window && limit.wait_ms > 0 && !limit.secondary;
    note_limit(b, late ? (struct closure){0} : limit, good, asked_ms, now);
    int64_t *until_ms = limit.secondary ? &b->slowed_until_ms : &b->used_up_until_ms;
    if (limit.wait_ms > 0 && !late && now + limit.wait_ms > *until_ms)
        *until_ms = now + limit.wait_ms;
    pthread_mutex_unlock(&l->lock);
    return !late;
}

int rate_view_limits_before(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                            const char *resource, const struct gh_headers *headers, int64_t asked_ms,
                            bool secondary)
{
    pthread_mutex_lock(&l->lock);
    const struct bucket *b = find(l, credential_hash, named(headers, resource));
    int n = b ? gh_limits_before(secondary ? &b->secondary : &b->primary, asked_ms) : 0;
    pthread_mutex_unlock(&l->lock);
    return n;
}

void rate_view_reopen(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                      const char *resource)
{
    pthread_mutex_lock(&l->lock);
    struct bucket *b = find(l, credential_hash, resource);
    if (b)
        b->used_up_until_ms = 0;
    pthread_mutex_unlock(&l->lock);
}

struct closure rate_view_closure(struct rate_view *l,
                                 const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                                 const char *resource)
{
    struct closure out = {0};
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&l->lock);
    const struct bucket *b = find(l, credential_hash, resource);
    if (b) {
        out.rate = b->rate;
        out.secondary = b->used_up_until_ms <= now && b->slowed_until_ms > now;
        out.wait_ms = (out.secondary ? b->slowed_until_ms : b->used_up_until_ms) - now;
    }
    pthread_mutex_unlock(&l->lock);
    if (out.wait_ms < 0)
        out.wait_ms = 0;
    return out;
}

bool rate_view_fields(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                      const char *resource, struct rate_view_room *room, struct fields *out)
{
    pthread_mutex_lock(&l->lock);
    const struct bucket *b = find(l, credential_hash, resource);
    struct gh_rate rate = b ? b->rate : (struct gh_rate){0};
    bool over = b && clock_mono_ms() >= b->window_ends_ms;
    pthread_mutex_unlock(&l->lock);
    if (!rate.present)
        return false;
    int64_t left = over ? rate.limit : rate.remaining; /* over: full again, as far as known */
    snprintf(room->limit, sizeof room->limit, "%lld", (long long)rate.limit);
    snprintf(room->remaining, sizeof room->remaining, "%lld", (long long)left);
    snprintf(room->used, sizeof room->used, "%lld", (long long)(rate.limit - left));
    snprintf(room->reset, sizeof room->reset, "%lld", (long long)rate.reset_at_s);
    snprintf(room->resource, sizeof room->resource, "%s", rate.resource);
    fields_add(out, "X-RateLimit-Limit", room->limit);
    fields_add(out, "X-RateLimit-Remaining", room->remaining);
    fields_add(out, "X-RateLimit-Reset", room->reset);
    fields_add(out, "X-RateLimit-Used", room->used);
    fields_add(out, "X-RateLimit-Resource", room->resource);
    return true;
}
