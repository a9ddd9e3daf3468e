/* Happy path: events_answer → (hub: read_log → put_events → wake → events_read)* → events_free.
 * Failure modes: a reader that reads little or nothing fills its buffer, and the hub stops reading for it meanwhile; while the database is
 * unavailable, streams wait; the library detects a lost peer with the next ping. */
#include "api/resources/events.h"
#include "api/request/body_stream.h"
#include "api/resources/render.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "http/encoding.h"
#include <stdlib.h>

#define POLL_MS      200
#define AWAY_MS      1000
#define PAGE         200
#define PAGE_BYTES   (PAGE * 2048u)
#define RETRY_LINE   "retry: 1000\n\n"
#define PING         ": ping\n"
#define STATEMENT_MS 5000

struct event_stream {
    struct event_stream *next;
    struct event_hub *hub;
    int refs; /* one of the list, one of the hub while it reads for it */
    char *base;
    slice types[CHANGES_MAX_TYPES];
    size_t n_types;
    int64_t began_ms;
    /* used by the hub only */
    struct changes_position from, sent; /* sent: that of the last id in `out`, or of the request */
    int64_t written_us, read_to;        /* read_to: nothing more to read up to this horizon; -1: not known */
    uint64_t checked;                   /* for which `logs` of the hub its position was checked */
    /* under the hub's lock */
    void *connection; /* suspended: the connection to resume; NULL: not suspended */
    struct buf out;
    size_t taken;
    int64_t said_ms;
    bool over, gone;
};

struct event_hub {
    struct api *api;
    const char *database_url;
    struct event_wires wires;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct event_stream *first;
    int n;
    bool closing;
    struct db *db; /* the thread's */
    bool away;
    int64_t horizon;
    uint64_t
        logs; /* how often the log may have become another one: the database was away, or its horizon went back */
};

/* ---- under the lock ---- */

static void wake(struct event_stream *s)
{
    void *connection = s->connection;
    s->connection = NULL;
    if (connection)
        s->hub->wires.resume(connection);
}

/* Drops sent bytes first, so that the rest (below half the room) and a page always fit. */
static void say(struct event_stream *s, slice text)
{
    if (s->taken) {
        s->out.len -= s->taken;
        memmove(s->out.ptr, s->out.ptr + s->taken, s->out.len);
        s->taken = 0;
    }
    buf_put(&s->out, text.ptr, text.len);
    s->over |= s->out.overflow; /* the client reconnects with the last id it got */
    s->said_ms = clock_mono_ms();
    wake(s);
}

/* Also the position, if changes that are no events for this stream have moved it (an id without data is none, but counts as
 * Last-Event-ID: WHATWG, "Server-sent events"): otherwise a reader for whom nothing comes would return with one that is deleted. */
static void ping(struct event_stream *s)
{
    AUTO_BUF text = {0};
    AUTO_ARENA a = arena_create();
    buf_puts(&text, PING);
    if (s->from.id != s->sent.id || s->from.taken != s->sent.taken)
        buf_printf(&text, "id: %s\n", changes_cursor_text(a, s->from, s->written_us));
    buf_puts(&text, "\n");
    s->sent = s->from;
    say(s, buf_slice(&text));
}

static void unref(struct event_stream *s)
{
    if (--s->refs)
        return;
    buf_finish(&s->out);
    free(s->base);
    free(s);
}

static bool has_room(const struct event_stream *s)
{
    return s->out.len - s->taken < EVENT_ROOM_BYTES / 2 && !s->over && !s->gone;
}

/* Streams to read for, each held. */
static size_t take_streams(struct event_hub *hub, struct event_stream **out)
{
    size_t n = 0;
    int64_t now = clock_mono_ms();
    for (struct event_stream *s = hub->first; s; s = s->next) {
        if (now - s->began_ms > EVENT_LIFE_MS || hub->closing) {
            s->over = true;
            wake(s);
        } else if (now - s->said_ms > EVENT_PING_MS && has_room(s)) {
            ping(s);
        }
        if (has_room(s)) {
            s->refs++;
            out[n++] = s;
        }
    }
    return n;
}

/* ---- the hub's thread ---- */

/* The item on one line: the JSON writer makes no line breaks. */
static void put_event(struct buf *out, const struct request *rq, const struct change_record *record)
{
    AUTO_BUF json = {0};
    struct jw w;
    jw_init(&w, &json, 0);
    render_record(&w, rq, SHAPE_CHANGE, ALL_FIELDS, record);
    buf_printf(out, "id: %s\nevent: %.*s\ndata: ",
               changes_cursor_text(rq->arena, record->position, record->written_us), SLICE_ARG(record->type));
    buf_put(out, json.ptr, json.len);
    buf_puts(out, "\n\n");
}

