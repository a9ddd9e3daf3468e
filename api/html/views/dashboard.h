/* dashboard: how the piece of GitHub grows, what is under way, what needs a person; for browsers at "/". */
#pragma once
#include "api/request/request.h"

MUST_CHECK bool dashboard(struct request *rq, struct response *rs, struct err *err);
