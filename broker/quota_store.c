#include "broker/quota_store.h"
#include <stdatomic.h>

static bool is_away(const struct quota_ctx *q, struct err *err)
{
    return !q->db && !err_set(err, ERR_DB_DOWN, "the database is away");
}

/* A limit that lies within the units left for others lets nothing through, ever: that is worth a word. */
static void warn_of_threshold(const struct config *cfg, const char *credential, const char *resource,
                              const struct quota_grant *grant)
{
    static _Atomic bool said;
    if (grant->units || grant->limit <= 0 || grant->limit > cfg->rate_limit_stop_threshold ||
        atomic_exchange(&said, true))
        return;
    log_warn("quota.threshold_over_limit", L_STR("credential", credential), L_STR("resource", resource),
             L_I64("limit", grant->limit),
             L_I64("RATE_LIMIT_STOP_THRESHOLD", cfg->rate_limit_stop_threshold));
}

static bool store_lease(void *ctx, const char *credential, const char *resource, enum gh_purpose purpose,
                        int64_t want, struct gh_grant *out, struct err *err)
{
    struct quota_ctx *q = ctx;
    struct quota_grant grant;
    const struct quota_floor floor = {q->cfg->rate_limit_stop_threshold,
                                      purpose == GH_BACKGROUND ? q->cfg->discovery_quota_share : 0};
    if (is_away(q, err) || !quota_lease(q->db, q->worker_id, credential, resource, want, floor, &grant, err))
        return false;
    warn_of_threshold(q->cfg, credential, resource, &grant);
    *out = (struct gh_grant){
        .units = grant.units,
        .wait_ms = grant.wait_ms,
        .unlimited = grant.unlimited,
        .exhausted = grant.exhausted,
        .spare = grant.spare,
        .full = grant.full,
        .resets_in_ms = grant.resets_in_ms,
    };
    return true;
}

static bool store_settle(void *ctx, const char *credential, const char *resource,
                         const struct gh_settlement *s, struct err *err)
{
    struct quota_ctx *q = ctx;
    struct quota_report report = {.used = s->used,
                                  .unseen = s->unseen,
                                  .asked = s->spent[GH_ASKED],
                                  .background = s->spent[GH_BACKGROUND],
                                  .observed = s->observed,
                                  .unlimited = s->unlimited,
                                  .limit = s->limit,
                                  .remaining = s->remaining,
                                  .reset_s = s->reset_s,
                                  .reset_in_ms = s->reset_in_ms};
    return !is_away(q, err) && quota_settle(q->db, q->worker_id, credential, resource, &report, err);
}

static bool store_give_back(void *ctx, const char *credential, const char *resource, int64_t units,
                            struct err *err)
{
    struct quota_ctx *q = ctx;
    return !is_away(q, err) && quota_return(q->db, q->worker_id, credential, resource, units, err);
}

const struct gh_quota_store quota_store = {store_lease, store_settle, store_give_back};

bool quota_share_now(struct db *db, struct gh_quota *quota, int most, int *in_flight_out, struct err *err)
{
    int64_t n;
    if (!quota_sharers(db, &n, err))
        return false;
    if (n < 1)
        n = 1;
    int64_t share = (QUOTA_IN_FLIGHT - QUOTA_FOR_NEWCOMERS) / n;
    *in_flight_out = (int)(share < 1 ? 1 : share > most ? most : share);
    gh_quota_share(quota, (int)n);
    return true;
}
