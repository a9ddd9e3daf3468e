#include "schema/queue/jobs.h"
#include "core/log/log.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_MAX 256

static void default_key(const struct job_request *request, char out[KEY_MAX])
{
    int n = snprintf(out, KEY_MAX, "%s:%s", job_kind_name(request->kind),
                     request->subject ? request->subject : "");
    for (int i = 0; i < n && i < KEY_MAX - 1; i++)
        out[i] = (char)tolower((unsigned char)out[i]);
}

#define REQUEST_ARGS(request, default_key)                                                                   \
    DB_CSTR(job_kind_name((request)->kind)), DB_CSTR((request)->subject ? (request)->subject : ""),          \
        DB_CSTR((request)->key ? (request)->key : (default_key)),                                            \
        (request)->task_id ? DB_I64((request)->task_id) : DB_NULL, DB_I64((request)->priority),              \
        DB_TEXT((request)->args), (request)->run_at_ms ? DB_TIME((request)->run_at_ms) : DB_NULL

bool jobs_enqueue_many(struct db *db, const struct job_request *requests, size_t n, struct arena *a,
                       struct err *err)
{
    slice *kinds = arena_array(a, n, sizeof *kinds), *subjects = arena_array(a, n, sizeof *subjects),
          *keys = arena_array(a, n, sizeof *keys), *args = arena_array(a, n, sizeof *args);
    int64_t *tasks = arena_array(a, n, sizeof *tasks), *priorities = arena_array(a, n, sizeof *priorities);
    for (size_t i = 0; i < n; i++) {
        char key[KEY_MAX];
        const struct job_request *r = &requests[i];
        default_key(r, key);
        kinds[i] = slice_of(job_kind_name(r->kind));
        subjects[i] = slice_of(r->subject ? r->subject : "");
        keys[i] = slice_of(arena_strdup(a, r->key ? r->key : key));
        args[i] = r->args;
        tasks[i] = r->task_id;
        priorities[i] = r->priority;
    }
    return !n || db_later(db, Q_jobs_enqueue_many, err, DB_TEXTS(kinds, n), DB_TEXTS(subjects, n),
                          DB_TEXTS(keys, n), DB_I64S(tasks, n), DB_I64S(priorities, n), DB_TEXTS(args, n));
}

bool jobs_enqueue(struct db *db, const struct job_request *request, int64_t *id_out, bool *inserted_out,
                  struct err *err)
{
    char key[KEY_MAX];
    AUTO_ROWS rows = {0};
    default_key(request, key);
    if (!db_run(db, Q_jobs_enqueue, &rows, err, REQUEST_ARGS(request, key)))
        return err_wrap(err, "enqueue %s", job_kind_name(request->kind));
    *id_out = db_i64(&rows, 0, COL_jobs_enqueue_id);
    if (inserted_out)
        *inserted_out = db_bool(&rows, 0, COL_jobs_enqueue_inserted);
    return true;
}

bool jobs_notify(struct db *db, struct err *err)
{
    return db_run(db, Q_jobs_notify, NULL, err);
}

