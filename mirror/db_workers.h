/* store: the threads that talk to PostgreSQL, so that nobody else waits for it: looking pages up, saving them, and keeping
 * the cache within its size. While PostgreSQL is away tasks run without a connection, at once.
 *
 * Threads: store_submit from any; a task runs on a store thread, or, when it waited too long, on the rescuer's. */
#pragma once
#include "mirror/engine.h"
#include "schema/db/db.h"

struct store_task {
    /* db NULL: the database is away, or every thread is stuck with it: go on without. */
    void (*run)(void *owner, struct db *db);
    void *owner;
    int64_t due_ms; /* monotonic */
    struct store_task *next;
};

/* Waits for the database until stop_fd becomes readable; then ERR_STOPPING. */
MUST_CHECK bool store_start(struct mirror *m, int stop_fd, struct store **out, struct err *err);
/* Runs what waits, then ends. */
void store_stop(struct store *s);
/* The task is borrowed until it runs. in_ms: not before that. */
void store_submit(struct store *s, struct store_task *task, int64_t in_ms);
bool store_is_up(const struct store *s);
/* For db_options.abandon, until store_stop: true while the database takes statements and answers none. */
const _Atomic bool *store_hangs(const struct store *s);
/* A task met this error: a lost connection is news for all. */
void store_failed(struct store *s, const char *what, const struct err *err);

/* A stored page was served; checked: GitHub has just said that it holds. Written down behind it, in batches. */
void store_used(struct store *s, struct page *page, bool checked);
/* What was checked and is not written down yet may have changed since. */
void store_proves_nothing(struct store *s);
/* A page was saved, which added so many bytes. */
void store_grew(struct store *s, bool is_new, int64_t bytes);
/* Whether the cache is so far over its bound that nothing more should go in for now. */
bool store_is_full(const struct store *s);
void store_size(const struct store *s, int64_t *pages_out, int64_t *bytes_out);

/* Something the credential may not be served any more could not be written down: it is as soon as the database is back, before
 * anything is read from it again. Copies what it is given. */
void store_owes_bar(struct store *s, const char *url, const unsigned char resource[KEY_BYTES],
                    const unsigned char scope[SCOPE_BYTES], const unsigned char key[KEY_BYTES]);
/* Pages that may not be served from memory any more; keys as hex in the first column. */
void store_forget_keys(struct store *s, const struct db_rows *keys);
