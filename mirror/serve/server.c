/* One request: on_target (the request line) makes the exchange; on_request is called with the fields, with the body's pieces,
 * and again after a wait; on_completed ends it. */
#include "mirror/serve/server.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "http/encoding.h"
#include "http/head_memory.h"
#include "http/hosts.h"
#include "http/inlet.h"
#include "http/listen.h"
#include "http/tls.h"
#include "http/unix_socket.h"
#include "mirror/flight/flight.h"
#include "mirror/mirror.h"
#include "mirror/serve/answer.h"
#include "mirror/serve/host.h"
#include "mirror/serve/host_rules.h"
#include "mirror/serve/service.h"
#include "mirror/upstream/access.h"
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define POOL_THREADS         4
#define CONNECTION_LIMIT     16384
#define CONNECTION_TIMEOUT_S 60
#define CONNECTION_MEMORY                                                                                    \
    (32u * 1024u) /* request line and fields; the library clears all of it after each request */
#define MAX_REQUEST_BYTES (64u * 1024u * 1024u)
#define STOPPING_RETRY_MS 1000

static const struct strict_limits limits = {.head = CONNECTION_MEMORY - HEAD_MEMORY_ANSWER_BYTES,
                                            .read = HEAD_MEMORY_READ_BYTES(CONNECTION_MEMORY),
                                            .target = 8u * 1024u,
                                            .fields = MAX_FIELDS - 16 /* the rest is for the mirror's own */,
                                            .body = MAX_REQUEST_BYTES,
                                            .slow_ms = 20000,
                                            .slow_bytes = 1024};

struct mirror_server {
    struct mirror *mirror;
    struct MHD_Daemon *daemon, *socket_daemon; /* NULL: none */
    int listen_fd, port;
    struct unix_socket socket;
    const struct host_rules *_Atomic rules;
    struct host_rules *all_rules;
    struct tls_files tls;
    char url[320];
    _Atomic int open; /* exchanges */
};

/* ---- reading ---- */

static int fd_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static const struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    int fd = fd_of(connection);
    struct peer *peer = *context;
    (void)cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        inlet_close(fd);
        free(peer);
        return;
    }
    *context = peer = xcalloc(1, sizeof *peer);
    host_peer(fd, peer);
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    inlet_open(fd, &limits, tls ? tls->tls_session : NULL);
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct mirror_server *s = cls;
    struct exchange *ex = xcalloc(1, sizeof *ex);
    ex->target = xstrdup(target);
    ex->mirror = s->mirror;
    ex->connection = connection;
    inlet_begun(fd_of(connection));
    buf_init(&ex->body, MAX_REQUEST_BYTES);
    atomic_fetch_add(&s->open, 1);
    return ex;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct mirror_server *s = cls;
    struct exchange *ex = *context;
    (void)connection;
    (void)code;
    if (!ex)
        return;
    outcome_release(ex->outcome);
    buf_finish(&ex->body);
    free(ex->joined);
    free(ex->target);
    free(ex);
    *context = NULL;
    atomic_fetch_sub(&s->open, 1);
}

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct exchange *ex = cls;
    (void)kind;
    if (name)
        fields_add(&ex->fields, name, value ? value : "");
    return MHD_YES;
}

/* Whether the request is for this server, and the base of the URLs in its answer. */
static void read_host(struct mirror_server *s, struct exchange *ex)
{
    char forwarded_host[300];
    const struct peer *peer = peer_of(ex->connection);
    struct host_claim claim = {.host = fields_get(&ex->fields, "Host")};
    const struct host_rules *rules = s->rules;
    if (peer->by_network) {
        bool proxy = networks_hold(&rules->proxies, &peer->address);
        if (proxy)
            claim.host = host_rules_forwarded(rules, &ex->fields, &peer->address, &claim.scheme,
                                              forwarded_host, sizeof forwarded_host);
        enum host_verdict verdict = hosts_check(&rules->hosts, slice_of(claim.host));
        ex->foreign_host = verdict == HOST_FOREIGN || verdict == HOST_INVALID;
        claim.believed =
            verdict == HOST_OK && (rules->hosts.n || proxy || hosts_own(&rules->hosts, slice_of(claim.host)));
    }
    host_base(s->mirror->cfg, &claim, peer->by_socket ? NULL : peer->local,
              strncmp(ex->target, "/api/v3", 7) == 0 || strncmp(ex->target, "/api/uploads", 12) == 0,
              ex->base, sizeof ex->base);
}

