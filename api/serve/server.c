#include "api/serve/server.h"
#include "api/request/body_stream.h"
#include "api/resources/events.h"
#include "api/serve/body.h"
#include "api/serve/dispatch.h"
#include "api/serve/event_body.h"
#include "api/serve/thread_load.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "core/log/log.h"
#include "http/head_memory.h"
#include "http/inlet.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <ulfius.h>
#include <unistd.h>

#define CONNECTION_TIMEOUT_S 30
/* Request line and headers of one request, and those of the answer, whose Link repeats the address up to four times. The library
 * clears all of it after each request. */
#define CONNECTION_MEMORY    (48u * 1024u)
#define RESPONSE_MAX_BYTES   (64u * 1024u * 1024u)
#define RESPONSE_FIRST_BYTES 4096 /* enough for most */
#define ACCEPT_PAUSE_MS      10
#define STUCK_MS             250 /* a thread busy with one request for this time is likely to stay busy, */

/* Limits on requests. */
static const struct strict_limits limits = {.head = CONNECTION_MEMORY - HEAD_MEMORY_ANSWER_BYTES,
                                            .read = HEAD_MEMORY_READ_BYTES(CONNECTION_MEMORY),
                                            .target = URL_MAX_BYTES,
                                            .fields = 128,
                                            .body = BODY_MAX_BYTES};

struct server {
    struct api *api;
    struct thread_load loads[SERVER_THREADS]; /* the spare ones are last */
    unsigned next_thread;                     /* the acceptor's */
    struct _u_instance instance;
    bool has_instance, encrypted;
    int listen_fd, port;
    int silent_fd; /* the peer of the library's listening socket */
    pthread_t acceptor;
    pthread_key_t arena; /* each server thread's own, for one request after the other */
    bool has_acceptor;
    _Atomic bool draining;
};

/* ---- connections ---- */

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        const struct sockaddr *peer =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        const union MHD_ConnectionInfo *tls =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        inlet_open(fd, &limits, tls ? tls->tls_session : NULL);
        *context = connections_add(server->api->connections, fd, peer, server->encrypted);
        return;
    }
    inlet_close(connection_fd(*context));
    connections_remove(server->api->connections, *context);
    *context = NULL;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ulfius gives an endpoint no way to its connection. With U_POST_PROCESS_NONE nothing else is put into map_post_body, so it holds
 * the pointer. */
#define CONNECTION "connection"

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct connection_info_struct *info = ulfius_uri_logger(NULL, uri);
    struct connection *c = connection_of(mhd);
    (void)cls;
    connection_keep_handle(c, mhd);
    connection_begun(c);
    inlet_begun(connection_fd(c));
    if (info &&
        u_map_put_binary(info->request->map_post_body, CONNECTION, (const char *)&c, 0, sizeof c) != U_OK)
        abort();
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

static struct header *read_headers(const struct _u_request *from, struct request *rq)
{
    int n = u_map_count(from->map_header);
    const char **names = u_map_enum_keys(from->map_header), **values = u_map_enum_values(from->map_header);
    struct header *headers = arena_array(rq->arena, n > 0 ? (size_t)n : 1, sizeof *headers);
    for (int i = 0; i < n; i++)
        headers[i] = (struct header){slice_of(names[i]), slice_of(values[i])};
    rq->headers = headers;
    rq->n_headers = n > 0 ? (size_t)n : 0;
    return headers;
}

/* The library keeps the heads of request and answer in the same memory. Without room for the answer's, it closes the connection without
 * a message. */
static size_t head_room(const struct request *rq, slice target)
{
    size_t used = HEAD_MEMORY_ANSWER_BYTES + target.len + head_memory_of_target(target);
    for (size_t i = 0; i < rq->n_headers; i++) {
        const struct header *header = &rq->headers[i];
        used += header->name.len + header->value.len + head_memory_of_field(header->name, header->value);
    }
    return used < CONNECTION_MEMORY ? CONNECTION_MEMORY - used : 0;
}

/* The library's map joins lines of one name only if they are spelled alike, but names ignore case (RFC 9110 5.1). */
static void join_headers(struct request *rq, struct header *headers)
{
    size_t kept = 0;
    for (size_t i = 0; i < rq->n_headers; i++) {
        size_t k = 0;
        while (k < kept && !slice_eq_nocase(headers[k].name, headers[i].name))
            k++;
        if (k == kept)
            headers[kept++] = headers[i];
        else
            headers[k].value = slice_of(arena_printf(rq->arena, "%.*s, %.*s", SLICE_ARG(headers[k].value),
                                                     SLICE_ARG(headers[i].value)));
    }
    rq->n_headers = kept;
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
    struct header *headers = read_headers(from, rq);
    rq->head_room = head_room(rq, url); /* by the lines as received */
    join_headers(rq, headers);
}

