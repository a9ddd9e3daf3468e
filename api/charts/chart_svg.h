/* chart_svg: a chart as a self-contained SVG picture: no script, no URLs, escaped texts, a title and a description for
 * screen readers, always below CHART_MAX_BYTES. Pure. */
#pragma once
#include "core/base/buf.h"
#include <stdint.h>

#define CHART_MAX_BYTES  (30 * 1000)
#define CHART_MAX_SERIES 8
#define CHART_MIN_WIDTH  200
#define CHART_MAX_WIDTH  2000
#define CHART_MIN_HEIGHT 100
#define CHART_MAX_HEIGHT 1000

enum chart_theme { CHART_AUTO, CHART_LIGHT, CHART_DARK };

struct chart_point {
    int64_t x, y; /* x: a day since 1970-01-01, or a number of days */
};
struct chart_series {
    slice name;
    const struct chart_point *points; /* in the order of x */
    size_t n;
};
struct chart {
    slice title, description;
    slice heading;                     /* the text above the drawing; ptr NULL: the title */
    const struct chart_series *series; /* at most CHART_MAX_SERIES; one needs no legend */
    size_t n_series;
    bool dates; /* x are days of the calendar */
    bool log;   /* y by powers of ten; values below 1 lie on the base line */
    bool bars;  /* one for each point of the first series; else lines */
    int width, height;
    enum chart_theme theme; /* CHART_AUTO: as the reader's browser prefers */
};
void chart_svg(struct buf *out, const struct chart *chart);
