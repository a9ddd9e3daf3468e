/* Histories and star charts as pages: the drawing, its numbers as a table, and links to download them. */
#include "api/html/view.h"
#include "api/spec/routes.h"
#include "schema/report/history.h"
#include "schema/report/trends.h"
#include <ctype.h>

#define ROWS_SHOWN 400

static void put_links(struct buf *out, const struct request *rq, const char *svg)
{
    buf_puts(out, "<figcaption>");
    page_formats(out, rq, SLICE("CSV|JSON"));
    buf_puts(out, " · <a");
    html_attribute(out, "href", slice_of(svg));
    buf_puts(out, ">SVG</a></figcaption>");
}

/* The address of the page's drawing, with the page's parameters. */
static char *svg_address(const struct request *rq, slice path, const char *field, const char *more)
{
    AUTO_BUF url = {0};
    slice prefix = page_prefix(rq);
    size_t n = 0;
    buf_put(&url, prefix.ptr, prefix.len);
    buf_put(&url, path.ptr, path.len - 1); /* without the slash */
    buf_puts(&url, ".svg");
    for (size_t i = 0; i < rq->params.n_given; i++) {
        const struct param *p = &rq->params.given[i];
        if (!p->value.len || slice_eq(p->key, SLICE("fields")) || slice_eq(p->key, SLICE("format")) ||
            slice_eq(p->key, SLICE("view")))
            continue;
        buf_putc(&url, n++ ? '&' : '?');
        params_encode(&url, p->key);
        buf_putc(&url, '=');
        params_encode(&url, p->value);
    }
    buf_printf(&url, "%s%s%s%s", n ? "&" : "?", field ? "field=" : "", field ? field : "", field ? "&" : "");
    buf_puts(&url, more);
    char *text = arena_dup(rq->arena, buf_slice(&url));
    return text;
}

static void put_picture(struct buf *out, const char *class, const char *address, int width, int height,
                        const char *alt)
{
    buf_printf(out, "<img class=\"%s\" width=\"%d\" height=\"%d\"", class, width, height);
    html_attribute(out, "src", slice_of(address));
    html_attribute(out, "alt", slice_of(alt));
    buf_putc(out, '>');
}

/* A script replaces the pictures, one for phones, by an interactive one; without scripts they stay. field: which number of a history is
 * drawn, or NULL. */
static void put_plot(struct buf *out, const struct request *rq, const char *kind, const char *field,
                     const char *alt)
{
    const char *svg = svg_address(rq, rq->path, field, "width=1200&height=360");
    buf_printf(out, "<figure class=\"plot\" data-kind=\"%s\" data-url=\"", kind);
    page_address(out, rq, "format", SLICE("json"));
    buf_puts(out, "\">");
    put_picture(out, "chart wide", svg, 1200, 360, alt);
    put_picture(out, "chart-narrow", svg_address(rq, rq->path, field, "width=400&height=280"), 400, 280, alt);
    put_links(out, rq, svg);
    buf_puts(out, "</figure>");
}

static void put_empty(struct buf *out, const char *text)
{
    buf_printf(out, "<p class=\"empty\">%s</p>", text);
}

/* ---- histories ---- */

/* "stargazers_count" as "stars". */
static void put_field(struct buf *out, slice name)
{
    static const enum record_kind kinds[] = {RECORD_DEVELOPER, RECORD_REPOSITORY};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        size_t n;
        const struct history_field *fields = history_fields(kinds[k], &n);
        for (size_t i = 0; i < n; i++) {
            if (slice_eq(name, slice_of(fields[i].name))) {
                part_title(out, slice_of(fields[i].words));
                return;
            }
        }
    }
    part_title(out, name);
}

/* "github_star_history, counts_seen" in words. */
static void put_source(struct buf *out, slice source)
{
    static const struct {
        const char *name, *words;
    } sources[] = {{"github_star_history", "GitHub’s star history"},
                   {"counts_seen", "counts observed by the crawl"},
                   {"lists_compared", "comparison with earlier lists"}};
    slice one;
    size_t n = 0;
    while (slice_split(&source, ',', &one)) {
        one = slice_trim(one);
        buf_puts(out, n++ ? ", then " : "");
        size_t i = 0;
        while (i < ARRAY_LEN(sources) && !slice_eq(one, slice_of(sources[i].name)))
            i++;
        if (i < ARRAY_LEN(sources))
            buf_puts(out, sources[i].words);
        else
            part_words(out, one);
    }
}

