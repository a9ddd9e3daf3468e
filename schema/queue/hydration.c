#include "schema/queue/hydration.h"
#include "schema/queue/quota.h"
#include <stdio.h>

/* Stubs of the kinds into jobs, as long as at least `minimum` wait. */
static bool hand_out(struct db *db, const struct job *self, enum job_kind job_kind, const int64_t *kinds,
                     size_t n_kinds, int chunk, int minimum, int64_t *n_jobs, struct err *err)
{
    for (;;) {
        AUTO_ROWS rows = {0};
        if (!db_run(db, Q_hydration_hand_out, &rows, err, DB_I64(self->task_id), DB_I64S(kinds, n_kinds),
                    DB_CSTR(job_kind_name(job_kind)), DB_I64(chunk), DB_I64(minimum), DB_I64(self->priority)))
            return false;
        int64_t taken = db_i64(&rows, 0, 0);
        if (!taken)
            return true;
        (*n_jobs)++;
        if (taken < chunk)
            return true;
    }
}

struct waiting {
    int64_t n[2]; /* developers, repositories */
    bool others;  /* a job of the task has not begun */
};

static bool look_at_waiting(struct db *db, const struct job *self, struct waiting *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_hydration_waiting, &rows, err, DB_I64(self->task_id)))
        return false;
    *out = (struct waiting){{db_i64(&rows, 0, 0), db_i64(&rows, 0, 1)}, db_bool(&rows, 0, 2)};
    return true;
}

/* Whether no other job of the task will end after this one does. */
static bool is_last(struct db *db, const struct job *self, bool *last_out, struct err *err)
{
    AUTO_ROWS open = {0};
    if (!db_later(db, Q_hydration_task_lock, err, DB_I64(self->task_id)) ||
        !db_run(db, Q_hydration_others_open, &open, err, DB_I64(self->task_id), DB_I64(self->id)))
        return false;
    *last_out = !db_bool(&open, 0, 0);
    return true;
}

bool hydration_hand_out(struct db *db, const struct job *self, int chunk, bool mix, int64_t *n_jobs_out,
                        struct err *err)
{
    static const int64_t kinds[] = {RECORD_DEVELOPER, RECORD_REPOSITORY};
    static const enum job_kind job_kinds[] = {JOB_HYDRATE_DEVELOPERS, JOB_HYDRATE_REPOSITORIES};
    struct waiting now;
    bool last = false;
    *n_jobs_out = 0;
    if (!look_at_waiting(db, self, &now, err) || (!now.others && !is_last(db, self, &last, err)))
        return false;
    if ((last || now.n[0] >= chunk || now.n[1] >= chunk) &&
        (!db_run(db, Q_hydration_skip_synced, NULL, err, DB_I64(self->task_id)) ||
         !look_at_waiting(db, self, &now, err)))
        return false;
    const int64_t *n = now.n;
    for (int i = 0; i < 2; i++)
        if (n[i] >= chunk && !hand_out(db, self, job_kinds[i], &kinds[i], 1, chunk, chunk, n_jobs_out, err))
            return false;
    int64_t left[] = {n[0] % chunk, n[1] % chunk};
    if (!last)
        return true;
    if (mix && left[0] && left[1] && left[0] + left[1] <= chunk)
        return hand_out(db, self, JOB_HYDRATE_RECORDS, kinds, 2, chunk, 1, n_jobs_out, err);
    for (int i = 0; i < 2; i++)
        if (left[i] && !hand_out(db, self, job_kinds[i], &kinds[i], 1, chunk, 1, n_jobs_out, err))
            return false;
    return true;
}

bool hydration_adopt(struct db *db, int64_t task_id, struct err *err)
{
    return db_run(db, Q_hydration_adopt, NULL, err, DB_I64(task_id));
}

