/* The parts around a table: filter chips, position in the list, tabs, the request itself. */
#include "api/html/view.h"
#include "api/request/paging.h"
#include "api/spec/filters.h"
#include "api/spec/parameters.h"
#include "api/spec/routes.h"
#include <ctype.h>

/* ---- addresses ---- */

void page_address(struct buf *out, const struct request *rq, const char *name, slice value)
{
    struct param_list params = params_with(rq->arena, &rq->params, slice_of(name), value);
    slice prefix = page_prefix(rq);
    size_t n = 0;
    html_text(out, prefix);
    html_text(out, rq->path);
    for (size_t i = 0; i < params.n; i++) {
        if (slice_eq(params.items[i].key, SLICE("page")) || slice_eq(params.items[i].key, SLICE("cursor")) ||
            slice_eq(params.items[i].key, SLICE("before")))
            continue;
        buf_puts(out, n++ ? "&amp;" : "?");
        params_encode(out, params.items[i].key);
        buf_putc(out, '=');
        params_encode(out, params.items[i].value);
    }
}

void page_formats(struct buf *out, const struct request *rq, slice names)
{
    slice name;
    for (const char *before = ""; slice_split(&names, '|', &name); before = " · ") {
        char *format = arena_dup(rq->arena, name);
        for (size_t i = 0; i < name.len; i++)
            format[i] = (char)tolower((unsigned char)format[i]);
        buf_printf(out, "%s<a href=\"", before);
        page_address(out, rq, "format", slice_of(format));
        buf_printf(out, "\">%.*s</a>", SLICE_ARG(name));
    }
}

/* ---- chips ---- */

static void put_filter_words(struct buf *out, slice field, const struct filter_lookup *lookup, slice value)
{
    bool yes = !slice_eq(value, SLICE("false")) && !slice_eq(value, SLICE("0"));
    if (lookup->op == BROWSE_ISNULL || lookup->op == BROWSE_ISEMPTY) {
        buf_puts(out, yes ? "no " : "has ");
        part_words(out, field);
        return;
    }
    slice rest = slice_of(lookup->about), verb; /* "contains, in any case": around the value */
    slice_split(&rest, ',', &verb);
    part_words(out, field);
    buf_printf(out, " %.*s ", SLICE_ARG(verb));
    html_text(out, value);
    if (rest.len)
        buf_printf(out, ",%.*s", SLICE_ARG(rest));
}

/* False: it is not a filter of the list. */
static bool put_filter(struct buf *out, const struct request *rq, slice key, slice value)
{
    slice field;
    const struct filter_lookup *lookup =
        rq->route->takes & TAKES_FILTERS ? filter_lookup(rq->route->list, key, &field) : NULL;
    if (lookup)
        put_filter_words(out, field, lookup, value);
    return lookup != NULL;
}

static bool put_parameter(struct buf *out, const struct request *rq, slice key, slice value)
{
    static const char *const shown[] = {"search",
                                        "as_of",
                                        "state",
                                        "kind",
                                        "subject",
                                        "task",
                                        "type",
                                        "since",
                                        "created_at__gte",
                                        "created_at__lte",
                                        "finished_at__gte",
                                        "finished_at__lte"};
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        if (!slice_eq(key, slice_of(shown[i])) || !parameter_find(rq->route, key))
            continue;
        part_words(out, key);
        buf_puts(out, ": ");
        html_text(out, value);
        return true;
    }
    return false;
}

void chips_put(struct buf *out, const struct request *rq)
{
    bool any = false;
    for (size_t i = 0; i < rq->params.n; i++) {
        const struct param *p = &rq->params.items[i];
        AUTO_BUF text = {0};
        if (p->value.len &&
            (put_filter(&text, rq, p->key, p->value) || put_parameter(&text, rq, p->key, p->value))) {
            buf_puts(out, any ? "<li><bdi>" : "<ul class=\"chips\" aria-label=\"Active filters\"><li><bdi>");
            buf_put(out, text.ptr, text.len);
            buf_puts(out, "</bdi> <a href=\"");
            page_address(out, rq, arena_dup(rq->arena, p->key), (slice){NULL, 0});
            buf_puts(out, "\" aria-label=\"Remove this filter\">×</a></li>");
            any = true;
        }
    }
    if (any)
        buf_puts(out, "</ul>");
}

/* ---- position in the list ---- */

static void put_range(struct buf *out, const struct request *rq, const json_t *root, size_t n)
{
    struct paging paging;
    int64_t count;
    bool counted = json_whole(root, "count", &count),
         capped = json_is_true(json_object_get(root, "count_capped"));
    if (paging_read(&rq->params, &paging) && !paging.by_cursor && n > 0) {
        int64_t first = paging.last && counted ? count - (int64_t)n + 1 : (paging.page - 1) * paging.size + 1;
        part_number(out, first);
        buf_puts(out, "–");
        part_number(out, first + (int64_t)n - 1);
    } else {
        part_number(out, (int64_t)n);
    }
    if (!counted)
        return;
    buf_puts(out, capped ? " of more than " : " of ");
    part_number(out, count);
}

void pager_put(struct buf *out, const struct request *rq, const json_t *root, size_t n, const char *label)
{
    slice previous = json_text(root, "previous"), next = json_text(root, "next");
    buf_printf(out, "<nav class=\"pager\" aria-label=\"%s\">", label);
    part_page_link(out, previous, "prev", "← Previous");
    buf_puts(out, "<span>");
    put_range(out, rq, root, n);
    buf_puts(out, "</span>");
    part_page_link(out, next, "next", "Next →");
    buf_puts(out, "</nav>");
}

/* ---- exports ---- */

