/* server: the HTTP edge. The only place that knows ulfius and libmicrohttpd.
 * An epoll thread pool, one wildcard endpoint, and a watch over connections so that stopping can tell a request under way
 * from an idle connection. */
#pragma once
#include "api/request.h"

struct server;

/* Binds and serves. ERR_CONFIG names the address when it is taken or not ours. Borrows api, which must outlive it;
 * fills api->listen_base with the address that was bound. */
MUST_CHECK bool server_start(struct api *api, const char *listen_address, struct server **server_out,
                             struct err *err);
/* Closes the listening socket, waits at most grace_ms until every request of which a byte has come is answered, closes
 * what is left. NULL is fine. */
void server_stop(struct server *server, int grace_ms);
