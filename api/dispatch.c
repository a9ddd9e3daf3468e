/* The wrapper around every handler, and the order in which a request is judged: size of the address, Host, route,
 * missing slash, credentials, method, rights, body size, parameters, form of the answer, database. At the end, where a
 * browser asks, the answer becomes a page. */
#include "api/auth.h"
#include "api/link.h"
#include "api/metrics.h"
#include "api/negotiate.h"
#include "api/page.h"
#include "api/routes.h"
#include "core/base/clock.h"
#include "core/log/log.h"

static bool method_is(const struct request *rq, const char *name)
{
    return slice_eq(rq->method, slice_of(name));
}

static bool is_read(const struct request *rq)
{
    return method_is(rq, "GET") || method_is(rq, "HEAD");
}

/* ---- steps: true goes on, false has answered ---- */

static bool find_base(struct request *rq, struct response *rs)
{
    const struct api *api = rq->api;
    if (api->public_base)
        rq->base = api->public_base;
    else if (link_host_ok(rq->host))
        rq->base = arena_printf(rq->arena, "http://%.*s", SLICE_ARG(rq->host));
    else if (!rq->host.ptr && !rq->host_needed)
        rq->base = api->listen_base;
    else
        reply_detail(rq, rs, 400, rq->host.ptr ? "Invalid Host header." : "A Host header is needed.");
    return rq->base != NULL;
}

/* "/github/developers" leads to "/github/developers/", with its query; only where that is ours, so never elsewhere. */
static bool add_slash(struct request *rq, struct response *rs)
{
    slice args[ROUTE_MAX_ARGS];
    if (rq->route || slice_ends(rq->path, SLICE("/")))
        return true;
    char *with_slash = arena_printf(rq->arena, "%.*s/", SLICE_ARG(rq->path));
    if (!route_find(rq->arena, slice_of(with_slash), args))
        return true;
    rs->status = 301;
    rs->content_type = "text/html; charset=utf-8";
    response_header(rs, "Location",
                    rq->query.len ? arena_printf(rq->arena, "%s?%.*s", with_slash, SLICE_ARG(rq->query))
                                  : with_slash);
    return false;
}

static void refuse(struct request *rq, struct response *rs, int status, const char *why)
{
    if (status == 401)
        response_header(rs, "WWW-Authenticate", "Basic realm=\"gitomatic\"");
    reply_detail(rq, rs, status, why);
}

static bool authenticate(struct request *rq, struct response *rs)
{
    int retry_s = 0;
    struct err err = {0};
    if (rq->route && (rq->route->flags & ROUTE_OPEN))
        return true;
    enum auth_outcome outcome = auth_check(rq->api->auth, rq->authorization, rq->client, rq->arena, &rq->user,
                                           &rq->read_only, &retry_s, &err);
    switch (outcome) {
    case AUTH_OK:
        return true;
    case AUTH_NONE:
        refuse(rq, rs, 401, "Authentication credentials were not provided.");
        return false;
    case AUTH_MALFORMED:
        refuse(rq, rs, 401, "Invalid basic header. Credentials not correctly base64 encoded.");
        return false;
    case AUTH_WRONG:
        refuse(rq, rs, 401, "Invalid username/password.");
        return false;
    case AUTH_TOO_OFTEN:
        response_header(rs, "Retry-After", arena_printf(rq->arena, "%d", retry_s));
        refuse(rq, rs, 429,
               arena_printf(rq->arena, "Request was throttled. Expected available in %d seconds.", retry_s));
        return false;
    case AUTH_BUSY:
        response_header(rs, "Retry-After", "1");
        refuse(rq, rs, 503, "Too many credentials are being checked. Try again.");
        return false;
    case AUTH_ERROR:
        break;
    }
    reply_error(rq, rs, &err);
    return false;
}

/* Answers OPTIONS: what the route is and takes. */
static void describe(struct request *rq, struct response *rs)
{
    struct jw w;
    reply_json(rq, rs, &w);
    jw_object(&w);
    jw_kcstr(&w, "name", rq->route->path);
    jw_kcstr(&w, "description", rq->route->summary);
    jw_key(&w, "renders");
    jw_array(&w);
    jw_cstr(&w, rq->route->flags & ROUTE_NEGOTIATES ? "application/json" : "text/plain");
    jw_end_array(&w);
    jw_end_object(&w);
}

