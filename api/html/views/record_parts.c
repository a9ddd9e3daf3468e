#include "api/html/views/record_parts.h"
#include "api/spec/routes.h"
#include "core/base/clock.h"
#include "schema/browse/relations.h"

void record_fact(struct buf *out, const char *before, slice text)
{
    if (!text.len)
        return;
    buf_printf(out, "<li>%s<bdi>", before);
    html_text(out, text);
    buf_puts(out, "</bdi></li>");
}

void record_address(struct buf *out, slice address)
{
    if (!address.len)
        return;
    buf_puts(out, "<li>");
    if (html_is_web_address(address)) {
        buf_puts(out, "<a");
        html_attribute(out, "href", address);
        html_between(out, " rel=\"noopener noreferrer nofollow external\"><bdi>", address, "</bdi></a>");
    } else {
        html_between(out, "<bdi>", address, "</bdi>");
    }
    buf_puts(out, "</li>");
}

#define LAST_DAYS 30

bool record_history(struct request *rq, enum record_kind kind, int64_t github_id, struct history *out,
                    struct err *err)
{
    const struct history_query query = {.kind = kind,
                                        .github_id = github_id,
                                        .from = day_of_ms(clock_wall_ms()) - LAST_DAYS + 1,
                                        .to = HISTORY_OPEN,
                                        .interval = DAY_BY_DAY};
    return history_read(rq->db, rq->arena, &query, out, err);
}

