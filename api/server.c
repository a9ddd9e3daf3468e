#include "api/server.h"
#include "core/base/clock.h"
#include "core/log/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <ulfius.h>
#include <unistd.h>

#define POOL_THREADS         4
#define CONNECTION_LIMIT     4096
#define CONNECTION_TIMEOUT_S 30
#define CONNECTION_MEMORY    (64u * 1024u) /* request line and headers; touched only as far as used */
#define RESPONSE_MAX_BYTES   (64u * 1024u * 1024u)

/* An open connection. `received` is how many bytes it had brought when its last answer was out: more means that a
 * request is coming in, even if the library has not seen a whole line of it yet. */
struct connection {
    struct connection *next, *previous;
    int fd;
    bool in_request;
    uint64_t received;
};

struct server {
    struct api *api;
    struct _u_instance instance;
    bool has_instance;
    int listen_fd, port;
    _Atomic bool draining;
    pthread_mutex_t lock;
    struct connection *connections;
};

/* ---- connections ---- */

static uint64_t bytes_received(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_received;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = calloc(1, sizeof *c);
        if (!c)
            abort();
        c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *context = c;
        pthread_mutex_lock(&server->lock);
        c->next = server->connections;
        if (c->next)
            c->next->previous = c;
        server->connections = c;
        pthread_mutex_unlock(&server->lock);
        return;
    }
    struct connection *c = *context;
    pthread_mutex_lock(&server->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        server->connections = c->next;
    if (c->next)
        c->next->previous = c->previous;
    pthread_mutex_unlock(&server->lock);
    *context = NULL;
    free(c);
}

static void set_in_request(struct server *server, struct MHD_Connection *mhd, bool in_request)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *c = info ? info->socket_context : NULL;
    if (!c)
        return;
    uint64_t received = in_request ? 0 : bytes_received(c->fd);
    pthread_mutex_lock(&server->lock);
    c->in_request = in_request;
    if (!in_request)
        c->received = received;
    pthread_mutex_unlock(&server->lock);
}

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    set_in_request(cls, mhd, true);
    return ulfius_uri_logger(NULL, uri);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    mhd_request_completed(NULL, mhd, context, code);
    set_in_request(cls, mhd, false);
}

/* Whether a request is under way anywhere. */
static bool is_busy(struct server *server)
{
    bool busy = false;
    pthread_mutex_lock(&server->lock);
    for (struct connection *c = server->connections; c && !busy; c = c->next)
        busy = c->in_request || bytes_received(c->fd) > c->received;
    pthread_mutex_unlock(&server->lock);
    return busy;
}

/* ---- one request ---- */

static slice header_of(const struct _u_request *from, const char *name)
{
    const char *value = u_map_get_case(from->map_header, name);
    return value ? slice_of(value) : (slice){NULL, 0};
}

/* ulfius copies a struct sockaddr's 16 bytes and no more: of an IPv6 address that is the network half, which is also what
 * one client commonly has to itself. */
static void put_client(const struct _u_request *from, struct request *rq)
{
    const struct sockaddr *address = from->client_address;
    struct in6_addr network = {0};
    if (!address)
        return;
    if (address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, rq->client,
                  sizeof rq->client);
    } else if (address->sa_family == AF_INET6) {
        size_t at = offsetof(struct sockaddr_in6, sin6_addr);
        memcpy(&network, (const char *)address + at, sizeof *address - at);
        inet_ntop(AF_INET6, &network, rq->client, sizeof rq->client);
    }
}

static void read_request(const struct _u_request *from, struct request *rq)
{
    slice url = slice_of(from->http_url);
    ptrdiff_t mark = slice_find(url, '?');
    rq->method = slice_of(from->http_verb);
    rq->path = mark < 0 ? url : slice_from(url.ptr, (size_t)mark);
    rq->query = mark < 0 ? SLICE("") : slice_from(url.ptr + mark + 1, url.len - (size_t)mark - 1);
    rq->accept = header_of(from, "Accept");
    rq->accept_encoding = header_of(from, "Accept-Encoding");
    rq->host_needed = from->http_protocol && strcmp(from->http_protocol, "HTTP/1.0") != 0;
    rq->authorization = header_of(from, "Authorization");
    rq->host = header_of(from, "Host");
    rq->content_type = header_of(from, "Content-Type");
    rq->body = slice_from(from->binary_body, from->binary_body_length);
    rq->body_cut = from->binary_body_length > BODY_MAX_BYTES;
    put_client(from, rq);
}

