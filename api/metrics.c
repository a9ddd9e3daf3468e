#include "api/metrics.h"
#include "api/routes.h"
#include <stdlib.h>

#define MAX_ROUTES 64

/* The statuses this API gives; 0 takes what is not listed. */
static const int statuses[] = {200, 301, 302, 400, 401, 403, 404, 405, 406,
                               409, 413, 414, 415, 429, 500, 503, 504, 0};
/* Upper bounds of the latency buckets. */
static const int64_t bounds_us[] = {1000,   2500,   5000,   10000,   25000,  50000,
                                    100000, 250000, 500000, 1000000, 5000000};

struct route_figures {
    _Atomic uint64_t by_status[ARRAY_LEN(statuses)];
    _Atomic uint64_t by_bound[ARRAY_LEN(bounds_us) + 1];
    _Atomic uint64_t sum_us;
};

struct metrics {
    struct route_figures figures[MAX_ROUTES + 1]; /* the last: no such path */
};

struct metrics *metrics_create(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics || n_routes > MAX_ROUTES)
        abort();
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    free(metrics);
}

void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t took_us)
{
    struct route_figures *f = &metrics->figures[route ? route - routes : (ptrdiff_t)n_routes];
    size_t s = 0, b = 0;
    while (statuses[s] && statuses[s] != status)
        s++;
    while (b < ARRAY_LEN(bounds_us) && took_us > bounds_us[b])
        b++;
    atomic_fetch_add_explicit(&f->by_status[s], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&f->by_bound[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&f->sum_us, (uint64_t)took_us, memory_order_relaxed);
}

static void write_latency(const struct route_figures *f, const char *path, struct buf *out)
{
    uint64_t total = 0;
    for (size_t b = 0; b <= ARRAY_LEN(bounds_us); b++) {
        total += f->by_bound[b];
        buf_printf(out, "gitomatic_http_request_duration_seconds_bucket{route=\"%s\",le=\"", path);
        if (b < ARRAY_LEN(bounds_us))
            buf_printf(out, "%g", (double)bounds_us[b] / 1e6);
        else
            buf_puts(out, "+Inf");
        buf_printf(out, "\"} %llu\n", (unsigned long long)total);
    }
    buf_printf(out, "gitomatic_http_request_duration_seconds_sum{route=\"%s\"} %.6f\n", path,
               (double)f->sum_us / 1e6);
    buf_printf(out, "gitomatic_http_request_duration_seconds_count{route=\"%s\"} %llu\n", path,
               (unsigned long long)total);
}

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    buf_puts(out, "# HELP gitomatic_http_requests_total Requests answered, by route and status.\n"
                  "# TYPE gitomatic_http_requests_total counter\n");
    for (size_t r = 0; r <= n_routes; r++)
        for (size_t s = 0; s < ARRAY_LEN(statuses); s++) {
            uint64_t n = metrics->figures[r].by_status[s];
            if (n)
                buf_printf(out, "gitomatic_http_requests_total{route=\"%s\",status=\"%d\"} %llu\n",
                           r < n_routes ? routes[r].path : "other", statuses[s], (unsigned long long)n);
        }
    buf_puts(
        out,
        "# HELP gitomatic_http_request_duration_seconds Time from the whole request to the whole answer.\n"
        "# TYPE gitomatic_http_request_duration_seconds histogram\n");
    for (size_t r = 0; r <= n_routes; r++)
        write_latency(&metrics->figures[r], r < n_routes ? routes[r].path : "other", out);
}
