#include "schema/graph/changes.h"

#define ELEMENT(type) type,
const char *const change_types[] = {CHANGE_TYPES(ELEMENT, ELEMENT, )};
const size_t n_change_types = ARRAY_LEN(change_types);

bool changes_horizon(struct db *db, int64_t *horizon_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_changes_horizon, &rows, err))
        return false;
    *horizon_out = db_i64(&rows, 0, COL_changes_horizon_horizon);
    return true;
}

bool changes_check(struct db *db, struct changes_position from, int64_t written_us, int64_t *horizon_out,
                   bool *known_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_changes_check, &rows, err, DB_I64(from.id)))
        return false;
    *horizon_out = db_i64(&rows, 0, COL_changes_check_horizon);
    *known_out = !db_is_null(&rows, 0, COL_changes_check_at) &&
                 (!written_us || db_time_us(&rows, 0, COL_changes_check_at) == written_us);
    return true;
}

bool changes_find(struct db *db, int64_t at_ms, int64_t horizon, struct changes_position *out,
                  int64_t *written_us_out, struct err *err)
{
    AUTO_ROWS at = {0};
    return db_run(db, Q_changes_at, &at, err, DB_TIME(at_ms), DB_I64(horizon)) &&
           changes_row(db, db_i64(&at, 0, COL_changes_at_at), horizon, out, written_us_out, err);
}

bool changes_row(struct db *db, int64_t id, int64_t horizon, struct changes_position *out,
                 int64_t *written_us_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *out = (struct changes_position){0};
    *written_us_out = 0;
    if (!db_run(db, Q_changes_row, &rows, err, DB_I64(id), DB_I64(horizon)))
        return false;
    if (rows.n == 0) /* an empty log */
        return true;
    *out = (struct changes_position){db_i64(&rows, 0, COL_changes_row_id),
                                     db_i64(&rows, 0, COL_changes_row_taken)};
    *written_us_out = db_time_us(&rows, 0, COL_changes_row_at);
    return true;
}

bool changes_is_later(struct changes_position one, struct changes_position other)
{
    return one.id > other.id || (one.id == other.id && one.taken > other.taken);
}

bool changes_pass(struct db *db, int64_t horizon, struct changes_position *at, int64_t *written_us,
                  struct err *err)
{
    struct changes_position last;
    int64_t last_us;
    if (!changes_row(db, horizon + 1, horizon, &last, &last_us, err))
        return false;
    if (changes_is_later(last, *at)) {
        *at = last;
        *written_us = last_us;
    }
    return true;
}

bool changes_page(struct db *db, struct changes_position from, int64_t horizon, int n, const slice *types,
                  size_t n_types, struct db_rows *rows_out, struct err *err)
{
    if (n_types)
        return db_run(db, Q_changes_page_of, rows_out, err, DB_I64(from.id), DB_I64(from.taken),
                      DB_I64(horizon), DB_I64(n), DB_TEXTS(types, n_types));
    return db_run(db, Q_changes_page, rows_out, err, DB_I64(from.id), DB_I64(from.taken), DB_I64(horizon),
                  DB_I64(n));
}

bool changes_before(struct db *db, struct changes_position before, struct changes_position from, int n,
                    const slice *types, size_t n_types, struct db_rows *rows_out, struct err *err)
{
    if (n_types)
        return db_run(db, Q_changes_before_of, rows_out, err, DB_I64(before.id), DB_I64(before.taken),
                      DB_I64(from.id), DB_I64(from.taken), DB_I64(n), DB_TEXTS(types, n_types));
    return db_run(db, Q_changes_before, rows_out, err, DB_I64(before.id), DB_I64(before.taken),
                  DB_I64(from.id), DB_I64(from.taken), DB_I64(n));
}

void change_from_row(const struct db_rows *rows, int row, struct change_record *out)
{
    struct maybe one = maybe_number(rows, row, COL_changes_page_one);
    struct maybe other = maybe_number(rows, row, COL_changes_page_other);
    *out = (struct change_record){
        .position = {db_i64(rows, row, COL_changes_page_id), db_i64(rows, row, COL_changes_page_place)},
        .written_us = db_time_us(rows, row, COL_changes_page_at),
        .erased = one.value == 0,
        .type = db_text(rows, row, COL_changes_page_type),
        .at = {true, db_time(rows, row, COL_changes_page_at)},
        .starred_at = maybe_time(rows, row, COL_changes_page_starred_at),
    };
    if (slice_starts(out->type, SLICE("repository.")))
        out->repository = one;
    else
        out->developer = one;
    if (slice_starts(out->type, SLICE("follow.")))
        out->followed = other;
    else if (slice_starts(out->type, SLICE("star.")))
        out->repository = other;
}

bool changes_fold(struct db *db, int most, bool *more_out, struct err *err)
{
    int64_t horizon;
    AUTO_ROWS rows = {0};
    if (!changes_horizon(db, &horizon, err) || !db_run(db, Q_changes_fold_from, NULL, err) ||
        !db_run(db, Q_changes_fold, &rows, err, DB_I64(horizon), DB_I64(most)))
        return err_wrap(err, "fold changes");
    *more_out = db_i64(&rows, 0, COL_changes_fold_n) == most;
    return true;
}

const char *changes_cursor_text(struct arena *a, struct changes_position at, int64_t written_us)
{
    return written_us ? arena_printf(a, "c%lld.%lld.%lld", (long long)at.id, (long long)at.taken,
                                     (long long)written_us)
                      : arena_printf(a, "c%lld.%lld", (long long)at.id, (long long)at.taken);
}
