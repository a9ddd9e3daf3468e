#include "mirror/metrics.h"
#include "core/base/memory.h"
#include "core/log/exposition.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define LATENCY  "request_latency_seconds"
#define SAVED    "gitomatic_mirror_quota_saved_total"
#define N_SERIES 1024 /* of (label, status, method); more share the last */

/* The buckets of the original's client library. */
static const int64_t bounds_us[] = {5000,   10000,  25000,   50000,   75000,   100000,  250000,
                                    500000, 750000, 1000000, 2500000, 5000000, 7500000, 10000000};
static const char *const bound_names[] = {"0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25",
                                          "0.5",   "0.75", "1.0",   "2.5",  "5.0",   "7.5", "10.0"};
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
static const char *const savings[N_SAVINGS] = {"revalidated", "fresh", "coalesced", "stored"};

struct series {
    _Atomic(const char *) label; /* NULL: free */
    int status;
    const char *method;
    _Atomic bool ready; /* status and method are written */
    _Atomic uint64_t by_bound[ARRAY_LEN(bounds_us) + 1], sum_us;
};

struct mirror_metrics {
    _Atomic uint64_t requests, hits, saved[N_SAVINGS];
    struct series series[N_SERIES];
};

struct mirror_metrics *mirror_metrics_create(void)
{
    struct mirror_metrics *f = xcalloc(1, sizeof *f);
    return f;
}

void mirror_metrics_destroy(struct mirror_metrics *f)
{
    free(f);
}

static const char *known_method(const char *method)
{
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(methods) && strcmp(method, methods[i]) != 0)
        i++;
    return methods[i];
}

/* Labels and methods are constants of this program: compared as pointers. */
static struct series *series_of(struct mirror_metrics *f, const char *label, int status, const char *method)
{
    size_t start = ((uintptr_t)label / 8 * 31 + (size_t)status * 7 + (uintptr_t)method / 8) % (N_SERIES - 1);
    for (size_t step = 0; step < N_SERIES - 1; step++) {
        struct series *s = &f->series[(start + step) % (N_SERIES - 1)];
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&s->label, &none, label)) {
            s->status = status;
            s->method = method;
            atomic_store_explicit(&s->ready, true, memory_order_release);
            return s;
        }
        while (!atomic_load_explicit(&s->ready, memory_order_acquire))
            continue; /* another thread is about to complete it */
        if (none == label && s->status == status && s->method == method)
            return s;
    }
    return &f->series[N_SERIES - 1];
}

void mirror_metrics_count(struct mirror_metrics *f, const char *label, int status, const char *method,
                          int64_t took_us)
{
    size_t b = 0;
    struct series *s = series_of(f, label, status, known_method(method));
    while (b < ARRAY_LEN(bounds_us) && took_us > bounds_us[b])
        b++;
    atomic_fetch_add_explicit(&f->requests, 1, memory_order_relaxed);
    if (slice_ends(slice_of(label), SLICE("_HIT")))
        atomic_fetch_add_explicit(&f->hits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->by_bound[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us, (uint64_t)took_us, memory_order_relaxed);
}

void mirror_metrics_saved(struct mirror_metrics *f, enum saving how)
{
    atomic_fetch_add_explicit(&f->saved[how], 1, memory_order_relaxed);
}

const char *mirror_saving_name(enum saving how)
{
    return savings[how];
}

void mirror_metrics_totals(const struct mirror_metrics *f, struct mirror_totals *out)
{
    out->requests = atomic_load_explicit(&f->requests, memory_order_relaxed);
    out->hits = atomic_load_explicit(&f->hits, memory_order_relaxed);
    for (size_t i = 0; i < N_SAVINGS; i++)
        out->saved[i] = atomic_load_explicit(&f->saved[i], memory_order_relaxed);
}

static void write_series(const struct series *s, struct buf *out)
{
    char status[12];
    uint64_t total = 0;
    snprintf(status, sizeof status, "%d", s->status);
    for (size_t b = 0; b <= ARRAY_LEN(bounds_us); b++) {
        total += s->by_bound[b];
        exposition_value(out, LATENCY "_bucket", (double)total, "cache", s->label, "method", s->method,
                         "status", status, "le", b < ARRAY_LEN(bounds_us) ? bound_names[b] : "+Inf", NULL);
    }
    exposition_value(out, LATENCY "_count", (double)total, "cache", s->label, "method", s->method, "status",
                     status, NULL);
    exposition_value(out, LATENCY "_sum", (double)s->sum_us / 1e6, "cache", s->label, "method", s->method,
                     "status", status, NULL);
}

void mirror_metrics_write(const struct mirror_metrics *f, struct buf *out)
{
    exposition_single(out, "http_request_total", "counter", "total requests", (int64_t)f->requests);
    exposition_head(out, LATENCY, "histogram", "request latency histogram");
    for (size_t i = 0; i < N_SERIES; i++)
        if (atomic_load_explicit(&f->series[i].ready, memory_order_acquire))
            write_series(&f->series[i], out);
    exposition_head(out, SAVED, "counter", "Requests answered without using quota, by kind.");
    for (size_t i = 0; i < N_SAVINGS; i++)
        exposition_value(out, SAVED, (double)f->saved[i], "how", savings[i], NULL);
}
