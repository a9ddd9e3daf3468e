#include "api/serve/body.h"
#include "api/request/body_stream.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include <stdlib.h>
#include <ulfius.h>

#define STREAM_FROM_BYTES  (64u * 1024u) /* from here on, an answer is not copied as a whole */
#define STREAM_BLOCK_BYTES (32u * 1024u)

/* ---- a body in memory ---- */

static ssize_t stream_read(void *cls, uint64_t offset, char *out, size_t max)
{
    const struct buf *body = cls;
    if (offset >= body->len)
        return U_STREAM_END;
    size_t n = body->len - offset < max ? body->len - (size_t)offset : max;
    memcpy(out, body->ptr + offset, n);
    return (ssize_t)n;
}

static void stream_free(void *cls)
{
    buf_finish(cls);
    free(cls);
}

/* A small body is handed over (both sides use malloc) and copied once by ulfius, to be sent in one packet with the headers; a large
 * one is copied block by block. */
void body_send(struct response *rs, struct _u_response *to)
{
    struct buf *body;
    if (rs->body.len < STREAM_FROM_BYTES) {
        to->binary_body = rs->body.ptr;
        to->binary_body_length = rs->body.len;
    } else {
        body = xmalloc(sizeof *body);
        *body = rs->body;
        ulfius_set_stream_response(to, (unsigned)rs->status, stream_read, stream_free, body->len,
                                   STREAM_BLOCK_BYTES, body);
    }
    rs->body = (struct buf){0};
}

/* ---- a streamed body ---- */

struct sending {
    struct body_stream *stream;
    struct thread_load *load; /* of the thread that sends */
    struct connection *connection;
    struct buf piece;
    size_t taken;
    bool over;
};

static bool next_piece(struct sending *s, struct err *err)
{
    buf_reset(&s->piece);
    s->taken = 0;
    if (clock_mono_ms() > s->stream->until_ms)
        return err_set(err, ERR_TIMEOUT, "not finished within EXPORT_SECONDS");
    thread_load_begin(s->load);
    bool ok = s->stream->more(s->stream, &s->piece, &s->over, err);
    thread_load_end(s->load);
    return ok && (!s->piece.overflow || err_set(err, ERR_TOO_BIG, "a piece is larger than its buffer"));
}

static ssize_t piece_read(void *cls, uint64_t offset, char *out, size_t max)
{
    struct sending *s = cls;
    struct err err;
    (void)offset;
    while (s->taken == s->piece.len && !s->over) {
        if (next_piece(s, &err))
            continue;
        log_warn("api.stream_cut", L_STR("why", err.text));
        connection_cut(s->connection); /* the library by itself closes it only much later */
        return U_STREAM_ERROR;
    }
    size_t n = s->piece.len - s->taken < max ? s->piece.len - s->taken : max;
    if (n == 0)
        return U_STREAM_END;
    memcpy(out, s->piece.ptr + s->taken, n);
    s->taken += n;
    return (ssize_t)n;
}

static void piece_free(void *cls)
{
    struct sending *s = cls;
    s->stream->destroy(s->stream);
    buf_finish(&s->piece);
    free(s);
}

void body_stream_send(struct response *rs, struct thread_load *load, struct connection *c,
                      struct _u_response *to)
{
    struct sending *s = xcalloc(1, sizeof *s);
    s->stream = rs->stream;
    s->load = load;
    s->connection = c;
    ulfius_set_stream_response(to, (unsigned)rs->status, piece_read, piece_free, U_STREAM_SIZE_UNKNOWN,
                               STREAM_BLOCK_BYTES, s);
    buf_finish(&rs->body);
}
