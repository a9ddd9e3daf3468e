#include "api/spec/openapi.h"
#include "api/request/link.h"
#include "core/json/yaml.h"
#include <ctype.h>

#define INTRODUCTION                                                                                         \
    "A crawled part of GitHub: developers, repositories, follows and stars, and the tasks that crawl "       \
    "more.\n\n"                                                                                              \
    "Lists come in pages of `{count, next, previous, results}`, newest first. A filter is a parameter with " \
    "the name of a field, alone or with a lookup suffix (`followers_count__gte=100`); empty "                \
    "values are ignored, unknown parameters too: `X-Ignored-Parameters` names them, `strict=1` makes them "  \
    "a "                                                                                                     \
    "400. HEAD and OPTIONS work wherever GET does. A path without its "                                      \
    "final slash redirects to the one with it. Browsers get the same answers as pages. Every answer to "     \
    "GET "                                                                                                   \
    "has an ETag: sent back as If-None-Match, it saves the transfer of unchanged answers."

/* ---- names ---- */

/* "/github/developers/{id}/followers/" as "DevelopersByIdFollowers". */
static const char *path_name(struct buf *out, const char *path)
{
    slice rest = slice_of(path), segment;
    bool up;
    buf_reset(out);
    while (slice_split(&rest, '/', &segment)) {
        if (segment.len == 0 || (slice_eq(segment, SLICE("github")) && rest.len > 0))
            continue;
        if (segment.ptr[0] == '{') {
            buf_puts(out, "By");
            segment = slice_from(segment.ptr + 1, segment.len - 2);
        }
        up = true;
        for (size_t i = 0; i < segment.len; i++) {
            char c = segment.ptr[i];
            bool word = isalnum((unsigned char)c) != 0;
            if (word)
                buf_putc(out, up ? (char)toupper((unsigned char)c) : c);
            up = !word;
        }
    }
    if (out->len == 0)
        buf_puts(out, strcmp(path, "/") == 0 ? "Home" : "Root");
    buf_putc(out, '\0');
    return out->ptr;
}

static void put_operation_id(struct jw *w, const char *verb, const char *path)
{
    AUTO_BUF name = {0};
    AUTO_BUF id = {0};
    buf_printf(&id, "%s%s", verb, path_name(&name, path));
    jw_kstr(w, "operationId", buf_slice(&id));
}

/* The first segment after /github/ of paths that answer in JSON; others are documentation or about the service itself. */
static slice tag_of(const struct route *route)
{
    slice rest = slice_of(route->path), segment;
    if (!slice_starts(rest, SLICE("/github/")) || rest.len == 8)
        return SLICE("service");
    if (!(route->flags & ROUTE_NEGOTIATES))
        return SLICE("documentation");
    rest = slice_from(rest.ptr + 8, rest.len - 8);
    return slice_split(&rest, '/', &segment) ? segment : SLICE("service");
}

/* ---- answers ---- */

#define DOCUMENT                                                                                             \
    "{\"type\":\"object\",\"required\":[\"openapi\",\"paths\"],\"additionalProperties\":true,"               \
    "\"properties\":{\"openapi\":{\"type\":\"string\"},\"paths\":{\"type\":\"object\"}}}"

static const struct {
    const char *path, *type, *schema;
} other_types[] = {
    /* of routes without content negotiation */
    {"/health/", "text/plain", "{\"const\":\"ok\"}"},
    {"/health/ready", "application/json", "{\"$ref\":\"#/components/schemas/Readiness\"}"},
    {"/metrics", "text/plain", "{\"type\":\"string\"}"},
    {"/github/swagger/", "text/html", "{\"type\":\"string\"}"},
    {"/github/redoc/", "text/html", "{\"type\":\"string\"}"},
    {"/github/swagger.json", "application/json", DOCUMENT},
    {"/github/swagger.yaml", "application/yaml", DOCUMENT},
};

