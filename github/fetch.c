/* Happy path: submit → inbox (locked lists) → pending → started on an idle easy handle → curl → done.
 * Failure modes: a fetch that can't start ends with status 0; stopping ends all of them the same way; a body over the
 * bound aborts the transfer. The window (how many in flight) grows by one per window of good answers and halves at most
 * once a second on bad ones. */
#include "github/fetch.h"
#include "core/base/clock.h"
#include "core/base/gzip.h"
#include "github/tls.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_HANDLES   128
#define STOP_GRACE_MS 5000

struct list {
    struct gh_fetch *head, **tail;
    int n;
};

struct gh_fetcher {
    const char *ca_file;
    pthread_t thread;
    CURLM *multi;
    pthread_mutex_t lock; /* guards inbox */
    struct list inbox[2];
    struct list pending[2]; /* the thread's; [1]: background */
    CURL *idle[MAX_HANDLES];
    struct gh_fetch *active[MAX_HANDLES];
    int n_idle, in_flight; /* in_flight: of active */
    _Atomic bool stopping;
    _Atomic int ceiling, window_milli; /* window in thousandths */
    _Atomic int64_t halved_at_ms;
    _Atomic int shown_in_flight, shown_queued, failures_in_a_row;
    _Atomic uint64_t requests, bytes;
};

static void list_init(struct list *l)
{
    l->head = NULL;
    l->tail = &l->head;
    l->n = 0;
}

static void list_push(struct list *l, struct gh_fetch *f)
{
    f->next = NULL;
    *l->tail = f;
    l->tail = &f->next;
    l->n++;
}

static void list_append(struct list *to, struct list *from)
{
    if (!from->head)
        return;
    *to->tail = from->head;
    to->tail = from->tail;
    to->n += from->n;
    list_init(from);
}

/* ---- one request ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_fetch *f = arg;
    buf_put(&f->body, bytes, size * n);
    return f->body.overflow ? 0 : size * n;
}

/* A status line begins another hop's headers. */
static void keep_line(struct gh_fetch *f, slice line)
{
    if (slice_starts(line, SLICE("HTTP/"))) {
        buf_reset(&f->head);
        f->is_gzip = false;
        return;
    }
    if (!line.len)
        return;
    f->is_gzip |= slice_eq_nocase(line, SLICE("content-encoding: gzip"));
    buf_put(&f->head, line.ptr, line.len);
    buf_putc(&f->head, '\n');
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_fetch *f = arg;
    slice line = slice_from(bytes, size * n);
    if (!gh_framing_line(&f->framing, line))
        return 0;
    gh_headers_line(&f->headers, line);
    if (f->keeps_raw)
        keep_line(f, slice_trim(line));
    return size * n;
}

/* The body was left as it came: decoded beside it. False when it is not what the headers say. */
static bool unpack(struct gh_fetch *f)
{
    struct buf plain;
    if (!f->keeps_raw || !f->is_gzip)
        return true;
    buf_init(&plain, GH_MAX_BODY_BYTES);
    bool ok = gzip_decode(buf_slice(&f->body), &plain);
    f->raw = f->body;
    f->body = plain;
    return ok;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    char line[1024];
    if (!value)
        return true;
    int n = snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *grown = n > 0 && (size_t)n < sizeof line ? curl_slist_append(*list, line) : NULL;
    if (grown)
        *list = grown;
    return grown != NULL;
}

static CURL *take_easy(struct gh_fetcher *t)
{
    if (t->n_idle)
        return t->idle[--t->n_idle];
    return curl_easy_init();
}

static void give_easy(struct gh_fetcher *t, CURL *easy)
{
    curl_easy_reset(easy);
    if (t->n_idle < (int)ARRAY_LEN(t->idle))
        t->idle[t->n_idle++] = easy;
    else
        curl_easy_cleanup(easy);
}

static void set_options(CURL *easy, struct gh_fetch *f, struct curl_slist *headers)
{
    curl_easy_setopt(easy, CURLOPT_URL, f->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "gitomatic/" GITOMATIC_VERSION);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, f->keeps_raw ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)GH_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)GH_TOTAL_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
    if (f->post.ptr) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, f->post.ptr);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)f->post.len);
    }
}

static void finish(struct gh_fetcher *t, struct gh_fetch *f, const char *error)
{
    if (error) {
        f->status = 0;
        snprintf(f->error, sizeof f->error, "%s", error);
    }
    if (f->header_list)
        curl_slist_free_all(f->header_list);
    f->header_list = NULL;
    f->easy = NULL;
    atomic_fetch_add_explicit(&t->bytes, f->body.len, memory_order_relaxed);
    f->done(f);
}

