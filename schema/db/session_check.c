/* Whether a connection is one session. A pooler in transaction mode (PgBouncer: pool_mode = transaction) runs each transaction on
 * any of its connections: prepared statements, settings, locks and LISTEN end up in another session. */
#include "schema/db/db_private.h"
#include <stdlib.h>

#define TRIES 3 /* others may interfere */

/* The server's process that this transaction, or this statement, runs in; 0: not known. */
static int64_t backend(struct db *db)
{
    PGresult *res = db_exec(db, "select pg_backend_pid()");
    int64_t pid = PQresultStatus(res) == PGRES_TUPLES_OK ? strtoll(PQgetvalue(res, 0, 0), NULL, 10) : 0;
    PQclear(res);
    return pid;
}

/* A pooler lends the connection that was returned last: the second client gets the one that the first has just used. */
static bool share_one(struct db *one, struct db *other)
{
    for (int i = 0; i < TRIES; i++) {
        int64_t first = backend(one), second = backend(other);
        if (first && first == second)
            return true;
    }
    return false;
}

bool db_refuse_session(enum err_code code, struct err *err)
{
    return err_set(
        err, code,
        "the database is behind a pooler in transaction mode, or one that does not reset sessions: "
        "expected a session of its own, for prepared statements, locks and LISTEN: set pool_mode = "
        "session and server_reset_query = DISCARD ALL (its default) in PgBouncer, or name PostgreSQL "
        "itself");
}

bool db_check_session(const struct db_options *options, struct err *err)
{
    struct db *one, *other = NULL;
    struct err why = {0};
    if (!db_open(options, &one, err))
        return db_is_used_session(err) && db_refuse_session(ERR_CONFIG, err);
    /* unknown without a second connection */
    bool shared = db_open(options, &other, &why) ? share_one(one, other) : db_is_used_session(&why);
    db_close(one);
    db_close(other);
    return !shared || db_refuse_session(ERR_CONFIG, err);
}
