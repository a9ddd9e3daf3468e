#include "api/charts/chart_svg.h"
#include "api/charts/xml.h"
#include "core/base/day.h"
#include <math.h>
#include <stdio.h>

/* Bounds on the parts of a picture: together below CHART_MAX_BYTES. */
#define MAX_POINTS      1200 /* of all series; each is up to 14 bytes */
#define MAX_TITLE       100  /* characters, each up to 6 bytes */
#define MAX_DESCRIPTION 300
#define MAX_NAME        40
#define MAX_Y_TICKS     12
#define MAX_X_TICKS     12

/* Colours that colour-blind readers can distinguish (after Okabe and Ito), darker on white and lighter on black; beyond four, lines
 * are dashed as well. */
static const char *const palettes[2][CHART_MAX_SERIES] = {
    {"#0072b2", "#b84700", "#00795a", "#a6467f", "#8a6100", "#2f6f9f", "#5a5a5a", "#6a51a3"},
    {"#56b4e9", "#f08a4b", "#3ddba8", "#e5a3c8", "#e6c04d", "#8fc7ee", "#bdbdbd", "#bcaeea"},
};
static const struct {
    const char *back, *text, *grid;
} colours[2] = {{"#ffffff", "#1f2328", "#d0d7de"}, {"#191f22", "#e6edf3", "#3d444d"}};

/* ---- scales ---- */

struct scale {
    double low, high; /* of the data */
    double from, to;  /* in pixels */
    bool log;
};

static double place(const struct scale *s, double value)
{
    double low = s->low, high = s->high;
    if (s->log) {
        value = log10(value < 1 ? 1 : value);
        low = log10(low < 1 ? 1 : low);
        high = log10(high < 1 ? 1 : high);
    }
    return high > low ? s->from + (value - low) / (high - low) * (s->to - s->from) : (s->from + s->to) / 2;
}

/* 1, 2 or 5 times a power of ten, so that about `wanted` of them fit into the span. */
static double nice_step(double span, int wanted)
{
    double rough = span / (wanted > 0 ? wanted : 1), power = pow(10, floor(log10(rough > 0 ? rough : 1)));
    double part = rough / power;
    double step = (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
    return step < 1 ? 1 : step;
}

struct frame {
    const struct chart *chart;
    struct scale x, y;
    int left, right, top, bottom;
    bool any; /* there is a point */
};

static void find_bounds(struct frame *f)
{
    double low_x = 0, high_x = 0, high_y = 1;
    for (size_t s = 0; s < f->chart->n_series; s++) {
        for (size_t i = 0; i < f->chart->series[s].n; i++) {
            double x = (double)f->chart->series[s].points[i].x, y = (double)f->chart->series[s].points[i].y;
            low_x = !f->any || x < low_x ? x : low_x;
            high_x = !f->any || x > high_x ? x : high_x;
            high_y = y > high_y ? y : high_y;
            f->any = true;
        }
    }
    f->x = (struct scale){.low = low_x, .high = high_x, .from = f->left, .to = f->right};
    f->y = (struct scale){
        .low = f->chart->log ? 1 : 0, .high = high_y, .from = f->bottom, .to = f->top, .log = f->chart->log};
    if (!f->chart->log) {
        double step = nice_step(high_y, (f->bottom - f->top) / 50);
        f->y.high = ceil(high_y / step) * step;
    } else {
        f->y.high = pow(10, ceil(log10(high_y)));
        f->y.high = f->y.high < 10 ? 10 : f->y.high;
    }
}

/* ---- axes ---- */

/* 1500 as "1.5k". */
static void put_short(struct buf *out, double value)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1000;
    char text[32];
    snprintf(text, sizeof text, "%.3g", value);
    buf_printf(out, "%s%s", text, units[unit]);
}

static void put_y_tick(struct buf *out, const struct frame *f, double value)
{
    double y = place(&f->y, value);
    buf_printf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
               f->left, y, f->right, f->left - 6, y + 4);
    put_short(out, value);
    buf_puts(out, "</text>");
}

static void put_y_axis(struct buf *out, const struct frame *f)
{
    if (f->y.log) {
        int powers = (int)lround(log10(f->y.high)), each = powers / 6 + 1;
        for (int i = 0; i <= powers; i += each)
            put_y_tick(out, f, pow(10, i));
        return;
    }
    double step = nice_step(f->y.high, (f->bottom - f->top) / 50);
    for (int i = 0; i <= MAX_Y_TICKS && i * step <= f->y.high * 1.0001; i++)
        put_y_tick(out, f, i * step);
}

