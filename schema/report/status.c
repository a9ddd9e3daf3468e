#include "schema/report/status.h"

bool status_last_discovery(struct db *db, int64_t *at_ms_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_status_last_discovery, &rows, err))
        return false;
    *at_ms_out = db_time(&rows, 0, COL_status_last_discovery_at);
    return true;
}

bool status_counts(struct db *db, struct status_counts *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_status_counts, &rows, err))
        return false;
    *out = (struct status_counts){
        .developers_known = db_i64(&rows, 0, COL_status_counts_developers_known),
        .developers_synced = db_i64(&rows, 0, COL_status_counts_developers_synced),
        .repositories_known = db_i64(&rows, 0, COL_status_counts_repositories_known),
        .repositories_synced = db_i64(&rows, 0, COL_status_counts_repositories_synced),
        .follows = db_i64(&rows, 0, COL_status_counts_follows),
        .stars = db_i64(&rows, 0, COL_status_counts_stars),
    };
    return true;
}

static bool read_jobs(struct db *db, struct status *out, struct err *err)
{
    AUTO_ROWS states = {0};
    enum job_state state;
    if (!db_run(db, Q_jobs_count_states, &states, err) ||
        !status_last_discovery(db, &out->last_discovery_ms, err))
        return false;
    for (int i = 0; i < states.n; i++)
        if (job_state_parse(db_text(&states, i, COL_jobs_count_states_state), &state))
            out->jobs[state] = db_i64(&states, i, COL_jobs_count_states_n);
    return true;
}

bool status_quotas(struct db *db, struct arena *a, struct status_quota **out, size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_status_rate_limits, &rows, err))
        return false;
    *out = arena_array(a, (size_t)rows.n, sizeof **out);
    for (int i = 0; i < rows.n; i++)
        (*out)[(*n_out)++] = (struct status_quota){
            .credential = arena_dup(a, db_text(&rows, i, COL_status_rate_limits_credential)),
            .resource = arena_dup(a, db_text(&rows, i, COL_status_rate_limits_resource)),
            .rate_limit = db_i64(&rows, i, COL_status_rate_limits_rate_limit),
            .rate_remaining = db_i64(&rows, i, COL_status_rate_limits_rate_remaining),
            .rate_reset_ms = db_time(&rows, i, COL_status_rate_limits_rate_reset),
            .rate_reset_raw = db_i64(&rows, i, COL_status_rate_limits_rate_reset_raw),
        };
    return true;
}

static bool read_workers(struct db *db, struct arena *a, struct status *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workers_list, &rows, err))
        return false;
    out->workers = arena_array(a, (size_t)rows.n, sizeof *out->workers);
    for (int i = 0; i < rows.n; i++) {
        slice info = db_text(&rows, i, COL_workers_list_info);
        out->workers[out->n_workers++] = (struct status_worker){
            .id = db_i64(&rows, i, COL_workers_list_id),
            .kind = arena_dup(a, db_text(&rows, i, COL_workers_list_kind)),
            .host = arena_dup(a, db_text(&rows, i, COL_workers_list_host)),
            .pid = db_i64(&rows, i, COL_workers_list_pid),
            .started_at_ms = db_time(&rows, i, COL_workers_list_started_at),
            .heartbeat_at_ms = db_time(&rows, i, COL_workers_list_heartbeat_at),
            .info = arena_copy(a, info),
        };
    }
    return true;
}

static bool read_credentials(struct db *db, struct arena *a, struct status_credential **out, size_t *n_out,
                             struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_status_credentials, &rows, err))
        return false;
    *n_out = 0;
    *out = arena_array(a, (size_t)rows.n, sizeof **out);
    for (int i = 0; i < rows.n; i++) {
        int64_t suspended = db_time(&rows, i, COL_status_credentials_suspended_until);
        (*out)[(*n_out)++] = (struct status_credential){
            .label = arena_dup(a, db_text(&rows, i, COL_status_credentials_label)),
            .kind = arena_dup(a, db_text(&rows, i, COL_status_credentials_kind)),
            .login = arena_copy(a, db_text(&rows, i, COL_status_credentials_login)).ptr,
            .scopes = arena_copy(a, db_text(&rows, i, COL_status_credentials_scopes)).ptr,
            .suspended_until_ms = suspended,
            .suspended_why =
                suspended ? arena_copy(a, db_text(&rows, i, COL_status_credentials_suspended_why)).ptr : NULL,
            .blocked_until_ms = db_time(&rows, i, COL_status_credentials_blocked_until),
            .blocks = db_i64(&rows, i, COL_status_credentials_blocks),
            .unlimited = db_bool(&rows, i, COL_status_credentials_unlimited),
            .ends_at_ms = db_is_null(&rows, i, COL_status_credentials_ends_s)
                              ? 0
                              : (int64_t)db_f64(&rows, i, COL_status_credentials_ends_s) * 1000,
        };
    }
    return true;
}