bool hydration_stubs(struct db *db, const struct job *job, int n, struct arena *a, struct stub **stubs_out,
                     size_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_hydration_stubs, &rows, err, DB_I64(job->id), DB_I64(n), DB_I64(HYDRATION_MAX_TRIES)))
        return false;
    *n_out = (size_t)rows.n;
    *stubs_out = arena_array(a, *n_out, sizeof **stubs_out);
    for (int i = 0; i < rows.n; i++)
        (*stubs_out)[i] = (struct stub){
            .kind = db_i64(&rows, i, 0) == RECORD_DEVELOPER ? RECORD_DEVELOPER : RECORD_REPOSITORY,
            .github_id = db_i64(&rows, i, 1),
            .name = arena_dup(a, db_text(&rows, i, 2)),
            .node_id = db_is_null(&rows, i, 3) ? NULL : arena_dup(a, db_text(&rows, i, 3)),
            .rest = db_bool(&rows, i, 4),
            .full = db_bool(&rows, i, 5),
            .tries = (int)db_i64(&rows, i, 6),
        };
    return true;
}

bool hydration_job_done(struct db *db, const struct job *job, struct err *err)
{
    return db_run(db, Q_hydration_job_done, NULL, err, DB_I64(job->id), DB_I64(HYDRATION_MAX_TRIES));
}

bool hydration_tried(struct db *db, enum record_kind kind, int64_t github_id, struct err *err)
{
    return db_later(db, Q_hydration_tried, err, DB_I64(kind), DB_I64(github_id), DB_I64(HYDRATION_MAX_TRIES));
}

bool hydration_given_up(struct db *db, const struct job *job, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_hydration_given_up, &rows, err, DB_I64(job->id), DB_I64(HYDRATION_MAX_TRIES)))
        return false;
    *n_out = db_i64(&rows, 0, 0);
    return true;
}

bool hydration_queue_stubs(struct db *db, enum record_kind kind, const int64_t *ids, size_t n,
                           int64_t task_id, struct err *err)
{
    return !n || db_later(db, Q_hydration_queue_stubs, err, DB_I64(kind), DB_I64S(ids, n), DB_I64(task_id));
}

bool hydration_done(struct db *db, enum record_kind kind, const int64_t *ids, size_t n, struct err *err)
{
    return !n || db_later(db, Q_hydration_done, err, DB_I64(kind), DB_I64S(ids, n));
}

bool hydration_needs_rest(struct db *db, enum record_kind kind, const int64_t *ids, size_t n, struct err *err)
{
    return !n || db_later(db, Q_hydration_needs_rest, err, DB_I64(kind), DB_I64S(ids, n));
}

bool frontier_pick(struct db *db, int n, struct arena *a, struct frontier_pick **picks_out, size_t *n_out,
                   struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_frontier_pick, &rows, err, DB_I64(n)))
        return false;
    *n_out = (size_t)rows.n;
    *picks_out = arena_array(a, *n_out, sizeof **picks_out);
    for (int i = 0; i < rows.n; i++)
        (*picks_out)[i] = (struct frontier_pick){
            .github_id = db_i64(&rows, i, 0),
            .login = arena_dup(a, db_text(&rows, i, 1)),
            .reason = arena_dup(a, db_text(&rows, i, 2)),
        };
    return true;
}

bool discovery_continue(struct db *db, int low_water, const struct quota_floor *floor, const slice *labels,
                        size_t n_labels, bool *enqueued_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    char args[40];
    int64_t id;
    *enqueued_out = false;
    if (!db_run(db, Q_discovery_hungry, &rows, err, DB_I64(low_water), DB_I64(floor->units),
                DB_I64(floor->percent), DB_TEXTS(labels, n_labels)))
        return false;
    if (!db_bool(&rows, 0, 0))
        return true;
    int n = snprintf(args, sizeof args, "{\"count\": %d}", low_water);
    const struct job_request request = {
        .kind = JOB_DISCOVERY_SCRAPER, .priority = PRIORITY_PERIODIC, .args = slice_from(args, (size_t)n)};
    return jobs_enqueue(db, &request, &id, NULL, enqueued_out, err) && jobs_notify(db, err);
}

bool frontier_untried(struct db *db, int64_t github_id, struct err *err)
{
    return db_later(db, Q_frontier_untried, err, DB_I64(github_id));
}

bool frontier_walked(struct db *db, int64_t github_id, const int64_t counts[3], struct err *err)
{
    return db_later(db, Q_frontier_walked, err, DB_I64(github_id), DB_I64S(counts, 3));
}
