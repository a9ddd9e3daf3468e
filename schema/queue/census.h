/* census: GET /users?since= and /repositories?since= name every account and public repository, by id. A range of ids is cut into slices of
 * some pages, each a job, so that several crawlers can share it: the first page of a slice tells how dense ids are, and the next slice
 * begins where so many pages would end. What the pages name become stubs; details are not asked for. */
#pragma once
#include "core/uuid/uuid.h"
#include "schema/queue/jobs.h"

#define CENSUS_OPEN INT64_MAX /* to: as far as there are ids */

struct census_request {
    enum record_kind kind;
    int64_t from, to; /* ids, both inclusive */
};
MUST_CHECK bool census_request(struct db *db, const struct census_request *request, int64_t *job_id_out,
                               struct err *err);
/* The ids from `from` on as another job of the task, sent along with the transaction's next statement. */
MUST_CHECK bool census_slice(struct db *db, const struct census_request *slice_, int64_t task_id,
                             int priority, struct arena *a, struct err *err);

/* The name remembered_pages has for its pages; their subject is `since`. */
const char *census_list(enum record_kind kind);
