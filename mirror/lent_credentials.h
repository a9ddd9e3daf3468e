/* pool: the configured credentials, lent to clients who bring none (MIRROR_CREDENTIALS=pool), for reads only and within
 * the quota all processes share. */
#pragma once
#include "github/quota.h"
#include "mirror/engine.h"
#include "schema/db/db.h"

struct pool;
MUST_CHECK bool pool_create(const struct config *cfg, struct pool **out, struct err *err);
void pool_destroy(struct pool *p);
/* This process as a worker, whose leases are its own; call after each (re)connection. */
MUST_CHECK bool pool_register(struct pool *p, struct db *db, int64_t worker_id, struct err *err);
/* The one to ask for this page with: the same for the same page, as long as it can be used. */
const struct gh_credential *pool_pick(struct pool *p, const unsigned char resource[KEY_BYTES]);
/* One unit of GitHub's bucket; search and the like are not leased, and always taken. db NULL: what is leased already, or
 * else without: a mirror goes on while its database is away. */
enum gh_take pool_take(struct pool *p, const struct gh_credential *c, const char *bucket, struct db *db,
                       int64_t *wait_ms_out);
/* Every unit taken comes back once; headers NULL when no answer came. */
void pool_answered(struct pool *p, const struct gh_credential *c, const char *bucket,
                   const struct gh_headers *headers, bool sound);
/* GitHub limits or refuses it: not used for so long. */
void pool_hold(struct pool *p, const struct gh_credential *c, int64_t for_ms);
/* Its share among all processes that use these credentials: of the requests a minute (kept here), and in flight. */
MUST_CHECK bool pool_share(struct pool *p, struct db *db, int most, int *in_flight_out, struct err *err);
MUST_CHECK bool pool_flush(struct pool *p, struct db *db, bool give_back, struct err *err);
