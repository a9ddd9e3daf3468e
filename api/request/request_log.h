/* request_log: what a log line may say of a request. Never what the client wrote: addresses hold names of people, what somebody
 * looks for, and now and then a credential in the wrong place. So it is the pattern of the route and the names of those
 * parameters that exist. */
#pragma once
#include "api/request/request.h"

/* "/github/developers/{id}/", or "(none)". */
const char *request_log_route(const struct request *rq);
/* "login__gte search", with "(others)" behind them when there were any. In the arena. */
const char *request_log_parameters(const struct request *rq);
/* A user's name as somebody gave it, unless it can't be one, or is a token in the wrong place. */
slice request_log_user(slice name);
