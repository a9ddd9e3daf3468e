/* erasure: removal of people's data. A keyed hash of the id stays, so that no page stores them again (the statements of
 * pages.sql and details.sql check). The only caller of erasure.sql. */
#pragma once
#include "schema/db/db.h"

struct erased {
    int64_t developers, logins, follows, stars, ended, days; /* ended: ended edges; days: of counts */
    int64_t repositories, stars_received, jobs;              /* jobs: cancelled ones */
    int64_t pages, forks;                                    /* records of others that mentioned the person */
};

/* *github_id_out: 0: no known developer has or had the login. login_out: the present one; in the arena. */
MUST_CHECK bool erasure_find(struct db *db, const char *login, struct arena *a, int64_t *github_id_out,
                             const char **login_out, struct err *err);
/* Removes the data and stores the tombstone, even for an unknown id. Not inside a caller's transaction. Once the tombstone is set,
 * no row of the person is left; until it returns, the log of changes has their id, and answers stored for forks of their repositories
 * name them. Repeating it is harmless, and completes an interrupted removal. Pages wait only while rows are
 * removed. One at a time. */
MUST_CHECK bool erasure_forget(struct db *db, int64_t github_id, struct erased *out, struct err *err);

/* *found_out false: there is no tombstone of this id. Completes an interrupted removal first. */
MUST_CHECK bool erasure_undo(struct db *db, int64_t github_id, bool *found_out, int64_t *forgotten_ms_out,
                             struct err *err);

struct tombstone {
    const char *hash; /* its beginning, in hexadecimal */
    int64_t forgotten_at_ms;
};
MUST_CHECK bool erasure_list(struct db *db, struct arena *a, struct tombstone **out, size_t *n_out,
                             struct err *err);

/* Whether an answer (JSON) mentions a forgotten person anywhere; without tombstones it costs one lookup. */
MUST_CHECK bool erasure_on_page(struct db *db, slice page, bool *out, struct err *err);
/* Whether any of the details (a JSON array, as details_save_… takes it) is of a forgotten developer, or owned by one. */
MUST_CHECK bool erasure_knows(struct db *db, slice items, bool *out, struct err *err);
