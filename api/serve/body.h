/* body: an answer's body on its way to the HTTP library. */
#pragma once
#include "api/request/request.h"
#include "api/runtime/connections.h"
#include "api/serve/thread_load.h"

struct _u_response;

/* The body in memory passes to the library. */
void body_send(struct response *rs, struct _u_response *to);
/* rs->stream passes to the library: it is pulled on the thread of `load`, as fast as `c` accepts data; if it fails, the
 * connection is cut. */
void body_stream_send(struct response *rs, struct thread_load *load, struct connection *c,
                      struct _u_response *to);
