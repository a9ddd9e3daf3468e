#include "schema/report/why.h"
#include "schema/queue/jobs.h"

static const char *text_or_null(const struct db_rows *rows, int row, int col, struct arena *a)
{
    return db_is_null(rows, row, col) ? NULL : arena_dup(a, db_text(rows, row, col));
}

static struct why_sync sync_from_row(const struct db_rows *rows, int row, struct arena *a)
{
    slice first = db_text(rows, row, 7);
    int64_t priority = db_i64(rows, row, 8);
    struct why_sync s = {
        .job_id = db_i64(rows, row, 0),
        .task_id = db_i64(rows, row, 1),
        .created_ms = db_time(rows, row, 3),
        .started_ms = db_time(rows, row, 4),
        .finished_ms = db_time(rows, row, 5),
        .run_ms = db_time(rows, row, 6),
        /* the task's first job may be pruned already: then its urgency tells */
        .by_discovery =
            slice_eq(first, slice_of(job_kind_name(JOB_DISCOVERY_SCRAPER))) || priority >= PRIORITY_DISCOVERY,
        .asked = priority < PRIORITY_DISCOVERY,
        .note = text_or_null(rows, row, 9, a),
        .error = text_or_null(rows, row, 10, a),
        .n_jobs = db_i64(rows, row, 11),
        .n_open = db_i64(rows, row, 12),
        .pages = db_i64(rows, row, 13),
        .records = db_i64(rows, row, 14),
        .cost = db_i64(rows, row, 15),
        .trouble = text_or_null(rows, row, 16, a),
        .n_hydrations = db_i64(rows, row, 17),
        .hydration_cost = db_i64(rows, row, 18),
    };
    if (!job_state_parse(db_text(rows, row, 2), &s.state))
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
    out->github_id = db_i64(&rows, 0, 0);
    out->login = arena_dup(a, db_text(&rows, 0, 1));
    out->type = text_or_null(&rows, 0, 2, a);
    out->first_seen_ms = db_time(&rows, 0, 3);
    out->synced_ms = db_time(&rows, 0, 4);
    out->gone_ms = db_time(&rows, 0, 5);
    out->gone_reason = text_or_null(&rows, 0, 6, a);
    out->planned = !db_is_null(&rows, 0, 7);
    out->reason = text_or_null(&rows, 0, 7, a);
    out->last_ms = db_time(&rows, 0, 8);
    out->next_ms = db_time(&rows, 0, 9);
    out->due = db_bool(&rows, 0, 10);
    const int64_t *counts = db_i64s(&rows, 0, 11, a, &n_counts);
    for (size_t i = 0; i < n_counts && i < ARRAY_LEN(out->counts); i++)
        out->counts[i] = counts[i];
    out->walks = db_i64(&rows, 0, 12);
    out->changes = db_i64(&rows, 0, 13);
    out->followers = db_i64(&rows, 0, 14);
    out->following = db_i64(&rows, 0, 15);
    out->stars = db_i64(&rows, 0, 16);
    out->repositories = db_i64(&rows, 0, 17);
    out->met_through = text_or_null(&rows, 0, 18, a);
    return read_syncs(db, a, out, err) || err_wrap(err, "why");
}
