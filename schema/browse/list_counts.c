#include "schema/browse/list_counts.h"

struct db_call list_counts_call(const char *list, struct db_arg *arg, struct db_rows *rows_out)
{
    *arg = DB_CSTR(list);
    return (struct db_call){.q = Q_list_counts_read, .args = arg, .n_args = 1, .rows_out = rows_out};
}

void list_counts_take(const struct db_rows *rows, int64_t *count_out, int64_t *n_deltas_out)
{
    *count_out = db_i64(rows, 0, COL_list_counts_read_n);
    if (n_deltas_out)
        *n_deltas_out = db_i64(rows, 0, COL_list_counts_read_pending_deltas);
}

bool list_counts_read(struct db *db, const char *list, int64_t *count_out, int64_t *n_deltas_out,
                      struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_list_counts_read, &rows, err, DB_CSTR(list)))
        return false;
    list_counts_take(&rows, count_out, n_deltas_out);
    return true;
}

bool list_counts_find(struct db *db, const char *list, int64_t skip, bool *found_out, struct list_day *out,
                      struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_list_counts_find, &rows, err, DB_CSTR(list), DB_I64(skip)))
        return false;
    *found_out = rows.n == 1;
    if (*found_out)
        *out = (struct list_day){.undated = db_bool(&rows, 0, COL_list_counts_find_undated),
                                 .end_ms = db_time(&rows, 0, COL_list_counts_find_end_at),
                                 .before = db_i64(&rows, 0, COL_list_counts_find_before)};
    return true;
}

bool list_counts_fold(struct db *db, int64_t *folded_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_list_counts_fold, &rows, err))
        return false;
    *folded_out = db_i64(&rows, 0, COL_list_counts_fold_n);
    return true;
}
