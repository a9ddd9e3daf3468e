/* server: the HTTP edge. With body.c, the only place that knows ulfius and libmicrohttpd: an epoll thread pool and one wildcard
 * endpoint. A separate thread accepts connections and distributes them evenly. connections.h limits what peers may hold. */
#pragma once
#include "api/request/request.h"
#include "api/runtime/connections.h"
#include "http/listen.h"
#include "http/tls.h"

/* A thread serves one request at a time, and a request uses at most one connection of each pool. There are more threads than
 * connections: then few clients share a thread, where one would wait for the other, and the pool serves all in turn. */
#define SERVER_THREADS 34
/* Of them: they get client connections only while the others are busy, and wait only briefly for the database. */
#define SPARE_THREADS 2

struct server;

/* Serves on the listener and owns its fd (also on failure). Borrows api, which must outlive it; fills api->listen_base. tls
 * is read only here. */
MUST_CHECK bool server_start(struct api *api, struct listener *listener, const struct tls_files *tls,
                             struct server **server_out, struct err *err);
/* Closes the listening socket, waits at most grace_ms until every request of which a byte has arrived is answered, closes
 * the rest. NULL is fine. */
void server_stop(struct server *server, int grace_ms);
