/* details: full records of developers and repositories, by REST or GraphQL, and gone records.
 * Calls that write belong inside the caller's transaction. */
#pragma once
#include "schema/db/db.h"

struct developer_ref {
    bool known, gone;
    int64_t github_id;
    const char *login, *type;
    int64_t followers, following, public_repos; /* -1: not known */
    bool changed;                               /* by the save that returned it */
    size_t page;                                /* of that save: the page that contained it */
};
struct repository_ref {
    bool known, gone;
    int64_t github_id, owner_github_id; /* owner 0: not known */
    const char *full_name;
    int64_t stargazers; /* -1: not known */
    bool changed;
};

/* `json`, and each of `pages`: an array of details in REST's form, cleaned. Returns the saved refs, by github_id, in the
 * arena; items without a valid id and name are skipped, and so are developers in an earlier page. ERR_DB class 22:
 * clean item by item and repeat. */
MUST_CHECK bool details_save_developers(struct db *db, const slice *pages, const int64_t *tasks,
                                        size_t n_pages, struct arena *a, struct developer_ref **refs_out,
                                        size_t *n_out, struct err *err);
MUST_CHECK bool details_save_repositories(struct db *db, slice json, int64_t task_id, struct arena *a,
                                          struct repository_ref **refs_out, size_t *n_out, struct err *err);
/* Gone on GitHub: marks the record with the time and `reason` ("gone", "blocked") and closes its edges. */
MUST_CHECK bool details_developer_gone(struct db *db, int64_t github_id, int64_t task_id, const char *reason,
                                       struct err *err);
MUST_CHECK bool details_repository_gone(struct db *db, int64_t github_id, const char *reason,
                                        struct err *err);
/* Completes an import of records: closes the edges of all records that are gone and those of organisations, which
 * follow and star nothing, restores the edges that waited for records that are back, and plans accordingly. Outside of a
 * transaction; rows that a crawl has locked are tried again. Errors: as db_run. */
MUST_CHECK bool details_settle_import(struct db *db, struct err *err);

MUST_CHECK bool details_find_login(struct db *db, const char *login, struct arena *a,
                                   struct developer_ref *out, struct err *err);
MUST_CHECK bool details_find_logins(struct db *db, const char *const *logins, size_t n, struct arena *a,
                                    struct developer_ref *out, struct err *err);
MUST_CHECK bool details_find_full_name(struct db *db, const char *full_name, struct arena *a,
                                       struct repository_ref *out, struct err *err);

struct edges_known {
    bool followers, following, stars, repositories;
};
/* One for each of n ids. */
MUST_CHECK bool details_edges_known(struct db *db, const int64_t *github_ids, size_t n,
                                    struct edges_known *out, struct err *err);
/* Queues a record to be requested by id, under the task. kind: 1 developer, 2 repository (enum record_kind). */
MUST_CHECK bool details_queue(struct db *db, int kind, int64_t github_id, int64_t task_id, struct err *err);
/* The starred repositories of n_owners different developers: of each in a row, in the order of `owners`. */
MUST_CHECK bool details_starred_repositories_of(struct db *db, const int64_t *owners, size_t n_owners,
                                                struct arena *a, struct repository_ref **refs_out,
                                                size_t *n_out, struct err *err);

/* Stars given on days (since 1970-01-01), from the star history; future days are skipped. Other days from `first` to `last`
 * have none any more; first > last: other days are not known. */
MUST_CHECK bool details_save_star_days(struct db *db, int64_t repository_github_id, const int64_t *days,
                                       const int64_t *stars, size_t n, int64_t first, int64_t last,
                                       struct err *err);
/* The sum over the stored days. */
MUST_CHECK bool details_stars_added(struct db *db, int64_t repository_github_id, int64_t *n_out,
                                    struct err *err);
