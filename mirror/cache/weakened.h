/* weakened: the strong ETags that this process made weak, since it decoded the body (RFC 9110, 8.8.3.3). A client may send one back in
 * If-Match, where a weak tag names nothing (8.8.3.2), though GitHub's own tag is strong. Thread-safe; bounded: a newer tag may replace an
 * older one, and a restart forgets all; then GitHub answers 412 until the client has read the page again. All zero: none. */
#pragma once
#include "core/base/arena.h"
#include "pagecache/key.h"
#include <stdatomic.h>

#define N_WEAKENED 4096

struct weakened {
    _Atomic uint64_t hashes[N_WEAKENED];
};

/* etag: GitHub's, strong. path: with or without a query, which does not matter. */
void weakened_note(struct weakened *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                   const char *path, slice etag);
/* The value of If-Match as GitHub has to compare it: tags that were made weak are strong again. In the arena, or if_match itself. */
const char *weakened_undo(struct weakened *w, const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                          const char *path, const char *if_match, struct arena *arena);
