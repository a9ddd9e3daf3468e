/* Figures as pages: facets, numbers of records and their growth, and the addresses of the API. */
#include "api/html/view.h"
#include "api/spec/filters.h"
#include "api/spec/routes.h"
#include "core/model/names.h"

static void begin(struct buf *out, struct request *rq, struct response *rs, const char *title)
{
    view_begin(out, rq, slice_of(title), NULL);
    page_breadcrumb(out, rq);
    buf_printf(out, "<h1>%s</h1>", title);
    page_about(out, rq);
    page_notices(out, rs);
}

static void end(struct buf *out, struct request *rq)
{
    request_put(out, rq);
    buf_puts(out, "</section>");
    view_end(out, rq);
}

static void put_cell_number(struct buf *out, int64_t n)
{
    buf_puts(out, "<td class=\"number\">");
    part_number(out, n);
    buf_puts(out, "</td>");
}

/* ---- facets ---- */

/* The list filtered by that value, in addition to the filters of the counts. NULL: there is no such filter. */
static char *list_address(const struct request *rq, slice field, const json_t *value)
{
    bool developers = rq->route->list == BROWSE_DEVELOPERS;
    slice prefix = page_prefix(rq), text = {json_string_value(value), json_string_length(value)};
    if (slice_eq(field, SLICE("owner")))
        return login_ok(text) ? arena_printf(rq->arena, "%.*s/github/developers/by-login/%.*s/",
                                             SLICE_ARG(prefix), SLICE_ARG(text))
                              : NULL;
    slice key = text.ptr ? field : slice_of(arena_printf(rq->arena, "%.*s__isnull", SLICE_ARG(field)));
    if (text.ptr && text.len == 0)
        key = slice_of(arena_printf(rq->arena, "%.*s__isempty", SLICE_ARG(field)));
    if (!filter_exists(rq->route->list, key))
        return NULL;
    AUTO_BUF url = {0};
    buf_printf(&url, "%.*s/github/%s/?", SLICE_ARG(prefix), developers ? "developers" : "repositories");
    for (size_t i = 0; i < rq->params.n; i++) {
        const struct param *p = &rq->params.items[i];
        bool is_filter = filter_exists(rq->route->list, p->key) || slice_eq(p->key, SLICE("search"));
        if (!is_filter || !p->value.len || slice_eq(p->key, key))
            continue;
        params_encode(&url, p->key);
        buf_putc(&url, '=');
        params_encode(&url, p->value);
        buf_putc(&url, '&');
    }
    params_encode(&url, key);
    buf_putc(&url, '=');
    params_encode(&url, text.len ? text : SLICE("true"));
    char *address = arena_dup(rq->arena, buf_slice(&url));
    return address;
}

static void put_value(struct buf *out, const struct request *rq, slice field, const json_t *value)
{
    char *address = list_address(rq, field, value);
    slice text = {json_string_value(value), json_string_length(value)};
    if (address) {
        buf_puts(out, "<a");
        html_attribute(out, "href", slice_of(address));
        buf_putc(out, '>');
    }
    if (!text.len) {
        buf_puts(out, text.ptr ? "<i>empty text</i>" : "<i>not given</i>");
    } else {
        buf_puts(out, "<bdi>");
        part_value(out, text);
        buf_puts(out, "</bdi>");
    }
    buf_puts(out, address ? "</a>" : "");
}

static void put_values(struct buf *out, const struct request *rq, const json_t *root)
{
    const json_t *values = json_object_get(root, "values");
    slice field = json_text(root, "field");
    int64_t total = 0, n = 0, most = 0;
    json_whole(root, "total", &total);
    json_whole(json_array_get(values, 0), "count", &most);
    buf_puts(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                  "aria-label=\"Values\"><table><thead><tr><th scope=\"col\">");
    part_title(out, field);
    buf_puts(
        out,
        "</th><th scope=\"col\" class=\"number\">Count</th><th scope=\"col\" class=\"number\">Share</th><th "
        "scope=\"col\" class=\"wide\"><span class=\"sr\">Bar</span></th></tr></thead><tbody>");
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *one = json_array_get(values, i);
        json_whole(one, "count", &n);
        buf_puts(out, "<tr><th scope=\"row\">");
        put_value(out, rq, field, json_object_get(one, "value"));
        buf_puts(out, "</th>");
        put_cell_number(out, n);
        buf_printf(out, "<td class=\"number\">%.1f %%</td><td class=\"wide\">",
                   total > 0 ? 100.0 * (double)n / (double)total : 0);
        part_bar(out, n, most);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></div>");
}

