/* Waiting for PostgreSQL with a deadline of our own. A server whose processes are stopped, or to which packets are dropped,
 * ends no statement by its statement_timeout and no connection: libpq would wait forever. */
#include "core/base/clock.h"
#include "schema/db/db_private.h"
#include <poll.h>
#include <stdatomic.h>

static _Atomic int64_t give_up_at_ms = INT64_MAX;

void db_give_up_after(int ms)
{
    atomic_store(&give_up_at_ms, clock_mono_ms() + ms);
}

int64_t db_time_left(const struct db *db, int64_t until_ms)
{
    int64_t now = clock_mono_ms(), give_up = atomic_load(&give_up_at_ms);
    if (db->abandon && atomic_load_explicit(db->abandon, memory_order_relaxed))
        return 0;
    return (give_up < until_ms ? give_up : until_ms) - now;
}

static int64_t deadline(const struct db *db)
{
    return db->unbounded || db->unbounded_here ? INT64_MAX : clock_mono_ms() + db->patience_ms;
}

enum look { LOOK_NOTHING, LOOK_READ, LOOK_LOST, LOOK_LATE };

/* Waits for the socket once, and reads what has arrived. */
static enum look look(struct db *db, int64_t until, bool sending)
{
    int64_t left = db_time_left(db, until);
    if (left <= 0)
        return LOOK_LATE;
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
    int n = poll(&fd, 1, left < LOOK_EVERY_MS ? (int)left : LOOK_EVERY_MS);
    if (n <= 0 || !(fd.revents & ~POLLOUT))
        return LOOK_NOTHING;
    return PQconsumeInput(db->conn) ? LOOK_READ : LOOK_LOST;
}

/* Sends and reads until there is a result. False: too late. A lost connection counts as a result. */
static bool await(struct db *db)
{
    int64_t until = deadline(db);
    for (;;) {
        int unsent = PQflush(db->conn);
        if (unsent < 0 || (unsent == 0 && !PQisBusy(db->conn)))
            return true;
        enum look found = look(db, until, unsent);
        if (found == LOOK_LOST || found == LOOK_LATE)
            return found == LOOK_LOST;
    }
}

/* Notes that it took too long. True if the wait succeeded. */
static bool note(struct db *db, enum look found)
{
    if (found == LOOK_LATE)
        db->late = db->broken = true;
    return found != LOOK_LATE && found != LOOK_LOST;
}

bool db_await_input(struct db *db)
{
    int64_t until = deadline(db);
    enum look found;
    while ((found = look(db, until, false)) == LOOK_NOTHING)
        ;
    return note(db, found);
}

bool db_await_sent(struct db *db)
{
    int64_t until = deadline(db);
    int unsent;
    while ((unsent = PQflush(db->conn)) > 0)
        if (!note(db, look(db, until, true)))
            return false;
    return unsent == 0;
}

PGresult *db_next_result(struct db *db)
{
    if (db->late || !await(db)) {
        db->late = db->broken = true;
        return NULL;
    }
    return PQgetResult(db->conn);
}

/* The last result of what was sent. */
static PGresult *last_result(struct db *db, int sent)
{
    PGresult *res, *last = NULL;
    while (sent == 1 && (res = db_next_result(db))) {
        PQclear(last);
        last = res;
    }
    if (!db->late)
        return last;
    PQclear(last);
    return NULL;
}

PGresult *db_exec(struct db *db, const char *sql)
{
    return last_result(db, PQsendQuery(db->conn, sql));
}

PGresult *db_prepare(struct db *db, const char *name, const char *sql, int n, const Oid *types)
{
    return last_result(db, PQsendPrepare(db->conn, name, sql, n, types));
}

PGresult *db_exec_prepared(struct db *db, const char *name, int n, const struct wire *w)
{
    return last_result(db, PQsendQueryPrepared(db->conn, name, n, w->values, w->lengths, w->formats, 1));
}
