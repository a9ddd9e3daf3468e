/* former_ids: ids that records had in a database they were imported from: their addresses lead to the records (301). */
#pragma once
#include "api/spec/routes.h"

/* *answered_out: the id in the address is a former one, and the answer is the way on. Else nothing was done; of our own ids and of what is
 * no UUID the database is not asked. */
MUST_CHECK bool former_ids_lead_on(struct request *rq, struct response *rs, bool *answered_out,
                                   struct err *err);
