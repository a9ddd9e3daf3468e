#include "api/resources/stream.h"
#include "api/request/value.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "schema/browse/stream.h"
#include <stdlib.h>

#define SLOT_WAIT_MS 2000 /* as long as for a slot of a large answer */

bool stream_wanted(const struct request *rq)
{
    return rq->form == FORM_CSV || rq->form == FORM_NDJSON;
}

int64_t stream_limit(const struct request *rq)
{
    int64_t n;
    return value_whole_up_to(params_get(&rq->params, "limit"), 1, INT64_MAX, &n) ? n : INT64_MAX;
}

static bool more(struct body_stream *base, struct buf *out, bool *end_out, struct err *err)
{
    struct stream *s = (struct stream *)base;
    s->out = out;
    s->csv.out = out;
    if (!s->begun && s->rq.form == FORM_CSV)
        render_csv_head(&s->csv, s->rq.route->shape, s->fields);
    s->begun = true;
    *end_out = !s->db || s->left == 0;
    bool ok = *end_out || s->batch(s, end_out, err);
    arena_reset(s->rq.arena);
    return ok;
}

static void destroy(struct body_stream *base)
{
    struct stream *s = (struct stream *)base;
    if (s->db)
        db_pool_release(s->rq.gate->streams, s->db);
    arena_destroy(s->rq.arena);
    arena_destroy(s->keep);
    free(s);
}

/* "followers.ndjson" of ".../followers/" */
static const char *file_name(const struct request *rq)
{
    slice path = slice_of(rq->route->path), rest = path, one, last = path;
    while (slice_split(&rest, '/', &one))
        if (one.len && one.ptr[0] != '{')
            last = one;
    return arena_printf(rq->arena, "attachment; filename=\"%.*s.%s\"", SLICE_ARG(last), form_name(rq->form));
}

static struct stream *create(struct request *rq, field_set fields)
{
    struct stream *s = xcalloc(1, sizeof *s);
    s->base = (struct body_stream){
        .more = more, .destroy = destroy, .until_ms = clock_mono_ms() + rq->api->cfg->export_seconds * 1000};
    s->keep = arena_create();
    s->rq = (struct request){.api = rq->api,
                             .arena = arena_create(),
                             .route = rq->route,
                             .form = rq->form,
                             .base = arena_strdup(s->keep, rq->base),
                             .gate = rq->gate};
    s->fields = fields;
    s->left = stream_limit(rq);
    csv_init(&s->csv, NULL);
    return s;
}

/* The server may have restarted since the connection was opened: the same handle opens a new one. */
static bool open_transaction(struct db *db, int idle_ms, struct err *err)
{
    if (browse_stream_begin(db, idle_ms, err))
        return true;
    db_rollback(db);
    return err->code == ERR_DB_DOWN && browse_stream_begin(db, idle_ms, err);
}

struct stream *stream_begin(struct request *rq, struct response *rs, field_set fields, struct err *err)
{
    struct stream *s = create(rq, fields);
    request_end_db(rq);
    err_clear(err);
    if (request_is(rq, "HEAD"))
        return s;
    if (db_pool_acquire(rq->gate->streams, SLOT_WAIT_MS, &s->db, err) &&
        open_transaction(s->db, (int)rq->api->cfg->export_seconds * 1000, err)) {
        s->rq.db = s->db;
        return s;
    }
    stream_give_up(s);
    if (err->code == ERR_DB_BUSY) {
        err_clear(err);
        reply_shed(rq, rs,
                   "Too many lists are being read as CSV or NDJSON. Try again later, or "
                   "read this one by page.");
    }
    return NULL;
}

void stream_ready(struct stream *s, struct request *rq, struct response *rs, stream_batch *batch, void *own)
{
    s->batch = batch;
    s->own = own;
    rs->stream = &s->base;
    reply_text(rs, s->rq.form == FORM_CSV ? "text/csv; charset=utf-8" : "application/x-ndjson");
    response_header(rs, "Content-Disposition", file_name(rq));
}

bool stream_give_up(struct stream *s)
{
    destroy(&s->base);
    return false;
}

void stream_put(struct stream *s, const void *record)
{
    struct jw w;
    s->left--;
    if (s->rq.form == FORM_CSV) {
        render_csv(&s->csv, &s->rq, s->rq.route->shape, s->fields, record);
        return;
    }
    jw_init(&w, s->out, 0);
    render_record(&w, &s->rq, s->rq.route->shape, s->fields, record);
    buf_putc(s->out, '\n');
}
