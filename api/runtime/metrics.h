/* metrics: requests by route and status and their durations, in Prometheus' text format. Thread-safe, no locks. */
#pragma once
#include "api/request/request.h"

struct metrics;
struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *metrics);
/* route NULL: no such path. */
void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t took_us,
                   size_t bytes);
/* A request was refused because of load. */
void metrics_shed(struct metrics *metrics);
/* All of it, as text. */
void metrics_write(const struct metrics *metrics, struct buf *out);
