#include "schema/queue/schedule.h"
#include "schema/queue/jobs.h"

bool schedule_set(struct db *db, const struct schedule_entry *entry, struct err *err)
{
    return db_run(db, Q_schedule_set, NULL, err, DB_CSTR(entry->name), DB_CSTR(entry->kind),
                  DB_TEXT(entry->args), DB_CSTR(entry->schedule), DB_TIME(entry->next_run_at_ms)) ||
           err_wrap(err, "schedule entry %s", entry->name);
}

bool schedule_now(struct db *db, int64_t *now_ms_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_schedule_now, &rows, err))
        return false;
    *now_ms_out = db_time(&rows, 0, COL_schedule_now_now);
    return true;
}

bool schedule_due(struct db *db, struct arena *a, struct schedule_entry **entries_out, size_t *n_out,
                  int64_t *now_ms_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_schedule_due, &rows, err))
        return err_wrap(err, "due schedule entries");
    *entries_out = arena_array(a, (size_t)rows.n, sizeof **entries_out);
    for (int i = 0; i < rows.n; i++) {
        slice args = db_text(&rows, i, COL_schedule_due_args);
        (*entries_out)[(*n_out)++] = (struct schedule_entry){
            .name = arena_dup(a, db_text(&rows, i, COL_schedule_due_name)),
            .kind = arena_dup(a, db_text(&rows, i, COL_schedule_due_kind)),
            .args = arena_copy(a, args),
            .schedule = arena_dup(a, db_text(&rows, i, COL_schedule_due_schedule)),
            .next_run_at_ms = db_time(&rows, i, COL_schedule_due_next_run_at),
        };
        *now_ms_out = db_time(&rows, i, COL_schedule_due_now);
    }
    return true;
}

static bool advance_and_enqueue(struct db *db, const struct schedule_entry *entry, enum job_kind kind,
                                int64_t next_ms, bool *fired_out, int64_t *job_id_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    const struct job_request request = {.kind = kind, .priority = PRIORITY_PERIODIC, .args = entry->args};
    if (!db_run(db, Q_schedule_advance, &rows, err, DB_CSTR(entry->name), DB_TIME(entry->next_run_at_ms),
                DB_TIME(next_ms)))
        return false;
    *fired_out = rows.affected == 1;
    return !*fired_out || (jobs_enqueue(db, &request, job_id_out, NULL, err) && jobs_notify(db, err));
}

bool schedule_fire(struct db *db, const struct schedule_entry *entry, enum job_kind kind, int64_t next_ms,
                   bool *fired_out, int64_t *job_id_out, struct err *err)
{
    *fired_out = false;
    if (!db_begin(db, err))
        return false;
    if (advance_and_enqueue(db, entry, kind, next_ms, fired_out, job_id_out, err) && db_commit(db, err))
        return true;
    db_rollback(db);
    return err_wrap(err, "fire %s", entry->name);
}

bool schedule_list(struct db *db, struct arena *a, struct schedule_entry **entries_out, size_t *n_out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_schedule_list, &rows, err))
        return err_wrap(err, "schedule entries");
    *entries_out = arena_array(a, (size_t)rows.n, sizeof **entries_out);
    for (int i = 0; i < rows.n; i++)
        (*entries_out)[(*n_out)++] = (struct schedule_entry){
            .name = arena_dup(a, db_text(&rows, i, COL_schedule_list_name)),
            .kind = arena_dup(a, db_text(&rows, i, COL_schedule_list_kind)),
            .schedule = arena_dup(a, db_text(&rows, i, COL_schedule_list_schedule)),
            .next_run_at_ms = db_time(&rows, i, COL_schedule_list_next_run_at),
            .last_run_at_ms = db_time(&rows, i, COL_schedule_list_last_run_at),
        };
    return true;
}