static void put_type(struct jw *w, const char *type, const char *schema)
{
    jw_kobject(w, type);
    jw_kraw(w, "schema", slice_of(schema));
    jw_end_object(w);
}

static void put_named_type(struct jw *w, const char *type, const char *schema)
{
    jw_kobject(w, type);
    openapi_schema_ref(w, schema);
    jw_end_object(w);
}

/* The schema of a route's answer: a record, a page of records, a bare list. */
static const char *answer_schema(struct buf *out, const struct route *route)
{
    buf_reset(out);
    buf_printf(out, "%s%s", shape_name(route->shape),
               route->takes & TAKES_PAGES       ? "Page"
               : route->takes & TAKES_SINCE     ? "Feed"
               : route->flags & ROUTE_BARE_LIST ? "List"
                                                : "");
    buf_putc(out, '\0');
    return out->ptr;
}

static void put_header_as(struct jw *w, const char *name, const char *component)
{
    jw_key(w, name);
    openapi_ref(w, "headers", component);
}

static void put_header(struct jw *w, const char *name)
{
    put_header_as(w, name, name);
}

static void put_good_answer(struct jw *w, const struct route *route, const char *schema)
{
    AUTO_BUF name = {0};
    jw_kobject(w, "200");
    jw_kcstr(w, "description", "as requested");
    if (!schema) { /* of a GET */
        jw_kobject(w, "headers");
        bool streamed = (route->takes & (TAKES_LIMIT | TAKES_FACET)) != 0;
        put_header_as(w, "ETag", streamed ? "StreamOrETag" : "ETag");
        if (streamed)
            put_header(w, "Content-Disposition");
        put_header(w, "X-Ignored-Parameters");
        if (route->takes & TAKES_AS_OF)
            put_header(w, "X-As-Of");
        if (route->takes & TAKES_PAGES) {
            put_header(w, "Link");
            put_header(w, "X-Total-Count");
            put_header(w, "X-Total-Count-Capped");
        }
        jw_end_object(w);
    }
    jw_kobject(w, "content");
    if (route->flags & ROUTE_NEGOTIATES) {
        put_named_type(w, "application/json", schema ? schema : answer_schema(&name, route));
        put_type(w, "text/html", "{\"type\":\"string\",\"description\":\"the same as a page\"}");
        if (!schema)
            put_type(
                w, "application/javascript",
                "{\"type\":\"string\",\"description\":\"?callback=: status, headers and data as a call\"}");
        for (int form = FORM_CSV; form < N_FORMS && !schema; form++)
            if (route_forms(route) >> form & 1)
                put_type(w, form_type((enum reply_form)form), "{\"type\":\"string\"}");
    }
    if (route->flags & ROUTE_SVG)
        put_type(w, "image/svg+xml", "{\"type\":\"string\"}");
    for (size_t i = 0; i < ARRAY_LEN(other_types); i++)
        if (strcmp(other_types[i].path, route->path) == 0)
            put_type(w, other_types[i].type, other_types[i].schema);
    jw_end_object(w);
    jw_end_object(w);
}

static void put_redirect(struct jw *w, const char *status, const char *about)
{
    jw_kobject(w, status);
    jw_kcstr(w, "description", about);
    jw_kobject(w, "headers");
    jw_kobject(w, "Location");
    jw_kraw(w, "schema", SLICE("{\"type\":\"string\",\"format\":\"uri-reference\"}"));
    jw_end_object(w);
    jw_end_object(w);
    jw_end_object(w);
}

