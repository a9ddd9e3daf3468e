/* Short reads of several threads in one round trip. The thread that gets a connection runs those of the threads that wait for one as well: it
 * sends all statements with one sync, and wakes each thread with its rows. A statement that takes 50 us costs nearly as much again when it is
 * alone: switches between processes, a transaction, messages. */
#include "schema/db/db_private.h"
#include "schema/db/pool_private.h"
#include <assert.h>

/* Returns what became of all but *failed_out, whose own error it is: which says nothing of the others, which were not run. An error that
 * may pass (db_may_pass) counts as no one's own. */
static enum db_outcome run_calls(struct db_pool *pool, struct waiter *first, const struct db_call *calls,
                                 size_t n, size_t *failed_out, struct err *err)
{
    size_t failed;
    *failed_out = n;
    /* Without a connection: the server may have no more of them for us (53300), and each waits for one of the others. */
    if (!first->db && !pool_open(pool, first, err))
        return pool_has_any(pool) ? DB_READ_AGAIN : DB_READ_REFUSED;
    if (db_run_calls(first->db, calls, n, &failed, err))
        return DB_READ_DONE;
    if (!db_may_pass(err))
        *failed_out = n == 1 ? 0 : failed;
    return DB_READ_AGAIN;
}

/* The connection is returned before the others are woken: it may serve the next threads meanwhile. */
static void run(struct db_pool *pool, struct waiter *first)
{
    struct db_call calls[GROUP_MAX];
    struct reading *all[GROUP_MAX];
    struct err err = {0};
    size_t n = 0, failed;
    first->next = first->carried;
    for (struct waiter *w = first; w; w = w->next) {
        all[n] = w->reading;
        all[n]->beside = first->carried != NULL;
        calls[n] = all[n]->read->call;
        if (first->carried)
            calls[n].q = all[n]->read->beside;
        n++;
    }
    enum db_outcome outcome = run_calls(pool, first, calls, n, &failed, &err);
    db_pool_release(pool, first->db);
    for (size_t i = 0; i < n; i++) {
        all[i]->outcome = i == failed ? DB_READ_FAILED : outcome;
        if (all[i]->outcome != DB_READ_DONE)
            *all[i]->err = err;
    }
    pool_wake(first->carried);
}

enum db_outcome db_pool_read(struct db_pool *pool, int deadline_ms, bool may_join, const struct db_read *read,
                             struct err *err)
{
    struct db_rows *rows = read->call.rows_out;
    struct reading reading = {.read = read, .err = err};
    struct waiter w = {.reading = &reading, .may_join = may_join};
    assert(!read->call.text.ptr && rows);
    *rows = (struct db_rows){0};
    if (!pool_take(pool, deadline_ms, &w)) {
        err_set(err, ERR_DB_BUSY, "all connections are busy");
        return DB_READ_REFUSED;
    }
    if (!w.is_carried)
        run(pool, &w);
    if (reading.outcome != DB_READ_DONE || !reading.beside || !read->is_whole || read->is_whole(rows))
        return reading.outcome;
    db_rows_clear(rows);
    return DB_READ_AGAIN;
}
