/* request_log: what a log line may contain of a request: the route's pattern and the names of known parameters
 * (parameters_for_log()). Never the client's own text: addresses contain names of people, search terms and sometimes a
 * misplaced credential. */
#pragma once
#include "api/request/request.h"

/* "/github/developers/{id}/", or "(none)". */
const char *request_log_route(const struct request *rq);
/* The user's name as given; "(no name)" if it cannot be one, or is a misplaced token. */
slice request_log_user(slice name);
