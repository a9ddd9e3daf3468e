#include "schema/report/trends.h"

static int64_t number_or(const struct db_rows *rows, int row, int col, int64_t otherwise)
{
    return db_is_null(rows, row, col) ? otherwise : db_i64(rows, row, col);
}

/* ---- growth ---- */

static bool count_days(struct db *db, int64_t *days_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_trends_first_day, &rows, err))
        return false;
    *days_out = db_i64(&rows, 0, COL_trends_first_day_day);
    return true;
}

bool trends_growth(struct db *db, struct arena *a, int64_t days, struct stats_day **rows_out, size_t *n_out,
                   struct err *err)
{
    if (days == 0 && !count_days(db, &days, err))
        return false;
    days = days < 1 ? 1 : days > TRENDS_MAX_DAYS ? TRENDS_MAX_DAYS : days;
    *rows_out = arena_array(a, (size_t)days, sizeof **rows_out);
    if (!stats_growth(db, days, *rows_out, n_out, err))
        return false;
    for (size_t i = 0, k = *n_out; i + 1 < k; i++) { /* today comes first there */
        struct stats_day day = (*rows_out)[i];
        (*rows_out)[i] = (*rows_out)[--k];
        (*rows_out)[k] = day;
    }
    return true;
}

/* ---- rising repositories ---- */

bool trends_rising(struct db *db, struct arena *a, int days, int64_t n, struct rising **rows_out,
                   size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_trends_rising, &rows, err, DB_I64(days), DB_I64(n)))
        return false;
    *n_out = (size_t)rows.n;
    *rows_out = arena_array(a, *n_out, sizeof **rows_out);
    for (int i = 0; i < rows.n; i++)
        (*rows_out)[i] =
            (struct rising){.github_id = db_i64(&rows, i, COL_trends_rising_github_id),
                            .gained = db_i64(&rows, i, COL_trends_rising_gained),
                            .stargazers_count = number_or(&rows, i, 2, -1),
                            .full_name = arena_copy(a, db_text(&rows, i, COL_trends_rising_full_name)),
                            .language = arena_copy(a, db_text(&rows, i, COL_trends_rising_language)),
                            .description = arena_copy(a, db_text(&rows, i, COL_trends_rising_description)),
                            .as_of_ms = db_time(&rows, i, COL_trends_rising_as_of)};
    return true;
}

bool trends_keep_rising(struct db *db, int days, struct err *err)
{
    return db_begin(db, err) && db_run(db, Q_trends_rising_drop, NULL, err, DB_I64(days)) &&
           db_run(db, Q_trends_rising_keep, NULL, err, DB_I64(days), DB_I64(RISING_KEPT)) &&
           db_commit(db, err);
}

/* ---- the last changes ---- */

bool trends_recent(struct db *db, struct arena *a, int64_t n, struct recent **rows_out, size_t *n_out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_trends_recent, &rows, err, DB_I64(n)))
        return false;
    *n_out = (size_t)rows.n;
    *rows_out = arena_array(a, *n_out, sizeof **rows_out);
    for (int i = 0; i < rows.n; i++)
        (*rows_out)[i] = (struct recent){.at_ms = db_time(&rows, i, COL_trends_recent_at),
                                         .type = arena_copy(a, db_text(&rows, i, COL_trends_recent_type)),
                                         .who_id = db_i64(&rows, i, COL_trends_recent_who_id),
                                         .who = arena_copy(a, db_text(&rows, i, COL_trends_recent_who)),
                                         .repository = db_bool(&rows, i, COL_trends_recent_star),
                                         .whom_id = db_i64(&rows, i, COL_trends_recent_whom_id),
                                         .whom = arena_copy(a, db_text(&rows, i, COL_trends_recent_whom)),
                                         .after_ms = db_time(&rows, i, COL_trends_recent_after),
                                         .before_ms = db_time(&rows, i, COL_trends_recent_before),
                                         .others = db_i64(&rows, i, COL_trends_recent_others)};
    return true;
}

/* ---- most followed, most starred ---- */

bool trends_top(struct db *db, struct arena *a, enum top_kind kind, int64_t n, int64_t here_cap,
                struct top **rows_out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, kind == TOP_FOLLOWED ? Q_trends_top_followed : Q_trends_top_starred, &rows, err,
                DB_I64(n > TOP_MAX ? TOP_MAX : n), DB_I64(here_cap)))
        return false;
    *n_out = (size_t)rows.n;
    *rows_out = arena_array(a, *n_out, sizeof **rows_out);
    for (int i = 0; i < rows.n; i++)
        (*rows_out)[i] =
            (struct top){.github_id = db_i64(&rows, i, COL_trends_top_starred_github_id),
                         .name = arena_copy(a, db_text(&rows, i, COL_trends_top_starred_full_name)),
                         .at_github = db_i64(&rows, i, COL_trends_top_starred_stargazers_count),
                         .here = db_i64(&rows, i, COL_trends_top_starred_known)};
    return true;
}
