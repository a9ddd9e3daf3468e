/* Happy path: submit → waiting → multi.h → done. A call that can't start, is late or is cut
 * off ends with its failure; every call that was submitted comes back through done exactly once. */
#include "github/passthrough.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include <curl/curl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct gh_passthrough {
    struct gh_multi *multi;
    struct gh_transfers waiting; /* the loop's */
    int n_lent, max_in_flight;   /* n_lent: of those in flight */
    _Atomic int max_lent;
    _Atomic uint64_t bytes;
};

/* A call begins with its transfer. */
_Static_assert(offsetof(struct gh_call, transfer) == 0, "the transfer comes first");
static struct gh_call *call_of(struct gh_transfer *t)
{
    return (struct gh_call *)t;
}

/* ---- one call ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_call *call = arg;
    call->received = true;
    if (call->transfer.framing.broken)
        return 0;
    return gh_keep_bytes(bytes, size, n, &call->bytes);
}

/* Header lines of the final response only: the next status line after an interim one (100, 103) starts over, and trailers are
 * dropped. */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct gh_call *call = arg;
    slice line = slice_trim(slice_from(bytes, size * n));
    if (!gh_framing_line(&call->transfer.framing, slice_from(bytes, size * n)))
        return 0;
    call->received = true;
    if (call->transfer.framing.trailer)
        return size * n;
    if (slice_starts(line, SLICE("HTTP/"))) {
        buf_reset(&call->head);
        call->n_fields = 0;
    } else if (line.len && slice_find(line, ':') > 0) {
        buf_put(&call->head, line.ptr, line.len);
        buf_putc(&call->head, '\n');
        call->head.overflow |= ++call->n_fields > GH_PASSTHROUGH_MAX_FIELDS;
    }
    return call->head.overflow ? 0 : size * n;
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

/* Removes headers that libcurl would add: a name with a colon and no value. */
static bool add_headers(struct gh_call *call)
{
    static const slice unwanted[] = {SLICE("Accept"), SLICE("Content-Type"), SLICE("Expect")};
    for (const char *const *h = call->headers; *h; h++)
        if (!gh_transfer_line(&call->transfer, *h))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++) {
        char line[32];
        snprintf(line, sizeof line, "%.*s:", SLICE_ARG(unwanted[i]));
        if (!has_header(call, unwanted[i]) && !gh_transfer_line(&call->transfer, line))
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

static bool build(struct gh_transfer *t)
{
    struct gh_call *call = call_of(t);
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)GH_PASSTHROUGH_PROGRESS_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)GH_PASSTHROUGH_TOTAL_MS +
                         (long)(call->body.len * 1000 / GH_PASSTHROUGH_UPLOAD_BYTES_S));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    set_body(easy, call);
    return add_headers(call);
}

void gh_call_finish(struct gh_call *call)
{
    buf_finish(&call->head);
    buf_finish(&call->bytes);
}

static enum gh_passthrough_failure failure_of(const struct gh_call *call, enum gh_end end)
{
    if (end == GH_END_TIMEOUT)
        return GH_PASSTHROUGH_TIMEOUT;
    if (call->bytes.overflow || call->head.overflow)
        return GH_PASSTHROUGH_TOO_BIG;
    return end == GH_END_ANSWERED && call->transfer.framing.head_ended ? GH_PASSTHROUGH_OK
                                                                       : GH_PASSTHROUGH_CONNECTION;
}

static void ended(void *owner, struct gh_transfer *t, enum gh_end end, int status, const char *why)
{
    struct gh_passthrough *r = owner;
    struct gh_call *call = call_of(t);
    if (call->counts_as_lent)
        r->n_lent--;
    call->counts_as_lent = false;
    call->failure = failure_of(call, end);
    if (call->failure == GH_PASSTHROUGH_TOO_BIG)
        why = "the answer is over the bound";
    else if (end == GH_END_ANSWERED && call->failure != GH_PASSTHROUGH_OK)
        why = "the answer's head was cut";
    call->status = call->failure == GH_PASSTHROUGH_OK ? status : 0;
    snprintf(call->error, sizeof call->error, "%s", why ? why : "");
    call->elapsed_ms = clock_mono_ms() - call->submitted_ms;
    atomic_fetch_add_explicit(&r->bytes, call->bytes.len, memory_order_relaxed);
    call->done(call);
}

/* ---- the loop ---- */

static void accept_transfer(void *owner, struct gh_transfer *t)
{
    gh_transfers_push(&((struct gh_passthrough *)owner)->waiting, t);
}

static void start_call(struct gh_passthrough *r, struct gh_call *call)
{
    call->progress_ms = clock_mono_ms();
    call->uploaded = 0;
    call->received = false;
    call->counts_as_lent = call->lent;
    r->n_lent += call->lent;
    gh_multi_start_transfer(r->multi, &call->transfer);
}

