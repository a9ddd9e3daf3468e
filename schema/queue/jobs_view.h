/* jobs_view: the queue as shown to people. The only caller of jobs_view.sql. */
#pragma once
#include "schema/browse/browse.h"
#include "schema/queue/jobs.h"

struct job_record {
    struct maybe id, priority, attempt, created_at, run_at, started_at, finished_at, pages, records, cost,
        task_id;
    slice kind, subject, state, error, note; /* ptr NULL: null */
    slice progress;                          /* in words; ptr NULL: none */
};

/* The filters of jobs, for serving and documentation. subject: case is ignored. */
enum jobs_filter_by {
    JOBS_STATE,
    JOBS_KIND,
    JOBS_SUBJECT,
    JOBS_TASK,
    JOBS_CREATED_GTE,
    JOBS_CREATED_LTE,
    JOBS_FINISHED_GTE,
    JOBS_FINISHED_LTE,
    JOBS_BELOW, /* id; the cursor, not a parameter of its own */
    JOBS_N_FILTERS
};
struct jobs_filter {
    enum jobs_filter_by by;
    struct db_arg value;
};
/* NULL for JOBS_BELOW. */
const char *jobs_filter_name(enum jobs_filter_by by);

/* Newest first. Each kind of filter at most once. */
MUST_CHECK bool jobs_view_page(struct db *db, const struct jobs_filter *filters, size_t n_filters, int64_t n,
                               int64_t skip, struct db_rows *rows_out, struct err *err);
/* Counted up to JOBS_MAX_COUNTED + 1. */
#define JOBS_MAX_COUNTED 1000
MUST_CHECK bool jobs_view_count(struct db *db, const struct jobs_filter *filters, size_t n_filters,
                                int64_t *count_out, struct err *err);
/* One row, or none. */
MUST_CHECK bool jobs_view_one(struct db *db, int64_t id, struct db_rows *rows_out, struct err *err);
/* Borrows from rows; `progress` lives in the arena. */
void job_from_row(const struct db_rows *rows, int row, struct arena *a, struct job_record *out);

/* The developer whose syncs explain this job: its subject, or the owner of its repository. NULL: none. */
MUST_CHECK bool jobs_view_login(struct db *db, const struct job_record *job, struct arena *a,
                                const char **login_out, struct err *err);
