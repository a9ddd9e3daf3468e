#include "schema/retention.h"
#include "core/base/manager.h"
#include "schema/graph/bodies.h"
#include "schema/queue/jobs.h"

#define HOURS_A_DAY 24
#define BITES       20 /* at most so many runs of a statement in a row */

/* Days 0: forever. */
static bool drop(struct db *db, enum query q, int64_t days, int64_t *n_out, struct err *err)
{
    for (int i = 0; days && i < BITES; i++) {
        AUTO_ROWS rows = {0};
        manager_alive(); /* each may take as long as a statement may */
        if (!db_run(db, q, &rows, err, DB_I64(days)))
            return false;
        *n_out += rows.affected;
        if (!rows.affected)
            break;
    }
    return true;
}

static bool drop_jobs(struct db *db, enum query q, int64_t days, int64_t *n_out, struct err *err)
{
    int64_t n = 1;
    (void)q;
    for (int i = 0; days && i < BITES && n > 0; i++, *n_out += n) {
        manager_alive();
        if (!jobs_prune(db, (int)days * HOURS_A_DAY, &n, err))
            return false;
    }
    return true;
}

static bool drop_credentials(struct db *db, enum query q, int64_t days, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!days)
        return true;
    manager_alive();
    if (!db_run(db, q, &rows, err, DB_I64(days)))
        return false;
    *n_out += db_i64(&rows, 0, COL_retention_credentials_n);
    return true;
}

struct limit {
    enum query q;
    int64_t days;
    bool (*drop)(struct db *db, enum query q, int64_t days, int64_t *n_out, struct err *err);
};

/* One that fails does not stop the others, unless the database is away. The first error is returned. */
static bool drop_all(struct db *db, const struct limit *limits, size_t n, int64_t *n_out, struct err *err)
{
    bool ok = true;
    *n_out = 0;
    for (size_t i = 0; i < n; i++) {
        struct err one = {0};
        if (limits[i].drop(db, limits[i].q, limits[i].days, n_out, &one))
            continue;
        if (ok)
            *err = one;
        ok = false;
        db_rollback(db);
        if (one.code == ERR_DB_DOWN)
            break;
    }
    return ok;
}

bool retention_often(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err)
{
    const struct limit limits[] = {
        {.days = cfg->keep_jobs, .drop = drop_jobs},
        {Q_retention_credentials, cfg->keep_credentials, drop_credentials},
        {Q_retention_changes, cfg->keep_changes, drop},
        {Q_retention_quota, cfg->keep_quota, drop},
    };
    return drop_all(db, limits, ARRAY_LEN(limits), n_out, err);
}

bool retention_seldom(struct db *db, const struct config *cfg, int64_t *n_out, struct err *err)
{
    const struct limit limits[] = {
        {Q_bodies_prune, BODIES_KEPT_DAYS, drop},
        {Q_retention_developer_counts, cfg->keep_counts, drop},
        {Q_retention_repository_counts, cfg->keep_counts, drop},
        {Q_retention_follow_history, cfg->keep_ended, drop},
        {Q_retention_star_history, cfg->keep_ended, drop},
        {Q_retention_repository_names, cfg->keep_names, drop},
        {Q_retention_developer_logins, cfg->keep_names, drop},
        {Q_retention_dead_letters, cfg->keep_dead_letters, drop},
        {Q_retention_import_positions, cfg->keep_imports, drop},
        {Q_retention_archive_hours, cfg->keep_imports, drop},
        {Q_retention_samples, cfg->keep_samples, drop},
    };
    return drop_all(db, limits, ARRAY_LEN(limits), n_out, err);
}