static void put_x_tick(struct buf *out, const struct frame *f, int64_t x, const char *text)
{
    double at = place(&f->x, (double)x), half = 3.5 * (double)strlen(text);
    bool over = at + half > f->chart->width; /* the last one must not leave the picture */
    buf_printf(
        out, "<path class=\"tick\" d=\"M%.1f %dv5\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
        at, f->bottom, over ? f->chart->width - 1.0 : at, f->bottom + 18, over ? "end" : "middle", text);
}

/* Days, or beginnings of months or years, so that labels have room. */
static void put_date_axis(struct buf *out, const struct frame *f, int wanted)
{
    double span = f->x.high - f->x.low;
    int64_t day = (int64_t)f->x.low;
    int shown = 0;
    char text[DAY_TEXT_SIZE];
    if (span / wanted < 28) {
        int64_t step = (int64_t)ceil(nice_step(span, wanted));
        for (; day <= (int64_t)f->x.high && shown < MAX_X_TICKS; day += step, shown++)
            put_x_tick(out, f, day, day_text(day, text));
        return;
    }
    int months = (int)ceil(span / wanted / 30.5), n = 0;
    months = months <= 1 ? 1 : months <= 3 ? 3 : months <= 6 ? 6 : (months + 11) / 12 * 12;
    for (day = day_begin(day, DAY_BY_MONTH); day <= (int64_t)f->x.high && shown < MAX_X_TICKS;
         day = day_next(day, DAY_BY_MONTH), n++) {
        day_text(day, text);
        int month = (text[5] - '0') * 10 + text[6] - '0';
        bool fits = months < 12 ? (month - 1) % months == 0
                                : month == 1 && ((text[2] - '0') * 10 + text[3] - '0') % (months / 12) == 0;
        if (!fits || day < (int64_t)f->x.low)
            continue;
        text[months < 12 ? 7 : 4] = '\0';
        put_x_tick(out, f, day, text);
        shown++;
    }
}

static void put_x_axis(struct buf *out, const struct frame *f)
{
    int wanted = (f->right - f->left) / 90;
    wanted = wanted < 1 ? 1 : wanted > MAX_X_TICKS ? MAX_X_TICKS : wanted;
    buf_printf(out, "<path class=\"axis\" d=\"M%d %dH%d\"/>", f->left, f->bottom, f->right);
    if (!f->any)
        return;
    if (f->chart->dates) {
        put_date_axis(out, f, wanted);
        return;
    }
    double step = nice_step(f->x.high - f->x.low, wanted);
    char text[32];
    for (int i = 0; i <= MAX_X_TICKS && f->x.low + i * step <= f->x.high; i++) {
        int64_t x = (int64_t)(f->x.low + i * step);
        snprintf(text, sizeof text, "%lld", (long long)x);
        put_x_tick(out, f, x, text);
    }
}

/* ---- data ---- */

/* One of each group of neighbours: the last for a line, the tallest for bars. */
static const struct chart_point *pick(const struct chart_series *s, size_t from, size_t to, bool bars)
{
    const struct chart_point *best = &s->points[to - 1];
    for (size_t i = from; bars && i < to; i++)
        if (s->points[i].y > best->y)
            best = &s->points[i];
    return best;
}

static void put_series(struct buf *out, const struct frame *f, size_t number)
{
    const struct chart_series *s = &f->chart->series[number];
    size_t most = MAX_POINTS / f->chart->n_series - 1, n = s->n < most ? s->n : most;
    bool bars = f->chart->bars;
    if (n == 0)
        return;
    buf_printf(out, "<path class=\"s%zu%s\" d=\"", number, bars ? " bars" : "");
    if (!bars && s->n > n) /* the first and the last one are kept */
        buf_printf(out, "M%.1f %.1fL", place(&f->x, (double)s->points[0].x),
                   place(&f->y, (double)s->points[0].y));
    for (size_t i = 0; i < n; i++) {
        const struct chart_point *p = pick(s, i * s->n / n, (i + 1) * s->n / n, bars);
        double x = place(&f->x, (double)p->x), y = place(&f->y, (double)p->y);
        if (bars)
            buf_printf(out, "M%.1f %dV%.1f", x, f->bottom, y);
        else
            buf_printf(out, "%s%.1f %.1f", i ? " " : s->n > n ? "" : "M", x, y);
    }
    buf_puts(out, "\"/>");
    if (!bars && s->n <= 40) /* few: each is marked, since a single one makes no line */
        for (size_t i = 0; i < s->n && f->chart->n_series * s->n <= 120; i++)
            buf_printf(out, "<circle class=\"d%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>", number,
                       place(&f->x, (double)s->points[i].x), place(&f->y, (double)s->points[i].y));
    else if (!bars && s->n == 1)
        buf_printf(out, "<circle class=\"d%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>", number,
                   place(&f->x, (double)s->points[0].x), place(&f->y, (double)s->points[0].y));
}

