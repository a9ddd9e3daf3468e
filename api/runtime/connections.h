/* connections: limits on every open connection, so that no client can block others.
 * The HTTP library ends a connection without any traffic; that leaves clients that send a byte now and then, or open
 * thousands. A thread checks twice a second and ends (shuts down; the library then closes)
 *   - a request that is incomplete long after its first byte, and an answer that is not read;
 *   - when few connections are left, or very many are kept alive, idle ones, the longest idle first;
 *   - when unfinished requests or answers hold much memory, the slow ones among them.
 * An answer that waits for the server's own threads, and not for its reader, is never ended.
 * Thread-safe. Knows sockets, not HTTP. */
#pragma once
#include "http/networks.h"
#include <stdatomic.h>
#include <sys/socket.h>

struct connections;
struct connection;

struct connections *connections_create(int limit);
void connections_destroy(struct connections *all); /* NULL is fine; none may be open any more */

/* Adds one; fd is borrowed until connections_remove. encrypted: received bytes do not mean that a request has begun. */
struct connection *connections_add(struct connections *all, int fd, const struct sockaddr *peer,
                                   bool encrypted);
void connections_remove(struct connections *all, struct connection *c);

const struct network *connection_peer(const struct connection *c);
int connection_fd(const struct connection *c); /* borrowed */
/* The HTTP library's handle of it. */
void connection_keep_handle(struct connection *c, void *handle);
void *connection_handle(const struct connection *c);
/* Steps of a request's life, called in this order by the one thread that serves the connection. */
void connection_begun(struct connection *c); /* the request line has arrived */
/* The request is complete. Returns how long ago its newest byte arrived: how long it waited for a thread. */
int64_t connection_complete(struct connection *c);
void connection_answering(struct connections *all, struct connection *c, size_t bytes);
/* The answer is streamed: it is cut at that time (mono) if it is not finished. Before connection_answered. */
void connection_streaming(struct connection *c, int64_t until_ms, bool chunked);
/* Ends it at once. An answer without chunks is reset, since an orderly close would mean that the answer is complete (RFC
 * 9112 6.3). Any thread, before connections_remove. */
void connection_cut(struct connection *c);
/* Cuts all streamed answers. */
void connections_cut_streams(struct connections *all);
void connection_answered(struct connections *all, struct connection *c); /* also when it was cut */

/* Whether any request is in progress, even one of which only a byte has arrived. */
bool connections_busy(struct connections *all);
/* Reserves memory for a large answer of that many bytes, until it is counted as being sent; false: there is none. The connection
 * whose peer has read nothing for the longest time is closed to make room. */
MUST_CHECK bool connections_reserve(struct connections *all, size_t bytes);
void connections_unreserve(struct connections *all, size_t bytes);

struct connection_figures {
    int open, limit;
    int64_t answer_bytes;                                    /* not read yet */
    uint64_t accepted, ended_slow, ended_idle, ended_memory; /* since the start */
};
void connections_figures(struct connections *all, struct connection_figures *out);
