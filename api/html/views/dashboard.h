/* dashboard: growth of the records, running work, problems that need a person; for browsers at "/". */
#pragma once
#include "api/request/request.h"

MUST_CHECK bool dashboard(struct request *rq, struct response *rs, struct err *err);
