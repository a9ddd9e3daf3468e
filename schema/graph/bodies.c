#include "schema/graph/bodies.h"
#include "schema/graph/erasure.h"

bool bodies_find(struct db *db, const char *etag, struct db_rows *rows, slice *body_out, struct err *err)
{
    *body_out = (slice){0};
    if (!db_run(db, Q_bodies_find, rows, err, DB_CSTR(etag)))
        return err_wrap(err, "find a stored body");
    if (rows->n)
        *body_out = db_text(rows, 0, COL_bodies_find_body);
    return true;
}

/* Takes the shared lock of a page: an erasure waits for it, and later statements see the tombstone (erase_lock). */
static bool keep(struct db *db, const char *etag, const char *replaced, slice body, slice plain,
                 struct err *err)
{
    bool forgotten;
    if (!db_begin(db, err) || !db_run(db, Q_jobs_erase_wait, NULL, err) ||
        !erasure_on_page(db, plain, &forgotten, err))
        return false;
    return (forgotten ||
            db_run(db, Q_bodies_keep, NULL, err, DB_CSTR(etag), DB_TEXT(body), DB_CSTR(replaced))) &&
           db_commit(db, err);
}

bool bodies_keep(struct db *db, const char *etag, const char *replaced, slice body, slice plain,
                 struct err *err)
{
    bool ok = keep(db, etag, replaced, body, plain, err);
    db_rollback(db);
    return ok || err_wrap(err, "keep a body");
}
