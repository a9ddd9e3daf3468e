/* body_stream: a streamed body, of which only a piece is in memory at a time. The server pulls, so a slow reader slows it
 * down. It is sent in chunks without a length; one that fails is cut off before the final chunk, so that the client sees
 * that it is incomplete (RFC 9112 8). One owner at a time: the response, then the server. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"

struct body_stream {
    /* Appends the next piece, at least a byte unless *end_out is set: there is no more. Blocks while the database is read. */
    bool (*more)(struct body_stream *stream, struct buf *out, bool *end_out, struct err *err);
    void (*destroy)(struct body_stream *stream);
    int64_t until_ms; /* mono: cut off then if not finished */
};