void exports_put(struct buf *out, const struct request *rq)
{
    static const struct {
        enum reply_form form;
        const char *name, *text;
    } forms[] = {{FORM_CSV, "csv", "CSV"}, {FORM_NDJSON, "ndjson", "JSON lines"}};
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (!(route_forms(rq->route) >> forms[i].form & 1))
            continue;
        buf_puts(out,
                 any ? " · <a href=\""
                     : "<p class=\"hint exports\">All of this list, as filtered and ordered: <a href=\"");
        page_address(out, rq, "format", slice_of(forms[i].name));
        buf_printf(out, "\" download>%s</a>", forms[i].text);
        any = true;
    }
    buf_puts(out, any ? "</p>" : "");
}

/* ---- the request ---- */

/* In single quotes for a shell. */
static void put_quoted(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            buf_puts(out, "%27");
        else
            html_text(out, slice_from(text.ptr + i, 1));
    }
}

/* Pages of the feed begin with its end: the request for the same says so. */
static void put_before(struct buf *out, const struct request *rq, const char *sign)
{
    slice before = params_get(&rq->params, "before");
    if (rq->route->shape != SHAPE_CHANGE)
        return;
    buf_printf(out, "%sbefore=", sign);
    params_encode(out, before.len ? before : SLICE("end"));
}

void request_put(struct buf *out, const struct request *rq)
{
    const char *host = rq->base ? strstr(rq->base, "://") : NULL;
    buf_puts(out, "<details class=\"request\"><summary>This page as JSON</summary><p><a href=\"");
    page_address(out, rq, "view", SLICE("json"));
    put_before(out, rq, "&amp;");
    buf_puts(out, "\">JSON in a page</a> · <a href=\"");
    page_address(out, rq, "format", SLICE("json"));
    put_before(out, rq, "&amp;");
    buf_puts(out, "\">plain JSON</a> · the request for it:</p><pre tabindex=\"0\"><code>curl ");
    if (rq->api->auth) {
        buf_puts(out, "-u '");
        put_quoted(out, rq->user.len ? rq->user : SLICE("NAME"));
        buf_puts(out, "' ");
    }
    buf_putc(out, '\'');
    if (host)
        html_cstr(out, rq->base);
    put_quoted(out, rq->path);
    if (rq->query.len) {
        buf_putc(out, '?');
        put_quoted(out, rq->query);
    }
    if (!params_get(&rq->params, "before").len)
        put_before(out, rq, rq->query.len ? "&amp;" : "?");
    buf_puts(out, "'</code></pre></details>");
}

/* ---- tabs ---- */

static const struct tab {
    enum record_kind kind;
    const char *path, *name;
} tabs[] = {
    {RECORD_DEVELOPER, "", "Overview"},
    {RECORD_DEVELOPER, "repositories/", "Repositories"},
    {RECORD_DEVELOPER, "followers/", "Followers"},
    {RECORD_DEVELOPER, "following/", "Following"},
    {RECORD_DEVELOPER, "starred_repositories/", "Stars"},
    {RECORD_DEVELOPER, "network/", "Network"},
    {RECORD_DEVELOPER, "history/", "History"},
    {RECORD_REPOSITORY, "", "Overview"},
    {RECORD_REPOSITORY, "stargazers/", "Stargazers"},
    {RECORD_REPOSITORY, "history/", "History"},
};

/* "…/github/developers/ID/history/" → ID. PUBLIC_URL, before it, may have any of these words. */
static slice id_in(slice url, const char *list)
{
    slice rest = url, segment, before = {NULL, 0}, last = {NULL, 0}, id = {NULL, 0};
    while (slice_split(&rest, '/', &segment)) {
        if (slice_eq(last, SLICE("github")) && slice_eq(before, slice_of(list)))
            id = segment;
        last = before;
        before = segment;
    }
    return id;
}

void part_heading(struct buf *out, const struct request *rq, enum record_kind kind, slice url,
                  const char *title)
{
    const char *list = kind == RECORD_DEVELOPER ? "developers" : "repositories";
    slice prefix = page_prefix(rq), id = id_in(url, list);
    buf_printf(out, "<h1><a href=\"%.*s/github/%s/", SLICE_ARG(prefix), list);
    html_text(out, id);
    buf_puts(out, "/\"><bdi>");
    html_text(out, rq->subject);
    buf_printf(out, "</bdi></a>: %s</h1>", title);
    tabs_put(out, rq, kind, id);
}

void tabs_put(struct buf *out, const struct request *rq, enum record_kind kind, slice id)
{
    const char *list = kind == RECORD_DEVELOPER ? "developers" : "repositories";
    slice prefix = page_prefix(rq), path = slice_of(rq->route->path), args[ROUTE_MAX_ARGS];
    buf_puts(out, "<nav class=\"tabs\" aria-label=\"Parts\"><ul>");
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        if (tabs[i].kind != kind)
            continue;
        char *to = arena_printf(rq->arena, "/github/%s/%.*s/%s", list, SLICE_ARG(id), tabs[i].path);
        if (!route_find(rq->arena, slice_of(to), args))
            continue;
        bool here = *tabs[i].path ? slice_ends(path, slice_of(arena_printf(rq->arena, "/%s", tabs[i].path)))
                                  : slice_ends(path, SLICE("}/"));
        buf_puts(out, "<li><a");
        html_attribute(out, "href", slice_of(arena_printf(rq->arena, "%.*s%s", SLICE_ARG(prefix), to)));
        buf_printf(out, "%s>%s</a></li>", here ? " aria-current=\"page\"" : "", tabs[i].name);
    }
    buf_puts(out, "</ul></nav>");
}
