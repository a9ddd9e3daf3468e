/* request_log: what a log line may say of a request: the route's pattern and the names of known parameters (parameters_for_log()). Never
 * what the client wrote: addresses contain names of people, search terms and sometimes a credential in the wrong place. */
#pragma once
#include "api/request/request.h"

/* "/github/developers/{id}/", or "(none)". */
const char *request_log_route(const struct request *rq);
/* The user's name as given; "(no name)" if it cannot be one, or is a token in the wrong place. */
slice request_log_user(slice name);