static void read_fields(struct mirror_server *s, struct exchange *ex, const char *method)
{
    MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, on_field, ex);
    ex->joined = fields_join(&ex->fields);
    ex->method = method;
    ex->head = strcmp(method, "HEAD") == 0;
    ex->started_us = clock_mono_us();
    ex->authorization = fields_get(&ex->fields, "Authorization");
    if (ex->authorization && !*ex->authorization)
        ex->authorization = NULL;
    directives_parse(fields_get(&ex->fields, "Cache-Control"), fields_get(&ex->fields, "Pragma"),
                     &ex->directives);
    ex->takes_gzip = encoding_takes_gzip(fields_get(&ex->fields, "Accept-Encoding"));
    read_host(s, ex);
}

/* ---- answering ---- */

static struct MHD_Response *response_of(struct answer *a)
{
    struct MHD_Response *response;
    if (a->body && a->len) {
        response = MHD_create_response_from_buffer_with_free_callback_cls(a->len, a->body->bytes + a->from,
                                                                          body_release, a->body);
        if (response)
            a->body = NULL; /* it belongs to the response now */
    } else {
        response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    }
    for (size_t i = 0; response && i < a->fields.n; i++) {
        const char *value =
            a->fields.items[i].value; /* the library refuses empty values; a blank is equivalent */
        MHD_add_response_header(response, a->fields.items[i].name, *value ? value : " ");
    }
    return response;
}

static enum MHD_Result send_answer(struct exchange *ex, struct answer *a, const char *label)
{
    struct MHD_Response *response = response_of(a);
    if (atomic_load_explicit(&ex->mirror->draining, memory_order_relaxed) && response)
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result =
        response ? MHD_queue_response(ex->connection, (unsigned)a->status, response) : MHD_NO;
    if (response)
        MHD_destroy_response(response);
    if (label)
        mirror_metrics_count(ex->mirror->metrics, label, a->status, ex->method,
                             clock_mono_us() - ex->started_us);
    answer_finish(a);
    return result;
}

/* How a unit of quota was saved, if one was. */
static void count_saving(const struct exchange *ex, const struct outcome *o)
{
    struct mirror_metrics *f = ex->mirror->metrics;
    if (ex->coalesced)
        mirror_metrics_saved(f, SAVED_COALESCED);
    else if (!o->stored || o->spent)
        return;
    else if (o->upstream_result == UPSTREAM_UNCHANGED)
        mirror_metrics_saved(f, SAVED_REVALIDATED);
    else
        mirror_metrics_saved(f, o->upstream_result == UPSTREAM_FRESH ? SAVED_FRESH : SAVED_STORED);
}

/* The mirror's own pages: no label, no fields of GitHub's. */
static enum MHD_Result send_own(struct exchange *ex, struct page *page)
{
    struct answer a = {.status = page->status, .fields = page->fields, .body = body_take(page->body)};
    a.len = a.body->len;
    buf_init(&a.text, 0);
    enum MHD_Result result = send_answer(ex, &a, NULL);
    page_release(page);
    return result;
}

static enum MHD_Result send_outcome(struct exchange *ex, const struct outcome *o)
{
    struct answer a;
    answer_build(ex, o, &a);
    count_saving(ex, o);
    if (head_memory_of_answer(&a.fields) >
        head_memory_left(CONNECTION_MEMORY, slice_of(ex->target), &ex->fields)) {
        answer_finish(&a);
        return send_own(ex, page_message(502, 0, "The head of GitHub's answer is too large"));
    }
    return send_answer(ex, &a, label_name(a.label));
}

/* The start of the next request is unknown, so the connection is closed. */
static enum MHD_Result send_refusal(struct exchange *ex, const struct strict *fault)
{
    struct page *page = page_message(fault->status, 0, "%s", fault->why);
    fields_add(&page->fields, "Connection", "close");
    return send_own(ex, page);
}

/* ---- one request ---- */

