#include "mirror/pool.h"
#include "broker/quota_store.h"
#include <stdlib.h>

struct pool {
    const struct config *cfg;
    struct gh_credentials credentials;
    struct gh_quota *quota;
    _Atomic int64_t worker_id;
};

bool pool_create(const struct config *cfg, struct pool **out, struct err *err)
{
    struct pool *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->cfg = cfg;
    if (!gh_credentials_load(cfg, &p->credentials, err)) {
        free(p);
        return false;
    }
    p->quota = gh_quota_create(&p->credentials, quota_store);
    *out = p;
    return true;
}

void pool_destroy(struct pool *p)
{
    if (!p)
        return;
    gh_quota_destroy(p->quota);
    gh_credentials_finish(&p->credentials);
    free(p);
}

bool pool_register(struct pool *p, struct db *db, int64_t worker_id, struct err *err)
{
    for (size_t i = 0; i < p->credentials.n; i++)
        if (!quota_register(db, p->credentials.items[i].label, p->credentials.items[i].kind, (int)i, err))
            return false;
    atomic_store(&p->worker_id, worker_id);
    return true;
}

const struct gh_credential *pool_pick(struct pool *p, const unsigned char resource[KEY_BYTES])
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

enum gh_take pool_take(struct pool *p, const struct gh_credential *c, const char *bucket, struct db *db,
                       int64_t *wait_ms_out)
{
    enum gh_resource resource;
    enum gh_take take = GH_TAKEN;
    struct err err;
    struct quota_ctx ctx = {p->cfg, db, atomic_load(&p->worker_id)};
    *wait_ms_out = 0;
    if (!resource_of(bucket, &resource))
        return GH_TAKEN;
    if (!gh_quota_take(p->quota, c, resource, GH_ASKED, &ctx, &take, wait_ms_out, &err))
        return GH_TAKEN;
    return take;
}

void pool_answered(struct pool *p, const struct gh_credential *c, const char *bucket,
                   const struct gh_headers *headers, bool sound)
{
    enum gh_resource resource;
    if (resource_of(bucket, &resource))
        gh_quota_answered(p->quota, c, resource, headers, sound);
}

void pool_hold(struct pool *p, const struct gh_credential *c, int64_t for_ms)
{
    gh_quota_hold(p->quota, c, for_ms);
}

bool pool_flush(struct pool *p, struct db *db, bool give_back, struct err *err)
{
    struct quota_ctx ctx = {p->cfg, db, atomic_load(&p->worker_id)};
    return gh_quota_flush(p->quota, &ctx, give_back, err);
}
