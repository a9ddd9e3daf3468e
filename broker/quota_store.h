/* quota_store: the seam of github/quota.h filled from schema/queue/quota.h: leases of the quota all processes share. github/ and
 * schema/ do not know each other; whoever runs the client (crawler, mirror) has both. */
#pragma once
#include "core/config/config.h"
#include "github/quota.h"
#include "schema/queue/quota.h"

/* What gh_quota's calls take as ctx. */
struct quota_ctx {
    const struct config *cfg;
    struct db *db;     /* NULL: away; every exchange with the store then fails as ERR_DB_DOWN */
    int64_t worker_id; /* whose leases they are */
};
extern const struct gh_quota_store quota_store;

/* GitHub's limit of requests in flight over all processes; and of it what is left for one that starts, before the others
 * have heard of it. */
#define QUOTA_IN_FLIGHT     100
#define QUOTA_FOR_NEWCOMERS 8
/* This process's share among all that use our credentials now: of the requests a minute (set in quota), and of those in
 * flight, 1 to most. Ask again every few seconds, and when told (QUOTA_CHANNEL). */
MUST_CHECK bool quota_share_now(struct db *db, struct gh_quota *quota, int most, int *in_flight_out,
                                struct err *err);
