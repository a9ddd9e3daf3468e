/* db_gate: the way to a pool of connections. Remembers for a second that the database can't be reached and refuses at once
 * meanwhile: a connection attempt may block for ten seconds, and a server thread serves many clients. For the same reason
 * not all server threads wait for a database that stands still: some stay free for what needs none. Thread-safe. */
#pragma once
#include "schema/db/db.h"
#include <stdatomic.h>

/* What all gates of a process share. */
struct db_slots {
    int n_connections;        /* so many get in at once */
    int n;                    /* so many threads may be inside, or wait to be, however long it takes */
    _Atomic int n_inside;     /* and those beyond, who wait for a moment only */
    _Atomic int64_t moved_ms; /* mono: somebody went in or came out */
};

struct db_gate {
    struct db_pool *pool;
    struct db_pool
        *streams; /* for answers that are made while they are sent: they hold a connection for long */
    struct db_slots *slots;
    _Atomic int64_t closed_until_ms; /* mono */
};

void db_slots_init(struct db_slots *slots, int n_connections, int n);

/* ERR_DB_DOWN or ERR_DB_BUSY, after two seconds at most while the database answers or refuses. Beyond the places: after 0.3
 * s, and at once while the database stands still. */
MUST_CHECK bool db_gate_acquire(struct db_gate *gate, struct db **db_out, struct err *err);
void db_gate_release(struct db_gate *gate, struct db *db);
