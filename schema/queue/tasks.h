/* tasks: what a person asks for, checked the same way whether it came by POST /github/tasks/, `gitomatic task` or
 * `gitomatic up --seed`. The texts of ERR_BAD_PARAM are shown to that person as they are. */
#pragma once
#include "core/model/job.h"
#include "core/model/names.h"
#include "schema/queue/census.h"
#include "schema/queue/samples.h"

struct task {
    enum job_kind kind;
    char subject[LOGIN_MAX + sizeof "[bot]/" +
                 REPO_NAME_MAX]; /* of the first job: a login, owner/name, or "" */
    struct sample_request sample;
    struct census_request census;
};

/* What a person typed, by the names that POST /github/tasks/ has for it; an absent value has ptr NULL. */
struct task_input {
    slice name, username, repo_name; /* repo_name: of full_repository_sync */
    slice kind;                      /* of sample and census: users or repositories */
    slice n, seed, sample_name;      /* of sample */
    slice from, to;                  /* of census */
};

/* Reads what a person typed. A login may come as @LOGIN or as its address at github.com, a repository as OWNER/NAME or as
 * its address, in either of username and repo_name. An absent value (ptr NULL) is the same as an empty one; what the task
 * does not take is not looked at. Pure: ERR_BAD_PARAM names the field, the value and what was expected. */
MUST_CHECK bool task_read(const struct task_input *input, struct task *out, struct err *err);

/* Enqueues and wakes crawlers. *job_id_out: the first job of the task, or the job that already waits for the same work.
 * priority: PRIORITY_ASKED for a person. asked_by: the name of a user of the API, ASKED_BY_COMMAND, or NULL: no name. Not inside a transaction of the caller's. */
MUST_CHECK bool tasks_request(struct db *db, const struct task *task, int priority, const char *asked_by,
                              int64_t *job_id_out, struct err *err);
#define ASKED_BY_COMMAND "command line"

struct task_end {
    int64_t cancelled; /* jobs */
    char note[120]; /* of the job that was asked for, such as "gone: GitHub knows no such login"; "": none */
};
MUST_CHECK bool tasks_end(struct db *db, int64_t task_id, int64_t job_id, struct task_end *out,
                          struct err *err);

/* Lists of the task that ended without all there is, and why: GitHub refused them (restricted), pages them no further (capped),
 * left something out (partial), or what was read contradicts itself. */
#define TASK_LACKING_MAX 10
struct task_lacking {
    int64_t n_all; /* of which the first ones are named */
    size_t n;
    struct {
        char kind[32], subject[160], why[200];
    } items[TASK_LACKING_MAX];
};
MUST_CHECK bool tasks_lacking(struct db *db, int64_t task_id, struct task_lacking *out, struct err *err);

/* The task a job belongs to, for jobs_task_progress. ERR_NOT_FOUND when the job was pruned. */
MUST_CHECK bool tasks_of_job(struct db *db, int64_t job_id, int64_t *task_id_out, struct err *err);

/* What a task is expected to cost (discovery: DISCOVERY_COUNT profiles), and when it would be over, by what is known: nothing is enqueued. */
struct task_estimate {
    struct {
        int64_t low, high;
    } core, graphql;
    bool
        has_end; /* false: no quota is known yet, or an open census has no highest id to go by, or it is too much */
    int64_t ends_at_ms;
};
MUST_CHECK bool tasks_estimate(struct db *db, const struct task *task, int64_t discovery_count,
                               struct task_estimate *out, struct err *err);
