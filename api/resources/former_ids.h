/* former_ids: ids that records had in a database they were imported from: their addresses redirect to the records (301). */
#pragma once
#include "api/spec/routes.h"

/* *answered_out: the id in the address is a former one, and the answer redirects. Otherwise nothing was done; the database
 * is not queried for gitomatic's own ids and invalid UUIDs. */
MUST_CHECK bool former_ids_redirect(struct request *rq, struct response *rs, bool *answered_out,
                                    struct err *err);
