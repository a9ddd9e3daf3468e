#include "mirror/upstream/lent_credentials.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "github/app.h"
#include "schema/queue/quota.h"
#include <pthread.h>
#include <stdlib.h>

#define PACE_WAIT_MS 500

struct lent_credentials {
    const struct config *cfg;
    struct gh_credentials credentials;
    struct gh_quota *quota;
    _Atomic int64_t worker_id;
    pthread_mutex_t per_minute_lock;
};

bool lent_credentials_create(const struct config *cfg, struct lent_credentials **out, struct err *err)
{
    struct lent_credentials *p = xcalloc(1, sizeof *p);
    p->cfg = cfg;
    if (!gh_credentials_load(cfg, &p->credentials, err)) {
        free(p);
        return false;
    }
    pthread_mutex_init(&p->per_minute_lock, NULL);
    p->quota = gh_quota_create(&p->credentials, quota_store);
    *out = p;
    return true;
}

void lent_credentials_destroy(struct lent_credentials *p)
{
    if (!p)
        return;
    gh_quota_destroy(p->quota);
    pthread_mutex_destroy(&p->per_minute_lock);
    gh_credentials_finish(&p->credentials);
    free(p);
}

bool lent_credentials_register(struct lent_credentials *p, struct db *db, int64_t worker_id, struct err *err)
{
    for (size_t i = 0; i < p->credentials.n; i++)
        if (!quota_register(db, p->credentials.items[i].label, p->credentials.items[i].kind, (int)i, err))
            return false;
    atomic_store(&p->worker_id, worker_id);
    return true;
}

const struct gh_credential *lent_credentials_pick(struct lent_credentials *p,
                                                  const unsigned char resource[KEY_BYTES])
{
    uint32_t hash;
    memcpy(&hash, resource, sizeof hash);
    for (size_t i = 0; i < p->credentials.n; i++) {
        const struct gh_credential *c = &p->credentials.items[(hash + i) % p->credentials.n];
        if (gh_quota_held_ms(p->quota, c) == 0)
            return c;
    }
    return &p->credentials.items[hash % p->credentials.n];
}

static bool resource_of(const char *bucket, enum gh_resource *out)
{
    *out = strcmp(bucket, "graphql") == 0 ? GH_GRAPHQL : GH_CORE;
    return *out == GH_GRAPHQL || strcmp(bucket, "core") == 0;
}

/* Whether the requests a minute allow one more, which is counted. */
static bool per_minute_takes(struct lent_credentials *p, const struct gh_credential *c,
                             enum gh_resource resource)
{
    struct gh_per_minute *per_minute = gh_quota_per_minute(p->quota, c, resource);
    int64_t now_s = clock_mono_ms() / 1000;
    pthread_mutex_lock(&p->per_minute_lock);
    bool allowed = gh_per_minute_allows(per_minute, now_s);
    if (allowed)
        gh_per_minute_count(per_minute, now_s);
    pthread_mutex_unlock(&p->per_minute_lock);
    return allowed;
}

enum gh_take lent_credentials_take(struct lent_credentials *p, const struct gh_credential *c,
                                   const char *bucket, struct db *db, int64_t *wait_ms_out)
{
    enum gh_resource resource;
    enum gh_take take = GH_TAKEN;
    struct err err;
    struct quota_ctx ctx = {p->cfg, db, atomic_load(&p->worker_id)};
    *wait_ms_out = 0;
    if (!resource_of(bucket, &resource))
        return GH_TAKEN;
    if (!gh_quota_take(p->quota, c, resource, QUOTA_ASKED, &ctx, &take, wait_ms_out, &err))
        return GH_TAKEN;
    if (take != GH_TAKEN || per_minute_takes(p, c, resource))
        return take;
    gh_quota_unused(p->quota, c, resource, QUOTA_ASKED);
    *wait_ms_out = PACE_WAIT_MS;
    return GH_WAIT;
}

void lent_credentials_answered(struct lent_credentials *p, const struct gh_credential *c, const char *bucket,
                               const struct gh_headers *headers, bool sound, bool charged)
{
    enum gh_resource resource;
    if (!resource_of(bucket, &resource))
        return;
    gh_quota_answered(p->quota, c, resource, headers, sound);
    gh_quota_spent(p->quota, c, resource, QUOTA_ASKED, charged);
}

bool lent_credentials_renewing(const struct gh_credential *c, const char *authorization, int status)
{
    if (c->app && status == 401)
        return gh_app_refused(c->app, c->installation, authorization);
    if (c->app && status < 500)
        gh_app_accepted(c->app, c->installation);
    return false;
}

void lent_credentials_hold(struct lent_credentials *p, const struct gh_credential *c, int64_t for_ms)
{
    gh_quota_hold(p->quota, c, for_ms);
}

bool lent_credentials_share(struct lent_credentials *p, struct db *db, int most, int *in_flight_out,
                            struct err *err)
{
    int n_processes;
    if (!quota_share(db, most, &n_processes, in_flight_out, err))
        return false;
    gh_quota_share(p->quota, n_processes);
    return true;
}

bool lent_credentials_flush(struct lent_credentials *p, struct db *db, bool give_back, struct err *err)
{
    struct quota_ctx ctx = {p->cfg, db, atomic_load(&p->worker_id)};
    return gh_quota_flush(p->quota, &ctx, give_back, err);
}
