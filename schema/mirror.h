/* mirror: the mirror's cache in PostgreSQL. See mirror.sql. Keys and hashes of credentials are bytes from the caller.
 * On the connection's thread; each call is a transaction of its own, unless the caller has one open. */
#pragma once
#include "core/base/buf.h"
#include "schema/db/db.h"

#define MIRROR_CHANNEL    "gitomatic_mirror"
#define MIRROR_HASH_BYTES 32
#define MIRROR_URL_MAX    2000 /* longer ones are not stored: an index holds them */

/* The key of the hashes under which pages are stored. A database without one gets `mine` (NULL: a new one). */
MUST_CHECK bool mirror_key(struct db *db, const unsigned char *mine, unsigned char out[MIRROR_HASH_BYTES],
                           struct err *err);

struct mirror_page {
    bool own; /* false: another credential's, to compute an ETag from */
    slice key, resource, url, credential_hash, headers, bytes;
    int64_t n_items, fetched_age_ms, checked_age_ms; /* checked: -1: must be revalidated */
    bool derivable, barred;
};
/* writer: the hash under which writes of the page's credential are noted. *found_out false: *out is untouched. Slices borrow from rows. */
MUST_CHECK bool mirror_find(struct db *db, slice key, slice resource, slice writer, struct db_rows *rows,
                            bool *found_out, struct mirror_page *out, struct err *err);
/* checked: GitHub has just sent it, and nothing has invalidated it meanwhile. *new_out: the key is new; *bytes_out: added
 * bytes. */
MUST_CHECK bool mirror_save(struct db *db, const struct mirror_page *page, bool checked, bool *new_out,
                            int64_t *bytes_out, struct err *err);
/* checked: as above; the page is no longer barred. */
MUST_CHECK bool mirror_headers(struct db *db, slice key, slice headers, bool checked, struct err *err);
/* Bars the page and all other pages of its address for the credential; notifies other mirrors of each. rows: the keys as hex. */
MUST_CHECK bool mirror_bar(struct db *db, slice url, slice resource, slice credential_hash, slice key,
                           struct db_rows *rows, struct err *err);
/* Bars every page; notifies other mirrors to empty their memory. */
MUST_CHECK bool mirror_bar_all(struct db *db, struct err *err);
/* Keys as hex. */
MUST_CHECK bool mirror_touch(struct db *db, const slice *used, size_t n_used, const slice *checked,
                             size_t n_checked, struct err *err);
MUST_CHECK bool mirror_drop(struct db *db, slice key, struct err *err);
/* GitHub says that an address does not exist for a credential: deletes its page `key`, and bars every other form of it (as
 * mirror_bar). rows: their keys as hex; notifies other mirrors. sender: 8 characters that identify this mirror. */
MUST_CHECK bool mirror_forget(struct db *db, slice url, slice resource, slice credential_hash, slice key,
                              const char *sender, struct db_rows *rows, struct err *err);

/* Deletes the pages whose address the glob matches ('*' is any text); notifies other mirrors. */
MUST_CHECK bool mirror_purge(struct db *db, slice glob, int64_t *n_out, struct err *err);
/* Invalidates the pages that any of the globs matches; notifies other mirrors of each. A glob has at most 4,000 bytes. sender: 8
 * characters that identify this mirror. */
MUST_CHECK bool mirror_mark_stale(struct db *db, const slice *globs, size_t n, const char *sender,
                                  struct err *err);
/* The credential wrote: its pages that were confirmed before must be revalidated; notifies other mirrors. */
MUST_CHECK bool mirror_written(struct db *db, slice credential_hash, const char *sender, struct err *err);
MUST_CHECK bool mirror_writes_prune(struct db *db, int days, struct err *err);
/* Notifies mirrors that a page is newer than their copy. */
MUST_CHECK bool mirror_tell(struct db *db, slice key_hex, struct err *err);

MUST_CHECK bool mirror_size(struct db *db, int64_t *pages_out, int64_t *bytes_out, struct err *err);
/* At most `most` pages; *freed_out: the sum of their sizes. */
MUST_CHECK bool mirror_evict(struct db *db, int64_t bytes, int64_t most, int64_t *n_out, int64_t *freed_out,
                             struct err *err);
MUST_CHECK bool mirror_sweep(struct db *db, int64_t *n_out, struct err *err);
/* Returns the space of deleted rows, so that the files do not grow. */
MUST_CHECK bool mirror_vacuum(struct db *db, struct err *err);

/* *login_out NULL: not known. *recent_out: requested within `hours`. */
MUST_CHECK bool mirror_user(struct db *db, slice credential_hash, int hours, struct arena *a,
                            const char **login_out, bool *recent_out, struct err *err);
MUST_CHECK bool mirror_user_save(struct db *db, slice credential_hash, slice login, struct err *err);
MUST_CHECK bool mirror_users_prune(struct db *db, int days, struct err *err);
MUST_CHECK bool mirror_alive(struct db *db, bool *alive_out, struct err *err);
/* The base URLs of the servers that running mirrors use, without a slash at the end; *n_out 0: none runs. */
MUST_CHECK bool mirror_upstreams(struct db *db, struct arena *a, const char ***out, size_t *n_out,
                                 struct err *err);
