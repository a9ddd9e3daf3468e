#include "schema/report/why.h"
#include "schema/queue/jobs.h"

static struct why_sync sync_from_row(const struct db_rows *rows, int row, struct arena *a)
{
    slice first = db_text(rows, row, COL_why_syncs_task_kind);
    int64_t priority = db_i64(rows, row, COL_why_syncs_priority);
    struct why_sync s = {
        .job_id = db_i64(rows, row, COL_why_syncs_id),
        .task_id = db_i64(rows, row, COL_why_syncs_task_id),
        .created_ms = db_time(rows, row, COL_why_syncs_created_at),
        .started_ms = db_time(rows, row, COL_why_syncs_started_at),
        .finished_ms = db_time(rows, row, COL_why_syncs_finished_at),
        .run_ms = db_time(rows, row, COL_why_syncs_run_at),
        /* if the task's first job has been pruned, the priority shows it */
        .by_discovery =
            slice_eq(first, slice_of(job_kind_name(JOB_DISCOVERY_SCRAPER))) || priority >= PRIORITY_DISCOVERY,
        .asked = priority < PRIORITY_DISCOVERY,
        .note = arena_copy(a, db_text(rows, row, COL_why_syncs_note)).ptr,
        .error = arena_copy(a, db_text(rows, row, COL_why_syncs_error)).ptr,
        .n_jobs = db_i64(rows, row, COL_why_syncs_n_jobs),
        .n_open = db_i64(rows, row, COL_why_syncs_n_open),
        .pages = db_i64(rows, row, COL_why_syncs_pages),
        .records = db_i64(rows, row, COL_why_syncs_records),
        .cost = db_i64(rows, row, COL_why_syncs_cost),
        .trouble = arena_copy(a, db_text(rows, row, COL_why_syncs_trouble)).ptr,
        .n_hydrations = db_i64(rows, row, COL_why_syncs_n_hydrations),
        .hydration_cost = db_i64(rows, row, COL_why_syncs_hydration_cost),
        .requested_by = arena_copy(a, db_text(rows, row, COL_why_syncs_requested_by)).ptr,
    };
    if (!job_state_parse(db_text(rows, row, COL_why_syncs_state), &s.state))
        s.state = JOB_FAILED;
    return s;
}

static bool read_syncs(struct db *db, struct arena *a, struct why *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_why_syncs, &rows, err, DB_I64(out->github_id), DB_I64(WHY_MAX_SYNCS)))
        return false;
    out->syncs = arena_array(a, (size_t)rows.n, sizeof *out->syncs);
    for (int i = 0; i < rows.n; i++)
        out->syncs[out->n_syncs++] = sync_from_row(&rows, i, a);
    return true;
}

bool why_read(struct db *db, const char *login, struct arena *a, struct why *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    size_t n_counts;
    *out = (struct why){.counts = {-1, -1, -1}};
    if (!db_run(db, Q_why_developer, &rows, err, DB_CSTR(login)))
        return err_wrap(err, "why");
    if (!rows.n)
        return true;
    out->known = true;
    out->github_id = db_i64(&rows, 0, COL_why_developer_github_id);
    out->login = arena_dup(a, db_text(&rows, 0, COL_why_developer_login));
    out->type = arena_copy(a, db_text(&rows, 0, COL_why_developer_type)).ptr;
    out->first_seen_ms = db_time(&rows, 0, COL_why_developer_first_seen_at);
    out->synced_ms = db_time(&rows, 0, COL_why_developer_synced_at);
    out->gone_ms = db_time(&rows, 0, COL_why_developer_gone_at);
    out->gone_reason = arena_copy(a, db_text(&rows, 0, COL_why_developer_gone_reason)).ptr;
    out->planned = !db_is_null(&rows, 0, COL_why_developer_reason);
    out->reason = arena_copy(a, db_text(&rows, 0, COL_why_developer_reason)).ptr;
    out->last_ms = db_time(&rows, 0, COL_why_developer_last_at);
    out->next_ms = db_time(&rows, 0, COL_why_developer_next_at);
    out->due = db_bool(&rows, 0, COL_why_developer_due);
    const int64_t *counts = db_i64s(&rows, 0, COL_why_developer_counts, a, &n_counts);
    for (size_t i = 0; i < n_counts && i < ARRAY_LEN(out->counts); i++)
        out->counts[i] = counts[i];
    out->walks = db_i64(&rows, 0, COL_why_developer_walks);
    out->changes = db_i64(&rows, 0, COL_why_developer_changes);
    out->followers = db_i64(&rows, 0, COL_why_developer_followers);
    out->following = db_i64(&rows, 0, COL_why_developer_following);
    out->stars = db_i64(&rows, 0, COL_why_developer_stars);
    out->repositories = db_i64(&rows, 0, COL_why_developer_repositories);
    out->met_through = arena_copy(a, db_text(&rows, 0, COL_why_developer_followed_by)).ptr;
    out->first_requested_by = arena_copy(a, db_text(&rows, 0, COL_why_developer_first_requested_by)).ptr;
    return read_syncs(db, a, out, err) || err_wrap(err, "why");
}