/* Gives back what was not started. */
static void refuse(struct gh_fetcher *t, struct gh_fetch *f, const char *why)
{
    gh_headers_reset(&f->headers);
    buf_init(&f->body, GH_MAX_BODY_BYTES);
    f->easy = f->header_list = NULL;
    f->unsent = true;
    finish(t, f, why);
}

static void start(struct gh_fetcher *t, struct gh_fetch *f)
{
    struct curl_slist *headers = NULL;
    bool ok = add_header(&headers, "Accept", f->accept) &&
              add_header(&headers, "Authorization", f->authorization) &&
              add_header(&headers, "X-GitHub-Api-Version", GH_API_VERSION) &&
              add_header(&headers, "If-None-Match", f->etag) &&
              add_header(&headers, "If-Modified-Since", f->etag ? NULL : f->last_modified) &&
              (!f->post.ptr || add_header(&headers, "Content-Type", "application/json"));
    CURL *easy = ok ? take_easy(t) : NULL;
    f->header_list = headers;
    f->easy = easy;
    f->status = 0;
    f->unsent = false;
    gh_headers_reset(&f->headers);
    f->framing = (struct gh_framing){0};
    buf_init(&f->body, GH_MAX_BODY_BYTES);
    buf_init(&f->head, 65536);
    f->elapsed_ms = clock_mono_ms();
    if (!easy) {
        finish(t, f, "request could not be built");
        return;
    }
    set_options(easy, f, headers);
    gh_tls_set(easy, t->ca_file);
    if (curl_multi_add_handle(t->multi, easy) != CURLM_OK) {
        give_easy(t, easy);
        finish(t, f, "request could not be started");
        return;
    }
    t->active[t->in_flight++] = f;
    atomic_fetch_add_explicit(&t->requests, 1, memory_order_relaxed);
}

static void complete(struct gh_fetcher *t, CURL *easy, CURLcode result)
{
    struct gh_fetch *f = NULL;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &f);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(t->multi, easy);
    give_easy(t, easy);
    for (int i = 0; i < t->in_flight; i++) {
        if (t->active[i] == f) {
            t->active[i] = t->active[--t->in_flight];
            break;
        }
    }
    f->elapsed_ms = clock_mono_ms() - f->elapsed_ms;
    f->status = (int)status;
    if (f->per_minute && (status == 403 || status == 429))
        f->pause = gh_per_minute_refused(f->per_minute);
    finish(t, f,
           result == CURLE_OK ? unpack(f) ? NULL : "the body could not be decoded"
           : f->body.overflow ? "the body is over the bound"
                              : curl_easy_strerror(result));
}

/* ---- the loop ---- */

static int window_now(struct gh_fetcher *t)
{
    int window = atomic_load(&t->window_milli) / 1000, ceiling = atomic_load(&t->ceiling);
    if (window > ceiling)
        window = ceiling;
    if (window > MAX_HANDLES)
        window = MAX_HANDLES;
    return window < 1 ? 1 : window;
}

/* Starts what may start, in order; requests whose credential is out of pace are stepped over, those whose credential has
 * been limited meanwhile go back. Returns whether one waits
 * for its pace. */
static bool start_list(struct gh_fetcher *t, struct list *pending, int window)
{
    int64_t now_s = clock_mono_ms() / 1000;
    bool waits = false;
    struct gh_fetch **at = &pending->head;
    while (*at && t->in_flight < window) {
        struct gh_fetch *f = *at;
        bool closed = gh_per_minute_closed(f->per_minute);
        if (!closed && !gh_per_minute_allows(f->per_minute, now_s)) {
            waits = true;
            at = &f->next;
            continue;
        }
        *at = f->next;
        if (!*at)
            pending->tail = at;
        pending->n--;
        if (closed) {
            refuse(t, f, "the credential rests");
            continue;
        }
        gh_per_minute_count(f->per_minute, now_s);
        start(t, f);
    }
    return waits;
}

static bool start_pending(struct gh_fetcher *t)
{
    int window = window_now(t);
    bool waits = start_list(t, &t->pending[0], window);
    return start_list(t, &t->pending[1], window) || waits;
}

static void take_inbox(struct gh_fetcher *t)
{
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < 2; i++)
        list_append(&t->pending[i], &t->inbox[i]);
    pthread_mutex_unlock(&t->lock);
}

static void reap_completed(struct gh_fetcher *t)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(t->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            complete(t, message->easy_handle, message->data.result);
}

/* What a stop leaves: transfers that did not end in the grace, and what never started. */
static void end_all(struct gh_fetcher *t)
{
    while (t->in_flight)
        complete(t, t->active[0]->easy, CURLE_ABORTED_BY_CALLBACK);
    take_inbox(t);
    for (int i = 0; i < 2; i++) {
        struct list rest = t->pending[i];
        list_init(&t->pending[i]);
        while (rest.head) {
            struct gh_fetch *f = rest.head;
            rest.head = f->next;
            refuse(t, f, "stopping");
        }
    }
}

