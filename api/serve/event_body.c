#include "api/serve/event_body.h"
#include "core/base/memory.h"
#include <stdlib.h>
#include <ulfius.h>

#define BLOCK_BYTES (32u * 1024u)

static void suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

static void resume(void *connection)
{
    MHD_resume_connection(connection);
}

struct event_hub *event_body_hub(struct api *api, const char *database_url)
{
    return event_hub_create(api, database_url, (struct event_wires){suspend, resume});
}

struct sending_events {
    struct event_stream *stream;
    void *connection;
};

static ssize_t read_events(void *cls, uint64_t offset, char *out, size_t max)
{
    struct sending_events *s = cls;
    (void)offset;
    ssize_t n = events_read(s->stream, s->connection, out, max);
    return n == EVENTS_END ? U_STREAM_END : n;
}

static void free_events(void *cls)
{
    events_free(((struct sending_events *)cls)->stream);
    free(cls);
}

void event_body_write(struct response *rs, void *connection, struct _u_response *to)
{
    struct sending_events *s = xmalloc(sizeof *s);
    *s = (struct sending_events){rs->events, connection};
    ulfius_set_stream_response(to, (unsigned)rs->status, read_events, free_events, U_STREAM_SIZE_UNKNOWN,
                               BLOCK_BYTES, s);
    buf_finish(&rs->body);
}
