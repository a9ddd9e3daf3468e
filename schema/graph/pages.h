/* pages: saves pages of lists as rows: records, edges, and the remembered page. All calls belong inside the caller's
 * transaction, after jobs_hold (the lease's fence). */
#pragma once
#include "schema/db/db.h"

struct item_memory; /* page_items.h */

/* The list of a page, by the job that reads it. The name is remembered_pages.list and the kind of job. */
enum page_list {
    LIST_FOLLOWERS,    /* users who follow the subject */
    LIST_FOLLOWING,    /* users the subject follows */
    LIST_STARRED,      /* repositories the subject has starred, with starred_at */
    LIST_REPOSITORIES, /* repositories the subject owns */
    LIST_STARGAZERS,   /* users who starred the subject, a repository; removes no edges */
};
const char *page_list_name(enum page_list list);

/* False, with the error of a value of the wrong type (SQLSTATE class 22): an id or name in the text is invalid. */
MUST_CHECK bool pages_names_ok(slice json, struct err *err);

/* A fresh page, and the result of saving it. */
struct page_save {
    enum page_list list;
    int64_t subject, task_id;
    slice json;         /* an array, cleaned by json_clean */
    const int64_t *ids; /* out: in the page's order, without duplicates; in the arena */
    size_t n_ids;
    bool withheld; /* out: an item is not stored until its owner is known; its id is 0 */
    int64_t
        n_unreadable; /* out: items without an id, whose edges are unknown; all of a page of which none can be stored */
    bool
        subject_gone; /* out: gone, or of a kind without such edges: none was added, and a later 304 must not count for the page */
};

/* Saves fresh pages, each kind of row with one statement: records, edges, stubs queued for hydration under their page's task.
 * Gone records stay gone: their edges wait until they are back. ERR_DB with sqlstate class 22 if a value has the wrong type:
 * save the pages one at a time, and clean that page item by item. Developers are written before repositories, and each in
 * the order of ids; still, a transaction should save pages of only one kind of record, or two of them could deadlock:
 * repositories include their owners. memory: of unchanged items; NULL: none. */
MUST_CHECK bool pages_save(struct db *db, struct page_save *pages, size_t n, struct item_memory *memory,
                           struct arena *a, struct err *err);
/* A page of repositories of no list: without edges, and no synced one is hydrated again. */
MUST_CHECK bool pages_save_repositories(struct db *db, slice json, int64_t task_id, struct arena *a,
                                        struct err *err);

struct page_memory {
    bool known;
    const char *label, *etag, *next_url; /* NULL: none */
    const int64_t *ids;
    size_t n_ids;
    int64_t fetched_at_ms;
    int64_t now_ms;   /* the database's time, also for an unknown page */
    const char *name; /* of the subject now, with page 1 only; NULL: no such record */
};
/* list: a page_list_name, or "developer" / "repository" for details (page 0). */
struct page_key {
    const char *list;
    int64_t subject;
    int page;
};
struct page_memory page_memory_dup(const struct page_memory *m, struct arena *a); /* in another arena */
MUST_CHECK bool pages_recall_all(struct db *db, const struct page_key *keys, size_t n, struct arena *a,
                                 struct page_memory *out, struct err *err);
MUST_CHECK bool pages_recall(struct db *db, const char *list, int64_t subject, int page, struct arena *a,
                             struct page_memory *out, struct err *err);
struct page_answer {
    struct page_key key;
    const char *label, *etag, *next_url; /* etag, next_url: NULL: none */
    const int64_t *ids;
    size_t n_ids;
};
/* No two of one page. */
MUST_CHECK bool pages_remember(struct db *db, const struct page_answer *answers, size_t n, struct arena *a,
                               struct err *err);
/* The same for a remembered page that answered 304: its ids stay. */
MUST_CHECK bool pages_unchanged(struct db *db, const char *list, int64_t subject, int page, const char *label,
                                const char *etag, const char *next_url, struct err *err);

/* ---- a pass and its end ---- */
struct page_pass {
    enum page_list list;
    int64_t subject, task_id, started_ms;
    int last_page;
    int64_t n_missing; /* out, of pages_count_missing */
};
/* A pass that began at started_ms has found every stored edge of the list: an edge that ends later existed then. */
MUST_CHECK bool pages_pass_ended(struct db *db, const struct page_pass *passes, size_t n, struct arena *a,
                                 struct err *err);
/* Counts the edges that existed before each pass and are on no remembered page; deletes remembered pages after the last one. */
MUST_CHECK bool pages_count_missing(struct db *db, struct page_pass *passes, size_t n, struct arena *a,
                                    struct err *err);
/* Moves them to the history. For LIST_REPOSITORIES: queues missing repositories to be requested by id (deleted? moved?). */
MUST_CHECK bool pages_close_missing(struct db *db, const struct page_pass *passes, size_t n, struct arena *a,
                                    struct err *err);
