#include "api/serve/precondition.h"
#include "api/html/page.h"
#include "api/resources/events.h"
#include "api/spec/routes.h"
#include "http/etag.h"

#define SHOWN_BYTES 80 /* of a header, in a message */

/* Each content coding of the body is a representation of its own, with its own ETag. */
static bool names_body(slice list, bool strong, slice body)
{
    char etag[ETAG_SIZE];
    for (int i = 0; i < N_ENCODINGS; i++) {
        slice tag = slice_of(etag_of(body, (enum encoding)i, etag));
        if (strong ? etag_is_matched(list, tag) : etag_is_named(list, tag))
            return true;
    }
    return false;
}

static void refuse(struct request *rq, struct response *rs, const char *field, slice value,
                   const char *expected)
{
    reply_detail(rq, rs, 412,
                 arena_printf(rq->arena,
                              "%s: expected %s, got %.*s%s. Read it again, and decide by what it is now.",
                              field, expected, value.len < SHOWN_BYTES ? (int)value.len : SHOWN_BYTES,
                              value.len ? value.ptr : "", value.len > SHOWN_BYTES ? "..." : ""));
}

/* ---- writes ---- */

/* "/github/jobs/{number}/" of "/github/jobs/{number}/cancel/". */
static const struct route *record_of(const struct route *action)
{
    slice path = slice_of(action->path);
    for (size_t i = 0; i < n_routes; i++) {
        slice other = slice_of(routes[i].path);
        bool above = routes[i].get && other.len > 1 && other.len < path.len && slice_starts(path, other);
        if (above && slice_find(slice_from(path.ptr + other.len, path.len - other.len - 1), '/') < 0)
            return &routes[i];
    }
    return NULL;
}

/* What a GET would return now. */
static bool represent(struct request *rq, const struct route *route, struct response *out, struct err *err)
{
    struct request read = *rq;
    read.method = SLICE("GET");
    read.route = route;
    read.body = SLICE("");
    if (route != rq->route) { /* pages name their own address */
        slice above = slice_from(rq->path.ptr, rq->path.len - 1);
        while (above.len && above.ptr[above.len - 1] != '/')
            above.len--;
        read.path = above;
    }
    if (!route->get(&read, out, err))
        return false;
    if (read.page)
        page_wrap(&read, out);
    bool returned = rq->db && !read.db; /* by a handler that needs it no more */
    rq->db = read.db;
    return !returned || db_gate_acquire(rq->gate, &rq->db, err);
}

static void judge(struct request *rq, struct response *rs, slice match, slice none_match, slice body)
{
    if (match.ptr && !names_body(match, true, body))
        refuse(rq, rs, "If-Match", match, "the present ETag, or *");
    else if (none_match.ptr && names_body(none_match, false, body))
        refuse(rq, rs, "If-None-Match", none_match, "other ETags than the present one");
}

bool precondition_of_write(struct request *rq, struct response *rs, bool *answered_out, struct err *err)
{
    slice match = request_header(rq, "If-Match"), none_match = request_header(rq, "If-None-Match");
    const struct route *route = rq->route->get ? rq->route : record_of(rq->route);
    struct response now = {.status = 0};
    *answered_out = false;
    if ((!match.ptr && !none_match.ptr) || !route)
        return true;
    buf_init(&now.body, rs->body.max);
    bool ok = represent(rq, route, &now, err);
    if (ok && now.status == 200) { /* else the handler says what is wrong */
        judge(rq, rs, match, none_match, buf_slice(&now.body));
        *answered_out = rs->status == 412;
    }
    buf_finish(&now.body);
    return ok;
}

/* ---- reads ---- */

bool precondition_of_read(const struct request *rq, const struct response *rs)
{
    slice match = request_header(rq, "If-Match");
    bool streamed = rs->events || rs->stream;
    if (!match.ptr || slice_eq(slice_trim(match), SLICE("*")))
        return true;
    return !streamed && names_body(match, true, buf_slice(&rs->body));
}

void precondition_failed(struct request *rq, struct response *rs)
{
    static const char *const of_the_body[] = {"Content-Encoding", "Content-Disposition", "Cache-Control",
                                              "ETag", "X-Accel-Buffering"};
    bool streamed = rs->events || rs->stream;
    size_t n = 0;
    for (size_t i = 0; i < rs->n_headers; i++) {
        bool drop = false;
        for (size_t k = 0; k < ARRAY_LEN(of_the_body); k++)
            drop |= strcmp(rs->headers[i].name, of_the_body[k]) == 0;
        if (!drop)
            rs->headers[n++] = rs->headers[i];
    }
    rs->n_headers = n;
    if (rs->events)
        events_free(rs->events);
    rs->events = NULL;
    refuse(rq, rs, "If-Match", request_header(rq, "If-Match"),
           streamed ? "* (a stream has no ETag)" : "the present ETag, or *");
}
