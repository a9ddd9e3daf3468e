/* jobs: the queue in PostgreSQL. The only caller of jobs.sql.
 * A claim gives a lease; every later call names it and returns ERR_LOST if the job was given to another worker or cancelled.
 * Calls inside a caller's transaction (jobs_hold, jobs_save, jobs_finish) commit with it. On the connection's thread. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

/* Lower goes first. */
enum job_priority {
    PRIORITY_ASKED = 10,     /* people's tasks */
    PRIORITY_PERIODIC = 20,  /* cron entries */
    PRIORITY_DISCOVERY = 50, /* developers picked by discovery */
};

struct job_request {
    enum job_kind kind;
    const char *subject; /* as a person would write it: login, owner/name, or a github id for lists */
    const char *key;     /* NULL: kind and lower-case subject. Jobs with the same key are the same work */
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

/* *id_out: the new job, or the existing one for the same work. inserted_out may be NULL. */
MUST_CHECK bool jobs_enqueue(struct db *db, const struct job_request *request, int64_t *id_out,
                             bool *inserted_out, struct err *err);
/* Several that are due now, each under its task, without a result: sent with the transaction's next statement. Of two with
 * one key the first counts. */
MUST_CHECK bool jobs_enqueue_many(struct db *db, const struct job_request *requests, size_t n,
                                  struct arena *a, struct err *err);
/* Wakes waiting crawlers. Inside a transaction it is sent at commit. */
MUST_CHECK bool jobs_notify(struct db *db, struct err *err);
#define JOBS_CHANNEL "gitomatic_jobs"

/* At most n jobs, n_background of them discovery's (PRIORITY_DISCOVERY), most urgent first; strings live in the arena.
 * Jobs of unknown kinds fail and are not returned. */
MUST_CHECK bool jobs_claim(struct db *db, int64_t worker_id, int n, int n_background, struct arena *a,
                           struct job *jobs_out, int *n_out, struct err *err);
/* The fence: begins every page's transaction, and holds the lease until its end. Sent with the next statement, which returns
 * ERR_LOST if the lease is lost; jobs_save and jobs_finish, which rely on it, are sent likewise. */
MUST_CHECK bool jobs_hold(struct db *db, const struct job *job, struct err *err);
/* The same for several jobs: ERR_LOST if any of the leases is lost. */
MUST_CHECK bool jobs_hold_all(struct db *db, const struct job *const *jobs, size_t n, struct arena *a,
                              struct err *err);
struct job_progress {
    const struct job *job;
    slice cursor;     /* jobs_save: where to continue */
    const char *note; /* jobs_finish: a note for readers of the queue ("gone", "restricted"), or NULL */
    int pages, cost;  /* since the last save */
    int64_t records;
};
MUST_CHECK bool jobs_save(struct db *db, const struct job_progress *list, size_t n, struct arena *a,
                          struct err *err);
/* A job that was requested again while it ran is enqueued again. */
MUST_CHECK bool jobs_finish(struct db *db, const struct job_progress *list, size_t n, struct arena *a,
                            struct err *err);
enum job_wait { WAIT_BACKOFF, WAIT_QUOTA, WAIT_OUTAGE }; /* only the first uses an attempt */
MUST_CHECK bool jobs_retry(struct db *db, const struct job *job, int64_t in_ms, enum job_wait wait, int cost,
                           const char *why, struct err *err);
/* Jobs that wait for quota become due at once. */
MUST_CHECK bool jobs_wake(struct db *db, struct err *err);
MUST_CHECK bool jobs_fail(struct db *db, const struct job *job, int cost, const char *why, struct err *err);
MUST_CHECK bool jobs_release(struct db *db, const struct job *job, struct err *err);
MUST_CHECK bool jobs_release_all(struct db *db, int64_t worker_id, struct err *err);
/* Makes due jobs available; *n_out: their number. */
MUST_CHECK bool jobs_due(struct db *db, int64_t *n_out, struct err *err);
MUST_CHECK bool jobs_prune(struct db *db, int keep_hours, int64_t *n_out, struct err *err);
/* Cancels an open job; the first job of a task means the whole task. A crawler that runs one loses its lease, so the page in
 * flight is not saved. *n_out: the number of cancelled jobs; 0: none was open. Not inside a transaction. */
MUST_CHECK bool jobs_cancel(struct db *db, int64_t id, int64_t *n_out, struct err *err);
/* Retries a job that failed or was cancelled, or those of a task, from their cursors; wakes crawlers. Cancelled jobs of
 * stubs are not retried: their stubs were removed. */
MUST_CHECK bool jobs_ask_again(struct db *db, int64_t id, int64_t *n_out, struct err *err);
/* *other_out: the open job that is the same work, or 0. */
MUST_CHECK bool jobs_same_work(struct db *db, int64_t id, int64_t *other_out, struct err *err);

struct task_progress {
    int64_t open, completed, failed, pages, records, cost;
    int64_t active;         /* open jobs that do not wait for a time */
    int64_t for_quota;      /* jobs that wait for GitHub's quota */
    int64_t incomplete;     /* completed jobs that could not read everything (JOB_INCOMPLETE) */
    int64_t next_run_at_ms; /* of waiting jobs; 0: none */
    char error[ERR_TEXT_SIZE];
    char missing[200]; /* the note of one of the incomplete jobs */
    char note[120];    /* of the task's first job: why it found nothing, or why it waits */
};
MUST_CHECK bool jobs_task_progress(struct db *db, int64_t task_id, struct task_progress *out,
                                   struct err *err);

/* ---- workers ---- */
/* Registers on this connection's session, which must stay open: its end shows others that the worker has ended. */
MUST_CHECK bool workers_register(struct db *db, const char *kind, int64_t *id_out, struct err *err);
/* *known_out false: the worker's lease expired; it must drop its jobs and register again. */
MUST_CHECK bool workers_heartbeat(struct db *db, int64_t id, slice info_json, bool *known_out,
                                  struct err *err);
MUST_CHECK bool workers_remove(struct db *db, int64_t id, struct err *err);
#define WORKER_SILENT_S 60
MUST_CHECK bool workers_reap(struct db *db, int64_t self, int64_t *workers_out, int64_t *jobs_out,
                             struct err *err);
