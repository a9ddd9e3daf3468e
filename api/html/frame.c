#include "api/html/frame.h"
#include "api/html/asset.h"
#include "api/html/escape.h"
#include "api/spec/routes.h"
#include <ctype.h>

#define COMMON      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
#define AVATAR_HOST "https://avatars.githubusercontent.com"

bool page_may_read(const struct request *rq)
{
    return !rq->api->auth || rq->user.len;
}

bool page_may_write(const struct request *rq)
{
    return page_may_read(rq) && !rq->read_only;
}

const char *page_policy(const struct request *rq, bool scripts)
{
    if (!scripts)
        return "default-src 'none'; style-src 'self'; img-src 'self'; " COMMON;
    if (rq->api->cfg->pages_avatars)
        return "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
               "'self' " AVATAR_HOST "; " COMMON;
    return "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
           "'self'; " COMMON;
}

slice page_prefix(const struct request *rq)
{
    const char *host = rq->base ? strstr(rq->base, "://") : NULL;
    return slice_of(host ? strchr(host + 3, '/') : NULL);
}

void page_asset(struct buf *out, const struct request *rq, const char *name)
{
    const struct asset *asset = asset_named(name);
    slice prefix = page_prefix(rq);
    buf_put(out, prefix.ptr, prefix.len);
    buf_printf(out, ASSET_ROOT "%s", asset ? asset->address : name);
}

void page_script(struct buf *out, const struct request *rq, const char *name)
{
    if (!asset_named(name))
        return;
    bool sheet = slice_ends(slice_of(name), SLICE(".css"));
    buf_puts(out, sheet ? "<link rel=\"stylesheet\" href=\"" : "<script defer src=\"");
    page_asset(out, rq, name);
    buf_puts(out, sheet ? "\">" : "\"></script>");
}

void page_route_name(struct buf *out, const char *path)
{
    slice rest = slice_of(path), segment, name = {NULL, 0};
    while (slice_split(&rest, '/', &segment))
        if (segment.len && segment.ptr[0] != '{')
            name = segment;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i] == '_' || name.ptr[i] == '-' ? ' ' : name.ptr[i];
        buf_putc(out, i ? c : (char)toupper((unsigned char)c));
    }
}

/* "/github/NAME/": the lists and forms at the top level. */
static bool is_top(const struct route *route)
{
    slice path = slice_of(route->path), rest;
    if (!(route->flags & ROUTE_NEGOTIATES) || !slice_starts(path, SLICE("/github/")))
        return false;
    rest = slice_from(path.ptr + 8, path.len - 8);
    return rest.len > 1 && rest.ptr[0] != '{' && slice_find(rest, '/') == (ptrdiff_t)rest.len - 1;
}

static void put_search(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    buf_printf(
        out,
        "<form class=\"search\" role=\"search\" method=\"get\" action=\"%.*s/search/\"><label><span "
        "class=\"sr\">"
        "Search for a login, owner/name or words</span><input type=\"search\" name=\"q\" maxlength=\"200\" "
        "placeholder=\"login, owner/name\" autocomplete=\"off\" spellcheck=\"false\" "
        "autocapitalize=\"none\"",
        SLICE_ARG(prefix));
    if (rq->route && strcmp(rq->route->path, "/search/") == 0)
        html_attribute(out, "value", params_get(&rq->params, "q"));
    buf_puts(out, "></label><button>Search</button></form>");
}

static void put_user(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    buf_puts(out, "<div class=\"user\">");
    if (rq->user.len) {
        html_between(out, "<p><span class=\"as\">Signed in as </span><b>", rq->user,
                     rq->read_only ? "</b> (read-only)</p>" : "</b></p>");
    } else {
        buf_puts(out, rq->api->auth ? "<p>Not signed in</p>" : "<p>No sign-in needed</p>");
    }
    if (rq->session.ptr)
        buf_printf(
            out,
            "<form method=\"post\" action=\"%.*s/logout/\"><button class=\"quiet\">Sign out</button></form>",
            SLICE_ARG(prefix));
    else if (rq->api->auth && !rq->user.len)
        buf_printf(out, "<a href=\"%.*s/login/\">Sign in</a>", SLICE_ARG(prefix));
    buf_puts(out, "</div>");
}

void page_navigation(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    bool home = rq->route && strcmp(rq->route->path, "/") == 0;
    const struct route *charts = NULL;
    buf_printf(out, "<header><a class=\"home\" href=\"%.*s/\"%s>gitomatic</a><nav aria-label=\"Main\"><ul>",
               SLICE_ARG(prefix), home ? " aria-current=\"page\"" : "");
    for (size_t i = 0; i < n_routes; i++) {
        if (strcmp(routes[i].path, "/github/charts/stars/") == 0)
            charts = &routes[i];
        if (!is_top(&routes[i]) || ((routes[i].flags & ROUTE_WRITERS) && !page_may_write(rq)))
            continue;
        bool here = rq->route && slice_starts(slice_of(rq->route->path), slice_of(routes[i].path));
        buf_printf(out, "<li><a href=\"%.*s%s\"%s>", SLICE_ARG(prefix), routes[i].path,
                   here ? " aria-current=\"true\"" : "");
        page_route_name(out, routes[i].path);
        buf_puts(out, "</a></li>");
    }
    if (charts)
        buf_printf(out, "<li><a href=\"%.*s%s\"%s>Star charts</a></li>", SLICE_ARG(prefix), charts->path,
                   rq->route == charts ? " aria-current=\"page\"" : "");
    buf_puts(out, "</ul></nav>");
    if (page_may_read(rq))
        put_search(out, rq);
    put_user(out, rq);
    buf_puts(out, "</header>");
    if (rq->api->demo)
        buf_puts(out, "<p class=\"notice demo\">This is a demo: its records are made up.</p>");
    if (rq->ignored) {
        buf_puts(out, "<p class=\"alert\" role=\"alert\">Ignored, because this page takes no such parameter: "
                      "<code>");
        html_cstr(out, rq->ignored);
        buf_puts(out, "</code></p>");
    }
}

void page_begin(struct buf *out, const struct request *rq, slice title, const char *style_sheet)
{
    buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    html_text(out, title);
    buf_puts(out,
             " · gitomatic</title>"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">"
             "<link rel=\"stylesheet\" href=\"");
    page_asset(out, rq, style_sheet);
    buf_puts(out, "\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"");
    page_asset(out, rq, "icon.svg");
    buf_puts(out, "\">");
}

void page_end(struct buf *out, const struct request *rq)
{
    slice prefix = page_prefix(rq);
    buf_printf(
        out,
        "<footer><p><a href=\"%.*s/github/\">API</a> · <a href=\"%.*s/github/swagger/\">Swagger UI</a> · <a "
        "href=\"%.*s/github/redoc/\">ReDoc</a>"
        " · <a href=\"%.*s/github/swagger.json\">OpenAPI</a> (<a href=\"%.*s/github/swagger.yaml\">YAML</a>)"
        " · Times are in UTC.</p></footer></body></html>\n",
        SLICE_ARG(prefix), SLICE_ARG(prefix), SLICE_ARG(prefix), SLICE_ARG(prefix), SLICE_ARG(prefix));
}

void page_headers(struct response *rs, const char *policy)
{
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Content-Security-Policy", policy);
    response_header(rs, "Referrer-Policy", "same-origin");
    response_header(rs, "X-Frame-Options", "DENY");
}