/* "10 values in 485 developers" */
static void put_totals(struct buf *out, const struct request *rq, const json_t *root)
{
    size_t shown = json_array_size(json_object_get(root, "values"));
    int64_t distinct = 0;
    slice as_of = json_text(root, "as_of");
    json_whole(root, "distinct", &distinct);
    buf_puts(out, "<p class=\"about\">");
    part_number(out, distinct);
    buf_puts(out, distinct == 1 ? " value in " : " values in ");
    part_count(out, root, "total");
    buf_puts(out, rq->route->list == BROWSE_DEVELOPERS ? " developers" : " repositories");
    if (json_is_true(json_object_get(root, "capped")))
        buf_puts(out, " counted; there are more");
    if ((int64_t)shown < distinct)
        buf_printf(out, "; the %zu most frequent are shown", shown);
    if (as_of.len) {
        buf_puts(out, "; as of ");
        part_time(out, as_of, true);
    }
    buf_puts(out, " · ");
    page_formats(out, rq, SLICE("CSV|JSON"));
    buf_puts(out, "</p>");
}

void facets_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    begin(out, rq, rs,
          arena_printf(rq->arena, "%s by %.*s",
                       rq->route->list == BROWSE_DEVELOPERS ? "Developers" : "Repositories",
                       SLICE_ARG(json_text(root, "field"))));
    chips_put(out, rq);
    page_forms(out, rq, false);
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    put_totals(out, rq, root);
    if (json_array_size(json_object_get(root, "values")))
        put_values(out, rq, root);
    else
        buf_puts(out, "<p class=\"empty\">Nothing here.</p>");
    end(out, rq);
}

/* ---- stats ---- */

static const struct {
    const char *key, *head;
} growth[] = {
    {"developers", "Developers"},     {"developers_synced", "synced"},   {"developers_gone", "gone"},
    {"repositories", "Repositories"}, {"repositories_synced", "synced"}, {"repositories_gone", "gone"},
    {"follows", "Follows"},           {"follows_closed", "ended"},       {"stars", "Stars"},
    {"stars_closed", "ended"},
};

