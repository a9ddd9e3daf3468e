#include "schema/retention.h"
#include "schema/graph/bodies.h"
#include "schema/queue/jobs.h"

#define HOURS_A_DAY 24
#define BITES       20 /* at most so many of a statement in a row */

/* Days 0: forever. */
static bool drop(struct db *db, enum query q, int64_t days, int64_t *n_out, struct err *err)
{
    for (int i = 0; days && i < BITES; i++) {
        AUTO_ROWS rows = {0};
        if (!db_run(db, q, &rows, err, DB_I64(days)))
            return false;
        *n_out += rows.affected;
        if (!rows.affected)
            break;
    }
    return true;
}

static bool drop_jobs(struct db *db, int64_t days, int64_t *n_out, struct err *err)
{
    int64_t n = 1;
    for (int i = 0; days && i < BITES && n > 0; i++, *n_out += n)
        if (!jobs_prune(db, (int)days * HOURS_A_DAY, &n, err))
            return false;
    return true;
}

static bool drop_credentials(struct db *db, int64_t days, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!days)
        return true;
    if (!db_run(db, Q_retention_credentials, &rows, err, DB_I64(days)))
        return false;
    *n_out += db_i64(&rows, 0, COL_retention_credentials_n);
    return true;
}

bool retention_often(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err)
{
    *n_out = 0;
    return drop_jobs(db, cfg->keep_jobs, n_out, err) &&
           drop_credentials(db, cfg->keep_credentials, n_out, err) &&
           drop(db, Q_retention_changes, cfg->keep_changes, n_out, err) &&
           drop(db, Q_retention_quota, cfg->keep_quota, n_out, err);
}

bool retention_seldom(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err)
{
    *n_out = 0;
    return drop(db, Q_bodies_prune, BODIES_KEPT_DAYS, n_out, err) &&
           drop(db, Q_retention_developer_counts, cfg->keep_counts, n_out, err) &&
           drop(db, Q_retention_repository_counts, cfg->keep_counts, n_out, err) &&
           drop(db, Q_retention_follow_history, cfg->keep_ended, n_out, err) &&
           drop(db, Q_retention_star_history, cfg->keep_ended, n_out, err) &&
           drop(db, Q_retention_repository_names, cfg->keep_names, n_out, err) &&
           drop(db, Q_retention_developer_logins, cfg->keep_names, n_out, err) &&
           drop(db, Q_retention_dead_letters, cfg->keep_dead_letters, n_out, err) &&
           drop(db, Q_retention_import_positions, cfg->keep_imports, n_out, err) &&
           drop(db, Q_retention_archive_hours, cfg->keep_imports, n_out, err) &&
           drop(db, Q_retention_samples, cfg->keep_samples, n_out, err);
}
