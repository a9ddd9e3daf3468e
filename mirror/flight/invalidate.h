/* invalidate: pages that may no longer be what GitHub would answer. */
#pragma once
#include "core/base/arena.h"
#include "mirror/mirror_private.h"
#include "mirror/store/db_workers.h"

/* Addresses at GitHub; '*' stands for anything, also for nothing. */
struct globs {
    struct arena *arena;
    struct mirror *mirror;
    struct db_task task;
    size_t n;
    slice items[];
};
struct globs *globs_create(void);
void globs_destroy(struct globs *globs);
/* What another glob covers is left out; too many become one that stands for everything. */
void globs_add(struct globs *globs, const char *format, ...) PRINTF_LIKE(2, 3);
/* What a change at a path touches: the page itself with any query, what is below it, and the collections above it. */
void globs_of_path(struct globs *globs, const char *upstream, const char *path);
/* Without regard to case, as GitHub reads names. */
bool glob_matches(slice glob, const char *text);

/* Takes the globs over: their pages are asked for before they count as fresh again, here and in other mirrors. */
void invalidate_pages(struct mirror *m, struct globs *globs);
/* A write came back, and may have been done: pages of its credential that were proven before, whatever they show, and those
 * of everybody that the path and the answer (decoded; it may be empty) name. */
void invalidate_after_write(struct mirror *m, const char *path, const char *authorization, slice answer);
/* A message of MIRROR_CHANNEL: 'p' purge (a glob); 'D' mark stale (the sender's name, a glob); 'w' a write (the sender's name, the
 * scope in hex); 'k' a key (hex) that is newer in the store; 'f' a key that is
 * gone (the sender's name, the key). */
void invalidate_as_told(struct mirror *m, const char *message);
/* Notifications may have been missed: drops all that is in memory, so that pages come from the database, with what is marked there. */
void invalidate_missed(struct mirror *m);
