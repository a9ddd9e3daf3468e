/* metrics: requests counted by route and status, how long they took, and the text Prometheus reads (exposition format
 * 0.0.4). Thread-safe, no locks. */
#pragma once
#include "api/request/request.h"

struct metrics;
struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *metrics);
/* route NULL: no such path. */
void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t took_us,
                   size_t bytes);
/* A request was turned away because of load. */
void metrics_shed(struct metrics *metrics);
/* All of it, as text. */
void metrics_write(const struct metrics *metrics, struct buf *out);

/* ---- for who writes other figures ---- */
/* The lines that explain a name; type is counter, gauge or histogram. */
void metrics_head(struct buf *out, const char *name, const char *type, const char *help);
/* name{labels} value. labels: pairs of name and value, ended by NULL; values are escaped. */
void metrics_value(struct buf *out, const char *name, double value, ...) __attribute__((sentinel));