static void put_sources(struct buf *out, const json_t *root)
{
    const char *field;
    json_t *source;
    json_t *sources = json_object_get(root, "sources");
    buf_puts(out, "<dl class=\"card\">");
    json_object_foreach(sources, field, source)
    {
        buf_puts(out, "<div><dt>");
        put_field(out, slice_of(field));
        buf_puts(out, "</dt><dd>");
        if (json_is_string(source))
            put_source(out, slice_of(json_string_value(source)));
        else
            buf_puts(out, "nothing known");
        buf_puts(out, "</dd></div>");
    }
    buf_puts(out, "</dl>");
}

static void put_points(struct buf *out, const json_t *root)
{
    const json_t *fields = json_object_get(root, "fields"), *points = json_object_get(root, "points");
    size_t n = json_array_size(points), n_fields = json_array_size(fields), shown = 0;
    buf_puts(out,
             "<details open><summary>The numbers</summary><div class=\"scroll tall days\" tabindex=\"0\" "
             "role=\"group\" aria-label=\"Numbers\"><table><thead><tr>"
             "<th scope=\"col\">Day</th>");
    for (size_t i = 0; i < n_fields; i++) {
        buf_puts(out, "<th scope=\"col\" class=\"number\">");
        put_field(out, slice_of(json_string_value(json_array_get(fields, i))));
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead><tbody>");
    for (size_t i = n; i-- > 0 && shown < ROWS_SHOWN;) {
        const json_t *point = json_array_get(points, i);
        int64_t value;
        bool any = false;
        for (size_t k = 0; k < n_fields && !any; k++)
            any = json_whole(point, json_string_value(json_array_get(fields, k)), &value);
        if (!any) /* a day without an observation */
            continue;
        shown++;
        html_between(out, "<tr><th scope=\"row\">", json_text(point, "day"), "</th>");
        for (size_t k = 0; k < n_fields; k++)
            part_count_cell(out, point, json_string_value(json_array_get(fields, k)));
        buf_puts(out, "</tr>");
    }
    part_table_end(out);
    buf_printf(out,
               "<p class=\"hint\">Newest first; days without an observation are omitted"
               "%s.</p></details>",
               shown == ROWS_SHOWN ? ", and so are days before the 400 newest" : "");
}

/* The number that is drawn: the first of the answer that has a value (web/charts.js chooses the same). */
static const char *drawn_field(const json_t *root)
{
    const json_t *fields = json_object_get(root, "fields"), *points = json_object_get(root, "points");
    int64_t value;
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const char *name = json_string_value(json_array_get(fields, i));
        for (size_t k = 0; k < json_array_size(points); k++)
            if (json_whole(json_array_get(points, k), name, &value))
                return name;
    }
    return json_string_value(json_array_get(fields, 0));
}

/* NULL: there is no such field. */
static const char *field_words(enum record_kind kind, const char *name)
{
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].words;
    return NULL;
}

/* Links that draw another number: "all in the table · stars · stars gained · … The chart draws stars." */
static void put_choices(struct buf *out, const struct request *rq, enum record_kind kind, const char *drawn)
{
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    slice chosen = params_get(&rq->params, "fields");
    buf_puts(out, "<p class=\"spans\">Numbers: <a href=\"");
    page_address(out, rq, "fields", (slice){NULL, 0});
    buf_printf(out, "\"%s>all in the table</a>", chosen.len ? "" : " aria-current=\"true\"");
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, " · <a href=\"");
        page_address(out, rq, "fields", slice_of(fields[i].name));
        buf_printf(out, "\"%s>%s</a>",
                   slice_eq(chosen, slice_of(fields[i].name)) ? " aria-current=\"true\"" : "",
                   fields[i].words);
    }
    const char *words = field_words(kind, drawn);
    if (words)
        buf_printf(out, ". The chart draws %s%s", words,
                   slice_eq(chosen, slice_of(drawn)) ? "." : "; choose a number to draw it.");
    buf_puts(out, "</p>");
}

/* "Stars gained by week; the numbers are in the table below": by the interval of the drawing. */
static const char *picture_text(const struct request *rq, enum record_kind kind, const char *field,
                                const json_t *root)
{
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    const char *words = "numbers";
    bool bars = false;
    slice interval = json_text(root, "interval");
    for (size_t i = 0; field && i < n; i++) {
        if (strcmp(fields[i].name, field) == 0) {
            words = fields[i].words;
            bars = fields[i].flow;
        }
    }
    if (bars && !params_get(&rq->params, "interval").len)
        interval = slice_of(
            day_interval_name(history_interval_of_bars(json_array_size(json_object_get(root, "points")))));
    return arena_printf(rq->arena, "%c%s by %.*s; the numbers are in the table below",
                        toupper((unsigned char)*words), words + 1, SLICE_ARG(interval));
}

static const char *const scripts[] = {"uPlot.min.css", "uPlot.iife.min.js", "charts.js", NULL};

