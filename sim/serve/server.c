/* server.c: the life of the daemon and of each request on it.
 *
 * libmicrohttpd calls back several times a request: when the request line is in (a struct request is
 * made), when the headers are in, for each piece of an upload, at its end (the answer is made), and again
 * after a suspension (the delayed answer is sent). */
#include "sim/serve/server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *request_query(const struct request *rq, const char *key)
{
    return MHD_lookup_connection_value(rq->connection, MHD_GET_ARGUMENT_KIND, key);
}

bool request_accepts(const struct request *rq, const char *word)
{
    return rq->accept && strstr(rq->accept, word) != NULL;
}

static const char *header(const struct request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

/* The Host header is used in Link headers, if it is a valid host and port. A proxy with TLS announces https. */
static void read_host(struct request *rq)
{
    const char *host = header(rq, "Host");
    const char *scheme = header(rq, "X-Forwarded-Proto");
    bool good = host && *host && strlen(host) < 300;
    for (const char *p = host; good && *p; p++)
        good = isalnum((unsigned char)*p) || strchr(".-_:[]", *p);
    snprintf(rq->origin, sizeof rq->origin, "%s://%s",
             scheme && strcmp(scheme, "https") == 0 ? "https" : "http",
             good ? host : rq->server->api.address);
}

/* Splits the decoded path below the base path into segments. */
static void split_path(struct request *rq, const char *url)
{
    const char *base = rq->server->options.base_path;
    if (rq->downloads)
        base = "";
    size_t n = strlen(base);
    rq->is_control = !rq->downloads && strncmp(url, "/_sim/", 6) == 0;
    /* GitHub Enterprise Server has GraphQL beside /api/v3, not below it. */
    bool graphql = *base && strcmp(url, "/api/graphql") == 0;
    rq->under_base = graphql || (strncmp(url, base, n) == 0 && (url[n] == '/' || url[n] == '\0'));
    rq->path = xstrdup(rq->is_control ? url + 5 : graphql ? "/graphql" : rq->under_base ? url + n : url);
    size_t len = strlen(rq->path);
    rq->trailing_slash = len > 1 && rq->path[len - 1] == '/';
    for (char *p = rq->path; *p == '/';) {
        *p++ = '\0';
        if (!*p)
            break;
        if (rq->n_segments == MAX_SEGMENTS) {
            rq->too_deep = true;
            return;
        }
        rq->segments[rq->n_segments++] = p;
        p += strcspn(p, "/");
    }
}

static void read_head(struct request *rq, struct MHD_Connection *connection, const char *url,
                      const char *method)
{
    rq->connection = connection;
    rq->method = method;
    rq->started_ms = clock_ms();
    rq->accept = header(rq, "Accept");
    rq->authorization = header(rq, "Authorization");
    rq->user_agent = header(rq, "User-Agent");
    rq->accept_encoding = header(rq, "Accept-Encoding");
    rq->if_none_match = header(rq, "If-None-Match");
    rq->if_modified_since = header(rq, "If-Modified-Since");
    rq->version = header(rq, "X-GitHub-Api-Version");
    rq->range = header(rq, "Range");
    rq->if_range = header(rq, "If-Range");
    rq->reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    read_host(rq);
    split_path(rq, url);
}

static void identify(struct request *rq)
{
    char address[INET6_ADDRSTRLEN] = "unknown";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info && info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)info->client_addr)->sin_addr, address,
                  sizeof address);
    else if (info && info->client_addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)info->client_addr)->sin6_addr, address,
                  sizeof address);
    accounts_identify(rq->server->accounts, rq->authorization, address, &rq->caller);
    rq->view =
        (struct view){.base = rq->server->url_base, .authenticated = rq->caller.authenticated, .self = NONE};
    rq->view.version_2026 = rq->version && strcmp(rq->version, "2026-03-10") == 0;
    if (rq->caller.login)
        rq->view.self = world_user_by_login(&rq->server->world, rq->caller.login);
}