static bool check_method(struct request *rq, struct response *rs)
{
    bool post = method_is(rq, "POST") && rq->route->post;
    response_header(rs, "Allow", route_allow(rq->route));
    if (method_is(rq, "OPTIONS")) {
        describe(rq, rs);
        return false;
    }
    if (!post && !(is_read(rq) && rq->route->get)) {
        slice method = rq->method;
        if (method.len > 40)
            method.len = 40;
        refuse(rq, rs, 405, arena_printf(rq->arena, "Method \"%.*s\" not allowed.", SLICE_ARG(method)));
        return false;
    }
    if (post && rq->read_only) {
        refuse(rq, rs, 403, "You do not have permission to perform this action.");
        return false;
    }
    if (post && (rq->body_cut || rq->body.len > BODY_MAX_BYTES)) {
        refuse(rq, rs, 413, arena_printf(rq->arena, "The body is larger than %u bytes.", BODY_MAX_BYTES));
        return false;
    }
    return true;
}

/* What Accept and ?format= ask for. First of all, since refusals, too, come in that form. */
static enum negotiated find_form(struct request *rq, const char **bad_params_out)
{
    *bad_params_out = NULL;
    if (!params_parse(rq->arena, rq->query, &rq->params, bad_params_out))
        rq->params.n = 0;
    return negotiate(rq->accept, &rq->params, &rq->indent, &rq->page);
}

static bool check_form(struct request *rq, struct response *rs, enum negotiated form, const char *bad_params)
{
    if (bad_params) {
        refuse(rq, rs, 400, bad_params);
        return false;
    }
    if (!(rq->route->flags & ROUTE_NEGOTIATES))
        return true;
    switch (form) {
    case NEGOTIATED_JSON:
        return true;
    case NEGOTIATED_PAGE:
        return !method_is(rq, "GET") || !page_tidy(rq, rs);
    case NEGOTIATED_NO_SUCH_FORMAT:
        refuse(rq, rs, 404, "Not found.");
        return false;
    case NEGOTIATED_NOT_ACCEPTABLE:
        refuse(rq, rs, 406, "Could not satisfy the request Accept header.");
        return false;
    }
    return false;
}

/* ---- the handler, with a connection if it wants one ---- */

static bool run_handler(struct request *rq, struct response *rs, struct err *err)
{
    bool post = method_is(rq, "POST");
    bool (*handler)(struct request *, struct response *, struct err *) =
        post ? rq->route->post : rq->route->get;
    bool writes = post || (rq->route->flags & ROUTE_WRITES);
    struct gate *gate = writes ? rq->api->write : rq->api->read;
    if (!writes && !(rq->route->flags & ROUTE_READS))
        return handler(rq, rs, err);
    if (!gate_acquire(gate, &rq->db, err))
        return false;
    size_t n_headers = rs->n_headers;
    bool ok = handler(rq, rs, err);
    if (!ok && err->code == ERR_DB_DOWN) {
        /* The server may have restarted since the connection was made: the same handle makes a new one. Repeating is
         * safe, since what handlers write is coalesced by its key. */
        rs->n_headers = n_headers;
        err_clear(err);
        ok = handler(rq, rs, err);
    }
    gate_release(gate, rq->db);
    rq->db = NULL;
    return ok;
}

static void answer(struct request *rq, struct response *rs)
{
    struct err err = {0};
    const char *bad_params = NULL;
    enum negotiated form = NEGOTIATED_JSON;
    if (rq->path.len + rq->query.len + 1 > URL_MAX_BYTES) {
        refuse(rq, rs, 414, arena_printf(rq->arena, "The address is longer than %u bytes.", URL_MAX_BYTES));
        return;
    }
    form = find_form(rq, &bad_params);
    if (!find_base(rq, rs))
        return;
    rq->route = route_find(rq->arena, rq->path, rq->args);
    if (!add_slash(rq, rs) || !authenticate(rq, rs))
        return;
    if (!rq->route) {
        refuse(rq, rs, 404, "Not found.");
        return;
    }
    if (!check_method(rq, rs) || !check_form(rq, rs, form, bad_params))
        return;
    if (!run_handler(rq, rs, &err))
        reply_error(rq, rs, &err);
    else if (rs->body.overflow)
        refuse(rq, rs, 500, "The answer would be too large. Ask for fewer records a page.");
}

void dispatch(struct request *rq, struct response *rs)
{
    int64_t begun_us = clock_mono_us();
    response_header(rs, "X-Content-Type-Options", "nosniff");
    answer(rq, rs);
    if (!rq->route || (rq->route->flags & ROUTE_NEGOTIATES) || rs->status >= 400) {
        response_header(rs, "Vary", "Accept");
        if (rq->page)
            page_wrap(rq, rs);
    }
    int64_t took_us = clock_mono_us() - begun_us;
    metrics_count(rq->api->metrics, rq->route, rs->status, took_us);
    log_debug("api.request", L_SLICE("method", rq->method), L_SLICE("path", rq->path),
              L_I64("status", rs->status), L_I64("bytes", rs->body.len), L_I64("us", took_us),
              L_SLICE("user", rq->user));
}
