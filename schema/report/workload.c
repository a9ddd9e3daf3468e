#include "schema/report/workload.h"
#include "schema/queue/jobs.h"

#define NEWEST 1000 /* jobs that ended last, in which the last tasks are looked for */

bool workload_pace(struct db *db, struct workload_pace *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workload_pace, &rows, err, DB_I64(WORKLOAD_MINUTES), DB_I64(WORKLOAD_MAX_ENDED)))
        return false;
    *out = (struct workload_pace){.ended = db_i64(&rows, 0, COL_workload_pace_ended),
                                  .oldest_due_ms = db_time(&rows, 0, COL_workload_pace_oldest_due)};
    return true;
}

static void tasks_from_rows(struct arena *a, const struct db_rows *rows, struct task_view **rows_out,
                            size_t *n_out)
{
    *n_out = (size_t)rows->n;
    *rows_out = arena_array(a, *n_out, sizeof **rows_out);
    for (int i = 0; i < rows->n; i++)
        (*rows_out)[i] = (struct task_view){
            .id = db_i64(rows, i, COL_workload_running_id),
            .kind = arena_copy(a, db_text(rows, i, COL_workload_running_kind)),
            .subject = arena_copy(a, db_text(rows, i, COL_workload_running_subject)),
            .asked_by = arena_copy(a, db_text(rows, i, COL_workload_running_asked_by)),
            .discovery = db_bool(rows, i, COL_workload_running_discovery),
            .started_ms = db_time(rows, i, COL_workload_running_started),
            .ended_ms = db_time(rows, i, COL_workload_running_ended),
            .open = db_i64(rows, i, COL_workload_running_open),
            .completed = db_i64(rows, i, COL_workload_running_completed),
            .failed = db_i64(rows, i, COL_workload_running_failed),
            .cancelled = db_i64(rows, i, COL_workload_running_cancelled),
            .cost = db_i64(rows, i, COL_workload_running_cost),
            .note = arena_copy(a, db_text(rows, i, COL_workload_running_note)),
            .waits_until_ms = db_time(rows, i, COL_workload_running_waits_until),
        };
}

bool workload_running(struct db *db, struct arena *a, int64_t n, struct task_view **rows_out, size_t *n_out,
                      struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workload_running, &rows, err, DB_I64(n), DB_I64(TASK_MAX_JOBS),
                DB_I64(PRIORITY_DISCOVERY)))
        return false;
    tasks_from_rows(a, &rows, rows_out, n_out);
    return true;
}

bool workload_ended(struct db *db, struct arena *a, int64_t n, struct task_view **rows_out, size_t *n_out,
                    struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workload_ended, &rows, err, DB_I64(n), DB_I64(TASK_MAX_JOBS),
                DB_I64(PRIORITY_DISCOVERY), DB_I64(NEWEST)))
        return false;
    tasks_from_rows(a, &rows, rows_out, n_out);
    return true;
}

bool workload_mirror(struct db *db, struct workload_mirror *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workload_mirror, &rows, err))
        return false;
    *out = (struct workload_mirror){
        .n = db_i64(&rows, 0, COL_workload_mirror_mirrors),
        .since_ms = db_time(&rows, 0, COL_workload_mirror_since),
        .requests = db_i64(&rows, 0, COL_workload_mirror_requests),
        .hits = db_i64(&rows, 0, COL_workload_mirror_hits),
        .revalidated = db_i64(&rows, 0, COL_workload_mirror_revalidated),
        .fresh = db_i64(&rows, 0, COL_workload_mirror_fresh),
        .coalesced = db_i64(&rows, 0, COL_workload_mirror_coalesced),
        .stored = db_i64(&rows, 0, COL_workload_mirror_stored),
    };
    return true;
}
