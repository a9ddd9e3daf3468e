/* plot: a line over time inside a page: drawn by the server, coloured by the style sheet, scaled to its container. A table
 * beside it has the same data. */
#pragma once
#include "core/base/buf.h"
#include <stddef.h>

#define PLOT_MAX_MARKS 2

struct plot_point {
    int64_t x, y;
};
struct plot {
    const char *label;               /* for screen readers; escaped here */
    const struct plot_point *points; /* in the order of x */
    size_t n;
    int64_t from, to, high;          /* x from `from` to `to`, y from 0 to `high` */
    int64_t marks[PLOT_MAX_MARKS];   /* heights of dashed lines; 0: none */
    const char *first, *half, *last; /* labels of the left end, the middle and the right end; trusted text */
};
/* The last value is drawn until `to`. */
void plot_put(struct buf *out, const struct plot *plot);
