/* Happy path: submit → inbox → pending → an idle easy handle → curl → done. A call that can't start, is late or is cut
 * off ends with its failure; every call that was submitted comes back through done exactly once. */
#include "github/passthrough.h"
#include "core/base/clock.h"
#include "github/tls.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_HANDLES 256

struct gh_passthrough {
    const char *ca_file;
    pthread_t thread;
    CURLM *multi;
    pthread_mutex_t lock; /* guards inbox */
    struct gh_call *inbox, **inbox_tail;
    struct gh_call *pending, **pending_tail; /* the thread's */
    CURL *idle[MAX_HANDLES];
    struct gh_call *active[MAX_HANDLES];
    int n_idle, n_active, n_lent, max_in_flight; /* n_lent: of active */
    _Atomic int max_lent;
    _Atomic int64_t stop_at_ms; /* 0: not stopping */
    _Atomic int shown_in_flight;
    _Atomic uint64_t requests, bytes;
};

/* ---- one call ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_call *call = arg;
    buf_put(&call->bytes, bytes, size * n);
    return call->bytes.overflow ? 0 : size * n;
}

/* Header lines of the final response only: an interim one (100, 103) begins anew with the next status line. */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_call *call = arg;
    slice line = slice_trim(slice_from(bytes, size * n));
    if (!gh_framing_line(&call->framing, slice_from(bytes, size * n)))
        return 0;
    call->answered = true;
    if (slice_starts(line, SLICE("HTTP/"))) {
        buf_reset(&call->head);
    } else if (line.len && slice_find(line, ':') > 0) {
        buf_put(&call->head, line.ptr, line.len);
        buf_putc(&call->head, '\n');
    }
    return call->head.overflow ? 0 : size * n;
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *grown = curl_slist_append(*list, line);
    if (grown)
        *list = grown;
    return grown != NULL;
}

static bool has_header(const struct gh_call *call, slice name)
{
    for (const char *const *h = call->headers; *h; h++) {
        slice line = slice_of(*h);
        if (line.len > name.len && (line.ptr[name.len] == ':' || line.ptr[name.len] == ';') &&
            slice_eq_nocase(slice_from(line.ptr, name.len), name))
            return true;
    }
    return false;
}

/* What libcurl would add by itself is taken away: a name with a colon and nothing behind it. */
static bool build_headers(const struct gh_call *call, struct curl_slist **list)
{
    static const slice unwanted[] = {SLICE("Accept"), SLICE("Content-Type"), SLICE("Expect")};
    for (const char *const *h = call->headers; *h; h++)
        if (!append(list, *h))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++) {
        char line[32];
        snprintf(line, sizeof line, "%.*s:", SLICE_ARG(unwanted[i]));
        if (!has_header(call, unwanted[i]) && !append(list, line))
            return false;
    }
    return true;
}

static void set_body(CURL *easy, const struct gh_call *call)
{
    if (call->body.ptr) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.ptr);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    }
    if (strcmp(call->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (call->body.ptr ? strcmp(call->method, "POST") != 0 : strcmp(call->method, "GET") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_options(CURL *easy, struct gh_call *call)
{
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)call->list);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)GH_PASSTHROUGH_FIRST_BYTE_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)GH_PASSTHROUGH_TOTAL_MS +
                         (long)(call->body.len * 1000 / GH_PASSTHROUGH_UPLOAD_BYTES_S));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    set_body(easy, call);
}

void gh_call_finish(struct gh_call *call)
{
    buf_finish(&call->head);
    buf_finish(&call->bytes);
}

static void finish(struct gh_passthrough *r, struct gh_call *call, enum gh_passthrough_failure failure,
                   const char *error)
{
    curl_slist_free_all(call->list);
    call->list = NULL;
    call->easy = NULL;
    call->failure = failure;
    if (failure != GH_PASSTHROUGH_OK)
        call->status = 0;
    snprintf(call->error, sizeof call->error, "%s", error ? error : "");
    call->elapsed_ms = clock_mono_ms() - call->submitted_ms;
    atomic_fetch_add_explicit(&r->bytes, call->bytes.len, memory_order_relaxed);
    call->done(call);
}

static CURL *take_easy(struct gh_passthrough *r)
{
    return r->n_idle ? r->idle[--r->n_idle] : curl_easy_init();
}

static void give_easy(struct gh_passthrough *r, CURL *easy)
{
    curl_easy_reset(easy);
    if (r->n_idle < MAX_HANDLES)
        r->idle[r->n_idle++] = easy;
    else
        curl_easy_cleanup(easy);
}

