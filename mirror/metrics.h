/* metrics: the content of /metrics. The names of app-sre/github-mirror are kept, so that its dashboards still work;
 * gitomatic's own begin with gitomatic_mirror. Thread-safe, no locks. */
#pragma once
#include "core/base/buf.h"
#include "mirror/cache/policy.h"

enum saving {
    SAVED_REVALIDATED, /* a 304 that cost nothing */
    SAVED_FRESH,       /* served without revalidation */
    SAVED_COALESCED,   /* shared another client's concurrent request */
    SAVED_STORED,      /* GitHub failed, refused or was down: answered from the store */
    N_SAVINGS
};

struct mirror_metrics;
struct mirror_metrics *mirror_metrics_create(void);
void mirror_metrics_destroy(struct mirror_metrics *f);
/* label: NULL for the mirror's own pages, which the original does not count. */
void mirror_metrics_count(struct mirror_metrics *f, const char *label, int status, const char *method,
                          int64_t took_us);
void mirror_metrics_saved(struct mirror_metrics *f, enum saving how);
/* Totals of all requests for pages of GitHub. */
struct mirror_totals {
    uint64_t requests,
        hits; /* hits: answered from the cache, confirmed or as a fallback (X-Cache: ..._HIT) */
    uint64_t saved[N_SAVINGS];
};
void mirror_metrics_totals(const struct mirror_metrics *f, struct mirror_totals *out);
const char *mirror_saving_name(enum saving how);
void mirror_metrics_write(const struct mirror_metrics *f, struct buf *out);
