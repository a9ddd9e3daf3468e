#include "schema/graph/changes.h"

const char *const change_types[] = {
    "developer.new",  "developer.synced",  "developer.changed",  "developer.gone",  "developer.restored",
    "repository.new", "repository.synced", "repository.changed", "repository.gone", "repository.restored",
    "follow.new",     "follow.closed",     "star.new",           "star.changed",    "star.closed",
};
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
    *known_out = from.id <= *horizon_out + 1 &&
                 (!written_us || db_time_us(&rows, 0, COL_changes_check_at) == written_us);
    return true;
}

bool changes_find(struct db *db, int64_t at_ms, int64_t horizon, struct changes_position *out,
                  struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_changes_at, &rows, err, DB_TIME(at_ms), DB_I64(horizon)))
        return false;
    *out = (struct changes_position){.id = db_i64(&rows, 0, COL_changes_at_at)};
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