static enum MHD_Result finish(struct request *rq)
{
    return rq->fault == FAULT_RESET || rq->fault == FAULT_HANG ? send_reset(rq) : send_answer(rq);
}

/* A mutation contains the word; a query that contains it as well only waits for the lock. */
static bool may_write(const struct request *rq)
{
    bool graphql = rq->n_segments == 1 && strcmp(rq->segments[0], "graphql") == 0;
    if (rq->reads || rq->downloads)
        return false;
    return !graphql || (rq->upload.data && memmem(rq->upload.data, rq->upload.len, "mutation", 8));
}

static void take_lock(struct request *rq)
{
    rq->writes = may_write(rq);
    if (rq->writes)
        pthread_rwlock_wrlock(&rq->server->world.lock);
    else
        pthread_rwlock_rdlock(&rq->server->world.lock);
}

/* Builds the answer and sends it, or suspends the connection until it is due. */
static enum MHD_Result answer(struct request *rq)
{
    struct server *sv = rq->server;
    int64_t latency = 0;
    if (rq->is_control && sv->options.control) {
        control_request(rq);
        return send_answer(rq);
    }
    rq->is_control = false;
    take_lock(rq);
    if (rq->downloads) {
        download_request(rq);
        pthread_rwlock_unlock(&sv->world.lock);
        return send_answer(rq);
    }
    identify(rq);
    accounts_enter(sv->accounts, &rq->caller);
    rq->entered = true;
    rq->fault = fault_draw(rq);
    if (!fault_replaces(rq)) {
        answer_request(rq);
        fault_spoils(rq);
    }
    latency = rq->fault == FAULT_HANG ? sv->options.settings.hang_ms : sv->options.settings.latency_ms;
    pthread_rwlock_unlock(&sv->world.lock);
    rq->state = REQUEST_DELAYED;
    if (latency > 0 && sleepers_suspend(sv->sleepers, rq->connection, clock_ms() + latency))
        return MHD_YES;
    return finish(rq);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *http, const char *upload,
                                  size_t *upload_size, void **con_cls)
{
    (void)cls;
    (void)http;
    struct request *rq = *con_cls;
    if (!rq->connection) {
        read_head(rq, connection, url, method);
        return MHD_YES;
    }
    if (*upload_size) {
        rq->upload_too_big |= rq->upload.len + *upload_size > MAX_UPLOAD;
        if (!rq->upload_too_big)
            buf_add(&rq->upload, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (rq->state == REQUEST_READING)
        return answer(rq);
    return finish(rq);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void)connection;
    struct request *rq = xalloc(sizeof *rq);
    const struct listener *l = cls;
    rq->server = l->server;
    rq->downloads = l->downloads;
    rq->uri = xstrdup(uri);
    rq->fault = FAULT_NONE;
    rq->answer.retry_after_s = -1;
    return rq;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection;
    (void)how;
    struct server *sv = ((struct listener *)cls)->server;
    struct request *rq = *con_cls;
    if (!rq)
        return;
    *con_cls = NULL;
    if (rq->entered) {
        if (rq->answer.retry_after_s >= 0)
            accounts_told_to_wait(sv->accounts, &rq->caller, rq->answer.retry_after_s);
        accounts_leave(sv->accounts);
    }
    body_release(sv->bodies, rq->answer.body);
    buf_finish(&rq->upload);
    free(rq->uri);
    free(rq->path);
    free(rq);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    (void)socket_context;
    const struct listener *l = cls;
    struct counters *c = &l->server->counters;
    if (l->downloads)
        return;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        __atomic_sub_fetch(&c->open_connections, 1, __ATOMIC_RELAXED);
        return;
    }
    __atomic_add_fetch(&c->connections, 1, __ATOMIC_RELAXED);
    int64_t open = __atomic_add_fetch(&c->open_connections, 1, __ATOMIC_RELAXED);
    int64_t most = __atomic_load_n(&c->max_open_connections, __ATOMIC_RELAXED);
    while (open > most && !__atomic_compare_exchange_n(&c->max_open_connections, &most, open, true,
                                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

static int listen_socket(const char *host, uint16_t port_number, char *err, size_t err_size)
{
    char port[8];
    snprintf(port, sizeof port, "%u", port_number);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed) {
        snprintf(err, err_size, "cannot listen on %s: %s", host, gai_strerror(failed));
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 1024) < 0) {
        snprintf(err, err_size, "cannot listen on %s:%u: %s", host, port_number, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static void name_address(struct listener *l, const char *host, int fd)
{
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    getsockname(fd, (struct sockaddr *)&at, &size);
    unsigned port = at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                             : ntohs(((struct sockaddr_in *)&at)->sin_port);
    bool v6 = strchr(host, ':') != NULL;
    snprintf(l->address, sizeof l->address, v6 ? "[%s]:%u" : "%s:%u", host, port);
}

static void name_urls(struct server *sv)
{
    const struct options *o = &sv->options;
    if (o->public_url)
        snprintf(sv->url_base, sizeof sv->url_base, "%s", o->public_url);
    else if (o->data_dir)
        snprintf(sv->url_base, sizeof sv->url_base, "https://api.github.com");
    else
        snprintf(sv->url_base, sizeof sv->url_base, "http://%s%s", sv->api.address, o->base_path);
}

static bool open_listener(struct listener *l, struct server *sv, const char *host, uint16_t port, char *err,
                          size_t err_size)
{
    l->fd = listen_socket(host, port, err, err_size);
    if (l->fd < 0)
        return false;
    l->server = sv;
    name_address(l, host, l->fd);
    return true;
}

static bool start_listener(struct listener *l, struct server *sv, char *err, size_t err_size)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
                     MHD_ALLOW_SUSPEND_RESUME; /* no error log: cut and reset answers would fill it */
    l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, sv, MHD_OPTION_LISTEN_SOCKET, l->fd,
                                 MHD_OPTION_THREAD_POOL_SIZE, (unsigned)sv->options.threads,
                                 MHD_OPTION_URI_LOG_CALLBACK, on_uri, l, MHD_OPTION_NOTIFY_COMPLETED,
                                 on_completed, l, MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
                                 MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_TIMEOUT, 120u,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536, MHD_OPTION_END);
    if (!l->daemon) {
        close(l->fd);
        snprintf(err, err_size, "the HTTP server on %s did not start", l->address);
    }
    return l->daemon != NULL;
}

/* All addresses are known before there are threads that read them. */
bool server_start(struct server *sv, char *err, size_t err_size)
{
    char host[256];
    uint16_t port;
    bool two = sv->options.download_listen != NULL;
    if (!open_listener(&sv->api, sv, sv->options.host, sv->options.port, err, err_size))
        return false;
    if (two) {
        sv->downloads.downloads = true;
        parse_host_port(sv->options.download_listen, host, sizeof host, &port);
        if (!open_listener(&sv->downloads, sv, host, port, err, err_size)) {
            close(sv->api.fd);
            return false;
        }
        snprintf(sv->download_base, sizeof sv->download_base, "http://%s", sv->downloads.address);
    }
    name_urls(sv);
    if (start_listener(&sv->api, sv, err, err_size))
        return !two || start_listener(&sv->downloads, sv, err, err_size);
    if (two)
        close(sv->downloads.fd);
    return false;
}

void server_stop(struct server *sv)
{
    if (!sv->api.daemon)
        return;
    /* Without MHD_quiesce_daemon: with a thread pool, it and the threads both remove the socket from epoll, and
     * the second one ends the process. Once flushed, no connection is suspended any more. */
    sleepers_flush(sv->sleepers);
    MHD_stop_daemon(sv->api.daemon);
    if (sv->downloads.daemon)
        MHD_stop_daemon(sv->downloads.daemon);
    sv->api.daemon = sv->downloads.daemon = NULL;
}
