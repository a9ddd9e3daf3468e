/* figures: what /metrics shows. The names of app-sre/github-mirror are kept, so that its dashboards go on working; ours
 * begin with gitomatic_mirror. Thread-safe, no locks. */
#pragma once
#include "core/base/buf.h"
#include "mirror/policy.h"

enum saving {
    SAVED_REVALIDATED, /* a 304 that cost nothing */
    SAVED_FRESH,       /* not asked, proven a moment ago */
    SAVED_COALESCED,   /* answered by somebody else's request of the same moment */
    SAVED_STORED,      /* GitHub failed, refused or was down: answered from the store */
    N_SAVINGS
};

struct figures;
struct figures *figures_create(void);
void figures_destroy(struct figures *f);
/* label: NULL for the mirror's own pages, which the original does not count. */
void figures_count(struct figures *f, const char *label, int status, const char *method, int64_t took_us);
void figures_saved(struct figures *f, enum saving how);
void figures_write(const struct figures *f, struct buf *out);
/* One figure with its help and type. */
void figures_put(struct buf *out, const char *name, const char *type, const char *help, int64_t value);
