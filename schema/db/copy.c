/* COPY in both directions, holding no more than a piece at a time. */
#include "schema/db/db_private.h"
#include <assert.h>
#include <stdlib.h>

#define WHAT "copy"

static bool begin_copy(struct db *db, const char *sql, ExecStatusType wanted, struct err *err)
{
    if (!db_ensure_up(db, err) || !db_collect_later(db, err))
        return false;
    PGresult *res = PQsendQuery(db->conn, sql) == 1 ? db_next_result(db) : NULL;
    bool ok = PQresultStatus(res) == wanted || db_fail(db, res, WHAT, err);
    PQclear(res);
    return ok;
}

/* The result after the rows, and the NULL that follows it. */
static bool end_copy(struct db *db, struct err *err)
{
    PGresult *res = db_next_result(db), *more;
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK || db_fail(db, res, WHAT, err);
    const char *where = ok ? NULL : PQresultErrorField(res, PG_DIAG_CONTEXT);
    if (where)
        err_set(err, err->code, "%.120s (%.100s)", err->text, where);
    PQclear(res);
    while ((more = db_next_result(db)))
        PQclear(more);
    return ok;
}

bool db_copy_out_begin(struct db *db, const char *sql, struct err *err)
{
    return begin_copy(db, sql, PGRES_COPY_OUT, err);
}

bool db_copy_out_next(struct db *db, slice *row_out, struct err *err)
{
    PQfreemem(db->copied);
    db->copied = NULL;
    for (;;) {
        int n = PQgetCopyData(db->conn, &db->copied, 1);
        *row_out = n > 0 ? slice_from(db->copied, (size_t)n) : (slice){0};
        if (n > 0)
            return true;
        if (n < 0)
            return end_copy(db, err);
        if (!db_await_input(db))
            return db_fail(db, NULL, WHAT, err);
    }
}

void db_copy_out_stop(struct db *db)
{
    PQfreemem(db->copied);
    db->copied = NULL;
    db->broken = true;
}

bool db_copy_out(struct db *db, const char *sql, bool (*take)(void *, slice, struct err *), void *context,
                 struct err *err)
{
    slice row;
    if (!db_copy_out_begin(db, sql, err))
        return false;
    while (db_copy_out_next(db, &row, err)) {
        if (!row.ptr)
            return true;
        if (!take(context, row, err)) {
            db_copy_out_stop(db);
            return false;
        }
    }
    return false;
}

bool db_copy_in(struct db *db, const char *sql, bool (*give)(void *, slice *, struct err *), void *context,
                struct err *err)
{
    slice bytes = {0};
    struct err why = {0};
    bool given = true;
    if (!begin_copy(db, sql, PGRES_COPY_IN, err))
        return false;
    while ((given = give(context, &bytes, &why)) && bytes.ptr)
        if (PQputCopyData(db->conn, bytes.ptr, (int)bytes.len) != 1 || !db_await_sent(db))
            break;
    if (db->late || PQputCopyEnd(db->conn, given ? NULL : "the source cannot be read") != 1)
        return db_fail(db, NULL, WHAT, err);
    bool ok = end_copy(db, err);
    if (!given) {
        *err = why;
        return false;
    }
    return ok;
}
