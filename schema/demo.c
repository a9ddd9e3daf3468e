#include "schema/demo.h"
#include "schema/report/trends.h"

static bool make_past(struct db *db, struct err *err)
{
    return db_begin(db, err) && db_run(db, Q_demo_growth, NULL, err, DB_I64(DEMO_DAYS)) &&
           db_run(db, Q_demo_developers, NULL, err, DB_I64(DEMO_DAYS)) &&
           db_run(db, Q_demo_repositories, NULL, err, DB_I64(DEMO_DAYS)) &&
           db_run(db, Q_demo_quota, NULL, err) && db_commit(db, err) && trends_keep_rising(db, 7, err) &&
           trends_keep_rising(db, 30, err);
}

bool demo_past(struct db *db, bool *done_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_demo_has_past, &rows, err))
        return false;
    bool enough = db_bool(&rows, 0, COL_demo_has_past_enough);
    *done_out = db_bool(&rows, 0, COL_demo_has_past_done);
    if (*done_out || !enough)
        return true;
    *done_out = make_past(db, err);
    return *done_out;
}

bool demo_crawled(struct db *db, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_demo_crawled, &rows, err, DB_CSTR(DEMO_LABEL)))
        return false;
    *out = db_bool(&rows, 0, COL_demo_crawled_crawled);
    return true;
}

bool demo_has_records(struct db *db, bool *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_demo_has_records, &rows, err))
        return false;
    *out = db_bool(&rows, 0, COL_demo_has_records_any_record);
    return true;
}

bool demo_mark(struct db *db, struct err *err)
{
    return db_run(db, Q_demo_mark, NULL, err);
}

bool demo_unmark(struct db *db, struct err *err)
{
    return db_run(db, Q_demo_unmark, NULL, err);
}

bool demo_next(struct db *db, struct arena *a, slice *login_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *login_out = (slice){NULL, 0};
    if (!db_run(db, Q_demo_next, &rows, err))
        return false;
    if (rows.n)
        *login_out = arena_copy(a, db_text(&rows, 0, COL_demo_next_login));
    return true;
}
