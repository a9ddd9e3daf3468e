/* The quota over time: a line for each credential and resource, and the newest samples as a table. */
#include "api/html/plot.h"
#include "api/html/view.h"
#include "api/request/value.h"

#define MAX_LINES  8
#define ROWS_SHOWN 300

struct line {
    slice credential, resource;
    struct plot_point *points;
    size_t n;
    int64_t limit;
};

static struct line *line_of(const struct request *rq, struct line *lines, size_t *n, size_t room,
                            const json_t *sample)
{
    slice credential = json_text(sample, "credential"), resource = json_text(sample, "resource");
    for (size_t i = 0; i < *n; i++)
        if (slice_eq(lines[i].credential, credential) && slice_eq(lines[i].resource, resource))
            return &lines[i];
    if (*n == MAX_LINES)
        return NULL;
    lines[*n] =
        (struct line){credential, resource, arena_array(rq->arena, room, sizeof(struct plot_point)), 0, 0};
    return &lines[(*n)++];
}

static bool at_of(const json_t *sample, int64_t *at_ms)
{
    bool fraction;
    return value_time(json_text(sample, "at"), at_ms, &fraction);
}

/* *more_out: there are more credentials and resources than lines. */
static size_t read_lines(const struct request *rq, const json_t *samples, struct line *lines, bool *more_out)
{
    *more_out = false;
    size_t n = 0, room = json_array_size(samples);
    for (size_t i = 0; i < room; i++) {
        const json_t *sample = json_array_get(samples, i);
        struct line *line = line_of(rq, lines, &n, room, sample);
        int64_t at_ms, left, limit = 0;
        *more_out = *more_out || !line;
        if (!line || !at_of(sample, &at_ms) || !json_whole(sample, "rate_remaining", &left))
            continue;
        if (json_whole(sample, "rate_limit", &limit) && limit > line->limit)
            line->limit = limit;
        line->points[line->n++] = (struct plot_point){at_ms, left};
    }
    return n;
}

static char *moment(const struct request *rq, const json_t *sample)
{
    slice at = json_text(sample, "at"); /* "2026-11-29T20:15:00Z" */
    return at.len < 16 ? "" : arena_printf(rq->arena, "%.10s %.5s", at.ptr, at.ptr + 11);
}

static void put_lines(struct buf *out, const struct request *rq, const json_t *samples)
{
    struct line *lines = arena_array(rq->arena, MAX_LINES, sizeof *lines);
    bool more;
    size_t n = read_lines(rq, samples, lines, &more), last = json_array_size(samples) - 1;
    int64_t from = 0, to = 0;
    if (!at_of(json_array_get(samples, 0), &from) || !at_of(json_array_get(samples, last), &to))
        return;
    buf_puts(out, "<figure class=\"panel\"><div class=\"curves broad\">");
    for (size_t i = 0; i < n; i++) {
        const struct plot plot = {
            .label = arena_printf(rq->arena, "%.*s units of %.*s left; the numbers are in the table below",
                                  SLICE_ARG(lines[i].resource), SLICE_ARG(lines[i].credential)),
            .points = lines[i].points,
            .n = lines[i].n,
            .from = from,
            .to = to,
            .high = lines[i].limit,
            .marks = {rq->api->cfg->rate_limit_stop_threshold},
            .first = moment(rq, json_array_get(samples, 0)),
            .half = "",
            .last = moment(rq, json_array_get(samples, last)),
        };
        buf_puts(out, "<div><h2>");
        html_text(out, lines[i].credential);
        html_between(out, ", ", lines[i].resource, "</h2><p class=\"hint\">units left, of ");
        part_number(out, lines[i].limit);
        buf_puts(out, "</p>");
        plot_put(out, &plot);
        buf_puts(out, "</div>");
    }
    buf_printf(out, "</div><p class=\"hint\">Dashed: the %lld units that are never spent.</p>",
               (long long)rq->api->cfg->rate_limit_stop_threshold);
    if (more)
        buf_printf(out,
                   "<p class=\"hint\">The first %d credentials and resources; the CSV has all of them.</p>",
                   MAX_LINES);
}

void quota_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    const json_t *samples = json_object_get(root, "samples");
    size_t n = json_array_size(samples), shown = 0;
    view_begin(out, rq, SLICE("Quota over time"), NULL);
    page_breadcrumb(out, rq);
    buf_puts(out, "<h1>Quota over time</h1>");
    page_notices(out, rs);
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    if (n == 0)
        buf_puts(out, "<p class=\"empty\">No sample yet: one is stored every five minutes.</p>");
    else {
        put_lines(out, rq, samples);
        buf_puts(out, "<figcaption>");
        page_formats(out, rq, SLICE("CSV|JSON"));
        buf_puts(out, "</figcaption></figure><details open><summary>The numbers</summary>");
        if (n > ROWS_SHOWN) {
            buf_printf(out, "<p class=\"hint\">The newest %d of ", ROWS_SHOWN);
            part_number(out, (int64_t)n);
            buf_puts(out, " samples; the CSV has all of them.</p>");
        }
        buf_puts(out,
                 "<div class=\"scroll tall\" tabindex=\"0\" role=\"group\" "
                 "aria-label=\"Samples\"><table><thead><tr><th scope=\"col\">When</th><th "
                 "scope=\"col\">Credential</th>"
                 "<th scope=\"col\">Resource</th><th scope=\"col\">Left</th><th scope=\"col\" "
                 "class=\"number\">Spent by people</th><th scope=\"col\" class=\"number\">by discovery</th>"
                 "<th scope=\"col\" class=\"number\">by the mirror</th></tr></thead><tbody>");
    }
    for (size_t i = n; i-- > 0 && shown < ROWS_SHOWN; shown++) {
        const json_t *s = json_array_get(samples, i), *spent = json_object_get(s, "spent");
        buf_puts(out, "<tr><td>");
        part_time(out, json_text(s, "at"), true);
        buf_puts(out, "</td><td>");
        html_text(out, json_text(s, "credential"));
        html_between(out, "</td><td>", json_text(s, "resource"), "</td><td>");
        part_left(out, s);
        static const char *const by[] = {"people", "discovery", "mirror"};
        buf_puts(out, "</td>");
        for (size_t k = 0; k < ARRAY_LEN(by); k++) {
            buf_puts(out, "<td class=\"number\">");
            part_count(out, spent, by[k]);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    if (n)
        buf_puts(out, "</tbody></table></div></details>");
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}
