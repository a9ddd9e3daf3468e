/* pool_private: what pool.c shares with short_reads.c. */
#pragma once
#include "schema/db/db.h"
#include <semaphore.h>
#include <stdatomic.h>

/* A read of the thread that waits, on its stack. Another thread that runs it writes `outcome`, `err` and the rows before it wakes the waiter. */
struct reading {
    const struct db_read *read;
    enum db_outcome outcome;
    bool beside; /* others: read->beside was run */
    struct err *err;
};

/* A thread in the queue of a pool, on its stack. The pool's lock guards it until it is served. Then it belongs to the thread that serves it, until
 * it is woken. */
struct waiter {
    struct waiter *next;
    sem_t woken;
    struct db *db;           /* lent to it; NULL: it has to open one, or is carried */
    struct reading *reading; /* NULL: it wants the connection for itself */
    bool may_join;           /* with `reading`: another thread may run it */
    struct waiter *carried;  /* whose reads it has to run as well, and to wake */
    bool is_carried;         /* it gets no connection: another thread runs its read */
    _Atomic bool served;     /* out of the queue, and will be woken; must exist until then */
};

/* Waits in turn for a connection; with w->reading also for a thread that runs it. False: neither came in deadline_ms. */
bool pool_take(struct db_pool *pool, int deadline_ms, struct waiter *w);
/* Opens the connection that was lent to w as NULL, and sets w->db; or returns the loan. */
MUST_CHECK bool pool_open(struct db_pool *pool, struct waiter *w, struct err *err);
/* Whether any connection is open. */
bool pool_has_any(struct db_pool *pool);
/* Wakes all of a list. Without the lock: a thread that woke would otherwise wait for it at once. */
void pool_wake(struct waiter *served);
