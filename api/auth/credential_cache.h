/* credential_cache: cache of recently verified credentials: a lookup instead of a password hash or a query. Bounded;
 * known by a keyed hash only. Thread-safe.
 * One lock, not RCU: it is held for some 50 ns, once in a request that takes a hundred times as long at least. */
#pragma once
#include "schema/access/users.h"
#include <sodium.h>

#define CREDENTIAL_KEY_BYTES crypto_generichash_BYTES

struct cached_credential {
    bool ok, read_only;
    char name[USER_NAME_MAX + 1]; /* its owner, if ok */
    char hash[USER_HASH_SIZE];    /* the stored hash that the password was checked against; "" for others */
};

struct credential_cache;
struct credential_cache *credential_cache_create(void);
void credential_cache_destroy(struct credential_cache *cache); /* NULL is fine; wipes */

/* *generation_out: for credential_cache_put, whether found or not. */
bool credential_cache_find(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                           struct cached_credential *out, uint64_t *generation_out);
/* Caches the answer for for_ms, and for credential_cache_known at most for known_ms. Dropped if the cache was cleared since
 * `generation`: the answer may be older. */
void credential_cache_put(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                          const struct cached_credential *answer, int64_t for_ms, int64_t known_ms,
                          uint64_t generation);
/* Whether it was valid when last checked, however long ago. */
bool credential_cache_known(struct credential_cache *cache, const unsigned char key[CREDENTIAL_KEY_BYTES],
                            struct cached_credential *out);
void credential_cache_forget_all(struct credential_cache *cache);
/* Since the start. */
void credential_cache_figures(struct credential_cache *cache, uint64_t *hits_out, uint64_t *misses_out);
