#include "github/multi.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/memory.h"
#include "github/tls.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define STOP_POLL_MS 50

struct gh_multi {
    const struct gh_multi_user *user;
    void *owner;
    const char *ca_file;
    pthread_t thread;
    CURLM *multi;
    pthread_mutex_t lock; /* guards inbox, ended */
    bool ended;           /* the thread is gone */
    struct gh_transfers inbox;
    CURL *idle[GH_MULTI_MAX_TRANSFERS];
    struct gh_transfer *active[GH_MULTI_MAX_TRANSFERS];
    int n_idle, n_active;
    _Atomic int64_t stop_at_ms; /* 0: not stopping */
    _Atomic int in_flight;
    _Atomic uint64_t n_started;
};

void gh_transfers_init(struct gh_transfers *list)
{
    *list = (struct gh_transfers){.tail = &list->head};
}

void gh_transfers_push(struct gh_transfers *list, struct gh_transfer *t)
{
    t->next = NULL;
    *list->tail = t;
    list->tail = &t->next;
    list->n++;
}

struct gh_transfer *gh_transfers_remove(struct gh_transfers *list, struct gh_transfer **at)
{
    struct gh_transfer *t = *at;
    *at = t->next;
    if (!*at)
        list->tail = at;
    list->n--;
    return t;
}

/* ---- one transfer ---- */

bool gh_transfer_line(struct gh_transfer *t, const char *line)
{
    struct curl_slist *grown = curl_slist_append(t->headers, line);
    if (grown)
        t->headers = grown;
    return grown != NULL;
}

size_t gh_keep_bytes(char *bytes, size_t size, size_t n, void *buf)
{
    struct buf *b = buf;
    buf_put(b, bytes, size * n);
    return b->overflow ? 0 : size * n;
}

bool gh_transfer_header(struct gh_transfer *t, const char *name, const char *value)
{
    char line[1024];
    if (!value)
        return true;
    int n = snprintf(line, sizeof line, "%s: %s", name, value);
    return n > 0 && (size_t)n < sizeof line && gh_transfer_line(t, line);
}

static CURL *take_easy(struct gh_multi *m)
{
    return m->n_idle ? m->idle[--m->n_idle] : curl_easy_init();
}

static void give_easy(struct gh_multi *m, CURL *easy)
{
    curl_easy_reset(easy);
    if (m->n_idle < GH_MULTI_MAX_TRANSFERS)
        m->idle[m->n_idle++] = easy;
    else
        curl_easy_cleanup(easy);
}

/* Whether the server takes several requests on one connection, which TLS says (ALPN). Without TLS only the first answer shows it,
 * and all others would wait for a server that is slow with that one. */
static bool is_over_tls(CURL *easy)
{
    const char *url = NULL;
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    return url && strncasecmp(url, "https:", 6) == 0;
}

/* Only here libcurl shows a body before its chunks are joined. */
static int on_debug(CURL *easy, curl_infotype type, char *bytes, size_t n, void *arg)
{
    struct gh_transfer *t = arg;
    if (type == CURLINFO_DATA_IN && !gh_framing_body(&t->framing, slice_from(bytes, n)))
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    return 0;
}

/* What holds for every request to GitHub: redirects are left to the loop's user, HTTP/2 is used where the server offers it. */
static void set_options(struct gh_multi *m, struct gh_transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, (long)is_over_tls(t->easy));
    curl_easy_setopt(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's, before GitHub's */
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(t->easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(t->easy, CURLOPT_DEBUGDATA, t);
    gh_tls_set(t->easy, m->ca_file);
}

/* Returns it to the user, without curl's resources. */
static void give_back(struct gh_multi *m, struct gh_transfer *t, enum gh_end end, int status, const char *why)
{
    if (t->easy)
        give_easy(m, t->easy);
    curl_slist_free_all(t->headers);
    t->easy = NULL;
    t->headers = NULL;
    m->user->ended(m->owner, t, end, status, why);
}

void gh_multi_start_transfer(struct gh_multi *m, struct gh_transfer *t)
{
    t->headers = NULL;
    t->unreached = false;
    t->framing = (struct gh_framing){0};
    t->easy = take_easy(m);
    if (!t->easy || !m->user->build(t)) {
        give_back(m, t, GH_END_NOT_STARTED, 0, "the request could not be built");
        return;
    }
    set_options(m, t);
    t->framing.only_http1 = !is_over_tls(t->easy); /* HTTP/2 is agreed on in TLS */
    if (m->n_active == GH_MULTI_MAX_TRANSFERS || curl_multi_add_handle(m->multi, t->easy) != CURLM_OK) {
        give_back(m, t, GH_END_NOT_STARTED, 0, "the request could not be started");
        return;
    }
    m->active[m->n_active++] = t;
    atomic_fetch_add_explicit(&m->n_started, 1, memory_order_relaxed);
}

void gh_multi_end(struct gh_multi *m, struct gh_transfer *t, enum gh_end end, const char *why)
{
    long status = 0;
    curl_off_t connected_us = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
    t->unreached = connected_us == 0;
    curl_multi_remove_handle(m->multi, t->easy);
    for (int i = 0; i < m->n_active; i++) {
        if (m->active[i] == t) {
            m->active[i] = m->active[--m->n_active];
            break;
        }
    }
    give_back(m, t, end, (int)status, why);
}

int gh_multi_n_active(const struct gh_multi *m)
{
    return m->n_active;
}

struct gh_transfer *gh_multi_active(const struct gh_multi *m, int i)
{
    return m->active[i];
}

/* ---- the loop ---- */

static void take_inbox(struct gh_multi *m)
{
    pthread_mutex_lock(&m->lock);
    struct gh_transfer *next, *t = m->inbox.head;
    gh_transfers_init(&m->inbox);
    pthread_mutex_unlock(&m->lock);
    for (; t; t = next) {
        next = t->next;
        m->user->accept(m->owner, t);
    }
}

static void reap(struct gh_multi *m)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(m->multi, &left))) {
        struct gh_transfer *t = NULL;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        if (result == CURLE_OK && t->framing.broken)
            result = CURLE_RECV_ERROR;
        gh_multi_end(m, t,
                     result == CURLE_OK                   ? GH_END_ANSWERED
                     : result == CURLE_OPERATION_TIMEDOUT ? GH_END_TIMEOUT
                                                          : GH_END_BROKEN,
                     result == CURLE_OK ? NULL : curl_easy_strerror(result));
    }
}

