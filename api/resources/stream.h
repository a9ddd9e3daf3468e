/* stream: complete lists as CSV and NDJSON, in order, from one snapshot, one batch in memory at a time. */
#pragma once
#include "api/request/body_stream.h"
#include "api/resources/render.h"
#include "core/base/csv.h"

struct stream;
/* Writes the next batch with stream_put(). *over_out: it was the last one. */
typedef bool stream_batch(struct stream *s, bool *over_out, struct err *err);

struct stream {
    struct body_stream base; /* first */
    struct request rq;       /* for rendering; its arena is emptied after each batch */
    struct arena *keep;      /* as long as the stream */
    struct db *db;           /* in a transaction; NULL for HEAD */
    field_set fields;
    stream_batch *batch;
    void *own; /* the batch's, in `keep` */
    struct buf *out;
    struct csv csv;
    int64_t left; /* records until `limit` */
    bool begun;
};

/* Whether the request is for one. */
bool stream_wanted(const struct request *rq);
/* ?limit=, the greatest number of records of a table; INT64_MAX without it. */
int64_t stream_limit(const struct request *rq);
/* Begins the answer: takes a connection and opens its transaction, returns the request's own connection. `fields` are of the
 * route's shape. NULL with *err set; NULL without an error after an answer: there is no free slot. For HEAD nothing is
 * opened. */
struct stream *stream_begin(struct request *rq, struct response *rs, field_set fields, struct err *err);
/* The answer is this stream; `own` lives in its `keep`. */
void stream_ready(struct stream *s, struct request *rq, struct response *rs, stream_batch *batch, void *own);
/* Instead of stream_ready: something failed. False. */
bool stream_give_up(struct stream *s);
/* One record of the route's shape. */
void stream_put(struct stream *s, const void *record);