static void put_growth(struct buf *out, const json_t *days)
{
    buf_puts(out, "<h2>Day by day (UTC)</h2><div class=\"scroll days\" tabindex=\"0\" role=\"group\" "
                  "aria-label=\"Growth by "
                  "day\"><table><thead><tr><th scope=\"col\">Day</th>");
    for (size_t i = 0; i < ARRAY_LEN(growth); i++)
        buf_printf(out, "<th scope=\"col\" class=\"number\">%s</th>", growth[i].head);
    buf_puts(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *day = json_array_get(days, i);
        html_between(out, "<tr><th scope=\"row\">", json_text(day, "day"), "</th>");
        for (size_t k = 0; k < ARRAY_LEN(growth); k++) {
            buf_puts(out, "<td class=\"number\">");
            part_count(out, day, growth[k].key);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></div>");
}

/* The number, how many of them are synced (NULL: not applicable), and a line of thirty days. */
static void put_tile(struct buf *out, const json_t *root, const char *key, const char *name, const char *gone)
{
    const json_t *days = json_object_get(root, "growth"), *known = json_object_get(root, key);
    int64_t values[30], now = 0, plus = 0, minus = 0;
    size_t n = json_array_size(days) < ARRAY_LEN(values) ? json_array_size(days) : ARRAY_LEN(values);
    bool records = json_is_object(known);
    json_whole(records ? known : root, records ? "known" : key, &now);
    buf_printf(out, "<li><h2>%s</h2><p class=\"figure\">", name);
    part_number(out, now);
    buf_puts(out, "</p><p class=\"growth\">");
    if (records) {
        part_count(out, known, "synced");
        buf_puts(out, " synced");
    } else {
        buf_puts(out, "current");
    }
    buf_puts(out, "</p>");
    for (size_t i = 0; i < n; i++) {
        values[n - 1 - i] = now;
        if (json_whole(json_array_get(days, i), key, &plus) &&
            json_whole(json_array_get(days, i), gone, &minus))
            now -= plus - minus;
    }
    part_sparkline(out, values, n, name);
    buf_puts(out, "</li>");
}

static void put_queue(struct buf *out, const struct request *rq, const json_t *queue)
{
    const char *state;
    json_t *n;
    slice prefix = page_prefix(rq);
    buf_puts(out, "<section class=\"panel\"><h2>Queue</h2><table><tbody>");
    json_object_foreach((json_t *)queue, state, n)
    {
        buf_printf(out, "<tr><th scope=\"row\"><a href=\"%.*s/github/jobs/?state=%s\">%s</a></th>",
                   SLICE_ARG(prefix), state, state);
        put_cell_number(out, json_integer_value(n));
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}

static void put_quota(struct buf *out, const json_t *quota)
{
    buf_puts(out, "<section class=\"panel\"><h2>Quota</h2><table><tbody>");
    for (size_t i = 0; i < json_array_size(quota); i++) {
        const json_t *one = json_array_get(quota, i);
        buf_puts(out, "<tr><th scope=\"row\">");
        html_text(out, json_text(one, "credential"));
        html_between(out, ", ", json_text(one, "resource"), "</th><td class=\"meter\">");
        part_left(out, one);
        buf_puts(out, " of ");
        part_count(out, one, "rate_limit");
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></section>");
}

void stats_put(struct buf *out, struct request *rq, struct response *rs, const json_t *root)
{
    begin(out, rq, rs, "Stats");
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\"><p class=\"about\">As of ");
    part_time(out, json_text(root, "as_of"), true);
    if (json_text(root, "last_change_at").ptr) {
        buf_puts(out, "; last change stored at ");
        part_time(out, json_text(root, "last_change_at"), true);
    }
    buf_puts(out, "</p><ul class=\"tiles\">");
    put_tile(out, root, "developers", "Developers", "developers_gone");
    put_tile(out, root, "repositories", "Repositories", "repositories_gone");
    put_tile(out, root, "follows", "Follows", "follows_closed");
    put_tile(out, root, "stars", "Stars", "stars_closed");
    buf_puts(out, "</ul><div class=\"panels\">");
    put_queue(out, rq, json_object_get(root, "queue"));
    put_quota(out, json_object_get(root, "quota"));
    buf_puts(out, "</div>");
    put_growth(out, json_object_get(root, "growth"));
    end(out, rq);
}

/* ---- addresses of the API ---- */

void root_put(struct buf *out, struct request *rq, struct response *rs)
{
    slice prefix = page_prefix(rq);
    begin(out, rq, rs, "API");
    buf_puts(
        out,
        "<section id=\"answer\" aria-label=\"Answer\"><div class=\"scroll\" tabindex=\"0\" role=\"group\" "
        "aria-label=\"Addresses\"><table><thead><tr><th scope=\"col\">Address</th><th "
        "scope=\"col\">What</th></tr></thead><tbody>");
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *r = &routes[i];
        if (!(r->flags & ROUTE_NEGOTIATES) || !r->get || (r->flags & ROUTE_PEOPLE))
            continue;
        buf_puts(out, "<tr><th scope=\"row\">");
        if (strchr(r->path, '{'))
            buf_printf(out, "<code>%s</code>", r->path);
        else
            buf_printf(out, "<a href=\"%.*s%s\"><code>%s</code></a>", SLICE_ARG(prefix), r->path, r->path);
        buf_puts(out, "</th><td>");
        html_cstr(out, r->summary);
        buf_puts(out, "</td></tr>");
    }
    buf_puts(out, "</tbody></table></div>");
    end(out, rq);
}
