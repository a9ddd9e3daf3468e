#include "api/server.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include <pthread.h>
#include <stdlib.h>
#include <ulfius.h>
#include <unistd.h>

#define POOL_THREADS         12 /* more than there are database connections, for what needs none */
#define CONNECTION_TIMEOUT_S 30
/* Request line and headers of one. Touched as far as used; once there was a request, all of it. */
#define CONNECTION_MEMORY  (48u * 1024u)
#define BODY_CROWD         256          /* with more connections than that, */
#define BODY_CROWDED_BYTES (8u * 1024u) /* no more of a body is kept */
#define RESPONSE_MAX_BYTES (64u * 1024u * 1024u)
#define STREAM_FROM_BYTES  (64u * 1024u) /* from here, an answer is not copied as a whole once more */
#define STREAM_BLOCK_BYTES (32u * 1024u)
#define TLS_PRIORITIES     "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct server {
    struct api *api;
    struct _u_instance instance;
    bool has_instance, encrypted;
    int listen_fd, port;
    _Atomic bool draining;
};

/* ---- connections ---- */

/* ulfius gathers bodies, and reads this bound whenever a part of one comes in. */
static void bound_bodies(struct server *server)
{
    struct connection_figures figures;
    connections_figures(server->api->connections, &figures);
    size_t bound = figures.open > BODY_CROWD ? BODY_CROWDED_BYTES : BODY_MAX_BYTES;
    /* What is beyond is dropped; one byte more tells. */
    __atomic_store_n(&server->instance.max_post_body_size, bound + 1, __ATOMIC_RELAXED);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        const struct sockaddr *peer =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        *context = connections_add(server->api->connections, fd, peer, server->encrypted);
        bound_bodies(server);
        return;
    }
    connections_remove(server->api->connections, *context);
    *context = NULL;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ulfius gives an endpoint no way to its connection. A request's `timeout` is used by its client only, so it carries the
 * pointer across. */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct connection_info_struct *info = ulfius_uri_logger(NULL, uri);
    struct connection *c = connection_of(mhd);
    (void)cls;
    connection_begun(c);
    if (info && info->request)
        info->request->timeout = (unsigned long)(uintptr_t)c;
    return info;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = cls;
    mhd_request_completed(NULL, mhd, context, code);
    connection_answered(server->api->connections, connection_of(mhd));
}

/* ---- one request ---- */

static void read_headers(const struct _u_request *from, struct request *rq)
{
    int n = u_map_count(from->map_header);
    const char **names = u_map_enum_keys(from->map_header), **values = u_map_enum_values(from->map_header);
    struct header *headers = arena_array(rq->arena, n > 0 ? (size_t)n : 1, sizeof *headers);
    for (int i = 0; i < n; i++)
        headers[i] = (struct header){slice_of(names[i]), slice_of(values[i])};
    rq->headers = headers;
    rq->n_headers = n > 0 ? (size_t)n : 0;
}

/* A chunked body that ends exactly where a cut would be counts as cut: it can be sent again. */
static bool is_cut(const struct request *rq)
{
    int64_t said;
    slice length = request_header(rq, "Content-Length");
    if (length.ptr)
        return !slice_i64(length, 0, INT64_MAX, &said) || (uint64_t)said != rq->body.len;
    return rq->body.len > BODY_MAX_BYTES || rq->body.len == BODY_CROWDED_BYTES + 1;
}

static void read_request(const struct _u_request *from, struct request *rq)
{
    slice url = slice_of(from->http_url);
    ptrdiff_t mark = slice_find(url, '?');
    rq->method = slice_of(from->http_verb);
    rq->path = mark < 0 ? url : slice_from(url.ptr, (size_t)mark);
    rq->query = mark < 0 ? SLICE("") : slice_from(url.ptr + mark + 1, url.len - (size_t)mark - 1);
    rq->host_needed = from->http_protocol && strcmp(from->http_protocol, "HTTP/1.0") != 0;
    rq->body = slice_from(from->binary_body, from->binary_body_length);
    read_headers(from, rq);
    rq->body_cut = is_cut(rq);
}

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

/* A small body changes hands (both sides use malloc) and is copied once by ulfius, to leave in one packet with the
 * headers; a large one is copied block by block. */
