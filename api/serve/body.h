/* body: an answer's body on its way to the HTTP library. */
#pragma once
#include "api/request/request.h"
#include "api/runtime/connections.h"
#include "api/serve/desk.h"

struct _u_response;

/* The body in memory passes to the library. */
void body_send(struct response *rs, struct _u_response *to);
/* rs->stream passes to the library: it is pulled on the thread of `desk`, as fast as `c` accepts data; if it fails, the
 * connection is cut. */
void body_stream_send(struct response *rs, struct desk *desk, struct connection *c, struct _u_response *to);
