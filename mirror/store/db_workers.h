/* db_workers: the threads that talk to PostgreSQL, so that nobody else waits for it: looking pages up, saving them, and keeping
 * the cache within its size. While PostgreSQL is away tasks run without a connection, at once.
 *
 * Threads: db_workers_submit from any; a task runs on a store thread, or, when it waited too long, on the rescuer's. */
#pragma once
#include "mirror/mirror_private.h"
#include "schema/db/db.h"

struct db_task {
    /* db NULL: the database is away, or every thread is stuck with it: go on without. */
    void (*run)(void *owner, struct db *db);
    void *owner;
    int64_t due_ms; /* monotonic */
    struct db_task *next;
};

/* Waits for the database until stop_fd becomes readable; then ERR_STOPPING. */
MUST_CHECK bool db_workers_start(struct mirror *m, int stop_fd, struct db_workers **out, struct err *err);
/* Runs what waits, then ends. */
void db_workers_stop(struct db_workers *s);
/* The task is borrowed until it runs. in_ms: not before that. */
void db_workers_submit(struct db_workers *s, struct db_task *task, int64_t in_ms);
bool db_workers_are_up(const struct db_workers *s);
/* For db_options.abandon, until db_workers_stop: true while the database takes statements and answers none. */
const _Atomic bool *store_hangs(const struct db_workers *s);
/* A task met this error: a lost connection is news for all. */
void db_workers_failed(struct db_workers *s, const char *what, const struct err *err);

/* A stored page was served; checked: GitHub has just said that it holds. Written down behind it, in batches. */
void db_workers_used(struct db_workers *s, struct page *page, bool checked);
/* What was checked and is not written down yet may have changed since. */
void db_workers_proves_nothing(struct db_workers *s);
/* A page was saved, which added so many bytes. */
void db_workers_cache_grew(struct db_workers *s, bool is_new, int64_t bytes);
/* Whether the cache is so far over its bound that nothing more should go in for now. */
bool db_workers_cache_is_full(const struct db_workers *s);
void db_workers_cache_size(const struct db_workers *s, int64_t *pages_out, int64_t *bytes_out);

/* Something the credential may not be served any more could not be written down: it is as soon as the database is back, before
 * anything is read from it again. Copies what it is given. */
void db_workers_owes_bar(struct db_workers *s, const char *url, const unsigned char resource[KEY_BYTES],
                         const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                         const unsigned char key[KEY_BYTES]);
/* Pages that may not be served from memory any more; keys as hex in the first column. */
void db_workers_forget_keys(struct db_workers *s, const struct db_rows *keys);
