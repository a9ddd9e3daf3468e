/* send.c: turns a finished answer into HTTP, whole, cut short or in drips. */
#include "sim/serve/server.h"

#include <stdlib.h>
#include <sys/socket.h>

#define MIN_GZIP   100 /* smaller bodies are not compressed; their ETag is then a strong one */
#define DRIP_PARTS 20

/* The data that a response needs until it is sent. */
struct sending {
    struct server *server;
    struct body *body;
    const struct buf *bytes;
    struct MHD_Connection *connection;
    size_t stop_at; /* a cut answer ends here, short of its announced length */
    size_t part;
    int64_t next_ms, every_ms;
};

static void sending_free(void *cls)
{
    struct sending *s = cls;
    body_release(s->server->bodies, s->body);
    free(s);
}

static ssize_t cut_reader(void *cls, uint64_t pos, char *out, size_t max)
{
    const struct sending *s = cls;
    if (pos >= s->stop_at)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = s->stop_at - (size_t)pos < max ? s->stop_at - (size_t)pos : max;
    memcpy(out, s->bytes->data + pos, n);
    return (ssize_t)n;
}

static ssize_t drip_reader(void *cls, uint64_t pos, char *out, size_t max)
{
    struct sending *s = cls;
    if (pos >= s->bytes->len)
        return MHD_CONTENT_READER_END_OF_STREAM;
    int64_t now = clock_ms();
    if (now < s->next_ms && sleepers_suspend(s->server->sleepers, s->connection, s->next_ms))
        return 0;
    s->next_ms = now + s->every_ms;
    size_t n = s->bytes->len - (size_t)pos;
    n = n < s->part ? n : s->part;
    n = n < max ? n : max;
    memcpy(out, s->bytes->data + pos, n);
    return (ssize_t)n;
}

static bool wants_gzip(const struct request *rq)
{
    const struct answer *a = &rq->answer;
    return rq->accept_encoding && strstr(rq->accept_encoding, "gzip") && a->body->text.len >= MIN_GZIP &&
           a->status != 304 && !a->body->binary;
}

static struct MHD_Response *make_response(struct request *rq, bool gzip)
{
    struct server *sv = rq->server;
    struct answer *a = &rq->answer;
    if (a->status == 304 || a->status == 204)
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    struct sending *s = xalloc(sizeof *s);
    s->server = sv;
    s->body = a->body;
    s->connection = rq->connection;
    s->bytes = gzip ? body_gzip(sv->bodies, a->body) : &a->body->text;
    a->body = NULL; /* the reference moves into the response */
    if (rq->fault == FAULT_CUT) {
        s->stop_at = s->bytes->len / 2;
        return MHD_create_response_from_callback(s->bytes->len, 16384, cut_reader, s, sending_free);
    }
    if (rq->fault == FAULT_DRIP) {
        s->part = s->bytes->len / DRIP_PARTS + 1;
        s->every_ms = sv->options.settings.drip_ms / DRIP_PARTS;
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, drip_reader, s, sending_free);
    }
    char *data = s->bytes->data ? s->bytes->data : (char *)"";
    size_t len = s->bytes->len;
    if (a->ranged) {
        data += a->first;
        len = (size_t)(a->last - a->first + 1);
    }
    return MHD_create_response_from_buffer_with_free_callback_cls(len, data, sending_free, s);
}

static void add_number(struct MHD_Response *r, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    MHD_add_response_header(r, name, text);
}

static void add_date(struct MHD_Response *r, const char *name, int64_t at_s)
{
    char text[40];
    struct tm tm;
    time_t t = (time_t)at_s;
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MHD_add_response_header(r, name, text);
}

static void add_quota(struct MHD_Response *r, const struct quota *q)
{
    add_number(r, "X-RateLimit-Limit", q->limit);
    add_number(r, "X-RateLimit-Remaining", q->remaining);
    add_number(r, "X-RateLimit-Reset", q->reset_at);
    add_number(r, "X-RateLimit-Used", q->used);
    MHD_add_response_header(r, "X-RateLimit-Resource", resource_name(q->resource));
}

static void add_validators(struct MHD_Response *r, const struct request *rq, bool gzip, int64_t last_modified)
{
    const struct answer *a = &rq->answer;
    char text[80];
    snprintf(text, sizeof text, "%s\"%s\"", gzip ? "W/" : "", a->etag);
    MHD_add_response_header(r, "ETag", text);
    if (last_modified)
        add_date(r, "Last-Modified", last_modified);
    MHD_add_response_header(r, "Cache-Control",
                            rq->caller.authenticated ? "private, max-age=60, s-maxage=60"
                                                     : "public, max-age=60, s-maxage=60");
}