/* Whether a method of a route can answer with this error. */
static bool can_refuse(const struct route *route, const struct body *body, int status)
{
    bool known = !(route->flags & ROUTE_OPEN);
    bool database = body || (route->flags & (ROUTE_READS | ROUTE_WRITES | ROUTE_FIGURES));
    bool health = strcmp(route->path, "/health/") == 0;
    switch (status) {
    case 400:
    case 414:
        return true;
    case 412: /* a redirect has no conditions */
    case 406: /* if there is a body to encode */
        return strcmp(route->path, "/") != 0;
    case 401:
    case 429:
        return known;
    case 403:
        return body != NULL || (route->flags & ROUTE_WRITERS);
    case 413:
        return body != NULL;
    case 410:
        return route->takes & TAKES_SINCE;
    case 409:
        return body && body->conflicts;
    case 415:
        return body != NULL;
    case 404:
        return (route->flags & ROUTE_NEGOTIATES) || ((route->flags & ROUTE_SVG) && strchr(route->path, '{'));
    case 500:
        return known || database;
    case 503: /* also under too much load */
        return !health;
    default:
        return false;
    }
}

static void put_refusals(struct jw *w, const struct route *route, const struct body *body)
{
    if (strcmp(route->path, "/") == 0) { /* only a redirect, which linters do not count as success */
        jw_key(w, "default");
        openapi_ref(w, "responses", "BadRequest");
    }
    for (size_t i = 0; i < n_openapi_errors; i++) {
        const struct openapi_error *e = &openapi_errors[i];
        if (!can_refuse(route, body, e->status))
            continue;
        char status[8] = {(char)('0' + e->status / 100), (char)('0' + e->status / 10 % 10),
                          (char)('0' + e->status % 10)};
        jw_key(w, status);
        openapi_ref(w, "responses",
                    e->status == 406 && body && body->refused                       ? body->refused
                    : e->status == 503 && strcmp(route->path, "/health/ready") == 0 ? "NotReady"
                                                                                    : e->name);
    }
}

/* ---- operations ---- */

static void put_common(struct jw *w, const struct route *route, const char *summary)
{
    jw_kcstr(w, "summary", summary);
    jw_karray(w, "tags");
    jw_str(w, tag_of(route));
    jw_end_array(w);
    if (route->flags & ROUTE_OPEN) {
        jw_kraw(w, "security", SLICE("[]"));
    }
}

static void put_get(struct jw *w, const struct route *route)
{
    jw_kobject(w, "get");
    put_operation_id(w, route->takes & TAKES_PAGES ? "list" : "get", route->path);
    put_common(w, route, route->summary);
    openapi_parameters(w, route, false);
    jw_kobject(w, "responses");
    if (strcmp(route->path, "/") == 0)
        put_redirect(w, "302", "to /github/");
    else
        put_good_answer(w, route, NULL);
    if (route->flags & ROUTE_NEGOTIATES)
        put_redirect(w, "302", "of a page (HTML) whose URL has empty parameters: the URL without them");
    if (strstr(route->path, "/by-")) /* a former name */
        put_redirect(w, "301", "the record has a new name");
    if (strstr(route->path, "/{id}/"))
        put_redirect(w, "301", "the id is from another database, from which the record was imported");
    if (strcmp(route->path, "/") != 0) {
        jw_key(w, "304");
        openapi_ref(w, "responses", "NotModified");
    }
    put_refusals(w, route, NULL);
    jw_end_object(w);
    jw_end_object(w);
}

/* body NULL: the route only reads. */
static void put_write(struct jw *w, const struct route *route, const struct body *body)
{
    if (!body)
        return;
    const char *verb = route->flags & ROUTE_DELETE ? "delete" : "post";
    jw_kobject(w, verb);
    put_operation_id(w, verb, route->path);
    put_common(w, route, body->summary ? body->summary : route->summary);
    openapi_parameters(w, route, true);
    openapi_body(w, body);
    jw_kobject(w, "responses");
    if (body->schema) {
        put_good_answer(w, route, body->schema);
    } else {
        jw_kraw(w, "204", SLICE("{\"description\":\"removed\"}"));
    }
    put_refusals(w, route, body);
    jw_end_object(w);
    jw_end_object(w);
}

