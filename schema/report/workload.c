#include "schema/report/workload.h"
#include "schema/queue/jobs.h"

#define NEWEST 1000 /* jobs that ended last, in which the last tasks are looked for */

bool workload_pace(struct db *db, struct workload_pace *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workload_pace, &rows, err, DB_I64(WORKLOAD_MINUTES), DB_I64(WORKLOAD_MAX_ENDED)))
        return false;
    *out = (struct workload_pace){.ended = db_i64(&rows, 0, 0), .oldest_due_ms = db_time(&rows, 0, 1)};
    return true;
}

static slice text_at(struct arena *a, const struct db_rows *rows, int row, int col)
{
    slice text = db_text(rows, row, col);
    return text.ptr ? slice_from(arena_dup(a, text), text.len) : text;
}

static void tasks_from_rows(struct arena *a, const struct db_rows *rows, struct task_view **rows_out,
                            size_t *n_out)
{
    *n_out = (size_t)rows->n;
    *rows_out = arena_array(a, *n_out, sizeof **rows_out);
    for (int i = 0; i < rows->n; i++)
        (*rows_out)[i] = (struct task_view){
            .id = db_i64(rows, i, 0),
            .kind = text_at(a, rows, i, 1),
            .subject = text_at(a, rows, i, 2),
            .asked_by = text_at(a, rows, i, 3),
            .discovery = db_bool(rows, i, 4),
            .started_ms = db_time(rows, i, 5),
            .ended_ms = db_time(rows, i, 6),
            .open = db_i64(rows, i, 7),
            .completed = db_i64(rows, i, 8),
            .failed = db_i64(rows, i, 9),
            .cancelled = db_i64(rows, i, 10),
            .cost = db_i64(rows, i, 11),
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
        .n = db_i64(&rows, 0, 0),
        .since_ms = db_time(&rows, 0, 1),
        .requests = db_i64(&rows, 0, 2),
        .hits = db_i64(&rows, 0, 3),
        .revalidated = db_i64(&rows, 0, 4),
        .fresh = db_i64(&rows, 0, 5),
        .coalesced = db_i64(&rows, 0, 6),
        .stored = db_i64(&rows, 0, 7),
    };
    return true;
}
