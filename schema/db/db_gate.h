/* db_gate: circuit breaker in front of a connection pool. After a failed connection it refuses for a second: an attempt may
 * block for ten seconds, and a server thread serves many clients. For the same reason not all server threads may wait for a
 * database that hangs: some stay free for requests that need none. Thread-safe. */
#pragma once
#include "schema/db/db.h"
#include <stdatomic.h>

/* Shared by all gates of a process. */
struct db_slots {
    int n_connections; /* this many may have one at once; reads that another thread runs need none */
    int n;             /* this many threads may be inside or wait, for any time */
    _Atomic int
        n_inside; /* have one, wait, or are read for; including those above n, which wait only briefly */
    _Atomic int64_t moved_ms; /* mono: a thread entered or left */
};

struct db_gate {
    struct db_pool *pool;
    struct db_pool *streams; /* for streamed answers, which hold a connection for long */
    struct db_slots *slots;
    _Atomic int64_t closed_until_ms; /* mono */
    _Atomic uint64_t why;            /* the SQLSTATE of the failed connection, in bytes; 0: none */
};

void db_slots_init(struct db_slots *slots, int n_connections, int n);

/* ERR_DB_DOWN or ERR_DB_BUSY, after at most two seconds while the database answers or refuses. Threads above the slots' n:
 * after 0.3 s, and at once while the database hangs. */
MUST_CHECK bool db_gate_acquire(struct db_gate *gate, struct db **db_out, struct err *err);
void db_gate_release(struct db_gate *gate, struct db *db);
/* db_pool_read(), and runs it alone where that says so; once more, if that fails with db_may_pass(). None of this begins after the time that
 * db_gate_acquire() waits, or after the timeout of another thread's statement: then ERR_DB_BUSY, or the error that may pass. Other errors: as
 * db_gate_acquire() and db_run(). */
MUST_CHECK bool db_gate_read(struct db_gate *gate, const struct db_read *read, struct err *err);
