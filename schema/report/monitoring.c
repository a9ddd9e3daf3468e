#include "schema/report/monitoring.h"
#include "schema/report/stats.h"

static double number_at(const struct db_rows *rows, int row, int col)
{
    return db_is_null(rows, row, col) ? 0 : db_f64(rows, row, col);
}

static bool read_jobs(struct db *db, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_monitoring_jobs, &rows, err))
        return err_wrap(err, "count jobs");
    for (int i = 0; i < rows.n; i++) {
        enum job_state state;
        if (!job_state_parse(db_text(&rows, i, COL_monitoring_jobs_state), &state))
            continue;
        out->jobs[state].n = db_i64(&rows, i, COL_monitoring_jobs_n);
        out->jobs[state].oldest_s = number_at(&rows, i, COL_monitoring_jobs_oldest_s);
        out->jobs[state].overdue_s = number_at(&rows, i, COL_monitoring_jobs_late_s);
    }
    return true;
}

static bool read_quotas(struct db *db, struct arena *a, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_monitoring_quotas, &rows, err))
        return err_wrap(err, "read quotas");
    out->n_quotas = (size_t)rows.n;
    out->quotas = arena_array(a, out->n_quotas, sizeof *out->quotas);
    for (int i = 0; i < rows.n; i++)
        out->quotas[i] = (struct monitoring_quota){
            .credential = arena_copy(a, db_text(&rows, i, COL_monitoring_quotas_credential)),
            .resource = arena_copy(a, db_text(&rows, i, COL_monitoring_quotas_resource)),
            .limit = db_i64(&rows, i, COL_monitoring_quotas_rate_limit),
            .remaining = db_i64(&rows, i, COL_monitoring_quotas_rate_remaining),
            .resets_at_s = number_at(&rows, i, COL_monitoring_quotas_window_ends_in_s)};
    return true;
}

static bool read_outcomes(struct db *db, struct arena *a, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_monitoring_outcomes, &rows, err))
        return err_wrap(err, "read outcomes");
    out->n_outcomes = (size_t)rows.n;
    out->outcomes = arena_array(a, out->n_outcomes, sizeof *out->outcomes);
    for (int i = 0; i < rows.n; i++)
        out->outcomes[i] = (struct monitoring_outcome){
            .worker = db_i64(&rows, i, COL_monitoring_outcomes_id),
            .kind = arena_copy(a, db_text(&rows, i, COL_monitoring_outcomes_kind)),
            .outcome = arena_copy(a, db_text(&rows, i, COL_monitoring_outcomes_key)),
            .n = db_i64(&rows, i, COL_monitoring_outcomes_value)};
    return true;
}

static bool read_workers(struct db *db, struct arena *a, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_monitoring_workers, &rows, err))
        return err_wrap(err, "read workers");
    out->n_workers = (size_t)rows.n;
    out->workers = arena_array(a, out->n_workers, sizeof *out->workers);
    for (int i = 0; i < rows.n; i++)
        out->workers[i] =
            (struct monitoring_workers){.kind = arena_copy(a, db_text(&rows, i, COL_monitoring_workers_kind)),
                                        .n = db_i64(&rows, i, COL_monitoring_workers_n),
                                        .silent_s = db_f64(&rows, i, COL_monitoring_workers_heartbeat_s)};
    return true;
}

static bool read_credentials(struct db *db, struct arena *a, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_figures_credentials, &rows, err))
        return err_wrap(err, "read credentials");
    out->n_credentials = (size_t)rows.n;
    out->credentials = arena_array(a, out->n_credentials, sizeof *out->credentials);
    for (int i = 0; i < rows.n; i++)
        out->credentials[i] = (struct figure_credential){
            .label = arena_copy(a, db_text(&rows, i, COL_figures_credentials_label)),
            .benched_s = number_at(&rows, i, COL_figures_credentials_suspended_s),
            .blocked_s = number_at(&rows, i, COL_figures_credentials_blocked_s),
            .ends_s = number_at(&rows, i, COL_figures_credentials_ends_s)};
    return true;
}

static bool read_webhooks(struct db *db, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_monitoring_webhooks, &rows, err))
        return err_wrap(err, "read webhooks");
    out->webhooks_well = db_i64(&rows, 0, COL_monitoring_webhooks_well);
    out->webhooks_failing = db_i64(&rows, 0, COL_monitoring_webhooks_failing);
    out->webhooks_stopped = db_i64(&rows, 0, COL_monitoring_webhooks_stopped);
    out->dead_letters = db_i64(&rows, 0, COL_monitoring_webhooks_dead_letters);
    return true;
}

static bool read_rest(struct db *db, struct monitoring *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_figures_rest, &rows, err))
        return err_wrap(err, "read the other metrics");
    out->hydration_queue = db_i64(&rows, 0, COL_figures_rest_hydration_queue);
    out->last_discovery_s = number_at(&rows, 0, COL_figures_rest_last_discovery_s);
    out->schema_version = db_i64(&rows, 0, COL_figures_rest_schema_version);
    out->lag_s = number_at(&rows, 0, COL_figures_rest_lag_s);
    return true;
}

bool monitoring_read(struct db *db, struct arena *a, struct monitoring *out, struct err *err)
{
    *out = (struct monitoring){0};
    return read_jobs(db, out, err) && status_counts(db, &out->counts, err) &&
           read_credentials(db, a, out, err) && read_quotas(db, a, out, err) &&
           read_outcomes(db, a, out, err) && read_workers(db, a, out, err) && read_webhooks(db, out, err) &&
           read_rest(db, out, err);
}
