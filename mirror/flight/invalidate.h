/* invalidate: marks pages that may be out of date. Any thread, none of which waits: the database is changed on a store thread. */
#pragma once
#include "core/base/arena.h"
#include "mirror/mirror_private.h"
#include "mirror/store/db_workers.h"

/* URLs at GitHub; '*' matches anything, including nothing. */
struct globs {
    struct arena *arena;
    struct mirror *mirror;
    struct db_task task;
    size_t n;
    slice items[];
};
struct globs *globs_create(void);
void globs_destroy(struct globs *globs);
/* A glob that another one covers is omitted; too many become one that matches everything. */
void globs_add(struct globs *globs, const char *format, ...) PRINTF_LIKE(2, 3);
/* The pages that a change at a path affects: the page itself with any query, pages below it, and the collections above it. */
void globs_of_path(struct globs *globs, const char *upstream, const char *path);
/* Ignores case, like GitHub. */
bool glob_matches(slice glob, const char *text);

/* Takes over the globs: invalidates their pages, here and in other mirrors. */
void invalidate_pages(struct mirror *m, struct globs *globs);
/* After a write that may have succeeded: invalidates all pages of its credential that were confirmed before, and the pages
 * of all credentials that the path, the body and the answer (decoded; both may be empty) name. */
void invalidate_after_write(struct mirror *m, const char *path, const unsigned char *writer_hash,
                            slice request, slice answer);
/* A message of MIRROR_CHANNEL: 'p' purge (a glob); 'D' mark stale (the sender's name, a glob); 'w' a write (the sender's name, the
 * credential hash in hex); 'k' a key (hex) whose stored page is newer; 'f' a key that was deleted (the sender's name, the key). */
void invalidate_by_message(struct mirror *m, const char *message);
/* Notifications may have been missed: empties the memory cache, so that pages and their marks come from the database. */
void invalidate_missed(struct mirror *m);