/* A repeated name replaces the earlier one. */
static void put_headers(const struct response_header *headers, size_t n, struct _u_map *map)
{
    for (size_t i = 0; i < n; i++)
        if (u_map_put(map, headers[i].name, headers[i].value) != U_OK)
            abort();
}

static void write_response(struct response *rs, bool closing, struct thread_load *load, struct connection *c,
                           struct _u_response *to)
{
    to->status = rs->status;
    if (rs->content_type)
        response_header(rs, "Content-Type", rs->content_type);
    if (closing && !response_get(rs, "Connection"))
        response_header(rs, "Connection", "close");
    put_headers(rs->headers, rs->n_headers, to->map_header);
    if (rs->events)
        event_body_write(rs, connection_handle(c), to);
    else if (rs->stream)
        body_stream_send(rs, load, c, to);
    else
        body_send(rs, to);
}

static void destroy_arena(void *arena)
{
    arena_destroy(arena);
}

static struct arena *thread_arena(struct server *server)
{
    struct arena *arena = pthread_getspecific(server->arena);
    if (!arena) {
        arena = arena_create();
        if (pthread_setspecific(server->arena, arena) != 0)
            abort();
    }
    return arena;
}

static int on_request(const struct _u_request *from, struct _u_response *to, void *cls)
{
    struct server *server = cls;
    struct connection *c;
    memcpy(&c, u_map_get(from->map_post_body, CONNECTION), sizeof c);
    struct arena *arena = thread_arena(server);
    struct request rq = {.api = server->api, .arena = arena, .peer = connection_peer(c)};
    struct response rs = {0};
    struct thread_load *load = &server->loads[connection_fd(c) % SERVER_THREADS];
    buf_init(&rs.body, RESPONSE_MAX_BYTES);
    buf_reserve(&rs.body, RESPONSE_FIRST_BYTES);
    rq.waited_ms = connection_complete(c);
    rq.fault = inlet_fault(connection_fd(c));
    read_request(from, &rq);
    thread_load_begin(load);
    dispatch(&rq, &rs);
    thread_load_end(load);
    connection_answering(server->api->connections, c, rs.body.len);
    connections_unreserve(server->api->connections, rq.reserved);
    if (rs.stream && request_is(&rq, "HEAD"))
        inlet_bodiless(connection_fd(c));
    if (rs.stream)
        connection_streaming(c, rs.stream->until_ms, rq.host_needed);
    write_response(&rs, server->draining, load, c, to);
    arena_reset(arena);
    return U_CALLBACK_COMPLETE;
}

/* ---- accepting ---- */

static bool is_spare(int thread)
{
    return thread >= SERVER_THREADS - SPARE_THREADS;
}

/* How long a request may have to wait there: 0 is best. A spare thread is used while it is idle, or when all others are stuck for
 * long, so that not all connections gather there when all threads are slow for lack of CPU. */
static int thread_wait(const struct server *server, int number, int64_t now)
{
    const struct thread_load *load = &server->loads[number];
    int64_t begun = load->begun_ms;
    if (is_spare(number))
        return begun ? 5 : now < load->slow_until_ms ? 3 : 1;
    if (begun && now - begun > STUCK_MS)
        return now - begun > SLOW_MS ? 6 : 4;
    return now >= load->slow_until_ms ? 0 : 2;
}

static int find_thread(struct server *server, int first)
{
    int64_t now = clock_mono_ms();
    if (is_spare(first))
        first = (int)(server->next_thread++ % (SERVER_THREADS - SPARE_THREADS));
    int best = first, best_wait = thread_wait(server, first, now);
    for (int i = 1; i < SERVER_THREADS && best_wait > 0; i++) {
        int number = (first + i) % SERVER_THREADS, wait = thread_wait(server, number, now);
        if (wait < best_wait) {
            best = number;
            best_wait = wait;
        }
    }
    return best;
}

/* The library assigns a connection to the thread of its number modulo threads, for good. If that thread is stuck in a request that
 * waits for the database, the connection gets a number that leads to another thread. */
static int renumber(struct server *server, int fd)
{
    int wanted = find_thread(server, fd % SERVER_THREADS), from = fd;
    for (int tries = 0; tries < 4 && fd % SERVER_THREADS != wanted; tries++) {
        from += (wanted - from % SERVER_THREADS + SERVER_THREADS) % SERVER_THREADS;
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, from);
        if (copy < 0)
            break;
        close(fd);
        from = fd = copy;
    }
    return fd;
}

/* If the library accepted, its first thread to wake would take up to ten connections at once and keep them: of sixteen clients some
 * would share a thread, waiting for each other, while most threads are idle. So this server accepts, and the library distributes the
 * connections over its threads by their numbers. */