static void write_body(struct response *rs, struct _u_response *to)
{
    struct buf *body;
    if (rs->body.len < STREAM_FROM_BYTES) {
        to->binary_body = rs->body.ptr;
        to->binary_body_length = rs->body.len;
    } else {
        if (!(body = malloc(sizeof *body)))
            abort();
        *body = rs->body;
        ulfius_set_stream_response(to, (unsigned)rs->status, stream_read, stream_free, body->len,
                                   STREAM_BLOCK_BYTES, body);
    }
    rs->body = (struct buf){0};
}

static void write_response(struct response *rs, bool closing, struct _u_response *to)
{
    to->status = rs->status;
    if (rs->content_type)
        u_map_put(to->map_header, "Content-Type", rs->content_type);
    for (size_t i = 0; i < rs->n_headers; i++)
        u_map_put(to->map_header, rs->headers[i].name, rs->headers[i].value);
    if (closing)
        u_map_put(to->map_header, "Connection", "close");
    write_body(rs, to);
}

static int on_request(const struct _u_request *from, struct _u_response *to, void *cls)
{
    struct server *server = cls;
    struct connection *c = (struct connection *)(uintptr_t)from->timeout;
    struct arena *arena = arena_create();
    struct request rq = {.api = server->api, .arena = arena, .peer = connection_peer(c)};
    struct response rs = {0};
    buf_init(&rs.body, RESPONSE_MAX_BYTES);
    rq.waited_ms = connection_complete(c);
    read_request(from, &rq);
    dispatch(&rq, &rs);
    connection_answering(server->api->connections, c, rs.body.len);
    write_response(&rs, server->draining, to);
    arena_destroy(arena);
    return U_CALLBACK_COMPLETE;
}

/* ---- start and stop ---- */

static bool start_instance(struct server *server, const struct tls_files *tls, struct err *err)
{
    struct connection_figures figures;
    connections_figures(server->api->connections, &figures);
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TURBO | (tls->key ? MHD_USE_TLS : 0);
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, server->listen_fd, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, POOL_THREADS, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, figures.limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, server},
        {tls->key ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, tls->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    if (ulfius_init_instance(&server->instance, server->port ? (unsigned)server->port : 1, NULL, NULL) !=
        U_OK)
        return err_set(err, ERR_SYSTEM, "can't make the HTTP server");
    server->has_instance = true;
    bound_bodies(server);
    server->instance.allowed_post_processor = U_POST_PROCESS_NONE;
    server->instance.check_utf8 = 0; /* values are checked where they are used, and refused instead of lost */
    if (ulfius_add_endpoint_by_val(&server->instance, "GET", NULL, "*", 0, on_request, server) != U_OK ||
        ulfius_set_default_endpoint(&server->instance, on_request, server) != U_OK ||
        ulfius_start_framework_with_mhd_options(&server->instance, flags, options) != U_OK)
        return err_set(err, ERR_SYSTEM, "can't start the HTTP server");
    return true;
}

bool server_start(struct api *api, struct listener *listener, const struct tls_files *tls,
                  struct server **server_out, struct err *err)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->api = api;
    server->encrypted = tls->key != NULL;
    server->listen_fd = listener->fd;
    server->port = listener->port;
    listener->fd = -1;
    listen_base(listener, server->encrypted ? "https" : "http", api->listen_base, sizeof api->listen_base);
    if (!start_instance(server, tls, err)) {
        server_stop(server, 0);
        return false;
    }
    *server_out = server;
    return true;
}

void server_stop(struct server *server, int grace_ms)
{
    if (!server)
        return;
    bool started = server->has_instance && server->instance.mhd_daemon;
    int64_t until = clock_mono_ms() + grace_ms;
    server->draining = true;
    if (started)
        MHD_quiesce_daemon(server->instance.mhd_daemon);
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    /* Idle twice in a row: between two pipelined requests a connection looks idle for a moment. */
    for (int idle = 0; started && idle < 2 && clock_mono_ms() < until; clock_sleep_ms(20))
        idle = connections_busy(server->api->connections) ? 0 : idle + 1;
    if (started)
        ulfius_stop_framework(&server->instance);
    if (server->has_instance)
        ulfius_clean_instance(&server->instance);
    free(server);
}