static enum MHD_Result send_stopping(struct exchange *ex)
{
    return send_own(ex, page_message(503, STOPPING_RETRY_MS, "The mirror is stopping"));
}

/* True: the request may continue. Otherwise it is answered, or waits for the check of its credential. */
static bool admit(struct exchange *ex, enum MHD_Result *result)
{
    char login[64];
    switch (access_check(ex->mirror->access, ex->path, ex->authorization, ex->credential_hash, login)) {
    case ACCESS_YES:
        return true;
    case ACCESS_NO_CREDENTIAL:
        *result = send_own(ex, page_message(401, 0, "Authorization header is required"));
        return false;
    case ACCESS_NO:
        *result = send_own(ex, page_message(403, 0, "User %s has no permission to use this mirror", login));
        return false;
    default:
        ex->asking_who = true;
        bool suspended = exchange_suspend(ex);
        *result = suspended ? MHD_YES : send_stopping(ex);
        if (suspended)
            flight_ask_who(ex);
        return false;
    }
}

static enum MHD_Result begin(struct exchange *ex)
{
    enum MHD_Result result;
    bool in_background;
    ex->varying.n = 0;
    if (!exchange_plan(ex))
        return send_own(ex, page_take(ex->outcome->page));
    if (!admit(ex, &result))
        return result;
    struct outcome *fresh = ex->kind == EX_PASS ? NULL : flight_fresh(ex, &in_background);
    if (fresh) {
        if (in_background)
            flight_in_background(ex);
        result = send_outcome(ex, fresh);
        outcome_release(fresh);
        return result;
    }
    if (!exchange_suspend(ex))
        return send_stopping(ex);
    flight_join(ex); /* may be resumed before this returns */
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **context)
{
    struct mirror_server *s = cls;
    struct exchange *ex = *context;
    (void)url;
    (void)version;
    if (!ex->method) {
        read_fields(s, ex, method);
        return MHD_YES; /* the body, if there is one, comes next */
    }
    if (*size) {
        buf_put(&ex->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (ex->outcome)
        return send_outcome(ex, ex->outcome);
    const struct strict *fault = inlet_fault(fd_of(connection));
    if (fault)
        return send_refusal(ex, fault);
    struct page *own = service_answer(ex);
    if (!own && ex->foreign_host)
        own = page_message(
            400, 0,
            "The Host header does not name this mirror. Set ALLOWED_HOSTS to the names it is reached by.");
    return own ? send_own(ex, own) : begin(ex);
}

bool exchange_suspend(struct exchange *ex)
{
    struct mirror *m = ex->mirror;
    atomic_fetch_add(&m->n_waiting, 1); /* first: either this is seen by the end, or the end by this */
    if (atomic_load(&m->takes_no_more)) {
        atomic_fetch_sub(&m->n_waiting, 1);
        return false;
    }
    MHD_suspend_connection(ex->connection);
    return true;
}

void exchange_resume(struct exchange *ex)
{
    struct mirror *m = ex->mirror; /* the exchange may end at once */
    MHD_resume_connection(ex->connection);
    atomic_fetch_sub(&m->n_waiting, 1);
}

/* The target stays as it was sent. */
static size_t leave_encoded(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

/* ---- start and stop ---- */

static bool bind_listen(struct mirror_server *s, const char *address, struct err *err)
{
    struct listener listener;
    if (!listen_open("MIRROR_LISTEN", address, &listener, err))
        return false;
    s->listen_fd = listener.fd;
    listen_base(&listener, s->tls.key ? "https" : "http", s->url, sizeof s->url);
    return true;
}

/* tls NULL: without. */
static bool start_daemon(struct mirror_server *s, int listen_fd, const struct tls_files *tls,
                         struct MHD_Daemon **out, struct err *err)
{
    struct MHD_OptionItem with_tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)(uintptr_t)tls_retrieve},
                                        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
                                        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem without[] = {{MHD_OPTION_END, 0, NULL}};
    char allowed[LIMITS_TEXT_SIZE];
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                     (tls ? MHD_USE_TLS : MHD_USE_TURBO); /* why: tls.h */
    *out = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, tls ? with_tls : without,
                            MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
                            (unsigned)POOL_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, s, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
                            MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_END);
    return *out || err_set(err, ERR_SYSTEM, "can't start the HTTP server, which needs %d threads%s",
                           POOL_THREADS, limits_of_threads(allowed));
}