static void *loop(void *arg)
{
    struct gh_multi *m = arg;
    int running;
    for (;;) {
        int64_t stop_at_ms = atomic_load(&m->stop_at_ms);
        take_inbox(m);
        if (stop_at_ms &&
            ((!m->n_active && !m->user->has_waiting(m->owner)) || clock_mono_ms() >= stop_at_ms))
            break;
        m->user->start(m->owner, stop_at_ms != 0);
        curl_multi_perform(m->multi, &running);
        reap(m);
        m->user->start(m->owner, stop_at_ms != 0);
        int64_t wait_ms = m->user->wait_ms(m->owner);
        atomic_store_explicit(&m->in_flight, m->n_active, memory_order_relaxed);
        curl_multi_poll(m->multi, NULL, 0,
                        (int)(stop_at_ms && wait_ms > STOP_POLL_MS ? STOP_POLL_MS : wait_ms), NULL);
    }
    while (m->n_active)
        gh_multi_end(m, m->active[0], GH_END_STOPPED, "stopping");
    take_inbox(m);
    m->user->drop_waiting(m->owner);
    return NULL;
}

/* ---- the outside ---- */

bool gh_curl_start(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc) == CURLE_OK;
}

bool gh_multi_start(const struct gh_multi_user *user, void *owner, int max_connections, const char *ca_file,
                    struct gh_multi **out, struct err *err)
{
    if (!gh_tls_check(ca_file, err))
        return false;
    struct gh_multi *m = xcalloc(1, sizeof *m);
    /* Without a descriptor for its wakeups libcurl works nevertheless, but each request would wait for the loop's next turn. */
    if (!gh_curl_start() || !(m->multi = curl_multi_init()) || curl_multi_wakeup(m->multi) != CURLM_OK) {
        curl_multi_cleanup(m->multi); /* NULL does nothing */
        free(m);
        return err_set(err, ERR_SYSTEM, "libcurl can't start");
    }
    m->user = user;
    m->owner = owner;
    m->ca_file = ca_file;
    pthread_mutex_init(&m->lock, NULL);
    gh_transfers_init(&m->inbox);
    curl_multi_setopt(m->multi, CURLMOPT_MAXCONNECTS, (long)max_connections);
    *out = m;
    if (!thread_start(&m->thread, loop, m, err)) {
        *out = NULL;
        curl_multi_cleanup(m->multi);
        pthread_mutex_destroy(&m->lock);
        free(m);
        return false;
    }
    return true;
}

static void refuse(struct gh_multi *m, struct gh_transfer *t)
{
    m->user->ended(m->owner, t, GH_END_STOPPED, 0, "stopping");
}

void gh_multi_stop(struct gh_multi *m, int64_t grace_ms)
{
    if (!m)
        return;
    atomic_store(&m->stop_at_ms, clock_mono_ms() + grace_ms);
    curl_multi_wakeup(m->multi);
    pthread_join(m->thread, NULL);
    pthread_mutex_lock(&m->lock);
    m->ended = true;
    pthread_mutex_unlock(&m->lock);
    while (m->inbox.head) /* submitted after the loop's last look */
        refuse(m, gh_transfers_remove(&m->inbox, &m->inbox.head));
}

void gh_multi_destroy(struct gh_multi *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->n_idle; i++)
        curl_easy_cleanup(m->idle[i]);
    curl_multi_cleanup(m->multi);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void gh_multi_submit(struct gh_multi *m, struct gh_transfer *t)
{
    pthread_mutex_lock(&m->lock);
    bool ended = m->ended;
    if (!ended)
        gh_transfers_push(&m->inbox, t);
    pthread_mutex_unlock(&m->lock);
    if (ended)
        refuse(m, t);
    else
        curl_multi_wakeup(m->multi);
}

void gh_multi_wake(struct gh_multi *m)
{
    curl_multi_wakeup(m->multi);
}

int gh_multi_in_flight(const struct gh_multi *m)
{
    return atomic_load(&m->in_flight);
}

uint64_t gh_multi_n_started(const struct gh_multi *m)
{
    return atomic_load(&m->n_started);
}