static int by_urgency(const void *a, const void *b)
{
    const struct job *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

bool jobs_claim(struct db *db, int64_t worker_id, int n, int n_background, struct arena *a,
                struct job *jobs_out, int *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    *n_out = 0;
    if (!db_run(db, Q_jobs_claim, &rows, err, DB_I64(worker_id), DB_I64(n), DB_I64(n_background),
                DB_I64(PRIORITY_DISCOVERY)))
        return err_wrap(err, "claim");
    for (int i = 0; i < rows.n; i++) {
        struct job *job = &jobs_out[*n_out];
        *job = (struct job){.id = db_i64(&rows, i, COL_jobs_claim_id),
                            .task_id = db_i64(&rows, i, COL_jobs_claim_task_id),
                            .lease = db_i64(&rows, i, COL_jobs_claim_lease)};
        if (!job_kind_parse(db_text(&rows, i, COL_jobs_claim_kind), &job->kind)) {
            slice kind = db_text(&rows, i, COL_jobs_claim_kind);
            char why[120];
            snprintf(why, sizeof why, "unknown kind of job: %.*s", SLICE_ARG(kind));
            if (!jobs_fail(db, job, 0, why, err))
                return false;
            continue;
        }
        job->subject = arena_dup(a, db_text(&rows, i, COL_jobs_claim_subject));
        job->attempt = (int)db_i64(&rows, i, COL_jobs_claim_attempt);
        job->priority = (int)db_i64(&rows, i, COL_jobs_claim_priority);
        slice args = db_text(&rows, i, COL_jobs_claim_args),
              cursor = db_text(&rows, i, COL_jobs_claim_cursor);
        job->args = arena_copy(a, args);
        job->cursor = arena_copy(a, cursor);
        job->key = arena_dup(a, db_text(&rows, i, COL_jobs_claim_key));
        (*n_out)++;
    }
    qsort(jobs_out, (size_t)*n_out, sizeof *jobs_out, by_urgency);
    return true;
}

/* One row changed, or the lease is no longer ours. */
static bool held(const struct db_rows *rows, const struct job *job, struct err *err)
{
    if (rows->affected == 1)
        return true;
    return err_set(err, ERR_LOST, "job %lld: lease %lld is no longer held", (long long)job->id,
                   (long long)job->lease);
}

bool jobs_hold(struct db *db, const struct job *job, struct err *err)
{
    return db_later_one_row(db, Q_jobs_hold, err, DB_I64(job->id), DB_I64(job->lease));
}

static const int64_t *ids_of(const struct job *const *jobs, size_t n, struct arena *a,
                             const int64_t **leases_out)
{
    int64_t *ids = arena_array(a, n, sizeof *ids), *leases = arena_array(a, n, sizeof *leases);
    for (size_t i = 0; i < n; i++) {
        ids[i] = jobs[i]->id;
        leases[i] = jobs[i]->lease;
    }
    *leases_out = leases;
    return ids;
}

bool jobs_hold_all(struct db *db, const struct job *const *jobs, size_t n, struct arena *a, struct err *err)
{
    AUTO_ROWS rows = {0};
    const int64_t *leases, *ids = ids_of(jobs, n, a, &leases);
    if (n == 1)
        return jobs_hold(db, jobs[0], err);
    return db_later(db, Q_jobs_erase_wait, err) &&
           db_run(db, Q_jobs_hold_all, &rows, err, DB_I64S(ids, n), DB_I64S(leases, n)) &&
           ((size_t)rows.n == n || err_set(err, ERR_LOST, "of %zu leases %d are held", n, rows.n));
}

/* Moves jobs to the next cursor, or to the end. */
static bool move(struct db *db, enum query q, const struct job_progress *list, size_t n, struct arena *a,
                 struct err *err)
{
    slice *texts = arena_array(a, n, sizeof *texts);
    int64_t *ids = arena_array(a, n, sizeof *ids), *leases = arena_array(a, n, sizeof *leases),
            *pages = arena_array(a, n, sizeof *pages), *records = arena_array(a, n, sizeof *records),
            *costs = arena_array(a, n, sizeof *costs);
    for (size_t i = 0; i < n; i++) {
        const struct job_progress *p = &list[i];
        ids[i] = p->job->id;
        leases[i] = p->job->lease;
        texts[i] = q == Q_jobs_save ? p->cursor : p->note ? slice_of(p->note) : (slice){0};
        pages[i] = p->pages;
        records[i] = p->records;
        costs[i] = p->cost;
    }
    return !n || db_later(db, q, err, DB_I64S(ids, n), DB_I64S(leases, n), DB_TEXTS(texts, n),
                          DB_I64S(pages, n), DB_I64S(records, n), DB_I64S(costs, n));
}

bool jobs_save(struct db *db, const struct job_progress *list, size_t n, struct arena *a, struct err *err)
{
    return move(db, Q_jobs_save, list, n, a, err);
}

bool jobs_finish(struct db *db, const struct job_progress *list, size_t n, struct arena *a, struct err *err)
{
    return move(db, Q_jobs_finish, list, n, a, err);
}

bool jobs_retry(struct db *db, const struct job *job, int64_t in_ms, enum job_wait wait, int cost,
                const char *why, struct err *err)
{
    AUTO_ROWS rows = {0};
    return db_run(db, Q_jobs_retry, &rows, err, DB_I64(job->id), DB_I64(job->lease), DB_I64(in_ms),
                  DB_CSTR(why), DB_I64(wait == WAIT_BACKOFF), DB_I64(cost),
                  wait == WAIT_QUOTA ? DB_CSTR("quota") : DB_NULL) &&
           held(&rows, job, err);
}

bool jobs_wake(struct db *db, struct err *err)
{
    return db_run(db, Q_jobs_wake, NULL, err);
}

bool jobs_fail(struct db *db, const struct job *job, int cost, const char *why, struct err *err)
{
    return db_run(db, Q_jobs_fail, NULL, err, DB_I64(job->id), DB_I64(job->lease), DB_CSTR(why),
                  DB_I64(cost));
}

bool jobs_release(struct db *db, const struct job *job, struct err *err)
{
    return db_run(db, Q_jobs_release_one, NULL, err, DB_I64(job->id), DB_I64(job->lease));
}

bool jobs_release_all(struct db *db, int64_t worker_id, struct err *err)
{
    return db_run(db, Q_jobs_release, NULL, err, DB_I64(worker_id));
}

bool jobs_due(struct db *db, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_run(db, Q_jobs_due, &rows, err);
    *n_out = ok ? rows.affected : 0;
    return ok;
}

bool jobs_prune(struct db *db, int keep_hours, int64_t *n_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_run(db, Q_jobs_prune, &rows, err, DB_I64(keep_hours));
    *n_out = ok ? rows.affected : 0;
    return ok;
}

/* Runs a statement that counts what it changed, and repeats it after conflicts with the crawlers' pages. */
static bool change(struct db *db, enum query q, int64_t id, int64_t *n_out, int64_t *n_seen_out,
                   struct err *err)
{
    bool ok = false;
    for (int i = 0; i < 3 && !ok; i++) {
        AUTO_ROWS rows = {0};
        ok = db_run(db, q, &rows, err, DB_I64(id));
        *n_out = ok ? db_i64(&rows, 0, COL_jobs_cancel_n) : 0;
        if (n_seen_out)
            *n_seen_out = ok ? db_i64(&rows, 0, COL_jobs_cancel_seen) : 0;
        if (!ok && err->code != ERR_DB_RETRY)
            return false;
    }
    return ok;
}

/* A page that was being saved may have enqueued more jobs of the task, so this is repeated until none is left, which terminates,
 * since no job runs any more that could enqueue others. */
bool jobs_cancel(struct db *db, int64_t id, int64_t *n_out, struct err *err)
{
    int64_t n, n_open;
    *n_out = 0;
    do {
        if (!change(db, Q_jobs_cancel, id, &n, &n_open, err))
            return false;
        *n_out += n;
    } while (n_open);
    return true;
}

bool jobs_ask_again(struct db *db, int64_t id, int64_t *n_out, struct err *err)
{
    return change(db, Q_jobs_ask_again, id, n_out, NULL, err) && (*n_out == 0 || jobs_notify(db, err));
}

bool jobs_same_work(struct db *db, int64_t id, int64_t *other_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_jobs_same_work, &rows, err, DB_I64(id)))
        return false;
    *other_out = rows.n ? db_i64(&rows, 0, COL_jobs_same_work_id) : 0;
    return true;
}