static bool accept_one(struct server *server)
{
    struct sockaddr_storage peer;
    struct connection_figures figures;
    socklen_t size = sizeof peer;
    connections_figures(server->api->connections, &figures);
    if (figures.open >= figures.limit) { /* new ones wait in the kernel until one is closed */
        clock_sleep_ms(ACCEPT_PAUSE_MS);
        return true;
    }
    int fd = accept4(server->listen_fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        MHD_add_connection(server->instance.mhd_daemon, renumber(server, fd), (struct sockaddr *)&peer,
                           size); /* or closes it */
        return true;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return false;
    clock_sleep_ms(ACCEPT_PAUSE_MS); /* out of files or memory */
    return false;
}

static void *accept_all(void *cls)
{
    struct server *server = cls;
    struct pollfd fd = {.fd = server->listen_fd, .events = POLLIN};
    while (!server->draining)
        if (poll(&fd, 1, -1) > 0)
            while (!server->draining && accept_one(server))
                ;
    return NULL;
}

static bool start_accepting(struct server *server, struct err *err)
{
    server->has_acceptor = thread_start(&server->acceptor, accept_all, server, err);
    return server->has_acceptor;
}

static void stop_accepting(struct server *server)
{
    if (server->listen_fd < 0)
        return;
    shutdown(server->listen_fd, SHUT_RDWR); /* no new connections, and the thread wakes */
    if (server->has_acceptor)
        pthread_join(server->acceptor, NULL);
    close(server->listen_fd);
}

/* ---- start and stop ---- */

/* The library needs a listening socket to have a pool of threads. It gets one without connections: the real one could be withdrawn
 * (MHD_quiesce_daemon), but its threads do that concurrently, and the second one ends the process. */
static bool start_instance(struct server *server, const struct tls_files *tls, struct err *err)
{
    int silent[2];
    char allowed[LIMITS_TEXT_SIZE];
    struct connection_figures figures;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, silent) != 0)
        return err_errno(err, "socketpair");
    server->silent_fd = silent[1];
    connections_figures(server->api->connections, &figures);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                     (tls->key ? MHD_USE_TLS : MHD_USE_TURBO); /* why: tls.h */
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, silent[0], NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, SERVER_THREADS, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, figures.limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, server},
        {tls->key ? MHD_OPTION_HTTPS_CERT_CALLBACK2 : MHD_OPTION_END, 0, (void *)(uintptr_t)tls_retrieve},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    if (ulfius_init_instance(&server->instance, server->port ? (unsigned)server->port : 1, NULL, NULL) !=
        U_OK)
        return err_set(err, ERR_SYSTEM, "can't create the HTTP server");
    server->has_instance = true;
    /* The rest is dropped; one more byte shows that there was more. It must not change later: ulfius reads no further than this, and
     * the library then ends the connection. */
    server->instance.max_post_body_size = BODY_MAX_BYTES + 1;
    server->instance.allowed_post_processor = U_POST_PROCESS_NONE;
    server->instance.check_utf8 =
        0; /* values are checked where they are used, and refused instead of dropped */
    if (ulfius_add_endpoint_by_val(&server->instance, "GET", NULL, "*", 0, on_request, server) != U_OK ||
        ulfius_set_default_endpoint(&server->instance, on_request, server) != U_OK ||
        ulfius_start_framework_with_mhd_options(&server->instance, flags, options) != U_OK)
        return err_set(err, ERR_SYSTEM, "can't start the HTTP server, which needs %d threads%s",
                       SERVER_THREADS, limits_of_threads(allowed));
    return true;
}

bool server_start(struct api *api, struct listener *listener, const struct tls_files *tls,
                  struct server **server_out, struct err *err)
{
    struct server *server = xcalloc(1, sizeof *server);
    server->api = api;
    server->encrypted = tls->key != NULL;
    server->silent_fd = -1;
    server->listen_fd = listener->fd;
    server->port = listener->port;
    listener->fd = -1;
    if (pthread_key_create(&server->arena, destroy_arena) != 0)
        abort();
    listen_base(listener, server->encrypted ? "https" : "http", api->listen_base, sizeof api->listen_base);
    if ((tls->key && !tls_use(tls, err)) || !start_instance(server, tls, err) ||
        !start_accepting(server, err)) {
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
    stop_accepting(server);
    event_hub_close(server->api->events); /* none may be suspended when the library stops */
    /* Idle twice in a row: between two pipelined requests a connection looks idle for a moment. */
    for (int idle = 0; started && idle < 2 && clock_mono_ms() < until; clock_sleep_ms(20))
        idle = connections_busy(server->api->connections) ? 0 : idle + 1;
    connections_cut_streams(server->api->connections); /* the library would end them as if complete */
    if (started)
        ulfius_stop_framework(&server->instance);
    if (server->has_instance)
        ulfius_clean_instance(&server->instance);
    pthread_key_delete(server->arena);
    if (server->silent_fd >= 0)
        close(server->silent_fd);
    free(server);
}
