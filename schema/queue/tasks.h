/* tasks: what a person asks for, checked the same way whether it came by POST /github/tasks/, `gitomatic task` or
 * `gitomatic up --seed`. The texts of ERR_BAD_PARAM are shown to that person as they are. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

/* Names as GitHub allows them; an absent value (ptr NULL) is the same as an empty one. username and repo_name are looked
 * at only by the tasks that take them. Pure: ERR_BAD_PARAM names the value and what was expected. */
MUST_CHECK bool task_check(slice name, slice username, slice repo_name, enum job_kind *kind_out,
                           struct err *err);

/* Checks, enqueues and wakes crawlers. *job_id_out: the first job of the task, or the job that already waits for the same
 * work. priority: PRIORITY_ASKED for a person. Not inside a transaction of the caller's. */
MUST_CHECK bool tasks_request(struct db *db, slice name, slice username, slice repo_name, int priority,
                              int64_t *job_id_out, struct err *err);

/* The task a job belongs to, for jobs_task_progress. ERR_NOT_FOUND when the job was pruned. */
MUST_CHECK bool tasks_of_job(struct db *db, int64_t job_id, int64_t *task_id_out, struct err *err);
