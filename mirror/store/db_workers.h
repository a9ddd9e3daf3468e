/* db_workers: the threads that use PostgreSQL, so that no other thread waits for it: they look up pages, save them, and keep
 * the cache within its size. While PostgreSQL is unavailable, tasks run at once without a connection.
 *
 * Threads: db_workers_submit from any; a task runs on a worker, or, if it waited too long, on the rescuer's thread. */
#pragma once
#include "mirror/mirror_private.h"
#include "schema/db/db.h"

struct db_task {
    /* db NULL: the database is unavailable, or all threads are stuck: continue without it. */
    void (*run)(void *owner, struct db *db);
    void *owner;
    int64_t due_ms; /* monotonic */
    struct db_task *next;
};

/* Waits for the database until stop_fd becomes readable; then ERR_STOPPING. */
MUST_CHECK bool db_workers_start(struct mirror *m, int stop_fd, struct db_workers **out, struct err *err);
/* Runs the waiting tasks, then ends. */
void db_workers_stop(struct db_workers *s);
/* The task is borrowed until it runs. in_ms: not before that. */
void db_workers_submit(struct db_workers *s, struct db_task *task, int64_t in_ms);
bool db_workers_are_up(const struct db_workers *s);
/* Why not, in words; NULL: they are. */
const char *db_workers_trouble(const struct db_workers *s);
/* For db_options.abandon, until db_workers_stop: true while the database accepts statements but does not answer. */
const _Atomic bool *db_workers_hang(const struct db_workers *s);
/* Reports a task's error: a lost connection or a missing table concerns all workers. */
void db_workers_failed(struct db_workers *s, const char *what, const struct err *err);

/* A stored page was served; checked: GitHub has just confirmed it. Stored later, in batches. */
void db_workers_used(struct db_workers *s, struct page *page, bool checked);
/* Discards confirmations that are not stored yet, since the pages may have changed. */
void db_workers_discard_confirmations(struct db_workers *s);
/* A page was saved, which added that many bytes. */
void db_workers_cache_grew(struct db_workers *s, bool is_new, int64_t bytes);
/* Whether the cache exceeds its bound so far that no page should be stored for now. */
bool db_workers_cache_is_full(const struct db_workers *s);
void db_workers_cache_size(const struct db_workers *s, int64_t *pages_out, int64_t *bytes_out);

/* A page must be barred, but that could not be stored: it will be as soon as the database is back, before any read. Copies
 * its arguments. */
void db_workers_owes_bar(struct db_workers *s, const char *url, const unsigned char resource[KEY_BYTES],
                         const unsigned char credential_hash[CREDENTIAL_HASH_BYTES],
                         const unsigned char key[KEY_BYTES]);
/* Pages that may not be served from memory any more; keys as hex in the first column. */
void db_workers_forget_keys(struct db_workers *s, const struct db_rows *keys);
