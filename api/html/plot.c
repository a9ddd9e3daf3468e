#include "api/html/plot.h"
#include "api/html/escape.h"

#define WIDTH  480.0
#define HEIGHT 100.0

static double across(const struct plot *p, int64_t x)
{
    double share = p->to > p->from ? (double)(x - p->from) / (double)(p->to - p->from) : 0;
    return WIDTH * (share < 0 ? 0 : share > 1 ? 1 : share);
}

static double down(const struct plot *p, int64_t y)
{
    double share = p->high > 0 ? (double)y / (double)p->high : 0;
    return HEIGHT - 2 - (HEIGHT - 4) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

void plot_put(struct buf *out, const struct plot *p)
{
    buf_printf(out, "<svg class=\"line\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" role=\"img\"",
               WIDTH, HEIGHT);
    html_attribute(out, "aria-label", slice_of(p->label));
    buf_putc(out, '>');
    for (size_t i = 0; i < PLOT_MAX_MARKS; i++)
        if (p->marks[i] > 0)
            buf_printf(out, "<line x1=\"0\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>", WIDTH,
                       down(p, p->marks[i]), down(p, p->marks[i]));
    buf_puts(out, "<polyline points=\"");
    for (size_t i = 0; i < p->n; i++)
        buf_printf(out, "%.1f,%.1f ", across(p, p->points[i].x), down(p, p->points[i].y));
    if (p->n)
        buf_printf(out, "%.1f,%.1f", across(p, p->to), down(p, p->points[p->n - 1].y));
    buf_printf(out, "\"/></svg><p class=\"ends\"><span>%s</span><span>%s</span><span>%s</span></p>", p->first,
               p->half, p->last);
}