static void start(struct gh_passthrough *r, struct gh_call *call)
{
    struct curl_slist *list = NULL;
    bool ok = build_headers(call, &list);
    CURL *easy = ok ? take_easy(r) : NULL;
    call->list = list;
    call->easy = easy;
    if (!easy) {
        finish(r, call, GH_PASSTHROUGH_CONNECTION, "the request could not be built");
        return;
    }
    set_options(easy, call);
    gh_tls_set(easy, r->ca_file);
    if (curl_multi_add_handle(r->multi, easy) != CURLM_OK) {
        give_easy(r, easy);
        finish(r, call, GH_PASSTHROUGH_CONNECTION, "the request could not be started");
        return;
    }
    call->progress_ms = clock_mono_ms();
    call->uploaded = 0;
    r->active[r->n_active++] = call;
    r->n_lent += call->lent;
    atomic_fetch_add_explicit(&r->requests, 1, memory_order_relaxed);
}

/* Takes the call out of the multi handle and gives it back. late: by our own clock. */
static void end(struct gh_passthrough *r, struct gh_call *call, CURLcode result, bool late)
{
    long status = 0;
    CURL *easy = call->easy;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(r->multi, easy);
    give_easy(r, easy);
    for (int i = 0; i < r->n_active; i++) {
        if (r->active[i] == call) {
            r->active[i] = r->active[--r->n_active];
            r->n_lent -= call->lent;
            break;
        }
    }
    call->status = (int)status;
    if (late)
        finish(r, call, GH_PASSTHROUGH_TIMEOUT, "no answer in time");
    else if (call->bytes.overflow || call->head.overflow)
        finish(r, call, GH_PASSTHROUGH_TOO_BIG, "the answer is over the bound");
    else if (result == CURLE_OK)
        finish(r, call, GH_PASSTHROUGH_OK, NULL);
    else
        finish(r, call,
               result == CURLE_OPERATION_TIMEDOUT ? GH_PASSTHROUGH_TIMEOUT : GH_PASSTHROUGH_CONNECTION,
               curl_easy_strerror(result));
}

/* ---- the loop ---- */

static void take_inbox(struct gh_passthrough *r)
{
    pthread_mutex_lock(&r->lock);
    if (r->inbox) {
        *r->pending_tail = r->inbox;
        r->pending_tail = r->inbox_tail;
        r->inbox = NULL;
        r->inbox_tail = &r->inbox;
    }
    pthread_mutex_unlock(&r->lock);
}

static struct gh_call *pop_pending(struct gh_passthrough *r)
{
    struct gh_call *call = r->pending;
    r->pending = call->next;
    if (!r->pending)
        r->pending_tail = &r->pending;
    return call;
}

static void start_pending(struct gh_passthrough *r)
{
    int max_lent = atomic_load(&r->max_lent);
    struct gh_call **at = &r->pending;
    while (*at && r->n_active < r->max_in_flight) {
        struct gh_call *call = *at;
        if (call->lent && r->n_lent >= max_lent) {
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (!*at)
            r->pending_tail = at;
        start(r, call);
    }
}

/* Its clock begins anew with each part of the body that goes out, so that it runs from the last one on. */
static void note_progress(struct gh_call *call, int64_t now)
{
    curl_off_t uploaded = 0;
    if (call->body.len && curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded) == CURLE_OK &&
        uploaded != call->uploaded) {
        call->uploaded = uploaded;
        call->progress_ms = now;
    }
}

/* When it will have waited too long for the next step, if none comes. */
static int64_t late_at_ms(const struct gh_call *call)
{
    bool sending = call->uploaded < (int64_t)call->body.len;
    return call->progress_ms + (sending ? GH_PASSTHROUGH_PROGRESS_MS : GH_PASSTHROUGH_FIRST_BYTE_MS);
}

/* Ends what waited too long; returns how long until the next one may have. */
static int64_t end_late(struct gh_passthrough *r)
{
    int64_t now = clock_mono_ms(), next_ms = 1000;
    while (r->pending && now - r->pending->submitted_ms >= GH_PASSTHROUGH_QUEUE_MS)
        finish(r, pop_pending(r), GH_PASSTHROUGH_TIMEOUT, "no answer in time");
    for (int i = r->n_active - 1; i >= 0; i--) {
        struct gh_call *call = r->active[i];
        if (call->answered)
            continue;
        note_progress(call, now);
        int64_t left = late_at_ms(call) - now;
        if (left <= 0)
            end(r, call, CURLE_OPERATION_TIMEDOUT, true);
        else if (left < next_ms)
            next_ms = left;
    }
    return next_ms;
}

