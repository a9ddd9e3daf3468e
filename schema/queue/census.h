/* census: GET /users?since= and /repositories?since= list every account and public repository, by id. A range of ids is
 * divided into slices of some pages, each a job, so that several crawlers share it: the first page of a slice shows how
 * dense ids are, and the next slice begins where that many pages would end. Listed records become stubs; details are not
 * requested. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/queue/jobs.h"

#define CENSUS_OPEN INT64_MAX /* to: no upper bound */

struct census_request {
    enum record_kind kind;
    int64_t from, to; /* ids, both inclusive */
};
MUST_CHECK bool census_request(struct db *db, const struct census_request *request, int64_t *job_id_out,
                               struct err *err);
/* Enqueues the ids from `from` on as another job of the task; sent with the transaction's next statement. */
MUST_CHECK bool census_slice(struct db *db, const struct census_request *slice_, int64_t task_id,
                             int priority, struct arena *a, struct err *err);

/* The name of its pages in remembered_pages; their subject is `since`. */
const char *census_list(enum record_kind kind);