static void put_legend(struct buf *out, const struct chart *c, int left, int top)
{
    for (size_t i = 0; i < c->n_series && c->n_series > 1; i++) {
        int y = top + (int)i * 18;
        buf_printf(out, "<path class=\"s%zu\" d=\"M%d %dh20\"/><text x=\"%d\" y=\"%d\">", i, left, y,
                   left + 26, y + 4);
        xml_text(out, c->series[i].name, MAX_NAME);
        buf_puts(out, "</text>");
    }
}

/* ---- the picture ---- */

static void put_colours(struct buf *out, int dark, size_t n_series)
{
    buf_printf(out, ".back{fill:%s}text{fill:%s}.grid,.axis,.tick{stroke:%s}", colours[dark].back,
               colours[dark].text, colours[dark].grid);
    for (size_t i = 0; i < n_series; i++)
        buf_printf(out, ".s%zu{stroke:%s}.d%zu{fill:%s}", i, palettes[dark][i], i, palettes[dark][i]);
}

static void put_style(struct buf *out, const struct frame *f, int bar_width)
{
    const struct chart *c = f->chart;
    buf_puts(out, "<style>text{font:12px "
                  "system-ui,sans-serif}.t{font-size:14px;font-weight:600}path{fill:none;stroke-width:1}"
                  "[class^=s]{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}");
    for (size_t i = 4; i < c->n_series; i++)
        buf_printf(out, ".s%zu{stroke-dasharray:6 %zu}", i, 1 + i);
    if (c->bars)
        buf_printf(out, "path.bars{stroke-width:%d;stroke-linecap:butt}", bar_width);
    put_colours(out, c->theme == CHART_DARK, c->n_series);
    if (c->theme == CHART_AUTO) {
        buf_puts(out, "@media(prefers-color-scheme:dark){");
        put_colours(out, 1, c->n_series);
        buf_putc(out, '}');
    }
    buf_puts(out, "</style>");
}

static int bar_width(const struct frame *f)
{
    size_t n = f->chart->n_series ? f->chart->series[0].n : 0;
    int width = n ? (f->right - f->left) / (int)(n < 2000 ? n + 1 : 2000) * 3 / 4 : 1;
    return width < 1 ? 1 : width > 24 ? 24 : width;
}

void chart_svg(struct buf *out, const struct chart *chart)
{
    int legend = chart->n_series > 1 ? (int)chart->n_series * 18 : 0;
    if (34 + legend > chart->height / 2) /* not high enough: the description names them */
        legend = 0;
    struct frame f = {.chart = chart,
                      .left = 52,
                      .right = chart->width - 16,
                      .top = 34 + legend,
                      .bottom = chart->height - 28};
    find_bounds(&f);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
               "role=\"img\" "
               "aria-labelledby=\"t d\"><title id=\"t\">",
               chart->width, chart->height, chart->width, chart->height);
    xml_text(out, chart->title, MAX_TITLE);
    buf_puts(out, "</title><desc id=\"d\">");
    xml_text(out, chart->description, MAX_DESCRIPTION);
    buf_puts(out, "</desc>");
    put_style(out, &f, bar_width(&f));
    buf_printf(out, "<rect class=\"back\" width=\"%d\" height=\"%d\"/><text class=\"t\" x=\"12\" y=\"20\">",
               chart->width, chart->height);
    xml_text(out, chart->heading.ptr ? chart->heading : chart->title,
             chart->width / 9 < MAX_TITLE ? (size_t)chart->width / 9 : MAX_TITLE);
    buf_puts(out, "</text>");
    if (legend)
        put_legend(out, chart, f.left, 36);
    put_y_axis(out, &f);
    put_x_axis(out, &f);
    for (size_t i = 0; i < chart->n_series; i++)
        put_series(out, &f, i);
    if (!f.any)
        buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">Nothing was observed.</text>",
                   chart->width / 2, (f.top + f.bottom) / 2);
    buf_puts(out, "</svg>\n");
}
