/* erasure: people who asked to be forgotten. Their data go; a keyed hash of their id stays, so that no page brings them
 * back (the statements of pages.sql and details.sql look). The only caller of erasure.sql. */
#pragma once
#include "schema/db/db.h"

struct erased {
    int64_t developers, logins, follows, stars, ended, days; /* ended: edges of the past; days: of counts */
    int64_t repositories, stars_received, jobs;              /* jobs: open ones called off */
    int64_t pages, forks;                                    /* others' records that held a trace */
    int64_t changes_seen;                                    /* how far the log of changes was gone through */
};

/* *github_id_out: 0 when nobody known here has or had the login. login_out: as it is now; in the arena. */
MUST_CHECK bool erasure_find(struct db *db, const char *login, struct arena *a, int64_t *github_id_out,
                             const char **login_out, struct err *err);
/* Removes and leaves the tombstone, whether or not anything is known of the id. Not inside a transaction of the caller's.
 * Repeating it is harmless, and completes what an error cut short. Pages wait only while rows are removed. One at a time. */
MUST_CHECK bool erasure_forget(struct db *db, int64_t github_id, struct erased *out, struct err *err);

/* *found_out false: there was no tombstone of this id. */
MUST_CHECK bool erasure_undo(struct db *db, int64_t github_id, bool *found_out, int64_t *forgotten_ms_out,
                             struct err *err);

struct tombstone {
    const char *hash; /* its beginning, in hexadecimal */
    int64_t forgotten_at_ms;
};
MUST_CHECK bool erasure_list(struct db *db, struct arena *a, struct tombstone **out, size_t *n_out,
                             struct err *err);

/* Whether anybody forgotten stands anywhere on an answer, which is JSON; costs a look while nobody is. */
MUST_CHECK bool erasure_on_page(struct db *db, slice page, bool *out, struct err *err);
/* Whether any of the details (a JSON array, as details_save_… takes it) is of a forgotten developer, or owned by one. */
MUST_CHECK bool erasure_knows(struct db *db, slice items, bool *out, struct err *err);