/* The last position up to the horizon, read once for all streams. */
struct end {
    struct changes_position at;
    int64_t written_us;
    bool read;
};

/* A stream that has read all up to the horizon continues from its end, not from the last change that matched its filter: that row may
 * be deleted first (KEEP_CHANGES). */
static bool pass(struct event_hub *hub, struct event_stream *s, int64_t horizon, struct end *end,
                 struct err *err)
{
    if (!end->read && !changes_pass(hub->db, horizon, &end->at, &end->written_us, err))
        return false;
    end->read = true;
    if (changes_is_later(end->at, s->from)) {
        s->from = end->at;
        s->written_us = end->written_us;
    }
    s->read_to = horizon;
    return true;
}

/* *more_out: there may be more for it at once. */
static bool read_log(struct event_hub *hub, struct event_stream *s, int64_t horizon, struct end *end,
                     bool *more_out, struct err *err)
{
    AUTO_ROWS rows = {0};
    if (!changes_page(hub->db, s->from, horizon, PAGE, s->types, s->n_types, &rows, err))
        return false;
    struct request rq = {.api = hub->api, .arena = arena_create(), .base = s->base};
    int n = rows.n > PAGE ? PAGE : rows.n, i = 0;
    AUTO_BUF out = {.max = PAGE_BYTES};
    for (; i < n && out.len < PAGE_BYTES / 2; i++) {
        struct change_record record;
        change_from_row(&rows, i, &record);
        s->from = record.position;
        s->written_us = record.written_us;
        if (record.erased)
            continue;
        put_event(&out, &rq, &record);
        s->sent = s->from;
    }
    bool ok = i < rows.n || pass(hub, s, horizon, end, err);
    pthread_mutex_lock(&hub->lock);
    if (out.len && !s->gone)
        say(s, buf_slice(&out));
    s->over |= out.overflow; /* the client ignores an incomplete event */
    *more_out |= i < rows.n && has_room(s);
    pthread_mutex_unlock(&hub->lock);
    arena_destroy(rq.arena);
    return ok;
}

static bool connect_database(struct event_hub *hub, struct err *err)
{
    const struct db_options options = {.url = hub->database_url,
                                       .application = "gitomatic api events",
                                       .statement_timeout_ms = STATEMENT_MS,
                                       .generic_plans = true};
    return hub->db || db_open(&options, &hub->db, err);
}

/* Ends a stream whose position is not one of this log: the client reconnects with it, and gets 410. */
static bool check_position(struct event_hub *hub, struct event_stream *s, bool *known_out, struct err *err)
{
    int64_t unused;
    *known_out = true;
    if (s->checked == hub->logs)
        return true;
    if (!changes_check(hub->db, s->from, s->written_us, &unused, known_out, err))
        return false;
    s->checked = hub->logs;
    s->read_to = -1; /* the same number may belong to other rows */
    if (*known_out)
        return true;
    pthread_mutex_lock(&hub->lock);
    s->over = true;
    wake(s);
    pthread_mutex_unlock(&hub->lock);
    return true;
}

/* Nothing new: the horizon has not moved, and every stream has been read up to it. */
static bool read_all(struct event_hub *hub, struct event_stream **streams, size_t n, bool *more_out,
                     struct err *err)
{
    struct end end = {0};
    int64_t horizon;
    *more_out = false;
    if (!n)
        return true;
    if (!connect_database(hub, err) || !changes_horizon(hub->db, &horizon, err))
        return false;
    hub->logs += horizon < hub->horizon;
    hub->horizon = horizon;
    for (size_t i = 0; i < n; i++) {
        bool known;
        if (!check_position(hub, streams[i], &known, err))
            return false;
        if (known && streams[i]->from.id <= horizon && streams[i]->read_to != horizon &&
            !read_log(hub, streams[i], horizon, &end, more_out, err))
            return false;
    }
    return true;
}

static void note_database(struct event_hub *hub, bool ok, const struct err *err)
{
    if (!ok && !hub->away)
        log_warn("api.events_wait", L_STR("why", err->text));
    hub->away = !ok;
    hub->logs += !ok;
}

static void *run(void *arg)
{
    struct event_hub *hub = arg;
    struct event_stream *streams[EVENT_STREAMS_MAX];
    pthread_mutex_lock(&hub->lock);
    while (!hub->closing) {
        if (!hub->first) {
            cond_wait_until(&hub->changed, &hub->lock, clock_mono_ms() + 60000);
            continue;
        }
        size_t n = take_streams(hub, streams);
        pthread_mutex_unlock(&hub->lock);
        struct err err = {0};
        bool more = false, ok = read_all(hub, streams, n, &more, &err);
        note_database(hub, ok, &err);
        pthread_mutex_lock(&hub->lock);
        for (size_t i = 0; i < n; i++)
            unref(streams[i]);
        if (!more && !hub->closing)
            cond_wait_until(&hub->changed, &hub->lock, clock_mono_ms() + (ok ? POLL_MS : AWAY_MS));
    }
    take_streams(hub, streams); /* ends them */
    pthread_mutex_unlock(&hub->lock);
    db_close(hub->db);
    return NULL;
}

