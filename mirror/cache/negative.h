/* negative: recent answers 404 and 410 of one credential, so that repeated requests cost no unit. In this process only;
 * thread-safe; bounded in number and size (a full set evicts the oldest). */
#pragma once
#include "mirror/cache/memory_cache.h"

struct negative;
struct negative *negative_create(void);
void negative_destroy(struct negative *n); /* NULL is fine */
/* NULL: not known. The caller releases it, and checks whether it is fresh. */
struct page *negative_get(struct negative *n, const unsigned char key[KEY_BYTES]);
/* Takes a reference of its own; the page has been adopted. Large ones are not stored. */
void negative_put(struct negative *n, struct page *page);
void negative_drop(struct negative *n, const unsigned char key[KEY_BYTES]);
void negative_drop_chosen(struct negative *n, memory_cache_chosen *chosen, const void *arg);