/* The body changes hands without a copy: both sides use malloc. */
static void write_response(struct response *rs, bool closing, struct _u_response *to)
{
    to->status = rs->status;
    if (rs->content_type)
        u_map_put(to->map_header, "Content-Type", rs->content_type);
    for (size_t i = 0; i < rs->n_headers; i++)
        u_map_put(to->map_header, rs->headers[i].name, rs->headers[i].value);
    if (closing)
        u_map_put(to->map_header, "Connection", "close");
    to->binary_body = rs->body.ptr;
    to->binary_body_length = rs->body.len;
    rs->body = (struct buf){0};
}

static int on_request(const struct _u_request *from, struct _u_response *to, void *cls)
{
    struct server *server = cls;
    struct arena *arena = arena_create();
    struct request rq = {.api = server->api, .arena = arena};
    struct response rs = {0};
    buf_init(&rs.body, RESPONSE_MAX_BYTES);
    read_request(from, &rq);
    dispatch(&rq, &rs);
    write_response(&rs, server->draining, to);
    arena_destroy(arena);
    return U_CALLBACK_COMPLETE;
}

/* ---- start and stop ---- */

static bool bind_listen(struct server *server, const char *address, struct err *err)
{
    char host[256], port[8];
    int number, on = 1;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found = NULL;
    if (!config_split_listen(address, host, sizeof host, &number))
        return err_set(err, ERR_CONFIG, "API_LISTEN: got \"%s\", expected HOST:PORT", address);
    snprintf(port, sizeof port, "%d", number);
    int failed = getaddrinfo(*host ? host : NULL, port, &hints, &found);
    if (failed)
        return err_set(err, ERR_CONFIG, "API_LISTEN: %s: %s", address, gai_strerror(failed));
    server->listen_fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = server->listen_fd >= 0 &&
              setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(server->listen_fd, found->ai_addr, found->ai_addrlen) == 0 &&
              listen(server->listen_fd, 1024) == 0;
    int why = errno;
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (ok && getsockname(server->listen_fd, (struct sockaddr *)&bound, &size) == 0)
        server->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                         : ((struct sockaddr_in *)&bound)->sin_port);
    freeaddrinfo(found);
    bool v6 = strchr(host, ':') != NULL;
    snprintf(server->api->listen_base, sizeof server->api->listen_base, "http://%s%s%s:%d", v6 ? "[" : "",
             host, v6 ? "]" : "", server->port);
    return ok || err_set(err, ERR_CONFIG, "can't listen on %s: %s", address, strerror(why));
}

static bool start_instance(struct server *server, struct err *err)
{
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, server->listen_fd, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, POOL_THREADS, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, CONNECTION_LIMIT, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, server},
        {MHD_OPTION_END, 0, NULL},
    };
    if (ulfius_init_instance(&server->instance, server->port ? (unsigned)server->port : 1, NULL, NULL) !=
        U_OK)
        return err_set(err, ERR_SYSTEM, "can't make the HTTP server");
    server->has_instance = true;
    server->instance.max_post_body_size =
        BODY_MAX_BYTES + 1; /* what is beyond is dropped; one byte more tells */
    server->instance.allowed_post_processor = U_POST_PROCESS_NONE;
    server->instance.check_utf8 = 0; /* values are checked where they are used, and refused instead of lost */
    if (ulfius_add_endpoint_by_val(&server->instance, "GET", NULL, "*", 0, on_request, server) != U_OK ||
        ulfius_set_default_endpoint(&server->instance, on_request, server) != U_OK ||
        ulfius_start_framework_with_mhd_options(
            &server->instance, MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TURBO, options) != U_OK)
        return err_set(err, ERR_SYSTEM, "can't start the HTTP server");
    return true;
}

bool server_start(struct api *api, const char *listen_address, struct server **server_out, struct err *err)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->api = api;
    server->listen_fd = -1;
    pthread_mutex_init(&server->lock, NULL);
    if (!bind_listen(server, listen_address, err) || !start_instance(server, err)) {
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
        idle = is_busy(server) ? 0 : idle + 1;
    if (started)
        ulfius_stop_framework(&server->instance);
    if (server->has_instance)
        ulfius_clean_instance(&server->instance);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
