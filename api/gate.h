/* gate: the way to a pool of connections. Remembers for a second that the database can't be reached and refuses at once
 * meanwhile: a connection attempt may block for ten seconds, and a server thread serves many clients. Thread-safe. */
#pragma once
#include "schema/db/db.h"
#include <stdatomic.h>

struct gate {
    struct db_pool *pool;
    _Atomic int64_t closed_until_ms; /* mono */
};

/* ERR_DB_DOWN or ERR_DB_BUSY, after two seconds at most while the database answers or refuses. */
MUST_CHECK bool gate_acquire(struct gate *gate, struct db **db_out, struct err *err);
void gate_release(struct gate *gate, struct db *db);
