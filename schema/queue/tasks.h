/* tasks: requests by people, checked alike for POST /github/tasks/, `gitomatic task` and `gitomatic up --seed`. The texts of
 * ERR_BAD_PARAM are shown to people. */
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

/* A person's input, with the names of POST /github/tasks/; an absent value has ptr NULL. */
struct task_input {
    slice name, username, repo_name; /* repo_name: of full_repository_sync */
    slice kind;                      /* of sample and census: users or repositories */
    slice n, seed, sample_name;      /* of sample */
    slice from, to;                  /* of census */
};

/* Reads a person's input. A login may be @LOGIN or its github.com URL, a repository OWNER/NAME or its URL, in either of
 * username and repo_name. An absent value (ptr NULL) is the same as an empty one; values that the task does not take are
 * ignored. Pure: ERR_BAD_PARAM names the field, the value and what was expected. */
MUST_CHECK bool task_read(const struct task_input *input, struct task *out, struct err *err);

/* Enqueues and wakes crawlers. *job_id_out: the first job of the task, or the job that already waits for the same work.
 * priority: PRIORITY_ASKED for a person. asked_by: the name of a user of the API, another ASKED_BY_…, or NULL: no name. Not inside a transaction of the caller's. */
MUST_CHECK bool tasks_request(struct db *db, const struct task *task, int priority, const char *asked_by,
                              int64_t *job_id_out, struct err *err);
#define ASKED_BY_COMMAND "command line"
#define ASKED_BY_SEED    "up --seed"
#define ASKED_BY_DEMO    "up --demo"

struct config;
struct task_end {
    int64_t cancelled; /* jobs */
    char note[120];    /* of the requested job, such as "gone: GitHub knows no such login"; "": none */
};
MUST_CHECK bool tasks_end(struct db *db, int64_t task_id, int64_t job_id, struct task_end *out,
                          struct err *err);

/* Lists of the task that are incomplete, and why: GitHub refused them (restricted), limits their pages (capped), omitted
 * items (partial), or the pages contradict each other. */
#define TASK_LACKING_MAX 10
struct task_lacking {
    int64_t n_all; /* all of them; the first ones are named */
    size_t n;
    struct {
        char kind[32], subject[160], why[200];
    } items[TASK_LACKING_MAX];
};
MUST_CHECK bool tasks_lacking(struct db *db, int64_t task_id, struct task_lacking *out, struct err *err);

/* The task of a job, for jobs_task_progress. ERR_NOT_FOUND if the job was pruned. */
MUST_CHECK bool tasks_of_job(struct db *db, int64_t job_id, int64_t *task_id_out, struct err *err);

/* Estimates a task's cost (discovery: DISCOVERY_COUNT profiles) and its end from what is known; enqueues nothing. The end counts the units
 * above RATE_LIMIT_STOP_THRESHOLD, and of discovery those above DISCOVERY_QUOTA_SHARE as well. */
struct task_estimate {
    struct {
        int64_t low, high;
    } core, graphql;
    bool
        has_end; /* false: no quota is known yet or none may be spent, an open census has no known end, or the cost is too large */
    int64_t ends_at_ms;
};
MUST_CHECK bool tasks_estimate(struct db *db, const struct task *task, const struct config *cfg,
                               struct task_estimate *out, struct err *err);

/* The id up to which the ids of a census are counted: the highest that is known (samples_frame), or its own end if that is lower or nothing
 * is known so far; CENSUS_OPEN: neither. It may read many hints: half a second for a million. */
MUST_CHECK bool tasks_census_end(struct db *db, const struct census_request *census, int64_t *to_out,
                                 struct err *err);

/* How far a census is, and what is left at the density and cost of its pages. */
struct census_left {
    int64_t to;       /* the id up to which ids are counted */
    int64_t share_pc; /* of these ids */
    int64_t pages, units;
    int64_t quota_ms; /* until so many units will have been available; 0: no quota is known yet */
};
/* to: of tasks_census_end(); threshold: RATE_LIMIT_STOP_THRESHOLD. *known_out false: no page was read, or no id is known after the pages that were. */
MUST_CHECK bool tasks_census_left(struct db *db, int64_t task_id, int64_t to, int64_t threshold,
                                  bool *known_out, struct census_left *out, struct err *err);
