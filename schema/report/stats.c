#include "schema/report/stats.h"

bool stats_growth(struct db *db, int64_t days, struct stats_day *out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_stats_growth, &rows, err, DB_I64(days)))
        return false;
    for (int i = 0; i < rows.n && i < days; i++)
        out[(*n_out)++] = (struct stats_day){
            .day_ms = db_time(&rows, i, COL_stats_growth_day),
            .developers = db_i64(&rows, i, COL_stats_growth_developers),
            .developers_synced = db_i64(&rows, i, COL_stats_growth_developers_synced),
            .developers_gone = db_i64(&rows, i, COL_stats_growth_developers_gone),
            .repositories = db_i64(&rows, i, COL_stats_growth_repositories),
            .repositories_synced = db_i64(&rows, i, COL_stats_growth_repositories_synced),
            .repositories_gone = db_i64(&rows, i, COL_stats_growth_repositories_gone),
            .follows = db_i64(&rows, i, COL_stats_growth_follows),
            .follows_closed = db_i64(&rows, i, COL_stats_growth_follows_closed),
            .stars = db_i64(&rows, i, COL_stats_growth_stars),
            .stars_closed = db_i64(&rows, i, COL_stats_growth_stars_closed),
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
    out->as_of_ms = db_time(&rows, 0, COL_stats_jobs_now);
    out->last_change_ms = db_time(&rows, 0, COL_stats_jobs_last_change);
    return true;
}

bool stats_read(struct db *db, struct arena *a, struct stats *out, struct err *err)
{
    *out = (struct stats){0};
    return (status_counts(db, &out->counts, err) &&
            stats_growth(db, STATS_DAYS, out->days, &out->n_days, err) && read_jobs(db, out, err) &&
            status_last_discovery(db, &out->last_discovery_ms, err) &&
            status_quotas(db, a, &out->quotas, &out->n_quotas, err)) ||
           err_wrap(err, "stats");
}