static void reap(struct gh_passthrough *r)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(r->multi, &left))) {
        struct gh_call *call = NULL;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        end(r, call, result, false);
    }
}

static void end_all(struct gh_passthrough *r)
{
    while (r->n_active)
        end(r, r->active[0], CURLE_ABORTED_BY_CALLBACK, false);
    for (take_inbox(r); r->pending; take_inbox(r))
        finish(r, pop_pending(r), GH_PASSTHROUGH_CONNECTION, "stopping");
}

static void *loop(void *arg)
{
    struct gh_passthrough *r = arg;
    int running;
    for (;;) {
        int64_t stop_at_ms = atomic_load(&r->stop_at_ms), wait_ms;
        take_inbox(r);
        if (stop_at_ms && ((!r->n_active && !r->pending) || clock_mono_ms() >= stop_at_ms))
            break;
        start_pending(r);
        curl_multi_perform(r->multi, &running);
        reap(r);
        wait_ms = end_late(r);
        start_pending(r);
        atomic_store_explicit(&r->shown_in_flight, r->n_active, memory_order_relaxed);
        curl_multi_poll(r->multi, NULL, 0, (int)(stop_at_ms && wait_ms > 50 ? 50 : wait_ms), NULL);
    }
    end_all(r);
    return NULL;
}

/* ---- the outside ---- */

bool gh_passthrough_start(int max_in_flight, const char *ca_file, struct gh_passthrough **out,
                          struct err *err)
{
    if (!gh_tls_check(ca_file, err))
        return false;
    struct gh_passthrough *r = calloc(1, sizeof *r);
    if (!r || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(r->multi = curl_multi_init())) {
        free(r);
        return err_set(err, ERR_SYSTEM, "libcurl can't start");
    }
    r->ca_file = ca_file;
    pthread_mutex_init(&r->lock, NULL);
    r->inbox_tail = &r->inbox;
    r->pending_tail = &r->pending;
    atomic_store(&r->max_lent, MAX_HANDLES);
    r->max_in_flight = max_in_flight < MAX_HANDLES ? max_in_flight : MAX_HANDLES;
    curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, (long)MAX_HANDLES);
    if (pthread_create(&r->thread, NULL, loop, r) != 0) {
        curl_multi_cleanup(r->multi);
        pthread_mutex_destroy(&r->lock);
        free(r);
        return err_set(err, ERR_SYSTEM, "no thread for the passthrough");
    }
    *out = r;
    return true;
}

void gh_passthrough_stop(struct gh_passthrough *r, int64_t grace_ms)
{
    if (!r)
        return;
    atomic_store(&r->stop_at_ms, clock_mono_ms() + grace_ms);
    curl_multi_wakeup(r->multi);
    pthread_join(r->thread, NULL);
    for (int i = 0; i < r->n_idle; i++)
        curl_easy_cleanup(r->idle[i]);
    curl_multi_cleanup(r->multi);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void gh_passthrough_submit(struct gh_passthrough *r, struct gh_call *call)
{
    call->next = NULL;
    call->status = 0;
    call->answered = false;
    call->framing = (struct gh_framing){0};
    call->easy = call->list = NULL;
    gh_call_finish(call);
    buf_init(&call->head, GH_PASSTHROUGH_MAX_HEAD_BYTES);
    buf_init(&call->bytes, GH_PASSTHROUGH_MAX_BODY_BYTES);
    call->submitted_ms = clock_mono_ms();
    pthread_mutex_lock(&r->lock);
    *r->inbox_tail = call;
    r->inbox_tail = &call->next;
    pthread_mutex_unlock(&r->lock);
    curl_multi_wakeup(r->multi);
}

void gh_passthrough_set_lent(struct gh_passthrough *r, int max_in_flight)
{
    atomic_store(&r->max_lent, max_in_flight);
    curl_multi_wakeup(r->multi);
}

void gh_passthrough_stats(struct gh_passthrough *r, struct gh_passthrough_stats *out)
{
    *out = (struct gh_passthrough_stats){
        .in_flight = atomic_load(&r->shown_in_flight),
        .requests = atomic_load(&r->requests),
        .bytes = atomic_load(&r->bytes),
    };
}
