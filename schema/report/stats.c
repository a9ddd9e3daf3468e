#include "schema/report/stats.h"

bool stats_counts(struct db *db, struct status_counts *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_stats_counts, &rows, err))
        return false;
    *out = (struct status_counts){
        .developers_known = db_i64(&rows, 0, 0),
        .developers_synced = db_i64(&rows, 0, 1),
        .repositories_known = db_i64(&rows, 0, 2),
        .repositories_synced = db_i64(&rows, 0, 3),
        .follows = db_i64(&rows, 0, 4),
        .stars = db_i64(&rows, 0, 5),
    };
    return true;
}

bool stats_growth(struct db *db, int64_t days, struct stats_day *out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_stats_growth, &rows, err, DB_I64(days)))
        return false;
    for (int i = 0; i < rows.n && i < days; i++)
        out[(*n_out)++] = (struct stats_day){
            .day_ms = db_time(&rows, i, 0),
            .developers = db_i64(&rows, i, 1),
            .developers_synced = db_i64(&rows, i, 2),
            .developers_gone = db_i64(&rows, i, 3),
            .repositories = db_i64(&rows, i, 4),
            .repositories_synced = db_i64(&rows, i, 5),
            .repositories_gone = db_i64(&rows, i, 6),
            .follows = db_i64(&rows, i, 7),
            .follows_closed = db_i64(&rows, i, 8),
            .stars = db_i64(&rows, i, 9),
            .stars_closed = db_i64(&rows, i, 10),
        };
    return true;
}

static bool read_jobs(struct db *db, struct stats *out, struct err *err)
{
    static const enum job_state order[] = {JOB_AVAILABLE, JOB_RUNNING, JOB_SCHEDULED,
                                           JOB_COMPLETED, JOB_FAILED,  JOB_CANCELLED};
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_stats_jobs, &rows, err, DB_I64(STATS_MAX_JOBS)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        out->jobs[order[i]] = db_i64(&rows, 0, (int)i);
    out->as_of_ms = db_time(&rows, 0, 6);
    out->last_change_ms = db_time(&rows, 0, 7);
    return true;
}

bool stats_read(struct db *db, struct arena *a, struct stats *out, struct err *err)
{
    *out = (struct stats){0};
    return (stats_counts(db, &out->counts, err) && stats_growth(db, STATS_DAYS, out->days, &out->n_days, err) && read_jobs(db, out, err) &&
            status_last_discovery(db, &out->last_discovery_ms, err) &&
            status_quotas(db, a, &out->quotas, &out->n_quotas, err)) ||
           err_wrap(err, "stats");
}
