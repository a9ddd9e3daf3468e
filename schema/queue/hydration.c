#include "schema/queue/hydration.h"
#include "schema/queue/quota.h"
#include <stdio.h>
#include <stdlib.h>

/* Moves stubs of the kinds to jobs, while at least `minimum` wait. */
static bool hand_out(struct db *db, const struct job *ended, enum job_kind job_kind, const int64_t *kinds,
                     size_t n_kinds, int chunk, int minimum, struct err *err)
{
    for (;;) {
        AUTO_ROWS rows = {0};
        if (!db_run(db, Q_hydration_hand_out, &rows, err, DB_I64(ended->task_id), DB_I64S(kinds, n_kinds),
                    DB_CSTR(job_kind_name(job_kind)), DB_I64(chunk), DB_I64(minimum),
                    DB_I64(ended->priority)))
            return false;
        if (db_i64(&rows, 0, COL_hydration_hand_out_n) < chunk)
            return true;
    }
}

struct waiting {
    int64_t n[2]; /* developers, repositories */
    bool others;  /* a job of the task has not begun, and will not before this transaction commits */
};

static bool look_at_waiting(struct db *db, const int64_t *tasks, size_t n, struct waiting *out,
                            struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_hydration_waiting, &rows, err, DB_I64S(tasks, n)))
        return false;
    for (int i = 0; i < (int)n; i++)
        out[i] = (struct waiting){{db_i64(&rows, i, COL_hydration_waiting_developers),
                                   db_i64(&rows, i, COL_hydration_waiting_repositories)},
                                  db_bool(&rows, i, COL_hydration_waiting_others)};
    return true;
}

/* Whether no job of the task will end after this transaction. */
static bool is_last(struct db *db, int64_t task_id, bool *last_out, struct err *err)
{
    AUTO_ROWS open = {0};
    if (!db_later(db, Q_hydration_task_lock, err, DB_I64(task_id)) ||
        !db_run(db, Q_hydration_others_open, &open, err, DB_I64(task_id)))
        return false;
    *last_out = !db_bool(&open, 0, COL_hydration_others_open_open);
    return true;
}

/* A job that has not begun ends later than ours, and checks for itself. */
static bool hand_out_task(struct db *db, const struct job *ended, struct waiting now, int chunk, bool mix,
                          struct err *err)
{
    static const int64_t kinds[] = {RECORD_DEVELOPER, RECORD_REPOSITORY};
    static const enum job_kind job_kinds[] = {JOB_HYDRATE_DEVELOPERS, JOB_HYDRATE_REPOSITORIES};
    bool last = false;
    if (!now.others && !is_last(db, ended->task_id, &last, err))
        return false;
    if ((last || now.n[0] >= chunk || now.n[1] >= chunk) &&
        (!db_run(db, Q_hydration_skip_synced, NULL, err, DB_I64(ended->task_id)) ||
         !look_at_waiting(db, &ended->task_id, 1, &now, err)))
        return false;
    for (int i = 0; i < 2; i++)
        if (now.n[i] >= chunk && !hand_out(db, ended, job_kinds[i], &kinds[i], 1, chunk, chunk, err))
            return false;
    int64_t left[] = {now.n[0] % chunk, now.n[1] % chunk};
    if (!last)
        return true;
    if (mix && left[0] && left[1] && left[0] + left[1] <= chunk)
        return hand_out(db, ended, JOB_HYDRATE_RECORDS, kinds, 2, chunk, 1, err);
    for (int i = 0; i < 2; i++)
        if (left[i] && !hand_out(db, ended, job_kinds[i], &kinds[i], 1, chunk, 1, err))
            return false;
    return true;
}

static int by_task(const void *a, const void *b)
{
    const struct job *x = *(const struct job *const *)a, *y = *(const struct job *const *)b;
    return x->task_id != y->task_id ? (x->task_id > y->task_id) - (x->task_id < y->task_id)
                                    : x->priority - y->priority;
}