static void *loop(void *arg)
{
    struct gh_fetcher *t = arg;
    int running;
    int64_t stop_at_ms = 0;
    for (;;) {
        if (atomic_load(&t->stopping) && !stop_at_ms)
            stop_at_ms = clock_mono_ms() + STOP_GRACE_MS;
        if (stop_at_ms && (!t->in_flight || clock_mono_ms() >= stop_at_ms))
            break;
        take_inbox(t);
        bool waits = !atomic_load(&t->stopping) && start_pending(t);
        curl_multi_perform(t->multi, &running);
        reap_completed(t);
        if (!atomic_load(&t->stopping))
            waits = start_pending(t) || waits;
        atomic_store_explicit(&t->shown_in_flight, t->in_flight, memory_order_relaxed);
        atomic_store_explicit(&t->shown_queued, t->pending[0].n + t->pending[1].n, memory_order_relaxed);
        curl_multi_poll(t->multi, NULL, 0, waits || atomic_load(&t->stopping) ? 100 : 1000, NULL);
    }
    end_all(t);
    return NULL;
}

/* ---- the outside ---- */

bool gh_fetcher_start(int max_in_flight, const char *ca_file, struct gh_fetcher **out, struct err *err)
{
    if (!gh_tls_check(ca_file, err))
        return false;
    struct gh_fetcher *t = calloc(1, sizeof *t);
    if (!t || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(t->multi = curl_multi_init())) {
        free(t);
        return err_set(err, ERR_SYSTEM, "libcurl can't start");
    }
    t->ca_file = ca_file;
    pthread_mutex_init(&t->lock, NULL);
    for (int i = 0; i < 2; i++) {
        list_init(&t->inbox[i]);
        list_init(&t->pending[i]);
    }
    atomic_store(&t->ceiling, max_in_flight);
    atomic_store(&t->window_milli, (max_in_flight > 8 ? 8 : max_in_flight) * 1000);
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, 100L);
    if (pthread_create(&t->thread, NULL, loop, t) != 0) {
        curl_multi_cleanup(t->multi);
        free(t);
        return err_set(err, ERR_SYSTEM, "no thread for the fetcher");
    }
    *out = t;
    return true;
}

void gh_fetcher_stop(struct gh_fetcher *t)
{
    if (!t)
        return;
    atomic_store(&t->stopping, true);
    curl_multi_wakeup(t->multi);
    pthread_join(t->thread, NULL);
    for (int i = 0; i < t->n_idle; i++)
        curl_easy_cleanup(t->idle[i]);
    curl_multi_cleanup(t->multi);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

void gh_fetcher_submit(struct gh_fetcher *t, struct gh_fetch *fetch)
{
    pthread_mutex_lock(&t->lock);
    list_push(&t->inbox[fetch->background], fetch);
    pthread_mutex_unlock(&t->lock);
    curl_multi_wakeup(t->multi);
}

void gh_fetcher_sorted(struct gh_fetcher *t, struct gh_per_minute *per_minute, unsigned pause)
{
    if (pause && gh_per_minute_sorted(per_minute, pause))
        curl_multi_wakeup(t->multi);
}

void gh_fetcher_set_ceiling(struct gh_fetcher *t, int max_in_flight)
{
    atomic_store(&t->ceiling, max_in_flight < 1 ? 1 : max_in_flight);
}

void gh_fetcher_feedback(struct gh_fetcher *t, bool good)
{
    int window = atomic_load(&t->window_milli), most = atomic_load(&t->ceiling) * 1000;
    if (good) {
        atomic_store(&t->failures_in_a_row, 0);
        int grown = window + 1000 * 1000 / (window > 1000 ? window : 1000);
        atomic_store(&t->window_milli, grown > most ? most : grown);
        return;
    }
    atomic_fetch_add(&t->failures_in_a_row, 1);
    int64_t now = clock_mono_ms(), last = atomic_load(&t->halved_at_ms);
    if (now - last < 1000 || !atomic_compare_exchange_strong(&t->halved_at_ms, &last, now))
        return;
    atomic_store(&t->window_milli, window / 2 < 1000 ? 1000 : window / 2);
}

void gh_fetcher_stats(struct gh_fetcher *t, struct gh_fetcher_stats *out)
{
    *out = (struct gh_fetcher_stats){
        .in_flight = atomic_load(&t->shown_in_flight),
        .queued = atomic_load(&t->shown_queued),
        .window = window_now(t),
        .requests = atomic_load(&t->requests),
        .bytes = atomic_load(&t->bytes),
        .failures_in_a_row = atomic_load(&t->failures_in_a_row),
    };
}
