/* plot: a line over time inside a page: drawn by the server, coloured by the style sheet, stretched to its place. What it says is in
 * a table beside it. */
#pragma once
#include "core/base/buf.h"
#include <stddef.h>

#define PLOT_MAX_MARKS 2

struct plot_point {
    int64_t x, y;
};
struct plot {
    const char *label;               /* for who can't see it; escaped here */
    const struct plot_point *points; /* in the order of x */
    size_t n;
    int64_t from, to, high;        /* x from `from` to `to`, y from 0 to `high` */
    int64_t marks[PLOT_MAX_MARKS]; /* heights of dashed lines; 0: none */
    const char *first, *half,
        *last; /* what lies at the left end, the middle and the right end; our own text */
};
/* The last value is taken to hold until `to`. */
void plot_put(struct buf *out, const struct plot *plot);
