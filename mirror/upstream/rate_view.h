/* rate_view: GitHub's limits, by credential and bucket, according to its answers. Thread-safe; bounded (the least recently
 * updated are dropped). Credentials appear as hashes only. docs.github.com, "Rate limits for the REST API". */
#pragma once
#include "github/headers.h"
#include "pagecache/key.h"

struct rate_view;
struct rate_view *rate_view_create(void);
void rate_view_destroy(struct rate_view *l);

/* Why a bucket is closed. */
struct closure {
    int64_t wait_ms;     /* until it opens; 0: it is open */
    bool secondary;      /* a secondary limit; else the primary one is used up */
    struct gh_rate rate; /* as last received; not present: never received */
};
/* Notes an answer's headers. limit.wait_ms > 0: the answer was a limit, and no request may be sent for that time. good: it is GitHub's
 * answer to a request that may be limited, and no limit, so limits in a row have ended. asked_ms: when the request was sent (monotonic).
 * False: it was a primary limit from before the limit was raised, and is not noted. */
bool rate_view_note(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                    const char *resource, const struct gh_headers *headers, int64_t asked_ms,
                    struct closure limit, bool good);
/* As many limits in a row came before the one that answers the request, of the bucket that the headers name, or `resource`
 * (github/outcome.h). */
int rate_view_limits_before(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                            const char *resource, const struct gh_headers *headers, int64_t asked_ms,
                            bool secondary);
/* The primary limit may have been raised, says another process: GitHub is asked again. */
void rate_view_reopen(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                      const char *resource);
/* While both limits are in force, it is the primary one. */
struct closure rate_view_closure(struct rate_view *l,
                                 const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                                 const char *resource);

/* The rate headers of an answer now; texts are in room. False: nothing is known. */
struct rate_view_room {
    char limit[24], remaining[24], used[24], reset[24], resource[24];
};
bool rate_view_fields(struct rate_view *l, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                      const char *resource, struct rate_view_room *room, struct fields *out);
