/* jobs: the queue in PostgreSQL. The only caller of jobs.sql.
 * Claiming gives a lease; every later call names it and answers ERR_LOST when the job was meanwhile given to another
 * worker or called off. Calls inside a caller's transaction (jobs_hold, jobs_save, jobs_finish) commit with it. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

/* Lower goes first. */
enum job_priority {
    PRIORITY_ASKED = 10,     /* a person asked */
    PRIORITY_PERIODIC = 20,  /* cron entries */
    PRIORITY_DISCOVERY = 50, /* what discovery found */
};

struct job_request {
    enum job_kind kind;
    const char *subject; /* as a person would write it: login, owner/name, or a github id for lists */
    const char *key;     /* NULL: kind and lower-case subject. Two jobs with one key are the same work */
    int64_t task_id;     /* 0: a task of its own */
    int priority;
    slice args;        /* JSON object, or empty */
    int64_t run_at_ms; /* 0: now */
};

struct job {
    int64_t id, task_id, lease;
    enum job_kind kind;
    int attempt, priority;
    const char *subject, *key;
    slice args, cursor; /* JSON; ptr NULL: none */
};

/* *id_out: the new job, or the one that already stands for the same work. inserted_out may be NULL. */
MUST_CHECK bool jobs_enqueue(struct db *db, const struct job_request *request, int64_t *id_out,
                             int64_t *task_out, bool *inserted_out, struct err *err);
/* For a caller who needs no answer: sent along with the transaction's next statement. */
MUST_CHECK bool jobs_enqueue_later(struct db *db, const struct job_request *request, struct err *err);
/* Wakes crawlers that wait. Inside a transaction it is sent at commit. */
MUST_CHECK bool jobs_notify(struct db *db, struct err *err);
#define JOBS_CHANNEL "gitomatic_jobs"

/* At most n jobs, n_background of them discovery's (PRIORITY_DISCOVERY), most urgent first; strings live in the arena.
 * Kinds this program does not know fail and are left out. */
MUST_CHECK bool jobs_claim(struct db *db, int64_t worker_id, int n, int n_background, struct arena *a,
                           struct job *jobs_out, int *n_out, struct err *err);
/* The fence: opens every page's transaction, and keeps the lease until its end. Sent along with the next statement, which
 * answers ERR_LOST when the lease is gone; so are jobs_save and jobs_finish, which it makes sure of. */
MUST_CHECK bool jobs_hold(struct db *db, const struct job *job, struct err *err);
struct job_progress {
    int pages, cost; /* since the last save */
    int64_t records;
};
MUST_CHECK bool jobs_save(struct db *db, const struct job *job, slice cursor, struct job_progress progress,
                          struct err *err);
/* Asked for again while it ran, it becomes a new job. note: what a reader of the queue
 * should know ("gone", "restricted"), or NULL. */
MUST_CHECK bool jobs_finish(struct db *db, const struct job *job, const char *note,
                            struct job_progress progress, struct err *err);
MUST_CHECK bool jobs_finish_many(struct db *db, const int64_t *ids, const int64_t *leases, size_t n,
                                 struct err *err);
enum job_wait { WAIT_BACKOFF, WAIT_QUOTA, WAIT_OUTAGE }; /* only the first uses an attempt */
MUST_CHECK bool jobs_retry(struct db *db, const struct job *job, int64_t in_ms, enum job_wait wait, int cost,
                           const char *why, struct err *err);
/* Jobs that wait for quota become due at once. */
MUST_CHECK bool jobs_wake(struct db *db, struct err *err);
MUST_CHECK bool jobs_fail(struct db *db, const struct job *job, int cost, const char *why, struct err *err);
MUST_CHECK bool jobs_release(struct db *db, const struct job *job, struct err *err);
MUST_CHECK bool jobs_release_all(struct db *db, int64_t worker_id, struct err *err);
/* Moves what is due to available; *n_out how many. */
MUST_CHECK bool jobs_due(struct db *db, int64_t *n_out, struct err *err);
MUST_CHECK bool jobs_prune(struct db *db, int keep_hours, int64_t *n_out, struct err *err);
/* Calls off a job that is open; the first job of a task stands for all of the task. A crawler that runs one loses its lease,
 * so that the page in flight is not saved. *n_out: how many; 0 when none was open. Not inside a transaction. */
MUST_CHECK bool jobs_cancel(struct db *db, int64_t id, int64_t *n_out, struct err *err);
/* Another round for a job that failed or was cancelled, or for those of a task, from their cursors; wakes crawlers. Jobs of
 * stubs stay as they are: their stubs were let go. */
MUST_CHECK bool jobs_ask_again(struct db *db, int64_t id, int64_t *n_out, struct err *err);
/* *other_out: the open job that is the same work, or 0. */
MUST_CHECK bool jobs_same_work(struct db *db, int64_t id, int64_t *other_out, struct err *err);

struct task_progress {
    int64_t open, completed, failed, pages, records, cost;
    int64_t incomplete;     /* of the completed ones: read not all there is (JOB_INCOMPLETE) */
    int64_t next_run_at_ms; /* of what waits; 0 */
    char error[ERR_TEXT_SIZE];
    char missing[200]; /* what one of the incomplete ones says */
    char note[120];    /* of the task's first job: why it found nothing, or what it waits for */
};
MUST_CHECK bool jobs_task_progress(struct db *db, int64_t task_id, struct task_progress *out,
                                   struct err *err);

/* ---- workers ---- */
/* Registers on this connection's session, which must stay open: its end tells others that the worker is gone. */
MUST_CHECK bool workers_register(struct db *db, const char *kind, int64_t *id_out, struct err *err);
/* *known_out false: others took the worker for dead; it must drop its jobs and register anew. */
MUST_CHECK bool workers_heartbeat(struct db *db, int64_t id, slice info_json, bool *known_out,
                                  struct err *err);
MUST_CHECK bool workers_remove(struct db *db, int64_t id, struct err *err);
#define WORKER_SILENT_S 60
MUST_CHECK bool workers_reap(struct db *db, int64_t self, int64_t *workers_out, int64_t *jobs_out,
                             struct err *err);