static bool read_tls(const struct config *cfg, struct tls_files *out, struct err *err)
{
    return tls_read((struct tls_setting){"MIRROR_TLS_CERT_FILE", cfg->mirror_tls_cert_file},
                    (struct tls_setting){"MIRROR_TLS_KEY_FILE", cfg->mirror_tls_key_file}, out, err);
}

bool mirror_server_renew(struct mirror_server *s, const struct config *cfg, struct err *err)
{
    struct tls_files tls;
    if (!read_tls(cfg, &tls, err))
        return false;
    const struct host_rules *rules = host_rules_of(&s->all_rules, cfg, err);
    bool ok = rules && (!s->tls.key || tls_use(&tls, err));
    if (ok) /* a refusal changes nothing */
        s->rules = rules;
    tls_finish(&tls);
    return ok;
}

bool mirror_check(const struct config *cfg, struct err *err)
{
    struct mirror_server s = {0};
    bool ok = read_tls(cfg, &s.tls, err) && host_rules_of(&s.all_rules, cfg, err);
    tls_finish(&s.tls);
    host_rules_finish(&s.all_rules);
    return ok;
}

/* path NULL: none. */
static bool start_socket(struct mirror_server *s, const char *setting, const char *path, struct err *err)
{
    unsigned mode = 0600;
    if (!path)
        return true;
    return config_socket_mode(s->mirror->cfg->mirror_socket_mode, &mode) &&
           unix_socket_open(setting, path, mode, &s->socket, err) &&
           start_daemon(s, s->socket.fd, NULL, &s->socket_daemon, err);
}

bool mirror_server_start(struct mirror *m, struct mirror_server **out, struct err *err)
{
    struct mirror_server *s = xcalloc(1, sizeof *s);
    *out = s;
    s->mirror = m;
    s->listen_fd = s->socket.fd = -1;
    const struct config *cfg = m->cfg;
    const char *only_socket = config_socket_path(cfg->mirror_listen);
    if (!read_tls(cfg, &s->tls, err) || !(s->rules = host_rules_of(&s->all_rules, cfg, err)) ||
        (s->tls.key && !tls_use(&s->tls, err)))
        return false;
    if (!only_socket && (!bind_listen(s, cfg->mirror_listen, err) ||
                         !start_daemon(s, s->listen_fd, s->tls.key ? &s->tls : NULL, &s->daemon, err)))
        return false;
    if (only_socket)
        snprintf(s->url, sizeof s->url, "%s", cfg->mirror_listen);
    return start_socket(s, only_socket ? "MIRROR_LISTEN" : "MIRROR_SOCKET",
                        only_socket ? only_socket : cfg->mirror_socket, err);
}

const char *mirror_server_url(const struct mirror_server *s)
{
    return s->url;
}

/* The library closes the descriptors that it has. */
static void stop_listening(struct mirror_server *s)
{
    if (s->daemon && s->listen_fd >= 0)
        listen_withdraw(s->listen_fd);
    else if (s->listen_fd >= 0)
        close(s->listen_fd);
    s->listen_fd = -1;
    if (s->socket_daemon)
        s->socket.fd = -1; /* without its path it gets no new connections */
    unix_socket_close(&s->socket);
}

void mirror_server_drain(struct mirror_server *s, int grace_ms)
{
    int64_t now = clock_mono_ms(), until = now + grace_ms, last_ms = now + grace_ms * 2 / 3;
    if (!s)
        return;
    stop_listening(s);
    while (atomic_load(&s->open) && (now = clock_mono_ms()) < until) {
        atomic_store(&s->mirror->takes_no_more, now >= last_ms);
        clock_sleep_ms(10);
    }
    atomic_store(&s->mirror->takes_no_more, true);
}

void mirror_server_destroy(struct mirror_server *s)
{
    if (!s)
        return;
    stop_listening(s);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    if (s->socket_daemon)
        MHD_stop_daemon(s->socket_daemon);
    tls_finish(&s->tls);
    host_rules_finish(&s->all_rules);
    free(s);
}
