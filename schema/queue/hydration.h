/* hydration: the queue of stubs to hydrate, and the frontier that discovery picks from.
 * A list page queues its stubs under its task; when a hundred wait, or the task's last list is finished, they become a job.
 * A stub leaves the queue in the transaction that saves its detail. */
#pragma once
#include "core/model/stub.h"
#include "schema/queue/jobs.h"

/* Called in the transaction that ended jobs, after their ends: moves waiting stubs of their tasks to new jobs, in chunks of
 * `chunk`, and the rest if no job of the task is open any more. mix: the rest of both kinds may share a job. Serialised per
 * task; tasks in the order of their ids. */
MUST_CHECK bool hydration_hand_out(struct db *db, const struct job *const *ended, size_t n, int chunk,
                                   bool mix, struct arena *a, struct err *err);
/* Stubs that wait under a finished task join this one. */
MUST_CHECK bool hydration_adopt(struct db *db, int64_t task_id, struct err *err);

/* Without those that failed HYDRATION_MAX_TRIES times. */
#define HYDRATION_MAX_TRIES JOB_MAX_ATTEMPTS
MUST_CHECK bool hydration_stubs(struct db *db, const struct job *job, int n, struct arena *a,
                                struct stub **stubs_out, size_t *n_out, struct err *err);
MUST_CHECK bool hydration_done(struct db *db, enum record_kind kind, const int64_t *ids, size_t n,
                               struct err *err);
/* Counts a failed attempt. A stub that failed in all attempts gets one attempt in the next sync that names it, then again
 * after 10 minutes, doubled each time up to a day; a manual retry of its job, or a success, resets this. */
MUST_CHECK bool hydration_tried(struct db *db, enum record_kind kind, int64_t github_id, struct err *err);
/* GitHub does not show the stub's detail to this credential: it leaves the queue, is tried again in the next two syncs that name it,
 * and then as rarely. */
MUST_CHECK bool hydration_refused(struct db *db, enum record_kind kind, int64_t github_id, struct err *err);
/* The number of the job's stubs that failed in all attempts. */
MUST_CHECK bool hydration_given_up(struct db *db, const struct job *job, int64_t *n_out, struct err *err);
/* Queues those of the ids that are still stubs, for a page that answered 304; with the next round trip. */
MUST_CHECK bool hydration_queue_stubs(struct db *db, enum record_kind kind, const int64_t *ids, size_t n,
                                      int64_t task_id, struct err *err);
/* The job's stubs have been hydrated, except those given up; some perhaps by other jobs. */
MUST_CHECK bool hydration_job_done(struct db *db, const struct job *job, struct err *err);
MUST_CHECK bool hydration_needs_rest(struct db *db, enum record_kind kind, const int64_t *ids, size_t n,
                                     struct err *err);

struct frontier_pick {
    int64_t github_id;
    const char *login, *reason;
};
MUST_CHECK bool frontier_pick(struct db *db, int n, struct arena *a, struct frontier_pick **picks_out,
                              size_t *n_out, struct err *err);
/* Enqueues a discovery run if its open jobs run low and one of the credentials has quota for more. floor: the quota that
 * discovery leaves. */
struct quota_floor;
MUST_CHECK bool discovery_continue(struct db *db, int low_water, const struct quota_floor *floor,
                                   const slice *labels, size_t n_labels, bool *enqueued_out, struct err *err);
/* Makes discovery sync the developer again soon, for the stargazers lists of their repositories. */
MUST_CHECK bool frontier_untried(struct db *db, int64_t github_id, struct err *err);
/* Developers whose lists are being read. -1: not known. */
struct frontier_walk {
    int64_t github_id, followers, following, public_repos;
};
MUST_CHECK bool frontier_walked(struct db *db, const struct frontier_walk *walks, size_t n, struct arena *a,
                                struct err *err);
