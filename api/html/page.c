#include "api/html/page.h"
#include "api/html/escape.h"
#include "api/html/view.h"
#include "api/spec/filters.h"
#include "api/spec/labels.h"
#include "api/spec/ordering.h"
#include "api/spec/parameters.h"
#include "api/spec/routes.h"
#include <ctype.h>

static const struct {
    int status;
    const char *name;
} status_names[] = {
    {200, "OK"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

static const char *status_name(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
        if (status_names[i].status == status)
            return status_names[i].name;
    return status < 400 ? "OK" : "Error";
}

/* ---- parts above the answer ---- */

/* Every part of the path is a link to its page. */
void page_breadcrumb(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq), rest = rq->path, segment, args[ROUTE_MAX_ARGS];
    buf_puts(out, "<nav aria-label=\"Breadcrumb\"><ol class=\"crumbs\">");
    slice_split(&rest, '/', &segment); /* the empty part before the first slash */
    while (slice_split(&rest, '/', &segment) && segment.len) {
        slice so_far = slice_from(rq->path.ptr, (size_t)(segment.ptr + segment.len - rq->path.ptr) + 1);
        bool last = rest.len == 0;
        bool word = slice_eq(segment, SLICE("by-login")) || slice_eq(segment, SLICE("by-name")); /* no id */
        bool leads = so_far.len <= rq->path.len && !word && route_find(rq->arena, so_far, args);
        slice text;
        if (!params_decode_segment(rq->arena, segment, &text))
            text = segment;
        if (rq->subject.ptr && rq->route && strstr(rq->route->path, "{id}") && slice_eq(text, rq->args[0]))
            text = rq->subject;
        buf_puts(out, "<li>");
        if (leads && !last) {
            buf_puts(out, "<a href=\"");
            html_text(out, prefix);
            html_text(out, so_far);
            buf_puts(out, "\">");
        }
        html_between(out, last ? "<span aria-current=\"page\">" : "", text,
                     leads && !last ? "</a></li>"
                     : last         ? "</span></li>"
                                    : "</li>");
    }
    buf_puts(out, "</ol></nav>");
}

static slice find_title(const struct request *rq, const struct response *rs, const struct page_facts *facts)
{
    AUTO_BUF name = {0};
    if (rs->status >= 400)
        return slice_of(arena_printf(rq->arena, "%d %s", rs->status, status_name(rs->status)));
    if (facts->title.len)
        return facts->title;
    page_route_name(&name, rq->route ? rq->route->path : "");
    if (rq->route && slice_ends(slice_of(rq->route->path), SLICE("{number}/"))) {
        if (slice_ends(buf_slice(&name), SLICE("s"))) /* one of "Jobs" */
            name.len--;
        buf_printf(&name, " %.*s", SLICE_ARG(rq->args[0]));
    }
    if (strcmp(rq->route ? rq->route->path : "", "/github/") == 0)
        buf_reset(&name);
    if (name.len == 0)
        buf_puts(&name, "gitomatic API");
    return slice_of(arena_dup(rq->arena, buf_slice(&name)));
}

/* Whether a field of the form, a parameter or a body's, has that name. */
static bool has_field(const struct route *route, slice name)
{
    const struct body *body = body_of(route);
    for (size_t i = 0; body && i < body->n_fields; i++)
        if (slice_eq(name, slice_of(body->fields[i].name)))
            return true;
    return parameter_find(route, name) != NULL;
}

/* The name of a parameter or field as the form on the page has it, and as programs do. */
static void put_name(struct buf *out, const struct request *rq, slice name)
{
    bool known = rq->view && rq->route && has_field(rq->route, name);
    const char *words = known ? label_words(name) : NULL;
    if (words && slice_eq_nocase(name, slice_of(words)))
        words = NULL;
    const struct filter_lookup *lookup = NULL;
    slice field;
    if (rq->view && rq->route && (rq->route->takes & TAKES_FILTERS))
        lookup = filter_lookup(rq->route->list, name, &field);
    if (lookup) {
        buf_puts(out, "<b>");
        part_title(out, field);
        buf_printf(out, " %s</b> (", lookup->about);
    } else if (words) {
        buf_printf(out, "<b>%s</b> (", words);
    } else if (known) {
        buf_puts(out, "<b>");
        part_title(out, name);
        buf_puts(out, "</b>");
        return;
    }
    html_between(out, "<code>", name.len ? name : SLICE("\"\""), lookup || words ? "</code>)" : "</code>");
}

/* "username: got …" and "Missing username. …": with the label of the field. */
static void put_complaint(struct buf *out, const struct request *rq, slice text)
{
    slice rest = text, name;
    const slice missing = SLICE("Missing ");
    buf_puts(out, "<p class=\"alert\" role=\"alert\">");
    bool misses = rq->view && slice_starts(text, missing);
    if (misses)
        rest = slice_from(text.ptr + missing.len, text.len - missing.len);
    if (rq->view && rq->route && slice_split(&rest, misses ? '.' : ':', &name) &&
        has_field(rq->route, name)) {
        put_name(out, rq, name);
        buf_puts(out, misses ? " is missing." : ":");
        text = rest;
    }
    html_text(out, text);
    buf_puts(out, "</p>");
}

/* {"followers_count": ["Enter a number."], …}, a line each. */
static bool put_complaints(struct buf *out, const struct request *rq, json_t *root)
{
    const char *key;
    json_t *texts;
    buf_puts(out, "<div class=\"alert\" role=\"alert\">");
    json_object_foreach(root, key, texts)
    {
        const json_t *first = json_array_get(texts, 0);
        if (!json_is_string(first))
            continue;
        buf_puts(out, "<p>");
        put_name(out, rq, slice_of(key));
        html_between(out, ": ", slice_from(json_string_value(first), json_string_length(first)), "</p>");
    }
    buf_puts(out, "</div>");
    return true;
}

bool page_complaint(struct buf *out, const struct request *rq, const struct response *rs)
{
    json_auto_t *root = json_loadb(rs->body.ptr, rs->body.len, JSON_ALLOW_NUL, NULL);
    slice detail = json_text(root, "detail");
    bool any = true;
    if (!detail.ptr)
        detail = json_text(root, "error");
    if (detail.ptr)
        put_complaint(out, rq, detail);
    else
        any = rs->status == 400 && json_is_object(root) && put_complaints(out, rq, root);
    return any;
}

/* "Developers, newest first", or the requested order: "Developers, by followers_count descending, then login", in views in
 * words: "Developers, most followers first, then by login". */
void page_about(struct buf *out, const struct request *rq)
{
    const slice usual = SLICE(", newest first");
    slice about = slice_of(rq->route->summary);
    struct browse_order order[BROWSE_MAX_ORDER];
    size_t n = 0;
    const char *why;
    if ((rq->route->takes & TAKES_ORDERING) && slice_ends(about, usual) &&
        ordering_parse(rq->arena, rq->route->list, params_get(&rq->params, "ordering"), order, &n, &why) && n)
        about.len -= usual.len;
    buf_printf(out, "<p class=\"about\">%c", toupper((unsigned char)about.ptr[0]));
    html_text(out, slice_from(about.ptr + 1, about.len - 1));
    for (size_t i = 0; i < n; i++) {
        const struct browse_order *o = &order[i];
        if (rq->view)
            buf_printf(out, "%s%s", i ? ", then " : ", ", label_order(rq->arena, o->column, o->descending));
        else
            buf_printf(out, "%s%s%s", i ? ", then " : ", by ", browse_column_name(o->column),
                       o->descending ? " descending" : "");
    }
    buf_puts(out, "</p>");
}

void page_notices(struct buf *out, const struct response *rs)
{
    const char *as_of = response_get(rs, "X-As-Of");
    if (as_of) {
        buf_puts(out, "<p class=\"about\">As of <time>");
        html_cstr(out, as_of);
        buf_puts(out, "</time></p>");
    }
}

static void put_heading(struct buf *out, const struct request *rq, const struct response *rs, slice title)
{
    html_between(out, "<h1>", title, "</h1>");
    if (rs->status >= 400) {
        page_complaint(out, rq, rs);
    } else if (rq->route && rs->status < 400) {
        page_about(out, rq);
        page_notices(out, rs);
    }
}

/* ---- the answer ---- */

static void put_pager(struct buf *out, const struct page_facts *facts, const char *label)
{
    if (!facts->is_list)
        return;
    buf_printf(out, "<nav class=\"pager\" aria-label=\"%s\">", label);
    part_page_link(out, facts->previous, "prev", "← Previous");
    buf_puts(out, "<span>");
    if (facts->count.len)
        buf_printf(out, "%zu of %s%.*s", facts->n_results, facts->is_capped ? "more than " : "",
                   SLICE_ARG(facts->count));
    else
        buf_printf(out, "%zu on this page", facts->n_results);
    buf_puts(out, "</span>");
    part_page_link(out, facts->next, "next", "Next →");
    buf_puts(out, "</nav>");
}

/* Headers of interest to people. */
static bool is_worth_seeing(const char *name)
{
    static const char *const names[] = {"Allow", "Link", "Retry-After", "WWW-Authenticate", "X-Total-Count"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* This address with another ?format=. */
static void put_address(struct buf *out, const struct request *rq, slice prefix, slice format)
{
    struct param_list params = params_with(rq->arena, &rq->params, SLICE("format"), format);
    html_text(out, prefix);
    html_text(out, rq->path);
    params_put_query(out, &params, "&amp;");
}

static void put_exchange(struct buf *out, const struct request *rq, const struct response *rs)
{
    bool head = slice_eq(rq->method, SLICE("HEAD")), get = head || slice_eq(rq->method, SLICE("GET"));
    buf_puts(out, "<div class=\"exchange\"><p><b>");
    html_text(out, head ? SLICE("GET") : rq->method); /* the length must equal GET's */
    buf_puts(out, "</b> <code>");
    html_text(out, rq->path);
    if (rq->query.len) {
        buf_putc(out, '?');
        html_text(out, rq->query);
    }
    buf_printf(out, "</code></p><p class=\"%s\"><b>HTTP %d</b> %s</p><dl>", rs->status < 400 ? "good" : "bad",
               rs->status, status_name(rs->status));
    for (size_t i = 0; i < rs->n_headers; i++) {
        if (!is_worth_seeing(rs->headers[i].name))
            continue;
        buf_printf(out, "<div><dt>%s</dt><dd>", rs->headers[i].name);
        html_cstr(out, rs->headers[i].value);
        buf_puts(out, "</dd></div>");
    }
    buf_printf(out, "<div><dt>Content-Type</dt><dd>%s</dd></div></dl>", rs->content_type);
    if (get && rq->route) { /* a path that is not ours ("//elsewhere/") never becomes a link */
        buf_puts(out, "<p class=\"as-json\"><a href=\"");
        put_address(out, rq, page_prefix(rq), SLICE("json"));
        buf_puts(out, "\">This as JSON</a></p>");
    }
    buf_puts(out, "</div>");
}

static void put_answer(struct buf *out, const struct request *rq, const struct response *rs,
                       const struct page_facts *facts)
{
    buf_puts(out, "<section id=\"answer\" aria-label=\"Answer\">");
    put_exchange(out, rq, rs);
    put_pager(out, facts, "Pages");
    buf_puts(out, "<pre tabindex=\"0\" role=\"region\" aria-label=\"JSON\"><code>");
    json_view(out, buf_slice(&rs->body), rq->base ? rq->base : "");
    buf_puts(out, "</code></pre>");
    if (facts->n_results > 3)
        put_pager(out, facts, "Pages, again");
    buf_puts(out, "</section>");
}

static void put_json_page(struct buf *out, struct request *rq, struct response *rs,
                          const struct page_facts *facts, slice title)
{
    page_begin(out, rq, title, "style.css");
    buf_puts(out, "</head><body><a class=\"skip\" href=\"#answer\">Skip to the answer</a>");
    page_navigation(out, rq);
    buf_puts(out, "<main>");
    page_breadcrumb(out, rq);
    put_heading(out, rq, rs, title);
    page_forms(out, rq, rs->status == 400);
    put_answer(out, rq, rs, facts);
    buf_puts(out, "</main>");
    page_end(out, rq);
}

/* Tables and text, if there is a view for this answer. */
static bool put_view(struct buf *out, struct request *rq, struct response *rs, slice title)
{
    if (!rq->view)
        return false;
    if (rs->status >= 400) {
        view_error(out, rq, rs, title);
        return true;
    }
    json_auto_t *root = json_loadb(rs->body.ptr, rs->body.len, JSON_ALLOW_NUL, NULL);
    return root && rq->route && view_answer(out, rq, rs, root, title);
}

void page_wrap(struct request *rq, struct response *rs)
{
    struct page_facts facts;
    struct buf out;
    if (!rs->content_type || strcmp(rs->content_type, "application/json") != 0)
        return;
    page_read_facts(buf_slice(&rs->body), &facts);
    slice title = find_title(rq, rs, &facts);
    buf_init(&out, rs->body.max);
    bool view = put_view(&out, rq, rs, title);
    if (!view)
        put_json_page(&out, rq, rs, &facts, title);
    if (out.overflow) { /* a partial page is better than none */
        buf_finish(&out);
        return;
    }
    buf_finish(&rs->body);
    rs->body = out;
    page_headers(rs, page_policy(rq, view && rs->status < 400));
}

/* ---- empty inputs of forms ---- */

bool page_tidy(struct request *rq, struct response *rs)
{
    AUTO_BUF url = {0};
    size_t n = 0;
    bool any_empty = false;
    for (size_t i = 0; i < rq->params.n; i++)
        any_empty |=
            rq->params.items[i].value.len == 0 && !slice_eq(rq->params.items[i].key, SLICE("cursor"));
    if (!any_empty)
        return false;
    slice prefix = page_prefix(rq);
    buf_put(&url, prefix.ptr, prefix.len);
    buf_put(&url, rq->path.ptr, rq->path.len);
    for (size_t i = 0; i < rq->params.n; i++) {
        const struct param *param = &rq->params.items[i];
        if (param->value.len == 0 && !slice_eq(param->key, SLICE("cursor")))
            continue;
        buf_putc(&url, n++ ? '&' : '?');
        params_encode(&url, param->key);
        buf_putc(&url, '=');
        params_encode(&url, param->value);
    }
    rs->status = 302;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location", arena_dup(rq->arena, buf_slice(&url)));
    return true;
}
