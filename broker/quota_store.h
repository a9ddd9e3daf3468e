/* quota_store: the seam of github/quota.h filled from schema/quota.h: leases of the quota all processes share. github/ and
 * schema/ do not know each other; whoever runs the client (crawler, mirror) has both. */
#pragma once
#include "core/config/config.h"
#include "github/quota.h"
#include "schema/quota.h"

/* What gh_quota's calls take as ctx. */
struct quota_ctx {
    const struct config *cfg;
    struct db *db;     /* NULL: away; every exchange with the store then fails as ERR_DB_DOWN */
    int64_t worker_id; /* whose leases they are */
};
extern const struct gh_quota_store quota_store;