/* Ranges are offered for bodies that are not compressed. */
static void add_range(struct MHD_Response *r, const struct answer *a, size_t len, bool binary)
{
    char text[80];
    if (binary && (a->status == 200 || a->ranged))
        MHD_add_response_header(r, "Accept-Ranges", "bytes");
    if (a->ranged)
        snprintf(text, sizeof text, "bytes %llu-%llu/%zu", (unsigned long long)a->first,
                 (unsigned long long)a->last, len);
    else if (a->status == 416)
        snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)a->last);
    else
        return;
    MHD_add_response_header(r, "Content-Range", text);
}

/* The word after vnd.github. in Accept, as GitHub repeats it. */
static const char *media_word(const struct request *rq)
{
    static const char *const words[] = {"star", "raw", "html", "diff", "patch", "sha"};
    char wanted[24], old[24];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(wanted, sizeof wanted, "github.%s", words[i]);
        snprintf(old, sizeof old, "github.v3.%s", words[i]);
        if (request_accepts(rq, wanted) || request_accepts(rq, old))
            return words[i];
    }
    return NULL;
}

static void add_media_type(struct MHD_Response *r, const struct request *rq)
{
    char text[64];
    const char *word = media_word(rq);
    if (rq->answer.is_graphql)
        snprintf(text, sizeof text, "github.v4; format=json");
    else if (word)
        snprintf(text, sizeof text, "github.v3; param=%s; format=json", word);
    else
        snprintf(text, sizeof text, "github.v3; format=json");
    MHD_add_response_header(r, "X-GitHub-Media-Type", text);
}

static void add_common(struct MHD_Response *r, struct request *rq)
{
    const struct answer *a = &rq->answer;
    char id[64];
    uint64_t n = __atomic_add_fetch(&rq->server->n_requests, 1, __ATOMIC_RELAXED);
    snprintf(id, sizeof id, "%04X:%05X:%08llX:%08llX", (unsigned)(n & 0xffff), (unsigned)(n >> 16 & 0xfffff),
             (unsigned long long)(n * 2654435761u & 0xffffffff), (unsigned long long)time(NULL));
    MHD_add_response_header(r, "Server", "github.com");
    MHD_add_response_header(r, "X-GitHub-Request-Id", id);
    MHD_add_response_header(r, "Vary",
                            rq->caller.authenticated
                                ? "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, "
                                  "X-Requested-With"
                                : "Accept, Accept-Encoding, Accept, X-Requested-With");
    if (rq->downloads)
        return;
    add_media_type(r, rq);
    if (!a->is_graphql)
        MHD_add_response_header(r, "X-GitHub-Api-Version-Selected", rq->version ? rq->version : "2022-11-28");
    if (rq->caller.authenticated)
        MHD_add_response_header(r, "X-OAuth-Scopes", rq->caller.scopes);
}

enum MHD_Result send_answer(struct request *rq)
{
    struct answer *a = &rq->answer;
    bool gzip = wants_gzip(rq), empty = a->status == 304 || a->status == 204;
    const char *content_type = a->content_type;
    char *link = a->body && a->body->link ? xstrdup(a->body->link) : NULL;
    int64_t last_modified = a->body ? a->body->last_modified : 0;
    size_t len = a->body ? a->body->text.len : 0;
    bool binary = a->body && a->body->binary;
    bool show_link = link && (!empty || (a->status == 304 && rq->server->options.settings.link_on_304));
    struct MHD_Response *r = make_response(rq, gzip);
    if (!empty)
        MHD_add_response_header(r, "Content-Type", content_type);
    if (gzip)
        MHD_add_response_header(r, "Content-Encoding", "gzip");
    add_common(r, rq);
    if (a->has_quota)
        add_quota(r, &a->quota);
    if (a->validators)
        add_validators(r, rq, gzip, last_modified);
    add_range(r, a, len, binary);
    if (show_link)
        MHD_add_response_header(r, "Link", link);
    if (*a->location)
        MHD_add_response_header(r, "Location", a->location);
    if (a->retry_after_s >= 0)
        add_number(r, "Retry-After", a->retry_after_s);
    free(link);
    if (rq->entered)
        trace_request(rq->server->trace, rq, accounts_in_flight(rq->server->accounts));
    enum MHD_Result ok = MHD_queue_response(rq->connection, a->status, r);
    MHD_destroy_response(r);
    return ok;
}

enum MHD_Result send_reset(struct request *rq)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger now = {1, 0};
    if (info)
        setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    trace_request(rq->server->trace, rq, accounts_in_flight(rq->server->accounts));
    return MHD_NO;
}
