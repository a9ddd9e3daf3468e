/* schedule: the cron entries in PostgreSQL. The only caller of schedule.sql.
 * Times are the database's; the scheduler interprets the text of schedules, not this module. */
#pragma once
#include "core/model/job.h"
#include "schema/db/db.h"

#define SCHEDULE_NEVER INT64_MAX /* next_run_at 'infinity' */

struct schedule_entry {
    const char *name, *kind, *schedule;
    slice args;                             /* JSON object; ptr NULL: none */
    int64_t next_run_at_ms, last_run_at_ms; /* last: 0: never ran */
};

/* Inserts or changes an entry. next_run_at_ms is used only if the schedule's text is new. */
MUST_CHECK bool schedule_set(struct db *db, const struct schedule_entry *entry, struct err *err);
MUST_CHECK bool schedule_now(struct db *db, int64_t *now_ms_out, struct err *err);

/* Due entries, in the arena. */
MUST_CHECK bool schedule_due(struct db *db, struct arena *a, struct schedule_entry **entries_out,
                             size_t *n_out, int64_t *now_ms_out, struct err *err);
/* In one transaction sets the entry's next time to next_ms and enqueues its job. *fired_out false: another scheduler was first. */
MUST_CHECK bool schedule_fire(struct db *db, const struct schedule_entry *entry, enum job_kind kind,
                              int64_t next_ms, bool *fired_out, int64_t *job_id_out, struct err *err);

MUST_CHECK bool schedule_list(struct db *db, struct arena *a, struct schedule_entry **entries_out,
                              size_t *n_out, struct err *err);
