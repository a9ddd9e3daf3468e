/* body_stream: a body that is made while it is sent, so that no more than a piece of it is ever in memory. The server pulls: who reads
 * slowly slows it down. It travels in chunks without a length; one that cannot be finished is cut off before the chunk that ends it, so that
 * the client sees that something is missing (RFC 9112 8). One owner at a time: the response, then the server. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"

struct body_stream {
    /* Appends the next piece, of at least a byte unless *end_out says that there is no more. Blocks while the database is read. */
    bool (*more)(struct body_stream *stream, struct buf *out, bool *end_out, struct err *err);
    void (*destroy)(struct body_stream *stream);
    int64_t until_ms; /* mono: cut off then, finished or not */
};
