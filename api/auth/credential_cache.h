/* kept: credentials that were checked lately, so that checking costs a lookup and not a password hash or a query. Bounded;
 * known by a keyed hash only. Thread-safe.
 * One lock, not RCU: it is held for some 50 ns, once in a request that takes a hundred times as long at least. */
#pragma once
#include "schema/access/users.h"
#include <sodium.h>

#define KEPT_KEY_BYTES crypto_generichash_BYTES

struct kept_answer {
    bool ok, read_only;
    char name[USER_NAME_MAX + 1]; /* whose it is, if ok */
};

struct kept;
struct kept *kept_create(void);
void kept_destroy(struct kept *kept); /* NULL is fine; wipes */

/* *generation_out: to be handed to kept_put, whether found or not. */
bool kept_find(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], struct kept_answer *out,
               uint64_t *generation_out);
/* For so long, and for kept_known for at most so long. Dropped when everything was forgotten since `generation`: what was read may be of before. */
void kept_put(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], const struct kept_answer *answer,
              int64_t for_ms, int64_t known_ms, uint64_t generation);
/* Whether it was good when it was last checked, however long ago. */
bool kept_known(struct kept *kept, const unsigned char key[KEPT_KEY_BYTES], struct kept_answer *out);
void kept_forget_all(struct kept *kept);
/* Since the start. */
void kept_figures(struct kept *kept, uint64_t *hits_out, uint64_t *misses_out);