static bool read_blocked(struct db *db, struct arena *a, struct status_blocked *out, struct err *err)
{
    AUTO_ROWS waiting = {0};
    AUTO_ROWS away = {0};
    if (!db_run(db, Q_status_waiting, &waiting, err) || !db_run(db, Q_status_away, &away, err))
        return false;
    out->n_waiting = db_i64(&waiting, 0, COL_status_waiting_n);
    out->resumes_at_ms = db_time(&waiting, 0, COL_status_waiting_resumes_at);
    if (away.n) {
        out->away_url = arena_dup(a, db_text(&away, 0, COL_status_away_url));
        out->away_since_ms = db_time(&away, 0, COL_status_away_since);
        out->away_why = arena_dup(a, db_text(&away, 0, COL_status_away_why));
    }
    return true;
}

static bool is_in_use(const struct status_credential *credentials, size_t n, slice label)
{
    for (size_t i = 0; i < n; i++)
        if (slice_eq(slice_of(credentials[i].label), label))
            return true;
    return false;
}

static bool read_capabilities(struct db *db, struct arena *a, struct status *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_status_capabilities, &rows, err))
        return false;
    out->capabilities = arena_array(a, (size_t)rows.n, sizeof *out->capabilities);
    for (int i = 0; i < rows.n; i++) {
        if (!is_in_use(out->credentials, out->n_credentials,
                       db_text(&rows, i, COL_status_capabilities_credential)))
            continue;
        out->capabilities[out->n_capabilities++] = (struct status_capability){
            .credential = arena_dup(a, db_text(&rows, i, COL_status_capabilities_credential)),
            .endpoint = arena_dup(a, db_text(&rows, i, COL_status_capabilities_endpoint)),
            .allowed = db_bool(&rows, i, COL_status_capabilities_allowed),
            .status = db_i64(&rows, i, COL_status_capabilities_status),
            .checked_at_ms = db_time(&rows, i, COL_status_capabilities_checked_at),
            .next_check_at_ms = db_time(&rows, i, COL_status_capabilities_next_check_at),
        };
    }
    return true;
}

bool status_read(struct db *db, struct arena *a, struct status *out, struct err *err)
{
    *out = (struct status){0};
    return (read_jobs(db, out, err) && status_counts(db, &out->counts, err) &&
            status_quotas(db, a, &out->quotas, &out->n_quotas, err) &&
            schedule_list(db, a, &out->entries, &out->n_entries, err) && read_workers(db, a, out, err) &&
            read_credentials(db, a, &out->credentials, &out->n_credentials, err) &&
            read_capabilities(db, a, out, err) && read_blocked(db, a, &out->blocked, err)) ||
           err_wrap(err, "status");
}

bool status_brief(struct db *db, struct arena *a, struct status *out, struct err *err)
{
    *out = (struct status){0};
    return (status_quotas(db, a, &out->quotas, &out->n_quotas, err) &&
            schedule_list(db, a, &out->entries, &out->n_entries, err) && read_workers(db, a, out, err) &&
            read_credentials(db, a, &out->credentials, &out->n_credentials, err) &&
            read_blocked(db, a, &out->blocked, err)) ||
           err_wrap(err, "status");
}

/* The sum of the core quota of all credentials in use. */
static void add_quotas(const struct status_quota *quotas, size_t n, struct status_progress *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct status_quota *q = &quotas[i];
        if (strcmp(q->resource, "core") != 0 ||
            !is_in_use(out->credentials, out->n_credentials, slice_of(q->credential)))
            continue;
        out->has_quota = true;
        out->rate_limit += q->rate_limit;
        out->rate_remaining += q->rate_remaining;
        if (!out->rate_reset_ms || q->rate_reset_ms < out->rate_reset_ms)
            out->rate_reset_ms = q->rate_reset_ms;
    }
}

bool status_progress(struct db *db, struct arena *a, struct status_progress *out, struct err *err)
{
    AUTO_ROWS open = {0};
    AUTO_ROWS requests = {0};
    struct status_quota *quotas;
    size_t n;
    *out = (struct status_progress){0};
    if (!status_counts(db, &out->counts, err) || !db_run(db, Q_status_open_jobs, &open, err) ||
        !db_run(db, Q_status_requests, &requests, err) || !status_quotas(db, a, &quotas, &n, err) ||
        !read_credentials(db, a, &out->credentials, &out->n_credentials, err) ||
        !read_blocked(db, a, &out->blocked, err))
        return err_wrap(err, "progress");
    out->open_jobs = db_i64(&open, 0, COL_status_open_jobs_jobs);
    out->stubs_waiting = db_i64(&open, 0, COL_status_open_jobs_stubs);
    out->requests = db_i64(&requests, 0, COL_status_requests_n);
    add_quotas(quotas, n, out);
    return true;
}

bool status_errors(struct db *db, struct arena *a, int n, struct status_error **out, size_t *n_out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_status_errors, &rows, err, DB_I64(n)))
        return err_wrap(err, "read failures");
    *out = arena_array(a, rows.n ? (size_t)rows.n : 1, sizeof **out);
    for (int i = 0; i < rows.n; i++)
        (*out)[(*n_out)++] = (struct status_error){arena_dup(a, db_text(&rows, i, COL_status_errors_kind)),
                                                   arena_dup(a, db_text(&rows, i, COL_status_errors_subject)),
                                                   arena_dup(a, db_text(&rows, i, COL_status_errors_error))};
    return true;
}
