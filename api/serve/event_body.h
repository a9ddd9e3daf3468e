/* event_body: server-sent events as a body of the HTTP library: the connection is suspended while there is nothing to send. */
#pragma once
#include "api/resources/events.h"

struct _u_response;

/* The hub of this library's connections. */
struct event_hub *event_body_hub(struct api *api, const char *database_url);
/* Makes rs->events the body. connection: the library's. */
void event_body_write(struct response *rs, void *connection, struct _u_response *to);
