#include "api/serve/finish.h"
#include "api/html/page.h"
#include "api/request/body_stream.h"
#include "api/request/jsonp.h"
#include "api/serve/precondition.h"
#include "api/spec/routes.h"
#include "http/encoding.h"
#include "http/etag.h"

#define ENCODE_FROM_BYTES 1024 /* smaller answers fit into a packet anyway */

static bool is_read(const struct request *rq)
{
    return request_is(rq, "GET") || request_is(rq, "HEAD");
}

/* ---- steps ---- */

/* Converts the answer if its route has formats; refusals have the requested format as well. */
static void put_form(struct request *rq, struct response *rs)
{
    if (rq->route && !(rq->route->flags & ROUTE_NEGOTIATES) && rs->status < 400)
        return;
    if (rq->callback.len)
        jsonp_wrap(rq->callback, rs);
    else if (rq->page)
        page_wrap(rq, rs);
}

static bool is_compressible(const char *content_type)
{
    static const char *const kinds[] = {"text/",
                                        "application/json",
                                        "application/javascript",
                                        "image/svg",
                                        "application/yaml",
                                        "application/x-ndjson",
                                        "application/gexf+xml",
                                        "application/graphml+xml"};
    slice type = slice_of(content_type);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (slice_starts(type, slice_of(kinds[i])))
            return true;
    return false;
}

/* Headers that repeat the address: the only ones that may be long. */
static bool is_address(const struct response_header *header)
{
    return strcmp(header->name, "Link") == 0 || strcmp(header->name, "Location") == 0;
}

/* Links escape characters that may be unescaped in the address, and repeat it up to four times. Without them, a client that follows
 * them would stop too early. */
static void check_head(struct request *rq, struct response *rs)
{
    size_t size = 0, n = 0;
    for (size_t i = 0; i < rs->n_headers; i++)
        size += strlen(rs->headers[i].name) + strlen(rs->headers[i].value) + sizeof ": \r\n" - 1;
    if (size <= rq->head_room)
        return;
    for (size_t i = 0; i < rs->n_headers; i++)
        if (!is_address(&rs->headers[i]))
            rs->headers[n++] = rs->headers[i];
    if (n == rs->n_headers)
        return;
    rs->n_headers = n;
    reply_detail(rq, rs, 414, "The address is too long to be repeated in links with headers of this length.");
}

static bool refuse_encoding(struct request *rq, struct response *rs)
{
    reply_detail(rq, rs, 406, "Could not satisfy the request Accept-Encoding header.");
    return false;
}

/* When an error has replaced it. */
static void drop_stream(struct response *rs)
{
    if (rs->stream)
        rs->stream->destroy(rs->stream);
    rs->stream = NULL;
}

/* Chooses the answer's coding; false after a 406. */
static bool choose_encoding(struct request *rq, struct response *rs, enum encoding *out)
{
    struct encodings taken;
    *out = ENCODING_IDENTITY;
    if (rs->stream) /* streamed as it is built */
        return (encoding_choose(request_header(rq, "Accept-Encoding"), &taken) && taken.identity) ||
               refuse_encoding(rq, rs);
    if (!rs->body.len || response_get(rs, "Content-Encoding") || !is_compressible(rs->content_type))
        return true;
    response_vary(rq, rs, "Accept-Encoding");
    if (!encoding_choose(request_header(rq, "Accept-Encoding"), &taken))
        return refuse_encoding(rq, rs);
    if (rs->body.len >= ENCODE_FROM_BYTES || !taken.identity)
        *out = taken.best;
    return true;
}

/* True: the client has the answer already, so it becomes a 304 without a body. */
static bool put_etag(struct request *rq, struct response *rs, enum encoding encoding)
{
    if (rs->status != 200 || rs->stream || !is_read(rq) || response_get(rs, "ETag"))
        return false;
    char *etag = etag_of(buf_slice(&rs->body), encoding, arena_alloc(rq->arena, ETAG_SIZE));
    response_header(rs, "ETag", etag);
    if (!etag_is_named(request_header(rq, "If-None-Match"), slice_of(etag)))
        return false;
    rs->status = 304;
    rs->content_type = NULL;
    buf_reset(&rs->body);
    return true;
}

static void encode(struct response *rs, enum encoding encoding)
{
    if (encoding != ENCODING_IDENTITY && encoding_apply(encoding, &rs->body))
        response_header(rs, "Content-Encoding", encoding_name(encoding));
}

/* Answers depend on the user and change at any time, so no shared cache may store them, and a private one revalidates each
 * time: with the ETag that costs no transfer. Errors are not cached at all. */
static void put_cache_control(struct response *rs)
{
    bool kept = rs->status == 200 || rs->status == 304;
    if (!response_get(rs, "Cache-Control"))
        response_header(rs, "Cache-Control", kept ? "private, max-age=0, must-revalidate" : "no-store");
}

void finish(struct request *rq, struct response *rs)
{
    enum encoding encoding;
    bool judged = is_read(rq) && rs->status == 200; /* by its preconditions */
    if (rs->events && precondition_of_read(rq, rs)) /* its content is not known yet */
        return;
    if (rs->status == 503 && !response_get(rs, "Retry-After"))
        response_header(rs, "Retry-After", "5");
    put_form(rq, rs);
    if (judged && !precondition_of_read(rq, rs)) {
        precondition_failed(rq, rs);
        put_form(rq, rs);
    }
    if (rs->body.overflow)
        reply_detail(rq, rs, 500, "The response would be too large. Request fewer records a page.");
    check_head(rq, rs);
    if (choose_encoding(rq, rs, &encoding) && !put_etag(rq, rs, encoding))
        encode(rs, encoding);
    if (rs->status != 200)
        drop_stream(rs);
    put_cache_control(rs);
}