/* Its index among the values of a point; HISTORY_MAX_FIELDS: none. */
static size_t field_of(enum record_kind kind, const char *name)
{
    size_t n;
    const struct history_field *fields = history_fields(kind, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return HISTORY_MAX_FIELDS;
}

/* Days without an observation are skipped. */
static void put_days(struct buf *out, const struct history *last, size_t field)
{
    int64_t values[LAST_DAYS + 1];
    size_t n = 0;
    for (size_t i = 0; field < HISTORY_MAX_FIELDS && i < last->n && n < ARRAY_LEN(values); i++)
        if (last->points[i].values[field].known)
            values[n++] = last->points[i].values[field].value;
    if (n > 1)
        part_sparkline(out, values, n, "The last thirty days");
}

static void put_table(struct buf *out, const struct history *last, size_t field, const char *title)
{
    char day[DAY_TEXT_SIZE];
    size_t n = 0;
    for (size_t i = 0; field < HISTORY_MAX_FIELDS && i < last->n; i++)
        n += last->points[i].values[field].known;
    if (n == 1)
        buf_puts(out, "<p class=\"hint\">Observed on one of the last thirty days; each sync on another day "
                      "adds one.</p>");
    buf_printf(out,
               "<details class=\"days\"><summary>The last thirty days</summary><table><thead><tr><th "
               "scope=\"col\">Day</th><th "
               "scope=\"col\" class=\"number\">%s</th></tr></thead><tbody>",
               title);
    for (size_t i = last->n; field < HISTORY_MAX_FIELDS && i-- > 0;) {
        if (!last->points[i].values[field].known)
            continue;
        buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"number\">",
                   day_text(last->points[i].day, day));
        part_number(out, last->points[i].values[field].value);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></details>");
}

void record_tile(struct buf *out, const struct history *last, enum record_kind kind,
                 const struct record_tile *tile)
{
    buf_puts(out, "<li><h2>");
    if (tile->href) {
        buf_puts(out, "<a");
        html_attribute(out, "href", slice_of(tile->href));
        buf_printf(out, ">%s</a>", tile->name);
    } else {
        buf_puts(out, tile->name);
    }
    buf_puts(out, "</h2><p class=\"figure\">");
    if (tile->at_github.known)
        part_number(out, tile->at_github.value);
    else
        buf_puts(out, "–");
    buf_puts(out, "</p><p class=\"growth\">");
    if (tile->here >= 0) {
        part_number(out, tile->here);
        buf_puts(out, tile->capped ? " and more known here" : " known here");
    } else {
        buf_puts(out, "by GitHub’s count");
    }
    buf_puts(out, "</p>");
    if (tile->field)
        put_days(out, last, field_of(kind, tile->field));
    buf_puts(out, "</li>");
}

void record_bars(struct buf *out, const struct request *rq, const char *title, const char *list,
                 const char *filter, const struct profile_counts *counts, const char *note)
{
    slice prefix = page_prefix(rq);
    if (!counts->n)
        return;
    buf_printf(out, "<section class=\"panel\"><h2>%s</h2><table><tbody>", title);
    for (size_t i = 0; i < counts->n; i++) {
        const struct profile_count *c = &counts->items[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        if (c->github_id) {
            part_repository(out, rq, c->github_id, c->name);
        } else {
            buf_printf(out, "<a href=\"%.*s/github/%s/?%s=", SLICE_ARG(prefix), list, filter);
            params_encode(out, c->name);
            buf_puts(out, "\"><bdi>");
            part_value(out, c->name);
            buf_puts(out, "</bdi></a>");
        }
        buf_puts(out, "</th><td>");
        part_bar(out, c->n, counts->items[0].n);
        buf_puts(out, "</td><td class=\"number\">");
        part_number(out, c->n);
        buf_puts(out, "</td></tr>");
    }
    buf_printf(out, "</tbody></table><p class=\"hint\">%s</p></section>", note);
}

void record_edges(struct buf *out, const struct request *rq, const char *title, const char *more,
                  enum record_kind kind, const struct profile_edges *edges)
{
    buf_printf(out, "<section class=\"panel\"><h2><a href=\"%s\">%s</a></h2>", more, title);
    if (!edges->n)
        buf_puts(out, "<p class=\"none\">None known here.</p>");
    else
        buf_puts(out, "<ul class=\"list\">");
    for (size_t i = 0; i < edges->n; i++) {
        const struct profile_edge *e = &edges->items[i];
        buf_puts(out, "<li class=\"dated\">");
        if (kind == RECORD_DEVELOPER)
            part_developer(out, rq, e->github_id, e->name);
        else
            part_repository(out, rq, e->github_id, e->name);
        if (e->at.known) {
            buf_puts(out, " ");
            part_time_ms(out, e->at.value, false);
        }
        buf_puts(out, "</li>");
    }
    buf_puts(out, edges->n ? "</ul></section>" : "</section>");
}

void record_former(struct buf *out, const char *title, const struct profile_former *former, size_t n)
{
    if (!n)
        return;
    buf_printf(out, "<section class=\"panel\"><h2>%s</h2><ul class=\"list\">", title);
    for (size_t i = 0; i < n; i++) {
        html_between(out, "<li><bdi>", former[i].name, "</bdi> until ");
        part_time_ms(out, former[i].until_ms, false);
        buf_puts(out, "</li>");
    }
    buf_puts(out, "</ul></section>");
}

/* A link that compares its stars with another's. */
static void put_compare(struct buf *out, const struct request *rq, slice full_name)
{
    slice prefix = page_prefix(rq);
    buf_printf(out,
               "<form class=\"compare\" method=\"get\" action=\"%.*s/github/charts/stars/\"><input "
               "type=\"hidden\" name=\"repo\"",
               SLICE_ARG(prefix));
    html_attribute(out, "value", full_name);
    buf_puts(out, "><label>Compare its stars with <input type=\"text\" name=\"repo\" required "
                  "placeholder=\"owner/name\" "
                  "autocomplete=\"off\" spellcheck=\"false\" autocapitalize=\"none\"></label><button "
                  "class=\"quiet\">Compare</button></form>");
}

/* The style sheet shows the one of two sizes that fits; the other is not loaded. */
static void put_picture(struct buf *out, const char *class, const char *address, int width, int height,
                        slice alt)
{
    buf_printf(
        out,
        "<img class=\"%s\" loading=\"lazy\" width=\"%d\" height=\"%d\" src=\"%s&amp;width=%d&amp;height=%d\"",
        class, width, height, address, width, height);
    html_attribute(out, "alt", alt);
    buf_putc(out, '>');
}

void record_chart(struct buf *out, const struct request *rq, enum record_kind kind, int64_t github_id,
                  slice name, const char *field, const char *title, const struct history *last)
{
    char id[UUID_TEXT_SIZE];
    slice args[ROUTE_MAX_ARGS], prefix = page_prefix(rq);
    const char *list = kind == RECORD_DEVELOPER ? "developers" : "repositories";
    char *path =
        arena_printf(rq->arena, "/github/%s/%s/history", list, record_id_format(kind, github_id, id));
    char *svg = arena_printf(rq->arena, "%s.svg", path);
    if (!route_find(rq->arena, slice_of(svg), args))
        return;
    const char *address = arena_printf(rq->arena, "%.*s%s?field=%s", SLICE_ARG(prefix), svg, field);
    slice alt = slice_of(arena_printf(
        rq->arena, "%s of %.*s by day; the numbers are on the page of its history", title, SLICE_ARG(name)));
    buf_printf(out, "<section class=\"panel broad\"><h2>%s</h2><figure>", title);
    put_picture(out, "chart wide", address, 1200, 260, alt);
    put_picture(out, "chart-narrow", address, 400, 240, alt);
    buf_printf(
        out,
        "<figcaption><a href=\"%.*s%s/\">By day, as a table</a> · <a href=\"%.*s%s/?format=csv\">CSV</a> · "
        "<a href=\"%s\">SVG</a></figcaption></figure>",
        SLICE_ARG(prefix), path, SLICE_ARG(prefix), path, address);
    put_table(out, last, field_of(kind, field), title);
    if (kind == RECORD_REPOSITORY)
        put_compare(out, rq, name);
    buf_puts(out, "</section>");
}

bool record_known(struct request *rq, int relation, int64_t github_id, struct known *out, struct err *err)
{
    struct relation_query query = {.relation = (enum relation)relation, .subject = github_id};
    struct browse_count count = {0};
    if (!relation_count(rq->db, &query, BROWSE_COUNT_CAP, &count, err))
        return false;
    *out = (struct known){count.n, count.capped};
    return true;
}

bool record_page_begin(struct request *rq, struct response *rs, bool ok, int n_rows, slice name)
{
    request_end_db(rq);
    if (ok && n_rows == 0)
        reply_detail(rq, rs, 404, "Not found.");
    if (!ok || n_rows == 0)
        return false;
    rq->subject = arena_copy(rq->arena, name);
    view_reply(rq, rs);
    return true;
}