bool hydration_hand_out(struct db *db, const struct job *const *ended, size_t n, int chunk, bool mix,
                        struct arena *a, struct err *err)
{
    const struct job **of_task = arena_array(a, n, sizeof *of_task);
    int64_t *tasks = arena_array(a, n, sizeof *tasks);
    struct waiting *now = arena_array(a, n, sizeof *now);
    size_t n_tasks = 0;
    memcpy(of_task, ended, n * sizeof *of_task);
    qsort(of_task, n, sizeof *of_task, by_task);
    for (size_t i = 0; i < n; i++)
        if (!n_tasks || tasks[n_tasks - 1] != of_task[i]->task_id) {
            of_task[n_tasks] = of_task[i];
            tasks[n_tasks++] = of_task[i]->task_id;
        }
    if (!look_at_waiting(db, tasks, n_tasks, now, err))
        return false;
    for (size_t i = 0; i < n_tasks; i++)
        if (!hand_out_task(db, of_task[i], now[i], chunk, mix, err))
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
            .kind = db_i64(&rows, i, COL_hydration_stubs_kind) == RECORD_DEVELOPER ? RECORD_DEVELOPER
                                                                                   : RECORD_REPOSITORY,
            .github_id = db_i64(&rows, i, COL_hydration_stubs_github_id),
            .name = arena_dup(a, db_text(&rows, i, COL_hydration_stubs_name)),
            .node_id = db_is_null(&rows, i, COL_hydration_stubs_node_id)
                           ? NULL
                           : arena_dup(a, db_text(&rows, i, COL_hydration_stubs_node_id)),
            .rest = db_bool(&rows, i, COL_hydration_stubs_rest),
            .full = db_bool(&rows, i, COL_hydration_stubs_full),
            .tries = (int)db_i64(&rows, i, COL_hydration_stubs_tries),
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

bool hydration_refused(struct db *db, enum record_kind kind, int64_t github_id, struct err *err)
{
    return db_later(db, Q_hydration_refused, err, DB_I64(kind), DB_I64(github_id));
}

bool hydration_given_up(struct db *db, const struct job *job, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_hydration_given_up, &rows, err, DB_I64(job->id), DB_I64(HYDRATION_MAX_TRIES)))
        return false;
    *n_out = db_i64(&rows, 0, COL_hydration_given_up_n);
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
            .github_id = db_i64(&rows, i, COL_frontier_pick_github_id),
            .login = arena_dup(a, db_text(&rows, i, COL_frontier_pick_login)),
            .reason = arena_dup(a, db_text(&rows, i, COL_frontier_pick_reason)),
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
    if (!db_bool(&rows, 0, COL_discovery_hungry_hungry))
        return true;
    int n = snprintf(args, sizeof args, "{\"count\": %d}", low_water);
    const struct job_request request = {
        .kind = JOB_DISCOVERY_SCRAPER, .priority = PRIORITY_PERIODIC, .args = slice_from(args, (size_t)n)};
    return jobs_enqueue(db, &request, &id, enqueued_out, err) && jobs_notify(db, err);
}

bool frontier_untried(struct db *db, int64_t github_id, struct err *err)
{
    return db_later(db, Q_frontier_untried, err, DB_I64(github_id));
}

bool frontier_walked(struct db *db, const struct frontier_walk *walks, size_t n, struct arena *a,
                     struct err *err)
{
    int64_t *ids = arena_array(a, n, sizeof *ids), *followers = arena_array(a, n, sizeof *followers),
            *following = arena_array(a, n, sizeof *following), *repos = arena_array(a, n, sizeof *repos);
    for (size_t i = 0; i < n; i++) {
        ids[i] = walks[i].github_id;
        followers[i] = walks[i].followers;
        following[i] = walks[i].following;
        repos[i] = walks[i].public_repos;
    }
    return db_later(db, Q_frontier_walked, err, DB_I64S(ids, n), DB_I64S(followers, n), DB_I64S(following, n),
                    DB_I64S(repos, n));
}
