/* connections: a watch over every open connection, so that no peer can keep others from answers.
 * The HTTP library ends a connection on which nothing moves for a while; that leaves who moves a byte now and then, and
 * who opens thousands. A thread looks twice a second and ends (shuts down; the library then closes)
 *   - a request that is not complete long after its first byte, and an answer nobody takes;
 *   - when few places are left, or very many are kept alive, those that wait for nothing, the longest idle first;
 *   - when much memory is held by unfinished requests or answers, the slow ones of them.
 * An answer that waits for one of our own threads, and not for its reader, is never ended.
 * Thread-safe. Knows sockets, not HTTP. */
#pragma once
#include "http/networks.h"
#include <stdatomic.h>
#include <sys/socket.h>

struct connections;
struct connection;

struct connections *connections_create(int limit);
void connections_destroy(struct connections *all); /* NULL is fine; none may be open any more */

/* A new one; fd is borrowed until connections_remove. encrypted: that bytes came in does not mean a request has begun. */
struct connection *connections_add(struct connections *all, int fd, const struct sockaddr *peer,
                                   bool encrypted);
void connections_remove(struct connections *all, struct connection *c);

const struct network *connection_peer(const struct connection *c);
int connection_fd(const struct connection *c); /* borrowed */
/* The HTTP library's handle of it. */
void connection_keep_handle(struct connection *c, void *handle);
void *connection_handle(const struct connection *c);
/* Steps of a request's life, called in this order by the one thread that serves the connection. */
void connection_begun(struct connection *c); /* the request line is there */
/* All of it is there. Returns how long ago its newest byte came in: what it waited for a thread. */
int64_t connection_complete(struct connection *c);
void connection_answering(struct connections *all, struct connection *c, size_t bytes);
/* The answer is made while it is sent: it is ended at that time (mono) if it is not over. Before connection_answered. */
void connection_streaming(struct connection *c, int64_t until_ms, bool chunked);
/* Ends it at once. An answer without chunks is reset, since an orderly end of the connection is that of the answer (RFC 9112 6.3). Any
 * thread, before connections_remove. */
void connection_cut(struct connection *c);
/* Cuts all answers that are made while they are sent. */
void connections_cut_streams(struct connections *all);
void connection_answered(struct connections *all, struct connection *c); /* also when it was cut */

/* Whether a request is under way anywhere, even one of which only a byte is there. */
bool connections_busy(struct connections *all);
/* Holds memory for a large answer of so many bytes, until it is counted as one that is sent; false: there is none. The connection
 * whose peer has read nothing for the longest time is closed to make room. */
MUST_CHECK bool connections_reserve(struct connections *all, size_t bytes);
void connections_unreserve(struct connections *all, size_t bytes);

struct connection_figures {
    int open, limit;
    int64_t answer_bytes;                                    /* not taken yet */
    uint64_t accepted, ended_slow, ended_idle, ended_memory; /* since the start */
};
void connections_figures(struct connections *all, struct connection_figures *out);
