#include "api/runtime/metrics.h"
#include "api/spec/routes.h"
#include "core/base/memory.h"
#include "core/log/exposition.h"
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MAX_ROUTES   64
#define STATUS_FIRST 100
#define STATUS_COUNT 500
#define REQUESTS     "gitomatic_http_requests_total"
#define DURATION     "gitomatic_http_request_duration_seconds"

/* Upper bounds of the latency buckets. */
static const int64_t bounds_us[] = {250,   500,    1000,   2500,   5000,    10000,  20000,
                                    50000, 100000, 250000, 500000, 1000000, 5000000};

struct route_figures {
    _Atomic uint64_t by_status[STATUS_COUNT];
    _Atomic uint64_t by_bound[ARRAY_LEN(bounds_us) + 1];
    _Atomic uint64_t sum_us, bytes;
};

struct metrics {
    _Atomic uint64_t shed;
    struct route_figures figures[MAX_ROUTES + 1]; /* the last: no such path */
};

struct metrics *metrics_create(void)
{
    struct metrics *metrics = xcalloc(1, sizeof *metrics);
    if (n_routes > MAX_ROUTES)
        abort();
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t took_us,
                   size_t bytes)
{
    struct route_figures *f = &metrics->figures[route ? route - routes : (ptrdiff_t)n_routes];
    size_t s =
        status >= STATUS_FIRST && status < STATUS_FIRST + STATUS_COUNT ? (size_t)(status - STATUS_FIRST) : 0;
    size_t b = 0;
    while (b < ARRAY_LEN(bounds_us) && took_us > bounds_us[b])
        b++;
    add(&f->by_status[s], 1);
    add(&f->by_bound[b], 1);
    add(&f->sum_us, (uint64_t)took_us);
    add(&f->bytes, bytes);
}

void metrics_shed(struct metrics *metrics)
{
    add(&metrics->shed, 1);
}

/* ---- writing ---- */

static const char *name_of(size_t route)
{
    return route < n_routes ? routes[route].path : "other";
}

static void put_latency(const struct route_figures *f, const char *path, struct buf *out)
{
    uint64_t total = 0;
    char bound[32];
    for (size_t b = 0; b <= ARRAY_LEN(bounds_us); b++) {
        total += f->by_bound[b];
        if (b < ARRAY_LEN(bounds_us))
            snprintf(bound, sizeof bound, "%g", (double)bounds_us[b] / 1e6);
        else
            snprintf(bound, sizeof bound, "+Inf");
        exposition_value(out, DURATION "_bucket", (double)total, "route", path, "le", bound, NULL);
    }
    exposition_value(out, DURATION "_sum", (double)f->sum_us / 1e6, "route", path, NULL);
    exposition_value(out, DURATION "_count", (double)total, "route", path, NULL);
}

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    char status[8];
    exposition_head(out, REQUESTS, "counter", "Requests answered, by route and status.");
    for (size_t r = 0; r <= n_routes; r++)
        for (int s = 0; s < STATUS_COUNT; s++) {
            uint64_t n = metrics->figures[r].by_status[s];
            snprintf(status, sizeof status, "%d", STATUS_FIRST + s);
            if (n)
                exposition_value(out, REQUESTS, (double)n, "route", name_of(r), "status", status, NULL);
        }
    exposition_head(out, DURATION, "histogram",
                    "Time from the complete request to the complete answer, without its transfer.");
    for (size_t r = 0; r <= n_routes; r++)
        put_latency(&metrics->figures[r], name_of(r), out);
    exposition_head(out, "gitomatic_http_response_bytes_total", "counter",
                    "Bytes of answers' bodies, encoded as sent.");
    for (size_t r = 0; r <= n_routes; r++)
        exposition_value(out, "gitomatic_http_response_bytes_total", (double)metrics->figures[r].bytes,
                         "route", name_of(r), NULL);
    exposition_head(out, "gitomatic_http_requests_shed_total", "counter",
                    "Requests refused with 503 because of load.");
    exposition_value(out, "gitomatic_http_requests_shed_total", (double)metrics->shed, NULL);
}