bool jobs_task_progress(struct db *db, int64_t task_id, struct task_progress *out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_jobs_task_progress, &rows, err, DB_I64(task_id), DB_CSTR(JOB_INCOMPLETE)))
        return false;
    *out = (struct task_progress){
        .open = db_i64(&rows, 0, COL_jobs_task_progress_open),
        .completed = db_i64(&rows, 0, COL_jobs_task_progress_completed),
        .failed = db_i64(&rows, 0, COL_jobs_task_progress_failed),
        .pages = db_i64(&rows, 0, COL_jobs_task_progress_pages),
        .records = db_i64(&rows, 0, COL_jobs_task_progress_records),
        .cost = db_i64(&rows, 0, COL_jobs_task_progress_cost),
        .next_run_at_ms = db_time(&rows, 0, COL_jobs_task_progress_next_run_at),
        .incomplete = db_i64(&rows, 0, COL_jobs_task_progress_incomplete),
        .active = db_i64(&rows, 0, COL_jobs_task_progress_active),
        .for_quota = db_i64(&rows, 0, COL_jobs_task_progress_for_quota),
    };
    slice error = db_text(&rows, 0, COL_jobs_task_progress_error);
    snprintf(out->error, sizeof out->error, "%.*s", SLICE_ARG(error));
    slice missing = db_text(&rows, 0, COL_jobs_task_progress_missing);
    snprintf(out->missing, sizeof out->missing, "%.*s", SLICE_ARG(missing));
    slice note = db_text(&rows, 0, COL_jobs_task_progress_note);
    snprintf(out->note, sizeof out->note, "%.*s", SLICE_ARG(note));
    return true;
}

bool workers_register(struct db *db, const char *kind, int64_t *id_out, struct err *err)
{
    char host[256] = "";
    AUTO_ROWS rows = {0};
    gethostname(host, sizeof host - 1);
    if (!db_run(db, Q_workers_register, &rows, err, DB_CSTR(kind), DB_CSTR(host), DB_I64(getpid())))
        return err_wrap(err, "register worker");
    *id_out = db_i64(&rows, 0, COL_workers_register_id);
    return true;
}

bool workers_heartbeat(struct db *db, int64_t id, slice info_json, bool *known_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    bool ok = db_run(db, Q_workers_heartbeat, &rows, err, DB_I64(id), DB_TEXT(info_json));
    *known_out = ok && rows.affected == 1;
    return ok;
}

bool workers_remove(struct db *db, int64_t id, struct err *err)
{
    return db_run(db, Q_workers_remove, NULL, err, DB_I64(id));
}

bool workers_reap(struct db *db, int64_t self, int64_t *workers_out, int64_t *jobs_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!db_run(db, Q_workers_reap, &rows, err, DB_I64(self), DB_I64(WORKER_SILENT_S)))
        return false;
    *workers_out = db_i64(&rows, 0, COL_workers_reap_workers);
    *jobs_out = db_i64(&rows, 0, COL_workers_reap_jobs);
    return true;
}
