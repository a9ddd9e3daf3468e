/* Waiting for PostgreSQL with a deadline of our own. A server whose processes are stopped, or to which packets are dropped,
 * ends no statement by its statement_timeout and no connection: libpq would wait forever. */
#include "core/base/clock.h"
#include "schema/db/db_private.h"
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#define MAX_UNANSWERED                                                                                       \
    3 /* times in a row, until the server counts as hanging under a statement without a limit */
#define SILENCE_MS 2000 /* an attempt that fails sooner was refused */

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

/* Whether the server says anything at all, on a connection of its own. A refusal is an answer too, and comes at once. */
static bool server_answers(const struct db *db)
{
    const struct db_options options = {.url = db->url,
                                       .application = db->application,
                                       .connect_ms = db->patience_ms,
                                       .patience_ms = db->patience_ms,
                                       .abandon = db->abandon};
    struct db *other = NULL;
    struct err ignored;
    int64_t begun = clock_mono_ms();
    bool answers = db_open(&options, &other, &ignored) || clock_mono_ms() - begun < SILENCE_MS;
    db_close(other);
    return answers;
}

/* One wait. That for a statement without a limit is renewed as long as the server answers to others. */
struct waiting {
    int64_t until_ms;
    int unanswered;
};

static struct waiting begin_waiting(const struct db *db)
{
    return (struct waiting){.until_ms = clock_mono_ms() + db->patience_ms};
}

static bool may_wait_on(const struct db *db, struct waiting *w)
{
    if (!(db->unbounded || db->unbounded_here) || db_time_left(db, INT64_MAX) <= 0)
        return false;
    w->unanswered = server_answers(db) ? 0 : w->unanswered + 1;
    w->until_ms = clock_mono_ms() + db->patience_ms;
    return w->unanswered < MAX_UNANSWERED;
}

enum look { LOOK_NOTHING, LOOK_READ, LOOK_LOST, LOOK_LATE };

/* Waits for the socket once, and reads what has arrived. */
static enum look look(struct db *db, struct waiting *w, bool sending)
{
    int64_t left = db_time_left(db, w->until_ms);
    if (left <= 0)
        return may_wait_on(db, w) ? LOOK_NOTHING : LOOK_LATE;
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
    int n = poll(&fd, 1, left < LOOK_EVERY_MS ? (int)left : LOOK_EVERY_MS);
    if (n <= 0 || !(fd.revents & ~POLLOUT))
        return LOOK_NOTHING;
    return PQconsumeInput(db->conn) ? LOOK_READ : LOOK_LOST;
}

/* libpq that finds no memory for the result which ends a pipeline says so, and stays busy: the server has nothing more to send. (Any
 * error of the server's is a result, which ends the wait.) */
static bool complained(struct db *db, size_t n_before)
{
    db->broken |= strlen(PQerrorMessage(db->conn)) > n_before;
    return db->broken;
}

/* Sends and reads until there is a result. False: too late. A lost connection counts as a result, and so does one given up. */
static bool await(struct db *db)
{
    struct waiting w = begin_waiting(db);
    size_t n_said = strlen(PQerrorMessage(db->conn));
    for (;;) {
        int unsent = PQflush(db->conn);
        if (unsent < 0 || (unsent == 0 && !PQisBusy(db->conn)) || complained(db, n_said))
            return true;
        enum look found = look(db, &w, unsent);
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
    struct waiting w = begin_waiting(db);
    enum look found;
    while ((found = look(db, &w, false)) == LOOK_NOTHING)
        ;
    return note(db, found);
}

bool db_await_sent(struct db *db)
{
    struct waiting w = begin_waiting(db);
    int unsent;
    while ((unsent = PQflush(db->conn)) > 0)
        if (!note(db, look(db, &w, true)))
            return false;
    return unsent == 0;
}

PGresult *db_next_result(struct db *db)
{
    if (db->late || !await(db)) {
        db->late = db->broken = true;
        return NULL;
    }
    return db->broken ? NULL : PQgetResult(db->conn);
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
