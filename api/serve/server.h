/* server: the HTTP edge. With body.c, the only place that knows ulfius and libmicrohttpd: an epoll thread pool and one wildcard
 * endpoint. A thread of ours accepts and deals the connections out evenly. What peers may hold of us is connections.h's. */
#pragma once
#include "api/request/request.h"
#include "api/runtime/connections.h"
#include "http/listen.h"
#include "http/tls.h"

/* A thread has one request in hand, and a request at most one connection of each pool. They are more than those: so few
 * clients share a thread, where one waits for the other, and the pool serves all in their turn. */
#define SERVER_THREADS 34
/* Of them: get connections only while others are stuck, and hardly wait for the database. */
#define SPARE_THREADS 2

struct server;

/* Serves on the listener, whose fd changes hands (also on failure). Borrows api, which must outlive it; fills
 * api->listen_base. tls is read only here. */
MUST_CHECK bool server_start(struct api *api, struct listener *listener, const struct tls_files *tls,
                             struct server **server_out, struct err *err);
/* Closes the listening socket, waits at most grace_ms until every request of which a byte has come is answered, closes
 * what is left. NULL is fine. */
void server_stop(struct server *server, int grace_ms);
