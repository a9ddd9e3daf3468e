/* memory_cache: the most recently used pages, in this process. A lock-free hash table (liburcu's cds_lfht, flavour bp: threads are
 * started by the HTTP server): lookups take no lock, so hits do not wait for each other or for writers. Bounded in bytes;
 * entries not used since the last scan are evicted first (second chance).
 *
 * Thread-safe. The rest of the program sees no RCU: memory_cache_get returns a reference of its own. */
#pragma once
#include "mirror/cache/page.h"

struct memory_cache;
struct memory_cache *memory_cache_create(size_t max_bytes);
void memory_cache_destroy(struct memory_cache *m);

/* NULL: not here. The caller releases it. */
struct page *memory_cache_get(struct memory_cache *m, const unsigned char key[KEY_BYTES]);
/* Takes a reference of its own; replaces a page of the same key. Pages larger than an eighth of the bound are not stored. */
void memory_cache_put(struct memory_cache *m, struct page *page);
void memory_cache_drop(struct memory_cache *m, const unsigned char key[KEY_BYTES]);

/* Drops, or invalidates, every page for which `chosen` returns true. */
typedef bool memory_cache_chosen(const struct page *page, const void *arg);
size_t memory_cache_drop_chosen(struct memory_cache *m, memory_cache_chosen *chosen, const void *arg);
size_t memory_cache_mark_stale(struct memory_cache *m, memory_cache_chosen *chosen, const void *arg);

void memory_cache_size(struct memory_cache *m, size_t *pages_out, size_t *bytes_out);
