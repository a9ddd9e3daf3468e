/* Happy path: submit → waiting → multi.h → done.
 * Failure modes: a fetch that can't start ends with status 0; stopping ends all of them the same way; a body over the
 * bound aborts the transfer. The window (how many in flight) grows by one per window of good answers and halves at most
 * once a second on bad ones. */
#include "github/fetch.h"
#include "core/base/clock.h"
#include "core/base/gzip.h"
#include "core/base/memory.h"
#include <curl/curl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_IN_FLIGHT 128
#define STOP_GRACE_MS 5000

struct gh_fetcher {
    struct gh_multi *multi;
    struct gh_transfers waiting[2];    /* the loop's; [1]: background */
    bool paced;                        /* one waits for its credential's pace */
    _Atomic int ceiling, window_milli; /* window in thousandths */
    _Atomic int64_t halved_at_ms;
    _Atomic int shown_waiting, failures_in_a_row;
    _Atomic uint64_t bytes;
};

/* A fetch begins with its transfer. */
_Static_assert(offsetof(struct gh_fetch, transfer) == 0, "the transfer comes first");
static struct gh_fetch *fetch_of(struct gh_transfer *t)
{
    return (struct gh_fetch *)t;
}

/* ---- one request ---- */

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
    if (!gh_framing_line(&f->transfer.framing, line))
        return 0;
    if (f->transfer.framing.trailer)
        return size * n;
    gh_headers_line(&f->headers, line);
    if (f->keeps_raw)
        keep_line(f, slice_trim(line));
    return size * n;
}

/* Decodes the body, which is kept as received. False if it does not have the coding that the headers name. */
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

static bool add_headers(struct gh_fetch *f)
{
    struct gh_transfer *t = &f->transfer;
    return gh_transfer_header(t, "Accept", f->accept) &&
           gh_transfer_header(t, "Authorization", f->authorization) &&
           gh_transfer_header(t, "X-GitHub-Api-Version", GH_API_VERSION) &&
           gh_transfer_header(t, "If-None-Match", f->etag) &&
           gh_transfer_header(t, "If-Modified-Since", f->etag ? NULL : f->last_modified) &&
           gh_transfer_header(t, "Content-Type", f->post.ptr ? "application/json" : NULL);
}

void gh_easy_set(void *easy, const char *url, struct buf *body,
                 size_t (*keep_header)(char *line, size_t size, size_t n, void *arg), void *arg)
{
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "gitomatic/" GITOMATIC_VERSION);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)GH_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)GH_TOTAL_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, gh_keep_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, arg);
}

static bool build(struct gh_transfer *t)
{
    struct gh_fetch *f = fetch_of(t);
    CURL *easy = t->easy;
    gh_easy_set(easy, f->url, &f->body, on_header, f);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, f->keeps_raw ? 0L : 1L);
    if (f->post.ptr) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, f->post.ptr);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)f->post.len);
    }
    return add_headers(f);
}

static void reset(struct gh_fetch *f)
{
    f->status = 0;
    f->unsent = true;
    f->stopped = false;
    gh_headers_reset(&f->headers);
    buf_init(&f->body, GH_MAX_BODY_BYTES);
    buf_init(&f->head, 65536);
    f->started_ms = 0;
}

static void ended(void *owner, struct gh_transfer *t, enum gh_end end, int status, const char *why)
{
    struct gh_fetcher *fetcher = owner;
    struct gh_fetch *f = fetch_of(t);
    f->elapsed_ms = f->unsent ? 0 : clock_mono_ms() - f->started_ms;
    f->stopped = end == GH_END_STOPPED;
    f->unreached = !f->unsent && why && t->unreached;
    if (f->per_minute && (status == 403 || status == 429))
        f->pause = gh_per_minute_refused(f->per_minute);
    if (end == GH_END_ANSWERED && !f->transfer.framing.head_ended)
        why = "the answer's head was cut";
    else if (end == GH_END_ANSWERED && !unpack(f))
        why = "the body could not be decoded";
    else if (end != GH_END_ANSWERED && f->body.overflow)
        why = "the body is over the bound";
    f->status = why ? 0 : status;
    if (why)
        snprintf(f->error, sizeof f->error, "%s", why);
    atomic_fetch_add_explicit(&fetcher->bytes, f->body.len, memory_order_relaxed);
    f->done(f);
}

/* Gives back what was not started. */
static void refuse(struct gh_fetcher *t, struct gh_fetch *f, enum gh_end end, const char *why)
{
    ended(t, &f->transfer, end, 0, why);
}

/* ---- the loop ---- */