/* ---- streams ---- */

static struct event_stream *open_stream(struct event_hub *hub, const char *base,
                                        const struct event_start *start)
{
    struct event_stream *s = xcalloc(1, sizeof *s);
    s->base = xstrdup(base);
    s->hub = hub;
    s->refs = 1;
    s->from = s->sent = start->from;
    s->written_us = start->written_us;
    s->read_to = -1;
    s->n_types = start->n_types;
    memcpy(s->types, start->types, start->n_types * sizeof *s->types);
    s->began_ms = s->said_ms = clock_mono_ms();
    buf_init(&s->out, EVENT_ROOM_BYTES + PAGE_BYTES);
    buf_puts(&s->out, RETRY_LINE);
    pthread_mutex_lock(&hub->lock);
    bool takes = !hub->closing && hub->n < EVENT_STREAMS_MAX;
    if (takes) {
        s->next = hub->first;
        hub->first = s;
        hub->n++;
        pthread_cond_signal(&hub->changed);
    } else {
        unref(s);
    }
    pthread_mutex_unlock(&hub->lock);
    return takes ? s : NULL;
}

/* ---- HEAD: the headers of a stream, without one ---- */

static bool end_at_once(struct body_stream *stream, struct buf *out, bool *end_out, struct err *err)
{
    (void)stream, (void)out, (void)err;
    *end_out = true;
    return true;
}

static void keep(struct body_stream *stream)
{
    (void)stream;
}

static struct body_stream headers_only = {end_at_once, keep, INT64_MAX};

void events_answer(struct request *rq, struct response *rs, const struct event_start *start)
{
    struct encodings taken;
    if (!encoding_choose(request_header(rq, "Accept-Encoding"), &taken) || !taken.identity) {
        reply_detail(rq, rs, 406, "Could not satisfy the request Accept-Encoding header.");
        return;
    }
    reply_text(rs, "text/event-stream; charset=utf-8");
    response_header(rs, "Cache-Control", "no-store");
    response_header(rs, "X-Accel-Buffering", "no"); /* nginx passes each event on at once */
    if (request_is(rq, "HEAD")) {
        rs->stream = &headers_only;
        return;
    }
    rs->events = open_stream(rq->api->events, rq->base, start);
    if (!rs->events)
        reply_shed(rq, rs, "There are too many event streams. Try again, or read /github/changes/ as JSON.");
}

ssize_t events_read(struct event_stream *s, void *connection, char *out, size_t max)
{
    struct event_hub *hub = s->hub;
    pthread_mutex_lock(&hub->lock);
    size_t left = s->out.len - s->taken, n = left < max ? left : max;
    ssize_t got = (ssize_t)n;
    if (n) {
        memcpy(out, s->out.ptr + s->taken, n);
        s->taken += n;
        if (s->taken == s->out.len) {
            buf_reset(&s->out);
            s->taken = 0;
            pthread_cond_signal(&hub->changed); /* there may be room again */
        }
    } else if (s->over) {
        got = EVENTS_END;
    } else {
        s->connection = connection;
        hub->wires.suspend(connection);
    }
    pthread_mutex_unlock(&hub->lock);
    return got;
}

void events_free(struct event_stream *s)
{
    struct event_hub *hub = s->hub;
    pthread_mutex_lock(&hub->lock);
    for (struct event_stream **at = &hub->first; *at; at = &(*at)->next) {
        if (*at == s) {
            *at = s->next;
            hub->n--;
            break;
        }
    }
    s->gone = true;
    s->connection = NULL;
    unref(s);
    pthread_mutex_unlock(&hub->lock);
}

/* ---- the hub ---- */

struct event_hub *event_hub_create(struct api *api, const char *database_url, struct event_wires wires)
{
    struct event_hub *hub = xcalloc(1, sizeof *hub);
    hub->api = api;
    hub->database_url = database_url;
    hub->wires = wires;
    hub->logs = 1;
    pthread_mutex_init(&hub->lock, NULL);
    cond_init(&hub->changed);
    thread_must_start(&hub->thread, run, hub);
    return hub;
}

void event_hub_close(struct event_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    bool first = !hub->closing;
    hub->closing = true;
    pthread_cond_signal(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
    if (first)
        pthread_join(hub->thread, NULL);
}

int event_hub_n_streams(struct event_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    int n = hub->n;
    pthread_mutex_unlock(&hub->lock);
    return n;
}

void event_hub_destroy(struct event_hub *hub)
{
    if (!hub)
        return;
    event_hub_close(hub);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}