static void start(void *owner, bool stopping)
{
    struct gh_passthrough *r = owner;
    int max_lent = atomic_load(&r->max_lent);
    struct gh_transfer **at = &r->waiting.head;
    (void)stopping; /* waiting calls are sent within the grace */
    while (*at && gh_multi_n_active(r->multi) < r->max_in_flight) {
        struct gh_call *call = call_of(*at);
        if (call->lent && r->n_lent >= max_lent) {
            at = &(*at)->next;
            continue;
        }
        gh_transfers_remove(&r->waiting, at);
        start_call(r, call);
    }
}

/* Its timeout restarts with each part of the request that is sent and of the answer that is received. */
static void note_progress(struct gh_call *call, int64_t now)
{
    curl_off_t uploaded = 0;
    bool any = call->received;
    call->received = false;
    if (call->body.len &&
        curl_easy_getinfo(call->transfer.easy, CURLINFO_SIZE_UPLOAD_T, &uploaded) == CURLE_OK) {
        any |= uploaded != call->uploaded;
        call->uploaded = uploaded;
    }
    if (any)
        call->progress_ms = now;
}

/* Ends what waited too long; returns how long until the next one may have. */
static int64_t end_late(struct gh_passthrough *r)
{
    int64_t now = clock_mono_ms(), next_ms = 1000;
    while (r->waiting.head && now - call_of(r->waiting.head)->submitted_ms >= GH_PASSTHROUGH_QUEUE_MS)
        ended(r, gh_transfers_remove(&r->waiting, &r->waiting.head), GH_END_TIMEOUT, 0, "no answer in time");
    for (int i = gh_multi_n_active(r->multi) - 1; i >= 0; i--) {
        struct gh_call *call = call_of(gh_multi_active(r->multi, i));
        note_progress(call, now);
        int64_t left = call->progress_ms + GH_PASSTHROUGH_PROGRESS_MS - now;
        if (left <= 0)
            gh_multi_end(r->multi, &call->transfer, GH_END_TIMEOUT, "no answer in time");
        else if (left < next_ms)
            next_ms = left;
    }
    return next_ms;
}

static int64_t wait_ms(void *owner)
{
    int64_t next_ms = end_late(owner);
    start(owner, false); /* in place of those that ended */
    return next_ms;
}

static bool has_waiting(void *owner)
{
    return ((struct gh_passthrough *)owner)->waiting.head != NULL;
}

static void drop_waiting(void *owner)
{
    struct gh_passthrough *r = owner;
    while (r->waiting.head)
        ended(r, gh_transfers_remove(&r->waiting, &r->waiting.head), GH_END_STOPPED, 0, "stopping");
}

static const struct gh_multi_user user = {accept_transfer, start, wait_ms,     has_waiting,
                                          build,           ended, drop_waiting};

/* ---- the outside ---- */

bool gh_passthrough_start(int max_in_flight, const char *ca_file, struct gh_passthrough **out,
                          struct err *err)
{
    struct gh_passthrough *r = xcalloc(1, sizeof *r);
    gh_transfers_init(&r->waiting);
    atomic_store(&r->max_lent, GH_MULTI_MAX_TRANSFERS);
    r->max_in_flight = max_in_flight < GH_MULTI_MAX_TRANSFERS ? max_in_flight : GH_MULTI_MAX_TRANSFERS;
    if (!gh_multi_start(&user, r, GH_MULTI_MAX_TRANSFERS, ca_file, &r->multi, err)) {
        free(r);
        return false;
    }
    *out = r;
    return true;
}

void gh_passthrough_stop(struct gh_passthrough *r, int64_t grace_ms)
{
    if (!r)
        return;
    gh_multi_stop(r->multi, grace_ms);
}

void gh_passthrough_destroy(struct gh_passthrough *r)
{
    if (!r)
        return;
    gh_multi_destroy(r->multi);
    free(r);
}

void gh_passthrough_submit(struct gh_passthrough *r, struct gh_call *call)
{
    call->status = 0;
    gh_call_finish(call);
    buf_init(&call->head, GH_PASSTHROUGH_MAX_HEAD_BYTES);
    buf_init(&call->bytes, GH_PASSTHROUGH_MAX_BODY_BYTES);
    call->submitted_ms = clock_mono_ms();
    gh_multi_submit(r->multi, &call->transfer);
}

void gh_passthrough_set_lent(struct gh_passthrough *r, int max_in_flight)
{
    atomic_store(&r->max_lent, max_in_flight);
    gh_multi_wake(r->multi);
}

void gh_passthrough_stats(struct gh_passthrough *r, struct gh_passthrough_stats *out)
{
    *out = (struct gh_passthrough_stats){
        .in_flight = gh_multi_in_flight(r->multi),
        .requests = gh_multi_n_started(r->multi),
        .bytes = atomic_load(&r->bytes),
    };
}
