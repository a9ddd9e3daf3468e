/* events: the feed of changes as server-sent events (WHATWG HTML, "Server-sent events"): an endless answer, to which every
 * change is added as soon as the log is complete up to it. An event's id is the feed's cursor after it, so that a client
 * that reconnects with Last-Event-ID misses nothing and gets nothing twice.
 *
 * A thread of the hub reads the log for all streams of the process, on a connection of its own, and wakes the connections of those that
 * have something to send. Thread-safe. Bounds: EVENT_STREAMS_MAX streams, EVENT_ROOM_BYTES buffered for a reader; a stream
 * ends after EVENT_LIFE_MS, so that credentials are checked again. */
#pragma once
#include "api/request/request.h"
#include "schema/graph/changes.h"

#define EVENT_STREAMS_MAX 100
#define EVENT_ROOM_BYTES  (64u * 1024u)
#define EVENT_PING_MS     5000 /* a comment is sent after this time without an event, to detect lost peers */
#define EVENT_LIFE_MS     (30 * 60000)

struct event_hub;
struct event_stream;

/* The HTTP library's functions for a connection that has nothing to send, and that has something again. */
struct event_wires {
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
};

struct event_hub *event_hub_create(struct api *api, const char *database_url, struct event_wires wires);
/* Ends all streams; new ones end at once. */
void event_hub_close(struct event_hub *hub);
/* No stream may be open any more. NULL is fine. */
void event_hub_destroy(struct event_hub *hub);
int event_hub_n_streams(struct event_hub *hub);

struct event_start {
    struct changes_position from;
    int64_t written_us;
    const slice *types; /* known types; none: all */
    size_t n_types;
};
/* Makes the answer a stream (rs->events), or 503 if there are too many. */
void events_answer(struct request *rq, struct response *rs, const struct event_start *start);

/* ---- for the HTTP edge, on the thread that serves the connection ---- */

#define EVENTS_END (-1)
/* Bytes to send, at most max; 0: none now, the connection was suspended; EVENTS_END. connection: what `wires` take. */
ssize_t events_read(struct event_stream *stream, void *connection, char *out, size_t max);
void events_free(struct event_stream *stream);
