/* workload: the queue's rate, running tasks and the last finished ones, and the quota that mirrors save. For people; its
 * cost does not grow with the queue. The only caller of workload.sql. */
#pragma once
#include "schema/db/db.h"

#define WORKLOAD_MINUTES   5
#define WORKLOAD_MAX_ENDED 50000 /* the count is capped */

struct workload_pace {
    int64_t ended;         /* jobs in the last WORKLOAD_MINUTES */
    int64_t oldest_due_ms; /* since when the oldest waiting job is due; 0: none waits */
};
MUST_CHECK bool workload_pace(struct db *db, struct workload_pace *out, struct err *err);

struct task_view {
    int64_t id; /* its first job */
    slice kind, subject;
    slice asked_by;                                   /* ptr NULL: no person, or not known */
    bool discovery;                                   /* requested by discovery */
    int64_t started_ms;                               /* 0: not yet */
    int64_t ended_ms;                                 /* 0: running */
    int64_t open, completed, failed, cancelled, cost; /* jobs, up to TASK_MAX_JOBS of them; units */
    slice note;                                       /* of its first job; ptr NULL: none */
    int64_t waits_until_ms;                           /* all its open jobs wait; 0: not so */
};
#define TASK_MAX_JOBS 10000
/* At most n; texts in the arena. Running: tasks with a running job, and people's tasks that wait for quota. Ended: the last
 * ones first, without heartbeats. */
MUST_CHECK bool workload_running(struct db *db, struct arena *a, int64_t n, struct task_view **rows_out,
                                 size_t *n_out, struct err *err);
MUST_CHECK bool workload_ended(struct db *db, struct arena *a, int64_t n, struct task_view **rows_out,
                               size_t *n_out, struct err *err);

/* Of the running mirrors, since they started. */
struct workload_mirror {
    int64_t n, since_ms; /* processes; the start of the first */
    int64_t requests, hits;
    int64_t revalidated, fresh, coalesced, stored; /* units of quota saved, by how (mirror/metrics.h) */
};
MUST_CHECK bool workload_mirror(struct db *db, struct workload_mirror *out, struct err *err);
