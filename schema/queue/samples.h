/* samples: unbiased samples of GitHub's ids. The ids are drawn when the sample is requested; a job (crawler/job_hydrate.c)
 * then requests them from GitHub, a hundred at a time. The only caller of samples.sql. */
#pragma once
#include "core/model/stub.h"
#include "schema/queue/jobs.h"

#define SAMPLE_NAME_MAX 64
#define SAMPLE_NAME_EXPECTED                                                                                 \
    "up to 64 letters, digits, \".\", \"_\" and \"-\", the first of them a letter or a digit"
bool sample_name_ok(slice name);

struct sample_request {
    char name[SAMPLE_NAME_MAX + 1]; /* "": derived from the other members */
    enum record_kind kind;
    int64_t n, seed;
};

/* The name, given or derived, in out. */
const char *samples_name(const struct sample_request *request, char out[SAMPLE_NAME_MAX + 1]);

/* Draws the ids and enqueues the job; if the sample exists, *job_id_out is its job, or 0 if that was pruned. Forgotten
 * people are not drawn. ERR_BAD_PARAM: another sample has the name, or no id is known yet. Not inside a transaction. */
MUST_CHECK bool samples_create(struct db *db, const struct sample_request *request, int64_t *job_id_out,
                               struct err *err);
/* What to say of a request for more ids than the frame has: all of them are drawn then. "": it has enough. */
#define SAMPLE_NOTE_SIZE 160
MUST_CHECK bool samples_note(struct db *db, const struct sample_request *request, char out[SAMPLE_NOTE_SIZE],
                             struct err *err);
/* The present end of the frame; 0: no id is known. */
MUST_CHECK bool samples_frame(struct db *db, enum record_kind kind, int64_t *to_out, struct err *err);

struct sample {
    slice name;
    enum record_kind kind;
    int64_t seed, frame_to, drawn, asked, found, created_at_ms, finished_at_ms; /* finished 0: not yet */
};
/* By name; name ptr NULL: all, newest first, from `skip` on. */
MUST_CHECK bool samples_list(struct db *db, slice name, int64_t n, int64_t skip, struct db_rows *rows_out,
                             struct err *err);
MUST_CHECK bool samples_count(struct db *db, int64_t *n_out, struct err *err);
void sample_from_row(const struct db_rows *rows, int row, struct sample *out);

/* ---- for the job, in its transactions ---- */
/* The next ids that were not requested, as stubs with computed node ids; none: the sample is complete. */
MUST_CHECK bool samples_stubs(struct db *db, const char *name, int n, struct arena *a,
                              struct stub **stubs_out, size_t *n_out, struct err *err);
/* Stores GitHub's answers. Records that came with them are not hydrated under the task. */
MUST_CHECK bool samples_answered(struct db *db, const char *name, int64_t task_id, const struct stub *stubs,
                                 size_t n, struct arena *a, struct err *err);
MUST_CHECK bool samples_finish(struct db *db, const char *name, struct err *err);