static int window_now(struct gh_fetcher *t)
{
    int window = atomic_load(&t->window_milli) / 1000, ceiling = atomic_load(&t->ceiling);
    if (window > ceiling)
        window = ceiling;
    if (window > MAX_IN_FLIGHT)
        window = MAX_IN_FLIGHT;
    return window < 1 ? 1 : window;
}

static void accept_transfer(void *owner, struct gh_transfer *t)
{
    struct gh_fetcher *fetcher = owner;
    gh_transfers_push(&fetcher->waiting[fetch_of(t)->background], t);
}

/* Starts what may start, in order; requests whose credential is at its rate limit are skipped, those whose credential has
 * been limited meanwhile go back. */
static void start_list(struct gh_fetcher *t, struct gh_transfers *waiting, int window)
{
    int64_t now_ms = clock_mono_ms(), now_s = now_ms / 1000;
    struct gh_transfer **at = &waiting->head;
    while (*at && gh_multi_n_active(t->multi) < window) {
        struct gh_fetch *f = fetch_of(*at);
        bool closed = gh_per_minute_closed(f->per_minute);
        bool late = f->usable_until_ms && now_ms >= f->usable_until_ms;
        if (!closed && !late && !gh_per_minute_allows(f->per_minute, now_s)) {
            t->paced = true;
            at = &(*at)->next;
            continue;
        }
        gh_transfers_remove(waiting, at);
        if (closed || late) {
            refuse(t, f, GH_END_NOT_STARTED, late ? "the token expires" : "the credential is paused");
            continue;
        }
        gh_per_minute_count(f->per_minute, now_s);
        f->unsent = false;
        f->started_ms = clock_mono_ms();
        gh_multi_start_transfer(t->multi, &f->transfer);
    }
}

static void start(void *owner, bool stopping)
{
    struct gh_fetcher *t = owner;
    int window = window_now(t);
    t->paced = false;
    for (int i = 0; i < 2 && !stopping; i++)
        start_list(t, &t->waiting[i], window);
    atomic_store_explicit(&t->shown_waiting, t->waiting[0].n + t->waiting[1].n, memory_order_relaxed);
}

static int64_t wait_ms(void *owner)
{
    return ((struct gh_fetcher *)owner)->paced ? 100 : 1000;
}

/* A stop starts nothing more. */
static bool has_waiting(void *owner)
{
    (void)owner;
    return false;
}

static void drop_waiting(void *owner)
{
    struct gh_fetcher *t = owner;
    for (int i = 0; i < 2; i++)
        while (t->waiting[i].head)
            refuse(t, fetch_of(gh_transfers_remove(&t->waiting[i], &t->waiting[i].head)), GH_END_STOPPED,
                   "stopping");
}

static const struct gh_multi_user user = {accept_transfer, start, wait_ms,     has_waiting,
                                          build,           ended, drop_waiting};

/* ---- the outside ---- */

bool gh_fetcher_start(int max_in_flight, const char *ca_file, struct gh_fetcher **out, struct err *err)
{
    struct gh_fetcher *t = xcalloc(1, sizeof *t);
    for (int i = 0; i < 2; i++)
        gh_transfers_init(&t->waiting[i]);
    atomic_store(&t->ceiling, max_in_flight);
    atomic_store(&t->window_milli, (max_in_flight > 8 ? 8 : max_in_flight) * 1000);
    if (!gh_multi_start(&user, t, 100, ca_file, &t->multi, err)) {
        free(t);
        return false;
    }
    *out = t;
    return true;
}

void gh_fetcher_stop(struct gh_fetcher *t)
{
    if (!t)
        return;
    gh_multi_stop(t->multi, STOP_GRACE_MS);
}

void gh_fetcher_destroy(struct gh_fetcher *t)
{
    if (!t)
        return;
    gh_multi_destroy(t->multi);
    free(t);
}

void gh_fetcher_submit(struct gh_fetcher *t, struct gh_fetch *fetch)
{
    reset(fetch);
    gh_multi_submit(t->multi, &fetch->transfer);
}

void gh_fetcher_sorted(struct gh_fetcher *t, struct gh_per_minute *per_minute, unsigned pause)
{
    if (pause && gh_per_minute_sorted(per_minute, pause))
        gh_multi_wake(t->multi);
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
        .in_flight = gh_multi_in_flight(t->multi),
        .queued = atomic_load(&t->shown_waiting),
        .window = window_now(t),
        .requests = gh_multi_n_started(t->multi),
        .bytes = atomic_load(&t->bytes),
        .failures_in_a_row = atomic_load(&t->failures_in_a_row),
    };
}
