/* finish: what happens to every answer after its handler: another form if one was asked for, then what HTTP adds. */
#pragma once
#include "api/request/request.h"

/* In this order, each on what the one before left: page or JSONP, ETag and 304, content coding, the headers that go with them.
 * HEAD gets the headers GET would have had; the server drops the body. */
void finish(struct request *rq, struct response *rs);