void history_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    enum record_kind kind = slice_starts(slice_of(rq->route->path), SLICE("/github/developers/"))
                                ? RECORD_DEVELOPER
                                : RECORD_REPOSITORY;
    const char *field = drawn_field(root);
    const json_t *points = json_object_get(root, "points");
    view_begin(out, rq, SLICE("History"), scripts);
    page_breadcrumb(out, rq);
    part_heading(out, rq, kind, json_text(root, "url"), "History");
    page_notices(out, rs);
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    if (json_array_size(points) == 0) {
        put_empty(out, "There is no data for these days.");
    } else {
        put_choices(out, rq, kind, field);
        put_plot(out, rq, "history", field, picture_text(rq, kind, field, root));
        put_points(out, root);
        buf_puts(out, "<h2>Where the numbers come from</h2>");
        put_sources(out, root);
    }
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

/* ---- stars beside each other ---- */

static void put_series(struct buf *out, const json_t *series)
{
    part_table(out, "Repositories", SLICE("Repository|#Stars|Created|Source"));
    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i), *points = json_object_get(one, "points");
        size_t n = json_array_size(points);
        buf_puts(out, "<tr><th scope=\"row\"><a");
        html_attribute(out, "href", json_text(one, "repository"));
        html_between(out, "><bdi>", json_text(one, "full_name"), "</bdi></a></th>");
        part_count_cell(out, json_array_get(points, n - 1), "stargazers_count");
        buf_puts(out, "<td>");
        part_time(out, json_text(one, "created_at"), false);
        buf_puts(out, "</td><td class=\"source\">");
        put_source(out, json_text(one, "source"));
        buf_puts(out, "</td></tr>");
    }
    part_table_end(out);
    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i), *points = json_object_get(one, "points");
        html_between(out, "<details><summary>The numbers of <bdi>", json_text(one, "full_name"),
                     "</bdi></summary>");
        part_table(out, "Numbers", SLICE("Day|#Days since creation|#Stars"));
        for (size_t k = json_array_size(points); k-- > 0;) {
            const json_t *point = json_array_get(points, k);
            html_between(out, "<tr><th scope=\"row\">", json_text(point, "day"), "</th>");
            part_count_cell(out, point, "age");
            part_count_cell(out, point, "stargazers_count");
            buf_puts(out, "</tr>");
        }
        part_table_end(out);
        buf_puts(out, "</details>");
    }
}

/* Whether an address is one that only this machine reaches. */
static bool is_loopback(slice address)
{
    static const char *const hosts[] = {"127.", "localhost", "[::1]"};
    ptrdiff_t colon = slice_find(address, ':');
    if (colon < 0 || address.len < (size_t)colon + 3)
        return false;
    slice host = slice_from(address.ptr + colon + 3, address.len - (size_t)colon - 3);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (slice_starts(host, slice_of(hosts[i])))
            return true;
    return false;
}

/* For a README. */
static void put_snippet(struct buf *out, const json_t *root)
{
    html_between(out, "<h2>In a README</h2><pre tabindex=\"0\" class=\"snippet\"><code>![Stars](",
                 json_text(root, "svg_url"), ")</code></pre><p class=\"hint\">");
    buf_puts(out, is_loopback(json_text(root, "svg_url"))
                      ? "Only this machine reaches that address. Others see the chart if "
                        "<code>PUBLIC_URL</code> is the "
                        "address at which they reach this server, and <code>PUBLIC_CHARTS</code> names these "
                        "repositories.</p>"
                      : "Others see it if <code>PUBLIC_CHARTS</code> names these repositories.</p>");
}

static void put_offer(struct buf *out, const struct request *rq)
{
    put_empty(out, "No repository is chosen yet.");
    for (size_t i = 0; i < rq->n_offered; i++) {
        buf_puts(out, i ? " · <a href=\"" : "<p class=\"hint\">The most starred that are known: <a href=\"");
        page_address(out, rq, "repo", rq->offered[i].name);
        html_between(out, "\"><bdi>", rq->offered[i].name, "</bdi></a>");
    }
    buf_puts(out, rq->n_offered ? "</p>" : "");
}

void stars_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    const json_t *series = json_object_get(root, "series");
    view_begin(out, rq, SLICE("Star charts"), scripts);
    page_breadcrumb(out, rq);
    buf_puts(out, "<h1>Star charts</h1><p class=\"about\">Up to eight repositories compared, as "
                  "owner/name, separated by commas.</p>");
    page_notices(out, rs);
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    if (json_array_size(series) == 0) {
        put_offer(out, rq);
    } else {
        put_plot(out, rq, "stars", NULL, "Stars of the repositories; the numbers are in the tables below");
        put_series(out, series);
        put_snippet(out, root);
    }
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}