static void put_path_arguments(struct jw *w, const char *path)
{
    slice rest = slice_of(path), segment;
    bool any = false;
    while (slice_split(&rest, '/', &segment)) {
        if (segment.len == 0 || segment.ptr[0] != '{')
            continue;
        slice name = slice_from(segment.ptr + 1, segment.len - 2);
        const struct path_argument *argument = path_argument(name);
        if (!any) {
            jw_karray(w, "parameters");
        }
        any = true;
        jw_object(w);
        jw_kstr(w, "name", name);
        jw_kcstr(w, "in", "path");
        jw_kbool(w, "required", true);
        jw_kcstr(w, "description", argument ? argument->about : "");
        jw_kraw(w, "schema", slice_of(argument ? argument->schema : "{\"type\":\"string\"}"));
        jw_end_object(w);
    }
    if (any)
        jw_end_array(w);
}

static void put_paths(struct jw *w)
{
    jw_kobject(w, "paths");
    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].flags & ROUTE_ASSET)
            continue;
        jw_kobject(w, routes[i].path);
        put_path_arguments(w, routes[i].path);
        if (routes[i].get)
            put_get(w, &routes[i]);
        put_write(w, &routes[i], body_of(&routes[i]));
        jw_end_object(w);
    }
    jw_end_object(w);
}

/* ---- the document ---- */

static void put_tag(struct jw *w, slice name, const char *about)
{
    jw_object(w);
    jw_kstr(w, "name", name);
    jw_kcstr(w, "description", about);
    jw_end_object(w);
}

/* A tag is described by the first route that has it. */
static void put_tags(struct jw *w)
{
    jw_karray(w, "tags");
    for (size_t i = 0; i < n_routes; i++) {
        slice tag = tag_of(&routes[i]);
        bool seen = slice_eq(tag, SLICE("service")) || slice_eq(tag, SLICE("documentation"));
        for (size_t k = 0; k < i && !seen; k++)
            seen = slice_eq(tag, tag_of(&routes[k]));
        if (!seen)
            put_tag(w, tag, routes[i].summary);
    }
    put_tag(w, SLICE("documentation"), "this document and its viewers");
    put_tag(w, SLICE("service"), "entry points and health");
    jw_end_array(w);
}

void openapi_write(struct jw *w, const char *base, bool login)
{
    jw_object(w);
    jw_kcstr(w, "openapi", "3.1.0");
    jw_kobject(w, "info");
    jw_kcstr(w, "title", "gitomatic");
    jw_kcstr(w, "version", GITOMATIC_VERSION);
    jw_kcstr(w, "description", INTRODUCTION);
    jw_kraw(w, "license", SLICE("{\"name\":\"MIT\",\"identifier\":\"MIT\"}"));
    jw_end_object(w);
    jw_karray(w, "servers");
    jw_object(w);
    jw_kcstr(w, "url", base);
    jw_end_object(w);
    jw_end_array(w);
    jw_kraw(w, "security", login ? SLICE("[{\"basic\":[]},{\"bearer\":[]}]") : SLICE("[]"));
    put_tags(w);
    put_paths(w);
    openapi_components(w);
    jw_end_object(w);
}

bool handle_openapi_json(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    (void)err;
    reply_json(rq, rs, &w);
    openapi_write(&w, rq->base, rq->api->auth != NULL);
    return true;
}

bool handle_openapi_yaml(struct request *rq, struct response *rs, struct err *err)
{
    struct jw w;
    AUTO_BUF json = {0};
    jw_init(&w, &json, 0);
    openapi_write(&w, rq->base, rq->api->auth != NULL);
    buf_reset(&rs->body);
    rs->status = 200;
    rs->content_type = "application/yaml";
    bool ok = yaml_from_json(&rs->body, buf_slice(&json));
    return ok || err_set(err, ERR_INTERNAL, "the OpenAPI document is not JSON");
}
